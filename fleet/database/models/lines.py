"""SIMs and lines: the card, the number and the phone are three things."""

from datetime import date

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database.models.base import AUTOINCREMENT, Model, OrganisationOwned, one_of, reference

LINE_STATES = ("active", "suspended", "barred", "quarantined", "ended")
SIM_STATES = ("stock", "active", "lost", "ended")


class Line(OrganisationOwned, Model):
    """A phone number with its contract."""

    __tablename__ = "line"
    __table_args__ = (
        one_of("state", LINE_STATES),
        Index("uq_line_number", "number", unique=True, sqlite_where=text("number IS NOT NULL"),
              postgresql_where=text("number IS NOT NULL")),
        AUTOINCREMENT,
    )  # fmt: skip

    number: Mapped[str | None] = mapped_column(Text)
    """E.164; None for a data-only line."""
    carrier: Mapped[str | None] = mapped_column(Text)
    tariff: Mapped[str | None] = mapped_column(Text)
    monthly_pence: Mapped[int | None]
    """What it costs a month without VAT: as the contract or the newest bill says."""
    billed_on: Mapped[date | None]
    """Of the newest bill that says what it costs."""
    contract_until: Mapped[date | None]
    cost_code: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="active", server_default="active")


class Sim(OrganisationOwned, Model):
    """A SIM card or eSIM profile, where the register has it."""

    __tablename__ = "sim"
    __table_args__ = (one_of("state", SIM_STATES), AUTOINCREMENT)

    iccid: Mapped[str] = mapped_column(Text, unique=True)
    line_id: Mapped[int | None] = reference("line.id")
    device_id: Mapped[int | None] = reference("device.id")
    is_esim: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(Text, default="active", server_default="active")
