"""Every body the service sends is what the schema of Graph says, also with the switches that keep it well-formed."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.fleet.demo.service.caller import DEVICES
from tests.fleet.demo.service.factory import guid

SCHEMA = Path(__file__).parents[5] / "shared" / "graph" / "schema.json"
ONE = guid("northbridge", "device", 1)
USER = guid("northbridge", "user", 1)
WELL_FORMED = (
    "repeated_next_link",
    "foreign_next_link",
    "empty_page",
    "torn_list",
    "wrong_count",
    "half_list",
    "empty_list",
    "duplicate_rows",
    "renamed_between_pages",
    "masked_phones",
    "sentinel_dates",
    "oversized_page",
)
REFUSALS = (
    "too_many_requests",
    "too_many_requests_fractional",
    "too_many_requests_silent",
    "unavailable",
    "gateway_timeout",
    "server_error",
    "expired_token",
    "claims_challenge",
    "missing_permission",
    "no_intune_licence",
)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    if not SCHEMA.exists():
        pytest.skip("the schema is not beside this project")
    return dict(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.fixture
def complaints(schema):
    """What the schema has to say against a body, below one of its definitions."""

    def check(body: Any, name: str) -> list[str]:
        validator = Draft202012Validator(
            {"$schema": schema["$schema"], "$ref": f"#/$defs/{name}", "$defs": schema["$defs"]},
            format_checker=FormatChecker(),
        )
        return [f"{'/'.join(map(str, error.path))}: {error.message[:120]}" for error in validator.iter_errors(body)]

    return check


def is_known(row: dict[str, Any], name: str, schema: dict[str, Any]) -> set[str]:
    """Properties of a row that its type does not have."""
    return {key for key in row if "@" not in key} - set(schema["$defs"][name]["properties"])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (DEVICES, "v1.0.managedDeviceCollection"),
        (f"{DEVICES}/{ONE}", "v1.0.managedDevice"),
        (f"{DEVICES}/{ONE}?$select=id,iccid,udid,ethernetMacAddress,notes", "v1.0.managedDevice"),
        (f"{DEVICES}/{guid('northbridge', 'device', 0)}", "v1.0.managedDevice"),
        (f"{DEVICES}/{ONE}/users", "v1.0.userCollection"),
        ("deviceManagement/managedDeviceOverview", "v1.0.managedDeviceOverview"),
        ("deviceManagement/deviceCategories", "v1.0.deviceCategoryCollection"),
        ("users", "v1.0.userCollection"),
        ("users?$select=id,assignedLicenses,otherMails,employeeLeaveDateTime,signInActivity", "v1.0.userCollection"),
        (f"users/{USER}", "v1.0.user"),
        (f"users/{USER}/manager", "v1.0.user"),
        (f"users/{USER}/managedDevices", "v1.0.managedDeviceCollection"),
        ("users/delta?$select=id,displayName,manager", "v1.0.userCollection"),
        ("users/nobody", "odataError"),
        (f"{DEVICES}/nobody", "odataError"),
    ],
)
def test_bodies_of_v1_are_valid(caller, complaints, path, name):
    assert complaints(caller.get(path).json(), name) == []


def test_the_organisation_is_valid(caller, complaints, directory):
    for row in caller.get("organization").json()["value"]:
        assert complaints(row, "v1.0.organization") == []
    assert complaints(caller.get(f"organization/{directory.tenant_id}").json(), "v1.0.organization") == []


def test_beta_bodies_are_valid_and_have_no_foreign_property(caller, service, complaints, schema):
    listed = caller.get(f"{service.graph}/beta/{DEVICES}").json()
    assert complaints(listed, "beta.managedDeviceCollection") == []
    one = caller.get(f"{service.graph}/beta/{DEVICES}/{ONE}").json()
    assert complaints(one, "beta.managedDevice") == []
    assert is_known(one, "beta.managedDevice", schema) == set()


def test_v1_has_every_property_of_the_schema_and_no_other(caller, schema):
    one = caller.get(f"{DEVICES}/{ONE}").json()
    assert is_known(one, "v1.0.managedDevice", schema) == set()
    assert set(schema["$defs"]["v1.0.managedDevice"]["properties"]) - set(one) == set()


def test_export_jobs_are_valid_at_every_stage(caller, complaints):
    address = "deviceManagement/reports/exportJobs"
    job = caller.call("POST", address, json={"reportName": "Devices", "select": ["DeviceId"]}).json()
    assert complaints(job, "v1.0.deviceManagementExportJob") == []
    for _ in range(4):
        job = caller.get(f"{address}('{job['id']}')").json()
        assert complaints(job, "v1.0.deviceManagementExportJob") == []
    assert complaints(caller.get(address).json(), "v1.0.deviceManagementExportJobCollection") == []


def test_a_device_with_pending_actions_and_items_of_a_batch_are_valid(caller, complaints):
    for action in ("remoteLock", "locateDevice", "retire"):
        caller.call("POST", f"{DEVICES}/{ONE}/{action}")
    batch = [{"id": name, "method": "GET", "url": f"/{DEVICES}/{name}"} for name in (ONE, "nobody")]
    answers = caller.call("POST", "$batch", json={"requests": batch}).json()["responses"]
    bodies = {entry["id"]: entry["body"] for entry in answers}
    assert complaints(bodies[ONE], "v1.0.managedDevice") == []
    assert complaints(bodies["nobody"], "odataError") == []
    assert complaints(caller.call("PATCH", f"{DEVICES}/{ONE}", json={"notes": "x"}).json(), "v1.0.managedDevice") == []


def test_deltas_with_removals_are_valid(caller, directory, complaints):
    link = caller.get("users/delta?$select=id,jobTitle,manager").json()["@odata.deltaLink"]
    directory.users[USER]["deletedDateTime"] = "2026-11-22T01:00:00Z"
    directory.users[guid("northbridge", "user", 2)]["manager"] = {"id": USER}
    del directory.users[guid("northbridge", "user", 3)]
    body = caller.get(link).json()
    assert len(body["value"]) == 3
    assert complaints(body, "v1.0.userCollection") == []


@pytest.mark.parametrize("name", WELL_FORMED)
def test_pages_stay_valid_under_the_switch(caller, service, complaints, name):
    service.faults.throw(name, page=0)
    for page in caller.pages(most=2 if name != "foreign_next_link" else 1):
        assert complaints(page, "v1.0.managedDeviceCollection") == []


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_are_valid_errors(caller, service, complaints, name):
    service.faults.throw(name, page=0)
    answer = caller.get(DEVICES)
    assert answer.status_code >= 400
    assert complaints(answer.json(), "odataError") == []


def test_the_schema_does_object_to_a_bad_device(caller, service, complaints):
    service.faults.throw("bad_device", value="wrong_types")
    assert complaints(caller.get(DEVICES).json(), "v1.0.managedDeviceCollection") != []
