"""Remote actions over the wire: each arrives once and in the right words, and an unknown outcome is called unknown."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fleet.config import TenantConfig
from fleet.config.actions import ActionCredential
from fleet.demo.service import Service
from fleet.domain.remote import (
    ACTIONS,
    CorporateDevice,
    PersonalDevice,
    ReadDevice,
    Recorded,
    Target,
    compare,
    target_of,
)
from fleet.errors import Conflict, FleetError, NoAccess, NotAllowed, UsageProblem
from fleet.intune.actions import ActionClient, NotSent, Refused, Unsure, perform
from fleet.intune.auth import TokenSource
from fleet.intune.sign_in import acting_tenant
from tests.fleet.demo.service.factory import guid, make_directory

KEY = "northbridge"
OURS, OWN = guid(KEY, "device", 1), guid(KEY, "device", 4)
SECRET = "an-action-secret"
TOLD = {
    "rename": {"name": "NB-IPAD-7"},
    "category": {"category": "social WORK"},
    "notes": {"notes": "in the drawer"},
    "lost-mode-on": {"message": "Please ring us", "number": "01632 960 001"},
    "wipe": {"keep-esim": "yes"},
}


def fresh_directory() -> Any:
    directory = make_directory(6, 3, KEY)
    directory.action_client_id, directory.action_secret = guid(KEY, "actions"), SECRET
    return directory


@pytest.fixture(scope="module")
def started() -> Iterator[Service]:
    with Service([fresh_directory()]) as service:
        yield service


@pytest.fixture
def service(started: Service) -> Service:
    started.faults.clear()
    started.replace(fresh_directory())
    started.accepted.clear()
    started.requests.clear()
    return started


@pytest.fixture
def tenant(service: Service, tmp_path: Path) -> TenantConfig:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    return TenantConfig(
        KEY, KEY, guid(KEY, "tenant"), guid(KEY, "client"), secret_env="NOWHERE", authority=service.authority,
        graph=service.graph, ca_bundle=service.ca_pem, actions=ActionCredential(guid(KEY, "actions"), secret_file=secret),
    )  # fmt: skip


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(tenant: TenantConfig, waits: list[float]) -> Iterator[ActionClient]:
    acting = acting_tenant(tenant)
    with ActionClient(tenant, TokenSource(acting, sleep=waits.append), sleep=waits.append) as client:
        yield client


def recorded(read: ReadDevice, ownership: str = "organisation", **values: Any) -> Recorded:
    known = Recorded(1, 1, KEY, read.intune_id, ownership, "NB000001", "NB000001", read.serial, read.model, read.upn)
    return replace(known, **values)


def target(client: ActionClient, intune_id: str = OURS, ownership: str = "organisation") -> Target:
    read = client.read(intune_id)
    assert read is not None
    return target_of(recorded(read, ownership), read)


def sent(service: Service) -> list[tuple[str, str]]:
    return [(one.device_id, one.action) for one in service.accepted]


@pytest.mark.parametrize("key", ACTIONS)
def test_each_action_arrives_once_by_the_application_of_the_actions(
    key: str, client: ActionClient, service: Service
) -> None:
    perform(client, target(client), ACTIONS[key].told(TOLD.get(key, {})))
    wanted = ACTIONS[key].result or {"notes": "patch"}.get(key, key)
    assert sent(service) == [(OURS, wanted)]
    (one,) = service.accepted
    assert one.app == guid(KEY, "actions")
    bodies: dict[str, Any] = {
        "rename": {"deviceName": "NB-IPAD-7"},
        "notes": {"notes": "in the drawer"},
        "lost-mode-on": {"message": "Please ring us", "phoneNumber": "01632 960 001", "footer": ""},
        "play-sound": {"durationInMinutes": "5"},
        "wipe": {"keepEnrollmentData": False, "keepUserData": False, "persistEsimDataPlan": True},
    }
    if key != "category":
        assert one.body == bodies.get(key, {})


@pytest.mark.parametrize(
    ("switch", "options", "error", "arrives"),
    [
        ("action_accepted_504", {}, Unsure, 1),
        ("action_accepted_cut", {}, Unsure, 1),
        ("action_cut", {}, Unsure, 0),
        ("unavailable", {"path": "rebootnow"}, Unsure, 0),
        ("server_error", {"path": "rebootnow"}, Unsure, 0),
        ("gateway_timeout", {"path": "rebootnow", "page": 0}, Unsure, 0),
        ("too_many_requests", {"path": "rebootnow"}, NotSent, 0),
        ("too_many_requests", {"path": "rebootnow", "times": 2}, None, 1),
        ("too_many_requests_silent", {"path": "rebootnow", "times": 1}, None, 1),
        ("too_many_requests_fractional", {"path": "rebootnow", "times": 1}, None, 1),
        ("expired_token", {"path": "rebootnow"}, None, 1),
        ("claims_challenge", {"path": "rebootnow"}, None, 1),
        ("missing_permission", {"path": "rebootnow"}, Refused, 0),
        ("no_intune_licence", {"path": "rebootnow"}, Refused, 0),
        ("device_gone", {"path": "rebootnow"}, Refused, 0),
        ("slow", {"path": "rebootnow", "value": 0.01}, None, 1),
    ],
)
def test_whatever_the_service_does_an_action_is_sent_at_most_once_and_the_outcome_is_called_by_its_name(
    switch: str,
    options: dict[str, Any],
    error: type[FleetError] | None,
    arrives: int,
    client: ActionClient,
    service: Service,
) -> None:
    device = target(client)
    service.faults.throw(switch, **options)
    if error is None:
        perform(client, device, ACTIONS["restart"].told({}))
    else:
        with pytest.raises(error):
            perform(client, device, ACTIONS["restart"].told({}))
    assert len(service.accepted) == arrives
    posts = [one for one in service.requests if one.method == "POST" and "rebootNow" in one.path]
    answered_unread = sum(one.status in (401, 429) for one in posts)
    assert len(posts) - answered_unread <= 1


def test_what_never_left_the_machine_is_not_sent(tenant: TenantConfig, client: ActionClient, service: Service) -> None:
    device = target(client)
    nowhere = replace(tenant, graph="https://127.0.0.1:9")
    source = TokenSource(acting_tenant(tenant))
    with ActionClient(nowhere, source, sleep=lambda _: None) as other, pytest.raises(NotSent):
        perform(other, device, ACTIONS["restart"].told({}))
    assert service.accepted == []


def test_nothing_but_retire_can_be_done_to_somebodys_own_device(client: ActionClient, service: Service) -> None:
    device = target(client, OWN, "personal")
    assert isinstance(device, PersonalDevice)
    for key, action in ACTIONS.items():
        if key != "retire":
            with pytest.raises(NotAllowed):
                perform(client, device, action.told(TOLD.get(key, {})))
    calls = [client.wipe, client.delete, lambda one: client.act(one, "rebootNow"), lambda one: client.set_notes(one, "x"),
             lambda one: client.set_category(one, "x")]  # fmt: skip
    for call in calls:  # Past the types, too.
        with pytest.raises(TypeError):
            call(device)  # type: ignore[operator]
    assert service.accepted == []
    perform(client, device, ACTIONS["retire"].told({}))
    assert sent(service) == [(OWN, "retire")]


@pytest.mark.parametrize(
    ("ours", "theirs"), [("organisation", "personal"), ("personal", "company"), ("organisation", "unknown")]
)
def test_a_device_that_either_side_does_not_call_ours_is_somebodys_own(
    ours: str, theirs: str, client: ActionClient, service: Service
) -> None:
    next(iter(service.states())).directory.devices[OURS]["managedDeviceOwnerType"] = theirs
    assert isinstance(target(client, OURS, ours), PersonalDevice)


def test_a_device_to_act_on_is_made_from_a_reading_alone(client: ActionClient) -> None:
    device = target(client)
    with pytest.raises(TypeError):
        CorporateDevice(device.read, object())
    with pytest.raises(TypeError):
        client.act(device, "wipe")  # type: ignore[arg-type]


def test_another_serial_is_another_device_and_other_facts_are_shown_as_differing(client: ActionClient) -> None:
    read = client.read(OURS)
    assert read is not None
    with pytest.raises(Conflict, match="not certain that this is the device"):
        target_of(recorded(read, serial="C39ZZZ"), read)
    with pytest.raises(Conflict):
        target_of(recorded(read, intune_id=OWN), read)
    sides = compare(recorded(read, model="iPad (9th generation)", holder="somebody@else.example"), read)
    assert sides.differing == ("Model", "Holder")
    assert compare(recorded(read), read).differing == ()


def test_a_result_is_read_without_what_it_holds_and_that_is_shown_on_request_alone(
    client: ActionClient, service: Service
) -> None:
    for key in ("reset-passcode", "lock", "locate", "bypass-activation-lock"):
        perform(client, target(client), ACTIONS[key].told({}))
    service.check_in(KEY, OURS)
    read = client.read(OURS)
    assert read is not None
    held = {one.name: one for one in read.results}
    assert held["resetPasscode"].brings and held["remoteLock"].brings and held["locateDevice"].brings
    stored = service.state(guid(KEY, "tenant")).directory.devices[OURS]
    secrets = [one.get("passcode") or one.get("unlockPin") for one in stored["deviceActionResults"]]
    for secret in [*filter(None, secrets), stored["activationLockBypassCode"]]:
        assert secret not in repr(read)
    brought = client.brought(OURS, "reset-passcode", "resetPasscode")
    assert brought is not None and brought.reveal() in secrets and brought.reveal() not in repr(brought)
    assert (pin := client.brought(OURS, "lock", "remoteLock")) is not None and pin.what == "unlock PIN"
    assert (code := client.brought(OURS, "bypass-activation-lock", None)) is not None
    assert code.reveal() == stored["activationLockBypassCode"]
    assert (place := client.brought(OURS, "locate", "locateDevice")) is not None and "within 65 m" in place.reveal()
    assert client.brought(OURS, "restart", "rebootNow") is None


def test_a_category_that_the_tenant_has_not_is_refused_before_anything_is_sent(
    client: ActionClient, service: Service
) -> None:
    with pytest.raises(Refused, match="Councillors"):
        perform(client, target(client), ACTIONS["category"].told({"category": "Gardeners"}))
    assert service.accepted == []


def test_the_sync_application_can_not_send_actions_and_the_other_one_reads_no_people(
    tenant: TenantConfig, service: Service
) -> None:
    assert acting_tenant(tenant).client_id != tenant.client_id
    with pytest.raises(FleetError, match="off for"):
        acting_tenant(replace(tenant, actions=None))
    directory = next(iter(service.states())).directory
    assert "User.Read.All" not in directory.action_permissions
    wrong = replace(
        tenant, actions=ActionCredential(guid("nobody"), secret_file=tenant.actions and tenant.actions.secret_file)
    )
    with ActionClient(wrong, TokenSource(acting_tenant(wrong))) as client, pytest.raises(NoAccess):
        client.read(OURS)


@pytest.mark.parametrize(
    ("key", "told", "said"),
    [
        ("rename", {}, "needs name"),
        ("rename", {"name": "x" * 64}, "64 characters"),
        ("lost-mode-on", {"message": "Hello"}, "needs number"),
        ("lost-mode-on", {"message": "Hello", "number": "ring me"}, "not a telephone number"),
        ("lost-mode-on", {"message": "Two\nlines", "number": "01632 960 001"}, "one line"),
        ("sync", {"name": "x"}, "takes no name"),
    ],
)
def test_an_action_that_is_told_too_little_or_nonsense_is_not_asked_for(
    key: str, told: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageProblem, match=said):
        ACTIONS[key].told(told)
