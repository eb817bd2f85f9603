"""`fleet sync` on the command line: what it prints, its JSON, its exit codes, and tenants that fail separately."""

import json
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from fleet.database import Database
from fleet.database.models import Event
from tests.fleet.conftest import OPERATOR, Program
from tests.fleet.demo.service.factory import SECRET
from tests.fleet.town import CHANGES, DEVICES, TENANTS, UNTOUCHED, Town

TENANT_KEYS = {"tenant", "complete", "people", "devices", "requests", "retries", "seconds", "error"}
Configure = Callable[..., None]
_BUDGETS = count(1800)
"""Never the same twice: the process keeps the tokens of tenants that are configured alike."""


@pytest.fixture
def configure(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare_environment: None) -> Configure:
    """A home of the test's own whose tenants are those of the town; settings of single tenants can differ."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("FLEET_HOME", str(home))

    def write(**changes: dict[str, Any]) -> None:
        lines = [f"database = {json.dumps(town.url)}"]
        for key in TENANTS:
            lines += [f"[organisation.{key}]", f'name = "{key.capitalize()} Council"']
        for key in TENANTS:
            one = town.config.tenant(key)
            settings = {
                "organisation": key, "tenant_id": one.tenant_id, "client_id": one.client_id, "authority": one.authority,
                "graph": one.graph, "ca_bundle": str(one.ca_bundle), "secret_file": str(one.secret_file),
                "time_budget": next(_BUDGETS),
            } | changes.get(key, {})  # fmt: skip
            lines += [f"[tenant.{key}]", *(f"{name} = {json.dumps(value)}" for name, value in settings.items())]
        (home / "config.toml").write_text("\n".join(lines), encoding="utf-8")

    write()
    return write


def test_a_night_is_told_as_json(program: Program, configure: Configure) -> None:
    told = program("sync", "--json")
    assert (told.code, told.err) == (0, "")
    assert set(told.json) == {"tenants", "apple", "actions", "run"}
    assert [one["tenant"] for one in told.json["tenants"]] == list(TENANTS)
    for one in told.json["tenants"]:
        assert set(one) >= TENANT_KEYS
        assert {"people": one["people"], "devices": one["devices"]} == CHANGES
        assert (one["complete"], one["error"]) == (True, None)
        assert one["requests"] > 8
    assert told.json["run"] == told.json["tenants"][-1]["run"]


def test_a_night_is_told_as_a_table(program: Program, configure: Configure) -> None:
    told = program("sync")
    assert (told.code, told.err) == (0, "")
    head, *rows = told.out.splitlines()
    assert head.split()[:4] == ["Tenant", "State", "People", "new"]
    assert [row.split()[:2] for row in rows] == [[key, "complete"] for key in TENANTS]


def test_a_second_night_plans_nothing(program: Program, configure: Configure, town: Town) -> None:
    program("sync")
    program("sync")  # The device that was absent once is closed now.
    before = town.contents()
    told = program("sync", "--json")
    for one in told.json["tenants"]:
        assert [one["devices"][key] for key in ("new", "changed", "missing", "problems")] == [0, 0, 0, 0]
        assert [one["people"][key] for key in ("new", "changed", "left")] == [0, 0, 0]
    after = town.contents()
    assert before["event"] == after["event"]
    assert before["change"] == after["change"]


def test_a_plan_writes_nothing(program: Program, configure: Configure, town: Town) -> None:
    before = town.contents(frozenset())
    told = program("sync", "--plan", "--json")
    assert (told.code, told.json["run"]) == (0, None)
    assert told.json["tenants"][0]["devices"] == CHANGES["devices"]
    words = program("sync", "--plan", "--tenant", TENANTS[0])
    assert words.code == 0
    assert "northbridge: the plan" in words.out
    assert "OS version: 1 change\n" in words.out
    assert town.contents(frozenset()) == before


def test_a_plan_that_the_brake_refuses_names_the_devices_and_counts_the_rest(
    program: Program, configure: Configure, town: Town
) -> None:
    town.service.faults.throw("half_list", tenant="northbridge")
    told = program("sync", "--plan", "--tenant", "northbridge")
    assert (told.code, "--confirm 21" in told.err) == (3, True)
    lines = [line.strip() for line in told.out.splitlines() if line.strip().startswith("?")]
    assert (len(lines), lines[-1]) == (16, "? and 6 more")
    assert all(line.endswith(": absent for the first time") for line in lines[:-1])
    assert len(set(lines[:-1])) > 10, "each by its name"
    assert "? a device: " not in told.out


def test_a_plan_names_new_devices_with_a_serial_before_own_ones(
    program: Program, configure: Configure, town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FLEET_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    lines = [
        line.strip()
        for line in program("sync", "--plan", "--tenant", "northbridge").out.splitlines()
        if line.strip().startswith("+")
    ]
    assert (len(lines), lines[-1]) == (16, "+ and 25 more")
    assert all(line.startswith("+ FK") for line in lines[:-1])


def test_one_wrong_secret_does_not_stop_the_others(program: Program, configure: Configure, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.touch(0o600)
    wrong.write_text("hunter2")
    configure(northbridge={"secret_file": str(wrong)})
    told = program("sync", "--json")
    assert told.code == 5
    first, second = told.json["tenants"]
    assert (first["complete"], first["devices"]) == (False, {})
    assert "client secret is wrong" in first["error"]
    assert (second["complete"], second["devices"]) == (True, CHANGES["devices"])
    table = program("sync")
    assert table.code == 5
    assert table.err.startswith("fleet: Tenant northbridge: the client secret is wrong")
    assert len(table.err.splitlines()) == 1
    assert "southmoor  complete" in table.out
    for text in (told.out, told.err, table.out, table.err):
        assert "hunter2" not in text
        assert SECRET not in text


def test_the_exit_code_is_that_of_the_gravest(program: Program, configure: Configure, town: Town) -> None:
    town.service.faults.throw("half_list", tenant="southmoor")
    town.service.faults.throw("torn_list", tenant="northbridge")
    assert program("sync", "--json").code == 4
    town.service.faults.throw("no_intune_licence", tenant="southmoor")
    assert program("sync", "--json").code == 5


def test_problems_to_look_at_are_one(program: Program, configure: Configure, town: Town) -> None:
    town.service.faults.throw("bad_device", tenant="northbridge", value="wrong_types")
    told = program("sync")
    assert told.code == 1
    assert "northbridge: bad-device" in told.err
    assert "serialNumber is not text" in told.err
    run = next(one for one in program("runs", "--json").json if one["source"] == "intune:northbridge")
    assert (run["state"], run["problems"]) == ("complete", 1)
    shown = program("runs", str(run["id"]), "--json").json
    assert shown["problems"][0]["code"] == "bad-device"
    assert "bad-device" in program("runs", str(run["id"])).out


def test_the_brake_is_three_and_says_what_to_do(program: Program, configure: Configure, town: Town) -> None:
    town.service.faults.throw("half_list", tenant="northbridge")
    before = town.contents()
    told = program("sync", "--tenant", "northbridge")
    assert told.code == 3
    assert "--confirm 21 and a --reason" in told.err
    assert "not applied" in told.out
    assert town.contents() == before
    assert program("runs", "--json").json[0]["state"] == "refused"
    passed = program("sync", "--tenant", "northbridge", "--confirm", "21", "--reason", "sold at auction", "--json")
    assert (passed.code, passed.json["tenants"][0]["complete"]) == (0, True)
    event = passed.json["tenants"][0]["event"]
    with Database(town.url, create=False) as database, database.read() as session:
        assert "sold at auction" in (session.get_one(Event, event).reason or "")
        assert session.get_one(Event, event).actor == OPERATOR


@pytest.mark.parametrize(
    "arguments",
    [("--confirm", "3"), ("--confirm", "3", "--reason", "x"), ("--confirm", "3", "--tenant", "northbridge"),
     ("--confirm", "3", "--reason", "x", "--tenant", "northbridge", "--tenant", "southmoor")],
)  # fmt: skip
def test_a_confirmation_goes_with_one_tenant_and_a_reason(
    program: Program, configure: Configure, town: Town, arguments: tuple[str, ...]
) -> None:
    before = town.contents(frozenset())
    told = program("sync", *arguments, "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "usage")
    assert town.contents(frozenset()) == before


def test_an_unknown_tenant_lists_those_there_are(program: Program, configure: Configure) -> None:
    told = program("sync", "--tenant", "nothingham")
    assert (told.code, told.out) == (2, "")
    assert "known: northbridge, southmoor" in told.err


def test_without_a_tenant_it_says_where_to_put_one(program: Program, tmp_path: Path) -> None:
    told = program("--home", str(tmp_path), "sync")
    assert told.code == 2
    assert str(tmp_path / "config.toml") in told.err


def test_a_missing_permission_is_named(program: Program, configure: Configure, town: Town) -> None:
    town.service.faults.throw("missing_permission", path="users/delta")
    told = program("sync", "--tenant", "northbridge")
    assert told.code == 5
    assert "User.Read.All" in told.err


def test_new_devices_can_be_taken_into_stock(program: Program, configure: Configure) -> None:
    assert program("sync", "--register-new").code == 0
    assert {one["serial"] for one in program("devices", "status:in_stock", "--json").json} == {f"FK{DEVICES:08}Q7"}


def test_no_secret_is_in_the_register_or_its_folder(program: Program, configure: Configure, town: Town) -> None:
    program("sync")
    town.service.faults.throw("expired_token", times=100)
    assert program("sync").code == 5
    home = Path(program("doctor", "--offline", "--json").json[0]["sentence"].partition(": ")[0]).parent
    files = [*home.rglob("*"), *Path(town.url.removeprefix("sqlite:///")).parent.glob("fleet.db*")]
    for file in files:
        if file.is_file():
            data = file.read_bytes()
            assert SECRET.encode() not in data
            assert b"eyJ0eXAi" not in data
            assert b"Bearer " not in data


# --- who may ------------------------------------------------------------------------------------------------


@pytest.fixture
def operators(program: Program, configure: Configure, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """An administrator, a technician and an auditor of Southmoor; call it with a name to become that one."""
    assert program("operator", "add", "chief", "--role", "administrator", "--all").code == 0
    monkeypatch.setenv("FLEET_OPERATOR", "chief")
    for name, role in (("tess", "technician"), ("audrey", "auditor")):
        assert program("operator", "add", name, "--role", role, "--organisation", "southmoor").code == 0
    return lambda name: monkeypatch.setenv("FLEET_OPERATOR", name)


def test_a_technician_syncs_only_the_tenants_they_serve(
    program: Program, operators: Callable[[str], None], town: Town
) -> None:
    operators("tess")
    told = program("sync", "--json")
    assert [one["tenant"] for one in told.json["tenants"]] == ["southmoor"]
    assert told.code == 0
    before = town.contents(UNTOUCHED)
    refused = program("sync", "--tenant", "northbridge", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (5, "no-access")
    assert program("sync", "--tenant", "northbridge", "--plan").code == 5
    assert town.contents(UNTOUCHED) == before


def test_an_auditor_may_look_at_the_plan_only(program: Program, operators: Callable[[str], None], town: Town) -> None:
    operators("audrey")
    before = town.contents(frozenset())
    assert program("sync").code == 5
    told = program("sync", "--plan", "--json")
    assert (told.code, [one["tenant"] for one in told.json["tenants"]]) == (0, ["southmoor"])
    assert town.contents(frozenset()) == before


def test_somebody_unknown_may_nothing(program: Program, operators: Callable[[str], None], town: Town) -> None:
    operators("mallory")
    before = town.contents(frozenset())
    for command in (("sync",), ("sync", "--plan"), ("devices",), ("runs",), ("history",)):
        told = program(*command)
        assert (told.code, told.out) == (5, "")
        assert "mallory is not an operator" in told.err
    assert town.contents(frozenset()) == before


# --- what a failed night cost, and mistakes of the program --------------------------------------------------


def test_a_failed_night_tells_what_it_cost(program: Program, configure: Configure, town: Town) -> None:
    configure(northbridge={"primary_users": False})
    # The list of devices is asked for after this answer alone: whatever is read beside it, both waits are over by then.
    town.service.faults.throw(
        "too_many_requests_fractional", tenant="northbridge", path="managedDeviceOverview", times=2, value="0.01"
    )
    town.service.faults.throw("torn_list", tenant="northbridge")
    asked = len(town.service.requests)
    told = program("sync", "--tenant", "northbridge", "--json")
    assert told.code == 4
    (one,) = told.json["tenants"]
    graph = [request for request in town.service.requests[asked:] if request.path.startswith("/v1.0/")]
    assert (one["complete"], one["requests"], one["retries"]) == (False, len(graph), 2)
    assert len(graph) > 4
    counts = town.last_run().counts
    assert (counts["requests"], counts["retries"]) == (len(graph), 2)
    shown = program("sync", "--tenant", "northbridge")
    assert re.search(r"northbridge.* is torn.* \(\d+ requests, 0 retries, \d\.\d s\)$", shown.err.strip())


def test_a_sign_in_that_fails_costs_no_request_of_graph(program: Program, configure: Configure, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.touch(0o600)
    wrong.write_text("hunter2")
    configure(northbridge={"secret_file": str(wrong)})
    (one, _) = program("sync", "--json").json["tenants"]
    assert (one["requests"], one["retries"]) == (0, 0)


def test_a_mistake_of_the_program_costs_one_tenant_its_night(
    program: Program, configure: Configure, town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from fleet.intune import read

    def stumble(reading: Any, *arguments: Any) -> Any:
        if reading._client.tenant.key == "northbridge":
            raise ZeroDivisionError("not for the screen")
        return real(reading, *arguments)

    real = read._Reading._read_people
    monkeypatch.setattr(read._Reading, "_read_people", stumble)
    told = program("sync", "--json")
    first, second = told.json["tenants"]
    log = tmp_path / "home" / "fleet.log"
    assert told.code == 1
    assert (
        first["error"] == f"Tenant northbridge: a mistake in the program (ZeroDivisionError). The details are in {log}."
    )
    assert (first["complete"], second["complete"]) == (False, True)
    assert (second["devices"], second["error"]) == (CHANGES["devices"], None)
    assert "ZeroDivisionError: not for the screen" in log.read_text()
    assert "not for the screen" not in told.out + told.err
    runs = {one["source"]: one["state"] for one in program("runs", "--json").json[:2]}
    assert (runs["intune:northbridge"], runs["intune:southmoor"]) == ("failed", "complete")
    plain = program("sync")
    assert (plain.code, plain.err.startswith("fleet: Tenant northbridge: a mistake in the program")) == (1, True)
    monkeypatch.setattr(read._Reading, "_read_people", real)
    assert program("sync").code == 0
