"""What left Intune is out of the register's enrolments at once: Intune was asked for it by its id, and does not know it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands.apply_plan.devices import point_to_newest
from fleet.database.models import Enrolment, RemoteOrder

BECAUSE = {"retire": "retired from here", "wipe": "wiped from here", "delete": "deleted from here"}
"""Action -> why an enrolment was closed."""


def close_enrolment(session: Session, row: RemoteOrder, now: datetime) -> None:
    """Close the enrolment of an order that took it out of Intune, unless it is closed already."""
    enrolment = session.execute(select(Enrolment).where(Enrolment.id == row.enrolment_id)).scalar_one_or_none()
    if enrolment is None or enrolment.closed_at is not None:
        return
    enrolment.closed_at, enrolment.closed_because = now, BECAUSE.get(row.action, "gone from Intune")
    session.flush()
    point_to_newest(session, [row.device_id])
