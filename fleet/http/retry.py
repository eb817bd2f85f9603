"""Patience: what is tried again, after how long, and when the whole run has had enough.

A service that says Retry-After is obeyed; one that does not (Intune often) gets exponential waits with jitter.
Every wait and every attempt counts against one time budget for the run.
"""

import email.utils
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import tenacity

from fleet.errors import FleetError, SourceUnavailable

ATTEMPTS = 8
FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0
RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})

T = TypeVar("T")
_backoff = tenacity.wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT, jitter=1.0)


class Transient(Exception):
    """An answer worth asking for again; `problem` is what to raise after that many attempts."""

    def __init__(self, problem: FleetError, retry_after: float | None = None, attempts: int = ATTEMPTS) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.retry_after = retry_after
        self.attempts = attempts


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Seconds asked for by a Retry-After header: whole, fractional, or an HTTP date. None when absent or nonsense."""
    if not value:
        return None
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return max(0.0, seconds) if seconds < float("inf") else None


@dataclass(slots=True)
class Stats:
    """What a read of a tenant cost."""

    requests: int = 0
    """Sent, each attempt counted."""
    retries: int = 0
    """Attempts after the first, items of a batch included."""
    bytes: int = 0
    """Received in bodies, unpacked."""
    seconds: float = 0.0


@dataclass(slots=True)
class Patience:
    """The time budget of one run, shared by all its threads."""

    label: str
    """The tenant, for messages."""
    seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] | None = None
    """Waits; by default in a way that `stop` ends at once."""
    stats: Stats = field(default_factory=Stats)
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def remaining(self) -> float:
        """Seconds left; raises `SourceUnavailable` when there are none or the run was stopped."""
        if self.stopped.is_set():
            raise SourceUnavailable(f"Tenant {self.label}: the read was stopped.", code="stopped")
        left = self._began + self.seconds - self.clock()
        if left <= 0:
            raise self.exhausted()
        return left

    def exhausted(self) -> SourceUnavailable:
        """The error of a run that used up its time."""
        return SourceUnavailable(
            f"Tenant {self.label}: the run took longer than its time_budget of {self.seconds:g} s. "
            "Try again later, or raise time_budget in config.toml.",
            code="time-budget",
        )

    def wait(self, seconds: float) -> None:
        """Wait, or raise `SourceUnavailable` at once when the budget would not outlast the wait."""
        if seconds >= self.remaining():
            raise self.exhausted()
        (self.sleep or self.stopped.wait)(seconds)
        self.remaining()

    def insist(self, attempt: Callable[[], T]) -> T:
        """Call until it returns; when a `Transient` allows no more attempts, raise the problem it carries."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Transient),
            stop=_stop,
            wait=_wait,
            sleep=self._wait_again,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except Transient as last:
            raise last.problem from None

    def count(self, *, requests: int = 0, retries: int = 0, received: int = 0) -> None:
        """Add to the counters, from any thread."""
        with self.lock:
            self.stats.requests += requests
            self.stats.retries += retries
            self.stats.bytes += received

    def _wait_again(self, seconds: float) -> None:
        self.wait(seconds)
        self.count(retries=1)


def pause_after(failures: int, retry_after: float | None) -> float:
    """Seconds before the next attempt when it is not `insist` that repeats (items of a batch)."""
    return retry_after if retry_after is not None else min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1))


def _stop(state: tenacity.RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    return isinstance(error, Transient) and state.attempt_number >= error.attempts


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Transient) and error.retry_after is not None:
        return error.retry_after
    return _backoff(state)
