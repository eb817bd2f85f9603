"""`fleet doctor`: configuration, database, tokens, permissions by name, certificate expiry; and what each costs in exit code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from fleet.domain.os_support import SHIPPED
from tests.fleet.cli.test_sync import Configure, configure
from tests.fleet.conftest import Program
from tests.fleet.demo.service.factory import SECRET, make_certificate
from tests.fleet.town import NIGHT_2, Town

__all__ = ["configure"]
Examine = Callable[..., tuple[int, dict[str, tuple[str, str]]]]


@pytest.fixture
def examine(program: Program) -> Examine:
    """The doctor's exit code, and state and sentence by what was looked at."""

    def look(*options: str) -> tuple[int, dict[str, tuple[str, str]]]:
        told = program("doctor", *options, "--json")
        assert told.err == ""
        assert SECRET not in told.out
        return told.code, {one["what"]: (one["state"], one["sentence"]) for one in told.json}

    return look


def test_all_is_well(examine: Examine, configure: Configure, program: Program) -> None:
    assert program("sync").code == 0
    code, found = examine()
    assert (code, {state for state, _ in found.values()} - {"warning"}) == (0, {"good"})
    for tenant in ("northbridge", "southmoor"):
        assert found[f"token for {tenant}"] == ("good", "was given.")
        assert found[f"permissions of {tenant}"][0] == "good"
        assert found[f"last sync of {tenant}"][0] == "good"
    assert program("doctor").out.startswith("ok  configuration: ")


def test_without_the_network_nothing_is_asked(examine: Examine, configure: Configure, town: Town) -> None:
    asked = len(town.service.requests)
    code, found = examine("--offline")
    assert code == 0
    assert found["token for northbridge"][0] == "skipped"
    assert len(town.service.requests) == asked


def test_a_missing_permission_is_named(examine: Examine, configure: Configure, town: Town) -> None:
    for state in town.service.states():
        state.directory.permissions = frozenset({"User.Read.All"})
    code, found = examine()
    assert code == 5
    state, sentence = found["permissions of northbridge"]
    assert state in ("bad", "warning")
    told = str(found)
    assert "DeviceManagementManagedDevices.Read.All is missing" in told or "DeviceManagement" in sentence


