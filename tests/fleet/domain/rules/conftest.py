"""Two verbs for every rule: `finds` and `stays_quiet`, on a device that is well but for what the test changes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fleet.domain.facts import DeviceFact, Found
from fleet.domain.rules import Context, find_all

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

WELL: dict[str, Any] = {
    "id": 7,
    "organisation": "northbridge",
    "kind": "ipad",
    "ownership": "organisation",
    "status": "issued",
    "status_since": date(2026, 3, 2),
    "serial": "DMPX1TESTF1",
    "asset_tag": "NB-0007",
    "model": "iPad (9th generation)",
    "holder_id": 31,
    "holder_upn": "asha.penrose@northbridge.example",
    "holder_state": "active",
    "issued_on": date(2026, 3, 2),
    "intune_id": "11111111-aaaa-4bbb-8ccc-000000000007",
    "tenant": "northbridge",
    "tenant_organisation": "northbridge",
    "enrolled_upn": "asha.penrose@northbridge.example",
    "enrolled_person_id": 31,
    "enrolled_at": NOW - timedelta(days=260),
    "last_seen": NOW - timedelta(hours=5),
    "enrolment_ownership": "company",
    "supervised": True,
    "encrypted": True,
    "jailbroken": False,
    "compliance": "compliant",
    "os_version": "27.0.1",
    "open_enrolments": 1,
    "open_tenants": 1,
    "ever_enrolled": True,
}
NOT_ENROLLED: dict[str, Any] = {
    name: None
    for name in (
        "intune_id",
        "tenant",
        "tenant_organisation",
        "enrolled_upn",
        "enrolled_person_id",
        "enrolled_at",
        "last_seen",
        "enrolment_ownership",
        "supervised",
        "encrypted",
        "jailbroken",
        "compliance",
        "os_version",
    )
} | {"open_enrolments": 0, "open_tenants": 0}
PERSONAL: dict[str, Any] = {
    "ownership": "personal",
    "asset_tag": None,
    "enrolment_ownership": "personal",
    "supervised": False,
    "byod_state": "enrolled",
    "byod_consent_until": date(2027, 3, 1),
}

Verb = Callable[..., Any]


def _night(rule: str, changes: dict[str, Any], rules: Any, now: datetime) -> list[Found]:
    context = Context.from_config(rules or {}, now)
    return [found for found in find_all([DeviceFact(**WELL | changes)], (), context) if found.rule == rule]


@pytest.fixture
def finds() -> Verb:
    """The rule finds the changed device exactly once; gives back the finding."""

    def verb(rule: str, *traits: dict[str, Any], rules: Any = None, now: datetime = NOW, **changes: Any) -> Found:
        found = _night(rule, {k: v for trait in (*traits, changes) for k, v in trait.items()}, rules, now)
        assert len(found) == 1, f"{rule} found {len(found)} times"
        return found[0]

    return verb


@pytest.fixture
def stays_quiet() -> Verb:
    """The rule does not find the changed device."""

    def verb(rule: str, *traits: dict[str, Any], rules: Any = None, now: datetime = NOW, **changes: Any) -> None:
        found = _night(rule, {k: v for trait in (*traits, changes) for k, v in trait.items()}, rules, now)
        assert found == []

    return verb


@pytest.fixture
def well() -> Callable[..., DeviceFact]:
    """A device with nothing wrong, but for the changes."""
    return lambda **changes: DeviceFact(**WELL | changes)


@pytest.fixture
def not_enrolled() -> dict[str, Any]:
    """What a device without an open enrolment looks like."""
    return NOT_ENROLLED


@pytest.fixture
def personal() -> dict[str, Any]:
    """What an approved personal device looks like."""
    return PERSONAL


@pytest.fixture
def now() -> datetime:
    """The moment of the night."""
    return NOW
