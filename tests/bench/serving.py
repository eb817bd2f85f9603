"""The simulated service in a process of its own, so that its work is not measured with ours.

`python -m tests.bench.serving DEVICES HOME` serves, prints one line when it is ready, and takes commands, one per
line: `check-in N` and `change N` make another night. It answers each when its pages are encoded again. `latency N`
lets every answer take N milliseconds and puts the published limits in force.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.tenant import change, check_in, make_tenant

PAGES_KEPT = 1 << 30
"""Bytes of encoded pages that the service keeps: all of them, so that it sends and does not compute."""


def main() -> None:
    """Serve until standard input ends."""
    devices, home = int(sys.argv[1]), Path(sys.argv[2])
    from fleet.demo.service import Service
    from fleet.demo.service.serve import config_text, write_credentials

    tenant = make_tenant(devices)
    write_credentials([tenant], home)
    with Service([tenant], folder=home) as service:
        limits, service.throttle.limits = service.throttle.limits, {}
        state = next(iter(service.states()))
        state.pages._limit = PAGES_KEPT
        (home / "config.toml").write_text(config_text(service, [tenant]), encoding="utf-8")
        _warm(home)
        _say_ready()
        for line in sys.stdin:
            command, number = line.split()
            if command == "latency":
                service.latency, service.throttle.limits = int(number) / 1000, limits
                _say_ready()
                continue
            {"check-in": check_in, "change": change}[command](tenant, int(number))
            service.touch()
            _warm(home)
            service.requests.clear()
            _say_ready()


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def _warm(home: Path) -> None:
    from tests.bench.limit import addresses_read

    for _ in addresses_read(home):
        pass


class Serving:
    """The running service, as the bench sees it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def night(self, command: str, number: int) -> None:
        """Make another night; returns when the service is ready for it."""
        assert self._process.stdin
        self._process.stdin.write(f"{command} {number}\n")
        self._process.stdin.flush()
        self.wait()

    def wait(self) -> None:
        """Wait until the service says that it is ready."""
        assert self._process.stdout
        if self._process.stdout.readline().strip() != "ready":
            raise SystemExit("The simulated service did not start.")


@contextmanager
def serving(devices: int, home: Path) -> Iterator[Serving]:
    """A service with so many devices; its configuration is in `home`."""
    home.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.serving", str(devices), str(home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        service = Serving(process)
        service.wait()
        yield service
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
