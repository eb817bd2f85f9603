"""A remote action that is a step of an open run sheet is noted there by itself, once."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands.incidents import find_open, record_step
from fleet.database.models import IncidentStep, RemoteOrder
from fleet.domain.remote import ACTIONS
from fleet.domain.remote.steps import STEP_OF


def note_step(session: Session, row: RemoteOrder, *, actor: str, now: datetime) -> None:
    """Note it as soon as Intune has it; what takes the device out of Intune only when it is done."""
    step = STEP_OF.get(row.action)
    wanted = ("done",) if ACTIONS[row.action].leaves else ("accepted", "done")
    if step is None or row.state not in wanted:
        return
    incident = find_open(session, row.device_id)
    if incident is None:
        return
    known = select(IncidentStep.id).where(IncidentStep.incident_id == incident.id, IncidentStep.step == step).limit(1)
    if session.execute(known).first() is None:
        note = f"{ACTIONS[row.action].title} through Intune, number {row.id}"
        record_step(session, row.device_id, step, actor=actor, now=now, note=note)
