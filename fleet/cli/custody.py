"""`fleet issue`, `fleet return`, `fleet move`: each takes one key or many, and is one event."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import DAY, keys_from
from fleet.cli.bulk import (
    Deed,
    do_on_devices,
    file_option,
    json_option,
    keys_argument,
    preview_option,
    reason_option,
    yes_option,
)
from fleet.cli.surroundings import Surroundings
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


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
@preview_option
@yes_option
@json_option
@click.pass_obj
def issue(surroundings: Surroundings, keys: tuple[str, ...], person: str | None, site: str | None, team: str | None,
          due: date | None, day: date | None, accessories: str | None, sims: tuple[str, ...], file: str | None,
          reason: str | None, preview: bool, yes: bool, as_json: bool) -> None:  # fmt: skip
    """Issue devices. KEYS are tags, serials or IMEIs, typed or scanned; - reads them from stdin.

    On a terminal every warning is asked about before anything is written: not enrolled, not compliant, no security
    updates, still enrolled by somebody else, has one already, has left, another organisation. In a script the last two
    refuse without --yes (code needs-yes) and the others are printed; --json lists them under "warnings".
    """
    from fleet.commands import assignments, bundles, reservations
    from fleet.queries.keys import person_by_key, place_by_name

    wanted, kinds = keys_from(keys, file), bundles.read_kinds(accessories)

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        to = person_by_key(session, person).id if person else None
        done = assignments.issue(
            session, devices, now=surroundings.now, due_on=due, issued_on=day, person_id=to,
            site_id=place_by_name(session, "site", site, near=devices) if site else None,
            team_id=place_by_name(session, "team", team, near=devices) if team else None,
        )  # fmt: skip
        done = reservations.settle_issue(session, done, person_id=to, now=surroundings.now, issued_on=day, due_on=due)
        return bundles.add_items(session, done, kinds=kinds, sims=sims)

    deed = Deed("device.issue", wanted, reason, day, preview, as_json, yes, verb="Issue")
    do_on_devices(surroundings, deed, act)


@click.command(name="return")
@keys_argument
@click.option("--from", "giver", help="Who hands it in, if that may not be its holder: UPN, employee number or name.")
@click.option("--condition", help="Its condition, in words.")
@click.option("--on", "day", type=DAY, help="The day it really came back, if not today.")
@click.option("--to", "status", help="Where it goes: in_stock, in_repair, quarantined; in_stock when not said.")
@click.option("--missing", help="What went out with it and did not come back: charger,sim.")
@click.option("--only", "part", help="Only this comes back, the device stays out: charger,sim. Also what was missing.")
@file_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def return_(surroundings: Surroundings, keys: tuple[str, ...], giver: str | None, condition: str | None, day: date | None,
            status: str | None, missing: str | None, part: str | None, file: str | None, reason: str | None, preview: bool,
            as_json: bool) -> None:  # fmt: skip
    """Take devices back. KEYS are tags, serials or IMEIs, typed or scanned; - reads them from stdin.

    What was never issued to the person named by --from is said, and taken in all the same with a --reason.
    """
    from fleet.commands import assignments, bundles
    from fleet.queries.keys import person_by_key

    gone, back = bundles.read_kinds(missing, also_sim=True), bundles.read_kinds(part, also_sim=True)
    if part is not None and (giver or condition or status or missing):
        raise UsageProblem("With --only the device stays out: leave out --from, --condition, --to and --missing.")

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        if part is not None:
            return bundles.take_back_part(session, devices, back, now=surroundings.now, on=day)
        came_back = bundles.take_back(session, devices, now=surroundings.now, missing=gone, on=day)
        done = assignments.return_devices(
            session, devices, now=surroundings.now, condition=condition, returned_on=day, to_status=_status(status or "in_stock"),
            from_person_id=person_by_key(session, giver).id if giver else None, reason=reason,
        )  # fmt: skip
        return bundles.with_words(done, came_back)

    do_on_devices(surroundings, Deed("device.return", keys_from(keys, file), reason, day, preview, as_json), act)


@click.command()
@click.argument("status")
@keys_argument
@click.option("--on", "day", type=DAY, help="The day it really happened, if not today.")
@click.option("--batch", help="Disposed: the batch it went with.")
@click.option("--certificate", help="Disposed: the number of the certificate; may be added later.")
@file_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def move(surroundings: Surroundings, status: str, keys: tuple[str, ...], day: date | None, batch: str | None,
         certificate: str | None, file: str | None, reason: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """Move devices to STATUS: prepared, in_repair, quarantined, lost, stolen, found, retired, disposed, in_stock.

    issued is for what comes back to its holder from repair or quarantine, or was found.
    """
    from fleet.commands import devices

    def act(session: "Session", found: Sequence[int]) -> list[Any]:
        return devices.move(
            session, found, _status(status), now=surroundings.now, on=day, reason=reason, batch=batch, certificate=certificate,
        )  # fmt: skip

    do_on_devices(surroundings, Deed("device.move", keys_from(keys, file), reason, day, preview, as_json), act)


def _status(word: str) -> str:
    return word.strip().lower().replace(" ", "_").replace("-", "_")
