"""Receipts: make a draft of what was handed over, freeze it when it is accepted, and keep the texts people sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fleet.clock import london_date, london_text
from fleet.database.bulk import allocate_ids
from fleet.database.models import Assignment, Change, Receipt, ReceiptText
from fleet.domain.receipts import Kind, body_hash, check_text, data_removed_in, render, safe
from fleet.domain.search import fold
from fleet.domain.wording import day_text
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem
from fleet.queries.bundles import (
    Bundle,
    assignments_of_devices,
    assignments_of_event,
    assignments_of_receipt,
    bundle_of,
    content_of,
)
from fleet.queries.receipts import TextRow, erased_notice, is_erased, list_texts, receipt_text
from fleet.queries.tenants import batches

SHORTEST_HASH = 8
"""Characters of a hash that say which text was meant: the first eight stand on every page."""
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A receipt and what was done to it."""

    id: int
    kind: Kind
    holder: str
    items: int
    body_hash: str
    sentence: str
    warnings: tuple[str, ...] = ()


def set_text(session: Session, kind: str, body: str, *, now: datetime) -> TextRow:
    """Keep a new version of the text that people sign; earlier ones stay as they are.

    Raises `UsageProblem` for a text that can't be filled, or that is the newest one already.
    """
    newest = receipt_text(session, kind)
    body = body.strip().replace("\r\n", "\n") + "\n"
    check_text(kind, body)
    if body == newest.body:
        raise UsageProblem(f"Version {newest.version} says exactly this already. Nothing was changed.")
    numbers = [int(one.version) for one in list_texts(session) if one.kind == kind and one.version.isdecimal()]
    row = ReceiptText(kind=kind, version=str(max(numbers, default=1) + 1), body=body, made_at=now)
    session.add(row)
    session.flush()
    return TextRow(kind, row.version, row.body, row.made_at)


def make_receipt(
    session: Session,
    kind: Kind,
    assignment_ids: Sequence[int],
    *,
    now: datetime,
    data_removed: bool | None = None,
) -> Made:
    """Make the draft of one receipt for a bundle, or render the draft that it has anew.

    `data_removed` is for returns: whether personal data was removed; None keeps what the draft says. Raises
    `UsageProblem` when the items are not one bundle, `Conflict` when one of them was accepted before.
    """
    if kind not in get_args(Kind):
        raise UsageProblem(f"A receipt is for an issue or a return, not for {kind}.")
    _lock(session, assignment_ids)
    bundle = bundle_of(session, list(assignment_ids))
    if kind == "return" and any(row.Assignment.returned_on is None for row in bundle.assignments):
        raise NotAllowed("Some of that is not returned yet. Record the return first, then make its receipt.")
    receipt = _draft_of(session, bundle, kind)
    if receipt is not None:
        return _again(session, receipt, bundle, kind, data_removed)
    number, body = _new_draft(session, bundle, kind, now, data_removed)
    for row in bundle.assignments:
        setattr(row.Assignment, _column(kind), number)
    session.flush()
    return _made(number, kind, bundle, body, "made")


def make_for_devices(
    session: Session,
    device_ids: Sequence[int],
    *,
    now: datetime,
    kind: Kind = "issue",
    data_removed: bool | None = None,
) -> Made:
    """Make the receipt for devices: of what they are issued with now, or of their last return."""
    if not device_ids:
        raise UsageProblem("Name at least one device, or the event that issued them.")
    found = assignments_of_devices(session, list(dict.fromkeys(device_ids)), kind)
    return make_receipt(session, kind, found, now=now, data_removed=data_removed)


def make_for_event(session: Session, event_id: int, *, now: datetime, data_removed: bool | None = None) -> list[Made]:
    """Make the receipts of an event: one per holder and organisation for what it issued, one for what it took back."""
    return [
        make_receipt(session, kind, ids, now=now, data_removed=data_removed if kind == "return" else None)
        for (kind, _), ids in assignments_of_event(session, event_id).items()
    ]


def present_body(session: Session, receipt_id: int) -> str:
    """What a receipt says: the frozen text of an accepted one, today's rendering of a draft. Writes nothing."""
    receipt = session.execute(select(Receipt).where(Receipt.id == receipt_id)).scalar_one_or_none()
    if receipt is None:
        raise _unknown(receipt_id)
    frozen = receipt.accepted_at is not None or is_erased(receipt.body)
    return receipt.body if frozen else _rendered(session, receipt)[0]


