"""A whole read against the simulated service: complete and right, or a clear error. Never something in between."""

import pytest

from fleet.errors import FleetError, NoAccess, SourceUnavailable
from tests.fleet.demo.service.factory import SECRET, make_device, make_user
from tests.fleet.intune.conftest import DEVICES, NOW, PEOPLE, World


def fails(world: World, **options: object) -> FleetError:
    """The error a read ends with, after a look for secrets in it."""
    with pytest.raises(FleetError) as caught:
        world.read(**options)  # type: ignore[arg-type]
    error = caught.value
    told = f"{error} {error!r} {error.facts} {error.__cause__!r} {error.args}"
    assert SECRET not in told
    assert not [token for token in world.tokens if token in told]
    assert "\n" not in error.message
    return error


def test_a_healthy_tenant_is_read_completely(world: World) -> None:
    observed, stats = world.read(details=DEVICES, primary_users=True)
    assert {one.intune_id for one in observed.devices} == set(world.directory.devices)
    assert {one.entra_id for one in observed.people} == set(world.directory.users)
    assert set(observed.details) == set(world.directory.devices)
    assert observed.primary_users == world.directory.primary_users
    assert (observed.read_at, observed.tenant, observed.overview_count) == (NOW, "northbridge", DEVICES)
    assert observed.people_complete
    assert observed.people_delta_link
    assert observed.problems == ()
    graph = [one for one in world.service.requests if "oauth2" not in one.path and "openid" not in one.path]
    assert (stats.requests, stats.retries) == (len(graph), 0)
    assert stats.bytes > 10_000


def test_no_token_goes_to_the_storage_host(world: World) -> None:
    observed, _ = world.read(primary_users=True)
    assert observed.primary_users is not None
    assert [one.status for one in world.service.requests if one.host.startswith("localhost")] == [200]


def test_details_hold_what_the_list_omits(world: World) -> None:
    phone = next(one for one in world.directory.devices.values() if one["iccid"])
    observed, _ = world.read(details=DEVICES)
    detail = observed.details[phone["id"]]
    assert (detail.iccid, detail.udid, detail.notes) == (phone["iccid"], phone["udid"], phone["notes"])


def test_the_second_read_of_people_holds_only_changes(world: World) -> None:
    first, _ = world.read()
    users = world.directory.users
    gone, changed, *_ = list(users)
    del users[gone]
    users[changed]["jobTitle"] = "Team Manager"
    newcomer = make_user(99)
    users[newcomer["id"]] = newcomer
    world.service.touch()
    second, _ = world.read(first.people_delta_link)
    told = {one.entra_id: one for one in second.people}
    assert not second.people_complete
    assert told[gone].removed == "deleted"
    assert told[changed].job_title == "Team Manager"
    assert told[newcomer["id"]].display_name == "Person 99"
    assert second.people_delta_link != first.people_delta_link


@pytest.mark.parametrize("switch", ["delta_expired", "delta_sync_state_not_found"])
def test_a_forgotten_delta_link_reads_everybody_again(world: World, switch: str) -> None:
    first, _ = world.read()
    world.service.faults.throw(switch)
    second, _ = world.read(first.people_delta_link)
    assert second.people_complete
    assert len(second.people) == PEOPLE


def test_a_delta_link_of_another_host_is_not_followed(world: World) -> None:
    observed, _ = world.read("https://graph.example.net/v1.0/users/delta?$deltatoken=x")
    assert observed.people_complete
    assert len(observed.people) == PEOPLE


@pytest.mark.parametrize("switch", ["delta_replay", "delta_empty_page"])
def test_replays_and_empty_pages_of_people_are_normal(world: World, switch: str) -> None:
    world.service.faults.throw(switch)
    first, _ = world.read()
    world.directory.users[next(iter(world.directory.users))]["surname"] = "Changed"
    world.service.touch()
    second, _ = world.read(first.people_delta_link)
    assert len(first.people) == PEOPLE
    assert "Changed" in [one.surname for one in second.people]


@pytest.mark.parametrize(
    "switch",
    [
        "too_many_requests",
        "too_many_requests_fractional",
        "too_many_requests_silent",
        "unavailable",
        "gateway_timeout",
        "server_error",
        "dropped",
        "truncated_json",
        "html_page",
    ],
)
def test_what_passes_is_asked_for_again(world: World, switch: str) -> None:
    world.service.faults.throw(switch, times=2, page=2)
    observed, stats = world.read()
    assert len(observed.devices) == DEVICES
    assert stats.retries == len(world.waits) == 2


@pytest.mark.parametrize(("switch", "wait"), [("too_many_requests", 1.0), ("too_many_requests_fractional", 2.128)])
def test_retry_after_is_obeyed(world: World, switch: str, wait: float) -> None:
    world.service.faults.throw(switch, times=1, path="managedDevices")
    world.read()
    assert world.waits == [wait]


