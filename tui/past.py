"""What the screen of the estate as at a day shows, and the port behind it. Nothing here can be done to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from fleet.domain.records import DeviceRow, FindingRow
from tui.row_source import Ask


@dataclass(frozen=True, slots=True)
class PastView:
    """Which list of which day."""

    day: date
    what: str = "devices"
    """devices or findings."""


class Past(Protocol):
    """The register as it was at the end of a day."""

    def rows(self, view: PastView, ask: Ask) -> Sequence[DeviceRow] | Sequence[FindingRow]:
        """All rows that match."""
        ...

    def began(self) -> date | None:
        """The day on which the register's history begins."""
        ...
