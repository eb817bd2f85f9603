"""Identifiers pass their own checksums, by checkers written apart from the generator."""

from datetime import UTC, datetime
from random import Random

import pytest

from fleet.demo.estate import Estate, generate
from fleet.demo.estate.identifiers import Mint
from fleet.demo.estate.names import GIVEN, SURNAMES, plain

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def estate() -> Estate:
    return generate(now=NOW)


def passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(digits[::-1]):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total % 10 == 0


def is_imei(text: str) -> bool:
    return len(text) == 15 and text.isdigit() and passes_luhn(text)


def test_the_checkers_know_good_from_bad() -> None:
    assert is_imei("490154203237518")
    assert not is_imei("490154203237519")
    assert not is_imei("49015420323751")


def test_every_imei_is_valid_and_belongs_to_one_device(estate: Estate) -> None:
    imeis = [imei for one in estate.devices for imei in (one.imei, one.imei2) if imei]
    assert len(imeis) == len(set(imeis)) > 2000
    assert all(is_imei(imei) for imei in imeis)
    assert all(is_imei(one.imei) for one in estate.enrolments if one.imei)


def test_newer_iphones_have_two_imeis_and_wifi_ipads_none(estate: Estate) -> None:
    slots = {model.key: model.imeis for model in estate.models}
    for one in estate.devices:
        assert sum(imei is not None for imei in (one.imei, one.imei2)) == slots[one.model]
    assert set(slots.values()) == {0, 1, 2}


def test_every_eid_leaves_one_when_divided_by_97(estate: Estate) -> None:
    eids = [one.eid for one in estate.devices if one.eid]
    assert len(eids) == len(set(eids)) > 1000
    assert all(len(eid) == 32 and int(eid) % 97 == 1 for eid in eids)


def test_every_iccid_is_british_and_passes_luhn(estate: Estate) -> None:
    iccids = [sim.iccid for sim in estate.sims] + [one.iccid for one in estate.enrolments if one.iccid]
    assert {len(iccid) for iccid in iccids} == {19, 20}
    assert all(iccid.startswith("8944") and passes_luhn(iccid) for iccid in iccids)
    assert len({sim.iccid for sim in estate.sims}) == len(estate.sims)


def test_serials_are_unique_and_of_both_apple_forms(estate: Estate) -> None:
    serials = [one.serial for one in estate.devices]
    assert len(set(serials)) == len(serials)
    assert {len(one.serial) for one in estate.devices if one.kind != "thin_client"} == {10, 12}
    assert all(serial.isalnum() and serial.isupper() for serial in serials if not serial.isdigit())


def test_numbers_come_from_the_drama_range_once_each(estate: Estate) -> None:
    numbers = [line.number for line in estate.lines if line.number]
    assert len(numbers) == len(set(numbers)) > 500
    assert all(number.startswith("+447700900") and len(number) == 13 for number in numbers)


def test_a_thousand_numbers_is_all_there_are() -> None:
    mint = Mint(Random("numbers"))
    assert sum(mint.drama_number() is not None for _ in range(1200)) == 1000


def test_addresses_of_interfaces_are_not_private_ones(estate: Estate) -> None:
    """The bit that marks an address as made up by the device is clear."""
    macs = [mac for one in estate.devices for mac in (one.wifi_mac, one.ethernet_mac) if mac]
    assert len(macs) == len(set(macs)) == len(estate.devices)
    assert all(len(mac) == 12 and int(mac[:2], 16) & 0b11 == 0 for mac in macs)


def test_accounts_are_plain_ascii_whatever_the_name() -> None:
    assert plain("Siobhán") == "siobhan"
    assert plain("Małgorzata") == "malgorzata"
    assert plain("Ó'Súilleabhán") == "osuilleabhan"
    assert plain("Van-der-Hoeven") == "van-der-hoeven"
    assert all(plain(name).isascii() and len(plain(name)) > 1 for name in GIVEN + SURNAMES)
    assert len(set(GIVEN)) == len(GIVEN)
    assert len(set(SURNAMES)) == len(SURNAMES)
