"""A list as somebody has it before them, filtered and all, as a workbook or file like any report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from fleet.domain.fields import Field
from fleet.domain.os_support import SupportTable
from fleet.domain.search import Search
from fleet.errors import BadFile, UsageProblem
from fleet.exports.definition import Report, Sheet
from fleet.exports.masking import masked
from fleet.exports.material import Material, with_names
from fleet.exports.reading import Answer, Question, organisations_of, sources_of
from fleet.exports.whole_files import whole_file
from fleet.exports.writing import FORMATS, To, Written, writer_of

KINDS = ("text", "identifier", "date", "moment", "money", "integer", "boolean", "word")
_KEY = "list"
_PRINTED = 8
"""Columns that fit on paper."""
_MOST = 1_000_000
"""Rows: a sheet has 1,048,576 lines."""


@dataclass(frozen=True, slots=True)
class ListToWrite:
    """Columns, rows, and what the list is."""

    title: str
    about: str
    """Which rows they are, in words."""
    fields: tuple[Field, ...]
    rows: Sequence[Sequence[Any]]
    search: str = ""


@dataclass(frozen=True, slots=True)
class _ListAnswer(Answer):
    """An answer whose rows are given."""

    given: Sequence[Sequence[Any]] = ()

    def rows(self, sheet: Sheet) -> Sequence[Sequence[Any]]:  # noqa: ARG002 - there is one sheet
        return self.given


def list_of(document: Mapping[str, Any]) -> ListToWrite:
    """A list from its JSON form. Raises `BadFile` for what is none."""
    try:
        columns = document["columns"]
        kinds = [one["kind"] for one in columns]
        if (
            not columns
            or len({one["key"] for one in columns}) < len(columns)
            or any(kind not in KINDS for kind in kinds)
            or len(document["rows"]) > _MOST
        ):
            raise ValueError("columns")
        fields = tuple(map(_field, range(len(columns)), columns))
        rows = [tuple(map(_value, kinds, row)) for row in document["rows"]]
        if any(len(row) != len(fields) for row in document["rows"]):
            raise ValueError("rows")
        return ListToWrite(
            str(document["title"]), str(document["about"]), fields, rows, str(document.get("search", ""))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(f"That is no list that can be written ({error}).") from None


def _field(at: int, column: Mapping[str, Any]) -> Field:
    width = min(max(int(column["width"]), 6), 80)
    return Field(
        str(column["key"]), str(column["label"]), column["kind"], width, 10, frozenset(), "", personal=column["personal"],
        read=itemgetter(at),
    )  # fmt: skip


def _value(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "date":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if kind == "moment" else value


def write_list(
    session: Session,
    what: ListToWrite,
    *,
    to: To,
    path: Path,
    now: datetime,
    actor: str,
    unmask: bool = False,
    overwrite: bool = False,
) -> Written:
    """Write it. `unmask` shows names: the caller has checked the role and records the Event. Raises `FleetError`."""
    if to not in FORMATS:
        raise UsageProblem(f"A list can't be written as {to}. Choose one of {', '.join(FORMATS)}.")
    sheet = Sheet(
        _KEY, what.title[:31], what.about, tuple(field.key for field in what.fields), min(_PRINTED, len(what.fields)),
        counted=what.fields[0].key,
        prose=frozenset(field.key for field in what.fields if field.personal == "prose" or field.width >= 40),
    )  # fmt: skip
    report = Report(_KEY, what.title, what.about, (sheet,))
    filters = Search(words=(what.search,)) if what.search else Search()
    question = Question(now, actor, filters=filters, unmask=unmask)
    organisations, support = organisations_of(session, None), SupportTable.load()
    sources = tuple(sources_of(session, organisations, question))
    named = with_names({field.key: field for field in what.fields}, organisations)
    answer = _ListAnswer(
        question, organisations, sources, support, {_KEY: named if unmask else masked(named)},
        Material(session, question, organisations, support), (), what.rows,
    )  # fmt: skip
    with whole_file(path, overwrite=overwrite) as file:
        counts = writer_of(to)(file, report, answer)
    return Written(path, {what.title: next(iter(counts.values()), 0)} if counts else {})


__all__ = ["ListToWrite", "list_of", "write_list"]
