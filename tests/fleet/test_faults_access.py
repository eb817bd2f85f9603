"""Who may not, and what does not answer: one clear line, the right exit code, and a register that stays as it was."""

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.database import Database
from fleet.database.models import Event
from fleet.errors import ConfigurationProblem
from tests.fleet.demo.service.factory import SECRET, make_certificate
from tests.fleet.test_faults import different
from tests.fleet.town import CHANGES, KEY, Town

UNKNOWN = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def unused_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fails(town: Town, exit_code: int, *says: str, **settings: Any) -> str:
    """A sync with these settings ends in one line that says so, and leaves the register alone; the next one is good."""
    before = town.contents()
    result = town.sync(tenant=settings)
    error = result.error or ""
    assert (result.complete, result.exit_code) == (False, exit_code), error
    for part in says:
        assert part in error
    run = town.last_run()
    assert (run.state, run.error) == ("failed", error)
    assert different(before, town.contents()) == {}
    again = town.sync()
    assert {"people": again.people, "devices": again.devices} == CHANGES
    return error


def test_a_wrong_tenant_id(town: Town) -> None:
    fails(town, 5, "tenant id", "tenant_id in config.toml", tenant_id=UNKNOWN)


@pytest.mark.parametrize("tenant_id", ["common", "not a guid", "../../x", ""])
def test_a_tenant_id_that_is_none(town: Town, tenant_id: str) -> None:
    fails(town, 2, "tenant_id must be the GUID", tenant_id=tenant_id)


def test_a_wrong_client_id(town: Town) -> None:
    fails(town, 5, "client_id in config.toml", client_id=UNKNOWN)


