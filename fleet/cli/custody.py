"""`fleet issue`, `fleet return`, `fleet move`: each takes one key or many, and is one event."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import DAY, keys_from
from fleet.cli.output import inert, print_json, say
from fleet.cli.surroundings import Surroundings
from fleet.errors import FleetError, UsageProblem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SHOWN_WRONG = 20
"""Keys that can't be resolved are named up to this number."""

keys_argument = click.argument("keys", nargs=-1)
file_option = click.option("--file", help="A file with one key per line; - is stdin.")
reason_option = click.option("--reason", help="Why; kept in history.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


@click.command()
@keys_argument
@click.option("--to", "person", help="The person: UPN, employee number or name.")
@click.option("--site", help="A site that holds it as shared equipment.")
@click.option("--team", help="A team that holds it as shared equipment.")
@click.option("--due", type=DAY, help="A loan: the day it is due back.")
@click.option("--on", "day", type=DAY, help="The day it was really handed over, if not today.")
@click.option("--with", "accessories", help="What goes with each device: case,charger,keyboard.")
@click.option("--with-sim", "sims", multiple=True, help="A SIM that goes into it: ICCID or number; one per device.")
@file_option
@reason_option
@click.option("--preview", is_flag=True, help="Show what would happen and the warnings; write nothing.")
@json_option
@click.pass_context
def issue(ctx: click.Context, keys: tuple[str, ...], person: str | None, site: str | None, team: str | None, due: date | None,
          day: date | None, accessories: str | None, sims: tuple[str, ...], file: str | None, reason: str | None, preview: bool,
          as_json: bool) -> None:  # fmt: skip
    """Issue devices. KEYS are tags, serials or IMEIs, typed or scanned."""
    from fleet.commands import assignments, bundles, reservations
    from fleet.queries.keys import person_by_key, place_by_name

    surroundings: Surroundings = ctx.obj
    wanted, kinds = keys_from(keys, file), bundles.read_kinds(accessories)

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        holder = {
            "person_id": person_by_key(session, person).id if person else None,
            "site_id": place_by_name(session, "site", site, near=devices) if site else None,
            "team_id": place_by_name(session, "team", team, near=devices) if team else None,
        }
        done = assignments.issue(session, devices, now=surroundings.now, due_on=due, issued_on=day, **holder)
        done = reservations.settle_issue(
            session, done, person_id=holder["person_id"], now=surroundings.now, issued_on=day, due_on=due
        )
        return bundles.add_items(session, done, kinds=kinds, sims=sims)

    run_on_devices(surroundings, "device.issue", wanted, act, reason=reason, day=day, preview=preview, as_json=as_json)


@click.command(name="return")
@keys_argument
@click.option("--condition", help="Its condition, in words.")
@click.option("--on", "day", type=DAY, help="The day it really came back, if not today.")
@click.option(
    "--to", "status", default="in_stock", show_default=True, help="Where it goes: in_stock, in_repair, quarantined."
)
@click.option("--missing", help="What went out with it and did not come back: charger,sim.")
@file_option
@reason_option
@click.option("--preview", is_flag=True, help="Show what would happen; write nothing.")
@json_option
@click.pass_context
def return_(ctx: click.Context, keys: tuple[str, ...], condition: str | None, day: date | None, status: str, missing: str | None,
            file: str | None, reason: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """Take devices back. KEYS are tags, serials or IMEIs, typed or scanned."""
    from fleet.commands import assignments, bundles

    surroundings: Surroundings = ctx.obj
    gone = bundles.read_kinds(missing, also_sim=True)

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        came_back = bundles.take_back(session, devices, now=surroundings.now, missing=gone, on=day)
        done = assignments.return_devices(
            session, devices, now=surroundings.now, condition=condition, returned_on=day, to_status=_status(status)
        )
        return bundles.with_words(done, came_back)

    run_on_devices(
        surroundings,
        "device.return",
        keys_from(keys, file),
        act,
        reason=reason,
        day=day,
        preview=preview,
        as_json=as_json,
    )


@click.command()
@click.argument("status")
@keys_argument
@click.option("--on", "day", type=DAY, help="The day it really happened, if not today.")
@click.option("--batch", help="Disposed: the batch it went with.")
@click.option("--certificate", help="Disposed: the number of the certificate.")
@file_option
@reason_option
@click.option("--preview", is_flag=True, help="Show what would happen; write nothing.")
@json_option
@click.pass_context
def move(ctx: click.Context, status: str, keys: tuple[str, ...], day: date | None, batch: str | None, certificate: str | None,
         file: str | None, reason: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """Move devices to STATUS: prepared, in_repair, quarantined, lost, stolen, found, retired, disposed, in_stock."""
    from fleet.commands import devices

    surroundings: Surroundings = ctx.obj

    def act(session: "Session", found: Sequence[int]) -> list[Any]:
        return devices.move(
            session,
            found,
            _status(status),
            now=surroundings.now,
            on=day,
            reason=reason,
            batch=batch,
            certificate=certificate,
        )

    run_on_devices(
        surroundings,
        "device.move",
        keys_from(keys, file),
        act,
        reason=reason,
        day=day,
        preview=preview,
        as_json=as_json,
    )


def _status(word: str) -> str:
    return word.strip().lower().replace(" ", "_").replace("-", "_")


class _OnlyAPreview(FleetError):
    """Rolls the transaction of a preview back."""


def run_on_devices(
    surroundings: Surroundings,
    action: str,
    keys: list[str],
    act: Any,
    *,
    reason: str | None,
    day: date | None,
    preview: bool,
    as_json: bool,
    each: bool = False,
) -> None:
    """One event for all keys, or none: a preview does the same and takes it back."""
    done: list[Any] = []
    event = None
    try:
        with surroundings.write(action, reason=reason, effective=day) as session:
            done = act(session, _resolve(session, keys, surroundings, search=each or len(keys) == 1))
            if preview:
                raise _OnlyAPreview("preview")
            from fleet.database.history import open_event

            opened = open_event(session)
        event = opened.id
    except _OnlyAPreview:
        pass
    if as_json:
        print_json({
            "event": event, "preview": preview,
            "devices": [
                {"id": one.device_id, "device": one.device, "sentence": one.sentence, "warnings": one.warnings} for one in done
            ],
        })  # fmt: skip
        return
    for one in done:
        click.echo(inert(one.sentence))
        for warning in one.warnings:
            say(f"  ! {warning}")
    click.echo(
        "A preview: nothing was changed." if preview else f"Event {event}. Take it back with: fleet undo {event}"
    )


def _resolve(session: "Session", keys: list[str], surroundings: Surroundings, *, search: bool) -> list[int]:
    """Ids of all keys; every key that can't be resolved is named at once, and nothing is touched."""
    from fleet.queries.keys import device_by_key, exact_devices

    found, wrong = [], []
    for key in keys:
        try:
            if not search:  # In a scanned list a key is what it says, never a search.
                ids = exact_devices(session, key)
                if len(ids) != 1:
                    wrong.append(f"{key} is {'not known' if not ids else 'not unique'}")
                    continue
                found.append(ids[0])
            else:
                found.append(device_by_key(session, key, now=surroundings.now))
        except FleetError as error:
            wrong.append(error.message)
    if wrong:
        more = f"; and {len(wrong) - SHOWN_WRONG:,} more" if len(wrong) > SHOWN_WRONG else ""
        told = "; ".join(wrong[:SHOWN_WRONG]) + more
        raise UsageProblem(told + ("" if len(keys) == 1 else ". Nothing was changed."), code="unknown-keys")
    if len(set(found)) != len(found):
        found = list(dict.fromkeys(found))
    return found
