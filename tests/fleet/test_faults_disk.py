"""A disk that is really full, told by the operating system: one line, exit 4, and a register as it was."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fleet.database.verify import verify
from tests.fleet.test_faults import different
from tests.fleet.town import CHANGES, KEY, NIGHT_2, Town

ROOT = Path(__file__).parents[2]
SAYS = "The disk is full. Nothing was changed. Free some space and try again."

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has neither such limits nor such file systems")


def can_mount() -> bool:
    """Whether this account may have a file system of its own for a moment."""
    unshare, mount = shutil.which("unshare"), shutil.which("mount")
    if not unshare or not mount:
        return False
    tried = [unshare, "--map-root-user", "--mount", mount, "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, check=False, capture_output=True).returncode == 0


def sync(town: Town, kind: str, size: int) -> dict[str, Any]:
    """A sync as a process of its own, on a disk so full."""
    before = ["unshare", "--map-root-user", "--mount"] if kind == "disk" else []
    command = [sys.executable, "-m", "tests.fleet.filling", kind, str(size), town.url.removeprefix("sqlite:///")]
    done = subprocess.run(
        [*before, *command, "--home", str(town.home), "sync", "--tenant", KEY, "--json"],
        check=False, capture_output=True, text=True, timeout=100, cwd=ROOT,
        env={**os.environ, "FLEET_NOW": NIGHT_2.isoformat(), "FLEET_OPERATOR": "nightly"},
    )  # fmt: skip
    assert done.returncode == 4, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def is_as_it_was(town: Town, before: Any) -> None:
    """Nothing but that a sync ran is told; the next one, with room, does it all."""
    assert different(before, town.contents()) == {}
    again = town.sync()
    assert {"people": again.people, "devices": again.devices} == CHANGES, again.error
    with town.register().read() as session:
        assert verify(session).problems == []


@pytest.mark.parametrize("size", [4_000, 90_000, 250_000])
def test_no_file_can_grow(town: Town, size: int) -> None:
    before = town.contents()
    town.let_go(town.url)
    told = sync(town, "limit", size)
    if size < 10_000:
        assert told["error"] == {"code": "disk-full", "message": SAYS} or told["tenants"][0]["error"] == SAYS
    else:
        (one,) = told["tenants"]
        assert (one["complete"], one["error"]) == (False, SAYS)
        assert one["requests"] > 0
        assert one["run"] is not None
    is_as_it_was(town, before)


@pytest.mark.parametrize("spare", [48_000, 200_000])
def test_a_small_disk_fills_up(town: Town, spare: int) -> None:
    if not can_mount():
        pytest.skip("this account may not mount a file system")
    before = town.contents()
    town.let_go(town.url)
    told = sync(town, "disk", spare)
    assert SAYS in json.dumps(told)
    is_as_it_was(town, before)
