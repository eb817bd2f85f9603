"""What a row says of the order that its device was bought with, and of the delivery that it came with.

An order number is no place that somebody has to agree to: one that the register does not have is taken in with its device.
What is recorded is never replaced.
"""

from datetime import date
from typing import Any

from fleet.domain.plan.imports.known import Known, KnownDevice
from fleet.domain.plan.imports.result import ImportPlan, Row, Wanted
from fleet.domain.search import fold


class Orders:
    """The orders and deliveries of one file."""

    def __init__(self, known: Known, sets: frozenset[str], result: ImportPlan) -> None:
        self.known, self.sets, self.result = known, sets, result
        self.wanted: dict[tuple[Any, ...], Wanted] = {}

    def add(self, row: Row, owner: int, device: KnownDevice | None, wanted: dict[str, Any]) -> None:
        """Put purchase and delivery among what a row wants."""
        held = device.values if device is not None else {}
        order = self._order(row, owner)
        if order is not None and held.get("purchase_id") in (None, order):
            wanted["purchase_id"] = order
        elif order is not None:
            number = str(row.values["order_number"])
            self.result.tell(row, "other-order", "order_number", "the register has it with another order", number)
            return
        delivered = row.values.get("delivered_on")
        if "delivered_on" in self.sets and isinstance(delivered, date) and held.get("delivery_id") is None:
            wanted["delivery_id"] = self._delivery(
                owner, order if order is not None else held.get("purchase_id"), delivered
            )

    def _order(self, row: Row, owner: int) -> int | Wanted | None:
        number = row.values.get("order_number")
        if number is None or "order_number" not in self.sets:
            return None
        found = self.known.orders.get((owner, fold(str(number))))
        if found is not None:
            return found
        supplier, day = row.values.get("supplier"), row.values.get("purchased_on")
        made = Wanted("order", str(number), str(supplier) if supplier else None, day if isinstance(day, date) else None)
        return self.wanted.setdefault(("order", owner, fold(str(number))), made)

    def _delivery(self, owner: int, order: int | Wanted | None, day: date) -> int | Wanted:
        number = order if not isinstance(order, Wanted) else None
        found = self.known.deliveries.get((owner, number, day)) if not isinstance(order, Wanted) else None
        if found is not None:
            return found
        name = f"{order.name if isinstance(order, Wanted) else order or 'no order'}, {day.isoformat()}"
        return self.wanted.setdefault(("delivery", owner, name), Wanted("delivery", name, day=day, order=order))
