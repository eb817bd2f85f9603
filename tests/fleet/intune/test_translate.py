"""What Graph writes in many ways becomes one, and a row that can't be believed is named."""

import copy
import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.domain.records import ObservedDevice
from fleet.intune.translate import (
    NEVER_KEPT_OF_PERSONAL_DEVICES,
    SELECT_DEVICE,
    TranslationProblem,
    detail,
    device,
    devices_of,
    overview_count,
    person,
)

RECORDED = Path(__file__).parents[4] / "shared" / "graph" / "recorded"
LISTED: dict[str, Any] = {
    "id": "3F0C7C1E-1111-4222-8333-000000000001",
    "serialNumber": " dmpx1testf1 ",
    "imei": "35 209900-176148 1",
    "meid": "35209900176148",
    "deviceName": "Social care’s iPad [/x]",
    "model": "iPad (A16)",
    "manufacturer": "Apple",
    "operatingSystem": "iPadOS",
    "osVersion": "26.1",
    "managedDeviceOwnerType": "company",
    "deviceEnrollmentType": "appleBulkWithUser",
    "managementState": "managed",
    "deviceRegistrationState": "registered",
    "complianceState": "unknown",
    "complianceGracePeriodExpirationDateTime": "0001-01-01T00:00:00Z",
    "isSupervised": True,
    "isEncrypted": False,
    "jailBroken": "False",
    "enrolledDateTime": "2026-02-17T16:24:45Z",
    "azureADDeviceId": "00000000-0000-0000-0000-000000000000",
    "userId": "",
    "userPrincipalName": "",
    "phoneNumber": "******5480",
    "subscriberCarrier": "",
    "deviceCategoryDisplayName": "Unknown",
    "wiFiMacAddress": "84AD8DB5B351",
    "managementCertificateExpirationDate": "2027-02-15T19:56:28Z",
    "totalStorageSpaceInBytes": 68719476736,
    "lastSyncDateTime": "2026-11-21T00:24:15Z",
    "freeStorageSpaceInBytes": 0,
}


def with_(**changes: Any) -> dict[str, Any]:
    return {**LISTED, **changes}


def test_a_row_of_the_list_becomes_an_observed_device() -> None:
    assert device(LISTED) == ObservedDevice(
        intune_id="3f0c7c1e-1111-4222-8333-000000000001",
        serial="DMPX1TESTF1",
        imei="352099001761481",
        meid="35209900176148",
        device_name="Social care’s iPad [/x]",
        model="iPad (A16)",
        manufacturer="Apple",
        platform="iPadOS",
        os_version="26.1",
        ownership="company",
        enrolment_type="appleBulkWithUser",
        management_state="managed",
        registration_state="registered",
        compliance="unknown",
        supervised=True,
        encrypted=False,
        jailbroken=False,
        enrolled_at=datetime(2026, 2, 17, 16, 24, 45, tzinfo=UTC),
        wifi_mac="84ad8db5b351",
        certificate_expires_at=datetime(2027, 2, 15, 19, 56, 28, tzinfo=UTC),
        storage_total=68719476736,
        last_seen=datetime(2026, 11, 21, 0, 24, 15, tzinfo=UTC),
    )


def test_a_translated_device_is_as_frozen_and_hashable_as_any() -> None:
    found = device(LISTED)
    assert type(found) is ObservedDevice
    assert hash(found) == hash(device(copy.deepcopy(LISTED)))
    with pytest.raises(AttributeError):
        found.serial = "X"  # type: ignore[misc]


def test_every_field_of_an_observed_device_is_asked_for() -> None:
    assert len(SELECT_DEVICE.split(",")) == len(fields(ObservedDevice))


def test_list_and_get_of_one_device_translate_alike() -> None:
    got = with_(
        enrolledDateTime="2026-02-17T16:24:45.9638425Z",
        lastSyncDateTime="2026-11-21T00:24:15.1296247Z",
        userId="00000000-0000-0000-0000-000000000000",
        userPrincipalName=None,
        phoneNumber=None,
        subscriberCarrier=None,
        deviceCategoryDisplayName="",
        wiFiMacAddress="84ad8db5b351",
        complianceGracePeriodExpirationDateTime="9999-12-31T23:59:59.9999999Z",
    )
    assert device(got) == device(LISTED)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="recorded answers are not beside the project")
