"""`fleet digest`: what the desk should know in the morning, as text, as JSON or as an e-mail."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import DAY
from fleet.cli.output import inert, print_json
from fleet.cli.surroundings import Surroundings
from fleet.clock import london_text
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from fleet.domain.records import FindingRow
    from fleet.queries.digest import DeskDigest

SHOWN = 15
"""Findings of a part that a text names; JSON has all."""
PARTS = (
    ("new", "New", "Nothing new."),
    ("worse", "Worse: came back or became graver", "Nothing became worse."),
    ("fixed", "Fixed", "Nothing was fixed."),
    ("oldest", "Oldest that are open", "Nothing is open."),
)


@click.command()
@click.option("--organisation", help="Only this organisation.")
@click.option("--since", type=DAY, help="From the beginning of that day; the last 24 hours when not said.")
@click.option("--last-sync", is_flag=True, help="Since the last round of syncs began.")
@click.option("--as", "form", type=click.Choice(["text", "json", "mail"]), default="text", show_default=True,
              help="How it is told; mail is a whole message, ready to be sent.")  # fmt: skip
@click.option("--to", help="Of a mail: to whom.")
@click.pass_obj
def digest(
    surroundings: Surroundings, organisation: str | None, since: date | None, last_sync: bool, form: str, to: str | None
) -> None:
    """Tell what is new, worse and fixed among the findings, and what has waited longest."""
    from fleet.queries.digest import desk_digest

    if to is not None and form != "mail":
        raise UsageProblem("--to belongs to --as mail.")
    with surroundings.read() as session:
        moment = _moment(surroundings, session, since, last_sync=last_sync)
        told = desk_digest(session, since=moment, until=surroundings.now, organisation=organisation)
    if form == "json":
        print_json(_document(told))
    elif form == "mail":
        click.echo(_mail(told, to), nl=False)
    else:
        click.echo("\n".join(_lines(told)))


def _moment(surroundings: Surroundings, session: Any, since: date | None, *, last_sync: bool) -> datetime:
    from fleet.clock import start_of_day
    from fleet.queries.digest import last_sync as newest_round

    if since is not None and last_sync:
        raise UsageProblem("Either --since or --last-sync.")
    if since is not None:
        moment = start_of_day(since)
        if moment > surroundings.now:
            raise UsageProblem("That day is in the future.")
        return moment
    if last_sync:
        found = newest_round(session)
        if found is None:
            raise UsageProblem("No sync has been complete yet. Run one with: fleet sync")
        return found
    return surroundings.now - timedelta(days=1)


def _document(told: "DeskDigest") -> dict[str, Any]:
    return {
        "since": told.since, "until": told.until, "organisation": told.organisation, "open": dict(told.open),
        "unassigned": told.unassigned,
        **{part: [_finding(row, told.until) for row in getattr(told, part)] for part, _, _ in PARTS},
        "tenants": [
            {"tenant": one.tenant, "last_complete_at": one.last_complete_at, "last_state": one.last_state,
             "last_error": one.last_error}
            for one in told.tenants
        ],
    }  # fmt: skip


def _finding(row: "FindingRow", now: datetime) -> dict[str, Any]:
    keys = ("id", "rule", "title", "severity", "organisation", "subject", "sentence", "first_seen", "assigned_to")
    return {**{key: getattr(row, key) for key in keys}, "days": (now - row.first_seen).days}


def _heading(told: "DeskDigest") -> str:
    whose = f" of {told.organisation}" if told.organisation else ""
    return f"Findings{whose}: {len(told.new)} new, {len(told.worse)} worse, {len(told.fixed)} fixed"


def _lines(told: "DeskDigest") -> list[str]:
    number = sum(told.open.values())
    by_severity = ", ".join(f"{count:,} {severity}" for severity, count in told.open.items())
    lines = [
        f"{_heading(told)} since {london_text(told.since)}.",
        f"Open: {number:,} ({by_severity}); {told.unassigned:,} assigned to nobody.",
    ]
    for part, title, none in PARTS:
        lines += ["", *_part(title, none, getattr(told, part), told.until)]
    return [*lines, "", *_freshness(told)]


def _part(title: str, none: str, rows: "Sequence[FindingRow]", now: datetime) -> Iterator[str]:
    if not rows:
        yield none
        return
    yield f"{title} ({len(rows):,})"
    for row in rows[:SHOWN]:
        days = (now - row.first_seen).days
        whose = f", {row.assigned_to}" if row.assigned_to else ""
        age = f"{days} day{'' if days == 1 else 's'}"
        yield inert(f"  {row.severity:<6} {row.title}: {row.subject}. {row.sentence} [{row.id}, {age}{whose}]")
    if len(rows) > SHOWN:
        yield f"  and {len(rows) - SHOWN:,} more"


def _freshness(told: "DeskDigest") -> Iterator[str]:
    """How far what is said above can be trusted."""
    for one in told.tenants:
        read = f"read completely on {london_text(one.last_complete_at)}" if one.last_complete_at else "never read"
        wrong = f"; the newest run {one.last_state}: {one.last_error}" if one.last_error else ""
        yield inert(f"{one.tenant}: {read}{wrong}")


def _mail(told: "DeskDigest", to: str | None) -> str:
    """A whole message: plain text, with a subject that tells the numbers."""
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"] = _heading(told)
    if to is not None:
        message["To"] = _address(to)
    message.set_content("\n".join(_lines(told)) + "\n", cte="8bit")
    return message.as_string()


def _address(text: str) -> str:
    """One address, as a header may hold it."""
    from email.errors import HeaderParseError
    from email.headerregistry import Address

    try:
        if not text.isprintable():
            raise ValueError(text)
        return str(Address(addr_spec=text.strip()))
    except (ValueError, IndexError, HeaderParseError):
        raise UsageProblem(f"{text} is no address that a mail can go to: desk@example.org") from None
