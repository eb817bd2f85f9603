"""The device list and GET by id: pages, options honoured and ignored, and where the two forms disagree."""

import pytest

from tests.fleet.demo.service.caller import DEVICES
from tests.fleet.demo.service.factory import guid

FIRST = guid("northbridge", "device", 1)
NO_USER = guid("northbridge", "device", 0)


def test_pages_follow_each_other_by_name_and_id_and_hold_every_device_once(caller, directory):
    pages = list(caller.pages())
    assert [len(page["value"]) for page in pages] == [10, 10, 5]
    assert [page["@odata.count"] for page in pages] == [25, 25, 25]
    rows = [row for page in pages for row in page["value"]]
    assert {row["id"] for row in rows} == set(directory.devices)
    assert [row["deviceName"] for row in rows] == sorted(row["deviceName"] for row in rows)
    assert "$skiptoken=LastDeviceName%3d%27" in pages[0]["@odata.nextLink"]
    assert "%27%2cLastDeviceId%3d%27" in pages[0]["@odata.nextLink"]


def test_a_name_with_quotes_and_symbols_survives_paging(caller, directory, service):
    for number, device in enumerate(directory.devices.values()):
        device["deviceName"] = f"Jo O'Brien’s 100% iPad & co,LastDeviceId='{number % 3}"
    service.touch()
    assert {row["id"] for row in caller.rows()} == set(directory.devices)


def test_top_makes_smaller_pages_and_never_larger_ones(caller):
    assert len(caller.get(f"{DEVICES}?$top=4").json()["value"]) == 4
    assert len(caller.rows(f"{DEVICES}?$top=4")) == 25
    assert len(caller.get(f"{DEVICES}?$top=999").json()["value"]) == 10
    assert caller.get(f"{DEVICES}?$top=many").status_code == 400


def test_select_narrows_in_any_case_and_refuses_unknown_names(caller):
    row = caller.get(f"{DEVICES}?$select=ID,devicename,iccid").json()["value"][0]
    assert set(row) == {"id", "deviceName", "iccid"}
    refused = caller.get(f"{DEVICES}?$select=id,colour")
    assert refused.status_code == 400
    assert "colour" in refused.json()["error"]["message"]


def test_without_select_all_properties_of_the_version_come(caller):
    row = caller.get(DEVICES).json()["value"][0]
    assert len(row) == 56
    assert "lostModeState" not in row
    beta = caller.get(f"{caller.service.graph}/beta/{DEVICES}").json()["value"][0]
    assert beta["deviceType"] in ("iPad", "iPhone")
    assert beta["hardwareInformation"]["serialNumber"] == beta["serialNumber"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("deviceName eq 'NO-IPHONE-00001'", 1),
        ("contains(model,'iPhone') and managementState eq 'managed'", 12),
        ("serialNumber eq 'fk00000003q7'", 1),
        ("enrolledDateTime gt 2026-03-02T09:44:59Z", 10),
        ("userPrincipalName ne ''", 21),
        # Another property, another operator or an `or`: ignored, and all devices come.
        ("userId eq 'nobody'", 25),
        ("deviceEnrollmentType eq 'userEnrollment'", 25),
        ("startswith(deviceName,'X')", 25),
        ("model eq 'nothing' or model eq 'other'", 25),
        # Of a mixed filter only the supported term counts.
        ("contains(model,'iPhone') and userId eq 'nobody'", 12),
    ],
)
def test_filters_are_honoured_or_silently_ignored(caller, text, found):
    answer = caller.get(f"{DEVICES}?$filter={text}&$top=1000")
    assert answer.status_code == 200
    assert answer.json()["@odata.count"] == found


def test_a_filter_that_is_no_filter_is_refused(caller):
    assert caller.get(f"{DEVICES}?$filter=deviceName is 'x'").status_code == 400
    assert caller.get(f"{DEVICES}?$filter=deviceName eq 'x' xor id eq 'y'").status_code == 400


def test_orderby_is_ignored_and_skip_empties_the_page(caller):
    plain = caller.get(DEVICES).json()["value"]
    assert caller.get(f"{DEVICES}?$orderby=deviceName desc").json()["value"] == plain
    skipped = caller.get(f"{DEVICES}?$skip=5").json()
    assert skipped["value"] == []
    assert "@odata.nextLink" in skipped


def both(caller, device_id, select=""):
    """The device as the list has it and as GET has it."""
    listed = next(row for row in caller.rows() if row["id"] == device_id)
    return listed, caller.get(f"{DEVICES}/{device_id}{select}").json()


def test_list_and_get_disagree_about_precision_of_dates(caller):
    listed, one = both(caller, FIRST)
    assert (listed["enrolledDateTime"], one["enrolledDateTime"]) == (
        "2026-03-02T09:31:00Z",
        "2026-03-02T09:31:00.9638425Z",
    )
    assert listed["lastSyncDateTime"] == "2026-11-21T06:00:00Z"


def test_list_and_get_disagree_about_blanks_of_a_userless_device(caller):
    listed, one = both(caller, NO_USER)
    assert (listed["userId"], one["userId"]) == ("", "00000000-0000-0000-0000-000000000000")
    for name in ("userPrincipalName", "emailAddress", "imei", "meid", "phoneNumber"):
        assert (listed[name], one[name]) == ("", None)
    assert (listed["deviceCategoryDisplayName"], one["deviceCategoryDisplayName"]) == ("Unknown", "")


