"""Technicians sign in themselves, so that Intune's own roles and audit apply to the person who acts.

By a code that is typed on any other screen, or in this machine's browser. What is kept is Microsoft's token cache of one
tenant: encrypted by the system where that can be done (Windows, macOS), else a file that only its owner can read.
"""

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fleet.config import TenantConfig
from fleet.config.actions import ActionCredential
from fleet.errors import ConfigurationProblem, FleetError, NoAccess, SourceUnavailable
from fleet.intune.auth import MICROSOFT_AUTHORITIES, SignInSession, TokenSource, token_source
from fleet.intune.once import PERMISSIONS

if TYPE_CHECKING:
    import msal

FOLDER = "signed-in"
"""Of Fleet's folder."""
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, RuntimeError)
"""What Microsoft's library raises for an answer that it can't read."""


class SignInNeeded(NoAccess):
    """Nobody is signed in for remote actions, or the sign-in has ended."""

    code = "sign-in-needed"


def acting_tenant(tenant: TenantConfig) -> TenantConfig:
    """The tenant as its remote actions sign in to it: with their application and credential, never with the sync's.

    Raises `ConfigurationProblem` where none is configured.
    """
    credential = tenant.actions
    if credential is None:
        raise actions_off(tenant.key)
    return replace(
        tenant,
        client_id=credential.client_id,
        certificate=credential.certificate,
        secret_env=credential.secret_env,
        secret_file=credential.secret_file,
        secret_keyring=credential.secret_keyring,
    )


def actions_off(tenant: str) -> ConfigurationProblem:
    """Remote actions are off until somebody turns them on."""
    return ConfigurationProblem(
        f"Remote actions are off for {tenant}: config.toml has no [tenant.{tenant}.actions]. docs/ACTIONS.md tells how to "
        "register an application for them.",
        code="actions-off",
    )


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A sign-in that waits for a person with a browser."""

    user_code: str
    address: str
    message: str
    """Microsoft's own words for both."""
    flow: dict[str, Any] = field(repr=False)

    def give_up(self) -> None:
        """End the waiting soon."""
        self.flow["expires_at"] = 0


