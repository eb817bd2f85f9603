"""What an undo would take back, and why."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from tui.cards import lay_undo, say_undo
from tui.register import UndoLine
from tui.screens.dialog import Dialog
from tui.text import span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line


class UndoScreen(Dialog[str]):
    """The preview of an undo; the answer is the reason, perhaps empty."""

    SUBMIT = "undo"

    def __init__(self, title: str, preview: Sequence[UndoLine]) -> None:
        super().__init__([span("Undo ", "title"), span(title, "strong")])
        self.preview = preview
        self.reason = Entry("", "Optional: why", id="reason")

    def fields(self) -> ComposeResult:
        """Why."""
        yield from self.field("Reason", self.reason)

    def lay(self, width: int) -> Sequence[Line]:
        """Line by line."""
        heading: list[Line] = [[span(f"{say_undo(self.preview)}.", "strong")], []] if self.preview else []
        return [*heading, *lay_undo(self.preview)(width), []]

    def do_choose_up(self) -> None:
        """Scroll the preview."""
        self.lines.scroll_to(y=self.lines.scroll_y - 1, animate=False)

    def do_choose_down(self) -> None:
        """Scroll the preview."""
        self.lines.scroll_to(y=self.lines.scroll_y + 1, animate=False)

    def do_submit(self) -> None:
        """Undo, unless nothing would change."""
        if not any(line.kept_because is None for line in self.preview):
            self.complain("Nothing of it can be undone any more.")
            return
        self.dismiss(self.reason.value.strip())
