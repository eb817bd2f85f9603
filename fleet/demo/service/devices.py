"""Managed devices: the list with its keyset pages, GET by id, primary user, overview, categories."""

import re
from collections import Counter
from urllib.parse import quote

from fleet.demo.directory import Entity
from fleet.demo.service import mischief
from fleet.demo.service.call import Answer, Call
from fleet.demo.service.odata import BadFilter, UnknownProperty, device_filter, selected
from fleet.demo.service.shapes import SPELLING, V1_PROPERTIES, Form, show
from fleet.demo.service.state import DeviceKey, View, first_after
from fleet.demo.service.users import show_user

LIST = "deviceManagement/managedDevices"
_TOKEN = re.compile(r"LastDeviceName='(?P<name>.*)',LastDeviceId='(?P<id>[^']*)'(?P<again>,Page='2')?\Z", re.DOTALL)
OVERVIEW_ID = "fe3ae6b2-7d1c-4a5b-9a51-6d7c2e1b0f44"


def view_of(call: Call) -> View:
    """How much of the devices the caller is shown."""
    if call.strike("empty_list"):
        return "empty"
    return "half" if call.strike("half_list") else "all"


def device_form(call: Call, *, listed: bool) -> Form:
    """The form the caller asked for; raises `Refusal` (400) for an unknown property."""
    try:
        select = selected(call.options.get("$select"), SPELLING[call.version], "managedDevice")
    except UnknownProperty as error:
        raise call.refuse(400, "BadRequest", str(error)) from error
    return Form(call.version, listed, select, call.prefers("include-unknown-enum-members"))


def list_devices(call: Call) -> Answer:
    """A page of the list. `$orderby` and unsupported filters are ignored, `$skip` empties the page."""
    form = device_form(call, listed=True)
    keys = _filtered(call, call.state.order(view_of(call)))
    size = _page_size(call)
    last, again = _position(call)
    start = first_after(keys, last)
    number = start // size + 1
    call.page = number
    mischief.before_page(call, number)
    shown = keys[start : start + size]
    page = mischief.Page(
        number=number,
        rows=_rows(call, shown, form),
        count=len(keys),
        link=page_link(call, shown[-1]) if start + size < len(keys) else None,
    )
    if "$skip" in call.options:
        page.rows = []
    if call.service.faults.any_at("list", call.state.directory.key):
        again_link = page_link(call, last or ("", ""), again=True)
        before = _rows(call, keys[max(0, start - size) : start], form)
        mischief.spoil_page(call, page, mischief.Neighbours(again_link, again, before, keys, start + size))
    return Answer(page.body(call.context(LIST, form.select)))


def _rows(call: Call, keys: list[DeviceKey], form: Form) -> list[Entity]:
    """The devices of those keys, without any that was deleted a moment ago."""
    devices = call.state.directory.devices
    return [show(devices[device_id], form) for _, device_id in keys if device_id in devices]


def page_link(call: Call, last: DeviceKey, *, again: bool = False) -> str:
    """The address of the page after that key, in the service's own peculiar encoding."""
    kept = [
        f"{name}={quote(value, safe=',()$=')}"
        for name, value in call.options.items()
        if name not in ("$skiptoken", "$skip")
    ]
    name = quote(last[0].replace("'", "''"), safe="")
    token = f"LastDeviceName%3d%27{name}%27%2cLastDeviceId%3d%27{last[1]}%27"
    suffix = "%2cPage%3d%272%27" if again else ""
    return f"{call.base}/{LIST}?{'&'.join([*kept, f'$skiptoken={token}{suffix}'])}"


def _position(call: Call) -> tuple[DeviceKey | None, bool]:
    """The key after which the page starts, and whether the caller comes from an empty page."""
    text = call.options.get("$skiptoken")
    if text is None:
        return None, False
    found = _TOKEN.match(text)
    if found is None:
        raise call.refuse_intune(400, "BadRequest", "The skip token is not valid.")
    return (found["name"].replace("''", "'"), found["id"]), found["again"] is not None


