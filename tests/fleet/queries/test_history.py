"""The story of a device or person: everything that happened to it, in sentences that name no row of a table."""

import re
from datetime import timedelta

import pytest

from fleet.commands import assignments, bundles, incidents, reservations
from fleet.commands.decisions import acknowledge
from fleet.commands.receipts import make_for_devices
from fleet.commands.stocktakes.opening import open_new
from fleet.commands.stocktakes.scanning import scan
from fleet.database import Database
from fleet.database.models import ByodRegistration, Device, Finding, Line, Person, Sim
from fleet.errors import NotFound
from fleet.queries.history import count_events, event_row, list_changes, list_events, newest_event
from tests.factory import ACTOR, NOW, TODAY, a_night, write
from tests.fleet.commands.estate import Estate, an_estate

TAG = "NO-0001"
CARD = "8944100000000000017"


@pytest.fixture
def life(database: Database) -> Estate:
    """One device: reserved, issued with a charger and a SIM, signed for, counted, lost, found, undone."""
    estate = an_estate(database, 2)
    device, person = estate.devices[0], estate.people[1]
    estate.add(Sim(organisation_id=estate.organisation, iccid=CARD))
    now = estate.now

    def bundle(session: object) -> None:
        done = assignments.issue(session, [device], now=now, person_id=person)  # type: ignore[arg-type]
        done = reservations.settle_issue(session, done, person_id=person, now=now)  # type: ignore[arg-type]
        bundles.add_items(session, done, kinds=["charger"], sims=[CARD])  # type: ignore[arg-type]

    estate.deed("reservation.make", lambda s: reservations.reserve(s, [device], person_id=person, actor=ACTOR, now=now))
    estate.deed("device.issue", bundle)
    estate.deed("receipt.make", lambda s: make_for_devices(s, [device], now=now))
    estate.deed("stocktake.open", lambda s: open_new(s, "Autumn", actor=ACTOR, now=now))
    estate.deed(
        "stocktake.scan",
        lambda s: scan(s, None, [TAG], actor=ACTOR, now=now, site_id=estate.sites[0], seen_with=person),
    )
    estate.deed("incident.open", lambda s: incidents.open_incident(s, device, "stolen", now=now))
    estate.deed(
        "incident.step", lambda s: incidents.record_step(s, device, "police", actor=ACTOR, now=now, note="CR/7")
    )
    return estate


def _story(estate: Estate, **whose: int) -> list[str]:
    with estate.database.read() as session:
        return [event.sentence for event in list_events(session, **whose)]


def test_the_story_of_a_device_is_whole(life: Estate) -> None:
    """Newest first, each deed told by what it did to this device."""
    told = _story(life, device_id=life.devices[0])
    expected = (
        f"Noted a step: {TAG}: Police told \\(CR/7\\)",
        f"Reported: .*{TAG} stolen on 22 Nov 2026, last with Bryn Hale",
        f"Scanned for a stocktake: {TAG} seen in stocktake Autumn at Town Hall with Bryn Hale by {ACTOR}.",
        "Made a receipt: number ",
        f"Issued: .*{TAG} to Bryn Hale.*{TAG} with charger; .*{TAG} with SIM {CARD}",
        f"Reserved: {TAG} kept for Bryn Hale from 22 Nov 2026.",
        f"test.write: {TAG} added.",
    )
    parts = iter(told)
    for pattern in expected:
        assert any(re.match(pattern, one) for one in parts), (pattern, told)
    assert any(f"SIM {CARD}" in one and f"into {TAG}" in one for one in told)


def test_the_story_of_a_person_is_whole(life: Estate) -> None:
    told = " ".join(_story(life, person_id=life.people[1]))
    for part in (
        "Bryn Hale added", f"{TAG} kept for Bryn Hale", f"{TAG} to Bryn Hale", f"{TAG} with charger", "Made a receipt: number",
        f"{TAG} seen in stocktake Autumn", f"{TAG} stolen on", f"{TAG}: Police told",
    ):  # fmt: skip
        assert part in told, part
    assert "NO-0002" not in told and "Siân" not in told


def test_no_sentence_says_the_id_of_a_row(life: Estate) -> None:
    """Also of rows that were removed since, and in the list of everything."""
    life.undo(
        life.deed("device.issue", lambda s: assignments.issue(s, life.devices[1:], now=life.now, site_id=life.sites[1]))
    )
    told = [*_story(life), *(one for device in life.devices for one in _story(life, device_id=device))]
    kinds = (
        "assignment|device|person|site|team|incident|stocktake|reservation|SIM|accessory|scan|enrolment|finding|receipt"
    )
    assert not [one for one in told if re.search(rf"\b({kinds}) \d{{1,9}}\b|\bNone\b|_id\b", one)]


