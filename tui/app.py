"""The terminal program: five lists with their cards, one header, one background, one theme.

Nothing heavy is imported before the first frame: the register, and with it the database, is opened by a thread
once something is on screen.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.message import Message
from textual.notifications import Notification, SeverityLevel
from textual.screen import Screen

from fleet.clock import utc_now
from tui.background import SLOW_AFTER, Background, is_gone, make_ready
from tui.looks import first_look
from tui.modes import MODES
from tui.text import clean
from tui.theme import STYLE_SHEET, THEMES
from tui.typing_ahead import F3_WITH, TypingAhead

if TYPE_CHECKING:
    from textual.filter import LineFilter

    from fleet.config import Config
    from fleet.errors import FleetError
    from fleet.queries.first_page import FirstPage
    from tui.columns import Glance
    from tui.custody import Custody
    from tui.preferences import Preferences
    from tui.register import Register, Summary

log = logging.getLogger("tui.app")

REMAINS = ("undoes", "again", "has it.")
"""How warnings end that tell what was done, or what is wrong with the configuration: they stay for their time."""
LOOK = "Look: "
ALONE_AFTER = 5.0
"""Seconds between looks whether the server is still there."""


class Delivered(Message):
    """A thread has something for the app's own thread to call."""

    def __init__(self, call: Callable[[], None]) -> None:
        super().__init__()
        self.call = call


