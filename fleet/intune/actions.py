"""Remote actions over Graph: a device read by its id, one request sent at most once, and what became of it.

A request that changes something is never repeated here. Either Graph took it, or it certainly did not (`NotSent`,
`Refused`), or nobody can tell (`Unsure`): then the device is read again before anything else is done.
https://learn.microsoft.com/graph/api/resources/intune-devices-manageddevice
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from fleet.clock import utc_now
from fleet.config import TenantConfig
from fleet.domain.remote import (
    ActionResult,
    CorporateDevice,
    PersonalDevice,
    ReadDevice,
    RemoteRequest,
    Target,
)
from fleet.errors import NotAllowed, NotFound, SourceUnavailable
from fleet.intune import values
from fleet.intune.client import Tokens
from fleet.intune.once import NotSent, OnceClient, Refused, Unsure
from fleet.intune.refusals import NotThere

__all__ = ["ActionClient", "Brought", "NotSent", "Refused", "Unsure", "perform"]

ACTION_SECONDS = 60.0
"""Budget of one look or one request, waiting included."""
SOUND_MINUTES = 5
_READ = (
    "id,deviceName,managedDeviceOwnerType,serialNumber,model,userPrincipalName,deviceCategoryDisplayName,notes,isSupervised,"
    "managementState,lastSyncDateTime,deviceActionResults"
)
_SECRETS = ("passcode", "unlockPin")
_BRINGS = frozenset({"passcode", "unlockPin", "deviceLocation"})


@dataclass(frozen=True, slots=True)
class Brought:
    """What an action brought back. It is shown once and never kept; `repr` tells nothing of it."""

    what: str
    _value: str

    def __repr__(self) -> str:
        return f"Brought({self.what})"

    def reveal(self) -> str:
        """The thing itself, for a person's eyes."""
        return self._value


