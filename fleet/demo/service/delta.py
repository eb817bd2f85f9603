"""`/users/delta`: what has changed in the directory since a token, computed between two states of it.

Each token remembers what its owner saw. The first call fixes `$select`; the pages of an answer, and the token at its
end, belong to the moment of that call, so nothing that changes meanwhile falls into the gap.
"""

import itertools
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from fleet.demo.directory import Entity
from fleet.demo.service import mischief
from fleet.demo.service.call import Answer, Call, Refusal
from fleet.demo.service.users import DEFAULT_PROPERTIES, chosen, property_of

TOKEN_LIFE = timedelta(days=7)
KEPT = 32
"""How many tokens and how many unfinished answers are remembered per tenant."""

UserState = tuple[Any, ...] | None
"""The selected values of a living user; None for one in the recycle bin."""


@dataclass(slots=True)
class Seen:
    """What the owner of a delta token has seen."""

    select: tuple[str, ...]
    issued: datetime
    users: dict[str, UserState]


@dataclass(slots=True)
class Walk:
    """An answer that is being read page by page."""

    seen: Seen
    rows: list[Entity]
    shown_empty: set[int] = field(default_factory=set)
    """Positions before which an empty page has been sent."""


@dataclass(slots=True)
class DeltaLog:
    """The delta tokens and unfinished answers of one tenant."""

    tokens: OrderedDict[str, Seen] = field(default_factory=OrderedDict)
    walks: OrderedDict[str, Walk] = field(default_factory=OrderedDict)

    def remember(self, seen: Seen) -> str:
        """A new token for what was seen; equal states are kept once."""
        for known in self.tokens.values():
            if known.select == seen.select and known.users == seen.users:
                seen.users = known.users
                break
        return _keep(self.tokens, seen)

    def begin(self, walk: Walk) -> str:
        """A name for an answer of several pages."""
        return _keep(self.walks, walk)


def _keep(store: OrderedDict[str, Any], value: Any) -> str:
    name = f"{uuid4().hex}{uuid4().hex}"
    store[name] = value
    if len(store) > KEPT:
        store.popitem(last=False)
    return name


def users_delta(call: Call) -> Answer:
    """A page of changes, or of everybody when there is no token."""
    with call.state.lock:
        if "$skiptoken" in call.options:
            name, _, position = call.options["$skiptoken"].partition(".")
            walk = call.state.delta.walks.get(name)
            if walk is None or not position.isdigit():
                raise _expired(call, DEFAULT_PROPERTIES)
            return _page(call, name, walk, int(position))
        token = call.options.get("$deltatoken")
        if token and token.lower() != "latest":
            return _changes(call, token)
        return _everybody(call, nothing=bool(token))


def _everybody(call: Call, *, nothing: bool) -> Answer:
    _refuse_unsupported(call)
    select = chosen(call, also=("manager",)) or DEFAULT_PROPERTIES
    seen = Seen(select, call.service.clock(), _snapshot(call, select))
    wanted = call.options.get("$filter", "")
    ids = (
        [] if nothing else [key for key, values in seen.users.items() if values is not None and key in (wanted or key)]
    )
    rows = [row(key, select, seen.users[key] or (), None) for key in ids]
    return _first_page(call, Walk(seen, rows))


def _changes(call: Call, token: str) -> Answer:
    old = call.state.delta.tokens.get(token)
    select = old.select if old else DEFAULT_PROPERTIES
    if call.strike("delta_sync_state_not_found"):
        raise call.refuse(400, "syncStateNotFound", "The sync state generation is not found.")
    now = call.service.clock()
    if old is None or now - old.issued > TOKEN_LIFE or call.strike("delta_expired"):
        raise _expired(call, select)
    seen = Seen(select, now, _snapshot(call, select))
    rows = list(_differences(old, seen, minimal=call.prefers("return=minimal")))
    if call.strike("delta_replay"):
        same = itertools.islice(
            (key for key, values in seen.users.items() if values and old.users.get(key) == values), 3
        )
        rows += [row(key, select, seen.users[key] or (), None) for key in same]
        rows *= 2
    return _first_page(call, Walk(seen, rows))


