"""What became of devices that were missing at a stocktake."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fleet.database.models import Device, Enrolment, Finding, StocktakeScan
from fleet.domain.stocktake import ACCOUNTED_FOR, MISSING_RULE


def turned_up(session: Session) -> list[int]:
    """`stocktake-missing` findings that have lost their ground since the stocktake was closed.

    The device was scanned or checked in with Intune after it, or a person reported it lost or disposed of it.
    """
    scanned = select(StocktakeScan.id).where(
        StocktakeScan.device_id == Finding.subject_id, StocktakeScan.scanned_at > Finding.last_seen
    )
    heard_of = select(Enrolment.id).where(
        Enrolment.device_id == Finding.subject_id, Enrolment.last_seen > Finding.last_seen
    )
    decided = select(Device.id).where(Device.id == Finding.subject_id, Device.status.in_(ACCOUNTED_FOR))
    statement = select(Finding.id).where(
        Finding.rule == MISSING_RULE.key,
        Finding.state != "fixed",
        or_(scanned.exists(), heard_of.exists(), decided.exists()),
    )
    return list(session.execute(statement).scalars())


def put_away_until_now(session: Session, today: date) -> list[int]:
    """`stocktake-missing` findings that people put away until a day that has passed."""
    statement = select(Finding.id).where(
        Finding.rule == MISSING_RULE.key, Finding.state.in_(("acknowledged", "snoozed")), Finding.decided_until < today
    )
    return list(session.execute(statement).scalars())
