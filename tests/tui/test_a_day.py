"""A technician's day through `fleet` itself, in a real terminal; after each step a second connection says what happened.

Nothing here calls the program's own code: keys go in, lines come out, and the register is read with SQL.
"""

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from fleet.demo.build import build
from tests.conftest import Backend
from tests.tui.terminal import ENTER, ESCAPE, ROOT, SHIFT_F, TAB, F, Terminal, ctrl

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ESTATE = 120
SCANS = 50
FINDINGS = 30
PASTE, PASTED = "\x1b[200~", "\x1b[201~"


@dataclass(frozen=True)
class Desk:
    """What a technician has in front of them, and what an onlooker sees in the register."""

    terminal: Terminal
    engine: Engine
    home: Path
    environment: dict[str, str]

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, as fast as the terminal takes them."""
        for key in keys:
            self.terminal.send(key)

    def sees(self, *texts: str) -> None:
        """All of these are on screen, sooner or later."""
        for wanted in texts:
            self.terminal.shows(wanted)

    def gone(self, *texts: str) -> None:
        """None of these is on screen any more."""
        self.terminal.wait(lambda screen: not any(one in screen for one in texts))

    def open(self, tag: str) -> None:
        """Scan a label: its card opens."""
        self.press(tag, ENTER)
        self.terminal.wait(lambda screen: screen.split("\n")[2].startswith(f" {tag} ") and "Recorded ─" in screen)

    def close_card(self) -> None:
        """Back to the list."""
        self.press(ESCAPE)
        self.terminal.wait(lambda screen: screen.split("\n")[1].startswith(" ›"))

    def mark(self, tag: str) -> None:
        """Search for one device and mark it."""
        self.press(ctrl("u"), tag)
        self.terminal.wait(
            lambda screen: screen.split("\n")[1] == f" › {tag}" and "1 of " in screen and f"▌  {tag}" in screen
        )
        self.press(TAB)
        self.sees(f"▌✓ {tag}")

    def ask(self, statement: str, **values: Any) -> list[Any]:
        """The first column of a query, asked over a connection of its own."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement), values).scalars())

    def one(self, statement: str, **values: Any) -> Any:
        """The only answer of a query."""
        (found,) = self.ask(statement, **values)
        return found

    def status(self, tag: str) -> str:
        """The status that the register has of a device."""
        return str(self.one("SELECT status FROM device WHERE asset_tag = :tag", tag=tag))

    def holder(self, tag: str) -> str | None:
        """Who holds a device, by name; None when nobody does."""
        found = self.ask(
            "SELECT p.display_name FROM assignment a JOIN device d ON d.id = a.device_id JOIN person p ON p.id = a.person_id"
            " WHERE d.asset_tag = :tag AND a.returned_on IS NULL",
            tag=tag,
        )
        return found[0] if found else None

    def held(self, organisation: str, number: int) -> list[str]:
        """Tags of devices that somebody of an organisation holds for good and that nothing is wrong with."""
        return self.ask(
            "SELECT d.asset_tag FROM device d JOIN organisation o ON o.id = d.organisation_id JOIN assignment a"
            " ON a.device_id = d.id AND a.returned_on IS NULL AND a.person_id IS NOT NULL WHERE o.key = :key"
            " AND d.status = 'issued' AND d.asset_tag IS NOT NULL AND a.due_on IS NULL AND NOT EXISTS (SELECT 1 FROM finding f"
            " WHERE f.subject_type = 'device' AND f.subject_id = d.id AND f.fixed_at IS NULL) ORDER BY d.asset_tag LIMIT :n",
            key=organisation,
            n=number,
        )

    def in_stock(self, number: int, kind: str = "ipad") -> list[str]:
        """Tags of devices in stock."""
        return self.ask(
            "SELECT d.asset_tag FROM device d JOIN device_model m ON m.id = d.model_id WHERE d.status = 'in_stock'"
            " AND m.kind = :kind ORDER BY d.asset_tag LIMIT :n",
            kind=kind,
            n=number,
        )

    def newest_event(self) -> int:
        """The id of the last step."""
        return int(self.one("SELECT max(id) FROM event"))

    def command(self, *arguments: str) -> Any:
        """What another program on this machine says, as JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "fleet", "--home", str(self.home), *arguments, "--json"],
            env={**os.environ, **self.environment, "PYTHONPATH": str(ROOT)}, cwd=ROOT, capture_output=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def where(request: pytest.FixtureRequest) -> Backend:
    """Where registers come from; the day on PostgreSQL is one of the long runs."""
    found: Backend = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def desk(where: Backend, tmp_path: Path) -> Iterator[Desk]:
    """`fleet` open on a demonstration of its own."""
    home = tmp_path / "home"
    url = where.empty()
    build(home, now=NOW, devices=ESTATE, database_url=url)
    environment = {"FLEET_DATABASE_URL": url, "FLEET_NOW": NOW.isoformat(), "FLEET_OPERATOR": "asha.penrose"}
    driver = "postgresql+psycopg" if url.startswith("postgresql") else "sqlite"
    engine = create_engine(make_url(url).set(drivername=driver), poolclass=NullPool)
    with _open(Terminal(100, 30, "--home", str(home), program="fleet", environment=environment, cold=True)) as terminal:
        terminal.shows("updated 09:00")
        yield Desk(terminal, engine, home, environment)
        terminal.send(ctrl("q"))
        terminal.ends()


@contextmanager
def _open(terminal: Terminal) -> Iterator[Terminal]:
    try:
        yield terminal
    finally:
        terminal.child.close(force=True)


@pytest.mark.long
def test_a_technicians_day(desk: Desk, tmp_path: Path) -> None:
    """Find, issue, swap, return, lose, count, decide, import, export, undo."""
    first = desk.newest_event()
    find_by_a_scrap(desk)
    issue_by_scan(desk)
    swap(desk)
    take_back(desk)
    report_a_loss(desk)
    count_fifty(desk)
    clear_the_drift_desk(desk)
    delivered = import_a_delivery(desk, tmp_path)
    export_the_list(desk, tmp_path)
    undo_the_delivery(desk, delivered)
    assert desk.ask("SELECT DISTINCT actor FROM event WHERE id > :first", first=first) == ["asha.penrose"]
    assert len(desk.command("history", "--limit", "200")) > SCANS


def find_by_a_scrap(desk: Desk) -> None:
    """Four characters off a label's end are enough; Enter opens the one device that has them."""
    tag = desk.in_stock(1)[0]
    serial = desk.one("SELECT serial FROM device WHERE asset_tag = :tag", tag=tag)
    desk.press(serial[-4:].lower())
    desk.sees("1 of ", tag)
    desk.press(ENTER)
    desk.sees("‹ Devices", serial, "in stock")
    desk.close_card()


