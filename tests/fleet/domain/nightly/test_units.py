"""What schedulers are given: they read it back as it was meant, whatever is in a path, and there is no secret in it."""

import shlex
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fleet.domain.nightly.timetable import Job, parse_timetable
from fleet.domain.nightly.units import Surrounding, cron_lines, systemd_units, windows_task, with_cron

ODD = '/srv/O\'Hara & "sons" 100% $HOME/fleet'


def job(name: str = "sync", *command: str, at: str = "Mon-Fri 02:15") -> Job:
    found = parse_timetable(at)
    assert found is not None
    return Job(name, f"Fleet: {name}", command or ("sync",), found)


def around(home: str = "/srv/fleet", **more: str) -> Surrounding:
    return Surrounding(("/opt/fleet/bin/fleet",), home, **more)  # type: ignore[arg-type]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
@pytest.mark.parametrize("system", [True, False])
def test_systemd_takes_the_units(tmp_path: Path, system: bool) -> None:
    """An account is only of use to the system's; the program has to be there."""
    program = tmp_path / "fleet"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    made = Surrounding((str(program),), ODD, "nightly", "root" if system else None, str(tmp_path / "secrets"))
    units = systemd_units([job(), job("sync-eastmere", "sync", "--tenant", "eastmere")], made, system=system)
    for name, content in units.items():
        (tmp_path / name).write_text(content)
    paths = [str(tmp_path / name) for name in units]
    done = subprocess.run(
        ["systemd-analyze", *([] if system else ["--user"]), "verify", "--man=no", *paths],
        capture_output=True, text=True, check=False,
        env={"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert not [line for line in (done.stdout + done.stderr).splitlines() if any(name in line for name in units)]


def test_percent_and_quotes_are_written_for_systemd() -> None:
    service = systemd_units([job()], around(ODD), system=False)["fleet-sync.service"]
    assert 'Environment="FLEET_HOME=/srv/O\'Hara & \\"sons\\" 100%% $HOME/fleet"' in service


def test_a_timer_is_by_londons_clock_and_catches_up() -> None:
    timer = systemd_units([job()], around(), system=True)["fleet-sync.timer"]
    assert "OnCalendar=Mon..Fri *-*-* 02:15:00 Europe/London" in timer
    assert "Persistent=true" in timer


def test_only_a_syncs_problems_are_no_failure_of_the_machine() -> None:
    """A report that did not go is one."""
    units = systemd_units([job(), job("deliver", "deliver", "run")], around(), system=True)
    assert ["SuccessExitStatus=1 6" in units[f"fleet-{name}.service"] for name in ("sync", "deliver")] == [True, False]


def test_a_shell_reads_a_cron_line_as_it_was_meant(tmp_path: Path) -> None:
    """cron takes % for a line's end unless it is escaped, and strips the escape."""
    line = cron_lines([job()], around(ODD, operator="nightly"))[1].replace("\\%", "%")
    assert line.startswith("15 2 * * 1,2,3,4,5  ")
    words = shlex.split(line.partition("  ")[2])
    assert words[:4] == [f"FLEET_HOME={ODD}", "FLEET_OPERATOR=nightly", "/opt/fleet/bin/fleet", "sync"]


def test_our_part_of_a_crontab_is_replaced_and_the_rest_stays() -> None:
    mine = "0 4 * * * /usr/bin/backup 100\\%\n"
    once = with_cron(mine, [job()], around())
    assert once.startswith(mine)
    assert with_cron(once, [job()], around()) == once
    later = with_cron(once, [job(at="03:15")], around())
    assert ("15 3 * * *" in later, "15 2" in later) == (True, False)
    assert with_cron(later, [], around()) == mine
    assert with_cron(with_cron("", [job()], around("/srv/other")), [], around()) != ""


def test_windows_gets_well_formed_xml_with_every_argument_quoted() -> None:
    task = windows_task(
        job("sync", "sync", "--tenant", "east mere", at="Sun 02:15, 13:00"), around('C:\\Fleet & "Co"\\home')
    )
    root = ElementTree.fromstring(task.partition("?>")[2])
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert [one.text for one in root.findall(".//t:StartBoundary", space)] == [
        "2026-01-01T02:15:00",
        "2026-01-01T13:00:00",
    ]
    assert len(root.findall(".//t:DaysOfWeek/t:Sunday", space)) == 2
    arguments = root.find(".//t:Arguments", space)
    assert arguments is not None
    assert arguments.text == '--home "C:\\Fleet & \\"Co\\"\\home" sync --tenant "east mere"'
