"""What people said of the columns of files: remembered by the set of headers, listed, edited, forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands.apply_plan.writing import Edit, insert_recorded, update_recorded
from fleet.database.models import ImportMapping
from fleet.errors import NotFound, UsageProblem
from importers.columns import plain
from importers.engine import Interpretation
from importers.layout import Remembered
from importers.words import FIELD_KINDS

_COLUMNS = ("signature", "headers", "columns", "layout", "header_row", "said_by", "said_at")


@dataclass(frozen=True, slots=True)
class MappingRow:
    """A remembered mapping as it is listed."""

    id: int
    headers: tuple[str, ...]
    columns: Mapping[str, str]
    layout: str | None
    said_by: str
    said_at: datetime
    header_row: int | None = None
    """Where a person named it."""


def remembered_mappings(session: Session) -> dict[str, Remembered]:
    """All of them by the signature of their headers, the newest first."""
    return {
        one.signature: Remembered(one.id, dict(one.columns), one.layout, one.header_row, tuple(one.headers))
        for one in _newest_first(session)
    }


def remember(
    session: Session, told: Interpretation, *, columns: Mapping[str, str], layout: str | None, actor: str, now: datetime,
    header_row: int | None = None, organisation_id: int | None = None,
) -> None:  # fmt: skip
    """Keep what a person said of a file with these headers; what they said earlier of other columns stays.

    History has it as a change of the organisation whose rows the file has, so that whoever may undo the file forgets it.
    """
    if told.header_row is None or not (columns or layout or header_row):
        return
    signature = told.header.signature
    held = session.execute(select(ImportMapping).where(ImportMapping.signature == signature)).scalar_one_or_none()
    if held is None:
        values = (signature, list(told.header.names), _merged({}, columns), layout, header_row, actor, now)
        insert_recorded(session, ImportMapping, _COLUMNS, [values], organisation_id=organisation_id)
        return
    kept = ("columns", "layout", "header_row", "said_by", "said_at")
    before = {name: getattr(held, name) for name in kept}
    wanted = {
        "columns": _merged(held.columns, columns),
        "layout": layout or held.layout,
        "header_row": header_row or held.header_row,
    }
    if any(before[name] != value for name, value in wanted.items()):
        after = {**wanted, "said_by": actor, "said_at": now}
        update_recorded(session, ImportMapping, [Edit(held.id, before, after)], organisation_id=organisation_id)
        session.expire(held)


def list_mappings(session: Session) -> list[MappingRow]:
    """Remembered mappings, the newest first."""
    return [_row(one) for one in _newest_first(session)]


def edit_mapping(
    session: Session, number: int, columns: Mapping[str, str], *, actor: str, now: datetime, layout: str | None = None,
    header_row: int | None = None,
) -> MappingRow:  # fmt: skip
    """Say otherwise of some columns; a field of "-" takes back what was said of one, a `header_row` of 0 that of the row.

    Raises `NotFound`, or `UsageProblem` for a header that is none of its file and a field that does not exist.
    """
    held = _held(session, number)
    known = {plain(name): name for name in held.headers}
    said: dict[str, Any] = dict(held.columns)
    for header, field in columns.items():
        name = known.get(plain(header))
        if name is None:
            raise UsageProblem(f"No column of that file is called {header!r}. It has: {', '.join(held.headers)}.")
        if field not in ("", "-") and field not in FIELD_KINDS:
            raise UsageProblem(f"There is no field {field!r}. Known are: {', '.join(sorted(FIELD_KINDS))}.")
        said = _merged(said, {name: field})
    if header_row is not None:
        held.header_row = header_row or None
    held.columns, held.said_by, held.said_at = said, actor, now
    held.layout = layout or held.layout
    session.flush()
    return _row(held)


def forget_mapping(session: Session, number: int) -> None:
    """Forget one. Raises `NotFound`."""
    session.delete(_held(session, number))
    session.flush()


def _merged(said: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """`columns` over `said`, each header once however it is spelt; "-" takes one back."""
    again = {plain(name) for name in columns}
    kept = {name: field for name, field in said.items() if plain(name) not in again}
    return kept | {name: field for name, field in columns.items() if field != "-"}


def _held(session: Session, number: int) -> ImportMapping:
    held = session.execute(select(ImportMapping).where(ImportMapping.id == number)).scalar_one_or_none()
    if held is None:
        raise NotFound(f"There is no mapping {number}. List them with: fleet mapping list")
    return held


def _row(one: ImportMapping) -> MappingRow:
    return MappingRow(
        one.id, tuple(one.headers), dict(one.columns), one.layout, one.said_by, one.said_at, one.header_row
    )  # fmt: skip


def _newest_first(session: Session) -> Sequence[ImportMapping]:
    order = (ImportMapping.said_at.desc(), ImportMapping.id.desc())
    return session.execute(select(ImportMapping).order_by(*order)).scalars().all()