@pytest.mark.parametrize(("position", "name"), [(0, "get-personal-iphone"), (1, "get-userless-mac")])
def test_recorded_list_and_get_translate_alike(position: int, name: str) -> None:
    listed = _recorded("j1-beta-managedDevices-list-ios-personal-and-macos-userless")["value"][position]
    got = _recorded(f"j1-beta-managedDevice-{name}")
    for field, value in listed.items():
        if value == "[REDACTED]" or str(value).startswith("person1@"):
            listed[field] = got[field] = None
    for volatile in ("lastSyncDateTime", "freeStorageSpaceInBytes"):
        got[volatile] = listed[volatile]
    got["wiFiMacAddress"] = listed["wiFiMacAddress"]
    assert device(listed) == device(got)
    assert device(listed).model is not None


def _recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))["response"]["body"]


@pytest.mark.parametrize(
    "filler", ["", "0", "000000000000", "Unknown", "SystemSerialNumber", "To be filled by O.E.M.", None]
)
def test_fillers_are_no_serials(filler: str | None) -> None:
    assert device(with_(serialNumber=filler)).serial is None


@pytest.mark.parametrize(
    "imei", ["", "0", "12", "35209900176148X", "000000000000000", "３５２０９９００１７６１４８１"]
)
def test_what_is_no_imei_is_none(imei: str) -> None:
    assert device(with_(imei=imei)).imei is None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0123456789abcdef0123456789ABCDEFasha.penrose@northbridge.example", "asha.penrose@northbridge.example"),
        ("asha.penrose@northbridge.example", "asha.penrose@northbridge.example"),
        ("a_b.example#EXT#@northbridge.example", "a_b.example#EXT#@northbridge.example"),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
    ],
)
def test_the_object_id_before_a_deleted_users_name_is_taken_off(sent: str, kept: str) -> None:
    assert device(with_(userPrincipalName=sent)).upn == kept


@pytest.mark.parametrize(("sent", "kept"), [("True", True), ("False", False), ("Unknown", None), ("", None)])
def test_jailbroken_is_a_text_that_means_yes_no_or_nothing(sent: str, kept: bool | None) -> None:
    assert device(with_(jailBroken=sent)).jailbroken is kept


def test_a_moment_in_another_zone_becomes_utc() -> None:
    found = device(with_(lastSyncDateTime="2026-06-01T09:00:00+01:00"))
    assert found.last_seen == datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
    assert found.last_seen is not None
    assert found.last_seen.tzinfo is UTC


def test_what_a_personal_device_keeps_to_itself_never_enters() -> None:
    found = device(with_(managedDeviceOwnerType="personal", phoneNumber="+447700900123", subscriberCarrier="EE"))
    assert [getattr(found, name) for name in NEVER_KEPT_OF_PERSONAL_DEVICES] == [None] * 6
    assert (found.serial, found.model) == ("DMPX1TESTF1", "iPad (A16)")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("id", ""),
        ("id", 7),
        ("id", "a\nb"),
        ("serialNumber", 7),
        ("serialNumber", ["F"]),
        ("model", {"name": "iPad"}),
        ("model", 16),
        ("deviceName", "x" * 1025),
        ("model", "x" * 1025),
        ("isSupervised", "yes"),
        ("isEncrypted", []),
        ("jailBroken", True),
        ("imei", 352099001761481),
        ("enrolledDateTime", 1700000000),
        ("enrolledDateTime", "yesterday"),
        ("totalStorageSpaceInBytes", "64 GB"),
        ("totalStorageSpaceInBytes", True),
        ("freeStorageSpaceInBytes", 2**63),
        ("freeStorageSpaceInBytes", -1),
        ("userId", 5),
    ],
)
def test_a_wrong_value_is_a_problem_that_names_the_field_and_not_the_value(field: str, value: Any) -> None:
    with pytest.raises(TranslationProblem) as caught:
        device(with_(**{field: value}))
    assert caught.value.field == field
    assert caught.value.subject == (None if field == "id" else LISTED["id"].lower())
    assert "x" * 20 not in str(caught.value)


@pytest.mark.parametrize("row", [None, 5, "id", [LISTED]])
def test_a_row_that_is_no_object_is_a_problem(row: Any) -> None:
    with pytest.raises(TranslationProblem):
        device(row)


def test_properties_that_were_not_sent_are_absent() -> None:
    assert device({"id": "x"}) == ObservedDevice(intune_id="x")


def test_nul_and_lone_surrogates_are_taken_out() -> None:
    found = device(with_(deviceName="i\x00Pad \ud83d", serialNumber="AB\x00C"))
    assert (found.device_name, found.serial) == ("iPad", "ABC")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(LISTED)), json_values))
