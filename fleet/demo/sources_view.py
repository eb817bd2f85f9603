"""What the sources beside people and devices show on a night: Graph's side of them, and Apple Business Manager itself."""

from datetime import date, datetime, timedelta

from fleet.demo.directory import AppleDirectory, Entity, TenantDirectory
from fleet.demo.estate.seeds import Estate
from fleet.demo.estate.source_seeds import AppDeviceSeed, AuditSeed, ListingSeed, TokenSeed
from fleet.demo.estate.sources import INTUNE

LAST_NIGHT = 3
MORE_PERMISSIONS = frozenset({"DeviceManagementServiceConfig.Read.All", "DeviceManagementApps.Read.All"})
FAMILIES = {"ipad": "iPad", "iphone": "iPhone"}


def add_sources(view: TenantDirectory, estate: Estate, night: int) -> None:
    """Tokens, Intune's list from Apple, apps on own devices and the audit of a tenant, and leave to read them."""
    view.permissions |= MORE_PERMISSIONS
    organisation = next(one.organisation for one in estate.tenants if one.key == view.key)
    for token in estate.sources.tokens:
        if token.tenant == view.key:
            _add_token(view, token, estate.now)
    listed = [one for one in estate.sources.listings if one.organisation == organisation and one.in_ade]
    if view.ade_tokens:
        key = view.ade_tokens[0]["id"]
        view.ade_devices[key] = [_identity(one) for one in listed]
        view.ade_tokens[0]["syncedDeviceCount"] = len(listed)
    for seed in estate.sources.app_devices:
        if seed.tenant == view.key:
            view.app_registrations += [_registration(seed, number) for number in range(seed.apps)]
    shown = [one for one in estate.sources.audit if one.tenant == view.key and one.night <= night]
    view.audit_events = [_audit_event(one) for one in sorted(shown, key=lambda one: one.at, reverse=True)]


def apple_views(estate: Estate) -> list[AppleDirectory]:
    """The accounts of Apple Business Manager, which are the same every night."""
    return [_apple_view(estate, one.organisation) for one in estate.sources.accounts]


def _apple_view(estate: Estate, organisation: str) -> AppleDirectory:
    seed = next(one for one in estate.sources.accounts if one.organisation == organisation)
    view = AppleDirectory(organisation, organisation, seed.client_id, seed.key_id)
    made = _moment(date(2024, 1, 15))
    for key, name in seed.servers:
        view.servers[key] = {
            "serverName": name, "serverType": "MDM", "createdDateTime": made, "updatedDateTime": made,
        }  # fmt: skip
    for one in estate.sources.listings:
        if one.organisation != organisation:
            continue
        view.devices[one.serial] = _attributes(one)
        if one.server is not None:
            view.assigned[one.serial] = one.server
        if one.covered_until is not None:
            view.coverage[one.serial] = [_coverage(one, one.covered_until, estate.now.date())]
    return view


def right_servers() -> str:
    """The services that devices of the demonstration belong to, as config.toml names them."""
    return INTUNE


def _attributes(one: ListingSeed) -> Entity:
    return {
        "serialNumber": one.serial,
        "addedToOrgDateTime": _moment(one.added_on),
        "releasedFromOrgDateTime": None,
        "updatedDateTime": _moment(one.added_on),
        "deviceModel": one.model,
        "productFamily": FAMILIES[one.kind],
        "productType": one.product_type,
        "deviceCapacity": "64GB",
        "partNumber": None,
        "orderNumber": one.order_number,
        "color": "SILVER",
        "status": "ASSIGNED" if one.server else "UNASSIGNED",
        "orderDateTime": _moment(one.ordered_on),
        "imei": [],
        "meid": [],
        "eid": None,
        "purchaseSourceId": "10020030",
        "purchaseSourceType": "RESELLER",
    }


def _coverage(one: ListingSeed, until: date, today: date) -> Entity:
    long = (until - one.ordered_on).days > 400
    return {
        "agreementNumber": f"AC-{one.serial}" if long else None,
        "description": "AppleCare+ for iPad" if long else "Limited Warranty",
        "startDateTime": _moment(one.ordered_on),
        "endDateTime": _moment(until),
        "status": "ACTIVE" if until >= today else "INACTIVE",
        "paymentType": "PAID_UP_FRONT" if long else "NONE",
        "isRenewable": False,
        "isCanceled": False,
        "contractCancelDateTime": None,
    }


