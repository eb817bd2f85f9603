"""Bundles: case, charger, keyboard and SIM go out and come back with their device, in the same event."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.assignments import Done, device_name, locked
from fleet.commands.refusals import Refusals
from fleet.database.models import Assignment, AssignmentItem, Sim
from fleet.database.models.custody import ITEM_KINDS
from fleet.domain.wording import day_text
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem
from fleet.queries.accessories import SimRow, sim_by_key
from fleet.queries.tenants import batches

ACCESSORIES = tuple(one for one in ITEM_KINDS if one != "sim")
MOST_OF_A_KIND = 5
SHOWN = 30


@dataclass(slots=True)
class CameBack:
    """What came back with one device."""

    back: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def read_kinds(text: str | None, *, also_sim: bool = False) -> list[str]:
    """`case, charger` as kinds; raises `UsageProblem` naming those that exist."""
    kinds = [one.strip().lower() for one in (text or "").split(",") if one.strip()]
    allowed = (*ACCESSORIES, "sim") if also_sim else ACCESSORIES
    if wrong := [one for one in kinds if one not in allowed]:
        hint = " A SIM goes out with --with-sim." if "sim" in wrong else ""
        raise UsageProblem(
            f"{', '.join(one[:SHOWN] for one in wrong[:3])} is no accessory. There are: {', '.join(allowed)}.{hint}"
        )
    if kinds and max(Counter(kinds).values()) > MOST_OF_A_KIND:
        raise UsageProblem(f"More than {MOST_OF_A_KIND} of a kind don't go out with one device.")
    return kinds


def add_items(
    session: Session, done: Sequence[Done], *, kinds: Sequence[str] = (), sims: Sequence[str] = ()
) -> list[Done]:
    """After an issue, in its event: each device gets one of each of `kinds`; SIMs (ICCIDs or numbers) go in one by one.

    One device may take several SIMs; for several devices there are as many SIMs, in their order. Raises `Conflict`
    saying where a SIM is that is elsewhere.
    """
    if not kinds and not sims:
        return list(done)
    if sims and len(done) > 1 and len(sims) != len(done):
        raise UsageProblem(f"{len(done):,} devices need as many SIMs, in the same order; {len(sims):,} were given.")
    assignments = _open_assignments(session, [one.device_id for one in done])
    told = []
    for position, one in enumerate(done):
        assignment_id, owner = assignments[one.device_id]
        words, warnings = list(kinds), list(one.warnings)
        for kind in kinds:
            session.add(AssignmentItem(organisation_id=owner, assignment_id=assignment_id, kind=kind))
        for key in sims if len(done) == 1 else sims[position : position + 1]:
            sim = _put_in(session, key, one, assignment_id, owner)
            words.append(f"SIM {sim.iccid}")
            if sim.organisation_id != owner:
                warnings.append(f"SIM {sim.iccid} belongs to another organisation than the device.")
        sentence = f"{one.sentence.removesuffix('.')}, with {listed(words)}."
        told.append(replace(one, sentence=sentence, warnings=tuple(warnings)))
    session.flush()
    return told


def take_back(
    session: Session, device_ids: Sequence[int], *, now: datetime, missing: Sequence[str] = (), on: date | None = None,
    ended: int | None = None,
) -> dict[int, CameBack]:  # fmt: skip
    """Before a return, in its event: everything comes back with its device but what is `missing`, by kind.

    A SIM that comes back stays in the device; one that is missing is out of it and counted as lost. After a return
    `ended` is the assignment that it was under.
    """
    if missing and len(set(device_ids)) > 1:
        raise UsageProblem("What is missing is said of one device: return that one by itself.")
    gone = Counter(missing)
    found: dict[int, CameBack] = {one: CameBack() for one in device_ids}
    for device_id, item in _items_out(session, device_ids, ended):
        sim = session.get(Sim, item.sim_id) if item.sim_id is not None else None
        word = f"SIM {sim.iccid}" if sim else item.kind
        if gone[item.kind] > 0:
            gone[item.kind] -= 1
            item.missing = True
            found[device_id].missing.append(word)
            if sim is not None:
                sim.device_id, sim.state = None, "lost"
        else:
            item.returned_on = on or london_date(now)
            found[device_id].back.append(word)
    if never := [kind for kind, number in gone.items() if number > 0]:
        raise NotAllowed(f"No {' or '.join(never)} went out with it, so none can be missing.")
    session.flush()
    return found


def take_back_part(
    session: Session, device_ids: Sequence[int], kinds: Sequence[str], *, now: datetime, on: date | None = None
) -> list[Done]:
    """Accessories or SIMs come back and their devices stay out; also what was missing when a device came back last.

    One of each of `kinds` per device. A SIM that comes back is taken out of the device. Raises `NotAllowed` naming
    every device with which one of them did not go out.
    """
    if not kinds:
        raise UsageProblem(f"Say what comes back: {', '.join((*ACCESSORIES, 'sim'))}.")
    day = on or london_date(now)
    if day > london_date(now):
        raise UsageProblem(f"{day_text(day)} is in the future. Return on the day it happens, or today.")
    devices = locked(session, device_ids)
    outside: dict[int, list[AssignmentItem]] = {}
    for device_id, item in _items_outside(session, device_ids):
        outside.setdefault(device_id, []).append(item)
    refusals, done = Refusals(), []
    for device in devices:
        with refusals.of_one():
            name = device_name(device)
            taken = _take_items(session, name, outside.get(device.id, []), kinds, day)
            done.append(Done(device.id, name, f"{listed(taken)} of {name} came back; the device stays where it is."))
    refusals.raise_any(len(devices))
    session.flush()
    return done


def _take_items(session: Session, name: str, items: list[AssignmentItem], kinds: Sequence[str], day: date) -> list[str]:
    words = []
    for kind in kinds:
        item = next((one for one in items if one.kind == kind), None)
        if item is None:
            raise NotAllowed(f"No {kind} of {name} is out, so none can come back.")
        items.remove(item)
        item.returned_on, item.missing = day, False
        sim = session.get(Sim, item.sim_id) if item.sim_id is not None else None
        if sim is not None:
            sim.device_id, sim.state = None, "stock" if sim.state in ("active", "lost") else sim.state
        words.append(f"SIM {sim.iccid}" if sim is not None else kind)
    return words


def pass_on(
    session: Session, moves: Mapping[int, int], *, day: date, kinds: Sequence[str] | None = None
) -> dict[int, list[str]]:
    """What is out under an assignment goes on under another one: it ends with the one and begins with the other.

    `moves` is the assignment that ends -> the one that begins, of the same or another device; `kinds` are those that
    go along, None is all. Gives per new assignment what went along, in words. Call it before the rest is taken back.
    """
    went: dict[int, list[str]] = {}
    devices = _devices_of(session, moves.values())
    for batch in batches(sorted(moves)):
        statement = select(AssignmentItem).where(
            AssignmentItem.assignment_id.in_(batch), AssignmentItem.returned_on.is_(None),
            AssignmentItem.missing.is_(False),
        )  # fmt: skip
        for item in session.execute(statement.order_by(AssignmentItem.id)).scalars():
            if kinds is not None and item.kind not in kinds:
                continue
            to = moves[item.assignment_id]
            device_id, owner = devices[to]
            item.returned_on = day
            session.add(AssignmentItem(organisation_id=owner, assignment_id=to, kind=item.kind, sim_id=item.sim_id))
            sim = session.get(Sim, item.sim_id) if item.sim_id is not None else None
            if sim is not None:
                sim.device_id = device_id
            went.setdefault(to, []).append(f"SIM {sim.iccid}" if sim is not None else item.kind)
    session.flush()
    return went


def _devices_of(session: Session, assignment_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Assignment -> its device and organisation."""
    found: dict[int, tuple[int, int]] = {}
    for batch in batches(sorted(set(assignment_ids))):
        columns = select(Assignment.id, Assignment.device_id, Assignment.organisation_id)
        rows = session.execute(columns.where(Assignment.id.in_(batch)))
        found |= {row[0]: (row[1], row[2]) for row in rows}
    return found


