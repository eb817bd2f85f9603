"""The search text of devices: whatever changed that a person might type, the device is found by it at once."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.commands.apply_plan.writing import Edit, update_recorded
from fleet.database import Database
from fleet.database.models import Assignment, Device, DeviceModel, Enrolment, Line, Person, Sim, Site, Team
from fleet.domain.search import parse
from fleet.queries.devices import DeviceQuery, device_ids
from tests.conftest import CountQueries
from tests.factory import (
    ACTOR,
    NOW,
    TODAY,
    a_device,
    a_line,
    a_model,
    a_person,
    a_sim,
    a_site,
    a_team,
    a_tenant,
    an_assignment,
    an_enrolment,
    an_organisation,
    change,
    remove,
    value,
    write,
)


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


def found(database: Database, words: str) -> list[int]:
    with database.read() as session:
        return device_ids(session, DeviceQuery(search=parse(words)), now=NOW)


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        ({"serial": "DMPX1TESTF1"}, "dmpx1"),
        ({"asset_tag": "NB-0001"}, "nb-0001"),
        ({"imei": "352099001761481"}, "176148"),
        ({"imei2": "490154203237518"}, "490154203237518"),
        ({"status": "quarantined"}, "quarantined"),
    ],
)
def test_a_device_is_found_by_what_is_written_on_it(
    database: Database, owner: int, words: dict[str, Any], typed: str
) -> None:
    """In any case, in part, from the moment it is there, and no longer when it is changed."""
    device = a_device(database, owner, **words)
    a_device(database, owner)
    assert found(database, typed) == [device]
    (name,) = words
    change(database, Device, device, **{name: "in_repair" if name == "status" else None})
    assert found(database, typed) == []


def test_a_device_is_found_by_its_holder_from_issue_to_return(database: Database, owner: int) -> None:
    """And by the address of the account."""
    device = a_device(database, owner, status="issued")
    person = a_person(database, owner, "Siân Vaughan-O'Brien", upn="sian.vaughan@northbridge.example")
    issued = an_assignment(database, owner, device, person_id=person)
    for typed in ("sian", "SIÂN", "o'brien", "o’brien", "vaughan-o", "sian.vaughan@"):
        assert found(database, typed) == [device], typed
    change(database, Assignment, issued, returned_on=TODAY)
    assert found(database, "sian") == []


def test_a_new_name_of_the_holder_is_found_and_the_old_one_is_not(database: Database, owner: int) -> None:
    """A marriage, a correction: the device itself was not touched."""
    device = a_device(database, owner, status="issued")
    person = a_person(database, owner, "Cerys Holloway")
    an_assignment(database, owner, device, person_id=person)
    change(database, Person, person, display_name="Cerys Pemberton")
    assert found(database, "pemberton") == [device]
    assert found(database, "holloway") == []


def test_an_issue_that_is_undone_is_not_found_any_more(database: Database, owner: int) -> None:
    """The row that named the device is gone; the device must be remembered all the same."""
    device = a_device(database, owner)
    issued = an_assignment(database, owner, device, person_id=a_person(database, owner, "Cerys Holloway"))
    remove(database, Assignment, issued)
    assert found(database, "holloway") == []


def test_a_new_name_of_the_model_is_found(database: Database, owner: int) -> None:
    """Marketing names are corrected."""
    model = a_model(database, "iPad 10")
    device = a_device(database, owner, model_id=model)
    change(database, DeviceModel, model, name="iPad (10th generation)")
    assert found(database, "generation") == [device]


def test_a_new_name_of_the_site_is_found_for_what_is_kept_and_what_is_issued_there(
    database: Database, owner: int
) -> None:
    """Both ways of being at a site."""
    site = a_site(database, owner, "Old Hall")
    kept, shared = a_device(database, owner, site_id=site), a_device(database, owner)
    an_assignment(database, owner, shared, site_id=site)
    change(database, Site, site, name="Llys Newydd")
    assert found(database, "newydd") == sorted([kept, shared])
    assert found(database, "hall") == []


def test_a_new_name_of_the_team_is_found_for_all_that_belongs_to_it(database: Database, owner: int) -> None:
    """The device's own, what it was issued, and what its people hold."""
    team = a_team(database, owner, "Fostering")
    own, shared, held = (a_device(database, owner), a_device(database, owner), a_device(database, owner))
    change(database, Device, own, team_id=team)
    an_assignment(database, owner, shared, team_id=team)
    an_assignment(database, owner, held, person_id=a_person(database, owner, team_id=team))
    change(database, Team, team, name="Children Looked After")
    assert found(database, "looked") == sorted([own, shared, held])
    assert found(database, "fostering") == []


