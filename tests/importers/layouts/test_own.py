"""Our own export comes back as the same fields."""

from fleet.domain.fields import DEVICE_FIELDS
from importers.engine import interpret
from importers.layouts.own import ESTATE
from importers.sheets import read


def test_every_field_that_staff_may_set_can_be_read_back() -> None:
    assert ESTATE.sets <= set(ESTATE.columns)
    assert {"holder_name", "asset_tag", "status", "cost_code", "warranty_until"} <= ESTATE.sets
    assert not ESTATE.sets & {"os_version", "compliance", "last_seen", "device_name"}


def test_every_label_of_the_export_is_recognised() -> None:
    labels = [field.label for field in DEVICE_FIELDS.values()]
    text = ",".join(labels) + "\n" + ",".join("7" if label == "Device number" else "" for label in labels)
    found = interpret(read(text.encode()))
    assert found.layout is ESTATE
    assert found.unmapped == ()
    assert found.records[0].values == {"device_id": 7}
    assert len(found.records[0].blank) == len(found.columns) - 1


def test_an_export_without_names_is_our_own_too_and_says_nothing_of_holders() -> None:
    labels = ["Asset tag", "Serial number", "Status", "Holder initials", "Holder's team", "Ownership", "Device number"]
    found = interpret(read((",".join(labels) + "\n,,,M.O.,Adult Care,Personal,7").encode()))
    assert found.layout is ESTATE
    assert found.unmapped == ()
    assert found.records[0].values["device_id"] == 7
    assert "holder_name" not in found.records[0].values
