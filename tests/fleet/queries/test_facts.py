"""What the rules look at, joined from the register."""

from datetime import date, timedelta

import pytest

from fleet.database import Database
from fleet.database.models import ByodRegistration, Enrolment, Incident, Person
from fleet.domain.facts import DeviceFact
from fleet.queries.facts import device_facts, facts_of
from tests.conftest import CountQueries
from tests.factory import (
    NOW,
    TODAY,
    a_device,
    a_model,
    a_person,
    a_sim,
    a_site,
    a_tenant,
    an_assignment,
    an_enrolment,
    an_organisation,
    change,
    write,
)
from tests.fleet.conftest import Built


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


@pytest.fixture
def tenant(database: Database, owner: int) -> int:
    return a_tenant(database, owner)


def fact(database: Database, device: int) -> DeviceFact:
    """The one fact, which must be the same whether all devices are read or this one alone."""
    with database.read() as session:
        (alone,) = facts_of(session, [device])
        (among_all,) = [one for one in device_facts(session) if one.id == device]
    assert alone == among_all
    return alone


def test_a_few_devices_give_the_facts_that_all_give(demonstration: Built) -> None:
    """Of a whole estate, with every discrepancy there is."""
    with Database(demonstration.url, create=False) as database, database.read() as session:
        everything = {one.id: one for one in device_facts(session)}
        assert {one.id: one for one in facts_of(session, everything)} == everything
        some = sorted(everything)[::7]
        assert [one for one in facts_of(session, some)] == [everything[one] for one in some]
    assert len(everything) > 300


def test_a_device_of_which_little_is_known_has_few_facts(database: Database, owner: int) -> None:
    device = a_device(database, owner)
    found = fact(database, device)
    assert found == DeviceFact(device, "northbridge", "ipad", "organisation", "in_stock")


def test_the_holder_the_enrolment_and_the_incident_are_joined(database: Database, owner: int, tenant: int) -> None:
    person = a_person(
        database,
        owner,
        upn="bryn@northbridge.example",
        state="left",
        left_on=TODAY,
        tenant_id=tenant,
        entra_id="user-1",
    )
    model = a_model(database)
    device = a_device(database, owner, status="issued", serial="DMPX1", asset_tag="NB-1", model_id=model)
    an_assignment(database, owner, device, person_id=person, kind="loan", due_on=TODAY + timedelta(days=3))
    an_enrolment(
        database, owner, tenant, device, user_id="user-1", upn="bryn@northbridge.example", enrolled_at=NOW,
        last_seen=NOW, ownership="company", supervised=True, os_version="26.1",
    )  # fmt: skip
    write(
        database,
        Incident(organisation_id=owner, device_id=device, kind="damaged", occurred_on=date(2026, 1, 1), reported_at=NOW,
                 closed_at=NOW),
        Incident(organisation_id=owner, device_id=device, kind="stolen", occurred_on=date(2026, 11, 3), reported_at=NOW),
    )  # fmt: skip
    found = fact(database, device)
    assert (found.holder_id, found.holder_upn, found.holder_state) == (person, "bryn@northbridge.example", "left")
    assert (found.holder_left_on, found.issued_on, found.shared) == (TODAY, TODAY, False)
    assert (found.tenant, found.tenant_organisation, found.enrolled_person_id) == ("northbridge", "northbridge", person)
    assert (found.model, found.open_enrolments, found.open_tenants) == ("iPad (10th generation)", 1, 1)
    assert found.incident_on == date(2026, 11, 3)


def test_equipment_of_a_site_is_shared(database: Database, owner: int) -> None:
    device = a_device(database, owner, status="issued")
    an_assignment(database, owner, device, site_id=a_site(database, owner))
    assert (fact(database, device).shared, fact(database, device).holder_id) == (True, None)


def test_what_a_closed_enrolment_said_is_no_fact_any_more(database: Database, owner: int, tenant: int) -> None:
    device = a_device(database, owner)
    other = a_device(database, owner, asset_tag="NB-2")
    a_sim(database, owner, device_id=other)
    enrolment = an_enrolment(database, owner, tenant, device, encrypted=False, iccid="8944100000000000017")
    change(database, Enrolment, enrolment, closed_at=NOW, closed_because="vanished", missing_since=NOW, missing_runs=2)
    found = fact(database, device)
    assert (found.encrypted, found.intune_id, found.iccid_recorded_in, found.iccid_recorded_as) == (None,) * 4
    assert (found.ever_enrolled, found.missing_since, found.missing_runs) == (True, NOW, 2)
    assert (found.open_enrolments, found.open_tenants) == (0, 0)


