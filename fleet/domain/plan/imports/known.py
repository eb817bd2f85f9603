"""What the register has that a row may name."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

OUT_OF_REACH = 0
"""Stands for an organisation that the operator may not see."""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device as the register has it."""

    id: int
    organisation_id: int
    values: Mapping[str, Any]
    """`PLAIN`, site_id, team_id, model_id, status_since and disposed_on."""
    holder_id: int | None = None
    holder_upn: str | None = None
    held: bool = False
    free_since: date | None = None
    """When it last came back from anybody."""
    holder_name: str | None = None
    """Folded; the site or team where it is shared equipment."""
    shown: Mapping[str, Any] = field(default_factory=dict)
    """Field -> what lists show where the holder's place, team or budget stands in for the device's own."""


@dataclass(frozen=True, slots=True)
class KnownSim:
    """A SIM as the register has it, or as an earlier row of the file made it (`id` None)."""

    id: int | None
    organisation_id: int
    iccid: str
    device_id: int | None
    line_id: int | None
    state: str = "active"


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A phone number as the register has it."""

    id: int
    organisation_id: int
    number: str | None
    carrier: str | None = None
    tariff: str | None = None
    cost_code: str | None = None
    state: str = "active"
    monthly_pence: int | None = None
    billed_on: date | None = None


@dataclass(slots=True)
class Connections:
    """SIMs and lines, by what a file may name them by."""

    sims: dict[str, KnownSim] = field(default_factory=dict)
    """By ICCID."""
    lines: dict[str, KnownLine] = field(default_factory=dict)
    """By number."""
    lines_by_id: dict[int, KnownLine] = field(default_factory=dict)
    in_device: dict[int, list[KnownSim]] = field(default_factory=dict)
    of_line: dict[int, list[KnownSim]] = field(default_factory=dict)

    @classmethod
    def of(cls, sims: Iterable[KnownSim], lines: Iterable[KnownLine]) -> "Connections":
        """Index them."""
        found = cls()
        for line in lines:
            found.lines_by_id[line.id] = line
            if line.number:
                found.lines[line.number] = line
        for sim in sims:
            found.sims[sim.iccid] = sim
            if sim.device_id is not None:
                found.in_device.setdefault(sim.device_id, []).append(sim)
            if sim.line_id is not None:
                found.of_line.setdefault(sim.line_id, []).append(sim)
        return found


@dataclass(slots=True)
class Known:
    """What the register has that rows may name. Names are folded."""

    devices: Iterable[KnownDevice]
    organisations: Mapping[str, int]
    sites: Mapping[tuple[int, str], int]
    teams: Mapping[tuple[int, str], int]
    models: Mapping[str, int]
    people: Mapping[str, tuple[int, int]]
    """Lower-case UPN -> (person, organisation)."""
    people_by_name: Mapping[tuple[int, str], Sequence[int]]
    connections: Connections = field(default_factory=Connections)
    orders: Mapping[tuple[int, str], int] = field(default_factory=dict)
    """(organisation, order number) -> order."""
    deliveries: Mapping[tuple[int, int | None, date], int] = field(default_factory=dict)
    """(organisation, order, day) -> delivery."""
    out_of_reach: Mapping[str, Set[str]] = field(default_factory=dict)
    """Field -> what only organisations have that the operator may not see: no row can add it once more."""

    def is_out_of_reach(self, values: Mapping[str, object], *names: str) -> str | None:
        """The first of these fields that has what another organisation's part of the register has."""
        if not self.out_of_reach:
            return None
        return next((name for name in names if values.get(name) in self.out_of_reach.get(name, ())), None)


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as the register has them."""

    id: int
    organisation_id: int
    values: Mapping[str, Any]
    """`PERSON_COLUMNS`."""
    synced: bool = False
    """Whether a directory is read for them every night: it knows better than a file."""


@dataclass(slots=True)
class KnownPeople:
    """What the register has that rows of a list of people may name. Names are folded."""

    people: Sequence[KnownPerson]
    organisations: Mapping[str, int]
    sites: Mapping[tuple[int, str], int]
    teams: Mapping[tuple[int, str], int]
