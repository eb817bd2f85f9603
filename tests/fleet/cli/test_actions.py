"""`fleet action …`: asked, confirmed by another, sent, followed; one JSON document each, and exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from fleet.config import toml_table
from fleet.domain.remote import ACTIONS
from fleet.intune import actions as sending
from tests.fleet.commands.outbox.conftest import ASKER, KEY, SECOND, Post, post, started_service  # noqa: F401 - fixtures
from tests.fleet.conftest import Outcome, Program
from tests.fleet.demo.service.factory import SECRET as SYNC_SECRET

ON_ONE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


class Desk:
    """`fleet action` on the register of a post."""

    def __init__(self, given: Post, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        self.post, self._program, self._monkeypatch = given, program, monkeypatch
        self.be(ASKER)

    def be(self, operator: str) -> None:
        self._monkeypatch.setenv("FLEET_OPERATOR", operator)

    def fleet(self, *arguments: str, stdin: str = "") -> Outcome:
        return self._program("--home", str(self.post.config.home), *arguments, stdin=stdin)

    def action(self, *arguments: str) -> Outcome:
        return self.fleet("action", *arguments)

    def json(self, *arguments: str) -> Any:
        return self.action(*arguments, "--json").json


def write_config(given: Post, *, actions: bool = True) -> None:
    tenant = given.config.tenants[KEY]
    settings: dict[str, str | int] = {
        "organisation": KEY, "tenant_id": tenant.tenant_id, "client_id": tenant.client_id, "secret_env": "NOWHERE",
        "authority": tenant.authority, "graph": tenant.graph, "ca_bundle": str(tenant.ca_bundle),
    }  # fmt: skip
    blocks = [toml_table(("organisation", KEY), {"name": "Northbridge Council"}), toml_table(("tenant", KEY), settings)]
    if actions and tenant.actions is not None:
        own: dict[str, str | int] = {"client_id": tenant.actions.client_id, "secret_file": "secret"}
        blocks.append(toml_table(("tenant", KEY, "actions"), own))
    blocks.append('[actions]\nper_hour = 3\nask = "the Intune team, ext 4711"\n')
    (Path(given.config.home) / "config.toml").write_text("\n".join(blocks), encoding="utf-8")


@pytest.fixture
def desk(post: Post, program: Program, monkeypatch: pytest.MonkeyPatch) -> Desk:  # noqa: F811
    write_config(post)
    monkeypatch.setenv("FLEET_DATABASE_URL", post.database.url)
    return Desk(post, program, monkeypatch)


def test_several_are_asked_for_at_once_and_each_has_its_outcome(desk: Desk) -> None:
    answer = desk.action("sync", "NB000001", "NB000002", "--json")
    assert (answer.code, [(one["device"], one["state"]) for one in answer.json["devices"]]) == (
        0, [("NB000001", "accepted"), ("NB000002", "accepted")],
    )  # fmt: skip
    desk.post.service.faults.throw("action_accepted_504")
    mixed = desk.action("restart", "--file", "-", "--json")
    assert mixed.code == 2, "no keys on stdin"
    mixed = desk.action("restart", "NB000001", "NB000002")
    assert mixed.code == 4 and "unsure" in mixed.out and "accepted" in mixed.out
    assert "can't be undone" in mixed.out
    for number in (1, 2):
        desk.post.check_in(number)
    done = desk.action("follow", "--json")
    assert done.code == 0 and {one["state"] for one in done.json} == {"done"}
    assert len(desk.post.sent()) == 4
    assert desk.action().out.strip() == "The outbox is empty."


def test_a_wipe_is_compared_typed_confirmed_by_another_and_sent(desk: Desk) -> None:
    assert desk.action("wipe", "NB000001", "--json").json["error"]["code"] == "not-typed"
    wrong = desk.action("wipe", "NB000001", "--tag", "NB000002")
    assert (wrong.code, "type the asset tag" in wrong.err) == (2, True)
    assert "register: FK00000001Q7   Intune: FK00000001Q7" in wrong.err
    preview = desk.action("wipe", "NB000001", "--preview")
    assert preview.code == 0 and "nothing was asked for" in preview.out
    assert desk.json("list") == []
    asked = desk.action("wipe", "NB000001", "--tag", "nb000001", "--reason", "to be sold", "--json").json["devices"][0]
    assert (asked["state"], asked["differing"]) == ("asked", [])
    number = str(asked["number"])
    assert desk.json("confirm", number, "--tag", "NB000001")["error"]["code"] == "second-operator"
    desk.be(SECOND)
    assert desk.json("confirm", number)["error"]["code"] == "not-typed"
    assert desk.post.sent() == []
    confirmed = desk.action("confirm", number, "--tag", "NB000001")
    assert confirmed.code == 0 and f"{ASKER} asks for: Wipe (to be sold)" in confirmed.err
    assert desk.post.sent() == [(1, "wipe")]
    shown = desk.json("show", number)
    assert (shown["asked_by"], shown["confirmed_by"], shown["state"]) == (ASKER, SECOND, "accepted")
    assert f"confirmed by {SECOND}" in desk.action("show", number).out
    desk.post.check_in(1)
    assert desk.action("follow").code == 0
    undone = desk.fleet("undo", str(desk.fleet("history", "--json", "--limit", "1").json[0]["id"]), "--preview")
    assert "can't be taken back" in undone.out
    assert desk.action("confirm", "4711", "--tag", "x").code == 2


@ON_ONE
def test_somebodys_own_device_is_only_retired_and_its_owner_is_typed(desk: Desk) -> None:
    person = f"person0001@{KEY}.example"
    own = "own device"
    assert own not in desk.action("list").out
    with desk.post.database.transaction(actor="test", action="test", now=desk.post.moment) as session:
        from fleet.database.models import Device

        session.get_one(Device, desk.post.ids[4]).asset_tag = "OWN-1"
    for action in ("wipe", "delete", "lock", "reset-passcode"):
        extra = ["--tag", "OWN-1"] if ACTIONS[action].typed else []
        refused = desk.action(action, "OWN-1", *extra, "--json")
        assert (refused.code, refused.json["error"]["code"]) == (1, "personal-device"), action
    assert desk.json("retire", "OWN-1", "--tag", person)["error"]["code"] == "not-typed"
    assert desk.json("retire", "OWN-1", "--tag", "OWN-1")["devices"][0]["state"] == "asked"
    assert desk.post.sent() == []


@ON_ONE
def test_a_secret_is_shown_on_a_terminal_or_as_json_once_and_in_no_log(desk: Desk) -> None:
    number = str(desk.json("reset-passcode", "NB000001", "--tag", "NB000001")["devices"][0]["number"])
    desk.post.check_in(1)
    assert "fleet action reveal" in desk.action("follow").out
    assert desk.action("reveal", number).code == 2, "no terminal"
    value = desk.json("reveal", number)["value"]
    assert desk.json("reveal", number)["error"]["code"] == "shown-already"
    everything = "".join(
        desk.fleet(*one).out
        for one in (("action", "list", "--all", "--json"), ("history", "--json"), ("action", "show", number))
    )
    assert value not in everything
    assert not any(
        value in path.read_text(errors="replace") for path in Path(desk.post.config.home).iterdir() if path.is_file()
    )


@ON_ONE
def test_waiting_ends_when_the_device_did_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.cli.actions.LOOK_EVERY", 0.0)
    desk.post.service.check_in_after = 0
    try:
        answer = desk.action("sync", "NB000001", "--wait", "30", "--json")
    finally:
        desk.post.service.check_in_after = None
    assert (answer.code, answer.json["devices"][0]["state"]) == (0, "done")


@ON_ONE
def test_what_was_not_sent_waits_is_cancelled_or_sent_later(desk: Desk) -> None:
    desk.post.service.faults.throw("secret_expired")
    failed = desk.action("restart", "NB000001", "NB000002", "--json")
    assert (failed.code, {one["error"] for one in failed.json["devices"]}) == (5, {"expired-secret"})
    numbers = [str(one["number"]) for one in failed.json["devices"]]
    desk.post.service.faults.clear()
    assert desk.json("cancel", numbers[0]) == {"cancelled": [int(numbers[0])]}
    sent = desk.action("send", "--json")
    assert (sent.code, [one["state"] for one in sent.json]) == (0, ["accepted"])
    assert desk.json("cancel", numbers[1])["error"]["code"] == "sent-already"
    assert desk.action("send").out.startswith("NB000002")
    assert {one["state"] for one in desk.json("list", "--all")} == {"cancelled", "accepted"}
    assert desk.post.sent() == [(2, "rebootNow")]


@ON_ONE
def test_what_nobody_can_know_is_settled_by_a_person(desk: Desk) -> None:
    desk.post.service.faults.throw("action_cut")
    unsure = desk.action("restart", "NB000001", "--json")
    assert (unsure.code, unsure.json["devices"][0]["state"]) == (4, "unsure")
    number = str(unsure.json["devices"][0]["number"])
    assert desk.action("follow").code == 1
    assert desk.action("settle", number, "--not").code == 2
    assert desk.json("settle", number, "--not", "--note", "the holder says so")["state"] == "failed"
    assert desk.json("settle", number, "--not", "--note", "x")["error"]["code"] == "nothing-to-settle"


@ON_ONE
def test_where_actions_are_off_it_is_said_and_the_run_sheet_says_whom_to_ask(desk: Desk) -> None:
    assert desk.fleet("incident", "open", "lost", "NB000001").code == 0
    sheet = desk.fleet("incident", "show", "NB000001").out
    assert "fleet action lost-mode-on NB000001 --message … --number …; fleet action locate NB000001" in sheet
    assert "fleet action wipe NB000001" in sheet
    write_config(desk.post, actions=False)
    assert (
        "Remote actions are off here: ask the Intune team, ext 4711." in desk.fleet("incident", "show", "NB000001").out
    )
    refused = desk.action("lock", "NB000001", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "actions-off")
    assert desk.action("sign-in", KEY).code == 2
    write_config(desk.post)
    assert desk.action("sign-in", KEY).code == 2, "an application sends them"
    told = {"message": "Please ring us", "number": "01632 960 001"}
    assert desk.action("lost-mode-on", "NB000001", *(f"--{name}={value}" for name, value in told.items())).code == 0
    assert "Lost mode on through Intune" in desk.fleet("incident", "show", "NB000001").out


@ON_ONE
@pytest.mark.parametrize(
    "arguments",
    [
        ("lost-mode-on", "NB000001", "--message", "x", "--number", "ring me"),
        ("lost-mode-on", "NB000001", "--message", "x"),
        ("rename", "NB000001", "NB000002", "--name", "NB-1"),
        ("wipe", "NB000001", "NB000002", "--tag", "NB000001"),
        ("sync",),
        ("sync", "nobody-knows-this"),
        ("dance", "NB000001"),
        ("settle", "1", "--note", "x"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_and_nothing_is_asked_for(desk: Desk, arguments: tuple[str, ...]) -> None:
    refused = desk.action(*arguments, "--json")
    assert refused.code == 2
    assert set(json.loads(refused.out)) == {"error"}
    assert desk.post.sent() == []


@ON_ONE
def test_what_a_terminal_could_obey_is_shown_as_it_is(desk: Desk) -> None:
    device = next(iter(desk.post.service.states())).directory.devices
    for one in device.values():
        one["model"] = "\x1b]0;gone\x07"
    wipe = desk.action("wipe", "NB000001", "--tag", "NB000001")
    assert "\x1b" not in wipe.err and "≠ Model" in wipe.err


def test_the_client_has_no_way_to_send_twice() -> None:
    source = Path(sending.__file__).read_text(encoding="utf-8")
    assert ".post(" not in source, "GraphClient.post tries again, which an action must never"


@ON_ONE
def test_the_doctor_says_whether_actions_can_be_sent(desk: Desk) -> None:
    def said(*options: str) -> dict[str, str]:
        rows = desk.fleet("doctor", "--json", *options).json
        return {one["state"]: one["sentence"] for one in rows if one["what"] == f"remote actions of {KEY}"}

    assert said("--offline") == {"skipped": "their token is not asked for (--offline)."}
    directory = next(iter(desk.post.service.states())).directory
    directory.action_permissions = frozenset({"DeviceManagementManagedDevices.ReadWrite.All"})
    (Path(desk.post.config.home) / "secret").write_text("another-secret")
    directory.action_secret = "another-secret"
    assert "PrivilegedOperations" in said().get("bad", "")
    write_config(desk.post, actions=False)
    assert said() == {}


@ON_ONE
def test_a_secret_is_not_shown_on_the_screen_of_commands(desk: Desk) -> None:
    assert {one["name"]: one["in_terminal"] for one in desk.fleet("commands", "--json").json}["action reveal"] is True


@ON_ONE
def test_a_sync_follows_what_was_sent_before_it_reads_the_list(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOWHERE", SYNC_SECRET)
    desk.action("restart", "NB000001")
    desk.post.check_in(1)
    plan = desk.fleet("sync", "--plan", "--json").json
    assert plan["actions"] == []
    told = desk.fleet("sync", "--json").json
    assert [(one["device"], one["state"]) for one in told["actions"]] == [("NB000001", "done")]
    assert desk.fleet("sync", "--json").json["actions"] == []
