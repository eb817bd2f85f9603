"""Which address is answered by what, who may use it, and which limit it counts against."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from fleet.demo.service import actions, batch, delta, devices, exports, sending, sources, users
from fleet.demo.service.call import Answer, Call
from fleet.demo.service.throttle import Family

Scopes = frozenset[str]

_INTUNE = "DeviceManagement"
READ_DEVICES: Scopes = frozenset(
    f"{_INTUNE}{one}"
    for one in (
        "ManagedDevices.Read.All",
        "ManagedDevices.ReadWrite.All",
        "Configuration.Read.All",
        "Configuration.ReadWrite.All",
    )
)
WRITE_DEVICES: Scopes = frozenset({f"{_INTUNE}ManagedDevices.ReadWrite.All"})
PRIVILEGED: Scopes = frozenset({f"{_INTUNE}ManagedDevices.PrivilegedOperations.All"})
READ_CONFIGURATION: Scopes = frozenset(
    {f"{_INTUNE}Configuration.Read.All", f"{_INTUNE}Configuration.ReadWrite.All", *READ_DEVICES}
)
READ_APPS: Scopes = frozenset({f"{_INTUNE}Apps.Read.All", f"{_INTUNE}Apps.ReadWrite.All"})
READ_SERVICE: Scopes = frozenset({f"{_INTUNE}ServiceConfig.Read.All", f"{_INTUNE}ServiceConfig.ReadWrite.All"})
READ_USERS: Scopes = frozenset({"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"})
READ_ORGANISATION: Scopes = frozenset(
    {
        "Organization.Read.All",
        "Organization.ReadWrite.All",
        f"{_INTUNE}Configuration.Read.All",
        f"{_INTUNE}Configuration.ReadWrite.All",
        f"{_INTUNE}ServiceConfig.Read.All",
        *READ_USERS,
    }
)
_REPORTING = ("ManagedDevices", "Configuration", "Apps", "ServiceConfig")
WRITE_REPORTS: Scopes = frozenset(f"{_INTUNE}{part}.ReadWrite.All" for part in _REPORTING)
READ_REPORTS: Scopes = WRITE_REPORTS | {f"{_INTUNE}{part}.Read.All" for part in _REPORTING}
USERS_FOR_INTUNE: Scopes = READ_USERS | READ_REPORTS


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the API."""

    method: str
    pattern: re.Pattern[str]
    handler: Callable[[Call], Answer]
    scopes: tuple[Scopes, ...]
    """The caller needs one of each."""
    family: Family
    cached: bool = False
    """Its answers may be kept until the directory changes."""

    @property
    def intune(self) -> bool:
        """Whether Intune answers, and not the directory: the two word their refusals differently."""
        return self.family != "identity"


def _route(
    method: str,
    path: str,
    handler: Callable[[Call], Answer],
    *scopes: Scopes,
    family: Family = "devices",
    cached: bool = False,
) -> Route:
    pattern = re.compile(path.replace("{}", "([^/]+)") + r"\Z", re.IGNORECASE)
    return Route(method, pattern, handler, scopes, family, cached)


_DEVICES = "deviceManagement/managedDevices"
_DEVICE = f"{_DEVICES}/{{}}"
MAIL: Scopes = frozenset({"Mail.Send"})
FILES: Scopes = frozenset({"Sites.Selected", "Files.ReadWrite.All", "Sites.ReadWrite.All"})
_ADE = "deviceManagement/depOnboardingSettings"
_EXPORTS = "deviceManagement/reports/exportJobs"
_CATEGORY = f"{_DEVICE}/deviceCategory/\\$ref"
_PRIMARY = f"{_DEVICE}/users/\\$ref"

ROUTES: tuple[Route, ...] = (
    _route("GET", _DEVICES, devices.list_devices, READ_DEVICES, cached=True),
    _route("GET", _DEVICE, devices.get_device, READ_DEVICES),
    _route("GET", f"{_DEVICE}/users", devices.device_users, READ_DEVICES, READ_USERS),
    _route("PATCH", _DEVICE, actions.patch_device, WRITE_DEVICES),
    _route("DELETE", _DEVICE, actions.delete_device, WRITE_DEVICES),
    _route("PUT", _CATEGORY, actions.set_category, WRITE_DEVICES),
    _route("POST", _PRIMARY, actions.set_primary_user, WRITE_DEVICES),
    _route("DELETE", _PRIMARY, actions.set_primary_user, WRITE_DEVICES),
    _route("POST", f"{_DEVICES}/([^/]+)/(wipe)", actions.action, PRIVILEGED | WRITE_DEVICES),
    _route("POST", f"{_DEVICES}/([^/]+)/(\\w+)", actions.action, PRIVILEGED),
    _route("GET", "deviceManagement/managedDeviceOverview", devices.overview, READ_DEVICES),
    _route("GET", "deviceManagement/deviceCategories", devices.categories, READ_CONFIGURATION, family="enrolment"),
    _route("GET", "deviceManagement/applePushNotificationCertificate", sources.push_certificate, READ_SERVICE),
    _route("GET", _ADE, sources.ade_tokens, READ_SERVICE, family="enrolment"),
    _route("GET", f"{_ADE}/{{}}/importedAppleDeviceIdentities", sources.ade_devices, READ_SERVICE, family="enrolment"),
    _route("GET", "deviceManagement/auditEvents", sources.audit_events, READ_APPS),
    _route("GET", "deviceAppManagement/vppTokens", sources.vpp_tokens, READ_SERVICE | READ_APPS),
    _route("GET", "deviceAppManagement/managedAppRegistrations", sources.app_registrations, READ_APPS),
    _route("POST", _EXPORTS, exports.create_job, WRITE_REPORTS, family="exports"),
    _route("GET", _EXPORTS, exports.list_jobs, READ_REPORTS, family="exports"),
    _route("GET", f"{_EXPORTS}/{{}}", exports.get_job, READ_REPORTS, family="exports"),
    _route("GET", "users", users.list_users, USERS_FOR_INTUNE, family="identity"),
    _route("GET", "users/delta", delta.users_delta, READ_USERS, family="identity"),
    _route("GET", "users/{}", users.get_user, USERS_FOR_INTUNE, family="identity"),
    _route("GET", "users/{}/manager", users.get_manager, READ_USERS, family="identity"),
    _route("GET", "users/{}/managedDevices", devices.devices_of_user, READ_DEVICES),
    _route("GET", "organization", users.organization, READ_ORGANISATION, family="identity"),
    _route("GET", "organization/{}", users.organization, READ_ORGANISATION, family="identity"),
    _route("POST", "users/{}/sendMail", sending.send_mail, MAIL, family="identity"),
    _route("POST", "drives/([^/]+)/root:/(.+):/createUploadSession", sending.create_upload, FILES, family="identity"),
    _route("GET", "drives/([^/]+)/root:/(.+)", sending.get_item, FILES, family="identity"),
    _route("POST", r"\$batch", batch.batch, family="identity"),
)

_KEYED = re.compile(r"(\w+)\('([^']*)'\)")


def plain_path(path: str) -> str:
    """The path with keys as segments: `exportJobs('x')` and `exportJobs/x` are the same address."""
    return _KEYED.sub(r"\1/\2", path.replace("microsoft.graph.", "")).strip("/").replace("delta()", "delta")


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | int:
    """The route of a call and what its pattern captured, or the status to refuse it with."""
    status = 400
    for route in ROUTES:
        found = route.pattern.match(path)
        if found and route.method == method:
            return route, found.groups()
        if found:
            status = 405
    return status
