"""`--as-at DAY` on every list: what was true then, under a line that says the day."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Person
from tests.fleet.conftest import Program

LISTS = (
    ("devices",), ("people",), ("stock",), ("loans",), ("starters",), ("leavers",), ("findings",),
    ("findings", "--state", "fixed", "--state", "acknowledged"),
)  # fmt: skip
TODAY = "2026-11-22"
Change = Callable[[Callable[[Session], Any]], Any]


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_a_list_as_at_today_is_the_list_of_today(program: Program, home: Any, command: tuple[str, ...]) -> None:
    """Row by row and in order; but for check-ins, which make no history."""
    now, then = (program(*command, *more, "--json").json for more in ((), ("--as-at", TODAY)))
    assert {row.pop("as_at") for row in then} <= {TODAY}
    for row in (*now, *then):
        row.pop("last_seen", None)
    assert now == then


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_a_list_of_the_past_begins_with_its_day(program: Program, home: Any, command: tuple[str, ...]) -> None:
    told = program(*command, "--as-at", "21/11/2026")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("As at the end of 21 Nov 2026\n\n")


@pytest.mark.parametrize("command", [*LISTS, ("person", "KEY"), ("device", "KEY")], ids=" ".join)
def test_a_day_to_come_is_refused(program: Program, home: Any, command: tuple[str, ...]) -> None:
    told = program(*command, "--as-at", "1 Jan 2031")
    assert (told.code, told.out) == (2, "")
    assert "1 Jan 2031 is in the future" in told.err


def test_a_day_before_the_register_is_told_to_be_one(program: Program, home: Any) -> None:
    """What was entered later for a day before it is shown all the same."""
    told = program("people", "--as-at", "01/02/1990")
    assert told.code == 0
    assert "The register begins on " in told.err and "Of 1 Feb 1990 it knows only what was entered later." in told.err
    assert told.out.endswith("\n0 people\n")


def test_a_person_of_the_past_is_who_they_were(program: Program, home: Any, change: Change) -> None:
    """A job and a name of today are not those of the day before; what they held then is theirs."""
    row = next(one for one in program("people", "--json").json if one["devices_held"] and one["state"] == "active")

    def rename(session: Session) -> None:
        person = session.execute(select(Person).where(Person.id == row["id"])).scalar_one()
        person.display_name, person.job_title = "Zephyrine Newname", "Head of Everything"

    change(rename)
    now = program("person", row["upn"], "--json").json
    then = program("person", row["upn"], "--as-at", "2026-11-21", "--json").json
    assert (now["name"], now["job_title"]) == ("Zephyrine Newname", "Head of Everything")
    assert (then["name"], then["job_title"], then["as_at"]) == (row["name"], row["job_title"], "2026-11-21")
    assert then["holdings"] == now["holdings"]
    told = program("person", row["upn"], "--as-at", "2026-11-21").out
    assert told.startswith("As at the end of 21 Nov 2026\n\n" + row["name"]) and "History" not in told
    assert "knows nothing of them on 1 Jan 1960" in program("person", row["upn"], "--as-at", "1960-01-01").out


def test_stock_and_loans_of_the_past_are_those_before_todays_deeds(program: Program, home: Any) -> None:
    tag = program("devices", "status:in_stock", "kind:ipad", "org:northbridge", "--json").json[0]["asset_tag"]
    holder = next(
        one for one in program("people", "--json").json if one["organisation"] == "northbridge" and one["upn"]
    )
    yesterday = {name: program(name, "--json").json for name in ("stock", "loans")}
    assert program("issue", tag, "--to", holder["upn"], "--due", "2026-12-24", "--preview").code == 0
    assert program("issue", tag, "--to", holder["upn"], "--due", "2026-12-24").code in (0, 3)
    for name, before in yesterday.items():
        assert program(name, "--json").json != before, name
        then = program(name, "--as-at", "2026-11-21", "--json").json
        for row in (*before, *then):
            row.pop("as_at", None), row.pop("days_over", None)
        assert then == before, name


@pytest.mark.parametrize(
    "command",
    [("person", "x", "--team", "Y"), ("person", "x", "--erase"), ("stock", "--free", TODAY), ("loans", "--letters", "there"),
     ("findings", "--groups")],
    ids=" ".join,
)  # fmt: skip
def test_what_is_about_today_does_not_go_with_a_past_day(program: Program, home: Any, command: tuple[str, ...]) -> None:
    told = program(*command, "--as-at", date(2026, 11, 20).isoformat())
    assert (told.code, told.out) == (2, "")
    assert "do not go together" in told.err
