"""What goes wrong with requests and with pages of the list, switch by switch, as it shows over HTTP."""

import json

import pytest
import requests

from fleet.demo.service import Faults
from tests.fleet.demo.service.caller import DEVICES

OVERVIEW = "deviceManagement/managedDeviceOverview"


@pytest.fixture
def faults(service) -> Faults:
    return service.faults


# --- requests -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("too_many_requests", "1"),
        ("too_many_requests_fractional", "2.128"),
        ("too_many_requests_silent", None),
    ],
)
def test_throttling_comes_with_whole_fractional_or_no_retry_after(caller, faults, name, header):
    faults.throw(name)
    answer = caller.get(DEVICES)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)
    assert answer.json()["error"]["code"] == "TooManyRequests"


def test_retry_after_can_be_chosen(caller, faults):
    faults.throw("too_many_requests", value=7)
    assert caller.get(DEVICES).headers["Retry-After"] == "7"


def test_unavailable_and_server_error_carry_intunes_nested_json(caller, faults):
    faults.throw("unavailable", times=1)
    unavailable = caller.get(DEVICES)
    assert (unavailable.status_code, unavailable.json()["error"]["code"]) == (503, "CancelledOnServiceTimeout")
    faults.throw("server_error")
    error = caller.get(DEVICES).json()["error"]
    assert json.loads(error["message"])["_version"] == 3


def test_a_gateway_timeout_strikes_page_two_with_json_nested_twice(caller, faults):
    thrown = faults.throw("gateway_timeout", times=1)
    first = caller.get(DEVICES)
    second = caller.get(first.json()["@odata.nextLink"])
    assert (first.status_code, second.status_code, thrown.hits) == (200, 504, 1)
    assert json.loads(json.loads(second.json()["error"]["message"])["Message"])["RetryAfter"] is None
    assert caller.get(first.json()["@odata.nextLink"]).status_code == 200


def test_a_gateway_timeout_can_strike_any_request(caller, faults):
    faults.throw("gateway_timeout", page=0)
    assert caller.get(OVERVIEW).status_code == 504


def test_a_token_expires_in_the_middle_of_a_run(caller, faults):
    faults.throw("expired_token", page=2)
    first = caller.get(DEVICES).json()
    refused = caller.get(first["@odata.nextLink"])
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert refused.headers["WWW-Authenticate"].startswith('Bearer realm=""')
    assert caller.get(DEVICES).status_code == 401
    caller.token = caller.new_token()
    assert caller.get(first["@odata.nextLink"]).status_code == 200


def test_tokens_expire_by_the_clock_and_forged_ones_are_refused(caller, clock):
    clock.pass_by(hours=1)
    assert caller.get(DEVICES).status_code == 401
    caller.token = caller.new_token()[:-8] + "AAAAAAAA"
    assert caller.get(DEVICES).status_code == 401
    caller.token = ""
    assert caller.get(DEVICES).json()["error"]["message"] == "Access token is empty."


def test_a_claims_challenge_stands_until_a_token_carries_the_claims(caller, faults):
    faults.throw("claims_challenge")
    assert "insufficient_claims" in caller.get(DEVICES).headers["WWW-Authenticate"]
    caller.token = caller.new_token()
    assert caller.get(DEVICES).status_code == 401
    old = caller.token
    capability = '{"access_token":{"xms_cc":{"values":["cp1"]}}}'
    caller.token = caller.new_token(claims=capability)
    assert caller.get(DEVICES).status_code == 401
    caller.token = caller.new_token(claims='{"access_token":{"nbf":{"essential":true,"value":"1"}}}')
    assert caller.get(DEVICES).status_code == 200
    caller.token = old
    assert caller.get(DEVICES).status_code == 401


def test_a_missing_permission_is_named_in_the_inner_message(caller, faults):
    faults.throw("missing_permission", value="DeviceManagementManagedDevices.Read.All")
    answer = caller.get(DEVICES)
    outer = json.loads(answer.json()["error"]["message"])
    assert (answer.status_code, outer["ErrorCode"]) == (403, "Forbidden")
    assert "DeviceManagementManagedDevices.Read.All" in json.loads(outer["Message"])["Message"]


def test_a_tenant_without_intune_says_so_for_device_management_only(caller, faults):
    faults.throw("no_intune_licence")
    answer = caller.get(DEVICES)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Request not applicable to target tenant.")
    assert caller.get("users").status_code == 200


def test_a_slow_answer_outlasts_the_caller_and_not_the_service(caller, faults):
    faults.throw("slow", value=60, times=1)
    with pytest.raises(requests.ReadTimeout):
        caller.get(DEVICES, timeout=(10, 0.2))
    assert caller.get(DEVICES).status_code == 200


# --- bytes --------------------------------------------------------------------------------------------------


