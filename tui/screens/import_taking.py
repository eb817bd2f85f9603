"""What an import is to take besides what the file plainly says: new places, proposed values, blanks that erase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual import events

from fleet.domain.wording import field_label
from tui.files import FileChoice, FilePreview
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, join, span
from tui.widgets.bars import Hint
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap

if TYPE_CHECKING:
    from tui.screens.imports import ImportScreen


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that may be taken."""

    kind: str
    """create, accept or erase."""
    value: str
    title: str
    about: str = ""


class TakingScreen(Dialog[FileChoice]):
    """Each with a tick; Space sets it."""

    FIELDS_FIRST = True
    SUBMIT = "read it so"

    def __init__(self, choice: FileChoice, offers: Sequence[Offer]) -> None:
        super().__init__([span("What to take as well", "title")])
        self.choice, self.offers = choice, offers
        self.taken = {("create", "")} if choice.create else set()
        self.taken |= {("accept", one) for one in choice.accept} | {("erase", one) for one in choice.erase}
        self.at = 0

    def hints(self) -> list[Hint]:
        """There is no field: Enter does it."""
        return [("submit", "Enter", self.SUBMIT, True), ("cancel", "Esc", "cancel", True)]

    def lay(self, width: int) -> Sequence[Line]:
        """The offers."""
        if not self.offers:
            return [[span("  Nothing is proposed, and no column of this file may erase anything.", "dim")]]
        lines: list[Line] = []
        for number, one in enumerate(self.offers):
            here, taken = number == self.at, (one.kind, one.value) in self.taken
            lines.append(
                [
                    span("▌ " if here else "  ", "accent"),
                    span("✓ " if taken else "· ", "good" if taken else "faint"),
                    Span(clean(one.title), "strong" if here else ""),
                ]
            )
            lines += [
                [span("    "), Span(piece, "dim")] for piece in wrap(clean(one.about), max(width - 4, 8)) if piece
            ]
        return [*lines, [], [span("  Space", "key"), span("  takes it, or takes it not", "dim")]]

    def on_key(self, event: events.Key) -> None:
        """There is no field to type into."""
        if event.key == "space" and self.offers:
            event.stop()
            one = self.offers[self.at]
            self.taken ^= {(one.kind, one.value)}
            self.lines.show(self.lay, keep_place=True)

    def do_choose_up(self) -> None:
        """The one above."""
        self._go(-1)

    def do_choose_down(self) -> None:
        """The one below."""
        self._go(1)

    def _go(self, by: int) -> None:
        self.at = min(max(self.at + by, 0), max(len(self.offers) - 1, 0))
        self.lines.show(self.lay, keep_place=True)

    def do_submit(self) -> None:
        """Give the choice back."""
        chosen = {
            kind: tuple(sorted(value for one, value in self.taken if one == kind)) for kind in ("accept", "erase")
        }
        create = ("create", "") in self.taken
        self.dismiss(replace(self.choice, create=create, accept=chosen["accept"], erase=chosen["erase"]))


def offers_of(preview: FilePreview) -> list[Offer]:
    """What may be taken of a file; what was taken already can be left again."""
    offers = []
    if preview.proposals:
        parts = [
            f"{counted(len(names), kind)}: {', '.join(names[:6])}{' …' if len(names) > 6 else ''}"
            for kind, names in preview.proposals.items()
        ]
        offers.append(Offer("create", "", "Make what the register does not know", "; ".join(parts)))
    known = {one.code for one in preview.problems if one.acceptable}
    for code in preview.choice.accept:
        if code not in known:
            offers.append(Offer("accept", code, f"Take the proposals for {code.replace('-', ' ')}", "Taken."))
    for problem in preview.problems:
        if problem.acceptable:
            first = next(one for one in problem.places if one.remedy)
            about = join(
                problem.reason, " In row ", first.row or "", " it says ", first.value or "", ". ", first.remedy or ""
            )
            offers.append(Offer("accept", problem.code, f"Take what is proposed, {problem.count:,}×", about))
    for name in preview.erasable:
        title = f"Let a blank {field_label(name)} take away what is recorded"
        offers.append(Offer("erase", name, title))
    return offers


def ask_taking(desk: ImportScreen) -> None:
    """Ask, and read the file again with the answer."""
    preview = desk.preview
    if preview is None:
        desk.fleet.notify("Preview a file first: type its path and press Enter.", severity="warning")
        return

    def answered(choice: FileChoice | None) -> None:
        if choice is not None and choice != desk.choice:
            desk.read(choice)

    desk.fleet.push_screen(TakingScreen(desk.choice, offers_of(preview)), answered)
