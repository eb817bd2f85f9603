"""The physical things and their lives in Intune."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database.models.base import AUTOINCREMENT, Model, OrganisationOwned, one_of, reference
from fleet.database.types import Id
from fleet.domain.lifecycle import STATUSES

KINDS = ("ipad", "iphone", "thin_client", "other")
OWNERSHIPS = ("organisation", "personal")


class DeviceModel(Model):
    """A model by its marketing name; the same for every organisation."""

    __tablename__ = "device_model"
    __table_args__ = (one_of("kind", KINDS), AUTOINCREMENT)

    name: Mapped[str] = mapped_column(Text, unique=True)
    manufacturer: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)


def _where_known(table: str, column: str) -> Index:
    """An index of the rows that have a value: most devices that a sync adds have none, and pay nothing for it."""
    where = text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{column}", column, sqlite_where=where, postgresql_where=where)


def _unique_where_known(column: str, *with_columns: str) -> Index:
    names = (*with_columns, column)
    where = text(f"{column} IS NOT NULL")
    return Index(f"uq_device_{'_'.join(names)}", *names, unique=True, sqlite_where=where, postgresql_where=where)


class Device(OrganisationOwned, Model):
    """The physical thing. Owner (`organisation`) and holder (open assignment) are two facts."""

    __tablename__ = "device"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("ownership", OWNERSHIPS),
        one_of("status", STATUSES),
        CheckConstraint(
            "ownership = 'organisation' OR (imei IS NULL AND imei2 IS NULL AND eid IS NULL AND serial IS NULL "
            "AND ethernet_mac IS NULL AND network_name IS NULL)",
            name="personal_is_minimal",
        ),
        CheckConstraint("status <> 'disposed' OR disposed_on IS NOT NULL", name="disposed_has_a_date"),
        _unique_where_known("serial"),
        _unique_where_known("imei"),
        _unique_where_known("asset_tag", "organisation_id"),
        *(_where_known("device", name) for name in ("imei2", "site_id", "team_id", "purchase_id", "delivery_id")),
        AUTOINCREMENT,
    )
    volatile: ClassVar[frozenset[str]] = frozenset({"enrolment_id", "hay", "version"})

    kind: Mapped[str] = mapped_column(Text)
    ownership: Mapped[str] = mapped_column(Text, default="organisation", server_default="organisation")
    status: Mapped[str] = mapped_column(Text, index=True)
    status_since: Mapped[date | None]
    model_id: Mapped[int | None] = reference("device_model.id")
    serial: Mapped[str | None] = mapped_column(Text)
    imei: Mapped[str | None] = mapped_column(Text)
    imei2: Mapped[str | None] = mapped_column(Text)
    eid: Mapped[str | None] = mapped_column(Text)
    ethernet_mac: Mapped[str | None] = mapped_column(Text)
    """Of a thin client, which its management console and the network know by it: 12 hexadecimal digits, upper case."""
    network_name: Mapped[str | None] = mapped_column(Text)
    """What the network calls a thin client, without its domain."""
    network_seen_on: Mapped[date | None]
    """When a directory last saw it, as a file of it says: with history, unlike a check-in, so that the import can be undone."""
    asset_tag: Mapped[str | None] = mapped_column(Text, index=True)
    site_id: Mapped[int | None] = reference("site.id", index=False)
    team_id: Mapped[int | None] = reference("team.id", index=False)
    cost_code: Mapped[str | None] = mapped_column(Text)
    purchase_id: Mapped[int | None] = reference("purchase.id", index=False)
    delivery_id: Mapped[int | None] = reference("delivery.id", index=False)
    purchased_on: Mapped[date | None]
    price_pence: Mapped[int | None]
    warranty_until: Mapped[date | None]
    disposed_on: Mapped[date | None]
    disposal_batch: Mapped[str | None] = mapped_column(Text)
    disposal_reference: Mapped[str | None] = mapped_column(Text)
    """The certificate's number."""
    notes: Mapped[str | None] = mapped_column(Text)
    enrolment_id: Mapped[int | None] = mapped_column(Id)
    """The newest enrolment, an open one before a closed one: a pointer, so that a list needs no `latest of` query.
    It follows from the enrolments, whose history is kept; its own is not. No foreign key: the two tables would refer
    to each other."""
    hay: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Everything a person might type, case-folded, for search."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declaration


_OPEN = text("closed_at IS NULL")


class Enrolment(OrganisationOwned, Model):
    """A device's life in one tenant's Intune: a new id after each wipe. The organisation is the tenant's."""

    __tablename__ = "enrolment"
    __table_args__ = (
        Index("uq_enrolment_tenant_id_intune_id_open", "tenant_id", "intune_id", unique=True,
              sqlite_where=_OPEN, postgresql_where=_OPEN),
        _where_known("enrolment", "iccid"),
        CheckConstraint("(closed_at IS NULL) = (closed_because IS NULL)", name="closed_says_why"),
        AUTOINCREMENT,
    )  # fmt: skip
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"last_seen", "storage_free", "enriched_at", "missing_since", "missing_runs", "fingerprint"}
    )

    organisation_id: Mapped[int] = reference("organisation.id", index=False)
    tenant_id: Mapped[int] = reference("tenant.id", index=False)
    device_id: Mapped[int] = reference("device.id")
    intune_id: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    """When a sync first saw it."""
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None] = mapped_column(Text)
    missing_since: Mapped[datetime | None]
    """First complete read in which it was absent."""
    missing_runs: Mapped[int] = mapped_column(default=0, server_default="0")
    # As Intune says; see ObservedDevice for meanings and units.
    serial: Mapped[str | None] = mapped_column(Text)
    imei: Mapped[str | None] = mapped_column(Text)
    meid: Mapped[str | None] = mapped_column(Text)
    device_name: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    manufacturer: Mapped[str | None] = mapped_column(Text)
    platform: Mapped[str | None] = mapped_column(Text)
    os_version: Mapped[str | None] = mapped_column(Text)
    ownership: Mapped[str | None] = mapped_column(Text)
    enrolment_type: Mapped[str | None] = mapped_column(Text)
    management_state: Mapped[str | None] = mapped_column(Text)
    registration_state: Mapped[str | None] = mapped_column(Text)
    compliance: Mapped[str | None] = mapped_column(Text)
    grace_until: Mapped[datetime | None]
    supervised: Mapped[bool | None]
    encrypted: Mapped[bool | None]
    jailbroken: Mapped[bool | None]
    enrolled_at: Mapped[datetime | None]
    entra_device_id: Mapped[str | None] = mapped_column(Text)
    user_id: Mapped[str | None] = mapped_column(Text)
    upn: Mapped[str | None] = mapped_column(Text)
    phone_number: Mapped[str | None] = mapped_column(Text)
    carrier: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    wifi_mac: Mapped[str | None] = mapped_column(Text)
    certificate_expires_at: Mapped[datetime | None]
    storage_total: Mapped[int | None] = mapped_column(BigInteger)
    last_seen: Mapped[datetime | None]
    storage_free: Mapped[int | None] = mapped_column(BigInteger)
    # From GET by id and the export job.
    iccid: Mapped[str | None] = mapped_column(Text)
    udid: Mapped[str | None] = mapped_column(Text)
    ethernet_mac: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[str | None] = mapped_column(Text)
    primary_user_id: Mapped[str | None] = mapped_column(Text)
    enriched_at: Mapped[datetime | None]
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the last observed record; NULL makes the next sync compare field by field."""
