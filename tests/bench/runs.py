"""What is measured, in which order, how often; each function gives lines of the table."""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile
from statistics import median

from tests.bench.files import write_csv, write_xlsx
from tests.bench.keys import keys
from tests.bench.measured import Took, in_child
from tests.bench.serving import Serving, serving
from tests.bench.starting import PROGRAM, command_seconds, screen_seconds
from tests.bench.table import Line, compared, seconds
from tests.bench.workbooks import workbooks

Series = dict[str, list[Took]]
START_ROUNDS = 9
LATENCY_MS = 200
MEMORY_TARGET = "≤ 700 MB"


def syncs(sizes: list[int], rounds: int, folder: Path) -> Iterator[Line]:
    """Sync at every size, and how the cost grows between them."""
    per_device: dict[str, dict[int, float]] = defaultdict(dict)
    for size in sizes:
        with serving(size, folder / f"sync-{size}") as service:
            series = _nights(service, folder / f"sync-{size}", rounds)
        limit = [one.seconds for one in series["limit"]]
        for name, title, target in SYNCS:
            took = [one.seconds for one in series[name]]
            per_device[title][size] = median(took) / size
            yield compared(title, f"{size:,}", took, limit, target if size >= 20_000 else "")
        yield compared(
            "first sync, against writing its own rows", f"{size:,}", [one.seconds for one in series["first"]],
            [one.seconds for one in series["limit rows"]],
        )  # fmt: skip
        for names, title in MEMORY:
            peak = max(one.peak_mb for name in names for one in series[name])
            yield Line(title, f"{size:,}", "", MEMORY_TARGET if size >= 200_000 else "", f"{peak:.0f} MB",
                       f"{max(one.peak_mb for one in series['limit']):.0f} MB")  # fmt: skip
    if len(sizes) > 1:
        small, large = sorted(sizes)[-2:]
        for title, found in per_device.items():
            growth = found[large] / found[small]
            yield Line(f"cost of a device, {title}", f"{large:,} / {small:,}", f"{growth:.2f}×", "≈ 1×", "")


SYNCS = (
    ("first", "first sync, empty register", "≤ 5×"),
    ("first recorded", "first sync, devices recorded before", "≤ 5×"),
    ("same", "unchanged night, nothing moved", "≤ 2.5×"),
    ("moved", "unchanged night, all checked in", "≤ 2.5×"),
    ("changed", "2% changed, all checked in", ""),
    ("same unrecorded", "unchanged night, every device a finding", ""),
)


MEMORY = (
    (("first", "first recorded"), "peak memory, first sync"),
    (("everything",), "peak memory, people and devices at once"),
    (("same", "moved", "changed", "same unrecorded"), "peak memory, a night"),
)


def _nights(service: Serving, home: Path, rounds: int) -> Series:
    series: Series = defaultdict(list)
    series["everything"].append(in_child("everything", home, f"sqlite:///{home / 'everything.db'}"))
    for number in range(rounds):
        base = number * 10
        for kind in ("empty", "recorded"):
            target = home / f"{kind}.db"
            for file in home.glob(f"{kind}.db*"):
                file.unlink()
            url = f"sqlite:///{target}"
            in_child("people", home, url)
            if kind == "recorded":
                in_child("record", home, url)
            series["limit"].append(in_child("limit", home, home / "limit.db"))
            copyfile(target, home / "before.db")
            series["first" if kind == "empty" else "first recorded"].append(in_child("sync", home, url, base + 1))
            if kind == "empty":
                rows = in_child("limit_rows", home, home / "before.db", target, home / "rows.db")
                series["limit rows"].append(rows)
            same = in_child("sync", home, url, base + 2)
            series["same unrecorded" if kind == "empty" else "same"].append(same)
        url = f"sqlite:///{home / 'recorded.db'}"
        series["limit"].append(in_child("limit", home, home / "limit.db"))
        for night, (command, name) in enumerate((("check-in", "moved"), ("change", "changed")), start=3):
            service.night(command, base + night)
            series[name].append(in_child("sync", home, url, base + night))
        _say(f"  {number + 1} of {rounds}")
    return series


def extras(rounds: int, folder: Path) -> Iterator[Line]:
    """What a night may do besides: details by $batch and the report of primary users."""
    home = folder / "extras"
    with serving(2_000, home) as service:
        url = f"sqlite:///{home / 'fleet.db'}"
        in_child("people", home, url)
        in_child("sync", home, url, 1)
        limit, plain, users = [], [], []
        details = in_child("sync", home, url, 2, "details").seconds
        for number in range(rounds):
            service.night("check-in", 3 + number)
            limit.append(in_child("limit", home, home / "limit.db").seconds)
            plain.append(in_child("sync", home, url, 3 + 2 * number).seconds)
            users.append(in_child("sync", home, url, 4 + 2 * number, "users").seconds)
    yield Line("2,000 details by $batch, beyond the night", "2,000", f"{details / median(limit):.1f}×", "",
               seconds(details - median(plain)), seconds(median(limit)))  # fmt: skip
    yield Line("report of primary users, beyond the night", "2,000", f"{median(users) / median(limit):.1f}×", "",
               seconds(max(0.0, median(users) - median(plain))), seconds(median(limit)))  # fmt: skip


