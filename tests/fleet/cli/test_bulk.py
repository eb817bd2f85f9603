"""Any command that takes one device takes a list: previewed, one event, one undo, or nothing at all."""

import unicodedata
from typing import Any

import pytest
from sqlalchemy import select

from fleet.database.models import Person
from tests.fleet.cli.test_custody import Stock
from tests.fleet.cli.test_devices import Change, Contents, a_name
from tests.fleet.conftest import Program

ANNA, BEN = "anna.o'hare@eastmere.gov.example", "ben@eastmere.gov.example"


@pytest.fixture
def stock(program: Program, home: Any) -> Stock:
    """Tags of so many thin clients in stock at Eastmere: nothing of Intune to warn of."""

    def find(number: int = 1) -> list[str]:
        found = program("devices", "org:eastmere", "kind:thin_client", "status:in_stock", "held:nobody", "--json").json
        assert len(found) >= number
        return [one["asset_tag"] for one in found[:number]]

    return find


@pytest.fixture
def people(change: Change, home: Any) -> tuple[str, str]:
    """Two of Eastmere who hold nothing."""
    a_name(change, "Anna O'Hare", upn=ANNA)
    a_name(change, "Ben Ó Súilleabháin", upn=BEN)
    return ANNA, BEN


def statuses(program: Program, *tags: str) -> list[str]:
    return [program("device", tag, "--json").json["status"] for tag in tags]


def test_each_command_previews_a_list_and_writes_it_as_one_event_that_undo_takes_back(
    program: Program, stock: Stock, people: tuple[str, str], contents: Contents
) -> None:
    """One after the other on the same three devices, each with what the one before left."""
    tags = stock(3)
    paste = "\n".join(tags)
    deeds: list[list[str]] = [
        ["reserve", "-", "--for", ANNA], ["reserve", "cancel", "-"], ["move", "prepared", "-"],
        ["issue", "-", "--to", ANNA, "--due", "2026-12-24", "--with", "case"], ["extend", "-", "--due", "2027-01-10"],
        ["transfer", "-", "--to", BEN], ["return", "-", "--only", "case"], ["incident", "open", "stolen", "-", "--reason", "van"],
        ["incident", "step", "-", "police", "--note", "CR/1"], ["incident", "close", "-", "--note", "back"],
        ["return", "-", "--condition", "good"],
    ]  # fmt: skip
    for deed in deeds:
        before = contents()
        seen = program(*deed, "--preview", "--json", stdin=paste)
        assert (seen.code, seen.json["preview"], seen.json["event"]) == (0, True, None), (deed, seen.err)
        assert contents() == before, deed
        done = program(*deed, "--json", stdin=paste)
        assert (done.code, [one["device"] for one in done.json["devices"]]) == (0, tags), (deed, done.err)
        events = program("history", "--json", "--limit", "2").json
        assert events[0]["id"] == done.json["event"] != events[1]["id"], deed
    assert statuses(program, *tags) == ["in_stock"] * 3
    assert program("undo", str(done.json["event"]), "--yes").code == 0
    assert {program("device", tag, "--json").json["holder"] for tag in tags} == {"Ben Ó Súilleabháin"}


def test_pairs_are_swapped_in_one_event(program: Program, stock: Stock, people: tuple[str, str]) -> None:
    old1, new1, old2, new2 = stock(4)
    program("issue", old1, "--to", ANNA)
    program("issue", old2, "--to", BEN)
    told = program("swap", "--file", "-", "--json", stdin=f"{old1} {new1}\n{old2},\t{new2}\n")
    assert told.code == 0
    rows = {tag: program("device", tag, "--json").json["holder_upn"] for tag in (old1, new1, old2, new2)}
    assert rows == {old1: None, new1: ANNA, old2: None, new2: BEN}
    assert program("undo", str(told.json["event"]), "--yes").code == 0
    assert program("device", old2, "--json").json["holder_upn"] == BEN


@pytest.mark.parametrize(
    ("keys", "paste", "says"),
    [
        (["A", "B", "C"], "", "3 keys are no pairs"), ([], "A B\nC\n", "Line 2 has 1 key."), ([], "A B C", "Line 1 has 3 keys."),
        (["A", "B", "C", "A"], "", "A is named twice"), ([], "", "Name at least one device"),
    ],
)  # fmt: skip
def test_what_is_no_pair_is_refused(program: Program, home: Any, keys: list[str], paste: str, says: str) -> None:
    told = program("swap", *keys, "--file", "-", stdin=paste)
    assert (told.code, says in told.err) == (2, True), told.err


