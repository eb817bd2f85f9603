"""Kinds of arguments that several commands take: days, and lists of keys from arguments, a file or stdin."""

import re
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from fleet.clock import london_date, utc_now
from fleet.domain.wording import day_text
from fleet.errors import UsageProblem

MOST_KEYS = 5_000
"""A longer list is a mistake; more than one command can want is no delivery and no refresh."""
MOST_SCANS = 20_000
"""A stocktake takes a whole storehouse at once."""
MOST_BYTES = 4_000_000
"""Of a file of keys; what is larger is not read."""
LONGEST_KEY = 200
"""Characters; a longer key is a page pasted into one line."""


_NEAR_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


class Day(click.ParamType[date]):
    """A day as people write it: 2026-03-31, 31/03/2026, 31 Mar 2026 or yesterday."""

    name = "DAY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day; fails with the forms that are understood."""
        if isinstance(value, date):
            return value
        near = _NEAR_DAYS.get(str(value).strip().lower())
        if near is not None:
            now = getattr(ctx.find_root().obj, "now", None) if ctx is not None else None
            return london_date(now or utc_now()) + timedelta(days=near)
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
    """Keys from the command line, and from a file or stdin (`-`): one on each line, or apart by tabs, commas, semicolons."""
    typed, pasted = _taken(keys, file)
    found = [key.strip() for key in (*typed, *_APART.split("\n".join(pasted))) if key.strip()]
    _check_number(found, MOST_KEYS)
    if long := next((key for key in found if len(key) > LONGEST_KEY), None):
        raise UsageProblem(f"{long[:40]}… is too long to be the key of a device. Put one key on each line.")
    return found


def pairs_from(keys: Sequence[str], file: str | None) -> list[tuple[str, str]]:
    """Two keys by two: from the command line, and from a file or stdin with both on a line."""
    typed, pasted = _taken(keys, file)
    lines = [[one.strip() for one in line.split() if one.strip()] for line in (_APART.sub(" ", one) for one in pasted)]
    if wrong := next((number for number, line in enumerate(lines, 1) if len(line) != 2), None):
        number = len(lines[wrong - 1])
        keys_there = f"{number} key{'' if number == 1 else 's'}"
        raise UsageProblem(f"Line {wrong} has {keys_there}. Each line is a pair: the old device and the new one.")
    if len(typed) % 2:
        raise UsageProblem(f"{len(typed)} keys are no pairs. Name the old device and the new one, pair by pair.")
    found = [*zip(typed[::2], typed[1::2], strict=True), *((line[0], line[1]) for line in lines)]
    _check_number([key for pair in found for key in pair], MOST_KEYS)
    return found


def numbers_from(numbers: Sequence[str], file: str | None) -> list[int]:
    """As `keys_from` for things that have numbers, each once; every word that is none is named."""
    try:
        found = list(dict.fromkeys(keys_from(numbers, file)))
    except UsageProblem as error:
        raise (
            UsageProblem("Give at least one number, or --file with one per line.") if error.code == NO_KEYS else error
        ) from None
    wrong = [one[:20] for one in found if not (one.isascii() and one.isdigit() and len(one) < 19)]
    if wrong:
        more = f" and {len(wrong) - 5:,} more" if len(wrong) > 5 else ""
        raise UsageProblem(f"{', '.join(wrong[:5])}{more}: not a number.")
    return [int(one) for one in found]


def scans_from(keys: Sequence[str], file: str | None) -> list[str]:
    """Every scan as it came, also the same twice and what can't be a key: a stocktake keeps them all."""
    typed, pasted = _taken(keys, file)
    _check_number([*typed, *pasted], MOST_SCANS)
    return [*typed, *pasted]


NO_KEYS = "no-keys"
_APART = re.compile(r"[\n\t,;]")


def _taken(keys: Sequence[str], file: str | None) -> tuple[list[str], list[str]]:
    """What was typed, and the lines of the file; a `-` among the keys is stdin."""
    typed = [key for key in keys if key.strip() and key != "-"]
    files = [one for one in (file, "-" if "-" in keys else None) if one is not None]
    return typed, [line for one in dict.fromkeys(files) for line in _text(one).splitlines() if line.strip()]


def _check_number(found: Sequence[str], most: int) -> None:
    if not found:
        raise UsageProblem(
            "Name at least one device: a tag, serial or IMEI, or --file with one per line.", code=NO_KEYS
        )
    if len(found) > most:
        raise UsageProblem(f"{len(found):,} keys are more than one command takes ({most:,}).")


def _text(file: str) -> str:
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UsageProblem(
                f"{file} is larger than any list of keys ({MOST_BYTES // 1_000_000} MB). Nothing was read."
            )
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem(
            f"{file} can't be read as text: it is not UTF-8. Save it as UTF-8, one key per line."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageProblem(f"{file} can't be read as text: {reason}.") from None
