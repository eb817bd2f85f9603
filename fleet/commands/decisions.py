"""What people decide about findings: known and staying, put away until a day, given to a colleague."""

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Finding
from fleet.errors import NotAllowed, NotFound
from fleet.queries.operators import refuse_unknown_operator
from fleet.queries.tenants import batches


def acknowledge(
    session: Session, finding_ids: Sequence[int], *, actor: str, note: str | None, until: date | None = None
) -> int:
    """Say that findings are known and why they stay, until a day; they come back after it."""
    return _decide(session, finding_ids, "acknowledged", actor, note, until)


def snooze(session: Session, finding_ids: Sequence[int], *, actor: str, until: date, note: str | None = None) -> int:
    """Put findings away until a day."""
    return _decide(session, finding_ids, "snoozed", actor, note, until)


def _decide(
    session: Session, finding_ids: Sequence[int], state: str, actor: str, note: str | None, until: date | None
) -> int:
    def decide(finding: Finding) -> None:
        if finding.state == "fixed":
            raise NotAllowed(f"The finding about {finding.subject} is fixed: there is nothing to put away.")
        finding.state, finding.decided_by, finding.note, finding.decided_until = state, actor, note, until

    return _each(session, finding_ids, decide)


def assign(session: Session, finding_ids: Sequence[int], operator: str | None) -> int:
    """Give findings to an operator, or to nobody. Raises `NotFound` for a name that is no operator's."""
    if operator is not None:
        refuse_unknown_operator(session, operator)
    return _each(session, finding_ids, lambda finding: setattr(finding, "assigned_to", operator))


def _each(session: Session, finding_ids: Sequence[int], act: Callable[[Finding], None]) -> int:
    """Do something to each finding; all or none."""
    done = 0
    for batch in batches(finding_ids):
        for finding in session.execute(select(Finding).where(Finding.id.in_(batch))).scalars():
            act(finding)
            done += 1
    if done != len(set(finding_ids)):
        raise NotFound("One of those findings does not exist, or belongs to another organisation. Nothing was changed.")
    return done
