"""One complete read of a tenant: people, devices, and what the list of devices omits. Complete, or an error.

Everything that depends on completeness (what is missing, who has left) rests on this file: a list counts as read
only when all its pages came and hold as many devices as the tenant says it has.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from fleet.config import TenantConfig
from fleet.domain.records import ObservedDevice, ObservedPerson, ObservedTenant, Problem, SeenDevice
from fleet.errors import NoAccess, NotFound, SourceUnavailable
from fleet.http.retry import Stats
from fleet.intune.auth import token_source
from fleet.intune.batch import DEVICES, Details, read_details
from fleet.intune.client import GraphClient
from fleet.intune.exports import read_primary_users
from fleet.intune.paging import pages, torn
from fleet.intune.permissions import LEAVE_DATE_PERMISSION
from fleet.intune.refusals import DeltaExpired
from fleet.intune.sources import SourceWish, read_sources
from fleet.intune.translate import (
    SELECT_DEVICE,
    SELECT_USER,
    SELECT_USER_WITH_LEAVE_DATE,
    TranslationProblem,
    device,
    devices_of,
    overview_count,
    person,
    row_id,
    sort_page,
)

__all__ = ["SourceWish", "Stats", "read_tenant"]

OVERVIEW = "/deviceManagement/managedDeviceOverview"
UNKNOWN_MEMBERS = {"Prefer": "include-unknown-enum-members"}
"""Without it Graph hides enumeration members newer than its contract, such as the modern enrolments of iPads."""
PROBLEM_LIMIT = 1000
"""So many bad rows are told one by one; a list with more is not believed."""

T = TypeVar("T")
Progress = Callable[[str, int, int | None], None]
Enrich = Callable[[Sequence[ObservedDevice | SeenDevice]], list[str]]
Known = Mapping[str, bytes | None]
Recall = Callable[[], Known]


def read_tenant(
    tenant: TenantConfig,
    *,
    people_delta_link: str | None,
    enrich: Enrich | None,
    want_primary_users: bool,
    now: datetime,
    on_progress: Progress | None = None,
    client: GraphClient | None = None,
    known: Recall | None = None,
    on_cost: Callable[[Stats], object] | None = None,
    sources: SourceWish | None = None,
) -> tuple[ObservedTenant, Stats]:
    """Everything a tenant tells, and what it cost; `on_cost` is told the cost of a read that failed, too.

    `known` gives the fingerprints of devices that the register has: those sent as they were come as `unchanged`. It is
    called once, on a thread of its own, while the first answers are on their way.
    `enrich` chooses the ids of devices to be read one by one. `on_progress(stage, done, total)` may be called from
    several threads, one at a time. Raises `NoAccess`, `SourceUnavailable` or `ConfigurationProblem`: there is no
    partial result. The caller's `client`, if given, stays open.
    """
    began = time.monotonic()
    mine = client or GraphClient(tenant, token_source(tenant))
    try:
        reading = _Reading(mine, _one_at_a_time(on_progress), known)
        observed = reading.run(people_delta_link, enrich, want_primary_users, now, sources)
    finally:
        if client is None:
            mine.close()
        cost = replace(mine.stats, seconds=time.monotonic() - began)
        if on_cost is not None:
            on_cost(cost)
    return observed, cost


@dataclass(slots=True)
class _People:
    """What the directory told."""

    by_id: dict[str, ObservedPerson] = field(default_factory=dict)
    complete: bool = True
    delta_link: str | None = None
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Devices:
    """What the list of devices told, over one or two passes."""

    by_id: dict[str, ObservedDevice] = field(default_factory=dict)
    unchanged: dict[str, SeenDevice] = field(default_factory=dict)
    """Those whose record is as the register holds it; none of them is in `by_id`."""
    marks: dict[str, bytes] = field(default_factory=dict)
    """Fingerprints of those in `by_id`."""
    unusable: dict[str, Problem] = field(default_factory=dict)
    """Rows that can't be used, by id, or by place where there is none."""
    expected: int = 0
    overview: int | None = None

    @property
    def seen(self) -> int:
        """Distinct devices, unusable ones included."""
        return len(self.by_id) + len(self.unchanged) + len(self.unusable)

    def take(self, found: dict[str, ObservedDevice], unchanged: dict[str, SeenDevice]) -> None:
        """Take rows in; of two for one device the later one counts."""
        for seen in self.unchanged.keys() & found.keys():
            del self.unchanged[seen]
        for seen in self.by_id.keys() & unchanged.keys():
            del self.by_id[seen]
        self.by_id.update(found)
        self.unchanged.update(unchanged)


