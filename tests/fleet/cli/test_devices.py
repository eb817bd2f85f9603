"""`fleet devices`, `fleet device`, `fleet people`, `fleet person`: lists, keys, and text that stays text."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Device, Enrolment, Organisation, Person
from tests.fleet.cli.conftest import HOSTILE
from tests.fleet.conftest import Program

Contents = Callable[[], dict[str, Any]]
Change = Callable[[Callable[[Session], Any]], Any]

DEVICE_KEYS = [
    "id", "kind", "model", "serial", "imei", "asset_tag", "status", "organisation", "site", "holder", "holder_upn",
    "os_version", "compliance", "last_seen", "ownership",
]  # fmt: skip


def a_name(change: Change, name: str, **values: Any) -> None:
    """Gives one person of Eastmere another name."""

    def act(session: Session) -> None:
        owner = session.execute(select(Organisation.id).where(Organisation.key == "eastmere")).scalar_one()
        session.add(Person(organisation_id=owner, display_name=name, **values))

    change(act)


# --- lists --------------------------------------------------------------------------------------------------


def test_devices_have_the_keys_that_scripts_rely_on(program: Program, home: Path) -> None:
    told = program("devices", "--json")
    assert (told.code, told.err) == (0, "")
    assert all(list(one) == DEVICE_KEYS for one in told.json)
    assert len(told.json) > 300
    assert {one["kind"] for one in told.json} == {"ipad", "iphone", "thin_client"}
    assert {one["ownership"] for one in told.json} == {"organisation", "personal"}
    assert all(one["last_seen"] is None or one["last_seen"].endswith("Z") for one in told.json)


def test_own_devices_show_no_number_and_no_serial(program: Program, home: Path) -> None:
    own = program("devices", "own:personal", "--json").json
    assert len(own) > 10
    assert {(one["imei"], one["asset_tag"]) for one in own} == {(None, None)}


@pytest.mark.parametrize(
    ("search", "holds"),
    [
        (["status:in_stock"], lambda one: one["status"] == "in_stock"),
        (["kind:iphone"], lambda one: one["kind"] == "iphone"),
        (["org:eastmere", "-kind:iphone"], lambda one: one["organisation"] == "eastmere" and one["kind"] != "iphone"),
        (["held:nobody"], lambda one: one["holder"] is None),
        (["os:<18"], lambda one: int(one["os_version"].split(".")[0]) < 18),
        (["compliance:noncompliant"], lambda one: one["compliance"] == "noncompliant"),
    ],
)
def test_filters_narrow_the_list(
    program: Program, home: Path, search: list[str], holds: Callable[[dict[str, Any]], bool]
) -> None:
    found = program("devices", *search, "--json").json
    everything = program("devices", "--json").json
    assert found
    assert len(found) < len(everything)
    assert all(holds(one) for one in found)


def test_the_table_says_how_many_there_are(program: Program, home: Path) -> None:
    total = len(program("devices", "--json").json)
    told = program("devices")
    assert told.code == 0
    assert told.out.splitlines()[0].startswith("Tag")
    assert told.out.splitlines()[-1] == f"the first 100 of {total:,}; --limit shows more devices"
    assert program("devices", "--limit", "9999").out.splitlines()[-1] == f"{total:,} devices"


def test_a_filter_that_means_nothing_offers_the_nearest(program: Program, home: Path) -> None:
    told = program("devices", "staus:lost", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "usage")
    assert "Did you mean status:?" in told.json["error"]["message"]


def test_an_unknown_column_to_sort_by_is_a_usage_problem(program: Program, home: Path) -> None:
    told = program("devices", "--sort", "colour")
    assert (told.code, told.out) == (2, "")
    assert "colour" in told.err


def test_the_estate_of_a_past_day_is_told(program: Program, home: Path) -> None:
    told = program("devices", "--as-at", "2026-11-20", "--json")
    assert (told.code, told.err) == (0, "")
    assert list(told.json[0]) == [*DEVICE_KEYS, "as_at"]
    assert {one["as_at"] for one in told.json} == {"2026-11-20"}
    assert program("devices", "--as-at", "1 Jan 1999", "--json").json == []
    assert "as at 20 Nov 2026" in program("devices", "--as-at", "20/11/2026").out


def test_a_future_day_has_no_estate(program: Program, home: Path) -> None:
    told = program("devices", "--as-at", "2031-01-01")
    assert (told.code, told.out) == (2, "")
    assert "future" in told.err


def test_people_have_their_keys(program: Program, home: Path) -> None:
    told = program("people", "--json")
    assert (told.code, told.err, len(told.json)) == (0, "", 260)
    assert {"id", "name", "upn", "organisation", "state", "devices_held"} <= set(told.json[0])
    left = program("people", "--state", "left", "--json").json
    assert {one["state"] for one in left} == {"left"}
    assert program("people").out.splitlines()[-1] == "100 of 260 people"


def test_a_misspelt_name_is_told_with_the_nearest_and_scripts_get_nothing(program: Program, home: Path) -> None:
    names = " ".join(one["name"] for one in program("people", "--json").json).split()
    name = max((one for one in names if one.isascii() and one.isalpha()), key=len)
    typed = f"{name[:3]}{name[4]}{name[3]}{name[5:]}"
    told = program("people", typed)
    assert (told.err.strip(), name in told.out) == (f"Nothing is exactly that. Nearest: {name.lower()}", True)
    assert "Nearest" in program("devices", typed).err or program("devices", name, "--json").json == []
    assert program("people", typed, "--json").json == program("devices", typed, "--json").json == []


# --- one thing ----------------------------------------------------------------------------------------------


def test_a_device_is_found_by_any_of_its_identifiers(program: Program, home: Path) -> None:
    phone = next(one for one in program("devices", "kind:iphone", "status:issued", "--json").json if one["imei"])
    imei = phone["imei"]
    keys = [
        phone["serial"], phone["serial"].lower(), f"S{phone['serial']}", f"  {phone['asset_tag'].lower()} ", imei,
        f"{imei[:2]} {imei[2:8]} {imei[8:14]} {imei[14:]}", imei[:14],
    ]  # fmt: skip
    for key in keys:
        told = program("device", key, "--json")
        assert (told.code, told.json["serial"]) == (0, phone["serial"]), key
    card = program("device", phone["asset_tag"])
    assert card.code == 0
    for part in (phone["asset_tag"], phone["serial"], "Held by", "History (newest first)"):
        assert part in card.out


def test_a_card_has_the_keys_of_the_list_and_more(program: Program, home: Path) -> None:
    tag = program("devices", "--json", "--limit", "1").json[0]["asset_tag"]
    card = program("device", tag, "--json").json
    assert list(card)[: len(DEVICE_KEYS)] == DEVICE_KEYS
    assert {"facts", "holders", "findings"} <= set(card)
    past = program("device", tag, "--as-at", "2026-11-21", "--json").json
    assert list(past) == [*DEVICE_KEYS, "as_at"]


def test_an_unknown_key_offers_the_nearest(program: Program, home: Path) -> None:
    tag = program("devices", "--json", "--limit", "1").json[0]["asset_tag"]
    wrong = tag[:-1] + "X"
    told = program("device", wrong, "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "not-found")
    assert f"No device is known as {wrong}." in told.json["error"]["message"]
    assert f"{tag[:-2]}" in told.json["error"]["message"].partition("Nearest:")[2]


def test_a_key_that_fits_several_lists_them_and_touches_nothing(
    program: Program, home: Path, contents: Contents
) -> None:
    before = contents()
    for command in (("device", "EM0000"), ("move", "lost", "EM0000"), ("return", "EM0000"), ("history", "EM0000")):
        told = program(*command)
        assert told.code in (1, 2)
        assert "EM0000 fits" in told.err
        assert "EM000001" in told.err
    assert contents() == before


NONSENSE = [
    "", " ", "''", "'; DROP TABLE device; --", "%", "_", "\x1b[31m", "\u202e",
    "\0", "a" * 10_000, "\ud800", '"', "(", "*",
]  # fmt: skip


def test_any_nonsense_is_just_an_unknown_key(program: Program, home: Path, contents: Contents) -> None:
    before = contents()
    for key in NONSENSE:
        for command in ("device", "person", "history", "devices"):
            told = program(command, key)
            assert told.code in (0, 1, 2), (command, key[:20])
            assert "mistake" not in told.err, (command, key[:20])
            assert "\x1b" not in told.out + told.err
    assert contents() == before


# --- names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["Siobhán O'Connor-d\u2019Arcy", "Zoe\u0308 Ma\u0301rquez", "\u0645\u062d\u0645\u062f \u0639\u0644\u064a", "李 小龍",
     "Łukasz Żółć", "Ole Ⅸ"],
)  # fmt: skip
def test_people_are_found_by_their_names_as_written(program: Program, home: Path, change: Change, name: str) -> None:
    a_name(change, name, upn="special@eastmere.gov.example")
    told = program("person", name, "--json")
    assert (told.code, told.json["name"]) == (0, name)
    assert name in program("person", name).out
    assert [one["name"] for one in program("people", *name.split(), "--json").json] == [name]


def test_accents_and_case_need_not_be_typed(program: Program, home: Path, change: Change) -> None:
    a_name(change, "Zoe\u0308 Ma\u0301rquez-O\u2019Dea", upn="zm@eastmere.gov.example")
    for key in ("zoe marquez-o'dea", "ZOË MÁRQUEZ-O’DEA", "zm@EASTMERE.gov.example"):
        assert program("person", key, "--json").json["upn"] == "zm@eastmere.gov.example"


def test_two_people_of_one_name_are_listed(program: Program, home: Path, change: Change) -> None:
    a_name(change, "Sam Smithson", upn="sam1@eastmere.gov.example")
    a_name(change, "Sam Smithson", upn="sam2@eastmere.gov.example")
    told = program("person", "sam smithson", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "ambiguous")
    assert "sam1@" in told.json["error"]["message"]
    assert "sam2@" in told.json["error"]["message"]


def steer(session: Session) -> str:
    """Gives a device, its tag, its holder and its findings a name that would steer a terminal; returns the serial."""
    device = session.execute(select(Device).where(Device.asset_tag == "EM000001")).scalar_one()
    device.asset_tag = f"EM{HOSTILE}"
    device.notes = HOSTILE
    assert device.enrolment_id is not None
    session.get_one(Enrolment, device.enrolment_id).device_name = HOSTILE
    for person in session.execute(select(Person)).scalars():
        person.display_name = f"{person.display_name} {HOSTILE}"
    assert device.serial is not None
    return device.serial


STEERED = [
    ("devices", "--limit", "500"), ("device", "SERIAL"), ("people", "--limit", "500"), ("history",), ("history", "SERIAL"),
    ("findings",), ("findings", "--groups"), ("device", "EM"), ("person", "HOLDER"),
    ("move", "in_repair", "SERIAL", "--preview"),
    ("return", "SERIAL", "--preview", "--condition", HOSTILE), ("runs",), ("device", HOSTILE), ("person", HOSTILE),
    ("devices", "--as-at", "2026-11-22", "--limit", "500"), ("undo", "EVENT", "--preview"), ("export", HOSTILE),
    ("issue", "SERIAL", "--to", HOSTILE), ("operator", "list"), ("history", "--by", HOSTILE), (HOSTILE,),
    ("devices", f"team:{HOSTILE}"), ("devices", f"{'x'}:{HOSTILE}"), ("devices", "--as-at", HOSTILE), ("undo", HOSTILE),
]  # fmt: skip


def test_nothing_that_steers_a_terminal_is_printed(program: Program, home: Path, change: Change) -> None:
    serial = change(steer)
    holder = program("device", serial, "--json").json["holder_upn"]
    event = str(program("history", "--json", "--limit", "1").json[0]["id"])
    words = {"SERIAL": serial, "HOLDER": holder, "EVENT": event}
    for command in STEERED:
        told = program(*(words.get(word, word) for word in command))
        assert "mistake" not in told.err, command
        for text in (told.out, told.err):
            assert not [char for char in text if char in "\x1b\x07\x9b\u202e\u200b"], command
            assert not [char for char in text if ord(char) < 32 and char != "\n"], command


def test_json_escapes_what_steers_a_terminal(program: Program, home: Path, change: Change) -> None:
    serial = change(steer)
    told = program("device", serial, "--json")
    assert "\x1b" not in told.out
    assert told.json["asset_tag"] == f"EM{HOSTILE}"
