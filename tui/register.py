"""The port between the screens and the register: what a screen may ask and do, and the shapes it gets back.

All methods block and are called in worker threads only. Each returns frozen rows. What goes wrong is a
`FleetError` with a message for people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, Protocol

from fleet.domain.records import DeviceRow, EventRow, FindingRow, PersonRow, RunRow
from fleet.queries.person_cards import OwnDevice
from tui.run_sheet import RunSheet
from tui.today import Today
from tui.writes import Recipient, Write

if TYPE_CHECKING:
    from tui.console import Console
    from tui.counting import Counting
    from tui.files import Files
    from tui.onboarding import Onboardings
    from tui.outbox import Outbox
    from tui.papers import Papers
    from tui.past import Past
    from tui.stockroom import Stockroom


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card: what is known, who says so, and since when."""

    group: str
    """Who says so, as a heading: `Recorded`, `Intune`, `Purchase`."""
    label: str
    value: str | None
    said_by: str | None = None
    said_at: datetime | None = None
    disagrees: bool = False
    """True when another source says something else about the same thing."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a time line: what happened, when, and who did it."""

    when: datetime
    sentence: str
    who: str
    event_id: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """Everything about one device."""

    row: DeviceRow
    facts: Sequence[Fact] = ()
    timeline: Sequence[Moment] = ()
    findings: Sequence[FindingRow] = ()


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Everything about one person: what they hold and what they held."""

    row: PersonRow
    devices: Sequence[DeviceRow] = ()
    facts: Sequence[Fact] = ()
    timeline: Sequence[Moment] = ()
    own: Sequence[OwnDevice] = ()
    """Their own devices that they use for work."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A fact of a finding: what is recorded, what was observed, and when each was true."""

    label: str
    recorded: str = ""
    since: date | None = None
    observed: str = ""
    at: datetime | None = None
    disagrees: bool = False
    """Whether the two should agree and do not."""


@dataclass(frozen=True, slots=True)
class FindingCard:
    """One finding with what it rests on."""

    row: FindingRow
    evidence: Sequence[Fact] = ()
    """What was seen, by who says so."""
    advice: str = ""
    """What a person would do about it."""
    device_id: int | None = None
    compared: Sequence[Compared] = ()
    """The same evidence side by side, where there is room."""
    said_by: str = "Intune"
    fix: str = ""
    """What settles it, and what that changes."""


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """How many findings one rule has open."""

    rule: str
    title: str
    severity: str
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write did, told in words."""

    sentence: str
    event_id: int | None = None
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class UndoLine:
    """One change an undo would take back, or would leave because somebody changed it since."""

    sentence: str
    kept_because: str | None = None
    """None when it will be taken back."""
    changes: int = 1
    """How many changes the line stands for."""


@dataclass(frozen=True, slots=True)
class Named:
    """What the lines of a list mean."""

    devices: Sequence[DeviceRow]
    unknown: Sequence[str]
    several: Sequence[str]
    """Lines that fit several devices."""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What others did to devices while a form about them was filled in."""

    told: Sequence[str]
    """Who did what, the newest first."""
    devices: Sequence[DeviceRow]
    """The devices as they are now, in the order they were asked for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The device or person that a history is about."""

    kind: Literal["device", "person"]
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class SyncAge:
    """When a tenant was last read completely."""

    tenant: str
    name: str
    at: datetime | None
    failed: bool = False
    """True when the newest attempt did not complete."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the header line shows."""

    title: str
    """The organisation, or the service when there are several."""
    devices: int = 0
    people: int = 0
    syncs: Sequence[SyncAge] = ()
    findings: dict[str, int] = field(default_factory=dict)
    """Open findings by severity."""
    incidents: int = 0
    """Open incidents."""


