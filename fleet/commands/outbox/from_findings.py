"""What a finding suggests that Intune be asked: into the outbox, unlooked at, for somebody to confirm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fleet.commands.assignments import Done
from fleet.commands.outbox.asking import Order, ask
from fleet.config.actions import ActionRules
from fleet.domain.remote import action_of


@dataclass(frozen=True, slots=True)
class Orders:
    """What the configuration says of remote actions."""

    rules: ActionRules
    tenants: frozenset[str]
    """Those whose remote actions are set up."""


NONE = Orders(ActionRules(), frozenset())


def put_into_outbox(
    session: Session, wanted: Sequence[Order], action: str, orders: Orders, *, now: datetime, actor: str, reason: str
) -> list[Done]:
    """Ask for an action on each, as part of settling findings; nobody has looked at the devices yet."""
    asked = ask(
        session, wanted, action_of(action).told({}), now=now, actor=actor, rules=orders.rules,
        configured=dict.fromkeys(orders.tenants), reason=reason, checked=False,
    )  # fmt: skip
    return [Done(one.recorded.device_id, one.recorded.name, f"{one.sentence} Number {one.order_id}.") for one in asked]
