"""One request and its answer, read to its end: bounded in size and time, whatever the server does with it.

A server that drips its body out byte by byte never times out: when the budget is spent, an alarm hangs up on it.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests

from fleet.config import TenantConfig
from fleet.errors import SourceUnavailable
from fleet.http.lines import Lines
from fleet.http.retry import Patience, Stats, Transient, retry_after_seconds
from fleet.http.transport import (
    CONNECT_SECONDS,
    HOPELESS,
    NETWORK_ERRORS,
    READ_SECONDS,
    GuardedSession,
    network_problem,
)

ANSWER_LIMIT = 8 << 20
"""Bytes of one answer, unpacked; a page of 1,000 devices is about 1 MB, from Microsoft and from Apple."""


_PLAIN_ADDRESS = re.compile(r"[!-~]{1,16384}\Z")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def wait(self, wall: Callable[[], datetime]) -> float | None:
        """Seconds that the service asks for; a date is meant by its own clock, or by ours when it does not tell that."""
        return retry_after_seconds(self.headers.get("Retry-After"), self._now_there(wall))

    def _now_there(self, wall: Callable[[], datetime]) -> datetime:
        try:
            moment = parsedate_to_datetime(self.headers.get("Date", ""))
        except ValueError:
            return wall()
        return moment.replace(tzinfo=moment.tzinfo or UTC)


class Exchange:
    """Connections kept open, under one budget of time. Threads may share it; `close` it."""

    def __init__(self, way: TenantConfig, patience: Patience) -> None:
        """`way` has the CA bundle and the proxy, and is what messages name."""
        self._way = way
        self._patience = patience
        self._lines = Lines()
        self._session = self.session()
        self._alarm = threading.Timer(patience.seconds, self.hang_up)
        self._alarm.daemon = True
        self._alarm.start()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | Mapping[str, str] | None = None,
        session: GuardedSession | None = None,
    ) -> Reply:
        """Send once. Raises `Transient` for what the network did, `SourceUnavailable` for too large an answer."""
        left = self._patience.remaining()
        self._patience.count(requests=1)
        try:
            response = (session or self._session).request(
                method, url, data=data, headers=dict(headers or {}), stream=True,
                timeout=(min(CONNECT_SECONDS, left), min(READ_SECONDS, left)),
            )  # fmt: skip
            with response:
                return Reply(response.status_code, response.headers, self._read(response))
        except NETWORK_ERRORS as error:
            self._patience.remaining()
            problem = network_problem(self._way, urlsplit(url).hostname or "", error)
            raise Transient(problem, **({"attempts": 1} if problem.code in HOPELESS else {})) from None

    def _read(self, response: requests.Response) -> bytes:
        body: bytes = response.raw.read(ANSWER_LIMIT + 1, decode_content=True)
        self._patience.count(received=len(body))
        self._patience.remaining()  # One that was hung up on may look as if it had ended.
        if len(body) > ANSWER_LIMIT:
            raise SourceUnavailable(
                f"Tenant {self._way.key}: an answer is larger than {ANSWER_LIMIT >> 20} MiB, which the service never sends. "
                "Check its address in config.toml and the proxy.",
                code="too-large",
            )
        return body

    def session(self) -> GuardedSession:
        """Another session, for a host that gets no token: the alarm hangs up on it, too."""
        return GuardedSession(self._way, self._lines)

    def hang_up(self) -> None:
        """End what is asked and read, in whatever thread, before its answer or within; nothing can be asked after."""
        self._lines.hang_up()

    def close(self) -> None:
        """Close the connections."""
        self._alarm.cancel()
        self._session.close()


class Client:
    """What asks one service over an exchange, patiently: `close` it, or use it in a `with`."""

    def __init__(self, way: TenantConfig, patience: Patience) -> None:
        self.patience = patience
        self._exchange = Exchange(way, patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def session(self) -> GuardedSession:
        """A session for a host that gets no token; it ends when this client is stopped, or its time is over."""
        return self._exchange.session()

    @property
    def stats(self) -> Stats:
        """What was asked so far."""
        return self.patience.stats

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()


def leads_to(home: str, address: str) -> bool:
    """Whether an address leads to the host of another, with nothing hidden in it: only then may it get that host's token."""
    there = origin(address) if _PLAIN_ADDRESS.match(address) and "\\" not in address else None
    return there is not None and there == origin(home)


def origin(address: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address that is plain enough to be trusted with a comparison."""
    try:
        parts = urlsplit(address)
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
            return None
        return parts.scheme, parts.hostname.lower(), parts.port or 443
    except ValueError:
        return None
