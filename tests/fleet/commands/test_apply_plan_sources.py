"""What a tenant tells beside people and devices: mirrors, the brake of its list, and history of what the portal did."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands.apply_plan.sources import apply_sources
from fleet.commands.undo import apply_undo, plan_undo
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import AppDevice, AppleListing, Device, PortalAction, ServiceToken, Tenant
from fleet.domain.plan import BrakeLimits
from fleet.domain.records import Problem
from fleet.domain.sources import (
    ObservedAppDevice,
    ObservedBeside,
    ObservedListing,
    ObservedPortalAction,
    ObservedToken,
    action_words,
)
from fleet.queries.apple import app_device_facts, token_facts
from fleet.queries.history import list_events
from fleet.queries.reports.own_devices import own_devices
from tests.factory import NOW, TODAY, a_device, a_person, a_tenant, an_enrolment, an_organisation, value, write

PUSH = ObservedToken("push", "push-1", None, NOW + timedelta(days=100))
VPP = ObservedToken("vpp", "vpp-1", "Books", NOW + timedelta(days=5), "valid", NOW)
PHONE = ObservedAppDevice("user-1", "tag-1", "iphone", "iOS", "26.5", "iPhone15,4", False, NOW, NOW)


class Register:
    """One tenant's register."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.organisation = an_organisation(database)
        self.tenant = a_tenant(database, self.organisation)

    def tell(
        self, now: datetime = NOW, confirm: int | None = None, **parts: Any
    ) -> tuple[Sequence[Problem], int | None]:
        """Apply what a night told; the problems, and the event where there was history."""
        with self.database.transaction(
            actor="night", action="sync", now=now, organisation_id=self.organisation
        ) as session:
            problems = apply_sources(
                session, ObservedBeside(**parts), tenant_id=self.tenant, tenant="northbridge",
                organisation_id=self.organisation, limits=BrakeLimits(), now=now, confirm=confirm,
            )  # fmt: skip
            event = open_event(session)
        return problems, event.id

    def all_of(self, *columns: Any) -> list[tuple[Any, ...]]:
        with self.database.read() as session:
            return [tuple(row) for row in session.execute(select(*columns).order_by(columns[0]))]


@pytest.fixture
def register(database: Database) -> Register:
    return Register(database)


def test_tokens_are_those_that_were_told_and_one_that_is_gone_goes(register: Register) -> None:
    register.tell(tokens=[PUSH, VPP])
    register.tell(tokens=[ObservedToken("vpp", "vpp-1", "Books", NOW + timedelta(days=365), "valid", NOW)])
    assert register.all_of(ServiceToken.kind, ServiceToken.expires_at) == [("vpp", NOW + timedelta(days=365))]
    register.tell()
    assert len(register.all_of(ServiceToken.id)) == 1
    with register.database.read() as session:
        (fact,) = token_facts(session)
    assert (fact.called, fact.expires_on) == ("northbridge: VPP token Books", TODAY + timedelta(days=365))


def test_own_devices_with_apps_keep_as_little_as_answers_the_question(register: Register) -> None:
    register.tell(
        app_devices=[PHONE, ObservedAppDevice("user-1", "tag-2", "iphone"), ObservedAppDevice("user-9", "t", "ipad")]
    )
    a_person(
        register.database, register.organisation, upn="bryn@x.example", entra_id="user-1", tenant_id=register.tenant
    )
    with register.database.read() as session:
        facts = {one.user_id: one for one in app_device_facts(session)}
        listed = list(own_devices(session, TODAY, past=False))
        past = list(own_devices(session, TODAY - timedelta(days=1), past=True))
    assert (facts["user-1"].called, facts["user-1"].devices, facts["user-1"].os_version) == (
        "bryn@x.example",
        2,
        "26.5",
    )
    assert facts["user-9"].called == "an account nobody knows"
    assert sorted((one.person, one.state, one.apps_only) for one in listed) == [
        ("Bryn Hale", "unapproved", True), ("Bryn Hale", "unapproved", True), ("an account nobody knows", "unapproved", True),
    ]  # fmt: skip
    assert past == []
    assert {"device_name", "phone_number", "serial"}.isdisjoint(AppDevice.__table__.c.keys())
    register.tell(app_devices=[])
    assert register.all_of(AppDevice.id) == []


