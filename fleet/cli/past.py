"""`--as-at DAY`: which day is meant, and how an answer says it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import DAY, past_day
from fleet.cli.output import say
from fleet.cli.surroundings import Surroundings
from fleet.domain.wording import day_text
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Document = dict[str, Any]


def as_at_option(what: str) -> Callable[[Any], Any]:
    """The option, with what is shown as it was."""
    return click.option("--as-at", type=DAY, help=f"{what} at the end of a day.")


def asked_day(surroundings: Surroundings, as_at: date | None, **others: object) -> date | None:
    """The day that was asked for; raises `UsageProblem` for one to come, or beside an option about today."""
    if as_at is not None and (beside := [name for name, value in others.items() if value]):
        raise UsageProblem(f"--as-at and --{beside[0].replace('_', '-')} do not go together.")
    return past_day(as_at, surroundings.now)


def tell_day(session: "Session", day: date) -> None:
    """The day, above what was true then; and to stderr, where the register can know only what was entered afterwards."""
    from fleet.clock import london_date
    from fleet.queries.past import register_began

    began = register_began(session)
    if began is None or day < london_date(began):
        since = "has no history yet" if began is None else f"begins on {day_text(london_date(began))}"
        say(f"The register {since}. Of {day_text(day)} it knows only what was entered later.")
    click.echo(f"As at the end of {day_text(day)}\n")


def documents(rows: Iterable[Any], keys: Iterable[str], day: date | None) -> list[Document]:
    """Rows for JSON; of the past each says its day."""
    names = tuple(keys)
    return [with_day({name: getattr(row, name) for name in names}, day) for row in rows]


def with_day(document: Mapping[str, Any], day: date | None) -> Document:
    """A document that says as at which day it is."""
    return {**document} if day is None else {**document, "as_at": day}
