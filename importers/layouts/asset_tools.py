"""Registers kept in other tools: Snipe-IT (list export, custom report, import file), GLPI, Lansweeper."""

from importers.layout import Layout
from importers.layouts.register import COLUMNS
from importers.words import CUSTODY_WORDS

_CUSTOM_FIELDS = ("imei", "imei2", "eid", "iccid", "phone_number", "carrier", "wifi_mac")
_SETS = frozenset(
    {
        *("serial", "imei", "imei2", "eid", "iccid", "phone_number", "carrier", "asset_tag", "kind", "model", "status"),
        *("manufacturer", "organisation", "site", "team", "holder_name", "holder_upn", "purchased_on", "supplier"),
        *("order_number", "price_pence", "warranty_until", "notes", "part_number", "issued_on", "due_on", "wifi_mac"),
    }
)

SNIPE_IT = Layout(
    key="snipe-it",
    title="Snipe-IT assets (list export, custom asset report, import file)",
    subject="device",
    columns={
        **{field: COLUMNS[field] for field in _CUSTOM_FIELDS},
        "source_id": ("ID",),
        "serial": ("Serial", "Serial number"),
        "asset_tag": ("Asset Tag",),
        "device_name": ("Asset Name", "Name"),
        "model": ("Model",),
        "part_number": ("Model No.", "Model Number"),
        "kind": ("Category",),
        "manufacturer": ("Manufacturer",),
        "organisation": ("Company",),
        "status": ("Status",),
        "holder_name": ("Checked Out", "Checked Out To", "Checked Out To: Full Name"),
        "holder_type": ("Type", "Checkout Type"),
        "holder_login": ("Username", "Checked Out To: Username"),
        "holder_upn": ("Checked Out To: Email",),
        "employee_number": ("Employee No.", "Employee Number"),
        "team": ("Department",),
        "site": ("Location",),
        "supplier": ("Supplier",),
        "purchased_on": ("Purchased", "Purchase Date"),
        "price_pence": ("Cost", "Purchase Cost"),
        "order_number": ("Order Number",),
        "warranty_months": ("Warranty",),
        "warranty_until": ("Warranty Expires",),
        "issued_on": ("Checkout Date",),
        "due_on": ("Expected Checkin Date",),
        "notes": ("Notes", "Asset Notes"),
    },
    sets=_SETS,
    identity=("serial", "imei", "asset_tag"),
    unique=("serial", "asset_tag"),
    anchors=(
        ("Asset Name", "Asset Tag", "Serial", "Checked Out To"),
        ("Asset Name", "Asset Tag", "Serial", "Checked Out"),
        ("Asset Name", "Asset Tag", "Model No."),
        ("Asset Tag", "Checked Out To: Username"),
        ("Asset Tag", "Checked Out To: Email"),
    ),
    ignored=(
        *("Device Image", "Default Location", "Age", "EOL Rate", "EOL Date", "EOL", "Requestable", "Checkouts"),
        *("Checkins", "Requests", "Created By", "Created At", "Updated at", "Last Checkin Date", "Last Audit"),
        *("Next Audit Date", "BYOD", "Current Value", "Diff", "Fully Depreciated", "Address", "City", "State"),
        *("Country", "Postal Code", "Zip", "Manager", "Phone", "Deleted", "URL", "Model Notes", "User Country"),
        *("Asset EOL Date", "Checked Out To: First Name", "Checked Out To: Last Name", "Checked Out To: Location"),
        *(f"{name} (2)" for name in ("Address", "City", "State", "Country", "Postal Code", "Zip")),
        *("Address (3)", "Address (4)"),
    ),
    confidence="seen",
    note="Titles are read from its source and samples; custom fields are matched by the words people use.",
)

GLPI = Layout(
    key="glpi",
    title="GLPI search export",
    subject="device",
    columns={
        **{field: COLUMNS[field] for field in _CUSTOM_FIELDS},
        "serial": ("Serial number",),
        "asset_tag": ("Inventory number",),
        "device_name": ("Name",),
        "organisation": ("Entity",),
        "status": ("Status",),
        "manufacturer": ("Manufacturers", "Manufacturer"),
        "kind": ("Types", "Type"),
        "model": ("Model", "Models"),
        "os": ("Operating System - Name",),
        "os_version": ("Operating System - Version",),
        "site": ("Location", "Locations"),
        "holder_name": ("Users", "User", "Alternate username"),
        "supplier": ("Supplier", "Suppliers"),
        "purchased_on": ("Date of purchase", "Purchase date"),
        "notes": ("Comments",),
    },
    sets=_SETS,
    identity=("serial", "imei", "asset_tag"),
    unique=("serial", "asset_tag"),
    anchors=(("Name", "Entity", "Serial number"), ("Entity", "Manufacturers", "Types")),
    ignored=("Last update", "ID", "Group", "Groups", "Components - Processor", "Technician in charge"),
    confidence="guess",
    note="How the file is written is read from its source; the titles follow the user's language and choice.",
)

LANSWEEPER = Layout(
    key="lansweeper",
    title="Lansweeper asset report",
    subject="device",
    columns={
        "source_id": ("AssetID",),
        "device_name": ("AssetName",),
        "serial": ("Serialnumber",),
        "manufacturer": ("Manufacturer",),
        "model": ("Model",),
        "kind": ("AssetTypename", "AssetType"),
        "ethernet_mac": ("Mac", "MACAddress"),
        "last_seen": ("Lastseen",),
    },
    sets=frozenset({"serial", "model", "manufacturer", "ethernet_mac"}),
    identity=("serial", "ethernet_mac"),
    unique=("serial",),
    anchors=(("AssetName", "Serialnumber"), ("AssetID", "AssetName"), ("AssetName", "Lastseen")),
    ignored=("Domain", "Username", "IPAddress", "Lasttried", "icon"),
    confidence="guess",
    note="Every report is the council's own SQL.",
)

SNIPE_IT_ACTIVITY = Layout(
    key="snipe-it-activity",
    title="Snipe-IT activity report: who had what, from each check-out to its check-in",
    subject="custody",
    columns={
        "happened_at": ("Date", "Action Date"),
        "custody_event": ("Action",),
        "item_name": ("Item",),
        "serial": ("Serial", "Serial Number", "License Serial", "Serial/Product Key", "Product Key"),
        "holder_name": ("To", "Target", "Checked Out To"),
    },
    sets=frozenset({"happened_at", "custody_event", "holder_name"}),
    identity=("serial", "asset_tag"),
    anchors=(("Date", "Action", "Type", "Item", "To"), ("Date", "Action", "Item", "Target")),
    ignored=(
        *("Created By", "Admin", "Type", "Model Name", "Model No.", "Model Number", "Model", "Notes", "Login IP"),
        *("IP Address", "User Agent", "Source", "Action Source", "Changed", "Signature", "File", "Remote IP"),
    ),
    only={"Action": frozenset(CUSTODY_WORDS), "Type": frozenset({"asset", "assets", ""})},
    confidence="documented",
    note="Titles are read from its source; their words follow the language of the person who exports.",
)

LAYOUTS = (SNIPE_IT, SNIPE_IT_ACTIVITY, GLPI, LANSWEEPER)
