"""Who may come in to the page, and who not."""

import pytest

from fleet.errors import UsageProblem
from tui.web.gate import OPERATOR_HEADER, PROXY_HEADER, Gate, Refused, is_loopback, origins_of

KEY, SECRET = "k" * 32, "s" * 32
LOCAL = Gate(origins_of("127.0.0.1", 8000, None), KEY)
PROXIED = Gate(origins_of("127.0.0.1", 8000, "https://fleet.northbridge.gov.example"), KEY, SECRET)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.10"])
def test_this_machine_is_told_by_its_address(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.4", "fleet.example", "127.0.0.1.example", "", "localhost.example"]
)
def test_any_other_address_is_another(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://localhost:8001", "https://127.0.0.1:8000", "http://127.0.0.1:8000.evil.example"],
)  # fmt: skip
def test_a_page_from_elsewhere_opens_no_session(origin: str | None) -> None:
    assert isinstance(LOCAL.refuse_origin(origin), Refused)


def test_a_name_that_somebody_points_at_this_machine_gets_no_page() -> None:
    assert isinstance(LOCAL.refuse_host("evil.example:8000"), Refused)
    assert LOCAL.refuse_host("127.0.0.1:8000") is None
    assert LOCAL.refuse_host("LOCALHOST:8000") is None
    assert isinstance(PROXIED.refuse_host("127.0.0.1:8000"), Refused)
    assert PROXIED.refuse_host("fleet.northbridge.gov.example") is None


def test_without_a_proxy_the_key_opens_and_nothing_else() -> None:
    assert isinstance(LOCAL.operator({}, ""), Refused)
    assert isinstance(LOCAL.operator({}, "kk"), Refused)
    assert isinstance(LOCAL.operator({PROXY_HEADER: SECRET, OPERATOR_HEADER: "anna"}, ""), Refused)
    assert LOCAL.operator({}, KEY) is None
    assert LOCAL.operator({OPERATOR_HEADER: "admin"}, KEY) is None, "a header names nobody without a proxy"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101, "a\x1bb", "\u202eadmin"])
def test_behind_a_proxy_a_name_that_is_none_is_refused(name: str) -> None:
    assert isinstance(PROXIED.operator({PROXY_HEADER: SECRET, OPERATOR_HEADER: name}, ""), Refused)


def test_behind_a_proxy_a_session_is_whoever_it_names() -> None:
    assert PROXIED.operator({PROXY_HEADER: SECRET, OPERATOR_HEADER: "anna"}, "") == "anna"
    assert isinstance(PROXIED.operator({OPERATOR_HEADER: "anna"}, KEY), Refused)
    assert isinstance(PROXIED.operator({PROXY_HEADER: "guess", OPERATOR_HEADER: "anna"}, ""), Refused)
    assert not PROXIED.opens(KEY)


def test_addresses_are_written_as_browsers_write_them() -> None:
    assert origins_of("127.0.0.1", 80, None) == {"http://127.0.0.1", "http://localhost"}
    assert "http://[::1]:8000" in origins_of("::1", 8000, None)
    assert origins_of("x", 1, "https://fleet.example:443/desk/") == {"https://fleet.example"}
    assert origins_of("x", 1, "https://fleet.example:8443") == {"https://fleet.example:8443"}


@pytest.mark.parametrize(
    "url", ["fleet.example", "http://fleet.example", "ftp://fleet.example", "https://", "https://a:b@fleet.example",
            "https://fleet.example/?x=1", "https://[::1", "https://fleet.example:99999"],
)  # fmt: skip
def test_a_public_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageProblem, match="--public-url"):
        origins_of("127.0.0.1", 8000, url)
