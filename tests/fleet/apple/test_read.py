"""One complete read of Apple Business Manager: everything, or an error that says what to do."""

from datetime import date

import pytest

from fleet.apple.read import check_account
from fleet.demo.service.apple import FAULTS
from fleet.errors import ConfigurationProblem, FleetError, NoAccess, SourceUnavailable
from tests.fleet.apple.conftest import NOW, SERIALS, World


def test_everything_is_read_in_as_few_requests_as_there_are_pages(world: World) -> None:
    observed, cost = world.read(ask=SERIALS[:2])
    assert [one.serial for one in observed.devices] == SERIALS
    assert observed.servers == ["Intune", "Old"]
    first = observed.devices[0]
    assert (first.model, first.family, first.order_number) == ("iPad (10th generation)", "iPad", "PO-1")
    assert (first.ordered_on, first.added_on) == (date(2026, 3, 1), date(2026, 3, 2))
    assert [one.server for one in observed.devices[:4]] == ["Intune", "Old", None, "Intune"]
    assert [one.status for one in observed.devices[:3]] == ["ASSIGNED", "ASSIGNED", "UNASSIGNED"]
    assert cost.requests == 1 + 1 + 1 + 2 + 2  # sign-in, devices, services, what each has, AppleCare of two
    assert cost.retries == 0


def test_of_several_agreements_the_one_that_ends_last_counts_and_a_cancelled_one_does_not(world: World) -> None:
    observed, _ = world.read(ask=SERIALS[:2])
    covered, bare = observed.coverage
    assert (covered.until, covered.what) == (date(2028, 6, 30), "AppleCare+ for iPad")
    assert (bare.serial, bare.until) == (SERIALS[1], None)


def test_pages_are_followed_by_their_cursors(world: World) -> None:
    world.service.apple.page_size = 10
    observed, _ = world.read()
    assert [one.serial for one in observed.devices] == SERIALS
    assert world.asked().count("/v1/orgDevices") == 3
    assert sum(one.server == "Intune" for one in observed.devices) == 23


def test_a_released_device_is_not_on_the_list(world: World) -> None:
    world.directory.devices[SERIALS[5]]["releasedFromOrgDateTime"] = "2026-10-01T00:00:00Z"
    observed, _ = world.read()
    assert SERIALS[5] not in {one.serial for one in observed.devices}


def test_a_row_that_makes_no_sense_is_a_problem_and_the_rest_goes_on(world: World) -> None:
    world.directory.devices[SERIALS[3]] = {"serialNumber": 7, "deviceModel": ["iPad"]}
    world.directory.devices[""] = {"serialNumber": None}
    observed, _ = world.read()
    assert len(observed.devices) == 25  # The id is the serial.
    assert [one.code for one in observed.problems] == ["bad-apple-device"]


@pytest.mark.parametrize("fault", ["torn_list", "lost_link", "repeated_link"])
def test_a_list_that_does_not_end_as_it_should_is_not_believed(world: World, fault: str) -> None:
    world.service.apple.throw(fault)
    with pytest.raises(SourceUnavailable, match=r"Apple account northbridge: the list of devices is torn") as error:
        world.read()
    assert error.value.code == "torn"


def test_a_link_elsewhere_gets_no_token(world: World) -> None:
    world.service.apple.throw("foreign_link")
    with pytest.raises(SourceUnavailable, match="another host"):
        world.read()


def test_a_throttled_and_a_failing_answer_are_asked_for_again_after_as_long_as_apple_says(world: World) -> None:
    world.service.apple.throw("throttled", times=2, value=7)
    world.service.apple.throw("unavailable", times=1)
    observed, cost = world.read()
    assert len(observed.devices) == 25
    assert world.waits[:2] == [7.0, 7.0]
    assert cost.retries == 3


def test_an_apple_that_does_not_let_up_is_unavailable(world: World) -> None:
    world.service.apple.throw("throttled")
    with pytest.raises(SourceUnavailable, match="throttles this account"):
        world.read()


def test_a_token_that_ended_early_is_renewed_once(world: World) -> None:
    world.service.apple.throw("expired_token", times=1)
    observed, cost = world.read()
    assert (len(observed.devices), cost.retries) == (25, 1)
    assert world.asked().count("/auth/oauth2/v2/token") == 2


def test_a_refused_role_is_said(world: World) -> None:
    world.service.apple.throw("refused")
    with pytest.raises(NoAccess, match="Give the API account a role"):
        world.read()


def test_a_web_page_in_place_of_an_answer_is_said(world: World) -> None:
    world.service.apple.throw("html_page")
    with pytest.raises(SourceUnavailable, match="proxy or a captive portal"):
        world.read()


def test_no_error_tells_of_a_token_or_a_key(world: World) -> None:
    """Nor does any of them go unnamed: each begins with the account."""
    for fault in FAULTS:
        world.service.apple.throw(fault)
        try:
            world.read()
        except FleetError as error:
            assert error.message.startswith("Apple account northbridge:")
            assert "apple.1." not in error.message
            assert "BEGIN" not in error.message
        world.service.apple.clear()


def test_the_doctor_learns_the_names_of_the_services(world: World) -> None:
    assert set(check_account(world.account, world.client())) == {"Intune", "Old"}


# --- signing in -----------------------------------------------------------------------------------------------


def test_a_key_of_another_account_is_refused_by_apple(world: World) -> None:
    for changes in ({"key_id": "key-2"}, {"client_id": "BUSINESSAPI.nobody"}):
        with pytest.raises(NoAccess, match=r"Apple refuses the sign-in \(invalid_client\)"):
            world.read(**changes)


def test_a_clock_that_is_days_off_is_refused_by_apple(world: World) -> None:
    world.service.clock = lambda: NOW.replace(month=12)
    with pytest.raises(NoAccess, match="this machine's clock"):
        world.read()


def test_a_key_that_others_can_read_is_not_used(world: World) -> None:
    world.account.key_file.chmod(0o640)
    with pytest.raises(ConfigurationProblem, match="chmod 600"):
        world.read()
    assert world.asked() == []


def test_a_file_that_holds_no_such_key_is_named(world: World) -> None:
    world.account.key_file.write_text("-----BEGIN RUBBISH-----\n")
    with pytest.raises(ConfigurationProblem, match=r"no P-256 private key"):
        world.read()
    world.account.key_file.unlink()
    with pytest.raises(ConfigurationProblem, match=r"can't be read"):
        world.read()