def test_whatever_json_comes_a_device_or_a_problem_comes_out(changes: dict[str, Any]) -> None:
    try:
        found = device({**LISTED, **changes})
    except TranslationProblem:
        return
    for field in fields(ObservedDevice):
        value = getattr(found, field.name)
        assert value is None or not isinstance(value, str) or value == value.strip() != ""
        if isinstance(value, str):
            value.encode("utf-8")
            assert "\x00" not in value


def test_a_detail_holds_what_the_list_omits() -> None:
    found = detail(
        {
            "id": "A",
            "iccid": "89 44110 0000000000001",
            "udid": "",
            "ethernetMacAddress": "00:00:00:00:00:00",
            "notes": "",
        }
    )
    assert (found.intune_id, found.iccid, found.udid, found.ethernet_mac, found.notes) == (
        "a",
        "89441100000000000001",
        None,
        None,
        None,
    )


def test_a_person_of_a_delta_tells_what_was_sent() -> None:
    found = person({"id": "U1", "jobTitle": "Team Manager", "mail": None, "somethingNew": 5})
    assert (found.entra_id, found.job_title) == ("u1", "Team Manager")
    assert found.sent == {"job_title", "email"}


@pytest.mark.parametrize(("reason", "removed"), [("changed", "changed"), ("deleted", "deleted"), (None, "changed")])
def test_a_removed_person_is_no_living_one(reason: str | None, removed: str) -> None:
    assert person({"id": "u1", "@removed": {"reason": reason}}).removed == removed


@pytest.mark.parametrize(
    ("sent", "manager"),
    [
        ({"manager": {"id": "M1"}}, "m1"),
        ({"manager": None}, None),
        ({"manager@delta": [{"id": "old", "@removed": {"reason": "deleted"}}, {"id": "New"}]}, "new"),
        ({"manager@delta": [{"id": "old", "@removed": {"reason": "deleted"}}]}, None),
    ],
)
def test_a_manager_is_who_is_left_in_the_delta(sent: dict[str, Any], manager: str | None) -> None:
    found = person({"id": "u1", **sent})
    assert found.manager_entra_id == manager
    assert found.sent == {"manager_entra_id"}


def test_a_leaving_date_is_read_where_it_was_sent() -> None:
    found = person({"id": "u1", "employeeLeaveDateTime": "2026-12-31T00:00:00Z"})
    assert found.left_at == datetime(2026, 12, 31, tzinfo=UTC)
    assert "left_at" in found.sent


@pytest.mark.parametrize(
    "row", [None, {"displayName": "No id"}, {"id": "u1", "manager@delta": {}}, {"id": "u", "mail": 3}]
)
def test_a_person_that_cannot_be_read_is_a_problem(row: Any) -> None:
    with pytest.raises(TranslationProblem):
        person(row)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({"enrolledDeviceCount": 3}, 3),
        ({"value": {"enrolledDeviceCount": 3}}, 3),
        ({"enrolledDeviceCount": "3"}, None),
        ({"enrolledDeviceCount": True}, None),
        ([], None),
    ],
)
def test_the_overview_tells_a_count_or_nothing(body: Any, count: int | None) -> None:
    assert overview_count(body) == count


def odd_values(field: str) -> st.SearchStrategy[Any]:
    """What Graph has been seen to send, what it promises never to, and values of other fields."""
    seen = [
        "",
        None,
        "Unknown",
        "unknown",
        "0",
        "0" * 12,
        "0" * 15,
        "00000000-0000-0000-0000-000000000000",
        0,
        True,
        -1,
    ]
    dates = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59Z", "20260217T162445+0100"]
    texts = [" padded ", "i\x00Pad", "To be filled by O.E.M.", "N/A", "******5480", "84-AD-8D-B5-B3-51", "0x12345678ab"]
    return st.one_of(st.just(LISTED[field]), st.sampled_from([*seen, *dates, *texts, *LISTED.values()]))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(sorted(LISTED)))
def test_a_page_translates_as_its_rows_do(data: st.DataObject, field: str) -> None:
    values = data.draw(st.lists(odd_values(field), min_size=1, max_size=4))
    rows = [with_(managedDeviceOwnerType="personal"), *(with_(**{field: value}) for value in values)]
    page = devices_of(rows)
    try:
        expected = [device(row) for row in rows]
    except TranslationProblem:
        assert page is None
        return
    assert page == expected
    assert page is not None
    assert {type(one) for one in page} == {ObservedDevice}


def test_a_page_without_rows_is_empty() -> None:
    assert devices_of([]) == []


def test_a_page_that_lacks_a_property_is_left_to_the_rows() -> None:
    assert devices_of([{"id": "x"}]) is None
