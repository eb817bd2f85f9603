"""Plan what a bill's summary means: what each number cost, and what the bill and the register say differently.

A bill adds no number and moves none. It says what a line costs and fills gaps; what it contradicts is kept and told.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from fleet.domain.plan.imports.connections import IN_FILE
from fleet.domain.plan.imports.custody import person_named
from fleet.domain.plan.imports.known import Known, KnownDevice, KnownLine
from fleet.domain.plan.imports.planner import owner_of
from fleet.domain.plan.imports.result import Connection, ImportPlan, Row, RowPlan
from fleet.domain.records import Problem
from fleet.domain.search import fold

TERMS = ("carrier", "tariff", "cost_code")
_WORDS = {"carrier": "network", "tariff": "tariff", "cost_code": "cost code"}
_MOST_OF_A_NETWORK = 0.5
"""A bill that names fewer of a network's lines is of one account among several: what it does not name says nothing."""


def plan_bill(
    rows: Iterable[Row], known: Known, *, sets: frozenset[str], organisation_id: int | None, dated: date | None
) -> ImportPlan:
    """Compare a bill with the lines of the register; `dated` is the day of the bill, where it says so."""
    return _BillPlanner(known, sets, organisation_id, dated).plan(rows)


class _BillPlanner:
    def __init__(self, known: Known, sets: frozenset[str], organisation_id: int | None, dated: date | None) -> None:
        self.known, self.lines, self.sets = known, known.connections, sets
        self.organisation_id, self.dated = organisation_id, dated
        self.result = ImportPlan(subject="line")
        self.devices = {one.id: one for one in known.devices}
        self.billed: dict[int, KnownLine] = {}

    def plan(self, rows: Iterable[Row]) -> ImportPlan:
        for row in rows:
            owner = owner_of(row, self.known.organisations, self.sets, self.organisation_id, self.result)
            if owner is None:
                continue
            number = str(row.values["phone_number"])
            line = self.lines.lines.get(number)
            if line is None:
                reason = "the register does not have this number; read the file as a SIM list (sim-list) to add it"
                self.result.tell(row, "unknown-number", "phone_number", reason, number)
                self.result.unchanged += 1
            elif line.organisation_id != owner:
                self.result.reject(row, "other-organisation", "the register has it with another organisation")
            else:
                self.billed[line.id] = line
                self._compare(row, line)
        self._tell_unbilled()
        return self.result

    def _compare(self, row: Row, line: KnownLine) -> None:
        after = self._cost(row, line)
        for name in TERMS:
            said, held = row.values.get(name), getattr(line, name)
            if said is None or said == held or name not in self.sets:
                continue
            if held is None:
                after[name] = said
                continue
            differs(row, name, f"the register has another {_WORDS[name]}", self.result)
            self.result.contradict_line(row, line, name, said, held)
        if line.state == "ended":
            reason = "the register says that this line has ended, and it is still billed"
            differs(row, "phone_number", reason, self.result)
            self.result.contradict_line(row, line, "billed", "billed", "ended")
        device = self._device_of(line)
        if device is None:
            self.result.tell(row, "billed-without-device", "phone_number", "this number is billed and is in no device")
        else:
            check_holder(row, device, self.known, self.result)
        if not after:
            self.result.unchanged += 1
            return
        before = {name: getattr(line, name) for name in after}
        connection = Connection(line_id=line.id, line_before=before, line_after=after)
        name = str(row.values["phone_number"])
        self.result.changed.append(RowPlan(row.row, name, line.organisation_id, line.id, {}, {}, None, connection))

    def _cost(self, row: Row, line: KnownLine) -> dict[str, Any]:
        """What it costs and since which bill; a credit, or an older bill than the one that said so last, says nothing."""
        pence = row.values.get("price_pence")
        if pence is None:
            return {}
        if line.billed_on is not None and (self.dated is None or self.dated < line.billed_on):
            if pence != line.monthly_pence:
                self.result.tell(row, "older-bill", "price_pence", "a newer bill has said what this number costs")
            return {}
        after: dict[str, Any] = {}
        if pence != line.monthly_pence:
            after["monthly_pence"] = pence
        if self.dated is not None and self.dated != line.billed_on:
            after["billed_on"] = self.dated
        return after

    def _device_of(self, line: KnownLine) -> KnownDevice | None:
        sims = self.lines.of_line.get(line.id, [])
        return next((self.devices.get(one.device_id) for one in sims if one.device_id is not None), None)

    def _tell_unbilled(self) -> None:
        """Active lines of a network that the bill is of and does not name: lost SIMs, or lines that were ended."""
        networks = {(one.organisation_id, one.carrier) for one in self.billed.values() if one.carrier}
        for owner, carrier in sorted(networks):
            of_network = [
                one
                for one in self.lines.lines.values()
                if (one.organisation_id, one.carrier, one.state) == (owner, carrier, "active") and one.id != IN_FILE
            ]
            absent = [one for one in of_network if one.id not in self.billed]
            if not absent or len(of_network) - len(absent) < _MOST_OF_A_NETWORK * len(of_network):
                continue
            reason = "the register has this number as active with this network, and the bill does not name it"
            self.result.problems += [
                Problem("not-billed", "the file", reason, one.number, None, None, None)
                for one in sorted(absent, key=lambda one: one.number or "")
            ]


def check_holder(row: Row, device: KnownDevice, known: Known, result: ImportPlan) -> None:
    """Where a row names another person than the one who has the device: told, and a finding where it is one person."""
    upn, name = row.values.get("holder_upn"), row.values.get("holder_name")
    if not (upn or name) or not device.held:
        return
    same = str(upn).lower() == (device.holder_upn or "").lower() if upn else fold(str(name)) == device.holder_name
    if same:
        return
    differs(row, "holder_upn" if upn else "holder_name", "the register has its device with somebody else", result)
    person = person_named(row, device.organisation_id, known)
    if person is not None and person != device.holder_id:
        result.contradict(row, device, "holder", person, upn or name, device.holder_upn or device.holder_name)


def differs(row: Row, column: str, reason: str, result: ImportPlan) -> None:
    """Tell that a row says otherwise in a column."""
    value = row.values.get(column)
    result.tell(row, f"differs-{column.replace('_', '-')}", column, reason, None if value is None else str(value))
