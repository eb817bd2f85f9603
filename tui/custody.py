"""Ask, do, tell: issuing, returning and undoing from any screen.

A dialog is pushed and gives an answer; the write runs in the background; a toast tells. When the register refuses,
the dialog comes back with the reason and with everything that was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fleet.domain.records import DeviceRow, PersonRow
    from fleet.errors import FleetError
    from tui.app import FleetApp
    from tui.register import Outcome, Register, UndoLine
    from tui.screens.issue import IssueAnswer
    from tui.screens.returning import ReturnAnswer


class Custody:
    """The writes of one session, and which of them can be undone."""

    def __init__(self, app: FleetApp) -> None:
        self._app = app
        self.done: list[int] = []
        """Events of this session, the newest last."""
        self.undone: list[int] = []
        """Events that undid one of them."""

    def ask_issue(
        self, devices: Sequence[DeviceRow], answer: IssueAnswer | None = None, refused: FleetError | None = None
    ) -> None:
        """Ask to whom these devices go, and issue them."""
        from tui.screens.issue import IssueScreen

        def answered(given: IssueAnswer | None) -> None:
            if given is None:
                return
            ids = [row.id for row in devices]
            self._write(
                lambda register: register.issue(ids, given.person.id, given.due_on, given.reason),
                lambda error: self.ask_issue(devices, given, error),
            )

        self._app.push_screen(IssueScreen(devices, answer, refused), answered)

    def ask_return(
        self, devices: Sequence[DeviceRow], answer: ReturnAnswer | None = None, refused: FleetError | None = None
    ) -> None:
        """Ask why these devices come back, and take them back."""
        from tui.screens.returning import ReturnScreen

        def answered(given: ReturnAnswer | None) -> None:
            if given is None:
                return
            ids = [row.id for row in devices]
            self._write(
                lambda register: register.return_devices(ids, given.reason),
                lambda error: self.ask_return(devices, given, error),
            )

        self._app.push_screen(ReturnScreen(devices, answer, refused), answered)

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

        self._app.background.look(
            "undo", lambda register: register.preview_undo(event_id), previewed, self._app.trouble
        )

    def find_people(self, text: str, done: Callable[[Sequence[PersonRow]], None]) -> None:
        """The people a form may mean."""
        self._app.background.read(
            "find-people", lambda register: register.find_people(text, 30), done, self._app.trouble
        )

    def warn_issue(self, ids: Sequence[int], person_id: int, done: Callable[[Sequence[str]], None]) -> None:
        """What to know before issuing."""
        self._app.background.look(
            "warn-issue", lambda register: register.warn_issue(ids, person_id), done, self._app.trouble
        )

    def _write(
        self,
        work: Callable[[Register], Outcome],
        refused: Callable[[FleetError], None],
        done: Callable[[Outcome], None] | None = None,
    ) -> None:
        def failed(error: FleetError) -> None:
            self._app.trouble(error, quiet=True)
            refused(error)

        self._app.background.write(work, done or self._did, failed)

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
        warned = [f"! {warning}" for warning in outcome.warnings]
        self._app.notify("\n".join([outcome.sentence, *warned, hint]), severity="warning" if warned else "information")
        self._app.something_changed()
