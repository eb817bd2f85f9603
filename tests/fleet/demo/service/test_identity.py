"""Signing in: MSAL itself against the service, and Entra's ways of refusing."""

import base64
import functools
import json
from collections.abc import Iterator
from typing import Any

import jwt
import msal
import pytest
import requests

from fleet.clock import utc_now
from fleet.demo.directory import TenantDirectory
from fleet.demo.service import Service
from tests.fleet.demo.service.caller import DEVICES, SCOPE, Caller
from tests.fleet.demo.service.conftest import Clock
from tests.fleet.demo.service.factory import SECRET, make_certificate, make_directory


@pytest.fixture
def clock() -> Any:
    """MSAL reads the real clock, so the service does too."""
    return utc_now


@pytest.fixture
def directory() -> TenantDirectory:
    return make_directory(certificate_pem=make_certificate()[1])


@pytest.fixture
def http(service: Service) -> Iterator[requests.Session]:
    session = requests.Session()
    session.trust_env = False
    session.request = functools.partial(session.request, verify=str(service.ca_pem), timeout=(5, 30))  # type: ignore[method-assign]
    yield session
    session.close()


def confidential(service: Service, directory: TenantDirectory, http: requests.Session, credential: Any) -> Any:
    return msal.ConfidentialClientApplication(
        directory.client_id,
        client_credential=credential,
        authority=f"{service.authority}/{directory.tenant_id}",
        instance_discovery=False,
        http_client=http,
    )


def test_msal_gets_a_token_that_graph_accepts_by_secret(service, directory, http, caller):
    result = confidential(service, directory, http, SECRET).acquire_token_for_client([SCOPE])
    caller.token = result["access_token"]
    assert result["expires_in"] == 3599
    assert caller.get(DEVICES).status_code == 200


def test_msal_gets_a_token_by_certificate_with_ps256(service, directory, http):
    private, public = make_certificate()
    app = confidential(service, directory, http, {"private_key": private, "public_certificate": public})
    claims = jwt.decode(app.acquire_token_for_client([SCOPE])["access_token"], options={"verify_signature": False})
    assert claims["tid"] == directory.tenant_id
    assert claims["appid"] == directory.client_id
    assert claims["roles"] == sorted(directory.permissions)


def test_msal_gets_a_token_by_thumbprint_with_rs256(service, directory, http):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    private, public = make_certificate()
    thumbprint = x509.load_pem_x509_certificate(public.encode()).fingerprint(hashes.SHA1()).hex()
    app = confidential(service, directory, http, {"private_key": private, "thumbprint": thumbprint})
    assert "access_token" in app.acquire_token_for_client([SCOPE])


def test_an_unregistered_certificate_is_refused(service, directory, http):
    private, public = make_certificate(name="somebody else")
    app = confidential(service, directory, http, {"private_key": private, "public_certificate": public})
    result = app.acquire_token_for_client([SCOPE])
    assert result["error"] == "invalid_client"
    assert result["error_codes"] == [700027]
    assert "not registered" in result["error_description"]


def test_a_forged_signature_under_the_right_thumbprint_is_refused(service, directory, http):
    private, _ = make_certificate(name="somebody else")
    _, public = make_certificate()
    app = confidential(service, directory, http, {"private_key": private, "public_certificate": public})
    result = app.acquire_token_for_client([SCOPE])
    assert result["error_codes"] == [700027]
    assert "signature" in result["error_description"]


def test_an_expired_certificate_is_refused_and_named_as_expired(service, directory, http):
    private, public = make_certificate(days=-3)
    directory.certificate_pem = public
    app = confidential(service, directory, http, {"private_key": private, "public_certificate": public})
    result = app.acquire_token_for_client([SCOPE])
    assert result["error_codes"] == [700027]
    assert "is expired" in result["error_description"]


@pytest.mark.parametrize(
    ("claim", "value", "number"),
    [("aud", "https://elsewhere.example", 700023), ("iss", "another-app", 700021), ("exp", 1.5, 700024)],
)
def test_an_assertion_with_a_wrong_claim_is_refused(caller, directory, claim, value, number):
    private, public = make_certificate()
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    print_of = x509.load_pem_x509_certificate(public.encode()).fingerprint(hashes.SHA256())
    now = utc_now().timestamp()
    claims = {
        "aud": f"{caller.service.authority}/{directory.tenant_id}/oauth2/v2.0/token",
        "iss": directory.client_id,
        "sub": directory.client_id,
        "iat": now,
        "exp": now + 600,
        claim: value,
    }
    assertion = jwt.encode(
        claims, private, algorithm="PS256", headers={"x5t#S256": base64.urlsafe_b64encode(print_of).decode()}
    )
    answer = caller.ask_token(grant_type="client_credentials", scope=SCOPE, client_assertion=assertion)
    assert answer.status_code == 401
    assert answer.json()["error_codes"] == [number]


