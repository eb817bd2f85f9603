"""What an import asks: how to read the file, and where rejected rows go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from tui.files import FileChoice, Layout
from tui.screens.dialog import Dialog
from tui.screens.import_columns import ask_columns, ask_remembered
from tui.screens.import_lines import on_screen
from tui.screens.import_taking import ask_taking
from tui.text import Span, clean, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap

if TYPE_CHECKING:
    from tui.screens.imports import ImportScreen

YES = frozenset({"y", "yes", "true", "1"})


def _is_row(text: str) -> bool:
    """Whether it is nothing, or the number of a row."""
    return not text or (text.isascii() and text.isdecimal() and 0 < int(text[:8]) <= 1_048_576)


class OptionsScreen(Dialog[FileChoice]):
    """How a file is to be read."""

    SUBMIT = "set"

    def __init__(self, choice: FileChoice, layouts: Sequence[Layout], first: str = "layout") -> None:
        """`first` is the field that is asked for: `layout`, `organisation`, `confirm`."""
        super().__init__([span("How to read it", "title")])
        self.first = first
        self.choice, self.layouts = choice, list(layouts)
        self.layout_key = Entry(choice.layout or "", "Recognised; or one of those above", id="layout")
        self.organisation = Entry(choice.organisation or "", "Owner of rows that name none", id="organisation")
        self.sheet = Entry(choice.sheet or "", "The sheet of a workbook", id="sheet")
        header = "" if choice.header_row is None else str(choice.header_row)
        self.header_row = Entry(header, "Row that holds the headers, where it is not found", id="header_row")
        self.mapping = Entry("; ".join(choice.mapping), "Header=field; Other header=field", id="mapping")
        self.create = Entry("yes" if choice.create else "", "yes makes sites and teams that are not known", id="create")
        confirm = "" if choice.confirm is None else str(choice.confirm)
        self.confirm = Entry(confirm, "Number of devices taken out of use, when asked for", id="confirm")
        self.reason = Entry(choice.reason or "", "Why; kept in history", id="reason")

    def fields(self) -> ComposeResult:
        """Everything the command line has."""
        yield from self.field("Layout", self.layout_key)
        yield from self.field("Owner", self.organisation)
        yield from self.field("Sheet", self.sheet)
        yield from self.field("Header row", self.header_row)
        yield from self.field("Columns", self.mapping)
        yield from self.field("Make places", self.create)
        yield from self.field("Confirm", self.confirm)
        yield from self.field("Reason", self.reason)

    def on_mount(self) -> None:
        """Begin where something is asked for."""
        super().on_mount()
        self.query_one(f"#{self.first}", Entry).focus()

    def lay(self, width: int) -> Sequence[Line]:
        """The layouts that are understood."""
        known = ", ".join(one.key for one in self.layouts)
        return [*([Span(piece, "dim")] for piece in wrap(clean(f"Layouts: {known}."), width)), []]

    def do_submit(self) -> None:
        """Give the answer back if it makes sense."""
        layout = self.layout_key.value.strip() or None
        confirm = self.confirm.value.strip()
        mapping = tuple(part.strip() for part in self.mapping.value.split(";") if part.strip())
        if layout is not None and layout not in [one.key for one in self.layouts]:
            self.complain(f"There is no layout {layout}.")
            self.layout_key.focus()
        elif confirm and not confirm.isdecimal():
            self.complain("Confirm with a number.")
            self.confirm.focus()
        elif not _is_row(self.header_row.value.strip()):
            self.complain("The header row is a number, from 1 on.")
            self.header_row.focus()
        elif any("=" not in part for part in mapping):
            self.complain('Write columns as "Header=field", with a semicolon between two.')
            self.mapping.focus()
        else:
            self.dismiss(
                replace(
                    self.choice,
                    layout=layout,
                    organisation=self.organisation.value.strip() or None,
                    sheet=self.sheet.value.strip() or None,
                    header_row=int(self.header_row.value) if self.header_row.value.strip() else None,
                    mapping=mapping,
                    create=self.create.value.strip().lower() in YES,
                    confirm=int(confirm) if confirm else None,
                    reason=self.reason.value.strip() or None,
                )
            )


class RejectedFileScreen(Dialog[str]):
    """Where the rejected rows go."""

    SUBMIT = "write"

    def __init__(self, name: str) -> None:
        super().__init__([span("Rejected rows", "title")])
        self.file = Entry(name, "A file name ending in .csv", id="file")

    def fields(self) -> ComposeResult:
        """The file."""
        yield from self.field("File", self.file)

    def lay(self, width: int) -> Sequence[Line]:
        """What it is for."""
        note = clean("Each row as it was, with the reason. Mend them and import that file.")
        where = [span("in "), Span(join(Path.cwd()), "dim")]
        return [where, [], *([Span(piece, "dim")] for piece in wrap(note, width)), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        path = Path(self.file.value.strip()).expanduser()
        if path.suffix.lower() != ".csv":
            self.complain("End the name in .csv.")
        elif path.exists():
            self.complain(f"{path.name} exists. Name another file.")
        else:
            self.dismiss(str(path.absolute()))


def _options(desk: ImportScreen) -> None:
    def answered(choice: FileChoice | None) -> None:
        if choice is None:
            return
        desk.choice = choice
        if choice.path and (desk.preview is not None or desk.refused):
            desk.read(choice)

    def known(layouts: Sequence[Layout]) -> None:
        desk.fleet.push_screen(OptionsScreen(desk.choice, layouts, _asked_for(desk)), answered)

    desk.fleet.background.look("layouts", lambda register: register.files.layouts(), known, desk.fleet.trouble)


def _asked_for(desk: ImportScreen) -> str:
    """The field that what is on the screen asks for."""
    problems = () if desk.preview is None else desk.preview.problems
    told = [on_screen(one) for one in (desk.refused, *(problem.reason for problem in problems))]
    for words, field in (("F3, Confirm", "confirm"), ("F3, Owner", "organisation")):
        if any(words in one for one in told):
            return field
    return "layout"


def _rejected(desk: ImportScreen) -> None:
    preview = desk.preview
    if preview is None or not preview.counts.get("rejected"):
        desk.fleet.notify("No row is rejected.")
        return

    def answered(target: str | None) -> None:
        if target is not None:
            desk.fleet.background.job(
                lambda register: register.files.write_rejected(preview.choice, target),
                lambda told: desk.fleet.notify(f"Written: {told}", timeout=15),
                desk.fleet.trouble,
            )

    desk.fleet.push_screen(RejectedFileScreen(f"rejected-{Path(preview.name).stem}.csv"), answered)


ASKS: Mapping[str, Callable[[ImportScreen], None]] = {
    "options": _options, "rejected": _rejected, "meanings": ask_columns, "remembered": ask_remembered, "taking": ask_taking,
}  # fmt: skip
