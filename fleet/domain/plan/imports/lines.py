"""Plan what a list of SIMs and numbers means.

A row is matched by ICCID and number. A SIM or number that is recorded elsewhere is never moved by a file.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from fleet.domain.plan.imports.bills import TERMS, check_holder, differs
from fleet.domain.plan.imports.connections import connect, remember, settle_line
from fleet.domain.plan.imports.known import Known, KnownDevice, KnownLine, KnownSim
from fleet.domain.plan.imports.matching import Matching
from fleet.domain.plan.imports.planner import owner_of
from fleet.domain.plan.imports.result import Connection, ImportPlan, Row, RowPlan


def plan_lines(rows: Iterable[Row], known: Known, *, sets: frozenset[str], organisation_id: int | None) -> ImportPlan:
    """Compare rows with the SIMs and lines of the register."""
    return _LinePlanner(known, sets, organisation_id).plan(rows)


class _LinePlanner:
    def __init__(self, known: Known, sets: frozenset[str], organisation_id: int | None) -> None:
        self.known, self.lines, self.sets = known, known.connections, sets
        self.organisation_id = organisation_id
        self.result = ImportPlan(subject="line")
        self.matching = Matching(known.devices, self.result)
        self.devices = {one.id: one for one in known.devices}

    def plan(self, rows: Iterable[Row]) -> ImportPlan:
        for row in rows:
            owner = owner_of(row, self.known.organisations, self.sets, self.organisation_id, self.result)
            if owner is None:
                continue
            if name := self.known.is_out_of_reach(row.values, "iccid", "phone_number"):
                reason = "an organisation that you have no access to has it in the register; ask them"
                self.result.reject(row, "out-of-reach", reason, name, str(row.values[name]))
                continue
            iccid, number = (row.values.get(name) for name in ("iccid", "phone_number"))
            sim = self.lines.sims.get(str(iccid)) if iccid else None
            line = self.lines.lines.get(str(number)) if number else None
            if any(one is not None and one.organisation_id != owner for one in (sim, line)):
                self.result.reject(row, "other-organisation", "the register has it with another organisation")
            else:
                self._plan_row(row, owner, sim, line)
        return self.result

    def _plan_row(self, row: Row, owner: int, sim: KnownSim | None, line: KnownLine | None) -> None:
        device = self._device(row, owner)
        if device is not None:
            connection = connect(row, owner, self.sets, device, self.lines, self.result, TERMS)
        else:
            connection = self._alone(row, owner, sim, line)
        held = device or self._device_of(sim, line)
        if held is not None:  # A number follows its device: who has that is for the register to say.
            check_holder(row, held, self.known, self.result)
        state = row.values.get("line_state")
        if state is not None and line is not None and state != line.state:
            differs(row, "line_state", f"the register says {line.state}", self.result)
            self.result.contradict_line(row, line, "line_state", state, line.state)
        if connection is None or not connection.does_anything:
            self.result.unchanged += 1
            return
        if state is not None and connection.number:
            connection = replace(connection, line_after={**connection.line_after, "state": state})
        name = str(row.values.get("phone_number") or row.values.get("iccid"))
        is_new = bool(connection.number) or (line is None and bool(connection.iccid))
        subject = None if is_new else (connection.line_id or (line.id if line else None) or (sim.id if sim else None))
        plan = RowPlan(
            row.row, name, owner, subject, {}, {}, None, connection, device_id=device.id if device is not None else None
        )
        (self.result.new if is_new else self.result.changed).append(plan)

    def _alone(self, row: Row, owner: int, sim: KnownSim | None, line: KnownLine | None) -> Connection | None:
        """A row that names no device: its SIM stays where it is."""
        number = str(row.values["phone_number"]) if row.values.get("phone_number") else None
        said = {name: row.values[name] for name in TERMS if name in self.sets and row.values.get(name)}
        iccid = str(row.values["iccid"]) if row.values.get("iccid") else None
        if iccid is None:
            return self._number_alone(number, line, said)
        connection, line_id = Connection(iccid=iccid), None
        if sim is not None:
            before = {"device_id": sim.device_id, "state": sim.state, "line_id": sim.line_id}
            connection, line_id = Connection(sim_id=sim.id, sim_before=before), sim.line_id
        connection = settle_line(row, owner, number, said, connection, line_id, self.lines, self.result)
        self._note_elsewhere(row, iccid, number, line, connection)
        remember(owner, sim.device_id if sim is not None else None, iccid, connection, self.lines)
        return connection

    def _note_elsewhere(
        self, row: Row, iccid: str, number: str | None, line: KnownLine | None, connection: Connection
    ) -> None:
        """A number that the register has on another SIM than the row does."""
        sims = self.lines.of_line.get(line.id, []) if line is not None else []
        if line is not None and number and not connection.links and sims and iccid not in {one.iccid for one in sims}:
            self.result.contradict_line(row, line, "iccid", iccid, sims[0].iccid)

    def _number_alone(self, number: str | None, line: KnownLine | None, said: dict[str, Any]) -> Connection:
        if line is None:
            return Connection(number=number, line_after=said)
        after = {name: value for name, value in said.items() if value != getattr(line, name)}
        return Connection(line_id=line.id, line_before={name: getattr(line, name) for name in after}, line_after=after)

    def _device(self, row: Row, owner: int) -> KnownDevice | None:
        """The device that a row names beside its SIM, where it names one that is known."""
        found = {
            one.id: one
            for kind, key in self.matching.keys(row.values, owner)
            for one in self.matching.by[kind].get(key, ())
        }
        if len(found) > 1:
            self.result.tell(
                row, "several-devices", "imei", "its identifiers belong to different devices; left as it is"
            )
        elif not found and any(row.values.get(name) for name in ("serial", "imei", "asset_tag")):
            self.result.tell(
                row, "unknown-device", "imei", "the register has no such device; its SIM is taken in alone"
            )
        return next(iter(found.values())) if len(found) == 1 else None

    def _device_of(self, sim: KnownSim | None, line: KnownLine | None) -> KnownDevice | None:
        sims = [sim] if sim is not None else self.lines.of_line.get(line.id, []) if line is not None else []
        return next((self.devices.get(one.device_id) for one in sims if one.device_id is not None), None)
