"""How long to wait, and when to stop."""

from datetime import UTC, datetime

import pytest

from fleet.errors import SourceUnavailable
from fleet.http.rate import RateLimit
from fleet.http.retry import ATTEMPTS, LONGEST_WAIT, Patience, Transient, retry_after_seconds

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("2.128", 2.128),
        ("Sun, 22 Nov 2026 03:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 02:00:00 GMT", 0.0),
        ("-5", 0.0),
        ("0", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


def patience(seconds: float = 1000, waits: list[float] | None = None) -> Patience:
    return Patience("northbridge", seconds, clock=lambda: 0.0, sleep=(waits if waits is not None else []).append)


PROBLEM = SourceUnavailable("Try later.")


def failing(times: int, retry_after: float | None = None) -> list[Transient | str]:
    return [Transient(PROBLEM, retry_after) for _ in range(times)] + ["done"]


def run(steps: list[Transient | str], waits: list[float]) -> str:
    def attempt() -> str:
        step = steps.pop(0)
        if isinstance(step, Transient):
            raise step
        return step

    return patience(waits=waits).insist(attempt)


def test_waits_without_retry_after_grow_and_are_bounded() -> None:
    waits: list[float] = []
    assert run(failing(ATTEMPTS - 1), waits) == "done"
    assert len(waits) == ATTEMPTS - 1
    assert max(waits) <= LONGEST_WAIT
    assert waits[-1] > waits[0]


def test_waits_follow_retry_after() -> None:
    waits: list[float] = []
    run(failing(2, 2.5), waits)
    assert waits == [2.5, 2.5]


def test_the_last_failure_is_told_as_it_was() -> None:
    with pytest.raises(SourceUnavailable) as caught:
        run(failing(ATTEMPTS), [])
    assert caught.value is PROBLEM


def test_a_failure_may_allow_fewer_attempts() -> None:
    waits: list[float] = []
    with pytest.raises(SourceUnavailable):
        run([Transient(PROBLEM, attempts=1), "done"], waits)
    assert waits == []


def test_a_wait_longer_than_the_budget_is_not_begun() -> None:
    waits: list[float] = []
    with pytest.raises(SourceUnavailable) as caught:
        patience(10, waits).wait(10)
    assert (caught.value.code, waits) == ("time-budget", [])


def test_a_stopped_run_does_not_wait() -> None:
    run_time = patience()
    run_time.stopped.set()
    with pytest.raises(SourceUnavailable, match="stopped"):
        run_time.wait(1)


def test_a_burst_passes_and_more_must_wait_for_the_refill() -> None:
    now = [0.0]
    waits: list[float] = []
    limit = RateLimit(20, 10, clock=lambda: now[0], wait=waits.append)
    limit.take(20)
    assert waits == []
    limit.take(4)
    assert waits == [2.0]
    now[0] = 100.0
    limit.take(20)
    assert waits == [2.0]
