"""The switches over HTTPS: whoever points a client at the service can throw them."""

import pytest
import requests

from fleet.demo.service import Service
from fleet.demo.service.faults import CATALOGUE, Faults
from fleet.demo.service.switchboard import throw_as_typed
from tests.fleet.demo.service.factory import make_directory


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with Service([make_directory(3, 2)], folder=tmp_path_factory.mktemp("service")) as found:
        yield found


def ask(service, method, path):
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, f"{service.graph}{path}", verify=str(service.ca_pem), timeout=10)


def test_switches_are_listed_thrown_and_turned_off(service):
    assert {one["name"] for one in ask(service, "GET", "/faults").json()["switches"]} >= set(CATALOGUE)
    on = ask(service, "POST", "/faults/token_unavailable?times=1").json()["on"]
    assert [(one["name"], one["times"], one["hits"]) for one in on] == [("token_unavailable", 1, 0)]
    tenant = next(iter(service.states())).directory.tenant_id
    token = f"/{tenant}/oauth2/v2.0/token"
    assert [ask(service, "POST", token).status_code for _ in range(2)] == [503, 400], "it strikes once"
    assert ask(service, "DELETE", "/faults").json() == {"on": []}
    assert not service.faults.on()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/faults/nonsense", 404),
        ("POST", "/faults/unavailable?times=often", 400),
        ("POST", "/faults/unavailable?when=now", 400),
        ("POST", "/faults", 405),
        ("PUT", "/faults/unavailable", 405),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(service, method, path, status):
    answer = ask(service, method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["message"].endswith(".")
    assert not service.faults.on()


def test_those_of_apple_are_among_them(service):
    known = {one["name"] for one in ask(service, "GET", "/faults").json()["switches"]}
    assert {"apple_half_list", "apple_foreign_link", "apple_throttled"} <= known
    ask(service, "POST", "/faults/apple_throttled?times=2&value=7&tenant=northbridge")
    ask(service, "POST", "/faults/unavailable")
    assert [(one["name"], one["tenant"]) for one in ask(service, "POST", "/faults/apple_half_list").json()["on"]] == [
        ("unavailable", None), ("apple_throttled", "northbridge"), ("apple_half_list", None),
    ]  # fmt: skip
    assert ask(service, "POST", "/faults/apple_half_list?path=x").status_code == 400
    left = ask(service, "DELETE", "/faults/apple_half_list").json()["on"]
    assert [one["name"] for one in left] == ["unavailable", "apple_throttled"]
    assert ask(service, "DELETE", "/faults").json() == {"on": []}


def test_a_switch_is_thrown_as_it_is_typed(service):
    faults = Faults()
    throw_as_typed(faults, service.apple, "slow:value=0.5,path=devices,times=3")
    (thrown,) = faults.on()
    assert (thrown.value, thrown.path, thrown.times) == (0.5, "devices", 3)
    with pytest.raises(ValueError, match="no switch called nothing"):
        throw_as_typed(faults, service.apple, "nothing")
    throw_as_typed(faults, service.apple, "apple_refused:times=1")
    assert [one.name for one in service.apple.on()] == ["refused"]
    service.apple.clear()
