"""This machine's clock against the register's: a sync by a clock that was set back would write history out of order."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import london_text
from fleet.database.models import Event
from fleet.errors import ConfigurationProblem

TOLERANCE = timedelta(minutes=10)
"""So far may the clocks of two machines that share a register be apart."""


class ClockSetBack(ConfigurationProblem):
    """It is earlier here than the register's newest event."""

    code = "clock"


def raise_if_set_back(session: Session, now: datetime, tolerance: timedelta = TOLERANCE, among: int = 1) -> None:
    """Refuse to go on when the newest event is of a time to come. Raises `ClockSetBack`.

    Below the walls: the newest event may be another organisation's. `among` looks at that many, for who has just written one
    by the same clock.
    """
    last = select(Event.recorded_at).order_by(Event.id.desc()).limit(among).subquery()
    newest = session.connection().execute(select(func.max(last.c.recorded_at))).scalar_one_or_none()
    if newest is None or newest - now <= tolerance:
        return
    minutes = int((newest - now).total_seconds() // 60) + 1
    raise ClockSetBack(
        f"It is {london_text(now)} here, but the register's newest event is of {london_text(newest)}. Set this machine's "
        f"clock; if that event is what is wrong, allow it in config.toml: [sync] clock_tolerance = {minutes} (minutes)."
    )