def accept(
    session: Session,
    receipt_id: int,
    *,
    now: datetime,
    typed_name: str | None = None,
    paper_file: str | None = None,
    seen: str | None = None,
) -> Made:
    """Freeze a receipt: by the name a person typed, or by the file name of the scanned paper copy.

    `seen` is the start of the hash of the text that was read or printed. Without it the text must be the one the draft
    was made with. Raises `Conflict` when the register says something else by now, or when it was accepted before;
    `NotAllowed` for a return that does not say whether personal data was removed.
    """
    how, name = _acceptance(typed_name, paper_file)
    receipt = session.execute(
        select(Receipt).where(Receipt.id == receipt_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if receipt is None:
        raise _unknown(receipt_id)
    if receipt.accepted_at is not None:
        raise _accepted_before(receipt)
    body, version, bundle = _rendered(session, receipt)
    if bundle is None:
        raise NotAllowed(f"Receipt {receipt_id} has no items any more: what it was for was taken back.")
    digest = body_hash(body)
    _refuse_another_text(receipt, digest, seen)
    if receipt.kind == "return" and data_removed_in(body) is None:
        raise NotAllowed(
            f"Receipt {receipt_id} does not say whether personal data was removed. "
            "Make it again with --data-removed or --data-kept."
        )
    receipt.body, receipt.body_hash, receipt.text_version = body, digest, version
    receipt.accepted_at, receipt.accepted_how, receipt.accepted_as = now, how, name
    session.flush()
    warnings = []
    if how == "typed" and bundle.person_id is not None and fold(name) != fold(safe(bundle.holder)):
        warnings.append(f"The name typed is {name}; the register says {bundle.holder}.")
    return _made(receipt_id, _kind(receipt), bundle, body, f"accepted {_by(receipt)}", warnings)


def withdraw(session: Session, receipt_id: int) -> str:
    """Take a draft away, so that its items can be in another bundle. Raises `Conflict` for an accepted receipt."""
    receipt = session.execute(select(Receipt).where(Receipt.id == receipt_id).with_for_update()).scalar_one_or_none()
    if receipt is None:
        raise _unknown(receipt_id)
    if receipt.accepted_at is not None:
        raise _accepted_before(receipt)
    ids = assignments_of_receipt(session, receipt_id, receipt.kind)
    for batch in batches(ids):
        for row in session.execute(select(Assignment).where(Assignment.id.in_(batch))).scalars():
            setattr(row, _column(receipt.kind), None)
    session.flush()
    session.delete(receipt)
    session.flush()
    return f"The draft of receipt {receipt_id} was taken away; its number is not used again."


def erase_receipts(session: Session, person_id: int, *, now: datetime, signed: bool = False) -> int:
    """Erase the texts of a person's receipts, in history too; returns how many.

    Drafts go when the person is erased. What was signed is kept as evidence for as long as the law asks and goes with
    `signed` after that; its hash stays, so that a paper copy elsewhere can still be told from a forgery.
    """
    statement = select(Receipt).where(Receipt.person_id == person_id)
    if not signed:
        statement = statement.where(Receipt.accepted_at.is_(None))
    receipts = session.execute(statement.with_for_update()).scalars().all()
    for receipt in receipts:
        receipt.body = erased_notice(day_text(london_date(now)), receipt.body_hash)
        receipt.accepted_as = "(erased)" if receipt.accepted_as is not None else None
    session.flush()
    session.connection().execute(
        update(Change.__table__)  # type: ignore[arg-type]
        .where(Change.subject == "receipt", Change.subject_id.in_([one.id for one in receipts]))
        .values(before=None, after=None, salt=None)
    )
    session.expire_all()
    return len(receipts)


def _acceptance(typed_name: str | None, paper_file: str | None) -> tuple[str, str]:
    if (typed_name is None) == (paper_file is None):
        raise UsageProblem("Say how it was accepted: by a typed name, or by the file name of the scanned paper copy.")
    if typed_name is not None:
        name = safe(typed_name)
        if not any(char.isalpha() for char in name) or len(name) > LONGEST_NAME:
            raise UsageProblem("The typed name is empty, too long or has no letter in it.")
        return "typed", name
    assert paper_file is not None
    name = safe(paper_file.replace("\\", "/").rsplit("/", 1)[-1])
    if not name.strip(".") or len(name) > LONGEST_NAME:
        raise UsageProblem("Name the file of the scanned paper copy, such as scan-0123.pdf.")
    return "paper", name


def _lock(session: Session, assignment_ids: Sequence[int]) -> None:
    """Of two technicians who make the same receipt, the second is shown the first one's."""
    for batch in batches(sorted(set(assignment_ids))):
        session.execute(
            select(Assignment.id).where(Assignment.id.in_(batch)).order_by(Assignment.id).with_for_update()
        ).all()


def _draft_of(session: Session, bundle: Bundle, kind: Kind) -> Receipt | None:
    """The draft that exactly this bundle has; raises `Conflict` when it is part of others."""
    ids = {getattr(row.Assignment, _column(kind)) for row in bundle.assignments}
    known = session.execute(
        select(Receipt).where(Receipt.id.in_(ids - {None})).order_by(Receipt.id).with_for_update()
    ).scalars()
    receipts = list(known)
    for receipt in receipts:
        if receipt.accepted_at is not None:
            raise _accepted_before(receipt)
    if not receipts:
        return None
    wanted = [row.Assignment.id for row in bundle.assignments]
    if len(receipts) == 1 and assignments_of_receipt(session, receipts[0].id, kind) == wanted:
        return receipts[0]
    numbers = ", ".join(str(one.id) for one in receipts)
    raise Conflict(
        f"Receipt {numbers} is a draft for another bundle with some of these items. Accept it, or take it away with: "
        f"fleet receipt withdraw {receipts[0].id}",
        code="other-bundle",
    )


def _new_draft(
    session: Session, bundle: Bundle, kind: Kind, now: datetime, data_removed: bool | None
) -> tuple[int, str]:
    """Number and text of a new draft. Its number stands in its text, so it is taken first."""
    number = allocate_ids(session.connection(), Receipt.__table__, 1)[0]  # type: ignore[arg-type]
    text = receipt_text(session, kind)
    body = render(content_of(session, bundle, kind, number=number, text=text, data_removed=data_removed))
    session.add(
        Receipt(
            id=number,
            organisation_id=bundle.organisation_id,
            kind=kind,
            person_id=bundle.person_id,
            made_at=now,
            text_version=text.version,
            body=body,
            body_hash=body_hash(body),
        )
    )
    session.flush()
    return number, body


def _again(session: Session, receipt: Receipt, bundle: Bundle, kind: Kind, data_removed: bool | None) -> Made:
    body, version, _ = _rendered(session, receipt, data_removed)
    same = body == receipt.body
    if not same:
        receipt.body, receipt.body_hash, receipt.text_version = body, body_hash(body), version
        session.flush()
    return _made(receipt.id, kind, bundle, body, "is the draft there was already" if same else "rendered anew")


def _rendered(session: Session, receipt: Receipt, data_removed: bool | None = None) -> tuple[str, str, Bundle | None]:
    """A draft as it would be now: text, version of the text, bundle; as it was when it has no items any more."""
    kind = _kind(receipt)
    ids = assignments_of_receipt(session, receipt.id, kind)
    if not ids:
        return receipt.body, receipt.text_version, None
    bundle, text = bundle_of(session, ids), receipt_text(session, kind)
    if data_removed is None and kind == "return":
        data_removed = data_removed_in(receipt.body)
    content = content_of(session, bundle, kind, number=receipt.id, text=text, data_removed=data_removed)
    return render(content), text.version, bundle


def _refuse_another_text(receipt: Receipt, digest: str, seen: str | None) -> None:
    if seen is None:
        if digest == receipt.body_hash:
            return
        raise Conflict(
            f"The register says something else than when receipt {receipt.id} was made. Read it again with fleet receipt "
            f"show {receipt.id}, and accept what it says now with --hash {digest[:SHORTEST_HASH]}.",
            code="receipt-changed",
        )
    seen = seen.strip().lower()
    if len(seen) < SHORTEST_HASH:
        raise UsageProblem(f"Give at least {SHORTEST_HASH} characters of the hash at the foot of the page.")
    if not digest.startswith(seen):
        raise Conflict(
            f"What was read has the hash {safe(seen)[:16]}, but receipt {receipt.id} now says {digest[:16]}. "
            "Print it again and let it be signed anew.",
            code="receipt-changed",
        )


def _accepted_before(receipt: Receipt) -> Conflict:
    return Conflict(
        f"Receipt {receipt.id} was accepted {_by(receipt)}. What was accepted is never changed.",
        code="already-accepted",
    )


def _by(receipt: Receipt) -> str:
    when = london_text(receipt.accepted_at) if receipt.accepted_at else "never"
    how = "typing the name" if receipt.accepted_how == "typed" else "signing the paper copy"
    return f"on {when} by {how} {receipt.accepted_as}"


def _made(number: int, kind: Kind, bundle: Bundle, body: str, done: str, warnings: Sequence[str] = ()) -> Made:
    items = len(bundle.assignments)
    listed = "1 item" if items == 1 else f"{items:,} items"
    verb = "issued to" if kind == "issue" else "returned by"
    sentence = f"Receipt {number} {done}: {listed} {verb} {bundle.holder}."
    return Made(number, kind, bundle.holder, items, body_hash(body), sentence, tuple(warnings))


def _column(kind: str) -> str:
    return "receipt_id" if kind == "issue" else "return_receipt_id"


def _kind(receipt: Receipt) -> Kind:
    return "return" if receipt.kind == "return" else "issue"


def _unknown(receipt_id: int) -> NotFound:
    return NotFound(f"There is no receipt {receipt_id}. List them with: fleet receipt list")


__all__ = [
    "Made",
    "accept",
    "erase_receipts",
    "make_for_devices",
    "make_for_event",
    "make_receipt",
    "present_body",
    "set_text",
    "withdraw",
]