def a_secret(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_wrong_secret(town: Town, tmp_path: Path) -> None:
    error = fails(town, 5, "client secret is wrong", "AADSTS7000215", secret_file=a_secret(tmp_path, "hunter2"))
    assert "hunter2" not in error


def test_a_secret_that_others_can_read(town: Town, tmp_path: Path) -> None:
    fails(town, 2, "chmod 600", secret_file=a_secret(tmp_path, SECRET, 0o644))


def test_a_secret_that_is_not_there(town: Town, tmp_path: Path) -> None:
    fails(town, 2, "can't be read", secret_file=tmp_path / "nothing")


def test_an_empty_secret(town: Town, tmp_path: Path) -> None:
    fails(town, 2, "is empty", secret_file=a_secret(tmp_path, " \n"))


def test_an_environment_variable_that_is_not_set(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NORTHBRIDGE_SECRET", raising=False)
    fails(town, 2, "NORTHBRIDGE_SECRET is empty", secret_file=None, secret_env="NORTHBRIDGE_SECRET")


def test_a_secret_from_the_environment_is_as_good(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORTHBRIDGE_SECRET", SECRET)
    result = town.sync(tenant={"secret_file": None, "secret_env": "NORTHBRIDGE_SECRET"})
    assert (result.complete, result.error) == (True, None)


def a_certificate(folder: Path, **options: Any) -> Path:
    path = folder / "app.pem"
    path.write_text("".join(make_certificate(**options)))
    return path


def test_an_expired_certificate(town: Town, tmp_path: Path) -> None:
    pem = a_certificate(tmp_path, days=-3)
    fails(town, 5, "expired on", "Make a new one", secret_file=None, certificate=pem)


def test_a_certificate_that_was_never_uploaded(town: Town, tmp_path: Path) -> None:
    fails(town, 5, "certificate", "Upload", secret_file=None, certificate=a_certificate(tmp_path))


@pytest.mark.parametrize(
    "content", ["", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n", "\0\xff"]
)
def test_a_certificate_that_is_none(town: Town, tmp_path: Path, content: str) -> None:
    (tmp_path / "app.pem").write_text(content)
    fails(town, 2, "app.pem", secret_file=None, certificate=tmp_path / "app.pem")


def test_a_proxy_that_does_not_answer(town: Town, unused_port: int) -> None:
    error = fails(town, 4, "proxy", f"127.0.0.1:{unused_port}", proxy=f"http://joe:hunter2@127.0.0.1:{unused_port}")
    assert "hunter2" not in error


def test_a_service_that_is_not_there(town: Town, unused_port: int) -> None:
    address = f"https://127.0.0.1:{unused_port}"
    fails(town, 4, "can't be reached", authority=address)
    town.night(2)
    before = town.contents()
    result = town.sync(tenant={"graph": address})
    assert result.exit_code == 4
    assert different(before, town.contents()) == {}


def test_a_name_without_an_address(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **options: Any) -> Any:
        if host == "login.fleet.invalid":  # Asking the machine's own resolver would need a network to be quick.
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    fails(town, 4, "login.fleet.invalid has no address (DNS)", authority="https://login.fleet.invalid")


def test_a_certificate_authority_nobody_here_trusts(town: Town, tmp_path: Path) -> None:
    (tmp_path / "other-ca.pem").write_text(make_certificate()[1])
    fails(town, 4, "isn't trusted here", "ca_bundle", ca_bundle=tmp_path / "other-ca.pem")


def test_a_ca_bundle_that_is_not_there(town: Town, tmp_path: Path) -> None:
    fails(town, 2, "ca_bundle", "doesn't exist", ca_bundle=tmp_path / "nothing.pem")


def test_a_tenant_the_register_does_not_know(town: Town) -> None:
    from dataclasses import replace

    from fleet.commands.sync import SyncOptions, sync_tenant
    from tests.fleet.town import NIGHT_2

    stranger = replace(town.config.tenant(KEY), key="elsewhere")
    with Database(town.url, create=False) as database:
        result = sync_tenant(database, stranger, SyncOptions("nightly", NIGHT_2), town.read)
    assert (result.exit_code, result.run) == (ConfigurationProblem.exit_code, None)
    assert "does not know a tenant called elsewhere" in (result.error or "")


# --- the brake ----------------------------------------------------------------------------------------------


def test_the_brake_lets_a_confirmed_number_pass_and_keeps_the_reason(town: Town) -> None:
    town.service.faults.throw("half_list")
    before = town.contents()
    for number, reason in ((None, None), (20, "half of them were sold"), (0, "no")):
        refused = town.sync(confirm=number, reason=reason)
        assert (refused.exit_code, refused.complete) == (3, False)
        assert "--confirm 21" in (refused.error or "")
        assert town.last_run().state == "refused"
        assert different(before, town.contents()) == {}
    passed = town.sync(confirm=21, reason="half of them were sold")
    assert (passed.complete, passed.error, passed.devices["missing"]) == (True, None, 21)
    with Database(town.url, create=False) as database, database.read() as session:
        event = session.get_one(Event, passed.event)
        assert "half of them were sold" in (event.reason or "")
        assert (event.actor, event.run_id) == ("nightly", passed.run)


def test_what_was_confirmed_once_comes_back_when_the_list_is_whole_again(town: Town) -> None:
    town.service.faults.throw("half_list")
    assert town.sync(confirm=21, reason="half of them were sold").complete
    town.night(2)
    back = town.sync()
    assert (back.complete, back.error, back.devices["missing"]) == (True, None, 1)


def test_an_empty_directory_is_refused_for_people(town: Town) -> None:
    town.service.faults.throw("delta_expired")
    for state in town.service.states():
        state.directory.users.clear()
    town.service.touch()
    before = town.contents()
    result = town.sync()
    assert (result.exit_code, town.last_run().state) == (3, "refused")
    assert "10 people are absent" in (result.error or "")
    assert different(before, town.contents()) == {}


def test_a_dry_run_writes_nothing_at_all(town: Town) -> None:
    before = town.contents(frozenset())
    result = town.sync(dry=True)
    assert {"people": result.people, "devices": result.devices} == CHANGES
    assert (result.run, result.event) == (None, None)
    assert result.plan
    town.service.faults.throw("half_list")
    assert town.sync(dry=True).exit_code == 3
    assert town.contents(frozenset()) == before


@pytest.mark.parametrize("only", ["people", "devices"])
def test_one_half_can_be_applied_alone(town: Town, only: str) -> None:
    first = town.sync(only=only)
    assert (first.complete, first.error) == (True, None)
    assert {"people": first.people, "devices": first.devices}[only] == CHANGES[only]
    other = "devices" if only == "people" else "people"
    whole = town.sync()
    assert {"people": whole.people, "devices": whole.devices}[other] == CHANGES[other]


def test_a_run_that_was_given_up_meanwhile_applies_nothing(town: Town) -> None:
    """A laptop sleeps in the middle of a sync; when it wakes, another machine has long done the night."""
    from fleet.commands.sync import SyncOptions, sync_tenant
    from tests.fleet.town import NIGHT_2

    def read(*arguments: Any, **options: Any) -> Any:
        told = town.read(*arguments, **options)
        later = town.sync(now=NIGHT_2 + timedelta(hours=2))
        assert (later.complete, later.error) == (True, None)
        seen.append(town.contents())
        return told

    seen: list[Any] = []
    with Database(town.url, create=False) as database:
        result = sync_tenant(database, town.config.tenant(KEY), SyncOptions("nightly", NIGHT_2), read)
    assert (result.complete, result.exit_code) == (False, 1)
    assert "given up" in (result.error or "")
    assert different(seen[0], town.contents()) == {}


def test_two_syncs_of_a_tenant_at_once_are_one_too_many(town: Town) -> None:
    from fleet.commands.sync import SyncOptions, sync_tenant
    from tests.fleet.town import NIGHT_2

    def read(*arguments: Any, **options: Any) -> Any:
        second = town.sync()
        assert (second.complete, second.exit_code, second.run) == (False, 6, None)
        assert "has been running since 03:00 UTC" in (second.error or "")
        return town.read(*arguments, **options)

    with Database(town.url, create=False) as database:
        result = sync_tenant(database, town.config.tenant(KEY), SyncOptions("nightly", NIGHT_2), read)
    assert {"people": result.people, "devices": result.devices} == CHANGES


def test_a_mistake_in_the_program_leaves_the_register_and_a_run_that_says_so(town: Town) -> None:
    from fleet.commands.sync import SyncOptions, sync_tenant
    from tests.fleet.town import NIGHT_2

    def read(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    before = town.contents()
    with Database(town.url, create=False) as database, pytest.raises(ZeroDivisionError):
        sync_tenant(database, town.config.tenant(KEY), SyncOptions("nightly", NIGHT_2), read)
    run = town.last_run()
    assert (run.state, "mistake in the program" in (run.error or "")) == ("failed", True)
    assert different(before, town.contents()) == {}
    assert town.sync().complete


def test_ctrl_c_is_told_as_what_it_was(town: Town) -> None:
    from fleet.commands.sync import SyncOptions, sync_tenant
    from tests.fleet.town import NIGHT_2

    def read(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with Database(town.url, create=False) as database, pytest.raises(KeyboardInterrupt):
        sync_tenant(database, town.config.tenant(KEY), SyncOptions("nightly", NIGHT_2), read)
    run = town.last_run()
    assert (run.state, run.error) == ("failed", "Stopped by whoever started it. The register was left as it was.")
    assert town.sync().complete
