"""Where Fleet keeps its things and whom it talks to: FLEET_HOME, config.toml, the database URL, secrets.

The only file that knows directories and environment variables. Secrets are read when they are used and are
never kept in `repr`, logs or argv.
"""

import getpass
import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fleet.errors import ConfigurationProblem

DEFAULT_AUTHORITY = "https://login.microsoftonline.com"
DEFAULT_GRAPH = "https://graph.microsoft.com"
CONFIG_NAME = "config.toml"
DATABASE_NAME = "fleet.db"


@dataclass(frozen=True, slots=True)
class OrganisationConfig:
    """A council or a body it serves."""

    key: str
    name: str


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
    authority: str = DEFAULT_AUTHORITY
    graph: str = DEFAULT_GRAPH
    ca_bundle: Path | None = None
    proxy: str | None = None
    time_budget: int = 1800
    """Seconds that a whole run for this tenant may take, retries included."""
    primary_users: bool = True
    """Whether the report of primary users is asked for; it needs a permission to write configuration."""
    enrich_per_night: int = 2000
    """How many devices are read one by one each night for what the list omits."""
    max_pages: int = 1000

    def secret(self, environ: Mapping[str, str] | None = None) -> str | None:
        """The client secret from the environment or a 0600 file; None when a certificate is configured.

        Raises `ConfigurationProblem` when the named place is empty, missing or readable by others.
        """
        if self.secret_env:
            value = (environ if environ is not None else os.environ).get(self.secret_env, "").strip()
            if not value:
                raise ConfigurationProblem(
                    f"Tenant {self.key}: the environment variable {self.secret_env} is empty. Set it to the client secret."
                )
            return value
        if self.secret_file:
            return _read_secret_file(self.key, self.secret_file)
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
    data = _read_toml(home / CONFIG_NAME)
    problems: list[str] = []
    organisations = {
        key: OrganisationConfig(key=key, name=str(table.get("name", key)))
        for key, table in _tables(data, "organisation", problems).items()
    }
    tenants = {
        key: tenant
        for key, table in _tables(data, "tenant", problems).items()
        if (tenant := _tenant(key, table, home, organisations, problems)) is not None
    }
    if problems:
        raise ConfigurationProblem(f"{home / CONFIG_NAME}: " + "; ".join(problems) + ".")
    url = environ.get("FLEET_DATABASE_URL") or str(data.get("database", "")) or f"sqlite:///{home / DATABASE_NAME}"
    return Config(
        home=home,
        database_url=url,
        organisations=organisations,
        tenants=tenants,
        rules=_tables(data, "rules", []),
        keys={str(k): str(v) for k, v in data.get("keys", {}).items()},
        operator=environ.get("FLEET_OPERATOR") or _account(environ),
    )


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
        return tomllib.loads(path.read_text(encoding="utf-8"))
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
    if wrong:
        problems.extend(wrong)
        return None
    values = dict(table)
    for name in ("certificate", "secret_file", "ca_bundle"):
        if name in values:
            values[name] = home / Path(str(values[name])).expanduser()
    return TenantConfig(key=key, **values)


def _wrong_settings(key: str, table: Mapping[str, Any], organisations: Mapping[str, OrganisationConfig]) -> list[str]:
    wrong = [
        f"tenant {key} has no {name}" for name in ("organisation", "tenant_id", "client_id") if not table.get(name)
    ]
    if table.get("organisation") and table["organisation"] not in organisations:
        wrong.append(f"tenant {key} names organisation {table['organisation']}, which is not configured")
    ways = [name for name in ("certificate", "secret_env", "secret_file") if table.get(name)]
    if len(ways) != 1:
        wrong.append(f"tenant {key} needs exactly one of certificate, secret_env or secret_file")
    known = set(TenantConfig.__dataclass_fields__) - {"key"}
    wrong += [f"tenant {key} has an unknown setting {name}" for name in table if name not in known]
    wrong += [
        f"tenant {key}: {name} must be an https address"
        for name in ("authority", "graph")
        if name in table and urlsplit(str(table[name])).scheme != "https"
    ]
    wrong += [
        f"tenant {key}: {name} must be a whole number"
        for name in ("time_budget", "enrich_per_night", "max_pages")
        if name in table and (type(table[name]) is not int or table[name] < 0)
    ]
    if not isinstance(table.get("primary_users", True), bool):
        wrong.append(f"tenant {key}: primary_users must be true or false")
    return wrong


def _read_secret_file(tenant: str, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationProblem(f"Tenant {tenant}: {path} can't be read: {error.strerror}.") from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationProblem(f"Tenant {tenant}: {path} can be read by others. Run: chmod 600 {path}")
    if not value:
        raise ConfigurationProblem(f"Tenant {tenant}: {path} is empty. It must hold the client secret.")
    return value
