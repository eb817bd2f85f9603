"""One measurement in a process of its own: `python -m tests.bench.measured JOB ARGUMENTS` prints what it took as JSON."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


@dataclass(slots=True)
class Took:
    """What one measurement took."""

    seconds: float = 0.0
    cpu: float = 0.0
    """Processor seconds of the measured process, all threads."""
    peak_mb: float = 0.0
    """Largest resident size of the process, interpreter and libraries included."""
    notes: dict[str, Any] = field(default_factory=dict)


@contextmanager
def timed() -> Iterator[Took]:
    """Measure a block."""
    took = Took()
    cpu, began = time.process_time(), time.perf_counter()
    yield took
    took.seconds, took.cpu = time.perf_counter() - began, time.process_time() - cpu


def in_child(job: str, *arguments: object, profile: str | None = None) -> Took:
    """Run a job of `tests.bench.jobs` in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.measured", job, *map(str, arguments)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT,
        env=os.environ | ({"FLEET_BENCH_PROFILE": profile} if profile else {}),
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"The measurement `{job}` failed.")
    return Took(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """The child's side."""
    from tests.bench import jobs

    job: Callable[..., Took] = getattr(jobs, sys.argv[1])
    profile = os.environ.get("FLEET_BENCH_PROFILE")
    if profile:
        import cProfile

        profiler = cProfile.Profile()
        took = profiler.runcall(job, *sys.argv[2:])
        profiler.dump_stats(profile)
    else:
        took = job(*sys.argv[2:])
    took.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        json.dumps({"seconds": took.seconds, "cpu": took.cpu, "peak_mb": took.peak_mb, "notes": took.notes}) + "\n"
    )


if __name__ == "__main__":
    main()
