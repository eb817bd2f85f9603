"""The Graph side: who calls, may they, is there room, which handler, and how the answer is sent."""

import gzip
from typing import TYPE_CHECKING

import orjson

from fleet.demo.service import mischief
from fleet.demo.service.call import JSON_TYPE, Answer, Call, Refusal
from fleet.demo.service.routes import Route, find_route, plain_path
from fleet.demo.service.state import TenantState
from fleet.demo.service.throttle import retry_after
from fleet.demo.service.tokens import Access, TokenRefused
from fleet.demo.service.users import cost_of
from fleet.demo.service.wire import Request, Response

if TYPE_CHECKING:
    from fleet.demo.service.core import Service

VERSIONS = ("v1.0", "beta")
DIAGNOSTIC = (
    '{"ServerInfo":{"DataCenter":"UK South","Slice":"E","Ring":"3","ScaleUnit":"000","RoleInstance":"LO2SIM00000001"}}'
)
WORTH_PACKING = 1024
"""Bytes below which an answer is not compressed."""
WEB_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in to your network</h1></body></html>"
)


class Graph:
    """Answers everything below `/v1.0` and `/beta`."""

    def __init__(self, service: "Service") -> None:
        self._service = service

    def answer(self, request: Request) -> tuple[Response, str | None]:
        """The answer and the key of the tenant that called, if the token told."""
        version, _, rest = request.path.lstrip("/").partition("/")
        call = Call(self._service, self._service.first_state(), request, version.lower(), plain_path(rest))
        try:
            access, state = self._authenticate(call)
        except Refusal as refusal:
            return self._send(call, refusal.answer), None
        call.state, call.permissions, call.app, call.user = state, access.permissions, access.app, access.user_id
        key = state.directory.key
        state.notice()
        self._service.progress(state)
        try:
            mischief.before_request(call)
            self._check_standing(call, access)
            answer = self._keep_or_make(call)
        except Refusal as refusal:
            answer = refusal.answer
        return (answer if isinstance(answer, Response) else self._send(call, answer)), key

    def answer_inner(self, outer: Call, request: Request) -> Answer:
        """The answer to one item of a batch."""
        version, _, rest = request.path.lstrip("/").partition("/")
        call = Call(self._service, outer.state, request, version, plain_path(rest), inner=True)
        call.permissions, call.app = outer.permissions, outer.app
        try:
            mischief.before_request(call)
            answer = self._handle(call, self._prepare(call))
        except Refusal as refusal:
            answer = refusal.answer
        self._service.log_inner(request, answer.status, outer.state.directory.key)
        return answer

    def _authenticate(self, call: Call) -> tuple[Access, TenantState]:
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise mischief.refuse_token(call, "Access token is empty.")
        try:
            access = self._service.mint.verify(token.strip(), self._service.clock())
        except TokenRefused as refused:
            raise mischief.refuse_token(call, str(refused)) from refused
        state = self._service.find_state(access.tenant_id)
        if state is None or state.directory.app(access.app) is None:
            message = "The identity of the calling application could not be established."
            raise call.refuse(401, "Authorization_IdentityNotFound", message)
        call.state = state
        if access.serial <= state.revoked_upto:
            raise mischief.refuse_token(call, "Lifetime validation failed, the token is expired.")
        return access, state

    def _check_standing(self, call: Call, access: Access) -> None:
        """A claims challenge stands until it was met, and for tokens older than the one that met it."""
        if call.state.challenged or access.serial < call.state.challenge_met_by:
            raise mischief.refuse_claims(call)

    def _prepare(self, call: Call) -> Route:
        """The route of the call, once permission and limits are checked; raises `Refusal`."""
        found = find_route(call.request.method, call.path)
        if isinstance(found, int):
            last = call.path.rpartition("/")[2]
            if found == 405:
                raise call.refuse(
                    405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."
                )
            raise call.refuse(400, "BadRequest", f"Resource not found for the segment '{last}'.")
        route, call.params = found
        self._throttle(call, route)
        self._authorise(call, route)
        return route

    def _authorise(self, call: Call, route: Route) -> None:
        for scopes in route.scopes:
            if not scopes & call.permissions:
                if route.intune:
                    raise mischief.refuse_permission(call, ", ".join(sorted(scopes)))
                message = "Insufficient privileges to complete the operation."
                raise call.refuse(403, "Authorization_RequestDenied", message)

    def _throttle(self, call: Call, route: Route) -> None:
        if call.path == "$batch":
            return
        wait = self._service.throttle.take(
            route.family,
            call.state.directory.key,
            call.app,
            write=call.request.method != "GET",
            cost=cost_of(call) if route.family == "identity" else 1,
        )
        if wait is not None:
            body = call.error_body("TooManyRequests", "An error has occurred.")
            body["error"]["details"] = []
            raise Refusal(Answer(body, 429, {"Retry-After": retry_after(wait)}))

    def _handle(self, call: Call, route: Route) -> Answer:
        answer = route.handler(call)
        if answer.directory:
            answer.headers |= {"Cache-Control": "no-cache", "x-ms-resource-unit": str(cost_of(call))}
        return answer

    def _keep_or_make(self, call: Call) -> Answer | Response:
        """The answer of the handler; a page of the list is kept encoded as long as nothing can change it."""
        route = self._prepare(call)
        key = call.state.directory.key
        places = ("list", "request", "bytes")
        if not route.cached or any(self._service.faults.any_at(place, key) for place in places):  # type: ignore[arg-type]
            return self._handle(call, route)
        packed = accepts_gzip(call.request)
        wish = call.request.headers.get("prefer", "")
        generation = call.state.generation
        cache_key = (call.version, call.path.lower(), call.request.query, wish, str(packed))
        body = call.state.pages.get(cache_key)
        if body is None:
            answer = self._handle(call, route)
            body = orjson.dumps(answer.payload)
            if packed:
                body = gzip.compress(body, compresslevel=1, mtime=0)
            if generation == call.state.generation:
                call.state.pages.put(cache_key, body)
        return Response(200, self._headers(call, Answer(), packed=packed), body)

    def _send(self, call: Call, answer: Answer) -> Response:
        if answer.cut:
            return Response(answer.status, {}, cut_after=-1)
        if answer.payload is None:
            return Response(answer.status, self._headers(call, answer, packed=False))
        body = orjson.dumps(answer.payload)
        key = call.state.directory.key
        if self._service.faults.any_at("bytes", key):
            spoiled = self._spoil(call, answer, body)
            if spoiled is not None:
                return spoiled
        packed = accepts_gzip(call.request) and len(body) >= WORTH_PACKING
        if packed:
            body = gzip.compress(body, compresslevel=1, mtime=0)
        return Response(answer.status, self._headers(call, answer, packed=packed), body)

    def _spoil(self, call: Call, answer: Answer, body: bytes) -> Response | None:
        headers = self._headers(call, answer, packed=False)
        if call.strike("dropped", call.page):
            return Response(answer.status, headers, body, cut_after=len(body) // 2)
        if call.strike("truncated_json", call.page):
            return Response(answer.status, headers, body[: len(body) // 2])
        if call.strike("html_page", call.page):
            return Response(200, {**headers, "Content-Type": "text/html; charset=utf-8"}, WEB_PAGE)
        return None

    def _headers(self, call: Call, answer: Answer, *, packed: bool) -> dict[str, str]:
        headers = {
            "Vary": "Accept-Encoding",
            "Strict-Transport-Security": "max-age=31536000",
            "request-id": call.request_id,
            "client-request-id": call.client_request_id,
            "x-ms-ags-diagnostic": DIAGNOSTIC,
        }
        if answer.status < 400:
            headers |= {"OData-Version": "4.0", "Content-Type": JSON_TYPE}
        else:
            headers["Content-Type"] = "application/json"
        if packed:
            headers["Content-Encoding"] = "gzip"
        if answer.payload is None and answer.status == 204:
            del headers["Content-Type"]
        return headers | answer.headers


def accepts_gzip(request: Request) -> bool:
    """Whether the caller takes a compressed answer."""
    return "gzip" in request.headers.get("accept-encoding", "").lower()
