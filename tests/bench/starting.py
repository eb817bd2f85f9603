"""How long programs take to start: by the wall clock, in a real terminal where there is a screen."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pyte

from tests.bench.measured import ROOT

PROGRAM = str(Path(sys.executable).parent / "fleet")
WIDTH, HEIGHT = 140, 42
PATIENCE = 30.0


def command_seconds(command: list[str]) -> float:
    """From the start of a command to its end."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - began


def screen_seconds(command: list[str], wanted: str) -> tuple[float, float]:
    """From the start of a program to the first frame with anything on it, and to the frame that shows `wanted`."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.ByteStream(screen)
    environment = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
    began = time.perf_counter()
    child = pexpect.spawn(command[0], command[1:], dimensions=(HEIGHT, WIDTH), env=environment, cwd=str(ROOT))
    first = None
    try:
        while time.perf_counter() - began < PATIENCE:
            try:
                data = child.read_nonblocking(1 << 16, timeout=0.02)
            except pexpect.TIMEOUT:
                continue
            came = time.perf_counter() - began
            stream.feed(data)
            if first is None and any(line.strip() for line in screen.display):
                first = came
            if any(wanted in line for line in screen.display):
                return first or came, came
    finally:
        child.close(force=True)
    raise SystemExit(f"{command} did not show {wanted!r} in {PATIENCE:g} s.")
