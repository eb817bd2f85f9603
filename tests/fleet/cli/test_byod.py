"""`fleet byod`: an own device from the request to the end, for one and for many; and what `fleet leavers` says of own devices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fleet.database.models import ByodRegistration, Device, Enrolment, Person
from tests.fleet.cli.conftest import HOSTILE
from tests.fleet.conftest import Program

Change = Callable[[Callable[[Any], Any]], Any]
Contents = Callable[[], dict[str, Any]]


@pytest.fixture
def unasked(program: Program, change: Change) -> str:
    """Sign-in name of somebody who enrolled their own phone, and nobody asked for approval."""

    def find(session: Any) -> Any:
        rows = session.execute(
            select(Person.upn)
            .join(Enrolment, (Enrolment.user_id == Person.entra_id) & (Enrolment.tenant_id == Person.tenant_id))
            .join(Device, Device.enrolment_id == Enrolment.id)
            .where(Device.ownership == "personal", Person.state == "active", Enrolment.closed_at.is_(None))
            .where(~select(ByodRegistration.id).where(ByodRegistration.device_id == Device.id).exists())
            .where(~select(ByodRegistration.id).where(ByodRegistration.person_id == Person.id).exists())
            .order_by(Person.id)
        )
        return rows.scalars().first()

    upn = change(find)
    assert program("findings", "byod-unapproved", upn, "--json").json != []
    return str(upn)


def test_the_whole_life_on_the_command_line(program: Program, unasked: str, contents: Contents) -> None:
    asked = program("byod", "request", unasked, "--kind", "iphone", "--purpose", "on-call visits", "--json").json
    number = str(asked["registrations"][0]["id"])
    assert asked["registrations"][0]["state"] == "requested"
    before = contents()
    previewed = program("byod", "approve", unasked, "--preview")
    assert (previewed.code, contents() == before) == (0, True)
    assert program("byod", "consent", number, "--terms", "2026-09").code == 1
    assert program("byod", "approve", number, "--reason", "agreed").code == 0
    assert program("byod", "consent", number).code == 2, "which terms?"
    assert "until" in program("byod", "consent", number, "--terms", "2026-09").out
    offered = program("byod", "enrol", number, "--json").json
    assert len(offered[0]["candidates"]) == 1
    assert {"serial", "imei", "device_name", "phone_number"}.isdisjoint(offered[0]["candidates"][0])
    assert "Nothing was linked" in program("byod", "enrol", number).out
    assert program("byod", "enrol", number, "--only").code == 0
    assert program("findings", "byod-unapproved", unasked, "--json").json == []
    shown = program("byod", "show", unasked, "--json").json
    assert (shown["state"], shown["enrolled"], shown["next"], len(shown["history"])) == ("enrolled", True, None, 4)
    ended = program("byod", "end", number, "--because", "withdrew", "--json").json
    intune_id = offered[0]["candidates"][0]["intune_id"]
    assert (ended["registrations"][0]["state"], ended["registrations"][0]["retire"]) == ("ended", intune_id)
    found = program("findings", "byod-unapproved", unasked, "--json").json
    assert "registration is ended" in found[0]["sentence"]
    assert [row["id"] for row in program("byod", "list", "--attention", "--json").json if row["upn"] == unasked] == [
        int(number)
    ]
    assert program("undo", str(ended["event"]), "--yes").code == 0
    assert program("byod", "show", number, "--json").json["state"] == "enrolled"
    assert "enrolled" in program("person", unasked).out


def test_refusals_say_what_is_allowed_and_have_their_codes(program: Program, unasked: str) -> None:
    assert program("byod", "approve").code == 2
    assert "Name at least one registration" in program("byod", "approve").err
    told = program("byod", "approve", unasked, "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "no-registration")
    number = str(program("byod", "request", unasked, "--json").json["registrations"][0]["id"])
    told = program("byod", "enrol", number, "--only", "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "not-allowed")
    assert "Allowed from here: approve, refuse, end." in told.json["error"]["message"]
    assert program("byod", "refuse", number).code == 2, "a reason is required"
    assert program("byod", "end", number, "--because", "boredom").code == 2
    told = program("byod", "request", unasked, "--purpose", "ring 07700 900123", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "too-much")


def test_consents_of_many_are_renewed_from_a_file_as_one_event(
    program: Program, tmp_path: Path, contents: Contents
) -> None:
    rows = [row for row in program("byod", "list", "--state", "enrolled", "--json").json if row["upn"]]
    owners = [row["upn"] for row in rows if [one["upn"] for one in rows].count(row["upn"]) == 1][:3]
    (tmp_path / "renewals.txt").write_text("\n".join(owners), encoding="utf-8")
    told = program("byod", "consent", "--terms", "2027", "--file", str(tmp_path / "renewals.txt"), "--json")
    assert (told.code, len(told.json["registrations"])) == (0, 3)
    after = {row["upn"]: row["terms_version"] for row in program("byod", "list", "--json").json}
    assert {after[one] for one in owners} == {"2027"}
    before = contents()
    told = program(
        "byod", "consent", "--terms", "2028", "--file", "-", "--json", stdin="\n".join([*owners, "nobody@x.example"])
    )
    assert (told.code, told.json["error"]["code"]) == (2, "unknown-keys")
    assert contents() == before


def test_the_terms_of_the_configuration_are_used_where_none_are_said(program: Program, home: Path) -> None:
    config = home / "config.toml"
    config.write_text('[byod]\nterms = "2030"\nmonths = 6\n' + config.read_text(encoding="utf-8"), encoding="utf-8")
    row = next(one for one in program("byod", "list", "--state", "enrolled", "--json").json)
    assert program("byod", "consent", str(row["id"])).code == 0
    shown = program("byod", "show", str(row["id"]), "--json").json
    assert (shown["terms_version"], shown["consent_on"] < shown["consent_until"]) == ("2030", True)


def test_leavers_own_devices_are_listed_with_what_they_need(program: Program, change: Change) -> None:
    row = next(one for one in program("byod", "list", "--state", "enrolled", "--json").json if one["enrolled"])

    def leave(session: Any) -> None:
        person = session.execute(select(Person).where(Person.upn == row["upn"])).scalar_one()
        person.state = "left"

    change(leave)
    (own,) = [one for one in program("leavers", "--own", "--json").json if one["id"] == row["id"]]
    assert own["next"] == "retire it in Intune, and end it: its owner has left"
    assert "Their own devices" in program("leavers").out
    assert program("leavers", "--own", "--csv").out.splitlines()[0].startswith("id,person,upn")
    assert program("leavers", "--own", "--as-at", "yesterday").code == 2


def test_hostile_words_steer_no_terminal_and_reach_every_listing(program: Program, unasked: str) -> None:
    words = HOSTILE[:50]
    number = str(
        program("byod", "request", unasked, "--model", words, "--purpose", words, "--json").json["registrations"][0][
            "id"
        ]
    )
    program("byod", "approve", number, "--reason", HOSTILE)
    program("byod", "consent", number, "--terms", "\x1b[2J[b]3[/b]")
    for call in (("byod",), ("byod", "show", number), ("byod", "list", unasked), ("person", unasked), ("history",)):
        told = program(*call)
        assert told.code == 0
        assert not set(told.out + told.err) & {"\x1b", "\x07", "\x9b", "\u202e", "\u200b"}, call
    assert program("byod", "show", number, "--json").json["said_model"].startswith("iPad")
