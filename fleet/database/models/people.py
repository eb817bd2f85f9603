"""People and their own devices' registrations."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database.models.base import AUTOINCREMENT, Model, OrganisationOwned, one_of, reference

PERSON_STATES = ("starter", "active", "long_leave", "left")
BYOD_STATES = ("requested", "approved", "enrolled", "ended", "refused")
BYOD_ENDINGS = ("left", "lost", "replaced", "withdrew", "other")
_RUNNING = text("ended_on IS NULL")


class Person(OrganisationOwned, Model):
    """Staff or councillor. Never deleted once anything was issued to them; erasure anonymises."""

    __tablename__ = "person"
    __table_args__ = (
        one_of("state", PERSON_STATES),
        Index("uq_person_tenant_id_entra_id", "tenant_id", "entra_id", unique=True,
              sqlite_where=text("entra_id IS NOT NULL"), postgresql_where=text("entra_id IS NOT NULL")),
        AUTOINCREMENT,
    )  # fmt: skip

    volatile: ClassVar[frozenset[str]] = frozenset({"hay", "version"})

    tenant_id: Mapped[int | None] = reference("tenant.id")
    entra_id: Mapped[str | None] = mapped_column(Text)
    upn: Mapped[str | None] = mapped_column(Text, index=True)
    """Lower case."""
    display_name: Mapped[str] = mapped_column(Text)
    given_name: Mapped[str | None] = mapped_column(Text)
    surname: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    job_title: Mapped[str | None] = mapped_column(Text)
    department: Mapped[str | None] = mapped_column(Text)
    office: Mapped[str | None] = mapped_column(Text)
    employee_id: Mapped[str | None] = mapped_column(Text)
    employee_type: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(Text)
    """social_worker, councillor, manager, staff."""
    state: Mapped[str] = mapped_column(Text, server_default="active", default="active")
    account_enabled: Mapped[bool | None]
    start_on: Mapped[date | None]
    left_on: Mapped[date | None]
    team_id: Mapped[int | None] = reference("team.id")
    site_id: Mapped[int | None] = reference("site.id")
    manager_id: Mapped[int | None] = reference("person.id")
    erased_at: Mapped[datetime | None]
    hay: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Everything a person might type to find them, case-folded."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declaration


class ByodRegistration(OrganisationOwned, Model):
    """A person's consent to use their own device: request, approval, terms, enrolment, exit."""

    __tablename__ = "byod_registration"
    __table_args__ = (
        one_of("state", BYOD_STATES),
        one_of("ended_because", BYOD_ENDINGS),
        Index("uq_byod_registration_intune_id_open", "intune_id", unique=True,
              sqlite_where=_RUNNING, postgresql_where=_RUNNING),
        AUTOINCREMENT,
    )  # fmt: skip
    volatile: ClassVar[frozenset[str]] = frozenset({"version"})

    person_id: Mapped[int] = reference("person.id")
    device_id: Mapped[int | None] = reference("device.id")
    intune_id: Mapped[str | None] = mapped_column(Text, index=True)
    """A personal device under Apple User Enrolment has no serial: this enrolment is its identity."""
    state: Mapped[str] = mapped_column(Text)
    said_kind: Mapped[str | None] = mapped_column(Text)
    """What its owner says it is, before Intune knows it: kind, model, OS version, and what it is wanted for."""
    said_model: Mapped[str | None] = mapped_column(Text)
    said_os: Mapped[str | None] = mapped_column(Text)
    purpose: Mapped[str | None] = mapped_column(Text)
    requested_on: Mapped[date]
    approved_by: Mapped[str | None] = mapped_column(Text)
    approved_on: Mapped[date | None]
    refused_by: Mapped[str | None] = mapped_column(Text)
    refused_on: Mapped[date | None]
    terms_version: Mapped[str | None] = mapped_column(Text)
    consent_on: Mapped[date | None]
    consent_until: Mapped[date | None]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declaration