class ActionClient:
    """Sends remote actions to one tenant, and reads what became of them. Close it, or use it in a `with`."""

    def __init__(
        self,
        tenant: TenantConfig,
        tokens: Tokens,
        *,
        sent_as: str = "the application",
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], object] | None = None,
        seconds: float = ACTION_SECONDS,
    ) -> None:
        self.tenant = tenant
        self.sent_as = sent_as
        """Who is signed in."""
        self._tokens, self._now, self._sleep, self._seconds = tokens, now, sleep, seconds
        self._client: OnceClient | None = None

    def __enter__(self) -> "ActionClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    # --- reading ----------------------------------------------------------------------------------------------

    def read(self, intune_id: str) -> ReadDevice | None:
        """The device as Intune has it at this moment; None when Intune does not know it (any more)."""
        try:
            row = self._fresh().get(f"{_device(intune_id)}?$select={_READ}")
        except NotThere:
            return None
        if not isinstance(row, dict) or str(row.get("id", "")).lower() != intune_id.lower():
            raise SourceUnavailable(
                f"Tenant {self.tenant.key}: Graph answered with something else than the device that was asked for.",
                code="unreadable",
            )
        return _device_of(row, self.tenant.key, self._now())

    def categories(self) -> dict[str, str]:
        """Name -> id of the tenant's categories of devices."""
        answer = self._fresh().get("/deviceManagement/deviceCategories?$select=id,displayName")
        rows = answer.get("value") if isinstance(answer, dict) else None
        return {
            str(row["displayName"]): str(row["id"])
            for row in rows or ()
            if isinstance(row, dict) and row.get("id") and row.get("displayName")
        }

    def brought(self, intune_id: str, action: str, result: str | None) -> Brought | None:
        """What the newest result of an action holds; None when there is nothing in it."""
        client = self._fresh()
        if action == "bypass-activation-lock":
            row = client.get(f"{_device(intune_id)}?$select=id,activationLockBypassCode")
            code = row.get("activationLockBypassCode") if isinstance(row, dict) else None
            return Brought("bypass code", code) if isinstance(code, str) and code else None
        row = client.get(f"{_device(intune_id)}?$select=id,deviceActionResults")
        rows = row.get("deviceActionResults") if isinstance(row, dict) else None
        wanted = (result or "").lower()
        one = next((r for r in rows or () if isinstance(r, dict) and str(r.get("actionName")).lower() == wanted), {})
        return _brought_in(one)

    # --- somebody's own device, or ours -----------------------------------------------------------------------

    def retire(self, device: Target) -> None:
        """Take management and company data off a device."""
        self._post(device.intune_id, "retire")

    # --- ours alone -------------------------------------------------------------------------------------------

    def wipe(self, device: CorporateDevice, *, keep_esim: bool = False) -> None:
        """Erase a device of the organisation."""
        _ours(device)
        body = {"keepEnrollmentData": False, "keepUserData": False, "persistEsimDataPlan": keep_esim}
        self._post(device.intune_id, "wipe", body)

    def delete(self, device: CorporateDevice) -> None:
        """Remove Intune's record of a device of the organisation."""
        _ours(device)
        self._fresh().once("DELETE", _device(device.intune_id))

    def act(
        self, device: CorporateDevice, action: str, body: Mapping[str, Any] | None = None, *, beta: bool = False
    ) -> None:
        """Send an action that takes nothing away, by Graph's name for it."""
        _ours(device)
        if action.lower() in ("wipe", "retire", "delete"):
            raise TypeError(f"{action} has a call of its own.")
        self._post(device.intune_id, action, body, beta=beta)

    def set_notes(self, device: CorporateDevice, notes: str) -> None:
        """Replace the notes of Intune's record."""
        _ours(device)
        self._fresh().once("PATCH", _device(device.intune_id), {"notes": notes})

    def set_category(self, device: CorporateDevice, category: str) -> None:
        """Put Intune's record into a category. Raises `Refused` for one that the tenant does not have."""
        _ours(device)
        known = self.categories()
        found = next((one for name, one in known.items() if name.casefold() == category.casefold()), None)
        if found is None:
            raise Refused(f"Tenant {self.tenant.key} has no category {category}. It has: {', '.join(known) or 'none'}.")
        client = self._fresh()
        address = client.address(f"/deviceManagement/deviceCategories/{quote(found, safe='')}")
        client.once("PUT", f"{_device(device.intune_id)}/deviceCategory/$ref", {"@odata.id": address})

    # --- over the wire ------------------------------------------------------------------------------------------

    def _post(self, intune_id: str, name: str, body: Mapping[str, Any] | None = None, *, beta: bool = False) -> None:
        self._fresh().once("POST", f"{_device(intune_id)}/{name}", body or {}, beta=beta)

    def _fresh(self) -> "OnceClient":
        """A client with a whole budget of its own for what comes now."""
        self.close()
        self._client = OnceClient(self.tenant, self._tokens, sleep=self._sleep, time_budget=self._seconds)
        return self._client


def perform(client: ActionClient, device: Target, request: RemoteRequest) -> None:
    """Send a request. Returns when Intune took it; raises `NotSent`, `Refused`, `Unsure`, or why there is no token.

    Somebody's own device has no way to anything but `retire`: every other call takes a `CorporateDevice`.
    """
    if request.action.key == "retire":
        client.retire(device)
        return
    if isinstance(device, PersonalDevice):
        raise NotAllowed("Somebody's own device can be retired, and nothing else.", code="personal-device")
    _HOW[request.action.key](client, device, request.values)


_How = Callable[[ActionClient, CorporateDevice, Mapping[str, str]], None]


def _plain(name: str, *, beta: bool = False) -> _How:
    return lambda client, device, _told: client.act(device, name, beta=beta)


