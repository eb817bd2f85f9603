"""The register's own estate export, so that it can be mended in a spreadsheet and read back.

Its headers are the labels of the field catalogue; it may set what staff may set. Unchanged, it changes nothing.
"""

from fleet.domain.fields import DEVICE_FIELDS
from importers.layout import Layout

_NAMES = {"holder": "holder_name", "id": "device_id"}
"""Fields whose key in a file differs from the one in a list: the holder there is a name, not a person."""

_NOT_READ = frozenset({"open_findings", "tenant"})
_NOT_SET = frozenset({"phone_number", "iccid", "ownership"})
"""What Intune says of SIM and number stands in the same column as what is recorded: read back it is for matching only.
Whose a device is says whether its row is read."""

_MASKED = "Holder initials"
"""Stands in the holder's place where the export names nobody: read back it says nothing of the holder."""

ESTATE = Layout(
    key="fleet-estate",
    title="Our own estate export",
    subject="device",
    columns={_NAMES.get(key, key): (field.label,) for key, field in DEVICE_FIELDS.items() if key not in _NOT_READ},
    sets=frozenset(_NAMES.get(key, key) for key, field in DEVICE_FIELDS.items() if "staff" in field.sources) - _NOT_SET,
    identity=("device_id", "serial", "imei", "asset_tag"),
    unique=("device_id", "serial", "asset_tag"),
    anchors=(
        tuple(DEVICE_FIELDS[key].label for key in ("asset_tag", "serial", "holder", "id")),
        tuple(DEVICE_FIELDS[key].label for key in ("asset_tag", "status", "holder", "open_findings")),
        (*(DEVICE_FIELDS[key].label for key in ("asset_tag", "serial", "id")), _MASKED),
    ),
    ignored=(*(DEVICE_FIELDS[key].label for key in sorted(_NOT_READ)), _MASKED, "Holder's team", "OS support"),
    confidence="documented",
)

LAYOUTS = (ESTATE,)
