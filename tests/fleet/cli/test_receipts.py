"""`fleet receipt`: make, accept, show, list, verify, and the text that people sign."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from fleet.cli.program import command_names
from fleet.commands.people import erase
from fleet.database import Database
from fleet.database.models import Person, Receipt
from tests.fleet.cli.test_devices import Change, Contents, a_name
from tests.fleet.conftest import DEMO_NOW, Outcome, Program

NAME = "Nerys Ŵyn-O'Hare"
UPN = "nerys@eastmere.gov.example"


@pytest.fixture
def bundle(program: Program, home: Path, change: Change) -> list[str]:
    """Tags of two devices that Nerys was issued in one event."""
    a_name(change, NAME, upn=UPN)
    found = program("devices", "org:eastmere", "status:in_stock", "held:nobody", "--json").json
    tags = [one["asset_tag"] for one in found[:2]]
    assert program("issue", *tags, "--to", UPN).code == 0
    return tags


def make(program: Program, *arguments: str) -> dict[str, Any]:
    """Make one receipt; what was said of it."""
    told = program("receipt", "make", *arguments, "--json")
    assert told.code == 0, told.err
    (one,) = told.json["receipts"]
    return dict(one)


def refused(told: Outcome, code: int, because: str) -> None:
    """A command that said no, and why."""
    assert told.code == code, told
    assert because in told.err
    assert "Traceback" not in told.err


def test_receipt_and_labels_are_among_the_commands() -> None:
    assert {"receipt", "labels"} <= set(command_names())


def test_a_receipt_is_made_read_accepted_and_listed(program: Program, bundle: list[str]) -> None:
    told = program("receipt", "make", *bundle)
    assert told.code == 0
    assert f"2 items issued to {NAME}" in told.out
    number = str(make(program, *bundle)["id"])
    shown = program("receipt", "show", number)
    assert all(part in shown.out for part in (*bundle, NAME, UPN, "Not accepted yet."))
    signed = program("receipt", "accept", number, "--typed", NAME)
    assert (signed.code, signed.err) == (0, "")
    (row,) = program("receipt", "list", "--person", UPN, "--json").json
    assert (row["id"], row["state"], row["accepted_as"], row["items"]) == (int(number), "accepted", NAME, 2)
    assert NAME in program("receipt", "list").out
    verified = program("receipt", "verify", "--json")
    assert (verified.code, verified.json) == (0, {"receipts": 1, "accepted": 1, "erased": 0, "mismatches": []})
    refused(program("receipt", "accept", number, "--paper", "x.pdf"), 1, "never changed")


def test_the_receipts_of_an_event_are_made_at_once(program: Program, bundle: list[str]) -> None:
    event = program("return", *bundle, "--condition", "good", "--json").json["event"]
    (one,) = program("receipt", "make", "--event", str(event), "--data-removed", "--json").json["receipts"]
    assert (one["kind"], one["items"]) == ("return", 2)
    body = program("receipt", "show", str(one["id"]), "--json").json["body"]
    assert "Personal data  removed" in body
    assert "Condition: good" in body


def test_a_list_of_scanned_tags_comes_from_stdin(program: Program, bundle: list[str]) -> None:
    told = program("receipt", "make", "--file", "-", "--json", stdin="\r\n".join(bundle))
    assert told.json["receipts"][0]["items"] == 2


def test_one_wrong_key_and_nothing_is_made(program: Program, bundle: list[str], contents: Contents) -> None:
    before = contents()
    refused(
        program("receipt", "make", *bundle, "NOSUCH1", "NOSUCH2"), 2, "NOSUCH1 is not known.\n  NOSUCH2 is not known."
    )
    refused(program("labels", *bundle, "NOSUCH1", "-o", "never.pdf"), 2, "NOSUCH1 is not known")
    assert contents() == before
    assert not Path("never.pdf").exists()


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (("make",), "Name at least one device"),
        (("make", "X", "--event", "1"), "not both"),
        (("make", "X", "--data-removed"), "add --return"),
        (("make", "--event", "999999"), "issued nothing"),
        (("accept", "1"), "Say how it was accepted"),
        (("accept", "1", "--typed", "A", "--paper", "b"), "Say how it was accepted"),
        (("accept", "99", "--typed", "A"), "There is no receipt 99"),
        (("show", "99"), "There is no receipt 99"),
        (("withdraw", "99"), "There is no receipt 99"),
        (("text", "show", "issue", "--version", "9"), "no version 9"),
        (("text", "set", "issue", "no-such-file.txt"), "can't be read"),
        (("list", "--person", "nobody-of-that-name"), "Nobody is known"),
    ],
)
def test_a_call_that_makes_no_sense_is_answered_in_a_sentence(
    program: Program, home: Path, arguments: tuple[str, ...], because: str
) -> None:
    told = program("receipt", *arguments)
    assert told.code in (1, 2)
    assert because in told.err
    as_json = program("receipt", *arguments, "--json")
    assert because in as_json.json["error"]["message"]


def test_a_file_is_written_as_it_is_called_and_never_over_another(
    program: Program, bundle: list[str], tmp_path: Path
) -> None:
    number = str(make(program, *bundle)["id"])
    for name, begins in (("r.pdf", b"%PDF-"), ("r.txt", b"Eastmere"), ("folder", b"%PDF-")):
        path = tmp_path / name
        if name == "folder":
            path.mkdir()
        told = program("receipt", "show", number, "-o", str(path), "--json")
        written = Path(told.json["path"])
        assert written.read_bytes().startswith(begins)
        refused(program("receipt", "show", number, "-o", str(path)), 1, "exists already")
        assert program("receipt", "show", number, "-o", str(path), "--overwrite").code == 0
    assert (tmp_path / "folder" / f"receipt-{number}.pdf").exists()


def test_characters_that_the_pdf_lacks_are_said(program: Program, home: Path, change: Change, tmp_path: Path) -> None:
    a_name(change, "王 Nerys\x1b[31m", upn="wang@eastmere.gov.example")
    tag = program("devices", "org:eastmere", "status:in_stock", "held:nobody", "--json").json[0]["asset_tag"]
    program("issue", tag, "--to", "wang@eastmere.gov.example")
    number = str(make(program, tag)["id"])
    told = program("receipt", "show", number, "-o", str(tmp_path / "r.pdf"))
    assert "王 (U+738B)" in told.err
    shown = program("receipt", "show", number)
    assert "\x1b" not in shown.out
    assert "王 Nerys" in shown.out


def test_a_forged_receipt_is_said_by_verify_and_show(
    program: Program, bundle: list[str], register: Callable[[], Database]
) -> None:
    number = str(make(program, *bundle)["id"])
    program("receipt", "accept", number, "--typed", NAME)
    with register() as database, database.engine.execution_options(fleet_write=True).begin() as connection:
        connection.execute(update(Receipt.__table__).values(body="I owe nothing.\n"))  # type: ignore[arg-type]
    told = program("receipt", "verify")
    assert told.code == 1
    assert f"receipt {number}: its text does not have the hash" in told.out
    assert "does not have the hash it was accepted with" in program("receipt", "show", number).err


def test_a_text_is_kept_as_a_version_and_used_from_then_on(program: Program, bundle: list[str], tmp_path: Path) -> None:
    file = tmp_path / "own.txt"
    file.write_text("# Our own\n\n{person} has {count}:\n\n{items}\n", encoding="utf-8")
    told = program("receipt", "text", "set", "issue", str(file), "--reason", "legal asked", "--json")
    assert told.json == {"kind": "issue", "version": "2"}
    assert "{count}" in program("receipt", "text", "show", "issue").out
    assert "property of" in program("receipt", "text", "show", "issue", "--version", "1").out
    assert [one["version"] for one in program("receipt", "text", "list", "--json").json] == ["1", "2", "1"]
    assert f"{NAME} has 2 items" in program("receipt", "show", str(make(program, *bundle)["id"])).out
    bad = program("receipt", "text", "set", "return", "-", stdin="{items} {nope}")
    refused(bad, 2, "nothing is known for {nope}")


def test_only_an_administrator_sets_the_text_that_people_sign(
    program: Program, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, role in (("asha.penrose", "administrator"), ("tech", "technician")):
        assert program("operator", "add", name, "--role", role, "--all").code == 0
    monkeypatch.setenv("FLEET_OPERATOR", "tech")
    refused(program("receipt", "text", "set", "issue", "-", stdin="{items}"), 5, "administrator")


def test_the_receipt_of_an_erased_person_is_shown_for_a_reason_that_is_kept(
    program: Program, bundle: list[str], change: Callable[[Callable[[Session], Any]], Any]
) -> None:
    number = str(make(program, *bundle)["id"])
    program("receipt", "accept", number, "--typed", NAME)
    program("return", *bundle)

    def forget(session: Session) -> None:
        person = session.query(Person).filter_by(upn=UPN).one()
        erase(session, person.id, now=DEMO_NOW)

    change(forget)
    assert NAME not in program("receipt", "list").out
    assert NAME not in program("receipt", "list", "--json").out
    refused(program("receipt", "show", number), 2, "Say why it is needed")
    shown = program("receipt", "show", number, "--reason", "tribunal 7/26")
    assert NAME in shown.out
    assert f"receipt {number}: tribunal 7/26" in program("history", "--json").json[0]["reason"]


def test_a_draft_is_withdrawn(program: Program, bundle: list[str]) -> None:
    number = str(make(program, *bundle)["id"])
    refused(program("receipt", "make", bundle[0]), 1, f"fleet receipt withdraw {number}")
    assert program("receipt", "withdraw", number).code == 0
    assert make(program, bundle[0])["items"] == 1
