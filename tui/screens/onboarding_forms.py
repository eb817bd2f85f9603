"""What the screen of joining councils asks: whose, which file, where rejected rows go, and to do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult

from tui.files import FileChoice, is_file, is_folder, path_of
from tui.onboarding import Joining
from tui.screens.dialog import Dialog
from tui.text import Span, clean, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap


def _notes(told: str, width: int) -> list[Line]:
    return [*([Span(piece, "dim")] for piece in wrap(clean(told), max(width, 8))), []]


class BeginOnboardingScreen(Dialog[tuple[str, str]]):
    """A name and whose the rows are."""

    SUBMIT = "begin"

    def __init__(self, organisations: Sequence[str]) -> None:
        super().__init__([span("A council joins", "title")])
        self.organisations = organisations
        self.called = Entry("", "southmere-2026: small letters, digits, hyphens", id="called")
        self.organisation = Entry(
            organisations[0] if len(organisations) == 1 else "", "Whose the rows are that name none", id="organisation"
        )

    def fields(self) -> ComposeResult:
        """Name, owner."""
        yield from self.field("Name", self.called)
        yield from self.field("Owner", self.organisation)

    def lay(self, width: int) -> Sequence[Line]:
        """The organisations there are."""
        return _notes(f"Organisations: {', '.join(self.organisations)}.", width)

    def do_submit(self) -> None:
        """Give the answer back."""
        name, owner = self.called.value.strip(), self.organisation.value.strip()
        if not name:
            self.complain("Give it a name.")
        elif not owner:
            self.complain("Say whose the rows are.")
            self.organisation.focus()
        else:
            self.dismiss((name, owner))


class StageFileScreen(Dialog[FileChoice]):
    """A file to stage; one of the same name takes the place of the earlier one."""

    SUBMIT = "stage"

    def __init__(self, name: str) -> None:
        super().__init__([span("Stage a file for ", "title"), span(name, "strong")])
        self.file = Entry("", "Path of a file: CSV, XLSX, XLS, ODS or a ZIP with one CSV", id="file")
        self.sheet = Entry("", "The sheet of a workbook, if not the best one", id="sheet")
        self.layout_key = Entry("", "Recognised; or the key of a layout", id="layout")

    def fields(self) -> ComposeResult:
        """File, sheet, layout."""
        yield from self.field("File", self.file)
        yield from self.field("Sheet", self.sheet)
        yield from self.field("Layout", self.layout_key)

    def lay(self, width: int) -> Sequence[Line]:
        """What happens to it."""
        told = (
            "A copy waits in Fleet's folder, for its owner's eyes only, until it is applied. "
            "A mended file of the same name replaces it."
        )
        return [[span("in "), Span(join(Path.cwd()), "dim")], *_notes(told, width)]

    def do_submit(self) -> None:
        """Give the answer back if there is such a file."""
        typed = self.file.value.strip()
        path = path_of(typed)
        if not typed or is_folder(path) or not is_file(path):
            self.complain(f"There is no file {typed}." if typed else "Name a file.")
            self.file.focus()
            return
        self.dismiss(
            FileChoice(
                str(path.absolute()),
                layout=self.layout_key.value.strip() or None,
                sheet=self.sheet.value.strip() or None,
            )
        )


class DropScreen(Dialog[bool]):
    """Taking a staging away is said by its name."""

    SUBMIT = "take it away"

    def __init__(self, name: str, file: str | None) -> None:
        super().__init__([span("Take away ", "title"), span(file or name, "strong")])
        self.name_wanted = file or name
        self.told = (
            "The staged copy goes; the file itself stays where it is."
            if file
            else "All staged copies go. What was applied stays applied."
        )
        self.typed = Entry("", f"Type {self.name_wanted} to confirm", id="typed")

    def fields(self) -> ComposeResult:
        """The name again."""
        yield from self.field("Confirm", self.typed)

    def lay(self, width: int) -> Sequence[Line]:
        """What goes."""
        return _notes(self.told, width)

    def do_submit(self) -> None:
        """Only with the name."""
        if self.typed.value.strip() == self.name_wanted:
            self.dismiss(True)
        else:
            self.complain(f"Type {self.name_wanted} to confirm.")


@dataclass(frozen=True, slots=True)
class ApplyOrder:
    """What applying was given."""

    reason: str | None
    confirm: int | None


class ApplyScreen(Dialog[ApplyOrder]):
    """All of it as one step."""

    SUBMIT = "take them in"

    def __init__(self, one: Joining) -> None:
        super().__init__([span("Take in ", "title"), span(one.name, "strong")])
        self.one = one
        self.reason = Entry("", "Why; kept in history", id="reason")
        self.confirm = Entry("", "Number of devices taken out of use, when asked for", id="confirm")

    def fields(self) -> ComposeResult:
        """Reason, number."""
        yield from self.field("Reason", self.reason)
        yield from self.field("Confirm", self.confirm)

    def lay(self, width: int) -> Sequence[Line]:
        """What it would do."""
        counts = [one.counts or {} for one in self.one.files]
        new, changed, rejected = (sum(one.get(key, 0) for one in counts) for key in ("new", "changed", "rejected"))
        told = f"{new:,} rows added, {changed:,} changed, {rejected:,} left out; as one step that can be undone."
        return _notes(told, width)

    def do_submit(self) -> None:
        """Give the answer back."""
        confirm = self.confirm.value.strip()
        if confirm and not confirm.isdecimal():
            self.complain("Confirm with a number.")
        else:
            self.dismiss(ApplyOrder(self.reason.value.strip() or None, int(confirm) if confirm else None))


class FolderScreen(Dialog[str]):
    """Where the rejected rows of all files go."""

    SUBMIT = "write"

    def __init__(self, name: str) -> None:
        super().__init__([span("Rejected rows", "title")])
        self.folder = Entry(f"mend-{name}", "A folder", id="folder")

    def fields(self) -> ComposeResult:
        """The folder."""
        yield from self.field("Folder", self.folder)

    def lay(self, width: int) -> Sequence[Line]:
        """What it is for."""
        told = (
            "A file for each that has some, with the reason in a column. Mend them and stage them under the old name."
        )
        return [[span("in "), Span(join(Path.cwd()), "dim")], *_notes(told, width)]

    def do_submit(self) -> None:
        """Give the answer back."""
        path = path_of(self.folder.value.strip())
        if is_file(path):
            self.complain(f"{path.name} is a file. Name a folder.")
        else:
            self.dismiss(str(path.absolute()))
