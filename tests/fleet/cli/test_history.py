"""`fleet history`, `fleet runs`, `fleet undo`, `fleet findings`, `fleet finding`."""

from pathlib import Path

import pytest

from tests.factory import only_differing
from tests.fleet.cli.test_devices import Contents
from tests.fleet.conftest import OPERATOR, Program

EVENT_KEYS = {
    "id", "recorded_at", "effective_at", "actor", "action", "reason", "organisation", "changes", "sentence", "undone_by", "run_id",
}  # fmt: skip
FINDING_KEYS = ["rule", "severity", "subject", "organisation", "first_seen", "last_seen", "state", "sentence"]


@pytest.fixture
def tag(program: Program, home: Path) -> str:
    """A device in stock at Eastmere."""
    found: str = program("devices", "org:eastmere", "status:in_stock", "kind:ipad", "--json").json[0]["asset_tag"]
    return found


@pytest.fixture
def event(program: Program, tag: str) -> str:
    """The event in which it was set apart."""
    return str(program("move", "quarantined", tag, "--reason", "swollen battery", "--json").json["event"])


# --- history ------------------------------------------------------------------------------------------------


def test_events_have_their_keys_newest_first(program: Program, home: Path, event: str) -> None:
    told = program("history", "--json")
    assert (told.code, told.err) == (0, "")
    assert all(set(one) == EVENT_KEYS for one in told.json)
    ids = [one["id"] for one in told.json]
    assert ids == sorted(ids, reverse=True)
    assert (told.json[0]["id"], told.json[0]["actor"], told.json[0]["reason"]) == (
        int(event),
        OPERATOR,
        "swollen battery",
    )
    assert told.json[0]["recorded_at"].endswith("Z")


def test_the_story_of_one_device(program: Program, event: str, tag: str) -> None:
    told = program("history", tag)
    assert told.code == 0
    assert "swollen battery" in told.out.splitlines()[0]
    assert program("history", tag, "--json", "--limit", "1").json[0]["id"] == int(event)


def test_the_story_of_one_person(program: Program, home: Path) -> None:
    holder = next(one for one in program("people", "--json").json if one["devices_held"] and one["upn"])
    told = program("history", holder["upn"], "--json")
    assert (told.code, told.err) == (0, "")
    assert told.json


@pytest.mark.parametrize(
    ("options", "number"),
    [(["--by", "nobody"], 0), (["--since", "2030-01-01"], 0), (["--until", "1999-01-01"], 0), (["--by", OPERATOR], 1)],
)
def test_history_is_narrowed(program: Program, event: str, options: list[str], number: int) -> None:
    told = program("history", *options, "--json")
    assert (told.code, len(told.json)) == (0, number)
    if not number:
        assert program("history", *options).out == "Nothing happened that fits.\n"


# --- runs ---------------------------------------------------------------------------------------------------


def test_runs_are_listed_newest_first(program: Program, home: Path) -> None:
    told = program("runs", "--json")
    assert [one["id"] for one in told.json] == list(
        range(15, 0, -1)
    )  # three tenants and two Apple accounts, three nights
    assert {one["state"] for one in told.json} == {"complete"}
    one = program("runs", "13", "--json").json
    assert one["counts"]["devices"]["read"] > 0
    assert isinstance(one["problems"], list)
    assert "\n  devices: " in program("runs", "13").out


@pytest.mark.parametrize("number", ["0", "999", "99999999999999999999"])
def test_an_unknown_run_is_told(program: Program, home: Path, number: str) -> None:
    told = program("runs", number, "--json")
    assert told.code == (2 if len(number) < 19 else 1)  # No database holds a number as long as that.
    assert "error" in told.json
    assert "mistake" not in told.err


# --- undo ---------------------------------------------------------------------------------------------------


def test_a_preview_of_an_undo_has_the_keys_that_scripts_rely_on(
    program: Program, event: str, contents: Contents
) -> None:
    before = contents()
    told = program("undo", event, "--preview", "--json")
    assert (told.code, told.err) == (0, "")
    assert set(told.json) == {"reversed", "kept"}
    assert {one["subject"].partition(":")[0] for one in told.json["reversed"]} == {"device"}
    assert contents() == before


def test_what_changed_since_is_kept_and_said(program: Program, event: str, tag: str) -> None:
    assert program("move", "in_repair", tag).code == 0
    told = program("undo", event, "--preview", "--json").json
    assert [set(one) >= {"subject", "field", "because"} for one in told["kept"]] == [True] * len(told["kept"])
    assert "status" in {one["field"] for one in told["kept"]}
    assert "kept" in program("undo", event, "--preview").out


