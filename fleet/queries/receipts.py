"""Receipts: lists, one of them, what it would say now, and whether what was accepted is still what was accepted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from fleet.database.models import Assignment, Change, Organisation, Person, Receipt, ReceiptText, Site, Team
from fleet.domain.receipts import DEFAULTS, FIRST_VERSION, KINDS, body_hash
from fleet.errors import NotFound, UsageProblem
from fleet.queries.tenants import batches

_ERASED = re.compile(r"The text of this receipt was erased on [^\n]+\. Its SHA-256 was ([0-9a-f]{64})\.\n")


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A line of the list of receipts."""

    id: int
    kind: str
    """issue or return."""
    organisation: str
    """Key of the organisation whose items they are."""
    organisation_name: str
    person_id: int | None
    holder: str | None
    """Name of the person, or of the site or team."""
    made_at: datetime
    text_version: str
    body_hash: str
    accepted_at: datetime | None
    accepted_how: str | None
    """typed or paper."""
    accepted_as: str | None
    items: int
    erased_at: datetime | None
    """When the person was erased: from then on the text is shown for a reason only."""

    @property
    def state(self) -> str:
        """draft or accepted."""
        return "draft" if self.accepted_at is None else "accepted"


@dataclass(frozen=True, slots=True)
class TextRow:
    """A version of the text that people sign."""

    kind: str
    version: str
    body: str
    made_at: datetime | None
    """None for the text that comes with the program."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A receipt that is not what was accepted."""

    receipt_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What recomputing all hashes found."""

    receipts: int
    accepted: int
    erased: int
    mismatches: tuple[Mismatch, ...]


def list_receipts(
    session: Session, *, person_id: int | None = None, device_id: int | None = None, state: str | None = None,
    limit: int | None = None,
) -> list[ReceiptRow]:  # fmt: skip
    """Receipts, newest first: of everything, of a person, or those that a device is on; `state` is draft or accepted."""
    statement = _rows()
    if device_id is not None:
        on = [
            select(column).where(Assignment.device_id == device_id, column.is_not(None))
            for column in (Assignment.receipt_id, Assignment.return_receipt_id)
        ]
        statement = statement.where(or_(*(Receipt.id.in_(one) for one in on)))
    if person_id is not None:
        statement = statement.where(Receipt.person_id == person_id)
    if state is not None:
        accepted = Receipt.accepted_at.is_not(None)
        statement = statement.where(accepted if state == "accepted" else ~accepted)
    return _told(session, session.execute(statement.order_by(Receipt.id.desc()).limit(limit)).all())


def get_receipt(session: Session, receipt_id: int) -> ReceiptRow:
    """One receipt; raises `NotFound`."""
    rows = _told(session, session.execute(_rows().where(Receipt.id == receipt_id)).all())
    if not rows:
        raise NotFound(f"There is no receipt {receipt_id}. List them with: fleet receipt list")
    return rows[0]


def stored_body(session: Session, receipt_id: int) -> str:
    """The text as it is stored: frozen for an accepted receipt, of its making for a draft."""
    return session.execute(select(Receipt.body).where(Receipt.id == receipt_id)).scalar_one()


def erased_notice(day: str, digest: str) -> str:
    """What stands in place of a receipt's text once its time is over."""
    return f"The text of this receipt was erased on {day}. Its SHA-256 was {digest}.\n"


def is_erased(body: str) -> bool:
    """Whether a receipt's text was erased."""
    return _ERASED.fullmatch(body) is not None


def receipt_text(session: Session, kind: str, version: str | None = None) -> TextRow:
    """The newest text of a kind, or a version of it; version 1 comes with the program. Raises `NotFound`."""
    if kind not in KINDS:
        raise UsageProblem(f"There are texts for {' and '.join(KINDS)}, not for {kind}.")
    statement = select(ReceiptText).where(ReceiptText.kind == kind).order_by(ReceiptText.id.desc()).limit(1)
    if version is not None:
        statement = statement.where(ReceiptText.version == version)
    row = session.execute(statement).scalar_one_or_none()
    if row is not None:
        return TextRow(kind, row.version, row.body, row.made_at)
    if version not in (None, FIRST_VERSION):
        known = ", ".join(one.version for one in list_texts(session) if one.kind == kind)
        raise NotFound(f"There is no version {version} of the {kind} text. Known: {known}.")
    return TextRow(kind, FIRST_VERSION, DEFAULTS[kind], None)


