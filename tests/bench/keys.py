"""How long a key takes until the first page that answers it is painted, in a real terminal.

The screen and what it is compared with take turns in one run, so that a busy machine slows all of them alike.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles

from tests.bench.files import write_xlsx
from tests.bench.measured import ROOT, in_child
from tests.bench.serving import Serving, serving
from tests.bench.starting import PROGRAM, command_seconds
from tests.bench.table import Line, seconds
from tests.bench.tenant import NOW
from tests.bench.terminal import Answer, Terminal

TYPED = 3
"""Tags that are typed in one round, letter by letter."""
PAGES = 12
"""Pages down in one round."""
HELD, EVERY = 60, 1 / 30
"""How often a held arrow key is repeated, and how fast."""
BUSY_DEVICES = 20_000
CLEAR, PAGE_DOWN, DOWN = "\x15", "\x1b[6~", "\x1b[B"
TARGETS = {2_000: "≤ 40 ms", 20_000: "≤ 40 ms", 200_000: "≤ 50 ms"}
FASTER = {2_000: "≤ 0.1×", 20_000: "≤ 0.02×"}
REFILLED = 8.0
"""Seconds in which the table that is filled anew has answered."""
WIDE = 80
"""Cells of the list: the card beside it answers later, and is not waited for."""


class Screen:
    """A program with a field and a list under it."""

    def __init__(self, command: list[str], first: str) -> None:
        self.terminal = Terminal(command, first)
        self.keys: list[list[Answer]] = []
        self.pages: list[list[Answer]] = []

    def row(self) -> str:
        """The first row of the list, below its titles, whatever stands beside it."""
        lines = self.terminal.screen.display
        heads = [number for number, line in enumerate(lines) if "asset tag" in line[:WIDE].casefold()]
        return lines[heads[0] + 1][:WIDE] if heads else lines[3]

    def matched(self, typed: str) -> bool:
        """Whether rows show what was typed as matching, and nothing else on the page: every key is answered so."""
        lines = list(self.terminal.screen.buffer.values())
        marked = "".join(line[column].data for line in lines for column in range(WIDE) if line[column].underscore)
        return bool(marked) and not marked.casefold().replace(typed, "")

    def close(self) -> None:
        """End the program."""
        self.terminal.close()

    def type(self, tags: list[str]) -> None:
        """Type tags letter by letter, as one round."""
        answers = []
        for tag in tags:
            for length in range(1, len(tag) + 1):
                typed = tag[:length].casefold()
                answers.append(self.terminal.press(tag[length - 1], lambda typed=typed: self.matched(typed)))  # type: ignore[misc]
            self.terminal.press(CLEAR, lambda: True)
        self.keys.append([one for one in answers if one.seconds is not None])

    def page(self, number: int) -> None:
        """Press page down so often, as one round."""
        answers = []
        for _ in range(number):
            before = self.row()
            answers.append(self.terminal.press(PAGE_DOWN, lambda before=before: self.row() != before))  # type: ignore[misc]
        self.to_top()
        self.pages.append([one for one in answers if one.seconds is not None])

    def hold(self) -> float:
        """Hold the arrow key from the top: seconds from its last repetition until its row is under the cursor."""
        self.to_top()
        self.terminal.hold(DOWN, HELD, 3 * EVERY, lambda: False)
        wanted = self._tag_under_cursor()
        self.to_top()
        took = self.terminal.hold(DOWN, HELD, EVERY, lambda: self._tag_under_cursor() == wanted)
        return took if took is not None else float("inf")

    def to_top(self) -> None:
        """Another question and back: the list starts at its top."""
        for keys in ("0", CLEAR):
            self.terminal.press(keys, lambda: True)

    def _tag_under_cursor(self) -> str:
        return next((line[:WIDE].split()[1] for line in self.terminal.screen.display if line.startswith("▌")), "")

    def p95(self, of: str = "keys") -> float:
        """The 95th percentile of seconds: the median over the rounds."""
        return median(p95([one.seconds or 0.0 for one in answers]) for answers in getattr(self, of) if answers)

    def middle(self) -> float:
        """The median of seconds of all keys: what ratios are made of, for it stays the same on a busy machine."""
        return median(one.seconds or 0.0 for answers in self.keys for one in answers)

    def cpu(self, of: str = "keys") -> float:
        """Processor seconds of the program until the page was painted: the median."""
        return median(one.cpu for answers in getattr(self, of) for one in answers)


class Refilled(Screen):
    """The comparison is slower than looking at it: it is looked at as it comes."""

    def type(self, tags: list[str]) -> None:
        """Type tags letter by letter, as one round."""
        answers: list[Answer] = []
        for tag in tags:
            for length in range(1, len(tag) + 1):
                typed = tag[:length].casefold()
                took = self.terminal.wait(tag[length - 1], lambda typed=typed: self.matched(typed), REFILLED)  # type: ignore[misc]
                answers += [Answer(took, 0.0, 0.0, 0)] if took is not None else []
            self.terminal.press(CLEAR, lambda: True, REFILLED / 2)
        self.keys.append(answers)


def keys(sizes: list[int], rounds: int, folder: Path) -> Iterator[Line]:
    """Keys, pages, the held arrow and memory at every size; then keys beside an import and a sync."""
    first: dict[int, float] = {}
    for size in sizes:
        home = folder / f"keys-{size}"
        command_seconds([PROGRAM, "--home", str(home), "demo", "--no-tui", "--devices", str(size)])
        yield from _of_size(size, rounds, home, first)
    if len(first) > 1:
        small, large = min(first), max(first)
        ratio = f"{first[large] / first[small]:.2f}×"
        yield Line("key to first painted page, median", f"{large:,} / {small:,}", ratio, "≤ 1.5×", "")
    yield from _beside_an_import(rounds, folder / f"keys-{min(sizes)}", folder)
    yield from _beside_a_sync(rounds, folder / "keys-sync")


def _of_size(size: int, rounds: int, home: Path, first: dict[int, float]) -> Iterator[Line]:
    tags = _tags(home / "fleet.db", TYPED * rounds + 1)
    with _opened(home, tags[0]) as ours, _compared("floor", home, tags[0]) as floor:
        for number in range(rounds):
            typed = tags[1 + number * TYPED : 1 + (number + 1) * TYPED]
            ours.type(typed)
            floor.type(typed)
            ours.page(PAGES)
        held = ours.hold()
        memory = ours.terminal.memory()
    first[size] = ours.middle()
    target = TARGETS.get(size, "≤ 50 ms")
    yield Line("key to first painted page, p95", f"{size:,}", f"{ours.p95() / floor.p95():.2f}×", target,
               seconds(ours.p95()), f"{seconds(floor.p95())}, the least Textual program")  # fmt: skip
    yield Line("the same, median", f"{size:,}", f"{ours.middle() / floor.middle():.2f}×", "",
               seconds(ours.middle()), seconds(floor.middle()))  # fmt: skip
    yield Line("the same, processor of the program, median", f"{size:,}", f"{ours.cpu() / floor.cpu():.2f}×", "",
               seconds(ours.cpu()), seconds(floor.cpu()))  # fmt: skip
    yield from _beside_a_table(size, home, ours, tags)
    yield Line(
        "page down, p95", f"{size:,}", "", "≤ 30 ms", f"{seconds(ours.p95('pages'))}, {seconds(ours.cpu('pages'))} CPU"
    )
    yield Line("arrow held for 2 s, behind at the end", f"{size:,}", "", "≤ 40 ms", seconds(held))
    yield Line("memory above an empty Textual program", f"{size:,}", "", "≤ 60 MB", f"{memory - _empty():.0f} MB",
               f"{_empty():.0f} MB")  # fmt: skip


def _beside_a_table(size: int, home: Path, ours: Screen, tags: list[str]) -> Iterator[Line]:
    """Not at 200,000, where filling the table once takes longer than anybody waits."""
    if size not in FASTER:
        return
    with _compared("refill", home, tags[0], Refilled) as refill:
        refill.type(tags[-2:])
    for what, mine, other in (("p95", ours.p95(), refill.p95()), ("median", ours.middle(), refill.middle())):
        target = FASTER[size] if what == "p95" else ""
        yield Line(f"the same, {what}, beside a table that is filled anew", f"{size:,}", f"{mine / other:.3f}×", target,
                   seconds(mine), seconds(other))  # fmt: skip


def _beside_an_import(rounds: int, home: Path, folder: Path) -> Iterator[Line]:
    file = folder / "beside.xlsx"
    write_xlsx(file, BUSY_DEVICES)
    command = [PROGRAM, "--home", str(home), "import", str(file), "--preview"]
    tags = _tags(home / "fleet.db", TYPED * rounds + 1)
    with _opened(home, tags[0]) as ours:
        for number in range(rounds):
            with _again_and_again(command):
                ours.type(tags[1 + number * TYPED : 1 + (number + 1) * TYPED])
    yield Line("key, p95, while another process parses a file", "", "", "≤ 60 ms", seconds(ours.p95()))


def _beside_a_sync(rounds: int, home: Path) -> Iterator[Line]:
    url = f"sqlite:///{home / 'fleet.db'}"
    with serving(BUSY_DEVICES, home) as service:
        in_child("people", home, url)
        in_child("record", home, url)
        in_child("sync", home, url, 1)
        tags = _tags(home / "fleet.db", TYPED * rounds + 1)
        with _opened(home, tags[0]) as ours:
            for number in range(rounds):
                with _night(service, home, number + 2):
                    ours.type(tags[1 + number * TYPED : 1 + (number + 1) * TYPED])
    yield Line("key, p95, while another process syncs", f"{BUSY_DEVICES:,}", "", "≤ 60 ms", seconds(ours.p95()))


@contextmanager
def _night(service: Serving, home: Path, number: int) -> Iterator[None]:
    service.night("change", number)
    command = [PROGRAM, "--home", str(home), "sync"]
    with _again_and_again(command, FLEET_NOW=(NOW + timedelta(days=number)).isoformat()):
        yield


@contextmanager
def _again_and_again(command: list[str], **environment: str) -> Iterator[None]:
    """Another process at work, again when it is done."""
    loop = f"while true; do {subprocess.list2cmdline(command)}; done"
    process = subprocess.Popen(["sh", "-c", f"exec 2>&1 >/dev/null; {loop}"], cwd=ROOT, start_new_session=True,
                               env=os.environ | environment)  # fmt: skip
    try:
        time.sleep(1.0)
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def _opened(home: Path, first: str) -> Iterator[Screen]:
    with closing(Screen([PROGRAM, "--home", str(home)], first)) as screen:
        yield screen


@contextmanager
def _compared(name: str, home: Path, first: str, kind: Callable[..., Screen] = Screen) -> Iterator[Screen]:
    with closing(kind([sys.executable, f"tests/bench/{name}.py", str(home / "fleet.db")], first)) as screen:
        yield screen


_measured: list[float] = []


def _empty() -> float:
    """Resident megabytes of an empty Textual program."""
    if not _measured:
        terminal = Terminal([sys.executable, "tests/bench/empty_app.py"], "ready")
        _measured.append(terminal.memory())
        terminal.close()
    return _measured[0]


def p95(values: list[float]) -> float:
    """The value that 19 of 20 stay below."""
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def _tags(database: Path, number: int) -> list[str]:
    """The first tag, then some from all over the list."""
    found = sqlite3.connect(database).execute(
        "SELECT asset_tag FROM device WHERE asset_tag IS NOT NULL ORDER BY asset_tag"
    )
    tags = [str(row[0]) for row in found]
    return [tags[0], *(tags[len(tags) * place // number] for place in range(1, number))]
