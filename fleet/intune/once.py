"""One request that changes something, sent at most once: what Graph took, what it certainly did not, and what nobody knows."""

from collections.abc import Mapping
from typing import Any

import orjson

from fleet.errors import FleetError, NotAllowed, SourceUnavailable
from fleet.http.exchange import Reply
from fleet.http.retry import Transient
from fleet.http.transport import never_left
from fleet.intune.client import GraphClient, claims_challenge
from fleet.intune.refusals import dig

THROTTLED_ATTEMPTS = 3
PRIVILEGED = "DeviceManagementManagedDevices.PrivilegedOperations.All"
WRITE = "DeviceManagementManagedDevices.ReadWrite.All"
PERMISSIONS = (PRIVILEGED, WRITE)
"""What the application of the actions is granted, or a technician consents to."""


class NotSent(SourceUnavailable):
    """Nothing left this machine, or Graph turned it away unread: it may be sent later."""

    code = "not-sent"


class Refused(NotAllowed):
    """Intune looked at the request and will not do it."""

    code = "refused-by-intune"


class Unsure(SourceUnavailable):
    """The request left, and its answer did not come: nobody knows whether Intune took it."""

    code = "unsure"


class OnceClient(GraphClient):
    """A client that also sends what must not be sent twice."""

    def once(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, beta: bool = False) -> None:
        """Send a request that changes something, at most once as far as Graph is concerned.

        Only a request that Graph turned away unread (401, 429) is sent again. Raises `NotSent`, `Refused`, `Unsure`.
        """
        url = f"{self.tenant.graph.rstrip('/')}/{'beta' if beta else 'v1.0'}{path}"
        content = None if body is None else orjson.dumps(dict(body))
        headers = {} if body is None else {"Content-Type": "application/json"}
        throttled, renewed = 0, set[bool]()
        token = self._tokens.token()
        while True:
            reply = self._try(method, url, content, headers, token)
            claims = claims_challenge(reply.headers.get("WWW-Authenticate"))
            if reply.status == 401 and (claims is not None) not in renewed:
                renewed.add(claims is not None)
                token = self._tokens.token(claims=claims, fresh=claims is None)
            elif reply.status == 429 and throttled < THROTTLED_ATTEMPTS - 1:
                throttled += 1
                self._wait(reply, throttled)
            else:
                self._judge(reply)
                return

    def _try(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], token: str) -> Reply:
        self._budget()
        try:
            return self._send(method, url, body, headers, token)
        except Transient as error:
            if never_left(error):
                raise NotSent(f"{error.problem.message} Nothing was sent.") from None
            raise self._unsure() from None
        except FleetError:  # An answer that is too large, or a body that ended beyond the budget: it had been sent.
            raise self._unsure() from None

    def _budget(self) -> None:
        try:
            self.patience.remaining()
        except SourceUnavailable as error:
            raise NotSent(f"{error.message} Nothing was sent.") from None

    def _wait(self, reply: Reply, failures: int) -> None:
        asked = reply.wait(self._wall)
        try:
            self.patience.wait(2.0**failures if asked is None else asked)
        except SourceUnavailable:
            raise self._throttled() from None

    def _judge(self, reply: Reply) -> None:
        """What an answer means for a request that was sent once."""
        kind = reply.headers.get("Content-Type", "")
        if reply.status == 204 or (200 <= reply.status < 300 and "html" not in kind):
            return
        refusal = dig(reply.body)
        said = f"{reply.status} {refusal.code}" if refusal.code else str(reply.status)
        if reply.status == 429:
            raise self._throttled()
        if reply.status == 401:
            raise NotSent(
                f"Tenant {self.tenant.key}: Graph refuses the token (Graph said {said}). Sign in again; nothing was sent."
            )
        if reply.status >= 500 or reply.status < 400 or refusal.code is None:
            raise self._unsure(said)
        raise _refused(self.tenant.key, reply.status, said)

    def _throttled(self) -> NotSent:
        return NotSent(f"Tenant {self.tenant.key}: Graph throttles this application. It was not sent; try again later.")

    def _unsure(self, said: str | None = None) -> Unsure:
        how = f"Graph answered {said}" if said else "the connection broke before Graph answered"
        return Unsure(
            f"Tenant {self.tenant.key}: it was sent, and {how}: nobody knows yet whether Intune took it. "
            "It is not sent again; Intune is asked what it knows."
        )


def _refused(tenant: str, status: int, said: str) -> Refused:
    if status == 403:
        return Refused(
            f"Tenant {tenant}: it is not allowed (Graph said {said}). The application needs {PRIVILEGED} and {WRITE}, and "
            "whoever signs in an Intune role that may do it.",
            code="missing-permission",
        )
    if status == 404:
        return Refused(f"Tenant {tenant}: Intune does not know the device any more (Graph said {said}).")
    return Refused(
        f"Tenant {tenant}: Intune will not do it to this device (Graph said {said}): it may need supervision, lost mode, or "
        "another kind of enrolment."
    )
