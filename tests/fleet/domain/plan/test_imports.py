"""What a file of devices means, decided without a database: one row, one answer."""

from typing import Any

import pytest

from fleet.domain.plan.imports import ImportPlan, Known, KnownDevice, Wanted, plan_import
from fleet.domain.records import ImportedRow

SETS = frozenset(
    {"serial", "imei", "imei2", "asset_tag", "kind", "status", "site", "model", "organisation", "notes", "holder_upn"}
)
NORTHBRIDGE, EASTMOOR = 1, 2
HELD: dict[str, Any] = {"serial": "DMPX000001", "imei": "352099001761481", "asset_tag": "NB-1", "status": "in_stock"}


def known(*devices: KnownDevice) -> Known:
    return Known(
        devices, {"northbridge": NORTHBRIDGE, "eastmoor": EASTMOOR}, {(NORTHBRIDGE, "town hall"): 7}, {}, {"ipad air": 9},
        {"bryn@n.example": (4, NORTHBRIDGE)}, {},
    )  # fmt: skip


def plan(
    *rows: dict[str, Any], organisation: int | None = NORTHBRIDGE, sets: frozenset[str] = SETS, **more: Any
) -> ImportPlan:
    read = [ImportedRow(number, values) for number, values in enumerate(rows, start=2)]
    other = KnownDevice(2, NORTHBRIDGE, {"serial": "DMPX000002", "asset_tag": "NB-2", "status": "in_stock"})
    return plan_import(
        read, known(KnownDevice(1, NORTHBRIDGE, HELD), other), sets=sets, organisation_id=organisation, **more
    )


def codes(found: ImportPlan) -> list[str]:
    return [one.code for one in found.problems]


@pytest.mark.parametrize(
    "values",
    [{"serial": "DMPX000001"}, {"imei": "352099001761489"}, {"imei2": "352099001761481"}, {"asset_tag": "nb-1"}],
)
def test_any_identifier_finds_the_device(values: dict[str, Any]) -> None:
    """The check digit of an IMEI, its slot and the spelling of a tag do not matter."""
    found = plan({**values, "notes": "seen"}, sets=SETS - {"imei", "imei2", "asset_tag"})
    assert [one.subject_id for one in found.changed] == [1] and found.changed[0].after == {"notes": "seen"}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"serial": "DMPX000001", "asset_tag": "NB-2"}, "several-devices"),
        ({"serial": "DMPX000009", "asset_tag": "NB-1"}, "other-serial"),
        ({"serial": "DMPX000001", "imei": "352099009999999"}, "other-imei"),
        ({"notes": "who am I"}, "no-identity"),
        ({"serial": "DMPX000001", "organisation": "nowhere"}, "unknown-organisation"),
    ],
)
def test_what_contradicts_itself_or_says_nothing_is_rejected(row: dict[str, Any], code: str) -> None:
    """With its reason, and nothing of it is done."""
    found = plan(row, organisation=None if "organisation" in row else NORTHBRIDGE)
    assert codes(found) == [code] and set(found.rejected) == {2} and not found.changed and not found.new


def test_a_row_of_a_device_that_an_earlier_row_added_is_rejected() -> None:
    """By serial or by the other slot's IMEI; a new device has no number that could be changed."""
    found = plan({"serial": "DMPX000055", "imei": "353000000000001"}, {"imei2": "353000000000001", "notes": "again"})
    assert [one.subject_id for one in found.new] == [None] and found.changed == []
    assert found.rejected == {3: "row 2 already speaks of this device"}


def test_an_owner_that_nobody_knows_is_said_even_where_the_file_has_one() -> None:
    """And another council's device is never quietly changed as one's own."""
    found = plan(
        {"serial": "DMPX000077", "organisation": "Council of Nowhere"},
        {"serial": "DMPX000001", "organisation": "eastmoor"},
    )
    assert codes(found) == ["unknown-organisation", "other-organisation"]
    assert [one.organisation_id for one in found.new] == [NORTHBRIDGE]


def test_a_row_of_one_council_changes_nothing_of_a_device_of_another() -> None:
    """Whose it is comes first: told, a finding, and no place, note or status of the one council on the other's device."""
    found = plan({"serial": "DMPX000001", "notes": "ours", "status": "lost", "site": "Annex"}, organisation=EASTMOOR)
    assert (found.changed, found.new, found.unchanged, found.proposals) == ([], [], 1, {})
    assert [one.field for one in found.conflicts] == ["organisation"]


def test_only_what_the_layout_may_set_is_set() -> None:
    """The rest is for matching."""
    found = plan({"serial": "DMPX000001", "notes": "x", "asset_tag": "NB-1"}, sets=frozenset({"asset_tag"}))
    assert (found.unchanged, found.changed) == (1, [])


def test_a_place_is_wanted_once_however_it_is_spelt() -> None:
    """And only where asked for."""
    rows = ({"serial": "DMPX000061", "site": "Annex"}, {"serial": "DMPX000062", "site": "ANNEX"})
    made = plan(*rows, create=True)
    assert [one.after["site_id"] for one in made.new] == [Wanted("site", "Annex")] * 2
    assert "site_id" not in plan(*rows).new[0].after and plan(*rows).proposals == {"site": {"Annex"}}
