"""Remote actions and writes: 204 means queued, so the device shows it as pending until it checks in."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from fleet.demo.directory import Entity
from fleet.demo.service.call import Answer, Call, graph_time
from fleet.demo.service.devices import find_device
from fleet.demo.service.faults import Faults
from fleet.demo.service.shapes import Form, show
from fleet.demo.service.state import TenantState

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


@dataclass(frozen=True, slots=True)
class Accepted:
    """A write to a device that the service took."""

    tenant: str
    device_id: str
    action: str
    """As Graph calls it; `patch`, `category`, `delete` for what is no action."""
    app: str
    user: str | None
    """Entra id of the person who sent it; None when an application did."""
    body: Entity


def _taken(call: Call, device: Entity, name: str, do: Callable[[], None], answer: Answer) -> Answer:
    """Do a write, note it, and answer; or whatever a switch does to the answer."""
    if call.strike("action_cut"):
        return Answer(status=204, cut=True)
    with call.state.lock:
        do()
        body = call.json()
        call.service.take(call.state, Accepted(call.state.directory.key, device["id"], name, call.app, call.user, body))
        call.state.touch()
    if call.strike("action_accepted_cut"):
        return Answer(status=204, cut=True)
    if call.strike("action_accepted_504"):
        raise call.refuse_intune(504, "UnknownError", "An error has occurred", twice="")
    return answer


def action(call: Call) -> Answer:
    """Queue a remote action."""
    device = find_device(call, call.params[0])
    name = call.params[1]
    known = BETA_ACTIONS if call.version == "beta" else V1_ACTIONS
    if name.lower() not in known:
        raise call.refuse(400, "BadRequest", f"Resource not found for the segment '{name}'.")
    body = call.json()
    _check(call, device, name.lower(), body)

    def queue() -> None:
        now = graph_time(call.service.clock())
        entry = {"actionName": name, "actionState": "pending", "startDateTime": now, "lastUpdatedDateTime": now}
        if call.strike("action_hidden"):
            call.state.hidden.setdefault(device["id"], []).append(name)
        else:
            others = [one for one in device.get("deviceActionResults") or [] if one.get("actionName") != name]
            device["deviceActionResults"] = [*others, entry]
            device["managementState"] = _STATES.get(name.lower(), device.get("managementState", "managed"))
        if name.lower() == "setdevicename":
            call.state.new_names[device["id"]] = str(body["deviceName"])

    return _taken(call, device, name, queue, Answer(status=204))


def _check(call: Call, device: Entity, name: str, body: Entity) -> None:
    required = _REQUIRED.get(name)
    if required and not isinstance(body.get(required), str):
        raise call.refuse_intune(400, "BadRequest", f"The parameter {required} is missing")
    if name in _SUPERVISED_ONLY and not device.get("isSupervised"):
        raise call.refuse_intune(400, "BadRequest", "The action is only supported on supervised devices")
    if name == "wipe" and device.get("deviceEnrollmentType") in _USER_ENROLMENT:
        raise call.refuse_intune(400, "BadRequest", "Wipe is not supported on user enrolled devices")


def check_in(faults: Faults, state: TenantState, device: Entity, moment: str) -> bool:
    """Let a device carry out what is pending; False when it has left management thereby."""
    key = state.directory.key
    device["lastSyncDateTime"] = moment
    ends = {"action_fails": "failed", "action_unsupported": "notSupported", "action_stays": "pending"}
    end = next((word for name, word in ends.items() if faults.strike(name, key)), "done")
    pending = [one["actionName"] for one in device.get("deviceActionResults") or [] if one["actionState"] == "pending"]
    pending += state.hidden.pop(device["id"], [])
    known = {one["actionName"]: one for one in device.get("deviceActionResults") or []}
    for name in pending:
        before = known.get(name, {"actionName": name, "startDateTime": moment})
        brought = _brought(state, device, name) if end == "done" else {}
        known[name] = {**before, "actionState": end, "lastUpdatedDateTime": moment, **brought}
    device["deviceActionResults"] = list(known.values())
    if end != "done":
        if end != "pending" and device.get("managementState") in _STATES.values():
            device["managementState"] = device["managementState"].replace("Pending", "Failed")
        return True
    if (name := state.new_names.pop(device["id"], None)) is not None:
        device["deviceName"] = name
    stays = device.get("managementState", "managed") not in _STATES.values()
    return stays and not {one.lower() for one in pending} & set(_STATES)


def _brought(state: TenantState, device: Entity, name: str) -> Entity:
    """What the result of an action holds: invented anew each time, the same for the same number of results."""
    random = Random(f"{device['id']}/{name}/{state.generation}")
    if name.lower() == "remotelock":
        return {"@odata.type": "#microsoft.graph.remoteLockActionResult", "unlockPin": f"{random.randrange(10**6):06}"}
    if name.lower() == "resetpasscode":
        return {
            "@odata.type": "#microsoft.graph.resetPasscodeActionResult",
            "passcode": f"{random.randrange(10**6):06}",
        }
    if name.lower() == "locatedevice":
        place = {"latitude": 54.0 + random.random(), "longitude": -2.0 - random.random(), "horizontalAccuracy": 65.0}
        return {"@odata.type": "#microsoft.graph.locateDeviceActionResult", "deviceLocation": place}
    if name.lower() == "bypassactivationlock":
        device["activationLockBypassCode"] = "-".join(f"{random.randrange(36**5):05}"[:5] for _ in range(3))
    return {}


def patch_device(call: Call) -> Answer:
    """Change what Intune lets one change: name, notes, owner; anything else is 400."""
    device = find_device(call, call.params[0])
    wanted = {name: value for name, value in call.json().items() if not name.startswith("@")}
    owner = wanted.get("managedDeviceOwnerType", wanted.get("ownerType"))
    if not set(wanted) <= _PATCHABLE or owner not in {None, *_OWNERS}:
        raise call.refuse_intune(400, "BadRequest", "The property can not be changed")

    def change() -> None:
        device.update({name: value for name, value in wanted.items() if name != "ownerType"})
        if owner is not None:
            device["managedDeviceOwnerType"] = owner

    answer = _taken(call, device, "patch", change, Answer())
    if not answer.cut:
        answer.payload = {
            "@odata.context": call.context("deviceManagement/managedDevices", entity=True),
            **show(device, Form(call.version, listed=False)),
        }
    return answer


def delete_device(call: Call) -> Answer:
    """Remove the device from Intune; the device itself retires at its next check-in."""
    device = find_device(call, call.params[0])

    def forget() -> None:
        call.state.directory.devices.pop(device["id"], None)
        call.state.directory.primary_users.pop(device["id"], None)

    return _taken(call, device, "delete", forget, Answer(status=204))


def set_category(call: Call) -> Answer:
    """Put the device into a category."""
    device = find_device(call, call.params[0])
    category_id = str(call.json().get("@odata.id", "")).rpartition("/")[2].strip("')").rpartition("('")[2]
    category = next((one for one in call.state.directory.categories if one["id"] == category_id), None)
    if category is None:
        raise call.refuse_intune(404, "ResourceNotFound", f"Device category {category_id} was not found")

    def choose() -> None:
        device["deviceCategoryDisplayName"] = category.get("displayName") or ""

    return _taken(call, device, "category", choose, Answer(status=204))


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