def issue_by_scan(desk: Desk) -> None:
    """Say once who gets them, then scan: a tag with Enter, one with Tab, a serial as Apple's boxes print it."""
    owner = "eastmere"
    tags = [tag for tag in desk.in_stock(9) if tag.startswith("EM")][:3]
    who = desk.one(
        "SELECT p.display_name FROM person p JOIN organisation o ON o.id = p.organisation_id WHERE o.key = :key"
        " AND p.state = 'active' AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.person_id = p.id) ORDER BY p.id LIMIT 1",
        key=owner,
    )
    serial = desk.one("SELECT serial FROM device WHERE asset_tag = :tag", tag=tags[2])
    desk.press(ctrl("b"))
    desk.sees("What is to happen with what you scan?")
    desk.press(F[2])
    desk.sees("Issue what is scanned")
    desk.press(who)
    desk.sees("▌  " + who[:20])
    desk.press(F[2])
    desk.sees("→ " + who)
    desk.press(F[2])
    desk.sees(f"Issuing to {who}")
    desk.press(f"{tags[0]}\r{tags[1]}\tS{serial}\r")
    desk.sees("3 devices", "✓ 3 issued")
    assert [desk.holder(tag) for tag in tags] == [who] * 3
    desk.press(ctrl("z"))
    desk.sees("TAKEN BACK")
    assert (desk.holder(tags[2]), desk.status(tags[2])) == (None, "in_stock")


