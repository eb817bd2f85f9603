"""The walls between organisations, through every command: one sees only theirs, an auditor writes nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.cli.test_devices import Contents
from tests.fleet.conftest import Program

Become = Callable[[str], None]
MINE, OTHERS = "eastmere", ("northbridge", "ashmoor")


@pytest.fixture
def become(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Become:
    """An administrator (chief), a technician (tess) and an auditor (audrey) of Eastmere, and one whose access is gone."""

    def turn(name: str) -> None:
        monkeypatch.setenv("FLEET_OPERATOR", name)

    assert program("operator", "add", "chief", "--role", "administrator", "--all").code == 0
    turn("chief")
    assert program("operator", "add", "tess", "--organisation", MINE).code == 0
    assert program("operator", "add", "audrey", "--role", "auditor", "--organisation", MINE).code == 0
    assert program("operator", "add", "gone", "--all", "--inactive").code == 0
    return turn


@pytest.fixture
def foreign(program: Program, become: Become) -> dict[str, Any]:
    """A device, its holder and a finding of another organisation, as the administrator sees them."""
    become("chief")
    device = next(
        one for one in program("devices", f"org:{OTHERS[0]}", "status:issued", "--json").json if one["holder_upn"]
    )
    lines = program("findings", "--organisation", OTHERS[0]).out.splitlines()
    event = next(one["id"] for one in program("history", "--json").json if one["organisation"] == OTHERS[0])
    return {**device, "finding": lines[1].split()[0], "event": str(event)}


LISTS = (
    "devices", "people", "findings", "history --limit 999", "devices --as-at 2026-11-21", "runs", "findings --groups",
    "findings --state fixed --state open",
)  # fmt: skip


@pytest.mark.parametrize("who", ["tess", "audrey"])
def test_lists_hold_only_their_own(program: Program, become: Become, who: str) -> None:
    for command in LISTS:
        become("chief")
        everything = program(*command.split(), "--json")
        become(who)
        told = program(*command.split(), "--json")
        assert (told.code, told.err) == (0, ""), command
        assert 0 < len(told.json) < len(everything.json) or command == "findings --groups"
        assert {one.get("organisation", MINE) for one in told.json} == {MINE}, command
        assert not [key for key in OTHERS if key in told.out], command


def test_one_thing_of_others_is_unknown(program: Program, become: Become, foreign: dict[str, Any]) -> None:
    become("tess")
    for command in (
        ("device", foreign["asset_tag"]), ("device", foreign["serial"]), ("person", foreign["holder_upn"]),
        ("history", foreign["serial"]), ("history", foreign["holder_upn"]), ("finding", foreign["finding"]),
        ("device", foreign["serial"], "--as-at", "2026-11-21"), ("undo", foreign["event"], "--preview"), ("runs", "1"),
    ):  # fmt: skip
        told = program(*command, "--json")
        assert told.code == 2, command
        assert told.json["error"]["code"] == "not-found", command
        assert foreign["holder"] not in told.out + told.err
    assert program("devices", f"held:{foreign['holder_upn']}", "--json").json == []
    assert program("findings", foreign["asset_tag"], "--json").json == []


def test_nothing_of_others_can_be_written(
    program: Program, become: Become, foreign: dict[str, Any], contents: Contents
) -> None:
    become("tess")
    mine = program("devices", "status:in_stock", "kind:ipad", "--json").json[0]["asset_tag"]
    before = contents()
    for command in (
        ("return", foreign["asset_tag"]), ("move", "lost", foreign["serial"], "--reason", "x"),
        ("issue", mine, "--to", foreign["holder_upn"]), ("issue", foreign["asset_tag"], mine, "--to", foreign["holder_upn"]),
        ("finding", foreign["finding"], "--acknowledge", "--note", "x"), ("undo", foreign["event"], "--yes"),
        ("undo", "run:1", "--yes"),
    ):  # fmt: skip
        told = program(*command)
        assert told.code in (1, 2, 5), command
        assert told.out == ""
    assert contents() == before


def test_an_auditor_writes_nothing(program: Program, become: Become, contents: Contents) -> None:
    become("audrey")
    device = program("devices", "status:in_stock", "kind:ipad", "--json").json[0]["asset_tag"]
    person = program("people", "--state", "active", "--json").json[0]["upn"]
    finding = program("findings").out.splitlines()[1].split()[0]
    event = str(program("history", "--json").json[0]["id"])
    before = contents()
    for command in (
        ("issue", device, "--to", person), ("return", device), ("move", "quarantined", device, "--reason", "x"),
        ("finding", finding, "--acknowledge", "--note", "x"), ("finding", finding, "--snooze", "2026-12-24"),
        ("undo", event, "--yes"), ("operator", "add", "audrey", "--role", "administrator", "--all"), ("sync",),
        ("export", "estate", "--unmask", "--reason", "curious"),
    ):  # fmt: skip
        told = program(*command)
        assert (told.code, told.out) == (5, ""), command
        assert len(told.err.splitlines()) == 1
    assert contents() == before
    assert program("undo", event, "--preview").code == 0


def test_nobody_gives_themselves_rights_back_by_undo(program: Program, become: Become, contents: Contents) -> None:
    assert program("operator", "add", "tess", "--role", "administrator", "--all").code == 0
    assert program("operator", "add", "tess", "--role", "technician", "--organisation", MINE).code == 0
    event = str(program("history", "--json", "--limit", "1").json[0]["id"])
    before = contents()
    become("tess")
    told = program("undo", event, "--yes", "--json")
    assert told.code in (1, 5)
    assert contents() == before
    become("chief")
    assert program("undo", event, "--yes").code == 0


@pytest.mark.parametrize("to", ["json", "csv"])
def test_exports_hold_only_their_own(program: Program, become: Become, tmp_path: Path, to: str) -> None:
    assert program("export", "estate", "--to", to, "-o", str(tmp_path / "all")).code in (0, 2)
    become("tess")
    (tmp_path / "mine").mkdir()
    told = program("export", "estate", "--to", to, "-o", str(tmp_path / "mine"), "--json")
    assert told.code == 0
    text = "".join(one.read_text(encoding="utf-8-sig") for one in (tmp_path / "mine").rglob("*") if one.is_file())
    assert "EM000001" in text
    assert not [tag for tag in ("NB000001", "VA000001") if tag in text]
    assert json.loads(told.out)["counts"]


def test_only_an_administrator_names_operators(program: Program, become: Become, contents: Contents) -> None:
    become("tess")
    before = contents()
    told = program("operator", "add", "tess", "--role", "administrator", "--all")
    assert (told.code, "Only an administrator" in told.err) == (5, True)
    assert contents() == before


def test_somebody_must_remain_an_administrator(program: Program, become: Become, contents: Contents) -> None:
    become("chief")
    before = contents()
    for options in ("technician --all", f"administrator --organisation {MINE}", "administrator --all --inactive"):
        told = program("operator", "add", "chief", "--role", *options.split())
        assert told.code == 1
        assert "remain an active administrator" in told.err
    assert contents() == before


@pytest.mark.parametrize("who", ["gone", "nobody", "TESS", "te ss"])
def test_who_is_no_operator_sees_nothing(program: Program, become: Become, who: str) -> None:
    become(who)
    for command in (
        ("devices",),
        ("people",),
        ("findings",),
        ("history",),
        ("runs",),
        ("operator", "list"),
        ("import", "-", "--preview"),
    ):
        told = program(*command)
        assert (told.code, told.out) == (5, "")
        assert "is not an operator" in told.err


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ((), 2, "--organisation"),
        (("--organisation", "atlantis"), 2, "Known:"),
        (("--role", "king", "--all"), 2, "king"),
    ],
)
def test_a_wrong_operator_is_refused(
    program: Program, become: Become, contents: Contents, options: tuple[str, ...], code: int, says: str
) -> None:
    become("chief")
    before = contents()
    told = program("operator", "add", "new", *options)
    assert (told.code, says in told.err) == (code, True)
    assert contents() == before


def test_operators_are_listed(program: Program, become: Become) -> None:
    become("chief")
    told = program("operator", "list", "--json")
    assert {(one["name"], one["role"], one["active"]) for one in told.json} == {
        ("chief", "administrator", True), ("tess", "technician", True), ("audrey", "auditor", True), ("gone", "technician", False),
    }  # fmt: skip
    assert program("operator", "list").out.startswith("Name")
