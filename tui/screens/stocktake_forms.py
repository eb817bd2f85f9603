"""What a stocktake asks: which one, where one scans, whether to close it, where the report goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from fleet.clock import london_date
from tui.columns import KINDS
from tui.counting import Stocktaking, Whereabouts
from tui.dates import say_moment
from tui.screens.choosing import Alternative, Choosing
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap

if TYPE_CHECKING:
    from tui.screens.stocktake import StocktakeScreen

MOST_OFFERED = 8


@dataclass(frozen=True, slots=True)
class Beginning:
    """A stocktake to open, or the number of one to go on with."""

    number: int | None = None
    title: str = ""
    organisation: str | None = None
    site: str | None = None
    kind: str | None = None


class BeginScreen(Choosing[Beginning]):
    """Go on with an open stocktake, or open another."""

    SUBMIT = "go on"

    def __init__(self, rows: Sequence[Stocktaking]) -> None:
        super().__init__([span("Stocktake", "title")])
        now = self.fleet.clock()
        self.rows = rows[:MOST_OFFERED]
        self.options = [
            Alternative(
                str(one.id),
                span(one.title, "strong"),
                f"{one.scope} · {one.expected:,} expected · since {say_moment(one.opened_at, now)}",
            )
            for one in self.rows
        ] + [Alternative("", span("open another one" if rows else "open one", "strong"), "as the fields say")]
        self.title_field = Entry("", "Town Hall, autumn 2026", id="title")
        self.organisation = Entry("", "Its key; not needed when there is one only", id="organisation")
        self.site = Entry("", "Everything; or a site", id="site")
        self.kind = Entry("", f"Every kind; or {', '.join(KINDS)}", id="kind")

    def fields(self) -> ComposeResult:
        """What a new one is called and counts."""
        yield from self.field("Title", self.title_field)
        yield from self.field("Owner", self.organisation)
        yield from self.field("Site", self.site)
        yield from self.field("Kind", self.kind)

    def lay(self, width: int) -> Sequence[Line]:
        """The open ones."""
        del width
        return [*self.lay_options(), []]

    def on_input_changed(self) -> None:
        """Who types a title wants another one."""
        if self.title_field.value and self.choice:
            self.choose(len(self.options) - 1)

    def do_submit(self) -> None:
        """Give the answer back."""
        if self.choice:
            self.dismiss(Beginning(int(self.choice)))
            return
        kind = self.kind.value.strip().lower().replace(" ", "_") or None
        if not self.title_field.value.strip():
            self.complain("Give it a title: Town Hall, autumn 2026.")
            self.title_field.focus()
        elif kind is not None and kind not in KINDS:
            self.complain(f"There is no kind {kind}. Kinds are {', '.join(KINDS)}.")
            self.kind.focus()
        else:
            self.dismiss(
                Beginning(
                    None,
                    self.title_field.value.strip(),
                    self.organisation.value.strip() or None,
                    self.site.value.strip() or None,
                    kind,
                )
            )


class WhereScreen(Dialog[Whereabouts]):
    """Where one scans, and who has the devices in hand."""

    SUBMIT = "set"

    def __init__(self, where: Whereabouts) -> None:
        super().__init__([span("Where do you scan?", "title")])
        self.site = Entry(where.site or "", "A site; nothing: anywhere", id="site")
        self.holder = Entry(where.holder or "", "Name, sign-in name; nothing: not asked", id="holder")
        self.seen = Entry("no" if where.confirmed else "", "Yes; no: only their holder says they have them", id="seen")

    def fields(self) -> ComposeResult:
        """Site, person, whether anybody saw them."""
        yield from self.field("Site", self.site)
        yield from self.field("With", self.holder)
        yield from self.field("Seen", self.seen)

    def lay(self, width: int) -> Sequence[Line]:
        """What it is for."""
        note = "With a site, a device of another site is told. With a person, a device that somebody else should have is told."
        return [*([Span(piece, "dim")] for piece in wrap(clean(note), width)), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        answer = self.seen.value.strip().lower() or "yes"
        if answer not in ("yes", "no"):
            self.complain("Say yes when you see the devices, no when only their holder says they have them.")
            self.seen.focus()
            return
        self.dismiss(Whereabouts(self.site.value.strip() or None, self.holder.value.strip() or None, answer == "no"))


class FinishScreen(Dialog[str]):
    """Whether to close it; the answer is the reason, perhaps empty."""

    SUBMIT = "close it"

    def __init__(self, stocktake: Stocktaking, preview: str) -> None:
        super().__init__([span("Close ", "title"), span(stocktake.title, "strong")])
        self.preview = preview
        self.reason = Entry("", "Optional: why, what was left out", id="reason")

    def fields(self) -> ComposeResult:
        """Why."""
        yield from self.field("Reason", self.reason)

    def lay(self, width: int) -> Sequence[Line]:
        """What it would do."""
        note = "Nothing is deleted, returned or moved. What it rested on is kept; undo opens it again."
        lines: list[Line] = [[span(piece)] for piece in wrap(clean(self.preview), width)]
        return [*lines, [], *([Span(piece, "dim")] for piece in wrap(clean(note), width)), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        self.dismiss(self.reason.value.strip())


class ReportFileScreen(Dialog[tuple[str, bool]]):
    """Where the variance report goes."""

    SUBMIT = "write"

    def __init__(self, name: str) -> None:
        super().__init__([span("Variance report", "title")])
        self.file = Entry(name, "A file name ending in .csv", id="file")
        self._warned_of: Path | None = None

    def fields(self) -> ComposeResult:
        """The file."""
        yield from self.field("File", self.file)

    def lay(self, width: int) -> Sequence[Line]:
        """What is in it."""
        note = "Every device that was expected or met, with its outcome and evidence. Names of people are initials."
        where = [span("in "), Span(join(Path.cwd()), "dim")]
        return [where, [], *([Span(piece, "dim")] for piece in wrap(clean(note), width)), []]

    def do_submit(self) -> None:
        """Give the answer back; a file that exists is replaced when that is said twice."""
        path = Path(self.file.value.strip()).expanduser()
        if path.suffix.lower() != ".csv":
            self.complain("End the name in .csv.")
        elif path.exists() and path != self._warned_of:
            self._warned_of = path
            self.complain(f"{path.name} exists. Enter once more replaces it.")
        else:
            self.dismiss((str(path.absolute()), path == self._warned_of))


# --- asking ------------------------------------------------------------------------------------------------------


def _choose_count(desk: StocktakeScreen) -> None:
    fleet = desk.fleet

    def offered(rows: Sequence[Stocktaking], before: BeginScreen | None = None, refused: str | None = None) -> None:
        screen = BeginScreen(rows)
        if before is not None:  # It was refused: what was typed stays.
            screen.take_over(before)
            screen.refused = refused
        fleet.push_screen(screen, lambda answer: answered(answer, screen))

    def answered(answer: Beginning | None, screen: BeginScreen) -> None:
        rows = screen.rows
        if answer is None:
            return
        if answer.number is not None:
            desk.go_on_with(next(one for one in rows if one.id == answer.number))
            return
        fleet.background.write(
            lambda register: register.counting.begin(
                answer.title, organisation=answer.organisation, site=answer.site, kind=answer.kind
            ),
            begun,
            lambda error: offered(rows, screen, error.message.replace(": --organisation ", " in Owner: ")),
        )

    def begun(stocktake: Stocktaking) -> None:
        desk.go_on_with(stocktake)
        fleet.notify(join(stocktake.title, " is open and expects ", counted(stocktake.expected, "device"), "."))

    fleet.typing_ahead.expect()
    fleet.background.look("stocktakes", lambda register: register.counting.stocktakes(), offered, fleet.trouble)


def _where(desk: StocktakeScreen) -> None:
    fleet = desk.fleet

    def answered(where: Whereabouts | None) -> None:
        if where is not None:
            fleet.background.look(
                "where", lambda register: register.counting.check(where), lambda _nothing: known(where), fleet.trouble
            )

    def known(where: Whereabouts) -> None:
        desk.where = where
        desk.show()

    fleet.push_screen(WhereScreen(desk.where), answered)


def _finish(desk: StocktakeScreen) -> None:
    fleet, stocktake = desk.fleet, desk.stocktake
    if stocktake is None or stocktake.closed_at is not None:
        fleet.notify("No stocktake is open.", severity="warning")
        return
    if desk.waiting:
        fleet.notify("Scans are still being kept. Close it when they are.", severity="warning")
        return

    def answered(reason: str | None) -> None:
        if reason is not None:
            fleet.background.write(
                lambda register: register.counting.close(stocktake.id, reason or None), closed, fleet.trouble
            )

    def previewed(preview: str) -> None:
        fleet.push_screen(FinishScreen(stocktake, preview), answered)

    def closed(told: tuple[str, int | None]) -> None:
        sentence, event_id = told
        fleet.custody.done += [event_id] if event_id is not None else []
        fleet.notify(f"Closed. {sentence}\n^Z undoes")
        fleet.something_changed()

    fleet.background.look(
        "closing",
        lambda register: register.counting.try_close(stocktake.id),
        previewed,
        fleet.trouble,
    )


def _variance(desk: StocktakeScreen) -> None:
    fleet, stocktake = desk.fleet, desk.stocktake
    if stocktake is None:
        fleet.notify("No stocktake is open.", severity="warning")
        return

    def answered(answer: tuple[str, bool] | None) -> None:
        if answer is not None:
            path, overwrite = answer
            fleet.background.job(
                lambda register: register.counting.write_report(stocktake.id, path, overwrite=overwrite),
                lambda told: fleet.notify(f"Written: {told}", timeout=15),
                fleet.trouble,
            )

    name = f"stocktake-{stocktake.id}-{london_date(fleet.clock()).isoformat()}.csv"
    fleet.push_screen(ReportFileScreen(name), answered)


ASKS: Mapping[str, Callable[[StocktakeScreen], None]] = {
    "choose_count": _choose_count,
    "where": _where,
    "finish": _finish,
    "variance": _variance,
}
