"""`fleet incident`: usable at nine in the evening over SSH."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import DAY, keys_from
from fleet.cli.bulk import Deed, do_on_devices, file_option, preview_option
from fleet.cli.output import inert, print_json, table
from fleet.cli.surroundings import Surroundings
from fleet.clock import london_date
from fleet.domain.incidents import ENDS, KEYS, step_title
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from fleet.commands.assignments import Done
    from fleet.queries.incidents import IncidentRow, RunSheet


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
@click.argument("keys", nargs=-1)
@click.option("--on", "day", type=DAY, help="The day it happened, if not today.")
@click.option("--reference", help="Crime or incident reference, if there is one already.")
@click.option("--value", help="Value at loss in pounds, if not what it was bought for: 250 or 249.99.")
@click.option("--reason", help="What happened, in a sentence.")
@file_option
@preview_option
@click.option("--json", "as_json", is_flag=True, help="The run sheet as JSON.")
@click.pass_obj
def open_(
    surroundings: Surroundings,
    kind: str,
    keys: tuple[str, ...],
    day: date | None,
    reference: str | None,
    value: str | None,
    reason: str | None,
    file: str | None,
    preview: bool,
    as_json: bool,
) -> None:
    """Report devices. KEYS are devices; one by itself may be the person or number it was with. Several are one event."""
    from fleet.commands.incidents import open_incident

    pence = _pence(value) if value else None
    wanted = keys_from(keys, file)
    if len(wanted) > 1 or preview:
        deed = Deed("incident.open", wanted, reason, day, preview, as_json)
        do_on_devices(surroundings, deed, _each(f"reported {kind}", lambda session, one: open_incident(
            session, one, kind, now=surroundings.now, on=day, reference=reference, value_pence=pence
        )))  # fmt: skip
        return
    (key,) = wanted
    with surroundings.write("incident.open", reason=reason, effective=day) as session:
        device_id = _device(session, key, surroundings, reported=False)
        open_incident(session, device_id, kind, now=surroundings.now, on=day, reference=reference, value_pence=pence)
    _show(surroundings, device_id, as_json)


@incident.command(epilog="Steps: " + ", ".join(f"{one} ({step_title(one)})" for one in KEYS) + ".")
@click.argument("keys", nargs=-1)
@click.argument("step")
@click.option("--at", "moment", help="When it was done, if not now: 21:40, or 2026-11-22 21:40.")
@click.option("--note", help="Reference, who answered, what was said.")
@file_option
@preview_option
@click.option("--json", "as_json", is_flag=True, help="The run sheet as JSON.")
@click.pass_obj
def step(surroundings: Surroundings, keys: tuple[str, ...], step: str, moment: str | None, note: str | None,
         file: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """Note a STEP as done, here or by hand elsewhere; found and given-up end the incident. Several KEYS are one event."""
    from fleet.commands.incidents import record_step

    wanted = keys_from(keys, file)
    at = _moment(moment, surroundings.now) if moment else None
    action = "incident.close" if step in ENDS else "incident.step"
    if len(wanted) > 1 or preview:
        deed = Deed(action, wanted, note, london_date(at) if at else None, preview, as_json)
        do_on_devices(surroundings, deed, _each(f"{step} noted", lambda session, one: record_step(
            session, one, step, actor=surroundings.access.name, now=surroundings.now, at=at, note=note
        )))  # fmt: skip
        return
    (key,) = wanted
    with surroundings.write(action, reason=note, effective=london_date(at) if at else None) as session:
        device_id = _device(session, key, surroundings)
        record_step(session, device_id, step, actor=surroundings.access.name, now=surroundings.now, at=at, note=note)
    _show(surroundings, device_id, as_json)


@incident.command()
@click.argument("keys", nargs=-1)
@click.option(
    "--found/--given-up", default=True, help="Found again, or given up for lost; damage is settled either way."
)
@click.option("--note", help="Where, by whom, in what condition.")
@file_option
@preview_option
@click.option("--json", "as_json", is_flag=True, help="The run sheet as JSON.")
@click.pass_obj
def close(surroundings: Surroundings, keys: tuple[str, ...], found: bool, note: str | None, file: str | None, preview: bool,
          as_json: bool) -> None:  # fmt: skip
    """Close the open incident of a device; of several KEYS as one event."""
    from fleet.commands.incidents import close_incident

    wanted = keys_from(keys, file)
    if len(wanted) > 1 or preview:
        deed = Deed("incident.close", wanted, note, None, preview, as_json)
        do_on_devices(surroundings, deed, _each("incident closed", lambda session, one: close_incident(
            session, one, actor=surroundings.access.name, now=surroundings.now, found=found, note=note
        )))  # fmt: skip
        return
    (key,) = wanted
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


def _each(words: str, act: "Callable[[Session, int], Any]") -> "Callable[[Session, Sequence[int]], list[Done]]":
    """Do it to each device of a list, or to none; every device that is refused is named at once."""
    from fleet.commands.assignments import Done, device_name, locked
    from fleet.commands.refusals import Refusals
    from fleet.errors import FleetError

    def all_of_them(session: "Session", ids: "Sequence[int]") -> "list[Done]":
        devices, refusals, done = locked(session, ids), Refusals(), []
        for one in devices:
            name = device_name(one)
            with refusals.of_one():
                try:
                    act(session, one.id)
                except FleetError as error:
                    if name not in error.message:
                        error.message = f"{name}: {error.message}"
                    raise
                done.append(Done(one.id, name, f"{name}: {words}."))
        refusals.raise_any(len(devices))
        return done

    return all_of_them


def _device(session: Any, key: str, surroundings: Surroundings, *, reported: bool = True) -> int:
    """A device, or the only one that the named person has: at nine in the evening one knows a name.

    When it is `reported`, the one of theirs with an open incident.
    """
    from fleet.errors import Ambiguous, NotFound
    from fleet.queries.incidents import open_of, state_in_words
    from fleet.queries.keys import device_by_key, exact_devices, person_by_key
    from fleet.queries.people import holdings_of

    if len(exact := exact_devices(session, key)) == 1:
        return exact[0]
    try:
        person = person_by_key(session, key)
    except (NotFound, Ambiguous):
        return device_by_key(session, key, now=surroundings.now)
    held = [one.device_id for one in holdings_of(session, person.id) if one.returned_on is None]
    meant = (open_of(session, held) if reported else []) or held
    if len(meant) == 1:
        return meant[0]
    if not meant:
        raise NotFound(f"{person.name} holds nothing. Name the device.")
    listed = [state_in_words(session, one) for one in meant]
    raise Ambiguous(f"{person.name} has several devices. Say which:", matches=listed, lines=listed)


def _pence(text: str) -> int:
    from decimal import Decimal, InvalidOperation

    try:
        pounds = Decimal(text.strip().removeprefix("£").replace(",", ""))
    except InvalidOperation:
        pounds = Decimal(-1)
    if not Decimal(0) <= pounds < 1_000_000:
        raise UsageProblem(f"{text} is not a value. Write pounds: 250 or 249.99.")
    return int((pounds * 100).to_integral_value())


_LAST_NIGHT = timedelta(hours=12)
"""Past midnight, an hour that is still to come was yesterday's; one that comes soon is a slip."""


