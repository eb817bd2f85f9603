"""The sample files beside the repository, where they are present: recognised, read whole, nothing rejected."""

from pathlib import Path

import pytest

from fleet.errors import BadFile
from importers.engine import interpret
from importers.sheets import read

SAMPLES = Path(__file__).parents[3] / "shared" / "formats" / "samples"

EXPECTED = {
    "ad_computers_ps51.csv": ("ad-computers", 5),
    "delivery_note.csv": ("delivery-note", 6),
    "dhcp_leases.csv": ("dhcp-leases", 5),
    "entra_devices.csv": ("entra-devices", 5),
    "entra_users.csv": ("entra-users", 12),
    "glpi.csv": ("glpi", 6),
    "hr_leavers.csv": ("hr-people", 6),
    "igel_long.csv": ("igel-long", 2),
    "igel_serial_delivery.csv": ("igel-delivery", 2),
    "igel_short.csv": ("igel-short", 2),
    "intune_DevicesWithInventory_2022.csv": ("intune-devices", 8),
    "intune_DevicesWithInventory_2024.csv": ("intune-devices", 30),
    "intune_corporate_identifiers.csv": ("intune-corporate-identifiers", 5),
    "mobile_bill.csv": ("mobile-bill", 8),
    "register.xlsx": ("device-register", 15),
    "snipe_custom_asset_report.csv": ("snipe-it", 6),
}

FOREIGN = {
    "snipe-it/accessories-sample.csv": "foreign-list",
    "snipe-it/components-sample.csv": "foreign-list",
    "snipe-it/consumables-sample.csv": "foreign-list",
    "snipe-it/locations-sample.csv": "foreign-list",
    "snipe-it/models-sample.csv": "foreign-list",
    "apple/ios-device-identifiers.json": "not-a-table",
    "apple/part_codes.json": "not-a-table",
    "workbooks/frictionless_merged-cells.xlsx": "no-rows",
}
"""Files of the samples that are no file for the register -> why."""
OTHERS = {
    "snipe-it/assets-sample.csv": ("snipe-it", 22),
    "snipe-it/users-sample.csv": ("snipe-it-users", 95),
    "csv/ralph_back_office_assets.csv": ("device-register", 2),
}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside the repository")
def test_every_other_sample_is_read_as_what_it_is_or_not_recognised() -> None:
    """A test file of a library that holds no device is not taken for a register."""
    for source in sorted(SAMPLES.rglob("*.*")):
        name = str(source.relative_to(SAMPLES))
        if name.startswith("constructed/"):
            continue
        if name in FOREIGN:
            with pytest.raises(BadFile) as refused:
                interpret(read(source))
            assert refused.value.code == FOREIGN[name], name
            continue
        found = interpret(read(source))
        told = (found.layout.key, len(found.records)) if found.recognised else None
        assert told == OTHERS.get(name), name


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside the repository")
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_constructed_sample_is_recognised_and_read_whole(name: str) -> None:
    found = interpret(read(SAMPLES / "constructed" / name))
    assert (found.layout.key, len(found.records)) == EXPECTED[name]
    assert found.rejected == ()


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside the repository")
def test_every_sample_ends_in_a_table_or_a_sentence() -> None:
    seen = 0
    for source in sorted(SAMPLES.rglob("*.*")):
        try:
            found = interpret(read(source))
        except BadFile as refused:
            assert refused.message
        else:
            assert found.read == len(found.records) + len(found.rejected) + found.skipped
        seen += 1
    assert seen > 30