class _Reading:
    """One read in progress: its threads share a client, and the first failure stops them all."""

    def __init__(self, client: GraphClient, progress: Progress, recall: Recall | None) -> None:
        self._client = client
        self._recall = recall
        self._known: Known = {}
        self._progress = progress
        self._failure: BaseException | None = None

    def run(
        self,
        people_delta_link: str | None,
        enrich: Enrich | None,
        want_primary_users: bool,
        now: datetime,
        sources: SourceWish | None = None,
    ) -> ObservedTenant:
        """Devices on this thread; people, the report of primary users and the other sources on theirs."""
        with ThreadPoolExecutor(3, thread_name_prefix="read") as pool:
            people_coming = pool.submit(self._guarded, lambda: self._read_people(people_delta_link))
            users_coming = pool.submit(self._read_primary_users) if want_primary_users else None
            beside_coming = pool.submit(read_sources, self._client, sources, now) if sources is not None else None
            try:
                devices = self._guarded(self._read_devices)
                details = self._guarded(lambda: self._read_details(devices, enrich))
                people = people_coming.result()
                if users_coming and not users_coming.done():  # Graph may take minutes to make it.
                    self._progress("waiting for the report of primary users", 0, None)
                users, user_problems = users_coming.result() if users_coming else (None, [])
                beside = beside_coming.result() if beside_coming else None
            except SourceUnavailable as error:
                # A thread that was stopped says so; what is worth telling is why.
                raise self._failure or error from None
        problems = [*devices.unusable.values(), *people.problems, *details.problems, *user_problems]
        problems += beside.problems if beside else ()
        return ObservedTenant(
            tenant=self._client.tenant.key,
            read_at=now,
            devices=list(devices.by_id.values()),
            people=list(people.by_id.values()),
            people_complete=people.complete,
            people_delta_link=people.delta_link,
            details=details.found,
            primary_users=users,
            overview_count=devices.overview,
            problems=tuple(problems),
            unchanged=list(devices.unchanged.values()),
            fingerprints=devices.marks,
            beside=beside,
        )

    def _guarded(self, work: Callable[[], T]) -> T:
        """Do a part; when it fails, remember the first failure and stop the other parts."""
        try:
            return work()
        except BaseException as error:  # Ctrl+C too: the pool waits for the other parts, so they must stop.
            self._failure = self._failure or error
            self._client.stop()
            raise

    # --- devices

    def _read_devices(self) -> _Devices:
        """The list, read a second time when it holds fewer devices than there are.

        A device renamed while the list is read can slip between two pages; what both passes saw together counts.
        """
        devices = _Devices()
        self._pass(devices)
        if devices.seen < devices.expected:
            self._pass(devices)
        if devices.seen < devices.expected:
            raise torn(
                self._client,
                "devices",
                f"{devices.seen} came, but the tenant has {devices.expected}",
                seen=devices.seen,
                expected=devices.expected,
            )
        return devices

    def _pass(self, devices: _Devices) -> None:
        """Once through the list; how many there should be is asked for while its first page comes."""
        devices.unusable = {}
        this_pass: set[str] = set()
        address = f"{DEVICES}?$select={SELECT_DEVICE}"
        with (
            ThreadPoolExecutor(2, thread_name_prefix="overview") as beside,
            closing(pages(self._client, address, "devices", headers=UNKNOWN_MEMBERS)) as listed,
        ):
            asked = beside.submit(self._overview)
            recalled, self._recall = beside.submit(self._recall or dict), None
            for page in listed:
                if page.number == 1:
                    self._known = recalled.result() or self._known
                    devices.overview = asked.result()
                    devices.expected = max(devices.overview or 0, page.count or 0)
                before = len(this_pass) + len(devices.unusable)
                self._take_page(devices, this_pass, page.number, page.rows)
                if page.rows and len(this_pass) + len(devices.unusable) == before:
                    raise torn(self._client, "devices", f"page {page.number} holds nothing new", page=page.number)
                self._progress("devices", len(this_pass), devices.expected or None)

    def _take_page(self, devices: _Devices, this_pass: set[str], number: int, rows: list[Any]) -> None:
        if (page := sort_page(rows, self._known)) is not None:
            unchanged = {one.intune_id: one for one in page.unchanged}
            devices.take({}, unchanged)
            devices.marks.update(page.marks)
            this_pass.update(unchanged)
            rows = page.rest
        if (found_all := devices_of(rows)) is not None:
            found = {one.intune_id: one for one in found_all}
            devices.take(found, {})
            this_pass.update(found)
            return
        self._take_rows(devices, this_pass, number, rows)

    def _take_rows(self, devices: _Devices, this_pass: set[str], number: int, rows: list[Any]) -> None:
        """One by one, to tell the bad ones."""
        for place, raw in enumerate(rows, start=1):
            try:
                found = device(raw)
            except TranslationProblem as problem:
                where = problem.subject or f"page {number}, row {place}"
                devices.unusable[where] = Problem(
                    "bad-device", where, f"{problem.field} {problem.reason}.", remedy="Look it up in the Intune portal."
                )
                if len(devices.unusable) > PROBLEM_LIMIT:
                    raise torn(self._client, "devices", f"more than {PROBLEM_LIMIT} rows can't be used") from None
            else:
                devices.take({found.intune_id: found}, {})
                this_pass.add(found.intune_id)

    def _overview(self) -> int | None:
        try:
            return overview_count(self._client.get(OVERVIEW))
        except NotFound:
            return None

    def _read_details(self, devices: _Devices, enrich: Enrich | None) -> Details:
        chosen = enrich([*devices.by_id.values(), *devices.unchanged.values()]) if enrich else []
        if not chosen:
            return Details()
        return read_details(self._client, chosen, lambda done, total: self._progress("details", done, total))

    def _read_primary_users(self) -> tuple[dict[str, str | None] | None, list[Problem]]:
        try:
            users = read_primary_users(self._client)
        except (SourceUnavailable, NoAccess, NotFound) as error:
            return None, [Problem("primary-users-unread", "exportJobs", error.message)]
        self._progress("primary users", len(users), len(users))
        return users, []

    # --- people

    def _read_people(self, link: str | None) -> _People:
        """Changes since the stored link, or everyone when there is none or Graph has forgotten it."""
        if link is not None and self._client.leads_home(link):
            with suppress(DeltaExpired):
                return self._follow(link, complete=False)
        may_read_leave_dates = LEAVE_DATE_PERMISSION in self._client.roles()
        select = SELECT_USER_WITH_LEAVE_DATE if may_read_leave_dates else SELECT_USER
        address = f"/users/delta?$select={select}"
        with suppress(DeltaExpired):
            return self._follow(address, complete=True)
        return self._follow(address, complete=True)

    def _follow(self, address: str, *, complete: bool) -> _People:
        people = _People(complete=complete)
        with closing(pages(self._client, address, "people")) as listed:
            for page in listed:
                for place, raw in enumerate(page.rows, start=1):
                    self._take_person(people, raw, f"page {page.number}, row {place}")
                people.delta_link = page.delta_link
                self._progress("people", len(people.by_id), None)
        if people.delta_link is None:
            raise torn(self._client, "people", "it ended without a delta link")
        return people

    def _take_person(self, people: _People, raw: Any, place: str) -> None:
        try:
            found = person(raw)
        except TranslationProblem as problem:
            where = row_id(raw) or place
            people.problems.append(Problem("bad-person", where, f"{problem.field} {problem.reason}."))
            if len(people.problems) > PROBLEM_LIMIT:
                raise torn(self._client, "people", f"more than {PROBLEM_LIMIT} rows can't be used") from None
            return
        known = people.by_id.get(found.entra_id)
        people.by_id[found.entra_id] = found if known is None else _later(known, found)


def _later(known: ObservedPerson, found: ObservedPerson) -> ObservedPerson:
    """Two rows of one person in one delta: the later one wins where it says something."""
    if known.removed or found.removed:
        return found
    said = {name: getattr(found, name) for name in found.sent}
    return replace(known, **said, sent=known.sent | found.sent)


def _one_at_a_time(progress: Progress | None) -> Progress:
    lock = threading.Lock()

    def tell(stage: str, done: int, total: int | None) -> None:
        if progress:
            with lock:
                progress(stage, done, total)

    return tell
