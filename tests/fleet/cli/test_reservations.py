"""`fleet reserve`, and what `fleet issue` and `fleet return` say of reservations and bundles."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fleet.database.models import Sim
from tests.fleet.conftest import Program

Contents = Callable[[], dict[str, Any]]
Change = Callable[[Callable[[Any], Any]], Any]


@pytest.fixture
def names(program: Program, home: Path) -> tuple[str, str, str, str]:
    """Two tags of one organisation's stock, and two of its people."""
    stock = program("devices", "status:in_stock", "org:northbridge", "kind:ipad", "--json").json
    people = [
        one["upn"] for one in program("people", "--state", "active", "--json").json
        if one["organisation"] == "northbridge" and one["upn"]
    ]  # fmt: skip
    return stock[0]["asset_tag"], stock[1]["asset_tag"], people[0], people[1]


def test_devices_are_kept_listed_and_let_go(program: Program, names: tuple[str, str, str, str]) -> None:
    one, two, anna, _ = names
    told = program("reserve", one, two, "--for", anna, "--from", "2026-12-01", "--until", "2026-12-05", "--json")
    assert (told.code, len(told.json["devices"])) == (0, 2)
    rows = program("reserve", "list", "--json").json
    assert [(row["device"], row["upn"], row["from_on"], row["until_on"], row["state"]) for row in rows] == [
        (one, anna, "2026-12-01", "2026-12-05", "open"), (two, anna, "2026-12-01", "2026-12-05", "open"),
    ]  # fmt: skip
    assert program("reserve").out.splitlines()[-1] == "2 reservations"
    assert program("stock", "--free", "2026-12-03", "--json").json != []
    assert one not in {row["device"] for row in program("stock", "--free", "2026-12-03", "--json").json}
    assert program("reserve", "cancel", one).code == 0
    assert [row["device"] for row in program("reserve", "list", "--for", anna, "--json").json] == [two]
    assert len(program("reserve", "list", "--all", "--json").json) == 2
    assert one in {row["device"] for row in program("stock", "--free", "2026-12-03", "--json").json}


def test_options_may_come_before_the_keys(program: Program, names: tuple[str, str, str, str]) -> None:
    one, two, anna, _ = names
    assert program("reserve", "--for", anna, "--file", "-", stdin=f"{one}\n{two}\n").code == 0
    assert len(program("reserve", "list", "--json").json) == 2


def test_a_clash_is_refused_with_who_has_it(
    program: Program, names: tuple[str, str, str, str], contents: Contents
) -> None:
    one, two, anna, bryn = names
    program("reserve", one, "--for", anna)
    before = contents()
    told = program("reserve", two, one, "--for", bryn, "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "already-reserved")
    assert contents() == before


def test_a_preview_of_an_issue_shows_the_reservation_and_changes_nothing(
    program: Program, names: tuple[str, str, str, str], contents: Contents
) -> None:
    one, _, anna, bryn = names
    program("reserve", one, "--for", anna)
    before = contents()
    told = program("issue", one, "--to", bryn, "--preview")
    assert told.code == 0
    assert "! It is reserved for " in told.err
    assert contents() == before


def test_issuing_to_the_person_fulfils_the_reservation_in_the_same_event(
    program: Program, names: tuple[str, str, str, str]
) -> None:
    one, _, anna, _ = names
    program("reserve", one, "--for", anna)
    told = program("issue", one, "--to", anna, "--with", "case,charger", "--json").json
    assert [row["state"] for row in program("reserve", "list", "--all", "--json").json] == ["issued"]
    program("undo", str(told["event"]), "--yes")
    assert [row["state"] for row in program("reserve", "list", "--json").json] == ["open"]


def test_a_bundle_goes_out_and_comes_back(program: Program, names: tuple[str, str, str, str], change: Change) -> None:
    one, _, anna, _ = names

    def spare(session: Any) -> str:
        sim = session.execute(select(Sim).where(Sim.state != "lost").order_by(Sim.id)).scalars().first()
        sim.device_id, sim.state = None, "stock"
        return str(sim.iccid)

    iccid = change(spare)
    told = program("issue", one, "--to", anna, "--with", "case,charger", "--with-sim", iccid)
    assert told.code == 0, told.err
    assert f"with case, charger and SIM {iccid}." in told.out
    assert "with case, charger, SIM" in program("device", one).out
    assert "with case, charger, SIM" in program("person", anna).out
    again = program("issue", names[1], "--to", names[3], "--with-sim", iccid, "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "sim-elsewhere")
    told = program("return", one, "--missing", "charger")
    assert "missing: charger." in told.out
    assert program("device", one, "--json").json["holders"][0]["with"][:2] == ["case", "charger (missing)"]
    [held] = [row for row in program("person", anna, "--json").json["holdings"] if row["device"] == one]
    assert "charger (missing)" in held["with"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("reserve", "TAG"), 2), (("reserve", "TAG", "--for", "nobody at all"), 2), (("reserve", "--for", "ANNA"), 2),
        (("reserve", "TAG", "--for", "ANNA", "--from", "2026-01-01"), 2), (("reserve", "TAG", "--for", "ANNA", "--until", "x"), 2),
        (("reserve", "cancel", "TAG"), 1), (("reserve", "cancel"), 2), (("reserve", "no-such-device", "--for", "ANNA"), 2),
        (("issue", "TAG", "--to", "ANNA", "--with", "banana"), 2), (("issue", "TAG", "--to", "ANNA", "--with-sim", "1"), 2),
        (("return", "TAG", "--missing", "charger"), 1),
    ],
)  # fmt: skip
def test_what_can_not_be_done_is_refused_and_nothing_is_touched(
    program: Program, names: tuple[str, str, str, str], contents: Contents, arguments: tuple[str, ...], code: int
) -> None:
    given = {"TAG": names[0], "ANNA": names[2]}
    before = contents()
    told = program(*(given.get(one, one) for one in arguments))
    assert (told.code, told.out) == (code, "")
    assert "Traceback" not in told.err
    assert contents() == before