def test_a_retry_after_beyond_the_budget_ends_the_run_at_once(world: World) -> None:
    world.service.faults.throw("too_many_requests", value="7200", path="managedDevices")
    error = fails(world)
    assert (error.code, error.exit_code) == ("time-budget", 4)
    assert "time_budget" in error.message
    assert world.waits == []


@pytest.mark.parametrize(
    ("switch", "code"),
    [
        ("too_many_requests_silent", "throttled"),
        ("unavailable", "unavailable"),
        ("server_error", "unavailable"),
        ("dropped", "network"),
        ("truncated_json", "unreadable"),
        ("html_page", "unreadable"),
    ],
)
def test_what_does_not_pass_is_unavailable(world: World, switch: str, code: str) -> None:
    world.service.faults.throw(switch, path="managedDevices")
    error = fails(world)
    assert (error.code, error.exit_code, type(error)) == (code, 4, SourceUnavailable)


def test_an_expired_token_is_replaced_once(world: World) -> None:
    world.service.faults.throw("expired_token", times=1, page=2)
    observed, stats = world.read()
    assert len(observed.devices) == DEVICES
    assert len(set(world.tokens)) == 2
    assert stats.retries >= 1


def test_a_token_refused_for_ever_is_no_access(world: World) -> None:
    world.service.faults.throw("expired_token", times=100, path="managedDevices")
    error = fails(world)
    assert (error.code, error.exit_code) == ("token-refused", 5)
    refused = [one for one in world.service.requests if one.status == 401 and one.path.endswith("managedDevices")]
    assert len(refused) == 2


def test_a_claims_challenge_is_met(world: World) -> None:
    world.service.faults.throw("claims_challenge", times=1)
    observed, _ = world.read()
    assert len(observed.devices) == DEVICES
    assert len(set(world.tokens)) == 2


@pytest.mark.parametrize(
    ("path", "permission"),
    [("managedDevices", "DeviceManagementManagedDevices.Read.All"), ("users/delta", "User.Read.All")],
)
def test_a_missing_permission_is_named(world: World, path: str, permission: str) -> None:
    world.service.faults.throw("missing_permission", path=path, value="whatever the service says")
    error = fails(world)
    assert (error.code, error.exit_code) == ("missing-permission", 5)
    assert permission in error.message


def test_a_tenant_without_intune_is_told_so(world: World) -> None:
    world.service.faults.throw("no_intune_licence")
    error = fails(world)
    assert (error.code, error.exit_code) == ("no-intune-licence", 5)
    assert "no Intune licence" in error.message


@pytest.mark.parametrize("switch", ["repeated_next_link", "torn_list", "wrong_count"])
def test_a_torn_list_is_no_shorter_list(world: World, switch: str) -> None:
    world.service.faults.throw(switch)
    error = fails(world)
    assert (error.code, error.exit_code) == ("torn", 4)


def test_a_short_list_is_told_with_both_numbers(world: World) -> None:
    world.service.faults.throw("wrong_count")
    error = fails(world)
    assert f"{DEVICES} came" in error.message
    assert str(DEVICES + 7) in error.message


@pytest.mark.parametrize("switch", ["torn_list", "wrong_count", "renamed_between_pages"])
def test_a_list_short_once_is_read_again(world: World, switch: str) -> None:
    world.service.faults.throw(switch, times=1)
    observed, _ = world.read()
    assert {one.intune_id for one in observed.devices} == set(world.directory.devices)


@pytest.mark.parametrize("switch", ["empty_page", "duplicate_rows", "unknown_enums", "masked_phones", "sentinel_dates"])
def test_what_is_odd_but_harmless_changes_no_count(world: World, switch: str) -> None:
    world.service.faults.throw(switch)
    observed, _ = world.read()
    assert {one.intune_id for one in observed.devices} == set(world.directory.devices)
    assert observed.problems == ()


def test_unknown_members_of_enumerations_are_kept(world: World) -> None:
    world.service.faults.throw("unknown_enums")
    observed, _ = world.read()
    assert {one.compliance for one in observed.devices} == {"awaitingReview"}


def test_masked_numbers_and_sentinel_dates_are_absent(world: World) -> None:
    world.service.faults.throw("masked_phones")
    world.service.faults.throw("sentinel_dates")
    observed, _ = world.read()
    assert {(one.phone_number, one.enrolled_at) for one in observed.devices} == {(None, None)}


def test_endless_empty_pages_are_torn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.intune.paging.EMPTY_PAGES", 0)
    world.service.faults.throw("empty_page")
    assert fails(world).code == "torn"


def test_more_pages_than_configured_are_torn(world: World) -> None:
    error = fails(world, tenant={"max_pages": 2})
    assert error.code == "torn"
    assert "max_pages" in error.message


