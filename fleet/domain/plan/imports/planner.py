"""Row by row: whose it is, which device it means, what of it differs."""

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.domain.plan.imports.connections import connect
from fleet.domain.plan.imports.custody import settle
from fleet.domain.plan.imports.known import OUT_OF_REACH, Known, KnownDevice
from fleet.domain.plan.imports.matching import Matching
from fleet.domain.plan.imports.orders import Orders
from fleet.domain.plan.imports.result import ERASABLE, PLAIN, ImportPlan, Row, RowPlan, Wanted
from fleet.domain.search import fold


def plan_import(
    rows: Iterable[Row],
    known: Known,
    *,
    sets: frozenset[str],
    organisation_id: int | None,
    create: bool = False,
    status_if_new: str | None = None,
    erase: frozenset[str] = frozenset(),
) -> ImportPlan:
    """Compare rows with the register. `sets` are the fields this layout may write; `organisation_id` is for rows that
    name none; `create` makes places that are not known; `erase` are fields whose blank cells take the value away."""
    planner = _Planner(known, sets, organisation_id, create, status_if_new)
    planner.erase = erase & ERASABLE
    return planner.plan(rows)


def owner_of(
    row: Row, organisations: Mapping[str, int], sets: frozenset[str], organisation_id: int | None, result: ImportPlan
) -> int | None:
    """Whose a row is: what it says itself, else the file's owner; None where it was rejected."""
    named = row.values.get("organisation")
    if named is not None and "organisation" in sets:
        owner = organisations.get(fold(str(named)))
        if owner == OUT_OF_REACH:
            reason = "it is of an organisation that you have no access to"
            result.reject(row, "out-of-reach", reason, "organisation", str(named))
            return None
        if owner is not None:
            return owner
        reason = "no organisation has this name"
        if organisation_id is None:
            result.reject(row, "unknown-organisation", reason, "organisation", str(named))
            return None
        result.tell(row, "unknown-organisation", "organisation", f"{reason}; taken as the file's owner", str(named))
    if organisation_id is None:
        result.reject(row, "no-organisation", "it does not say whose it is; name the owner with --organisation")
    return organisation_id


