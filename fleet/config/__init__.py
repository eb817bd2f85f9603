"""Where Fleet keeps its things and whom it talks to: FLEET_HOME, config.toml, the database URL, secrets.

The only file that knows directories and environment variables. Secrets are read when they are used and are
never kept in `repr`, logs or argv.
"""

import getpass
import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fleet.config.actions import ActionCredential, ActionRules, action_credential, action_rules
from fleet.config.apple import AppleConfig, apple_accounts
from fleet.config.byod import ByodRules, byod_rules
from fleet.config.secrets import secret_in_environment, secret_in_file, secret_in_keyring
from fleet.errors import ConfigurationProblem

DEFAULT_AUTHORITY = "https://login.microsoftonline.com"
DEFAULT_GRAPH = "https://graph.microsoft.com"
CONFIG_NAME = "config.toml"
DATABASE_NAME = "fleet.db"
DEMO_MARKER = "demo.json"
"""Says that a folder holds a demonstration, so that only those are ever replaced."""
CREDENTIALS = ("certificate", "secret_env", "secret_file", "secret_keyring")
"""Ways to name a credential; a tenant has one."""
NIGHTLY = ("sync", "schedule", "notify", "mail", "deliver")
"""Tables about what runs by itself; what is in them is judged where it is used (`domain/nightly`)."""
_SETTINGS = frozenset(
    {"database", "organisation", "tenant", "rules", "keys", "actions", "apple", "byod", "screen_reader", *NIGHTLY}
)
"""What config.toml may hold; anything else is a slip of the pen."""
_TENANT_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]*\Z")
_TEXTS = (*CREDENTIALS, "organisation", "tenant_id", "client_id", "authority", "graph", "ca_bundle", "proxy")
_NUMBERS = ("time_budget", "enrich_per_night", "max_pages")
_LARGEST_NUMBER = 1_000_000


@dataclass(frozen=True, slots=True)
class OrganisationConfig:
    """A council or a body it serves."""

    key: str
    name: str
    term_ends_on: date | None = None
    """When councillors' terms end: the refresh plan moves their devices to it."""


@dataclass(frozen=True, slots=True)
class TenantConfig:
    """One Microsoft tenant: which organisation it belongs to and how to sign in to it."""

    key: str
    organisation: str
    tenant_id: str
    client_id: str
    certificate: Path | None = None
    """PEM file with the private key and the certificate."""
    secret_env: str | None = None
    secret_file: Path | None = None
    secret_keyring: str | None = None
    """Service in the keyring of the operating system; the user there is the tenant's key."""
    authority: str = DEFAULT_AUTHORITY
    graph: str = DEFAULT_GRAPH
    ca_bundle: Path | None = None
    proxy: str | None = None
    time_budget: int = 1800
    """Seconds that a whole run for this tenant may take, retries included."""
    primary_users: bool = True
    """Whether the report of primary users is asked for; it needs a permission to write configuration."""
    other_sources: bool = True
    """Whether tokens, Apple's list, apps on own devices and the audit are read, as far as permissions allow."""
    enrich_per_night: int = 2000
    """How many devices are read one by one each night for what the list omits."""
    max_pages: int = 1000
    credential_until: date | None = None
    """Last day of the client secret, which nothing but a person can tell; that of a certificate is read from it."""
    actions: ActionCredential | None = None
    """With what remote actions are sent; without it there are none."""

    def secret(self, environ: Mapping[str, str] | None = None) -> str | None:
        """The client secret from the environment, a 0600 file or the keyring; None when a certificate is configured.

        Raises `ConfigurationProblem` when the named place is empty, missing or readable by others.
        """
        if self.secret_env:
            return secret_in_environment(f"Tenant {self.key}", self.secret_env, environ)
        if self.secret_file:
            return secret_in_file(f"Tenant {self.key}", self.secret_file)
        if self.secret_keyring:
            return secret_in_keyring(f"Tenant {self.key}", self.secret_keyring, self.key)
        return None


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run of Fleet needs to know about its surroundings."""

    home: Path
    database_url: str
    organisations: Mapping[str, OrganisationConfig] = field(default_factory=dict)
    tenants: Mapping[str, TenantConfig] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Parameters of rules by rule key, from `[rules.<key>]`."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Key bindings of the TUI by binding id, from `[keys]`."""
    operator: str = "unknown"
    screen_reader: bool = False
    """Whether the screen is text alone, for somebody who hears it."""
    actions: ActionRules = field(default_factory=ActionRules)
    """How carefully remote actions are asked for."""
    nightly: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The tables of `NIGHTLY` that there are."""
    apple: Mapping[str, AppleConfig] = field(default_factory=dict)
    """Accounts of Apple Business Manager."""
    byod: ByodRules = field(default_factory=ByodRules)
    """Which terms owners of own devices accept, and for how long."""

    def tenant(self, key: str) -> TenantConfig:
        """The tenant of that name; raises `ConfigurationProblem` naming those that exist."""
        try:
            return self.tenants[key]
        except KeyError:
            known = ", ".join(self.tenants) or "none is configured"
            raise ConfigurationProblem(
                f"No tenant called {key} in {self.home / CONFIG_NAME} (known: {known})."
            ) from None


def default_home(environ: Mapping[str, str] | None = None) -> Path:
    """FLEET_HOME, or the platform's folder for application data."""
    environ = os.environ if environ is None else environ
    if named := environ.get("FLEET_HOME"):
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("fleet", appauthor=False))


