"""What Microsoft Graph shows of an estate on each of three nights: whole v1.0 entities, as GET by id returns them.

Night 3 is the estate's `now`, night 1 two days before. Between them check-ins move, some systems update, a few
devices are renamed, enrolled, enrolled anew or vanish, and the directory changes a little.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from fleet.demo.directory import Entity, TenantDirectory
from fleet.demo.estate.identifiers import guid
from fleet.demo.estate.seeds import EnrolmentSeed, Estate, PersonChange, PersonSeed, SiteSeed, TenantSeed
from fleet.demo.sources_view import add_sources

LAST_NIGHT = 3
NEVER = "0001-01-01T00:00:00Z"
NO_LIMIT = "9999-12-31T23:59:59.9999999Z"
NOBODY = "00000000-0000-0000-0000-000000000000"
KNOWN_TO_V1 = frozenset(
    {
        "unknown",
        "userEnrollment",
        "deviceEnrollmentManager",
        "appleBulkWithUser",
        "appleBulkWithoutUser",
        "appleUserEnrollment",
        "appleUserEnrollmentWithServiceAccount",
    }
)
CATEGORY_NAMES = ("Social care", "Members", "Shared", "Unassigned")
SAME_FOR_ALL: Entity = {
    "activationLockBypassCode": None,
    "androidSecurityPatchLevel": None,
    "configurationManagerClientEnabledFeatures": None,
    "deviceHealthAttestationState": None,
    "deviceRegistrationState": "registered",
    "easActivated": False,
    "easActivationDateTime": NEVER,
    "exchangeAccessState": "none",
    "exchangeAccessStateReason": "none",
    "exchangeLastSuccessfulSyncDateTime": NEVER,
    "managementAgent": "mdm",
    "manufacturer": "Apple",
    "partnerReportedThreatState": "deactivated",
    "physicalMemoryInBytes": 0,
    "remoteAssistanceSessionErrorDetails": "",
    "remoteAssistanceSessionUrl": "",
    "requireUserEnrollmentApproval": None,
}


def graph_view(estate: Estate, tenant: str, night: int) -> TenantDirectory:
    """One tenant's directory and devices on night 1, 2 or 3. Raises `KeyError` for a tenant that is not there."""
    if night not in (1, 2, LAST_NIGHT):
        raise ValueError(f"There are nights 1, 2 and 3, not {night}.")
    seed = {one.key: one for one in estate.tenants}[tenant]
    view = TenantDirectory(seed.key, seed.tenant_id, seed.client_id, seed.display_name)
    view.credential_until = seed.credential_until
    view.categories = _categories(estate, seed)
    _add_people(view, estate, night)
    for one in estate.enrolments:
        if one.tenant == tenant and one.first_night <= night <= one.last_night:
            view.devices[one.intune_id] = _device(one, estate.now, night, seed)
            primary = one.primary_user_id or one.user_id
            view.primary_users[one.intune_id] = primary if primary in view.users else None
    add_sources(view, estate, night)
    return view


def _add_people(view: TenantDirectory, estate: Estate, night: int) -> None:
    sites = {site.key: site for site in estate.sites}
    changes = {one.entra_id: one for one in estate.person_changes if one.night <= night}
    numbers = _numbers(estate)
    for one in estate.people:
        if one.tenant == view.key and _is_listed(one, night):
            view.users[one.entra_id] = _user(one, sites[one.site], changes.get(one.entra_id), numbers.get(one.entra_id))


def _is_listed(person: PersonSeed, night: int) -> bool:
    """Whether the directory holds the account that night."""
    return (person.in_directory or person.first_night > 1) and person.first_night <= night <= person.last_night


def _numbers(estate: Estate) -> dict[str, str]:
    """The work mobile by person, from the phones in their hands."""
    of_line = {line.key: line.number for line in estate.lines if line.number}
    of_device = {sim.device: of_line[sim.line] for sim in estate.sims if sim.line in of_line}
    return {
        one.person: of_device[one.device]
        for one in estate.assignments
        if one.person and one.returned_on is None and one.device in of_device
    }


def _categories(estate: Estate, tenant: TenantSeed) -> list[Entity]:
    random = Random(f"{estate.seed}/categories/{tenant.key}")
    return [{"id": guid(random), "displayName": name, "description": ""} for name in CATEGORY_NAMES]


def _user(person: PersonSeed, site: SiteSeed, change: PersonChange | None, mobile: str | None) -> Entity:
    user: dict[str, Any] = {
        "id": person.entra_id,
        "accountEnabled": person.account_enabled,
        "businessPhones": [],
        "companyName": None,
        "createdDateTime": f"{person.start_on - timedelta(days=4)}T09:12:33Z",
        "department": change.department if change else person.department,
        "displayName": person.display_name,
        "employeeHireDate": f"{person.start_on}T00:00:00Z",
        "employeeId": person.employee_id,
        "employeeLeaveDateTime": f"{person.left_on}T17:00:00Z" if person.left_on else None,
        "employeeType": person.employee_type,
        "givenName": person.given_name,
        "jobTitle": change.job_title if change else person.job_title,
        "mail": person.email,
        "mailNickname": person.upn.partition("@")[0],
        "mobilePhone": mobile,
        "officeLocation": site.name,
        "onPremisesSyncEnabled": None,
        "preferredLanguage": "en-GB",
        "surname": person.surname,
        "usageLocation": "GB",
        "userPrincipalName": person.upn,
        "userType": "Member",
    }
    if person.manager:
        user["manager"] = {"id": person.manager}
    return user


