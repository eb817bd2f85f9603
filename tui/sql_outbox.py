"""The port `Outbox` on the real register, and on Intune through the commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fleet.commands import outbox
from fleet.commands.outbox import Order, Outcome, Sender
from fleet.commands.outbox.asking import get_order, refuse_confirming
from fleet.domain.remote import ACTIONS, Recorded
from fleet.domain.remote.devices import OWNED
from fleet.errors import ConfigurationProblem, FleetError, NotAllowed
from fleet.queries.outbox import OutboxRow, list_orders
from tui.outbox import Look, Offer, Sent, SentLine, Wanted

if TYPE_CHECKING:
    from fleet.domain.remote import RemoteAction
    from tui.sql_register import SqlRegister

SIGN_IN = "sign-in-needed"


class SqlOutbox:
    """Remote actions of one operator."""

    def __init__(self, register: SqlRegister) -> None:
        self._register = register
        self._signing_in: dict[str, tuple[Any, Any]] = {}

    def rows(self, text: str, *, open_only: bool) -> Sequence[OutboxRow]:
        """The outbox."""
        with self._register.reading() as session:
            return list_orders(session, open_only=open_only, text=text)

    def offers(self, device_ids: Sequence[int]) -> Sequence[Offer]:
        """Every action, with why not."""
        config = self._register.config
        recorded = self._recorded(device_ids)
        known = outbox.configured(config)
        off = sorted({one.tenant for one in recorded} - known)
        if off:
            raise NotAllowed(
                f"Remote actions are off for {', '.join(off)}: ask {config.actions.ask}.", code="actions-off"
            )
        return [Offer(one, one.key in config.actions.second, _why_not(one, recorded)) for one in ACTIONS.values()]

    def look(self, wanted: Wanted) -> Look:
        """Read the device."""
        (recorded,) = self._recorded(wanted.device_ids)
        action = ACTIONS[wanted.action]
        with self._sender() as sender:
            return Look(outbox.beside(sender.client(recorded.tenant), recorded, action), action)

    def ask(self, wanted: Wanted, typed: str | None) -> Sent:
        """Write it down, send it."""
        register, action = self._register, ACTIONS[wanted.action]
        if action.typed:
            (recorded,) = self._recorded(wanted.device_ids)
            outbox.refuse_other(recorded, typed)
        with register.writing("remote.ask", wanted.reason) as session:
            asked = outbox.ask(
                session, [Order(one) for one in wanted.device_ids], action.told(wanted.told), now=register.clock(),
                actor=register.rights.name, rules=register.config.actions,
                configured=dict.fromkeys(outbox.configured(register.config)), reason=wanted.reason,
            )  # fmt: skip
        with self._sender() as sender:
            outcomes = outbox.send(sender, [one.order_id for one in asked if one.state == "queued"])
        sent = _sent(outcomes)
        waiting = [
            SentLine(one.order_id, one.recorded.name, one.state, one.sentence) for one in asked if one.state == "asked"
        ]
        return Sent([*sent.lines, *waiting], sent.sign_in)

    def look_at(self, order_id: int) -> Look:
        """Read the device of an order."""
        with self._register.reading() as session:
            row = get_order(session, order_id)
            refuse_confirming(row, self._register.rights.name)
            recorded = outbox.recorded_of(session, row.device_id, row.enrolment_id)
            action, asked_by, reason = ACTIONS[row.action], row.asked_by, row.reason
        with self._sender() as sender:
            return Look(outbox.beside(sender.client(recorded.tenant), recorded, action), action, asked_by, reason)

    def confirm(self, order_id: int, typed: str) -> Sent:
        """Agree, send."""
        register = self._register
        with register.writing("remote.confirm", None) as session:
            row = get_order(session, order_id)
            outbox.refuse_other(outbox.recorded_of(session, row.device_id, row.enrolment_id), typed)
            outbox.confirm(session, order_id, now=register.clock(), actor=register.rights.name)
        with self._sender() as sender:
            return _sent(outbox.send(sender, [order_id]))

    def cancel(self, order_ids: Sequence[int]) -> str:
        """Take back."""
        register = self._register
        with register.writing("remote.cancel", None) as session:
            for one in order_ids:
                outbox.cancel(session, one, now=register.clock(), actor=register.rights.name)
        return "Taken back: " + ", ".join(f"number {one}" for one in order_ids) + "."

    def settle(self, order_id: int, *, happened: bool, note: str) -> str:
        """A person knows."""
        register = self._register
        with register.writing("remote.settle", note) as session:
            row = outbox.settle(
                session, order_id, happened=happened, now=register.clock(), actor=register.rights.name, note=note
            )
            return f"Number {order_id} is {row.state}."

    def send(self) -> Sent:
        """Look, then send."""
        with self._sender() as sender:
            looked = outbox.follow(sender)
            sent = outbox.send(sender)
        return _sent(list({one.order_id: one for one in (*looked, *sent)}.values()))

    def reveal(self, order_id: int) -> tuple[str, str]:
        """Once."""
        with self._sender() as sender:
            found = outbox.reveal(sender, order_id)
        return found.what, found.reveal()

    def begin_sign_in(self, tenant: str) -> str:
        """A code, or word that a browser opens."""
        config = self._register.config
        how = config.tenant(tenant).actions
        who = outbox.technician(config, tenant, self._register.rights.name)
        if how is not None and how.sign_in == "browser":
            self._signing_in[tenant] = (who, None)
            return "A browser opens on this machine. Sign in there."
        code = who.begin()
        self._signing_in[tenant] = (who, code)
        return code.message or f"Open {code.address} and type {code.user_code}."

    def finish_sign_in(self, tenant: str) -> str:
        """Wait."""
        who, code = self._signing_in.pop(tenant, (None, None))
        if who is None:
            raise ConfigurationProblem("The sign-in was given up.")
        self._signing_in[tenant] = (who, code)
        try:
            name = who.browser() if code is None else who.finish(code)
        finally:
            self._signing_in.pop(tenant, None)
        return f"Signed in to {tenant} as {name}. The sign-in is kept {who.protection}."

    def give_up_sign_in(self, tenant: str) -> None:
        """End the waiting."""
        _, code = self._signing_in.pop(tenant, (None, None))
        if code is not None:
            code.give_up()

    def _sender(self) -> Sender:
        register = self._register
        return outbox.sender(register.database, register.config, register.rights, register.clock)

    def _recorded(self, device_ids: Sequence[int]) -> list[Recorded]:
        with self._register.reading() as session:
            return [outbox.recorded_of(session, one) for one in device_ids]


def _why_not(action: RemoteAction, recorded: Sequence[Recorded]) -> str | None:
    """Why an action is not possible with these devices."""
    if action.key != "retire" and any(one.ownership != OWNED for one in recorded):
        return "somebody's own device is only retired"
    if action.typed and len(recorded) > 1:
        return "for one device at a time here"
    if action.key == "rename" and len(recorded) > 1:
        return "one name is for one device"
    if action.supervised and any(one.supervised is False for one in recorded):
        return "not supervised"
    return None


def _sent(outcomes: Sequence[Outcome]) -> Sent:
    troubles: list[FleetError] = [one.trouble for one in outcomes if one.trouble is not None]
    needed = next((str(one.facts.get("tenant")) for one in troubles if one.code == SIGN_IN), None)
    return Sent([SentLine(one.order_id, one.device, one.state, one.sentence) for one in outcomes], needed)
