"""The Entra side: OIDC discovery, the token endpoint, the device code flow and the way to the sign-in page."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import uuid4

import orjson

from fleet.demo.directory import RegisteredApp
from fleet.demo.service.assertions import AssertionRefused, verify_assertion
from fleet.demo.service.authorize import Authorize
from fleet.demo.service.refusal import EntraRefusal
from fleet.demo.service.state import TenantState
from fleet.demo.service.tokens import client_info, new_secret_text, public_keys
from fleet.demo.service.wire import Request, Response

if TYPE_CHECKING:
    from fleet.demo.service.core import Service

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
OWN_SCOPES = {"openid", "profile", "offline_access", "email"}
DEVICE_CODE_LIFE = 900
"""Seconds."""


@dataclass(slots=True)
class SignIn:
    """A device code that waits for a person, or the refresh token of one who signed in."""

    tenant_id: str
    app: str
    scope: str
    user_code: str = ""
    polls: int = 0
    user_id: str | None = None
    """Who approved it."""
    expires: datetime | None = None
    nonce: str | None = None


class Identity:
    """Answers everything below `/{tenant}/` that is not Graph."""

    def __init__(self, service: "Service") -> None:
        self._service = service
        self._device_codes: dict[str, SignIn] = {}
        self._refresh_tokens: dict[str, SignIn] = {}
        self._authorize = Authorize(service)

    def answer(self, request: Request) -> Response:
        """The answer to a request that is not for Graph."""
        tenant, _, rest = request.path.lstrip("/").partition("/")
        try:
            if rest.lower() == "oauth2/v2.0/authorize":
                return self._authorize.answer(self._state(tenant, rest), request)
            return json_response(200, self._route(tenant, rest.lower(), request))
        except EntraRefusal as refusal:
            return self._error(refusal, request)

    def approve(self, user_code: str, user_id: str | None = None) -> None:
        """Let a person (by default the tenant's first user) finish a device code sign-in; raises `KeyError`."""
        pending = next((entry for entry in self._device_codes.values() if entry.user_code == user_code), None)
        if pending is None:
            raise KeyError(user_code)
        directory = self._service.state(pending.tenant_id).directory
        pending.user_id = user_id or next(iter(directory.users))

    def _route(self, tenant: str, rest: str, request: Request) -> dict[str, Any]:
        if tenant == "common" and rest == "discovery/instance":
            return self._instances()
        state = self._state(tenant, rest)
        routes: dict[tuple[str, str], Callable[[TenantState, dict[str, str]], dict[str, Any]]] = {
            ("GET", "v2.0/.well-known/openid-configuration"): self._discovery,
            ("GET", "discovery/v2.0/keys"): lambda _state, _form: public_keys(),
            ("POST", "oauth2/v2.0/token"): self._token,
            ("POST", "oauth2/v2.0/devicecode"): self._device_code,
        }
        handler = routes.get((request.method, rest))
        if handler is None:
            raise EntraRefusal(404, "invalid_request", 90019, "No such address below the tenant.")
        fields = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return handler(state, {name: values[0] for name, values in fields.items()})

    def _state(self, tenant: str, rest: str) -> TenantState:
        state = self._service.find_state(tenant)
        if state is None:
            raise EntraRefusal(
                400,
                "invalid_tenant" if rest.endswith("openid-configuration") else "invalid_request",
                90002,
                f"Tenant '{tenant}' not found. This may happen if there are no active subscriptions for the tenant. "
                "Check to make sure you have the correct tenant ID. Check with your subscription administrator.",
            )
        return state

    def _endpoint(self, state: TenantState, name: str) -> str:
        return f"{self._service.authority}/{state.directory.tenant_id}/oauth2/v2.0/{name}"

    def _discovery(self, state: TenantState, _form: dict[str, str]) -> dict[str, Any]:
        base = f"{self._service.authority}/{state.directory.tenant_id}"
        return {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": self._endpoint(state, "authorize"),
            "token_endpoint": self._endpoint(state, "token"),
            "device_authorization_endpoint": self._endpoint(state, "devicecode"),
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code", "id_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "msgraph_host": self._service.graph.removeprefix("https://"),
        }

    def _instances(self) -> dict[str, Any]:
        host = self._service.authority.removeprefix("https://").partition(":")[0]
        first = next(iter(self._service.states()))
        return {
            "tenant_discovery_endpoint": f"{self._service.authority}/{first.directory.tenant_id}"
            "/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }

    def _token(self, state: TenantState, form: dict[str, str]) -> dict[str, Any]:
        if self._service.faults.strike("token_unavailable", state.directory.key):
            raise EntraRefusal(503, "temporarily_unavailable", 90033, "A transient error has occurred. Try again.")
        if "grant_type" not in form:
            raise EntraRefusal(
                400, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'."
            )
        self._app(state, form)
        grant = form["grant_type"]
        if grant == "client_credentials":
            return self._for_client(state, form)
        if grant == DEVICE_GRANT:
            return self._for_device_code(state, form)
        if grant == "authorization_code":
            return self._for_code(state, form)
        if grant == "refresh_token":
            return self._for_refresh_token(state, form)
        raise EntraRefusal(
            400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'."
        )

    def _app(self, state: TenantState, form: dict[str, str]) -> RegisteredApp:
        app = form.get("client_id", "")
        known = state.directory.app(app)
        if known is None:
            raise EntraRefusal(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{app}' was not found in the directory '{state.directory.display_name}'. "
                "This can happen if the application has not been installed by the administrator of the tenant or "
                "consented to by any user in the tenant. You may have sent your authentication request to the wrong "
                "tenant.",
            )
        return known

    def _for_client(self, state: TenantState, form: dict[str, str]) -> dict[str, Any]:
        scope = form.get("scope", "")
        if not scope.endswith("/.default"):
            raise EntraRefusal(
                400,
                "invalid_scope",
                1002012,
                f"The provided value for scope {scope} is not valid for client credentials.",
            )
        self._check_credential(state, form)
        return self._success(state, form, self._app(state, form).permissions)

    def _check_credential(self, state: TenantState, form: dict[str, str]) -> None:
        directory, app, now = state.directory, self._app(state, form), self._service.clock()
        if "client_assertion" in form:
            try:
                verify_assertion(
                    form["client_assertion"],
                    app.certificate_pem,
                    app.client_id,
                    self._endpoint(state, "token"),
                    now,
                )
            except AssertionRefused as refused:
                raise EntraRefusal(401, "invalid_client", refused.number, refused.text) from refused
            return
        if "client_secret" not in form:
            raise EntraRefusal(
                401,
                "invalid_client",
                7000218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            )
        if self._service.faults.strike("secret_expired", directory.key):
            raise EntraRefusal(
                401,
                "invalid_client",
                7000222,
                f"The provided client secret keys for app '{app.client_id}' are expired.",
            )
        given = form["client_secret"]
        if app.secret is None or not hmac.compare_digest(given.encode(), app.secret.encode()):
            raise EntraRefusal(401, "invalid_client", 7000215, "Invalid client secret is provided.")

    def _success(
        self, state: TenantState, form: dict[str, str], permissions: frozenset[str], user_id: str | None = None
    ) -> dict[str, Any]:
        carried = carries_challenge(form.get("claims"))
        lifetime = self._service.token_lifetime
        token = self._service.mint.access_token(
            tenant_id=state.directory.tenant_id,
            app=self._app(state, form).client_id,
            permissions=permissions,
            now=self._service.clock(),
            lifetime=lifetime,
            user_id=user_id,
            carried_claims=carried,
        )
        if carried and state.challenged:
            state.challenge_met_by = self._service.mint.latest
            state.challenged = False
        return {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token}

    def _device_code(self, state: TenantState, form: dict[str, str]) -> dict[str, Any]:
        app = self._app(state, form)
        code = new_secret_text()
        user_code = uuid4().hex[:9].upper()
        page = "https://microsoft.com/devicelogin"
        self._device_codes[code] = SignIn(
            tenant_id=state.directory.tenant_id,
            app=app.client_id,
            scope=form.get("scope", ""),
            user_code=user_code,
            expires=self._service.clock() + timedelta(seconds=DEVICE_CODE_LIFE),
        )
        return {
            "user_code": user_code,
            "device_code": code,
            "verification_uri": page,
            "expires_in": DEVICE_CODE_LIFE,
            "interval": self._service.device_code_interval,
            "message": f"To sign in, use a web browser to open the page {page} and enter the code {user_code} to "
            "authenticate.",
        }

    def _for_device_code(self, state: TenantState, form: dict[str, str]) -> dict[str, Any]:
        code = form.get("device_code") or form.get("code", "")
        pending = self._device_codes.get(code)
        if pending is None or pending.tenant_id != state.directory.tenant_id:
            raise EntraRefusal(400, "bad_verification_code", 70019, "The verification code is not valid.")
        if pending.expires is not None and pending.expires < self._service.clock():
            raise EntraRefusal(400, "expired_token", 70020, "The device code has expired.")
        pending.polls += 1
        limit = self._service.approve_after_polls
        if pending.user_id is None and limit is not None and pending.polls > limit:
            pending.user_id = next(iter(state.directory.users))
        if pending.user_id is None:
            raise EntraRefusal(
                400, "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending."
            )
        del self._device_codes[code]
        return self._signed_in(state, form, pending)

    def _for_code(self, state: TenantState, form: dict[str, str]) -> dict[str, Any]:
        granted = self._authorize.redeem(state, form)
        known = SignIn(granted.tenant_id, granted.app, granted.scope, user_id=granted.user_id, nonce=granted.nonce)
        return self._signed_in(state, form, known)

    def _for_refresh_token(self, state: TenantState, form: dict[str, str]) -> dict[str, Any]:
        known = self._refresh_tokens.get(form.get("refresh_token", ""))
        if known is None or known.tenant_id != state.directory.tenant_id:
            raise EntraRefusal(
                400, "invalid_grant", 9002313, "Invalid request. The refresh token is malformed or unknown."
            )
        return self._signed_in(state, form, known)

    def _signed_in(self, state: TenantState, form: dict[str, str], known: SignIn) -> dict[str, Any]:
        user_id = known.user_id or ""
        directory = state.directory
        scope = form.get("scope") or known.scope
        delegated = self._app(state, form).delegated
        asked = [part for part in scope.split() if part not in OWN_SCOPES]
        granted = [one for one in asked if not delegated or one.rpartition("/")[2] in delegated]
        names = [one.rpartition("/")[2] for one in granted]
        body = self._success(state, form, frozenset(names), user_id)
        refresh = new_secret_text()
        self._refresh_tokens[refresh] = SignIn(known.tenant_id, known.app, scope, user_id=user_id)
        user = directory.users.get(user_id, {"id": user_id})
        body |= {
            "scope": " ".join(granted),
            "refresh_token": refresh,
            "client_info": client_info(user_id, directory.tenant_id),
            "id_token": self._service.mint.id_token(
                tenant_id=directory.tenant_id, app=known.app, user=user, now=self._service.clock(), nonce=known.nonce
            ),
        }
        return body

    def _error(self, refusal: EntraRefusal, request: Request) -> Response:
        now = self._service.clock()
        trace = str(uuid4())
        correlation = request.headers.get("client-request-id") or str(uuid4())
        stamp = f"{now:%Y-%m-%d %H:%M:%S}Z"
        body = {
            "error": refusal.error,
            "error_description": f"AADSTS{refusal.number}: {refusal.text}\r\nTrace ID: {trace}\r\n"
            f"Correlation ID: {correlation}\r\nTimestamp: {stamp}",
            "error_codes": [refusal.number],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"{self._service.authority}/error?code={refusal.number}",
        }
        return json_response(refusal.status, body, trace)


def carries_challenge(claims: str | None) -> bool:
    """Whether the `claims` of a token request answer a challenge, and do not only declare a capability."""
    try:
        asked = orjson.loads(claims or "{}").get("access_token", {})
    except (orjson.JSONDecodeError, AttributeError):
        return False
    return isinstance(asked, dict) and bool(set(asked) - {"xms_cc"})


def json_response(status: int, body: dict[str, Any], trace: str | None = None) -> Response:
    """An answer with the headers of Entra's endpoints."""
    headers = {
        "Cache-Control": "no-store, no-cache",
        "Pragma": "no-cache",
        "Content-Type": "application/json; charset=utf-8",
        "Expires": "-1",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "x-ms-request-id": trace or str(uuid4()),
        "x-ms-ests-server": "2.1.22222.1 - SIM ProdSlices",
    }
    return Response(status, headers, orjson.dumps(body))
