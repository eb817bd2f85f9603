"""One device in the forms the service shows it: list and GET by id disagree about blanks, precision and more.

The differences are those of recorded answers of the real service, property by property.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fleet.demo.directory import Entity
from fleet.demo.service.call import ZERO_GUID

NEVER = "0001-01-01T00:00:00Z"
FOREVER = "9999-12-31T23:59:59.9999999Z"

Change = Callable[[Any, Entity], Any]

V1_PROPERTIES: dict[str, Any] = {
    "id": "",
    "userId": ZERO_GUID,
    "deviceName": "",
    "managedDeviceOwnerType": "unknown",
    "managementState": "managed",
    "enrolledDateTime": NEVER,
    "lastSyncDateTime": NEVER,
    "operatingSystem": "iOS",
    "complianceState": "unknown",
    "jailBroken": "Unknown",
    "managementAgent": "mdm",
    "osVersion": "",
    "easActivated": False,
    "easDeviceId": None,
    "easActivationDateTime": NEVER,
    "azureADRegistered": None,
    "deviceEnrollmentType": "unknown",
    "activationLockBypassCode": None,
    "emailAddress": None,
    "azureADDeviceId": ZERO_GUID,
    "deviceRegistrationState": "registered",
    "deviceCategoryDisplayName": "",
    "isSupervised": False,
    "exchangeLastSuccessfulSyncDateTime": NEVER,
    "exchangeAccessState": "none",
    "exchangeAccessStateReason": "none",
    "remoteAssistanceSessionUrl": "",
    "remoteAssistanceSessionErrorDetails": "",
    "isEncrypted": False,
    "userPrincipalName": None,
    "model": "",
    "manufacturer": "",
    "imei": None,
    "complianceGracePeriodExpirationDateTime": NEVER,
    "serialNumber": "",
    "phoneNumber": None,
    "androidSecurityPatchLevel": None,
    "userDisplayName": None,
    "configurationManagerClientEnabledFeatures": None,
    "wiFiMacAddress": "",
    "deviceHealthAttestationState": None,
    "subscriberCarrier": "",
    "meid": None,
    "totalStorageSpaceInBytes": 0,
    "freeStorageSpaceInBytes": 0,
    "managedDeviceName": "",
    "partnerReportedThreatState": "unknown",
    "requireUserEnrollmentApproval": None,
    "managementCertificateExpirationDate": NEVER,
    "iccid": "",
    "udid": "",
    "notes": None,
    "ethernetMacAddress": None,
    "physicalMemoryInBytes": 0,
    "enrollmentProfileName": "",
    "deviceActionResults": [],
}
"""Every property of v1.0 in the order of the answers, with what GET shows when the directory has none."""

BETA_PROPERTIES: dict[str, Any] = {
    "ownerType": None,
    "deviceType": None,
    "chassisType": None,
    "aadRegistered": None,
    "lostModeState": "disabled",
    "azureActiveDirectoryDeviceId": None,
    "enrolledByUserPrincipalName": None,
    "retireAfterDateTime": FOREVER,
    "preferMdmOverGroupPolicyAppliedDateTime": NEVER,
    "autopilotEnrolled": False,
    "roleScopeTagIds": None,
    "windowsActiveMalwareCount": 0,
    "windowsRemediatedMalwareCount": 0,
    "configurationManagerClientHealthState": None,
    "configurationManagerClientInformation": None,
    "processorArchitecture": "unknown",
    "specificationVersion": None,
    "joinType": "unknown",
    "skuFamily": "",
    "skuNumber": 0,
    "managementFeatures": "none",
    "hardwareInformation": None,
    "usersLoggedOn": None,
}
"""What beta adds."""

V1_ENROLMENT_TYPES = frozenset(
    {
        "unknown",
        "userEnrollment",
        "deviceEnrollmentManager",
        "appleBulkWithUser",
        "appleBulkWithoutUser",
        "windowsAzureADJoin",
        "windowsBulkUserless",
        "windowsAutoEnrollment",
        "windowsBulkAzureDomainJoin",
        "windowsCoManagement",
        "windowsAzureADJoinUsingDeviceAuth",
        "appleUserEnrollment",
        "appleUserEnrollmentWithServiceAccount",
        "unknownFutureValue",
    }
)
"""Later enrolment types show as unknownFutureValue in v1.0, unless the caller prefers unknown members."""

SPELLING: dict[str, dict[str, str]] = {
    "v1.0": {name.lower(): name for name in V1_PROPERTIES},
    "beta": {name.lower(): name for name in (*V1_PROPERTIES, *BETA_PROPERTIES)},
}

_LIST_OMITS: dict[str, Any] = {
    "activationLockBypassCode": None,
    "ethernetMacAddress": None,
    "iccid": None,
    "notes": None,
    "physicalMemoryInBytes": 0,
    "remoteAssistanceSessionUrl": None,
    "remoteAssistanceSessionErrorDetails": None,
    "udid": None,
}
_GET_OMITS_UNSELECTED: dict[str, Any] = {
    "activationLockBypassCode": None,
    "iccid": "",
    "udid": "",
    "notes": None,
    "physicalMemoryInBytes": 0,
    "remoteAssistanceSessionUrl": "",
}
_DATES = frozenset(name for name in V1_PROPERTIES if name.endswith(("DateTime", "ExpirationDate")))
_BLANK_IN_LISTS = frozenset(
    {
        "userPrincipalName",
        "emailAddress",
        "imei",
        "meid",
        "phoneNumber",
        "userDisplayName",
        "subscriberCarrier",
        "androidSecurityPatchLevel",
        "serialNumber",
        "wiFiMacAddress",
    }
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a device is asked for: which properties, in which version, by list or by id."""

    version: str
    listed: bool
    select: tuple[str, ...] | None = None
    unknown_members: bool = False
    """The caller prefers enumeration members that v1.0 does not know."""


