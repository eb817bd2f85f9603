"""What a scheduler is given for a job: units of systemd, lines of crontab, a task of Windows. Text in, text out.

No secret is in any of them: a job reads its secrets where the configuration says, as anybody does.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from fleet.domain.nightly.timetable import DAYS, Job

MARK = "Written by: fleet schedule"
"""In every file and line of ours: what lacks it is somebody else's, and is left alone."""


@dataclass(frozen=True, slots=True)
class Surrounding:
    """What a job is run with."""

    program: tuple[str, ...]
    """How `fleet` is called here."""
    home: str
    operator: str | None = None
    account: str | None = None
    """Of the machine; None is the one that runs the scheduler."""
    environment_file: str | None = None
    """Holds the variables that tenants name as `secret_env`."""
    prefix: str = "fleet"

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment of the job."""
        return {"FLEET_HOME": self.home, **({"FLEET_OPERATOR": self.operator} if self.operator else {})}


# --- systemd ------------------------------------------------------------------------------------------------


def systemd_units(jobs: Iterable[Job], around: Surrounding, *, system: bool) -> dict[str, str]:
    """File name -> content: a service and a timer for each job."""
    found = {}
    for job in jobs:
        name = f"{around.prefix}-{_unit_name(job.name)}"
        found[f"{name}.service"] = _service(job, around, system=system)
        found[f"{name}.timer"] = _timer(job, around)
    return found


_NO_FAILURE = (
    "# Problems to look at (1), and another sync being at it (6), are no failure of this machine.",
    "SuccessExitStatus=1 6",
)


def _service(job: Job, around: Surrounding, *, system: bool) -> str:
    lines = [
        f"# {MARK}",
        f"# Home: {around.home}",
        "[Unit]",
        f"Description={job.about}",
        "Documentation=man:systemd.service(5)",
        *(("Wants=network-online.target", "After=network-online.target") if system else ()),
        "",
        "[Service]",
        "Type=oneshot",
        *([f"User={around.account}"] if system and around.account else []),
        *(f"Environment={_quoted(f'{name}={value}', expands=False)}" for name, value in around.variables.items()),
        *([f"EnvironmentFile={_specifiers(around.environment_file)}"] if around.environment_file else []),
        f"ExecStart={' '.join(_quoted(part) for part in (*around.program, *job.command))}",
        *(_NO_FAILURE if job.command[0] == "sync" else ()),
        "UMask=0077",
        "NoNewPrivileges=yes",
        *(("PrivateTmp=yes", "ProtectSystem=full") if system else ()),
    ]
    return "\n".join(lines) + "\n"


def _timer(job: Job, around: Surrounding) -> str:
    lines = [
        f"# {MARK}",
        f"# Home: {around.home}",
        "[Unit]",
        f"Description={job.about}",
        "",
        "[Timer]",
        *(f"OnCalendar={one}" for one in job.at.on_calendar()),
        "Persistent=true",
        "RandomizedDelaySec=5min",
        "FixedRandomDelay=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(text: str, *, expands: bool = True) -> str:
    """A word as systemd reads it back, where it expands variables or not.

    https://www.freedesktop.org/software/systemd/man/systemd.syntax.html
    """
    text = _specifiers(text)
    if re.fullmatch(r"[A-Za-z0-9_@%+=:,./-]+", text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped.replace("$", "$$") if expands else escaped}"'


def _unit_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9:_.-]", lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) < 128 else "-", name)


# --- cron ---------------------------------------------------------------------------------------------------


def cron_begin(around: Surrounding) -> str:
    """First line of our part of a crontab."""
    return f"# {MARK}: begin {around.prefix} {around.home}"


def cron_end(around: Surrounding) -> str:
    """Its last line."""
    return f"# {MARK}: end {around.prefix} {around.home}"


def cron_lines(jobs: Iterable[Job], around: Surrounding) -> list[str]:
    """Our part of a crontab, marks included."""
    lines = [cron_begin(around)]
    variables = " ".join(f"{name}={_shell(value)}" for name, value in around.variables.items())
    load = f"set -a; . {_shell(around.environment_file)}; set +a; " if around.environment_file else ""
    for job in jobs:
        # What it prints goes nowhere: the outcome is in last-sync.json, and cron would mail all of it.
        command = " ".join(_shell(part) for part in (*around.program, *job.command))
        for at in job.at.cron():
            lines.append(f"{at}  {load}{variables} {command} >/dev/null 2>&1".replace("%", "\\%"))
    return [*lines, cron_end(around)]


def with_cron(before: str, jobs: Sequence[Job], around: Surrounding) -> str:
    """A crontab with our part in it, in place of the one that was there; without it when there are no jobs."""
    kept: list[str] = []
    ours = False
    for line in before.splitlines():
        if line == cron_begin(around):
            ours = True
        elif line == cron_end(around):
            ours = False
        elif not ours:
            kept.append(line)
    lines = [*kept, *(cron_lines(jobs, around) if jobs else [])]
    return "\n".join(lines) + "\n" if lines else ""


def _shell(text: str) -> str:
    import shlex

    return shlex.quote(text)


# --- Windows ------------------------------------------------------------------------------------------------

_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def windows_task(job: Job, around: Surrounding, *, author: str = "fleet") -> str:
    """A task as schtasks reads it: https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema"""
    call = [*around.program, "--home", around.home, *job.command]
    command, arguments = call[0], call[1:]
    triggers = "\n".join(_trigger(job, f"{one:%H:%M}") for one in job.at.times)
    account = f"\n      <UserId>{escape(around.account)}</UserId>" if around.account else ""
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>{escape(author)}</Author>
    <Description>{escape(job.about)}. {MARK}. Home: {escape(around.home)}</Description>
  </RegistrationInfo>
  <Triggers>
{triggers}
  </Triggers>
  <Principals>
    <Principal id="Author">{account}
      <LogonType>Password</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>
    <ExecutionTimeLimit>PT6H</ExecutionTimeLimit>
    <Enabled>true</Enabled>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(command)}</Command>
      <Arguments>{escape(" ".join(_windows(part) for part in arguments))}</Arguments>
      <WorkingDirectory>{escape(around.home)}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def _trigger(job: Job, at: str) -> str:
    days = "".join(f"<{_DAY_NAMES[day]}/>" for day in job.at.days)
    every = (
        "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>" if job.at.daily
        else f"<ScheduleByWeek><WeeksInterval>1</WeeksInterval><DaysOfWeek>{days}</DaysOfWeek></ScheduleByWeek>"
    )  # fmt: skip
    return f"""    <CalendarTrigger>
      <StartBoundary>2026-01-01T{at}:00</StartBoundary>
      <Enabled>true</Enabled>
      {every}
    </CalendarTrigger>"""


def _windows(text: str) -> str:
    """An argument as the C run time of Windows reads it back."""
    if text and not re.search(r'[\s"]', text):
        return text
    doubled = re.sub(r'(\\*)"', lambda found: found[1] * 2 + '\\"', text)
    return '"' + re.sub(r"(\\+)$", lambda found: found[1] * 2, doubled) + '"'


def task_name(job: Job, around: Surrounding) -> str:
    """Folder and name in the task scheduler."""
    plain = re.sub(r'[\\/:*?"<>|]', "-", job.name)
    return f"\\{around.prefix.capitalize()}\\{plain}"


__all__ = ["DAYS", "MARK", "Surrounding", "cron_lines", "systemd_units", "task_name", "windows_task", "with_cron"]