def list_texts(session: Session) -> list[TextRow]:
    """All versions of all texts, oldest first."""
    rows = session.execute(select(ReceiptText).order_by(ReceiptText.kind, ReceiptText.id)).scalars().all()
    set_before = {(row.kind, row.version) for row in rows}
    first = [
        TextRow(kind, FIRST_VERSION, DEFAULTS[kind], None) for kind in KINDS if (kind, FIRST_VERSION) not in set_before
    ]
    own = [TextRow(row.kind, row.version, row.body, row.made_at) for row in rows]
    return sorted([*first, *own], key=lambda one: one.kind)


def verify_receipts(session: Session) -> Verified:
    """Recompute the hash of every receipt and hold it against history; says which do not match, and why."""
    kept = _kept_in_history(session)
    mismatches: list[Mismatch] = []
    number = accepted = erased = 0
    statement = select(
        Receipt.id, Receipt.body, Receipt.body_hash, Receipt.accepted_at, Receipt.accepted_how, Receipt.accepted_as
    ).order_by(Receipt.id)
    for receipt_id, body, digest, accepted_at, how, name in session.execute(statement):
        number += 1
        accepted += accepted_at is not None
        if (notice := _ERASED.fullmatch(body)) and notice[1] == digest:
            erased += 1
            continue
        said = {"body_hash": digest, "accepted_how": how, "accepted_as": name}
        if reason := _what_is_wrong(body, said, accepted_at is not None, kept.get(receipt_id, {})):
            mismatches.append(Mismatch(receipt_id, reason))
    return Verified(number, accepted, erased, tuple(mismatches))


def _what_is_wrong(body: str, said: Mapping[str, Any], accepted: bool, kept: Mapping[str, Any]) -> str | None:
    if body_hash(body) != said["body_hash"]:
        return "its text does not have the hash that was kept with it"
    if accepted and not (said["accepted_how"] and said["accepted_as"]):
        return "it counts as accepted, but not by whom"
    if changed := [name for name, value in kept.items() if name in said and said[name] != value]:
        words = {"body_hash": "its text", "accepted_how": "how it was accepted", "accepted_as": "who accepted it"}
        return f"history knows another value for {' and '.join(words[name] for name in changed)}"
    return None


def _kept_in_history(session: Session) -> dict[int, dict[str, Any]]:
    """The last values of each receipt that history holds; nothing for what was erased."""
    found: dict[int, dict[str, Any]] = {}
    statement = (
        select(Change.subject_id, Change.after).where(Change.subject == "receipt").order_by(Change.id)
    ).execution_options(yield_per=500)
    for receipt_id, after in session.execute(statement):
        values = {name: value for name, value in (after or {}).items() if name != "body"}
        found.setdefault(receipt_id, {}).update(values)
    return found


def _rows() -> Select[Any]:
    statement: Any = (
        select(
            Receipt.id, Receipt.kind, Organisation.key, Organisation.name, Receipt.person_id, Person.display_name,
            Receipt.made_at, Receipt.text_version, Receipt.body_hash, Receipt.accepted_at, Receipt.accepted_how,
            Receipt.accepted_as, Person.erased_at,
        )
        .join(Organisation, Organisation.id == Receipt.organisation_id)
        .outerjoin(Person, Person.id == Receipt.person_id)
    )  # fmt: skip
    return statement  # type: ignore[no-any-return]


def _told(session: Session, rows: Sequence[Any]) -> list[ReceiptRow]:
    numbers, places = _items_of(session, [row[0] for row in rows])
    return [
        ReceiptRow(
            id=row[0], kind=row[1], organisation=row[2], organisation_name=row[3], person_id=row[4],
            holder=row[5] or places.get(row[0]), made_at=row[6], text_version=row[7], body_hash=row[8],
            accepted_at=row[9], accepted_how=row[10], accepted_as=row[11], items=numbers.get(row[0], 0), erased_at=row[12],
        )
        for row in rows
    ]  # fmt: skip


def _items_of(session: Session, ids: Sequence[int]) -> tuple[dict[int, int], dict[int, str]]:
    """Receipt -> how many assignments it is for, and the site or team that holds them."""
    numbers: dict[int, int] = {}
    places: dict[int, str] = {}
    for batch in batches(ids):
        for column in (Assignment.receipt_id, Assignment.return_receipt_id):
            rows = session.execute(
                select(column, func.count(), func.max(func.coalesce(Site.name, Team.name)))
                .select_from(Assignment)
                .outerjoin(Site, Site.id == Assignment.site_id)
                .outerjoin(Team, Team.id == Assignment.team_id)
                .where(column.in_(batch))
                .group_by(column)
            )
            receipt_id: int
            for receipt_id, number, place in rows:  # type: ignore[assignment]  # None is in no list of ids.
                numbers[receipt_id] = number
                if place:
                    places[receipt_id] = place
    return numbers, places
