"""Graph's records beside people and devices as ours: with `translate.py` the only file with Graph's field names.

https://learn.microsoft.com/graph/api/resources/intune-onboarding-vpptoken, .../intune-enrollment-deponboardingsetting,
.../intune-enrollment-importedappledeviceidentity, .../intune-devices-applepushnotificationcertificate,
.../intune-mam-managedappregistration, .../intune-auditing-auditevent (the last by what tenants record: `wipe ManagedDevice`)
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fleet.clock import london_date
from fleet.domain.sources import ObservedAppDevice, ObservedListing, ObservedPortalAction, ObservedToken
from fleet.intune.values import Wrong, enumeration, guid, moment, required_id, serial, text

_OF_DEVICE = re.compile(r"(\w{2,60}) ManagedDevice\Z", re.IGNORECASE)
_ACTIONS = frozenset(
    {
        "wipe", "retire", "delete", "remotelock", "resetpasscode", "syncdevice", "rebootnow", "shutdown", "enablelostmode",
        "disablelostmode", "locatedevice", "playlostmodesound", "bypassactivationlock", "setdevicename", "recoverpasscode",
        "cleanwindowsdevice",
    }
)  # fmt: skip
"""What is a remote action whatever kind of request Intune calls it."""
_NO_ERROR = frozenset({None, 0, "0"})


def push_certificate(raw: Any) -> ObservedToken:
    """The one push certificate. Raises `Wrong`, like all of these."""
    row = _row(raw)
    return ObservedToken("push", required_id(row.get("id")), None, moment(row.get("expirationDateTime")))


def ade_token(raw: Any) -> ObservedToken:
    """A token of automated enrolment."""
    row = _row(raw)
    code = row.get("lastSyncErrorCode")
    failed = isinstance(code, int | str | None) and code not in _NO_ERROR
    return ObservedToken(
        "ade",
        required_id(row.get("id")),
        text(row.get("tokenName")),
        moment(row.get("tokenExpirationDateTime")),
        synced_at=moment(row.get("lastSuccessfulSyncDateTime")),
        error=f"error {str(code)[:20]}" if failed else None,
    )


def vpp_token(raw: Any) -> ObservedToken:
    """A token of volume purchasing."""
    row = _row(raw)
    return ObservedToken(
        "vpp",
        required_id(row.get("id")),
        text(row.get("organizationName")),
        moment(row.get("expirationDateTime")),
        enumeration(row.get("state")),
        moment(row.get("lastSyncDateTime")),
        "its last sync failed" if row.get("lastSyncStatus") == "failed" else None,
    )


def identity(raw: Any) -> ObservedListing | None:
    """A device that a token brought in from Apple; None for one that was taken off Apple's list."""
    row = _row(raw)
    number = serial(row.get("serialNumber"))
    if number is None:
        raise Wrong("has no serial number")
    if row.get("isDeleted") is True:
        return None
    added = moment(row.get("createdDateTime"))
    return ObservedListing(
        number,
        model=text(row.get("description")),
        family=enumeration(row.get("platform")),
        added_on=london_date(added) if added else None,
        status=enumeration(row.get("enrollmentState")),
    )


def app_devices(rows: Iterable[Any]) -> tuple[list[ObservedAppDevice], int]:
    """The devices that only have apps, one for all apps of a person with the same tag; and how many rows made no sense.

    Of an enrolled device Intune says its id (it may leave it out, in which case the device shows here too).
    """
    found: dict[tuple[str, str], ObservedAppDevice] = {}
    unusable = 0
    for raw in rows:
        try:
            one = _app_device(_row(raw))
        except Wrong:
            unusable += 1
            continue
        if one is None:
            continue
        known = found.get((one.user_id, one.tag))
        found[one.user_id, one.tag] = one if known is None else _together(known, one)
    return list(found.values()), unusable


def _app_device(row: Mapping[str, Any]) -> ObservedAppDevice | None:
    if guid(row.get("managedDeviceId")):
        return None
    user = guid(row.get("userId"))
    if user is None:
        raise Wrong("has no user")
    reasons = row.get("flaggedReasons")
    flags = reasons if isinstance(reasons, list) else []
    called = (text(row.get("deviceType")) or "").lower()
    kind = "ipad" if "ipad" in called else "iphone" if "iphone" in called or called == "ios" else "other"
    return ObservedAppDevice(
        user_id=user,
        tag=text(row.get("deviceTag")) or required_id(row.get("id")),
        kind=kind,
        platform={"ipad": "iPadOS", "iphone": "iOS"}.get(kind),
        os_version=text(row.get("platformVersion")),
        model=text(row.get("deviceModel")),
        flagged=any(isinstance(one, str) and one != "none" for one in flags),
        registered_at=moment(row.get("createdDateTime")),
        last_seen=moment(row.get("lastSyncDateTime")),
    )


def _together(known: ObservedAppDevice, other: ObservedAppDevice) -> ObservedAppDevice:
    """Two apps on one device: what the one that spoke last says, since the first came."""
    newer, older = (other, known) if (other.last_seen or _NEVER) > (known.last_seen or _NEVER) else (known, other)
    began = [one.registered_at for one in (known, other) if one.registered_at]
    return replace(newer, flagged=newer.flagged or older.flagged, registered_at=min(began) if began else None)


_NEVER = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


def portal_action(raw: Any, own_apps: Collection[str]) -> ObservedPortalAction | None:
    """A remote action; None for everything else that the audit tells, and for what this program sent itself.

    `own_apps` are the ids of its applications, in lower case.
    """
    row = _row(raw)
    kind = _OF_DEVICE.match(text(row.get("activityType")) or "")
    if kind is None or not (kind[1].lower() in _ACTIONS or row.get("activityOperationType") == "Action"):
        return None
    actor = row.get("actor")
    actor = actor if isinstance(actor, dict) else {}
    if guid(actor.get("applicationId")) in own_apps:
        return None
    resources = row.get("resources")
    device = next(
        (found for one in (resources if isinstance(resources, list) else []) if (found := _device_id(one))), None
    )
    at = moment(row.get("activityDateTime"))
    if device is None or at is None:
        raise Wrong("names no device or no moment")
    by = text(actor.get("userPrincipalName")) or text(actor.get("applicationDisplayName"))
    return ObservedPortalAction(
        required_id(row.get("id")), device, kind[1], at, by, enumeration(row.get("activityResult"))
    )


def _device_id(raw: Any) -> str | None:
    """The Intune id of a resource that is a device; the kind's name is another one in old answers."""
    if not isinstance(raw, dict):
        return None
    kind = str(raw.get("auditResourceType") or raw.get("type") or "")
    return guid(raw.get("resourceId")) if "manageddevice" in kind.lower() else None


def _row(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Wrong("is not an object")
    return raw
