"""One Graph call on its way through the service, its answer, and Graph's ways of saying no."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from uuid import uuid4

import orjson

from fleet.demo.service.faults import Thrown
from fleet.demo.service.state import TenantState
from fleet.demo.service.wire import Request

if TYPE_CHECKING:
    from fleet.demo.service.core import Service

JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
UNAUTHORISED = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)
ZERO_GUID = "00000000-0000-0000-0000-000000000000"


@dataclass(slots=True)
class Answer:
    """What a handler gives back: a payload still to be encoded, or nothing."""

    payload: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    directory: bool = False
    """An answer of the directory: it carries cache-control and the resource units used."""
    cut: bool = False
    """The connection is cut instead: nothing of the answer is sent."""


class Refusal(Exception):
    """A handler's way to end a call with an error answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(slots=True)
class Call:
    """One Graph call: who calls, what for, and everything a handler may ask."""

    service: "Service"
    state: TenantState
    request: Request
    version: str
    """v1.0 or beta."""
    path: str
    """Below the version, without a trailing slash."""
    params: tuple[str, ...] = ()
    """What the route's pattern captured."""
    permissions: frozenset[str] = frozenset()
    app: str = ""
    user: str | None = None
    """Entra id of the person who is signed in; None for an application by itself."""
    inner: bool = False
    """Part of a batch."""
    page: int | None = None
    """Which page of a list it turned out to be."""
    request_id: str = field(default_factory=lambda: str(uuid4()))
    _options: dict[str, str] | None = None

    @property
    def options(self) -> dict[str, str]:
        """Query options, decoded; names in lower case."""
        if self._options is None:
            self._options = {
                name.lower(): value for name, value in parse_qsl(self.request.query, keep_blank_values=True)
            }
        return self._options

    @property
    def base(self) -> str:
        """Address of the API version."""
        return f"{self.service.graph}/{self.version}"

    @property
    def client_request_id(self) -> str:
        """The caller's id for the call, or ours."""
        return self.request.headers.get("client-request-id") or self.request_id

    def strike(self, name: str, page: int | None = None) -> Thrown | None:
        """The switch of that name if it hits this call."""
        return self.service.faults.strike(name, self.state.directory.key, self.path, page)

    def prefers(self, wish: str) -> bool:
        """Whether the Prefer header holds a wish."""
        return wish in self.request.headers.get("prefer", "").replace(" ", "").lower()

    def json(self) -> dict[str, Any]:
        """The body as an object; raises `Refusal` (400) for anything else."""
        try:
            body = orjson.loads(self.request.body or b"{}")
        except orjson.JSONDecodeError as error:
            raise self.refuse(400, "BadRequest", "Unable to read JSON request payload.") from error
        if not isinstance(body, dict):
            raise self.refuse(400, "BadRequest", "Empty Payload. JSON content expected.")
        return body

    def refuse(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Refusal:
        """An error answer in Graph's own words."""
        return Refusal(Answer(self.error_body(code, message), status, headers or {}))

    def refuse_intune(self, status: int, code: str, phrase: str, *, twice: str | None = None) -> Refusal:
        """An error answer as Intune gives it: JSON in the message, nested once more under an ErrorCode (`twice`)."""
        message = nested_message(phrase, self.request_id, self.request.path, self.request.query)
        if twice is not None:
            wrapped = {"ErrorCode": twice, "Message": message} if twice else {"Message": message}
            message = orjson.dumps(wrapped).decode()
        return Refusal(Answer(self.error_body(code, message), status))

    def error_body(self, code: str, message: str) -> dict[str, Any]:
        """Graph's error object; the date has no zone."""
        return {
            "error": {
                "code": code,
                "message": message,
                "innerError": {
                    "date": f"{self.service.clock():%Y-%m-%dT%H:%M:%S}",
                    "request-id": self.request_id,
                    "client-request-id": self.client_request_id,
                },
            }
        }

    def context(self, entity_set: str, select: tuple[str, ...] | None = None, *, entity: bool = False) -> str:
        """The `@odata.context` of an answer."""
        chosen = f"({','.join(select)})" if select else ""
        return f"{self.base}/$metadata#{entity_set}{chosen}{'/$entity' if entity else ''}"


def nested_message(phrase: str, activity: str, path: str, query: str) -> str:
    """The text that Intune's gateway puts where a message should be."""
    below = path.partition("/deviceManagement")[2]
    tail = f"&{query}" if query else ""
    return orjson.dumps(
        {
            "_version": 3,
            "Message": f"{phrase} - Operation ID (for customer support): {ZERO_GUID} - Activity ID: {activity} - Url: "
            f"https://fef.msub01.manage.microsoft.com/DeviceFE/StatelessDeviceFEService/deviceManagement{below}"
            f"?api-version=2026-07-04{tail}",
            "CustomApiErrorPhrase": "",
            "RetryAfter": None,
            "ErrorSourceService": "",
            "HttpHeaders": "{}",
        },
        option=orjson.OPT_INDENT_2,
    ).decode()


def graph_time(moment: datetime) -> str:
    """A moment with seven digits, as GET by id writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"