class _Planner:
    erase: frozenset[str] = frozenset()

    def __init__(
        self, known: Known, sets: frozenset[str], organisation_id: int | None, create: bool, status_if_new: str | None
    ) -> None:
        self.known, self.sets, self.organisation_id = known, sets, organisation_id
        self.create, self.status_if_new = create, status_if_new
        self.result = ImportPlan()
        self.matching = Matching(known.devices, self.result)
        self.wanted: dict[tuple[str, int, str], Wanted] = {}
        self.orders = Orders(known, sets, self.result)
        self.plain = tuple(name for name in PLAIN if name in sets)
        self.places = tuple(name for name in ("site", "team", "model") if name in sets)
        self.hidden = frozenset(("holder_upn", "holder_name", "status")) - sets
        self.connects = sets & {"iccid", "phone_number", "carrier", "tariff"}

    def plan(self, rows: Iterable[Row]) -> ImportPlan:
        touched: dict[int, int] = {}
        for row in rows:
            owner = owner_of(row, self.known.organisations, self.sets, self.organisation_id, self.result)
            if owner is None:
                continue
            if row.values.get("ownership") == "personal":
                self.result.tell(row, "own-device", "ownership", "a person's own device is never recorded from a file")
                self.result.unchanged += 1
                continue
            if name := self.known.is_out_of_reach(row.values, "serial", "imei"):
                reason = "an organisation that you have no access to has it in the register; ask them"
                self.result.reject(row, "out-of-reach", reason, name, str(row.values[name]))
                continue
            matched, device = self.matching.find(row, owner)
            if not matched:
                continue
            if device is not None and (device.id < 0 or device.id in touched):
                first = touched.get(device.id, -device.id)
                self.result.reject(row, "same-device", f"row {first} already speaks of this device")
                continue
            if device is not None:
                touched[device.id] = row.row
                if device.organisation_id != owner:
                    self._note_other_owner(row, owner, device)
                    continue
            self._plan_row(row, owner, device)
        return self.result

    def _note_other_owner(self, row: Row, owner: int, device: KnownDevice) -> None:
        """One council's file says nothing of another's device: whose it is comes first, and is for a person."""
        reason = "the register has it with another organisation; nothing of this row is taken"
        self.result.tell(row, "other-organisation", "organisation", reason)
        self.result.unchanged += 1
        names = {number: name for name, number in self.known.organisations.items()}
        said, recorded = row.values.get("organisation") or names.get(owner), names.get(device.organisation_id)
        self.result.contradict(row, device, "organisation", owner, said, recorded)

    def _plan_row(self, row: Row, owner: int, device: KnownDevice | None) -> None:
        values = row.values
        wanted = {name: values[name] for name in self.plain if values.get(name) is not None}
        _settle_network(values, self.sets, device, wanted)
        self._add_places(values, row, owner, wanted)
        self.orders.add(row, owner, device, wanted)
        if device is None:
            wanted["status"] = wanted.get("status") or self.status_if_new or "in_stock"
            wanted.setdefault("kind", "other")
        seen = row if self.hidden.isdisjoint(values) else Shown(row, self.hidden)
        holder = settle(seen, owner, wanted, device, self.known, self.result)
        connection = None
        if name := self.known.is_out_of_reach(values, "iccid", "phone_number"):
            self.result.tell(row, "out-of-reach", name, "another organisation has it; left there", str(values[name]))
        elif not self.connects.isdisjoint(values):
            known = self.known.connections
            connection = connect(row, owner, self.sets, device, known, self.result, is_added=device is None)
        if device is None:
            self.result.new.append(RowPlan(row.row, _name(row), owner, None, {}, wanted, holder, connection))
            self.matching.add(KnownDevice(-row.row, owner, wanted))
            return
        held, shown = device.values, device.shown  # Saying what the register shows is saying nothing new.
        after = {
            name: value
            for name, value in wanted.items()
            if value != held.get(name) and (name not in shown or value != shown[name])
        }
        if self.erase:
            columns = (f"{name}_id" if name in ("site", "team") else name for name in self.erase & row.blank)
            after |= {name: None for name in columns if held.get(name) is not None}
        before = {name: held.get(name) for name in after}
        if after or holder or connection:
            stands = {name: device.values.get(name) for name in ("status_since", "disposed_on")}
            self.result.changed.append(
                RowPlan(row.row, _name(row), owner, device.id, before, after, holder, connection, stands)
            )
        else:
            self.result.unchanged += 1

    def _add_places(self, values: Mapping[str, object], row: Row, owner: int, wanted: dict[str, Any]) -> None:
        for kind in self.places:
            value = values.get(kind)
            if value is None:
                continue
            if kind == "model":
                found = self.known.models.get(fold(str(value)))
            else:
                found = (self.known.sites if kind == "site" else self.known.teams).get((owner, fold(str(value))))
            if found is not None:
                wanted[f"{kind}_id"] = found
            else:
                self._propose(row, wanted, kind, 0 if kind == "model" else owner, str(value))

    def _propose(self, row: Row, found: dict[str, Any], kind: str, owner: int, value: str) -> None:
        wanted = self.wanted.setdefault((kind, owner, fold(value)), Wanted(kind, value))
        self.result.proposals.setdefault(kind, set()).add(wanted.name)
        if self.create:
            found[f"{kind}_id"] = wanted
        else:
            self.result.tell(row, f"unknown-{kind}", kind, f"no {kind} has this name; --create makes it", value)


def _settle_network(
    values: Mapping[str, object], sets: frozenset[str], device: KnownDevice | None, wanted: dict[str, Any]
) -> None:
    """The network's name and address are kept of what is managed by them; an iPad's `MAC address` is its radio's."""
    kind = (device.values.get("kind") if device is not None else None) or wanted.get("kind")
    if kind in ("ipad", "iphone"):
        wanted.pop("ethernet_mac", None)
    elif kind == "thin_client" and "device_name" in sets and values.get("device_name"):
        wanted["network_name"] = short_name(values["device_name"])


class Shown:
    """A row with the holder and status only where this layout may say them."""

    def __init__(self, row: Row, hidden: frozenset[str]) -> None:
        self.row, self.blank = row.row, row.blank
        self.values: Mapping[str, object] = {name: value for name, value in row.values.items() if name not in hidden}


def short_name(name: object) -> str:
    """A name on the network without its domain."""
    return str(name).partition(".")[0]


def _name(row: Row) -> str:
    said = (row.values.get(name) for name in ("asset_tag", "serial", "imei", "ethernet_mac"))
    return str(next((one for one in said if one), f"row {row.row}"))
