"""`fleet devices` and `fleet device`."""

from dataclasses import replace
from datetime import date
from typing import Any

import click

from fleet.cli.arguments import SearchCommand, search_text
from fleet.cli.output import inert, print_json, say_nearest, table
from fleet.cli.past import as_at_option, asked_day, documents, tell_day, with_day
from fleet.cli.surroundings import Surroundings

JSON_KEYS = (
    "id", "kind", "model", "serial", "imei", "asset_tag", "status", "organisation", "site", "holder", "holder_upn",
    "os_version", "compliance", "last_seen", "ownership",
)  # fmt: skip
"""Keys that scripts rely on."""


@click.command(cls=SearchCommand)
@click.argument("search", nargs=-1)
@as_at_option("The estate as it was")
@click.option("--sort", default="asset_tag", show_default=True, help="Column to sort by.")
@click.option("--reverse", is_flag=True, help="Largest first.")
@click.option("--limit", type=click.IntRange(1), help="At most so many; all by default in JSON, 100 in a table.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def devices(
    surroundings: Surroundings,
    search: tuple[str, ...],
    as_at: date | None,
    sort: str,
    reverse: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """List devices. SEARCH is words and filters: status:lost  os:<17.7  seen:>30d  held:anna  team:"Children North"."""
    from fleet.domain.search import parse
    from fleet.queries.as_at import devices_as_at
    from fleet.queries.devices import DeviceQuery, count_devices, list_devices
    from fleet.queries.near_miss import meant_by

    query = DeviceQuery(parse(search_text(search)), sort, reverse)
    now = surroundings.now
    as_at = asked_day(surroundings, as_at)
    limit = limit or (None if as_json else 100)
    with surroundings.read() as session:
        if as_at is not None:
            rows = devices_as_at(session, as_at, query.search)
            if not as_json:
                tell_day(session, as_at)
            number = len(rows)
            rows = rows[:limit]
        else:
            rows = list_devices(session, query, now=now, limit=limit)
            for meant in meant_by(session, search_text(search)) if not rows and not as_json else ():
                query = replace(query, search=parse(meant))
                if rows := list_devices(session, query, now=now, limit=limit):
                    say_nearest(meant)
                    break
            number = len(rows) if limit is None else count_devices(session, query, now=now)
    if as_json:
        print_json(documents(rows, JSON_KEYS, as_at))
        return
    _print_devices(rows)
    shown = f"the first {len(rows):,} of {number:,}; --limit shows more" if len(rows) < number else f"{number:,}"
    click.echo(f"\n{shown} device{'' if number == 1 else 's'}" + (f" as at {as_at:%d %b %Y}" if as_at else ""))


def _print_devices(rows: list[Any]) -> None:
    from fleet.clock import london_date
    from fleet.domain.lifecycle import LABELS

    table(
        ("Tag", "Serial", "Model", "Status", "Holder", "Team", "OS", "Last seen", "Organisation"),
        [
            (
                row.asset_tag or "–", row.serial or "–", row.model or row.kind, LABELS.get(row.status, row.status),
                row.holder or "–", row.team or "–", row.os_version or "–",
                f"{london_date(row.last_seen):%d %b %Y}" if row.last_seen else "–", row.organisation,
            )
            for row in rows
        ],
    )  # fmt: skip


@click.command()
@click.argument("key")
@as_at_option("As it was")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def device(surroundings: Surroundings, key: str, as_at: date | None, as_json: bool) -> None:
    """Show one device. KEY is its serial, tag, IMEI, phone number, or any words that only it has."""
    from fleet.queries.cards import device_card
    from fleet.queries.keys import device_by_key

    as_at = asked_day(surroundings, as_at)
    with surroundings.read() as session:
        device_id = device_by_key(session, key, now=surroundings.now)
        if as_at is not None:
            _print_as_at(session, device_id, as_at, as_json)
            return
        card = device_card(session, device_id, now=surroundings.now)
    if as_json:
        print_json({
            **{name: getattr(card.row, name) for name in JSON_KEYS},
            "facts": [
                {"said_by": one.group, "label": one.label, "value": one.value, "disagrees": one.disagrees} for one in card.facts
            ],
            "holders": [
                {"holder": one.holder, "issued": one.issued, "returned": one.returned, "due": one.due, "with": one.with_it,
                 "condition": one.condition}
                for one in card.holdings
            ],
            "findings": [{"rule": one.rule, "severity": one.severity, "sentence": one.sentence} for one in card.findings],
        })  # fmt: skip
        return
    _print_card(card)


def _print_as_at(session: Any, device_id: int, day: date, as_json: bool) -> None:
    from fleet.domain.wording import day_text
    from fleet.queries.as_at import devices_as_at

    rows = [row for row in devices_as_at(session, day) if row.id == device_id]
    if as_json:
        print_json(with_day({name: getattr(rows[0], name) if rows else None for name in JSON_KEYS}, day))
        return
    tell_day(session, day)
    if rows:
        _print_devices(rows)
    else:
        click.echo(f"The register knows nothing of it on {day_text(day)}.")


def _print_card(card: Any) -> None:
    from fleet.clock import london_text

    row = card.row
    click.echo(click.style(inert(f"{row.asset_tag or row.serial or 'own device'}  {row.model or row.kind}"), bold=True))
    group = ""
    for fact in card.facts:
        if fact.group != group:
            group = fact.group
            age = f", last check-in {london_text(card.observed_at)}" if group == "Intune" and card.observed_at else ""
            click.echo(f"\n{group.capitalize() if group.islower() else group}{age}")
        click.echo(f"  {'≠' if fact.disagrees else ' '} {fact.label + ':':<20}{inert(fact.value)}")
    if card.holdings:
        click.echo("\nHeld by")
        for one in card.holdings:
            until = f"to {one.returned}" if one.returned else f"(due {one.due})" if one.due else "until now"
            items = f", with {', '.join(one.with_it)}" if one.with_it else ""
            condition = f"; came back: {one.condition}" if one.condition else ""
            click.echo(f"    {inert(one.holder)}, from {one.issued} {until}{inert(items)}{inert(condition)}")
    if card.findings:
        click.echo("\nFindings")
        for finding in card.findings:
            click.echo(f"    {finding.severity:<7} {inert(finding.sentence)}")
    click.echo("\nHistory (newest first)")
    for event in card.events[:8]:
        click.echo(f"    {london_text(event.recorded_at)}  {inert(event.actor)}: {inert(event.sentence)}")
