"""One complete read of Apple Business Manager: devices, the services they are assigned to, AppleCare of some. Or an error.

What is missing rests on this file: a list counts as read only when all its pages came, each with something new.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fleet.apple.client import AppleClient
from fleet.apple.translate import Unusable, coverage, is_released, linked_id, listing, server_name
from fleet.config.apple import AppleConfig
from fleet.domain.records import Problem
from fleet.domain.sources import ObservedAppleAccount, ObservedCoverage, ObservedListing
from fleet.errors import FleetError, NotFound, SourceUnavailable
from fleet.http.retry import Stats

PAGE = 1000
"""The largest page that Apple gives."""
PROBLEM_LIMIT = 1000

Progress = Callable[[str, int, int | None], None]
Choose = Callable[[Sequence[ObservedListing]], Sequence[str]]


def read_account(
    account: AppleConfig,
    *,
    coverage_of: Choose,
    now: datetime,
    on_progress: Progress | None = None,
    client: AppleClient | None = None,
    on_cost: Callable[[Stats], object] | None = None,
) -> tuple[ObservedAppleAccount, Stats]:
    """Everything an account tells, and what it cost; `on_cost` is told the cost of a read that failed, too.

    `coverage_of` chooses the serials whose AppleCare is asked for, one request each. Raises `NoAccess`,
    `SourceUnavailable` or `ConfigurationProblem`: there is no partial result. The caller's `client` stays open.
    """
    began = time.monotonic()
    mine = client or AppleClient(account)
    try:
        observed = _Reading(mine, on_progress or (lambda *_: None)).run(coverage_of, now)
    except FleetError as error:
        raise _ours(error, account.key) from None
    finally:
        if client is None:
            mine.close()
        cost = replace(mine.stats, seconds=time.monotonic() - began)
        if on_cost is not None:
            on_cost(cost)
    return observed, cost


def check_account(account: AppleConfig, client: AppleClient | None = None) -> tuple[str, ...]:
    """Sign in and name the device management services there are: what the doctor asks. Raises like `read_account`."""
    with client or AppleClient(account) as mine:
        try:
            return tuple(_Reading(mine, lambda *_: None).servers().values())
        except FleetError as error:
            raise _ours(error, account.key) from None


def _ours(error: FleetError, key: str) -> FleetError:
    """The same error, said of an Apple account."""
    error.message = error.message.replace(f"Tenant {key}:", f"Apple account {key}:", 1)
    error.args = (error.message,)
    return error


class _Reading:
    """One read in progress."""

    def __init__(self, client: AppleClient, progress: Progress) -> None:
        self._client = client
        self._progress = progress
        self._problems: list[Problem] = []

    def run(self, coverage_of: Choose, now: datetime) -> ObservedAppleAccount:
        devices = self._devices()
        servers = self.servers()
        assigned = {serial: name for key, name in servers.items() for serial in self._assigned(key)}
        placed = [replace(one, server=assigned.get(one.serial)) for one in devices.values()]
        return ObservedAppleAccount(
            account=self._client.account.key,
            read_at=now,
            devices=placed,
            servers=sorted(servers.values()),
            coverage=self._coverage(coverage_of(placed)),
            problems=tuple(self._problems),
        )

    def servers(self) -> dict[str, str]:
        """Id of each device management service -> its name."""
        found: dict[str, str] = {}
        for row in self._rows(f"/v1/mdmServers?limit={PAGE}", "device management services"):
            key = linked_id(row)
            if key is not None:
                found[key] = server_name(row) or key
        return found

    def _devices(self) -> dict[str, ObservedListing]:
        found: dict[str, ObservedListing] = {}
        for place, row in enumerate(self._rows(f"/v1/orgDevices?limit={PAGE}", "devices"), start=1):
            try:
                if not is_released(row):
                    one = listing(row)
                    found[one.serial] = one
            except Unusable as wrong:
                self._problems.append(Problem("bad-apple-device", linked_id(row) or f"row {place}", f"{wrong}."))
                if len(self._problems) > PROBLEM_LIMIT:
                    raise self._torn("devices", f"more than {PROBLEM_LIMIT} rows can't be used") from None
            if place % PAGE == 0:
                self._progress("Apple devices", place, None)
        self._progress("Apple devices", len(found), len(found))
        return found

    def _assigned(self, server: str) -> Iterator[str]:
        address = f"/v1/mdmServers/{quote(server, safe='')}/relationships/devices?limit={PAGE}"
        for row in self._rows(address, "assigned devices"):
            serial = linked_id(row)
            if serial is not None:
                yield serial.upper()

    def _coverage(self, serials: Sequence[str]) -> list[ObservedCoverage]:
        found = []
        for done, serial in enumerate(serials, start=1):
            try:
                body = self._client.get(f"/v1/orgDevices/{quote(serial, safe='')}/appleCareCoverage")
            except NotFound:  # Released a moment ago, or never covered.
                found.append(ObservedCoverage(serial))
            else:
                rows = body.get("data")
                found.append(coverage(serial, rows if isinstance(rows, list) else ()))
            self._progress("AppleCare", done, len(serials))
        return found

    def _rows(self, address: str, what: str) -> Iterator[Any]:
        """Every row of a list; raises `SourceUnavailable` with code `torn` for one that does not end as it should.

        Pages: https://developer.apple.com/documentation/applebusinessapi/pageddocumentlinks
        """
        seen, ids, number = {address}, set[Any](), 0
        link: str | None = address
        while link is not None:
            number += 1
            if number > self._client.account.max_pages:
                raise self._torn(what, f"it has more than {number - 1} pages (max_pages in config.toml)")
            body = self._client.get(link)
            rows = body.get("data")
            if not isinstance(rows, list):
                raise self._torn(what, f"page {number} holds no rows")
            new = {linked_id(row) for row in rows} - ids
            if rows and not new:
                raise self._torn(what, f"page {number} holds nothing new")
            ids |= new
            yield from rows
            link, total = self._onwards(body, what, number)
            if link is not None and link in seen:
                raise self._torn(what, f"page {number} leads back to a page already read")
            if link is None and total is not None and len(ids) < total:
                raise self._torn(what, f"{len(ids)} came, but Apple has {total}")
            seen.add(link or "")

    def _onwards(self, body: dict[str, Any], what: str, number: int) -> tuple[str | None, int | None]:
        """The address of the next page, and how many rows there are in all where Apple says."""
        links, meta = body.get("links"), body.get("meta")
        paging = meta.get("paging") if isinstance(meta, dict) else None
        link = links.get("next") if isinstance(links, dict) else None
        if not isinstance(link, str | None):
            raise self._torn(what, f"page {number} has a link that is no text")
        cursor, total = (paging.get("nextCursor"), paging.get("total")) if isinstance(paging, dict) else (None, None)
        if cursor and not link:
            raise self._torn(what, f"page {number} names a next page and does not lead to it")
        return link or None, total if type(total) is int else None

    def _torn(self, what: str, reason: str) -> SourceUnavailable:
        return SourceUnavailable(
            f"Tenant {self._client.account.key}: the list of {what} is torn: {reason}. Nothing was changed; run the sync again.",
            code="torn",
        )
