"""Apple Business Manager over HTTP: one session, one budget of time, a token that is renewed when it is refused.

What comes back is untrusted: the token goes to the configured host only, redirects are not followed, sizes and times
are bounded, and whatever is wrong becomes a `FleetError`.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson

from fleet.apple.assertion import client_assertion
from fleet.clock import utc_now
from fleet.config import TenantConfig
from fleet.config.apple import AppleConfig
from fleet.errors import NoAccess, NotFound, SourceUnavailable
from fleet.http.exchange import Client, Reply, leads_to
from fleet.http.rate import RateLimit
from fleet.http.retry import RETRIED_STATUSES, Patience, Transient

TOKEN_PATH = "/auth/oauth2/v2/token"  # noqa: S105 - an address
SCOPE = "business.api"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EARLY = 300.0
"""Seconds before its end at which a token is renewed."""
WORDS_OF_APPLE = 80


class AppleClient(Client):
    """Asks one account's Apple Business Manager. `close` it, or use it in a `with`."""

    def __init__(
        self,
        account: AppleConfig,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        wall: Callable[[], datetime] = utc_now,
    ) -> None:
        self.account = account
        self._wall, self._clock = wall, clock
        self._way = TenantConfig(
            account.key, account.organisation, "", account.client_id,
            graph=account.api, authority=account.sign_in, ca_bundle=account.ca_bundle, proxy=account.proxy,
        )  # fmt: skip
        super().__init__(self._way, Patience(account.key, account.time_budget, clock, sleep))
        pace = account.requests_per_minute
        self._limit = RateLimit(pace, 60.0, clock=clock, wait=self.patience.wait) if pace else None
        self._token: str | None = None
        self._until = 0.0

    def leads_home(self, address: str) -> bool:
        """Whether a full address leads to the configured host, the only one that gets a token."""
        return leads_to(self.account.api, address)

    def get(self, address: str) -> Any:
        """The JSON of a path, or of a full address on the configured host.

        Raises `NoAccess`, `NotFound`, `SourceUnavailable`, `ConfigurationProblem`.
        """
        url = f"{self.account.api.rstrip('/')}{address}" if address.startswith("/") else address
        if not self.leads_home(url):
            raise SourceUnavailable(
                f"Tenant {self.account.key}: the answer points to another host, which gets no token from here. Check `api` "
                "in config.toml and the proxy.",
                code="foreign-link",
            )

        def attempt() -> Any:
            if self._limit is not None:
                self._limit.take()
            reply = self._exchange.send("GET", url, headers={"Authorization": f"Bearer {self.token()}"})
            if reply.status == 401:  # Ended early, or revoked: a new one is asked for once.
                self.patience.count(retries=1)
                fresh = self.token(fresh=True)
                reply = self._exchange.send("GET", url, headers={"Authorization": f"Bearer {fresh}"})
            return self._answer(reply)

        return self.patience.insist(attempt)

    def token(self, *, fresh: bool = False) -> str:
        """The access token, made anew when it is about to end. Raises like `get`."""
        if fresh or self._token is None or self._clock() >= self._until:
            self._token, self._until = self.patience.insist(self._sign_in)
        return self._token

    def _sign_in(self) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.account.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": client_assertion(self.account, self._wall()),
            "scope": SCOPE,
        }
        began = self._clock()
        reply = self._exchange.send("POST", f"{self.account.sign_in.rstrip('/')}{TOKEN_PATH}", data=form)
        if reply.status in RETRIED_STATUSES:
            raise Transient(self._unavailable("the sign-in", reply.status), reply.wait(self._wall))
        said = _parsed(reply.body)
        token = said.get("access_token") if isinstance(said, dict) else None
        if reply.status != 200 or not isinstance(token, str) or not token.isascii() or not token.isprintable():
            code = said.get("error") if isinstance(said, dict) else None
            raise NoAccess(
                f"Tenant {self.account.key}: Apple refuses the sign-in ({_plain(code) or reply.status}). Check client_id, key_id "
                "and key_file in config.toml, that the API account still exists in Apple Business Manager, and this "
                "machine's clock.",
                code="apple-sign-in",
            )
        lasts = said.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int | float) else 3600.0
        return token, began + max(seconds - EARLY, seconds / 2)

    def _answer(self, reply: Reply) -> Any:
        status = reply.status
        if status == 200:
            said = _parsed(reply.body)
            if isinstance(said, dict):
                return said
            problem = SourceUnavailable(
                f"Tenant {self.account.key}: the answer isn't Apple's JSON. Check whether a proxy or a captive portal answers.",
                code="unreadable",
            )
            raise Transient(problem, attempts=3)
        if status in RETRIED_STATUSES:
            raise Transient(self._unavailable("Apple", status), reply.wait(self._wall))
        code = _code(reply.body)
        if status == 404:
            raise NotFound(f"Tenant {self.account.key}: Apple doesn't know what was asked for ({code or 404}).")
        if status in (401, 403):
            raise NoAccess(
                f"Tenant {self.account.key}: Apple refuses the request ({status} {code or ''}). Give the API account a role that "
                "may see devices and device management services.",
                code="apple-refused",
            )
        raise SourceUnavailable(f"Tenant {self.account.key}: Apple refused the request ({status} {code or ''}).")

    def _unavailable(self, who: str, status: int) -> SourceUnavailable:
        if status == 429:
            return SourceUnavailable(
                f"Tenant {self.account.key}: Apple throttles this account and didn't let up. Try again in an hour, or lower "
                "coverage_per_night and requests_per_minute in config.toml.",
                code="throttled",
            )
        return SourceUnavailable(f"Tenant {self.account.key}: {who} is unavailable ({status}). Try again later.")


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _code(body: bytes) -> str | None:
    """The code of the first error: https://developer.apple.com/documentation/applebusinessapi/errorresponse"""
    said = _parsed(body)
    errors = said.get("errors") if isinstance(said, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return _plain(first.get("code")) if isinstance(first, dict) else None


def _plain(value: Any) -> str | None:
    """A code that is safe to show."""
    safe = isinstance(value, str) and len(value) <= WORDS_OF_APPLE and value.replace("_", "").replace(".", "").isalnum()
    return value if safe else None
