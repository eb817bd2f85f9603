"""Who may come in: the addresses a page may have, the key of this machine's own user, or the proxy that signs people in.

A websocket is open to pages from anywhere unless the server looks where they came from; an address on loopback is open
to every account of the machine. Pure: header values in, a decision out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from fleet.errors import UsageProblem

PROXY_HEADER, OPERATOR_HEADER = "X-Fleet-Proxy", "X-Fleet-Operator"
LONGEST_NAME = 100
LEAST_SECRET = 24


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request is not answered."""

    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Either `key` opens it, with a cookie from then on, or the proxy does with its `secret`."""

    origins: frozenset[str]
    """The addresses under which the page is reached, such as `https://fleet.northbridge.gov.example`."""
    key: str
    secret: str | None = None

    @property
    def behind_proxy(self) -> bool:
        """Whether a proxy signs people in."""
        return self.secret is not None

    def refuse_host(self, host: str) -> Refused | None:
        """No page under a name of somebody else's: theirs may point at this machine."""
        known = {urlsplit(origin).netloc for origin in self.origins}
        return None if host.lower() in known else Refused(421, "This is not an address of Fleet.")

    def refuse_origin(self, origin: str | None) -> Refused | None:
        """Only Fleet's own page may open a session."""
        if origin is not None and origin.lower() in self.origins:
            return None
        return Refused(403, "Only Fleet's own page may open a session.")

    def opens(self, key: str) -> bool:
        """Whether a key, from the address or the cookie, is the one."""
        return not self.behind_proxy and compare_digest(key.encode(), self.key.encode())

    def operator(self, headers: Mapping[str, str], cookie: str) -> str | Refused | None:
        """Whose session it would be; None for the account that serves."""
        if self.secret is None:
            return None if self.opens(cookie) else Refused(401, "Open the address that `fleet serve` printed.")
        if not compare_digest(headers.get(PROXY_HEADER, "").encode(), self.secret.encode()):
            return Refused(401, "Only the proxy may ask here.")
        name = headers.get(OPERATOR_HEADER, "").strip()
        if not name or not name.isprintable() or len(name) > LONGEST_NAME:
            return Refused(401, "The proxy did not say who signed in.")
        return name


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def origins_of(host: str, port: int, public_url: str | None) -> frozenset[str]:
    """The addresses of the page. Raises `UsageProblem` for a public one that is none, or that is not encrypted."""
    if public_url is None:
        return frozenset(_origin("http", name, port) for name in (host, "localhost", "127.0.0.1"))
    try:
        parts = urlsplit(public_url)
        name, public_port = parts.hostname or "", parts.port
    except ValueError:
        name, public_port = "", None
    if not name or parts.scheme not in ("http", "https") or parts.username or parts.query or parts.fragment:
        raise UsageProblem("--public-url must be an address such as https://fleet.northbridge.gov.example")
    if parts.scheme == "http" and not is_loopback(name):
        raise UsageProblem("--public-url must begin with https: what is typed would cross the network in the clear.")
    return frozenset({_origin(parts.scheme, name, public_port)})


def _origin(scheme: str, name: str, port: int | None) -> str:
    """An address as browsers write it: without the port that goes without saying."""
    bracketed = f"[{name}]" if ":" in name else name
    usual = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{bracketed}" + (f":{port}" if port and port != usual else "")
