"""How commands read: those that fit what is typed, one with all it takes, and what it printed. Pure: shapes in, lines out."""

from __future__ import annotations

from collections.abc import Sequence

from tui.cards import lay_heading
from tui.console import Command, Ended, Parameter
from tui.text import Span, clean, join, span
from tui.widgets.line_view import Lay, Line
from tui.widgets.painting import fit, wrap

NAME = 24
TERMINAL = "It talks while it runs, opens a screen of its own or shows a secret: start it in a terminal."
ENDED = {
    0: ("✓ done", "good"),
    1: ("! done, with something to look at", "warn"),
    2: ("✕ not understood, or there is no such thing", "bad"),
    3: ("✕ refused by the brake", "bad"),
    4: ("✕ a source can't be reached", "bad"),
    5: ("✕ no access", "bad"),
    130: ("… it asks first; nothing was changed", "warn"),
}
"""Exit code -> what it means."""


def lay_commands(found: Sequence[Command], at: int) -> Lay:
    """The commands that fit."""

    def lay(width: int) -> list[Line]:
        lines: list[Line] = []
        for number, one in enumerate(found):
            here = number == at
            room = max(width - NAME - 3, 8)
            told = wrap(clean(one.help), room) if here else [fit(clean(one.help), room)]
            for place, piece in enumerate(told):
                name = Span(fit(clean(one.name if not place else ""), NAME), "strong" if here else "")
                lines.append([span("▌ " if here else "  ", "accent"), name, Span(piece, "" if here else "dim")])
        return lines or [[], [span("  No command has that in its name or help.", "dim")]]

    return lay


def lay_command(one: Command) -> Lay:
    """What a command takes."""

    def lay(width: int) -> list[Line]:
        lines: list[Line] = [[span(" fleet ", "dim"), span(one.name, "title"), Span(join(" ", usage_of(one)), "dim")]]
        lines += [[span(" "), Span(piece)] for piece in wrap(clean(one.help), max(width - 2, 8))]
        if one.in_terminal:
            lines += [[], *([span(" ! ", "warn"), Span(piece)] for piece in wrap(clean(TERMINAL), max(width - 4, 8)))]
        options = [each for each in one.parameters if not each.is_argument]
        if options:
            lines += lay_heading("Options", clean(""), width)
        for each in options:
            lines += _option(each, width)
        return lines

    return lay


def usage_of(one: Command) -> str:
    """`NAME [FILES …] [options]`."""
    words = []
    for each in one.parameters:
        if each.is_argument:
            name = each.name.upper().strip("[].") + (" …" if each.several else "")
            words.append(name if each.required else f"[{name}]")
        elif each.required:
            words.append(f"{each.name} …")
    return " ".join(words)


def _option(each: Parameter, width: int) -> list[Line]:
    value = "" if each.is_flag else " " + ("|".join(each.choices) if each.choices else "…")
    name = f"{', '.join(each.names)}{value}"
    told = each.help + (" May be repeated." if each.several and "repeated" not in each.help else "")
    room = max(min(width // 3, 34), 14)
    lines: list[Line] = []
    for at, piece in enumerate(wrap(clean(told), max(width - room - 4, 8)) or [clean("")]):
        head = fit(clean(name if at == 0 else ""), room)
        lines.append([span("  "), Span(head, "key" if not each.required else "warn"), span("  "), Span(piece, "dim")])
    return lines


def lay_ended(line: str, ended: Ended) -> Lay:
    """What a command printed."""
    word, ink = ENDED.get(ended.code, (f"ended with code {ended.code}", "warn"))

    def lay(width: int) -> list[Line]:
        lines: list[Line] = [[span(" fleet ", "dim"), span(line, "strong"), span("   "), span(word, ink)], []]
        for told in ended.said:
            sign = "  " if told.startswith(" ") else "! "
            lines += [[span(sign, "warn"), Span(piece)] for piece in wrap(clean(told.strip()), max(width - 3, 8))]
        if ended.said and ended.lines:
            lines.append([])
        lines += [[span(" "), Span(clean(told))] for told in ended.lines]
        if not ended.said and not ended.lines:
            lines.append([span("  It printed nothing.", "dim")])
        return lines

    return lay