def load_config(home: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read config.toml (an absent one is an empty one) and the environment.

    Raises `ConfigurationProblem` listing everything that is wrong at once.
    """
    environ = os.environ if environ is None else environ
    home = (home or default_home(environ)).expanduser().resolve()
    return _config_of(home, _read_toml(home / CONFIG_NAME), environ)


def _config_of(home: Path, data: Mapping[str, Any], environ: Mapping[str, str]) -> Config:
    problems: list[str] = []
    organisations = {
        key: _organisation(key, table, problems) for key, table in _tables(data, "organisation", problems).items()
    }
    tenants = {
        key: tenant
        for key, table in _tables(data, "tenant", problems).items()
        if (tenant := _tenant(key, table, home, organisations, problems)) is not None
    }
    accounts = apple_accounts(_tables(data, "apple", problems), home, organisations, problems)
    rules, keys = _tables(data, "rules", problems), data.get("keys", {})
    actions = action_rules(data.get("actions", {}), problems)
    byod = byod_rules(data.get("byod", {}), problems)
    if not isinstance(keys, dict):
        problems.append("[keys] must be a table")
    problems += [f"there is no setting {name}" for name in data if name not in _SETTINGS]
    problems += [] if isinstance(data.get("screen_reader", False), bool) else ["screen_reader must be true or false"]
    problems += [f"[{name}] must be a table" for name in NIGHTLY if not isinstance(data.get(name, {}), dict)]
    if problems:
        raise ConfigurationProblem(f"{home / CONFIG_NAME}: " + "; ".join(problems) + ".")
    url = environ.get("FLEET_DATABASE_URL") or str(data.get("database", "")) or f"sqlite:///{home / DATABASE_NAME}"
    return Config(
        home=home,
        database_url=url,
        organisations=organisations,
        tenants=tenants,
        rules=rules,
        keys={str(k): str(v) for k, v in keys.items()},
        operator=environ.get("FLEET_OPERATOR", "").strip() or _account(environ),
        screen_reader=environ.get("FLEET_SCREEN_READER", "") not in ("", "0") or data.get("screen_reader") is True,
        actions=actions,
        nightly={name: data[name] for name in NIGHTLY if name in data},
        apple=accounts,
        byod=byod,
    )


def _organisation(key: str, table: Mapping[str, Any], problems: list[str]) -> OrganisationConfig:
    ends = table.get("term_ends_on")
    if ends is not None and _day(ends) is None:
        problems.append(f"organisation {key}: term_ends_on must be a day such as 2027-05-06")
    return OrganisationConfig(key, str(table.get("name", key)), None if ends is None else _day(ends))


def _account(environ: Mapping[str, str]) -> str:
    """The account on this machine."""
    for name in ("LOGNAME", "USER", "USERNAME"):
        if environ.get(name):
            return environ[name]
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # An account without an entry, as in some containers.
        return "unknown"


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Editors on Windows put a mark before it.
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationProblem(f"{path} is not valid TOML: {error}. Correct that line.") from error
    except OSError as error:
        raise ConfigurationProblem(f"{path} can't be read: {error.strerror}.") from error


def _tables(data: Mapping[str, Any], name: str, problems: list[str]) -> dict[str, dict[str, Any]]:
    found = data.get(name, {})
    if not isinstance(found, dict) or not all(isinstance(table, dict) for table in found.values()):
        problems.append(f"[{name}.<key>] must be tables")
        return {}
    return dict(found)


def _tenant(
    key: str,
    table: Mapping[str, Any],
    home: Path,
    organisations: Mapping[str, OrganisationConfig],
    problems: list[str],
) -> TenantConfig | None:
    wrong = _wrong_settings(key, table, organisations)
    values = dict(table)
    if "actions" in table:
        values["actions"] = action_credential(key, table["actions"], home, table.get("client_id"), wrong)
    if wrong:
        problems.extend(wrong)
        return None
    for name in ("certificate", "secret_file", "ca_bundle"):
        if name in values:
            values[name] = home / Path(str(values[name])).expanduser()
    if "credential_until" in values:
        values["credential_until"] = _day(values["credential_until"])
    return TenantConfig(key=key, **values)


def _day(value: object) -> date | None:
    """A day as TOML has it, or as text: 2026-12-10."""
    try:
        return date.fromisoformat(str(value)[:10])  # TOML's own days and moments begin with the day.
    except ValueError:
        return None


def _wrong_settings(key: str, table: Mapping[str, Any], organisations: Mapping[str, OrganisationConfig]) -> list[str]:
    no_text = [name for name in _TEXTS if name in table and not _is_text(table[name])]
    if no_text:
        return [f"tenant {key}: {name} must be text in one line" for name in no_text]
    wrong = [
        f"tenant {key} has no {name}" for name in ("organisation", "tenant_id", "client_id") if not table.get(name)
    ]
    if table.get("tenant_id") and not is_tenant_id(table["tenant_id"]):
        wrong.append(f"tenant {key}: tenant_id must be the GUID or the domain of the tenant")
    if table.get("organisation") and table["organisation"] not in organisations:
        wrong.append(f"tenant {key} names organisation {table['organisation']}, which is not configured")
    if sum(1 for name in CREDENTIALS if table.get(name)) != 1:
        wrong.append(f"tenant {key} needs exactly one of certificate, secret_env, secret_file or secret_keyring")
    known = set(TenantConfig.__dataclass_fields__) - {"key"}
    wrong += [f"tenant {key} has an unknown setting {name}" for name in table if name not in known]
    wrong += [
        f"tenant {key}: {name} must be an https address of a host alone, such as {usual}"
        for name, usual in (("authority", DEFAULT_AUTHORITY), ("graph", DEFAULT_GRAPH))
        if name in table and not _leads_to_a_host(table[name], "https")
    ]
    if table.get("proxy") and not _leads_to_a_host(table["proxy"], "http", "https", sign_in=True):
        wrong.append(f"tenant {key}: proxy must be an address such as http://proxy.example:8080")
    wrong += [
        f"tenant {key}: {name} must be a whole number from 0 to {_LARGEST_NUMBER}"
        for name in _NUMBERS
        if name in table and (type(table[name]) is not int or not 0 <= table[name] <= _LARGEST_NUMBER)
    ]
    if "credential_until" in table and _day(table["credential_until"]) is None:
        wrong.append(f"tenant {key}: credential_until must be a day such as 2026-12-10")
    wrong += [
        f"tenant {key}: {name} must be true or false"
        for name in ("primary_users", "other_sources")
        if not isinstance(table.get(name, True), bool)
    ]
    return wrong


def is_tenant_id(text: str) -> bool:
    """Whether it may name one tenant: what it is becomes part of an address, and `common` stands for any."""
    return _TENANT_ID.match(text) is not None and text.lower() not in ("adfs", "common", "organizations", "consumers")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


def _leads_to_a_host(address: str, *schemes: str, sign_in: bool = False) -> bool:
    """Whether it is a scheme, a host and perhaps a port, and nothing else; a proxy's may lack the scheme and name who asks."""
    try:
        parts = urlsplit(address if "//" in address or not sign_in else f"{schemes[0]}://{address}")
        host = parts.netloc.rpartition("@")[2] if sign_in else parts.netloc
        plain = re.fullmatch(r"[A-Za-z0-9._:\[\]-]+", host) is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return plain and parts.scheme in schemes and parts.path in ("", "/") and not parts.query and not parts.fragment


# --- writing ------------------------------------------------------------------------------------------------


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from the first moment on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def toml_table(name: Sequence[str], values: Mapping[str, str | int]) -> str:
    """A table of texts and whole numbers as TOML: JSON's escapes are TOML's."""
    import json

    head = ".".join(
        one if re.fullmatch(r"[A-Za-z0-9_-]+", one) else json.dumps(one, ensure_ascii=False) for one in name
    )
    return f"[{head}]\n" + "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()
    )


def with_tables(home: Path, tables: Sequence[str]) -> bytes:
    """What config.toml would be with more tables at its end; everything that is there stays as it is, byte for byte.

    Raises `ConfigurationProblem` when the whole would not be a configuration; nothing is written here.
    """
    path = home / CONFIG_NAME
    _read_toml(path)  # Tells what is wrong with the file as it is.
    before = path.read_bytes() if path.exists() else b""
    end = "\r\n" if b"\r\n" in before else "\n"
    gap = "" if not before else end if before.endswith(b"\n") else end * 2
    whole = before + (gap + "\n".join(tables).replace("\n", end)).encode()
    try:
        data = tomllib.loads(whole.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationProblem(f"{path} can't take another table at its end ({error}). Add it by hand.") from error
    _config_of(home, data, {})
    return whole


def replace_config(home: Path, content: bytes) -> None:
    """Put a whole new config.toml in place of the old one, in one step. Raises `ConfigurationProblem` for a full disk or rights."""
    path = (home / CONFIG_NAME).resolve()  # A link stays one.
    beside = path.with_name(f"{path.name}.new")
    try:
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o600
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(mode)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise ConfigurationProblem(f"{path} can't be written: {error.strerror}. It is as it was.") from error
