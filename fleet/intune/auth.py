"""Signing in to a tenant as an application, with a certificate or a secret.

Microsoft's library does the protocol; here its many kinds of failure become one line that says what to do. Nothing
of an answer of the token endpoint is repeated to people, and no foreign exception is chained, since both may
hold secrets.
"""

import re
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from fleet.clock import utc_now
from fleet.config import TenantConfig, is_tenant_id
from fleet.errors import ConfigurationProblem, FleetError, NoAccess, SourceUnavailable
from fleet.http.retry import RETRIED_STATUSES, Patience, Transient, retry_after_seconds
from fleet.http.transport import HOPELESS, NETWORK_ERRORS, GuardedSession, network_problem
from fleet.intune.certificate import certificate_expiry, client_certificate
from fleet.intune.permissions import REQUIRED_PERMISSIONS, missing_permissions, token_roles

if TYPE_CHECKING:
    import msal

__all__ = [
    "REQUIRED_PERMISSIONS",
    "TokenSource",
    "certificate_expiry",
    "missing_permissions",
    "token_roles",
    "token_source",
]

SIGN_IN_ATTEMPTS = 4
MICROSOFT_AUTHORITIES = frozenset(
    {
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.microsoft.com",
        "login.windows.net",
        "login.partner.microsoftonline.cn",
        "login.chinacloudapi.cn",
        "login.usgovcloudapi.net",
    }
)
"""Authorities of Microsoft's clouds, which MSAL may look up among themselves; any other host is taken as it is."""

_AADSTS = re.compile(r"AADSTS(\d{3,8})")
_WRONG_TENANT = "the tenant id isn't known to Microsoft. Check tenant_id in config.toml"
_ADVICE = {
    90002: ("wrong-tenant", _WRONG_TENANT),
    900021: ("wrong-tenant", _WRONG_TENANT),
    900023: ("wrong-tenant", _WRONG_TENANT),
    700016: (
        "unknown-app",
        "the app isn't in this tenant. Check client_id in config.toml, and that the tenant's admin consented to the app",
    ),
    7000112: ("disabled-app", "the app is disabled in this tenant. Enable its enterprise application in Entra"),
    7000215: (
        "wrong-secret",
        "the client secret is wrong. Put the secret's value, not its id, where config.toml says it is",
    ),
    7000222: ("expired-secret", "the client secret has expired. Make a new one in Entra, or better use a certificate"),
    700027: (
        "bad-certificate",
        "Microsoft refuses the certificate: it has expired or isn't the one uploaded to the app. "
        "Upload the certificate of config.toml to the app registration",
    ),
    7000229: ("no-service-principal", "the app has no service principal here. Grant admin consent to it in the tenant"),
    53003: ("conditional-access", "a Conditional Access policy blocks the app. Ask whoever keeps the policies"),
}


