"""Throttling by the published limits: so many requests in so many seconds, per tenant and per app in a tenant.

A sliding window is kept as a token bucket, so an idle client may burst up to the limit.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Family = Literal["devices", "enrolment", "exports", "identity"]


@dataclass(slots=True)
class Limit:
    """At most `amount` in `seconds`."""

    amount: float
    seconds: float


def published() -> dict[str, Limit]:
    """The limits Microsoft publishes, by `<family>.<any|write>.<tenant|app>`; identity counts resource units."""
    return {
        "devices.any.tenant": Limit(4000, 20),
        "devices.any.app": Limit(2000, 20),
        "devices.write.tenant": Limit(400, 20),
        "devices.write.app": Limit(200, 20),
        "enrolment.any.tenant": Limit(2000, 20),
        "enrolment.any.app": Limit(1000, 20),
        "enrolment.write.tenant": Limit(200, 20),
        "enrolment.write.app": Limit(100, 20),
        "exports.any.tenant": Limit(100, 60),
        "identity.any.app": Limit(8000, 10),
    }


@dataclass(slots=True)
class Throttle:
    """Counts what each tenant and app has used. `limits` may be changed at any time; an absent key is no limit."""

    limits: dict[str, Limit] = field(default_factory=published)
    timer: Callable[[], float] = time.monotonic
    _buckets: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, family: Family, tenant: str, app: str, *, write: bool = False, cost: float = 1) -> float | None:
        """Use up one request; the seconds to wait when the limit is reached, None when there is room.

        A refused request uses up nothing.
        """
        kinds = ("any", "write") if write else ("any",)
        names = [f"{family}.{kind}.{scope}" for kind in kinds for scope in ("tenant", "app")]
        with self._lock:
            now = self.timer()
            taken: dict[tuple[str, str], tuple[float, float]] = {}
            for name in names:
                limit = self.limits.get(name)
                if limit is None:
                    continue
                key = (name, tenant if name.endswith("tenant") else f"{tenant}/{app}")
                left = self._left(key, limit, now)
                if left < cost:
                    return (cost - left) * limit.seconds / limit.amount
                taken[key] = (left - cost, now)
            self._buckets.update(taken)
        return None

    def _left(self, key: tuple[str, str], limit: Limit, now: float) -> float:
        left, when = self._buckets.get(key, (limit.amount, now))
        return min(limit.amount, left + (now - when) * limit.amount / limit.seconds)


def retry_after(seconds: float) -> str:
    """The Retry-After header for a wait: whole seconds, at least one."""
    return str(max(1, math.ceil(seconds)))
