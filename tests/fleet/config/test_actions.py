"""Remote actions are off until a tenant names another application for them; what is wrong is said at once, all of it."""

from pathlib import Path

import pytest

from fleet.config import Config, load_config
from fleet.config.actions import PER_HOUR, SECOND
from fleet.errors import ConfigurationProblem

TENANT = """
[organisation.northbridge]
name = "Northbridge Council"
[tenant.northbridge]
organisation = "northbridge"
tenant_id = "t"
client_id = "c0ffee"
certificate = "northbridge.pem"
"""


def load(home: Path, more: str) -> Config:
    (home / "config.toml").write_text(TENANT + more, encoding="utf-8")
    return load_config(home, {})


def test_without_a_table_of_its_own_a_tenant_has_no_actions(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    assert config.tenants["northbridge"].actions is None
    assert (config.actions.second, config.actions.per_hour) == (frozenset(SECOND), PER_HOUR)


def test_technicians_sign_in_or_an_application_acts(tmp_path: Path) -> None:
    people = load(tmp_path, '[tenant.northbridge.actions]\nclient_id = "another"\nsign_in = "browser"\n')
    assert people.tenants["northbridge"].actions is not None
    assert people.tenants["northbridge"].actions.sign_in == "browser"
    own = load(tmp_path, '[tenant.northbridge.actions]\nclient_id = "another"\nsecret_file = "actions.secret"\n')
    assert own.tenants["northbridge"].actions is not None
    assert own.tenants["northbridge"].actions.secret_file == tmp_path / "actions.secret"
    assert hash(own.tenants["northbridge"]), "a tenant is a key of what is kept per process"


def test_the_rules_of_asking(tmp_path: Path) -> None:
    config = load(tmp_path, '[actions]\nsecond = []\nper_hour = 20\nask = "Anna, ext 4711"\n')
    assert (config.actions.second, config.actions.per_hour, config.actions.ask) == (frozenset(), 20, "Anna, ext 4711")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[tenant.northbridge.actions]\nclient_id = "C0FFEE"\nsign_in = "browser"', "client_id is the sync's"),
        ('[tenant.northbridge.actions]\nsign_in = "browser"', "has no client_id"),
        ('[tenant.northbridge.actions]\nclient_id = "a"', "needs exactly one of sign_in"),
        ('[tenant.northbridge.actions]\nclient_id = "a"\nsign_in = "browser"\nsecret_env = "X"', "needs exactly one"),
        ('[tenant.northbridge.actions]\nclient_id = "a"\nsign_in = "telepathy"', "sign_in is device-code or browser"),
        ('[tenant.northbridge.actions]\nclient_id = 7\nsign_in = "browser"', "must be text"),
        (
            '[tenant.northbridge.actions]\nclient_id = "a"\nsign_in = "browser"\nclientid = "b"',
            "unknown setting clientid",
        ),
        ('[actions]\nsecond = ["lock"]', "second is a list of retire, wipe, delete"),
        ('[actions]\nsecond = "wipe"', "second is a list"),
        ("[actions]\nper_hour = 0", "from 1 to 100"),
        ("[actions]\nper_hour = true", "from 1 to 100"),
        ('[actions]\nask = ""', "ask must be text"),
        ("[actions]\nperhour = 1", "unknown setting perhour"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(ConfigurationProblem, match=said):
        load(tmp_path, more)


def test_actions_that_are_no_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationProblem, match="must be a table"):
        load(tmp_path, "actions = 1\n")
    (tmp_path / "config.toml").write_text("actions = 1\n" + TENANT, encoding="utf-8")
    with pytest.raises(ConfigurationProblem, match=r"\[actions\] must be a table"):
        load_config(tmp_path, {})