def test_a_list_that_shrinks_is_not_believed_and_costs_nothing_else(register: Register) -> None:
    listed = [ObservedListing(f"C0ADE{number:05d}", added_on=date(2026, 1, 1)) for number in range(40)]
    assert register.tell(listed=listed)[0] == []
    problems, _ = register.tell(listed=listed[:10], tokens=[PUSH])
    assert [one.code for one in problems] == ["list-not-believed"]
    assert "30 of 40" in problems[0].reason
    assert len(register.all_of(ServiceToken.id)) == 1
    assert {row[1] for row in register.all_of(AppleListing.serial, AppleListing.missing_runs)} == {0}
    assert "--confirm 30" in problems[0].reason
    assert register.tell(confirm=30, listed=listed[:10])[0] == []
    assert {row[1] for row in register.all_of(AppleListing.serial, AppleListing.missing_runs)} == {0, 1}


# --- the portal -----------------------------------------------------------------------------------------------


def action(audit_id: str = "a1", intune_id: str = "intune-x", name: str = "remoteLock") -> ObservedPortalAction:
    return ObservedPortalAction(
        audit_id, intune_id, name, NOW - timedelta(hours=5), "desk@northbridge.gov.example", "Success"
    )


@pytest.fixture
def device(register: Register) -> int:
    device_id = a_device(register.database, register.organisation, asset_tag="NB-1")
    an_enrolment(register.database, register.organisation, register.tenant, device_id, intune_id="intune-x")
    return device_id


def test_an_action_of_the_portal_is_in_the_devices_history_once_with_who_sent_it(
    register: Register, device: int
) -> None:
    for number in range(3):
        told = [action(), action("a2", "nobody"), action("a3", name="hibernate")]
        register.tell(now=NOW + timedelta(hours=number), portal_actions=told, audit_read_to=NOW)
    assert register.all_of(PortalAction.audit_id, PortalAction.device_id) == [("a1", device), ("a3", device)]
    assert value(register.database, Tenant.audit_read_to, register.tenant) == NOW
    with register.database.read() as session:
        told_of_it = [one for one in list_events(session, device_id=device) if "portal" in one.sentence]
        whole = list_events(session)[0]
    (event,) = told_of_it
    assert event.actor == "night"
    assert "locked in the Intune portal by desk@northbridge.gov.example on " in event.sentence
    assert "hibernate in the Intune portal" in event.sentence
    assert "NB-1 locked in the Intune portal" in whole.sentence


def test_an_undone_night_is_heard_again(register: Register, device: int) -> None:
    _, event = register.tell(portal_actions=[action()], audit_read_to=NOW)
    with register.database.transaction(actor="asha", action="undo", now=NOW, undoes_id=event) as session:
        apply_undo(session, plan_undo(session, [event or 0]))
    assert register.all_of(PortalAction.id) == []
    assert value(register.database, Tenant.audit_read_to, register.tenant) is None
    register.tell(portal_actions=[action()], audit_read_to=NOW)
    assert len(register.all_of(PortalAction.id)) == 1


def test_an_erased_person_is_in_none_of_it(register: Register, device: int) -> None:
    from fleet.commands.erasure import forget, traces_of
    from fleet.database.models import Person

    person = a_person(
        register.database, register.organisation, upn="desk@northbridge.gov.example", entra_id="user-1",
        tenant_id=register.tenant,
    )  # fmt: skip
    register.tell(app_devices=[PHONE], portal_actions=[action()], audit_read_to=NOW)
    with register.database.transaction(actor="asha", action="person.erase", now=NOW) as session:
        row = session.get_one(Person, person)
        forget(session, person, traces_of(session, row))
    assert register.all_of(AppDevice.id) == []
    assert register.all_of(PortalAction.sent_by) == [("(erased)",)]


def test_another_tenants_devices_are_not_taken_for_ours(register: Register, device: int) -> None:
    other = an_organisation(register.database, "eastmere")
    write(register.database, Device(organisation_id=other, kind="ipad", status="in_stock", asset_tag="EM-1"))
    elsewhere = a_tenant(register.database, other, "eastmere")
    stray = a_device(register.database, other, asset_tag="EM-2")
    an_enrolment(register.database, other, elsewhere, stray, intune_id="intune-y")
    register.tell(portal_actions=[action("a9", "intune-y")], audit_read_to=NOW)
    assert register.all_of(PortalAction.id) == []


def test_an_action_of_tomorrow_is_told_by_its_own_word() -> None:
    assert (action_words("Wipe"), action_words("hibernate")) == ("wiped", "hibernate")
