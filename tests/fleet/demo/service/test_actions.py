"""Remote actions and writes: queued at once, done at the next check-in."""

import pytest

from tests.fleet.demo.service.caller import DEVICES
from tests.fleet.demo.service.factory import guid

IPHONE = guid("northbridge", "device", 1)
PERSONAL = guid("northbridge", "device", 4)


@pytest.mark.parametrize(
    "name",
    ["syncDevice", "remoteLock", "retire", "wipe", "rebootNow", "resetPasscode", "locateDevice", "disableLostMode"],
)
def test_an_action_is_queued_and_shows_as_pending(caller, name):
    assert caller.call("POST", f"{DEVICES}/{IPHONE}/{name}").status_code == 204
    (result,) = caller.get(f"{DEVICES}/{IPHONE}").json()["deviceActionResults"]
    assert (result["actionName"], result["actionState"]) == (name, "pending")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("enableLostMode", {"message": "Please ring us", "phoneNumber": "020 7946 0000", "footer": ""}),
        ("playLostModeSound", {"durationInMinutes": "5"}),
        ("setDeviceName", {"deviceName": "NB-IPHONE-0001"}),
    ],
)
def test_beta_actions_exist_in_beta_only_and_want_their_body(caller, service, name, body):
    assert caller.call("POST", f"{DEVICES}/{IPHONE}/{name}", json=body).status_code == 400
    address = f"{service.graph}/beta/{DEVICES}/{IPHONE}/{name}"
    assert caller.call("POST", address, json={}).status_code == 400
    assert caller.call("POST", address, json=body).status_code == 204


def test_a_new_name_is_there_after_the_next_check_in(caller, service):
    address = f"{service.graph}/beta/{DEVICES}/{IPHONE}/setDeviceName"
    caller.call("POST", address, json={"deviceName": "NB-1"})
    assert caller.get(f"{DEVICES}/{IPHONE}").json()["deviceName"] != "NB-1"
    service.check_in("northbridge", IPHONE)
    device = caller.get(f"{DEVICES}/{IPHONE}").json()
    assert device["deviceName"] == "NB-1"
    assert device["deviceActionResults"][0]["actionState"] == "done"


def test_retiring_shows_as_pending_until_the_device_leaves(caller, service):
    caller.call("POST", f"{DEVICES}/{IPHONE}/retire")
    assert caller.get(f"{DEVICES}/{IPHONE}").json()["managementState"] == "retirePending"
    service.check_in("northbridge", IPHONE)
    assert caller.get(f"{DEVICES}/{IPHONE}").status_code == 404
    assert len(caller.rows()) == 24


def test_lost_mode_wants_a_supervised_device_and_wipe_no_user_enrolment(caller, directory):
    assert caller.call("POST", f"{DEVICES}/{PERSONAL}/locateDevice").status_code == 400
    directory.devices[PERSONAL]["deviceEnrollmentType"] = "appleUserEnrollment"
    assert caller.call("POST", f"{DEVICES}/{PERSONAL}/wipe").status_code == 400


def test_notes_name_and_owner_can_be_patched_and_the_user_can_not(caller, directory):
    wanted = {"notes": "In the cupboard", "managedDeviceName": "spare", "managedDeviceOwnerType": "personal"}
    assert caller.call("PATCH", f"{DEVICES}/{IPHONE}", json=wanted).status_code == 200
    assert wanted.items() <= directory.devices[IPHONE].items()
    assert caller.call("PATCH", f"{DEVICES}/{IPHONE}", json={"userId": "x"}).status_code == 400
    assert caller.call("PATCH", f"{DEVICES}/{IPHONE}", json={"managedDeviceOwnerType": "rented"}).status_code == 400


def test_a_deleted_device_is_gone(caller):
    assert caller.call("DELETE", f"{DEVICES}/{IPHONE}").status_code == 204
    assert caller.get(f"{DEVICES}/{IPHONE}").status_code == 404
    assert len(caller.rows()) == 24


