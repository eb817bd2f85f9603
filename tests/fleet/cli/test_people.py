"""`fleet person`: the whole card, and erasure, through the command line."""

from pathlib import Path
from typing import Any

from tests.fleet.conftest import Program


def a_holder(program: Program) -> dict[str, Any]:
    """A device with a SIM whose holder is a person."""
    people = {one["upn"] for one in program("people", "--state", "active", "--json").json}
    found: dict[str, Any] = next(
        one for one in program("devices", "status:issued", "kind:iphone", "--json").json if one["holder_upn"] in people
    )
    return found


def test_the_card_has_lines_receipts_what_waits_and_findings(program: Program, home: Path) -> None:
    device = a_holder(program)
    upn, tag = device["holder_upn"], device["asset_tag"]
    assert program("receipt", "make", tag).code == 0
    kept = program("devices", "status:in_stock", f"org:{device['organisation']}", "--json").json[0]["asset_tag"]
    assert program("reserve", kept, "--for", upn).code == 0
    card = program("person", upn, "--json").json
    assert tag in [one["device"] for one in card["lines"]]
    assert [(one["kind"], one["state"]) for one in card["receipts"]] == [("issue", "draft")]
    assert [one["device"] for one in card["reserved"]] == [kept]
    told = program("person", upn).out
    for heading in ("Holds", "Reserved for them", "Lines", "Receipts"):
        assert f"\n{heading}\n" in told
    assert "issue of 1 item, a draft, not accepted yet" in told


def test_an_erased_person_is_nowhere_in_the_file(program: Program, home: Path) -> None:
    held = {one["holder_upn"] for one in program("devices", "--json").json}
    person = next(one for one in program("people", "--json").json if one["upn"] not in held and not one["devices_held"])
    names = [person["upn"].lower().encode(), person["name"].lower().encode()]
    assert names[0] in (home / "fleet.db").read_bytes().lower()
    wrong = program("person", person["upn"], "--erase", "--reason", "asked", stdin="somebody else\n")
    assert wrong.code == 2 and "Nothing was changed" in wrong.err
    told = program(
        "person", person["upn"], "--erase", "--reason", f"{person['name']} asked", stdin=person["upn"] + "\n"
    )
    assert told.code == 0, told.err
    for path in home.glob("fleet.db*"):
        content = path.read_bytes().lower()
        assert not [name for name in names if name in content], path.name
    verified = program("db", "verify", "--json").json
    assert verified["problems"] == [] and verified["erased"] > 0
    assert program("db", "scrub").code == 0


def test_a_team_is_meant_in_the_person_s_own_organisation(program: Program, home: Path) -> None:
    """Every council has a team of that name."""
    people = [one for one in program("people", "--state", "active", "--json").json if one["team"]]
    owners: dict[str, set[str]] = {}
    for one in people:
        owners.setdefault(one["team"], set()).add(one["organisation"])
    team, organisations = next((team, found) for team, found in sorted(owners.items()) if len(found) > 1)
    person = next(one for one in people if one["organisation"] in organisations and one["team"] != team)
    told = program("person", person["upn"], "--team", team)
    assert told.code == 0, told.err
    assert program("person", person["upn"], "--json").json["team"] == team


def test_nobody_is_no_answer_to_who(program: Program, home: Path) -> None:
    for key in ("", "  "):
        told = program("person", key)
        assert (told.code, told.err) == (2, "fleet: Say who: a UPN, an employee number or a name.\n")