class Technician:
    """Tokens of a person for the remote actions of one tenant."""

    def __init__(
        self, tenant: TenantConfig, home: Path, operator: str, *, sleep: Callable[[float], object] | None = None
    ) -> None:
        self._tenant = acting_tenant(tenant)
        self._path = home / FOLDER / f"{tenant.key}.{_file_name(operator)}.bin"
        self._sleep = sleep
        self._lock = threading.RLock()
        self._app: msal.PublicClientApplication | None = None
        self.protection = ""
        """How the tokens are kept, in words; known once they were looked for."""

    def __repr__(self) -> str:
        return f"Technician({self._tenant.key})"

    @property
    def scopes(self) -> list[str]:
        """What is asked for, on the configured Graph."""
        return [f"{self._tenant.graph.rstrip('/')}/{one}" for one in PERMISSIONS]

    def token(self, claims: str | None = None, fresh: bool = False) -> str:
        """A token without asking anybody. Raises `SignInNeeded` when a person has to sign in (again)."""
        with self._lock:
            app, account = self._opened(), self._account()
            if account is None:
                raise self._needed("nobody is signed in")
            result = self._ask(
                lambda: app.acquire_token_silent_with_error(
                    self.scopes, account=account, claims_challenge=claims, force_refresh=fresh
                )
            )
            if result is None:
                raise self._needed("the sign-in has ended")
            return self._token_of(result)

    @property
    def name(self) -> str | None:
        """Sign-in name of who is signed in; None when nobody is."""
        account = self._account()
        return None if account is None else str(account.get("username") or "somebody")

    def begin(self) -> DeviceCode:
        """A code that a person types at Microsoft's page; `finish` waits for them."""
        app = self._opened()
        flow = self._ask(lambda: app.initiate_device_flow(self.scopes))
        if not isinstance(flow, dict) or not isinstance(flow.get("user_code"), str):
            raise self._refused(flow)
        return DeviceCode(
            str(flow["user_code"]), str(flow.get("verification_uri", "")), str(flow.get("message", "")), flow
        )

    def finish(self, code: DeviceCode) -> str:
        """Wait until the code was used; the sign-in name. Raises `NoAccess` when it was not, or was declined."""
        app = self._opened()
        result = self._ask(lambda: app.acquire_token_by_device_flow(code.flow))
        self._token_of(result)
        return self._only_last(result)

    def browser(self) -> str:
        """Sign in in this machine's browser; the sign-in name."""
        app = self._opened()
        result = self._ask(lambda: app.acquire_token_interactive(self.scopes, prompt="select_account", timeout=300))
        self._token_of(result)
        return self._only_last(result)

    def sign_out(self) -> bool:
        """Forget whoever is signed in; False when nobody was."""
        with self._lock:
            app = self._opened()
            accounts = app.get_accounts()
            for one in accounts:
                app.remove_account(one)
            return bool(accounts)

    # --- Microsoft's library ----------------------------------------------------------------------------------

    def _opened(self) -> "msal.PublicClientApplication":
        with self._lock:
            if self._app is None:
                self._app = self._open()
            return self._app

    def _open(self) -> "msal.PublicClientApplication":
        import msal

        tenant = self._tenant
        cache, self.protection = _kept_cache(self._path)
        session = SignInSession(tenant, self._sleep)
        known = urlsplit(tenant.authority).hostname in MICROSOFT_AUTHORITIES
        return self._ask(
            lambda: msal.PublicClientApplication(
                tenant.client_id,
                authority=f"{tenant.authority.rstrip('/')}/{tenant.tenant_id}",
                instance_discovery=None if known else False,
                client_capabilities=["cp1"],
                token_cache=cache,
                http_client=session,
            )
        )

    def _account(self) -> dict[str, Any] | None:
        accounts = self._opened().get_accounts()
        return accounts[0] if accounts else None

    def _only_last(self, result: dict[str, Any]) -> str:
        """One person per machine account and tenant: whoever signed in last. Their name."""
        claims = result.get("id_token_claims")
        name = str(claims.get("preferred_username")) if isinstance(claims, dict) else None
        app = self._opened()
        for one in app.get_accounts():
            if name is not None and str(one.get("username")).lower() != name.lower():
                app.remove_account(one)
        return name or self.name or "somebody"

    def _ask(self, call: Callable[[], Any]) -> Any:
        from msal.exceptions import MsalError

        try:
            return call()
        except FleetError:
            raise
        except (MsalError, *_BROKEN):
            raise SourceUnavailable(
                f"Tenant {self._tenant.key}: the answer to the sign-in isn't Microsoft's. Check `authority` in config.toml, and "
                "whether a proxy answers instead.",
                code="unreadable",
            ) from None
        except OSError as error:
            raise ConfigurationProblem(
                f"{self._path} can't be used: {error.strerror or type(error).__name__}."
            ) from None

    def _token_of(self, result: Any) -> str:
        token = result.get("access_token") if isinstance(result, dict) else None
        if isinstance(token, str) and token and token.isascii() and token.isprintable():
            return token
        raise self._refused(result)

    def _needed(self, why: str) -> SignInNeeded:
        key = self._tenant.key
        return SignInNeeded(
            f"Tenant {key}: {why} for remote actions. Sign in with: fleet action sign-in {key}", tenant=key
        )

    def _refused(self, result: Any) -> NoAccess:
        """What Microsoft said, without repeating its text: that can hold ids and addresses."""
        codes = result.get("error_codes") if isinstance(result, dict) else None
        number = codes[0] if isinstance(codes, list) and codes and type(codes[0]) is int else None
        error = result.get("error") if isinstance(result, dict) else None
        if error in ("authorization_pending", "expired_token", "code_expired", "bad_verification_code"):
            return SignInNeeded(f"Tenant {self._tenant.key}: the code was not used in time. Ask for another one.")
        if error in ("access_denied", "authorization_declined"):
            return SignInNeeded(f"Tenant {self._tenant.key}: the sign-in was cancelled.")
        if error in ("invalid_grant", "interaction_required", "login_required"):
            return self._needed("the sign-in has ended")
        said = f" with AADSTS{number}" if number else ""
        return NoAccess(
            f"Tenant {self._tenant.key}: Microsoft refuses the sign-in{said}. Check the application of "
            f"[tenant.{self._tenant.key}.actions]: public client flows must be allowed for it.",
            code="sign-in-refused",
        )


def _file_name(operator: str) -> str:
    """An operator as part of a file name: each has a sign-in of their own, also on one account of one machine."""
    return f"{re.sub(r'[^A-Za-z0-9.-]', '_', operator)[:40]}-{sha256(operator.encode()).hexdigest()[:8]}"


def _kept_cache(path: Path) -> tuple[Any, str]:
    """The token cache on disk, and how it is protected: by the system's own encryption where there is one, else 0600."""
    from msal_extensions import FilePersistence, PersistedTokenCache, build_encrypted_persistence

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return PersistedTokenCache(build_encrypted_persistence(str(path))), "encrypted by this system"
        except (ImportError, RuntimeError, ValueError, AttributeError):
            pass  # A server without a keyring: the file's mode is all there is.
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise ConfigurationProblem(f"{path} can't be used for sign-ins: {error.strerror}.") from error
    kept = PersistedTokenCache(FilePersistence(str(path)))
    return kept, f"in {path}, which only its owner can read (mode 0600, not encrypted: this system offers no way)"


def acting_tokens(tenant: TenantConfig, home: Path, operator: str) -> tuple[TokenSource | Technician, str]:
    """Where tokens for remote actions come from, and who is acting. Raises `SignInNeeded`, `ConfigurationProblem`."""
    credential: ActionCredential | None = tenant.actions
    if credential is None:
        raise actions_off(tenant.key)
    if credential.sign_in is None:
        return token_source(acting_tenant(tenant)), f"application {credential.client_id}"
    technician = Technician(tenant, home, operator)
    name = technician.name
    if name is None:
        technician.token()  # Says who has to do what.
    return technician, name or "somebody"
