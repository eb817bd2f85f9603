"""The drift desk's lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from fleet.database.models import Assignment, Device, Finding, Organisation, Person, Team
from fleet.domain.records import FindingRow
from fleet.domain.rules import RULES
from fleet.domain.rules.fixes import Fix
from fleet.domain.rules.raised import RAISED
from fleet.domain.search import fold
from fleet.errors import NotFound
from fleet.queries.devices import contains
from fleet.queries.evidence import EvidenceLine, evidence_lines

SEVERITY_ORDER = case((Finding.severity == "high", 0), (Finding.severity == "medium", 1), else_=2)
_RULES = {rule.key: rule for rule in (*RULES, *RAISED)}
_TITLES = {key: rule.title for key, rule in _RULES.items()}
_WORST = (SEVERITY_ORDER, Finding.rule, Finding.first_seen, Finding.id)
_ORDERS = {
    "worst": _WORST,
    "oldest": (Finding.first_seen, SEVERITY_ORDER, Finding.id),
    "newest": (Finding.first_seen.desc(), SEVERITY_ORDER, Finding.id),
}
NOBODY = "nobody"
"""Who has a finding that is assigned to no operator."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Further limits of a list of findings; None is any."""

    severity: str | None = None
    team_ids: frozenset[int] | None = None
    """Of the holder, else of the device."""
    seen_before: datetime | None = None
    """First found at that moment or earlier."""
    assigned_to: str | None = None
    """An operator, or `NOBODY`."""


ANY = Narrowing()


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
    fixes: tuple[Fix, ...] = ()
    orders: tuple[Fix, ...] = ()
    """What Intune can be asked to do, through the outbox."""
    """What settles it here; the first is suggested."""
    elsewhere: str = ""
    """What it takes where nothing can be applied here."""
    lines: tuple[EvidenceLine, ...] = ()
    """Recorded and observed side by side."""
    worse_at: datetime | None = None
    """When it last came back or became graver."""
    said_by: str = "Intune"
    """The source of what was observed."""


def list_findings(
    session: Session,
    *,
    states: tuple[str, ...] = ("open",),
    rule: str | None = None,
    organisation: str | None = None,
    subject: tuple[str, int] | None = None,
    text: str = "",
    narrowing: Narrowing = ANY,
    order: Literal["worst", "oldest", "newest"] = "worst",
    offset: int = 0,
    limit: int | None = None,
) -> list[FindingRow]:
    """Findings, worst first, then oldest, unless another order is wanted."""
    statement: Any = select(Finding, Organisation.key).join(Organisation, Organisation.id == Finding.organisation_id)
    statement = _narrowed(session, statement, states, rule, organisation, subject, text)
    statement = _limited(statement, narrowing).order_by(*_ORDERS[order]).offset(offset).limit(limit)
    return [finding_row(one, key) for one, key in session.execute(statement)]


def count_findings(
    session: Session,
    *,
    states: tuple[str, ...] = ("open",),
    rule: str | None = None,
    organisation: str | None = None,
    text: str = "",
    narrowing: Narrowing = ANY,
) -> int:
    """How many findings there are in all."""
    statement: Any = select(func.count(Finding.id)).join(Organisation, Organisation.id == Finding.organisation_id)
    statement = _narrowed(session, statement, states, rule, organisation, None, text)
    return int(session.execute(_limited(statement, narrowing)).scalar_one())


def teams_called(session: Session, name: str) -> frozenset[int]:
    """Ids of the teams of that name, in whichever organisation; raises `NotFound` naming the nearest."""
    teams = session.execute(select(Team.id, Team.name)).all()
    found = frozenset(row[0] for row in teams if fold(row[1]) == fold(name))
    if not found:
        close = get_close_matches(name, {row[1] for row in teams}, n=3)
        meant = f" Did you mean {close[0]}?" if close else ""
        raise NotFound(f"There is no team called {name}.{meant}", nearest=tuple(close))
    return found


def finding_groups(session: Session, *, organisation: str | None = None) -> list[FindingGroup]:
    """Rules with open findings, worst first, then most."""
    statement: Any = select(Finding.rule, func.count(), func.min(SEVERITY_ORDER)).where(Finding.state == "open")
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
        for key, number, order in sorted(rows, key=lambda row: (row[2], -row[1], row[0]))
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
        row=finding_row(finding, organisation),
        meaning=rule.meaning if rule else "",
        what_to_do=rule.what_to_do if rule else "",
        recorded=evidence.get("recorded", {}),
        observed=evidence.get("observed", {}),
        note=finding.note,
        decided_by=finding.decided_by,
        fixes=rule.fixes if rule else (),
        orders=rule.orders if rule else (),
        elsewhere=rule.elsewhere if rule else "",
        lines=evidence_lines(session, finding.subject_type, finding.subject_id, evidence),
        worse_at=finding.worse_at,
        said_by=rule.said_by if rule else "Intune",
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
        statement = statement.where(_mentions(session, word))
    return statement


def _limited(statement: Select[Any], narrowing: Narrowing) -> Select[Any]:
    if narrowing.severity is not None:
        statement = statement.where(Finding.severity == narrowing.severity)
    if narrowing.seen_before is not None:
        statement = statement.where(Finding.first_seen <= narrowing.seen_before)
    if narrowing.assigned_to is not None:
        wanted = None if narrowing.assigned_to == NOBODY else narrowing.assigned_to
        statement = statement.where(Finding.assigned_to.is_(None) if wanted is None else Finding.assigned_to == wanted)
    if narrowing.team_ids is not None:
        of_team = (
            select(Device.id)
            .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
            .outerjoin(Person, Person.id == Assignment.person_id)
            .where(func.coalesce(Assignment.team_id, Person.team_id, Device.team_id).in_(narrowing.team_ids))
        )
        statement = statement.where(Finding.subject_type == "device", Finding.subject_id.in_(of_team))
    return statement


def _mentions(session: Session, word: str) -> ColumnElement[bool]:
    """Whether a finding's text, or the title of its rule, has a word. Accents in the text count: SQL folds ASCII only."""
    hay = func.lower(Finding.rule + " " + Finding.subject + " " + Finding.sentence + " " + Finding.severity)
    folded = fold(word)
    titled = [key for key, title in _TITLES.items() if folded in fold(title)]
    return or_(contains(session, hay, word.lower()), contains(session, hay, folded), Finding.rule.in_(titled))


def finding_row(finding: Finding, organisation: str) -> FindingRow:
    """A finding as a line of a list."""
    return FindingRow(
        id=finding.id, rule=finding.rule, title=_TITLES.get(finding.rule, finding.rule), severity=finding.severity,
        state=finding.state, organisation=organisation, subject=finding.subject, subject_type=finding.subject_type,
        subject_id=finding.subject_id, sentence=finding.sentence, first_seen=finding.first_seen,
        last_seen=finding.last_seen, times_seen=finding.times_seen, assigned_to=finding.assigned_to,
    )  # fmt: skip
