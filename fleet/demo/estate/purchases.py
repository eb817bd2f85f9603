"""Buys the hardware: orders of ten to sixty of one model, delivered in one or two consignments, over five years."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from fleet.demo.estate.seeds import DeliverySeed, ModelSeed, OrganisationSeed, PurchaseSeed

SUPPLIERS = ("Harbourlight Technology Ltd", "Bramble & Finch IT", "Severnside Device Supply", "Tallow Lane Telecom plc")
FIVE_YEARS = 1825
ON_SALE = 1300
"""Days for which a model can be bought, refurbished at the end."""


def _ends_soon(delivered_ago: int, months: int) -> bool:
    """Whether the warranty of an order ends about now: only those that are planted do."""
    return -20 <= 365 * months // 12 - delivered_ago <= 60


@dataclass(slots=True)
class Consignment:
    """What arrived on one day of one order. Ages are days before the estate's `now`."""

    number: str
    delivered_ago: int
    quantity: int = 0


@dataclass(slots=True)
class Order:
    """An order that is still being filled."""

    number: str
    organisation: str
    supplier: str
    model: ModelSeed
    price_pence: int
    ordered_ago: int
    warranty_months: int
    cost_code: str
    capacity: int
    consignments: list[Consignment]

    @property
    def quantity(self) -> int:
        """Units so far."""
        return sum(one.quantity for one in self.consignments)

    def take(self) -> Consignment:
        """One unit, from the second consignment once half of a large order has come."""
        late = len(self.consignments) > 1 and self.consignments[0].quantity >= self.capacity // 2
        consignment = self.consignments[1 if late else 0]
        consignment.quantity += 1
        return consignment


@dataclass(slots=True)
class Procurement:
    """The orders of one organisation."""

    organisation: OrganisationSeed
    cost_code: str
    today: date
    random: Random
    orders: list[Order] = field(default_factory=list)
    _open: dict[tuple[str, bool], Order] = field(default_factory=dict)

    def buy(self, model: ModelSeed, *, recent: bool) -> tuple[Order, Consignment]:
        """One unit of a model: delivered within two months when recent, else at least four months ago."""
        order = self._open.get((model.key, recent))
        if order is None or order.quantity >= order.capacity:
            order = self._place(model, recent=recent)
            self._open[model.key, recent] = order
        return order, order.take()

    def purchases(self) -> list[PurchaseSeed]:
        """The orders as placed."""
        return [
            PurchaseSeed(
                number=one.number,
                organisation=one.organisation,
                supplier=one.supplier,
                model=one.model.key,
                quantity=one.quantity,
                unit_price_pence=one.price_pence,
                ordered_on=self.day(one.ordered_ago),
                warranty_months=one.warranty_months,
                cost_code=one.cost_code,
            )
            for one in self.orders
        ]

    def deliveries(self) -> list[DeliverySeed]:
        """The consignments that held something."""
        return [
            DeliverySeed(one.number, order.number, order.organisation, self.day(one.delivered_ago), one.quantity)
            for order in self.orders
            for one in order.consignments
            if one.quantity
        ]

    def day(self, ago: int) -> date:
        """The date so many days ago."""
        return self.today - timedelta(days=ago)

    def _place(self, model: ModelSeed, *, recent: bool) -> Order:
        random = self.random
        on_sale = (self.today - model.released_on).days - 20
        ordered_ago = random.randint(40, 80) if recent else self._ordered_ago(on_sale)
        serial_number = len(self.orders) + 1
        delivered_ago = ordered_ago - random.randint(5, 20)
        note = f"DN-{self.organisation.tag_prefix}-{serial_number:05d}"
        capacity = random.randint(10, 60)
        consignments = [Consignment(f"{note}-1", delivered_ago)]
        months = random.choice((12, 24, 24, 36))
        if _ends_soon(delivered_ago, months):
            months = 36 if months < 36 else 24
        if capacity > 30:
            consignments.append(Consignment(f"{note}-2", delivered_ago - random.randint(3, 9)))
        order = Order(
            number=f"PO-{self.organisation.tag_prefix}-{serial_number:05d}",
            organisation=self.organisation.key,
            supplier=random.choice(SUPPLIERS),
            model=model,
            price_pence=model.price_pence * random.randint(84, 104) // 100,
            ordered_ago=ordered_ago,
            warranty_months=months,
            cost_code=self.cost_code,
            capacity=capacity,
            consignments=consignments,
        )
        self.orders.append(order)
        return order

    def _ordered_ago(self, since_release: int) -> int:
        """Within the last five years and while the model was sold."""
        latest = min(max(175, since_release - ON_SALE), FIVE_YEARS - 60)
        return self.random.randint(latest, max(latest, min(FIVE_YEARS, since_release)))