def test_an_undo_is_done_once(program: Program, event: str, tag: str) -> None:
    told = program("undo", event, "--yes", "--reason", "wrong device", "--json")
    assert (told.code, set(told.json)) == (0, {"reversed", "kept", "event"})
    assert program("device", tag, "--json").json["status"] == "in_stock"
    again = program("undo", event, "--yes", "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "not-allowed")
    undone = {one["id"]: one["undone_by"] for one in program("history", "--json").json}
    assert undone[int(event)] == told.json["event"]
    assert program("undo", str(told.json["event"]), "--yes").code == 0
    assert program("device", tag, "--json").json["status"] == "quarantined"


def test_an_undo_is_asked_for_first(program: Program, event: str, contents: Contents) -> None:
    before = contents()
    told = program("undo", event, stdin="n\n")
    assert (told.code, told.out.splitlines()[-1]) == (0, "Nothing was changed.")
    assert program("undo", event, stdin="").code == 130
    script = program("undo", event, "--json")
    assert (script.code, script.json["error"]["code"]) == (2, "usage")
    assert contents() == before
    assert program("undo", event, stdin="y\n").code == 0
    assert only_differing(before, contents()) == {"device", "event", "change", "chain_head", "finding"}


def test_a_whole_night_is_taken_back(program: Program, home: Path) -> None:
    before = len(program("devices", "--json").json)
    told = program("undo", "run:13", "--preview", "--json")
    assert told.json["reversed"]
    done = program("undo", "run:13", "--yes")
    assert done.code == 0
    assert program("db", "verify").code == 0
    assert len(program("devices", "--json").json) <= before


@pytest.mark.parametrize(
    ("what", "code"),
    [("banana", 2), ("run:", 2), ("", 2), ("-1", 2), ("event:x", 2), ("0", 2), ("9999", 2), ("run:9999", 2),
     ("99999999999999999999", 2), ("²", 2)],
)  # fmt: skip
def test_what_can_not_be_undone_is_told(program: Program, home: Path, what: str, code: int) -> None:
    told = program("undo", what, "--preview", "--json")
    assert told.code == code
    assert "error" in told.json
    assert "mistake" not in told.err


# --- findings -----------------------------------------------------------------------------------------------


def test_findings_have_the_keys_that_scripts_rely_on(program: Program, home: Path) -> None:
    told = program("findings", "--json")
    assert (told.code, told.err) == (0, "")
    assert all(list(one) == FINDING_KEYS for one in told.json)
    order = {"high": 0, "medium": 1, "low": 2}
    severities = [order[one["severity"]] for one in told.json]
    assert severities == sorted(severities)
    groups = program("findings", "--groups", "--json").json
    assert sum(one["open"] for one in groups) == len(told.json)
    table = program("findings")
    assert table.out.splitlines()[-1] == f"{len(told.json)} findings"


def test_findings_are_narrowed(program: Program, home: Path) -> None:
    everything = program("findings", "--json").json
    rule = everything[0]["rule"]
    assert {one["rule"] for one in program("findings", "--rule", rule, "--json").json} == {rule}
    mine = program("findings", "--organisation", "eastmere", "--json").json
    assert 0 < len(mine) < len(everything)
    assert {one["organisation"] for one in mine} == {"eastmere"}
    assert program("findings", "--state", "snoozed", "--json").json == []


def first_finding(program: Program) -> str:
    return program("findings").out.splitlines()[1].split()[0]


def test_a_finding_is_decided(program: Program, home: Path) -> None:
    number = first_finding(program)
    shown = program("finding", number)
    assert shown.code == 0
    assert "What to do:" in shown.out
    assert program("finding", number, "--acknowledge").code == 2
    told = program("finding", number, "--acknowledge", "--note", "known to the service desk", "--json")
    assert (told.code, told.json["state"]) == (0, "acknowledged")
    assert program("finding", number, "--snooze", "2026-12-24", "--json").json["state"] == "snoozed"
    assert "known to the service desk" in program("history", "--limit", "3").out


def test_a_finding_that_is_not_there_is_told(program: Program, home: Path) -> None:
    for options in ((), ("--acknowledge", "--note", "x"), ("--snooze", "2026-12-24")):
        told = program("finding", "9999", *options, "--json")
        assert (told.code, told.json["error"]["code"]) == (2, "not-found")


def test_a_finding_is_not_put_away_until_yesterday(program: Program, home: Path, contents: Contents) -> None:
    number, before = first_finding(program), contents()
    for options in (
        ("--snooze", "2026-11-21"),
        ("--snooze", "22/11/2026"),
        ("--acknowledge", "--note", "x", "--until", "1 Jan 2020"),
    ):
        told = program("finding", number, *options)
        assert (told.code, told.out) == (2, "")
        assert "past" in told.err
    assert contents() == before


# --- what was entered late ----------------------------------------------------------------------------------


def test_a_day_that_was_entered_late_is_said_without_an_hour(program: Program, tag: str) -> None:
    program("move", "quarantined", tag, "--reason", "swollen battery", "--on", "yesterday")
    first = program("history", tag).out.splitlines()[0]
    assert "(for " in first and "00:00)" not in first


def test_what_was_entered_on_its_own_day_is_not_late(program: Program, tag: str) -> None:
    program("move", "quarantined", tag, "--reason", "swollen battery", "--on", "today")
    assert "(for " not in program("history", tag).out.splitlines()[0]
