"""`fleet receive`: boxes that arrived become stock, with their order and delivery note."""

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import DAY, scans_from
from fleet.cli.bulk import json_option, preview_option, reason_option
from fleet.cli.output import inert, print_json, say
from fleet.cli.surroundings import NotWritten, Surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleet.commands.receiving import Received

WORDS = {
    "received": "taken into stock",
    "added": "new in the register",
    "repeated": "received before",
    "in_register": "in the register already",
    "unknown": "not known",
    "ambiguous": "fits several",
    "refused": "not possible",
}
"""Outcome -> how it is counted."""


@click.command()
@click.argument("keys", nargs=-1)
@click.option("--file", help="A file with one scan per line; - is stdin.")
@click.option("--organisation", help="Whose devices they are; not needed when there is one only.")
@click.option("--site", help="Where they are now.")
@click.option("--order", "order_number", help="The order they came with; made when it is new.")
@click.option("--note", "note_number", help="The number of the delivery note.")
@click.option(
    "--model", help="What boxes are that were neither ordered nor are on Apple's list; else these are left alone."
)
@click.option("--on", "day", type=DAY, help="The day they arrived, if not today.")
@reason_option
@preview_option
@json_option
@click.pass_obj
def receive(
    surroundings: Surroundings, keys: tuple[str, ...], file: str | None, organisation: str | None, site: str | None,
    order_number: str | None, note_number: str | None, model: str | None, day: date | None, reason: str | None,
    preview: bool, as_json: bool,
) -> None:  # fmt: skip
    """Take a delivery in: KEYS are serials as scanned from the boxes, or tags of what was ordered. All are one event.

    What can't be taken in is told and left alone; the exit code is 1 then.
    """
    from fleet.commands.receiving import CHANGED, consignment
    from fleet.commands.receiving import receive as take_in
    from fleet.database.history import open_event

    texts = scans_from(keys, file)
    told: list[Received] = []
    event = None
    with surroundings.write("device.receive", reason=reason, effective=day) as session:
        what = consignment(
            session, organisation=organisation, site=site, model=model, order=order_number, note=note_number, on=day
        )
        told = take_in(session, texts, what, actor=surroundings.access.name, now=surroundings.now)
        if preview:
            raise NotWritten("taken back")
        event = open_event(session)
    changed = any(one.outcome in CHANGED for one in told)
    _tell(told, event.id if event is not None and changed else None, preview, as_json)
    if any(one.outcome in ("unknown", "ambiguous", "refused") for one in told):
        raise click.exceptions.Exit(1)


def _tell(told: "Sequence[Received]", event: int | None, preview: bool, as_json: bool) -> None:
    counts = Counter(one.outcome for one in told)
    if as_json:
        scans = [
            {"scanned": one.scanned, "outcome": one.outcome, "device": one.device, "sentence": one.sentence}
            for one in told
        ]
        print_json({"event": event, "preview": preview, "counts": dict(counts), "scans": scans})
        return
    for one in told:
        sign = "✓" if one.outcome in ("received", "added") else "=" if one.outcome == "repeated" else "!"
        click.echo(inert(f"{sign} {one.sentence}"))
    summed: list[Any] = [f"{number:,} {WORDS[outcome]}" for outcome, number in counts.items()]
    say(f"{', '.join(summed)}." + (" Nothing was changed." if preview else f" Event {event}." if event else ""))
