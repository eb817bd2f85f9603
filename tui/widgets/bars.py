"""The one-line widgets: header, status line, key hints, headings, the banner. Each paints its own line."""

from collections.abc import Callable, Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.text import Inert, Span, clean, join, span
from tui.widgets.painting import Inks, between, width_of, wrap

MOST_LINES = 4
"""Lines of a complaint under a list."""
Spans = Sequence[Span]


class OneLine(Widget, can_focus=False):
    """A widget of one painted line."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._inks = Inks(self)

    def spans(self, width: int) -> Spans:
        """What the line shows."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        return self._inks.strip(self.spans(width) if y == 0 else (), width)

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._inks.forget()


class Heading(OneLine):
    """A label or a title."""

    def __init__(self, *parts: Span, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._parts: Spans = parts

    def show(self, *parts: Span) -> None:
        """Show something else."""
        self._parts = parts
        self.refresh()

    def spans(self, width: int) -> Spans:
        """The parts; what doesn't fit is cut."""
        del width
        return self._parts


class Banner(OneLine):
    """Lines across the top while something is wrong; hidden otherwise."""

    _message: str | None = None

    def say(self, message: str | None) -> None:
        """Show a message, on as many lines as it takes; None hides it."""
        if message != self._message:
            self._message = message
            self.set_class(message is not None, "-shown")
            self._make_room()
            self.refresh()

    def _pieces(self) -> list[Inert]:
        width = self.size.width or self.app.size.width
        return wrap(clean(self._message), max(width - 4, 8))[:MOST_LINES] if self._message is not None else []

    def _make_room(self) -> None:
        self.styles.height = max(len(self._pieces()), 1)

    def on_resize(self) -> None:
        """Another width may need other lines."""
        self._make_room()

    def render_line(self, y: int) -> Strip:
        """A line of it."""
        pieces = self._pieces()
        shown = [span(" ! " if y == 0 else "   "), Span(pieces[y])] if y < len(pieces) else ()
        return self._inks.strip(shown, self.size.width)


class StatusLine(OneLine):
    """What the list shows, at the left, and news, at the right."""

    left: Spans = ()
    right: Spans = ()
    problem: str | None = None

    def show(self, left: Spans, right: Spans = ()) -> None:
        """Show these; painted only when they differ."""
        if (left, right) != (self.left, self.right) or self.problem is not None:
            self.left, self.right = left, right
            self.complain(None)
            self.refresh()

    def complain(self, problem: str | None) -> None:
        """Say what is wrong instead, on as many lines as it takes; None says that nothing is."""
        if problem != self.problem:
            self.problem = problem
            self._make_room()
            self.refresh()

    def _make_room(self) -> None:
        wanted = len(self._pieces(self.size.width)) if self.problem is not None else 1
        if self.styles.height is None or self.styles.height.value != wanted:
            self.styles.height = wanted

    def _pieces(self, width: int) -> list[Inert]:
        return wrap(clean(self.problem), max(width - 4, 8))[:MOST_LINES]

    def on_resize(self) -> None:
        """Another width may need other lines."""
        self._make_room()

    def render_line(self, y: int) -> Strip:
        """A line of what is wrong, or the one line of news."""
        if self.problem is None:
            return super().render_line(y)
        width = self.size.width
        pieces = self._pieces(width)
        head = span(" ! " if y == 0 else "   ", "bad")
        return self._inks.strip([head, Span(pieces[y], "bad")] if y < len(pieces) else (), width)

    def spans(self, width: int) -> Spans:
        """Both ends."""
        return between([span(" "), *self.left], [*self.right, span(" ")], width)


class Clickable(OneLine):
    """A line whose parts run actions when they are clicked."""

    class Clicked(Message):
        """A part of the line was clicked."""

        def __init__(self, action_id: str) -> None:
            super().__init__()
            self.action_id = action_id

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._regions: list[tuple[int, int, str]] = []

    def lay(self, parts: Sequence[tuple[str, Spans]], width: int, gap: int = 2, start: int = 1) -> list[Span]:
        """Parts with their action ids, as many as fit."""
        self._regions = []
        spans: list[Span] = []
        at = start
        for action_id, part in parts:
            taken = sum(width_of(piece.text) for piece in part)
            if at + taken > width:
                break
            self._regions.append((at, at + taken, action_id))
            spans += [span(" " * (gap if spans else start)), *part]
            at += taken + gap
        return spans or [span(" " * start)]

    def on_click(self, event: events.Click) -> None:
        """Run what was clicked."""
        event.stop()
        for start, end, action_id in self._regions:
            if start <= event.x < end:
                self.post_message(self.Clicked(action_id))


Hint = tuple[str, str, str, bool]
"""Action id, key, label, possible now."""


class KeyBar(Clickable):
    """The keys that matter here; what is not possible now is faint."""

    def __init__(self, hints: Callable[[], Sequence[Hint]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints = hints
        self._shown: Sequence[Hint] | None = None

    def look_again(self) -> None:
        """Paint when something else is possible now."""
        if self._hints() != self._shown:
            self.refresh()

    def spans(self, width: int) -> Spans:
        """Key and name of each."""
        self._shown = self._hints()
        return self.lay([(hint[0], _hint(hint)) for hint in self._shown], width)


def _hint(hint: Hint) -> Spans:
    _id, key, label, possible = hint
    return [span(key, "key" if possible else "faint"), span(" "), span(label, "" if possible else "faint")]


Tab = tuple[str, str, str, str]
"""Action id, key, name, a number to show beside it ("" for none)."""


class TopBar(Clickable):
    """Where we are, where else one can go, and how fresh the register is."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tabs: Sequence[Tab] = ()
        self._here = ""
        self._news: Sequence[Spans] = ()

    def show(self, tabs: Sequence[Tab], here: str, news: Sequence[Spans]) -> None:
        """Show the tabs; `news` holds versions of the right end, the longest first."""
        self._tabs, self._here, self._news = tabs, here, news
        self.refresh()

    def spans(self, width: int) -> Spans:
        """Tabs at the left, freshness at the right in the longest version that fits."""
        for with_keys in (True, False):
            tabs = self.lay([(tab[0], self._tab(tab, with_keys)) for tab in self._tabs], width)
            if len(self._regions) < len(self._tabs):
                continue
            taken = sum(width_of(part.text) for part in tabs) + 2
            for news in self._news:
                if taken + sum(width_of(part.text) for part in news) + 1 <= width:
                    return between(tabs, [*news, span(" ")], width, 0)
        here_first = sorted(self._tabs, key=lambda tab: tab[0] != self._here)
        return self.lay([(tab[0], self._tab(tab, False)) for tab in here_first], width)

    def _tab(self, tab: Tab, with_key: bool) -> Spans:
        action_id, key, name, number = tab
        here = action_id == self._here
        spans = [span(key + " ", "faint")] if with_key else []
        spans.append(Span(join("▸" if here else "", name), "title" if here else "dim"))
        if number:
            spans.append(Span(join(" ", number), "warn"))
        return spans
