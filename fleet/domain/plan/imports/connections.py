"""What a row says of the SIM in its device and the number on it. A SIM or number recorded elsewhere is never moved."""

from dataclasses import replace
from typing import Any

from fleet.domain.plan.imports.known import Connections, KnownDevice, KnownLine, KnownSim
from fleet.domain.plan.imports.result import Connection, ImportPlan, Row

IN_FILE = 0
"""Stands for the device of an earlier row, which has no id yet."""


TERMS = ("carrier", "tariff")
"""What a row of a device may say of the line in it; its cost code is the device's."""


def connect(
    row: Row, owner: int, sets: frozenset[str], device: KnownDevice | None, known: Connections, result: ImportPlan,
    terms: tuple[str, ...] = TERMS, *, is_added: bool = False,
) -> Connection | None:  # fmt: skip
    """What to do about SIM and line; None for nothing. `is_added` is whether the row itself adds its device."""
    iccid, number = (
        str(row.values[name]) if name in sets and row.values.get(name) else None for name in ("iccid", "phone_number")
    )
    said: dict[str, Any] = {name: row.values[name] for name in terms if name in sets and row.values.get(name)}
    inside = known.in_device.get(device.id, []) if device is not None else []
    if iccid is not None:
        found = _sim(row, owner, iccid, device, inside, known, result, is_added=is_added)
    else:
        found = _only_sim(row, number, inside, result)
    if found is None:
        return None
    connection, line_id = found
    connection = settle_line(row, owner, number, said, connection, line_id, known, result)
    if (device is not None or is_added) and number is not None and not connection.links:
        held = known.lines_by_id.get(line_id) if line_id is not None else None
        if held is None or held.number != number:
            recorded = "this number on another SIM" if held is None else held.number
            _contradict(row, owner, device, "phone_number", number, recorded, result)
    remember(owner, device.id if device is not None else IN_FILE, iccid, connection, known)
    return connection if connection.does_anything else None


def _sim(
    row: Row, owner: int, iccid: str, device: KnownDevice | None, inside: list[KnownSim], known: Connections,
    result: ImportPlan, *, is_added: bool,
) -> tuple[Connection, int | None] | None:  # fmt: skip
    """The SIM and its line; None when it is not for a file to touch."""
    sim = known.sims.get(iccid)
    if sim is not None and (sim.organisation_id != owner or sim.device_id not in (None, device.id if device else None)):
        result.tell(
            row, "sim-elsewhere", "iccid", "the register has this SIM in another device; move it by hand", iccid
        )
        if device is not None or is_added:
            _contradict(row, owner, device, "iccid", iccid, "this SIM in another device", result)
        return None
    if sim is not None and sim.device_id is not None:
        return Connection(sim_id=sim.id), sim.line_id
    if inside:
        result.tell(row, "other-sim", "iccid", "the register has another SIM in this device; decide by hand", iccid)
        if device is not None:
            result.contradict(row, device, "iccid", iccid, iccid, inside[0].iccid)
        return None
    if sim is not None:
        before = {"device_id": None, "state": sim.state, "line_id": sim.line_id}
        return Connection(sim_id=sim.id, sim_before=before, puts_in=True), sim.line_id
    return Connection(iccid=iccid, puts_in=True), None


def _contradict(
    row: Row, owner: int, device: KnownDevice | None, field: str, said: str, recorded: str | None, result: ImportPlan
) -> None:
    """Of the device of the row, which may be one that it adds: the same file again must have nothing left to tell."""
    if device is None:
        result.contradict_added(row, owner, field, said, recorded)
    else:
        result.contradict(row, device, field, said, said, recorded)


def _only_sim(
    row: Row, number: str | None, inside: list[KnownSim], result: ImportPlan
) -> tuple[Connection, int | None] | None:
    """The one SIM that is in the device already: a number is kept with its SIM, not with the device."""
    if len(inside) == 1:
        return Connection(sim_id=inside[0].id), inside[0].line_id
    if number is not None:
        why = "the device has several" if inside else "there is none"
        result.tell(
            row,
            "number-without-sim",
            "phone_number",
            f"a number is kept with its SIM, and {why}; give the ICCID",
            number,
        )
    return None


def settle_line(
    row: Row, owner: int, number: str | None, said: dict[str, Any], connection: Connection, line_id: int | None,
    known: Connections, result: ImportPlan,
) -> Connection:  # fmt: skip
    """The same connection with the line that the row names on its SIM, where nothing speaks against it."""
    held = known.lines_by_id.get(line_id) if line_id is not None else None
    if number is None or (held is not None and held.number == number):
        return connection if held is None else terms_of(connection, held, said)
    if held is not None:
        result.tell(
            row, "other-number", "phone_number", "the register has another number on this SIM; decide by hand", number
        )
        return connection
    line = known.lines.get(number)
    if line is None:
        return replace(connection, number=number, links=True, line_after=said)
    if line.organisation_id != owner or line.id in known.of_line or line.id == IN_FILE:
        result.tell(
            row,
            "number-elsewhere",
            "phone_number",
            "the register has this number on another SIM; move it by hand",
            number,
        )
        return connection
    return replace(terms_of(connection, line, said), line_id=line.id, links=True)


def terms_of(connection: Connection, line: KnownLine, said: dict[str, Any]) -> Connection:
    """Carrier and tariff where the file says otherwise."""
    after = {name: value for name, value in said.items() if value != getattr(line, name)}
    before = {name: getattr(line, name) for name in after}
    return replace(connection, line_id=line.id, line_before=before, line_after=after)


def remember(owner: int, device_id: int | None, iccid: str | None, connection: Connection, known: Connections) -> None:
    """Let later rows of the file find what this one takes."""
    if iccid is not None and (connection.puts_in or connection.iccid):
        sim = KnownSim(connection.sim_id, owner, iccid, device_id, connection.line_id)
        known.sims[iccid] = sim
        if device_id is not None:
            known.in_device.setdefault(device_id, []).append(sim)
    if connection.number is not None:
        known.lines[connection.number] = KnownLine(IN_FILE, owner, connection.number)
    elif connection.links and connection.line_id is not None:
        known.of_line.setdefault(connection.line_id, [])
