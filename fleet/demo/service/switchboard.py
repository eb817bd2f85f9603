"""The switches of the service over HTTPS, for whoever points another program at it: `/faults`.

GET lists them with those that are on, POST `/faults/NAME?times=2&path=users` throws one, DELETE turns one or all off.
Those of Apple Business Manager begin with `apple_`; of them `tenant` (the account), `times` and `value` are taken.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import orjson

from fleet.demo.service.apple import FAULTS as OF_APPLE
from fleet.demo.service.apple import Apple
from fleet.demo.service.faults import CATALOGUE, Faults, Thrown
from fleet.demo.service.wire import Request, Response

PLACE = "faults"
"""First part of the path of every address here."""
APPLE = "apple_"
_WISHES = frozenset({"tenant", "times", "page", "path", "value"})


def switchboard(faults: Faults, apple: Apple, request: Request) -> Response:
    """Answer a request to the switches; what makes no sense is a 400 that says why."""
    name = request.path.lower().strip("/").partition("/")[2]
    if name and not _is_known(name):
        return _said(HTTPStatus.NOT_FOUND, f"There is no switch called {name}. GET /{PLACE} lists them.")
    if request.method == "GET" and not name:
        return _answer(HTTPStatus.OK, {"switches": _switches(), "on": _on(faults, apple)})
    if request.method == "DELETE":
        _end(faults, apple, name)
        return _answer(HTTPStatus.OK, {"on": _on(faults, apple)})
    if request.method != "POST" or not name:
        return _said(
            HTTPStatus.METHOD_NOT_ALLOWED, f"GET /{PLACE}, POST /{PLACE}/NAME, DELETE /{PLACE} or /{PLACE}/NAME."
        )
    try:
        _throw(faults, apple, name, wishes(parse_qsl(request.query, keep_blank_values=True)))
    except ValueError as error:
        return _said(HTTPStatus.BAD_REQUEST, str(error))
    return _answer(HTTPStatus.OK, {"on": _on(faults, apple)})


def throw_as_typed(faults: Faults, apple: Apple, text: str) -> None:
    """Throw what `NAME` or `NAME:times=2,path=users` names; raises `ValueError` in words."""
    name, _, rest = text.partition(":")
    if not _is_known(name):
        known = sorted([*CATALOGUE, *(APPLE + one for one in OF_APPLE)])
        raise ValueError(f"There is no switch called {name}. There are {', '.join(known)}.")
    pairs = [one.partition("=") for one in rest.split(",") if one]
    _throw(faults, apple, name, wishes((key, value) for key, _, value in pairs))


def _is_known(name: str) -> bool:
    return name in CATALOGUE or (name.removeprefix(APPLE) in OF_APPLE and name.startswith(APPLE))


def _throw(faults: Faults, apple: Apple, name: str, wanted: dict[str, Any]) -> None:
    if not name.startswith(APPLE):
        faults.throw(name, **wanted)
        return
    if wrong := wanted.keys() - {"tenant", "times", "value"}:
        raise ValueError(f"{name} takes tenant, times and value, not {', '.join(sorted(wrong))}.")
    apple.throw(name.removeprefix(APPLE), account=wanted.pop("tenant", None), **wanted)


def _end(faults: Faults, apple: Apple, name: str) -> None:
    if not name or not name.startswith(APPLE):
        faults.clear(name or None)
    if not name or name.startswith(APPLE):
        apple.clear(name.removeprefix(APPLE) or None)


def wishes(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """How a switch is to be thrown, from `name=value` texts; raises `ValueError` in words."""
    found: dict[str, Any] = {}
    for name, text in pairs:
        if name not in _WISHES:
            raise ValueError(f"{name} is none of {', '.join(sorted(_WISHES))}.")
        if name in ("times", "page"):
            if not text.isdecimal() or len(text) > 6:
                raise ValueError(f"{name} must be a number, not {text!r}.")
            found[name] = int(text)
        elif name == "value":
            found[name] = _value(text)
        else:
            found[name] = text
    return found


def _value(text: str) -> Any:
    """A number where it is one: `value=0.5`; else the text, as with `value=no_id`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _switches() -> list[dict[str, Any]]:
    return [
        *({"name": one.name, "place": one.place, "what": one.doc, "value": one.value, "times": one.times}
          for one in CATALOGUE.values()),
        *({"name": APPLE + name, "place": "apple", "what": what, "value": None, "times": None}
          for name, what in OF_APPLE.items()),
    ]  # fmt: skip


def _on(faults: Faults, apple: Apple) -> list[dict[str, Any]]:
    ours = [
        {"name": APPLE + one.name, "tenant": one.account, "times": one.times, "value": one.value} for one in apple.on()
    ]
    return [*_thrown(faults.on()), *ours]


def _thrown(thrown: Iterable[Thrown]) -> list[dict[str, Any]]:
    return [
        {"name": one.switch.name, "tenant": one.tenant, "times": one.times, "page": one.page, "path": one.path,
         "value": one.value, "hits": one.hits}
        for one in thrown
    ]  # fmt: skip


def _said(status: HTTPStatus, why: str) -> Response:
    return _answer(status, {"error": {"message": why}})


def _answer(status: HTTPStatus, payload: object) -> Response:
    return Response(status.value, {"Content-Type": "application/json"}, orjson.dumps(payload))
