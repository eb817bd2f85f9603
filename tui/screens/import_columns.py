"""What the columns of a file mean: said for the file in hand, and what was said earlier changed or forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult

from tui.dates import say_moment
from tui.files import FilePreview, Meaning
from tui.screens.dialog import Dialog
from tui.text import Span, clean, join, span
from tui.widgets.bars import Hint
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import fit, wrap

if TYPE_CHECKING:
    from tui.screens.imports import ImportScreen

UNREAD = "not read"
BACK = "-"
"""Takes back what was said of a column."""
WORDS = {"": UNREAD, BACK: "as Fleet thinks"}
OFFERED = 12


class MeaningsScreen(Dialog[dict[str, str]]):
    """The columns, one a line. Type a field, Enter says it of the column under the bar; F2 is all."""

    FIELDS_FIRST = True
    SUBMIT = "done"

    def __init__(self, title: Sequence[Span], columns: Sequence[tuple[str, str]], fields: Sequence[str]) -> None:
        super().__init__(title)
        self.columns, self.known = list(columns), list(fields)
        self.said: dict[str, str] = {}
        self.at = 0
        self.means = Entry("", "A field, or none to leave it unread, or - for as Fleet thinks", id="means")

    def fields(self) -> ComposeResult:
        """What the column under the bar means."""
        yield from self.field("Means", self.means)

    def hints(self) -> list[Hint]:
        """Enter says, F2 ends."""
        return [
            ("next", "Enter", "say it", True),
            ("submit", "F2", self.SUBMIT, True),
            ("cancel", "Esc", "cancel", True),
        ]

    @property
    def found(self) -> list[str]:
        """The fields that what is typed may mean, the likeliest first."""
        typed = self.means.value.strip().casefold().replace(" ", "_")
        fits = [one for one in self.known if typed in one]
        return sorted(fits, key=lambda one: (one != typed, not one.startswith(typed), one))

    def on_input_changed(self) -> None:
        """Other fields fit."""
        self.complain(None)
        self.lines.show(self.lay, keep_place=True)

    def lay(self, width: int) -> Sequence[Line]:
        """What may be said, then the columns."""
        offered = self.found[:OFFERED] if self.means.value.strip() not in ("", BACK) else []
        told = ", ".join(offered) or "Up and down choose a column; type what it means, Enter says it."
        lines: list[Line] = [[Span(piece, "dim")] for piece in wrap(clean(told), max(width, 8))]
        lines.append([])
        room = max(min(width // 2, 40), 12)
        for number, (header, means) in enumerate(self.columns):
            here, said = number == self.at, self.said.get(header)
            now = WORDS.get(means, means.replace("_", " ")) if means != "?" else "not known"
            bar = span("▌ " if here else "  ", "accent")
            name = Span(fit(clean(header), room), "strong" if here else "")
            line: Line = [bar, name, Span(clean(now), "faint" if said is not None else "dim")]
            if said is not None:
                line = [*line, span(" → ", "accent"), Span(clean(WORDS.get(said, said.replace("_", " "))), "strong")]
            lines.append(line)
        return lines

    def do_choose_up(self) -> None:
        """The column above."""
        self._go(self.at - 1)

    def do_choose_down(self) -> None:
        """The column below."""
        self._go(self.at + 1)

    def _go(self, at: int) -> None:
        self.at = min(max(at, 0), max(len(self.columns) - 1, 0))
        self.means.value = ""
        self.complain(None)
        self.lines.show(self.lay, keep_place=True)
        line, top, height = self.at + 2, self.lines.scroll_offset.y, self.lines.size.height
        if not top <= line < top + height:
            self.lines.scroll_to(y=max(line - height // 2, 0), animate=False)

    def do_next(self) -> None:
        """Say it of this column, and go to the next one."""
        typed = self.means.value.strip()
        if not self.columns:
            self.do_submit()
            return
        header = self.columns[self.at][0]
        if typed.casefold() in ("none", "no", UNREAD):
            self.said[header] = ""
        elif typed == BACK:
            self.said[header] = BACK
        elif typed:
            found = self.found
            if not found or (len(found) > 1 and found[0] != typed.casefold().replace(" ", "_")):
                self.complain(
                    f"{'Several fields have' if found else 'No field has'} {typed} in their name. Say one of them."
                )
                return
            self.said[header] = found[0]
        self._go(self.at + 1)

    def do_submit(self) -> None:
        """Give back what was said; a field that is still being typed counts."""
        if self.means.value.strip():
            before = self.at
            self.do_next()
            if self.means.value.strip():
                return
            self.at = before
        self.dismiss(dict(self.said))


class RememberedScreen(Dialog[tuple[str, int]]):
    """What was said earlier, one kind of file a line."""

    FIELDS_FIRST = True
    SUBMIT = "change"

    def __init__(self, meanings: Sequence[Meaning], here: int | None) -> None:
        super().__init__([span("What was said of columns", "title")])
        self.meanings = meanings
        self.here = here
        self.at = next((at for at, one in enumerate(meanings) if one.id == here), 0)

    def hints(self) -> list[Hint]:
        """Enter changes, F forgets."""
        return [("submit", "Enter", "change", bool(self.meanings)), ("cancel", "Esc", "back", True)]

    def lay(self, width: int) -> Sequence[Line]:
        """Each with its columns."""
        if not self.meanings:
            told = clean("Nothing yet: what you say of a file's columns is kept when the file is applied.")
            return [[span("  "), Span(piece, "dim")] for piece in wrap(told, max(width - 2, 8))]
        lines: list[Line] = []
        for number, one in enumerate(self.meanings):
            bar = span("▌ " if number == self.at else "  ", "accent")
            headers = join("files with ", ", ".join(one.headers[:4]), " …" if len(one.headers) > 4 else "")
            mark = "  this file" if one.id == self.here else ""
            lines.append(
                [bar, Span(fit(headers, max(width - 14, 8)), "strong" if number == self.at else ""), span(mark, "good")]
            )
            said = [f"{header} → {field.replace('_', ' ') or UNREAD}" for header, field in one.columns.items()]
            said += [f"read as {one.layout}"] if one.layout else []
            said += [f"headers in row {one.header_row}"] if one.header_row else []
            lines += [[span("    "), Span(piece)] for piece in wrap(clean(", ".join(said)), max(width - 4, 8))]
            told = join("by ", one.said_by, ", ", say_moment(one.said_at, self.fleet.clock()))
            lines.append([span("    "), Span(told, "dim")])
        return [*lines, [], [span("  F", "key"), span("  forgets the one under the bar", "dim")]]

    def on_key(self, event: events.Key) -> None:
        """There is no field to type into."""
        if event.key == "f" and self.meanings:
            event.stop()
            self.dismiss(("forget", self.meanings[self.at].id))

    def do_choose_up(self) -> None:
        """The one above."""
        self._go(-1)

    def do_choose_down(self) -> None:
        """The one below."""
        self._go(1)

    def _go(self, by: int) -> None:
        self.at = min(max(self.at + by, 0), max(len(self.meanings) - 1, 0))
        self.lines.show(self.lay, keep_place=True)

    def do_submit(self) -> None:
        """Change the one under the bar."""
        self.dismiss(("change", self.meanings[self.at].id) if self.meanings else None)


def columns_of(preview: FilePreview) -> list[tuple[str, str]]:
    """The columns of a file with what they mean; "?" for one that is not known."""
    found = dict(preview.columns)
    found |= {header: "?" for header in preview.unknown if header not in found}
    found |= {header: "" for header in preview.not_read if header not in found}
    return list(found.items())


def merged(mapping: Sequence[str], said: Mapping[str, str]) -> tuple[str, ...]:
    """`Header=field` pairs with what was said now."""
    pairs = {header: field for header, _, field in (one.rpartition("=") for one in mapping)}
    pairs |= {header: field for header, field in said.items() if field != BACK}
    gone = {header for header, field in said.items() if field == BACK}
    return tuple(f"{header}={field}" for header, field in pairs.items() if header not in gone)


def ask_columns(desk: ImportScreen) -> None:
    """Say what the columns of the previewed file mean, and read it again."""
    from dataclasses import replace

    preview = desk.preview
    if preview is None:
        desk.fleet.notify("Preview a file first: type its path and press Enter.", severity="warning")
        return

    def answered(said: dict[str, str] | None) -> None:
        if said:
            desk.read(replace(desk.choice, mapping=merged(desk.choice.mapping, said)))

    def known(fields: Sequence[str]) -> None:
        title = [span("Columns of ", "title"), span(preview.name, "strong")]
        desk.fleet.push_screen(MeaningsScreen(title, columns_of(preview), fields), answered)

    desk.fleet.background.look("fields", lambda register: register.files.fields(), known, desk.fleet.trouble)


def ask_remembered(desk: ImportScreen) -> None:
    """List what was said earlier; change it or forget it."""
    here = desk.preview.remembered if desk.preview is not None else None

    def told(sentence: str) -> None:
        desk.fleet.notify(sentence)
        desk.fleet.something_changed()
        if desk.preview is not None and desk.applied is None:
            desk.read(desk.choice)

    def listed(answer: tuple[Sequence[Meaning], Sequence[str]]) -> None:
        meanings, fields = answer

        def chosen(picked: tuple[str, int] | None) -> None:
            if picked is None:
                return
            deed, number = picked
            if deed == "forget":
                desk.fleet.background.write(
                    lambda register: register.files.forget_meaning(number), told, desk.fleet.tell_error
                )
                return
            one = next(one for one in meanings if one.id == number)
            rows = [(header, one.columns.get(header, BACK)) for header in one.headers]
            title = [span("Columns of such files", "title")]
            desk.fleet.push_screen(MeaningsScreen(title, rows, fields), lambda said: changed(number, said))

        def changed(number: int, said: dict[str, str] | None) -> None:
            if said:
                desk.fleet.background.write(
                    lambda register: register.files.say_otherwise(number, said), told, desk.fleet.tell_error
                )

        desk.fleet.push_screen(RememberedScreen(meanings, here), chosen)

    desk.fleet.background.look(
        "meanings", lambda register: (register.files.meanings(), register.files.fields()), listed, desk.fleet.trouble
    )
