"""A question over the screen. It gives back an answer and does no work itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen

from tui.actions import bindings_of, footer_of, key_text, keys_of
from tui.said import on_screen
from tui.text import Span, clean, span
from tui.widgets.bars import Clickable, Heading, Hint, KeyBar
from tui.widgets.dialog_box import DialogBox
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line, LineView
from tui.widgets.painting import wrap

if TYPE_CHECKING:
    from tui.app import FleetApp

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer | None]):
    """A title, some lines, some fields, the keys. Escape gives back None."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("dialog")
    AUTO_FOCUS = "Entry"
    SUBMIT: ClassVar[str] = "do it"
    FIELDS_FIRST: ClassVar[bool] = False
    """The fields come before the lines, which take all the room there is: for long lists."""

    def __init__(self, title: Sequence[Span], refused: str | None = None) -> None:
        super().__init__(classes="-tall" if self.FIELDS_FIRST else None)
        self.heading = Heading(*title)
        self.lines = LineView(id="lines")
        self.error = LineView(id="error")
        self.keybar = KeyBar(self.hints)
        self.refused = refused
        self.is_ready = False
        """Whether its first field has the focus: keys wait for that."""

    @property
    def submit_word(self) -> str:
        """What the key that does it is called."""
        return self.SUBMIT

    @property
    def can_submit(self) -> bool:
        """Whether there is anything to do; else the key for it is faint."""
        return True

    def on_screen_resume(self) -> None:
        """What was typed meanwhile belongs here."""
        self.call_later(self._become_ready)

    def _become_ready(self) -> None:
        self.is_ready = True
        self.fleet.typing_ahead.dialog_is_ready()

    @property
    def fleet(self) -> FleetApp:
        """The app."""
        return cast("FleetApp", self.app)

    def compose(self) -> ComposeResult:
        """Title, lines, fields, what is wrong, keys."""
        with DialogBox():
            yield self.heading
            if self.FIELDS_FIRST:
                yield from self.fields()
            yield self.lines
            if not self.FIELDS_FIRST:
                yield from self.fields()
            yield self.error
            yield self.keybar

    def fields(self) -> ComposeResult:
        """What there is to fill in."""
        yield from ()

    def field(self, label: str, entry: Entry) -> ComposeResult:
        """One labelled field."""
        with Horizontal(classes="field"):
            yield Heading(span(label, "dim"))
            yield entry

    def take_over(self, before: Dialog[Answer]) -> None:
        """Start with what was typed into one of the same kind."""
        typed = {entry.id: entry.value for entry in before.entries}
        for entry in self.entries:
            entry.value = typed.get(entry.id, entry.value)

    @property
    def entries(self) -> list[Entry]:
        """All fields, mounted or not."""
        return [one for one in vars(self).values() if isinstance(one, Entry)]

    def on_mount(self) -> None:
        """Show the lines, and why it came back if it did. What was told before must not cover them."""
        self.fleet.clear_notifications()
        self.lines.show(self.lay)
        if self.refused:
            self.complain(self.refused)

    def lay(self, width: int) -> Sequence[Line]:
        """The lines under the title."""
        del width
        return ()

    def complain(self, message: str | None) -> None:
        """Say what is wrong above the keys, in its first line; the others say more of it. None says that nothing is."""

        def lay(width: int) -> list[Line]:
            first, *more = on_screen(message).split("\n") if message else [""]
            pieces = wrap(clean(first), max(width - 2, 8)) if first else []
            lines: list[Line] = [
                [span("! " if at == 0 else "  ", "bad"), Span(piece, "bad")] for at, piece in enumerate(pieces)
            ]
            for line in more:
                pieces = wrap(clean(line), max(width - 4, 8))
                lines += [[span("  ↳ " if at == 0 else "    ", "warn"), Span(piece)] for at, piece in enumerate(pieces)]
            return lines

        self.error.show(lay)
        self.keybar.look_again()

    def hints(self) -> list[Hint]:
        """The keys of the dialog; with one field Enter does it."""
        alone = len(self.query(Entry)) < 2
        names = {"submit": self.submit_word, "next": self.submit_word} if alone else {"submit": self.submit_word}
        return [
            (
                action.id,
                key_text(keys_of(action, self.fleet.keymap)),
                names.get(action.id, action.label),
                self.can_submit or names.get(action.id) is None,
            )
            for action in footer_of("dialog")
            if not (alone and action.id == "submit")
        ]

    def on_clickable_clicked(self, message: Clickable.Clicked) -> None:
        """A key hint was clicked."""
        self.action_do(message.action_id)

    def action_do(self, action_id: str) -> None:
        """Do an action of the dialog, after the letters that were typed before it."""
        self._in_turn(action_id, None)

    def _in_turn(self, action_id: str, waited_for: Entry | None) -> None:
        field = self.focused
        if isinstance(field, Entry) and field is not waited_for:
            field.call_later(self._in_turn, action_id, field)
        elif self.is_current:
            getattr(self, f"do_{action_id}")()

    def do_cancel(self) -> None:
        """Close and change nothing."""
        self.dismiss(None)

    def do_clear(self) -> None:
        """Clear the field that is typed in."""
        if isinstance(self.focused, Entry):
            self.focused.value = ""

    def do_submit(self) -> None:
        """Give the answer back."""
        raise NotImplementedError

    def do_next(self) -> None:
        """Go on; at the end, give the answer."""
        entries = list(self.query(Entry))
        if self.focused is None or self.focused is entries[-1]:
            self.do_submit()
        else:
            self.focus_next()

    def do_choose_up(self) -> None:
        """Nothing to choose by default."""

    def do_choose_down(self) -> None:
        """Nothing to choose by default."""

    def do_page_up(self) -> None:
        """Show lines further up."""
        self.lines.page(-1)

    def do_page_down(self) -> None:
        """Show lines further down."""
        self.lines.page(1)
