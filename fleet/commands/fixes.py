"""Apply what a rule suggests: ordinary commands on the devices of findings, in the caller's one event."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.devices import point_to_newest
from fleet.commands.apply_plan.writing import Edit, update_recorded
from fleet.commands.assignments import Done, device_name, issue, locked, open_assignments, return_devices
from fleet.commands.bundles import take_back, with_words
from fleet.commands.devices import move, register
from fleet.commands.handovers import transfer
from fleet.commands.incidents import find_open, record_step
from fleet.commands.listings import take_into_stock
from fleet.commands.open_records import OpenRecord, open_records, records_over
from fleet.commands.outbox.asking import Order
from fleet.commands.outbox.from_findings import NONE, Orders, put_into_outbox
from fleet.commands.refusals import Refusals
from fleet.commands.rejudging import rejudge_touched
from fleet.commands.reservations import settle_issue
from fleet.database.models import AssignmentItem, Device, Enrolment, Finding, Person, Sim
from fleet.domain.facts import DeviceFact
from fleet.domain.remote import DELETE
from fleet.domain.rules import RULES, Rule
from fleet.domain.rules.fixes import Fix
from fleet.domain.rules.raised import RAISED
from fleet.errors import NotAllowed, NotFound, UsageProblem
from fleet.queries.facts import facts_of
from fleet.queries.tenants import batches

BY_HAND = "closed by hand"
"""Why an enrolment was closed: a person said that it is over."""
_RULES: Mapping[str, Rule] = {rule.key: rule for rule in (*RULES, *RAISED)}


@dataclass(frozen=True, slots=True)
class Work:
    """What every act is told."""

    session: Session
    now: datetime
    actor: str
    reason: str
    orders: Orders
    facts: Mapping[int, DeviceFact]
    """Device -> what is recorded and observed of it at this moment."""


@dataclass(frozen=True, slots=True)
class Target:
    """A finding that is to be settled."""

    finding_id: int
    rule: str
    subject: str
    subject_type: str
    subject_id: int
    fix: Fix


@dataclass(slots=True)
class FixPlan:
    """What a fix did, or would do."""

    targets: list[Target] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    stood: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Finding -> (rule, subject) of all that stood about anything that is touched, before it was."""

    @property
    def fixes(self) -> dict[str, Fix]:
        """The fixes of the plan by rule, in the order of the findings."""
        return {one.rule: one.fix for one in self.targets}


def fix_of(rule_key: str, wanted: str | None = None) -> Fix:
    """The fix that a rule suggests, or the one of that name.

    Raises `NotAllowed` where nothing can be applied here, saying what it takes; `UsageProblem` for a name it has not.
    """
    rule = _RULES.get(rule_key)
    known = () if rule is None else rule.fixes if wanted is None else (*rule.fixes, *rule.orders)
    if not known:
        takes = rule.elsewhere if rule is not None else "the rule that found it is no more."
        named = " or ".join(f"--with {one.key}" for one in rule.orders) if rule is not None else ""
        through = f" Through the outbox of remote actions: {named}" if named else ""
        raise NotAllowed(f"Nothing to apply here for {rule_key}: {takes}{through}", code="nothing-to-apply")
    found = next((one for one in known if wanted in (None, one.key)), None)
    if found is None:
        raise UsageProblem(f"{rule_key} is not settled by {wanted}. It may be: {', '.join(o.key for o in known)}.")
    return found


