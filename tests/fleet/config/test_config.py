"""config.toml and the places of secrets: the environment, a file, the keyring of the operating system."""

import builtins
import json
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from fleet.config import TenantConfig, load_config, replace_config, toml_table, with_tables
from fleet.errors import ConfigurationProblem

TENANT = TenantConfig("northbridge", "northbridge", "t", "c", secret_keyring="fleet")


class Chest(KeyringBackend):
    """A keyring in memory, which can be locked."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("the password is hunter2")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password


@pytest.fixture
def chest() -> Any:
    """The keyring in use, for one test."""
    before, chest = keyring.get_keyring(), Chest()
    keyring.set_keyring(chest)
    yield chest
    keyring.set_keyring(before)


def test_a_secret_comes_from_the_keyring_under_the_tenants_key(chest: Chest) -> None:
    keyring.set_password("fleet", "northbridge", "correct-horse\n")
    keyring.set_password("fleet", "southmoor", "another")
    assert TENANT.secret() == "correct-horse"


def test_a_keyring_without_the_secret_says_how_to_put_it_in(chest: Chest) -> None:
    with pytest.raises(ConfigurationProblem, match="keyring set fleet northbridge"):
        TENANT.secret()


def test_a_locked_keyring_tells_no_secret(chest: Chest) -> None:
    chest.locked = True
    with pytest.raises(ConfigurationProblem, match="KeyringLocked") as caught:
        TENANT.secret()
    assert "hunter2" not in f"{caught.value}{caught.value.__cause__}"


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name == "keyring":
            raise ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ConfigurationProblem, match=r"council-fleet\[keyring\]"):
        TENANT.secret()


@pytest.mark.parametrize("ways", [(), ("secret_env", "secret_keyring"), ("certificate", "secret_keyring")])
def test_a_tenant_has_exactly_one_credential(tmp_path: Path, ways: tuple[str, ...]) -> None:
    settings = {"organisation": "n", "tenant_id": "t", "client_id": "c", **dict.fromkeys(ways, "x")}
    text = toml_table(("organisation", "n"), {"name": "N"}) + toml_table(("tenant", "n"), settings)
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(
        ConfigurationProblem, match="exactly one of certificate, secret_env, secret_file or secret_keyring"
    ):
        load_config(tmp_path, {})


@pytest.mark.parametrize("key", ["plain", "with space", 'a"quote', "dot.ted", "Æthelred", ""])
@pytest.mark.parametrize("value", ['"', "\\", "\n", "é 🏛", "\u202e", "'''", "# no comment"])
def test_any_text_survives_as_toml(tmp_path: Path, key: str, value: str) -> None:
    replace_config(tmp_path, with_tables(tmp_path, [toml_table(("organisation", key), {"name": value})]))
    assert load_config(tmp_path, {}).organisations[key].name == value


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    replace_config(tmp_path, b"# one\n")
    (tmp_path / "config.toml.new").mkdir()
    with pytest.raises(ConfigurationProblem, match="It is as it was"):
        replace_config(tmp_path, b"# two\n")
    assert (tmp_path / "config.toml").read_bytes() == b"# one\n"


WHOLE = {"organisation": "n", "tenant_id": "t", "client_id": "c", "secret_env": "SECRET"}


def written(home: Path, settings: str = "", *, before: str = "", after: str = "", **replaced: str) -> Path:
    """A folder with a config.toml whose one tenant has these settings as well, or instead."""
    tenant = {name: f'"{value}"' for name, value in WHOLE.items()} | replaced
    lines = [f"{name} = {value}" for name, value in tenant.items()]
    text = "\n".join([before, "[organisation.n]", 'name = "N"', "[tenant.n]", *lines, settings, after])
    (home / "config.toml").write_text(text, encoding="utf-8")
    return home


@pytest.mark.parametrize("value", ["5", "true", "[]", '["a"]', "1.5", "2026-12-10", '"a\\u0000b"', '"a\\nb"'])
@pytest.mark.parametrize(
    "name", ["organisation", "tenant_id", "client_id", "secret_env", "graph", "ca_bundle", "proxy"]
)
def test_a_setting_of_another_kind_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationProblem, match=f"tenant n: {name} must be text in one line"):
        load_config(written(tmp_path, **{name: value}), {})


@pytest.mark.parametrize("tenant_id", ["common", "Organizations", "consumers", "not a guid", "../../x", "é.example"])
def test_what_can_be_no_tenant_is_refused_before_the_register_learns_it(tmp_path: Path, tenant_id: str) -> None:
    with pytest.raises(ConfigurationProblem, match="tenant n: tenant_id must be the GUID or the domain of the tenant"):
        load_config(written(tmp_path, tenant_id=json.dumps(tenant_id)), {})


@pytest.mark.parametrize(
    "address",
    ["http://graph.example", "https://graph.example/v1.0", "https://joe@graph.example", "https://graph.example:99999",
     "https://[::bad", "https://", "https://graph .example", "graph.example", "//graph.example"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["graph", "authority"])
def test_an_address_is_that_of_a_host_alone(tmp_path: Path, name: str, address: str) -> None:
    with pytest.raises(ConfigurationProblem, match=f"{name} must be an https address of a host alone"):
        load_config(written(tmp_path, f'{name} = "{address}"'), {})


@pytest.mark.parametrize("address", ["https://graph.example", "https://graph.example/", "https://[::1]:8443"])
def test_an_address_may_name_a_port_and_end_with_a_slash(tmp_path: Path, address: str) -> None:
    assert load_config(written(tmp_path, f'graph = "{address}"'), {}).tenant("n").graph == address


@pytest.mark.parametrize(
    "address", ["socks5://proxy.example:1080", "http://joe:hunter2@proxy.example:99999", "http://[::bad", "http://"]
)
def test_a_proxy_of_another_kind_is_told_without_its_password(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigurationProblem, match="proxy must be an address such as") as caught:
        load_config(written(tmp_path, f'proxy = "{address}"'), {})
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("address", ["http://proxy.example:8080", "proxy.example:8080", "http://joe:hunter2@proxy:80"])
def test_a_proxy_may_lack_the_scheme_and_name_who_asks(tmp_path: Path, address: str) -> None:
    assert load_config(written(tmp_path, f'proxy = "{address}"'), {}).tenant("n").proxy == address


@pytest.mark.parametrize("number", ["-1", "1.5", "true", '"5"', "99999999999999999999"])
@pytest.mark.parametrize("name", ["time_budget", "enrich_per_night", "max_pages"])
def test_a_number_is_whole_and_of_a_sensible_size(tmp_path: Path, name: str, number: str) -> None:
    with pytest.raises(ConfigurationProblem, match=f"{name} must be a whole number from 0 to"):
        load_config(written(tmp_path, f"{name} = {number}"), {})


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        ("[tenants.x]", "there is no setting tenants"),
        ("[rule.not-seen-30]", "there is no setting rule"),
        ("[rules]\nnot-seen-30 = 45", r"\[rules.<key>\] must be tables"),
    ],
)
def test_a_slip_of_the_pen_is_not_passed_over(tmp_path: Path, slip: str, told: str) -> None:
    with pytest.raises(ConfigurationProblem, match=told):
        load_config(written(tmp_path, after=slip), {})


def test_keys_are_a_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationProblem, match=r"\[keys\] must be a table"):
        load_config(written(tmp_path, before='keys = ["q"]'), {})


def test_the_mark_that_editors_on_windows_put_before_a_file_is_no_mistake(tmp_path: Path) -> None:
    path = written(tmp_path) / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    replace_config(tmp_path, with_tables(tmp_path, [toml_table(("organisation", "m"), {"name": "M"})]))
    assert set(load_config(tmp_path, {}).organisations) == {"n", "m"}
    assert path.read_bytes().count(b"\xef\xbb\xbf") == 1
