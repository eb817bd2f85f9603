"""Kinds of arguments that several commands take: days, and lists of keys from arguments, a file or stdin."""

import re
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from fleet.clock import london_date
from fleet.domain.wording import day_text
from fleet.errors import UsageProblem

MOST_KEYS = 20_000
"""A paste longer than this is a mistake."""
LONGEST_KEY = 200
"""Characters; a longer key is a page pasted into one line."""


class Day(click.ParamType[date]):
    """A day as people write it: 2026-03-31, 31/03/2026 or 31 Mar 2026."""

    name = "DAY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day; fails with the forms that are understood."""
        if isinstance(value, date):
            return value
        for form in ("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y", "%d %B %Y"):
            try:
                return datetime.strptime(str(value).strip(), form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
        raise click.BadParameter(f"{value} is not a day. Write 2026-03-31 or 31/03/2026.", ctx, param)


DAY = Day()


class SearchCommand(click.Command):
    """A command whose arguments are a search: `-kind:iphone` among them is a filter, not an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the filters that begin with a minus put behind `--`."""
        excluding = [one for one in args if _EXCLUDING.match(one)]
        if excluding and "--" not in args:
            args = [*(one for one in args if not _EXCLUDING.match(one)), "--", *excluding]
        return super().parse_args(ctx, args)


_EXCLUDING = re.compile(r"-[a-z]+:", re.I)


def search_text(words: Sequence[str]) -> str:
    """The words of a search as one text. The shell took the quotation marks of team:"Children North": they are put back."""
    return " ".join(_quoted(word) for word in words)


_NAMES = frozenset({"site", "team", "held", "holder", "model"})
"""Filters whose value may be several words."""


def _quoted(word: str) -> str:
    """A whole search in one argument stays as it is: only `team:Children North` alone lost its marks."""
    name, colon, value = word.partition(":")
    alone = ":" not in value and '"' not in value
    return f'{name}:"{value}"' if colon and " " in value and alone and name.lower().lstrip("-") in _NAMES else word


def past_day(day: date | None, now: datetime) -> date | None:
    """A day the register can tell of; raises `UsageProblem` for one that is still to come."""
    if day is not None and day > london_date(now):
        raise UsageProblem(f"{day_text(day)} is in the future: nothing is known of it yet. Name today or a day before.")
    return day


def keys_from(keys: Sequence[str], file: str | None) -> list[str]:
    """Keys from the command line, and one per line from a file or stdin (`-`): a scanner's list, pasted."""
    found = [key.strip() for key in scans_from(keys, file)]
    if long := next((key for key in found if len(key) > LONGEST_KEY), None):
        raise UsageProblem(f"{long[:40]}… is too long to be the key of a device. Put one key on each line.")
    return list(dict.fromkeys(found))


def scans_from(keys: Sequence[str], file: str | None) -> list[str]:
    """As `keys_from`, but every scan as it came, also the same twice and what can't be a key: a stocktake keeps them all."""
    found = [key for key in keys if key.strip()]
    if file is not None:
        found += [line for line in _text(file).splitlines() if line.strip()]
    if not found:
        raise UsageProblem("Name at least one device: a tag, serial or IMEI, or --file with one per line.")
    if len(found) > MOST_KEYS:
        raise UsageProblem(f"{len(found):,} keys are more than one command takes ({MOST_KEYS:,}).")
    return found


def _text(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem(
            f"{file} can't be read as text: it is not UTF-8. Save it as UTF-8, one key per line."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageProblem(f"{file} can't be read as text: {reason}.") from None
