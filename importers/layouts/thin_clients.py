"""Thin clients: IGEL UMS import and delivery files, Dell Wyse Management Suite."""

from importers.layout import Layout

_SETS = frozenset({"serial", "asset_tag", "kind", "site", "team", "cost_code", "ethernet_mac", "notes", "device_name"})
_IGEL = {"kind": "thin_client"}
_LONG = (
    *("", "ethernet_mac", "os", "os_version", "device_name", "site", "team", "notes", "asset_tag", "purchased_on"),
    *("serial", "", "cost_code"),
)

IGEL_LONG = Layout(
    key="igel-long",
    title="IGEL UMS import, long format (no header row)",
    subject="device",
    columns={},
    positions=_LONG,
    shape=("folder", "mac", *["any"] * 11),
    sets=_SETS | {"purchased_on"},
    identity=("serial", "ethernet_mac", "asset_tag"),
    unique=("ethernet_mac",),
    constants=_IGEL,
    confidence="documented",
)

IGEL_SHORT = Layout(
    key="igel-short",
    title="IGEL UMS import, short format (no header row)",
    subject="device",
    columns={},
    positions=("ethernet_mac", "device_name", "", ""),
    shape=("mac", "text", "digits", "any"),
    sets=frozenset({"kind", "ethernet_mac", "device_name"}),
    identity=("ethernet_mac",),
    unique=("ethernet_mac",),
    constants=_IGEL,
    confidence="documented",
)

IGEL_DELIVERY = Layout(
    key="igel-delivery",
    title="IGEL delivery file: serial and MAC address (no header row)",
    subject="device",
    columns={},
    positions=("", "serial", "ethernet_mac", "", ""),
    shape=("blank", "serial", "mac", "blank", "blank"),
    sets=frozenset({"serial", "kind", "ethernet_mac"}),
    identity=("serial", "ethernet_mac"),
    unique=("serial", "ethernet_mac"),
    constants=_IGEL,
    status_if_new="delivered",
    confidence="documented",
)

IGEL_PAIRS = Layout(
    key="igel-pairs",
    title="IGEL delivery file: serial and MAC address in either order (no header row)",
    subject="device",
    columns={},
    positions=("serial_or_mac", "serial_or_mac 2"),
    shape=("serial_or_mac", "serial_or_mac"),
    sets=frozenset({"serial", "kind", "ethernet_mac"}),
    identity=("serial", "ethernet_mac"),
    unique=("serial", "ethernet_mac"),
    constants=_IGEL,
    status_if_new="delivered",
    confidence="documented",
)

DELL_WMS = Layout(
    key="dell-wms",
    title="Dell Wyse Management Suite device list",
    subject="device",
    columns={
        "serial": ("Serial", "Serial Number", "Service Tag"),
        "device_name": ("System Name", "Name"),
        "model": ("Platform Type", "Model"),
        "os_version": ("OS Version",),
        "ethernet_mac": ("MAC Address", "MAC"),
        "site": ("Location",),
        "last_seen": ("Last Checkin Date", "Last Check-In"),
        "compliance": ("Compliance",),
    },
    sets=frozenset({"serial", "model", "kind", "ethernet_mac", "device_name"}),
    identity=("serial", "ethernet_mac"),
    unique=("serial",),
    anchors=(
        ("System Name", "Serial", "Platform Type"),
        ("System Name", "Service Tag"),
        ("System Name", "Last Checkin Date"),
    ),
    ignored=("Type", "Last User", "Group", "IP Address", "Status"),
    constants={"kind": "thin_client"},
    confidence="guess",
    note="The fields come from a published integration; its guides say that there is an export, and not its titles.",
)

HP_DEVICE_MANAGER = Layout(
    key="hp-device-manager",
    title="HP Device Manager device list",
    subject="device",
    columns={
        "serial": ("Serial Number", "Serial No", "SN"),
        "asset_tag": ("Asset Tag", "Asset Number"),
        "device_name": ("Device Name", "Hostname", "Host Name"),
        "model": ("Model", "Platform", "Device Type", "Product Name"),
        "os": ("OS", "OS Type", "Operating System"),
        "os_version": ("Image Version", "OS Version", "Image"),
        "ethernet_mac": ("MAC Address", "MAC", "Device ID"),
        "site": ("Location", "Site"),
        "last_seen": ("Last Online", "Last Online Time", "Last Report Time", "Last Inventory"),
    },
    sets=frozenset({"serial", "asset_tag", "model", "kind", "site", "ethernet_mac", "device_name"}),
    identity=("serial", "asset_tag", "ethernet_mac"),
    unique=("serial",),
    anchors=(
        ("Device Name", "MAC Address", "Image Version"),
        ("Device Name", "Serial Number", "Agent Version"),
        ("Hostname", "MAC Address", "Agent Version"),
        ("Device Name", "Serial Number", "Last Online"),
    ),
    ignored=(
        "IP Address",
        "IP",
        "Group",
        "Device Group",
        "Agent Version",
        "Domain",
        "BIOS Version",
        "Subnet",
        "Gateway",
        "Status",
    ),
    constants={"kind": "thin_client"},
    confidence="guess",
    note="Its guides document what it imports, not what it exports; whoever exports chooses the columns.",
)

LAYOUTS = (HP_DEVICE_MANAGER, IGEL_LONG, IGEL_DELIVERY, IGEL_SHORT, IGEL_PAIRS, DELL_WMS)
