"""`[apple.<key>]` of config.toml: an organisation's access to Apple Business Manager."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEFAULT_SIGN_IN = "https://account.apple.com"
DEFAULT_API = "https://api-business.apple.com"
"""https://developer.apple.com/documentation/applebusinessapi"""
_TEXTS = ("organisation", "client_id", "key_id", "key_file", "mdm_servers", "sign_in", "api", "ca_bundle", "proxy")
_NUMBERS = ("time_budget", "coverage_per_night", "requests_per_minute", "max_pages")
_NEEDED = ("organisation", "client_id", "key_id", "key_file")
_LARGEST_NUMBER = 1_000_000


@dataclass(frozen=True, slots=True)
class AppleConfig:
    """One API account of Apple Business Manager: whose it is and how to sign in to it."""

    key: str
    organisation: str
    client_id: str
    """As Apple shows it: BUSINESSAPI. and a GUID."""
    key_id: str
    key_file: Path
    """PEM file with the private key (P-256) that Apple gave for the account; nobody else may read it."""
    mdm_servers: str = ""
    """Names of the device management services that devices belong to, apart by commas; blank: any of them is right."""
    sign_in: str = DEFAULT_SIGN_IN
    api: str = DEFAULT_API
    ca_bundle: Path | None = None
    proxy: str | None = None
    time_budget: int = 1800
    """Seconds that a whole run for this account may take, waits included."""
    coverage_per_night: int = 200
    """Devices whose AppleCare is asked for in a night: each is a request of its own."""
    requests_per_minute: int = 20
    """Apple publishes no limit; 20 GETs a minute is what people measured. 0 is no limit of ours."""
    max_pages: int = 1000

    @property
    def right_servers(self) -> tuple[str, ...]:
        """The services that devices belong to; none where any is right."""
        return tuple(name.strip() for name in self.mdm_servers.split(",") if name.strip())


def apple_accounts(
    tables: Mapping[str, Mapping[str, Any]], home: Path, organisations: Collection[str], problems: list[str]
) -> dict[str, AppleConfig]:
    """The accounts that are described in full; what is wrong with the others is added to the problems."""
    accounts: dict[str, AppleConfig] = {}
    for key, table in tables.items():
        wrong = _wrong(key, table, organisations)
        problems += wrong
        if not wrong:
            values = dict(table)
            for name in ("key_file", "ca_bundle"):
                if name in values:
                    values[name] = home / Path(str(values[name])).expanduser()
            accounts[key] = AppleConfig(key=key, **values)
    return accounts


def _wrong(key: str, table: Mapping[str, Any], organisations: Collection[str]) -> list[str]:
    where = f"apple {key}"
    no_text = [name for name in _TEXTS if name in table and not _is_text(table[name])]
    if no_text:
        return [f"{where}: {name} must be text in one line" for name in no_text]
    wrong = [f"{where} has no {name}" for name in _NEEDED if not table.get(name)]
    if table.get("organisation") and table["organisation"] not in organisations:
        wrong.append(f"{where} names organisation {table['organisation']}, which is not configured")
    known = set(AppleConfig.__dataclass_fields__) - {"key"}
    wrong += [f"{where} has an unknown setting {name}" for name in table if name not in known]
    wrong += [
        f"{where}: {name} must be an https address of a host alone, such as {usual}"
        for name, usual in (("sign_in", DEFAULT_SIGN_IN), ("api", DEFAULT_API))
        if name in table and not _is_host(table[name])
    ]
    wrong += [
        f"{where}: {name} must be a whole number from 0 to {_LARGEST_NUMBER}"
        for name in _NUMBERS
        if name in table and (type(table[name]) is not int or not 0 <= table[name] <= _LARGEST_NUMBER)
    ]
    return wrong


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


def _is_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        plain = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False
    return plain and parts.scheme == "https" and parts.path in ("", "/") and not parts.query and not parts.fragment
