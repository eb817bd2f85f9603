"""Every command of the command line, typed as there: found by name, explained, run, its answer shown."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from tui.actions import bindings_of
from tui.console import Command, Ended
from tui.screens.commands_lines import TERMINAL, lay_command, lay_commands, lay_ended
from tui.screens.dialog import Dialog
from tui.screens.place import PlaceScreen
from tui.text import Span, clean, counted, span
from tui.widgets.bars import Heading, StatusLine
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line, LineView
from tui.widgets.painting import wrap

if TYPE_CHECKING:
    from fleet.errors import FleetError


class AnswerScreen(Dialog[str]):
    """What a command wants to know before it does anything."""

    SUBMIT = "answer"

    def __init__(self, question: str) -> None:
        super().__init__([span("The command asks", "title")])
        self.question = question
        self.answer = Entry("", "y for yes; or what it wants typed", id="answer")

    def fields(self) -> ComposeResult:
        """The answer."""
        yield from self.field("Answer", self.answer)

    def lay(self, width: int) -> Sequence[Line]:
        """The question."""
        return [*([Span(piece)] for piece in wrap(clean(self.question), max(width, 8))), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        if self.answer.value.strip():
            self.dismiss(self.answer.value.strip())
        else:
            self.complain("Type an answer, or Esc: then nothing is changed.")


TOLD = 4
"""Lines that the help of the command under the bar may take besides its first."""


class CommandsScreen(PlaceScreen):
    """The command line, on the screen."""

    PLACE = "commands"
    AUTO_FOCUS = "Entry"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("commands")

    def __init__(self) -> None:
        super().__init__()
        self.typed = Entry("", "Type a command, or words of what it does", id="search")
        self.lines = LineView(id="command-lines")
        self.status = StatusLine()
        self.all: Sequence[Command] = ()
        self.at = 0
        self.ended: Ended | None = None
        self.ran = ""
        self.running = False
        self._asked = 0

    def compose(self) -> ComposeResult:
        """Header, command, lines, status, keys."""
        yield self.top
        yield self.banner
        with Horizontal(id="search-line"):
            yield Heading(span(" ›"), id="prompt")
            yield self.typed
        yield self.lines
        yield self.status
        yield self.keybar

    def on_mount(self) -> None:
        """Read what commands there are."""
        self.news_changed()
        self.show()
        self.fleet.background.look("commands", lambda register: register.console.commands(), self._known, self._refused)
        if self.fleet.summary is None:
            self.fleet.read_summary()

    def on_screen_resume(self) -> None:
        """Back here."""
        self.news_changed()

    def _known(self, commands: Sequence[Command]) -> None:
        self.all = commands
        self.show()

    # --- what is typed ----------------------------------------------------------------------------------------

    @property
    def words(self) -> list[str]:
        """What is typed, word by word; a quote that is still open ends at the end."""
        try:
            return shlex.split(self.typed.value)
        except ValueError:
            return self.typed.value.split()

    @property
    def command(self) -> Command | None:
        """The command that is typed: the longest name that what is typed begins with."""
        words = tuple(self.words)
        fits = [one for one in self.all if words[: len(one.words)] == one.words]
        return max(fits, key=lambda one: len(one.words), default=None)

    @property
    def found(self) -> list[Command]:
        """Commands with every word in their name or help; those whose name begins so come first."""
        words = [word.casefold() for word in self.words]
        start = " ".join(words)
        fits = [one for one in self.all if all(word in f"{one.name} {one.help}".casefold() for word in words)]
        return sorted(fits, key=lambda one: not one.name.startswith(start)) if start else fits

    @property
    def is_complete(self) -> bool:
        """Whether a command is typed, and no longer name begins with what is typed."""
        one, start = self.command, " ".join(self.words)
        longer = (
            any(other.name.startswith(start) and len(other.words) > len(one.words) for other in self.all)
            if one
            else False
        )
        return one is not None and (self.typed.value.endswith(" ") or not longer)

    def on_input_changed(self) -> None:
        """Another text: what fits it."""
        self._asked += 1
        self.ended, self.running, self.at = None, False, 0
        self.show()

    def action_do(self, action_id: str) -> None:
        """Do an action; what depends on the text waits for letters on their way: a pasted command is fast."""
        if action_id in ("run_command", "preview_command"):
            self.typed.call_later(super().action_do, action_id)
        else:
            super().action_do(action_id)

    # --- the keys ---------------------------------------------------------------------------------------------

    def do_run_command(self) -> None:
        """Take the command under the bar, or run what is typed."""
        found = self.found
        if not self.is_complete and found:
            self.typed.value = f"{found[min(self.at, len(found) - 1)].name} "
            self.typed.cursor_position = len(self.typed.value)
            return
        if self.command is None:
            self.status.complain("There is no such command.")
            return
        self.run_with(self.words, [])

    def do_preview_command(self) -> None:
        """Run what is typed so that it only says what it would do."""
        one = self.command
        if one is None or not one.has("--preview"):
            self.fleet.notify("That command has no preview." if one else "Type a command first.", severity="warning")
            return
        words = self.words
        self.run_with(words if "--preview" in words else [*words, "--preview"], [])

    def run_with(self, words: Sequence[str], answers: Sequence[str]) -> None:
        """Run a command; a question that it stops at is asked, and it is run again with the answer."""
        one = self.command
        if one is None or self.running:
            return
        if one.in_terminal:
            self.status.complain(TERMINAL)
            return
        self._asked += 1
        asked, self.running, self.ran = self._asked, True, shlex.join(words)

        def ended(answer: Ended) -> None:
            self.fleet.something_changed()
            if asked != self._asked:
                return
            self.running, self.ended = False, answer
            self.show()
            if answer.asks is not None:
                self.fleet.push_screen(AnswerScreen(answer.asks), answered)

        def answered(text: str | None) -> None:
            if text is not None:
                self.run_with(words, [*answers, text])

        self.fleet.background.job(lambda register: register.console.run(words, answers), ended, self._refused)
        self.show()

    def _refused(self, error: FleetError) -> None:
        self.running = False
        self.show()
        self.fleet.trouble(error, quiet=True)
        self.status.complain(error.message)

    # --- what is shown ----------------------------------------------------------------------------------------

    def show(self) -> None:
        """Paint everything anew."""
        one = self.command
        if self.ended is not None:
            self.lines.show(lay_ended(self.ran, self.ended))
        elif one is not None and self.is_complete:
            self.lines.show(lay_command(one))
        else:
            self.lines.show(lay_commands(self.found, self.at), keep_place=True)
        self.status.show(self._status())
        self.keybar.refresh()

    def _status(self) -> list[Span]:
        if self.running:
            return [span("running … you can go on working elsewhere", "accent")]
        if not self.all:
            return [span("reading the commands …", "dim")]
        if self.ended is not None:
            return [
                Span(counted(len(self.ended.lines), "line"), "dim"),
                span("   F9", "key"),
                span(" history undoes", "dim"),
            ]
        if self.is_complete:
            return [span("Enter", "key"), span(" runs it", "dim")]
        return [Span(counted(len(self.found), "command"), "dim")]

    def do_up(self) -> None:
        """The command above, or scroll."""
        self._go(-1)

    def do_down(self) -> None:
        """The command below, or scroll."""
        self._go(1)

    def on_line_view_clicked(self, message: LineView.Clicked) -> None:
        """A click on a command takes it."""
        found = self.found
        if self.ended is None and not self.is_complete:
            named = [
                number
                for number, one in enumerate(found)
                if any(part.text.strip() == one.name for part in message.line)
            ]
            if named:
                self.at = named[0]
                self.do_run_command()

    def _go(self, by: int) -> None:
        if self.ended is not None or self.is_complete:
            self.lines.scroll_to(y=self.lines.scroll_y + by, animate=False)
            return
        self.at = min(max(self.at + by, 0), max(len(self.found) - 1, 0))
        self.show()
        top, height = self.lines.scroll_offset.y, self.lines.size.height
        if not top <= self.at < top + height - TOLD:
            self.lines.scroll_to(y=max(self.at - height // 2, 0), animate=False)

    def do_page_up(self) -> None:
        """Scroll by a screenful."""
        self.lines.page(-1)

    def do_page_down(self) -> None:
        """Scroll by a screenful."""
        self.lines.page(1)

    def do_clear(self) -> None:
        """Clear what is typed."""
        self.typed.value = ""

    def do_back(self) -> None:
        """From the answer to the command, from there to nothing typed, then to the devices."""
        if self.ended is not None or self.running:
            self._asked += 1
            self.ended, self.running = None, False
            self.show()
        elif self.typed.value:
            self.typed.value = ""
        else:
            self.fleet.switch_mode("devices")