class Register(Protocol):
    """What the screens need of the register. `text` is a search as typed, filters included."""

    def devices(self, text: str, sort: str, descending: bool, offset: int, limit: int) -> Sequence[DeviceRow]:
        """A page. A sort that starts with `closest,` puts the best match first: exactly that, a beginning, a word."""
        ...

    def first_devices(self, text: str, sort: str, descending: bool, limit: int) -> tuple[Sequence[DeviceRow], bool]:
        """What of the first page is known at once, and whether that is all of it: the rest may take a moment."""
        ...

    def count_devices(self, text: str) -> int: ...

    def filter_values(self) -> Mapping[str, Sequence[str]]:
        """Filter -> the values that only this register knows: its sites, teams, organisations, tenants, models, rules."""
        ...

    def resolve(self, key: str) -> int | None:
        """The device with exactly this serial, tag, IMEI, phone number or ICCID; an `S` that Apple's boxes put before
        a serial is understood."""
        ...

    def named(self, texts: Sequence[str]) -> Named:
        """The devices that lines of a list are exactly, each once."""
        ...

    def device_card(self, device_id: int) -> DeviceCard: ...

    def people(self, text: str, offset: int, limit: int) -> Sequence[PersonRow]:
        """A page, best match first where something is typed, else by name."""
        ...

    def count_people(self, text: str) -> int: ...

    def find_recipients(self, text: str, limit: int, *, people_only: bool = False) -> Sequence[Recipient]:
        """Those whom a technician may mean, best first: exactly that, a beginning, a word, a part. Of those
        that fit alike, people come first, those who left last among them, then sites and teams."""
        ...

    def resolve_person(self, key: str) -> int | None:
        """The one person with exactly this name, sign-in name or employee number."""
        ...

    def person_card(self, person_id: int) -> PersonCard: ...

    def findings(self, text: str, rule: str | None, offset: int, limit: int) -> Sequence[FindingRow]: ...

    def count_findings(self, text: str, rule: str | None) -> int: ...

    def finding_groups(self) -> Sequence[FindingGroup]: ...

    def finding_card(self, finding_id: int) -> FindingCard: ...

    def history(self, text: str, about: Subject | None, offset: int, limit: int) -> Sequence[EventRow]: ...

    def count_history(self, text: str, about: Subject | None) -> int: ...

    def runs(self, text: str, offset: int, limit: int) -> Sequence[RunRow]: ...

    def count_runs(self, text: str) -> int: ...

    def try_out(self, write: Write) -> Sequence[str]:
        """What a technician should know before this write, or why it would be refused; nothing is changed."""
        ...

    def do(self, write: Write) -> Outcome:
        """Do it: one event, or none."""
        ...

    def preview_undo(self, event_id: int) -> Sequence[UndoLine]: ...

    def undo(self, event_id: int, reason: str | None) -> Outcome: ...

    def run_sheet(self, device_id: int) -> RunSheet:
        """The newest incident of a device with its steps; raises `NotFound` when it never had one."""
        ...

    @property
    def stockroom(self) -> Stockroom:
        """Stock, loans, reservations, incidents."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Remote actions."""
        ...

    @property
    def counting(self) -> Counting:
        """Stocktakes."""
        ...

    @property
    def files(self) -> Files:
        """Imports and the doctor."""
        ...

    @property
    def onboardings(self) -> Onboardings:
        """Joining councils."""
        ...

    @property
    def papers(self) -> Papers:
        """Receipts and labels."""
        ...

    @property
    def past(self) -> Past:
        """The estate as at a day."""
        ...

    @property
    def console(self) -> Console:
        """Every command of the command line."""
        ...

    def find_open_incident(self, device_id: int) -> bool:
        """Whether a device has an incident that is not closed."""
        ...

    def today(self) -> Today:
        """What waits for somebody this morning."""
        ...

    def export(
        self, text: str, path: str, *, overwrite: bool = False, as_at: date | None = None, reason: str | None = None
    ) -> str:
        """Write the devices of a search, perhaps as they were on a day, to a file; returns what was written, in words."""
        ...

    def summary(self) -> Summary: ...

    def change_mark(self) -> int:
        """A number that moves when anything in the register changed."""
        ...

    def newest_event(self) -> int:
        """The number of what was done last."""
        ...

    def meanwhile(self, device_ids: Sequence[int], after: int) -> Meanwhile:
        """What was done to devices after an event, and how they are now."""
        ...

    def close(self) -> None:
        """Give back what it holds open; called once, when all threads have ended."""
        ...
