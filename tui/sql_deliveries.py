"""Deliveries on the real register: the list is read here, the work is done by Fleet's own command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleet.commands.deliveries import Standing, standings
from fleet.errors import FleetError
from tui.files import DeliveryDue
from tui.own_program import answer_of, run_fleet, said_by
from tui.text import counted

if TYPE_CHECKING:
    from tui.sql_register import SqlRegister


def list_deliveries(register: SqlRegister, text: str, offset: int, limit: int) -> Sequence[Standing]:
    """Deliveries that match, newest first."""
    with register.reading() as session:
        return standings(session, text=text, offset=offset, limit=limit)


def count_deliveries(register: SqlRegister, text: str) -> int:
    """How many match."""
    from fleet.commands.deliveries.ledger import count_standings

    with register.reading() as session:
        return count_standings(session, text=text)


def delivery_plan(register: SqlRegister) -> Sequence[DeliveryDue]:
    """What is due, and what is not."""
    answer = _ask(register, "plan")
    return [DeliveryDue(one["report"], one["period"], one["recipient"], one["state"]) for one in answer]


def deliver_now(register: SqlRegister) -> str:
    """Deliver what is due; what became of it, in words."""
    answer = _ask(register, "run")
    states = [one["state"] for one in answer]
    wrong = [one for one in answer if one["state"] in ("failed", "unknown", "given up")]
    told = f"Delivered: {counted(states.count('sent'), 'copy', 'copies')} sent"
    if wrong:
        told += f", {len(wrong)} to look at: {wrong[0]['recipient']}: {wrong[0]['error'] or wrong[0]['state']}"
    return told + "."


def settle_delivery(register: SqlRegister, delivery_id: int, sent: bool, reason: str) -> str:
    """Say whether a delivery arrived."""
    options = ["--reason", reason] if reason else []
    ran = run_fleet(
        register.config,
        register.clock(),
        ["deliver", "settle", str(delivery_id), "--sent" if sent else "--not-sent", *options],
    )
    if ran.code:
        raise FleetError(said_by(ran) or "That could not be noted.")
    return ran.out.strip()


def _ask(register: SqlRegister, what: str) -> list[dict[str, str]]:
    answer = answer_of(
        register.config,
        register.clock(),
        ["deliver", what, "--json"],
        key="deliveries",
        otherwise="Nothing could be delivered.",
    )
    found: list[dict[str, str]] = answer["deliveries"]
    return found
