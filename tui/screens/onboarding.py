"""A council joins: its files are staged, scored, corrected and taken in as one step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui.actions import bindings_of
from tui.onboarding import Joining, StagedFile
from tui.screens.onboarding_asks import ASKS
from tui.screens.onboarding_forms import DropScreen, StageFileScreen
from tui.screens.onboarding_lines import lay_all, lay_one
from tui.screens.place import PlaceScreen
from tui.text import Span, counted, span
from tui.widgets.bars import Heading, StatusLine
from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from fleet.errors import FleetError
    from tui.files import FileChoice
    from tui.register import Register

FIRST_LINE = 3
"""Where the first file stands."""


class OnboardingScreen(PlaceScreen):
    """The list of joining councils, and the one that is looked at."""

    PLACE = "onboarding"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("onboarding")

    def __init__(self) -> None:
        super().__init__()
        self.lines = LineView(id="onboarding-lines")
        self.status = StatusLine()
        self.all: Sequence[Joining] = ()
        self.one: Joining | None = None
        self.at = 0
        self.busy = ""
        self._asked = 0

    def compose(self) -> ComposeResult:
        """Header, lines, status, keys."""
        yield self.top
        yield self.banner
        yield Heading(span(" Joining councils", "title"))
        yield self.lines
        yield self.status
        yield self.keybar

    def on_mount(self) -> None:
        """Look at what is staged."""
        self.news_changed()
        self.look()
        if self.fleet.summary is None:
            self.fleet.read_summary()

    def on_screen_resume(self) -> None:
        """Back here."""
        self.news_changed()

    def something_changed(self) -> None:
        """Only the list: scoring is work that is asked for."""
        if self.one is None and self.is_mounted:
            self.look()

    def look(self) -> None:
        """Read what is staged."""

        def read(rows: Sequence[Joining]) -> None:
            self.all = rows
            self.at = min(self.at, max(len(rows) - 1, 0))
            self.show()

        self.fleet.background.look("onboardings", lambda register: register.onboardings.all(), read, self.fleet.trouble)

    # --- the keys ---------------------------------------------------------------------------------------------

    def do_open_joining(self) -> None:
        """Look at the one under the bar, or score it again."""
        if self.one is not None:
            self.score(self.one)
        elif self.all:
            chosen, self.at = self.all[self.at], 0
            self.score(chosen)

    def score(self, one: Joining) -> None:
        """Try everything; meanwhile what is staged is shown."""
        self.one = one
        if not one.files or one.event is not None:
            self.show()
            return
        create = one.create

        def scored(found: Joining) -> None:
            self.one = found
            self.at = min(self.at, max(len(found.files) - 1, 0))

        self.work("scoring", lambda register: register.onboardings.score(one.name, create=create), scored)

    def do_stage(self) -> None:
        """Stage a file; in the list, begin a new onboarding."""
        if self.one is None:
            ASKS["begin"](self)
            return
        name = self.one.name
        if self.is_applied():
            return

        def answered(choice: FileChoice | None) -> None:
            if choice is not None:
                self.work("reading the file", lambda register: register.onboardings.add(name, choice), self.again)

        self.fleet.push_screen(StageFileScreen(name), answered)

    def do_unstage(self) -> None:
        """Take the file under the bar out, or the whole staging."""
        one, file = self.one or (self.all[self.at] if self.all else None), self.file
        if one is None:
            self.fleet.notify("Nothing is staged.", severity="warning")
            return
        name, gone = one.name, file.name if file is not None else None

        def dropped(_nothing: Any) -> None:
            if gone is None:
                self.one, self.at = None, 0
                self.look()
            else:
                self.again(None)

        def answered(sure: bool | None) -> None:
            if sure:
                self.work("taking away", lambda register: register.onboardings.drop(name, gone), dropped)

        self.fleet.push_screen(DropScreen(name, gone), answered)

    def do_create_places(self) -> None:
        """Score as if unknown sites, teams and models were made, or not any more."""
        if self.one is not None:
            self.score(replace(self.one, create=not self.one.create))

    def do_otherwise(self, action_id: str) -> None:
        """What asks first."""
        ASKS[action_id](self)

    def do_refresh(self) -> None:
        """Read the list, or score, again."""
        if self.one is None:
            self.look()
        else:
            self.score(self.one)

    # --- what follows -----------------------------------------------------------------------------------------

    @property
    def file(self) -> StagedFile | None:
        """The file under the bar."""
        return self.one.files[self.at] if self.one is not None and self.one.files else None

    def is_applied(self) -> bool:
        if self.one is not None and self.one.event is not None:
            self.fleet.notify("It was applied already. Undo it from the history (F9).", severity="warning")
            return True
        return False

    def again(self, told: Any) -> None:
        if isinstance(told, str):
            self.fleet.notify(told)
        if self.one is not None:
            self.open(self.one.name)

    def open(self, name: str) -> None:
        """Look at what is staged under a name, and score it."""
        create = self.one.create if self.one is not None else False

        def read(rows: Sequence[Joining]) -> None:
            self.all = rows
            found = next((row for row in rows if row.name == name), None)
            if found is not None:
                self.score(replace(found, create=create))
            self.show()

        self.fleet.background.look("onboardings", lambda register: register.onboardings.all(), read, self.fleet.trouble)

    def work(self, what: str, work: Callable[[Register], Any], done: Callable[[Any], None]) -> None:
        """Do something long, one at a time; its answer counts if nothing newer was asked."""
        self._asked += 1
        asked, self.busy = self._asked, what

        def finished(answer: Any) -> None:
            if asked == self._asked:
                self.busy = ""
            done(answer)
            self.show()

        def failed(error: FleetError) -> None:
            if asked == self._asked:
                self.busy = ""
            self.show()
            self.fleet.trouble(error, quiet=True)
            self.status.complain(error.message)
            self.fleet.bell()

        self.fleet.background.job(work, finished, failed)
        self.show()

    # --- what is shown ----------------------------------------------------------------------------------------

    def show(self) -> None:
        """Paint everything anew."""
        self.lines.show(lay_all(self.all, self.at) if self.one is None else lay_one(self.one, self.at), keep_place=True)
        self.status.show(self._status())
        self.keybar.refresh()

    def idle(self) -> Collection[str]:
        """What is asked of files needs one council, and that it was scored."""
        if self.one is None:
            of_files = ("meanings", "create_places", "take_in", "rejected")
            return of_files if self.all else (*of_files, "open_joining", "unstage")
        return () if self.one.score is not None else ("meanings", "take_in", "rejected")

    def _status(self) -> list[Span]:
        if self.busy:
            return [span(f"{self.busy} …", "accent")]
        if self.one is None:
            return [Span(counted(len(self.all), "onboarding"), "dim")]
        return [Span(counted(len(self.one.files), "file"), "dim")]

    def do_up(self) -> None:
        """The line above."""
        self._go(-1)

    def do_down(self) -> None:
        """The line below."""
        self._go(1)

    def _go(self, by: int) -> None:
        number = len(self.all if self.one is None else self.one.files)
        self.at = min(max(self.at + by, 0), max(number - 1, 0))
        self.show()

    def do_page_up(self) -> None:
        """Scroll by a screenful."""
        self.lines.page(-1)

    def do_page_down(self) -> None:
        """Scroll by a screenful."""
        self.lines.page(1)

    def do_back(self) -> None:
        """From one to the list, from there to the devices."""
        if self.one is not None:
            name, self.one, self.busy = self.one.name, None, ""
            self._asked += 1
            self.at = next((at for at, row in enumerate(self.all) if row.name == name), 0)
            self.look()
            self.show()
        else:
            self.fleet.switch_mode("devices")