def _moment(text: str, now: datetime) -> datetime:
    from fleet.clock import LONDON

    local = now.astimezone(LONDON).replace(second=0, microsecond=0)
    for form in ("%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"):
        try:
            read = datetime.strptime(text.strip(), form)  # noqa: DTZ007 - London's clock, set below
        except ValueError:
            continue
        if form != "%H:%M":
            return read.replace(tzinfo=LONDON).astimezone(now.tzinfo)
        today = local.replace(hour=read.hour, minute=read.minute)
        if today > local and today - timedelta(days=1) < local - _LAST_NIGHT:
            raise UsageProblem(f"{text} is still to come. If it was yesterday, write the day too: 2026-11-22 21:40.")
        return (today if today <= local else today - timedelta(days=1)).astimezone(now.tzinfo)
    raise UsageProblem(f"{text} is not a time. Write 21:40, or 2026-11-22 21:40.")


def _list(surroundings: Surroundings, everything: bool, as_json: bool) -> None:
    from fleet.queries.incidents import list_incidents

    with surroundings.read() as session:
        rows = list_incidents(session, open_only=not everything)
    if as_json:
        keys = ("id", "kind", "device", "model", "holder", "organisation", "occurred_on", "reported_at", "closed_at", "reference",
                "value_pence", "steps_done", "dpo_told_at")  # fmt: skip
        print_json([{key: getattr(row, key) for key in keys} for row in rows])
        return
    table(
        ("Kind", "Device", "Model", "Holder", "On", "Steps", "72-hour clock", "Organisation"),
        [
            (
                row.kind, row.device, row.model or "–", row.holder or "–", f"{row.occurred_on:%d %b %Y}", row.steps_done,
                _clock(row, surroundings.now), row.organisation,
            )
            for row in rows
        ],
        right=(5,),
    )  # fmt: skip
    click.echo(f"\n{len(rows)} incident{'' if len(rows) == 1 else 's'}")


