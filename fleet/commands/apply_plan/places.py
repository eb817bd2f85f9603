"""Make the sites, teams, models, orders and deliveries that an import wants."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from fleet.commands.apply_plan.devices import ensure_models
from fleet.commands.apply_plan.writing import insert_recorded
from fleet.database.models import Delivery, Purchase, Site, Team
from fleet.domain.plan.devices import kind_of
from fleet.domain.plan.imports import RowPlan, Wanted


def make_places(session: Session, rows: Sequence[RowPlan]) -> dict[tuple[str, int, str], int]:
    """Make the sites, teams and models that rows want; (kind, organisation, name) -> id."""
    wanted: dict[tuple[str, int, str], None] = {}
    for one in rows:
        for value in one.after.values():
            if isinstance(value, Wanted):
                wanted[value.kind, 0 if value.kind == "model" else one.organisation_id, value.name] = None
    made: dict[tuple[str, int, str], int] = {}
    models = {name: (None, kind_of(name, None)) for kind, _, name in wanted if kind == "model"}
    made |= {("model", 0, name): model_id for name, model_id in ensure_models(session, models).items()}
    for kind, table in (("site", Site), ("team", Team)):
        for owner in {owner for each, owner, _ in wanted if each == kind}:
            names = [name for each, whose, name in wanted if (each, whose) == (kind, owner)]
            ids = insert_recorded(
                session, table, ("organisation_id", "name"), [(owner, name) for name in names], organisation_id=owner
            )
            made |= {(kind, owner, name): one for name, one in zip(names, ids, strict=True)}
    _make_orders(session, rows, made)
    return made


def _make_orders(session: Session, rows: Sequence[RowPlan], made: dict[tuple[str, int, str], int]) -> None:
    """Orders first, then the deliveries of them."""
    wanted = {
        (one.organisation_id, value): None
        for one in rows
        for name in ("purchase_id", "delivery_id")
        if isinstance(value := one.after.get(name), Wanted)
    }
    for owner in sorted({owner for owner, _ in wanted}):
        orders = [one for whose, one in wanted if whose == owner and one.kind == "order"]
        columns = ("organisation_id", "order_number", "supplier", "ordered_on")
        told = [(owner, one.name, one.supplier, one.day) for one in orders]
        ids = insert_recorded(session, Purchase, columns, told, organisation_id=owner)
        made |= {("order", owner, one.name): number for one, number in zip(orders, ids, strict=True)}
        arrivals = [one for whose, one in wanted if whose == owner and one.kind == "delivery"]
        came = [(owner, settled(one.order, owner, made), one.day) for one in arrivals]
        ids = insert_recorded(
            session, Delivery, ("organisation_id", "purchase_id", "delivered_on"), came, organisation_id=owner
        )
        made |= {("delivery", owner, one.name): number for one, number in zip(arrivals, ids, strict=True)}


def settled(value: Any, owner: int, made: Mapping[tuple[str, int, str], int]) -> Any:
    """The id of a place that was wanted; any other value as it is."""
    if isinstance(value, Wanted):
        return made[value.kind, 0 if value.kind == "model" else owner, value.name]
    return value
