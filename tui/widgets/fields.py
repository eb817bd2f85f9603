"""Fields to type in. Pasted and scanned text is made inert; a scanner that ends in Tab is understood."""

from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widgets import Input

from tui.text import clean
from tui.widgets.painting import fit, width_of

SCAN_GAP = 0.035
"""Seconds between two keys under which nobody types by hand."""
SCAN_LENGTH = 6
"""Keys in such a burst before it counts as a scan."""


def lines_of(pasted: str) -> list[str]:
    """What was pasted, line by line and made inert. Terminals send a line's end as either sign, or both."""
    lines = (clean(line.strip()) for line in pasted.replace("\r", "\n").split("\n"))
    return [line for line in lines if line]


EDITS: Mapping[str, Callable[[Input], None]] = {
    "backspace": Input.action_delete_left,
    "delete": Input.action_delete_right,
    "left": Input.action_cursor_left,
    "right": Input.action_cursor_right,
    "home": Input.action_home,
    "end": Input.action_end,
}
"""Done where letters are: as bindings they would go up to the app first, and letters typed after them would overtake them."""


class Entry(Input):
    """One line to type in."""

    virtual_size = Reactive(Size(0, 0))
    """As Textual's, but another length of the text lays out no screen: every key would."""

    def __init__(self, value: str = "", placeholder: str = "", *, id: str | None = None) -> None:
        super().__init__(value, placeholder=clean(placeholder), compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False

    def render_line(self, y: int) -> Strip:
        """The text; what is told where there is none ends in an ellipsis where it does not fit."""
        told, width = self.placeholder, self.scrollable_content_region.width
        if self.value or width_of(told) <= width:
            return super().render_line(y)
        self.set_reactive(Entry.placeholder, fit(clean(told), width))
        try:
            return super().render_line(y)
        finally:
            self.set_reactive(Entry.placeholder, told)

    async def _on_key(self, event: events.Key) -> None:
        """A letter that was on its way here when Enter went on to the next field belongs there, and any key to a dialog that
        came up meanwhile."""
        ahead = getattr(self.app, "typing_ahead", None)
        if ahead is not None and self.app._screen_stack[-1:] != [self.screen]:
            event.stop()
            event.prevent_default()
            ahead.give_back(event)
            return
        here = self.screen.focused
        if event.is_printable and isinstance(here, Entry) and here is not self:
            event.stop()
            event.prevent_default()
            here._forward_event(event)
            return
        if self.value and (act := EDITS.get(event.key)) is not None:
            event.stop()
            event.prevent_default()
            act(self)
            return
        await super()._on_key(event)

    def _on_paste(self, event: events.Paste) -> None:
        """Take the first line of what was pasted, made inert."""
        event.stop()
        event.prevent_default()
        lines = lines_of(event.text)
        if lines:
            self.replace(lines[0], *self.selection)


class SearchField(Entry):
    """Where everything printable goes. Tells when the text changed by `Input.Changed`."""

    takes_lists = False
    """Whether several lines that are pasted are told as a list, instead of the first being typed."""

    class Listed(Message):
        """Several lines were pasted."""

        def __init__(self, texts: Sequence[str]) -> None:
            super().__init__()
            self.texts = tuple(texts)

    class Scanned(Message):
        """A burst too fast for hands ended in Tab: it counts as Enter."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__("", placeholder, id=id)
        self._last_key = 0.0
        self._burst = 0
        self._burst_text = ""
        self.typed_at = 0.0
        """When something printable was typed last, by the clock that only goes forward."""

    @property
    def scan(self) -> str:
        """The end of the text that came too fast for hands: a scan, also behind words that were typed before; else "" """
        return (
            self._burst_text if len(self._burst_text) >= SCAN_LENGTH and self.value.endswith(self._burst_text) else ""
        )

    def take_scan(self) -> str:
        """The scan, which ends with this: what comes next, however soon, is another one."""
        scan, self._burst, self._burst_text, self._last_key = self.scan, 0, "", 0.0
        return scan

    def put_in(self, text: str) -> None:
        """Type text as if it came from the keyboard."""
        self.replace(clean(text), *self.selection)

    def put_before(self, text: str, place: int = 0) -> None:
        """Put text that was typed earlier where it belongs; the cursor stays at the end."""
        self.value = self.value[:place] + clean(text) + self.value[place:]
        self.cursor_position = len(self.value)

    def start_afresh(self) -> None:
        """Select all, so that the next scan or letter replaces it."""
        self.select_all()

    def _on_paste(self, event: events.Paste) -> None:
        """Several lines may be a list of things."""
        if self.takes_lists and len(lines := lines_of(event.text)) > 1:
            event.stop()
            event.prevent_default()
            self.post_message(self.Listed(lines))
        else:
            super()._on_paste(event)

    async def _on_key(self, event: events.Key) -> None:
        now = monotonic()
        fast = now - self._last_key < SCAN_GAP
        self._last_key = now
        self.typed_at = now if event.is_printable else self.typed_at
        self._burst = self._burst + 1 if fast and event.is_printable else int(event.is_printable)
        if event.is_printable and event.character:
            self._burst_text = self._burst_text + event.character if fast else event.character
        await super()._on_key(event)

    def accept(self, text: str | None, time: float) -> bool:
        """Take a completed text on a Tab at this time, unless a scanner sent the Tab or the cursor is elsewhere."""
        if text is None or not self.cursor_at_end or time - self._last_key < SCAN_GAP:
            return False
        self.value = text
        self.cursor_position = len(text)
        return True

    def ends_scan(self, time: float) -> bool:
        """True when a Tab at this time ends a scanner's burst."""
        ends = self._burst >= SCAN_LENGTH and time - self._last_key < SCAN_GAP
        self._burst = 0
        return ends


class ScanField(SearchField):
    """A field for scan after scan. Each is told with what was read; a pasted list is told at once."""

    class Scanned(Message):
        """Texts were scanned, typed or pasted."""

        def __init__(self, texts: Sequence[str]) -> None:
            super().__init__()
            self.texts = tuple(texts)

    def finish(self) -> None:
        """What stands in the field is complete."""
        text = self.value.strip()
        self.value = ""
        if text:
            self.post_message(self.Scanned([text]))

    async def _on_key(self, event: events.Key) -> None:
        """A scanner's Tab ends a scan as Enter does. Its Enter is taken here, in line with the letters before it."""
        if event.key == "tab" and self.value.strip():
            event.stop()
            event.prevent_default()
            self.finish()
            return
        await super()._on_key(event)

    def _on_paste(self, event: events.Paste) -> None:
        """One line is typed; several are that many scans."""
        lines = lines_of(event.text)
        if len(lines) < 2:
            super()._on_paste(event)
            return
        event.stop()
        event.prevent_default()
        self.post_message(self.Scanned(lines))
