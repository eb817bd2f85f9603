"""The README is tried out: its ten lines against a tenant, its table of commands on the demonstration, both as written."""

import shlex
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fleet.demo.build import NIGHTS, build, estate_of
from fleet.demo.graph_view import graph_view
from fleet.demo.service import Service
from fleet.demo.service.serve import serve_forever
from fleet.demo.sources_view import apple_views
from tests.conftest import made_once
from tests.docs.pages import ROOT, block_commands, read, section, table_of_commands
from tests.fleet.conftest import DEMO_NOW, Outcome, Program, bare_environment, program
from tests.fleet.demo.service.factory import PERMISSIONS, make_directory

__all__ = ["bare_environment", "program"]

README = ROOT / "README.md"
JOBS = table_of_commands(README, "What you can do")
TENANT = "The first real tenant"
WRITES_NOTHING = {"status:lost", "--help", "people", "--groups"}


@pytest.fixture(scope="module")
def whole_demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration as `make demo` makes it, in its full size; look, but do not touch."""
    return made_once(tmp_path_factory, "readme", lambda home: build(home, now=DEMO_NOW))


@pytest.fixture
def own_demonstration(
    whole_demonstration: Path, tmp_path: Path, bare_environment: None, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of it as FLEET_HOME, in a folder with the files that a reader has."""
    shutil.copytree(whole_demonstration, tmp_path / "home")
    monkeypatch.setenv("FLEET_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("scanned.txt").write_text("NB000050\nNB000052\n", encoding="utf-8")
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Asset Tag", "Serial Number", "Model", "Status", "Council"])
    book.active.append(["NB900001", "DMPX0NEW0001", "iPad (A16)", "In stock", "northbridge"])
    book.save("register.xlsx")
    return tmp_path / "home"


@pytest.fixture
def served(own_demonstration: Path) -> Iterator[None]:
    """`fleet demo serve` in another terminal."""
    estate = estate_of(own_demonstration)
    directories = [graph_view(estate, one.key, NIGHTS[-1]) for one in estate.tenants]
    stop, ready = threading.Event(), threading.Event()

    def announce(text: str) -> None:
        (own_demonstration / "config.toml").write_text(text, encoding="utf-8")
        ready.set()

    apple = apple_views(estate)
    thread = threading.Thread(target=serve_forever, args=(directories, own_demonstration, 0, announce, stop, apple))
    thread.start()
    assert ready.wait(60)
    yield
    stop.set()
    thread.join(60)


def calls() -> list[Any]:
    return [pytest.param(lines, id=job) for job, lines in JOBS.items()]


def run(program: Program, line: str) -> Outcome:
    """A line as it is typed; whoever types it says yes."""
    return program(*shlex.split(line)[1:], stdin="y\n")


def test_the_table_was_found() -> None:
    assert len(JOBS) >= 15
    assert sum(map(len, JOBS.values())) >= 45
    assert all(JOBS.values())


@pytest.mark.parametrize("lines", calls())
def test_every_command_of_the_table_runs_on_the_demonstration(
    program: Program, own_demonstration: Path, lines: list[str]
) -> None:
    for line in lines:
        if line in ("fleet", "fleet doctor"):  # The screen has tests of its own; the doctor follows below.
            continue
        told = run(program, line)
        assert told.code == 0, f"{line}: {told.err}"
        assert told.out.strip(), f"{line} says nothing"
        assert "\n0 " not in f"\n{told.out}", f"{line} finds nothing"


def test_the_doctor_and_the_sync_have_something_to_ask_while_it_is_served(program: Program, served: None) -> None:
    assert "fleet doctor" in JOBS["Look after it"]
    told = run(program, "fleet doctor")
    assert told.code == 0, told.out
    assert "BAD" not in told.out
    night = run(program, "fleet sync --json")
    assert [one["complete"] for one in night.json["tenants"]] == [True, True, True], night.err


def test_without_it_both_say_how_to_start_it(program: Program, own_demonstration: Path) -> None:
    doctor, sync = run(program, "fleet doctor"), run(program, "fleet sync")
    assert (doctor.code, sync.code) == (4, 4)
    for text in (doctor.out, sync.err):
        assert f"fleet --home {own_demonstration} demo serve" in text


# --- the first real tenant ----------------------------------------------------------------------------------


def test_the_first_real_tenant_takes_ten_lines() -> None:
    steps = section(README, TENANT).partition("\nNothing is written")[0]
    assert len([line for line in steps.splitlines() if line.strip() and not line.strip().startswith("```")]) <= 10


def test_the_first_screen_tells_what_for_shows_it_and_gives_two_commands() -> None:
    before = read(README).partition(f"## {TENANT}")[0]
    assert len(before.splitlines()) <= 25
    assert ".svg)" in before
    assert "make demo" in before
    assert "make test" in before


def test_the_ten_lines_lead_to_a_synced_register(
    program: Program, bare_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the simulated service, whose addresses are the only thing added to what the README says."""
    monkeypatch.setenv("FLEET_NOW", datetime.now(UTC).isoformat())  # A certificate is judged by the real clock.
    monkeypatch.setenv("FLEET_HOME", str(tmp_path / "home"))
    directory = make_directory(20, 6)
    directory.secret, directory.permissions = None, frozenset()
    add, *others = block_commands(README, TENANT)
    assert add[:2] == ("tenant", "add")
    ids = iter((directory.tenant_id, directory.client_id))
    typed = [next(ids) if word.startswith("0000") else word for word in add]
    with Service([directory], folder=tmp_path) as service:
        told = program(
            *typed, "--authority", service.authority, "--graph", service.graph, "--ca-bundle", str(service.ca_pem)
        )
        assert told.code == 0, told.err
        assert program("doctor").code == 5, "nothing was uploaded yet"
        # What a person does in Entra, by what was printed.
        uploaded = Path(told.out.partition("Certificates & secrets: ")[2].splitlines()[0])
        directory.certificate_pem = uploaded.read_text(encoding="utf-8")
        directory.permissions = frozenset(word for word in told.out.split() if word.endswith(".All"))
        assert directory.permissions - PERMISSIONS <= {
            "DeviceManagementConfiguration.ReadWrite.All", "User-LifeCycleInfo.Read.All",
            "DeviceManagementServiceConfig.Read.All", "DeviceManagementApps.Read.All",
        }  # fmt: skip
        service.export_polls = 0
        for words in others:
            if not words:
                continue  # The screen.
            told = program(*words)
            assert told.code == 0, f"{words}: {told.err}{told.out}"
        assert [words[:1] for words in others] == [("doctor",), ("sync",), ("sync",), ()]
        assert len(program("devices", "--json").json) == 20
