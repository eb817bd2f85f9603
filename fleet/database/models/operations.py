"""How the register is worked: findings, runs, operators."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database.models.base import AUTOINCREMENT, Model, OrganisationOwned, one_of, reference
from fleet.database.types import Id, Json

FINDING_STATES = ("open", "acknowledged", "snoozed", "fixed")
RUN_STATES = ("running", "complete", "failed", "refused", "killed")
DELIVERY_STATES = ("intended", "sent", "failed", "unknown")
ROLES = ("administrator", "technician", "auditor")


class Finding(OrganisationOwned, Model):
    """A discrepancy with an owner and a fate. What the rules write makes no history; what people decide does."""

    __tablename__ = "finding"
    __table_args__ = (
        one_of("state", FINDING_STATES),
        one_of("severity", ("high", "medium", "low")),
        UniqueConstraint("rule", "identity"),
        Index("ix_finding_state_rule", "state", "rule"),
        Index("ix_finding_subject_type_subject_id", "subject_type", "subject_id"),
        AUTOINCREMENT,
    )
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"sentence", "evidence", "severity", "subject", "first_seen", "last_seen", "times_seen", "fixed_at", "worse_at"}
    )

    rule: Mapped[str] = mapped_column(Text)
    identity: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    subject_type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int | None] = mapped_column(Id)
    subject: Mapped[str] = mapped_column(Text)
    sentence: Mapped[str] = mapped_column(Text)
    evidence: Mapped[Any] = mapped_column(Json)
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    times_seen: Mapped[int] = mapped_column(default=1, server_default="1")
    fixed_at: Mapped[datetime | None]
    worse_at: Mapped[datetime | None]
    """When it last came back or became graver."""
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_until: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    assigned_to: Mapped[str | None] = mapped_column(Text)


class FindingCount(OrganisationOwned, Model):
    """How many findings of a rule were open after a night: the trend."""

    __tablename__ = "finding_count"
    __table_args__ = (UniqueConstraint("organisation_id", "rule", "counted_on"), AUTOINCREMENT)
    history: ClassVar[bool] = False

    rule: Mapped[str] = mapped_column(Text)
    counted_on: Mapped[date]
    open: Mapped[int]


class Run(Model):
    """One sync or import, with its plan in numbers. At most one is running per tenant."""

    __tablename__ = "run"
    __table_args__ = (
        one_of("kind", ("sync", "import", "demo")),
        one_of("state", RUN_STATES),
        Index("uq_run_tenant_id_running", "tenant_id", unique=True, sqlite_where=text("state = 'running'"),
              postgresql_where=text("state = 'running'")),
        Index("uq_run_source_running", "source", unique=True, sqlite_where=text("state = 'running' AND kind = 'sync'"),
              postgresql_where=text("state = 'running' AND kind = 'sync'")),
        AUTOINCREMENT,
    )  # fmt: skip
    history: ClassVar[bool] = False

    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    organisation_id: Mapped[int | None] = reference("organisation.id")
    tenant_id: Mapped[int | None] = reference("tenant.id", index=False)
    actor: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    """A running run whose lease has passed was killed."""
    heartbeat_at: Mapped[datetime | None]
    """When its program last said that it is alive."""
    host: Mapped[str | None] = mapped_column(Text)
    process: Mapped[int | None]
    counts: Mapped[Any] = mapped_column(Json, default=dict)
    problems: Mapped[Any] = mapped_column(Json, default=list)
    error: Mapped[str | None] = mapped_column(Text)
    file_name: Mapped[str | None] = mapped_column(Text)
    file_hash: Mapped[str | None] = mapped_column(Text)
    files: Mapped[Any] = mapped_column(Json, default=list)
    """Of an import, how each file was read: its name and hash, sheet, header row, and header -> field."""
    event_id: Mapped[int | None] = mapped_column(Id, index=True)
    head_hash: Mapped[str | None] = mapped_column(Text)
    """Head of the hash chain after the run: a cut tail shows."""


class ReportDelivery(Model):
    """A report for somebody, for a period: what was meant to be sent is written down before it is sent.

    One row per report, period and recipient, so that nothing goes out twice; each outcome is an Event.
    """

    __tablename__ = "report_delivery"
    __table_args__ = (
        one_of("state", DELIVERY_STATES),
        UniqueConstraint("report", "period", "recipient"),
        AUTOINCREMENT,
    )
    history: ClassVar[bool] = False

    organisation_id: Mapped[int | None] = reference("organisation.id")
    """None: it is about several."""
    job: Mapped[str] = mapped_column(Text)
    """Its name in the configuration."""
    report: Mapped[str] = mapped_column(Text)
    """Report, whose, form, filters and masking in one line: what was asked for."""
    period: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    actor: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(Text)
    process: Mapped[int]
    intended_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    file_name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Id)
    """Bytes."""
    digest: Mapped[str] = mapped_column(Text)
    """SHA-256 of the file."""
    error: Mapped[str | None] = mapped_column(Text)
    event_id: Mapped[int | None] = mapped_column(Id)


class ImportMapping(Model):
    """What a person said that the columns of a kind of file mean, remembered by its set of headers."""

    __tablename__ = "import_mapping"
    __table_args__ = (AUTOINCREMENT,)

    signature: Mapped[str] = mapped_column(Text, unique=True)
    """Of the set of headers, as they are compared."""
    headers: Mapped[Any] = mapped_column(Json)
    """As they were written when it was said."""
    columns: Mapped[Any] = mapped_column(Json)
    """Header -> field, "" for not to be read."""
    layout: Mapped[str | None] = mapped_column(Text)
    """Where a person chose it."""
    header_row: Mapped[int | None]
    """Where a person named it; from 1."""
    said_by: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime]


class Operator(Model):
    """Who may use the register, and in which role."""

    __tablename__ = "operator"
    __table_args__ = (one_of("role", ROLES), AUTOINCREMENT)

    name: Mapped[str] = mapped_column(Text, unique=True)
    display_name: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    all_organisations: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class OperatorOrganisation(Model):
    """An organisation that an operator may see."""

    __tablename__ = "operator_organisation"
    __table_args__ = (UniqueConstraint("operator_id", "organisation_id"), AUTOINCREMENT)

    operator_id: Mapped[int] = mapped_column(Id, ForeignKey("operator.id"))
    organisation_id: Mapped[int] = mapped_column(Id, ForeignKey("organisation.id"))
