"""`fleet issue`, `fleet return`, `fleet move`: one event for all keys, or nothing at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fleet.database.models import Assignment, Device, Site
from tests.factory import only_differing
from tests.fleet.cli.test_devices import Change, Contents, a_name
from tests.fleet.conftest import Program

TODAY = "2026-11-22"
Stock = Callable[..., list[str]]


@pytest.fixture
def stock(program: Program, home: Path) -> Stock:
    """Tags of so many iPads in stock at Eastmere that nobody holds."""

    def find(number: int = 1) -> list[str]:
        found = program("devices", "org:eastmere", "status:in_stock", "held:nobody", "--json").json
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
    assert (told.code, told.json["error"]["code"]) == (1, "ambiguous")
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


def test_somebody_who_has_left_is_a_warning(program: Program, stock: Stock, home: Path) -> None:
    (tag,) = stock()
    gone = program("people", "--state", "left", "--json").json[0]["upn"]
    told = program("issue", tag, "--to", gone)
    assert told.code == 0
    assert "has left" in told.err


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
        (["--to", "HOLDER", "--site", "Nowhere at all"], "no site called", 1),
        (["--to", "nobody@example.com"], "Nobody is known as", 1),
        (["--to", ""], "exactly one of", 2),
        (["--to", " "], "Nobody is known as", 1),
        (["--team", "Nowhere at all"], "no team called", 1),
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
    assert (told.code, told.json["error"]["code"]) == (2, "unknown-keys")
    assert "NOSUCHKEY is not known; EM0000 is not known. Nothing was changed." in told.json["error"]["message"]
    assert contents() == before


# --- pastes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paste", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_paste_asks_for_a_device(program: Program, home: Path, paste: str) -> None:
    told = program("return", "--file", "-", stdin=paste)
    assert (told.code, told.out) == (2, "")
    assert "Name at least one device" in told.err


def test_an_enormous_paste_is_refused_at_once(program: Program, home: Path) -> None:
    told = program("return", "--file", "-", stdin="\n".join(f"K{number}" for number in range(20_001)))
    assert (told.code, told.err) == (2, "fleet: 20,001 keys are more than one command takes (20,000).\n")


def test_a_paste_of_many_unknown_keys_is_told_shortly(program: Program, home: Path, contents: Contents) -> None:
    before = contents()
    told = program("return", "--file", "-", stdin="\n".join(f"KEY{number:06}" for number in range(2_000)))
    assert told.code == 2
    assert "KEY000000 is not known" in told.err
    assert "and 1,980 more" in told.err
    assert len(told.err) < 1_000
    assert contents() == before


def test_a_page_pasted_as_one_key_is_refused(program: Program, home: Path) -> None:
    for size in (300, 100_000):
        told = program("return", "--file", "-", stdin="word " * size)
        assert told.code == 2
        assert "too long to be the key of a device" in told.err
        assert len(told.err) < 400


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\x01", b"EM00\x80", bytes(range(256))])
def test_a_paste_that_is_no_text_is_refused(program: Program, home: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "keys").write_bytes(data)
    for told in (program("return", "--file", "-", stdin=data), program("return", "--file", str(tmp_path / "keys"))):
        assert (told.code, told.out) == (2, "")
        assert "can't be read as text" in told.err


def test_a_file_that_is_not_there_is_named(program: Program, home: Path, tmp_path: Path) -> None:
    for file in (tmp_path / "nothing", tmp_path):
        told = program("return", "--file", str(file))
        assert (told.code, "can't be read as text" in told.err, str(file) in told.err) == (2, True, True)


def test_only_the_tables_that_a_move_is_about_are_touched(
    program: Program, stock: Stock, contents: Contents, register: Any
) -> None:
    (tag,) = stock()
    before = contents()
    assert program("move", "quarantined", tag, "--reason", "swollen battery").code == 0
    assert only_differing(before, contents()) == {"device", "event", "change", "chain_head"}
    with register() as database, database.read() as session:
        assert session.execute(select(Device.status).where(Device.asset_tag == tag)).scalar_one() == "quarantined"
