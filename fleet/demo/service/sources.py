"""Graph's lists beside people and devices: push certificate, ADE and VPP tokens, apps on own devices, the audit."""

import re
from urllib.parse import quote

from fleet.demo.directory import Entity
from fleet.demo.service import mischief
from fleet.demo.service.call import Answer, Call

_SINCE = re.compile(r"activityDateTime\s+(ge|gt)\s+(\S+)\Z")
BETA_ONLY = "Resource not found for the segment 'depOnboardingSettings'."


def push_certificate(call: Call) -> Answer:
    """The one push certificate; 404 where none was uploaded."""
    found = call.state.directory.push_certificate
    if found is None:
        raise call.refuse_intune(404, "ResourceNotFound", "No certificate was found")
    return Answer(
        {"@odata.context": call.context("deviceManagement/applePushNotificationCertificate", entity=True), **found}
    )


def ade_tokens(call: Call) -> Answer:
    """The tokens of automated enrolment, which only beta has."""
    _only_beta(call)
    return _page(call, "deviceManagement/depOnboardingSettings", call.state.directory.ade_tokens)


def ade_devices(call: Call) -> Answer:
    """What a token brought in from Apple."""
    _only_beta(call)
    devices = call.state.directory.ade_devices.get(call.params[0])
    if devices is None:
        raise call.refuse_intune(404, "ResourceNotFound", "The token was not found")
    view = devices[::2] if call.strike("half_list") else devices
    return _page(call, f"deviceManagement/depOnboardingSettings/{call.params[0]}/importedAppleDeviceIdentities", view)


def vpp_tokens(call: Call) -> Answer:
    """The tokens of volume purchasing; their secret part is never told."""
    return _page(call, "deviceAppManagement/vppTokens", call.state.directory.vpp_tokens)


def app_registrations(call: Call) -> Answer:
    """Apps with council data on people's devices; v1.0 does not say on which."""
    rows = call.state.directory.app_registrations
    if call.version == "v1.0":
        hidden = ("managedDeviceId", "azureADDeviceId", "deviceModel", "deviceManufacturer")
        rows = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
    return _page(call, "deviceAppManagement/managedAppRegistrations", rows)


def audit_events(call: Call) -> Answer:
    """What was done in the portal, newest first, from a moment on; another filter is ignored, as so often."""
    rows = call.state.directory.audit_events
    since = _SINCE.match(call.options.get("$filter", "").strip())
    if since:
        rows = [row for row in rows if row["activityDateTime"] >= since[2]]
    return _page(call, "deviceManagement/auditEvents", rows)


def _only_beta(call: Call) -> None:
    if call.version != "beta":
        raise call.refuse(400, "BadRequest", BETA_ONLY)


def _page(call: Call, path: str, rows: list[Entity]) -> Answer:
    """A page of rows, with a link to the next one by number."""
    size, start = call.service.page_size, int(call.options.get("$skiptoken", "0") or 0)
    number = start // size + 1
    call.page = number
    mischief.before_page(call, number)
    shown = rows[start : start + size]
    body = {"@odata.context": call.context(path), "@odata.count": len(rows), "value": shown}
    if start + size < len(rows):
        kept = [f"{name}={quote(value)}" for name, value in call.options.items() if name != "$skiptoken"]
        body["@odata.nextLink"] = f"{call.base}/{path}?{'&'.join([*kept, f'$skiptoken={start + size}'])}"
    return Answer(body)