def show(device: Entity, form: Form) -> Entity:
    """The device in that form."""
    get = device.get
    shown: Entity = {}
    for name, default, change in _plan(form):
        value = get(name, default)
        shown[name] = value if change is None else change(value, device)
    return shown


@lru_cache(maxsize=64)
def _plan(form: Form) -> tuple[tuple[str, Any, Change | None], ...]:
    """For each property its default and what the form does to its value; made once per form."""
    known = V1_PROPERTIES if form.version == "v1.0" else V1_PROPERTIES | BETA_PROPERTIES
    names = form.select or tuple(known)
    return tuple((name, known[name], _change(name, form)) for name in names)


def _change(name: str, form: Form) -> Change | None:
    if name in BETA_PROPERTIES:
        return _beta_change(name, form.listed)
    if name == "deviceEnrollmentType" and form.version == "v1.0" and not form.unknown_members:
        return lambda value, _device: value if value in V1_ENROLMENT_TYPES else "unknownFutureValue"
    return _list_change(name) if form.listed else _get_change(name, form.select)


def _list_change(name: str) -> Change | None:
    if name in _LIST_OMITS:
        return _constant(_LIST_OMITS[name])
    if name in _DATES:
        return _to_the_second
    if name in _BLANK_IN_LISTS:
        return _blank
    return _LIST_CHANGES.get(name)


def _get_change(name: str, select: tuple[str, ...] | None) -> Change | None:
    if select is None and name in _GET_OMITS_UNSELECTED:
        return _constant(_GET_OMITS_UNSELECTED[name])
    if name == "userId":
        return lambda value, _device: value or ZERO_GUID
    if name in ("iccid", "udid", "deviceCategoryDisplayName"):
        return _blank
    return None


def _constant(shown: Any) -> Change:
    return lambda _value, _device: shown


def _to_the_second(value: Any, _device: Entity) -> Any:
    return value if not isinstance(value, str) or len(value) <= 20 else f"{value[:19]}Z"


def _blank(value: Any, _device: Entity) -> Any:
    return "" if value is None else value


def _eas_device_id(value: Any, device: Entity) -> Any:
    return value or f"Appl{device.get('serialNumber') or ''}"


_LIST_CHANGES: dict[str, Change] = {
    "userId": lambda value, _device: "" if value is None or value == ZERO_GUID else value,
    "deviceCategoryDisplayName": lambda value, _device: value or "Unknown",
    "partnerReportedThreatState": lambda value, _device: "unknown" if value == "deactivated" else value,
    "easDeviceId": _eas_device_id,
}


def _beta_change(name: str, listed: bool) -> Change | None:
    made: dict[str, Change] = {
        "ownerType": lambda value, device: value or device.get("managedDeviceOwnerType", "unknown"),
        "deviceType": lambda value, device: value or device_type(device),
        "chassisType": lambda value, device: "unknown" if listed else value or chassis_type(device),
        "aadRegistered": lambda value, device: device.get("azureADRegistered") if value is None else value,
        "azureActiveDirectoryDeviceId": lambda value, device: value or device.get("azureADDeviceId", ZERO_GUID),
        "enrolledByUserPrincipalName": lambda value, device: value or device.get("userPrincipalName") or "",
        "retireAfterDateTime": lambda value, _device: NEVER if listed else value,
        "roleScopeTagIds": lambda value, _device: [] if listed else value or ["0"],
        "hardwareInformation": lambda _value, device: hardware(device, listed),
        "usersLoggedOn": lambda value, device: value if value is not None else logged_on(device),
    }
    return made.get(name)


def device_type(device: Entity) -> str:
    """Beta's `deviceType`, from the model."""
    model = device.get("model") or ""
    for word, kind in (("iPhone", "iPhone"), ("iPad", "iPad"), ("iPod", "iPod"), ("Mac", "macMDM")):
        if model.startswith(word) or (word == "Mac" and device.get("operatingSystem") == "macOS"):
            return kind
    return {"Windows": "desktop", "Android": "android"}.get(device.get("operatingSystem") or "", "unknown")


def chassis_type(device: Entity) -> str:
    """Beta's `chassisType` as GET by id shows it."""
    return {"iPhone": "phone", "iPad": "tablet", "macMDM": "desktop", "desktop": "desktop"}.get(
        device_type(device), "unknown"
    )


def hardware(device: Entity, listed: bool) -> Entity:
    """Beta's `hardwareInformation`: nearly empty, and the serial number only in lists."""
    imei = device.get("imei")
    return {
        "serialNumber": device.get("serialNumber") if listed else None,
        "totalStorageSpace": 0,
        "freeStorageSpace": 0,
        "imei": (imei or "") if listed else imei,
        "meid": None,
        "manufacturer": None,
        "model": None,
        "phoneNumber": None,
        "wifiMac": None,
        "isSupervised": False,
        "isEncrypted": False,
        "batterySerialNumber": None,
        "batteryHealthPercentage": 0,
        "batteryChargeCycles": 0,
        "isSharedDevice": False,
        "osBuildNumber": None,
        "operatingSystemProductType": 0,
        "sharedDeviceCachedUsers": [],
    }


def logged_on(device: Entity) -> list[Entity]:
    """Beta's `usersLoggedOn`: the enrolling user at the last check-in."""
    user = device.get("userId")
    if not user or user == ZERO_GUID:
        return []
    return [{"userId": user, "lastLogOnDateTime": device.get("lastSyncDateTime", NEVER)}]
