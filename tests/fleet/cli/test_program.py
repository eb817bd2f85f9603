"""The program as a whole: help, exit codes, errors, pipes, encodings, and what a crash leaves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from fleet import __version__
from fleet.cli import program as program_module
from fleet.cli.program import COMMANDS, command_names, fleet
from fleet.errors import ConfigurationProblem, FleetError, NoAccess, RefusedByBrake, SourceUnavailable, UsageProblem
from tests.fleet.conftest import OPERATOR, Program

HEAVY = ("sqlalchemy", "textual", "requests", "msal", "alembic", "psycopg", "xlsxwriter", "openpyxl", "cryptography")
SEEN_MODULES = (
    "import sys, atexit\n"
    "atexit.register(lambda: print(*sorted({one.partition('.')[0] for one in sys.modules}), file=sys.stderr))\n"
    "from fleet.cli import main\n"
    "main(sys.argv[1:])\n"
)


def every_command() -> list[tuple[str, ...]]:
    """Each command and subcommand, as it is typed."""
    found: list[tuple[str, ...]] = []
    context = click.Context(fleet)
    for name in fleet.list_commands(context):
        command = fleet.get_command(context, name)
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, sub) for sub in command.list_commands(context)]
    return found


def run(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "fleet", *arguments],
        check=False, capture_output=True, env={**os.environ, "FLEET_HOME": str(home), **environment}, timeout=60,
    )  # fmt: skip


# --- help ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_explains_itself(program: Program, words: tuple[str, ...], tmp_path: Path) -> None:
    told = program("--home", str(tmp_path / "untouched"), *words, "--help")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"Usage: fleet {' '.join(words)}")
    assert len(told.out.splitlines()) > 4
    assert not (tmp_path / "untouched").exists()


def test_the_list_of_commands_says_what_each_does(program: Program) -> None:
    told = program("--help")
    assert told.code == 0
    for name, text in command_names().items():
        assert f"  {name} " in told.out
        assert text.split()[0] in told.out


def test_the_lines_of_the_list_are_of_the_commands_that_exist() -> None:
    context = click.Context(fleet)
    assert [fleet.get_command(context, name) for name in COMMANDS] != []
    assert fleet.get_command(context, "nonsense") is None


def test_the_version_is_told(program: Program) -> None:
    told = program("--version")
    assert (told.code, told.out) == (0, f"fleet, version {__version__}\n")


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("sync", "--help"), ("issue", "--help")])
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SEEN_MODULES, *arguments], check=True, capture_output=True, text=True, timeout=60
    )
    assert set(done.stderr.split()) & set(HEAVY) == set()
    assert "click" in done.stderr.split()


# --- exit codes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FleetError, 1),
        (UsageProblem, 2),
        (ConfigurationProblem, 2),
        (RefusedByBrake, 3),
        (SourceUnavailable, 4),
        (NoAccess, 5),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    program: Program, monkeypatch: pytest.MonkeyPatch, error: type[FleetError], code: int
) -> None:
    @click.command()
    @click.option("--json", is_flag=True)
    def refuse(json: bool) -> None:
        raise error("What is wrong. What to do.", code="its-code")

    monkeypatch.setattr("tests.fleet.cli.broken.refuse", refuse, raising=False)
    monkeypatch.setitem(COMMANDS, "refuse", ("tests.fleet.cli.broken:refuse", ""))
    plain, as_json = program("refuse"), program("refuse", "--json")
    assert (plain.code, plain.out, plain.err) == (code, "", "fleet: What is wrong. What to do.\n")
    assert (as_json.code, as_json.err) == (code, plain.err)
    assert as_json.json == {"error": {"code": "its-code", "message": "What is wrong. What to do."}}


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",), ("--nonsense",), ("devices", "--nonsense"), ("devices", "--limit", "0"), ("devices", "--limit", "many"),
        ("devices", "--as-at", "31/02/2026"), ("devices", "--as-at", "last week"), ("issue", "--due", "soon", "x"),
        ("runs", "one"), ("people", "--state", "asleep"), ("sync", "--only", "phones"), ("device",),
        ("person",), ("undo",), ("move",), ("export", "--to", "odt"), ("demo", "--devices", "3"), ("operator", "nonsense"),
        ("db", "drop"), ("sync", "--confirm", "all"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_call_is_two_with_usage_on_stderr(program: Program, home: Path, arguments: tuple[str, ...]) -> None:
    told = program(*arguments)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("Usage: fleet")
    assert "Error: " in told.err
    assert "Traceback" not in told.err


def test_a_number_that_is_none_is_said_in_a_line(program: Program, home: Path) -> None:
    """Lists of numbers are read like lists of keys: also from a file or what is piped in."""
    told = program("finding", "x")
    assert (told.code, told.out) == (2, "")
    assert told.err == "fleet: x: not a number.\n"


def test_a_wrong_call_of_a_script_is_told_as_json_too(program: Program, home: Path) -> None:
    told = program("devices", "--nonsense", "--json")
    assert told.code == 2
    assert told.json["error"]["code"] == "usage"
    assert "--nonsense" in told.json["error"]["message"]


def test_an_unknown_command_offers_the_nearest(program: Program) -> None:
    assert "devices" in program("devises").err


def test_without_a_terminal_the_screen_says_what_to_do_instead(program: Program, home: Path) -> None:
    told = program()
    assert (told.code, told.out) == (1, "")
    assert told.err == "fleet: The screen needs a terminal. Every job is also a command: fleet --help\n"


@pytest.mark.parametrize("moment", ["tomorrow", "2026-13-01", ""])
def test_a_wrong_moment_in_the_environment_is_a_usage_problem(
    program: Program, home: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setenv("FLEET_NOW", moment)
    told = program("devices", "--limit", "1")
    assert told.code == (2 if moment else 0)
    assert ("FLEET_NOW is not a moment" in told.err) is bool(moment)


def test_a_configuration_with_mistakes_lists_them_all(program: Program, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[organisation.north]\nname = "North"\n'
        '[tenant.north]\norganisation = "south"\ntenant_id = "t"\ngraph = "http://graph.example"\npassword = "hunter2"\n'
    )
    told = program("--home", str(tmp_path), "devices", "--json")
    assert told.code == 2
    assert told.json["error"]["code"] == "configuration"
    for wrong in (
        "no client_id",
        "organisation south",
        "exactly one of certificate",
        "unknown setting password",
        "https",
    ):
        assert wrong in told.json["error"]["message"]
    assert "hunter2" not in told.out + told.err


def test_a_configuration_that_is_no_toml_names_the_line(program: Program, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[tenant.north\n")
    told = program("--home", str(tmp_path), "devices")
    assert told.code == 2
    assert "config.toml is not valid TOML" in told.err
    assert len(told.err.splitlines()) == 1


# --- a mistake in the program -------------------------------------------------------------------------------


def test_a_crash_is_one_line_and_a_log_for_its_owner_only(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(COMMANDS, "broken", ("tests.fleet.cli.broken:broken", ""))
    told = program("--home", str(tmp_path / "home"), "broken")
    log = tmp_path / "home" / "fleet.log"
    assert (told.code, told.out) == (1, "")
    assert told.err == f"fleet: a mistake in the program (ZeroDivisionError). The details are in {log}.\n"
    assert log.stat().st_mode & 0o777 == 0o600
    assert log.parent.stat().st_mode & 0o077 == 0
    assert "ZeroDivisionError: not for the screen" in log.read_text()
    program("--home", str(tmp_path / "home"), "broken")
    assert log.read_text().count("ZeroDivisionError: not for the screen") == 2


def test_a_crash_of_a_script_is_told_as_json_too(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(COMMANDS, "broken", ("tests.fleet.cli.broken:broken", ""))
    told = program("--home", str(tmp_path), "broken", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "usage")  # It has no --json; what follows is of one that has.
    monkeypatch.setattr(
        "tests.fleet.cli.broken.broken.params", [click.Option(["--json"], is_flag=True, expose_value=False)]
    )
    told = program("--home", str(tmp_path), "broken", "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "crash")
    assert "not for the screen" not in told.out + told.err


def test_a_crash_without_a_place_for_the_log_is_still_one_line(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setitem(COMMANDS, "broken", ("tests.fleet.cli.broken:broken", ""))
    told = program("--home", str(tmp_path / "file"), "broken")
    assert (told.code, len(told.err.splitlines())) == (1, 1)
    assert "could not be written" in told.err


def test_ctrl_c_ends_quietly(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def wait() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.fleet.cli.broken.wait", wait, raising=False)
    monkeypatch.setitem(COMMANDS, "wait", ("tests.fleet.cli.broken:wait", ""))
    told = program("wait")
    assert told.code == 130
    assert told.err.strip() == "Stopped. Nothing more was changed."


# --- as a process -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", ["few", "many"])
def test_a_reader_that_goes_away_is_no_error(home: Path, rows: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "fleet", "devices", "--json", *(["--limit", "3"] if rows == "few" else [])],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "FLEET_HOME": str(home)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), told) == (0, b"")


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "cp1252"}]
)
def test_accents_survive_a_locale_that_has_none(home: Path, locale: dict[str, str]) -> None:
    done = run("people", "--json", home=home, **locale)
    assert (done.returncode, done.stderr) == (0, b"")
    names = [one["name"] for one in json.loads(done.stdout.decode("utf-8"))]
    assert any(not name.isascii() for name in names)
    table = run("people", home=home, **locale)
    assert table.returncode == 0
    assert next(name for name in names if not name.isascii()) in table.stdout.decode("utf-8")


def test_a_full_disk_behind_a_redirection_is_one_line(home: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("wb") as target:
        done = subprocess.run(
            [sys.executable, "-m", "fleet", "devices", "--json"],
            check=False, stdout=target, stderr=subprocess.PIPE, env={**os.environ, "FLEET_HOME": str(home)}, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(b"fleet: The output can't be used: No space left on device.")
    assert b"Traceback" not in done.stderr


def test_an_installed_program_and_the_module_are_the_same(home: Path) -> None:
    program_file = Path(sys.executable).with_name("fleet")
    if not program_file.exists():
        pytest.skip("fleet is not installed beside this Python")
    done = subprocess.run(
        [str(program_file), "devices", "--json", "--limit", "2"],
        check=False, capture_output=True, env={**os.environ, "FLEET_HOME": str(home)}, timeout=60,
    )  # fmt: skip
    assert (done.returncode, len(json.loads(done.stdout))) == (0, 2)
    assert done.stdout == run("devices", "--json", "--limit", "2", home=home).stdout


def test_the_operator_is_who_the_environment_says(program: Program, home: Path) -> None:
    tag = program("devices", "status:in_stock", "kind:ipad", "--json", "--limit", "1").json[0]["asset_tag"]
    assert program("move", "quarantined", tag, "--reason", "swollen battery").code == 0
    assert program("history", "--json", "--limit", "1").json[0]["actor"] == OPERATOR


def test_the_commands_are_listed_in_one_place_only() -> None:
    assert set(command_names()) == set(program_module.COMMANDS)


@pytest.mark.skipif(not hasattr(os, "nice"), reason="the system has no such steps")
@pytest.mark.parametrize(("words", "steps"), [(["import", "no-such-file.csv", "--preview"], 10), (["commands"], 0)])
def test_what_works_for_minutes_lets_those_who_type_go_first(home: Path, words: list[str], steps: int) -> None:
    text = "import atexit, os; atexit.register(lambda: print(os.nice(0))); from fleet.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", text, *words],
        check=False, capture_output=True, text=True, env={**os.environ, "FLEET_HOME": str(home)}, timeout=60,
    )  # fmt: skip
    assert int(done.stdout.splitlines()[-1]) == min(os.nice(0) + steps, 19)


def test_a_command_called_inside_another_program_leaves_that_as_it_is(program: Program) -> None:
    before = os.nice(0) if hasattr(os, "nice") else 0
    program("import", "no-such-file.csv", "--preview")
    assert (os.nice(0) if hasattr(os, "nice") else 0) == before