def apply_fixes(
    session: Session,
    finding_ids: Sequence[int],
    *,
    now: datetime,
    actor: str,
    wanted: str | None = None,
    reason: str | None = None,
    orders: Orders = NONE,
) -> FixPlan:
    """Settle findings in the caller's transaction; all or none, and every device that is refused is named at once.

    A preview is the same, taken back. Raises `NotFound` for a finding that is not there, `NotAllowed` for one that is
    fixed already or that nothing here settles.
    """
    plan = FixPlan(_targets(session, finding_ids, wanted))
    plan.stood = _unfixed(session, plan)
    facts = {one.id: one for one in facts_of(session, _devices(plan))}
    groups: dict[tuple[Fix, str], list[int]] = {}
    for one in plan.targets:
        groups.setdefault((one.fix, one.rule), []).append(one.subject_id)
    for (fix, rule), devices in groups.items():
        why = reason or f"{_RULES[rule].title}: {_REASONS.get(fix.key, 'asked of Intune')}"
        work, ids = Work(session, now, actor, why, orders, facts), list(dict.fromkeys(devices))
        plan.done += _order(work, fix, ids) if fix.action else _ACTS[fix.key](work, ids)
    session.flush()
    return plan


def judged_then(
    session: Session, plan: FixPlan, rules: Mapping[str, Mapping[str, Any]], folder: Path | None
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What the rules say once the plan was applied: (rule, subject) of findings that went, and of those that came."""
    before = plan.stood
    rejudge_touched(session, rules, folder)
    after = _unfixed(session, plan)
    gone = [told for key, told in before.items() if key not in after]
    return gone, [told for key, told in after.items() if key not in before]


def _devices(plan: FixPlan) -> set[int]:
    """What is touched: the devices of the findings, as far as they are about devices."""
    return {one.subject_id for one in plan.targets if one.subject_type == "device"}


def _unfixed(session: Session, plan: FixPlan) -> dict[int, tuple[str, str]]:
    """The findings that stand about anything that the plan is about."""
    subjects: dict[str, set[int]] = {}
    for one in plan.targets:
        subjects.setdefault(one.subject_type, set()).add(one.subject_id)
    found: dict[int, tuple[str, str]] = {}
    for about, ids in subjects.items():
        for batch in batches(sorted(ids)):
            rows = session.execute(
                select(Finding.id, Finding.rule, Finding.subject)
                .where(Finding.subject_type == about, Finding.subject_id.in_(batch), Finding.state != "fixed")
                .order_by(Finding.id)
            )
            found |= {row[0]: (row[1], row[2]) for row in rows}
    return found


def _targets(session: Session, finding_ids: Sequence[int], wanted: str | None) -> list[Target]:
    wanted_ids = list(dict.fromkeys(finding_ids))
    if not wanted_ids:
        raise UsageProblem("Name at least one finding.")
    found: dict[int, Finding] = {}
    for batch in batches(sorted(wanted_ids)):
        rows = session.execute(select(Finding).where(Finding.id.in_(batch))).scalars()
        found |= {one.id: one for one in rows}
    if len(found) != len(wanted_ids):
        raise NotFound("One of those findings does not exist, or belongs to another organisation. Nothing was changed.")
    targets, refusals = [], Refusals()
    for one in (found[number] for number in wanted_ids):
        with refusals.of_one():
            targets.append(_target(one, wanted))
    refusals.raise_any(len(wanted_ids))
    return targets


def _target(one: Finding, wanted: str | None) -> Target:
    fix = fix_of(one.rule, wanted)
    if one.state == "fixed":
        raise NotAllowed(f"Finding {one.id} ({one.subject}) is fixed already.", code="already-fixed")
    if one.subject_id is None:
        raise NotAllowed(f"Finding {one.id} ({one.subject}) is about nothing that the register has.")
    return Target(one.id, one.rule, one.subject, one.subject_type, one.subject_id, fix)


# --- the acts: each takes devices, uses the ordinary commands and says what it did ------------------------------


def _record_return(work: Work, devices: Sequence[int]) -> list[Done]:
    """What somebody has comes back; what nobody has goes into stock."""
    held = open_assignments(work.session, devices)
    out = [one for one in devices if one in held]
    rest = [one for one in devices if one not in held]
    done: list[Done] = []
    if out:
        came_back = take_back(work.session, out, now=work.now)
        done += with_words(return_devices(work.session, out, now=work.now, reason=work.reason), came_back)
    if rest:
        done += move(work.session, rest, "in_stock", now=work.now, reason=work.reason)
    return done


def _adopt_holder(work: Work, devices: Sequence[int]) -> list[Done]:
    """The enrolling person becomes the holder: by a transfer from today's, by an issue where nobody has it."""
    people = _enrolling_people(work, devices)
    held = open_assignments(work.session, devices)
    done: list[Done] = []
    for person_id, ids in people.items():
        passed = [one for one in ids if one in held]
        given = [one for one in ids if one not in held]
        if passed:
            done += transfer(work.session, passed, person_id=person_id, now=work.now)
        if given:
            done += _issue(work, given, person_id)
    return done


def _enrolling_people(work: Work, devices: Sequence[int]) -> dict[int, list[int]]:
    """Person -> devices that they enrolled; refuses those who can't be given any."""
    people: dict[int, list[int]] = {}
    refusals = Refusals()
    for device in locked(work.session, devices):
        with refusals.of_one():
            person_id = work.facts[device.id].enrolled_person_id if device.id in work.facts else None
            person = work.session.get(Person, person_id) if person_id is not None else None
            name = device_name(device)
            if person is None:
                raise NotAllowed(f"{name}: the register does not know who enrolled it. Sync the people first.")
            if person.state == "left":
                raise NotAllowed(
                    f"{name}: {person.display_name}, who enrolled it, has left. Record its return instead."
                )
            people.setdefault(person.id, []).append(device.id)
    refusals.raise_any(len(devices))
    return people


def _issue(work: Work, devices: Sequence[int], person_id: int) -> list[Done]:
    done = issue(work.session, devices, now=work.now, person_id=person_id)
    return settle_issue(work.session, done, person_id=person_id, now=work.now, issued_on=None, due_on=None)


def _register(work: Work, devices: Sequence[int]) -> list[Done]:
    """Each to the person who enrolled it, where the register knows them and they are still there; the rest into stock."""
    to: dict[int | None, list[int]] = {}
    for device_id in devices:
        person_id = work.facts[device_id].enrolled_person_id if device_id in work.facts else None
        person = work.session.get(Person, person_id) if person_id is not None else None
        gone = person is None or person.state == "left"
        to.setdefault(None if gone else person_id, []).append(device_id)
    done: list[Done] = []
    for person_id, ids in to.items():
        done += register(work.session, ids, now=work.now) if person_id is None else _issue(work, ids, person_id)
    return done


def _note_loss(work: Work, devices: Sequence[int]) -> list[Done]:
    return move(work.session, devices, "lost", now=work.now, reason=work.reason)


def _record_found(work: Work, devices: Sequence[int]) -> list[Done]:
    """The incident ends with its step; a device without an open one only moves."""
    done: list[Done] = []
    loose: list[int] = []
    for device in locked(work.session, devices):
        if find_open(work.session, device.id) is None:
            loose.append(device.id)
            continue
        record_step(work.session, device.id, "found", actor=work.actor, now=work.now, note=work.reason)
        done.append(Done(device.id, device_name(device), f"{device_name(device)} was found; its incident is closed."))
    if loose:
        done += move(work.session, loose, "found", now=work.now, reason=work.reason)
    return done


def _close_enrolment(work: Work, devices: Sequence[int]) -> list[Done]:
    """Close what is not in use: of a device in hand the older records and those of other tenants, else all."""
    by_device: dict[int, list[OpenRecord]] = {}
    for one in open_records(work.session, devices):
        by_device.setdefault(one.device_id, []).append(one)
    edits: dict[int, list[Edit]] = {}
    done, refusals = [], Refusals()
    for device in locked(work.session, devices):
        with refusals.of_one():
            over = records_over(device, by_device.get(device.id, []))
            name = device_name(device)
            if not over:
                raise NotAllowed(f"{name} has no enrolment left to close.")
            for one in over:
                before, after = {"closed_at": None, "closed_because": None}, (work.now, BY_HAND)
                edit = Edit(one.id, before, dict(zip(before, after, strict=True)))
                edits.setdefault(one.owner, []).append(edit)
            tenants = ", ".join(dict.fromkeys(one.tenant for one in over))
            counted = "enrolment" if len(over) == 1 else f"{len(over)} enrolments"
            done.append(Done(device.id, name, f"{name}: {counted} in {tenants} closed in the register."))
    refusals.raise_any(len(devices))
    for owner, mine in edits.items():
        update_recorded(work.session, Enrolment, mine, organisation_id=owner)
    point_to_newest(work.session, devices)
    work.session.expire_all()
    return done


def _move_sim(work: Work, devices: Sequence[int]) -> list[Done]:
    """The SIM that Intune sees in each is recorded there; what went out with another assignment is out no more."""
    done, refusals = [], Refusals()
    for device in locked(work.session, devices):
        with refusals.of_one():
            fact = work.facts.get(device.id)
            seen = fact.iccid_seen if fact is not None and device.ownership != "personal" else None
            sim = work.session.execute(select(Sim).where(Sim.iccid == seen)).scalar_one_or_none() if seen else None
            name = device_name(device)
            if sim is None:
                raise NotAllowed(f"{name}: the register does not have the SIM that Intune sees in it.")
            from_where = work.session.get(Device, sim.device_id) if sim.device_id is not None else None
            _end_items(work, sim.id)
            sim.device_id, sim.state = device.id, "active"
            was = f", no longer in {device_name(from_where)}" if from_where is not None else ""
            done.append(Done(device.id, name, f"SIM ending in {sim.iccid[-4:]} is in {name}{was}."))
    refusals.raise_any(len(devices))
    return done


def _end_items(work: Work, sim_id: int) -> None:
    out = select(AssignmentItem).where(AssignmentItem.sim_id == sim_id, AssignmentItem.returned_on.is_(None))
    for item in work.session.execute(out).scalars():
        item.returned_on = london_date(work.now)


def _sim_to_stock(work: Work, sims: Sequence[int]) -> list[Done]:
    done = []
    for batch in batches(sorted(sims)):
        for sim in work.session.execute(select(Sim).where(Sim.id.in_(batch)).order_by(Sim.id)).scalars():
            sim.state = "stock"
            done.append(Done(sim.id, sim.iccid, f"SIM ending in {sim.iccid[-4:]} is in stock."))
    return done


def _order(work: Work, fix: Fix, devices: Sequence[int]) -> list[Done]:
    """Into the outbox, for each device; a left-over record by itself, not the device's present one."""
    wanted = [Order(one) for one in devices]
    if fix.action == DELETE:
        records = open_records(work.session, devices)
        over = {
            one.id: records_over(one, [r for r in records if r.device_id == one.id])
            for one in locked(work.session, devices)
        }
        wanted = [Order(device, record.id) for device, found in over.items() for record in found]
    return put_into_outbox(
        work.session, wanted, fix.action, work.orders, now=work.now, actor=work.actor, reason=work.reason
    )


Act = Callable[[Work, Sequence[int]], list[Done]]
_ACTS: Mapping[str, Act] = {
    "record-return": _record_return,
    "adopt-holder": _adopt_holder,
    "register": _register,
    "note-loss": _note_loss,
    "record-found": _record_found,
    "close-enrolment": _close_enrolment,
    "move-sim": _move_sim,
    "sim-to-stock": _sim_to_stock,
    "take-into-stock": lambda work, listed: take_into_stock(work.session, listed, now=work.now, reason=work.reason),
}
_REASONS: Mapping[str, str] = {
    "record-return": "its return was recorded",
    "adopt-holder": "issued to who enrolled it",
    "register": "registered",
    "note-loss": "reported lost",
    "record-found": "recorded as found",
    "close-enrolment": "the enrolment was closed",
    "move-sim": "the SIM was moved",
    "sim-to-stock": "the SIM went into stock",
    "take-into-stock": "recorded in stock",
}
"""What each act did, for the reason that history keeps."""
