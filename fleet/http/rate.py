"""A limiter that keeps us about within the service's published limits, so that it need not throttle us."""

import threading
from collections.abc import Callable

DEVICE_READS = 2000
"""Requests for devices per window and app in one tenant; each item of a batch counts.
https://learn.microsoft.com/graph/throttling-limits#intune-service-limits"""
WINDOW_SECONDS = 20.0


class RateLimit:
    """A bucket of `limit` permits that refills in `seconds`, shared by threads: an idle client may burst."""

    def __init__(
        self,
        limit: int = DEVICE_READS,
        seconds: float = WINDOW_SECONDS,
        *,
        clock: Callable[[], float],
        wait: Callable[[float], None],
    ) -> None:
        self._limit = float(limit)
        self._per_second = limit / seconds
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._permits = self._limit
        self._as_of = clock()

    def take(self, permits: int = 1) -> None:
        """Use permits up, waiting until what was taken too much has come in again. Raises what `wait` raises."""
        with self._lock:
            now = self._clock()
            self._permits = min(self._limit, self._permits + (now - self._as_of) * self._per_second) - permits
            self._as_of = now
            pause = -self._permits / self._per_second
        if pause > 0:
            self._wait(pause)
