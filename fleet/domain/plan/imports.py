"""Plan what a file of devices means for the register. Blank never overwrites; unknown places are proposed, not invented."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from fleet.domain.identifiers import imei_key
from fleet.domain.lifecycle import HOLDING, allowed_moves, label
from fleet.domain.records import Problem
from fleet.domain.search import fold

PLAIN = (
    "serial", "imei", "imei2", "eid", "asset_tag", "kind", "status", "cost_code", "purchased_on", "price_pence",
    "warranty_until", "notes",
)  # fmt: skip
"""Fields of a row that are columns of a device as they stand."""

IDENTIFIERS = ("serial", "imei", "asset_tag")


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


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device as the register has it."""

    id: int
    organisation_id: int
    values: Mapping[str, Any]
    """`PLAIN`, site_id, team_id and model_id."""
    holder_id: int | None = None
    holder_upn: str | None = None
    held: bool = False


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


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a row says the device is with."""

    person_id: int
    issued_on: date | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What one row would do. `device_id` None adds a device; `after` may hold `Wanted` places."""

    row: int
    name: str
    organisation_id: int
    device_id: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    holder: Holder | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A site, team or model that the register does not know."""

    kind: str
    name: str


@dataclass(slots=True)
class ImportPlan:
    """Changes, counts and problems: read = new + changed + unchanged + skipped + rejected."""

    new: list[RowPlan] = field(default_factory=list)
    changed: list[RowPlan] = field(default_factory=list)
    unchanged: int = 0
    rejected: dict[int, str] = field(default_factory=dict)
    """Row -> why."""
    problems: list[Problem] = field(default_factory=list)
    proposals: dict[str, set[str]] = field(default_factory=dict)
    """site, team, model -> names that would have to be made."""


def plan_import(
    rows: Iterable[Row],
    known: Known,
    *,
    sets: frozenset[str],
    organisation_id: int | None,
    create: bool = False,
    status_if_new: str | None = None,
) -> ImportPlan:
    """Compare rows with the register. `sets` are the fields this layout may write; `organisation_id` is for rows that
    name none; `create` makes places that are not known."""
    return _Planner(known, sets, organisation_id, create, status_if_new).plan(rows)


class _Planner:
    def __init__(
        self, known: Known, sets: frozenset[str], organisation_id: int | None, create: bool, status_if_new: str | None
    ) -> None:
        self.known, self.sets, self.organisation_id = known, sets, organisation_id
        self.create, self.status_if_new = create, status_if_new
        self.result = ImportPlan()
        self.by: dict[str, dict[Any, list[KnownDevice]]] = {name: {} for name in IDENTIFIERS}
        for device in known.devices:
            self._index(device)

    def _index(self, device: KnownDevice) -> None:
        if serial := device.values.get("serial"):
            self.by["serial"].setdefault(serial, []).append(device)
        for name in ("imei", "imei2"):
            if key := imei_key(device.values.get(name) or ""):
                self.by["imei"].setdefault(key, []).append(device)
        if tag := device.values.get("asset_tag"):
            self.by["asset_tag"].setdefault((device.organisation_id, tag.upper()), []).append(device)

    def plan(self, rows: Iterable[Row]) -> ImportPlan:
        touched: dict[int, int] = {}
        for row in rows:
            owner = self._organisation(row)
            if owner is None:
                continue
            matched, device = self._match(row, owner)
            if not matched:
                continue
            if device is not None and device.id in touched:
                self._reject(row, "same-device", f"row {touched[device.id]} already speaks of this device")
                continue
            if device is not None:
                touched[device.id] = row.row
                if device.organisation_id != owner and self.organisation_id is None and "organisation" in row.values:
                    self._problem(
                        row, "other-organisation", "organisation", "the register has it with another organisation"
                    )
            self._plan_row(row, owner if device is None else device.organisation_id, device)
        return self.result

    def _organisation(self, row: Row) -> int | None:
        named = row.values.get("organisation")
        if named is not None and "organisation" in self.sets:
            owner = self.known.organisations.get(fold(str(named)))
            if owner is not None:
                return owner
            if self.organisation_id is None:
                self._reject(
                    row, "unknown-organisation", f"no organisation is called {named}", "organisation", str(named)
                )
                return None
        if self.organisation_id is None:
            self._reject(row, "no-organisation", "it does not say whose it is; name the owner with --organisation")
        return self.organisation_id

    def _match(self, row: Row, owner: int) -> tuple[bool, KnownDevice | None]:
        """Whether the row can be placed, and its device; None for a new one."""
        values = row.values
        found: dict[int, KnownDevice] = {}
        keys = {
            "serial": values.get("serial"),
            "imei": imei_key(str(values["imei"])) if values.get("imei") else None,
            "asset_tag": (owner, str(values["asset_tag"]).upper()) if values.get("asset_tag") else None,
        }
        if all(key is None for key in keys.values()):
            self._reject(row, "no-identity", "it has neither serial, IMEI nor asset tag")
            return False, None
        for name in IDENTIFIERS:
            if keys[name] is not None:
                found |= {one.id: one for one in self.by[name].get(keys[name], ())}
        if len(found) > 1:
            self._reject(row, "several-devices", "its identifiers belong to different devices of the register")
            return False, None
        device = next(iter(found.values()), None)
        if device is not None and self._contradicts(row, device):
            return False, None
        return True, device

    def _contradicts(self, row: Row, device: KnownDevice) -> bool:
        """A row matched by one identifier whose others say that it is another thing."""
        serial, held = row.values.get("serial"), device.values.get("serial")
        if serial and held and serial != held:
            self._reject(row, "other-serial", f"the register has this device with serial {held}", "serial", str(serial))
            return True
        key, known = imei_key(str(row.values.get("imei") or "")), {
            one for name in ("imei", "imei2") if (one := imei_key(device.values.get(name) or ""))
        }  # fmt: skip
        if key and known and key not in known:
            self._reject(
                row, "other-imei", "the register has this device with another IMEI", "imei", str(row.values["imei"])
            )
            return True
        return False

    def _plan_row(self, row: Row, owner: int, device: KnownDevice | None) -> None:
        wanted = {name: row.values[name] for name in PLAIN if name in self.sets and row.values.get(name) is not None}
        wanted |= self._places(row, owner)
        holder = self._holder(row, owner, device)
        if device is None:
            self._plan_new(row, owner, wanted, holder)
            return
        self._check_status(row, wanted, device)
        after = {name: value for name, value in wanted.items() if value != device.values.get(name)}
        before = {name: device.values.get(name) for name in after}
        if after or holder:
            self.result.changed.append(RowPlan(row.row, _name(row), owner, device.id, before, after, holder))
        else:
            self.result.unchanged += 1

    def _plan_new(self, row: Row, owner: int, wanted: dict[str, Any], holder: Holder | None) -> None:
        status = str(wanted.get("status") or self.status_if_new or "in_stock")
        if holder is not None:
            status = "issued"
        elif status == "issued":
            self._problem(row, "issued-to-nobody", "status", "it says issued but not to whom; taken in as in stock")
            status = "in_stock"
        wanted["status"] = status
        wanted.setdefault("kind", "other")
        plan = RowPlan(row.row, _name(row), owner, None, {}, wanted, holder)
        self.result.new.append(plan)
        self._index(KnownDevice(-row.row, owner, wanted))

    def _check_status(self, row: Row, wanted: dict[str, Any], device: KnownDevice) -> None:
        """A file may move a device only as a person could, and never issues or returns it by a word."""
        to, now = wanted.get("status"), str(device.values.get("status"))
        if to is None or to == now:
            return
        moves_custody = to == "issued" or (device.held and to not in HOLDING)
        if moves_custody or to not in allowed_moves(now):
            self._problem(
                row, "status-kept", "status",
                f"the register says {label(now).lower()}; a file can't make it {label(str(to)).lower()}", str(to),
            )  # fmt: skip
            del wanted["status"]

    def _places(self, row: Row, owner: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, known in (("site", self.known.sites), ("team", self.known.teams)):
            self._place(
                row, found, name, row.values.get(name), known.get((owner, fold(str(row.values.get(name) or ""))))
            )
        model = row.values.get("model")
        self._place(row, found, "model", model, self.known.models.get(fold(str(model or ""))))
        return found

    def _place(self, row: Row, found: dict[str, Any], kind: str, value: object, identifier: int | None) -> None:
        if value is None or kind not in self.sets:
            return
        if identifier is not None:
            found[f"{kind}_id"] = identifier
            return
        self.result.proposals.setdefault(kind, set()).add(str(value))
        if self.create or kind == "model":
            found[f"{kind}_id"] = Wanted(kind, str(value))
        else:
            self._problem(row, f"unknown-{kind}", kind, f"no {kind} has this name; --create makes it", str(value))

    def _holder(self, row: Row, owner: int, device: KnownDevice | None) -> Holder | None:
        """Whom to issue to: only a device that nobody has. A different holder is for a person to decide."""
        if not {"holder_upn", "holder_name"} & self.sets:
            return None
        person = self._person(row, owner)
        if person is None:
            return None
        if device is not None and device.held:
            if device.holder_id != person:
                self._problem(
                    row, "holder-kept", "holder_upn", "the register has it with somebody else; decide by hand"
                )
            return None
        if device is not None and "issued" not in allowed_moves(str(device.values.get("status"))):
            now = label(str(device.values.get("status"))).lower()
            self._problem(row, "holder-kept", "holder_upn", f"it is {now} and can't be issued by a file")
            return None
        issued, due = row.values.get("issued_on"), row.values.get("due_on")
        return Holder(person, issued if isinstance(issued, date) else None, due if isinstance(due, date) else None)

    def _person(self, row: Row, owner: int) -> int | None:
        upn, name = row.values.get("holder_upn"), row.values.get("holder_name")
        if upn is not None:
            found = self.known.people.get(str(upn).lower())
            if found is not None:
                return found[0]
        elif name is not None:
            named = self.known.people_by_name.get((owner, fold(str(name))), ())
            if len(named) == 1:
                return named[0]
        if upn is not None or name is not None:
            self._problem(
                row, "unknown-person", "holder_upn", "nobody of that name is in the register; it stays unissued"
            )
        return None

    def _reject(self, row: Row, code: str, reason: str, column: str | None = None, value: str | None = None) -> None:
        self.result.rejected[row.row] = reason
        self.result.problems.append(Problem(code, f"row {row.row}", reason, value, None, row.row, column))

    def _problem(self, row: Row, code: str, column: str, reason: str, value: str | None = None) -> None:
        self.result.problems.append(Problem(code, f"row {row.row}", reason, value, None, row.row, column))


def _name(row: Row) -> str:
    return str(row.values.get("asset_tag") or row.values.get("serial") or row.values.get("imei") or f"row {row.row}")
