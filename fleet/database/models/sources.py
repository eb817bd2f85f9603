"""What sources beside the lists of devices and people said: Apple's list, tokens, apps on own devices, the portal."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database.models.base import AUTOINCREMENT, Model, OrganisationOwned, one_of, reference
from fleet.database.types import Id, Json


class AppleSource(OrganisationOwned, Model):
    """A list of what an organisation bought, and how far its reading has come."""

    __tablename__ = "apple_source"
    __table_args__ = (one_of("kind", ("business", "ade")), UniqueConstraint("kind", "key"), AUTOINCREMENT)
    history: ClassVar[bool] = False

    kind: Mapped[str] = mapped_column(Text)
    """business: Apple Business Manager; ade: what Intune's enrolment tokens brought in from it."""
    key: Mapped[str] = mapped_column(Text)
    """The account's or the tenant's, as in config.toml."""
    last_complete_at: Mapped[datetime | None]
    last_count: Mapped[int | None]
    servers: Mapped[Any] = mapped_column(Json, default=list)
    """Names of the device management services of the account."""
    right_servers: Mapped[Any] = mapped_column(Json, default=list)
    """Those of them that devices belong to, by config.toml; empty where it does not say."""


class AppleListing(OrganisationOwned, Model):
    """A device on such a list, as it was last told: a mirror, which makes no history."""

    __tablename__ = "apple_listing"
    __table_args__ = (UniqueConstraint("source_id", "serial"), AUTOINCREMENT)
    history: ClassVar[bool] = False

    source_id: Mapped[int] = mapped_column(Id, ForeignKey("apple_source.id"))
    serial: Mapped[str] = mapped_column(Text, index=True)
    model: Mapped[str | None] = mapped_column(Text)
    family: Mapped[str | None] = mapped_column(Text)
    order_number: Mapped[str | None] = mapped_column(Text)
    ordered_on: Mapped[date | None]
    added_on: Mapped[date | None]
    status: Mapped[str | None] = mapped_column(Text)
    server: Mapped[str | None] = mapped_column(Text)
    coverage_until: Mapped[date | None]
    coverage: Mapped[str | None] = mapped_column(Text)
    coverage_asked_at: Mapped[datetime | None]
    missing_runs: Mapped[int] = mapped_column(default=0, server_default="0")
    gone_at: Mapped[datetime | None]
    """When it had been absent from two complete reads: Apple released it."""


class ServiceToken(OrganisationOwned, Model):
    """What a tenant's Intune speaks with Apple by: push certificate, ADE and VPP tokens. A mirror, without history."""

    __tablename__ = "service_token"
    __table_args__ = (
        one_of("kind", ("push", "ade", "vpp")),
        UniqueConstraint("tenant_id", "kind", "graph_id"),
        AUTOINCREMENT,
    )
    history: ClassVar[bool] = False

    tenant_id: Mapped[int] = mapped_column(Id, ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(Text)
    graph_id: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    state: Mapped[str | None] = mapped_column(Text)
    synced_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


class AppDevice(OrganisationOwned, Model):
    """Somebody's device that is not enrolled and has council data in managed apps: as little as answers the question."""

    __tablename__ = "app_device"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", "tag"), AUTOINCREMENT)
    history: ClassVar[bool] = False

    tenant_id: Mapped[int] = mapped_column(Id, ForeignKey("tenant.id"))
    user_id: Mapped[str] = mapped_column(Text)
    """Entra id of its owner."""
    tag: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    platform: Mapped[str | None] = mapped_column(Text)
    os_version: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    flagged: Mapped[bool] = mapped_column(default=False)
    registered_at: Mapped[datetime | None]
    last_seen: Mapped[datetime | None]


class PortalAction(OrganisationOwned, Model):
    """A remote action that was sent to a device from elsewhere, as the tenant's audit tells it; each is there once."""

    __tablename__ = "portal_action"
    __table_args__ = (UniqueConstraint("tenant_id", "audit_id"), AUTOINCREMENT)

    tenant_id: Mapped[int] = mapped_column(Id, ForeignKey("tenant.id"))
    device_id: Mapped[int] = reference("device.id")
    audit_id: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime]
    sent_by: Mapped[str | None] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(Text)