def test_a_connection_dropped_in_the_body_is_an_error_of_the_line(caller, faults):
    faults.throw("dropped", times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        caller.get(DEVICES)
    assert caller.get(DEVICES).status_code == 200


def test_truncated_json_arrives_whole_and_can_not_be_read(caller, faults):
    faults.throw("truncated_json", page=2)
    assert caller.get(DEVICES).status_code == 200
    answer = caller.get(caller.get(DEVICES).json()["@odata.nextLink"])
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_web_page_comes_where_json_is_due(caller, faults):
    faults.throw("html_page")
    answer = caller.get(DEVICES)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")


# --- the list -----------------------------------------------------------------------------------------------


def test_a_next_link_can_lead_to_the_same_page(caller, faults):
    faults.throw("repeated_next_link")
    first = caller.get(DEVICES).json()
    assert caller.get(first["@odata.nextLink"]).json() == first


def test_a_later_next_link_can_lead_to_itself(caller, faults):
    faults.throw("repeated_next_link", page=2)
    pages = list(caller.pages(most=4))
    assert pages[1] == pages[2] == pages[3] != pages[0]


def test_a_next_link_can_lead_to_another_host(caller, faults):
    faults.throw("foreign_next_link")
    assert caller.get(DEVICES).json()["@odata.nextLink"].startswith("https://graph.example.net/v1.0/")


def test_an_empty_page_can_come_before_a_full_one(caller, faults):
    faults.throw("empty_page")
    assert [len(page["value"]) for page in caller.pages()] == [10, 0, 10, 5]


def test_a_torn_list_ends_silently_and_only_the_count_tells(caller, faults):
    faults.throw("torn_list", page=2)
    pages = list(caller.pages())
    assert [len(page["value"]) for page in pages] == [10, 5]
    assert {page["@odata.count"] for page in pages} == {25}
    assert "@odata.nextLink" not in pages[-1]


def test_the_count_can_be_wrong_although_the_list_is_whole(caller, faults):
    faults.throw("wrong_count")
    pages = list(caller.pages())
    assert sum(len(page["value"]) for page in pages) == 25
    assert pages[0]["@odata.count"] == 32


@pytest.mark.parametrize(("name", "left"), [("half_list", 13), ("empty_list", 0)])
def test_half_of_the_list_can_be_missing_and_all_counts_agree(caller, faults, name, left):
    faults.throw(name)
    pages = list(caller.pages())
    assert sum(len(page["value"]) for page in pages) == left
    assert pages[0]["@odata.count"] == left
    assert caller.get(OVERVIEW).json()["enrolledDeviceCount"] == left


def test_rows_can_come_again_on_the_next_page(caller, faults):
    faults.throw("duplicate_rows", value=2)
    pages = list(caller.pages())
    assert pages[1]["value"][:2] == pages[0]["value"][-2:]
    assert sum(len(page["value"]) for page in pages) == 27


def test_a_rename_between_pages_repeats_one_device_and_skips_another(caller, faults, directory):
    faults.throw("renamed_between_pages")
    ids = [row["id"] for row in caller.rows()]
    assert len(ids) == 25
    assert len(set(ids)) == 24
    assert len(set(directory.devices) - set(ids)) == 1
    assert {row["id"] for row in caller.rows()} == set(directory.devices)


def test_enumerations_can_carry_unknown_values(caller, faults):
    faults.throw("unknown_enums")
    row = caller.get(DEVICES).json()["value"][0]
    assert (row["managementAgent"], row["managedDeviceOwnerType"]) == ("intuneAosp", "leased")


def test_phones_can_be_masked(caller, faults):
    faults.throw("masked_phones")
    phones = {row["phoneNumber"] for row in caller.rows() if row["phoneNumber"]}
    assert phones
    assert all(phone.startswith("******") and len(phone) == 10 for phone in phones)


def test_dates_can_all_be_sentinels(caller, faults):
    faults.throw("sentinel_dates")
    row = caller.get(DEVICES).json()["value"][0]
    assert row["lastSyncDateTime"] == row["enrolledDateTime"] == "0001-01-01T00:00:00Z"
    assert row["complianceGracePeriodExpirationDateTime"] == "9999-12-31T23:59:59.9999999Z"


@pytest.mark.parametrize("value", ["no_id", "wrong_types", "huge_string", "not_an_object"])
def test_one_device_can_be_unusable(caller, faults, value):
    faults.throw("bad_device", value=value)
    bad, *good = caller.get(DEVICES).json()["value"]
    told = {
        "no_id": lambda: "id" not in bad,
        "wrong_types": lambda: bad["serialNumber"] == 12345,
        "huge_string": lambda: len(bad["deviceName"]) == 1 << 20,
        "not_an_object": lambda: bad == "broken",
    }
    assert told[value]()
    assert len(good) == 9
    assert all(row["id"] for row in good)


def test_a_page_can_be_larger_than_eight_mebibytes(caller, faults):
    faults.throw("oversized_page")
    answer = caller.get(DEVICES, headers={"Accept-Encoding": "identity"})
    assert int(answer.headers["Content-Length"]) > 8 << 20
    assert len(answer.json()["value"]) == 10
