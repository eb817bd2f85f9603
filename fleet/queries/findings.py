"""The drift desk's lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from fleet.database.models import Finding, Organisation
from fleet.domain.records import FindingRow
from fleet.domain.rules import RULES
from fleet.domain.search import fold
from fleet.domain.stocktake import MISSING_RULE
from fleet.queries.devices import contains

SEVERITY_ORDER = case((Finding.severity == "high", 0), (Finding.severity == "medium", 1), else_=2)
_RULES = {rule.key: rule for rule in (*RULES, MISSING_RULE)}
_TITLES = {key: rule.title for key, rule in _RULES.items()}


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """A rule with the number of its open findings."""

    rule: str
    title: str
    severity: str
    open: int
    meaning: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """A finding with its evidence side by side."""

    row: FindingRow
    meaning: str
    what_to_do: str
    recorded: Mapping[str, Any]
    observed: Mapping[str, Any]
    note: str | None
    decided_by: str | None


def list_findings(
    session: Session,
    *,
    states: tuple[str, ...] = ("open",),
    rule: str | None = None,
    organisation: str | None = None,
    subject: tuple[str, int] | None = None,
    text: str = "",
    offset: int = 0,
    limit: int | None = None,
) -> list[FindingRow]:
    """Findings, worst first, then oldest."""
    statement: Any = select(Finding, Organisation.key).join(Organisation, Organisation.id == Finding.organisation_id)
    statement = _narrowed(session, statement, states, rule, organisation, subject, text)
    statement = (
        statement.order_by(SEVERITY_ORDER, Finding.rule, Finding.first_seen, Finding.id).offset(offset).limit(limit)
    )
    return [_row(one, key) for one, key in session.execute(statement)]


def count_findings(
    session: Session,
    *,
    states: tuple[str, ...] = ("open",),
    rule: str | None = None,
    organisation: str | None = None,
    text: str = "",
) -> int:
    """How many findings there are in all."""
    statement: Any = select(func.count(Finding.id)).join(Organisation, Organisation.id == Finding.organisation_id)
    return int(session.execute(_narrowed(session, statement, states, rule, organisation, None, text)).scalar_one())


def finding_groups(session: Session, *, organisation: str | None = None) -> list[FindingGroup]:
    """Rules with open findings, worst first, then most."""
    statement: Any = select(Finding.rule, func.min(Finding.severity), func.count(), func.min(SEVERITY_ORDER)).where(
        Finding.state == "open"
    )
    if organisation is not None:
        statement = statement.join(Organisation, Organisation.id == Finding.organisation_id).where(
            Organisation.key == organisation
        )
    rows = session.execute(statement.group_by(Finding.rule)).all()
    return [
        FindingGroup(
            key, _TITLES.get(key, key), ("high", "medium", "low")[order], number,
            _RULES[key].meaning if key in _RULES else "", _RULES[key].what_to_do if key in _RULES else "",
        )
        for key, _, number, order in sorted(rows, key=lambda row: (row[3], -row[2], row[0]))
    ]  # fmt: skip


def finding_detail(session: Session, finding_id: int) -> FindingDetail | None:
    """One finding with its evidence; None when it does not exist or belongs to another organisation."""
    found = session.execute(
        select(Finding, Organisation.key)
        .join(Organisation, Organisation.id == Finding.organisation_id)
        .where(Finding.id == finding_id)
    ).one_or_none()
    if found is None:
        return None
    finding, organisation = found
    rule = _RULES.get(finding.rule)
    evidence = finding.evidence or {}
    return FindingDetail(
        row=_row(finding, organisation),
        meaning=rule.meaning if rule else "",
        what_to_do=rule.what_to_do if rule else "",
        recorded=evidence.get("recorded", {}),
        observed=evidence.get("observed", {}),
        note=finding.note,
        decided_by=finding.decided_by,
    )


def _narrowed(
    session: Session,
    statement: Select[Any],
    states: tuple[str, ...],
    rule: str | None,
    organisation: str | None,
    subject: tuple[str, int] | None,
    text: str,
) -> Select[Any]:
    statement = statement.where(Finding.state.in_(states))
    if rule is not None:
        statement = statement.where(Finding.rule == rule)
    if organisation is not None:
        statement = statement.where(Organisation.key == organisation)
    if subject is not None:
        statement = statement.where(Finding.subject_type == subject[0], Finding.subject_id == subject[1])
    for word in text.split():
        hay = func.lower(Finding.rule + " " + Finding.subject + " " + Finding.sentence + " " + Finding.severity)
        statement = statement.where(contains(session, hay, fold(word)))
    return statement


def _row(finding: Finding, organisation: str) -> FindingRow:
    return FindingRow(
        id=finding.id, rule=finding.rule, title=_TITLES.get(finding.rule, finding.rule), severity=finding.severity,
        state=finding.state, organisation=organisation, subject=finding.subject, subject_type=finding.subject_type,
        subject_id=finding.subject_id, sentence=finding.sentence, first_seen=finding.first_seen,
        last_seen=finding.last_seen, times_seen=finding.times_seen,
    )  # fmt: skip