def _differences(old: Seen, new: Seen, *, minimal: bool) -> Iterable[Entity]:
    for key, values in new.users.items():
        before = old.users.get(key)
        if values is None:
            if key in old.users and before is not None:
                yield {"id": key, "@removed": {"reason": "changed"}}
        elif before != values:
            yield row(key, new.select, values, before, minimal=minimal and before is not None)
    for key in old.users.keys() - new.users.keys():
        yield {"id": key, "@removed": {"reason": "deleted"}}


def row(
    key: str, select: tuple[str, ...], values: tuple[Any, ...], before: UserState, *, minimal: bool = False
) -> Entity:
    """A living user as the delta shows it; `minimal` leaves out what has not changed."""
    shown: Entity = {}
    for position, name in enumerate(select):
        was = before[position] if before else None
        if name == "manager":
            if values[position] != was:
                shown["manager@delta"] = _manager_change(values[position], was)
        elif not minimal or values[position] != was:
            shown[name] = values[position]
    shown["id"] = key
    return shown


def _manager_change(now: str | None, was: str | None) -> list[Entity]:
    change: list[Entity] = []
    if was is not None:
        change.append({"@odata.type": "#microsoft.graph.user", "id": was, "@removed": {"reason": "deleted"}})
    if now is not None:
        change.append({"@odata.type": "#microsoft.graph.user", "id": now})
    return change


def _snapshot(call: Call, select: tuple[str, ...]) -> dict[str, UserState]:
    """The selected values of everybody: references into the directory, no copies."""
    users: dict[str, UserState] = {}
    for key, user in call.state.directory.users.items():
        if user.get("deletedDateTime"):
            users[key] = None
        else:
            users[key] = tuple(
                (user.get("manager") or {}).get("id") if name == "manager" else property_of(user, name)
                for name in select
            )
    return users


def _first_page(call: Call, walk: Walk) -> Answer:
    name = call.state.delta.begin(walk) if len(walk.rows) > call.service.delta_page_size else ""
    return _page(call, name, walk, 0)


def _page(call: Call, name: str, walk: Walk, start: int) -> Answer:
    size = call.service.delta_page_size
    call.page = start // size + 1
    mischief.before_page(call, call.page)
    select = walk.seen.select
    properties = tuple(name for name in select if name != "manager")
    body: dict[str, Any] = {
        "@odata.context": call.context("users", None if select == DEFAULT_PROPERTIES else properties)
    }
    if start not in walk.shown_empty and call.strike("delta_empty_page", call.page):
        walk.shown_empty.add(start)
        name = name or call.state.delta.begin(walk)
        body["@odata.nextLink"] = f"{call.base}/users/delta?$skiptoken={name}.{start}"
        return Answer({**body, "value": []}, directory=True)
    if start + size < len(walk.rows):
        body["@odata.nextLink"] = f"{call.base}/users/delta?$skiptoken={name}.{start + size}"
    else:
        token = call.state.delta.remember(walk.seen)
        body["@odata.deltaLink"] = f"{call.base}/users/delta?$deltatoken={token}"
    return Answer({**body, "value": walk.rows[start : start + size]}, directory=True)


def _expired(call: Call, select: tuple[str, ...]) -> Refusal:
    refusal = call.refuse(410, "syncStateNotFound", "The sync state generation is not found. Please restart the sync.")
    refusal.answer.headers["Location"] = f"{call.base}/users/delta?$select={','.join(select)}&$deltatoken="
    return refusal


def _refuse_unsupported(call: Call) -> None:
    for name in ("$top", "$orderby", "$expand", "$search"):
        if name in call.options:
            raise call.refuse(400, "Request_UnsupportedQuery", f"{name} is not supported by delta queries on users.")
