"""Mail that an application sends, and files that it puts into a drive by an upload session."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from fleet.demo.service.call import Answer, Call, graph_time
from fleet.demo.service.wire import Request, Response

if TYPE_CHECKING:
    from fleet.demo.service.core import Service
    from fleet.demo.service.state import TenantState

LARGEST_MAIL = 4 << 20
"""Bytes of a request that sendMail takes."""
GRAIN = 320 << 10
"""Pieces of an upload are multiples of it, but for the last."""
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class SentMail:
    """A message that the service took."""

    sender: str
    message: dict[str, Any]


@dataclass(slots=True)
class Upload:
    """A file on its way."""

    drive: str
    path: str
    behaviour: str
    expires: str
    content: bytearray = field(default_factory=bytearray)


def send_mail(call: Call) -> Answer:
    """Take a message; raises `Refusal` for one without a recipient, or that is too large."""
    if call.strike("mail_cut"):
        return Answer(status=202, cut=True)
    if len(call.request.body) > LARGEST_MAIL:
        raise call.refuse(413, "RequestEntityTooLarge", "The request entity is too large.")
    message = call.json().get("message")
    if not isinstance(message, dict) or not message.get("toRecipients"):
        raise call.refuse(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
    if call.strike("mail_refused"):
        raise call.refuse(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    call.state.mails.append(SentMail(call.params[0], message))
    if call.strike("mail_accepted_cut"):
        return Answer(status=202, cut=True)
    if call.strike("mail_accepted_504"):
        raise call.refuse(504, "UnknownError", "")
    return Answer(status=202)


def get_item(call: Call) -> Answer:
    """A file of a drive by its path."""
    drive, path = call.params
    content = call.state.files.get((drive, path.casefold()))
    if content is None:
        raise call.refuse(404, "itemNotFound", "The resource could not be found.")
    return Answer(_item(path, content))


def create_upload(call: Call) -> Answer:
    """Open an upload session."""
    drive, path = call.params
    behaviour = (call.json().get("item") or {}).get("@microsoft.graph.conflictBehavior", "replace")
    if behaviour == "fail" and (drive, path.casefold()) in call.state.files:
        raise call.refuse(409, "nameAlreadyExists", "The specified item name already exists.")
    if call.strike("drive_full"):
        raise call.refuse(507, "quotaLimitReached", "Insufficient Space Available")
    expires = graph_time(call.service.clock() + timedelta(days=1))
    key = uuid4().hex
    call.state.uploads[key] = Upload(drive, path, behaviour, expires)
    address = f"{call.service.blob}/upload/{call.state.directory.tenant_id}/{key}?tempauth={_signature(key)}"
    return Answer({"uploadUrl": address, "expirationDateTime": expires, "nextExpectedRanges": ["0-"]})


def receive(service: "Service", request: Request) -> tuple[Response, str | None]:
    """The host of the uploads: whoever has the address may write; a token is refused."""
    _, _, tenant, key = (request.path.split("/") + [""] * 4)[:4]
    state = service.find_state(tenant)
    upload = state.uploads.get(key) if state else None
    if state is None or f"tempauth={_signature(key)}" != request.query or "authorization" in request.headers:
        return _say(401, {"error": {"code": "unauthenticated", "message": "Token not valid for this resource"}}), None
    name = state.directory.key
    if service.faults.strike("upload_gone", name):
        state.uploads.pop(key, None)
        upload = None
    if upload is None:
        return _say(404, {"error": {"code": "itemNotFound", "message": "The upload session was not found"}}), name
    if request.method == "GET":
        return _say(200, _standing(upload)), name
    if service.faults.strike("upload_unavailable", name):
        return _say(503, {"error": {"code": "serviceNotAvailable", "message": ""}}), name
    answer = _take(state, key, upload, request)
    if service.faults.strike("upload_accepted_cut", name):
        return Response(answer.status, {}, cut_after=-1), name
    return answer, name


def _take(state: "TenantState", key: str, upload: Upload, request: Request) -> Response:
    found = _RANGE.fullmatch(request.headers.get("content-range", ""))
    if request.method != "PUT" or found is None:
        return _say(400, {"error": {"code": "invalidRequest", "message": "Invalid Content-Range header value"}})
    first, last, total = (int(part) for part in found.groups())
    if first != len(upload.content):
        return _say(416, {"error": {"code": "invalidRange", "message": "Fragment already received"}})
    odd = last + 1 < total and (last + 1 - first) % GRAIN
    if last + 1 - first != len(request.body) or odd or last >= total:
        return _say(400, {"error": {"code": "invalidRequest", "message": "The fragment has the wrong length"}})
    upload.content += request.body
    if len(upload.content) < total:
        return _say(202, _standing(upload))
    del state.uploads[key]
    place = (upload.drive, upload.path.casefold())
    if upload.behaviour == "fail" and place in state.files:
        return _say(409, {"error": {"code": "nameAlreadyExists", "message": "The specified item name already exists."}})
    state.files[place] = bytes(upload.content)
    return _say(201, _item(upload.path, state.files[place]))


def _standing(upload: Upload) -> dict[str, Any]:
    return {"expirationDateTime": upload.expires, "nextExpectedRanges": [f"{len(upload.content)}-"]}


def _item(path: str, content: bytes) -> dict[str, Any]:
    name = path.rpartition("/")[2]
    return {
        "id": hashlib.sha256(path.casefold().encode()).hexdigest()[:34].upper(),
        "name": name,
        "size": len(content),
        "file": {},
    }


def _signature(key: str) -> str:
    return hashlib.sha256(f"upload/{key}".encode()).hexdigest()[:40]


def _say(status: int, body: dict[str, Any]) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(body).encode())
