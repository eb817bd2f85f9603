"""Ask, do, tell: every write from any screen, and undoing it.

A dialog is pushed and gives a write; the register does it in the background; a toast tells. When the register
refuses, the dialog comes back with the reason and with everything that was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.background import is_gone
from tui.said import on_screen

if TYPE_CHECKING:
    from fleet.domain.records import DeviceRow
    from fleet.errors import FleetError
    from tui.app import FleetApp
    from tui.possible import Situation
    from tui.register import Meanwhile, Outcome, Register, UndoLine
    from tui.screens.dialog import Dialog
    from tui.writes import Recipient, Write

    Form = Callable[[], Dialog[Any]]

FOUND = 30
"""Recipients a form lists."""


class Custody:
    """The writes of one session, and which of them can be undone."""

    def __init__(self, app: FleetApp) -> None:
        self._app = app
        self.done: list[int] = []
        """Events of this session, the newest last."""
        self.undone: list[int] = []
        """Events that undid one of them."""
        self.under_way = 0
        """Writes that have not ended yet."""
        self._after: list[Callable[[], None]] = []

    def ask(self, action_id: str, situation: Situation) -> bool:
        """Ask what an action wants to know and do it; False when it is none of these."""
        from tui.screens.forms import form_of, open_incident

        if action_id == "incident":
            open_incident(self._app, situation.devices[0])
            return True
        form = form_of(action_id, situation)
        if form is not None:
            self.fill_in(form)
        return form is not None

    def fill_in(
        self, form: Form, before: Dialog[Any] | None = None, refused: str | None = None, since: int = 0
    ) -> None:
        """Show a form, do what it gives back, and show it again as it was when that is refused.

        `since` is the event after which others may have been faster; 0 asks for it.
        """
        screen = form()
        if before is not None:
            screen.take_over(before)
        screen.refused = refused
        opened = [since]
        if not since:
            self._app.background.look("newest", lambda register: register.newest_event(), opened.append, _unheard)

        def answered(write: Write | None) -> None:
            if write is not None:
                self.write(write, lambda error: self._again(form, screen, error, opened[-1]))

        self._app.push_screen(screen, answered)

    def _again(self, form: Form, before: Dialog[Any], error: FleetError, since: int) -> None:
        """The form with what was typed, why it was refused, and what others did meanwhile to what it is about."""
        devices = list(getattr(before, "devices", ()))
        if not devices or not since or is_gone(error):
            self.fill_in(form, before, error.message, since)
            return

        def told(news: Meanwhile) -> None:
            said = "\n".join([error.message, *news.told])
            self.fill_in(_about(form, news.devices), before, said, since)

        self._app.background.look(
            "meanwhile",
            lambda register: register.meanwhile([one.id for one in devices], since),
            told,
            lambda _error: self.fill_in(form, before, error.message, since),
        )

    def ask_undo(self, event_id: int, title: str, *, redo: bool = False) -> None:
        """Preview what undoing an event takes back, ask, and do it."""

        def previewed(lines: Sequence[UndoLine]) -> None:
            from tui.screens.undo import UndoScreen

            self._app.push_screen(UndoScreen(title, lines), answered)

        def answered(reason: str | None) -> None:
            if reason is None:
                return
            self._write(
                lambda register: register.undo(event_id, reason or None),
                self._app.tell_error,
                lambda outcome: self._undid(event_id, outcome, redo=redo),
            )

        self._app.typing_ahead.expect()
        self._app.background.look(
            "undo", lambda register: register.preview_undo(event_id), previewed, self._app.trouble
        )

    def find_recipients(self, text: str, people_only: bool, done: Callable[[Sequence[Recipient]], None]) -> None:
        """Those whom a form may mean."""
        self._app.background.read(
            "find-recipients",
            lambda register: register.find_recipients(text, FOUND, people_only=people_only),
            done,
            self._app.trouble,
        )

    def try_out(self, write: Write, done: Callable[[Sequence[str]], None]) -> None:
        """What to know before a write, or why it would be refused."""
        self._app.background.look("try-out", lambda register: register.try_out(write), done, self._app.trouble)

    def write(self, write: Write, refused: Callable[[FleetError], None]) -> None:
        """Do a write; one that begins an incident opens its run sheet."""
        from tui.screens.forms import show_sheet
        from tui.screens.place import PlaceScreen
        from tui.writes import Report

        def done(outcome: Outcome) -> None:
            self._did(outcome)
            if isinstance(self._app.screen, PlaceScreen):
                self._app.screen.step_done()
            if isinstance(write, Report):
                show_sheet(self._app, write.device_id)

        self._write(lambda register: register.do(write), refused, done)

    def _write(
        self,
        work: Callable[[Register], Outcome],
        refused: Callable[[FleetError], None],
        done: Callable[[Outcome], None] | None = None,
    ) -> None:
        def failed(error: FleetError) -> None:
            self._app.own_writes = 0
            self._after.clear()
            self._ended()
            self._app.trouble(error, quiet=True)
            refused(error)

        def succeeded(outcome: Outcome) -> None:
            (done or self._did)(outcome)
            self._ended()

        self._app.own_writes += 1
        self.under_way += 1
        self._app.background.write(work, succeeded, failed)

    def after_writes(self, what: Callable[[], None]) -> None:
        """Do something once every write has ended: who takes a step back at once means the one that is still under way."""
        if self.under_way:
            self._after.append(what)
        else:
            what()

    def _ended(self) -> None:
        self.under_way -= 1
        if not self.under_way:
            waiting, self._after = self._after, []
            for what in waiting:
                what()

    def _did(self, outcome: Outcome) -> None:
        if outcome.event_id is not None:
            self.done.append(outcome.event_id)
            self.undone.clear()
        self._tell(outcome, "^Z undoes")

    def _undid(self, event_id: int, outcome: Outcome, *, redo: bool) -> None:
        """Move an event between what can be undone and what can be redone."""
        source, target = (self.undone, self.done) if redo else (self.done, self.undone)
        if event_id in source:
            source.remove(event_id)
        if outcome.event_id is not None:
            target.append(outcome.event_id)
        self._tell(outcome, "^Z undoes" if redo else "^Y does it again")

    def _tell(self, outcome: Outcome, hint: str) -> None:
        warned = [f"! {on_screen(warning)}" for warning in outcome.warnings]
        self._app.notify("\n".join([outcome.sentence, *warned, hint]), severity="warning" if warned else "information")
        self._app.something_changed()


def _about(form: Form, devices: Sequence[DeviceRow]) -> Form:
    """The same form about the devices as they are now, where it is about a list of them."""
    if isinstance(form, partial) and form.args and isinstance(form.args[0], list) and devices:
        return partial(form.func, list(devices), *form.args[1:], **form.keywords)
    return form


def _unheard(_error: FleetError) -> None:
    """What was done last is not known: then only the refusal is told."""