def test_several_open_enrolments_are_counted_by_tenant(database: Database, owner: int, tenant: int) -> None:
    device = a_device(database, owner)
    elsewhere = a_tenant(database, an_organisation(database, "eastmere"), "eastmere")
    an_enrolment(database, owner, elsewhere, device)
    an_enrolment(database, owner, tenant, device)
    an_enrolment(database, owner, tenant, device)
    assert (fact(database, device).open_enrolments, fact(database, device).open_tenants) == (3, 2)


def test_a_leaver_whose_account_is_gone_is_known_by_the_sign_in_name(
    database: Database, owner: int, tenant: int
) -> None:
    device = a_device(database, owner)
    an_enrolment(database, owner, tenant, device, user_id="gone", upn="old@northbridge.example")
    person = a_person(database, owner, "Old Hand", upn="old@northbridge.example")
    assert fact(database, device).enrolled_person_id == person
    change(database, Person, person, tenant_id=tenant, entra_id="another")
    assert fact(database, device).enrolled_person_id is None, (
        "an account of that person is known, and it is another one"
    )


def test_a_sim_seen_in_the_wrong_device_names_the_right_one(database: Database, owner: int, tenant: int) -> None:
    first, second = a_device(database, owner, serial="DMPX1"), a_device(database, owner)
    tagged = a_device(database, owner, serial="DMPX3", asset_tag="NB-3")
    for device, iccid in ((first, "1"), (second, "2"), (tagged, "3")):
        a_sim(database, owner, f"894410000000000001{iccid}", device_id=device)
    an_enrolment(database, owner, tenant, first, iccid="8944100000000000013")
    an_enrolment(database, owner, tenant, second, iccid="8944100000000000011")
    an_enrolment(database, owner, tenant, tagged, iccid="8944100000000000012")
    assert (fact(database, first).iccid_recorded_in, fact(database, first).iccid_recorded_as) == (tagged, "NB-3")
    assert fact(database, second).iccid_recorded_as == "DMPX1"
    assert (fact(database, tagged).iccid_recorded_in, fact(database, tagged).iccid_recorded_as) == (second, None)


def test_of_several_registrations_the_newest_counts(database: Database, owner: int) -> None:
    device = a_device(database, owner, ownership="personal", status="issued")
    person = a_person(database, owner)
    old = ByodRegistration(organisation_id=owner, person_id=person, device_id=device, state="ended", requested_on=TODAY)
    write(database, old)
    assert fact(database, device).byod_state == "ended"
    until = TODAY + timedelta(days=365)
    write(
        database,
        ByodRegistration(organisation_id=owner, person_id=person, device_id=device, state="approved",
                         requested_on=TODAY + timedelta(days=1), consent_until=until),
    )  # fmt: skip
    assert (fact(database, device).byod_state, fact(database, device).byod_consent_until) == ("approved", until)


def test_a_tenants_facts_are_of_its_organisation_and_of_guests(database: Database, owner: int, tenant: int) -> None:
    eastmere = an_organisation(database, "eastmere")
    mine, guest, other = a_device(database, owner), a_device(database, eastmere), a_device(database, eastmere)
    an_enrolment(database, eastmere, tenant, guest)
    with database.read() as session:
        assert [one.id for one in device_facts(session, organisation_id=owner)] == [mine]
        assert [one.id for one in device_facts(session, organisation_id=owner, tenant_id=tenant)] == [mine, guest]
        assert [one.id for one in device_facts(session)] == [mine, guest, other]


def test_many_devices_take_as_many_statements_as_one(
    database: Database, owner: int, count_queries: CountQueries
) -> None:
    ids = [a_device(database, owner) for _ in range(9)]
    counts = []
    for some in (ids[:1], ids):
        with count_queries(database) as statements, database.read() as session:
            assert len(list(facts_of(session, some))) == len(some)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 10


def test_no_devices_are_no_facts(database: Database, owner: int) -> None:
    a_device(database, owner)
    with database.read() as session:
        assert list(facts_of(session, [])) == []
        assert list(facts_of(session, [9_999])) == []


def test_facts_are_frozen(database: Database, owner: int) -> None:
    found = fact(database, a_device(database, owner))
    assert found._replace(status="lost") != found
    with pytest.raises(AttributeError):
        found.status = "lost"  # type: ignore[misc]
