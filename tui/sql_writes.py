"""How each write of a screen is done by the commands. Imported by the first write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fleet.commands import (
    assignments,
    bundles,
    byod,
    decisions,
    devices,
    fixes,
    handovers,
    incidents,
    receipts,
    reservations,
)
from fleet.config.byod import ByodRules
from fleet.errors import NotFound
from fleet.queries.keys import device_by_key, person_by_key
from tui.writes import (
    AcceptReceipt,
    AgreeOwn,
    Assign,
    CloseIncident,
    Decide,
    DecideOwn,
    EndOwn,
    EnrolOwn,
    Extend,
    Issue,
    MakeReceipt,
    Move,
    NoteStep,
    Release,
    Report,
    RequestOwn,
    Reserve,
    Settle,
    Swap,
    TakeBack,
    Transfer,
    WithdrawReceipt,
    Write,
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a write did, in words."""

    sentence: str
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Doing:
    """What a write needs besides itself."""

    session: Any
    now: datetime
    actor: str
    byod: ByodRules = field(default_factory=ByodRules)
    """Which terms owners of own devices accept, and for how long."""


def action_of(write: Write) -> str:
    """The action of the event a write becomes."""
    if isinstance(write, Decide):
        return "finding.snooze" if write.state == "snoozed" else "finding.acknowledge"
    if isinstance(write, DecideOwn):
        return "byod.approve" if write.agreed else "byod.refuse"
    return _ACTIONS[type(write)]


def perform(write: Write, doing: Doing) -> Told:
    """Do a write in an open transaction."""
    return _HOW[type(write)](write, doing)


def _told(done: Sequence[assignments.Done], verb: str) -> Told:
    several = len({one.device_id for one in done}) > 1
    sentence = f"{len({one.device_id for one in done}):,} devices {verb}." if several else " ".join(_sentences(done))
    warnings = [f"{one.device}: {warning}" if several else warning for one in done for warning in one.warnings]
    return Told(sentence, list(dict.fromkeys(warnings)))


def _sentences(done: Sequence[assignments.Done]) -> list[str]:
    return list(dict.fromkeys(one.sentence for one in done))


def _issue(write: Issue, doing: Doing) -> Told:
    person, site, team = (write.to.target if write.to.kind == kind else None for kind in ("person", "site", "team"))
    done = assignments.issue(
        doing.session,
        write.device_ids,
        now=doing.now,
        issued_on=write.day,
        due_on=write.due_on,
        person_id=person,
        site_id=site,
        team_id=team,
    )
    done = reservations.settle_issue(
        doing.session, done, person_id=person, now=doing.now, issued_on=write.day, due_on=write.due_on
    )
    return _told(done, "issued")


def _take_back(write: TakeBack, doing: Doing) -> Told:
    came_back = bundles.take_back(doing.session, write.device_ids, now=doing.now, on=write.day)
    done = assignments.return_devices(
        doing.session, write.device_ids, now=doing.now, condition=write.condition, to_status=write.status,
        returned_on=write.day,
    )  # fmt: skip
    return _told(bundles.with_words(done, came_back), "returned")


def _move(write: Move, doing: Doing) -> Told:
    done = devices.move(
        doing.session, write.device_ids, write.status, now=doing.now, on=write.day, reason=write.reason, batch=write.batch,
        certificate=write.certificate,
    )  # fmt: skip
    return _told(done, "moved")


def _swap(write: Swap, doing: Doing) -> Told:
    new_id = device_by_key(doing.session, write.new_key, now=doing.now)
    done = handovers.swap(
        doing.session, write.old_id, new_id, now=doing.now, carry_sim=write.carry_sim, to_status=write.status,
        condition=write.condition,
    )  # fmt: skip
    return Told(" ".join(_sentences(done)), [warning for one in done for warning in one.warnings])


def _transfer(write: Transfer, doing: Doing) -> Told:
    if write.to.kind != "person":
        raise NotFound("A device is passed on to a person. Return it first to share it at a site or in a team.")
    done = handovers.transfer(doing.session, write.device_ids, person_id=write.to.target, now=doing.now)
    return _told(done, "passed on")


def _extend(write: Extend, doing: Doing) -> Told:
    return _told(handovers.extend(doing.session, write.device_ids, due_on=write.due_on, now=doing.now), "extended")


def _decide(write: Decide, doing: Doing) -> Told:
    ids, actor, note = write.finding_ids, doing.actor, write.reason
    if write.state == "snoozed" and write.until is not None:
        number = decisions.snooze(doing.session, ids, actor=actor, until=write.until, note=note)
    else:
        number = decisions.acknowledge(doing.session, ids, actor=actor, note=note, until=write.until)
    return Told(f"{number:,} finding{'' if number == 1 else 's'} {write.state}.")


def _report(write: Report, doing: Doing) -> Told:
    row = incidents.open_incident(doing.session, write.device_id, write.kind, now=doing.now, on=write.day)
    return Told(f"Reported {row.kind}. The run sheet is open.")


def _note_step(write: NoteStep, doing: Doing) -> Told:
    incidents.record_step(
        doing.session, write.device_id, write.step, actor=doing.actor, now=doing.now, at=write.at, note=write.reason
    )
    return Told("Noted.")


def _close(write: CloseIncident, doing: Doing) -> Told:
    incidents.close_incident(
        doing.session, write.device_id, actor=doing.actor, now=doing.now, found=write.found, note=write.reason
    )
    return Told("Found again; the incident is closed." if write.found else "Given up; the incident is closed.")


def _make_receipt(write: MakeReceipt, doing: Doing) -> Told:
    made = receipts.make_for_devices(
        doing.session, write.device_ids, now=doing.now, kind=write.kind, data_removed=write.data_removed
    )
    return Told(made.sentence, made.warnings)


