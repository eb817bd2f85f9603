"""Installing jobs in the scheduler of a machine: what would be written is known before, and only what is ours is replaced."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fleet.domain.nightly.timetable import Job
from fleet.domain.nightly.units import MARK, Surrounding, systemd_units, task_name, windows_task, with_cron
from fleet.errors import FleetError, NotAllowed

SECONDS = 60


class SchedulerProblem(FleetError):
    """The scheduler, or its folder, does not do what it is asked."""

    code = "scheduler"


@dataclass(slots=True)
class Steps:
    """What an installation, or a removal, does."""

    files: dict[Path, str | None] = field(default_factory=dict)
    """Path -> content; None takes the file away."""
    commands: list[list[str]] = field(default_factory=list)
    crontab: str | None = None
    """The new content, where it is cron."""
    unchanged: list[Path] = field(default_factory=list)
    first: list[list[str]] = field(default_factory=list)
    """Commands before the files are touched."""
    encoding: str = "utf-8"

    @property
    def nothing(self) -> bool:
        """Whether everything is as it should be."""
        return not (self.files or self.commands or self.first or self.crontab is not None)

    def lines(self) -> list[str]:
        """In words, one line each."""
        told = [f"run    {' '.join(command)}" for command in self.first]
        told += [f"{'remove' if content is None else 'write '} {path}" for path, content in self.files.items()]
        told += ["write  the crontab of this account"] if self.crontab is not None else []
        return told + [f"run    {' '.join(command)}" for command in self.commands]


# --- systemd ------------------------------------------------------------------------------------------------


def systemd_folder(*, system: bool, environ: Mapping[str, str]) -> Path:
    """Where units are."""
    if system:
        return Path("/etc/systemd/system")
    base = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME") or "~").expanduser() / ".config")
    return Path(base) / "systemd" / "user"


def systemd_steps(jobs: Sequence[Job], around: Surrounding, folder: Path, *, system: bool, enable: bool) -> Steps:
    """What makes the folder hold the units of these jobs, and no older ones of ours. Without jobs: what removes them.

    Raises `NotAllowed` when a file of that name is somebody else's.
    """
    wanted = systemd_units(jobs, around, system=system)
    steps = Steps()
    for name, content in wanted.items():
        path = folder / name
        there = _read(path)
        if there == content:
            steps.unchanged.append(path)
            continue
        if there is not None:
            _ours_or_raise(path, there, around)
        steps.files[path] = content
    gone = [
        path for path in sorted(folder.glob(f"{around.prefix}-*"))
        if path.suffix in (".service", ".timer") and path.name not in wanted and _is_ours(_read(path), around)
    ]  # fmt: skip
    control = ["systemctl", *([] if system else ["--user"])]
    if enable and (stopped := [path.name for path in gone if path.suffix == ".timer"]):
        steps.first.append([*control, "disable", "--now", *stopped])
    steps.files.update(dict.fromkeys(gone))
    if enable and steps.files:
        steps.commands.append([*control, "daemon-reload"])
        if timers := [name for name in wanted if name.endswith(".timer")]:
            steps.commands.append([*control, "enable", "--now", *timers])
    return steps


def verify_units(units: Mapping[str, str], *, system: bool) -> list[str]:
    """What `systemd-analyze verify` finds wrong with units; nothing where it is not there."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return []
    with tempfile.TemporaryDirectory(prefix="fleet-units-") as folder:
        paths = []
        for name, content in units.items():
            path = Path(folder) / name
            path.write_text(content, encoding="utf-8")
            paths.append(str(path))
        done = _run([program, *([] if system else ["--user"]), "verify", "--man=no", *paths])
    # Of a machine without the program at its place yet, and of other units, nothing is said here.
    names = tuple(units)
    return [line for line in (done.stdout + done.stderr).splitlines() if any(name in line for name in names)]


def _is_ours(content: str | None, around: Surrounding) -> bool:
    return content is not None and MARK in content and f"# Home: {around.home}\n" in content


def _ours_or_raise(path: Path, content: str, around: Surrounding) -> None:
    if MARK not in content:
        raise NotAllowed(f"{path} is there and was not written by Fleet. It was left as it is; use another --prefix.")
    if not _is_ours(content, around):
        raise NotAllowed(f"{path} belongs to another folder of Fleet. It was left as it is; use another --prefix.")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SchedulerProblem(
            f"{path} can't be read: {getattr(error, 'strerror', None) or 'it is no text'}."
        ) from error


# --- cron ---------------------------------------------------------------------------------------------------


def cron_steps(jobs: Sequence[Job], around: Surrounding) -> Steps:
    """What makes this account's crontab hold our lines, and leaves the others. Without jobs: what takes ours out."""
    before = _crontab()
    after = with_cron(before, jobs, around)
    return Steps() if after == before else Steps(crontab=after)


def _crontab() -> str:
    done = _run(["crontab", "-l"])
    if done.returncode == 0:
        return done.stdout
    if "no crontab" in done.stderr.lower():
        return ""
    raise SchedulerProblem(f"The crontab of this account can't be read: {_last_line(done.stderr)}")


# --- Windows ------------------------------------------------------------------------------------------------


def windows_steps(jobs: Sequence[Job], gone: Sequence[str], around: Surrounding, folder: Path) -> Steps:
    """Tasks are made from files beside the register; Windows asks for the account's password itself."""
    steps = Steps(encoding="utf-16")
    for job in jobs:
        path = folder / f"{around.prefix}-{job.name}.xml"
        steps.files[path] = windows_task(job, around)
        account = ["/RU", around.account, "/RP", "*"] if around.account else []
        steps.commands.append(["schtasks", "/Create", "/TN", task_name(job, around), "/XML", str(path), "/F", *account])
    steps.commands += [["schtasks", "/Delete", "/TN", name, "/F"] for name in gone]
    return steps


# --- doing --------------------------------------------------------------------------------------------------


def do(steps: Steps) -> list[str]:
    """Do it; returns what commands said that did not end well. Raises `SchedulerProblem` when a file can't be written."""
    told = [said for command in steps.first if (said := _done(command))]
    for path, content in steps.files.items():
        try:
            if content is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, content, steps.encoding)
        except OSError as error:
            raise SchedulerProblem(
                f"{path} can't be written: {error.strerror}. Run it as an account that may."
            ) from error
    if steps.crontab is not None:
        done = _run(["crontab", "-"], steps.crontab)
        if done.returncode:
            raise SchedulerProblem(f"The crontab was not taken: {_last_line(done.stderr)} It is as it was.")
    return told + [said for command in steps.commands if (said := _done(command))]


def _write(path: Path, content: str, encoding: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "wb") as file:
        file.write(content.encode(encoding))
    beside.replace(path)


def _done(command: Sequence[str]) -> str | None:
    done = _run(command)
    return f"{' '.join(command)}: {_last_line(done.stderr or done.stdout)}" if done.returncode else None


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing."


def _run(command: Sequence[str], given: str | None = None) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(  # noqa: S603 - programs of the system, a list, no shell
            list(command), input=given, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except FileNotFoundError:
        raise SchedulerProblem(
            f"This machine has no {command[0]}. Print what it would be given: fleet schedule print"
        ) from None
    except subprocess.TimeoutExpired:
        raise SchedulerProblem(f"{command[0]} did not end within {SECONDS} seconds.") from None
