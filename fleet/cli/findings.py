"""`fleet findings` and `fleet finding`."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import DAY, numbers_from
from fleet.cli.fixes import Wish, fix, fix_options
from fleet.cli.output import inert, print_json, table
from fleet.cli.past import as_at_option, asked_day, documents, tell_day
from fleet.cli.surroundings import Surroundings, take_back_if
from fleet.clock import london_text
from fleet.domain.wording import day_text, field_label, value_text
from fleet.errors import NotFound, UsageProblem

if TYPE_CHECKING:
    from fleet.domain.records import FindingRow
    from fleet.queries.findings import FindingDetail

KEYS = ("rule", "severity", "subject", "organisation", "first_seen", "last_seen", "state", "sentence")
"""Keys that scripts rely on."""


@click.command()
@click.argument("search", nargs=-1)
@click.option("--rule", help="Only this rule.")
@click.option("--organisation", help="Only this organisation.")
@click.option("--state", "states", multiple=True, default=("open",), show_default=True,
              type=click.Choice(["open", "acknowledged", "snoozed", "fixed"]), help="Which states; may be repeated.")  # fmt: skip
@as_at_option("What did not agree")
@click.option("--groups", is_flag=True, help="Numbers per rule, with what each means and what to do.")
@click.option("--severity", type=click.Choice(["high", "medium", "low"]), help="Only this bad.")
@click.option("--team", help="Only devices of this team, or held by somebody in it.")
@click.option("--older", type=click.IntRange(0), metavar="DAYS", help="Only what was found first so many days ago.")
@click.option("--assigned", help="Only what is assigned to this operator; `nobody` is what is not assigned.")
@click.option("--order", type=click.Choice(["worst", "oldest", "newest"]), default="worst", show_default=True,
              help="What comes first.")  # fmt: skip
@fix_options
@click.option("--json", "as_json", is_flag=True, help="A JSON list; of --fix one JSON document.")
@click.pass_obj
def findings(
    surroundings: Surroundings, search: tuple[str, ...], rule: str | None, organisation: str | None, states: tuple[str, ...],
    as_at: date | None, groups: bool, severity: str | None, team: str | None, older: int | None, assigned: str | None,
    order: str, settle: bool, wanted: str | None, reason: str | None, preview: bool, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """List what does not agree, worst first. --fix settles what one --rule found, as it suggests, after a plan."""
    as_at = asked_day(surroundings, as_at, groups=groups)
    _refuse_mixed(
        settle=settle, past=as_at is not None, rule=rule, groups=groups, only_fixing=preview or yes or bool(wanted)
    )
    narrower = _Narrower(severity, team, older, assigned)
    if as_at is not None and narrower != _Narrower():
        raise UsageProblem("Of a past day, findings are listed by rule, organisation, state and words only.")
    if groups:
        _print_groups(surroundings, organisation, as_json)
        return
    asked = {"states": states, "rule": rule, "organisation": organisation, "text": " ".join(search)}
    rows = _rows(surroundings, asked, narrower, order, as_at, quiet=as_json)
    if settle:
        if not rows:
            raise NotFound(f"There is no such finding of {rule}. Nothing was changed.")
        fix(surroundings, Wish([row.id for row in rows], wanted, reason, preview=preview, yes=yes, as_json=as_json))
    elif as_json:
        print_json(documents(rows, KEYS, as_at))
    else:
        _print_rows(surroundings, rows)


@dataclass(frozen=True)
class _Narrower:
    """What else limits the list, as it was typed."""

    severity: str | None = None
    team: str | None = None
    older: int | None = None
    assigned: str | None = None


def _refuse_mixed(*, settle: bool, past: bool, rule: str | None, groups: bool, only_fixing: bool) -> None:
    if not settle and only_fixing:
        raise UsageProblem("--preview, --yes and --with belong to --fix.")
    if settle and (past or groups):
        raise UsageProblem("--fix settles what is found today: leave out --as-at and --groups.")
    if settle and rule is None:
        raise UsageProblem("Many findings are settled one rule at a time: add --rule. One is: fleet finding 12 --fix")


def _rows(
    surroundings: Surroundings, asked: dict[str, Any], narrower: _Narrower, order: Any, as_at: date | None, *, quiet: bool
) -> "list[FindingRow]":  # fmt: skip
    from fleet.queries.findings import Narrowing, list_findings, teams_called
    from fleet.queries.findings_as_at import findings_as_at

    with surroundings.read() as session:
        if as_at is not None:
            if not quiet:
                tell_day(session, as_at)
            return findings_as_at(session, as_at, **asked)
        narrowing = Narrowing(
            severity=narrower.severity,
            team_ids=teams_called(session, narrower.team) if narrower.team else None,
            seen_before=surroundings.now - timedelta(days=narrower.older) if narrower.older is not None else None,
            assigned_to=narrower.assigned,
        )
        return list_findings(session, **asked, narrowing=narrowing, order=order)


def _print_rows(surroundings: Surroundings, rows: "list[FindingRow]") -> None:
    from fleet.clock import london_date

    assigned = any(row.assigned_to for row in rows)
    table(
        ("Id", "Severity", "Rule", "Subject", "Since", "Days", *(("With",) if assigned else ()), "What"),
        [
            (
                row.id, row.severity, row.rule, row.subject, f"{london_date(row.first_seen):%d %b}",
                (surroundings.now - row.first_seen).days, *((row.assigned_to or "–",) if assigned else ()), row.sentence,
            )
            for row in rows
        ],
        right=(0, 5),
    )  # fmt: skip
    click.echo(f"\n{len(rows):,} finding{'' if len(rows) == 1 else 's'}")


def _print_groups(surroundings: Surroundings, organisation: str | None, as_json: bool) -> None:
    from fleet.queries.findings import finding_groups

    with surroundings.read() as session:
        rows = finding_groups(session, organisation=organisation)
    if as_json:
        print_json([{"rule": one.rule, "title": one.title, "severity": one.severity, "open": one.open} for one in rows])
        return
    table(
        ("Open", "Severity", "Rule", "What it means", "What to do"),
        [(one.open, one.severity, one.rule, one.meaning, one.what_to_do) for one in rows],
        right=(0,),
    )


@click.command()
@click.argument("numbers", nargs=-1)
@click.option("--acknowledge", is_flag=True, help="It is known and stays; needs a --note.")
@click.option("--snooze", type=DAY, help="Put it away until a day.")
@click.option("--until", type=DAY, help="How long an acknowledgement holds.")
@click.option("--note", help="Why.")
@click.option("--assign", "operator", help="Give it to an operator to look after; `nobody` takes it from them.")
@fix_options
@click.option("--file", help="A file with one number per line; - is stdin.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def finding(
    surroundings: Surroundings, numbers: tuple[str, ...], acknowledge: bool, snooze: date | None, until: date | None,
    note: str | None, operator: str | None, settle: bool, wanted: str | None, reason: str | None, preview: bool, yes: bool,
    file: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Look at one finding with its evidence, decide it, assign it, or settle it with --fix.

    Several, by their numbers, are decided, assigned or settled as one event.
    """
    ids = numbers_from(numbers, file)
    if sum([acknowledge, snooze is not None, operator is not None, settle]) > 1:
        raise UsageProblem("One thing at a time: --acknowledge, --snooze, --assign or --fix.")
    if settle:
        fix(surroundings, Wish(ids, wanted, reason or note, preview=preview, yes=yes, as_json=as_json))
        return
    if wanted or yes:
        raise UsageProblem("--yes and --with belong to --fix.")
    decides = acknowledge or snooze or operator
    if not decides and (len(ids) > 1 or preview):
        raise UsageProblem("Several findings are decided together: add --acknowledge, --snooze, --assign or --fix.")
    if decides:
        decision = _Decision(snooze, until, note or reason, operator)
        event = _decide(surroundings, ids, decision, preview=preview)
        if len(ids) > 1 or preview:
            _tell_decided(ids, event, as_json, "assigned" if operator else "decided")
            return
    _show(surroundings, ids[0], as_json)


