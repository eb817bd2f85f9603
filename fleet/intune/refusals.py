"""What Graph means when it refuses: the code and reason dug out of its nested errors, and what a person can do.

The service's own message is never repeated to people: it holds internal addresses, and those hold names of devices.
"""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from fleet.errors import FleetError, NoAccess, NotFound, SourceUnavailable
from fleet.intune.permissions import permission_for

RESYNC_CODES = frozenset({"syncstatenotfound", "resyncrequired", "resyncchangesapplydifferences"})
_NESTING = 4
_PLAIN_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,80}\Z")


class DeltaExpired(SourceUnavailable):
    """The stored place in the stream of changes is too old; everything must be read anew."""

    code = "delta-expired"


class NotThere(NotFound):
    """Graph knows nothing under an address. Nobody mistyped it: the source is at fault."""

    exit_code = SourceUnavailable.exit_code


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an error body says."""

    code: str | None
    """The most telling code: the innermost that is not `UnknownError`."""
    message: str
    request_id: str | None


def dig(body: bytes | Any) -> Refusal:
    """Read an error body, through the JSON that Intune puts as text into its message, at most a few levels deep."""
    data = _parsed(body) if isinstance(body, bytes | bytearray | str) else body
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return Refusal(None, "", None)
    code = error.get("code")
    message = error.get("message")
    inner = error.get("innerError") or error.get("innererror")
    request_id = inner.get("request-id") if isinstance(inner, dict) else None
    for _ in range(_NESTING):
        nested = _parsed(message) if isinstance(message, str) and message.lstrip().startswith("{") else None
        if not isinstance(nested, dict):
            break
        code = nested.get("ErrorCode") or nested.get("CustomApiErrorPhrase") or code
        message = nested.get("Message", "")
    return Refusal(_plain(code), message if isinstance(message, str) else "", _plain(request_id))


def problem_for(tenant: str, status: int, body: bytes | Any, path: str, method: str = "GET") -> FleetError:
    """The error to raise for an answer that is not a success."""
    refusal = dig(body)
    facts: dict[str, Any] = {"status": status, "graph_code": refusal.code, "request_id": refusal.request_id}
    said = f"{status} {refusal.code}" if refusal.code else str(status)
    code = (refusal.code or "").lower()
    if status == 410 or (status < 500 and code in RESYNC_CODES):
        return DeltaExpired(
            f"Tenant {tenant}: Graph has forgotten the last delta link; read everything again.", **facts
        )
    if status == 400 and "not applicable to target tenant" in refusal.message.lower():
        return NoAccess(
            f"Tenant {tenant}: This tenant has no Intune licence, or Intune isn't its MDM authority. "
            "Check tenant_id in config.toml, or assign an Intune licence in the tenant.",
            code="no-intune-licence",
            **facts,
        )
    if status == 401:
        return _unauthorised(tenant, code, said, facts)
    if status == 403 and refusal.code:
        permission = permission_for(path, method)
        return NoAccess(
            f"Tenant {tenant}: the app lacks the permission {permission} (Graph said {said}). Add it in Entra as an "
            "application permission and grant admin consent.",
            code="missing-permission",
            permission=permission,
            **facts,
        )
    if status == 404:
        return NotThere(f"Tenant {tenant}: Graph doesn't know what was asked for (Graph said {said}).", **facts)
    if status == 429:
        return SourceUnavailable(
            f"Tenant {tenant}: Graph throttles this app and didn't let up. Try again in an hour, and check what else "
            "uses the same app registration.",
            code="throttled",
            **facts,
        )
    return _unavailable(tenant, status, said, facts)


def _unauthorised(tenant: str, code: str, said: str, facts: dict[str, Any]) -> NoAccess:
    if code == "authorization_identitynotfound":
        advice = "the app isn't known in this tenant. Grant admin consent to it in the tenant's Entra"
    else:
        advice = (
            "Graph refuses the token even after a new sign-in. Check that the app isn't disabled and that no "
            "Conditional Access policy for workload identities blocks this machine"
        )
    return NoAccess(f"Tenant {tenant}: {advice} (Graph said {said}).", code="token-refused", **facts)


def _unavailable(tenant: str, status: int, said: str, facts: dict[str, Any]) -> SourceUnavailable:
    if status >= 500:
        text = f"Graph is unavailable (Graph said {said}). Try again later; the service health page tells of outages"
    elif status == 403:
        text = "something between here and Graph refuses (403 without Graph's reason). Check the proxy and the firewall"
    elif 300 <= status < 400:
        text = f"the answer was a redirect ({status}), which Fleet doesn't follow. Check `graph` and the proxy"
    else:
        text = f"Graph refused the request (Graph said {said}). Report this with the request id"
    return SourceUnavailable(f"Tenant {tenant}: {text}.", code="unavailable" if status >= 500 else "refused", **facts)


def _parsed(text: bytes | bytearray | str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _plain(value: Any) -> str | None:
    """A code or id that is safe to show: short, and of letters and digits only."""
    return value if isinstance(value, str) and _PLAIN_CODE.match(value) else None
