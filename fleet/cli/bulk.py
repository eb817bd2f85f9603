"""What every command does that takes one device or a list of them: resolve, preview, ask, write one event, tell."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import click

from fleet.cli.output import inert, print_json, say
from fleet.cli.surroundings import NotWritten, Surroundings
from fleet.errors import NotAllowed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from fleet.commands.assignments import Done

    Act = Callable[[Session, Sequence[int]], list[Done]]

SHOWN = 20
"""Warnings that a question repeats."""

keys_argument = click.argument("keys", nargs=-1)
file_option = click.option("--file", help="A file with one key per line; - is stdin.")
reason_option = click.option("--reason", help="Why; kept in history.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
preview_option = click.option("--preview", is_flag=True, help="Show what would happen and the warnings; write nothing.")
yes_option = click.option("--yes", is_flag=True, help="Do it in spite of every warning, without asking.")


@dataclass(frozen=True)
class Deed:
    """One write on a list of devices, as it was called."""

    action: str
    """Of the event."""
    keys: Sequence[str]
    reason: str | None = None
    day: date | None = None
    preview: bool = False
    as_json: bool = False
    yes: bool = False
    verb: str | None = None
    """`Issue`: warnings are asked about before anything is written. None: they are told with the result."""
    search: bool | None = None
    """Whether each key may be any scrap that fits only one device; None is only a key by itself."""


@dataclass
class _Try:
    """What an attempt did, or would have done."""

    done: "list[Done]"
    repeated: int
    event: int | None = None


def do_on_devices(surroundings: Surroundings, deed: Deed, act: "Act") -> None:
    """Do it as one event for all keys, or not at all; a preview does the same and takes it back.

    With a verb, warnings are asked about on a terminal, before anything is written. Without a terminal light ones are
    told with the result and grave ones refuse, unless `yes` says that they are known. What was done in spite of a grave
    warning says so in history.
    """
    seen, spite = frozenset[str](), None
    while True:
        made, news = _attempt(surroundings, deed, act, seen, spite)
        if not news:
            break
        if not deed.yes and not _agreed(deed, made):
            click.echo("Nothing was changed.")
            return
        seen, spite = seen | news, _spite(made.done)
    _tell(deed, made)


def _spite(done: "Sequence[Done]") -> str | None:
    """What history keeps of the grave warnings that somebody said yes to."""
    from fleet.commands.cautions import GRAVE

    said = [text for one in done for text in one.grave]
    phrases = [phrase for phrase in GRAVE if any(text.endswith(f"{phrase}.") for text in said)]
    return f"knowing that the holder {' and '.join(phrases)}" if phrases else None


def _attempt(
    surroundings: Surroundings, deed: Deed, act: "Act", seen: frozenset[str], spite: str | None
) -> tuple[_Try, frozenset[str]]:
    """Do it; taken back when it is a preview, or when it warns of what nobody has agreed to. Gives those warnings."""
    from fleet.database.history import open_event
    from fleet.queries.keys import devices_by_keys

    reason = f"{deed.reason} ({spite})" if deed.reason and spite else deed.reason or spite
    made, news = _Try([], 0), frozenset[str]()
    opened = None
    with surroundings.write(deed.action, reason=reason, effective=deed.day) as session:
        resolved = devices_by_keys(session, deed.keys, now=surroundings.now, search=deed.search)
        made = _Try(act(session, resolved.ids), resolved.repeated)
        news = frozenset[str]() if deed.preview else _to_agree(deed, made.done) - seen
        if deed.preview or news:
            raise NotWritten("taken back")
        opened = open_event(session)
    made.event = opened.id if opened is not None else None
    return made, news


def _to_agree(deed: Deed, done: "Sequence[Done]") -> frozenset[str]:
    """The warnings that somebody must have agreed to: on a terminal all, else the grave ones."""
    if deed.verb is None:
        return frozenset()
    asks = _on_terminal(deed) and not deed.yes
    return frozenset(f"{one.device}: {text}" for one in done for text in (one.warnings if asks else one.grave))


def _on_terminal(deed: Deed) -> bool:
    return not deed.as_json and sys.stdin.isatty() and sys.stderr.isatty()


def _agreed(deed: Deed, made: _Try) -> bool:
    """Ask, or refuse where nobody can answer."""
    warnings = _warning_lines(made.done)
    if _on_terminal(deed):
        for line in warnings[:SHOWN]:
            say(f"! {line}")
        if len(warnings) > SHOWN:
            say(f"! and {len(warnings) - SHOWN:,} more; --preview shows all.")
        return click.confirm(f"{deed.verb} anyway?", err=True)
    grave = [f"{one.device}: {text}" for one in made.done for text in one.grave]
    only = grave[0] if len(grave) == 1 else f"{len(grave):,} of these warnings are grave."
    raise NotAllowed(
        f"{only} Nothing was changed. If it is meant, repeat with --yes, and say why with --reason.",
        code="needs-yes", warnings=warnings, lines=grave if len(grave) > 1 else [],
    )  # fmt: skip


def _warning_lines(done: "Sequence[Done]") -> list[str]:
    return list(dict.fromkeys(f"{one.device}: {text}" for one in done for text in one.warnings))


def _tell(deed: Deed, made: _Try) -> None:
    if deed.as_json:
        print_json({
            "event": made.event, "preview": deed.preview, "repeated": made.repeated, "warnings": _warning_lines(made.done),
            "devices": [
                {"id": one.device_id, "device": one.device, "sentence": one.sentence, "warnings": one.warnings, "grave": one.grave}
                for one in made.done
            ],
        })  # fmt: skip
        return
    if made.repeated:
        keys = "key names a device that was" if made.repeated == 1 else "keys name devices that were"
        say(f"{made.repeated:,} {keys} named already: taken once.")
    number = len({one.device_id for one in made.done})
    for one in made.done:
        click.echo(inert(one.sentence))
        for warning in one.warnings:
            say(f"  ! {one.device}: {warning}" if number > 1 else f"  ! {warning}")
    counted = f"{number:,} devices. " if number > 1 else ""
    if deed.preview:
        click.echo(f"{counted}A preview: nothing was changed.")
    elif made.event is None:
        click.echo(f"{counted}Nothing was changed: it was so already.")
    else:
        click.echo(f"{counted}Event {made.event}. Take it back with: fleet undo {made.event}")