def _page_size(call: Call) -> int:
    top = call.options.get("$top", "")
    if top and not top.isdigit():
        raise call.refuse(400, "BadRequest", f"Invalid value '{top}' for $top query option found.")
    return min(int(top or 0) or call.service.page_size, call.service.page_size)


def _filtered(call: Call, keys: list[DeviceKey]) -> list[DeviceKey]:
    text = call.options.get("$filter")
    if not text:
        return keys
    try:
        fits = device_filter(text, SPELLING[call.version], V1_PROPERTIES)
    except BadFilter as error:
        raise call.refuse(400, "BadRequest", f"Invalid filter clause: Syntax error in '{text}'.") from error
    devices = call.state.directory.devices
    return keys if fits is None else [key for key in keys if key[1] in devices and fits(devices[key[1]])]


def find_device(call: Call, device_id: str) -> Entity:
    """The device of that id; raises `Refusal` (404) when there is none or a switch says so."""
    device = call.state.device(device_id)
    thrown = call.service.faults.strike("device_gone", call.state.directory.key, call.path)
    gone = thrown is not None and thrown.value in (None, device_id)
    if device is None or gone:
        raise call.refuse_intune(404, "ResourceNotFound", f"Device {device_id} was not found")
    return device


def get_device(call: Call) -> Answer:
    """One device in the GET form: a bare entity. What the list omits comes only when it is selected."""
    form = device_form(call, listed=False)
    device = find_device(call, call.params[0])
    body = {"@odata.context": call.context(LIST, form.select, entity=True), **show(device, form)}
    if call.options.get("$expand", "").lower() == "detectedapps":
        body["detectedApps"] = []
    return Answer(body)


def device_users(call: Call) -> Answer:
    """The primary user of a device: none or one. Not the enrolling user that the device itself names."""
    device = find_device(call, call.params[0])
    user_id = call.state.directory.primary_users.get(device["id"])
    user = call.state.user(user_id) if user_id else None
    rows = [show_user(user, None)] if user else []
    return Answer({"@odata.context": call.context("users"), "value": rows})


def devices_of_user(call: Call) -> Answer:
    """The devices that a user enrolled."""
    user = call.state.user(call.params[0])
    if user is None:
        raise call.refuse(404, "Request_ResourceNotFound", f"Resource '{call.params[0]}' does not exist.")
    form = device_form(call, listed=True)
    rows = [
        show(device, form) for device in call.state.directory.devices.values() if device.get("userId") == user["id"]
    ]
    context = call.context(f"users('{user['id']}')/managedDevices", form.select)
    return Answer({"@odata.context": context, "@odata.count": len(rows), "value": rows})


def overview(call: Call) -> Answer:
    """Counts by operating system: a bare entity that agrees with the list."""
    keys = call.state.order(view_of(call))
    devices = call.state.directory.devices
    systems = Counter((devices[key].get("operatingSystem") or "").lower() for _, key in keys if key in devices)
    known = {
        "androidCount": systems["android"],
        "iosCount": systems["ios"] + systems["ipados"],
        "macOSCount": systems["macos"],
        "windowsMobileCount": 0,
        "windowsCount": systems["windows"],
    }
    return Answer(
        {
            "@odata.context": call.context("deviceManagement/managedDeviceOverview", entity=True),
            "id": OVERVIEW_ID,
            "enrolledDeviceCount": len(keys),
            "mdmEnrolledCount": len(keys),
            "dualEnrolledDeviceCount": 0,
            "deviceOperatingSystemSummary": {**known, "unknownCount": len(keys) - sum(known.values())},
            "deviceExchangeAccessStateSummary": {
                "allowedDeviceCount": 0,
                "blockedDeviceCount": 0,
                "quarantinedDeviceCount": 0,
                "unknownDeviceCount": 0,
                "unavailableDeviceCount": 0,
            },
        }
    )


def categories(call: Call) -> Answer:
    """The device categories of the tenant."""
    rows = [
        {"id": row["id"], "displayName": row.get("displayName"), "description": row.get("description")}
        for row in call.state.directory.categories
    ]
    return Answer({"@odata.context": call.context("deviceManagement/deviceCategories"), "value": rows})
