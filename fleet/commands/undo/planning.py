"""Plan an undo: draft the inverse of what the events did, then take out whatever stands in the way."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands.undo.drafts import ORDER, Draft, Drafts, changed_since, draft_events
from fleet.commands.undo.names import Names
from fleet.commands.undo.obstacles import Obstacles
from fleet.commands.undo.plan import Kept, Reversal, UndoPlan
from fleet.commands.undo.sent import keep_what_was_sent
from fleet.commands.undo.signed import keep_what_was_signed
from fleet.database.models import Event, Run
from fleet.domain.wording import field_label
from fleet.errors import NotAllowed, NotFound
from fleet.queries.standing import Standing, standing_events


def events_of_run(session: Session, run_id: int) -> list[int]:
    """The events that a run wrote; raises `NotFound` for an unknown run, `NotAllowed` for one that wrote nothing."""
    if session.execute(select(Run.id).where(Run.id == run_id)).scalar_one_or_none() is None:
        raise NotFound(f"There is no run {run_id}. List them with: fleet runs")
    events = list(session.execute(select(Event.id).where(Event.run_id == run_id).order_by(Event.id)).scalars())
    if not events:
        raise NotAllowed(f"Run {run_id} changed nothing, so there is nothing to undo.")
    return events


def plan_undo(session: Session, event_ids: Sequence[int]) -> UndoPlan:
    """What undoing these events would take back and what it would keep. Writes nothing.

    Raises `NotFound` for an event that there is not, or is not to be seen, and `NotAllowed` for one undone already, or
    one that erased a person.
    """
    _lock(session, event_ids)
    standing = standing_events(session.connection())
    _refuse_undone(session, event_ids, standing)
    drafts = draft_events(session, event_ids)
    names = Names(session, drafts)
    keep_what_was_signed(session, drafts)
    keep_what_was_sent(drafts)
    for rows in drafts.values():
        since = changed_since(session, rows, standing) if rows else {}
        for row_id, draft in rows.items():
            _keep_what_changed(draft, since.get(row_id, {}), names)
    Obstacles(session, drafts).clear()
    return _told(event_ids, drafts, names)


def _lock(session: Session, event_ids: Sequence[int]) -> None:
    """Of two who are about to undo the same event, the second waits for the first and is told."""
    if "event" in session.info:
        session.execute(select(Event.id).where(Event.id.in_(event_ids)).order_by(Event.id).with_for_update()).all()


def _refuse_undone(session: Session, event_ids: Sequence[int], standing: Standing) -> None:
    rows = session.execute(select(Event.id, Event.action).where(Event.id.in_(event_ids)))
    known: dict[int, str] = {row[0]: row[1] for row in rows}
    if missing := set(event_ids) - known.keys():
        raise NotFound(f"There is no event {min(missing)}. List them with: fleet history")
    for event_id, action in known.items():
        if action == "person.erase":
            raise NotAllowed(f"Event {event_id} erased a person: what is gone can't be brought back.")
    for event_id in event_ids:
        if (by := standing.undone_by.get(event_id)) is not None:
            raise NotAllowed(f"Event {event_id} was undone already, by event {by}. Undo that one to bring it back.")


def _keep_what_changed(draft: Draft, since: Mapping[str, int], names: Names) -> None:
    """What somebody wrote after the events stays, even where they wrote the same value again."""
    if draft.now is None:
        if draft.kind == "update":
            draft.keep_row("it was removed since")
        return
    if draft.kind == "delete":
        draft.keep_row("it is there again already")
        return
    changed = [
        name for name, value in draft.after.items() if name in since or (name in draft.now and draft.now[name] != value)
    ]
    if draft.kind == "insert" and (changed := sorted({*changed, *since})):
        labels = ", ".join(field_label(name) for name in changed if name != "*") or "place in the register"
        draft.keep_row(f"its {labels} changed since")
    elif draft.kind == "update":
        for name in changed:
            value = names.value(draft.subject, name, draft.now.get(name))
            draft.keep_field(name, f"{field_label(name)} changed since to {value}")


def _told(event_ids: Sequence[int], drafts: Drafts, names: Names) -> UndoPlan:
    plan = UndoPlan(tuple(event_ids))
    for name in reversed(ORDER):
        for row_id, draft in sorted(drafts.get(name, {}).items()):
            called = names.draft(draft)
            if draft.kept_row is not None:
                plan.kept.append(Kept(name, row_id, "*", draft.kept_row, called))
                continue
            plan.kept += [
                Kept(name, row_id, one, because, called) for one, because in sorted(draft.kept_fields.items())
            ]
            if (reversal := _reversal(draft, names, called)) is not None:
                plan.reversed.append(reversal)
    return plan


def _reversal(draft: Draft, names: Names, called: str) -> Reversal | None:
    before, after = draft.before, draft.after
    told: tuple[str, ...] = ()
    if draft.kind == "update":
        before = draft.reverted
        after = {name: draft.after[name] for name in before}
        if before == after:
            return None
        told = tuple(names.changes(draft.subject, before, after))
    elif not (draft.removes or draft.puts_back):
        return None
    return Reversal(draft.subject, draft.subject_id, draft.organisation_id, draft.kind, before, after, called, told)
