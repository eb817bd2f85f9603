"""Technicians sign in for remote actions: by code or in a browser, once, for themselves; and what is kept is private."""

import stat
import threading
import webbrowser
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import requests

from fleet.config import TenantConfig
from fleet.config.actions import ActionCredential
from fleet.demo.service import Service
from fleet.domain.remote import ACTIONS, Recorded, target_of
from fleet.errors import ConfigurationProblem, FleetError, NoAccess
from fleet.intune.actions import ActionClient, perform
from fleet.intune.sign_in import FOLDER, SignInNeeded, Technician, acting_tokens
from tests.fleet.demo.service.factory import guid, make_directory

KEY = "northbridge"
OURS = guid(KEY, "device", 1)


@pytest.fixture(scope="module")
def started() -> Iterator[Service]:
    directory = make_directory(3, 3, KEY)
    directory.action_client_id = guid(KEY, "actions")
    with Service([directory]) as service:
        service.device_code_interval = 0
        yield service


@pytest.fixture
def service(started: Service) -> Service:
    started.faults.clear()
    started.accepted.clear()
    started.approve_after_polls, started.device_code_interval = 1, 0
    return started


@pytest.fixture
def tenant(service: Service) -> TenantConfig:
    return TenantConfig(
        KEY, KEY, guid(KEY, "tenant"), guid(KEY, "client"), secret_env="NOWHERE", authority=service.authority,
        graph=service.graph, ca_bundle=service.ca_pem, actions=ActionCredential(guid(KEY, "actions"), "device-code"),
    )  # fmt: skip


def signed_in(tenant: TenantConfig, home: Path, operator: str = "asha") -> Technician:
    who = Technician(tenant, home, operator, sleep=lambda _: None)
    who.finish(who.begin())
    return who


def test_by_a_code_the_person_acts_and_intune_knows_who_it_was(
    tenant: TenantConfig, service: Service, tmp_path: Path
) -> None:
    with pytest.raises(SignInNeeded, match="fleet action sign-in northbridge"):
        acting_tokens(tenant, tmp_path, "asha")
    who = Technician(tenant, tmp_path, "asha")
    code = who.begin()
    assert code.user_code in code.message and "microsoft.com/devicelogin" in code.address
    assert "device_code" not in repr(code)
    assert who.finish(code) == f"person0000@{KEY}.example"
    tokens, name = acting_tokens(tenant, tmp_path, "asha")
    assert name == f"person0000@{KEY}.example"
    with ActionClient(tenant, tokens, sent_as=name) as client:
        read = client.read(OURS)
        assert read is not None
        known = Recorded(1, 1, KEY, OURS, "organisation", "NB1", "NB1", read.serial, read.model)
        perform(client, target_of(known, read), ACTIONS["lock"].told({}))
    (taken,) = service.accepted
    assert (taken.user, taken.app) == (guid(KEY, "user", 0), guid(KEY, "actions"))


def test_what_is_kept_is_for_its_owner_alone_and_each_operator_has_their_own(
    tenant: TenantConfig, tmp_path: Path
) -> None:
    who = signed_in(tenant, tmp_path)
    folder = tmp_path / FOLDER
    (kept,) = folder.glob("*.bin")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "0600, not encrypted" in who.protection or "encrypted by this system" in who.protection
    with pytest.raises(SignInNeeded):
        acting_tokens(tenant, tmp_path, "ben")
    assert Technician(tenant, tmp_path, "asha").token(), "another program finds the sign-in of the first"
    assert who.sign_out() and not who.sign_out()
    with pytest.raises(SignInNeeded):
        who.token()


def test_a_claims_challenge_is_met_without_asking_anybody(
    tenant: TenantConfig, service: Service, tmp_path: Path
) -> None:
    who = signed_in(tenant, tmp_path)
    service.faults.throw("claims_challenge", path="syncdevice")
    with ActionClient(tenant, who) as client:
        read = client.read(OURS)
        assert read is not None
        known = Recorded(1, 1, KEY, OURS, "organisation", "NB1", "NB1", read.serial, read.model)
        perform(client, target_of(known, read), ACTIONS["sync"].told({}))
    assert len(service.accepted) == 1


def test_a_code_that_nobody_used_and_a_sign_in_that_ended_ask_for_another_one(
    tenant: TenantConfig, service: Service, tmp_path: Path
) -> None:
    service.approve_after_polls, service.device_code_interval = None, 1
    who = Technician(tenant, tmp_path, "asha", sleep=lambda _: None)
    code = who.begin()
    code.give_up()
    with pytest.raises(SignInNeeded, match="not used in time"):
        who.finish(code)
    service.approve_after_polls, service.device_code_interval = 1, 0
    who = signed_in(tenant, tmp_path)
    service.identity._refresh_tokens.clear()
    with pytest.raises(SignInNeeded, match="has ended"):
        Technician(tenant, tmp_path, "asha").token(fresh=True)


class Form(HTMLParser):
    """The fields of the sign-in page."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.action = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.action = given.get("action") or ""
        if tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"] or ""] = given["value"] or ""


class Browser(webbrowser.BaseBrowser):
    """A browser with somebody in front of it."""

    def __init__(self, ca: str, user: str) -> None:
        super().__init__("somebody")
        self.ca, self.user = ca, user

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        threading.Thread(target=self._sign_in, args=(url,), daemon=True).start()
        return True

    def _sign_in(self, url: str) -> None:
        with requests.Session() as session:
            session.trust_env = False
            page = Form()
            page.feed(session.get(url, verify=self.ca, timeout=10).text)
            answer = Form()
            answer.feed(session.post(url, data={**page.fields, "user": self.user}, verify=self.ca, timeout=10).text)
            session.post(answer.action, data=answer.fields, timeout=10)


def test_in_a_browser_it_is_whoever_signs_in_there(
    tenant: TenantConfig, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = f"person0002@{KEY}.example"
    somebody = Browser(str(service.ca_pem), user)
    monkeypatch.setattr(webbrowser, "get", lambda *_: somebody)
    monkeypatch.setattr(webbrowser, "open", somebody.open)
    who = Technician(tenant, tmp_path, "asha")
    assert who.browser() == user
    assert who.name == user


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"actions": None}, ConfigurationProblem),
        ({"actions": ActionCredential(guid("nobody"), "device-code")}, NoAccess),
        ({"tenant_id": guid("nowhere")}, FleetError),
        ({"authority": "https://127.0.0.1:9"}, FleetError),
    ],
)
def test_what_is_wrong_is_said_and_no_answer_is_repeated(
    change: dict[str, Any], error: type[FleetError], tenant: TenantConfig, tmp_path: Path
) -> None:
    with pytest.raises(error) as refused:
        Technician(replace(tenant, **change), tmp_path, "asha", sleep=lambda _: None).begin()
    assert "Trace ID" not in refused.value.message and "\n" not in refused.value.message
