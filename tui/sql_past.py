"""The port `Past` on the real register. A day is worked out once and kept until the register changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Any

from fleet.clock import london_date
from fleet.domain.records import DeviceRow, FindingRow
from fleet.domain.search import fold, parse, row_matches
from fleet.queries.as_at import devices_as_at
from fleet.queries.findings_as_at import findings_as_at
from fleet.queries.past import register_began
from tui.past import PastView
from tui.row_source import Ask

if TYPE_CHECKING:
    from tui.sql_register import SqlRegister


class SqlPast:
    """The register as it was, as the operator may see it."""

    def __init__(self, register: SqlRegister) -> None:
        self._register = register
        self._kept: tuple[PastView, int, Sequence[Any]] | None = None
        self._lock = Lock()

    def rows(self, view: PastView, ask: Ask) -> Sequence[DeviceRow] | Sequence[FindingRow]:
        """Rows that match, in the order asked for."""
        rows = self._all(view)
        if view.what == "findings":
            words = fold(ask.text).split()
            return [
                row for row in rows if all(word in fold(f"{row.subject} {row.title} {row.sentence}") for word in words)
            ]
        search = parse(ask.text)
        found = [row for row in rows if row_matches(row, search, view.day)]
        name = ask.sort.split(",")[0].lstrip("-")
        if name and name != "asset_tag" and found and hasattr(found[0], name):
            found.sort(key=lambda row: _sortable(getattr(row, name)))
        return found[::-1] if ask.descending else found

    def began(self) -> date | None:
        """Where history begins."""
        with self._register.reading() as session:
            began = register_began(session)
        return None if began is None else london_date(began)

    def _all(self, view: PastView) -> Sequence[Any]:
        with self._lock:
            mark = self._register.change_mark()
            if self._kept is not None and self._kept[:2] == (view, mark):
                return self._kept[2]
            with self._register.reading() as session:
                rows: Sequence[Any] = (
                    devices_as_at(session, view.day) if view.what == "devices" else findings_as_at(session, view.day)
                )
            self._kept = (view, mark, rows)
            return rows


def _sortable(value: Any) -> tuple[bool, str]:
    return value is None, fold(str(value)) if value is not None else ""
