"""What own devices wait for: each kind counted, the one that waits longest first."""

from datetime import timedelta
from typing import Any

from fleet.database import Database
from fleet.database.models import ByodRegistration
from fleet.queries.byod import OwnWaiting, waiting
from tests.factory import NOW, a_device, a_person, a_tenant, an_enrolment, an_organisation, write

TODAY = NOW.date()


def days(number: int) -> Any:
    return TODAY + timedelta(days=number)


def test_what_waits_is_counted_by_kind_and_what_needs_nothing_is_not(database: Database) -> None:
    owner = an_organisation(database)
    ada, bryn, cai = (a_person(database, owner, name) for name in ("Ada Moss", "Bryn Hale", "Cai Rees"))
    gone = a_person(database, owner, "Dan Gone", state="left")
    own = a_device(database, owner, kind="iphone", ownership="personal")
    an_enrolment(database, owner, a_tenant(database, owner), own)
    known = {"organisation_id": owner, "requested_on": days(-40)}
    agreed = {**known, "state": "approved", "approved_on": days(-30), "terms_version": "2", "consent_on": days(-30)}
    write(
        database,
        ByodRegistration(person_id=ada, state="requested", **{**known, "requested_on": days(-2)}),
        ByodRegistration(person_id=cai, state="requested", **known),
        ByodRegistration(person_id=bryn, **{**agreed, "consent_until": days(30)}),
        ByodRegistration(person_id=ada, **{**agreed, "consent_until": days(-1)}),
        ByodRegistration(person_id=cai, **{**agreed, "consent_until": days(300)}),
        ByodRegistration(person_id=gone, **{**agreed, "consent_until": days(300)}),
        ByodRegistration(person_id=bryn, device_id=own, **{**agreed, "state": "enrolled", "consent_until": days(300)}),
        ByodRegistration(person_id=ada, ended_on=days(-3), **{**known, "state": "ended"}),
    )
    with database.read() as session:
        assert waiting(session, TODAY) == [
            OwnWaiting("requests", 2, ("Cai Rees", "Ada Moss"), days(-40)),
            OwnWaiting("consents", 2, ("Ada Moss", "Bryn Hale"), days(-1), overdue=1),
            OwnWaiting("enrolling", 1, ("Cai Rees",), days(-30)),
            OwnWaiting("ending", 1, ("Dan Gone",), None),
        ]


def test_without_any_nothing_waits(database: Database) -> None:
    an_organisation(database)
    with database.read() as session:
        assert waiting(session, TODAY) == []
