"""The hash chain, recomputed here from the rows alone: a forged line, a missing one and a cut tail all show."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from fleet.database import Database
from fleet.database.models import ChainHead, Change, Device, Event, Organisation, Run, Site
from tests.factory import ACTOR, NOW, a_device, a_site, an_organisation, change, remove

GENESIS = "0" * 64


def verify(database: Database) -> list[str]:
    """Everything that is wrong with the chain. Written from the description alone, with another JSON library."""
    with database.engine.connect() as connection:
        events = {row.previous_hash: row for row in connection.execute(select(Event.__table__))}
        changes: dict[int, list[Any]] = {}
        for row in connection.execute(select(Change.__table__).order_by(Change.id)):
            changes.setdefault(row.event_id, []).append(row)
        head = connection.execute(select(ChainHead.__table__)).one()
    wrong = []
    previous, walked = GENESIS, 0
    while previous in events:
        event = events.pop(previous)
        content = hashlib.sha256()
        of_event = changes.pop(event.id, [])
        for one in of_event:
            if one.salt is not None and _digest(one) != one.digest:
                wrong.append(f"change {one.id}")
            content.update(one.digest)
        link = [
            event.previous_hash, event.id, _z(event.recorded_at), _z(event.effective_at), event.actor, event.action,
            event.reason_digest and bytes(event.reason_digest).hex(), event.change_count, content.hexdigest(),
            event.organisation_id, event.run_id, event.undoes_id,
        ]  # fmt: skip
        if not _given(event, link[6]):
            wrong.append(f"reason of event {event.id}")
        if _sha(_json(link)) != event.hash:
            wrong.append(f"event {event.id}")
        if len(of_event) != event.change_count:
            wrong.append(f"count of event {event.id}")
        previous, walked = event.hash, walked + 1
    wrong += [f"event {one.id} hangs in the air" for one in events.values()]
    wrong += [f"changes of no event {event_id}" for event_id in changes]
    if (head.hash, head.events) != (previous, walked):
        wrong.append("head")
    return wrong


def _given(event: Any, digest: str | None) -> bool:
    """The reason is the one that was given, or a name was erased from it, and its salt with it."""
    if event.reason_salt is None:
        return digest is not None or event.reason is None
    return _sha(bytes(event.reason_salt) + b"|" + event.reason.encode()) == digest


def _digest(one: Any) -> bytes:
    before, after = (b"" if side is None else _json(side) for side in (one.before, one.after))
    parts = [bytes(one.salt), one.subject.encode(), str(one.subject_id).encode(), one.kind.encode(), before, after]
    return hashlib.sha256(b"|".join(parts)).digest()


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _z(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def a_week(database: Database) -> int:
    """Some writing of every kind; returns the device it was about."""
    owner = an_organisation(database)
    device = a_device(database, owner, notes="Siân's, 50% £")
    site = a_site(database, owner)
    change(database, Device, device, status="lost", status_since=NOW.date(), now=NOW + timedelta(days=1))
    remove(database, Site, site)
    return device


def forge(database: Database, statement: str) -> None:
    with database.engine.execution_options(fleet_write=True).begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0


def test_the_chain_of_an_honest_week_holds(database: Database) -> None:
    """Inserts, updates and deletes, accents, dates."""
    a_week(database)
    assert verify(database) == []


def test_an_empty_register_has_an_empty_chain(database: Database) -> None:
    """The head is the beginning."""
    assert verify(database) == []


def test_the_chain_holds_when_moments_were_given_in_london_time(database: Database) -> None:
    """What is hashed is what will be read back: UTC."""
    summer = datetime(2026, 7, 1, 10, 30, tzinfo=ZoneInfo("Europe/London"))
    with database.transaction(actor=ACTOR, action="test", now=summer, effective_at=summer) as session:
        session.add(Organisation(key="northbridge", name="Northbridge"))
    assert verify(database) == []


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE event SET actor = 'somebody.else' WHERE id = 4",
        "UPDATE event SET action = 'device.find' WHERE id = 4",
        "UPDATE event SET reason = 'it was agreed' WHERE id = 4",
        "UPDATE event SET effective_at = '2020-01-01 00:00:00' WHERE id = 4",
        "UPDATE event SET recorded_at = '2020-01-01 00:00:00' WHERE id = 4",
        "UPDATE event SET change_count = 2 WHERE id = 4",
        'UPDATE change SET before = \'{"status":"issued"}\' WHERE event_id = 4',
        'UPDATE change SET after = \'{"status":"stolen"}\' WHERE event_id = 4',
        "UPDATE change SET subject_id = 999 WHERE event_id = 4",
        "UPDATE change SET subject = 'site' WHERE event_id = 4",
        "UPDATE change SET kind = 'insert' WHERE event_id = 4",
        "UPDATE change SET event_id = 3 WHERE event_id = 4",
        "DELETE FROM change WHERE event_id = 4",
    ],
)
def test_a_forged_line_shows(database: Database, forgery: str) -> None:
    """Each thing a person could want to have been otherwise."""
    a_week(database)
    forge(database, forgery)
    assert verify(database) != []


def test_a_line_taken_out_of_the_middle_shows(database: Database) -> None:
    """The links around it do not meet."""
    a_week(database)
    forge(database, "DELETE FROM change WHERE event_id = 4")
    forge(database, "DELETE FROM event WHERE id = 4")
    assert verify(database) != []


def test_a_cut_tail_shows_against_a_remembered_head(database: Database) -> None:
    """The chain itself is perfect afterwards: only a hash kept elsewhere tells."""
    a_week(database)
    with database.read() as session:
        remembered = session.execute(select(ChainHead.hash)).scalar_one()
        kept = session.execute(select(Event.hash).where(Event.id == 4)).scalar_one()
    forge(database, "DELETE FROM change WHERE event_id = 5")
    forge(database, "DELETE FROM event WHERE id = 5")
    forge(database, f"UPDATE chain_head SET event_id = 4, events = 4, hash = '{kept}'")
    assert verify(database) == []
    with database.read() as session:
        assert remembered not in session.execute(select(Event.hash)).scalars().all()


def test_a_transaction_tells_the_head_it_left(database: Database) -> None:
    """For the log and the workbook's footer."""
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        session.add(Organisation(key="northbridge", name="Northbridge"))
    with database.read() as reading:
        assert session.info["head"] == reading.execute(select(ChainHead.hash)).scalar_one()


