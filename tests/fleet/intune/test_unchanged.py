"""Rows that are as the register holds them come as such, without translation; anything else is looked at."""

from typing import Any

import pytest

from fleet.intune import translate
from fleet.intune.translate import sort_page
from tests.fleet.demo.service.factory import make_device
from tests.fleet.intune.conftest import DEVICES, World


@pytest.fixture
def known(world: World) -> Any:
    """The fingerprints of a first read."""
    return world.read()[0].fingerprints


def test_a_first_read_translates_all_and_tells_their_fingerprints(world: World) -> None:
    observed, _ = world.read()
    assert (len(observed.devices), len(observed.unchanged)) == (DEVICES, 0)
    assert set(observed.fingerprints) == {one.intune_id for one in observed.devices}


def test_the_same_rows_again_are_unchanged(world: World, known: Any) -> None:
    observed, _ = world.read(known=known)
    assert (len(observed.devices), len(observed.unchanged)) == (0, DEVICES)
    assert {one.intune_id for one in observed.unchanged} == set(world.directory.devices)


def test_a_check_in_alone_is_no_change_and_comes_along(world: World, known: Any) -> None:
    device = next(iter(world.directory.devices.values()))
    device |= {"lastSyncDateTime": "2026-11-22T01:02:03Z", "freeStorageSpaceInBytes": 12345}
    world.service.touch()
    observed, _ = world.read(known=known)
    (moved,) = [one for one in observed.unchanged if one.intune_id == device["id"]]
    assert (moved.last_seen and moved.last_seen.isoformat(), moved.storage_free) == ("2026-11-22T01:02:03+00:00", 12345)


def test_a_changed_row_comes_translated_with_its_new_fingerprint(world: World, known: Any) -> None:
    device = next(iter(world.directory.devices.values()))
    device["osVersion"] = "99.1"
    world.service.touch()
    observed, _ = world.read(known=known)
    assert [(one.intune_id, one.os_version) for one in observed.devices] == [(device["id"], "99.1")]
    assert len(observed.unchanged) == DEVICES - 1
    assert observed.fingerprints[device["id"]] != known[device["id"]]


def test_a_bad_row_is_told_as_on_any_night(world: World, known: Any) -> None:
    world.service.faults.throw("bad_device", value="wrong_types", page=1)
    observed, _ = world.read(known=known)
    assert [one.code for one in observed.problems] == ["bad-device"]
    assert len(observed.devices) + len(observed.unchanged) == DEVICES - 1


def test_a_forgotten_fingerprint_makes_a_translation(world: World, known: Any) -> None:
    first = next(iter(known))
    observed, _ = world.read(known=known | {first: None})
    assert [one.intune_id for one in observed.devices] == [first]


@pytest.mark.parametrize("name", ["deviceName", "imei", "phoneNumber", "wiFiMacAddress"])
def test_what_is_dropped_of_personal_devices_is_not_in_their_fingerprint(name: str) -> None:
    row = translated_row(managedDeviceOwnerType="personal")
    assert marks_of(row) == marks_of(row | {name: "other"})
    ours = translated_row(managedDeviceOwnerType="company")
    assert marks_of(ours) != marks_of(ours | {name: "other"})


@pytest.mark.parametrize(
    "name", sorted(set(translate.SELECT_DEVICE.split(",")) - {"lastSyncDateTime", "freeStorageSpaceInBytes", "id"})
)
def test_every_property_that_is_kept_is_in_the_fingerprint(name: str) -> None:
    row = translated_row(managedDeviceOwnerType="company")
    assert marks_of(row) != marks_of(row | {name: "other"})


def test_another_translation_makes_all_fingerprints_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that reads a property in another way must look at every row again."""
    row = translated_row()
    before = marks_of(row)
    monkeypatch.setattr(translate, "FINGERPRINT_VERSION", b"device-other")
    assert marks_of(row) != before


@pytest.mark.parametrize("row", ["no object", {"id": "x"}, {"osVersion": "26"}, {"id": 7}])
def test_a_page_with_an_odd_row_is_not_sorted(row: Any) -> None:
    assert sort_page([translated_row(), row], {}) is None


def translated_row(**values: Any) -> dict[str, Any]:
    """A row of the list with all selected properties."""
    device = make_device(1)
    return {name: device.get(name) for name in translate.SELECT_DEVICE.split(",")} | values


def marks_of(row: dict[str, Any]) -> Any:
    page = sort_page([row], {})
    assert page is not None
    return page.marks
