"""`fleet incident`: the run sheet at nine in the evening, through the command line."""

from pathlib import Path
from typing import Any

import pytest

from tests.fleet.conftest import Program


@pytest.fixture
def issued(program: Program, home: Path) -> dict[str, Any]:
    """A device that somebody has, and nothing else."""
    holders: dict[str, list[dict[str, Any]]] = {}
    for one in program("devices", "status:issued", "--json").json:
        if one["holder_upn"] and one["asset_tag"] and one["kind"] in ("ipad", "iphone"):
            holders.setdefault(one["holder_upn"], []).append(one)
    people = {one["upn"]: one["devices_held"] for one in program("people", "--json").json}
    return next(held[0] for upn, held in holders.items() if people.get(upn) == 1)


def test_found_is_a_step_typed_like_any_other(program: Program, home: Path, issued: dict[str, Any]) -> None:
    """By the holder's name throughout: it is what one knows on the telephone."""
    upn = issued["holder_upn"]
    sheet = program("incident", "open", "stolen", upn, "--value", "£1,249.99", "--reason", "bag taken", "--json").json
    assert (sheet["device"], sheet["value_pence"], sheet["status"]) == (issued["asset_tag"], 124_999, "stolen")
    sheet = program("incident", "step", upn, "police", "--note", "CR/1/26", "--json").json
    assert sheet["reference"] == "CR/1/26"
    sheet = program("incident", "step", upn, "dpo-told", "--at", "00:05", "--json").json
    assert sheet["dpo_told_at"] is not None and "found" in sheet["to_do"]
    told = program("incident", "step", upn, "found", "--note", "left luggage")
    assert told.code == 0 and "Found again" in told.out and "left luggage" in told.out
    [device] = program("devices", issued["asset_tag"], "--json").json
    assert device["status"] == "found"
    assert issued["asset_tag"] not in [one["device"] for one in program("incident", "list", "--json").json]


def test_help_lists_every_step_with_what_it_means(program: Program, home: Path) -> None:
    told = " ".join(program("incident", "step", "--help").out.split())
    for step in ("lost-mode (Lost mode or remote lock)", "found (Found again)", "given-up (Given up for lost)"):
        assert step in told


def test_somebody_with_several_devices_is_asked_which_with_their_state(program: Program, home: Path) -> None:
    held: dict[str, int] = {}
    for one in program("devices", "status:issued", "--json").json:
        held[one["holder_upn"] or ""] = held.get(one["holder_upn"] or "", 0) + 1
    upn = next(one for one, number in held.items() if one and number > 1)
    told = program("incident", "open", "lost", upn)
    assert told.code == 2 and "Say which:" in told.err
    assert told.err.count("last check-in") >= 2


def test_the_clock_of_the_list_is_for_what_is_gone(program: Program, home: Path, issued: dict[str, Any]) -> None:
    program("incident", "open", "damaged", issued["asset_tag"])
    told = program("incident", "close", issued["asset_tag"], "--note", "new screen")
    assert "Settled" in told.out and "Found" not in told.out
    program("incident", "open", "lost", issued["asset_tag"])
    lines = program("incident").out.splitlines()
    assert "left of 72 h" in next(line for line in lines if issued["asset_tag"] in line)
    assert not [line for line in lines if line.startswith("damaged") and "72 h" in line]
    program("incident", "step", issued["asset_tag"], "dpo-told")
    lines = program("incident").out.splitlines()
    assert "officer told after 0 h" in next(line for line in lines if issued["asset_tag"] in line)


def test_a_time_that_is_still_to_come_was_yesterday(program: Program, home: Path, issued: dict[str, Any]) -> None:
    """At ten past midnight, 23:50 is twenty minutes ago."""
    program("incident", "open", "lost", issued["asset_tag"])
    sheet = program("incident", "step", issued["asset_tag"], "manager-told", "--at", "23:59", "--json").json
    [step] = sheet["done"]
    assert step["at"] < sheet["reported_at"]


def test_a_time_that_comes_soon_is_a_slip(program: Program, home: Path, issued: dict[str, Any]) -> None:
    """At three in the morning, 03:05 is not a day ago."""
    program("incident", "open", "lost", issued["asset_tag"])
    told = program("incident", "step", issued["asset_tag"], "manager-told", "--at", "03:05")
    assert told.code == 2 and "03:05 is still to come" in told.err


@pytest.mark.parametrize("value", ["much", "-5", "1e12"])
def test_a_value_that_is_none_is_refused(program: Program, home: Path, issued: dict[str, Any], value: str) -> None:
    told = program("incident", "open", "lost", issued["asset_tag"], f"--value={value}")
    assert told.code == 2 and "is not a value" in told.err
