"""Registers kept in other tools: Snipe-IT (list export, custom report, import file), GLPI, Lansweeper."""

from importers.layout import Foreign, Layout
from importers.layouts.register import COLUMNS, NOT_KEPT
from importers.words import CUSTODY_WORDS

_CUSTOM_FIELDS = ("imei", "imei2", "eid", "iccid", "phone_number", "carrier")
_SETS = frozenset(
    {
        *("serial", "imei", "imei2", "eid", "iccid", "phone_number", "carrier", "asset_tag", "kind", "model", "status"),
        *("organisation", "site", "team", "holder_name", "holder_upn", "purchased_on", "supplier"),
        *("order_number", "price_pence", "warranty_until", "notes", "issued_on", "due_on"),
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
        "kind": ("Category",),
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
        *NOT_KEPT,
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
        "carrier": tuple(word for word in COLUMNS["carrier"] if word != "Network"),
        "serial": ("Serial number",),
        "asset_tag": ("Inventory number",),
        "device_name": ("Name",),
        "organisation": ("Entity",),
        "status": ("Status",),
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
    anchors=(
        ("Name", "Entity", "Serial number"),
        ("Entity", "Manufacturers", "Types"),
        ("Name", "Serial number", "Inventory number", "Alternate username"),
    ),
    ignored=(
        *NOT_KEPT,
        *("Last update", "ID", "Group", "Groups", "Components - Processor", "Technician in charge", "Network", "UUID"),
        *("Creation date", "Last boot date", "Last inventory date", "Alternate username number", "Group in charge"),
    ),
    confidence="documented",
    note="English titles and the form of the file are read from its source; they follow the user's language and choice.",
)

LANSWEEPER = Layout(
    key="lansweeper",
    title="Lansweeper asset report",
    subject="device",
    columns={
        "source_id": ("AssetID",),
        "device_name": ("AssetName",),
        "serial": ("Serialnumber",),
        "model": ("Model",),
        "kind": ("AssetTypename", "AssetType"),
        "ethernet_mac": ("Mac", "MACAddress"),
        "last_seen": ("Lastseen",),
        "asset_tag": ("BarCode",),
        "site": ("Location",),
        "purchased_on": ("PurchaseDate",),
        "warranty_until": ("Warrantydate",),
        "order_number": ("OrderNumber",),
        "os": ("OS",),
    },
    sets=frozenset(
        {
            *("serial", "kind", "model", "ethernet_mac", "device_name", "asset_tag", "site"),
            *("purchased_on", "warranty_until", "order_number"),
        }
    ),
    identity=("serial", "asset_tag", "ethernet_mac"),
    unique=("serial", "asset_tag"),
    anchors=(("AssetName", "Serialnumber"), ("AssetID", "AssetName"), ("AssetName", "Lastseen")),
    ignored=(
        *(
            "Manufacturer",
            "Domain",
            "Username",
            "IPAddress",
            "Firstseen",
            "Lasttried",
            "icon",
            "Description",
            "Contact",
        ),
    ),
    confidence="seen",
    note="Titles are those of reports that people publish; every report is the council's own SQL.",
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

SNIPE_IT_USERS = Layout(
    key="snipe-it-users",
    title="Snipe-IT people (import file, list export)",
    subject="person",
    columns={
        "given_name": ("First Name",),
        "surname": ("Last Name",),
        "email": ("Email",),
        "employee_number": ("Employee Number", "Employee No."),
        "job_title": ("Job Title",),
        "team": ("Department",),
        "site": ("Location",),
        "manager": ("Manager",),
        "started_on": ("Start Date",),
        "left_on": ("End Date",),
    },
    sets=frozenset({"employee_number", "started_on", "left_on", "job_title", "team", "site", "manager"}),
    sets_if_new=frozenset({"given_name", "surname", "display_name", "email"}),
    identity=("employee_number", "email"),
    unique=("employee_number", "email"),
    anchors=(("First Name", "Last Name", "Username", "Activated"), ("First Name", "Last Name", "Username", "Gravatar")),
    ignored=(
        *("Username", "Activated", "Address", "City", "State", "Country", "Postal Code", "Website", "Phone", "Notes"),
        *("Company", "Remote", "VIP", "Gravatar", "ID", "Groups", "Login Enabled", "Created At", "Last Login"),
    ),
    confidence="seen",
    note="Titles are those of its own sample of an import file.",
)

FOREIGN = (
    Foreign(
        "a list of spare parts from Snipe-IT, which Fleet doesn't keep; export its Assets",
        (("Item Name", "Quantity", "Purchase Cost"),),
    ),
    Foreign(
        "a list of accessories or consumables from Snipe-IT, which Fleet doesn't keep; export its Assets",
        (("Name", "QTY", "Min Amount"),),
    ),
    Foreign(
        "a list of models from Snipe-IT; models come with the devices that have them: export its Assets",
        (("Name", "Model Number", "Fieldset"),),
        ("Asset Tag", "Serial"),
    ),
    Foreign(
        "a list of places from Snipe-IT; sites come with the devices and people that are there: export its Assets",
        (("name", "address", "manager username"), ("Name", "Address", "Currency", "Zip")),
    ),
    Foreign(
        "a list of licences from Snipe-IT, which Fleet doesn't keep; export its Assets",
        (("Name", "Product Key", "Seats"), ("Item Name", "Seats", "Licensed To Name")),
    ),
)

LAYOUTS = (SNIPE_IT, SNIPE_IT_ACTIVITY, SNIPE_IT_USERS, GLPI, LANSWEEPER)