def test_a_wrong_secret_is_five(examine: Examine, configure: Configure, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.touch(0o600)
    wrong.write_text("hunter2")
    configure(northbridge={"secret_file": str(wrong)})
    code, found = examine()
    assert (code, found["token for northbridge"][0], found["token for southmoor"][0]) == (5, "bad", "good")
    assert "hunter2" not in str(found)


def test_a_secret_that_others_can_read_is_told(examine: Examine, configure: Configure, tmp_path: Path) -> None:
    (tmp_path / "open").write_text(SECRET)
    (tmp_path / "open").chmod(0o640)
    configure(southmoor={"secret_file": str(tmp_path / "open")})
    code, found = examine("--offline")
    assert (code, "chmod 600" in found["credential of southmoor"][1]) == (2, True)


@pytest.mark.parametrize(
    ("days", "state", "code"), [(-3, "bad", 5), (20, "warning", 0), (300, "good", 0)], ids=["expired", "soon", "fine"]
)
def test_the_expiry_of_a_certificate_is_told(
    examine: Examine,
    configure: Configure,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    state: str,
    code: int,
) -> None:
    from datetime import UTC, datetime

    monkeypatch.setenv("FLEET_NOW", datetime.now(UTC).isoformat())  # A certificate is judged by the real clock.
    pem = tmp_path / "app.pem"
    pem.touch(0o600)
    pem.write_text("".join(make_certificate(days)))
    configure(northbridge={"certificate": str(pem), "secret_file": ""})
    found_code, found = examine("--offline")
    assert (found_code, found["certificate of northbridge"][0]) == (code, state)
    pem.chmod(0o640)
    told = examine("--offline")[1]["certificate of northbridge"]
    assert (told[0], "chmod 600" in told[1]) == (("warning", True) if state == "good" else (state, False))


def test_a_home_without_anything_is_a_warning(program: Program, tmp_path: Path) -> None:
    told = program("--home", str(tmp_path / "new"), "doctor", "--offline", "--json")
    assert told.code == 0
    assert (told.json[0]["what"], told.json[0]["state"]) == ("configuration", "warning")


def test_a_tenant_that_was_not_synced_for_days_is_told(
    examine: Examine, configure: Configure, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("sync")
    monkeypatch.setenv("FLEET_NOW", NIGHT_2.replace(day=26).isoformat())
    _, found = examine("--offline")
    assert found["last sync of northbridge"][0] == "warning"


def test_devices_that_were_never_read_one_by_one_are_counted(
    examine: Examine, configure: Configure, program: Program, town: Town
) -> None:
    program("sync")
    assert "details of northbridge" not in examine("--offline")[1]
    with town.register() as register, register.engine.begin() as connection:
        connection.execute(text("UPDATE enrolment SET enriched_at = NULL WHERE closed_at IS NULL"))
    configure(northbridge={"enrich_per_night": 3}, southmoor={"enrich_per_night": 0})
    _, found = examine("--offline")
    state, sentence = found["details of northbridge"]
    waiting = int(sentence.split(" devices never read one by one")[0])
    assert (state, sentence.split(": ")[1]) == (
        "warning", f"{-(-waiting // 3)} nights to go, 3 a night (enrich_per_night)."
    )  # fmt: skip
    assert "details of southmoor" not in found  # Nobody wants them.


def test_a_clock_that_was_set_back_is_told(
    examine: Examine, configure: Configure, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("sync")
    assert "clock" not in examine("--offline")[1]
    monkeypatch.setenv("FLEET_NOW", NIGHT_2.replace(year=2025).isoformat())
    state, sentence = examine("--offline")[1]["clock"]
    assert (state, "22 Nov 2025" in sentence, "22 Nov 2026" in sentence) == ("warning", True, True)


def add_rule(folder: Path, settings: str) -> None:
    with (folder / "home" / "config.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{settings}\n")


@pytest.mark.parametrize(
    ("settings", "told"), [("[rules.nope]\ndays = 1", "nope"), ("[rules.not-seen-30]\ndays = -1", "not-seen-30.days")]
)
def test_a_rule_that_would_stop_the_sync_is_told(
    examine: Examine, configure: Configure, tmp_path: Path, settings: str, told: str
) -> None:
    assert "rules" not in examine("--offline")[1]
    add_rule(tmp_path, settings)
    code, found = examine("--offline")
    assert (code, found["rules"][0], told in found["rules"][1]) == (2, "bad", True)


def test_the_support_table_that_is_told_is_the_one_in_use(
    examine: Examine, configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_NOW", NIGHT_2.replace(year=2028).isoformat())
    assert examine("--offline")[1]["OS support data"][0] == "warning"
    add_rule(tmp_path, '[rules.os-unsupported]\ntable = "own.json"')
    code, found = examine("--offline")
    assert (code, found["OS support data"][0]) == (2, "bad"), "it isn't there"
    table = json.loads(SHIPPED.read_text(encoding="utf-8")) | {"date": "2028-11-20"}
    (tmp_path / "home" / "own.json").write_text(json.dumps(table), encoding="utf-8")
    assert examine("--offline")[1]["OS support data"] == ("good", "as at 20 Nov 2028.")


def test_a_run_that_was_killed_is_told(examine: Examine, configure: Configure, program: Program, town: Town) -> None:
    from fleet.database import Database
    from fleet.database.models import Run

    program("sync")
    with (
        Database(town.url, create=False) as database,
        database.transaction(actor="t", action="t", now=NIGHT_2) as session,
    ):
        session.add(
            Run(kind="sync", source="x", state="running", actor="t", started_at=NIGHT_2, counts={}, problems=[])
        )
    state, sentence = examine("--offline")[1]["history"]
    assert (state, "is still running, or was killed" in sentence) == ("warning", True)


def test_the_register_itself_is_looked_after(program: Program, home: Path, tmp_path: Path) -> None:
    assert program("db", "upgrade").out.startswith("The register is at migration ")
    told = program("db", "verify", "--json")
    assert (told.code, told.json["problems"], len(told.json["head"])) == (0, [], 64)
    copy = tmp_path / "copy.db"
    backed = program("db", "backup", str(copy))
    assert (backed.code, len(backed.out.split()[0])) == (0, 64)
    assert copy.stat().st_mode & 0o077 == 0
    again = program("db", "backup", str(copy))
    assert (again.code != 0, len(again.err.splitlines())) == (True, 1)


def test_a_change_behind_fleets_back_is_found(program: Program, home: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(home / "fleet.db")
    with connection:
        connection.execute("UPDATE event SET actor = 'nobody' WHERE id = 3")
    connection.close()
    told = program("db", "verify", "--json")
    assert told.code == 1
    assert any("event 3" in problem for problem in told.json["problems"])
    assert "1 problem." in program("db", "verify").out


def test_a_demonstration_is_told_as_json(program: Program, sqlite_demonstration: Any, tmp_path: Path) -> None:
    home = tmp_path / "demo"
    told = program("--home", str(home), "demo", "--no-tui", "--json", "--devices", "50")
    assert told.code == 0
    assert set(told.json) == {"home", "organisations", "people", "devices", "planted", "found", "seconds"}
    assert set(told.json["devices"]) == {"ipad", "iphone", "thin_client", "personal"}
    assert told.json["planted"] == told.json["found"]
    assert told.json["home"] == str(home)
    assert "Night 3 of 3" in told.err
    for file in home.iterdir():
        assert file.suffix not in (".pem", ".secret") or file.name == "ca.pem" or file.stat().st_mode & 0o077 == 0
    assert json.loads((home / "demo.json").read_text())["devices"] == 50


def test_a_demonstration_never_replaces_anything_else(program: Program, tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("years of work")
    told = program("--home", str(tmp_path), "demo", "--no-tui", "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "not-allowed")
    assert (tmp_path / "thesis.odt").exists()