def test_a_run_keeps_the_head_it_left(database: Database) -> None:
    """The copy of the head outside the chain, against which a cut tail shows."""
    with database.transaction(actor=ACTOR, action="run.start", now=NOW) as session:
        run = Run(kind="sync", source="test", state="running", actor=ACTOR, started_at=NOW, counts={}, problems=[])
        session.add(run)
    with database.transaction(actor=ACTOR, action="sync", now=NOW, run_id=run.id) as session:
        session.add(Organisation(key="northbridge", name="Northbridge"))
    with database.read() as reading:
        head = reading.execute(select(ChainHead.hash)).scalar_one()
        assert reading.execute(select(Run.head_hash).where(Run.id == run.id)).scalar_one() == head


def test_an_erased_change_leaves_the_chain_whole(database: Database) -> None:
    """Personal content and its salt go; the digest stays and gives nothing away."""
    a_week(database)
    forge(database, "UPDATE change SET before = NULL, after = NULL, salt = NULL WHERE event_id = 2")
    assert verify(database) == []


def test_two_identical_changes_have_different_digests(database: Database) -> None:
    """Without the salt an erased name could be guessed from its digest."""
    owner = an_organisation(database)
    a_device(database, owner)
    a_device(database, owner)
    with database.read() as session:
        digests = session.execute(select(Change.digest).where(Change.subject == "device")).scalars().all()
        salts = session.execute(select(Change.salt)).scalars().all()
    assert len(set(digests)) == 2
    assert all(len(salt or b"") == 16 for salt in salts)
