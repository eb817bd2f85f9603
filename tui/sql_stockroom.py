"""The port `Stockroom` on the real register."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleet.clock import london_date
from fleet.domain.search import fold
from fleet.queries import byod, incidents, reservations, stock
from fleet.queries.history import list_events
from fleet.queries.incidents import IncidentRow
from fleet.queries.reports.own_devices import OwnDeviceRow, own_devices
from fleet.queries.reservations import ReservationRow
from tui.register import Moment
from tui.stockroom import OwnDeviceCard, StockLine, StockroomRow

if TYPE_CHECKING:
    from tui.sql_register import SqlRegister

LOANS = {"overdue": "due:overdue", "soon": "due:<7d -due:overdue", "loans": "due:any"}
"""View -> the search for its devices."""
EVENTS = 20
"""Events of a registration's time line."""


class SqlStockroom:
    """Stock, loans, reservations, incidents, personal devices."""

    def __init__(self, register: SqlRegister) -> None:
        self._register = register

    def rows(self, view: str, text: str, offset: int, limit: int) -> Sequence[StockroomRow]:
        """A page of a view."""
        if view in LOANS:
            return self._register.devices(f"{LOANS[view]} {text}", "due_on", False, offset, limit)
        found: Sequence[StockroomRow] = self._kept(text) if view == "kept" else self._stock(text)
        return found[offset : offset + limit]

    def count(self, view: str, text: str) -> int:
        """How many lines a view has."""
        if view in LOANS:
            return self._register.count_devices(f"{LOANS[view]} {text}")
        return len(self._kept(text) if view == "kept" else self._stock(text))

    def incidents(self, state: str | None, text: str) -> Sequence[IncidentRow]:
        """Incidents, the newest first."""
        with self._register.reading() as session:
            rows = incidents.list_incidents(session, open_only=state == "open")
        return [
            row
            for row in rows
            if (state != "past" or row.closed_at is not None)
            and _holds(text, row.device, row.kind, row.model, row.holder, row.organisation, row.reference)
        ]

    def own_devices(self, text: str) -> Sequence[OwnDeviceRow]:
        """Registrations, by owner."""
        with self._register.reading() as session:
            rows = sorted(
                own_devices(session, london_date(self._register.clock()), past=False), key=lambda row: fold(row.person)
            )
        return [
            row
            for row in rows
            if _holds(text, row.person, row.upn, row.team, row.called, row.kind, row.state, row.organisation)
        ]

    def own_device(self, row: OwnDeviceRow) -> OwnDeviceCard:
        """A registration as it is now, with what may be it in Intune and what happened."""
        if row.id < 0:
            return OwnDeviceCard(row)
        with self._register.reading() as session:
            now = byod.registration(session, row.id, london_date(self._register.clock()))
            offered = byod.candidates(session, [now.person_id]).get(now.person_id, [])
            events = list_events(session, registration_id=row.id, limit=EVENTS)
        told = [
            Moment(
                one.effective_at,
                f"{one.sentence} – {one.reason}" if one.reason else one.sentence,
                one.actor,
                one.id,
            )
            for one in events
        ]
        return OwnDeviceCard(now, offered, told)

    def _stock(self, text: str) -> list[StockLine]:
        with self._register.reading() as session:
            rows = stock.stock(session)
        lines = [
            StockLine(number, row.organisation, row.site, row.model, row.kind, row.in_stock, row.prepared, row.reserved)
            for number, row in enumerate(rows, 1)
        ]
        return [one for one in lines if _holds(text, one.organisation, one.site, one.model, one.kind)]

    def _kept(self, text: str) -> list[ReservationRow]:
        with self._register.reading() as session:
            rows = reservations.list_reservations(session)
        return [row for row in rows if _holds(text, row.device, row.model, row.person, row.upn, row.organisation)]


def _holds(text: str, *values: str | None) -> bool:
    """Whether every word of a search occurs in one of the values."""
    hay = "\x1f".join(fold(value) for value in values if value)
    return all(fold(word) in hay for word in text.split())
