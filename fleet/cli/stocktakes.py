"""`fleet stocktake`: open, scan, show, close; what was interrupted goes on where it was."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import scans_from
from fleet.cli.output import inert, print_json, say, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import FleetError, NotFound, UsageProblem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from fleet.queries.stocktakes import Count, StocktakeRow

SHOWN = 60
"""Lines that are shown of each kind of trouble; the CSV and the JSON have all."""

id_argument = click.argument("stocktake_id", type=int, required=False)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
reason_option = click.option("--reason", help="Why; kept in history.")
csv_path = click.Path(path_type=Path, dir_okay=False)
csv_option = click.option("--csv", "csv_file", type=csv_path, help="Write the report as CSV.")
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace a file of that name.")


@click.group(invoke_without_command=True)
@click.pass_context
def stocktake(ctx: click.Context) -> None:
    """Count what is really there. Without a command: the open stocktakes."""
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, False, False)


@stocktake.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@json_option
@click.pass_obj
def list_(surroundings: Surroundings, everything: bool, as_json: bool) -> None:
    """List open stocktakes, newest first."""
    _list(surroundings, everything, as_json)


@stocktake.command(name="open")
@click.argument("title")
@click.option("--organisation", help="Whose devices are counted; not needed when there is one only.")
@click.option("--site", help="Only what should be at this site, or with people who work there.")
@click.option("--team", help="Only what a team or its people have.")
@click.option("--kind", type=click.Choice(["ipad", "iphone", "thin_client", "other"]), help="Only this kind.")
@reason_option
@json_option
@click.pass_obj
def open_(
    surroundings: Surroundings, title: str, organisation: str | None, site: str | None, team: str | None, kind: str | None,
    reason: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Open a stocktake called TITLE and freeze what it expects."""
    from fleet.commands.stocktakes import open_new
    from fleet.queries.keys import place_by_name

    with surroundings.write("stocktake.open", reason=reason) as session:
        owner = _organisation(session, organisation) if organisation else None
        opened = open_new(
            session, title, actor=surroundings.access.name, now=surroundings.now, organisation_id=owner, kind=kind,
            site_id=place_by_name(session, "site", site, within=owner) if site else None,
            team_id=place_by_name(session, "team", team, within=owner) if team else None,
        )  # fmt: skip
    if as_json:
        others = [{"stocktake": one[0], "title": one[1], "devices": one[2]} for one in opened.overlaps]
        print_json({"stocktake": opened.id, "expected": opened.expected, "overlaps": others})
        return
    click.echo(
        f"Stocktake {opened.id} is open and expects {_number(opened.expected, 'device')}. Scan with: fleet stocktake scan"
    )
    for other, name, number in opened.overlaps:
        say(f"  ! {_number(number, 'device')} of it are also expected by the open stocktake {other} ({name}).")


@stocktake.command()
@click.argument("keys", nargs=-1)
@click.option("--file", help="A file with one scan per line; - is stdin.")
@click.option("--in", "number", type=int, help="The stocktake's number; also the first of KEYS may be it.")
@click.option("--site", help="Where you are scanning.")
@click.option("--held-by", "holder", help="The person who was found with them: UPN, employee number or name.")
@click.option(
    "--holder-confirmed", is_flag=True, help="Nobody else saw them; their holder, or --held-by, said they have them."
)
@reason_option
@click.option("--preview", is_flag=True, help="Judge the scans; write nothing.")
@json_option
@click.pass_obj
def scan(
    surroundings: Surroundings, keys: tuple[str, ...], file: str | None, number: int | None, site: str | None,
    holder: str | None, holder_confirmed: bool, reason: str | None, preview: bool, as_json: bool,
) -> None:  # fmt: skip
    """Scan devices: [ID] KEYS. KEYS are tags, serials or IMEIs, typed, scanned or pasted; all of them are one event."""
    from fleet.commands import stocktakes
    from fleet.database.history import open_event
    from fleet.queries.keys import person_by_key

    judged: list[Any] = []
    event = None
    row = None
    try:
        with surroundings.write("stocktake.scan", reason=reason) as session:
            row, keys = _which(session, number, keys, file)
            judged = stocktakes.scan(
                session, row.id, scans_from(keys, file), actor=surroundings.access.name, now=surroundings.now,
                site_id=_site(session, site, row.organisation_id) if site else None,
                seen_with=person_by_key(session, holder).id if holder else None, holder_confirmed=holder_confirmed,
            )  # fmt: skip
            if preview:
                raise _OnlyAPreview("preview")
            event = open_event(session)
    except _OnlyAPreview:
        pass
    assert row is not None
    _print_scans(surroundings, row, judged, event.id if event else None, as_json)