class SignInSession(GuardedSession):
    """The session MSAL signs in with: it repeats what is worth it and remembers what the last answer said."""

    def __init__(self, tenant: TenantConfig, sleep: Callable[[float], object] | None = None) -> None:
        super().__init__(tenant)
        self._tenant = tenant
        self._sleep = sleep
        self.status: int | None = None
        """Of the last answer."""
        self.error: int | None = None
        """The number after AADSTS in the last answer, if there was one."""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send, and again while the endpoint is unavailable; raises `FleetError` for a failing network.

        When the time is over, an alarm hangs up on an answer that never ends.
        """
        patience = Patience(self._tenant.key, self._tenant.time_budget, sleep=self._sleep)
        with self.within(patience.seconds):
            answer = patience.insist(lambda: self._attempt(method, url, *args, **options))
        patience.remaining()  # One that was hung up on may look as if it had ended.
        return answer

    def _attempt(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        host = urlsplit(url if isinstance(url, str) else url.decode()).hostname or ""
        self.status = self.error = None
        try:
            response = super().request(method, url, *args, **options)
        except NETWORK_ERRORS as error:
            problem = network_problem(self._tenant, host, error)
            raise Transient(problem, attempts=1 if problem.code in HOPELESS else SIGN_IN_ATTEMPTS) from None
        self.status = response.status_code
        if response.status_code in RETRIED_STATUSES:
            problem = SourceUnavailable(
                f"Tenant {self._tenant.key}: {host} is unavailable ({response.status_code}). Try again later.",
                status=response.status_code,
            )
            pause = retry_after_seconds(response.headers.get("Retry-After"), utc_now())
            raise Transient(problem, pause, SIGN_IN_ATTEMPTS)
        if response.status_code >= 400 and (found := _AADSTS.search(response.text[:4096])):
            self.error = int(found[1])
        return response


class TokenSource:
    """Tokens for one tenant's Graph, from one MSAL application that lives as long as the process."""

    def __init__(
        self,
        tenant: TenantConfig,
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._tenant = tenant
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._app: msal.ConfidentialClientApplication | None = None
        self._session: SignInSession | None = None

    def __repr__(self) -> str:
        return f"TokenSource({self._tenant.key})"

    def token(self, claims: str | None = None, fresh: bool = False) -> str:
        """A token for Graph: from memory while it is good, anew when `fresh`, or one that meets a claims challenge.

        Raises `NoAccess` for credentials, `ConfigurationProblem` for settings, `SourceUnavailable` for the network.
        """
        with self._lock:
            try:
                return self._acquire(claims, fresh)
            except FleetError:
                # The next call reads the secret and the certificate again, and MSAL forgets the refusal it keeps.
                self._app = self._session = None
                raise

    def _acquire(self, claims: str | None, fresh: bool) -> str:
        from msal.exceptions import MsalError

        app = self._app or self._open()
        session = self._session
        assert session is not None
        if fresh:
            app.remove_tokens_for_client()
        try:
            result = app.acquire_token_for_client(
                [f"{self._tenant.graph.rstrip('/')}/.default"], claims_challenge=claims
            )
        except (MsalError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
            raise self._unreadable(session) from None
        token = result.get("access_token") if isinstance(result, dict) else None
        if isinstance(token, str) and token and token.isascii() and token.isprintable():
            return token
        raise self._refused(_codes(result) or session.error, result.get("error") if isinstance(result, dict) else None)

    def _open(self) -> "msal.ConfidentialClientApplication":
        """Sign-in prepared: the credential read, the authority's endpoints found."""
        import msal
        from msal.exceptions import MsalError

        tenant = self._tenant
        if not is_tenant_id(tenant.tenant_id):
            raise ConfigurationProblem(
                f"Tenant {tenant.key}: tenant_id must be the GUID or the domain of the tenant. Correct it in config.toml."
            )
        credential = client_certificate(tenant, self._now()) if tenant.certificate else tenant.secret()
        if credential is None:
            raise ConfigurationProblem(
                f"Tenant {tenant.key}: no credential. Set certificate, secret_env or secret_file in config.toml."
            )
        session = SignInSession(tenant, self._sleep)
        known = urlsplit(tenant.authority).hostname in MICROSOFT_AUTHORITIES
        try:
            app = msal.ConfidentialClientApplication(
                tenant.client_id,
                client_credential=credential,
                authority=f"{tenant.authority.rstrip('/')}/{tenant.tenant_id}",
                instance_discovery=None if known else False,
                client_capabilities=["cp1"],
                http_client=session,
            )
        except (MsalError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
            raise self._unreadable(session) from None
        self._app, self._session = app, session
        return app

    def _unreadable(self, session: SignInSession) -> FleetError:
        """The library gave up on an answer: a refusal it does not read, or a page from something in between."""
        if session.error is not None:
            return self._refused(session.error, None)
        if session.status is not None and 400 <= session.status < 500:
            return self._refused(90002, None)
        return SourceUnavailable(
            f"Tenant {self._tenant.key}: the answer to the sign-in isn't Microsoft's. Check `authority` in config.toml, "
            "and whether a proxy or a captive portal answers instead.",
            code="unreadable",
            status=session.status,
        )

    def _refused(self, number: int | None, error: str | None) -> NoAccess:
        key = self._tenant.key
        if number in _ADVICE:
            code, advice = _ADVICE[number]
            return NoAccess(f"Tenant {key}: {advice} (AADSTS{number}).", code=code, aadsts=number)
        if number is not None:
            return NoAccess(
                f"Tenant {key}: Microsoft refuses the sign-in with AADSTS{number}. "
                f"Look it up at https://login.microsoftonline.com/error?code={number}.",
                code="sign-in-refused",
                aadsts=number,
            )
        reason = f" ({error})" if isinstance(error, str) and error.isidentifier() and len(error) < 60 else ""
        return NoAccess(
            f"Tenant {key}: the sign-in is refused{reason}. Check tenant_id, client_id and the credential in config.toml.",
            code="sign-in-refused",
        )


def _codes(result: object) -> int | None:
    """The first error number in an answer of the token endpoint."""
    codes = result.get("error_codes") if isinstance(result, dict) else None
    return codes[0] if isinstance(codes, list) and codes and type(codes[0]) is int else None


_sources: dict[TenantConfig, TokenSource] = {}
_sources_lock = threading.Lock()


def token_source(tenant: TenantConfig) -> TokenSource:
    """The token source of a tenant, one per process: MSAL keeps its tokens in memory, and only there."""
    with _sources_lock:
        return _sources.setdefault(tenant, TokenSource(tenant))