def swap(desk: Desk) -> None:
    """The one that is broken comes back to repair, another goes out, in one step."""
    (old,) = desk.held("northbridge", 1)
    new = desk.in_stock(1)[0]
    who = desk.holder(old)
    before = desk.newest_event()
    desk.press(F[6])
    desk.sees("Asset tag")
    desk.open(old)
    desk.press(ctrl("x"))
    desk.sees(f"Swap {old}")
    desk.press("\x1b[B", new, F[2])
    desk.gone(f"Swap {old}")
    desk.terminal.wait(lambda screen: "▲ in repair" in screen.split("\n")[2])
    assert (desk.status(old), desk.holder(old), desk.holder(new)) == ("in_repair", None, who)
    assert desk.newest_event() == before + 1


def take_back(desk: Desk) -> None:
    """Two come back together: marked, then F3."""
    tags = desk.held("ashmoor", 2)
    desk.close_card()
    for tag in tags:
        desk.mark(tag)
    desk.sees("✓ 2 marked")
    desk.press(F[3])
    desk.sees("Return 2 devices")
    desk.press(F[2])
    desk.gone("Return 2 devices", "marked")
    desk.sees("2 devices returned")
    assert [(desk.status(tag), desk.holder(tag)) for tag in tags] == [("in_stock", None)] * 2


def report_a_loss(desk: Desk) -> None:
    """Lost on a bus: the run sheet opens, and its first step is noted."""
    (tag,) = desk.held("northbridge", 1)
    desk.open(tag)
    desk.press(ctrl("k"))
    desk.sees(f"Report {tag}")
    desk.press(TAB, "Left on the 42 bus", F[2])
    desk.sees("Run sheet", "What to say", "0 done")
    desk.press(ENTER)
    desk.sees("Note")
    desk.press(F[2])
    desk.sees("1 done")
    assert desk.status(tag) == "lost"
    incident = desk.one(
        "SELECT i.id FROM incident i JOIN device d ON d.id = i.device_id WHERE d.asset_tag = :tag AND i.kind = 'lost'"
        " AND i.closed_at IS NULL",
        tag=tag,
    )
    assert len(desk.ask("SELECT step FROM incident_step WHERE incident_id = :id", id=incident)) == 1
    assert [one["device"] for one in desk.command("incident", "list") if one["device"] == tag] == [tag]


def count_fifty(desk: Desk) -> None:
    """Fifty scans: one by one, ended by Enter and Tab, and a pasted list; then the stocktake is closed."""
    tags = desk.ask(
        "SELECT d.asset_tag FROM device d JOIN organisation o ON o.id = d.organisation_id WHERE o.key = 'northbridge'"
        " AND d.status IN ('in_stock', 'issued', 'prepared') AND d.asset_tag IS NOT NULL ORDER BY d.asset_tag LIMIT :n",
        n=SCANS,
    )
    assert len(tags) == SCANS
    desk.press(SHIFT_F[7])
    desk.sees("No stocktake is open.")
    desk.press(F[4])
    desk.sees("Title")
    desk.press("Autumn count", ENTER, "northbridge", F[2])
    desk.sees("Autumn count", "READY TO SCAN")
    desk.press("".join(f"{tag}\r" for tag in tags[:20]))
    desk.press("".join(f"{tag}\t" for tag in tags[20:40]))
    desk.press(PASTE + "\r".join(tags[40:]) + PASTED)
    desk.sees(f"{SCANS} of ", "10 SCANS")
    number = desk.one("SELECT id FROM stocktake WHERE title = 'Autumn count'")
    seen = desk.ask(
        "SELECT d.asset_tag FROM stocktake_scan s JOIN device d ON d.id = s.device_id WHERE stocktake_id = :n", n=number
    )
    assert sorted(seen) == tags
    desk.press(F[3])
    desk.sees("Close Autumn count")
    desk.press(F[2])
    desk.gone("Close Autumn count")
    desk.terminal.wait(lambda _screen: desk.one("SELECT closed_at FROM stocktake WHERE id = :n", n=number) is not None)