def _accept_receipt(write: AcceptReceipt, doing: Doing) -> Told:
    made = receipts.accept(
        doing.session, write.receipt_id, now=doing.now, typed_name=write.typed_name, paper_file=write.paper_file,
        seen=write.seen,
    )  # fmt: skip
    return Told(made.sentence, made.warnings)


def _reserve(write: Reserve, doing: Doing) -> Told:
    if write.to.kind != "person":
        raise NotFound("A device is kept for a person.")
    done = reservations.reserve(
        doing.session, write.device_ids, person_id=write.to.target, actor=doing.actor, now=doing.now, from_on=write.first,
        until_on=write.last,
    )  # fmt: skip
    return _told(done, "reserved")


def _release(write: Release, doing: Doing) -> Told:
    return _told(reservations.cancel(doing.session, write.device_ids, person_id=write.person_id), "released")


def _settle(write: Settle, doing: Doing) -> Told:
    plan = fixes.apply_fixes(
        doing.session, write.finding_ids, now=doing.now, actor=doing.actor, wanted=write.wanted, reason=write.reason
    )
    number = len(plan.targets)
    told = _told(plan.done, "seen to") if plan.done else Told("")
    return Told(f"{number:,} finding{'' if number == 1 else 's'} settled. {told.sentence}".strip(), told.warnings)


def _assign(write: Assign, doing: Doing) -> Told:
    names = {"me": doing.actor, "nobody": None}
    operator = names.get(write.operator.casefold(), write.operator)
    number = decisions.assign(doing.session, write.finding_ids, operator)
    return Told(f"{number:,} finding{'' if number == 1 else 's'} given to {operator or 'nobody'}.")


def _of_own(done: Sequence[byod.Taken], verb: str) -> Told:
    several = len(done) > 1
    sentence = f"{len(done):,} own devices {verb}." if several else done[0].sentence
    said = [f"{one.person}: {text}" if several else text for one in done for text in (*one.warnings, *one.to_do)]
    return Told(sentence, list(dict.fromkeys(said)))


def _request_own(write: RequestOwn, doing: Doing) -> Told:
    if write.to.kind != "person":
        raise NotFound("An own device is a person's.")
    wish = byod.Wish(write.kind, write.model, write.os_version, write.purpose)
    return _of_own([byod.request(doing.session, write.to.target, wish, now=doing.now, on=write.day)], "requested")


def _decide_own(write: DecideOwn, doing: Doing) -> Told:
    by = person_by_key(doing.session, write.by).id if write.by else None
    common: dict[str, Any] = {
        "actor": doing.actor, "now": doing.now, "by": by, "on": write.day, "seen": dict(write.seen)
    }  # fmt: skip
    if write.agreed:
        return _of_own(byod.approve(doing.session, write.ids, **common), "approved")
    return _of_own(byod.refuse(doing.session, write.ids, reason=write.reason, **common), "refused")


def _agree_own(write: AgreeOwn, doing: Doing) -> Told:
    done = byod.consent(
        doing.session, write.ids, terms=write.terms or doing.byod.terms, now=doing.now, on=write.day, until=write.until,
        months=doing.byod.months, seen=dict(write.seen),
    )  # fmt: skip
    return _of_own(done, "with a consent")


def _enrol_own(write: EnrolOwn, doing: Doing) -> Told:
    done = byod.enrol(
        doing.session, write.ids, now=doing.now, to=write.to, only=write.to is None, seen=dict(write.seen)
    )
    return _of_own(done, "linked")


def _end_own(write: EndOwn, doing: Doing) -> Told:
    done = byod.end(
        doing.session, write.ids, because=write.because, now=doing.now, on=write.day, reason=write.reason,
        seen=dict(write.seen),
    )  # fmt: skip
    told = _of_own(done, "ended")
    hint = " ^S, then Shift+F11 retires it." if any(one.still for one in done) else ""
    return Told(f"{told.sentence}{hint}", told.warnings)


_HOW: Mapping[type[Write], Callable[[Any, Doing], Told]] = {
    Issue: _issue,
    TakeBack: _take_back,
    Move: _move,
    Swap: _swap,
    Transfer: _transfer,
    Extend: _extend,
    Decide: _decide,
    Report: _report,
    NoteStep: _note_step,
    CloseIncident: _close,
    MakeReceipt: _make_receipt,
    AcceptReceipt: _accept_receipt,
    WithdrawReceipt: lambda write, doing: Told(receipts.withdraw(doing.session, write.receipt_id)),
    Reserve: _reserve,
    Release: _release,
    Settle: _settle,
    Assign: _assign,
    RequestOwn: _request_own,
    DecideOwn: _decide_own,
    AgreeOwn: _agree_own,
    EnrolOwn: _enrol_own,
    EndOwn: _end_own,
}
_ACTIONS: Mapping[type[Write], str] = {
    Issue: "device.issue",
    TakeBack: "device.return",
    Move: "device.move",
    Swap: "device.swap",
    Transfer: "device.transfer",
    Extend: "device.extend",
    Report: "incident.open",
    NoteStep: "incident.step",
    CloseIncident: "incident.close",
    MakeReceipt: "receipt.make",
    AcceptReceipt: "receipt.accept",
    WithdrawReceipt: "receipt.withdraw",
    Reserve: "reservation.make",
    Release: "reservation.cancel",
    Settle: "finding.fix",
    Assign: "finding.assign",
    RequestOwn: "byod.request",
    AgreeOwn: "byod.consent",
    EnrolOwn: "byod.enrol",
    EndOwn: "byod.end",
}
