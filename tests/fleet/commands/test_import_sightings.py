"""Lists of the network say of thin clients what they are called and when they were seen; the rest is only compared."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from fleet.database import Database
from fleet.database.models import Device, Organisation
from tests.fleet.commands.estate import Estate, an_estate, differing, rows_of
from tests.fleet.commands.test_imports import codes, preview, take_in

SHORT = "00E0C5540B8B;TC-001;111;26\n00E0C5540B8C;TC-002;111;26\n"
AD = '"Name","DNSHostName","LastLogonDate"\n'
DHCP = '"IPAddress","ScopeId","AddressState","ClientId","HostName"\n'


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database)


def thin_clients(estate: Estate) -> list[tuple[Any, ...]]:
    """(MAC address, name, day last seen) of those that came from files."""
    with estate.database.read() as session:
        columns = (Device.ethernet_mac, Device.network_name, Device.network_seen_on)
        rows = session.execute(select(*columns).where(Device.kind == "thin_client").order_by(Device.ethernet_mac))
        return [tuple(row) for row in rows]


def test_thin_clients_are_taken_in_by_their_mac_address_and_found_by_it_again(estate: Estate) -> None:
    before = rows_of(estate.database)
    done = take_in(estate, SHORT, "igel.csv")
    assert (done.counts["new"], done.counts["rejected"]) == (2, 0)
    assert thin_clients(estate) == [("00E0C5540B8B", "TC-001", None), ("00E0C5540B8C", "TC-002", None)]
    assert preview(estate, SHORT, "igel.csv").to_do == 0
    renamed = preview(estate, SHORT.replace("TC-001", "RECEPTION"), "igel.csv")
    assert renamed.as_json()["changes"][0]["fields"] == {"network_name": ["TC-001", "RECEPTION"]}
    plan, _ = estate.undo(done.event)
    assert plan.kept == []
    assert differing(before, rows_of(estate.database)) == []


def test_a_directory_says_when_a_thin_client_was_seen_and_leases_what_it_is_called(estate: Estate) -> None:
    """An older day says nothing; what the register does not have is told; the same file again is nothing to do."""
    take_in(estate, SHORT, "igel.csv")
    computers = AD + '"tc-001","tc-001.corp.example","13/02/2026 08:14:02"\n"LAPTOP7","l7.corp.example",""\n'
    seen = take_in(estate, computers, "ad.csv")
    assert (seen.interpretation.layout.key, seen.counts["changed"], codes(seen)) == (
        "ad-computers",
        1,
        ["not-in-register"],
    )
    assert thin_clients(estate)[0] == ("00E0C5540B8B", "TC-001", date(2026, 2, 13))
    assert preview(estate, computers.replace("13/02", "12/02"), "ad.csv").to_do == 0
    estate.undo(estate.undo(seen.event)[1])
    assert thin_clients(estate)[0][2] == date(2026, 2, 13), "taken back, and taken back again"
    leases = DHCP + (
        '"10.9.8.1","10.9.8.0","Active","00-e0-c5-54-0b-8c","HALL.corp.example"\n'
        '"10.9.8.2","10.9.8.0","Active","00-e0-c5-54-0b-99","TC-001.corp.example"\n'
    )
    named = take_in(estate, leases, "dhcp.csv")
    assert codes(named) == ["other-mac"]
    assert [row[:2] for row in thin_clients(estate)] == [("00E0C5540B8B", "TC-001"), ("00E0C5540B8C", "HALL")]
    assert preview(estate, leases, "dhcp.csv").to_do == 0


def test_what_entra_lists_changes_nothing_and_says_why(estate: Estate) -> None:
    text = "displayName,operatingSystem,deviceId\nIPAD-1,iPad,3c0ffee0-0000-4000-8000-000000000051\n"
    seen = preview(estate, text, "devices.csv")
    assert (seen.interpretation.layout.key, seen.to_do) == ("entra-devices", 0)
    assert any("changes nothing: what Entra says" in note for note in seen.as_json()["notes"])


def test_an_ipads_mac_address_is_not_kept_as_one_of_a_network_port(estate: Estate) -> None:
    text = "Serial number,Model,MAC Address\nNORX000001,iPad Air,3C22FB010203\nDMPX000999,iPad Air,3C22FB010204\n"
    take_in(estate, text, "register.csv")
    with estate.database.read() as session:
        assert session.execute(select(Device.id).where(Device.ethernet_mac.is_not(None))).all() == []


def test_a_list_of_one_councils_network_says_nothing_of_anothers(estate: Estate) -> None:
    """By a name only where it is said whose network it is; an address tells that itself, and is not believed of others."""
    take_in(estate, SHORT, "igel.csv")
    with estate.database.transaction(actor="asha", action="test", now=estate.now) as session:
        session.add(Organisation(key="southmere", name="Southmere"))
    before = thin_clients(estate)
    computers = AD + '"tc-001","tc-001.southmere.example","13/02/2026 08:14:02"\n'
    leases = DHCP + '"10.9.8.1","10.9.8.0","Active","00-e0-c5-54-0b-8c","HALL.southmere.example"\n'
    for text, owner in ((computers, "southmere"), (computers, None), (leases, "southmere")):
        seen = preview(estate, text, "network.csv", organisation=owner)
        assert (seen.to_do, codes(seen)) == (0, ["other-organisation"])
    assert preview(estate, leases, "network.csv", organisation=None).counts["changed"] == 1
    assert preview(estate, computers, "network.csv", organisation="northbridge").counts["changed"] == 1
    assert thin_clients(estate) == before
