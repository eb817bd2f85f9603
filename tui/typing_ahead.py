"""Keys in the order in which they were typed: those for a dialog that is still coming up wait for it.

A scanner and fast fingers send Enter and the next letters in one burst. What Enter does takes its turn in the queues of several
widgets; the letters, which have a shorter way, would be ahead of it and end in the field that was left.
"""

from __future__ import annotations

from bisect import insort
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from tui.app import FleetApp

PATIENCE = 1.0
"""Seconds that keys wait at most for what a key before them does."""
AGAIN = 0.05
"""Seconds between looks whether they still have to."""
F3_WITH = {(1, 0): "shift+f3", (4, 0): "ctrl+f3"}
"""The places in CSI 1;2 R and CSI 1;5 R, counted from nought -> the keys they are."""
FOR_THE_FIELD = frozenset({"up", "down", "left", "right", "home", "end", "pageup", "pagedown", "backspace", "delete"})
"""What opens and leaves nothing: these hold up no other key."""


class TypingAhead:
    """The keys that wait, and for what."""

    def __init__(self, app: FleetApp) -> None:
        self._app = app
        self._held: list[events.Key | events.Paste] = []
        self._next: events.Key | events.Paste | None = None
        """The one that is being let in: those that come meanwhile are behind it, and behind the held ones."""
        self._key_until = self._dialog_until = 0.0
        """While a key is under way that may open something, and while a dialog is; by the clock that only goes forward."""

    def goes_on(self, key: events.Key | events.Paste) -> bool:
        """Whether a key, or what was pasted, need not wait; those behind it do where it may open or leave something."""
        if key is not self._next and (self._held or self._next is not None or self._has_to_wait()):
            if not self._held and self._next is None:
                self._app.set_timer(AGAIN, self.let_in)
            insort(self._held, key, key=_typed_at)
            return False
        if isinstance(key, events.Key) and not key.is_printable and key.key not in FOR_THE_FIELD:
            self._key_until = monotonic() + PATIENCE
            self._app.call_later(self._send_after)
        return True

    def _send_after(self) -> None:
        """Send something the way the key went: when it is back at the app, the key is."""
        from tui.app import Delivered

        self._goal.post_message(Delivered(self._passed))

    def _passed(self) -> None:
        """What the key does is done next, and then the keys behind it are let in."""
        self._goal.call_later(self._app.call_later, self._done)

    @property
    def _goal(self) -> MessagePump:
        """Where a key goes first."""
        return self._app.focused or (self._app.screen if self._app._screen_stack else self._app)

    async def _done(self) -> None:
        self._key_until = 0.0
        await self.let_in()

    def give_back(self, key: events.Key) -> None:
        """A key that had gone to a field before something came up over it: it is for that."""
        again = events.Key(key.key, key.character)
        again.time = key.time
        insort(self._held, again, key=_typed_at)
        self._app.call_later(self.let_in)

    def expect(self) -> None:
        """A dialog will come up once something is read."""
        self._dialog_until = monotonic() + PATIENCE

    def dialog_is_ready(self) -> None:
        """It is there."""
        self._dialog_until = 0.0
        self._app.call_later(self.let_in)

    async def let_in(self) -> None:
        """Let them in, until one of them has to be waited for; called on the app's own turn."""
        if self._next is not None:
            return  # It goes on by itself.
        while self._held and not self._has_to_wait():
            self._next = self._held.pop(0)
            try:
                await self._app.on_event(self._next)
            finally:
                self._next = None
        if self._held:
            self._app.set_timer(AGAIN, self.let_in)

    def _has_to_wait(self) -> bool:
        if not self._app._screen_stack:  # Another place is just being put up.
            return True
        if not getattr(self._app.screen, "is_ready", True):
            return True
        return monotonic() < max(self._key_until, self._dialog_until)


def _typed_at(key: events.Key | events.Paste) -> float:
    return key.time
