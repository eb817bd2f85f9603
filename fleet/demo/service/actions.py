"""Remote actions and writes: 204 means queued, so the device shows it as pending until it checks in."""

from fleet.demo.directory import Entity
from fleet.demo.service.call import Answer, Call, graph_time
from fleet.demo.service.devices import find_device
from fleet.demo.service.shapes import Form, show

V1_ACTIONS = frozenset(
    {
        "bypassactivationlock",
        "cleanwindowsdevice",
        "deleteuserfromsharedappledevice",
        "disablelostmode",
        "locatedevice",
        "logoutsharedappledeviceactiveuser",
        "rebootnow",
        "recoverpasscode",
        "remotelock",
        "requestremoteassistance",
        "resetpasscode",
        "retire",
        "shutdown",
        "syncdevice",
        "windowsdefenderscan",
        "windowsdefenderupdatesignatures",
        "wipe",
    }
)
BETA_ACTIONS = V1_ACTIONS | {"enablelostmode", "playlostmodesound", "setdevicename", "revokeapplevpplicenses"}
_SUPERVISED_ONLY = {"enablelostmode", "disablelostmode", "locatedevice", "playlostmodesound"}
_USER_ENROLMENT = {
    "appleUserEnrollment",
    "appleUserEnrollmentWithServiceAccount",
    "appleAccountDrivenUserEnrollment",
}
_STATES = {"retire": "retirePending", "wipe": "wipePending"}
_REQUIRED = {
    "enablelostmode": "message",
    "playlostmodesound": "durationInMinutes",
    "setdevicename": "deviceName",
    "deleteuserfromsharedappledevice": "userPrincipalName",
}
_PATCHABLE = {"managedDeviceName", "notes", "managedDeviceOwnerType", "ownerType"}
_OWNERS = {"unknown", "company", "personal"}


def action(call: Call) -> Answer:
    """Queue a remote action."""
    device = find_device(call, call.params[0])
    name = call.params[1]
    known = BETA_ACTIONS if call.version == "beta" else V1_ACTIONS
    if name.lower() not in known:
        raise call.refuse(400, "BadRequest", f"Resource not found for the segment '{name}'.")
    body = call.json()
    _check(call, device, name.lower(), body)
    now = graph_time(call.service.clock())
    entry = {"actionName": name, "actionState": "pending", "startDateTime": now, "lastUpdatedDateTime": now}
    with call.state.lock:
        others = [one for one in device.get("deviceActionResults") or [] if one.get("actionName") != name]
        device["deviceActionResults"] = [*others, entry]
        device["managementState"] = _STATES.get(name.lower(), device.get("managementState", "managed"))
        if name.lower() == "setdevicename":
            call.state.new_names[device["id"]] = str(body["deviceName"])
        call.state.touch()
    return Answer(status=204)


def _check(call: Call, device: Entity, name: str, body: Entity) -> None:
    required = _REQUIRED.get(name)
    if required and not isinstance(body.get(required), str):
        raise call.refuse_intune(400, "BadRequest", f"The parameter {required} is missing")
    if name in _SUPERVISED_ONLY and not device.get("isSupervised"):
        raise call.refuse_intune(400, "BadRequest", "The action is only supported on supervised devices")
    if name == "wipe" and device.get("deviceEnrollmentType") in _USER_ENROLMENT:
        raise call.refuse_intune(400, "BadRequest", "Wipe is not supported on user enrolled devices")


def check_in(call_state: Entity, name: str | None, moment: str) -> bool:
    """Let a device carry out what is pending; False when it has left management thereby."""
    states = {"retirePending": False, "wipePending": False}
    stays = states.get(call_state.get("managementState", "managed"), True)
    call_state["deviceActionResults"] = [
        {**one, "actionState": "done", "lastUpdatedDateTime": moment} if one.get("actionState") == "pending" else one
        for one in call_state.get("deviceActionResults") or []
    ]
    call_state["lastSyncDateTime"] = moment
    if name is not None:
        call_state["deviceName"] = name
    return stays


def patch_device(call: Call) -> Answer:
    """Change what Intune lets one change: name, notes, owner; anything else is 400."""
    device = find_device(call, call.params[0])
    wanted = {name: value for name, value in call.json().items() if not name.startswith("@")}
    owner = wanted.get("managedDeviceOwnerType", wanted.get("ownerType"))
    if not set(wanted) <= _PATCHABLE or owner not in {None, *_OWNERS}:
        raise call.refuse_intune(400, "BadRequest", "The property can not be changed")
    with call.state.lock:
        device.update({name: value for name, value in wanted.items() if name != "ownerType"})
        if owner is not None:
            device["managedDeviceOwnerType"] = owner
        call.state.touch()
    return Answer(
        {
            "@odata.context": call.context("deviceManagement/managedDevices", entity=True),
            **show(device, Form(call.version, listed=False)),
        }
    )


def delete_device(call: Call) -> Answer:
    """Remove the device from Intune; the device itself retires at its next check-in."""
    device = find_device(call, call.params[0])
    with call.state.lock:
        call.state.directory.devices.pop(device["id"], None)
        call.state.directory.primary_users.pop(device["id"], None)
        call.state.touch()
    return Answer(status=204)


def set_category(call: Call) -> Answer:
    """Put the device into a category."""
    device = find_device(call, call.params[0])
    category_id = str(call.json().get("@odata.id", "")).rpartition("/")[2].strip("')").rpartition("('")[2]
    category = next((one for one in call.state.directory.categories if one["id"] == category_id), None)
    if category is None:
        raise call.refuse_intune(404, "ResourceNotFound", f"Device category {category_id} was not found")
    with call.state.lock:
        device["deviceCategoryDisplayName"] = category.get("displayName") or ""
        call.state.touch()
    return Answer(status=204)


def set_primary_user(call: Call) -> Answer:
    """Change the primary user, which Intune allows on Windows only."""
    device = find_device(call, call.params[0])
    if call.version != "beta":
        raise call.refuse(400, "BadRequest", "Write requests are only supported on contained entities.")
    if device.get("operatingSystem") != "Windows":
        raise call.refuse_intune(400, "BadRequest", "An error has occurred")
    user_id = str(call.json().get("@odata.id", "")).rpartition("/")[2]
    removing = call.request.method == "DELETE"
    if not removing and call.state.user(user_id) is None:
        raise call.refuse_intune(404, "ResourceNotFound", f"User {user_id} was not found")
    call.state.directory.primary_users[device["id"]] = None if removing else user_id
    call.state.touch()
    return Answer(status=204)
