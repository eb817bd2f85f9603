"""Taking turns: what compares much with the register and then writes must not do so beside another of its kind."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def wait_turn(session: Session, what: str) -> None:
    """Wait until no other transaction does this, and let none begin before this one ends.

    SQLite has one writer at a time anyway. On PostgreSQL two imports would each see the register without the other's
    rows and both add them. Raises `DatabaseUnavailable` when the other one takes longer than a lock is waited for.
    """
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"fleet {what}"})