def _show(surroundings: Surroundings, finding_id: int, as_json: bool) -> None:
    from fleet.queries.findings import finding_detail

    with surroundings.read() as session:
        detail = finding_detail(session, finding_id)
    if detail is None:
        raise NotFound(f"There is no finding {finding_id}. List them with: fleet findings")
    if as_json:
        print_json(_document(detail))
        return
    row = detail.row
    click.echo(click.style(inert(f"{row.title}: {row.subject}"), bold=True) + f"  ({row.severity}, {row.state})")
    click.echo(f"  {inert(row.sentence)}\n\n  What it means: {detail.meaning}\n  What to do:    {detail.what_to_do}")
    for place, one in enumerate(detail.fixes):
        how = f"fleet finding {row.id} --fix" + (f" --with {one.key}" if place else "")
        click.echo(f"  {'Or' if place else 'Suggested fix'}: {one.title}. {one.changes}\n    {how}")
        if one.first:
            click.echo(f"    First: {one.first}")
    if not detail.fixes:
        click.echo(f"  Nothing to apply here: {detail.elsewhere}")
    for one in detail.orders:
        click.echo(f"  Through Intune: {one.title}. {one.changes}\n    fleet finding {row.id} --fix --with {one.key}")
    _print_evidence(detail)
    click.echo(f"\n  {_life(detail, surroundings.now)}")
    if detail.note:
        click.echo(f"\n  {inert(detail.decided_by or '')}: {inert(detail.note)}")


