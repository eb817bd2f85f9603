"""Digests of loans and leavers, and what is free on which days, through the command line."""

import csv
import io
from pathlib import Path

from tests.fleet.conftest import Program


def test_one_digest_per_manager_or_holder_of_what_is_due_soon_or_overdue(program: Program, home: Path) -> None:
    loans = program("loans", "--within", "14", "--json").json
    for to in ("holder", "manager"):
        digests = program("loans", "--digest", to, "--json").json
        assert sorted(row["device"] for one in digests for row in one["items"]) == sorted(
            one["device"] for one in loans
        )
        assert [one["devices"] for one in digests] == [len(one["items"]) for one in digests]
        recipients = [(one["recipient"], one["recipient_upn"]) for one in digests]
        assert len(set(recipients)) == len(recipients)
        assert all(row["device"] in one["letter"] for one in digests for row in one["items"])
    text = program("loans", "--digest", "manager").out
    assert text.count("\nDear ") == len(digests) and f"{len(digests)} digest" in text


def test_digests_as_csv_hold_the_letter_in_a_cell(program: Program, home: Path) -> None:
    digests = program("loans", "--digest", "holder", "--json").json
    rows = list(csv.DictReader(io.StringIO(program("loans", "--digest", "holder", "--csv").out)))
    assert [row["recipient"] for row in rows] == [one["recipient"] for one in digests]
    assert [row["letter"] for row in rows] == [one["letter"] for one in digests]


def test_a_chase_letter_goes_to_each_manager_as_text_csv_or_file(program: Program, home: Path, tmp_path: Path) -> None:
    leavers = program("leavers", "--json").json
    digests = program("leavers", "--by-manager", "--json").json
    assert sum(one["devices"] for one in digests) == len(leavers)
    assert sum(one["price_pence"] for one in digests) == sum(row["price_pence"] or 0 for row in leavers)
    assert sum(one["line_cost_pence"] for one in digests) == sum(row["line_cost_pence"] or 0 for row in leavers)
    rows = list(csv.DictReader(io.StringIO(program("leavers", "--by-manager", "--csv").out)))
    assert [row["letter"] for row in rows] == [one["letter"] for one in digests]
    told = program("leavers", "--letters", str(tmp_path / "letters"))
    assert told.code == 0 and f"{len(digests)} letters are in" in told.err
    texts = sorted(path.read_text(encoding="utf-8") for path in (tmp_path / "letters").iterdir())
    assert texts == sorted(one["letter"] for one in digests)
    again = program("leavers", "--letters", str(tmp_path / "letters"))
    assert again.code == 2 and "Name an empty folder" in again.err


def test_letters_to_holders_leave_out_what_is_due_next_year(program: Program, home: Path, tmp_path: Path) -> None:
    far = {one["device"] for one in program("loans", "--json").json if one["days_over"] < -14}
    assert far
    program("loans", "--letters", str(tmp_path / "letters"))
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "letters").iterdir())
    assert not [device for device in far if device in written]


def test_what_is_free_on_some_of_the_days_is_told_with_them(program: Program, home: Path) -> None:
    free = program("stock", "--free", "2027-01-04", "--kind", "ipad", "--json").json[0]
    kept, people = free["device"], program("people", "--state", "active", "--json").json
    person = next(one["upn"] for one in people if one["organisation"] == free["organisation"])
    assert program("reserve", kept, "--for", person, "--from", "2027-01-06", "--until", "2027-01-07").code == 0
    asked = ("stock", "--free", "2027-01-05", "--until", "2027-01-10")
    assert kept not in [one["device"] for one in program(*asked, "--json").json]
    days = {one["device"]: one["days"] for one in program(*asked, "--partly", "--json").json}
    assert days[kept] == [
        {"from": "2027-01-05", "until": "2027-01-05"}, {"from": "2027-01-08", "until": "2027-01-10"},
    ]  # fmt: skip
    assert "5 Jan 2027, 8 Jan 2027 – 10 Jan 2027" in program(*asked, "--partly").out
    assert (
        program("stock", "--partly").code == 2
        and program("stock", "--free", "2027-01-05", "--until", "2027-01-04").code == 2
    )


def test_nothing_is_free_on_a_day_that_has_passed(program: Program, home: Path) -> None:
    told = program("stock", "--free", "2020-01-01")
    assert (told.code, told.out) == (2, "")
    assert "1 Jan 2020 has passed" in told.err and "fleet stock --as-at 2020-01-01" in told.err
