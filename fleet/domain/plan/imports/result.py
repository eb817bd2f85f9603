"""What an import would do, row by row."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from fleet.domain.plan.imports.known import KnownDevice, KnownLine, KnownPerson
from fleet.domain.records import Problem

PLAIN = (
    "serial", "imei", "imei2", "eid", "ethernet_mac", "network_name", "asset_tag", "kind", "status", "cost_code",
    "purchased_on", "price_pence",
    "warranty_until", "notes",
)  # fmt: skip
"""Fields of a row that are columns of a device as they stand."""

ERASABLE = frozenset(
    {"asset_tag", "imei2", "eid", "cost_code", "purchased_on", "price_pence", "warranty_until", "notes", "site", "team"}
)
"""Fields of a device that a blank cell may take away, where a person asks for it."""


class Row(Protocol):
    """A row of a file as the importers hand it over."""

    @property
    def row(self) -> int:
        """Its number in the file."""
        ...

    @property
    def values(self) -> Mapping[str, object]:
        """Field -> normalised value; blanks are absent."""
        ...

    @property
    def blank(self) -> Set[str]:
        """Fields that the file has a column for and that are blank here."""
        ...


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a row says the device is with."""

    person_id: int
    issued_on: date | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Connection:
    """What a row does to the SIM in its device and to the line on it."""

    iccid: str | None = None
    """Of a SIM to add."""
    sim_id: int | None = None
    """The SIM, where the register has it."""
    sim_before: Mapping[str, Any] = field(default_factory=dict)
    puts_in: bool = False
    """Whether the SIM goes into the device."""
    number: str | None = None
    """Of a line to add."""
    line_id: int | None = None
    """The line, where the register has it."""
    links: bool = False
    """Whether the line goes onto the SIM."""
    line_before: Mapping[str, Any] = field(default_factory=dict)
    line_after: Mapping[str, Any] = field(default_factory=dict)
    """Carrier, tariff and cost code; of a new line also its state."""

    @property
    def does_anything(self) -> bool:
        """Whether there is something to write."""
        return bool(self.iccid or self.number or self.puts_in or self.links or self.line_after)


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What one row would do. `subject_id` None adds a device, person or line; `after` may hold `Wanted` places."""

    row: int
    name: str
    organisation_id: int
    subject_id: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    holder: Holder | None = None
    connection: Connection | None = None
    stands: Mapping[str, Any] = field(default_factory=dict)
    """status_since and disposed_on as they are now: a change of status changes them too."""
    device_id: int | None = None
    """Of a line: the device that its SIM goes into."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A site, team, model, order or delivery that the register does not know."""

    kind: str
    name: str
    supplier: str | None = None
    """Of an order."""
    day: date | None = None
    """Of an order when it was placed, of a delivery when it came."""
    order: "int | Wanted | None" = None
    """Of a delivery: the order it is of."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Where a row contradicts what the register has: the register is kept and a person decides."""

    row: int
    subject_id: int
    """Of a device that a row of the file adds: that row's number below zero, until it is added."""
    organisation_id: int
    subject: str
    """Asset tag, serial or IMEI of a device; name of a person; a number."""
    field: str
    """Of a device holder, status, serial, imei, iccid, phone_number, organisation or identity; else a column, or identity."""
    wanted: str
    """What the register would have to hold to agree with the row: a value, or the id of a person or organisation."""
    recorded: str | None
    said: str
    about: str = "device"
    """device, person or line."""

    @property
    def identity(self) -> str:
        """What makes two conflicts the same, from file to file."""
        kind = "" if self.about == "device" else f"{self.about}:"
        return f"{kind}{self.subject_id}|{self.field}|{self.wanted}"


@dataclass(slots=True)
class ImportPlan:
    """Changes, counts and problems: read = new + changed + unchanged + skipped + rejected."""

    subject: str = "device"
    """device, person or line."""
    new: list[RowPlan] = field(default_factory=list)
    changed: list[RowPlan] = field(default_factory=list)
    unchanged: int = 0
    rejected: dict[int, str] = field(default_factory=dict)
    """Row -> why."""
    problems: list[Problem] = field(default_factory=list)
    proposals: dict[str, set[str]] = field(default_factory=dict)
    """site, team, model -> names that would have to be made."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Organisation -> devices (or people) it has, for the brake."""
    conflicts: list[Conflict] = field(default_factory=list)
    """What becomes a finding when the file is applied."""

    def reject(self, row: Row, code: str, reason: str, column: str | None = None, value: str | None = None) -> None:
        """Keep a row out, saying why."""
        self.rejected[row.row] = reason
        self.tell(row, code, column, reason, value)

    def tell(self, row: Row, code: str, column: str | None, reason: str, value: str | None = None) -> None:
        """Say what is wrong with a row that is not kept out."""
        self.problems.append(Problem(code, f"row {row.row}", reason, value, None, row.row, column))

    def contradict(
        self, row: Row, device: KnownDevice, field: str, wanted: object, said: object, recorded: object | None = None
    ) -> None:
        """Note that a row and the register disagree about a device, which an earlier row of the file may have added."""
        held = device.values
        names = (held.get(name) for name in ("asset_tag", "serial", "imei", "ethernet_mac"))
        called = str(next((one for one in names if one), f"device {device.id}"))
        known = None if recorded is None else str(recorded)
        self.conflicts.append(
            Conflict(row.row, device.id, device.organisation_id, called, field, str(wanted), known, str(said))
        )

    def contradict_added(self, row: Row, owner: int, field: str, said: str, recorded: str | None) -> None:
        """Note that the register contradicts what a row says of the device that it adds, which has no number yet."""
        names = (row.values.get(name) for name in ("asset_tag", "serial", "imei", "ethernet_mac"))
        called = str(next((one for one in names if one), f"row {row.row}"))
        self.conflicts.append(Conflict(row.row, -row.row, owner, called, field, said, recorded, said))

    def contradict_person(
        self, row: Row, person: KnownPerson, field: str, wanted: object, said: object, recorded: object | None
    ) -> None:
        """Note that a row and the register disagree about a person. One that an earlier row of the file adds is not meant."""
        if person.id <= 0:
            return
        called = str(person.values.get("display_name") or person.values.get("upn") or f"person {person.id}")
        known = None if recorded is None else str(recorded)
        self.conflicts.append(
            Conflict(
                row.row, person.id, person.organisation_id, called, field, str(wanted), known, str(said), about="person"
            )
        )

    def contradict_line(self, row: Row, line: KnownLine, field: str, said: object, recorded: object | None) -> None:
        """Note that a row and the register disagree about a number."""
        if line.id <= 0:
            return
        known = None if recorded is None else str(recorded)
        called = line.number or f"line {line.id}"
        self.conflicts.append(
            Conflict(row.row, line.id, line.organisation_id, called, field, str(said), known, str(said), about="line")
        )
