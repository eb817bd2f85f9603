"""What people signed stays: an accepted receipt, the hand-over it is for, and the versions of the text."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands.undo.drafts import Draft, Drafts
from fleet.database.models import Assignment, Receipt
from fleet.queries.tenants import batches

_ACCEPTED = "it was accepted: what was signed is never changed"
_TEXT = "receipts may have been accepted with it; set another version instead"


def keep_what_was_signed(session: Session, drafts: Drafts) -> None:
    """Keep every row and field that a person's signature stands for."""
    for text in drafts.get("receipt_text", {}).values():
        text.keep_row(_TEXT)
    held = drafts.get("assignment", {})
    items = drafts.get("assignment_item", {})
    receipts = _receipts_of(session, [*held, *(_assignment_of(item) for item in items.values())])
    accepted = _accepted(session, [*drafts.get("receipt", {}), *(one for pair in receipts.values() for one in pair)])
    for number, receipt in drafts.get("receipt", {}).items():
        if number in accepted:
            receipt.keep_row(_ACCEPTED)
    for assignment_id, draft in held.items():
        issued, returned = receipts.get(assignment_id, (None, None))
        if issued in accepted:
            _keep(draft, "receipt_id", f"receipt {issued} was accepted for it")
        if returned in accepted:
            _keep(draft, "returned_on", f"receipt {returned} was accepted for its return")
    for draft in items.values():
        issued, returned = receipts.get(_assignment_of(draft) or 0, (None, None))
        signed = [one for one in (issued, returned) if one in accepted]
        if draft.kind != "update" and signed:
            draft.keep_row(f"receipt {signed[-1]} was accepted for it")
        elif returned in accepted:
            draft.keep_row(f"receipt {returned} was accepted for its return")


def _keep(draft: Draft, name: str, because: str) -> None:
    if draft.kind == "update":
        draft.keep_field(name, because)
    else:
        draft.keep_row(because)


def _assignment_of(item: Draft) -> int | None:
    return (item.now or item.before or item.after).get("assignment_id")


def _receipts_of(session: Session, ids: Iterable[int | None]) -> dict[int, tuple[int | None, int | None]]:
    """Assignment -> receipts of its issue and its return."""
    found: dict[int, tuple[int | None, int | None]] = {}
    for batch in batches(sorted({one for one in ids if one is not None})):
        rows = session.execute(
            select(Assignment.id, Assignment.receipt_id, Assignment.return_receipt_id).where(Assignment.id.in_(batch))
        )
        found |= {row[0]: (row[1], row[2]) for row in rows}
    return found


def _accepted(session: Session, ids: Iterable[int | None]) -> set[int | None]:
    found: set[int | None] = set()
    for batch in batches(sorted({one for one in ids if one is not None})):
        statement = select(Receipt.id).where(Receipt.id.in_(batch), Receipt.accepted_at.is_not(None))
        found |= set(session.execute(statement).scalars())
    return found
