"""`fleet schedule`: prints, installs after a plan, removes, and touches nothing of anybody else."""

import os
import sys
from pathlib import Path

import pytest

from tests.fleet.conftest import Program

CONFIG = """
[organisation.northbridge]
name = "Northbridge"
[organisation.eastmere]
name = "Eastmere"
[tenant.northbridge]
organisation = "northbridge"
tenant_id = "t"
client_id = "c"
secret_env = "NORTHBRIDGE_SECRET"
[tenant.eastmere]
organisation = "eastmere"
tenant_id = "t"
client_id = "c"
secret_file = "secret"
[schedule.tenant]
eastmere = "01:30"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare_environment: None) -> Path:
    """A configuration, and a folder for units."""
    monkeypatch.setenv("FLEET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NORTHBRIDGE_SECRET", "a-secret-of-the-environment")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(CONFIG)
    (tmp_path / "units").mkdir()
    return tmp_path / "units"


def units(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


ALL = ["fleet-sync-eastmere.service", "fleet-sync-eastmere.timer", "fleet-sync.service", "fleet-sync.timer"]


def test_jobs_are_listed_with_their_next_time(folder: Path, program: Program) -> None:
    [sync, eastmere] = program("schedule", "--json").json
    assert (sync["command"], sync["at"]) == (["fleet", "sync", "--tenant", "northbridge"], "every day at 02:15")
    assert eastmere["next"] == "2026-11-23T01:30:00Z"
    told = program("schedule")
    assert "Between 01:00 and 02:00 clocks change" in told.err
    assert "NORTHBRIDGE_SECRET must be set where it runs" in told.err


@pytest.mark.parametrize("kind", ["systemd", "systemd-user", "cron", "windows"])
def test_what_is_printed_holds_no_secret(folder: Path, program: Program, kind: str) -> None:
    told = program("schedule", "print", "--as", kind, "--account", "svc-fleet", "--operator", "nightly")
    assert (told.code, "a-secret" in told.out + told.err) == (0, False)
    assert "sync --tenant northbridge" in told.out


def test_units_are_installed_after_a_yes_and_again_there_is_nothing_to_do(folder: Path, program: Program) -> None:
    call = ("schedule", "install", "--as", "systemd", "--into", str(folder))
    no = program(*call, stdin="n\n")
    assert (no.code, units(folder)) == (0, [])
    assert "Nothing was changed." in no.out
    assert program(*call, stdin="y\n").code == 0
    assert units(folder) == ALL
    assert "Nothing to do" in program(*call, "--yes").out


def test_a_tenant_that_is_gone_loses_its_timer(folder: Path, program: Program) -> None:
    program("schedule", "install", "--as", "systemd", "--into", str(folder), "--yes")
    config = folder.with_name("home") / "config.toml"
    config.write_text(config.read_text().replace('eastmere = "01:30"', 'eastmere = "off"'))
    told = program("schedule", "install", "--as", "systemd", "--into", str(folder), "--yes")
    assert f"remove {folder / ALL[0]}" in told.out
    assert units(folder) == ALL[2:]


def test_removing_leaves_what_others_wrote(folder: Path, program: Program) -> None:
    program("schedule", "install", "--as", "systemd", "--into", str(folder), "--yes")
    (folder / "fleet-backup.timer").write_text("[Timer]\n")
    program("schedule", "remove", "--as", "systemd", "--into", str(folder), "--yes")
    assert units(folder) == ["fleet-backup.timer"]
    assert "nothing of ours" in program("schedule", "remove", "--as", "systemd", "--into", str(folder), "--yes").out


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[Unit]\n", "was not written by Fleet"),
        ("# Written by: fleet schedule\n# Home: /srv/other\n", "another folder of Fleet"),
    ],
)
def test_a_unit_of_somebody_else_is_never_replaced(folder: Path, program: Program, content: str, why: str) -> None:
    (folder / "fleet-sync.service").write_text(content)
    told = program("schedule", "install", "--as", "systemd", "--into", str(folder), "--yes")
    assert (told.code, why in told.err) == (1, True)
    assert units(folder) == ["fleet-sync.service"]
    assert (
        program("schedule", "install", "--as", "systemd", "--into", str(folder), "--yes", "--prefix", "fleet-two").code
        == 0
    )


@pytest.mark.skipif(sys.platform == "win32", reason="cron")
def test_a_crontab_gets_our_lines_and_loses_them_again(
    folder: Path, program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By a program called crontab that keeps its table in a file."""
    programs, kept = tmp_path / "bin", tmp_path / "crontab"
    programs.mkdir()
    (programs / "crontab").write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then [ -f "{kept}" ] || {{ echo "no crontab for you" >&2; exit 1; }}; cat "{kept}"; '
        f'else cat > "{kept}"; fi\n'
    )
    (programs / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    assert program("schedule", "install", "--as", "cron", "--yes").code == 0
    assert "15 2 * * *  FLEET_HOME=" in kept.read_text()
    kept.write_text("0 4 * * * backup\n" + kept.read_text())
    assert "Nothing to do" in program("schedule", "install", "--as", "cron", "--yes").out
    assert program("schedule", "remove", "--as", "cron", "--yes").code == 0
    assert kept.read_text() == "0 4 * * * backup\n"


def test_a_machine_without_the_scheduler_says_so(
    folder: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    told = program("schedule", "install", "--as", "cron", "--yes")
    assert (told.code, "This machine has no crontab" in told.err) == (1, True)


def test_a_schedule_that_makes_no_sense_is_told_at_once(folder: Path, program: Program) -> None:
    config = folder.with_name("home") / "config.toml"
    config.write_text(CONFIG.replace('"01:30"', '"half past one"') + '\nnowhere = "02:00"\n')
    told = program("schedule")
    assert (told.code, "nowhere" in told.err, "tenant eastmere must be a time" in told.err) == (2, True, True)
