"""Graph over HTTP: one session with connections kept open, one identity, one budget of time for a run.

What comes back is untrusted: the token goes to the configured host only, redirects are not followed, sizes and times
are bounded, and whatever is wrong becomes a `FleetError`.
"""

import base64
import binascii
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

from fleet.clock import utc_now
from fleet.config import TenantConfig
from fleet.errors import SourceUnavailable
from fleet.http.exchange import Client, Reply, leads_to
from fleet.http.rate import DEVICE_READS, RateLimit
from fleet.http.retry import RETRIED_STATUSES, Patience, Transient
from fleet.intune.permissions import token_roles
from fleet.intune.refusals import problem_for

VERSION = "v1.0"
UNREADABLE_ATTEMPTS = 3
_CLAIMS = re.compile(r'claims="([^"]{1,8192})"')


class Tokens(Protocol):
    """Where the client gets tokens from."""

    def token(self, claims: str | None = None, fresh: bool = False) -> str:
        """A token, a fresh one, or one that meets a claims challenge."""


class GraphClient(Client):
    """Asks one tenant's Graph. Threads may share it; `close` it, or use it in a `with`."""

    def __init__(
        self,
        tenant: TenantConfig,
        tokens: Tokens,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        wall: Callable[[], datetime] = utc_now,
        time_budget: float | None = None,
        device_reads: int = DEVICE_READS,
    ) -> None:
        budget = tenant.time_budget if time_budget is None else time_budget
        super().__init__(tenant, Patience(tenant.key, budget, clock, sleep))
        self.tenant = tenant
        self._tokens = tokens
        self._wall = wall
        self._host = urlsplit(tenant.graph).hostname or tenant.graph
        self._limit = RateLimit(device_reads, clock=clock, wait=self.patience.wait)
        self._renewing = threading.Lock()

    def stop(self) -> None:
        """End every request of this client soon, in whatever thread: each raises `SourceUnavailable`."""
        self.patience.stopped.set()
        self._exchange.hang_up()

    def roles(self) -> frozenset[str]:
        """The application permissions that the token carries."""
        return token_roles(self._tokens.token())

    def leads_home(self, address: str) -> bool:
        """Whether a full address leads to the configured host, the only one that gets a token."""
        return leads_to(self.tenant.graph, address)

    def get(self, address: str, *, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON of a path below the version, or of a full address on the configured host."""
        return self.ask("GET", address, headers=headers)

    def post(self, address: str, body: Any, *, permits: int = 1) -> Any:
        """Send JSON; `permits` is how many requests it counts for in the service's limits."""
        return self.ask("POST", address, body=orjson.dumps(body), permits=permits)

    def ask(
        self,
        method: str,
        address: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        permits: int = 1,
    ) -> Any:
        """Ask until there is a believable answer, and return its JSON (None for an empty one).

        Raises `NoAccess`, `NotFound`, `SourceUnavailable`.
        """
        url = self.address(address)
        sent = {**(headers or {}), **({"Content-Type": "application/json"} if body is not None else {})}
        limited = not urlsplit(url).path.startswith(f"/{VERSION}/users")

        def attempt() -> Any:
            if limited:
                self._limit.take(permits)
            return self._answer(method, url, self._authorised(method, url, body, sent))

        return self.patience.insist(attempt)

    def address(self, address: str) -> str:
        """The full address. Raises `SourceUnavailable` when it leads to another host than the configured one."""
        if address.startswith("/"):
            return f"{self.tenant.graph.rstrip('/')}/{VERSION}{address}"
        if not self.leads_home(address):
            raise SourceUnavailable(
                f"Tenant {self.tenant.key}: Graph's answer points to another host, which gets no token from here. "
                "Check `graph` in config.toml and the proxy.",
                code="foreign-link",
            )
        return address

    def _authorised(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Send with a token; a refused token is renewed once, and a claims challenge is met once."""
        token = self._tokens.token()
        reply = self._send(method, url, body, headers, token)
        tried: set[bool] = set()
        while reply.status == 401:
            claims = claims_challenge(reply.headers.get("WWW-Authenticate"))
            if (claims is not None) in tried:
                break
            tried.add(claims is not None)
            token = self._renewed(token, claims)
            self.patience.count(retries=1)
            reply = self._send(method, url, body, headers, token)
        return reply

    def _renewed(self, refused: str, claims: str | None) -> str:
        with self._renewing:
            current = self._tokens.token()
            if current != refused:
                return current  # Another thread was refused before us and has signed in anew.
            return self._tokens.token(claims=claims, fresh=claims is None)

    def _send(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], token: str) -> Reply:
        return self._exchange.send(method, url, data=body, headers={**headers, "Authorization": f"Bearer {token}"})

    def _answer(self, method: str, url: str, reply: Reply) -> Any:
        if 200 <= reply.status < 300:
            return self._parsed(reply)
        problem = problem_for(self.tenant.key, reply.status, reply.body, urlsplit(url).path, method)
        if reply.status in RETRIED_STATUSES:
            raise Transient(problem, reply.wait(self._wall))
        raise problem

    def _parsed(self, reply: Reply) -> Any:
        if not reply.body:
            return None
        try:
            return orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            pass
        try:
            # One name with half an emoji must not cost the page: this parser lets lone surrogates pass.
            return json.loads(reply.body)
        except (ValueError, RecursionError):
            problem = SourceUnavailable(
                f"Tenant {self.tenant.key}: the answer of {self._host} isn't JSON. Check whether a proxy or a captive "
                "portal answers instead of Graph.",
                code="unreadable",
            )
            raise Transient(problem, attempts=UNREADABLE_ATTEMPTS) from None


def claims_challenge(header: str | None) -> str | None:
    """The claims a resource asks for in WWW-Authenticate (continuous access evaluation), as JSON; else None.

    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """
    found = _CLAIMS.search(header or "") if "insufficient_claims" in (header or "") else None
    if not found:
        return None
    text = found[1]
    try:
        claims = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if {"-", "_"} & set(text) else None)
        decoded = claims.decode("utf-8")
        return decoded if isinstance(json.loads(decoded), dict) else None
    except (binascii.Error, ValueError):
        return None
