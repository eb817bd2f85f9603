"""Findings that were put right in a period, and how many were open night by night."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day, start_of_day
from fleet.database.models import Finding, FindingCount, Organisation
from fleet.domain.rules import RULES
from fleet.domain.rules.raised import RAISED

_RULES = {rule.key: rule for rule in (*RULES, *RAISED)}


@dataclass(frozen=True, slots=True)
class FixedRow:
    """A finding that is gone."""

    id: int
    rule: str
    title: str
    severity: str
    organisation: str
    subject: str
    subject_id: int | None
    sentence: str
    first_seen: datetime
    fixed_at: datetime
    days_open: int
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class NightRow:
    """How many findings of a rule an organisation had after a night."""

    counted_on: date
    organisation: str
    rule: str
    title: str
    severity: str
    open: int


def fixed(session: Session, since: date, until: date) -> Iterator[FixedRow]:
    """Findings that were put right in a period, newest first."""
    rows: Any = session.execute(
        select(Finding, Organisation.key)
        .join(Organisation, Organisation.id == Finding.organisation_id)
        .where(Finding.state == "fixed", Finding.fixed_at >= start_of_day(since), Finding.fixed_at <= end_of_day(until))
        .order_by(Finding.fixed_at.desc(), Finding.id)
    )
    for one, owner in rows:
        yield FixedRow(
            one.id, one.rule, title(one.rule), one.severity, owner, one.subject,
            one.subject_id if one.subject_type == "device" else None, one.sentence, one.first_seen, one.fixed_at,
            (one.fixed_at - one.first_seen).days, one.decided_by,
        )  # fmt: skip


def nights(session: Session, since: date, until: date) -> Iterator[NightRow]:
    """How many findings were open after each night of a period, oldest first."""
    rows: Any = session.execute(
        select(FindingCount.counted_on, Organisation.key, FindingCount.rule, FindingCount.open)
        .join(Organisation, Organisation.id == FindingCount.organisation_id)
        .where(FindingCount.counted_on >= since, FindingCount.counted_on <= until)
        .order_by(FindingCount.counted_on, Organisation.key, FindingCount.rule)
    )
    for counted_on, owner, rule, number in rows:
        severity = _RULES[rule].severity if rule in _RULES else "low"
        yield NightRow(counted_on, owner, rule, title(rule), severity, number)


def title(rule: str) -> str:
    """What a rule looks for, in words; the key of one that this program does not know."""
    return _RULES[rule].title if rule in _RULES else rule