def test_a_category_is_set_by_reference(caller, service, directory):
    category = directory.categories[0]["id"]
    body = {"@odata.id": f"{service.graph}/v1.0/deviceManagement/deviceCategories/{category}"}
    assert caller.call("PUT", f"{DEVICES}/{IPHONE}/deviceCategory/$ref", json=body).status_code == 204
    assert caller.get(f"{DEVICES}/{IPHONE}").json()["deviceCategoryDisplayName"] == "Social work"
    assert caller.call("PUT", f"{DEVICES}/{IPHONE}/deviceCategory/$ref", json={}).status_code == 404


def test_the_primary_user_changes_on_windows_only(caller, service, directory):
    address = f"{service.graph}/beta/{DEVICES}/{IPHONE}/users/$ref"
    user = guid("northbridge", "user", 9)
    body = {"@odata.id": f"{service.graph}/beta/users/{user}"}
    assert caller.call("POST", address, json=body).status_code == 400
    directory.devices[IPHONE]["operatingSystem"] = "Windows"
    assert caller.call("POST", address, json=body).status_code == 204
    assert directory.primary_users[IPHONE] == user
    assert caller.call("DELETE", address).status_code == 204
    assert directory.primary_users[IPHONE] is None


def test_without_the_privileged_permission_actions_are_refused_and_it_is_named(caller, directory):
    directory.permissions = frozenset({"DeviceManagementManagedDevices.ReadWrite.All"})
    caller.token = caller.new_token()
    refused = caller.call("POST", f"{DEVICES}/{IPHONE}/retire")
    assert refused.status_code == 403
    assert "PrivilegedOperations.All" in refused.json()["error"]["message"]
    assert caller.call("POST", f"{DEVICES}/{IPHONE}/wipe").status_code == 204


def test_what_an_action_brings_is_in_its_result_once_the_device_did_it(caller, service):
    for name in ("resetPasscode", "remoteLock", "locateDevice", "bypassActivationLock"):
        caller.call("POST", f"{DEVICES}/{IPHONE}/{name}")
    service.check_in("northbridge", IPHONE)
    device = caller.get(f"{DEVICES}/{IPHONE}?$select=id,deviceActionResults,activationLockBypassCode").json()
    held = {one["actionName"]: one for one in device["deviceActionResults"]}
    assert len(held["resetPasscode"]["passcode"]) == len(held["remoteLock"]["unlockPin"]) == 6
    assert 54 <= held["locateDevice"]["deviceLocation"]["latitude"] <= 55
    assert device["activationLockBypassCode"]


def test_a_device_that_checks_in_by_itself_does_so_after_a_while(caller, service, clock):
    service.check_in_after = 30
    caller.call("POST", f"{DEVICES}/{IPHONE}/retire")
    clock.pass_by(seconds=29)
    assert caller.get(f"{DEVICES}/{IPHONE}").status_code == 200
    clock.pass_by(seconds=1)
    assert caller.get(f"{DEVICES}/{IPHONE}").status_code == 404
    assert [(one.action, one.tenant, one.user) for one in service.accepted] == [("retire", "northbridge", None)]


def test_the_application_of_actions_signs_in_beside_the_one_of_the_sync(caller, service, directory):
    directory.action_client_id, directory.action_secret = guid("actions"), "another-secret"
    form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
    answers = [
        caller.ask_token(**form, client_id=guid("actions"), client_secret=secret).status_code
        for secret in ("another-secret", "correct-horse-battery")
    ]
    assert answers == [200, 401]
    caller.token = caller.ask_token(**form, client_id=guid("actions"), client_secret="another-secret").json()[
        "access_token"
    ]
    assert caller.call("POST", f"{DEVICES}/{IPHONE}/syncDevice").status_code == 204
    assert service.accepted[-1].app == guid("actions")
