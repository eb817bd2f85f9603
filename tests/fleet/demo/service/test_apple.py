"""The simulated Apple Business Manager answers as the real one does, refusals included."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import pytest

from fleet.apple.assertion import client_assertion
from fleet.config.apple import AppleConfig
from fleet.demo.directory import AppleDirectory
from fleet.demo.service import Service
from fleet.demo.service.apple import FAULTS
from fleet.demo.service.serve_apple import key_name, write_apple_keys
from fleet.demo.service.wire import Request
from tests.fleet.apple.conftest import INTUNE, SERIALS, directory

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Caller:
    """Asks the service without a network."""

    def __init__(self, folder: Path) -> None:
        self.made: AppleDirectory = directory()
        write_apple_keys([self.made], folder)
        self.service = Service([], apple=[self.made], clock=lambda: NOW)
        self.account = AppleConfig("n", "n", self.made.client_id, self.made.key_id, folder / key_name(self.made))
        self.assertion = client_assertion(self.account, NOW)
        self.token = self.sign_in(self.assertion)[1].get("access_token", "")

    def sign_in(self, assertion: str, **changes: str) -> tuple[int, Any]:
        form = {
            "grant_type": "client_credentials", "client_id": self.made.client_id, "scope": "business.api",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion": assertion,
        } | changes  # fmt: skip
        request = Request("POST", "/auth/oauth2/v2/token", "", {}, urlencode(form).encode())
        response, _ = self.service.apple.answer(request)
        return response.status, orjson.loads(response.body)

    def get(self, address: str, **headers: str) -> tuple[int, Any]:
        parts = urlsplit(address)
        sent = {"accept": "application/json", "authorization": f"Bearer {self.token}"} | headers
        response, _ = self.service.apple.answer(Request("GET", parts.path, parts.query, sent))
        return response.status, orjson.loads(response.body)


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    return Caller(tmp_path)


def test_an_assertion_is_taken_once_from_the_right_key_and_in_its_time(caller: Caller) -> None:
    assert caller.token
    assert caller.sign_in(caller.assertion) == (400, {"error": "invalid_client"}), "a second time"
    fresh = client_assertion(caller.account, NOW)
    assert caller.sign_in(fresh, scope="school.api")[0] == 400
    assert caller.sign_in(fresh, client_id="BUSINESSAPI.other")[0] == 400
    assert caller.sign_in("rubbish")[0] == 400
    assert caller.sign_in(client_assertion(caller.account, NOW - timedelta(days=2)))[0] == 400


def test_pages_lead_on_by_cursor_and_say_how_many_there_are(caller: Caller) -> None:
    status, page = caller.get("/v1/orgDevices?limit=10")
    assert (status, len(page["data"]), page["meta"]["paging"]["total"]) == (200, 10, 25)
    assert page["data"][0]["id"] == SERIALS[0]
    assert page["meta"]["paging"]["nextCursor"] in page["links"]["next"]
    _, last = caller.get(page["links"]["next"].replace("limit=10", "limit=100"))
    assert len(last["data"]) == 15
    assert "next" not in last["links"]


def test_a_device_tells_its_service_and_its_cover(caller: Caller) -> None:
    assert caller.get(f"/v1/orgDevices/{SERIALS[0]}/relationships/assignedServer")[1]["data"]["id"] == INTUNE
    assert caller.get(f"/v1/orgDevices/{SERIALS[2]}/relationships/assignedServer")[0] == 404
    assert len(caller.get(f"/v1/orgDevices/{SERIALS[0]}/appleCareCoverage")[1]["data"]) == 3
    assert caller.get(f"/v1/orgDevices/{SERIALS[1]}")[1]["data"]["attributes"]["status"] == "ASSIGNED"
    rows = caller.get(f"/v1/mdmServers/{INTUNE}/relationships/devices?limit=1000")[1]["data"]
    assert (len(rows), set(rows[0])) == (23, {"type", "id"})


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/v1/orgDevices?limit=5000", 400, "PARAMETER_ERROR.INVALID"),
        ("/v1/orgDevices?cursor=rubbish", 400, "PARAMETER_ERROR.INVALID"),
        ("/v1/orgDevices/NOBODY", 404, "NOT_FOUND"),
        ("/v1/mdmServers/NOBODY/relationships/devices", 404, "NOT_FOUND"),
        ("/v1/elsewhere", 404, "NOT_FOUND"),
    ],
)
def test_refusals_are_worded_as_apple_words_them(caller: Caller, address: str, status: int, code: str) -> None:
    told, body = caller.get(address)
    assert (told, body["errors"][0]["code"], body["errors"][0]["status"]) == (status, code, str(status))


def test_who_does_not_ask_for_json_or_has_no_token_is_refused(caller: Caller) -> None:
    assert caller.get("/v1/orgDevices", accept="*/*")[0] == 406
    assert caller.get("/v1/orgDevices", authorization="Bearer other")[0] == 401


def test_every_fault_changes_the_answer_and_clearing_them_mends_it(caller: Caller) -> None:
    """All but the page of another kind, which is no JSON."""
    well = caller.get("/v1/orgDevices?limit=20")
    for name in set(FAULTS) - {"html_page", "expired_token"}:
        caller.service.apple.throw(name, times=1)
        assert caller.get("/v1/orgDevices?limit=20") != well, name
        assert caller.get("/v1/orgDevices?limit=20") == well, name
    caller.service.apple.throw("expired_token", account="n2")
    assert caller.get("/v1/orgDevices?limit=20") == well
    caller.service.apple.throw("expired_token")
    assert caller.get("/v1/orgDevices?limit=20")[0] == 401
    caller.service.apple.clear()
    with pytest.raises(KeyError):
        caller.service.apple.throw("typing mistake")