def _clock(row: "IncidentRow", now: datetime) -> str:
    from fleet.domain.incidents import GONE, clock_said

    if row.closed_at or row.kind not in GONE:
        return "closed" if row.closed_at else "–"
    return clock_said(row.kind, row.reported_at, row.dpo_told_at, now)


def _show(surroundings: Surroundings, device_id: int, as_json: bool) -> None:
    from fleet.clock import london_text
    from fleet.domain.incidents import clock_said
    from fleet.queries.incidents import run_sheet

    with surroundings.read() as session:
        sheet = run_sheet(session, device_id)
    row = sheet.row
    if as_json:
        print_json(_sheet_json(sheet))
        return
    clock = clock_said(row.kind, row.reported_at, row.dpo_told_at, surroundings.now)
    state = f"closed {london_text(row.closed_at)}" if row.closed_at else clock
    click.echo(
        click.style(f"{row.kind.upper()}  {inert(row.device)}  {inert(row.model or '')}", bold=True) + f"  ({state})"
    )
    for label, value in _facts(sheet):
        if value:
            click.echo(f"  {label + ':':<15}{inert(value)}")
    if sheet.done:
        click.echo("\nDone")
        for done in sheet.done:
            click.echo(
                f"  ✓ {london_text(done.at)}  {step_title(done.key)} ({inert(done.by)})"
                + (f": {inert(done.note)}" if done.note else "")
            )
    if sheet.to_do:
        click.echo("\nStill to do")
        for to_do in sheet.to_do:
            click.echo(f"  · {to_do.key:<14}{to_do.title}. {to_do.how}")
            if said := _remotely(surroundings, sheet, to_do.key):
                click.echo(f"    {'':<14}{inert(said)}")


def _remotely(surroundings: Surroundings, sheet: "RunSheet", step: str) -> str:
    """What to type for a step that Intune takes, or whom to ask where nothing can be sent from here."""
    from fleet.domain.facts import OWN_DEVICE
    from fleet.domain.remote.steps import actions_of_step, said_of_step

    tenant = surroundings.config.tenants.get(sheet.tenant or "")
    actions = actions_of_step(step, supervised=sheet.supervised, personal=sheet.row.device == OWN_DEVICE)
    configured = tenant is not None and tenant.actions is not None
    return said_of_step(actions, sheet.row.device, configured=configured, ask=surroundings.config.actions.ask)


def _sheet_json(sheet: "RunSheet") -> dict[str, Any]:
    row = sheet.row
    return {
        "id": row.id, "kind": row.kind, "device": row.device, "status": sheet.status, "holder": row.holder,
        "holder_upn": sheet.holder_upn, "also_held": sheet.also, "manager": sheet.manager, "occurred_on": row.occurred_on,
        "reported_at": row.reported_at, "dpo_told_at": row.dpo_told_at, "closed_at": row.closed_at,
        "reference": row.reference, "value_pence": row.value_pence, "supervised": sheet.supervised,
        "encrypted": sheet.encrypted, "last_seen": sheet.last_seen, "numbers": sheet.numbers, "iccids": sheet.iccids,
        "done": [{"step": one.key, "at": one.at, "by": one.by, "note": one.note} for one in sheet.done],
        "to_do": [one.key for one in sheet.to_do],
    }  # fmt: skip


def _facts(sheet: "RunSheet") -> tuple[tuple[str, str | None], ...]:
    """What is said on the telephone, in the order it is asked for."""
    from fleet.clock import london_text
    from fleet.domain.lifecycle import label
    from fleet.domain.wording import value_text

    row = sheet.row
    return (
        ("Holder", f"{row.holder or 'nobody'}" + (f" ({sheet.holder_upn})" if sheet.holder_upn else "")),
        ("Manager", sheet.manager), ("Also has", ", ".join(sheet.also)), ("Status", label(sheet.status)),
        ("Happened", f"{row.occurred_on:%d %b %Y}"), ("Reported", london_text(row.reported_at)),
        ("Reference", row.reference), ("Number", ", ".join(sheet.numbers)), ("SIM", ", ".join(sheet.iccids)),
        ("Serial", sheet.serial), ("IMEI", sheet.imei),
        ("Supervised", value_text("supervised", sheet.supervised) if sheet.supervised is not None else "not known"),
        ("Encrypted", value_text("encrypted", sheet.encrypted) if sheet.encrypted is not None else "not known"),
        ("Last check-in", london_text(sheet.last_seen) if sheet.last_seen else "not in Intune"),
        ("Value at loss", value_text("price_pence", row.value_pence) if row.value_pence is not None else "not recorded"),
    )  # fmt: skip
