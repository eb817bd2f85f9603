"""Row by row: whose it is, which device it means, what of it differs."""

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.domain.plan.imports.connections import connect
from fleet.domain.plan.imports.custody import settle
from fleet.domain.plan.imports.known import Known, KnownDevice
from fleet.domain.plan.imports.matching import Matching
from fleet.domain.plan.imports.result import PLAIN, ImportPlan, Row, RowPlan, Wanted
from fleet.domain.search import fold


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
        self.matching = Matching(known.devices, self.result)
        self.wanted: dict[tuple[str, int, str], Wanted] = {}

    def plan(self, rows: Iterable[Row]) -> ImportPlan:
        touched: dict[int, int] = {}
        for row in rows:
            owner = self._organisation(row)
            if owner is None:
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
                    self.result.tell(
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
            reason = f"no organisation is called {named}"
            if self.organisation_id is None:
                self.result.reject(row, "unknown-organisation", reason, "organisation", str(named))
                return None
            self.result.tell(
                row, "unknown-organisation", "organisation", f"{reason}; taken as the file's owner", str(named)
            )
        if self.organisation_id is None:
            self.result.reject(
                row, "no-organisation", "it does not say whose it is; name the owner with --organisation"
            )
        return self.organisation_id

    def _plan_row(self, row: Row, owner: int, device: KnownDevice | None) -> None:
        wanted = {name: row.values[name] for name in PLAIN if name in self.sets and row.values.get(name) is not None}
        wanted |= self._places(row, owner)
        if device is None:
            wanted["status"] = wanted.get("status") or self.status_if_new or "in_stock"
            wanted.setdefault("kind", "other")
        named = Named(row, self.sets)
        holder = settle(named, owner, wanted, device, self.known, self.result)
        connection = connect(row, owner, self.sets, device, self.known.connections, self.result)
        if device is None:
            self.result.new.append(RowPlan(row.row, _name(row), owner, None, {}, wanted, holder, connection))
            self.matching.add(KnownDevice(-row.row, owner, wanted))
            return
        shown = device.shown  # Saying what the register shows is saying nothing new.
        after = {
            name: value for name, value in wanted.items() if value not in (device.values.get(name), shown.get(name))
        }
        before = {name: device.values.get(name) for name in after}
        if after or holder or connection:
            stands = {name: device.values.get(name) for name in ("status_since", "disposed_on")}
            self.result.changed.append(
                RowPlan(row.row, _name(row), owner, device.id, before, after, holder, connection, stands)
            )
        else:
            self.result.unchanged += 1

    def _places(self, row: Row, owner: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, known in (("site", self.known.sites), ("team", self.known.teams)):
            known_id = known.get((owner, fold(str(row.values.get(name) or ""))))
            self._place(row, found, name, owner, known_id)
        self._place(row, found, "model", 0, self.known.models.get(fold(str(row.values.get("model") or ""))))
        return found

    def _place(self, row: Row, found: dict[str, Any], kind: str, owner: int, identifier: int | None) -> None:
        value = row.values.get(kind)
        if value is None or kind not in self.sets:
            return
        if identifier is not None:
            found[f"{kind}_id"] = identifier
            return
        wanted = self.wanted.setdefault((kind, owner, fold(str(value))), Wanted(kind, str(value)))
        self.result.proposals.setdefault(kind, set()).add(wanted.name)
        if self.create or kind == "model":
            found[f"{kind}_id"] = wanted
        else:
            self.result.tell(row, f"unknown-{kind}", kind, f"no {kind} has this name; --create makes it", str(value))


class Named:
    """A row with the holder and status only where this layout may say them."""

    def __init__(self, row: Row, sets: frozenset[str]) -> None:
        self.row = row.row
        hidden = {"holder_upn", "holder_name", "status"} - sets
        self.values: Mapping[str, object] = {name: value for name, value in row.values.items() if name not in hidden}


def _name(row: Row) -> str:
    return str(row.values.get("asset_tag") or row.values.get("serial") or row.values.get("imei") or f"row {row.row}")