def _document(detail: "FindingDetail") -> dict[str, Any]:
    row = detail.row
    return {
        **{key: getattr(row, key) for key in KEYS}, "recorded": detail.recorded, "observed": detail.observed,
        "meaning": detail.meaning, "what_to_do": detail.what_to_do, "note": detail.note, "assigned_to": row.assigned_to,
        "worse_at": detail.worse_at,
        "fixes": [
            {"fix": one.key, "title": one.title, "changes": one.changes, "first": one.first or None} for one in detail.fixes
        ],
        "orders": [{"fix": one.key, "title": one.title, "changes": one.changes} for one in detail.orders],
        "elsewhere": detail.elsewhere or None,
        "evidence": [
            {"recorded_field": one.name if one.has_record else None, "recorded": one.recorded,
             "recorded_since": one.recorded_since, "observed_field": one.observed_name, "observed": one.observed,
             "observed_at": one.observed_at}
            for one in detail.lines
        ],
    }  # fmt: skip


def _life(detail: "FindingDetail", now: datetime) -> str:
    """How long it has been there, who has it, when it became worse."""
    row = detail.row
    days = (now - row.first_seen).days
    told = [f"Found first on {london_text(row.first_seen)}, {days} day{'' if days == 1 else 's'} ago"]
    told.append(f"seen on {row.times_seen} night{'' if row.times_seen == 1 else 's'}")
    if detail.worse_at is not None:
        told.append(f"worse since {london_text(detail.worse_at)}")
    told.append(f"assigned to {inert(row.assigned_to)}" if row.assigned_to else "assigned to nobody")
    return ", ".join(told) + "."


def _print_evidence(detail: "FindingDetail") -> None:
    """Recorded and observed side by side, each with the day since when, or the moment at which, it was true."""
    if not detail.lines:
        return
    rows = []
    for one in detail.lines:
        label = _label(one.name if one.has_record else one.observed_name or one.name)
        record = _evidence_text(one.name, one.recorded) if one.has_record else ""
        since = f" (since {day_text(one.recorded_since)})" if one.has_record and one.recorded_since else ""
        seen = _evidence_text(one.observed_name, one.observed) if one.observed_name else ""
        at = london_text(one.observed_at) if one.observed_name and one.observed_at else ""
        rows.append((f"  {label}:", f"{record}{since}", seen, at))
    click.echo()
    table(("  ", "Recorded", detail.said_by, "As at"), rows)


def _label(name: str) -> str:
    label = field_label(name)
    return label[:1].upper() + label[1:]


def _evidence_text(name: str, value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(value_text(name, one) for one in value) or "–"
    return value_text(name, value)


@dataclass(frozen=True)
class _Decision:
    """What is to become of findings."""

    snooze: date | None
    until: date | None
    note: str | None
    operator: str | None


def _decide(surroundings: Surroundings, finding_ids: list[int], decision: _Decision, *, preview: bool) -> int | None:
    """Snooze until a day, acknowledge or assign, as one event; gives its number, None for a preview."""
    from fleet.clock import london_date
    from fleet.commands import decisions as desk
    from fleet.database.history import open_event
    from fleet.queries.findings import NOBODY

    note, operator = decision.note, decision.operator
    if not decision.snooze and not operator and not note:
        raise click.UsageError("An acknowledgement says why: --note")
    if (day := decision.snooze or decision.until) and day <= london_date(surroundings.now):
        raise UsageProblem(f"{day_text(day)} is today or past: nothing would be put away. Name a later day.")
    action = "assign" if operator else "snooze" if decision.snooze else "acknowledge"
    event = None
    with surroundings.write(f"finding.{action}", reason=note) as session:
        actor = surroundings.access.name
        if operator:
            desk.assign(session, finding_ids, None if operator == NOBODY else operator)
        elif decision.snooze:
            desk.snooze(session, finding_ids, actor=actor, until=decision.snooze, note=note)
        else:
            desk.acknowledge(session, finding_ids, actor=actor, note=note, until=decision.until)
        take_back_if(preview)
        event = open_event(session)
    return None if event is None else event.id


def _tell_decided(finding_ids: list[int], event: int | None, as_json: bool, done: str) -> None:
    if as_json:
        print_json({"event": event, "preview": event is None, "findings": finding_ids})
        return
    counted = f"{len(finding_ids):,} finding{'' if len(finding_ids) == 1 else 's'}"
    told = f"Event {event}. Take it back with: fleet undo {event}" if event else "A preview: nothing was changed."
    click.echo(f"{counted} {done}. {told}" if event else f"{counted} would be {done}. {told}")