def distant(sizes: list[int], _rounds: int, folder: Path) -> Iterator[Line]:
    """Whole nights with everything in them, over a line on which every answer takes 200 ms, within the published limits."""
    for size in (one for one in sizes if one <= 20_000):
        home = folder / f"distant-{size}"
        url = f"sqlite:///{home / 'fleet.db'}"
        with serving(size, home) as service:
            in_child("people", home, url)
            service.night("latency", LATENCY_MS)
            first = in_child("sync", home, url, 1, "users", "details")
            again = in_child("sync", home, url, 8, "users", "details")
        for took, title in ((first, "first night"), (again, "a night a week later")):
            yield Line(f"{title}, {LATENCY_MS} ms an answer", f"{size:,}", f"{took.notes['requests']} requests",
                       "≤ 30 s" if size == 2_000 else "", seconds(took.seconds))  # fmt: skip


def registers(sizes: list[int], rounds: int, folder: Path) -> Iterator[Line]:
    """Rules, the list as at a day, previews and exports."""
    for size in sizes:
        home = folder / f"register-{size}"
        url = f"sqlite:///{home / 'fleet.db'}"
        with serving(size, home):
            in_child("people", home, url)
            in_child("record", home, url)
            in_child("sync", home, url, 1)
        if size >= 20_000:
            target = "≤ 1 s" if size == 20_000 else "≤ 10 s"
            yield _against("all rules over all devices", size, rounds, ("rules", url), ("rules_limit", url), target)
        if size <= 20_000:
            yield _against("estate export, XLSX", size, rounds, ("export", url, home), ("export_limit", size, home))
        if size == 20_000:
            yield from _files(home, url, rounds)
            in_child("age", url)
            yield _against(
                "list as at a day, 200,000 changes since", size, rounds, ("as_at", url), ("as_at_limit", url), "≤ 1 s"
            )
            yield _against(
                "issuing 200 scanned devices to a site", size, rounds, ("issue", home), ("issue_limit", home), "≤ 1 s"
            )


def _files(home: Path, url: str, rounds: int) -> Iterator[Line]:
    for name, rows, write, target in (
        ("devices.csv", 50_000, write_csv, "≤ 3 s"),
        ("devices.xlsx", 20_000, write_xlsx, "≤ 4 s"),
    ):
        write(home / name, rows)
        title = f"import preview, {name.rpartition('.')[2].upper()}"
        yield _against(title, rows, rounds, ("preview", url, home / name), ("preview_limit", home / name), target)
        peak = in_child("preview", url, home / name).peak_mb
        yield Line(f"{title}, peak memory", f"{rows:,}", "", "≤ 400 MB", f"{peak:.0f} MB", "")
    slowest = [in_child("refusals") for _ in range(rounds)]
    took = median(one.seconds for one in slowest)
    yield Line("slowest refusal of a bad file", slowest[-1].notes["file"], "", "≤ 2 s", seconds(took))


def _against(
    title: str, size: int, rounds: int, ours: tuple[object, ...], limit: tuple[object, ...], target: str = ""
) -> Line:
    took, least = [], []
    for _ in range(rounds):
        took.append(in_child(str(ours[0]), *ours[1:]).seconds)
        least.append(in_child(str(limit[0]), *limit[1:]).seconds)
    return compared(title, f"{size:,}", took, least, target)


def starts(folder: Path, *, screen: bool = True) -> Iterator[Line]:
    """The command line's help and the screen's first frames, interleaved with what they are compared with."""
    bare, helped = [], []
    for _ in range(START_ROUNDS):
        bare.append(command_seconds([sys.executable, "-c", "pass"]))
        helped.append(command_seconds([PROGRAM, "--help"]))
    beyond = median(helped) - median(bare)
    yield Line("fleet --help, beyond bare Python", "", f"{median(helped) / median(bare):.1f}×", "≤ 0.15 s beyond",
               seconds(beyond), seconds(median(bare)))  # fmt: skip
    if screen:
        yield from _screens(folder)


def _screens(folder: Path) -> Iterator[Line]:
    home = folder / "demo"
    command_seconds([PROGRAM, "--home", str(home), "demo", "--no-tui", "--devices", "2000"])
    tag = _first_tag(home / "fleet.db")
    empty, first, rows = [], [], []
    for _ in range(START_ROUNDS):
        empty.append(screen_seconds([sys.executable, "tests/bench/empty_app.py"], "ready")[0])
        frame, row = screen_seconds([PROGRAM, "--home", str(home)], tag)
        first.append(frame)
        rows.append(row)
    yield compared("screen, first painted frame", "2,000", first, empty, "≤ 1.3×")
    yield compared("screen, first rows of devices", "2,000", rows, empty, "≤ 2.5×")


def _first_tag(database: Path) -> str:
    import sqlite3

    (tag,) = sqlite3.connect(database).execute("SELECT min(asset_tag) FROM device").fetchone()
    return str(tag)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


PARTS: dict[str, Callable[[list[int], int, Path], Iterator[Line]]] = {
    "start": lambda _sizes, _rounds, folder: starts(folder),
    "screen": keys,
    "sync": syncs,
    "distant": distant,
    "extras": lambda _sizes, rounds, folder: extras(rounds, folder),
    "register": registers,
    "workbooks": workbooks,
}