_HOW: Mapping[str, _How] = MappingProxyType(
    {
        "sync": _plain("syncDevice"),
        "restart": _plain("rebootNow"),
        "lock": _plain("remoteLock"),
        "lost-mode-off": _plain("disableLostMode"),
        "locate": _plain("locateDevice"),
        "reset-passcode": _plain("resetPasscode"),
        "bypass-activation-lock": _plain("bypassActivationLock"),
        "rename": lambda client, device, told: client.act(
            device, "setDeviceName", {"deviceName": told["name"]}, beta=True
        ),
        "lost-mode-on": lambda client, device, told: client.act(
            device,
            "enableLostMode",
            {"message": told["message"], "phoneNumber": told["number"], "footer": ""},
            beta=True,
        ),
        "play-sound": lambda client, device, _told: client.act(
            device, "playLostModeSound", {"durationInMinutes": str(SOUND_MINUTES)}, beta=True
        ),
        "category": lambda client, device, told: client.set_category(device, told["category"]),
        "notes": lambda client, device, told: client.set_notes(device, told["notes"]),
        "wipe": lambda client, device, told: client.wipe(device, keep_esim="keep-esim" in told),
        "delete": lambda client, device, _told: client.delete(device),
    }
)


def _ours(device: CorporateDevice) -> None:
    """The types say so already; this is for who calls from where nobody checks types."""
    if not isinstance(device, CorporateDevice):
        raise TypeError("That is done to a device of the organisation only.")


def _device(intune_id: str) -> str:
    if not intune_id or not intune_id.isascii() or not intune_id.replace("-", "").isalnum():
        raise NotFound("That enrolment has no id that Intune could know.")
    return f"/deviceManagement/managedDevices/{intune_id}"


def _device_of(row: Mapping[str, Any], tenant: str, now: datetime) -> ReadDevice:
    results = row.get("deviceActionResults")
    try:
        return ReadDevice(
            tenant=tenant,
            intune_id=values.required_id(row.get("id")),
            read_at=now,
            ownership=values.enumeration(row.get("managedDeviceOwnerType")),
            serial=values.serial(row.get("serialNumber")),
            model=values.word(row.get("model")),
            upn=values.upn(row.get("userPrincipalName")),
            name=values.text(row.get("deviceName")),
            category=values.text(row.get("deviceCategoryDisplayName")),
            notes=values.note(row.get("notes")),
            supervised=values.flag(row.get("isSupervised")),
            management_state=values.enumeration(row.get("managementState")),
            last_seen=values.moment(row.get("lastSyncDateTime")),
            results=tuple(_result_of(one) for one in results or () if isinstance(one, dict)),
        )
    except (values.Wrong, TypeError):
        raise SourceUnavailable(
            f"Tenant {tenant}: what Intune says of the device makes no sense. Nothing was sent.", code="unreadable"
        ) from None


def _result_of(one: Mapping[str, Any]) -> ActionResult:
    """A result without what it holds: that is asked for when a person wants to see it."""
    return ActionResult(
        name=values.enumeration(one.get("actionName")) or "",
        state=values.enumeration(one.get("actionState")) or "none",
        started_at=_exact(one.get("startDateTime")),
        updated_at=_exact(one.get("lastUpdatedDateTime")),
        brings=any(one.get(name) for name in _BRINGS),
    )


def _exact(raw: object) -> datetime | None:
    """A moment with its fractions, which tell one result from the next; None for none and for nonsense."""
    try:
        moment = datetime.fromisoformat(str(raw))
    except ValueError:
        return None
    if not 1 < moment.year < 9999:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _brought_in(one: Mapping[str, Any]) -> Brought | None:
    for name in _SECRETS:
        if isinstance(one.get(name), str) and one[name]:
            return Brought("passcode" if name == "passcode" else "unlock PIN", one[name])
    place = one.get("deviceLocation")
    if isinstance(place, dict) and isinstance(place.get("latitude"), int | float):
        near = place.get("horizontalAccuracy")
        within = f", within {near:.0f} m" if isinstance(near, int | float) else ""
        return Brought("place", f"{place['latitude']:.5f}, {place.get('longitude', 0):.5f}{within}")
    return None
