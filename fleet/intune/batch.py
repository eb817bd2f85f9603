"""Reading devices one by one, twenty to a request, for what the list omits.

https://learn.microsoft.com/graph/json-batching: answers come in any order; a throttled item is a 429 of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fleet.clock import utc_now
from fleet.domain.records import ObservedDetail, Problem
from fleet.errors import FleetError, NoAccess, NotFound, SourceUnavailable
from fleet.http.retry import RETRIED_STATUSES, pause_after, retry_after_seconds
from fleet.intune.client import GraphClient
from fleet.intune.refusals import problem_for
from fleet.intune.translate import SELECT_DETAIL, TranslationProblem, detail

SIZE = 20
THREADS = 4
ROUNDS = 6
DEVICES = "/deviceManagement/managedDevices"


@dataclass(slots=True)
class Details:
    """What was learnt of the devices asked for."""

    found: dict[str, ObservedDetail] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    """Ids of items that were throttled or fell by the way."""
    pause: float | None = None
    """Longest Retry-After among them."""


def read_details(client: GraphClient, ids: Iterable[str], on_done: Callable[[int, int], None] | None = None) -> Details:
    """GET every device by id. A device that can't be read is a problem, never the end of the run."""
    total = Details(again=list(dict.fromkeys(ids)))
    asked = len(total.again)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="batch") as pool:
        for failures in range(ROUNDS):
            waiting, total.again = total.again, []
            if not waiting or not _rested(client, total, waiting, failures):
                break
            chunks = [waiting[start : start + SIZE] for start in range(0, len(waiting), SIZE)]
            for part in pool.map(lambda chunk: _ask(client, chunk), chunks):
                _add(total, part)
                if on_done:
                    on_done(len(total.found) + len(total.problems), asked)
    total.problems += [
        Problem("detail-unread", one, "Graph kept throttling or failing this device; the next run asks again.")
        for one in total.again
    ]
    return total


def _rested(client: GraphClient, total: Details, waiting: list[str], failures: int) -> bool:
    """Wait before another round; False, with the ids left waiting, when the run has no time for it."""
    if failures:
        try:
            client.patience.wait(pause_after(failures, total.pause))
        except SourceUnavailable:
            total.again = waiting
            return False
        client.patience.count(retries=len(waiting))
    total.pause = None
    return True


def _add(total: Details, part: Details) -> None:
    total.found.update(part.found)
    total.problems += part.problems
    total.again += part.again
    total.pause = max(total.pause or 0.0, part.pause) if part.pause is not None else total.pause


def _ask(client: GraphClient, ids: Sequence[str]) -> Details:
    body = {
        "requests": [
            {"id": str(number), "method": "GET", "url": f"{DEVICES}/{quote(one, safe='')}?$select={SELECT_DETAIL}"}
            for number, one in enumerate(ids)
        ]
    }
    part = Details()
    try:
        answer = client.post("/$batch", body, permits=len(ids))
    except (SourceUnavailable, NoAccess, NotFound) as error:
        part.problems += [Problem("detail-unread", one, error.message) for one in ids]
        return part
    answers = answer.get("responses") if isinstance(answer, dict) else None
    by_number = {
        item.get("id"): item for item in (answers if isinstance(answers, list) else []) if isinstance(item, dict)
    }
    for number, one in enumerate(ids):
        _read_item(client, one, by_number.get(str(number)), part)
    return part


def _read_item(client: GraphClient, one: str, item: dict[str, Any] | None, part: Details) -> None:
    status = item.get("status") if item else None
    if item is None or status in RETRIED_STATUSES or status == 401:
        part.again.append(one)
        pause = retry_after_seconds(_header(item, "retry-after"), utc_now())
        if pause is not None:
            part.pause = max(part.pause or 0.0, pause)
    elif status == 404:
        part.problems.append(Problem("device-gone", one, "It was in the list but is gone now; the next run will tell."))
    elif status == 200:
        _translate(one, item.get("body"), part)
    else:
        problem: FleetError = problem_for(
            client.tenant.key, status if isinstance(status, int) else 400, item.get("body"), DEVICES
        )
        part.problems.append(Problem("detail-unread", one, problem.message))


def _translate(one: str, body: Any, part: Details) -> None:
    try:
        found = detail(body)
    except TranslationProblem as problem:
        part.problems.append(Problem("bad-detail", one, f"{problem.field} {problem.reason}."))
        return
    if found.intune_id != one.lower():
        part.problems.append(Problem("bad-detail", one, "Graph answered with another device."))
        return
    part.found[one] = found


def _header(item: dict[str, Any] | None, name: str) -> str | None:
    headers = item.get("headers") if item else None
    found = headers.items() if isinstance(headers, dict) else ()
    return next((str(value) for key, value in found if str(key).lower() == name), None)