def with_words(done: Sequence[Done], came_back: Mapping[int, CameBack]) -> list[Done]:
    """What came back and what did not, added to what is said of the return."""
    told = []
    for one in done:
        items = came_back.get(one.device_id, CameBack())
        sentence = one.sentence.removesuffix(".")
        if items.back:
            sentence += f", with {listed(items.back)}"
        if items.missing:
            sentence += f"; missing: {listed(items.missing)}"
        bar = tuple(f"{word} is missing: have its line barred." for word in items.missing if word.startswith("SIM "))
        told.append(replace(one, sentence=sentence + ".", warnings=(*one.warnings, *bar)))
    return told


def _open_assignments(session: Session, device_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Device -> its open assignment and that one's organisation."""
    found: dict[int, tuple[int, int]] = {}
    for batch in batches(device_ids):
        rows: Any = session.execute(
            select(Assignment.device_id, Assignment.id, Assignment.organisation_id).where(
                Assignment.device_id.in_(batch), Assignment.returned_on.is_(None)
            )
        )
        found |= {row[0]: (row[1], row[2]) for row in rows}
    return found


def _put_in(session: Session, key: str, one: Done, assignment_id: int, owner: int) -> SimRow:
    """The SIM moves into the device; refused where it is elsewhere, lost or ended."""
    sim = sim_by_key(session, key)
    row = session.get(Sim, sim.id, with_for_update=True)
    if row is None:
        raise NotFound(f"SIM {sim.iccid} was removed a moment ago.")
    if row.state in ("lost", "ended"):
        raise NotAllowed(f"SIM {sim.iccid} is {row.state}: it can't be issued.")
    if row.device_id is not None and row.device_id != one.device_id:
        where = sim.device or "another device"
        held = f", which {sim.holder} has" if sim.holder else ""
        raise Conflict(f"SIM {sim.iccid} is in {where}{held}. Take it out of there first.", code="sim-elsewhere")
    session.add(AssignmentItem(organisation_id=owner, assignment_id=assignment_id, kind="sim", sim_id=sim.id))
    row.device_id, row.state = one.device_id, "active"
    return sim


def _items_outside(session: Session, device_ids: Iterable[int]) -> list[tuple[int, AssignmentItem]]:
    """(device, item) of what has not come back: out with its holder first, else missing since a return, newest first."""
    found: list[tuple[int, AssignmentItem]] = []
    for batch in batches(device_ids):
        rows: Any = session.execute(
            select(Assignment.device_id, AssignmentItem)
            .join(AssignmentItem, AssignmentItem.assignment_id == Assignment.id)
            .where(Assignment.device_id.in_(batch), AssignmentItem.returned_on.is_(None))
            .order_by(AssignmentItem.missing, Assignment.id.desc(), AssignmentItem.id)
        )
        found += [tuple(row) for row in rows]
    return found


def _items_out(
    session: Session, device_ids: Iterable[int], ended: int | None = None
) -> list[tuple[int, AssignmentItem]]:
    """(device, item) of everything that is out with these devices, under their open assignment or the `ended` one."""
    which = Assignment.returned_on.is_(None) if ended is None else Assignment.id == ended
    found: list[tuple[int, AssignmentItem]] = []
    for batch in batches(device_ids):
        rows: Any = session.execute(
            select(Assignment.device_id, AssignmentItem)
            .join(AssignmentItem, AssignmentItem.assignment_id == Assignment.id)
            .where(
                Assignment.device_id.in_(batch), which, AssignmentItem.returned_on.is_(None),
                AssignmentItem.missing.is_(False),
            )
            .order_by(AssignmentItem.id)
        )  # fmt: skip
        found += [tuple(row) for row in rows]
    return found


def listed(words: Sequence[str]) -> str:
    """`case, charger and keyboard`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