def test_a_number_is_found_where_its_sim_is(database: Database, owner: int) -> None:
    """The card, the number and the phone are three things; each may move."""
    first, second = a_device(database, owner), a_device(database, owner)
    line = a_line(database, owner, "+447700900123")
    sim = a_sim(database, owner, "8944100000000000017", line_id=line, device_id=first)
    other = a_sim(database, owner, "8944100000000000025", device_id=second)
    assert found(database, "900123") == [first]
    change(database, Sim, sim, device_id=second)
    assert found(database, "8944100000000000017") == [second]
    assert found(database, "900123") == [second]
    change(database, Sim, sim, line_id=None)
    assert found(database, "900123") == []
    change(database, Sim, other, line_id=line)
    assert found(database, "900123") == [second]
    change(database, Line, line, number="+447700900456")
    assert found(database, "900123") == []
    assert found(database, "900456") == [second]
    remove(database, Sim, other)
    assert found(database, "900456") == []


def test_a_device_with_two_sims_is_found_by_both(database: Database, owner: int) -> None:
    """A card and an eSIM."""
    device = a_device(database, owner)
    for number, iccid in (("+447700900123", "8944100000000000017"), ("+447700900456", "8944100000000000025")):
        a_sim(database, owner, iccid, line_id=a_line(database, owner, number), device_id=device)
    for typed in ("900123", "900456", "0000017", "0000025"):
        assert found(database, typed) == [device]


def test_two_sims_stand_in_one_order_whichever_came_first(database: Database, owner: int) -> None:
    """Otherwise a search text would be written anew whenever the database felt like it."""
    device = a_device(database, owner)
    for iccid in ("8944100000000000025", "8944100000000000017"):
        a_sim(database, owner, iccid, device_id=device)
    text = str(value(database, Device.hay, device))
    assert text.index("8944100000000000017") < text.index("8944100000000000025")


def test_what_intune_calls_it_is_found(database: Database, owner: int) -> None:
    """Its name and the number Intune saw, as the newest enrolment says."""
    device = a_device(database, owner)
    tenant = a_tenant(database, owner)
    enrolment = an_enrolment(
        database, owner, tenant, device, device_name="Reception iPad", phone_number="+447700900789"
    )
    assert found(database, "reception") == found(database, "900789") == [device]
    change(database, Enrolment, enrolment, device_name="Foyer iPad")
    assert found(database, "foyer") == [device]
    newer = an_enrolment(database, owner, tenant, device, device_name="Café kiosk", opened_at=NOW + timedelta(days=1))
    assert value(database, Device.enrolment_id, device) == newer
    assert found(database, "cafe kiosk") == [device]
    assert found(database, "foyer") == []


def test_somebodys_own_device_is_not_found_by_its_name_or_number(database: Database, owner: int) -> None:
    """Even if a name got into the enrolment: it is not ours to search."""
    device = a_device(database, owner, ownership="personal", status="issued")
    an_enrolment(
        database, owner, a_tenant(database, owner), device, device_name="Cerys's iPhone", phone_number="+447700900789"
    )
    assert found(database, "iphone") == found(database, "900789") == []


def test_changes_by_plan_are_found_like_changes_by_hand(database: Database, owner: int) -> None:
    """The bulk road ends in the same refresh."""
    device = a_device(database, owner)
    person = a_person(database, owner, "Cerys Holloway")
    an_assignment(database, owner, device, person_id=person)
    with database.transaction(actor=ACTOR, action="sync", now=NOW) as session:
        edits = [Edit(person, {"display_name": "Cerys Holloway"}, {"display_name": "Cerys Pemberton"})]
        update_recorded(session, Person, edits, organisation_id=owner)
    assert found(database, "pemberton") == [device]


def test_keeping_the_search_text_is_no_change_of_the_device(database: Database, owner: int) -> None:
    """No history, and nobody's open form becomes stale because the holder married."""
    device = a_device(database, owner)
    person = a_person(database, owner, "Cerys Holloway")
    an_assignment(database, owner, device, person_id=person)
    before = value(database, Device.version, device)
    change(database, Person, person, display_name="Cerys Pemberton")
    assert value(database, Device.version, device) == before


def test_a_word_is_text_whatever_signs_it_holds(database: Database, owner: int) -> None:
    """Ordinary input: no pattern, no query language, no surprise."""
    device = a_device(database, owner, asset_tag="SN-50%_*", notes="x")
    a_device(database, owner, asset_tag="SN-501")
    for typed in ("50%", "50%_", "sn-50%_*"):
        assert found(database, typed) == [device], typed
    assert found(database, "O'Brien") == found(database, "\\") == []


def test_many_devices_are_refreshed_by_few_statements(
    database: Database, owner: int, count_queries: CountQueries
) -> None:
    """A team of a hundred is renamed: not a hundred queries."""
    site = a_site(database, owner, "Old Hall")
    write(database, *(Device(organisation_id=owner, kind="ipad", status="in_stock", site_id=site) for _ in range(100)))
    with count_queries(database) as statements:
        change(database, Site, site, name="Llys Newydd")
    assert len(found(database, "newydd")) == 100
    assert len(statements) < 20
