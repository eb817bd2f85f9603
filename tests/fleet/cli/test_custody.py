"""`fleet issue`, `fleet return`, `fleet move`: one event for all keys, or nothing at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fleet.cli import bulk
from fleet.database.models import Assignment, Device, Organisation, Site
from tests.factory import only_differing
from tests.fleet.cli.test_devices import Change, Contents, a_name
from tests.fleet.conftest import Program

TODAY = "2026-11-22"
Stock = Callable[..., list[str]]


@pytest.fixture
def stock(program: Program, home: Path) -> Stock:
    """Tags of so many thin clients in stock at Eastmere that nobody holds."""

    def find(number: int = 1) -> list[str]:
        found = program("devices", "org:eastmere", "kind:thin_client", "status:in_stock", "held:nobody", "--json").json
        assert len(found) >= number
        return [one["asset_tag"] for one in found[:number]]

    return find


@pytest.fixture
def holder(change: Change, home: Path) -> str:
    """Somebody at Eastmere who holds nothing."""
    a_name(change, "Nerys Blackwood-O'Hare", upn="nerys@eastmere.gov.example")
    return "nerys@eastmere.gov.example"


# --- what works ---------------------------------------------------------------------------------------------


def test_a_device_is_issued_and_comes_back(program: Program, stock: Stock, holder: str) -> None:
    (tag,) = stock()
    told = program("issue", tag, "--to", holder)
    assert told.code == 0
    assert f"{tag} issued to Nerys Blackwood-O'Hare." in told.out
    assert "Take it back with: fleet undo" in told.out
    row = program("device", tag, "--json").json
    assert (row["status"], row["holder_upn"]) == ("issued", holder)
    back = program("return", tag, "--condition", "scratched", "--json")
    assert (back.code, back.json["preview"]) == (0, False)
    assert back.json["devices"][0]["sentence"] == f"{tag} returned by Nerys Blackwood-O'Hare."
    row = program("device", tag, "--json").json
    assert (row["status"], row["holder"]) == ("in_stock", None)


def test_many_are_one_event_and_one_undo(program: Program, stock: Stock, holder: str, contents: Contents) -> None:
    tags = stock(2)
    told = program(
        "issue", "--file", "-", "--to", holder, "--json", stdin="\ufeff" + "\r\n".join(["", *tags, tags[0], " "])
    )
    assert told.code == 0
    assert [one["device"] for one in told.json["devices"]] == tags
    events = program("history", "--json", "--limit", "2").json
    assert (events[0]["id"], events[0]["action"]) == (told.json["event"], "device.issue")
    assert events[1]["action"] != "device.issue"
    assert program("undo", str(told.json["event"]), "--yes").code == 0
    assert {one["status"] for tag in tags for one in [program("device", tag, "--json").json]} == {"in_stock"}


def test_a_file_of_keys_is_read(program: Program, stock: Stock, holder: str, tmp_path: Path) -> None:
    (tag,) = stock()
    (tmp_path / "keys.txt").write_text(f"\ufeff{tag}\n", encoding="utf-8")
    assert program("issue", "--file", str(tmp_path / "keys.txt"), "--to", holder).code == 0


def test_a_site_can_hold_a_device(program: Program, stock: Stock, change: Change) -> None:
    (tag,) = stock()
    site = change(lambda session: session.execute(select(Site.name).order_by(Site.id)).scalars().first())
    assert program("issue", tag, "--site", site).code == 0
    assert program("device", tag, "--json").json["holder"] == site


def test_a_site_that_every_council_has_is_the_one_of_the_device(
    program: Program, stock: Stock, home: Path, change: Change, register: Any
) -> None:
    (tag,) = stock()
    assert program("issue", tag, "--site", "civic centre").code == 0
    with register() as database, database.read() as session:
        owner = select(Device.organisation_id).where(Device.asset_tag == tag)
        place = select(Site.organisation_id).join(Assignment, Assignment.site_id == Site.id).where(
            Assignment.returned_on.is_(None), Assignment.device_id.in_(select(Device.id).where(Device.asset_tag == tag))
        )  # fmt: skip
        assert session.execute(owner).scalar_one() == session.execute(place).scalar_one()


def test_a_site_of_two_councils_is_listed_with_them(program: Program, home: Path) -> None:
    tags = [
        program("devices", f"org:{key}", "status:in_stock", "held:nobody", "--json", "--limit", "1").json[0][
            "asset_tag"
        ]
        for key in ("eastmere", "ashmoor")
    ]
    told = program("issue", *tags, "--site", "Civic Centre", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "ambiguous")
    assert "Civic Centre (ashmoor)" in told.json["error"]["message"]


def test_a_loan_is_due(program: Program, stock: Stock, holder: str) -> None:
    (tag,) = stock()
    told = program("issue", tag, "--to", holder, "--due", "24 Dec 2026", "--on", "20/11/2026")
    assert told.code == 0
    assert "until 24 Dec 2026" in told.out
    held = program("device", tag, "--json").json["holders"][0]
    assert (held["issued"], held["due"]) == ("20 Nov 2026", "24 Dec 2026")


def test_a_preview_writes_nothing(program: Program, stock: Stock, holder: str, contents: Contents) -> None:
    (tag,) = stock()
    before = contents()
    told = program("issue", tag, "--to", holder, "--preview", "--json")
    assert (told.code, told.json["event"], told.json["preview"]) == (0, None, True)
    assert told.json["devices"][0]["sentence"].startswith(f"{tag} issued to")
    assert program("move", "lost", tag, "--preview", "--reason", "left on a bus").code == 0
    assert contents() == before


# --- warnings -----------------------------------------------------------------------------------------------


def test_somebody_who_has_left_gets_a_device_only_when_a_script_says_that_it_knows(
    program: Program, stock: Stock, home: Path, contents: Contents
) -> None:
    (tag,) = stock()
    gone = next(one for one in program("people", "--state", "left", "--json").json if one["organisation"] == "eastmere")
    before = contents()
    told = program("issue", tag, "--to", gone["upn"], "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "needs-yes")
    assert f"{tag}: {gone['name']} has left." in told.json["error"]["warnings"]
    assert contents() == before
    done = program("issue", tag, "--to", gone["upn"], "--yes", "--json").json
    assert done["devices"][0]["grave"] == [f"{gone['name']} has left."]
    assert set(done["warnings"]) >= {f"{tag}: {gone['name']} has left."}
    (event,) = [one for one in program("history", "--json", "--limit", "3").json if one["id"] == done["event"]]
    assert event["reason"] == "knowing that the holder has left"


def test_a_lighter_warning_is_told_with_the_result(program: Program, stock: Stock, holder: str) -> None:
    one, other = stock(2)
    assert program("issue", one, "--to", holder).code == 0
    told = program("issue", other, "--to", holder)
    assert told.code == 0
    assert f"! Nerys Blackwood-O'Hare already has {one}." in told.err


@pytest.fixture
def seated(monkeypatch: pytest.MonkeyPatch, program: Program) -> Callable[..., Any]:
    """As `program`, at a terminal where the question is answered."""

    def call(*arguments: str, answer: str) -> Any:
        monkeypatch.setattr(bulk, "_on_terminal", lambda deed: not deed.as_json)
        return program(*arguments, stdin=answer)

    return call


@pytest.mark.parametrize(("answer", "status"), [("y\n", "issued"), ("n\n", "in_stock"), ("\n", "in_stock")])
def test_at_a_terminal_every_warning_is_asked_about_before_anything_is_written(
    program: Program, seated: Any, stock: Stock, holder: str, answer: str, status: str
) -> None:
    one, other = stock(2)
    program("issue", one, "--to", holder)
    told = seated("issue", other, "--to", holder, answer=answer)
    assert told.code == 0
    assert "already has" in told.err
    assert "Issue anyway? [y/N]" in told.err
    assert program("device", other, "--json").json["status"] == status
    assert ("Nothing was changed." in told.out) is (status == "in_stock")


def test_at_a_terminal_yes_asks_nothing(program: Program, seated: Any, stock: Stock, holder: str) -> None:
    one, other = stock(2)
    program("issue", one, "--to", holder)
    told = seated("issue", other, "--to", holder, "--yes", answer="")
    assert (told.code, "anyway?" in told.err) == (0, False)


def test_lost_and_found(program: Program, stock: Stock) -> None:
    (tag,) = stock()
    assert program("move", "lost", tag, "--reason", "left on a bus", "--on", "2026-11-21").code == 0
    assert program("device", tag, "--json").json["status"] == "lost"
    assert program("move", "found", tag).code == 0
    assert "left on a bus" in program("history", tag).out


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says", "code"),
    [
        (["--to", "HOLDER", "--due", "2026-11-01"], "can't be due", 2),
        (["--to", "HOLDER", "--on", "2026-12-01"], "future", 2),
        (["--to", "HOLDER", "--on", "2026-11-23"], "future", 2),
        (["--to", "HOLDER", "--on", "1 Jan 1999"], "was bought on", 2),
        (["--to", "HOLDER", "--site", "Nowhere at all"], "no site called", 2),
        (["--to", "nobody@example.com"], "Nobody is known as", 2),
        (["--to", ""], "exactly one of", 2),
        (["--to", " "], "Say who", 2),
        (["--team", "Nowhere at all"], "no team called", 2),
        ([], "exactly one of", 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_issue_that_can_not_be_touches_nothing(
    program: Program, stock: Stock, holder: str, contents: Contents, options: list[str], says: str, code: int
) -> None:
    (tag,) = stock()
    before = contents()
    told = program("issue", tag, *(holder if word == "HOLDER" else word for word in options))
    assert (told.code, told.out) == (code, "")
    assert says in told.err
    assert len(told.err.splitlines()) == 1
    assert contents() == before


def test_two_holders_are_one_too_many(program: Program, stock: Stock, holder: str, change: Change) -> None:
    site = change(lambda session: session.execute(select(Site.name)).scalars().first())
    told = program("issue", *stock(), "--to", holder, "--site", site)
    assert (told.code, "exactly one of" in told.err) == (2, True)


def test_what_somebody_holds_is_not_issued_again(program: Program, home: Path, holder: str, contents: Contents) -> None:
    held = next(one for one in program("devices", "status:issued", "kind:ipad", "--json").json if one["holder_upn"])
    before = contents()
    told = program("issue", held["asset_tag"], "--to", holder, "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "already-issued")
    assert held["holder"] in told.json["error"]["message"]
    assert contents() == before


def test_what_nobody_holds_does_not_come_back(program: Program, stock: Stock) -> None:
    told = program("return", *stock())
    assert told.code == 1
    assert "is not issued to anybody" in told.err


def test_a_return_before_the_issue_is_refused(program: Program, stock: Stock, holder: str) -> None:
    (tag,) = stock()
    program("issue", tag, "--to", holder, "--on", "2026-11-20")
    told = program("return", tag, "--on", "2026-11-19")
    assert (told.code, "it can't come back on 19 Nov 2026" in told.err) == (2, True)


@pytest.mark.parametrize(
    ("status", "says"),
    [("retired", "--reason"), ("issued", "fleet issue"), ("asleep", "no status"), ("in stock", "already in stock"),
     ("disposed", "Allowed")],
)  # fmt: skip
def test_a_move_that_can_not_be_says_what_can(
    program: Program, stock: Stock, contents: Contents, status: str, says: str
) -> None:
    (tag,) = stock()
    before = contents()
    told = program("move", status, tag)
    assert told.code in (1, 2)
    assert says in told.err
    assert contents() == before


def test_one_wrong_key_among_many_stops_all(program: Program, stock: Stock, holder: str, contents: Contents) -> None:
    tags = stock(2)
    before = contents()
    told = program("issue", tags[0], "NOSUCHKEY", tags[1], "EM0000", "--to", holder, "--json")
    error = told.json["error"]
    assert (told.code, error["code"]) == (2, "unknown-keys")
    assert error["message"] == "2 of 4 keys can't be used: 2 not known. Nothing was changed."
    assert [one["key"] for one in error["unknown"]] == ["NOSUCHKEY", "EM0000"]
    assert contents() == before


def test_what_was_misread_is_offered_for_each_key_and_what_is_not_unique_is_listed(
    program: Program, stock: Stock, change: Change
) -> None:
    first, second = stock(2)

    def twin(session: Any) -> None:
        other = session.execute(select(Organisation.id).where(Organisation.key == "ashmoor")).scalar_one()
        session.add(Device(organisation_id=other, kind="ipad", status="in_stock", asset_tag=second))

    change(twin)
    misread = first.replace("0", "O")
    told = program("return", misread, second, "--json")
    (unknown,), (ambiguous,) = told.json["error"]["unknown"], told.json["error"]["ambiguous"]
    assert unknown["key"] == misread
    assert unknown["nearest"][0].startswith(first)
    assert (ambiguous["key"], len(ambiguous["matches"])) == (second, 2)
    lines = program("return", misread, second).err.splitlines()
    assert lines[0] == "fleet: 2 of 2 keys can't be used: 1 not known, 1 not unique. Nothing was changed."
    assert lines[1].startswith(f"  {misread} is not known. Nearest: {first} (")
    assert lines[2].startswith(f"  {second} fits 2 devices: ")


@pytest.mark.parametrize(
    "wanted", ["nerys blackwod", "Nerys Blackwood OHara", "nerys@eastmere.gov.exmple", "blackwood-ohare"]
)
def test_a_person_who_is_not_known_is_answered_with_the_nearest(
    program: Program, stock: Stock, holder: str, wanted: str
) -> None:
    told = program("issue", *stock(), "--to", wanted, "--json")
    if told.code == 0:  # Part of a name that nobody else has is a name.
        assert wanted == "blackwood-ohare"
        return
    error = told.json["error"]
    assert (told.code, error["code"]) == (2, "not-found")
    assert f"Nerys Blackwood-O'Hare ({holder})" in error["nearest"]


def test_an_unknown_key_ends_every_command_alike(program: Program, home: Path, holder: str) -> None:
    commands: list[list[str]] = [
        ["device", "NOSUCHKEY"], ["person", "no such person"], ["issue", "NOSUCHKEY", "--to", holder], ["return", "NOSUCHKEY"],
        ["move", "lost", "NOSUCHKEY", "--reason", "x"], ["swap", "NOSUCHKEY", "NOSUCHEITHER"],
        ["extend", "NOSUCHKEY", "--due", "2026-12-01"],
        ["transfer", "NOSUCHKEY", "--to", holder], ["reserve", "NOSUCHKEY", "--for", holder], ["history", "NOSUCHKEY"],
        ["labels", "NOSUCHKEY", "-o", "x.pdf"], ["receipt", "make", "NOSUCHKEY"], ["incident", "open", "lost", "NOSUCHKEY"],
    ]  # fmt: skip
    assert {" ".join(one): program(*one).code for one in commands} == {" ".join(one): 2 for one in commands}


def test_only_the_tables_that_a_move_is_about_are_touched(
    program: Program, stock: Stock, contents: Contents, register: Any
) -> None:
    (tag,) = stock()
    before = contents()
    assert program("move", "quarantined", tag, "--reason", "swollen battery").code == 0
    touched = only_differing(before, contents())
    assert touched - {"finding"} == {"device", "event", "change", "chain_head"}  # Its findings are judged anew.
    with register() as database, database.read() as session:
        assert session.execute(select(Device.status).where(Device.asset_tag == tag)).scalar_one() == "quarantined"
