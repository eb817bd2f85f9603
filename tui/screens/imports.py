"""Read a file into the register: its path, what it would do, doing it; undone in one step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from tui.actions import bindings_of
from tui.files import FileChoice, FilePreview, is_file, is_folder, path_of
from tui.screens.import_lines import Offered, lay_folder, lay_preview, on_screen
from tui.screens.place import PlaceScreen
from tui.text import Span, counted, join, span
from tui.widgets.bars import StatusLine
from tui.widgets.fields import Entry
from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from fleet.errors import FleetError

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".zip")
MOST_FILES = 200


class ImportScreen(PlaceScreen):
    """The file, its preview, and applying it."""

    PLACE = "imports"
    AUTO_FOCUS = "Entry"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("imports")

    def __init__(self) -> None:
        super().__init__()
        self.file = Entry("", "Path of a file: CSV, XLSX, XLS, ODS or a ZIP with one CSV", id="search")
        self.lines = LineView(id="import-lines")
        self.status = StatusLine()
        self.choice = FileChoice("")
        self.preview: FilePreview | None = None
        self.state = ""
        """`reading` or `applying` while that is under way."""
        self.at = 0
        self.files: list[Offered] = []
        self.applied: str | None = None
        self.refused = ""
        """Why the file was refused, as it was said."""
        self._asked = 0
        self._typed: str | None = None
        """The path whose preview is shown, or on its way."""

    def compose(self) -> ComposeResult:
        """Header, path, preview, status, keys."""
        yield self.top
        yield self.banner
        with Horizontal(id="search-line"):
            yield self.lead("File")
            yield self.file
        yield self.lines
        yield self.status
        yield self.keybar

    def on_mount(self) -> None:
        """Offer the files at hand."""
        self.news_changed()
        self.offer()
        if self.fleet.summary is None:
            self.fleet.read_summary()

    def on_screen_resume(self) -> None:
        """Back here."""
        self.news_changed()

    # --- which file -------------------------------------------------------------------------------------------

    def on_input_changed(self) -> None:
        """Another path: the files that fit it. A preview belongs to its path."""
        if self.file.value.strip() == self._typed:
            return
        self._typed, self.preview, self.applied, self.state, self.refused = None, None, None, "", ""
        self._asked += 1
        self.offer()

    def offer(self) -> None:
        """The files of the folder that is typed, or of the present one."""
        typed = path_of(self.file.value.strip())
        folder, start = (typed, "") if is_folder(typed) else (typed.parent, typed.name.casefold())
        try:
            found = [Offered(one, is_folder(one)) for one in folder.iterdir()]
        except (OSError, ValueError):
            found = []
        fits = [one for one in found if one.path.name.casefold().startswith(start) and one.path.name[:1] != "."]
        shown = [one for one in fits if one.is_folder or one.path.suffix.lower() in ENDINGS]
        self.files = sorted(shown, key=lambda one: (not one.is_folder, one.name.casefold()))[:MOST_FILES]
        self.at = 0
        self.show()

    def action_do(self, action_id: str) -> None:
        """Do an action; Enter waits for letters on their way: a pasted path is faster than it is taken in."""
        if action_id == "read_file":
            self.file.call_later(super().action_do, action_id)
        else:
            super().action_do(action_id)

    def do_read_file(self) -> None:
        """Preview what is typed; a line that was chosen, or the only one that fits, is taken first."""
        typed = self.file.value.strip()
        if self.preview is None and not is_file(path_of(typed)) and self.files:
            chosen = self.files[self.at]
            self.file.value = f"{chosen.path}/" if chosen.is_folder else str(chosen.path)
            self.file.cursor_position = len(self.file.value)
            if chosen.is_folder:
                return
            typed = self.file.value
        if typed:
            self._typed = typed
            self.read(replace(self.choice, path=typed))

    def read(self, choice: FileChoice) -> None:
        """Read a file and show what it would do."""
        self.choice, self.preview, self.applied, self.refused = choice, None, None, ""
        self.state = "reading"
        self._asked += 1
        asked = self._asked

        def previewed(preview: FilePreview) -> None:
            if asked == self._asked:
                self.state, self.preview, self.choice = "", preview, preview.choice
                self.show()

        self.fleet.background.job(
            lambda register: register.files.preview(choice), previewed, lambda error: self._refused(asked, error)
        )
        self.show()

    def _refused(self, asked: int, error: FleetError) -> None:
        if asked == self._asked:
            self.state, self.refused = "", error.message
            self.show()
            self.fleet.trouble(error, quiet=True)
            self.status.complain(on_screen(error.message))
            self.fleet.bell()

    # --- doing it ---------------------------------------------------------------------------------------------

    def do_apply(self) -> None:
        """Do what the preview shows, once."""
        preview = self.preview
        if preview is None or self.state:
            self.fleet.notify("Preview a file first: type its path and press Enter.", severity="warning")
            return
        if self.applied is not None or not preview.to_do:
            self.fleet.notify("There is nothing to do." if self.applied is None else "That is done.")
            return
        self.state = "applying"
        asked = self._asked

        def done(told: tuple[str, int]) -> None:
            sentence, event_id = told
            self.state, self.applied = "", sentence
            self.fleet.custody.done.append(event_id)
            self.fleet.custody.undone.clear()
            self.fleet.notify(f"{sentence}\n^Z undoes")
            self.fleet.something_changed()
            self.show()

        self.fleet.background.write(
            lambda register: register.files.apply(preview), done, lambda error: self._refused(asked, error)
        )
        self.show()

    def do_otherwise(self, action_id: str) -> None:
        """What asks first."""
        from tui.screens.import_forms import ASKS

        ASKS[action_id](self)

    # --- what is shown ----------------------------------------------------------------------------------------

    def show(self) -> None:
        """Paint everything anew."""
        if self.preview is not None:
            self.lines.show(lay_preview(self.preview, self.applied, self.fleet.clock()), keep_place=True)
        else:
            self.lines.show(lay_folder(self.files, self.at, reading=self.state == "reading"), keep_place=True)
        self.status.show(self._status())
        self.keybar.refresh()

    def _status(self) -> list[Span]:
        if self.state:
            return [span("reading the file …" if self.state == "reading" else "applying …", "accent")]
        if self.preview is None:
            return [Span(counted(len(self.files), "file or folder", "files and folders"), "dim")]
        if self.applied is not None:
            return [span("✓ ", "good"), span(self.applied), span("  ^Z", "key"), span(" undoes it", "dim")]
        number, found = self.preview.will_change, self.preview.new_findings
        if not number and found:
            told = join(
                " makes ", counted(found, "finding"), " of what contradicts the register; nothing else is to do"
            )
            return [span("F2", "key"), Span(told)]
        if not number:
            rejected = self.preview.counts.get("rejected", 0)
            why = "no row can be taken as it is." if rejected else "the register says the same already."
            return [span(f"Nothing to do: {why}", "dim")]
        return [
            span("F2", "key"),
            Span(join(" applies ", counted(number, "change"), " as one step that can be undone")),
        ]

    def idle(self) -> Collection[str]:
        """Without a preview there is nothing to apply, and nobody knows the columns."""
        if self.preview is None:
            return ("apply", "meanings", "rejected")
        return ("apply",) if self.state or self.applied is not None or not self.preview.to_do else ()

    # --- moving -----------------------------------------------------------------------------------------------

    def do_up(self) -> None:
        """The file above, or scroll."""
        self._go(-1)

    def do_down(self) -> None:
        """The file below, or scroll."""
        self._go(1)

    def _go(self, by: int) -> None:
        if self.preview is not None:
            self.lines.scroll_to(y=self.lines.scroll_y + by, animate=False)
            return
        self.at = min(max(self.at + by, 0), max(len(self.files) - 1, 0))
        self.show()
        line, top, height = self.at + 2, self.lines.scroll_offset.y, self.lines.size.height
        if not top <= line < top + height:
            self.lines.scroll_to(y=max(line - height // 2, 0), animate=False)

    def do_page_up(self) -> None:
        """Scroll by a screenful."""
        self.lines.page(-1)

    def do_page_down(self) -> None:
        """Scroll by a screenful."""
        self.lines.page(1)

    def do_clear(self) -> None:
        """Clear the path."""
        self.file.value = ""

    def do_back(self) -> None:
        """From the preview to the path, from there to the devices."""
        if self.preview is not None or self.state == "reading":
            self._asked += 1
            self._typed, self.preview, self.applied, self.state = None, None, None, ""
            self.offer()
        elif self.file.value:
            self.file.value = ""
        else:
            self.fleet.switch_mode("devices")
