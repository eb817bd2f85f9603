"""Each switch shows its effect over HTTP, strikes as often as it was told, and nobody else."""

from pathlib import Path

import pytest
import requests

from fleet.demo.service import CATALOGUE, Faults
from tests.fleet.demo.service.caller import DEVICES, Caller
from tests.fleet.demo.service.factory import guid

EXPORTS = "deviceManagement/reports/exportJobs"
OVERVIEW = "deviceManagement/managedDeviceOverview"
FIRST = guid("northbridge", "device", 1)


@pytest.fixture
def faults(service) -> Faults:
    return service.faults


def statuses(caller, path=DEVICES, times=3):
    return [caller.get(path).status_code for _ in range(times)]


# --- switches as such ---------------------------------------------------------------------------------------


def test_every_switch_has_a_name_and_one_line_and_is_tested_here():
    here = Path(__file__).parent
    text = "".join((here / name).read_text(encoding="utf-8") for name in ("test_faults.py", "test_mischief.py"))
    assert [name for name in CATALOGUE if f'"{name}"' not in text] == []
    assert all(switch.doc and "\n" not in switch.doc for switch in CATALOGUE.values())


def test_a_switch_strikes_the_next_n_requests_and_counts_them(caller, faults):
    thrown = faults.throw("unavailable", times=2)
    assert statuses(caller) == [503, 503, 200]
    assert thrown.hits == 2


def test_a_switch_strikes_one_tenant_or_one_path_only(caller, service, faults):
    other = Caller(service, next(state.directory for state in service.states() if state.directory.key == "southmoor"))
    faults.throw("unavailable", tenant="northbridge", path="managedDevices")
    assert (caller.get(DEVICES).status_code, caller.get("users").status_code) == (503, 200)
    assert other.get(DEVICES).status_code == 200
    other.close()


def test_clearing_turns_switches_off(caller, faults):
    faults.throw("unavailable")
    faults.throw("server_error")
    faults.clear("unavailable")
    assert caller.get(DEVICES).status_code == 500
    faults.clear()
    assert caller.get(DEVICES).status_code == 200


def test_an_unknown_switch_is_an_error(faults):
    with pytest.raises(KeyError):
        faults.throw("nonsense")


# --- token endpoint -----------------------------------------------------------------------------------------


def test_the_token_endpoint_can_be_unavailable(caller, faults):
    faults.throw("token_unavailable")
    assert caller.ask_token(grant_type="client_credentials").status_code == 503


def test_a_secret_can_have_expired(caller, faults):
    faults.throw("secret_expired")
    answer = caller.ask_token(
        grant_type="client_credentials", client_secret="x", scope="https://graph.microsoft.com/.default"
    )
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [7000222])


# --- delta --------------------------------------------------------------------------------------------------


@pytest.fixture
def link(caller) -> str:
    return str(caller.get("users/delta?$select=id,jobTitle").json()["@odata.deltaLink"])


def test_a_delta_token_can_expire(caller, faults, link):
    faults.throw("delta_expired")
    gone = caller.get(link)
    assert gone.status_code == 410
    again = caller.get(gone.headers["Location"])
    assert (again.status_code, len(again.json()["value"])) == (200, 10)
    assert set(again.json()["value"][0]) == {"id", "jobTitle"}


def test_a_delta_token_can_be_unknown_to_the_service(caller, faults, link):
    faults.throw("delta_sync_state_not_found")
    answer = caller.get(link)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "syncStateNotFound")


def test_a_delta_can_repeat_itself_and_replay_the_unchanged(caller, faults, directory, link):
    changed = guid("northbridge", "user", 4)
    directory.users[changed]["jobTitle"] = "Team Manager"
    faults.throw("delta_replay")
    ids = [row["id"] for row in caller.get(link).json()["value"]]
    assert ids.count(changed) == 2
    assert len(set(ids)) == 4


def test_a_delta_page_can_be_empty_and_go_on(caller, faults):
    faults.throw("delta_empty_page")
    first = caller.get("users/delta?$select=id").json()
    assert first["value"] == []
    assert len(caller.get(first["@odata.nextLink"]).json()["value"]) == 10


# --- batch, single device, export ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"), [("batch_item_throttled", 429), ("batch_item_missing", 404), ("batch_item_error", 500)]
)
def test_items_of_a_batch_can_fail_one_by_one(caller, faults, directory, name, status):
    faults.throw(name, value=2, times=1)
    requests_ = [
        {"id": str(n), "method": "GET", "url": f"/{DEVICES}/{one}"} for n, one in enumerate(list(directory.devices)[:5])
    ]
    for expected in ([200, 200, 200, status, status], [200] * 5):
        answer = caller.call("POST", "$batch", json={"requests": requests_})
        assert answer.status_code == 200
        assert sorted(entry["status"] for entry in answer.json()["responses"]) == expected
        throttled = [entry for entry in answer.json()["responses"] if entry["status"] == 429]
        assert all(entry["headers"]["Retry-After"] for entry in throttled)


def test_a_device_can_be_gone_although_the_list_has_it(caller, faults):
    faults.throw("device_gone", value=FIRST)
    assert FIRST in {row["id"] for row in caller.rows()}
    assert caller.get(f"{DEVICES}/{FIRST}").status_code == 404
    assert caller.get(f"{DEVICES}/{guid('northbridge', 'device', 2)}").status_code == 200


