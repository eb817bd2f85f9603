"""What was bought and what arrived."""

from datetime import date

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database.models.base import AUTOINCREMENT, Model, OrganisationOwned, reference


class Purchase(OrganisationOwned, Model):
    """An order: supplier, number, date, total."""

    __tablename__ = "purchase"
    __table_args__ = (UniqueConstraint("organisation_id", "order_number"), AUTOINCREMENT)

    order_number: Mapped[str] = mapped_column(Text)
    supplier: Mapped[str | None] = mapped_column(Text)
    ordered_on: Mapped[date | None]
    total_pence: Mapped[int | None]


class Delivery(OrganisationOwned, Model):
    """One arrival of goods from an order."""

    __tablename__ = "delivery"
    __table_args__ = (AUTOINCREMENT,)

    purchase_id: Mapped[int | None] = reference("purchase.id")
    delivered_on: Mapped[date]
    note_number: Mapped[str | None] = mapped_column(Text)
    received_by: Mapped[str | None] = mapped_column(Text)
    site_id: Mapped[int | None] = reference("site.id")
