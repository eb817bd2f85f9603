"""Interactive sign-in: MSAL with a browser of its own, and a page that sends nobody anywhere but to this machine."""

import functools
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msal
import pytest
import requests

from fleet.clock import utc_now
from fleet.demo.directory import TenantDirectory
from fleet.demo.service import Service
from tests.fleet.demo.service.caller import DEVICES, Caller
from tests.fleet.demo.service.conftest import Clock
from tests.fleet.demo.service.factory import make_directory

SCOPES = ["DeviceManagementManagedDevices.Read.All", "User.Read.All"]
HERE = "http://localhost:1234"

pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post'")  # Both ways back are tried.


class Form(HTMLParser):
    """The one form of a page: where it leads, and its fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self.action = named.get("action") or ""
        if tag == "input" and (name := named.get("name")):
            self.fields[name] = named.get("value") or ""

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def clock() -> Any:
    """MSAL reads the real clock, so the service does too."""
    return utc_now


@pytest.fixture
def http(service: Service) -> Iterator[requests.Session]:
    session = requests.Session()
    session.trust_env = False
    session.request = functools.partial(session.request, verify=str(service.ca_pem), timeout=(5, 30))  # type: ignore[method-assign]
    yield session
    session.close()


@pytest.fixture
def app(service: Service, directory: TenantDirectory, http: requests.Session) -> msal.PublicClientApplication:
    authority = f"{service.authority}/{directory.tenant_id}"
    return msal.PublicClientApplication(
        directory.client_id, authority=authority, instance_discovery=False, http_client=http
    )


def browse(http: requests.Session, address: str, **typed: str) -> requests.Response:
    """What a person does: look at the page, fill in the form, send it."""
    form = Form(http.get(address).text)
    return http.post(address.partition("?")[0], data={**form.fields, **typed}, allow_redirects=False)


def browser(http: requests.Session, **typed: str) -> Callable[[str], None]:
    """The same to the end, on a thread of its own, as a browser would."""

    def work(address: str) -> None:
        sent = Form(browse(http, address, **typed).text)
        requests.post(sent.action, data=sent.fields, timeout=10)

    return lambda address: threading.Thread(target=work, args=(address,)).start()


def begin(app: msal.PublicClientApplication, **more: Any) -> dict[str, Any]:
    flow: dict[str, Any] = app.initiate_auth_code_flow(SCOPES, redirect_uri=HERE, **more)
    return flow


def test_msal_signs_a_person_in_through_the_page(
    app: msal.PublicClientApplication, http: requests.Session, caller: Caller
) -> None:
    told = app.acquire_token_interactive(
        SCOPES, timeout=30, auth_uri_callback=browser(http, user="PERSON0003@northbridge.example")
    )
    assert told["id_token_claims"]["preferred_username"] == "person0003@northbridge.example"
    caller.token = told["access_token"]
    assert caller.get(DEVICES).status_code == 200
    (account,) = app.get_accounts()
    again = app.acquire_token_silent_with_error(["User.Read.All"], account, force_refresh=True)
    assert again["access_token"] != told["access_token"]


def test_a_redirect_carries_code_and_state(app: msal.PublicClientApplication, http: requests.Session) -> None:
    flow = begin(app, login_hint="person0001@northbridge.example")
    assert Form(http.get(flow["auth_uri"]).text).fields["user"] == "person0001@northbridge.example"
    sent = browse(http, flow["auth_uri"])
    assert sent.status_code == 302
    place, _, query = sent.headers["Location"].partition("?")
    assert place == HERE
    told = app.acquire_token_by_auth_code_flow(flow, dict(parse_qsl(query)))
    assert told["id_token_claims"]["oid"] in told["id_token_claims"]["sub"]
    with pytest.raises(ValueError, match="state"):
        app.acquire_token_by_auth_code_flow(flow, {"state": "another", "code": "x"})


def test_who_cancels_is_told_as_declined(app: msal.PublicClientApplication, http: requests.Session) -> None:
    flow = begin(app)
    sent = browse(http, flow["auth_uri"], cancel="1")
    told = app.acquire_token_by_auth_code_flow(flow, dict(parse_qsl(urlsplit(sent.headers["Location"]).query)))
    assert told["error"] == "access_denied"
    assert "AADSTS65004" in told["error_description"]


@pytest.mark.parametrize(
    ("user", "number"), [("nobody@elsewhere.example", "50034"), ("", "50034"), ("disabled", "50057")]
)
def test_a_wrong_account_is_told_on_the_page(
    app: msal.PublicClientApplication, http: requests.Session, directory: TenantDirectory, user: str, number: str
) -> None:
    someone = list(directory.users.values())[2]
    someone["accountEnabled"] = False
    page = browse(http, begin(app)["auth_uri"], user=someone["userPrincipalName"] if user == "disabled" else user)
    assert page.status_code == 200
    assert f"AADSTS{number}" in page.text


def code_of(app: msal.PublicClientApplication, http: requests.Session) -> tuple[str, str]:
    """A code and its verifier."""
    flow = begin(app)
    sent = browse(http, flow["auth_uri"], user="person0001@northbridge.example")
    return parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0], flow["code_verifier"]


def redeem(caller: Caller, code: str, verifier: str, redirect_uri: str = HERE) -> Any:
    answer = caller.ask_token(
        grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=redirect_uri, scope=SCOPES[0]
    )
    return answer.json().get("error_codes", [answer.status_code])[0]


def test_a_code_is_good_once_for_its_verifier_and_address(
    app: msal.PublicClientApplication, http: requests.Session, caller: Caller
) -> None:
    code, verifier = code_of(app, http)
    assert redeem(caller, "invented", verifier) == 9002313
    assert redeem(caller, code, "a" * 43) == 501481
    assert redeem(caller, code, verifier, "http://localhost:9") == 500112
    assert redeem(caller, code, verifier) == 200
    assert redeem(caller, code, verifier) == 54005


def test_a_code_expires() -> None:
    clock = Clock()
    directory = make_directory()
    with Service([directory], clock=clock) as service:
        caller = Caller(service, directory)
        challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        address = f"{service.authority}/{directory.tenant_id}/oauth2/v2.0/authorize"
        asked = {
            "client_id": directory.client_id, "response_type": "code", "redirect_uri": HERE, "code_challenge": challenge,
            "code_challenge_method": "S256", "user": "person0001@northbridge.example",
        }  # fmt: skip
        sent = caller.session.post(address, data=asked, allow_redirects=False, timeout=10)
        clock.pass_by(minutes=11)
        code = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
        assert redeem(caller, code, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == 70008
        caller.close()


@pytest.mark.parametrize(
    "place",
    [
        "https://graph.example.net/",
        "http://localhost.example.net/",
        "http://localhost@example.net/",
        "javascript:alert(1)",
        "",
    ],
)
def test_nobody_is_sent_to_another_machine(
    service: Service, directory: TenantDirectory, http: requests.Session, place: str
) -> None:
    address = f"{service.authority}/{directory.tenant_id}/oauth2/v2.0/authorize"
    asked = {"client_id": directory.client_id, "response_type": "code", "redirect_uri": place}
    for answer in (http.get(address, params=asked), http.post(address, data=asked, allow_redirects=False)):
        assert (answer.status_code, answer.json()["error_codes"]) == (400, [50011])
        assert "Location" not in answer.headers


def test_without_proof_key_there_is_no_page(
    service: Service, directory: TenantDirectory, http: requests.Session
) -> None:
    address = f"{service.authority}/{directory.tenant_id}/oauth2/v2.0/authorize"
    asked = {"client_id": directory.client_id, "redirect_uri": HERE}
    for more, number in (({"response_type": "code"}, "9002325"), ({"response_type": "token"}, "700054")):
        answer = http.get(address, params=asked | more, allow_redirects=False)
        assert answer.status_code == 302
        assert f"AADSTS{number}" in answer.headers["Location"]
    stranger = http.get(address, params={"client_id": "x", "redirect_uri": HERE})
    assert stranger.json()["error_codes"] == [700016]


def test_text_of_the_request_is_inert_on_the_page(
    app: msal.PublicClientApplication, http: requests.Session, directory: TenantDirectory
) -> None:
    directory.display_name = "<script>alert('council')</script>"
    flow = begin(app, state='"><script>alert(1)</script>', login_hint="'\"><b>")
    page = http.get(flow["auth_uri"]).text
    assert "<script>" not in page
    assert "<b>" not in page
    assert Form(page).fields["state"] == '"><script>alert(1)</script>'