def exported(caller, polls=6):
    job = caller.call("POST", EXPORTS, json={"reportName": "Devices", "select": ["DeviceId"]}).json()
    for _ in range(polls):
        job = caller.get(f"{EXPORTS}('{job['id']}')").json()
    return job


def test_an_export_job_can_fail(caller, faults):
    faults.throw("export_fails")
    job = exported(caller)
    assert (job["status"], job["url"]) == ("failed", None)


def test_an_export_job_can_go_on_for_ever(caller, faults):
    faults.throw("export_never_completes")
    assert exported(caller, polls=9)["status"] == "inProgress"


def test_the_address_of_an_export_can_have_expired(caller, faults):
    faults.throw("export_url_expired", times=1)
    url = exported(caller)["url"]
    assert caller.session.get(url, timeout=10).status_code == 403
    assert caller.session.get(url, timeout=10).status_code == 200


# --- remote actions -------------------------------------------------------------------------------------------


def pending(caller):
    return [
        (one["actionName"], one["actionState"])
        for one in caller.get(f"{DEVICES}/{FIRST}").json()["deviceActionResults"]
    ]


@pytest.mark.parametrize(
    ("switch", "status", "taken", "shown"),
    [
        ("action_accepted_504", 504, 1, [("rebootNow", "pending")]),
        ("action_accepted_cut", None, 1, [("rebootNow", "pending")]),
        ("action_cut", None, 0, []),
        ("action_hidden", 204, 1, []),
    ],
)
def test_an_action_is_taken_or_not_whatever_its_answer_says(caller, service, switch, status, taken, shown):
    service.faults.throw(switch)
    if status is None:
        with pytest.raises(requests.ConnectionError):
            caller.call("POST", f"{DEVICES}/{FIRST}/rebootNow")
    else:
        assert caller.call("POST", f"{DEVICES}/{FIRST}/rebootNow").status_code == status
    assert ([one.action for one in service.accepted], pending(caller)) == (["rebootNow"] * taken, shown)
    service.check_in("northbridge", FIRST)
    assert pending(caller) == [("rebootNow", "done")] * taken
    assert caller.call("POST", f"{DEVICES}/{FIRST}/rebootNow").status_code == 204, "it strikes once"


@pytest.mark.parametrize(
    ("switch", "state"),
    [("action_fails", "failed"), ("action_unsupported", "notSupported"), ("action_stays", "pending")],
)
def test_a_device_may_fail_at_what_it_was_asked_for(caller, service, switch, state):
    caller.call("POST", f"{DEVICES}/{FIRST}/retire")
    service.faults.throw(switch)
    service.check_in("northbridge", FIRST)
    assert pending(caller) == [("retire", state)]
    expected = "retirePending" if state == "pending" else "retireFailed"
    assert caller.get(f"{DEVICES}/{FIRST}").json()["managementState"] == expected


# --- mail and drives ------------------------------------------------------------------------------------------

MAIL = "users/fleet@northbridge.example/sendMail"
UPLOAD = "drives/b!1/root:/Reports/x.csv:/createUploadSession"
LETTER = {"message": {"subject": "x", "toRecipients": [{"emailAddress": {"address": "a@northbridge.example"}}]}}


@pytest.fixture
def sending(service, caller):
    """A tenant whose application may send mail and write to drives."""
    state = service.first_state()
    state.directory.permissions |= {"Mail.Send", "Files.ReadWrite.All"}
    caller.token = caller.new_token()
    return state


def test_a_mail_without_a_recipient_is_refused_and_one_with_is_kept(caller, sending):
    assert caller.call("POST", MAIL, json={"message": {}}).status_code == 400
    assert (caller.call("POST", MAIL, json=LETTER).status_code, len(sending.mails)) == (202, 1)


@pytest.mark.parametrize(
    ("switch", "status", "kept"),
    [("mail_refused", 403, 0), ("mail_cut", None, 0), ("mail_accepted_cut", None, 1), ("mail_accepted_504", 504, 1)],
)
def test_what_goes_wrong_with_a_mail_may_come_after_it_was_taken(caller, faults, sending, switch, status, kept):
    faults.throw(switch, times=1)
    try:
        answered = caller.call("POST", MAIL, json=LETTER).status_code
    except requests.ConnectionError:
        answered = None
    assert (answered, len(sending.mails)) == (status, kept)


@pytest.mark.parametrize(
    ("switch", "statuses"),
    [
        ("upload_unavailable", [503, 201]),
        ("upload_accepted_cut", [None, 404]),
        ("upload_gone", [404, 404]),
        ("drive_full", [507]),
    ],
)
def test_what_goes_wrong_with_an_upload_is_seen_by_who_tries_again(caller, service, faults, sending, switch, statuses):
    """A piece that was taken ends the session, also when its answer was lost."""
    faults.throw(switch, times=1)
    session = caller.call("POST", UPLOAD, json={"item": {"@microsoft.graph.conflictBehavior": "fail"}})
    answered = [session.status_code] if session.status_code != 200 else []
    while len(answered) < len(statuses):
        try:
            address, headers = session.json()["uploadUrl"], {"Content-Range": "bytes 0-2/3"}
            answered.append(caller.session.put(address, data=b"abc", headers=headers, timeout=10).status_code)
        except requests.ConnectionError:
            answered.append(None)
    assert answered == statuses
