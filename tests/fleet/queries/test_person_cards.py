"""What the card of a person has beside what they hold."""

import pytest

from fleet.database import Database
from fleet.database.models import ByodRegistration, Finding, Line, Receipt, Reservation
from fleet.queries.person_cards import person_card
from tests.conftest import CountQueries
from tests.factory import (
    NOW,
    TODAY,
    a_device,
    a_line,
    a_model,
    a_person,
    a_sim,
    an_assignment,
    an_organisation,
    change,
    write,
)


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


def a_finding(owner: int, rule: str, subject_type: str, subject_id: int, state: str = "open") -> Finding:
    return Finding(
        organisation_id=owner, rule=rule, identity=f"{rule}|{subject_id}", severity="low", state=state,
        subject_type=subject_type, subject_id=subject_id, subject="it", sentence="Odd.", evidence={}, first_seen=NOW,
        last_seen=NOW,
    )  # fmt: skip


def test_everything_of_theirs_and_nothing_of_others(
    database: Database, owner: int, count_queries: CountQueries
) -> None:
    anna, bryn = a_person(database, owner, "Anna"), a_person(database, owner, "Bryn")
    lines = {}
    for person, number in ((anna, "+447700900001"), (bryn, "+447700900002")):
        held, given_back = a_device(database, owner, status="issued"), a_device(database, owner, status="in_stock")
        an_assignment(database, owner, held, person_id=person)
        an_assignment(database, owner, given_back, person_id=person, returned_on=TODAY)
        line = a_line(database, owner, number=number)
        change(database, Line, line, monthly_pence=745)
        a_sim(database, owner, device_id=held, line_id=line, iccid=f"8944{number[1:]}")
        lines[person] = number
        own = a_device(
            database, owner, status="issued", ownership="personal", model_id=a_model(database, f"of {person}")
        )
        kept = a_device(database, owner, status="in_stock", asset_tag=f"KEPT-{person}")
        write(
            database,
            ByodRegistration(organisation_id=owner, person_id=person, device_id=own, state="enrolled", requested_on=TODAY),
            Reservation(organisation_id=owner, device_id=kept, person_id=person, from_on=TODAY, made_by="asha"),
            Receipt(
                organisation_id=owner, kind="issue", person_id=person, made_at=NOW, text_version="1", body="x", body_hash="y"
            ),
            a_finding(owner, "held", "device", held), a_finding(owner, "own", "device", own),
            a_finding(owner, "themselves", "person", person), a_finding(owner, "fixed", "device", held, "fixed"),
            a_finding(owner, "given back", "device", given_back),
        )  # fmt: skip
    with database.read() as session, count_queries(database) as statements:
        card = person_card(session, anna)
    assert len(statements) == 7, "lines, own devices, receipts with numbers and places, reservations, findings"
    assert [(one.number, one.monthly_pence) for one in card.lines] == [(lines[anna], 745)]
    assert [one.model for one in card.own_devices] == [f"of {anna}"]
    assert [one.person_id for one in card.receipts] == [anna]
    assert [one.device for one in card.reserved] == [f"KEPT-{anna}"]
    assert {one.rule for one in card.findings} == {"held", "own", "themselves"}
