"""How commands print: results to stdout as aligned text or one JSON document, the rest to stderr. Text is inert."""

import shutil
import sys
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import click

_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")


def inert(text: object) -> str:
    """Text that can't steer a terminal: control, bidirectional and zero-width characters become visible stand-ins."""
    value = str(text)
    if value.isascii() and value.isprintable():
        return value
    return "".join(_stand_in(char) for char in value)


def _stand_in(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if (
        char in _BIDI
        or 0x80 <= code <= 0x9F
        or 0xD800 <= code <= 0xDFFF
        or unicodedata.category(char) in ("Cf", "Zl", "Zp")
    ):
        return "\ufffd"
    return char


def width(text: str) -> int:
    """Columns a text takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def fit(text: str, columns: int) -> str:
    """A text cut to so many columns, with an ellipsis."""
    if width(text) <= columns:
        return text
    kept = ""
    for char in text:
        if width(kept + char) > columns - 1:
            break
        kept += char
    return kept + "…"


def say_nearest(meant: str) -> None:
    """That nothing matches what was typed, and which search the rows below answer instead."""
    say(f"Nothing is exactly that. Nearest: {meant}")


def table(
    headers: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = (), cut: bool | None = None
) -> None:
    """Print aligned columns. On a terminal the widest columns are cut to its width; elsewhere nothing is."""
    texts = [[inert("" if cell is None else cell) for cell in row] for row in rows]
    widths = [max([width(header), *(width(row[i]) for row in texts)]) for i, header in enumerate(headers)]
    if sys.stdout.isatty() if cut is None else cut:
        widths = _narrowed(widths, shutil.get_terminal_size().columns - 2 * (len(widths) - 1))
    click.echo(click.style(_line(headers, widths, right), bold=True))
    for row in texts:
        click.echo(_line(row, widths, right))


def _narrowed(widths: list[int], room: int) -> list[int]:
    widths = list(widths)
    while sum(widths) > room and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    parts = []
    for position, (cell, columns) in enumerate(zip(cells, widths, strict=True)):
        text = fit(cell, columns)
        blank = " " * (columns - width(text))
        parts.append(blank + text if position in right else text + blank)
    return "  ".join(parts).rstrip()


def print_json(document: Any) -> None:
    """One JSON document with dates as ISO text."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(document, option=options).decode() + "\n")


def say(text: str) -> None:
    """A line of progress or advice, to stderr."""
    click.echo(inert(text), err=True)


def progress(label: str) -> Callable[[str, int, int | None], None]:
    """A callback that shows how far reading has come: one moving line on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda _stage, _done, _total: None

    def show(stage: str, done: int, total: int | None) -> None:
        count = f" {done:,} of {total:,}" if total else f" {done:,}" if done else ""
        click.echo(f"\r\x1b[2K{label}: {stage}{count}", nl=False, err=True)

    return show


def end_progress() -> None:
    """Clear the moving line."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[2K", nl=False, err=True)
