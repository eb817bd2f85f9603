"""`fleet incident`: usable at nine in the evening over SSH."""

from datetime import date, datetime
from typing import Any

import click

from fleet.cli.arguments import DAY
from fleet.cli.output import inert, print_json, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import UsageProblem


@click.group(invoke_without_command=True)
@click.pass_context
def incident(ctx: click.Context) -> None:
    """Lost, stolen, damaged. Without a command: the open incidents."""
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, False, False)


@incident.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def list_(surroundings: Surroundings, everything: bool, as_json: bool) -> None:
    """List open incidents, newest first."""
    _list(surroundings, everything, as_json)


@incident.command(name="open")
@click.argument("kind", type=click.Choice(["lost", "stolen", "damaged"]))
@click.argument("key")
@click.option("--on", "day", type=DAY, help="The day it happened, if not today.")
@click.option("--reference", help="Crime or incident reference, if there is one already.")
@click.option("--reason", help="What happened, in a sentence.")
@click.option("--json", "as_json", is_flag=True, help="The run sheet as JSON.")
@click.pass_obj
def open_(
    surroundings: Surroundings,
    kind: str,
    key: str,
    day: date | None,
    reference: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Report a device. KEY is the device, or the person or number it was with."""
    from fleet.commands.incidents import open_incident

    with surroundings.write("incident.open", reason=reason, effective=day) as session:
        device_id = _device(session, key, surroundings)
        open_incident(session, device_id, kind, now=surroundings.now, on=day, reference=reference)
    _show(surroundings, device_id, as_json)


@incident.command()
@click.argument("key")
@click.argument("step")
@click.option("--at", "moment", help="When it was done, if not now: 21:40, or 2026-11-22 21:40.")
@click.option("--note", help="Reference, who answered, what was said.")
@click.option("--json", "as_json", is_flag=True, help="The run sheet as JSON.")
@click.pass_obj
def step(surroundings: Surroundings, key: str, step: str, moment: str | None, note: str | None, as_json: bool) -> None:
    """Note a STEP as done: lost-mode, line-barred, police, dpo-told, manager-told, replacement, wiped, insurance."""
    from fleet.commands.incidents import record_step

    at = _moment(moment, surroundings.now) if moment else None
    with surroundings.write("incident.step", reason=note) as session:
        device_id = _device(session, key, surroundings)
        record_step(session, device_id, step, actor=surroundings.access.name, now=surroundings.now, at=at, note=note)
    _show(surroundings, device_id, as_json)


@incident.command()
@click.argument("key")
@click.option("--found/--given-up", default=True, help="Found again, or given up for lost.")
@click.option("--note", help="Where, by whom, in what condition.")
@click.option("--json", "as_json", is_flag=True, help="The run sheet as JSON.")
@click.pass_obj
def close(surroundings: Surroundings, key: str, found: bool, note: str | None, as_json: bool) -> None:
    """Close the open incident of a device."""
    from fleet.commands.incidents import close_incident

    with surroundings.write("incident.close", reason=note) as session:
        device_id = _device(session, key, surroundings)
        close_incident(session, device_id, actor=surroundings.access.name, now=surroundings.now, found=found, note=note)
    _show(surroundings, device_id, as_json)


@incident.command()
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def show(surroundings: Surroundings, key: str, as_json: bool) -> None:
    """Show the run sheet of a device's newest incident."""
    with surroundings.read() as session:
        device_id = _device(session, key, surroundings)
    _show(surroundings, device_id, as_json)


def _device(session: Any, key: str, surroundings: Surroundings) -> int:
    """A device, or the only one that the named person has: at nine in the evening one knows a name."""
    from fleet.errors import Ambiguous, NotFound
    from fleet.queries.keys import device_by_key, exact_devices, person_by_key
    from fleet.queries.people import holdings_of

    if len(exact := exact_devices(session, key)) == 1:
        return exact[0]
    try:
        person = person_by_key(session, key)
    except (NotFound, Ambiguous):
        return device_by_key(session, key, now=surroundings.now)
    held = [one for one in holdings_of(session, person.id) if one.returned_on is None]
    if len(held) == 1:
        return held[0].device_id
    if not held:
        raise NotFound(f"{person.name} holds nothing. Name the device.")
    listed = ", ".join(f"{one.device} ({one.model or 'device'})" for one in held)
    raise Ambiguous(f"{person.name} holds several devices. Say which: {listed}.", matches=[one.device for one in held])


def _moment(text: str, now: datetime) -> datetime:
    from fleet.clock import LONDON

    local = now.astimezone(LONDON)
    for form in ("%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"):
        try:
            read = datetime.strptime(text.strip(), form)  # noqa: DTZ007 - London's clock, set below
        except ValueError:
            continue
        day = read.replace(tzinfo=LONDON)
        return (day if form != "%H:%M" else local.replace(hour=read.hour, minute=read.minute, second=0)).astimezone(
            now.tzinfo
        )
    raise UsageProblem(f"{text} is not a time. Write 21:40, or 2026-11-22 21:40.")


def _list(surroundings: Surroundings, everything: bool, as_json: bool) -> None:
    from fleet.domain.incidents import clock_text
    from fleet.queries.incidents import list_incidents

    with surroundings.read() as session:
        rows = list_incidents(session, open_only=not everything)
    if as_json:
        keys = ("id", "kind", "device", "model", "holder", "organisation", "occurred_on", "reported_at", "closed_at", "reference",
                "value_pence", "steps_done")  # fmt: skip
        print_json([{key: getattr(row, key) for key in keys} for row in rows])
        return
    table(
        ("Kind", "Device", "Model", "Holder", "On", "Steps", "72-hour clock", "Organisation"),
        [
            (
                row.kind, row.device, row.model or "–", row.holder or "–", f"{row.occurred_on:%d %b %Y}", row.steps_done,
                "closed" if row.closed_at else clock_text(row.reported_at, surroundings.now), row.organisation,
            )
            for row in rows
        ],
        right=(5,),
    )  # fmt: skip
    click.echo(f"\n{len(rows)} incident{'' if len(rows) == 1 else 's'}")


def _show(surroundings: Surroundings, device_id: int, as_json: bool) -> None:
    from fleet.clock import london_text
    from fleet.domain.incidents import STEPS, clock_text
    from fleet.domain.wording import value_text
    from fleet.queries.incidents import run_sheet

    with surroundings.read() as session:
        sheet = run_sheet(session, device_id)
    row = sheet.row
    if as_json:
        print_json({
            "id": row.id, "kind": row.kind, "device": row.device, "holder": row.holder, "holder_upn": sheet.holder_upn,
            "manager": sheet.manager, "occurred_on": row.occurred_on, "reported_at": row.reported_at, "closed_at": row.closed_at,
            "reference": row.reference, "value_pence": row.value_pence, "supervised": sheet.supervised,
            "encrypted": sheet.encrypted, "last_seen": sheet.last_seen, "numbers": sheet.numbers, "iccids": sheet.iccids,
            "done": [{"step": one.key, "at": one.at, "by": one.by, "note": one.note} for one in sheet.done],
            "to_do": [one.key for one in sheet.to_do],
        })  # fmt: skip
        return
    state = f"closed {london_text(row.closed_at)}" if row.closed_at else clock_text(row.reported_at, surroundings.now)
    click.echo(
        click.style(f"{row.kind.upper()}  {inert(row.device)}  {inert(row.model or '')}", bold=True) + f"  ({state})"
    )
    facts = (
        ("Holder", f"{row.holder or 'nobody'}" + (f" ({sheet.holder_upn})" if sheet.holder_upn else "")),
        ("Manager", sheet.manager), ("Happened", f"{row.occurred_on:%d %b %Y}"), ("Reported", london_text(row.reported_at)),
        ("Reference", row.reference), ("Number", ", ".join(sheet.numbers)), ("SIM", ", ".join(sheet.iccids)),
        ("Serial", sheet.serial), ("IMEI", sheet.imei),
        ("Supervised", value_text("supervised", sheet.supervised) if sheet.supervised is not None else "not known"),
        ("Encrypted", value_text("encrypted", sheet.encrypted) if sheet.encrypted is not None else "not known"),
        ("Last check-in", london_text(sheet.last_seen) if sheet.last_seen else "not in Intune"),
        ("Value at loss", value_text("price_pence", row.value_pence) if row.value_pence is not None else "not recorded"),
    )  # fmt: skip
    for label, value in facts:
        if value:
            click.echo(f"  {label + ':':<15}{inert(value)}")
    titles = {one.key: one.title for one in STEPS} | {"found": "Found again", "given-up": "Given up for lost"}
    if sheet.done:
        click.echo("\nDone")
        for done in sheet.done:
            click.echo(
                f"  ✓ {london_text(done.at)}  {titles.get(done.key, done.key)} ({done.by})"
                + (f": {inert(done.note)}" if done.note else "")
            )
    if sheet.to_do:
        click.echo("\nStill to do")
        for to_do in sheet.to_do:
            click.echo(f"  · {to_do.key:<14}{to_do.title}. {to_do.how}")