def test_what_was_undone_stays_in_the_story(life: Estate) -> None:
    """The deed, which says by which event it was taken back, and the undo."""
    device = life.devices[1]
    issued = life.issue([device], person_id=life.people[0])
    _, undo = life.undo(issued)
    with life.database.read() as session:
        events = {event.id: event for event in list_events(session, device_id=device)}
    assert events[issued].undone_by == undo
    assert "NO-0002 to Siân O'Brien" in events[issued].sentence
    assert undo is not None and "NO-0002 no longer issued to Siân O'Brien" in events[undo].sentence


def test_a_night_is_told_with_the_names_of_devices(database: Database) -> None:
    """In the list of everything; in a device's own story its name would only be in the way."""
    estate = an_estate(database, 0)
    estate.sync(a_night(devices=2, people=1))
    with database.read() as session:
        everything = list_events(session, limit=1)[0].sentence
        device = session.query(Device.id).order_by(Device.id).first()[0]  # type: ignore[index]
    assert "DMPX000001 enrolled by person1@northbridge.example" in everything
    assert ": enrolled by person1" in " ".join(_story(estate, device_id=device)).replace("; ", ": ")


def test_decisions_cards_and_own_devices_are_told_too(database: Database) -> None:
    estate = an_estate(database, 1)
    device, person = estate.devices[0], estate.people[2]
    number = Line(organisation_id=estate.organisation, number="+447700900123")
    estate.add(number)
    card = Sim(organisation_id=estate.organisation, iccid=CARD, device_id=device)
    own = Device(organisation_id=estate.organisation, kind="iphone", ownership="personal", status="issued")
    estate.add(card, own)
    estate.set(Sim, card.id, line_id=number.id)
    estate.set(Sim, card.id, device_id=None)
    estate.add(
        ByodRegistration(
            organisation_id=estate.organisation, person_id=person, device_id=own.id, state="requested", requested_on=TODAY
        )
    )  # fmt: skip
    finding = Finding(
        organisation_id=estate.organisation, rule="stocktake-missing", identity="x", severity="high", state="open", subject=TAG,
        subject_type="device", subject_id=device, sentence="Gone.", evidence={}, first_seen=NOW, last_seen=NOW,
    )  # fmt: skip
    write(database, finding)
    estate.deed("finding.acknowledge", lambda s: acknowledge(s, [finding.id], actor=ACTOR, note="known"))
    told = _story(estate)
    assert "Missing at a stocktake (NO-0001): " in told[0] and "state: open → acknowledged" in told[0]
    assert "own device of Mair Pugh registered" in " ".join(told)
    assert f"test.change: SIM {CARD} out of {TAG}." in told
    assert f"test.change: SIM {CARD}: line: nothing → +447700900123." in told
    assert any("own device of Mair Pugh" in one for one in _story(estate, person_id=person))


def test_places_and_managers_are_told_by_name(database: Database) -> None:
    estate = an_estate(database, 1)
    estate.set(Person, estate.people[2], team_id=estate.team, manager_id=estate.people[0])
    estate.set(Device, estate.devices[0], site_id=estate.sites[0])
    told = _story(estate)
    assert told[0] == f"test.change: {TAG} site: Hafod House → Town Hall."
    assert told[1] == "test.change: Mair Pugh manager: nothing → Siân O'Brien, team: nothing → Adult Care."


def test_a_large_event_is_told_by_numbers(database: Database) -> None:
    an_estate(database, 20)
    with database.read() as session:
        assert "20 devices added, 3 people added" in list_events(session)[0].sentence


def test_history_is_narrowed_by_day_actor_and_word(life: Estate) -> None:
    with life.database.read() as session:
        assert list_events(session, since=TODAY + timedelta(days=1)) == []
        assert len(list_events(session, until=TODAY - timedelta(days=29))) == 1
        assert list_events(session, actor="nobody") == []
        assert [one.action for one in list_events(session, text="stocktake SCAN")] == ["stocktake.scan"]
        assert count_events(session, text="incident") == 2
        assert [one.id for one in list_events(session, limit=2, offset=1)] == [
            one.id for one in list_events(session)[1:3]
        ]


def test_one_event_with_its_changes(life: Estate) -> None:
    with life.database.read() as session:
        newest = list_events(session, limit=1)[0]
        assert event_row(session, newest.id) == newest
        assert newest_event(session) == (newest.id, NOW)
        changes = list_changes(session, [newest.id])
        assert ("incident_step", "insert") in [(one.subject, one.kind) for one in changes]
        assert {one.event_id for one in changes} == {newest.id}
        with pytest.raises(NotFound, match="no event 9999"):
            event_row(session, 9999)


def test_the_story_has_walls(life: Estate) -> None:
    with life.database.read(frozenset()) as session:
        assert list_events(session, device_id=life.devices[0]) == []
        assert newest_event(session) is None
