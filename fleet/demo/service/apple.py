"""A simulated Apple Business Manager: sign-in by client assertion, devices, services, AppleCare, and what goes wrong.

As the real one: cursors of no meaning, ids that are serials, JSON:API errors, 406 without an Accept header.
"""

import base64
import itertools
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import uuid4

import jwt
import orjson

from fleet.demo.directory import AppleDirectory
from fleet.demo.service.wire import Request, Response

if TYPE_CHECKING:
    from fleet.demo.service.core import Service

AUDIENCE = "https://account.apple.com/auth/oauth2/v2/token"
TOKEN_PATHS = ("/auth/oauth2/v2/token", "/auth/oauth2/token")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION = timedelta(days=180)
LARGEST_PAGE, USUAL_PAGE = 1000, 100
FAULTS = {
    "throttled": "429 with Retry-After in whole seconds (value)",
    "unavailable": "503",
    "expired_token": "every token issued so far is refused",
    "half_list": "only half of the devices exist, and nothing shows it",
    "torn_list": "the list of devices ends in the middle, and the total says so",
    "lost_link": "the page names a cursor and has no link to the next page",
    "repeated_link": "the link of the page leads to the same page",
    "foreign_link": "the link of the page leads to another host",
    "html_page": "200 with a web page",
    "refused": "403 FORBIDDEN_ERROR",
}


class AppleRefusal(Exception):
    """A way to end a call with an error answer."""

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers or {}


@dataclass(slots=True)
class AppleFault:
    """Something that goes wrong for an account, or for all."""

    name: str
    account: str | None
    times: int | None
    value: Any