def _add_token(view: TenantDirectory, one: TokenSeed, now: datetime) -> None:
    synced = _stamp(now - timedelta(days=one.synced_ago, hours=2))
    account = f"apple@{view.key}.gov.example"
    if one.kind == "push":
        view.push_certificate = {
            "id": one.graph_id, "appleIdentifier": account, "topicIdentifier": f"com.apple.mgmt.External.{one.graph_id}",
            "lastModifiedDateTime": synced, "expirationDateTime": _stamp(one.expires_at), "certificateUploadStatus": None,
            "certificateUploadFailureReason": None, "certificateSerialNumber": "01", "certificate": None,
        }  # fmt: skip
    elif one.kind == "ade":
        view.ade_tokens.append({
            "id": one.graph_id, "appleIdentifier": account, "tokenExpirationDateTime": _stamp(one.expires_at),
            "lastModifiedDateTime": synced, "lastSuccessfulSyncDateTime": synced, "lastSyncTriggeredDateTime": synced,
            "shareTokenWithSchoolDataSyncService": False, "lastSyncErrorCode": one.error_code, "tokenType": "dep",
            "tokenName": one.name, "syncedDeviceCount": 0, "dataSharingConsentGranted": True, "roleScopeTagIds": ["0"],
        })  # fmt: skip
    else:
        view.vpp_tokens.append({
            "id": one.graph_id, "organizationName": one.name, "vppTokenAccountType": "business", "appleId": account,
            "expirationDateTime": _stamp(one.expires_at), "lastSyncDateTime": synced, "token": None,
            "lastModifiedDateTime": synced, "state": one.state, "lastSyncStatus": "completed",
            "automaticallyUpdateApps": True, "countryOrRegion": "gb",
        })  # fmt: skip


def _identity(one: ListingSeed) -> Entity:
    return {
        "id": f"{one.organisation}-{one.serial}".lower(),
        "serialNumber": one.serial,
        "requestedEnrollmentProfileId": None,
        "requestedEnrollmentProfileAssignmentDateTime": _moment(one.added_on),
        "isSupervised": True,
        "discoverySource": "deviceEnrollmentProgram",
        "isDeleted": False,
        "createdDateTime": _moment(one.added_on),
        "lastContactedDateTime": "0001-01-01T00:00:00Z",
        "description": one.model,
        "enrollmentState": "enrolled" if one.enrolled else "notContacted",
        "platform": "ios",
    }


def _registration(one: AppDeviceSeed, number: int) -> Entity:
    return {
        "@odata.type": "#microsoft.graph.iosManagedAppRegistration",
        "id": f"T_{one.tag}_{number}",
        "createdDateTime": _stamp(one.registered_at),
        "lastSyncDateTime": _stamp(one.last_sync - timedelta(hours=number)),
        "applicationVersion": "4.26",
        "managementSdkVersion": "19.2.0",
        "platformVersion": one.os_version,
        "deviceType": one.device_type,
        "deviceTag": one.tag,
        "deviceName": f"{one.device_type} of somebody",
        "managedDeviceId": one.intune_id or "",
        "azureADDeviceId": "",
        "deviceModel": one.model,
        "deviceManufacturer": "Apple",
        "flaggedReasons": ["none"],
        "userId": one.user_id,
        "appIdentifier": {
            "@odata.type": "#microsoft.graph.iosMobileAppIdentifier",
            "bundleId": f"com.example.app{number}",
        },
        "version": "1",
    }


def _audit_event(one: AuditSeed) -> Entity:
    return {
        "id": one.audit_id,
        "displayName": one.activity,
        "componentName": "ManagedDevices",
        "actor": {
            "auditActorType": "ItPro", "userPermissions": ["*"], "applicationId": "5926fc8e-304e-4f59-8bed-58ca97cc39a4",
            "applicationDisplayName": "Microsoft Intune portal extension", "userPrincipalName": one.by,
            "servicePrincipalName": None, "ipAddress": None, "userId": None,
        },
        "activity": one.activity,
        "activityDateTime": _stamp(one.at),
        "activityType": one.activity,
        "activityOperationType": "Action",
        "activityResult": "Success",
        "correlationId": one.audit_id,
        "resources": [
            {"displayName": "ManagedDevice", "auditResourceType": "ManagedDevice", "resourceId": one.intune_id,
             "modifiedProperties": []}
        ],
        "category": "Device",
    }  # fmt: skip


def _moment(day: date) -> str:
    return f"{day}T12:00:00Z"


def _stamp(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}Z"
