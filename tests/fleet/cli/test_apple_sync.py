"""`fleet sync` with accounts of Apple Business Manager: after the tenants, each by itself, and what the doctor says of them."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.config import toml_table
from fleet.demo.directory import AppleDirectory
from fleet.demo.service import Service
from fleet.demo.service.serve_apple import key_name, write_apple_keys
from tests.fleet.apple.conftest import SERIALS, directory
from tests.fleet.conftest import Program

Accounts = Callable[..., None]


@pytest.fixture
def apple() -> AppleDirectory:
    return directory()


@pytest.fixture
def service(apple: AppleDirectory, tmp_path: Path) -> Iterator[Service]:
    """Apple alone, by the clock of this machine, which the sign-in goes by."""
    write_apple_keys([apple], tmp_path)
    with Service([], folder=tmp_path, apple=[apple], clock=lambda: datetime.now(UTC)) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, service: Service, apple: AppleDirectory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose configuration knows one organisation with an account, and no tenant."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("FLEET_HOME", str(folder))
    configure(folder, service, apple)
    return folder


def configure(folder: Path, service: Service, apple: AppleDirectory, **changes: Any) -> None:
    settings = {
        "organisation": "northbridge", "client_id": apple.client_id, "key_id": apple.key_id,
        "key_file": str(folder.parent / key_name(apple)), "mdm_servers": "Intune", "sign_in": service.authority,
        "api": service.graph, "ca_bundle": str(service.ca_pem), "requests_per_minute": 0, "coverage_per_night": 2, **changes,
    }  # fmt: skip
    tables = (
        toml_table(("organisation", "northbridge"), {"name": "Northbridge"}),
        toml_table(("apple", "northbridge"), settings),
    )
    (folder / "config.toml").write_text("\n".join(tables), encoding="utf-8")


def test_an_account_is_read_without_any_tenant(program: Program, home: Path) -> None:
    told = program("sync", "--apple", "northbridge", "--json")
    assert (told.code, told.err) == (0, "")
    (one,) = told.json["apple"]
    assert (one["account"], one["complete"], one["error"], one["coverage"]) == ("northbridge", True, None, 2)
    assert one["devices"]["new"] == len(SERIALS)
    assert one["requests"] == 7
    assert (told.json["tenants"], told.json["run"]) == ([], one["run"])
    table = program("sync", "--apple", "northbridge")
    assert (table.code, table.out.splitlines()[1].split()[:3]) == (0, ["northbridge", "complete", "25"])


def test_a_plan_writes_nothing(program: Program, home: Path) -> None:
    told = program("sync", "--apple", "northbridge", "--plan")
    assert told.code == 0
    assert "25 devices new on Apple's list" in told.out
    assert program("sync", "--apple", "northbridge", "--json").json["apple"][0]["devices"]["new"] == 25


def test_a_shrunken_list_needs_the_number_and_a_reason(program: Program, home: Path, apple: AppleDirectory) -> None:
    program("sync", "--apple", "northbridge")
    for serial in SERIALS[:12]:
        del apple.devices[serial]
    refused = program("sync", "--apple", "northbridge")
    assert refused.code == 3
    assert "12 of 25 devices of Apple Business Manager are absent" in refused.err
    assert program("sync", "--apple", "northbridge", "--confirm", "12").code == 2
    assert program("sync", "--apple", "northbridge", "--confirm", "12", "--reason", "sold").code == 0


@pytest.mark.parametrize(
    ("fault", "budget", "code", "says"),
    [("unavailable", 1, 4, r"unavailable \(503\)|time_budget"), ("refused", None, 5, "a role that may see devices")],
)
def test_what_apple_refuses_is_told_in_one_line(
    program: Program, home: Path, service: Service, fault: str, budget: int | None, code: int, says: str
) -> None:
    service.apple.throw(fault)
    if budget is not None:
        configure(home, service, next(iter(service.apple.accounts.values())), time_budget=budget)
    told = program("sync", "--apple", "northbridge")
    assert told.code == code
    assert told.err.startswith("fleet: Apple account northbridge:")
    assert re.search(says, told.err)


def test_an_account_that_there_is_not_is_named(program: Program, home: Path) -> None:
    told = program("sync", "--apple", "eastmere")
    assert (told.code, "known: northbridge" in told.err) == (2, True)


def test_a_configuration_with_mistakes_names_them_all(
    program: Program, home: Path, service: Service, apple: AppleDirectory
) -> None:
    configure(
        home,
        service,
        apple,
        organisation="nowhere",
        api="http://plain.example",
        coverage_per_night="many",
        colour="red",
    )
    told = program("doctor", "--offline")
    for part in (
        "names organisation nowhere",
        "api must be an https address",
        "coverage_per_night must be",
        "unknown setting colour",
    ):
        assert part in told.err


def test_the_doctor_looks_at_the_key_the_sign_in_and_the_services(
    program: Program, home: Path, service: Service, apple: AppleDirectory
) -> None:
    def looked(*options: str) -> dict[str, tuple[str, str]]:
        return {one["what"]: (one["state"], one["sentence"]) for one in program("doctor", *options, "--json").json}

    program("sync", "--apple", "northbridge")
    found = looked()
    assert found["Apple account northbridge"] == ("good", "can be read; management services: Intune, Old.")
    assert found["key of Apple account northbridge"][0] == "good"
    assert found["Apple Business Manager of northbridge"][1].startswith("25 devices, read ")
    assert looked("--offline")["Apple account northbridge"][0] == "skipped"
    configure(home, service, apple, mdm_servers="Elsewhere")
    assert looked()["Apple account northbridge"][0] == "warning"
    (home.parent / key_name(apple)).chmod(0o644)
    state, sentence = looked()["key of Apple account northbridge"]
    assert (state, "chmod 600" in sentence) == ("bad", True)


def test_the_status_tells_how_fresh_an_account_is(
    program: Program, home: Path, apple: AppleDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("devices")
    assert program("status", "--json").json["apple"] == []
    program("sync", "--apple", "northbridge")
    told = program("status", "--json")
    (one,) = told.json["apple"]
    assert (one["account"], one["devices"], one["stale"]) == ("northbridge", 25, False)
    assert (one["last_run"]["state"], one["running"]) == ("complete", None)
    assert "Apple account northbridge" in program("status").out
    monkeypatch.setenv("FLEET_NOW", "2026-11-30T02:15:00Z")
    told = program("status", "--json")
    assert (told.code, told.json["apple"][0]["stale"]) == (4, True)
