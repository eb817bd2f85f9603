"""`fleet swap`, `fleet transfer`, `fleet extend`."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import DAY, keys_from, pairs_from
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

day_option = click.option("--on", "day", type=DAY, help="The day it really happened, if not today.")


@click.command()
@click.argument("keys", nargs=-1, metavar="OLD NEW")
@click.option("--sim/--no-sim", default=True, show_default=True, help="Whether the SIM goes along.")
@click.option(
    "--accessories/--no-accessories", default=True, show_default=True,
    help="Whether case, charger and the rest stay with the holder; else they come back.",
)  # fmt: skip
@click.option("--condition", help="Condition of the device that comes back.")
@click.option(
    "--to", "status", default="in_stock", show_default=True, help="Where it goes: in_stock, in_repair, quarantined."
)
@click.option("--file", help="A file with a pair on each line, the old device and the new; - is stdin.")
@day_option
@reason_option
@preview_option
@yes_option
@json_option
@click.pass_obj
def swap(surroundings: Surroundings, keys: tuple[str, ...], sim: bool, accessories: bool, condition: str | None, status: str,
         file: str | None, day: date | None, reason: str | None, preview: bool, yes: bool, as_json: bool) -> None:  # fmt: skip
    """Take OLD back and give its holder NEW on the same terms, as one event; several pairs one after the other.

    A loan stays a loan until the same day. Warnings are asked about as with fleet issue.
    """
    from fleet.commands import handovers

    pairs = pairs_from(keys, file)
    named = [key for pair in pairs for key in pair]
    if twice := next((key for key, number in Counter(named).items() if number > 1), None):
        raise UsageProblem(f"{twice} is named twice. Each device is in one pair.")

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        if len(devices) != len(named):
            raise UsageProblem("Two of the keys are of the same device. Each device is in one pair.")
        done = []
        for old, new in zip(devices[::2], devices[1::2], strict=True):
            done += handovers.swap(
                session, old, new, now=surroundings.now, carry_sim=sim, carry_items=accessories,
                to_status=status.strip().lower().replace(" ", "_"), condition=condition, on=day, reason=reason,
            )  # fmt: skip
        return done

    deed = Deed("device.swap", named, reason, day, preview, as_json, yes, verb="Swap", search=len(pairs) == 1)
    do_on_devices(surroundings, deed, act)


@click.command()
@keys_argument
@click.option("--to", "person", required=True, help="The person: UPN, employee number or name.")
@click.option("--due", type=DAY, help="A loan until this day; a loan keeps its day when nothing is said.")
@click.option("--for-good", is_flag=True, help="What was a loan is theirs for good.")
@day_option
@file_option
@reason_option
@preview_option
@yes_option
@json_option
@click.pass_obj
def transfer(surroundings: Surroundings, keys: tuple[str, ...], person: str, due: date | None, for_good: bool,
             day: date | None, file: str | None, reason: str | None, preview: bool, yes: bool, as_json: bool) -> None:  # fmt: skip
    """Pass devices from their holders to another person, with what went out with them, as one event.

    Warnings are asked about as with fleet issue.
    """
    from fleet.commands import handovers
    from fleet.queries.keys import person_by_key

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        holder = person_by_key(session, person)
        return handovers.transfer(
            session, devices, person_id=holder.id, now=surroundings.now, on=day, due_on=due, for_good=for_good
        )

    deed = Deed("device.transfer", keys_from(keys, file), reason, day, preview, as_json, yes, verb="Pass them on")
    do_on_devices(surroundings, deed, act)


@click.command()
@keys_argument
@click.option("--due", type=DAY, required=True, help="The new day.")
@file_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def extend(surroundings: Surroundings, keys: tuple[str, ...], due: date, file: str | None, reason: str | None, preview: bool,
           as_json: bool) -> None:  # fmt: skip
    """Let loans run on until another day."""
    from fleet.commands import handovers

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        return handovers.extend(session, devices, due_on=due, now=surroundings.now)

    do_on_devices(surroundings, Deed("device.extend", keys_from(keys, file), reason, None, preview, as_json), act)
