"""The nights differ as real ones do, and every entity is what Graph's schema says."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.demo.directory import Entity, TenantDirectory
from fleet.demo.estate import Estate, generate
from fleet.demo.estate.seeds import EnrolmentSeed
from fleet.demo.graph_view import graph_view, seven_digits

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SCHEMA = Path(os.environ.get("FLEET_GRAPH_SCHEMA", Path(__file__).parents[4] / "shared" / "graph" / "schema.json"))


@pytest.fixture(scope="module")
def estate() -> Estate:
    return generate(now=NOW)


@pytest.fixture(scope="module")
def nights(estate: Estate) -> list[TenantDirectory]:
    """Northbridge on nights 1 to 3."""
    return [graph_view(estate, "northbridge", night) for night in (1, 2, 3)]


def rows(estate: Estate) -> list[tuple[EnrolmentSeed, Entity]]:
    """Every enrolment with what Graph shows of it tonight."""
    shown: dict[str, Entity] = {}
    for tenant in estate.tenants:
        shown |= graph_view(estate, tenant.key, 3).devices
    return [(one, shown[one.intune_id]) for one in estate.enrolments if one.intune_id in shown]


def test_every_row_of_intune_is_in_its_tenant_only(estate: Estate) -> None:
    views = [graph_view(estate, tenant.key, 3) for tenant in estate.tenants]
    assert sum(len(view.devices) for view in views) == sum(one.last_night == 3 for one in estate.enrolments)
    assert {view.tenant_id for view in views} == {one.tenant_id for one in estate.tenants}
    assert all(key == row["id"] for view in views for key, row in view.devices.items())


def test_a_view_is_the_same_each_time(estate: Estate, nights: list[TenantDirectory]) -> None:
    assert graph_view(estate, "northbridge", 2) == nights[1]


def test_an_unknown_night_or_tenant_is_refused(estate: Estate) -> None:
    with pytest.raises(ValueError, match="nights 1, 2 and 3"):
        graph_view(estate, "northbridge", 4)
    with pytest.raises(KeyError):
        graph_view(estate, "nowhere", 1)


def test_check_ins_move_on_every_night(nights: list[TenantDirectory]) -> None:
    staying = nights[0].devices.keys() & nights[2].devices.keys()
    first, last = (
        [moment(night.devices[key]["lastSyncDateTime"]) for key in staying] for night in (nights[0], nights[2])
    )
    moved = sum(after > before for before, after in zip(first, last, strict=True))
    assert all(after >= before for before, after in zip(first, last, strict=True))
    assert moved > len(staying) / 3
    assert max(first) <= NOW - timedelta(days=2)


def test_about_one_system_in_twenty_updates(nights: list[TenantDirectory]) -> None:
    staying = nights[0].devices.keys() & nights[2].devices.keys()
    updated = sum(nights[0].devices[key]["osVersion"] != nights[2].devices[key]["osVersion"] for key in staying)
    assert 0.02 < updated / len(staying) < 0.08


def test_some_devices_are_renamed_after_the_first_night(estate: Estate) -> None:
    before: dict[str, Entity] = {}
    after: dict[str, Entity] = {}
    for tenant in estate.tenants:
        before |= graph_view(estate, tenant.key, 1).devices
        after |= graph_view(estate, tenant.key, 2).devices
    renamed = [key for key in before.keys() & after.keys() if before[key]["deviceName"] != after[key]["deviceName"]]
    assert 2 <= len(renamed) <= 30


def test_just_issued_devices_enrol_on_the_second_night(nights: list[TenantDirectory]) -> None:
    new = nights[1].devices.keys() - nights[0].devices.keys()
    assert new
    for key in new:
        assert moment(nights[1].devices[key]["enrolledDateTime"]) > NOW - timedelta(days=2)
    assert nights[1].devices.keys() == nights[2].devices.keys()


def test_people_come_go_and_change_jobs(nights: list[TenantDirectory]) -> None:
    first, second, third = (night.users for night in nights)
    assert len(second.keys() - first.keys()) == 2
    assert len(first.keys() - second.keys()) == 2
    changed = [key for key in first.keys() & third.keys() if first[key]["jobTitle"] != third[key]["jobTitle"]]
    assert changed
    assert all(third[key]["jobTitle"] == f"Senior {first[key]['jobTitle']}" for key in changed)


def test_managers_are_in_the_directory(nights: list[TenantDirectory]) -> None:
    users = nights[2].users
    managed = [user["manager"]["id"] for user in users.values() if "manager" in user]
    assert set(managed) <= users.keys()
    assert len(managed) > len(users) * 0.9


def test_leavers_are_disabled_with_a_last_day(nights: list[TenantDirectory]) -> None:
    gone = [user for user in nights[2].users.values() if user["employeeLeaveDateTime"]]
    assert gone
    assert all(not user["accountEnabled"] and moment(user["employeeLeaveDateTime"]) < NOW for user in gone)
    assert all(user["accountEnabled"] for user in nights[2].users.values() if not user["employeeLeaveDateTime"])


def test_absent_things_are_absent_as_graph_has_them(estate: Estate) -> None:
    shared = next(row for one, row in rows(estate) if one.user_id is None)
    assert shared["userId"] == "00000000-0000-0000-0000-000000000000"
    assert shared["userPrincipalName"] is None
    assert shared["managedDeviceName"].startswith("_")
    compliant = next(row for one, row in rows(estate) if one.grace_until is None)
    assert compliant["complianceGracePeriodExpirationDateTime"] == "9999-12-31T23:59:59.9999999Z"
    hidden = next(row for one, row in rows(estate) if one.enrolment_type == "appleUserEnrollment")
    assert (hidden["serialNumber"], hidden["imei"], hidden["udid"], hidden["phoneNumber"]) == ("", None, "", None)


def test_the_modern_own_device_enrolment_is_unknown_to_v1(estate: Estate) -> None:
    modern = [row for one, row in rows(estate) if one.enrolment_type == "appleAccountDrivenUserEnrollment"]
    assert modern
    assert {row["deviceEnrollmentType"] for row in modern} == {"unknownFutureValue"}


def test_phone_numbers_of_personal_devices_are_masked(estate: Estate) -> None:
    for one, row in rows(estate):
        if row["phoneNumber"]:
            assert row["phoneNumber"].startswith("******" if one.ownership == "personal" else "+447700900")


def test_names_hold_what_people_type(estate: Estate) -> None:
    names = {row["deviceName"] for _, row in rows(estate)}
    assert any("’" in name for name in names)
    assert any(ord(letter) > 0xFFFF for name in names for letter in name)


def test_moments_have_seven_digits() -> None:
    assert seven_digits(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.0000000Z"
    assert seven_digits(datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)) == "2026-01-02T03:04:05.1234566Z"


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the Graph schema is not beside this checkout")
def test_every_entity_is_valid_by_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    estate = generate(devices=120, now=NOW)
    devices, users = (_validator(jsonschema, schema, name) for name in ("v1.0.managedDevice", "v1.0.user"))
    names = set(schema["$defs"]["v1.0.managedDevice"]["properties"])
    allowed = set(schema["$defs"]["v1.0.user"]["properties"]) | {"manager"}
    for tenant in estate.tenants:
        view = graph_view(estate, tenant.key, 3)
        for row in view.devices.values():
            assert row.keys() == names
            devices.validate(row)
        for user in view.users.values():
            assert user.keys() <= allowed
            users.validate(user)


def _validator(jsonschema: Any, schema: dict[str, Any], name: str) -> Any:
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
