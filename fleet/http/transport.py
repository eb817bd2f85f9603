"""One way out to the network: TLS, proxy and time-outs as configured; nothing sent that was not meant.

Foreign exceptions end here. They are not chained: their text and their `request` carry tokens, signed addresses and
proxy passwords. `facts["cause"]` keeps the name of the original.
"""

import ssl
from contextlib import AbstractContextManager
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.utils import get_environ_proxies, select_proxy

from fleet.config import DEMO_MARKER, TenantConfig
from fleet.errors import ConfigurationProblem, FleetError, SourceUnavailable
from fleet.http.lines import Lines

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
CONNECTIONS = 8

HOPELESS = frozenset({"tls", "not-served", "proxy-address"})
"""Codes of what does not mend itself within a minute: asking again would only make people wait."""

NETWORK_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
"""What reading from a server may raise: requests wraps most of it, reading a body in pieces does not."""

_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class GuardedSession(requests.Session):
    """A requests session that never follows a redirect, keeps no cookie and never reads `.netrc`.

    `trust_env` would replace a bearer token by what `.netrc` holds, and REQUESTS_CA_BUNDLE would win over `verify`;
    it is off, and the environment's proxy and CA bundle are honoured here by hand, below the configuration's.
    """

    def __init__(self, tenant: TenantConfig, lines: Lines | None = None) -> None:
        """`lines` are those of another session with which this one is to end."""
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"Accept": "application/json", "User-Agent": "council-fleet"})
        self._lines = lines or Lines()
        for scheme in ("https://", "http://"):
            self.mount(scheme, self._lines.adapter(pool_connections=2, pool_maxsize=CONNECTIONS))
        self._proxy = tenant.proxy
        self._verify = _trust(tenant)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send one request; raises what requests raises."""
        options["verify"] = self._verify
        options["allow_redirects"] = False
        options["proxies"] = self.proxies_for(url if isinstance(url, str) else url.decode())
        options.setdefault("timeout", (CONNECT_SECONDS, READ_SECONDS))
        return super().request(method, url, *args, **options)

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """Hang up when what is done here takes longer; the session is of no use after."""
        return self._lines.within(seconds)

    def proxies_for(self, url: str) -> dict[str, str]:
        """The proxy for an address: the configured one, else HTTPS_PROXY unless NO_PROXY covers the host."""
        if self._proxy:
            return {"https": self._proxy}
        return dict(get_environ_proxies(url))


def _trust(tenant: TenantConfig) -> str | bool:
    """The CA bundle to verify with: the configured one, else the environment's, else the one requests brings."""
    import os

    if tenant.ca_bundle is None:
        return next((os.environ[name] for name in _CA_VARIABLES if os.environ.get(name)), True)
    try:
        ssl.create_default_context(cafile=str(tenant.ca_bundle))
    except FileNotFoundError:
        raise ConfigurationProblem(
            f"Tenant {tenant.key}: ca_bundle {tenant.ca_bundle} doesn't exist. Correct the path in config.toml."
        ) from None
    except (OSError, ssl.SSLError):
        raise ConfigurationProblem(
            f"Tenant {tenant.key}: ca_bundle {tenant.ca_bundle} is no PEM file with certificates. Export the CA as PEM."
        ) from None
    return str(tenant.ca_bundle)


def network_problem(tenant: TenantConfig, host: str, error: BaseException) -> FleetError:
    """What a person can do about a failed connection: proxy, name, certificate, time-out, or just unreachable."""
    names = _names_in(error)
    cause = type(error).__name__
    code, advice = next(
        ((code, advice) for marks, code, advice in _ADVICE if names & marks),
        ("network", f"can't be reached. Check the network connection and that {host} is the right name"),
    )
    refused = "ConnectionRefusedError" in names
    if code == "network" and refused and tenant.ca_bundle and (tenant.ca_bundle.parent / DEMO_MARKER).exists():
        code, home = "not-served", tenant.ca_bundle.parent
        advice = (
            f"can't be reached. Start the demonstration's service in another terminal: fleet --home {home} demo serve"
        )
    advice = advice.replace("{proxy}", _proxy_host(tenant))
    end = "" if advice.endswith("serve") else "."
    return SourceUnavailable(f"Tenant {tenant.key}: {host} {advice}{end}", code=code, host=host, cause=cause)


_ADVICE: tuple[tuple[frozenset[str], str, str], ...] = (
    (  # The other addresses were looked at before they were used, so it is the proxy's that can't be.
        frozenset({"ProxySchemeUnknown", "InvalidProxyURL", "InvalidSchema", "LocationParseError"}),
        "proxy-address",
        "can't be asked: the proxy {proxy} has an address of another kind than http://HOST:PORT. "
        "Correct `proxy` in config.toml, or HTTPS_PROXY",
    ),
    (
        frozenset({"ProxyError"}),
        "proxy",
        "can't be reached through the proxy {proxy}. Check `proxy` in config.toml or HTTPS_PROXY, and NO_PROXY",
    ),
    (
        frozenset({"NameResolutionError", "gaierror"}),
        "dns",
        "has no address (DNS). Check the network connection, the name in config.toml, and whether a proxy is needed",
    ),
    (
        frozenset({"SSLError", "SSLCertVerificationError", "CertificateError"}),
        "tls",
        "shows a certificate that isn't trusted here. If a proxy inspects TLS, set ca_bundle to its CA in config.toml",
    ),
    (
        frozenset({"ReadTimeout", "ConnectTimeout", "ReadTimeoutError", "ConnectTimeoutError", "TimeoutError"}),
        "timeout",
        "doesn't answer in time. Try again later; if it stays so, check the proxy and the firewall",
    ),
)


_NEVER_LEFT = frozenset(
    {
        "NewConnectionError",
        "NameResolutionError",
        "gaierror",
        "ConnectTimeout",
        "ConnectTimeoutError",
        "ConnectionRefusedError",
        "SSLCertVerificationError",
        "ProxySchemeUnknown",
        "InvalidProxyURL",
    }
)


def never_left(error: BaseException) -> bool:
    """Whether a failure shows that no connection was made, so that nothing of the request can have arrived."""
    return bool(_names_in(error) & _NEVER_LEFT)


def _names_in(error: BaseException) -> frozenset[str]:
    """The class names of an error and of all it wraps: libraries nest them in causes, contexts and arguments."""
    names: set[str] = set()
    waiting: list[object] = [error]
    while waiting and len(names) < 50:
        one = waiting.pop()
        if isinstance(one, BaseException) and type(one).__name__ not in names:
            names.add(type(one).__name__)
            waiting += [one.__cause__, one.__context__, *one.args, getattr(one, "reason", None)]
    return frozenset(names)


def _proxy_host(tenant: TenantConfig) -> str:
    """Host and port of the proxy, without the password that its address may hold."""
    address = tenant.proxy or select_proxy(tenant.graph, get_environ_proxies(tenant.graph)) or ""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        return f"{parts.hostname or 'of the environment'}" + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "as configured"
