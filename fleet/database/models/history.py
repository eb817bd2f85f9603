"""What was done (events) and what it changed, chained by hashes."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database.models.base import AUTOINCREMENT, Model, reference
from fleet.database.types import Id, Json


class Event(Model):
    """One thing that was done, by whom, when it happened and when we were told."""

    __tablename__ = "event"
    __table_args__ = (AUTOINCREMENT,)
    history: ClassVar[bool] = False

    recorded_at: Mapped[datetime] = mapped_column(index=True)
    effective_at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    """People write names into it, so the chain holds its salted digest: an erased name can be removed, and the salt
    with it, and the chain still holds."""
    reason_salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    organisation_id: Mapped[int | None] = reference("organisation.id")
    """The organisation concerned; None when it concerns several."""
    run_id: Mapped[int | None] = reference("run.id")
    undoes_id: Mapped[int | None] = reference("event.id")
    change_count: Mapped[int] = mapped_column(default=0)
    previous_hash: Mapped[str | None] = mapped_column(Text)
    hash: Mapped[str | None] = mapped_column(Text)


class Change(Model):
    """What one event did to one row: the touched fields before and after.

    `digest` = SHA-256(salt, subject, kind, before, after) is what the chain covers, so the personal content of an
    erased change can be removed (before, after and salt become NULL) and the chain still holds.
    """

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_subject_subject_id", "subject", "subject_id"),
        AUTOINCREMENT,
    )
    history: ClassVar[bool] = False

    event_id: Mapped[int] = mapped_column(Id, ForeignKey("event.id"), index=True)
    subject: Mapped[str] = mapped_column(Text)
    """Table name."""
    subject_id: Mapped[int] = mapped_column(Id)
    organisation_id: Mapped[int | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(Text)
    """insert, update or delete."""
    before: Mapped[Any | None] = mapped_column(Json)
    after: Mapped[Any | None] = mapped_column(Json)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class ChainHead(Model):
    """The newest hash of the chain: one row, locked last in every writing transaction."""

    __tablename__ = "chain_head"
    history: ClassVar[bool] = False

    event_id: Mapped[int | None] = mapped_column(Id)
    hash: Mapped[str] = mapped_column(Text)
    events: Mapped[int] = mapped_column(default=0)
