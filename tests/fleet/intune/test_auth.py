"""Signing in: what works, and for what does not one line that says what to do, without a secret in it."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.config import DEMO_MARKER
from fleet.demo.service import Service
from fleet.errors import ConfigurationProblem, FleetError, NoAccess, SourceUnavailable
from fleet.intune.auth import (
    REQUIRED_PERMISSIONS,
    SignInSession,
    TokenSource,
    certificate_expiry,
    missing_permissions,
    token_roles,
    token_source,
)
from tests.fleet.demo.service.factory import SECRET, guid, make_certificate, make_directory
from tests.fleet.dripping import Serve, drip, drip_headers
from tests.fleet.intune.conftest import World


def refusal(world: World, kind: type[FleetError], **changes: object) -> FleetError:
    """The error of a sign-in with a changed configuration."""
    with pytest.raises(kind) as caught:
        world.source(**changes).token()
    error = caught.value
    told = f"{error} {error!r} {error.facts} {error.__cause__!r}"
    assert SECRET not in told
    assert "PRIVATE KEY" not in told
    assert "\n" not in error.message
    return error


def write_pem(path: Path, *, days: int = 365, parts: slice = slice(None), name: str = "fleet-test") -> Path:
    path.touch(mode=0o600)
    path.write_text("".join(make_certificate(days, name)[parts]))
    return path


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[World]:
    """A tenant whose app has a certificate."""
    directory = make_directory(3, 3, certificate_pem=make_certificate(365, "fleet-test")[1])
    with Service([directory]) as service:
        from fleet.config import TenantConfig

        tenant = TenantConfig(
            key="northbridge",
            organisation="northbridge",
            tenant_id=directory.tenant_id,
            client_id=directory.client_id,
            certificate=write_pem(tmp_path / "app.pem"),
            authority=service.authority,
            graph=service.graph,
            ca_bundle=service.ca_pem,
        )
        yield World(service, directory, tenant)


def test_a_secret_signs_in_and_the_token_is_kept(world: World) -> None:
    source = world.source()
    assert source.token() == source.token()
    assert len([one for one in world.service.requests if one.method == "POST"]) == 1


def test_a_fresh_token_is_another_one(world: World) -> None:
    source = world.source()
    assert source.token() != source.token(fresh=True)


def test_claims_are_passed_on(world: World) -> None:
    source = world.source()
    first = source.token()
    assert source.token(claims='{"access_token":{"nbf":{"essential":true,"value":"1"}}}') != first


def test_a_certificate_signs_in(certified: World) -> None:
    assert "User.Read.All" in token_roles(certified.source().token())


def test_a_certificate_after_its_chain_signs_in(certified: World) -> None:
    path = certified.tenant.certificate
    assert path is not None
    key, leaf = make_certificate(365, "fleet-test")
    path.write_text(make_certificate(365, "issuer")[1] + leaf + key)
    assert token_roles(certified.source().token())


def test_an_expired_certificate_is_told_before_anybody_is_asked(certified: World, tmp_path: Path) -> None:
    error = refusal(certified, NoAccess, certificate=write_pem(tmp_path / "old.pem", days=-3))
    assert (error.code, error.exit_code) == ("expired-certificate", 5)
    assert "expired on" in error.message
    assert certified.service.requests == []


def test_a_certificate_of_tomorrow_points_to_the_clock(certified: World) -> None:
    past = datetime.now(UTC) - timedelta(days=1000)
    source = TokenSource(certified.tenant, now=lambda: past)
    with pytest.raises(NoAccess, match="clock"):
        source.token()


def test_another_certificate_than_the_uploaded_one_is_refused(certified: World, tmp_path: Path) -> None:
    error = refusal(certified, NoAccess, certificate=write_pem(tmp_path / "other.pem", name="other"))
    assert (error.code, error.facts["aadsts"]) == ("bad-certificate", 700027)


@pytest.mark.parametrize(
    ("parts", "word"),
    [(slice(0, 1), "no certificate"), (slice(1, 2), "no private key"), (slice(0, 0), "no private key")],
)
def test_an_incomplete_pem_says_what_is_missing(certified: World, tmp_path: Path, parts: slice, word: str) -> None:
    error = refusal(certified, ConfigurationProblem, certificate=write_pem(tmp_path / "part.pem", parts=parts))
    assert word in error.message


def test_a_key_of_another_certificate_is_refused(certified: World, tmp_path: Path) -> None:
    path = tmp_path / "mixed.pem"
    path.write_text(make_certificate()[0] + make_certificate(365, "other")[1])
    assert "doesn't belong" in refusal(certified, ConfigurationProblem, certificate=path).message


def test_a_missing_certificate_file_is_named(certified: World, tmp_path: Path) -> None:
    assert "gone.pem" in refusal(certified, ConfigurationProblem, certificate=tmp_path / "gone.pem").message


def test_doctor_learns_when_a_certificate_ends(tmp_path: Path) -> None:
    ends = certificate_expiry(write_pem(tmp_path / "app.pem"))
    assert timedelta(days=364) < ends - datetime.now(UTC) < timedelta(days=366)


def test_a_wrong_tenant_id_is_told(world: World) -> None:
    error = refusal(world, NoAccess, tenant_id=guid("nowhere"))
    assert (error.code, error.exit_code) == ("wrong-tenant", 5)
    assert "tenant_id" in error.message


@pytest.mark.parametrize("tenant_id", ["common", "adfs", "a/b", "x?y", ""])
def test_what_is_no_tenant_id_is_a_matter_of_configuration(world: World, tenant_id: str) -> None:
    assert refusal(world, ConfigurationProblem, tenant_id=tenant_id).exit_code == 2


def test_an_app_of_another_tenant_is_told(world: World) -> None:
    error = refusal(world, NoAccess, client_id=guid("stranger"))
    assert (error.code, error.facts["aadsts"]) == ("unknown-app", 700016)


def test_a_wrong_secret_is_told_and_a_right_one_then_works(world: World, secret_file: Path) -> None:
    secret_file.write_text("wrong-secret-wrong-secret")
    source = world.source()
    with pytest.raises(NoAccess) as caught:
        source.token()
    assert (caught.value.code, caught.value.exit_code) == ("wrong-secret", 5)
    assert "wrong-secret-wrong-secret" not in f"{caught.value!r} {caught.value.facts} {caught.value.__context__!r}"
    secret_file.write_text(SECRET)
    assert source.token()


def test_an_expired_secret_is_told(world: World) -> None:
    world.service.faults.throw("secret_expired")
    assert refusal(world, NoAccess).code == "expired-secret"


def test_no_credential_at_all_is_told(world: World) -> None:
    assert refusal(world, ConfigurationProblem, secret_file=None).exit_code == 2


def test_an_endpoint_that_recovers_is_waited_for(world: World) -> None:
    world.service.faults.throw("token_unavailable", times=2)
    assert world.source().token()
    assert len(world.waits) == 2


def test_an_endpoint_that_does_not_recover_is_unavailable(world: World) -> None:
    world.service.faults.throw("token_unavailable", times=100)
    error = refusal(world, SourceUnavailable)
    assert error.exit_code == 4
    assert len(world.waits) == 3


def test_a_closed_port_is_unavailable(world: World) -> None:
    world.service.stop()
    error = refusal(world, SourceUnavailable)
    assert (error.code, error.exit_code) == ("network", 4)


def test_a_name_without_address_is_a_matter_of_dns(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = refusal(world, SourceUnavailable, authority="https://login.invalid")
    assert (error.code, error.facts["host"]) == ("dns", "login.invalid")


def test_a_dead_proxy_is_named_without_its_password(world: World, unused_port: int) -> None:
    error = refusal(world, SourceUnavailable, proxy=f"http://joe:hunter2@127.0.0.1:{unused_port}")
    assert (error.code, error.exit_code) == ("proxy", 4)
    assert f"127.0.0.1:{unused_port}" in error.message
    assert "hunter2" not in f"{error!r} {error.facts}"


def test_the_environments_proxy_is_used_unless_excepted(
    world: World, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{unused_port}")
    assert refusal(world, SourceUnavailable).code == "proxy"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert world.source().token()


def test_a_proxy_named_for_everything_is_named_in_the_message(
    world: World, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{unused_port}")
    error = refusal(world, SourceUnavailable)
    assert (error.code, f"through the proxy 127.0.0.1:{unused_port}" in error.message) == ("proxy", True)


@pytest.mark.parametrize(
    "address", ["socks5://joe:hunter2@proxy.example:1080", "http://proxy.example:99999", "http://[::bad", "ftp://proxy"]
)
def test_a_proxy_of_another_kind_is_told_at_once_as_the_reason(
    world: World, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world.tenant.ca_bundle or Path()).with_name(DEMO_MARKER).touch()  # No reason to start the demonstration's service.
    monkeypatch.setenv("HTTPS_PROXY", address)
    error = refusal(world, SourceUnavailable)
    assert (error.code, world.waits) == ("proxy-address", [])
    assert "http://HOST:PORT" in error.message
    assert "hunter2" not in error.message


def test_only_a_demonstration_that_refuses_connections_has_to_be_started(world: World, unused_port: int) -> None:
    (world.tenant.ca_bundle or Path()).with_name(DEMO_MARKER).touch()
    error = refusal(world, SourceUnavailable, authority=f"https://127.0.0.1:{unused_port}")
    assert (error.code, world.waits) == ("not-served", [])
    world.service.faults.throw("dropped", times=1)
    _, stats = world.read()
    assert stats.retries == 1, "a connection that broke is tried again"


def test_a_certificate_nobody_vouches_for_is_told_at_once(world: World) -> None:
    error = refusal(world, SourceUnavailable, ca_bundle=None)
    assert (error.code, world.waits) == ("tls", [])
    assert "ca_bundle" in error.message


def test_the_environments_ca_bundle_does_not_win_over_the_configured_one(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nothing.pem"))
    assert world.source().token()


def test_the_environments_ca_bundle_serves_where_none_is_configured(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(world.service.ca_pem))
    assert world.source(ca_bundle=None).token()


def test_a_ca_bundle_that_is_not_there_is_a_matter_of_configuration(world: World, tmp_path: Path) -> None:
    assert "nothing.pem" in refusal(world, ConfigurationProblem, ca_bundle=tmp_path / "nothing.pem").message
    (tmp_path / "text.pem").write_text("hello")
    assert refusal(world, ConfigurationProblem, ca_bundle=tmp_path / "text.pem").exit_code == 2


def test_a_netrc_does_not_replace_the_token(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login joe password hunter2\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with world.client() as client:
        assert client.get("/deviceManagement/managedDeviceOverview")["enrolledDeviceCount"] == 25


def test_a_process_signs_in_to_a_tenant_through_one_app(world: World) -> None:
    assert token_source(world.tenant) is token_source(replace(world.tenant))


def test_a_token_source_shows_no_secret(world: World) -> None:
    source = world.source()
    token = source.token()
    assert token not in repr(source)
    assert SECRET not in repr(source)


def make_token(claims: object) -> str:
    return f"x.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.y"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.!.c", make_token([]), make_token({"roles": "all"})])
def test_a_token_that_tells_no_roles_has_none(token: str) -> None:
    assert token_roles(token) == frozenset()


def test_missing_permissions_are_named_by_purpose() -> None:
    assert missing_permissions([]) == dict(REQUIRED_PERMISSIONS)
    granted = ["DeviceManagementManagedDevices.ReadWrite.All", "Directory.Read.All"]
    assert missing_permissions(granted) == {}
    assert missing_permissions(["DeviceManagementManagedDevices.Read.All", "User.Read.All"]) == {
        "primary users": "DeviceManagementConfiguration.ReadWrite.All"
    }


@pytest.mark.parametrize("answer", [drip, drip_headers])
def test_a_sign_in_that_drips_without_an_end_is_hung_up_on(world: World, serve: Serve, answer: Any) -> None:
    """A timeout counts from byte to byte: such an answer never takes too long."""
    with SignInSession(replace(world.tenant, time_budget=0.2)) as session, pytest.raises(SourceUnavailable) as caught:
        session.request("GET", serve(answer))
    assert caught.value.code == "time-budget"
