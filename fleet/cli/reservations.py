"""`fleet reserve`: keep devices for somebody, list what is kept, cancel."""

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
from fleet.cli.output import print_json, table
from fleet.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class _KeysFirst(click.Group):
    """A group in which anything that is no command of its own is what `add` takes: `fleet reserve NB-IPAD-00017 --for …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with `add` put before keys and options of its own."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["add", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_KeysFirst, invoke_without_command=True)
@click.pass_context
def reserve(ctx: click.Context) -> None:
    """Keep devices for somebody: fleet reserve KEYS --for PERSON. Without anything: what is kept."""
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, None, False, False)


@reserve.command()
@keys_argument
@click.option("--for", "person", required=True, help="The person: UPN, employee number or name.")
@click.option("--from", "first", type=DAY, help="From this day; today if not said.")
@click.option("--until", "last", type=DAY, help="To this day, for a loan; for good if not said.")
@file_option
@reason_option
@preview_option
@yes_option
@json_option
@click.pass_obj
def add(surroundings: Surroundings, keys: tuple[str, ...], person: str, first: date | None, last: date | None, file: str | None,
        reason: str | None, preview: bool, yes: bool, as_json: bool) -> None:  # fmt: skip
    """Keep devices for a person; `add` need not be written."""
    from fleet.commands import reservations
    from fleet.queries.keys import person_by_key

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        return reservations.reserve(
            session, devices, person_id=person_by_key(session, person).id, actor=surroundings.access.name,
            now=surroundings.now, from_on=first, until_on=last,
        )  # fmt: skip

    deed = Deed("reservation.make", keys_from(keys, file), reason, None, preview, as_json, yes, verb="Reserve")
    do_on_devices(surroundings, deed, act)


@reserve.command()
@keys_argument
@click.option("--for", "person", help="Whose reservation, where a device has several.")
@file_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def cancel(surroundings: Surroundings, keys: tuple[str, ...], person: str | None, file: str | None, reason: str | None,
           preview: bool, as_json: bool) -> None:  # fmt: skip
    """Cancel the reservations of devices."""
    from fleet.commands import reservations
    from fleet.queries.keys import person_by_key

    def act(session: "Session", devices: Sequence[int]) -> list[Any]:
        whose = person_by_key(session, person).id if person else None
        return reservations.cancel(session, devices, person_id=whose)

    do_on_devices(surroundings, Deed("reservation.cancel", keys_from(keys, file), reason, None, preview, as_json), act)


@reserve.command(name="list")
@click.option("--for", "person", help="Only what is kept for this person.")
@click.option("--all", "everything", is_flag=True, help="Also what was issued or cancelled.")
@json_option
@click.pass_obj
def list_(surroundings: Surroundings, person: str | None, everything: bool, as_json: bool) -> None:
    """List reservations by their first day."""
    _list(surroundings, person, everything, as_json)


def _list(surroundings: Surroundings, person: str | None, everything: bool, as_json: bool) -> None:
    from fleet.clock import london_date
    from fleet.domain.wording import day_text
    from fleet.queries.keys import person_by_key
    from fleet.queries.reservations import list_reservations

    today = london_date(surroundings.now)
    with surroundings.read() as session:
        whose = person_by_key(session, person).id if person else None
        rows = list_reservations(session, open_only=not everything, person_id=whose)
    if as_json:
        keys = (
            "id",
            "device_id",
            "device",
            "model",
            "person",
            "upn",
            "organisation",
            "from_on",
            "until_on",
            "state",
            "made_by",
        )
        print_json([{key: getattr(row, key) for key in keys} for row in rows])
        return
    table(
        ("Device", "Model", "For", "From", "Until", "State", "By", "Organisation"),
        [
            (
                row.device, row.model or "–", row.person, day_text(row.from_on),
                day_text(row.until_on) if row.until_on else "for good",
                "lapsed" if row.state == "open" and row.until_on and row.until_on < today else row.state,
                row.made_by, row.organisation,
            )
            for row in rows
        ],
    )  # fmt: skip
    click.echo(f"\n{len(rows):,} reservation{'' if len(rows) == 1 else 's'}")