def clear_the_drift_desk(desk: Desk) -> None:
    """Thirty findings: a search with all of it marked and acknowledged, the rest put away until a day."""

    def decided() -> list[str]:
        return desk.ask("SELECT state FROM finding WHERE state IN ('acknowledged', 'snoozed')")

    assert decided() == []
    desk.press(F[8])
    desk.sees("What was found")
    desk.press("Intune", ctrl("a"))
    desk.sees("findings marked")
    told = re.search(r"· ✓ (\d+) marked", desk.terminal.text)
    assert told is not None, desk.terminal.text
    marked = int(told[1])
    desk.press(F[2])
    desk.sees(f"Acknowledge {marked} findings")
    desk.press("Known, on the rota", ENTER, ENTER, str(marked), F[2])
    desk.gone(f"Acknowledge {marked} findings")
    desk.sees("0 of ")
    assert decided() == ["acknowledged"] * marked
    desk.press(ctrl("u"))
    rest = max(FINDINGS - marked, 1)
    desk.gone("0 of ")
    desk.press(*[TAB] * rest)
    desk.sees(f"✓ {rest} marked")
    desk.press(F[3])
    desk.sees("Snooze")
    desk.press("+14", ENTER, "When the vans are back", F[2])
    desk.gone("Snooze")
    desk.terminal.wait(lambda _screen: len(decided()) >= FINDINGS)
    assert decided().count("snoozed") == rest


def import_a_delivery(desk: Desk, folder: Path) -> int:
    """A supplier's file: the preview says what is wrong with a row, the rest goes in as one step; gives its event."""
    path = folder / "delivery.csv"
    rows = [f"DLXQ{number:06d},iPad (A16),NB9{number:05d},In stock" for number in range(12)]
    path.write_text("\n".join(["Serial number,Model,Asset tag,Status", *rows, ",iPad (A16),,In stock"]))
    before = desk.newest_event()
    desk.press(SHIFT_F[9])
    desk.sees("Import")
    desk.press(str(path), ENTER)
    desk.sees("it does not say whose it is")
    desk.press(F[3])
    desk.sees("Owner ")
    desk.press("northbridge", F[2])
    desk.sees("12 new", "1 rejected")
    assert desk.newest_event() == before, "a preview writes nothing"
    desk.press(F[2])
    desk.sees("Done")
    assert desk.newest_event() == before + 1
    assert desk.one("SELECT count(*) FROM device WHERE asset_tag LIKE 'NB90%'") == 12
    return before + 1


def export_the_list(desk: Desk, folder: Path) -> None:
    """What is shown is what is written: no more, no less."""
    path = folder / "delivered.csv"
    desk.press(F[6])
    desk.sees("Asset tag")
    desk.press(ctrl("u"), "nb90")
    desk.sees("12 of ")
    desk.press(ctrl("e"))
    desk.sees("Export 12 devices")
    desk.press(ctrl("u"), str(path), F[2])
    desk.sees("Written:")
    with path.open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.reader(file))
    assert sum(any(cell.startswith("NB90") for cell in row) for row in written) == 12


def undo_the_delivery(desk: Desk, delivered: int) -> None:
    """The last thing done is taken back after a preview, and nothing else."""
    desk.press(ctrl("z"))
    desk.sees("Undo your last step")
    desk.press(ENTER)
    desk.gone("Undo your last step")
    desk.sees("0 of ")
    assert desk.one("SELECT count(*) FROM device WHERE asset_tag LIKE 'NB90%'") == 0
    assert desk.one("SELECT undoes_id FROM event ORDER BY id DESC LIMIT 1") == delivered
    desk.press(F[9])
    desk.sees("(undone)")
