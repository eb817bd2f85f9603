"""The numbers at the top of the screen."""

from fleet.database import Database
from fleet.database.models import Device, Finding, Incident, Person
from fleet.queries.summary import found_by_rule, summary
from tests.factory import NOW, a_night, write
from tests.fleet.commands.estate import an_estate


def _finding(owner: int, number: int, severity: str, state: str = "open") -> Finding:
    return Finding(
        organisation_id=owner, rule=f"rule-{severity}", identity=str(number), severity=severity, state=state, subject="x",
        subject_type="device", sentence="It is so.", evidence={}, first_seen=NOW, last_seen=NOW,
    )  # fmt: skip


def test_devices_count_by_kind_and_own_ones_only_as_own(database: Database) -> None:
    estate = an_estate(database, 2)
    owner = estate.organisation
    estate.add(Device(organisation_id=owner, kind="thin_client", status="in_stock"))
    estate.add(Device(organisation_id=owner, kind="iphone", ownership="personal", status="issued"))
    with database.read() as session:
        found = summary(session)
    assert found.devices == {"ipad": 2, "iphone": 0, "thin_client": 1, "other": 0, "personal": 1}
    assert (found.organisations, found.people) == (1, 3)


def test_only_open_findings_and_people_who_are_not_erased_count(database: Database) -> None:
    estate = an_estate(database, 0)
    owner = estate.organisation
    write(database, _finding(owner, 1, "high"), _finding(owner, 2, "high", "acknowledged"), _finding(owner, 3, "low"))
    estate.set(Person, estate.people[0], erased_at=NOW)
    with database.read() as session:
        assert summary(session).findings == {"high": 1, "medium": 0, "low": 1}
        assert found_by_rule(session) == {"rule-high": 1, "rule-low": 1}
        assert summary(session).people == 2


def test_only_incidents_that_are_not_settled_count(database: Database) -> None:
    """They stand in the header of every screen the morning after."""
    estate = an_estate(database, 2)
    for device, closed in zip(estate.devices, (None, NOW), strict=True):
        estate.add(
            Incident(
                organisation_id=estate.organisation, device_id=device, kind="lost", occurred_on=NOW.date(),
                reported_at=NOW, closed_at=closed,
            )
        )  # fmt: skip
    with database.read() as session:
        assert summary(session).incidents == 1


def test_a_tenant_says_how_fresh_it_is(database: Database) -> None:
    estate = an_estate(database, 0)
    with database.read() as session:
        (before,) = summary(session).tenants
    estate.sync(a_night(devices=1, people=1))
    with database.read() as session:
        (after,) = summary(session).tenants
    assert (before.tenant, before.last_complete_at, before.last_state) == ("northbridge", None, None)
    assert (after.last_complete_at, after.last_state, after.last_error) == (NOW, "complete", None)


def test_others_are_not_counted(database: Database) -> None:
    estate = an_estate(database, 2)
    an_estate(database, 3, key="eastmoor")
    with database.read(frozenset({estate.organisation})) as session:
        found = summary(session)
    assert (found.organisations, found.devices["ipad"], len(found.tenants)) == (1, 2, 1)
