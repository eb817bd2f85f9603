"""What a tenant tells beside people and devices, in one batch and the pages that follow: tokens, Apple's list, apps, audit.

None of it may cost the night: a part that can't be read is a problem, and the night goes on without it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from fleet.domain.records import Problem
from fleet.domain.sources import ObservedBeside, ObservedListing, ObservedPortalAction, ObservedToken
from fleet.errors import NoAccess, NotFound, SourceUnavailable
from fleet.intune import source_rows
from fleet.intune.client import GraphClient
from fleet.intune.paging import pages
from fleet.intune.values import Wrong

SERVICE_PERMISSION = "DeviceManagementServiceConfig.Read.All"
APPS_PERMISSION = "DeviceManagementApps.Read.All"
PURPOSES: Mapping[str, tuple[str, frozenset[str]]] = {
    "push certificate, ADE and VPP tokens, Apple's list": (
        SERVICE_PERMISSION, frozenset({SERVICE_PERMISSION, "DeviceManagementServiceConfig.ReadWrite.All"}),
    ),
    "apps on own devices, remote actions sent in the portal": (
        APPS_PERMISSION, frozenset({APPS_PERMISSION, "DeviceManagementApps.ReadWrite.All"}),
    ),
}  # fmt: skip
"""What is read -> its least application permission, and those that are enough.
https://learn.microsoft.com/graph/api/intune-onboarding-vpptoken-list, .../intune-auditing-auditevent-list"""
SERVICE, APPS = PURPOSES
_PUSH = "deviceManagement/applePushNotificationCertificate"
_ADE = "deviceManagement/depOnboardingSettings"
_VPP = "deviceAppManagement/vppTokens"
_REGISTRATIONS = "deviceAppManagement/managedAppRegistrations"
_AUDIT = "deviceManagement/auditEvents"
_FIRST_AUDIT = timedelta(days=30)
_OVERLAP = timedelta(hours=2)
"""Events may show late: what was read already is told apart by its id."""
PROBLEM_LIMIT = 50
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SourceWish:
    """What is asked for beside people and devices."""

    audit_from: datetime | None = None
    """How far the audit was read; None: never."""


def unread(roles: Iterable[str]) -> dict[str, str]:
    """What the roles of a token do not allow to read -> the permission that would; nothing where no role shows at all."""
    granted = frozenset(roles)
    return {what: least for what, (least, enough) in PURPOSES.items() if granted and not granted & enough}


def read_sources(client: GraphClient, wish: SourceWish, now: datetime) -> ObservedBeside:
    """Everything beside people and devices that the token allows. Never raises for what the service says."""
    reading = _Reading(client, now)
    try:
        missing = unread(client.roles())
        return reading.run(wish, missing)
    except (SourceUnavailable, NoAccess, NotFound) as error:
        return ObservedBeside(problems=(Problem("sources-unread", "$batch", error.message),))


