"""Interactive sign-in: a page with a plain form instead of Microsoft's, an authorization code, PKCE, a loopback redirect."""

import base64
import hashlib
import hmac
import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from fleet.demo.service.refusal import EntraRefusal
from fleet.demo.service.state import TenantState
from fleet.demo.service.tokens import new_secret_text
from fleet.demo.service.wire import Request, Response

if TYPE_CHECKING:
    from fleet.demo.service.core import Service

CODE_LIFE = timedelta(minutes=10)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Where the redirect of a program on this machine leads; Entra ignores the port of these."""
CARRIED = (
    "client_id", "response_type", "response_mode", "redirect_uri", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method",
)  # fmt: skip
"""Parameters of the request that the form carries on."""
SHOWN = 50
"""People that the form offers; anybody else can be typed."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><main><h1>{title}</h1>
{body}
</main></body></html>
"""


@dataclass(slots=True)
class Granted:
    """A code that waits to be redeemed, and what it was given for."""

    tenant_id: str
    app: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str
    user_id: str
    expires: datetime
    redeemed: bool = False


class Authorize:
    """The sign-in page, and the codes it gave."""

    def __init__(self, service: "Service") -> None:
        self._service = service
        self._granted: dict[str, Granted] = {}

    def answer(self, state: TenantState, request: Request) -> Response:
        """The form (GET), or where it leads (POST). Raises `EntraRefusal` for a request that nobody may be sent back with."""
        if request.method not in ("GET", "POST"):
            raise EntraRefusal(405, "invalid_request", 900561, "The endpoint only accepts GET and POST requests.")
        sent = request.query if request.method == "GET" else request.body.decode("utf-8", "replace")
        asked = dict(parse_qsl(sent, keep_blank_values=True))
        _check_place(state, asked)
        wrong = _wrong_with(asked)
        if wrong is not None:
            return _back(asked, {"error": "invalid_request", "error_description": wrong})
        if request.method == "GET":
            return _form(state, asked)
        if "cancel" in asked:
            said = "AADSTS65004: User declined to consent to access the app."
            return _back(asked, {"error": "access_denied", "error_description": said})
        user = state.user(asked.get("user", "").strip())
        if user is None or user.get("accountEnabled") is False:
            number = "50034: The user account does not exist" if user is None else "50057: The user account is disabled"
            return _form(state, asked, f"AADSTS{number} in the {state.directory.display_name} directory.")
        return _back(asked, {"code": self._grant(state, asked, user["id"])})

    def redeem(self, state: TenantState, form: Mapping[str, str]) -> Granted:
        """What a code was given for; it is good once, for its app, its address and its verifier. Raises `EntraRefusal`."""
        granted = self._granted.get(form.get("code", ""))
        if granted is None or granted.tenant_id != state.directory.tenant_id:
            raise EntraRefusal(400, "invalid_grant", 9002313, "Invalid request. The code is malformed or unknown.")
        if granted.redeemed:
            raise EntraRefusal(400, "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.")
        if granted.expires < self._service.clock():
            raise EntraRefusal(400, "invalid_grant", 70008, "The provided authorization code has expired.")
        if form.get("redirect_uri") != granted.redirect_uri:
            raise EntraRefusal(
                400, "invalid_grant", 500112, "The redirect URI of the token request is not the one of the authorize request."
            )  # fmt: skip
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if not hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), granted.challenge):
            raise EntraRefusal(
                400, "invalid_grant", 501481, "The Code_Verifier does not match the code_challenge of the authorization request."
            )  # fmt: skip
        granted.redeemed = True
        return granted

    def _grant(self, state: TenantState, asked: Mapping[str, str], user_id: str) -> str:
        code = new_secret_text()
        self._granted[code] = Granted(
            tenant_id=state.directory.tenant_id,
            app=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            scope=asked.get("scope", ""),
            nonce=asked.get("nonce"),
            challenge=asked["code_challenge"],
            user_id=user_id,
            expires=self._service.clock() + CODE_LIFE,
        )
        return code


def _check_place(state: TenantState, asked: Mapping[str, str]) -> None:
    """The app must be known and the redirect lead to this machine; else nothing may be sent anywhere."""
    app, place = asked.get("client_id", ""), asked.get("redirect_uri", "")
    if state.directory.app(app) is None:
        raise EntraRefusal(
            400, "unauthorized_client", 700016, f"Application with identifier '{app}' was not found in the directory."
        )
    parts = urlsplit(place)
    if (
        parts.scheme != "http"
        or parts.netloc.rpartition("@")[2].partition(":")[0] not in LOOPBACK
        or "@" in parts.netloc
    ):
        raise EntraRefusal(
            400,
            "invalid_request",
            50011,
            f"The redirect URI '{place}' does not match those configured for the application.",
        )


def _wrong_with(asked: Mapping[str, str]) -> str | None:
    if asked.get("response_type") != "code":
        return "AADSTS700054: response_type must be code for this application."
    if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
        return "AADSTS9002325: Proof Key for Code Exchange is required for authorization code redemption."
    return None


def _form(state: TenantState, asked: Mapping[str, str], problem: str = "") -> Response:
    carried = "\n".join(_hidden(name, asked[name]) for name in CARRIED if name in asked)
    people = [
        one["userPrincipalName"] for one in list(state.directory.users.values())[:SHOWN] if one.get("userPrincipalName")
    ]
    choices = "".join(f'<option value="{html.escape(one)}">' for one in people)
    hint = html.escape(asked.get("user") or asked.get("login_hint", ""))
    said = f'<p role="alert">{html.escape(problem)}</p>\n' if problem else ""
    body = (
        f"{said}<p>{html.escape(asked.get('scope', ''))}</p>\n"
        f'<form method="post">\n{carried}\n'
        f'<label>Account <input name="user" list="people" value="{hint}" autofocus></label>\n'
        f'<datalist id="people">{choices}</datalist>\n'
        '<button>Sign in</button> <button name="cancel" value="1">Cancel</button>\n</form>'
    )
    return _page(f"Sign in to {state.directory.display_name}", body)


def _back(asked: Mapping[str, str], said: Mapping[str, str]) -> Response:
    """To the program that asked: by redirect, or by a form that sends itself."""
    fields = {**said, **({"state": asked["state"]} if "state" in asked else {})}
    place = asked["redirect_uri"]
    if asked.get("response_mode") == "form_post":
        hidden = "\n".join(_hidden(name, value) for name, value in fields.items())
        body = (
            f'<form method="post" action="{html.escape(place)}">\n{hidden}\n<button>Continue</button>\n</form>\n'
            "<script>document.forms[0].submit()</script>"
        )
        return _page("Signing in", body)
    joint = "&" if urlsplit(place).query else "?"
    return Response(302, {"Location": f"{place}{joint}{urlencode(fields)}", "Cache-Control": "no-store, no-cache"})


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'


def _page(title: str, body: str) -> Response:
    text = _PAGE.format(title=html.escape(title), body=body)
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store, no-cache"}
    return Response(200, headers, text.encode())
