"""Who saw names and numbers of people in a report, when and why: an event without changes."""

from sqlalchemy.orm import Session

from fleet.database.history import keep_event


def note_disclosure(session: Session, *, report: str) -> None:
    """Leave an event for the caller's transaction although nothing is changed."""
    keep_event(session, f"report {report}")