@dataclass(slots=True)
class _Reading:
    """One read in progress."""

    client: GraphClient
    now: datetime
    problems: list[Problem] = field(default_factory=list)
    bodies: dict[str, Any] = field(default_factory=dict)

    def run(self, wish: SourceWish, missing: Mapping[str, str]) -> ObservedBeside:
        since = (wish.audit_from or self.now - _FIRST_AUDIT) - _OVERLAP
        audit = f"{_AUDIT}?$filter={quote(f'activityDateTime ge {_stamp(since)}')}"
        wanted = [
            *([] if SERVICE in missing else [_PUSH, _ADE, _VPP]),
            *([] if APPS in missing else [_REGISTRATIONS, audit]),
        ]
        if not wanted:
            return ObservedBeside(not_permitted=tuple(missing))
        self._ask_together(wanted)
        service, apps = SERVICE not in missing, APPS not in missing
        tokens = self._tokens() if service else None
        listed = self._part(_ADE, lambda: self._listed(tokens or [])) if service and tokens is not None else None
        devices = self._part(_REGISTRATIONS, self._app_devices) if apps else None
        actions = self._part(_AUDIT, lambda: self._portal_actions(audit, since)) if apps else None
        return ObservedBeside(
            tokens,
            listed,
            devices,
            actions,
            None if actions is None else self.now,
            tuple(missing),
            tuple(self.problems),
        )

    def _ask_together(self, paths: list[str]) -> None:
        """One batch for all first pages; what it leaves out is asked for by itself, where it is needed."""
        body = {"requests": [{"id": path, "method": "GET", "url": f"/{path}"} for path in paths]}
        said = self.client.post(self._address("$batch"), body, permits=len(paths))
        responses = said.get("responses") if isinstance(said, dict) else None
        for one in responses if isinstance(responses, list) else ():
            if isinstance(one, dict) and one.get("status") == 200 and isinstance(one.get("body"), dict):
                self.bodies[str(one.get("id"))] = one["body"]

    def _part(self, where: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except (SourceUnavailable, NoAccess, NotFound) as error:
            self.problems.append(Problem("source-unread", where, error.message))
            return None

    def _tokens(self) -> list[ObservedToken] | None:
        push = self._part(_PUSH, self._push)
        ade = self._part(_ADE, lambda: list(self._translated(_ADE, _ADE, source_rows.ade_token)))
        vpp = self._part(_VPP, lambda: list(self._translated(_VPP, _VPP, source_rows.vpp_token)))
        if push is None or ade is None or vpp is None:
            return None  # Which ones went can't be told: those that are known stay.
        return [*push, *ade, *vpp]

    def _push(self) -> list[ObservedToken]:
        try:
            raw = self.bodies.get(_PUSH) or self.client.get(self._address(_PUSH))
        except NotFound:
            return []
        return list(self._each([raw], _PUSH, source_rows.push_certificate))

    def _listed(self, tokens: list[ObservedToken]) -> list[ObservedListing] | None:
        """What all ADE tokens brought in; None where there is no token, since then there is no list."""
        ade = [one for one in tokens if one.kind == "ade"]
        found: dict[str, ObservedListing] = {}
        for token in ade:
            path = f"{_ADE}/{quote(token.graph_id, safe='')}/importedAppleDeviceIdentities"
            for one in self._translated(path, _ADE, source_rows.identity):
                if one is not None:
                    found[one.serial] = one
        return list(found.values()) if ade else None

    def _app_devices(self) -> Any:
        found, unusable = source_rows.app_devices(self._rows(_REGISTRATIONS))
        if unusable:
            self.problems.append(Problem("bad-source", _REGISTRATIONS, f"{unusable} rows can't be used."))
        return found

    def _portal_actions(self, path: str, since: datetime) -> list[ObservedPortalAction]:
        tenant = self.client.tenant
        own = {tenant.client_id.lower(), *([tenant.actions.client_id.lower()] if tenant.actions else [])}
        rows = self._translated(path, _AUDIT, lambda raw: source_rows.portal_action(raw, own))
        # A filter may be ignored without a word: what is too old is left out here as well.
        return [one for one in rows if one is not None and one.at >= since]

    def _translated(self, path: str, where: str, translate: Callable[[Any], T]) -> Iterator[T]:
        return self._each(self._rows(path), where, translate)

    def _each(self, rows: Iterable[Any], where: str, translate: Callable[[Any], T]) -> Iterator[T]:
        for raw in rows:
            try:
                yield translate(raw)
            except (Wrong, TypeError) as wrong:
                if len(self.problems) < PROBLEM_LIMIT:
                    reason = wrong.reason if isinstance(wrong, Wrong) else "is of another type"
                    self.problems.append(Problem("bad-source", where, f"A row of it {reason}."))

    def _rows(self, path: str) -> Iterator[Any]:
        """The rows of a list, whose first page mostly came with the batch."""
        body = self.bodies.get(path)
        rows = body.get("value") if body is not None else None
        address: str | None = self._address(path)
        if isinstance(rows, list) and body is not None:
            yield from rows
            link = body.get("@odata.nextLink")
            address = link if isinstance(link, str) and link else None
        if address is not None:
            with closing(pages(self.client, address, path.partition("?")[0])) as listed:
                for page in listed:
                    yield from page.rows

    def _address(self, path: str) -> str:
        return f"{self.client.tenant.graph.rstrip('/')}/beta/{path}"


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