class Apple:
    """Answers for the accounts that it was given; `throw` makes something go wrong for one of them or all."""

    def __init__(self, service: "Service", accounts: Iterable[AppleDirectory]) -> None:
        self._service = service
        self.accounts = {one.client_id: one for one in accounts}
        self.page_size = LARGEST_PAGE
        """The most rows of a page, whatever is asked for."""
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._seen: set[str] = set()
        self._on: list[AppleFault] = []
        self._lock = threading.Lock()
        self._serial = itertools.count(1)

    def throw(self, name: str, *, account: str | None = None, times: int | None = None, value: Any = None) -> None:
        """Turn a fault on for an account or all, for the next `times` calls or always. Raises `KeyError` for an unknown one."""
        FAULTS[name]
        with self._lock:
            self._on.append(AppleFault(name, account, times, value))

    def clear(self, name: str | None = None) -> None:
        """Turn a fault off, or all."""
        with self._lock:
            self._on = [one for one in self._on if name not in (None, one.name)]

    def on(self) -> list[AppleFault]:
        """What is turned on."""
        with self._lock:
            return list(self._on)

    def concerns(self, request: Request) -> bool:
        """Whether a request is for Apple and not for Microsoft."""
        return request.path in TOKEN_PATHS or request.path.startswith("/v1/")

    def answer(self, request: Request) -> tuple[Response, str | None]:
        """The answer and the key of the account that called, if it could be told."""
        try:
            if request.path in TOKEN_PATHS:
                return self._token(request)
            account = self._authenticate(request)
        except AppleRefusal as refusal:
            return _error(refusal), None
        try:
            self._spoil(account)
            if self._strikes("html_page", account):
                return Response(
                    200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><h1>Sign in to your network</h1>"
                ), account.key
            return _json(200, self._route(account, request)), account.key
        except AppleRefusal as refusal:
            return _error(refusal), account.key

    # --- sign-in

    def _token(self, request: Request) -> tuple[Response, str | None]:
        form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        account = self.accounts.get(form.get("client_id", ""))
        if (
            account is None
            or form.get("grant_type") != "client_credentials"
            or form.get("client_assertion_type") != ASSERTION_TYPE
            or form.get("scope") != "business.api"
            or not self._is_theirs(account, form.get("client_assertion", ""))
        ):
            return _json(400, {"error": "invalid_client"}), account.key if account else None
        token, lasts = f"apple.{next(self._serial)}.{uuid4().hex}", 3600
        with self._lock:
            self._tokens[token] = account.client_id, self._service.clock() + timedelta(seconds=lasts)
        body = {"access_token": token, "token_type": "Bearer", "expires_in": lasts, "scope": "business.api"}
        return _json(200, body), account.key

    def _is_theirs(self, account: AppleDirectory, assertion: str) -> bool:
        """Whether an assertion is signed by the account's key, names it, is for Apple, fits the time, and is new."""
        options: Any = {"verify_exp": False, "verify_iat": False, "require": ["exp", "iat", "jti", "iss", "sub"]}
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(
                assertion, account.public_key_pem, algorithms=["ES256"], audience=AUDIENCE, options=options
            )
        except (jwt.InvalidTokenError, ValueError, TypeError):
            return False
        now, skew = self._service.clock().timestamp(), 600
        fits = claims["iat"] - skew <= now <= claims["exp"] + skew
        short = claims["exp"] - claims["iat"] <= LONGEST_ASSERTION.total_seconds()
        theirs = claims["iss"] == claims["sub"] == account.client_id and header.get("kid") == account.key_id
        with self._lock:
            new = claims["jti"] not in self._seen
            self._seen.add(claims["jti"])
        return bool(fits and short and theirs and new)

    def _authenticate(self, request: Request) -> AppleDirectory:
        if "application/json" not in request.headers.get("accept", ""):
            raise AppleRefusal(406, "NOT_ACCEPTABLE", "Ask for application/json.")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        with self._lock:
            client, until = self._tokens.get(token, ("", self._service.clock()))
        account = self.accounts.get(client)
        if account is not None and self._strikes("expired_token", account):
            with self._lock:
                self._tokens.clear()
            account = None
        if account is None or until <= self._service.clock():
            raise AppleRefusal(401, "NOT_AUTHORIZED", "The access token has expired or is not known.")
        return account

    # --- what is asked

    def _route(self, account: AppleDirectory, request: Request) -> dict[str, Any]:
        parts = request.path.removeprefix("/v1/").strip("/").split("/")
        match parts:
            case ["orgDevices"]:
                return self._list(account, request, "orgDevices", self._devices(account), account.devices)
            case ["orgDevices", serial]:
                return {"data": _entity("orgDevices", serial, _known(account.devices, serial)), "links": {}}
            case ["orgDevices", serial, "appleCareCoverage"]:
                _known(account.devices, serial)
                held = {f"{serial}-{place}": one for place, one in enumerate(account.coverage.get(serial, ()))}
                return self._list(account, request, "appleCareCoverage", list(held), held)
            case ["orgDevices", serial, "relationships", "assignedServer"]:
                _known(account.devices, serial)
                server = account.assigned.get(serial)
                if server is None:
                    raise AppleRefusal(404, "NOT_FOUND", "The device is assigned to no service.")
                return {"data": {"type": "mdmServers", "id": server}, "links": {}}
            case ["mdmServers"]:
                return self._list(account, request, "mdmServers", list(account.servers), account.servers)
            case ["mdmServers", server, "relationships", "devices"]:
                _known(account.servers, server)
                rows = [one for one, there in account.assigned.items() if there == server]
                return self._list(account, request, "orgDevices", rows, None)
        raise AppleRefusal(404, "NOT_FOUND", "There is no such address.")

    def _devices(self, account: AppleDirectory) -> list[str]:
        serials = list(account.devices)
        return serials[::2] if self._strikes("half_list", account) else serials

    def _list(
        self,
        account: AppleDirectory,
        request: Request,
        kind: str,
        ids: list[str],
        held: dict[str, dict[str, Any]] | None,
    ) -> dict[str, Any]:
        """A page; `held` None makes it one of ids alone."""
        options = {name: values[0] for name, values in parse_qs(request.query).items()}
        wanted = options.get("limit", str(USUAL_PAGE))
        if not wanted.isdigit() or not 1 <= int(wanted) <= LARGEST_PAGE:
            raise AppleRefusal(400, "PARAMETER_ERROR.INVALID", "limit must be from 1 to 1000.")
        size, start = min(int(wanted), self.page_size), _place(options.get("cursor"))
        shown = ids[start : start + size]
        rows = [{"type": kind, "id": one} if held is None else _entity(kind, one, held[one]) for one in shown]
        paging: dict[str, Any] = {"limit": size, "total": len(ids)}
        links = {"self": f"{self._service.graph}{request.path}"}
        if start + size < len(ids):
            cursor = paging["nextCursor"] = _cursor(start + size)
            links["next"] = f"{self._service.graph}{request.path}?cursor={cursor}&limit={wanted}"
        body = {"data": rows, "links": links, "meta": {"paging": paging}}
        if kind == "orgDevices" and held is not None:
            self._spoil_page(account, request, body)
        return body

    # --- what goes wrong

    def _strikes(self, name: str, account: AppleDirectory) -> AppleFault | None:
        with self._lock:
            for thrown in self._on:
                if thrown.name == name and thrown.account in (None, account.key) and thrown.times != 0:
                    if thrown.times is not None:
                        thrown.times -= 1
                    return thrown
        return None

    def _spoil(self, account: AppleDirectory) -> None:
        if thrown := self._strikes("throttled", account):
            headers = {"Retry-After": str(thrown.value or 1)}
            raise AppleRefusal(429, "RATE_LIMIT_EXCEEDED", "Too many requests.", headers)
        if self._strikes("unavailable", account):
            raise AppleRefusal(503, "SERVICE_UNAVAILABLE", "Try again later.")
        if self._strikes("refused", account):
            raise AppleRefusal(403, "FORBIDDEN_ERROR", "The API account's role does not allow it.")

    def _spoil_page(self, account: AppleDirectory, request: Request, body: dict[str, Any]) -> None:
        links = body["links"]
        if self._strikes("torn_list", account):
            body["data"] = body["data"][: len(body["data"]) // 2]
            links.pop("next", None)
            body["meta"]["paging"].pop("nextCursor", None)
        if self._strikes("lost_link", account):
            body["meta"]["paging"]["nextCursor"] = _cursor(len(body["data"]))
            links.pop("next", None)
        if self._strikes("repeated_link", account):
            links["next"] = f"{self._service.graph}{request.path}?{request.query}"
        if self._strikes("foreign_link", account):
            links["next"] = "https://api-business.example.net/v1/orgDevices?cursor=stolen"


def _known(held: dict[str, dict[str, Any]], key: str) -> dict[str, Any]:
    if key not in held:
        raise AppleRefusal(404, "NOT_FOUND", "There is no such resource.")
    return held[key]


def _entity(kind: str, key: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "id": key, "attributes": attributes}


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(f"MDow:{start}".encode()).decode().rstrip("=")


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(":")[2])
    except ValueError as error:
        raise AppleRefusal(400, "PARAMETER_ERROR.INVALID", "The cursor is not valid.") from error


def _json(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(status, {"Content-Type": "application/json", **(headers or {})}, orjson.dumps(body))


def _error(refusal: AppleRefusal) -> Response:
    one = {
        "id": str(uuid4()), "status": str(refusal.status), "code": refusal.code, "title": refusal.code.capitalize(),
        "detail": refusal.detail,
    }  # fmt: skip
    return _json(refusal.status, {"errors": [one]}, refusal.headers)