class FleetApp(App[None]):
    """Fleet in a terminal."""

    TITLE = "Fleet"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = MODES
    DEFAULT_MODE = "start"

    def __init__(
        self,
        open_register: Callable[[], Register],
        *,
        keys: Mapping[str, str] | None = None,
        theme: str = "fleet-dark",
        clock: Callable[[], datetime] = utc_now,
        poll_seconds: float = 1.0,
        first_page: Callable[[], FirstPage | None] = lambda: None,
        preferences: tuple[Path, str] | None = None,
        served_by: int | None = None,
        is_program: bool = False,
        plain: bool = False,
    ) -> None:
        """`open_register` runs in a thread; `keys` is `[keys]` of the configuration; `poll_seconds` 0 never polls.

        `first_page` may know the first rows sooner than the register can be opened. `preferences` is the file in which
        an operator's columns and saved views are kept, and the operator; without it they last as long as the program.
        `served_by` is the process without which nobody is there any more. `plain` is the screen for a screen reader.
        `is_program` says that the process is there for this alone.
        """
        super().__init__()
        self.clock = clock
        self.typing_ahead = TypingAhead(self)
        self._wanted_keys = dict(keys or {})
        self.keymap: Mapping[str, str] = {}
        """What of `[keys]` holds, once the actions are known."""
        self.background = Background(open_register, self._deliver)
        self.summary: Summary | None = None
        self.first_page: FirstPage | None = None
        """What the device list starts with, until the register has answered."""
        self._read_first_page = first_page
        self._preferences_file = preferences
        self.is_opening = False
        self.exact = False
        self.problem: str | None = None
        """Why the register can't be reached, while it can't."""
        self.by_others = False
        """Whether it was somebody else who changed the register, while screens are told that it changed."""
        self.own_writes = 0
        """Writes of this session which the poll has not seen yet."""
        self._mark: int | None = None
        self._poll_seconds = poll_seconds
        self._served_by = served_by
        self._is_program = is_program
        self.plain = plain
        self._line_filters: list[LineFilter] = []
        self.animation_level = "none"
        """Nothing moves by itself, for nobody."""
        if plain:
            self._make_plain()
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme if theme in self.available_themes else THEMES[0].name

    # --- life -----------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Watch who serves this, if anybody does."""
        if self._served_by is not None:
            self.set_interval(ALONE_AFTER, self._leave_when_alone)

    def _make_plain(self) -> None:
        """Nothing drawn, nothing moving."""
        from tui.plain import Unadorned

        self._line_filters = [Unadorned()]
        self.add_class("-plain")

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every painted line goes through, Textual's own widgets included."""
        return [*super().get_line_filters(), *self._line_filters]

    def _leave_when_alone(self) -> None:
        """Leave when the server that shows this to a browser has gone."""
        if os.getppid() != self._served_by:
            self.run_worker(self.action_quit())

    async def action_quit(self) -> None:
        """Leave: no more reads, the last writes are finished."""
        self.background.stop()
        self.exit()

    async def on_event(self, event: events.Event) -> None:
        """Keys are dealt with in the order in which they were typed."""
        is_typed = isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded
        if not is_typed or self.typing_ahead.goes_on(event):  # type: ignore[arg-type]
            await super().on_event(event)

    def on_app_blur(self, event: events.AppBlur) -> None:
        """The field that is typed in keeps the focus also while the window has not got it, as a page at its start."""
        event.prevent_default()

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """F3 with Shift or Ctrl, which many terminals send as what Textual takes for an answer about the cursor; nothing
        here asks."""
        if (key := F3_WITH.get((event.x, event.y))) is not None:
            self.post_message(events.Key(key, None))

    def on_unmount(self) -> None:
        """However the app ends, its threads do."""
        self.background.stop()

    def _fatal_error(self) -> None:
        """A fault inside: the traceback goes to the log, and no local variable to the terminal."""
        import sys
        import traceback

        from rich.text import Text

        log.error("crashed", exc_info=sys.exc_info())
        last = clean(traceback.format_exc().strip().rsplit("\n", maxsplit=1)[-1].split(":", maxsplit=1)[0])
        self.panic(
            Text(f"Fleet stopped because of a fault inside it ({last}). Nothing half-done was saved; see the log.")
        )

    # --- the background -------------------------------------------------------------------------------------

    def _deliver(self, call: Callable[[], None]) -> None:
        self.post_message(Delivered(call))

    def on_delivered(self, message: Delivered) -> None:
        """Something came back from a thread."""
        message.call()

    def on_ready(self) -> None:
        """The first frame is painted: now what the lists need may be imported."""
        self.run_worker(self._take_over)  # type: ignore[arg-type]  # its type can not say a coroutine of None

    async def _take_over(self) -> None:
        """Put the device list in the place of the outline, with what was typed meanwhile.

        The register is opened after that list is painted where its first rows are known already: importing what it
        needs would hold up the painting.
        """
        start = self.screen
        reading = asyncio.get_running_loop().run_in_executor(None, self._read_first_page)
        self.stylesheet.read(STYLE_SHEET)
        import tui.screens.devices  # noqa: F401 - while the first page is read

        self.first_page = await reading
        if self.first_page is None:
            self.open_register()
        from tui.actions import keymap_problems, usable_keys

        self.keymap = usable_keys(self._wanted_keys)
        self.set_keymap(self.keymap)
        await self.switch_mode("devices")
        typed = getattr(getattr(start, "outline", None), "typed", "")
        search = getattr(self.screen, "search", None)
        if typed and search is not None:
            search.put_before(typed)
        for problem in keymap_problems(self._wanted_keys):
            self.notify(problem, severity="warning", timeout=15)

    def open_register(self) -> None:
        """Open the register in a thread, and watch it from then on."""
        self.is_opening = True
        self.background.read("open", lambda _register: None, lambda _nothing: None, self.trouble)
        if self._poll_seconds:
            self.set_interval(self._poll_seconds, self.poll)

    def read_summary(self) -> None:
        """Read what the header shows, once the register is being opened."""
        if self.is_opening:
            self.background.look("summary", lambda register: register.summary(), self._take_summary, self.trouble)

    def poll(self) -> None:
        """Did anything change, and does the register answer?"""
        waited = self.background.slowest()
        if waited > SLOW_AFTER:
            self._say_problem(f"The register has not answered for {waited:.0f} seconds. What you type is kept.")
            return
        self.background.look("mark", lambda register: register.change_mark(), self._take_mark, self.trouble)

    def something_changed(self, *, by_others: bool = False) -> None:
        """Read the header and what is on screen again; the lists tell apart what others changed."""
        self.by_others = by_others and not self.own_writes
        self.read_summary()
        for screen in self.screen_stack:
            if (refresh := getattr(screen, "something_changed", None)) is not None:
                refresh()
        self.by_others = False

    def _take_mark(self, mark: int) -> None:
        self._say_problem(None)
        if self._mark is not None and mark != self._mark:
            self.something_changed(by_others=True)
            self.own_writes = 0
        self._mark = mark

    def _take_summary(self, summary: Summary) -> None:
        self._say_problem(None)
        if not self.summary and self._is_program:
            self.background.look("ready", make_ready, lambda _nothing: None, self.trouble)
        self.summary = summary
        self._news_changed()

    def trouble(self, error: FleetError, *, quiet: bool = False) -> None:
        """Something could not be read or done: a banner when the register is gone, else a toast."""
        self.typing_ahead.dialog_is_ready()  # None will come up.
        if is_gone(error):
            self._say_problem(f"{error.message} Trying again.")
        elif not quiet:
            self.tell_error(error)

    def tell_error(self, error: FleetError) -> None:
        """Say why something was refused."""
        from tui.said import on_screen

        self.notify(on_screen(error.message), severity="error", timeout=10)

    def _say_problem(self, problem: str | None) -> None:
        if problem == self.problem:
            return
        recovered = problem is None
        self.problem = problem
        self._news_changed()
        if recovered:
            self.something_changed()

    def _news_changed(self) -> None:
        for screen in self.screen_stack:
            if (tell := getattr(screen, "news_changed", None)) is not None:
                tell()

    # --- for the screens ------------------------------------------------------------------------------------

    @cached_property
    def custody(self) -> Custody:
        """The writes of this session."""
        from tui.custody import Custody

        return Custody(self)

    @cached_property
    def preferences(self) -> Preferences:
        """What this operator wants lists to look like."""
        from tui.preferences import Preferences, load_preferences

        return load_preferences(*self._preferences_file) if self._preferences_file else Preferences()

    def prefer(self, preferences: Preferences) -> None:
        """From now on this is preferred; it is written down in the background."""
        self.preferences = preferences
        if self._preferences_file is not None:
            from tui.preferences import save_preferences

            path, operator = self._preferences_file
            self.background.job(
                lambda _register: save_preferences(path, operator, preferences), lambda _nothing: None, self.trouble
            )

    @property
    def glance(self) -> Glance:
        """The time to show ages by, and whether to show them."""
        from tui.columns import Glance

        return Glance(self.clock(), self.exact)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a toast: always inert text, whatever the caller thinks of it."""
        del markup, title
        lines = "\n".join(clean(line) for line in message.split("\n"))
        self._forget(lambda told: told.message == lines)
        super().notify(lines, severity=severity, timeout=timeout, markup=False)

    def go_to(self, place: str) -> None:
        """Go to a place: to its list, with search and cursor as they were, and not to a card that was left open there."""
        self.switch_mode(place)
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def forget_warnings(self) -> None:
        """Why the last key could not do anything is of no interest once another one is pressed."""
        self._forget(lambda told: told.severity == "warning" and not told.message.endswith(REMAINS))

    def _forget(self, which: Callable[[Notification], bool]) -> None:
        for told in [one for one in self._notifications if which(one)]:
            self._unnotify(told)

    def next_theme(self) -> str:
        """Change to the next look, also for the sessions to come; returns its name."""
        names = [theme.name for theme in THEMES]
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]
        self._forget(lambda told: told.message.startswith(LOOK))
        self.prefer(replace(self.preferences, look=self.theme))
        return self.theme


def run(config: Config, *, theme: str | None = None, clock: Callable[[], datetime] = utc_now) -> int:
    """Open the terminal UI on the register of a configuration; returns the exit code."""

    def open_register() -> Register:
        from tui.sql_register import open_sql_register

        return open_sql_register(config, clock)

    def first_page() -> FirstPage | None:
        from fleet.queries.first_page import first_page as read

        return read(config.database_url)

    kept = config.home / "screen.json"
    app = FleetApp(
        open_register,
        keys=config.keys,
        theme=theme or first_look(kept, config.operator, os.environ, windows=os.name == "nt"),
        clock=clock,
        first_page=first_page,
        preferences=(kept, config.operator),
        served_by=int(os.environ["FLEET_SERVED"]) if "FLEET_SERVED" in os.environ else None,
        plain=config.screen_reader,
        is_program=True,
    )
    app.run()
    return app.return_code or 0
