"""A message to a program: on its standard input, without a shell, without secrets."""

import sys
from pathlib import Path

import pytest

from fleet.post.outcomes import NotSent
from fleet.post.program import run

WRITER = "import os, sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read() + str(sorted(os.environ)))"


def test_the_message_comes_on_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_A_TENANT", "x")
    out = tmp_path / "$(touch x); told"
    run([sys.executable, "-c", WRITER, str(out)], "Siân: `rm -rf`\n", timeout=60, withheld={"SECRET_OF_A_TENANT"})
    assert out.read_text().startswith("Siân: `rm -rf`\n")
    assert "SECRET_OF_A_TENANT" not in out.read_text()


@pytest.mark.parametrize(
    ("command", "seconds", "why"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], 60, "ended with 3"),
        (["/no/such/program"], 60, "can't be run"),
        ([sys.executable, "-c", "import threading; threading.Event().wait()"], 0.5, "did not end within 0.5 seconds"),
    ],
)
def test_one_that_does_not_end_well_is_said(command: list[str], seconds: float, why: str) -> None:
    with pytest.raises(NotSent, match=why):
        run(command, "x", timeout=seconds)
