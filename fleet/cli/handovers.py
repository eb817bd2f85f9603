"""`fleet swap`, `fleet transfer`, `fleet extend`."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import DAY, keys_from
from fleet.cli.custody import file_option, json_option, keys_argument, reason_option, run_on_devices
from fleet.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

preview_option = click.option("--preview", is_flag=True, help="Show what would happen and the warnings; write nothing.")
day_option = click.option("--on", "day", type=DAY, help="The day it really happened, if not today.")


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--sim/--no-sim", default=True, show_default=True, help="Whether the SIM goes along.")
@click.option("--condition", help="Condition of the device that comes back.")
@click.option(
    "--to", "status", default="in_stock", show_default=True, help="Where it goes: in_stock, in_repair, quarantined."
)
@day_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def swap(surroundings: Surroundings, old: str, new: str, sim: bool, condition: str | None, status: str, day: date | None,
         reason: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """Take OLD back and give its holder NEW on the same terms, as one event."""
    from fleet.commands import handovers

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        return handovers.swap(
            session,
            devices[0],
            devices[1],
            now=surroundings.now,
            carry_sim=sim,
            to_status=status,
            condition=condition,
            on=day,
        )

    run_on_devices(
        surroundings,
        "device.swap",
        [old, new],
        act,
        reason=reason,
        day=day,
        preview=preview,
        as_json=as_json,
        each=True,
    )


@click.command()
@keys_argument
@click.option("--to", "person", required=True, help="The person: UPN, employee number or name.")
@day_option
@file_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def transfer(surroundings: Surroundings, keys: tuple[str, ...], person: str, day: date | None, file: str | None,
             reason: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """Pass devices from their holders to another person, as one event."""
    from fleet.commands import handovers
    from fleet.queries.keys import person_by_key

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        holder = person_by_key(session, person)
        return handovers.transfer(session, devices, person_id=holder.id, now=surroundings.now, on=day)

    run_on_devices(
        surroundings,
        "device.transfer",
        keys_from(keys, file),
        act,
        reason=reason,
        day=day,
        preview=preview,
        as_json=as_json,
    )


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

    run_on_devices(
        surroundings,
        "device.extend",
        keys_from(keys, file),
        act,
        reason=reason,
        day=None,
        preview=preview,
        as_json=as_json,
    )
