"""The outbox of remote actions: what was asked of Intune for a device, by whom, and what became of it."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database.models.base import AUTOINCREMENT, Model, OrganisationOwned, one_of, reference
from fleet.database.models.devices import OWNERSHIPS
from fleet.database.types import Id, Json
from fleet.domain.remote import ACTIONS

REMOTE_STATES = ("asked", "queued", "accepted", "unsure", "done", "failed", "cancelled")
"""asked: another operator has to confirm; queued: to be sent; accepted: Intune has it, the device has not done it yet;
unsure: it was being sent, and nobody knows whether Intune took it."""
_OPEN = text("ended_at IS NULL")


class RemoteOrder(OrganisationOwned, Model):
    """One remote action on one enrolment. It is written down before it is sent, and never sent twice.

    `sending_since` is set and committed before the request leaves, and cleared when its outcome is known: a row that
    has it although nobody is sending was cut off in between.
    """

    __tablename__ = "remote_order"
    __table_args__ = (
        one_of("action", ACTIONS),
        one_of("ownership", OWNERSHIPS),
        one_of("state", REMOTE_STATES),
        CheckConstraint("ownership = 'organisation' OR action = 'retire'", name="personal_is_only_retired"),
        CheckConstraint(
            "NOT needs_second OR confirmed_by IS NULL OR confirmed_by <> asked_by", name="second_is_somebody_else"
        ),
        CheckConstraint(
            "NOT needs_second OR confirmed_by IS NOT NULL OR state = 'asked' OR state = 'cancelled'",
            name="confirmed_before_it_is_sent",
        ),
        CheckConstraint(
            "(ended_at IS NOT NULL) = (state = 'done' OR state = 'failed' OR state = 'cancelled')", name="ended_says_when"
        ),
        Index("uq_remote_order_enrolment_id_action_open", "enrolment_id", "action", unique=True, sqlite_where=_OPEN,
              postgresql_where=_OPEN),
        Index("ix_remote_order_state", "state"),
        AUTOINCREMENT,
    )  # fmt: skip
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"sending_since", "sent_at", "host", "process", "before_at", "looked_at", "brought", "shown_at", "shown_to"}
    )

    tenant_id: Mapped[int] = mapped_column(Id, ForeignKey("tenant.id"))
    device_id: Mapped[int] = mapped_column(Id, ForeignKey("device.id"), index=True)
    enrolment_id: Mapped[int] = reference("enrolment.id", index=False)
    intune_id: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    told: Mapped[Any] = mapped_column(Json, default=dict)
    """What the action needs to know: a name, a message. Never a secret."""
    ownership: Mapped[str] = mapped_column(Text)
    """Whose device it is, by the register, when it was asked for."""
    state: Mapped[str] = mapped_column(Text)
    needs_second: Mapped[bool]
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)
    confirmed_by: Mapped[str | None] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None]
    sent_as: Mapped[str | None] = mapped_column(Text)
    """Who was signed in to Microsoft: a technician, or the application."""
    sent_at: Mapped[datetime | None]
    """When Intune was asked, or may have been."""
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    """What became of it, or why it is not known, in a sentence."""
    # While it is being sent, and followed.
    sending_since: Mapped[datetime | None]
    host: Mapped[str | None] = mapped_column(Text)
    process: Mapped[int | None]
    before_at: Mapped[datetime | None]
    """Start of the result of the same name that Intune had before: another one is ours."""
    looked_at: Mapped[datetime | None]
    """When Intune was last asked what became of it."""
    brought: Mapped[bool] = mapped_column(default=False)
    """Whether its result holds something to be shown, once."""
    shown_at: Mapped[datetime | None]
    shown_to: Mapped[str | None] = mapped_column(Text)