def test_the_list_omits_what_get_shows_when_it_is_selected(caller):
    listed, plain = both(caller, FIRST)
    omitted = ("iccid", "udid", "notes", "ethernetMacAddress", "remoteAssistanceSessionUrl")
    assert [listed[name] for name in omitted] == [None] * 5
    assert (plain["iccid"], plain["udid"], plain["notes"]) == ("", "", None)
    chosen = caller.get(f"{DEVICES}('{FIRST}')?$select=ICCID,udid,notes").json()
    assert chosen["iccid"] == "8944110000000000001"
    assert chosen["notes"] == "Shelf 1"


def test_beta_list_and_get_disagree_about_retirement_tags_and_chassis(caller):
    address = f"{caller.service.graph}/beta/{DEVICES}"
    listed = next(row for row in caller.rows(address) if row["id"] == FIRST)
    one = caller.get(f"{address}/{FIRST}").json()
    assert listed["retireAfterDateTime"] == "0001-01-01T00:00:00Z"
    assert one["retireAfterDateTime"] == "9999-12-31T23:59:59.9999999Z"
    assert (listed["roleScopeTagIds"], one["roleScopeTagIds"]) == ([], ["0"])
    assert (listed["chassisType"], one["chassisType"]) == ("unknown", "phone")
    assert one["hardwareInformation"]["serialNumber"] is None


def test_threat_state_and_exchange_id_differ_as_recorded(caller, directory, service):
    directory.devices[FIRST] |= {"partnerReportedThreatState": "deactivated", "easDeviceId": None}
    service.touch()
    listed, one = both(caller, FIRST)
    assert (listed["partnerReportedThreatState"], one["partnerReportedThreatState"]) == ("unknown", "deactivated")
    assert (listed["easDeviceId"], one["easDeviceId"]) == (f"Appl{one['serialNumber']}", None)


def test_a_later_enrolment_type_shows_as_unknown_unless_preferred(caller, directory, service):
    directory.devices[FIRST]["deviceEnrollmentType"] = "appleAccountDrivenUserEnrollment"
    service.touch()
    plain = caller.get(f"{DEVICES}/{FIRST}").json()
    wished = caller.get(f"{DEVICES}/{FIRST}", headers={"Prefer": "include-unknown-enum-members"}).json()
    beta = caller.get(f"{caller.service.graph}/beta/{DEVICES}/{FIRST}").json()
    assert plain["deviceEnrollmentType"] == "unknownFutureValue"
    assert wished["deviceEnrollmentType"] == beta["deviceEnrollmentType"] == "appleAccountDrivenUserEnrollment"


def test_the_primary_user_is_not_the_enrolling_one(caller, directory):
    other = guid("northbridge", "user", 5)
    directory.primary_users[FIRST] = other
    assert [user["id"] for user in caller.get(f"{DEVICES}/{FIRST}/users").json()["value"]] == [other]
    assert caller.get(f"{DEVICES}/{FIRST}").json()["userId"] != other
    assert caller.get(f"{DEVICES}/{NO_USER}/users").json()["value"] == []


def test_the_overview_agrees_with_the_list(caller):
    overview = caller.get("deviceManagement/managedDeviceOverview").json()
    assert overview["enrolledDeviceCount"] == 25
    assert overview["deviceOperatingSystemSummary"]["iosCount"] == 25


def test_an_unknown_device_is_404_with_json_in_the_message(caller):
    answer = caller.get(f"{DEVICES}/33333333-3333-4333-8333-333333333333")
    assert answer.status_code == 404
    assert '"_version": 3' in answer.json()["error"]["message"]


def test_categories_and_devices_of_a_user(caller, directory):
    names = [row["displayName"] for row in caller.get("deviceManagement/deviceCategories").json()["value"]]
    assert names == ["Social work", "Councillors"]
    user = directory.devices[FIRST]["userId"]
    mine = caller.get(f"users/{user}/managedDevices").json()["value"]
    assert FIRST in {row["id"] for row in mine}
    assert {row["userId"] for row in mine} == {user}


def test_a_page_is_served_again_until_the_directory_changes(caller, directory, service):
    first = caller.get(DEVICES).json()
    assert caller.get(DEVICES).json() == first
    directory.devices[next(iter(directory.devices))]["deviceName"] = "AAA"
    service.touch()
    assert caller.get(DEVICES).json()["value"][0]["deviceName"] == "AAA"


def test_replacing_a_directory_is_the_next_night(caller, service):
    from tests.fleet.demo.service.factory import make_directory

    assert len(caller.rows()) == 25
    service.replace(make_directory(devices=7))
    assert len(caller.rows()) == 7


def test_headers_are_graphs(caller):
    answer = caller.get(DEVICES, headers={"client-request-id": "abc", "Accept-Encoding": "gzip"})
    assert answer.headers["client-request-id"] == "abc"
    assert answer.headers["odata-version"] == "4.0"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("application/json;odata.metadata=minimal")
    assert "x-ms-resource-unit" not in answer.headers
    plain = caller.get(DEVICES, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == answer.json()


def test_every_request_is_noted(caller, service):
    caller.get(f"{DEVICES}?$top=3")
    last = service.requests[-1]
    assert (last.method, last.path, last.query, last.status, last.tenant) == (
        "GET",
        f"/v1.0/{DEVICES}",
        "$top=3",
        200,
        "northbridge",
    )


def test_unknown_addresses_and_methods_are_refused(caller):
    assert caller.get("deviceManagement/nonsense").status_code == 400
    assert caller.call("DELETE", "users").status_code == 405


def test_devices_that_come_or_go_in_place_are_seen_at_once(caller, directory):
    assert len(caller.rows()) == 25
    del directory.devices[FIRST]
    assert FIRST not in {row["id"] for row in caller.rows()}
    assert caller.get(DEVICES).json()["@odata.count"] == 24
