"""What the stocktake screen shows, and the port behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from tui.writes import Recipient


@dataclass(frozen=True, slots=True)
class Stocktaking:
    """A stocktake in a list."""

    id: int
    title: str
    scope: str
    opened_at: datetime
    opened_by: str
    expected: int
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What one scan meant."""

    scanned: str
    outcome: str
    """found, repeated, unexpected, wrong_site, wrong_holder, unknown, ambiguous; issued, returned, not_held, refused;
    received, added, in_register"""
    device: str | None
    sentence: str
    hint: str | None = None
    """What a text that is not known may have been meant for."""
    about: str | None = None
    """What it is and who has it."""


@dataclass(frozen=True, slots=True)
class Amiss:
    """A device that is not as expected, or a scan that means none."""

    outcome: str
    device: str
    model: str | None
    about: str
    """Where or with whom it should be, and where it was seen."""
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a stocktake stands."""

    stocktake: Stocktaking
    counts: dict[str, int]
    amiss: Sequence[Amiss] = ()
    """What is missing first."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where one scans, and who has the devices in hand."""

    site: str | None = None
    holder: str | None = None
    confirmed: bool = False
    """Nobody else saw the devices: their holder, or that person, said they have them."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery that is taken in, in the words of whoever does."""

    organisation: str | None = None
    order: str | None = None
    note: str | None = None
    site: str | None = None
    model: str | None = None
    """What boxes are that nobody told of before."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Scans that were kept as one step."""

    seen: Sequence[Seen]
    event_id: int | None
    counts: dict[str, int]
    """How it stands now; empty when that was not asked for."""


class Counting(Protocol):
    """Stocktakes, and scan after scan issued or taken back. What goes wrong is a `FleetError` with a message for people."""

    def stocktakes(self, *, open_only: bool = True) -> Sequence[Stocktaking]: ...

    def standing(self, stocktake_id: int) -> Standing: ...

    def begin(self, title: str, *, organisation: str | None, site: str | None, kind: str | None) -> Stocktaking:
        """Open a stocktake and freeze what it expects."""
        ...

    def scan(self, stocktake_id: int, texts: Sequence[str], where: Whereabouts, *, counted: bool = True) -> Batch:
        """Judge and keep scans, all of them, as one step; `counted` False leaves out how it stands now."""
        ...

    def hand_over(self, text: str, to: Recipient | None, due_on: date | None) -> Batch:
        """Issue the device that a scan names, or take it back when there is nobody it goes to. One step, or none: what
        a rule refuses is told by the outcome and nothing is changed."""
        ...

    def receive(self, text: str, arrival: Arrival) -> Batch:
        """Take in the box that a scan names, as one step; what can't be taken in is told and nothing is changed."""
        ...

    def check_arrival(self, arrival: Arrival) -> Arrival:
        """The names as the register has them. Raises when one is not known, or when it must be said whose it is."""
        ...

    def check(self, where: Whereabouts) -> None:
        """Raise when the site or the person is not known."""
        ...

    def try_close(self, stocktake_id: int) -> str:
        """What closing would do, in words; nothing is changed."""
        ...

    def close(self, stocktake_id: int, reason: str | None) -> tuple[str, int | None]:
        """Close it; returns what was done in words, and the event."""
        ...

    def write_report(self, stocktake_id: int, path: str, *, overwrite: bool) -> str:
        """Write the variance report, names shortened; returns what was written."""
        ...