def test_an_unknown_tenant_stops_discovery_and_token(service, directory, http, caller):
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        msal.ConfidentialClientApplication(
            directory.client_id,
            client_credential=SECRET,
            authority=f"{service.authority}/11111111-1111-4111-8111-111111111111",
            instance_discovery=False,
            http_client=http,
        )
    answer = caller.ask_token("11111111-1111-4111-8111-111111111111", grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (
        400,
        "invalid_request",
        [90002],
    )


def test_an_unknown_app_is_400_and_a_wrong_secret_401(caller):
    stranger = caller.ask_token(client_id="22222222-2222-4222-8222-222222222222", grant_type="client_credentials")
    assert (stranger.status_code, stranger.json()["error_codes"]) == (400, [700016])
    wrong = caller.ask_token(grant_type="client_credentials", scope=SCOPE, client_secret="guess")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert wrong.json()["error_description"].startswith("AADSTS7000215: Invalid client secret")
    assert {"timestamp", "trace_id", "correlation_id", "error_uri"} <= wrong.json().keys()


def test_a_token_request_without_credential_or_scope_is_refused(caller):
    bare = caller.ask_token(grant_type="client_credentials", scope=SCOPE)
    assert bare.json()["error_codes"] == [7000218]
    narrow = caller.ask_token(grant_type="client_credentials", scope="User.Read.All", client_secret=SECRET)
    assert narrow.json()["error"] == "invalid_scope"
    assert caller.ask_token(scope=SCOPE).json()["error_codes"] == [900144]


def test_device_code_is_pending_until_it_is_approved(service, directory, http):
    service.approve_after_polls, service.device_code_interval = None, 1
    app = msal.PublicClientApplication(
        directory.client_id,
        authority=f"{service.authority}/{directory.tenant_id}",
        instance_discovery=False,
        http_client=http,
    )
    flow = app.initiate_device_flow(["User.Read.All", "DeviceManagementManagedDevices.Read.All"])
    waiting = app.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)
    assert waiting["error"] == "authorization_pending"
    service.approve(flow["user_code"])
    flow["interval"] = 0
    done = app.acquire_token_by_device_flow(flow)
    assert done["id_token_claims"]["preferred_username"] == "person0000@northbridge.example"
    (account,) = app.get_accounts()
    assert account["home_account_id"].endswith(directory.tenant_id)
    again = app.acquire_token_silent_with_error(["User.Read.All"], account, force_refresh=True)
    assert again["access_token"] != done["access_token"]


def test_device_code_is_approved_by_itself_after_some_polls(service, directory, http, caller):
    service.approve_after_polls, service.device_code_interval = 2, 0
    app = msal.PublicClientApplication(
        directory.client_id,
        authority=f"{service.authority}/{directory.tenant_id}",
        instance_discovery=False,
        http_client=http,
    )
    result = app.acquire_token_by_device_flow(app.initiate_device_flow(["DeviceManagementManagedDevices.Read.All"]))
    caller.token = result["access_token"]
    assert caller.get(DEVICES).status_code == 200
    assert caller.get("users/delta").status_code == 403


def test_msal_carries_the_claims_of_a_challenge_and_is_let_in(service, directory, http, caller):
    app = confidential(service, directory, http, SECRET)
    caller.token = app.acquire_token_for_client([SCOPE])["access_token"]
    service.faults.throw("claims_challenge")
    refused = caller.get(DEVICES)
    assert refused.status_code == 401
    assert 'error="insufficient_claims"' in refused.headers["WWW-Authenticate"]
    encoded = refused.headers["WWW-Authenticate"].partition('claims="')[2].rstrip('"')
    challenge = base64.urlsafe_b64decode(encoded).decode()
    assert "nbf" in json.loads(challenge)["access_token"]
    assert caller.get(DEVICES).status_code == 401
    caller.token = app.acquire_token_for_client([SCOPE], claims_challenge=challenge)["access_token"]
    assert caller.get(DEVICES).status_code == 200


def test_instance_discovery_names_the_loopback_host(caller):
    answer = caller.session.get(f"{caller.service.authority}/common/discovery/instance", timeout=10).json()
    assert answer["metadata"][0]["aliases"] == ["127.0.0.1"]


def test_an_expired_device_code_is_refused():
    clock = Clock()
    directory = make_directory()
    with Service([directory], clock=clock) as service:
        caller = Caller(service, directory)
        address = f"{service.authority}/{directory.tenant_id}/oauth2/v2.0/devicecode"
        flow = caller.session.post(
            address, data={"client_id": directory.client_id, "scope": "User.Read"}, timeout=10
        ).json()
        clock.pass_by(minutes=16)
        answer = caller.ask_token(
            grant_type="urn:ietf:params:oauth:grant-type:device_code", device_code=flow["device_code"]
        )
        caller.close()
    assert answer.json()["error"] == "expired_token"