def test_a_link_to_another_host_gets_no_token(world: World) -> None:
    world.service.faults.throw("foreign_next_link", value=world.service.blob)
    error = fails(world)
    assert (error.code, error.exit_code) == ("foreign-link", 4)
    assert not [one for one in world.service.requests if one.host.startswith("localhost")]


def test_an_oversized_page_is_refused(world: World) -> None:
    world.service.faults.throw("oversized_page")
    assert fails(world).code == "too-large"


@pytest.mark.parametrize("value", ["no_id", "wrong_types", "huge_string", "not_an_object"])
def test_one_bad_device_is_a_problem_and_the_run_goes_on(world: World, value: str) -> None:
    world.service.faults.throw("bad_device", value=value)
    observed, _ = world.read()
    assert len(observed.devices) == DEVICES - 1
    assert [one.code for one in observed.problems] == ["bad-device"]
    assert observed.problems[0].value is None


def test_half_an_emoji_in_a_name_costs_nothing(world: World) -> None:
    odd = next(iter(world.directory.devices.values()))
    odd["deviceName"] = "iPad \x00of Jo"
    world.service.touch()
    observed, _ = world.read()
    assert next(one for one in observed.devices if one.intune_id == odd["id"]).device_name == "iPad of Jo"


def test_an_empty_tenant_is_read_as_empty(world: World) -> None:
    world.directory.devices.clear()
    world.service.touch()
    observed, _ = world.read()
    assert (observed.devices, observed.overview_count) == ([], 0)


def test_a_throttled_item_of_a_batch_is_asked_for_again(world: World) -> None:
    world.service.faults.throw("batch_item_throttled", times=1, value=3)
    observed, stats = world.read(details=DEVICES)
    assert len(observed.details) == DEVICES
    assert (stats.retries, world.waits) == (3, [1.0])


def test_a_device_gone_since_the_list_is_a_problem(world: World) -> None:
    world.service.faults.throw("batch_item_missing", times=1)
    observed, _ = world.read(details=DEVICES)
    assert (len(observed.devices), len(observed.details)) == (DEVICES, DEVICES - 1)
    assert [one.code for one in observed.problems] == ["device-gone"]


def test_items_that_keep_failing_are_problems_each(world: World) -> None:
    world.service.faults.throw("batch_item_error", value=2)
    observed, _ = world.read(details=5)
    assert len(observed.details) == 3
    assert [one.code for one in observed.problems] == ["detail-unread", "detail-unread"]


def test_a_batch_that_fails_as_a_whole_does_not_end_the_run(world: World) -> None:
    world.service.faults.throw("unavailable", path="$batch")
    observed, _ = world.read(details=5)
    assert (len(observed.devices), len(observed.details)) == (DEVICES, 0)
    assert {one.code for one in observed.problems} == {"detail-unread"}


def test_details_stay_within_the_published_limit(world: World) -> None:
    for number in range(100, 160):
        extra = make_device(number)
        world.directory.devices[extra["id"]] = extra
    world.service.touch()
    observed, _ = world.read(details=85, device_reads=50)
    assert len(observed.details) == 85
    assert sum(world.waits) > 0


@pytest.mark.parametrize("switch", ["export_fails", "export_never_completes", "export_url_expired"])
def test_a_failing_report_is_a_problem_and_the_run_goes_on(world: World, switch: str) -> None:
    world.service.faults.throw(switch)
    observed, _ = world.read(primary_users=True)
    assert (len(observed.devices), observed.primary_users) == (DEVICES, None)
    assert [one.code for one in observed.problems] == ["primary-users-unread"]
    assert "sig=" not in observed.problems[0].reason


def test_progress_is_told_by_stage(world: World) -> None:
    told: list[tuple[str, int, int | None]] = []
    from fleet.intune.read import read_tenant

    with world.client() as client:
        read_tenant(
            client.tenant,
            people_delta_link=None,
            enrich=lambda devices: [devices[0].intune_id],
            want_primary_users=True,
            now=NOW,
            on_progress=lambda *step: told.append(step),
            client=client,
        )
    assert [step for step in told if step[0] == "devices"] == [
        ("devices", 10, DEVICES),
        ("devices", 20, DEVICES),
        ("devices", 25, DEVICES),
    ]
    assert told.count(("details", 1, 1)) == 1
    stages = {step[0] for step in told} - {"waiting for the report of primary users"}
    assert stages == {"people", "devices", "details", "primary users"}


def test_a_failing_directory_ends_the_read_with_its_own_reason(world: World) -> None:
    world.service.faults.throw("missing_permission", path="users/delta")
    with pytest.raises(NoAccess, match=r"User\.Read\.All"):
        world.read(details=DEVICES)
