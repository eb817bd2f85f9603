"""What Apple's lists tell on a card, and what ends soon, within the walls."""

from datetime import date, timedelta
from typing import Any

import pytest

from fleet.commands.findings import evaluate
from fleet.database import Database
from fleet.database.models import AppleListing, AppleSource, Run, ServiceToken, Tenant
from fleet.domain.rules import Context
from fleet.queries.apple import account_states, endings
from fleet.queries.cards import device_card
from fleet.queries.facts import device_facts, facts_of
from tests.factory import NOW, TODAY, a_device, a_model, a_tenant, an_organisation, change, write


@pytest.fixture
def organisation(database: Database) -> int:
    return an_organisation(database)


def a_list(database: Database, organisation: int, kind: str, *serials: str, **changes: Any) -> None:
    source = AppleSource(
        kind=kind, key="northbridge", organisation_id=organisation, last_complete_at=NOW, right_servers=["Intune"]
    )
    write(database, source)
    known = {
        "model": "iPad (10th generation)", "order_number": "PO-7", "ordered_on": date(2026, 1, 5), "status": "ASSIGNED",
        "server": "Intune", **changes,
    }  # fmt: skip
    write(
        database,
        *(AppleListing(source_id=source.id, organisation_id=organisation, serial=one, **known) for one in serials),
    )


def apple_part(database: Database, device: int) -> dict[str, tuple[str, bool]]:
    with database.read() as session:
        card = device_card(session, device, now=NOW)
    return {one.label: (one.value, one.disagrees) for one in card.facts if one.group == "Apple"}


def test_a_card_shows_what_apple_says_and_where_the_register_says_otherwise(
    database: Database, organisation: int
) -> None:
    model = a_model(database)
    device = a_device(database, organisation, serial="C0TEST0001", model_id=model, purchased_on=date(2026, 6, 1))
    a_list(database, organisation, "business", "C0TEST0001", coverage="AppleCare+", coverage_until=date(2028, 1, 31))
    a_list(database, organisation, "ade", "C0TEST0001", order_number=None, server=None, status="enrolled")
    assert apple_part(database, device) == {
        "Listed": ("Apple Business Manager and Intune's list from Apple", False), "Read": ("22 Nov 2026", False),
        "Model": ("iPad (10th generation)", False), "Order": ("PO-7", False), "Ordered": ("5 Jan 2026", True),
        "MDM server": ("Intune", False), "Cover": ("AppleCare+", False), "Covered until": ("31 Jan 2028", False),
    }  # fmt: skip


def test_a_card_says_when_apple_does_not_list_it_and_nothing_where_no_list_is(
    database: Database, organisation: int
) -> None:
    device = a_device(database, organisation, serial="C0TEST0001")
    personal = a_device(database, organisation, ownership="personal", status="issued")
    assert apple_part(database, device) == {}
    a_list(database, organisation, "business", "C0TEST0002")
    assert apple_part(database, device) == {"Listed": ("not among the devices that Apple lists as ours", True)}
    assert apple_part(database, personal) == {}


def test_a_device_that_apple_gave_up_is_not_listed(database: Database, organisation: int) -> None:
    device = a_device(database, organisation, serial="C0TEST0001")
    a_list(database, organisation, "business", "C0TEST0001", gone_at=NOW)
    assert apple_part(database, device)["Listed"][1]


def test_facts_are_the_same_for_one_device_and_for_all_and_of_each_organisations_own_lists(
    database: Database, organisation: int
) -> None:
    other = an_organisation(database, "eastmere")
    mine = a_device(database, organisation, serial="C0TEST0001")
    theirs = a_device(database, other, serial="C0TEST0002")
    a_device(database, organisation, kind="thin_client", serial="C0TEST0003")
    a_list(database, organisation, "business", "C0TEST0001", "C0TEST0002")
    with database.read() as session:
        all_of_them = {one.id: one.apple for one in device_facts(session)}
        own = {one.id: one.apple for one in device_facts(session, organisation_id=organisation)}
        few = {one.id: one.apple for one in facts_of(session, [mine, theirs])}
    assert all_of_them[mine] == own[mine] == few[mine]
    assert few[mine] is not None
    assert (few[mine].listed, few[mine].server, few[mine].right_servers, few[mine].tells_server) == (
        True, "Intune", ("Intune",), True,
    )  # fmt: skip
    assert few[theirs] is None
    assert sum(one is not None for one in all_of_them.values()) == 1


def test_what_ends_is_told_soonest_first_and_only_to_whom_it_concerns(database: Database, organisation: int) -> None:
    other = an_organisation(database, "eastmere")
    tenants = {organisation: a_tenant(database, organisation), other: a_tenant(database, other, "eastmere")}

    def token(owner: int, kind: str, days: int, **changes: Any) -> ServiceToken:
        return ServiceToken(
            organisation_id=owner, tenant_id=tenants[owner], kind=kind, graph_id=f"{kind}-{days}",
            expires_at=NOW + timedelta(days=days), **changes,
        )  # fmt: skip

    write(
        database, token(organisation, "vpp", 40, name="Books", state="valid"), token(organisation, "push", 6),
        token(organisation, "ade", 300, name="Enrolment", synced_at=NOW - timedelta(days=9)), token(other, "push", 2),
    )  # fmt: skip
    change(database, Tenant, tenants[organisation], credential_until=TODAY + timedelta(days=20))
    with database.transaction(actor="night", action="sync", now=NOW) as session:
        evaluate(session, Context.from_config({}, NOW))
    with database.read(scope=frozenset({organisation})) as session:
        told = [(one.tenant, one.what, one.until and (one.until - TODAY).days) for one in endings(session)]
    assert told == [
        ("northbridge", "Apple push certificate", 6), ("northbridge", "Fleet's credential", 20),
        ("northbridge", "VPP token Books", 40), ("northbridge", "ADE token Enrolment", None),
    ]  # fmt: skip


def test_an_account_tells_how_its_newest_run_went(database: Database, organisation: int) -> None:
    a_list(database, organisation, "business", "C0TEST0001")
    for state, error in (("complete", None), ("failed", "Apple is unavailable")):
        write(
            database,
            Run(kind="sync", source="apple:northbridge", state=state, actor="night", started_at=NOW, counts={}, problems=[],
                organisation_id=organisation, error=error),
        )  # fmt: skip
    with database.read() as session:
        (one,) = account_states(session)
    assert (one.account, one.organisation, one.last_complete_at) == ("northbridge", "northbridge", NOW)
    assert (one.last_state, one.last_error) == ("failed", "Apple is unavailable")