def _device(one: EnrolmentSeed, now: datetime, night: int, tenant: TenantSeed) -> Entity:
    seen = _last_sync(one, now, night)
    return {
        "id": one.intune_id,
        **SAME_FOR_ALL,
        **_hardware(one, night),
        **_enrolment(one, seen, tenant),
        **_owner(one),
        "complianceGracePeriodExpirationDateTime": seven_digits(one.grace_until) if one.grace_until else NO_LIMIT,
        "complianceState": one.compliance,
        "deviceActionResults": _actions(one, seen),
        "deviceCategoryDisplayName": one.category or "",
        "deviceName": one.name_before if one.name_before and night == 1 else one.device_name,
        "isEncrypted": one.encrypted,
        "isSupervised": one.supervised,
        "jailBroken": one.jailbroken,
        "lastSyncDateTime": seven_digits(seen),
        "managementState": one.management_state,
        "notes": one.notes,
        "osVersion": one.os_before if one.os_before and night < one.os_night else one.os_version,
    }


def _hardware(one: EnrolmentSeed, night: int) -> Entity:
    wired = one.user_id is None and one.free_bytes % 8 == 0
    is_old_ipad = one.kind == "ipad" and one.enrolled_at.year < 2024
    return {
        "ethernetMacAddress": f"98{one.wifi_mac[2:]}" if wired else None,
        "freeStorageSpaceInBytes": one.free_bytes - night * 7_340_032,
        "iccid": one.iccid or "",
        "imei": one.imei,
        "meid": one.imei[:14] if one.imei else None,
        "model": one.model,
        "operatingSystem": "iOS" if one.kind == "iphone" or is_old_ipad else "iPadOS",
        "phoneNumber": one.phone_number,
        "serialNumber": one.serial or "",
        "subscriberCarrier": one.carrier or "",
        "totalStorageSpaceInBytes": one.storage_gb * 1024**3,
        "udid": one.udid,
        "wiFiMacAddress": one.wifi_mac or None,
    }


def _enrolment(one: EnrolmentSeed, seen: datetime, tenant: TenantSeed) -> Entity:
    """How it came under management. The certificate lasts a year and is renewed at a check-in."""
    corporate = one.enrolment_type.startswith("appleBulk")
    years = 1 + max(0, (seen - one.enrolled_at).days) // 365
    certificate = one.enrolled_at.replace(microsecond=0) + timedelta(days=365 * years)
    profile = f"{tenant.display_name} {'staff' if one.user_id else 'shared'}" if corporate else ""
    is_known = one.enrolment_type in KNOWN_TO_V1
    return {
        "deviceEnrollmentType": one.enrolment_type if is_known else "unknownFutureValue",
        "enrolledDateTime": seven_digits(one.enrolled_at),
        "enrollmentProfileName": profile,
        "managedDeviceName": _managed_name(one),
        "managedDeviceOwnerType": one.ownership,
        "managementCertificateExpirationDate": f"{certificate:%Y-%m-%dT%H:%M:%S}Z",
    }


def _owner(one: EnrolmentSeed) -> Entity:
    """The enrolling user, and the device object in Entra, which only a user's device has."""
    has_user = one.user_id is not None
    return {
        "azureADDeviceId": one.entra_device_id if has_user else NOBODY,
        "azureADRegistered": True if has_user else None,
        "easDeviceId": one.intune_id.replace("-", "").upper()[:26],
        "emailAddress": one.upn,
        "userDisplayName": one.user_name or "",
        "userId": one.user_id or NOBODY,
        "userPrincipalName": one.upn,
    }


def _actions(one: EnrolmentSeed, seen: datetime) -> list[Entity]:
    if one.management_state != "retireIssued":
        return []
    asked = seven_digits(seen + timedelta(hours=30))
    return [{"actionName": "retire", "actionState": "pending", "startDateTime": asked, "lastUpdatedDateTime": asked}]


def _managed_name(one: EnrolmentSeed) -> str:
    local = one.upn.partition("@")[0] if one.upn else ""
    at = one.enrolled_at
    hour, half = at.hour % 12 or 12, "AM" if at.hour < 12 else "PM"
    noun = "IPad" if one.kind == "ipad" else "IPhone"
    return f"{local}_{noun}_{at.month}/{at.day}/{at.year}_{hour}:{at.minute:02d} {half}"


def _last_sync(one: EnrolmentSeed, now: datetime, night: int) -> datetime:
    """The last check-in before a night: a day earlier for each night before the third, but never before enrolment."""
    shift = timedelta(days=LAST_NIGHT - night)
    if one.last_sync <= now - shift:
        return one.last_sync
    return max(one.last_sync - shift, one.enrolled_at + timedelta(minutes=5))


def seven_digits(moment: datetime) -> str:
    """A moment as Graph writes it: UTC with seven digits of a second."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}{moment.microsecond % 10}Z"