def test_all_that_is_refused_is_named_and_nothing_is_touched(
    program: Program, stock: Stock, people: tuple[str, str], contents: Contents
) -> None:
    free, one, other = stock(3)
    program("issue", one, other, "--to", ANNA)
    before = contents()
    told = program("issue", free, one, other, "--to", BEN, "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "already-issued")
    assert [f"{tag} is already issued to Anna O'Hare" in text for tag, text in
            zip((one, other), told.json["error"]["refused"], strict=True)] == [True, True]  # fmt: skip
    lines = program("issue", free, one, other, "--to", BEN).err.splitlines()
    assert lines[0] == "fleet: 2 of 3 devices are refused. Nothing was changed."
    assert len(lines) == 3
    assert contents() == before


def test_what_is_handed_in_by_somebody_else_is_said_and_then_taken(
    program: Program, stock: Stock, people: tuple[str, str]
) -> None:
    held, free = stock(2)
    program("issue", held, "--to", ANNA)
    told = program("return", held, "--from", BEN, "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "another-holder")
    for tag in (held, free):
        told = program("return", tag, "--from", BEN, "--reason", "on his desk")
        assert told.code == 0
        assert f"{tag} handed in by Ben Ó Súilleabháin" in told.out
    assert program("receipt", "make", free, "--return", "--data-removed", "--json").code == 0


def test_findings_are_decided_together(program: Program, home: Any, contents: Contents) -> None:
    numbers = [line.split()[0] for line in program("findings").out.splitlines()[1:4]]
    paste = ", ".join(numbers)
    before = contents()
    assert program("finding", "-", "--acknowledge", "--note", "known", "--preview", stdin=paste).code == 0
    assert contents() == before
    told = program("finding", "-", "--acknowledge", "--note", "known", "--json", stdin=paste).json
    assert told["findings"] == [int(one) for one in numbers]
    assert {program("finding", one, "--json").json["state"] for one in numbers} == {"acknowledged"}
    program("undo", str(told["event"]), "--yes")
    assert {program("finding", one, "--json").json["state"] for one in numbers} == {"open"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["x", "12", "y"], "x, y: not a number"), ([], "Give at least one number"), (["1", "2"], "decided together"),
     (["1", "--preview"], "decided together"), (["99999998", "99999999", "--acknowledge", "--note", "x"], "does not exist")],
)  # fmt: skip
def test_what_is_no_finding_is_refused(program: Program, home: Any, arguments: list[str], says: str) -> None:
    told = program("finding", *arguments)
    assert (told.code, says in told.err) == (2, True), told.err


def test_a_receipt_is_previewed(program: Program, stock: Stock, people: tuple[str, str], contents: Contents) -> None:
    (tag,) = stock()
    program("issue", tag, "--to", ANNA)
    before = contents()
    told = program("receipt", "make", tag, "--preview", "--json").json
    assert (told["preview"], len(told["receipts"])) == (True, 1)
    assert contents() == before


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Siân D’Arcy", "sian d'arcy"), ("Siân D'Arcy", "Siân D’ARCY"),
        (unicodedata.normalize("NFD", "Zoë Ångström"), "Zoë Ångström"),
        ("ليلى حداد", "ليلى حداد"), ("\u202bליאת\u202c Shalev", "shalev"), ("Łukasz Żółć", "ŁUKASZ ŻÓŁĆ"), ("李 小龍", "李 小龍"),
    ],
)  # fmt: skip
def test_a_name_of_any_script_gets_a_device_and_is_printed_as_text(
    program: Program, stock: Stock, change: Change, name: str, typed: str
) -> None:
    a_name(change, name)
    (tag,) = stock()
    told = program("issue", tag, "--to", typed)
    assert told.code == 0, told.err
    assert "\u202b" not in told.out
    assert (
        change(lambda session: session.execute(select(Person.display_name).where(Person.display_name == name)).scalar())
        == name
    )
    assert program("device", tag, "--json").json["holder"] == name
    assert program("return", tag, "--from", typed).code == 0


@pytest.mark.parametrize(("word", "day"), [("today", "22 Nov 2026"), ("Yesterday", "21 Nov 2026")])
def test_a_day_may_be_yesterday(program: Program, stock: Stock, people: tuple[str, str], word: str, day: str) -> None:
    (tag,) = stock()
    assert program("issue", tag, "--to", ANNA, "--on", word).code == 0
    assert program("device", tag, "--json").json["holders"][0]["issued"] == day


def test_tomorrow_is_in_the_future(program: Program, stock: Stock, people: tuple[str, str]) -> None:
    told = program("issue", *stock(), "--to", ANNA, "--on", "tomorrow")
    assert (told.code, "in the future" in told.err) == (2, True)
