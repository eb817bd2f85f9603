"""`$batch`: up to twenty calls in one, answered in any order, each with a status of its own."""

import random
from typing import Any
from urllib.parse import unquote

import orjson

from fleet.demo.service.call import JSON_TYPE, Answer, Call
from fleet.demo.service.wire import Request

MOST = 20
_ITEM_FAULTS = {
    "batch_item_throttled": (429, "TooManyRequests", "An error has occurred."),
    "batch_item_missing": (404, "ResourceNotFound", "The device was not found."),
    "batch_item_error": (500, "InternalServerError", "An internal server error has occurred."),
}


def batch(call: Call) -> Answer:
    """Answer each item as if it had come alone, and shuffle the answers."""
    items = _items(call)
    spoiled = _spoiled(call, items)
    done: dict[str, dict[str, Any]] = {}
    for item in items:
        name = item["id"]
        if any(done.get(other, {}).get("status", 424) >= 400 for other in item.get("dependsOn") or ()):
            done[name] = _entry(name, Answer(call.error_body("FailedDependency", "A dependency has failed."), 424))
        elif name in spoiled:
            done[name] = _entry(name, spoiled[name])
        else:
            done[name] = _entry(name, call.service.graph_side.answer_inner(call, _inner_request(call, item)))
    responses = list(done.values())
    random.Random(call.request_id).shuffle(responses)
    return Answer({"responses": responses})


def _items(call: Call) -> list[dict[str, Any]]:
    items = call.json().get("requests")
    if not isinstance(items, list) or not items:
        raise call.refuse(400, "BadRequest", "Invalid batch payload format.")
    if len(items) > MOST:
        raise call.refuse(400, "BadRequest", f"Number of batch request steps exceeds the maximum value of {MOST}.")
    seen: set[str] = set()
    for item in items:
        _check_item(call, item, seen)
    return items


def _check_item(call: Call, item: Any, seen: set[str]) -> None:
    if not isinstance(item, dict) or not all(isinstance(item.get(key), str) for key in ("id", "method", "url")):
        raise call.refuse(400, "BadRequest", "Invalid batch payload format.")
    name = item["id"]
    if name in seen:
        raise call.refuse(400, "BadRequest", f"Request Id {name} has to be unique in a batch.")
    unknown = [other for other in item.get("dependsOn") or () if other not in seen]
    if unknown:
        raise call.refuse(400, "BadRequest", f"Request Id {unknown[0]} in dependsOn is not found.")
    if item["url"].startswith(("http://", "https://")):
        raise call.refuse(400, "BadRequest", "Only relative URLs are supported in a batch.")
    headers = {key.lower() for key in item.get("headers") or {}}
    if "body" in item and "content-type" not in headers:
        raise call.refuse(400, "BadRequest", f"Write request id : {name} does not contain Content-Type header or body.")
    seen.add(name)


def _spoiled(call: Call, items: list[dict[str, Any]]) -> dict[str, Answer]:
    """The items that a switch answers instead of the service."""
    spoiled: dict[str, Answer] = {}
    for switch, (status, code, message) in _ITEM_FAULTS.items():
        if thrown := call.strike(switch):
            headers = {"Retry-After": "1"} if status == 429 else {}
            names = [item["id"] for item in items if item["id"] not in spoiled][: int(thrown.value)]
            spoiled |= {name: Answer(call.error_body(code, message), status, dict(headers)) for name in names}
    return spoiled


def _inner_request(call: Call, item: dict[str, Any]) -> Request:
    path, _, query = item["url"].partition("?")
    headers = {key.lower(): str(value) for key, value in (item.get("headers") or {}).items()}
    headers.setdefault("client-request-id", call.client_request_id)
    return Request(
        method=item["method"].upper(),
        path=f"/{call.version}/{unquote(path).lstrip('/')}",
        query=query,
        headers=headers,
        body=orjson.dumps(item["body"]) if "body" in item else b"",
        host=call.request.host,
    )


def _entry(name: str, answer: Answer) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": name, "status": answer.status, "headers": dict(answer.headers)}
    if answer.payload is not None:
        entry["headers"]["Content-Type"] = JSON_TYPE if answer.status < 400 else "application/json"
        entry["body"] = answer.payload
    return entry
