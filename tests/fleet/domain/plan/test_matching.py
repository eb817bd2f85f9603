"""Which device an unknown enrolment belongs to: the order of identifiers, and the contradictions that stop it."""

from typing import Any

import pytest

from fleet.domain.plan.matching import NO_MATCH, Match, compatible_imei, match
from fleet.domain.plan.recorded import DeviceIndex, RecordedDevice
from tests.factory import an_observed_device

SERIAL = "DMPX1TESTF1"
OTHER_SERIAL = "DMPX2TESTF2"
IMEI = "352099001761481"
OTHER_IMEI = "352099001761499"[:14] + "9"
THIRD_IMEI = "490154203237518"


def device(number: int = 1, **values: Any) -> RecordedDevice:
    return RecordedDevice(**{"id": number, "organisation_id": 1, "ownership": "organisation", "kind": "ipad", **values})


def seen(**values: Any) -> Any:
    return an_observed_device(**{"serial": None, "imei": None, "device_name": None, **values})


def test_nothing_known_is_no_match() -> None:
    """A new device."""
    assert match(seen(serial=SERIAL, imei=IMEI, device_name="NB-0001"), DeviceIndex([])) == NO_MATCH


def test_an_enrolment_without_identifiers_matches_nothing_by_its_blanks() -> None:
    """Two blanks are not the same serial."""
    assert match(seen(), DeviceIndex([device()])) == NO_MATCH


def test_the_serial_is_the_device() -> None:
    """Even when its name says it is another one."""
    held = device(1, serial=SERIAL)
    assert match(
        seen(serial=SERIAL, device_name="NB-0002"), DeviceIndex([held, device(2, asset_tag="NB-0002")])
    ) == Match(held)


@pytest.mark.parametrize("slot", ["imei", "imei2"])
@pytest.mark.parametrize("spelling", [IMEI, IMEI[:14], IMEI[:14] + "0", IMEI[:14] + "78"])
def test_an_imei_matches_in_either_slot_by_its_first_fourteen_digits(slot: str, spelling: str) -> None:
    """Sources differ in the check digit and in which of two slots they call the first."""
    held = device(1, **{slot: IMEI})
    assert match(seen(imei=spelling), DeviceIndex([held])) == Match(held)


def test_the_imei_finds_a_device_whose_serial_nobody_wrote_down() -> None:
    """And the serial is learnt from it."""
    held = device(1, imei=IMEI)
    assert match(seen(serial=SERIAL, imei=IMEI), DeviceIndex([held])) == Match(held)


def test_an_imei_that_belongs_to_another_serial_is_a_clash() -> None:
    """A swapped board, or a mistyped register: a person decides."""
    held = device(1, serial=OTHER_SERIAL, imei=IMEI)
    found = match(seen(serial=SERIAL, imei=IMEI), DeviceIndex([held]))
    assert found == Match(held, clash="imei")


def test_a_serial_and_an_imei_of_two_devices_is_a_clash() -> None:
    """Each identifier says something else."""
    first, second = device(1, serial=SERIAL), device(2, serial=OTHER_SERIAL, imei=IMEI)
    assert match(seen(serial=SERIAL, imei=IMEI), DeviceIndex([first, second])) == Match(first, clash="imei")


def test_a_serial_with_the_imei_of_other_hardware_is_a_clash() -> None:
    """Two devices with one serial: a cloned or refurbished unit."""
    held = device(1, serial=SERIAL, imei=THIRD_IMEI)
    assert match(seen(serial=SERIAL, imei=IMEI), DeviceIndex([held])) == Match(held, clash="serial")


def test_the_second_slot_clears_what_the_first_contradicts() -> None:
    """Intune shows one of two IMEIs, today this one, tomorrow that."""
    held = device(1, serial=SERIAL, imei=THIRD_IMEI, imei2=IMEI)
    assert match(seen(serial=SERIAL, imei=IMEI), DeviceIndex([held])) == Match(held)


def test_an_imei_of_two_devices_is_a_clash() -> None:
    """More than one match: nothing is touched."""
    both = [device(1, imei=IMEI), device(2, imei2=IMEI)]
    assert match(seen(imei=IMEI), DeviceIndex(both)) == Match(clash="imei")


def test_a_serial_of_two_devices_is_a_clash() -> None:
    """The database forbids it, a plan does not rely on that."""
    both = [device(1, serial=SERIAL), device(2, serial=SERIAL)]
    assert match(seen(serial=SERIAL), DeviceIndex(both)) == Match(clash="serial")


@pytest.mark.parametrize("name", ["NB-0001", "nb-0001"])
def test_a_name_that_is_an_asset_tag_finds_a_device_without_a_serial(name: str) -> None:
    """How devices were named when they were prepared."""
    held = device(1, asset_tag="NB-0001")
    assert match(seen(serial=SERIAL, device_name=name), DeviceIndex([held])) == Match(held)


def test_a_name_says_nothing_about_a_device_whose_serial_is_known() -> None:
    """Names are typed by people and copied by restores."""
    held = device(1, asset_tag="NB-0001", serial=OTHER_SERIAL)
    assert match(seen(serial=SERIAL, device_name="NB-0001"), DeviceIndex([held])) == NO_MATCH


def test_a_tag_of_two_organisations_says_nothing() -> None:
    """Tags are unique within an organisation only."""
    both = [device(1, asset_tag="0001"), device(2, asset_tag="0001", organisation_id=2)]
    assert match(seen(serial=SERIAL, device_name="0001"), DeviceIndex(both)) == NO_MATCH


def test_the_name_of_somebodys_own_device_is_not_looked_at() -> None:
    """People call their own things what they like."""
    held = device(1, asset_tag="NB-0001")
    assert match(seen(device_name="NB-0001", ownership="personal"), DeviceIndex([held])) == NO_MATCH


def test_an_own_device_is_found_by_the_enrolment_its_registration_names() -> None:
    """It has no serial to be found by."""
    own = device(7, ownership="personal", kind="iphone")
    index = DeviceIndex([own], {"intune-0001": 7})
    assert match(seen(ownership="personal"), index) == Match(own)
    assert match(seen(intune_id="another", ownership="personal"), index) == NO_MATCH


def test_a_registration_of_a_device_that_was_not_read_matches_nothing() -> None:
    """The index holds only what it was given."""
    assert DeviceIndex([], {"intune-0001": 7}).registered("intune-0001") is None


def test_an_absent_imei_contradicts_nothing() -> None:
    """Wi-Fi iPads have none; most lists omit the second."""
    assert compatible_imei(seen(), IMEI)
    assert compatible_imei(seen(imei=IMEI), None, None)
    assert compatible_imei(seen(imei=IMEI), None, IMEI)
    assert not compatible_imei(seen(imei=IMEI), THIRD_IMEI)