@stocktake.command()
@id_argument
@csv_option
@overwrite_option
@click.option(
    "--unmask", is_flag=True, help="Names instead of initials in the CSV; kept in history with your --reason."
)
@click.option("--reason", help="Why names are needed.")
@json_option
@click.pass_obj
def show(
    surroundings: Surroundings, stocktake_id: int | None, csv_file: Path | None, overwrite: bool, unmask: bool,
    reason: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Show how a stocktake stands: the one of that number, or the only open one."""
    from fleet.exports.variance import refuse_existing, write_variance
    from fleet.queries.stocktakes import count, get_stocktake

    with surroundings.read() as session:
        found = count(session, get_stocktake(session, stocktake_id), now=surroundings.now)
    if csv_file is not None:
        refuse_existing(csv_file, overwrite=overwrite)
        if unmask:
            _note_unmasking(surroundings, found.row.id, reason)
        write_variance(csv_file, found, unmask=unmask)
    _print_count(found, as_json, {})


@stocktake.command()
@id_argument
@csv_option
@overwrite_option
@reason_option
@click.option("--preview", is_flag=True, help="Show the report and how many findings there would be; write nothing.")
@json_option
@click.pass_obj
def close(
    surroundings: Surroundings, stocktake_id: int | None, csv_file: Path | None, overwrite: bool, reason: str | None,
    preview: bool, as_json: bool,
) -> None:  # fmt: skip
    """Close a stocktake with its variance report; what is missing without any evidence becomes a finding."""
    from fleet.commands import stocktakes
    from fleet.database.history import open_event
    from fleet.exports.variance import refuse_existing, write_variance

    if csv_file is not None:
        refuse_existing(csv_file, overwrite=overwrite)
    closed: Any = None
    event = None
    try:
        with surroundings.write("stocktake.close", reason=reason) as session:
            closed = stocktakes.close(session, stocktake_id, actor=surroundings.access.name, now=surroundings.now)
            if preview:
                raise _OnlyAPreview("preview")
            event = open_event(session)
    except _OnlyAPreview:
        pass
    if csv_file is not None:
        write_variance(csv_file, closed.count)
    number = event.id if event else None
    _print_count(closed.count, as_json, {"event": number, "findings": closed.raised, "left_as_decided": closed.decided})
    if as_json:
        return
    more = f"; {closed.decided:,} stay as people decided before" if closed.decided else ""
    click.echo(f"\n{_number(closed.raised, 'finding')} for missing devices without any evidence{more}.")
    click.echo(
        f"Closed. Event {number}. Take it back with: fleet undo {number}"
        if number
        else "A preview: nothing was changed."
    )


class _OnlyAPreview(FleetError):
    """Rolls the transaction of a preview back."""


# --- which is meant ------------------------------------------------------------------------------------------


def _which(
    session: "Session", number: int | None, keys: tuple[str, ...], file: str | None
) -> "tuple[StocktakeRow, tuple[str, ...]]":
    """The stocktake and the keys: a first key that is a stocktake's number, and no device, names the stocktake."""
    from fleet.queries.keys import exact_devices
    from fleet.queries.stocktakes import list_stocktakes, open_stocktake

    first = keys[0].strip() if keys and number is None and (len(keys) > 1 or file is not None) else ""
    could_be = first.isascii() and first.isdigit() and len(first) < 9
    if could_be and list_stocktakes(session, stocktake_id=int(first)):
        if exact_devices(session, first):
            raise UsageProblem(f"{first} is a device and a stocktake. For the stocktake write: --in {first}")
        return open_stocktake(session, int(first)), keys[1:]
    return open_stocktake(session, number), keys


def _organisation(session: "Session", key: str) -> int:
    from sqlalchemy import select

    from fleet.database.models import Organisation

    rows = session.execute(select(Organisation.key, Organisation.id).order_by(Organisation.key)).all()
    found: dict[str, int] = {row[0]: row[1] for row in rows}
    if key.lower() not in found:
        raise NotFound(f"There is no organisation {key}. There are: {', '.join(found)}.", nearest=list(found))
    return found[key.lower()]


def _site(session: "Session", name: str, organisation_id: int) -> int:
    """A site of the organisation whose devices are counted, else of another one: a shared depot."""
    from fleet.queries.keys import place_by_name

    try:
        return place_by_name(session, "site", name, within=organisation_id)
    except NotFound:
        return place_by_name(session, "site", name)


def _note_unmasking(surroundings: Surroundings, stocktake_id: int, reason: str | None) -> None:
    """Who saw names, when and why: an event of its own, before anything is written."""
    from fleet.commands.disclosures import note_disclosure

    if not reason:
        raise UsageProblem("Say why names are needed: --reason")
    with surroundings.write("disclosure", reason=reason) as session:
        note_disclosure(session, report=f"stocktake {stocktake_id}")


# --- printing ------------------------------------------------------------------------------------------------


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _list(surroundings: Surroundings, everything: bool, as_json: bool) -> None:
    from fleet.clock import london_date
    from fleet.queries.stocktakes import list_stocktakes

    with surroundings.read() as session:
        rows = list_stocktakes(session, open_only=not everything)
    if as_json:
        print_json([_row_json(row) for row in rows])
        return
    table(
        ("Number", "Title", "Scope", "Opened", "By", "Expected", "Scans", "State"),
        [
            (
                row.id, row.title, row.scope_text, f"{london_date(row.opened_at):%d %b %Y}", row.opened_by, row.expected, row.scans,
                f"closed {london_date(row.closed_at):%d %b %Y}" if row.closed_at else "open",
            )
            for row in rows
        ],
        right=(0, 5, 6),
    )  # fmt: skip
    click.echo(f"\n{_number(len(rows), 'stocktake')}" + ("" if everything else " open"))


def _row_json(row: "StocktakeRow") -> dict[str, Any]:
    names = ("id", "title", "organisation", "opened_at", "opened_by", "closed_at", "closed_by", "expected", "scans")
    scope = {name: row.scope.get(name) for name in ("site", "team", "kind")}
    return {**{name: getattr(row, name) for name in names}, "scope": scope}


def _print_scans(
    surroundings: Surroundings, row: "StocktakeRow", judged: list[Any], event: int | None, as_json: bool
) -> None:
    from collections import Counter

    from fleet.domain.stocktake import OUTCOMES
    from fleet.queries.stocktakes import count

    of = Counter(one.outcome for one in judged)
    with surroundings.read() as session:
        standing = count(session, row, now=surroundings.now).counts
    if as_json:
        names = ("scanned", "outcome", "device_id", "device", "sentence")
        print_json({
            "event": event, "preview": event is None, "stocktake": row.id, "outcomes": dict(of), "counts": standing,
            "scans": [{name: getattr(one, name) for name in names} for one in judged],
        })  # fmt: skip
        return
    _print_some([one.sentence for one in judged if one.outcome != "found"], "")
    _print_some([one.sentence for one in judged if one.outcome == "found"], "")
    for one in judged if len(judged) == 1 else ():
        if one.outcome == "unknown" and (near := _nearest(surroundings, one.scanned)):
            say(f"  {near}")
    said = ", ".join(f"{of[outcome]:,} {words}" for outcome, words in OUTCOMES.items() if of[outcome])
    click.echo(f"\n{_number(len(judged), 'scan')}: {said}.")
    seen = standing["expected"] - standing["missing"]
    click.echo(f"{inert(row.title)}: {seen:,} of {standing['expected']:,} seen, {standing['missing']:,} to go.")
    click.echo(f"Event {event}. Take it back with: fleet undo {event}" if event else "A preview: nothing was changed.")


def _nearest(surroundings: Surroundings, scanned: str) -> str | None:
    """What a single scan that is not known may have been meant for."""
    from fleet.queries.keys import device_by_key
    from fleet.queries.stocktakes import device_name

    with surroundings.read() as session:
        try:
            return f"Perhaps {device_name(session, device_by_key(session, scanned, now=surroundings.now))}?"
        except FleetError as error:
            return error.message if error.facts.get("nearest") or error.facts.get("matches") else None


def _print_some(lines: list[str], indent: str) -> None:
    for line in lines[:SHOWN]:
        click.echo(indent + inert(line))
    if len(lines) > SHOWN:
        click.echo(f"{indent}… and {len(lines) - SHOWN:,} more")


def _print_count(found: "Count", as_json: bool, more: dict[str, Any]) -> None:
    if as_json:
        _print_count_json(found, more)
        return
    from fleet.clock import london_text
    from fleet.domain.stocktake import GRADES, OUTCOMES

    row = found.row
    state = "before it was closed" if more else f"closed {london_text(row.closed_at)}" if row.closed_at else "open"
    click.echo(
        click.style(f"Stocktake {row.id}: {inert(row.title)}", bold=True) + f"  ({inert(row.scope_text)}; {state})"
    )
    counts = found.counts
    for name, number in counts.items():
        click.echo(f"  {OUTCOMES.get(name, name).capitalize() + ':':<17}{number:>7,}")
    click.echo("\nEvidence for the expected ones")
    for letter, words in GRADES.items():
        click.echo(f"  {letter}  {words + ':':<38}{found.grades[letter]:>7,}")
    for outcome in ("missing", "wrong_holder", "wrong_site", "unexpected"):
        lines = [_device_line(one) for one in found.devices if one.outcome == outcome]
        if lines:
            click.echo(f"\n{OUTCOMES[outcome].capitalize()}")
            _print_some(lines, "  ")
    if found.odd:
        click.echo("\nScans that mean no device, or several")
        _print_some([f"{one.scanned}  {OUTCOMES[one.outcome]}, {one.scanned_by}" for one in found.odd], "  ")


def _device_line(one: Any) -> str:
    parts = [
        f"{one.device}  {one.model or one.kind}  [{one.grade}]",
        f"should be {'with ' + one.holder if one.holder else 'at ' + one.site}" if one.holder or one.site else None,
        f"seen with {one.seen_with}" if one.seen_with else None,
        f"seen at {one.seen_at}" if one.seen_at else None,
        f"status {one.status.replace('_', ' ')}" if not one.expected else None,
    ]
    return ", ".join(part for part in parts if part)


def _print_count_json(found: "Count", more: dict[str, Any]) -> None:
    names = (
        "device_id", "device", "serial", "model", "kind", "status", "outcome", "grade", "expected", "site", "holder", "seen_at",
        "seen_with", "scanned_at", "scanned_by", "last_seen",
    )  # fmt: skip
    odd = ("scanned", "outcome", "scanned_at", "scanned_by", "site")
    print_json({
        **_row_json(found.row), **more, "counts": found.counts, "grades": found.grades,
        "devices": [{name: getattr(one, name) for name in names} for one in found.devices],
        "odd_scans": [{name: getattr(one, name) for name in odd} for one in found.odd],
    })  # fmt: skip
