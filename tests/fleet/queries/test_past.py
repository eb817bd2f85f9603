"""Rows of the past, taken back from today's, are those that a plain replay of all history from its beginning makes."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from fleet.clock import end_of_day, london_date
from fleet.database import Database
from fleet.database.history import kept_columns
from fleet.database.models import Assignment, Change, Device, Event, Model, Person, Sim, Site, Team
from fleet.database.remembered import as_stored
from fleet.errors import FleetError
from fleet.queries import past
from fleet.queries.past import Then, register_began, rows_then
from tests.factory import NOW, TODAY
from tests.fleet.commands.estate import Estate, an_estate

KINDS: tuple[type[Model], ...] = (Device, Person, Site, Team, Sim, Assignment)
WANTED = {kind: kept_columns(kind) for kind in KINDS}
Rows = dict[str, dict[int, dict[str, Any]]]


@pytest.mark.parametrize(("seed", "at_once"), [(0, 1_000), (1, 2), (2, 3)])
def test_any_moment_is_what_a_replay_of_history_says(
    database: Database, seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Single deeds and bulk ones, of one field and of several, many entered late, some undone, some undone undos."""
    monkeypatch.setattr(past, "_AT_ONCE", at_once)
    random = Random(seed)
    estate = an_estate(database, 5, now=NOW - timedelta(days=40))
    events: list[int | None] = []
    while london_date(estate.later(random.choice([0, 0, 1, 2])).now) < TODAY and len(events) < 45:
        events.append(_something(estate, random, events))
    for back in range(0, 44, 3):
        day = TODAY - timedelta(days=back)
        with database.read() as session:
            told = {
                kind.__tablename__: _by_id(then) for kind, then in rows_then(session, end_of_day(day), WANTED).items()
            }
        assert told == _replayed(database, day), day


def _something(estate: Estate, random: Random, events: list[int | None]) -> int | None:
    today = london_date(estate.now)
    day = today - timedelta(days=random.choice([0, 0, 0, 1, 6]))
    deed = random.choice(["issue", "return", "move", "edit", "edit", "bulk", "rename", "card", "add", "undo", "undo"])
    devices = random.sample(estate.devices, random.choice([1, 1, 2]))
    try:
        if deed == "issue":
            return estate.issue(devices, person_id=random.choice(estate.people), on=day)
        if deed == "return":
            return estate.take_back(devices, on=day)
        if deed == "move":
            return estate.move(devices, random.choice(["in_repair", "prepared", "lost", "in_stock"]), on=day)
        if deed == "undo":
            return estate.undo(random.choice([one for one in events if one] or [None]))[1]
        return _edit(estate, random, deed, day)
    except (FleetError, AssertionError):
        return None


def _edit(estate: Estate, random: Random, deed: str, day: date) -> int | None:
    if deed == "add":
        row = Device(organisation_id=estate.organisation, kind="ipad", status="in_stock", notes="new")
        estate.add(row)
        estate.devices.append(row.id)
        return None
    if deed == "card":
        number = f"89441{random.randrange(10**12):014d}"
        return estate.add(
            Sim(organisation_id=estate.organisation, iccid=number, device_id=random.choice(estate.devices))
        )
    fields = random.sample(
        ["notes", "cost_code", "price_pence", "warranty_until", "site_id"], random.choice([1, 1, 2, 3])
    )
    values: dict[str, Any] = {
        "notes": f"note {random.randrange(99)}, and more", "cost_code": random.choice([None, "AC-1", "AC-2"]),
        "price_pence": random.randrange(50_000), "warranty_until": day + timedelta(days=random.randrange(9)),
        "site_id": random.choice([*estate.sites, None]),
    }  # fmt: skip

    def act(session: Any) -> None:
        if deed == "rename":
            session.get_one(Person, random.choice(estate.people)).display_name = f"Person {random.randrange(99)}"
            return
        for device_id in estate.devices if deed == "bulk" else random.sample(estate.devices, 1):
            for name in fields:
                setattr(session.get_one(Device, device_id), name, values[name])

    return estate.deed("test.change", act, on=day)


def _by_id(then: Then) -> dict[int, dict[str, Any]]:
    names = [name for name in then.columns if name != "id"]
    return {
        row_id: {**dict(zip(names, values, strict=True)), "made later": row_id in then.made_later}
        for row_id, values in then.by_id(*names).items()
    }


def _replayed(database: Database, day: date) -> Rows:
    """All changes in the order they were told, of what stands and had happened by the day."""
    moment = end_of_day(day)
    state: Rows = {kind.__tablename__: {} for kind in KINDS}
    with database.engine.connect() as connection:
        events = {row.id: row for row in connection.execute(select(Event.__table__))}
        changes = list(connection.execute(select(Change.__table__).order_by(Change.__table__.c.id)))
    undone_by: dict[int, int] = {}
    for event in sorted(events.values(), key=lambda one: -one.id):
        if event.undoes_id is not None and event.id not in undone_by:
            undone_by[event.undoes_id] = event.id
    cancelled: dict[tuple[int, str, int], set[str]] = {}
    for change in changes:
        cancelled.setdefault((change.event_id, change.subject, change.subject_id), set()).update(
            {*(change.before or {}), *(change.after or {})}
        )
    for change in changes:
        event = events[change.event_id]
        if event.undoes_id is not None or change.subject not in state:
            continue
        undo = undone_by.get(event.id)
        gone = None if undo is None else cancelled.get((undo, change.subject, change.subject_id))
        _replay(state[change.subject], change, happened=event.effective_at <= moment, gone=gone)
    return state


def _replay(rows: dict[int, dict[str, Any]], change: Any, *, happened: bool, gone: set[str] | None) -> None:
    kind = next(one for one in KINDS if one.__tablename__ == change.subject)
    read = {name: as_stored(kind.__table__.c[name], value) for name, value in (change.after or {}).items()}
    if change.kind == "insert" and gone is None:
        rows[change.subject_id] = {**dict.fromkeys(kept_columns(kind)), **read, "made later": not happened}
    elif change.kind == "update" and happened and change.subject_id in rows:
        rows[change.subject_id].update({name: value for name, value in read.items() if name not in (gone or ())})


def test_a_register_begins_with_its_first_event(database: Database) -> None:
    with database.read() as session:
        assert register_began(session) is None
    estate = an_estate(database, 1)
    estate.later().move(estate.devices, "lost")
    with database.read(frozenset()) as session:
        assert register_began(session) == NOW - timedelta(days=30)
