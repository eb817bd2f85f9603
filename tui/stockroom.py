"""What the stock screen shows, and the port behind it and the lists of incidents and personal devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fleet.domain.records import DeviceRow
from fleet.queries.byod import Candidate
from fleet.queries.incidents import IncidentRow
from fleet.queries.reports.own_devices import OwnDeviceRow
from fleet.queries.reservations import ReservationRow

if TYPE_CHECKING:
    from tui.register import Moment


@dataclass(frozen=True, slots=True)
class StockLine:
    """How many of a model lie at a site."""

    id: int
    organisation: str
    site: str | None
    model: str | None
    kind: str
    in_stock: int
    prepared: int
    reserved: int

    @property
    def free(self) -> int:
        """How many can be given out and are kept for nobody."""
        return max(self.in_stock + self.prepared - self.reserved, 0)


@dataclass(frozen=True, slots=True)
class OwnDeviceCard:
    """A registration, the enrolments that may be it, and what happened."""

    row: OwnDeviceRow
    offered: Sequence[Candidate] = ()
    timeline: Sequence[Moment] = ()


StockroomRow = DeviceRow | StockLine | ReservationRow


class Stockroom(Protocol):
    """Stock, loans, reservations, incidents, personal devices. `text` is a search as typed."""

    def rows(self, view: str, text: str, offset: int, limit: int) -> Sequence[StockroomRow]:
        """A page of a view: `overdue`, `soon`, `loans`, `stock`, `kept`."""
        ...

    def count(self, view: str, text: str) -> int: ...

    def incidents(self, state: str | None, text: str) -> Sequence[IncidentRow]:
        """Incidents that are `open` or `past`, or all, the newest first."""
        ...

    def own_devices(self, text: str) -> Sequence[OwnDeviceRow]:
        """Registrations of personal devices, by owner."""
        ...

    def own_device(self, row: OwnDeviceRow) -> OwnDeviceCard:
        """A registration as it is now; of a device that has none, what is known."""
        ...
