"""Threads for everything that may wait. Besides the command line, the one place that catches everything.

Three threads share one register: a *reader* for what is on screen (newest request of a lane wins), a *looker*
for what may come later (counts, cards, the header), a *writer* that does every write in order. Nothing here knows
a widget: results go back through `deliver`, which the app turns into a message to itself.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any

from fleet.errors import DatabaseUnavailable, FleetError

if TYPE_CHECKING:
    from tui.register import Register

log = logging.getLogger("tui.background")

Work = Callable[["Register"], Any]
Done = Callable[[Any], None]
Failed = Callable[[FleetError], None]
Deliver = Callable[[Callable[[], None]], None]

GIVES_WAY_AFTER = 0.0005
"""Seconds after which a thread that computes lets another have a turn: a key must not wait for a card being read."""
SLOW_AFTER = 5.0
"""Seconds after which a job counts as not answering."""


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do with the register and who wants the result."""

    work: Work
    done: Done
    failed: Failed


class _Thread:
    """One thread over named lanes. Waiting jobs of a lane are replaced by a newer one, unless it keeps all."""

    def __init__(self, name: str, register: Callable[[], Register], deliver: Deliver, *, keeps_all: bool) -> None:
        self._name = name
        self._register = register
        self._deliver = deliver
        self._keeps_all = keeps_all
        self._waiting: OrderedDict[object, Job] = OrderedDict()
        self._wakes = threading.Condition()
        self._stopped = False
        self._since: float | None = None
        self._thread: threading.Thread | None = None

    def add(self, lane: object, job: Job) -> None:
        with self._wakes:
            self._waiting[object() if self._keeps_all else lane] = job
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name=f"fleet-{self._name}", daemon=True)
                self._thread.start()
            self._wakes.notify()

    def stop(self) -> threading.Thread | None:
        with self._wakes:
            self._stopped = True
            if not self._keeps_all:
                self._waiting.clear()
            self._wakes.notify()
            return self._thread

    def is_idle(self) -> bool:
        with self._wakes:
            return not self._waiting and self._since is None

    def busy_for(self) -> float:
        since = self._since
        return 0.0 if since is None else monotonic() - since

    def _run(self) -> None:
        while (job := self._next()) is not None:
            answer = self._attempt(job)
            self._deliver(answer)
            self._since = None

    def _next(self) -> Job | None:
        with self._wakes:
            while not self._waiting:
                if self._stopped:
                    return None
                self._wakes.wait()
            self._since = monotonic()
            return self._waiting.popitem(last=False)[1]

    def _attempt(self, job: Job) -> Callable[[], None]:
        """Do the job; returns what the app is to call with the outcome."""
        try:
            result = job.work(self._register())
        except FleetError as error:
            trouble = error
            log.info("refused  job=%s code=%s", self._name, error.code)
            return lambda: job.failed(trouble)
        except Exception as error:  # the edge: logged with its traceback, told in one line
            log.exception("failed  job=%s error=%s", self._name, type(error).__name__)
            fault = FleetError(
                f"Something inside Fleet failed ({type(error).__name__}). Nothing was changed; the log has the details."
            )
            return lambda: job.failed(fault)
        return lambda: job.done(result)


class Background:
    """Work beside the screen. Methods are called on the app's thread; callbacks come back on it."""

    def __init__(self, open_register: Callable[[], Register], deliver: Deliver) -> None:
        sys.setswitchinterval(GIVES_WAY_AFTER)
        self._open = open_register
        self._opening = threading.Lock()
        self._register: Register | None = None
        self._deliver = deliver
        self._stopped = False
        self._reader = _Thread("reader", self._ready, self._pass_on, keeps_all=False)
        self._looker = _Thread("looker", self._ready, self._pass_on, keeps_all=False)
        self._writer = _Thread("writer", self._ready, self._pass_on, keeps_all=True)
        self._worker = _Thread("worker", self._ready, self._pass_on, keeps_all=True)

    def read(self, lane: object, work: Work, done: Done, failed: Failed) -> None:
        """Read what is on screen; a newer request of the same lane takes the place of one still waiting."""
        self._reader.add(lane, Job(work, done, failed))

    def look(self, lane: object, work: Work, done: Done, failed: Failed) -> None:
        """Read what may come a little later, without holding up `read`."""
        self._looker.add(lane, Job(work, done, failed))

    def write(self, work: Work, done: Done, failed: Failed) -> None:
        """Change something: every call is done, in order."""
        self._writer.add(None, Job(work, done, failed))

    def job(self, work: Work, done: Done, failed: Failed) -> None:
        """Do something long that nobody waits for, such as writing a file; every call is done, in order."""
        self._worker.add(None, Job(work, done, failed))

    def slowest(self) -> float:
        """Seconds the longest-running job has taken so far."""
        return max(thread.busy_for() for thread in (self._reader, self._looker, self._writer))

    def is_idle(self) -> bool:
        """True when nothing is being done and nothing waits."""
        return all(thread.is_idle() for thread in (self._reader, self._looker, self._writer, self._worker))

    def stop(self, wait: float = 2.0) -> None:
        """Take no more reads, finish the writes, and wait a little for the threads."""
        self._stopped = True
        threads = [one.stop() for one in (self._reader, self._looker, self._writer, self._worker)]
        running = [one for one in threads if one is not None]
        for thread in running:
            thread.join(wait)
        if self._register is not None and not any(thread.is_alive() for thread in running):
            register, self._register = self._register, None
            register.close()

    def _pass_on(self, answer: Callable[[], None]) -> None:
        if not self._stopped:
            self._deliver(answer)

    def _ready(self) -> Register:
        """The register, opened by whichever thread comes first; a failed attempt is made again by the next job."""
        with self._opening:
            if self._register is None:
                self._register = self._open()
            return self._register


def is_gone(error: FleetError) -> bool:
    """True when the register itself can't be reached, so that a banner and a retry are in order."""
    return isinstance(error, DatabaseUnavailable)


def make_ready(_register: Register) -> None:
    """Do while nobody waits what would make one later key take 60 to 100 ms.

    The forms' code is read, which the first key that may open one would wait for. And what has been made by now stays: Python's
    collector of garbage need not look through all of it again and again.
    """
    import_module("tui.screens.forms")
    gc.freeze()
