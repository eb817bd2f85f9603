"""Who has what, what they signed, what was counted and what went wrong."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database.models.base import AUTOINCREMENT, Model, OrganisationOwned, one_of, reference
from fleet.database.types import Json

_OPEN = text("returned_on IS NULL")


class Assignment(OrganisationOwned, Model):
    """A device issued to a person, or to a site or team as shared equipment; an interval of days."""

    __tablename__ = "assignment"
    __table_args__ = (
        one_of("kind", ("permanent", "loan")),
        CheckConstraint(
            "(person_id IS NOT NULL AND site_id IS NULL AND team_id IS NULL)"
            " OR (person_id IS NULL AND (site_id IS NOT NULL OR team_id IS NOT NULL))",
            name="a_person_or_shared",
        ),
        CheckConstraint("kind = 'loan' OR due_on IS NULL", name="only_loans_are_due"),
        CheckConstraint("returned_on IS NULL OR returned_on >= issued_on", name="returned_after_issue"),
        Index(
            "uq_assignment_device_id_open",
            "device_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_assignment_person_id_open", "person_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        AUTOINCREMENT,
    )

    device_id: Mapped[int] = reference("device.id")
    person_id: Mapped[int | None] = reference("person.id")
    site_id: Mapped[int | None] = reference("site.id")
    team_id: Mapped[int | None] = reference("team.id")
    kind: Mapped[str] = mapped_column(Text, default="permanent", server_default="permanent")
    issued_on: Mapped[date]
    due_on: Mapped[date | None]
    returned_on: Mapped[date | None]
    condition: Mapped[str | None] = mapped_column(Text)
    """Condition on return, in words."""
    receipt_id: Mapped[int | None] = reference("receipt.id")
    return_receipt_id: Mapped[int | None] = reference("receipt.id")


ITEM_KINDS = ("case", "charger", "cable", "keyboard", "pencil", "sim", "other")


class AssignmentItem(OrganisationOwned, Model):
    """Something that went out with a device in one bundle: case, charger, keyboard, SIM."""

    __tablename__ = "assignment_item"
    __table_args__ = (
        one_of("kind", ITEM_KINDS),
        CheckConstraint("(kind = 'sim') = (sim_id IS NOT NULL)", name="only_sims_are_sims"),
        AUTOINCREMENT,
    )

    assignment_id: Mapped[int] = reference("assignment.id")
    kind: Mapped[str] = mapped_column(Text)
    sim_id: Mapped[int | None] = reference("sim.id")
    returned_on: Mapped[date | None]
    missing: Mapped[bool] = mapped_column(default=False)
    """Not there when the device came back."""


class Reservation(OrganisationOwned, Model):
    """A device kept for somebody, for a starter or for a loan on given days."""

    __tablename__ = "reservation"
    __table_args__ = (
        one_of("state", ("open", "issued", "cancelled")),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="ends_after_it_begins"),
        AUTOINCREMENT,
    )

    device_id: Mapped[int] = reference("device.id")
    person_id: Mapped[int] = reference("person.id")
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    """Last day of a loan; None for a permanent issue."""
    state: Mapped[str] = mapped_column(Text, default="open", server_default="open")
    made_by: Mapped[str] = mapped_column(Text)


class ReceiptText(Model):
    """A version of the text that people sign; never changed, only followed by another."""

    __tablename__ = "receipt_text"
    __table_args__ = (one_of("kind", ("issue", "return")), UniqueConstraint("kind", "version"), AUTOINCREMENT)

    kind: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class Receipt(OrganisationOwned, Model):
    """The frozen text of what was signed, with its hash."""

    __tablename__ = "receipt"
    __table_args__ = (one_of("kind", ("issue", "return")), AUTOINCREMENT)

    kind: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = reference("person.id")
    made_at: Mapped[datetime]
    text_version: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[str] = mapped_column(Text)
    """SHA-256 of the body, hexadecimal."""
    accepted_at: Mapped[datetime | None]
    accepted_how: Mapped[str | None] = mapped_column(Text)
    """typed or paper."""
    accepted_as: Mapped[str | None] = mapped_column(Text)
    """The name as typed, or the file name of the scanned paper copy."""


class Stocktake(OrganisationOwned, Model):
    """A count of what is really there, for a scope."""

    __tablename__ = "stocktake"
    __table_args__ = (AUTOINCREMENT,)

    title: Mapped[str] = mapped_column(Text)
    scope: Mapped[Any] = mapped_column(Json)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(Text)


class StocktakeExpected(OrganisationOwned, Model):
    """A device that a stocktake expects, as the register had it when the stocktake was opened."""

    __tablename__ = "stocktake_expected"
    __table_args__ = (UniqueConstraint("stocktake_id", "device_id"), AUTOINCREMENT)

    stocktake_id: Mapped[int] = reference("stocktake.id")
    device_id: Mapped[int] = reference("device.id")
    site_id: Mapped[int | None] = reference("site.id", index=False)
    person_id: Mapped[int | None] = reference("person.id")


class StocktakeScan(OrganisationOwned, Model):
    """One scan within a stocktake, exactly as it came."""

    __tablename__ = "stocktake_scan"
    __table_args__ = (AUTOINCREMENT,)

    stocktake_id: Mapped[int] = reference("stocktake.id")
    device_id: Mapped[int | None] = reference("device.id")
    scanned: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    scanned_at: Mapped[datetime]
    scanned_by: Mapped[str] = mapped_column(Text)
    site_id: Mapped[int | None] = reference("site.id", index=False)
    """Where it was scanned."""
    person_id: Mapped[int | None] = reference("person.id")
    """Who had it, if that was said; of one that nobody else saw, the holder who said they have it."""
    holder_confirmed: Mapped[bool] = mapped_column(default=False)


class Incident(OrganisationOwned, Model):
    """Lost, stolen or damaged: a run sheet of timed steps."""

    __tablename__ = "incident"
    __table_args__ = (
        one_of("kind", ("lost", "stolen", "damaged")),
        Index("uq_incident_device_id_open", "device_id", unique=True, sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
        AUTOINCREMENT,
    )  # fmt: skip

    device_id: Mapped[int] = reference("device.id")
    person_id: Mapped[int | None] = reference("person.id")
    kind: Mapped[str] = mapped_column(Text)
    occurred_on: Mapped[date]
    reported_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    reference: Mapped[str | None] = mapped_column(Text)
    value_pence: Mapped[int | None]


class IncidentStep(OrganisationOwned, Model):
    """One step of an incident: what was done, when, by whom."""

    __tablename__ = "incident_step"
    __table_args__ = (AUTOINCREMENT,)

    incident_id: Mapped[int] = reference("incident.id")
    step: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime]
    done_by: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
