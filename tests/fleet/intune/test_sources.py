"""What is read beside people and devices: one batch, what permissions allow, and nothing of it costs the night."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from fleet.domain.sources import ObservedBeside
from fleet.intune.sources import SourceWish, read_sources
from tests.fleet.intune.conftest import NOW, World

SERVICE, APPS = "DeviceManagementServiceConfig.Read.All", "DeviceManagementApps.Read.All"
PHONE = "00000000-0000-4000-8000-00000000000a"


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def registration(tag: str, user: str = PHONE, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"T_{tag}_{changes.get('app', 1)}", "deviceTag": tag, "userId": user, "deviceType": "iPhone",
        "platformVersion": "26.5",
        "createdDateTime": stamp(NOW - timedelta(days=9)), "lastSyncDateTime": stamp(NOW - timedelta(days=1)),
        "managedDeviceId": "", "flaggedReasons": ["none"], "deviceName": "Jo’s iPhone",
        "appIdentifier": {"bundleId": "com.example.mail"}, **changes,
    }  # fmt: skip


def audit(number: int, activity: str = "wipe ManagedDevice", **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{number:08d}-0000-4000-8000-000000000000", "activityType": activity, "activityOperationType": "Action",
        "activityResult": "Success", "activityDateTime": stamp(NOW - timedelta(hours=number)),
        "actor": {"userPrincipalName": "desk@northbridge.gov.example", "applicationId": "portal"},
        "resources": [{"auditResourceType": "ManagedDevice", "resourceId": f"{number:08d}-1111-4111-8111-111111111111"}],
        **changes,
    }  # fmt: skip


@pytest.fixture
def filled(world: World) -> World:
    """A tenant with some of everything, whose application may read it."""
    one = world.directory
    one.permissions |= {SERVICE, APPS}
    one.push_certificate = {"id": "push-1", "expirationDateTime": stamp(NOW + timedelta(days=200))}
    one.ade_tokens = [
        {"id": "ade-1", "tokenName": "Enrolment", "tokenExpirationDateTime": stamp(NOW + timedelta(days=20)),
         "lastSuccessfulSyncDateTime": stamp(NOW), "lastSyncErrorCode": 0}
    ]  # fmt: skip
    one.ade_devices = {
        "ade-1": [{"id": f"i{n}", "serialNumber": f"c0ade{n:05d}", "isDeleted": n == 0} for n in range(5)]
    }
    one.vpp_tokens = [{"id": "vpp-1", "organizationName": "Books", "state": "expired", "lastSyncStatus": "failed"}]
    one.app_registrations = [registration("a"), registration("a", app=2), registration("b", managedDeviceId=PHONE)]
    one.audit_events = [audit(1), audit(2, "Patch DeviceConfiguration")]
    return world


def read(world: World, since: datetime | None = None) -> ObservedBeside:
    with world.client() as client:
        return read_sources(client, SourceWish(since), NOW)


def test_all_of_it_takes_one_batch_and_one_page_of_what_the_token_brought_in(filled: World) -> None:
    before = len(filled.service.requests)
    beside = read(filled)
    asked = [
        one.path
        for one in filled.service.requests[before:]
        if "oauth2" not in one.path and "well-known" not in one.path
    ]
    assert asked == ["/beta/$batch", "/beta/deviceManagement/depOnboardingSettings/ade-1/importedAppleDeviceIdentities"]
    assert beside.problems == ()
    assert beside.not_permitted == ()
    push, ade, vpp = beside.tokens or ()
    assert (push.kind, push.expires_at) == ("push", NOW + timedelta(days=200))
    assert (ade.name, ade.error, ade.synced_at) == ("Enrolment", None, NOW)
    assert (vpp.name, vpp.state, vpp.error) == ("Books", "expired", "its last sync failed")
    assert [one.serial for one in beside.listed or ()] == [f"C0ADE{n:05d}" for n in range(1, 5)]


def test_of_apps_on_own_devices_nothing_is_taken_that_nobody_needs(filled: World) -> None:
    (one,) = read(filled).app_devices or ()
    assert (one.user_id, one.tag, one.kind, one.os_version, one.flagged) == (PHONE, "a", "iphone", "26.5", False)
    assert "Jo" not in repr(one)
    assert "com.example.mail" not in repr(one)


def test_only_remote_actions_of_the_audit_are_taken_and_not_our_own(filled: World) -> None:
    own = {"applicationId": filled.tenant.client_id.upper()}
    filled.directory.audit_events = [
        audit(1), audit(2, "Patch ManagedDevice", activityOperationType="Patch"), audit(3, "retire ManagedDevice", actor=own),
        audit(4, "remoteLock ManagedDevice", resources=[{"auditResourceType": "User", "resourceId": PHONE}]),
        audit(5, "setDeviceName ManagedDevice", activityOperationType="Patch"),
    ]  # fmt: skip
    beside = read(filled)
    actions = beside.portal_actions or ()
    assert [(one.action, one.by) for one in actions] == [
        ("wipe", "desk@northbridge.gov.example"), ("setDeviceName", "desk@northbridge.gov.example"),
    ]  # fmt: skip
    assert [one.code for one in beside.problems] == ["bad-source"]


def test_the_audit_is_read_from_where_it_was_left_with_some_overlap(filled: World) -> None:
    filled.directory.audit_events = [audit(hours) for hours in range(1, 12)]
    beside = read(filled, since=NOW - timedelta(hours=4))
    assert len(beside.portal_actions or ()) == 6
    assert beside.audit_read_to == NOW


def test_long_lists_are_followed_to_their_end(filled: World) -> None:
    filled.service.page_size = 2
    filled.directory.audit_events = [audit(hours) for hours in range(1, 8)]
    beside = read(filled)
    assert (len(beside.listed or ()), len(beside.portal_actions or ())) == (4, 7)


@pytest.mark.parametrize(
    ("lacking", "unread", "parts"),
    [(SERVICE, 1, (None, None, 1, 1)), (APPS, 1, (3, 4, None, None)), ("both", 2, (None, None, None, None))],
)
def test_what_the_token_does_not_allow_is_not_asked_and_said(
    filled: World, lacking: str, unread: int, parts: tuple[int | None, ...]
) -> None:
    filled.directory.permissions -= {SERVICE, APPS} if lacking == "both" else {lacking}
    beside = read(filled)
    told = (beside.tokens, beside.listed, beside.app_devices, beside.portal_actions)
    assert tuple(None if one is None else len(one) for one in told) == parts
    assert len(beside.not_permitted) == unread
    assert beside.problems == ()


def test_a_part_that_is_refused_is_a_problem_and_the_others_go_on(filled: World) -> None:
    filled.service.faults.throw("missing_permission", path="auditEvents", value=APPS)
    beside = read(filled)
    assert beside.portal_actions is None
    assert beside.audit_read_to is None
    assert len(beside.app_devices or ()) == 1
    (problem,) = beside.problems
    assert (problem.code, problem.where) == ("source-unread", "deviceManagement/auditEvents")
    assert APPS in problem.reason


def test_a_service_that_is_down_costs_these_parts_alone(filled: World) -> None:
    filled.service.faults.throw("unavailable", path="$batch")
    beside = read(filled)
    assert (beside.tokens, beside.listed, beside.app_devices, beside.portal_actions) == (None, None, None, None)
    assert [one.code for one in beside.problems] == ["sources-unread"]


def test_a_tenant_without_push_certificate_or_token_has_none(filled: World) -> None:
    filled.directory.push_certificate = None
    filled.directory.ade_tokens, filled.directory.vpp_tokens = [], []
    beside = read(filled)
    assert beside.tokens == []
    assert beside.listed is None
    assert beside.problems == ()


def test_rows_that_make_no_sense_are_counted_and_left_out(filled: World) -> None:
    filled.directory.app_registrations.append({"id": "x", "userId": 7})
    filled.directory.vpp_tokens.append({"id": None})
    filled.directory.ade_devices["ade-1"].append({"serialNumber": ""})
    beside = read(filled)
    assert len(beside.app_devices or ()) == 1
    assert {one.code for one in beside.problems} == {"bad-source"}
    assert len(beside.problems) == 3


def test_a_whole_read_of_a_tenant_carries_it(filled: World) -> None:
    from fleet.intune.read import read_tenant

    with filled.client() as client:
        observed, _ = read_tenant(
            filled.tenant, people_delta_link=None, enrich=None, want_primary_users=False, now=NOW, client=client,
            sources=SourceWish(),
        )  # fmt: skip
    assert observed.beside is not None
    assert len(observed.beside.listed or ()) == 4
