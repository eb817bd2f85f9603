"""Who is served: organisations, their tenants, sites and teams."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database.models.base import AUTOINCREMENT, Model, OrganisationOwned


class Organisation(Model):
    """A sovereign council or a body it serves."""

    __tablename__ = "organisation"
    __table_args__ = (AUTOINCREMENT,)

    key: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)


class Tenant(OrganisationOwned, Model):
    """One Microsoft tenant of an organisation, and how far its reading has come."""

    __tablename__ = "tenant"
    __table_args__ = (AUTOINCREMENT,)
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"people_delta_link", "last_complete_at", "last_device_count", "credential_until", "audit_read_to"}
    )

    key: Mapped[str] = mapped_column(Text, unique=True)
    tenant_guid: Mapped[str] = mapped_column(Text)
    people_delta_link: Mapped[str | None] = mapped_column(Text)
    last_complete_at: Mapped[datetime | None]
    """Start of the last read that was complete and applied."""
    last_device_count: Mapped[int | None]
    credential_until: Mapped[date | None]
    """Last day of the certificate or secret that the sync signs in with, as the last one knew it."""
    audit_read_to: Mapped[datetime | None]
    """How far Intune's audit of remote actions was read."""


class Site(OrganisationOwned, Model):
    """A place: office, hub, depot, storeroom."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("organisation_id", "name"), AUTOINCREMENT)

    name: Mapped[str] = mapped_column(Text)


class Team(OrganisationOwned, Model):
    """A service area and its cost code."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("organisation_id", "name"), AUTOINCREMENT)

    name: Mapped[str] = mapped_column(Text)
    cost_code: Mapped[str | None] = mapped_column(Text)
