"""Rules about Apple's lists, tokens, and apps on own devices."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fleet.domain.facts import AppDeviceFact, AppleFact, BesideFact, ListingFact, TokenFact
from fleet.domain.rules import Context, find_all, find_beside
from fleet.domain.rules.fixes import TAKE_INTO_STOCK
from fleet.domain.rules.sources import RULES
from fleet.errors import ConfigurationProblem

TODAY = date(2026, 11, 22)
LISTED = AppleFact(
    True, "ASSIGNED", "Intune", ("Intune",), True, "PO-1", date(2026, 1, 5), date(2028, 1, 1), "AppleCare+"
)
TOKEN = TokenFact(3, "northbridge", "nb-tenant", "vpp", "vpp-1", "Books", TODAY + timedelta(days=200), "valid")
LISTING = ListingFact(5, "northbridge", "C0TEST0001", "business", order_number="PO-1", added_on=date(2026, 9, 1))
APPS = AppDeviceFact(7, "northbridge", "nb-tenant", "user-1", "iphone", "bryn@x.example", "active")


def of_device(well: Any, now: datetime, apple: AppleFact | None, **changes: Any) -> list[tuple[str, str]]:
    keys = {rule.key for rule in RULES}
    found = find_all([well(apple=apple, **changes)], (), Context.from_config({}, now))
    return [(one.rule, one.sentence) for one in found if one.rule in keys]


def beside(fact: BesideFact, now: datetime, **rules: Any) -> list[tuple[str, str, str]]:
    return [(one.rule, one.severity, one.sentence) for one in find_beside([fact], Context.from_config(rules, now))]


# --- devices --------------------------------------------------------------------------------------------------


def test_a_device_that_all_is_well_with_is_not_mentioned(well: Any, now: datetime) -> None:
    assert of_device(well, now, LISTED) == []
    assert of_device(well, now, None) == [], "no list, no rule"


def test_an_enrolled_device_on_no_list_is_found(well: Any, now: datetime) -> None:
    ((rule, sentence),) = of_device(well, now, AppleFact(False))
    assert (rule, "not among the devices that Apple lists as ours" in sentence) == ("not-on-apple-list", True)
    assert of_device(well, now, AppleFact(False), status="unrecorded", holder_id=None) == []
    assert of_device(well, now, AppleFact(False), intune_id=None, open_enrolments=0, open_tenants=0) == []


@pytest.mark.parametrize(
    ("apple", "says"),
    [
        (replace(LISTED, server="Old"), "assigned to Old, not to Intune."),
        (replace(LISTED, server=None, status="UNASSIGNED"), "assigned to no management service."),
        (replace(LISTED, server="Old", right_servers=("Intune", "Jamf")), "not to Intune and Jamf."),
    ],
)
def test_a_device_assigned_elsewhere_or_nowhere_is_found(well: Any, now: datetime, apple: AppleFact, says: str) -> None:
    ((rule, sentence),) = of_device(well, now, apple)
    assert (rule, sentence.endswith(says)) == ("wrong-mdm-server", True)


@pytest.mark.parametrize(
    "apple",
    [
        replace(LISTED, server=None, status="ASSIGNED"),  # Apple's two lists are a little apart in time.
        replace(LISTED, server="Old", right_servers=()),
        replace(LISTED, server=None, status="UNASSIGNED", tells_server=False),
    ],
)
def test_where_apple_does_not_tell_or_nobody_said_what_is_right_nothing_is_found(
    well: Any, now: datetime, apple: AppleFact
) -> None:
    assert of_device(well, now, apple) == []


@pytest.mark.parametrize(("days", "found"), [(-1, 0), (0, 1), (30, 1), (31, 0)])
def test_cover_that_ends_within_a_month_is_found(well: Any, now: datetime, days: int, found: int) -> None:
    rules = of_device(well, now, replace(LISTED, coverage_until=TODAY + timedelta(days=days)))
    assert [rule for rule, _ in rules] == ["applecare-ending"] * found


# --- bought, tokens, apps -------------------------------------------------------------------------------------


def test_what_was_bought_and_never_seen_is_found_after_a_month(now: datetime) -> None:
    ((rule, _, sentence),) = beside(LISTING, now)
    assert rule == "bought-never-enrolled"
    assert sentence == (
        "On Apple Business Manager since 1 Sep 2026 with order PO-1, but it never enrolled and nobody recorded it."
    )
    assert beside(replace(LISTING, recorded_as="ordered"), now)[0][2].endswith("and recorded as ordered.")
    assert beside(replace(LISTING, added_on=TODAY - timedelta(days=29)), now) == []
    assert beside(replace(LISTING, added_on=None), now) == []
    assert beside(LISTING, now, **{"bought-never-enrolled": {"days": 100}}) == []
    assert RULES[0].fixes == (TAKE_INTO_STOCK,)


@pytest.mark.parametrize(
    ("days", "severity"),
    [(61, None), (60, "low"), (31, "low"), (30, "medium"), (8, "medium"), (7, "high"), (-3, "high")],
)
def test_a_token_is_graver_the_sooner_it_ends(now: datetime, days: int, severity: str | None) -> None:
    found = beside(replace(TOKEN, expires_on=TODAY + timedelta(days=days)), now)
    assert [(rule, told) for rule, told, _ in found] == ([("token-expiring", severity)] if severity else [])
    if days < 0:
        assert found[0][2] == "The VPP token of nb-tenant ended on 19 Nov 2026."


def test_steps_of_tokens_must_be_in_order() -> None:
    with pytest.raises(ConfigurationProblem, match="of token-expiring"):
        Context.from_config({"token-expiring": {"days": 5}}, datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": "invalid"}, "is invalid."),
        ({"state": "assignedToExternalMDM"}, "is used by another management service."),
        ({"state": "sleepy"}, "is in the state sleepy."),
        ({"synced_at": datetime(2026, 11, 18, tzinfo=UTC), "error": "error 7"}, "since 18 Nov 2026 (error 7)."),
    ],
)
def test_a_token_that_does_not_work_is_found(now: datetime, changes: dict[str, Any], says: str) -> None:
    ((rule, _, sentence),) = beside(replace(TOKEN, **changes), now)
    assert (rule, sentence.endswith(says)) == ("token-failing", True)


def test_a_token_that_works_or_has_just_expired_is_not_also_called_broken(now: datetime) -> None:
    assert beside(replace(TOKEN, synced_at=now), now) == []
    over = replace(TOKEN, state="expired", expires_on=TODAY - timedelta(days=1))
    assert [rule for rule, _, _ in beside(over, now)] == ["token-expiring"]


def test_work_apps_that_nobody_approved_are_found(now: datetime) -> None:
    ((rule, _, sentence),) = beside(APPS, now)
    assert rule == "apps-unapproved"
    assert sentence == "bryn@x.example has work apps on an own iPhone that is not enrolled; nobody approved it."
    assert beside(replace(APPS, approved=True), now) == []
    assert "2 own iPhones" in beside(replace(APPS, devices=2), now)[0][2]
    assert "and has left" in beside(replace(APPS, person_state="left"), now)[0][2]
    assert beside(replace(APPS, upn=None), now)[0][2].startswith("an account nobody knows has work apps")
