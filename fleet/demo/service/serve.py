"""Running the service by itself: credentials on disk, the configuration to use, and a wait for the signal to stop."""

import re
import signal
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID, uuid5

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from fleet.config import CONFIG_NAME, toml_table, write_private
from fleet.demo.directory import AppleDirectory, TenantDirectory
from fleet.demo.service.core import Service
from fleet.demo.service.serve_apple import apple_tables, write_apple_keys
from fleet.demo.service.switchboard import throw_as_typed
from fleet.intune.certificate import new_certificate

CHECKS_IN_AFTER = 4.0
"""Seconds after which a device of a service that runs by itself does what was asked of it."""
_ADDRESSES = {"tenant": ("authority", "graph"), "apple": ("sign_in", "api")}


def serve_forever(
    directories: Iterable[TenantDirectory],
    home: Path,
    port: int = 0,
    announce: Callable[[str], None] = lambda _text: None,
    stop: threading.Event | None = None,
    apple: Iterable[AppleDirectory] = (),
    faults: Iterable[str] = (),
    more: str = "",
) -> None:
    """Serve until SIGINT, SIGTERM or `stop`; `announce` is given the config.toml text once requests are answered.

    The text is that of `pointed_config`, with `more` at the end of a new one.
    `faults` are thrown first, as `NAME` or `NAME:times=2,path=users`; raises `ValueError` for one that makes no sense.
    """
    tenants = list(directories)
    write_credentials(tenants, home)
    with_actions(tenants, home)
    accounts = list(apple)
    write_apple_keys(accounts, home)
    done = stop or threading.Event()
    with _stopped_by_signals(done), Service(tenants, folder=home, port=port, apple=accounts) as service:
        service.check_in_after = CHECKS_IN_AFTER
        for one in faults:
            throw_as_typed(service.faults, service.apple, one)
        announce(pointed_config(home, service, tenants, more))
        # A wait without end would keep Python from seeing the signal on Windows.
        while not done.wait(timeout=1.0):
            pass


@contextmanager
def served(
    directories: Iterable[TenantDirectory], home: Path, more: str = "", apple: Iterable[AppleDirectory] = ()
) -> Iterator[Service]:
    """Serve for as long as the block lasts; config.toml of the folder points there, a new one with `more` at its end."""
    tenants, accounts = list(directories), list(apple)
    write_credentials(tenants, home)
    with_actions(tenants, home)
    write_apple_keys(accounts, home)
    with Service(tenants, folder=home, apple=accounts) as service:
        service.check_in_after = CHECKS_IN_AFTER
        (home / CONFIG_NAME).write_text(pointed_config(home, service, tenants, more), encoding="utf-8")
        yield service


def pointed_config(home: Path, service: Service, directories: Iterable[TenantDirectory], more: str = "") -> str:
    """A config.toml that leads to the started service: the one in the folder with other addresses, where it describes all
    that is served, so that what somebody added stays; else a new one, with `more` at its end."""
    tenants = list(directories)
    try:
        text = (home / CONFIG_NAME).read_text(encoding="utf-8-sig")
        known = tomllib.loads(text)
    except (OSError, ValueError):
        return config_text(service, tenants) + more
    names = [("tenant", one.key) for one in tenants] + [("apple", one.key) for one in service.apple.accounts.values()]
    if not all(_described(known, *one) for one in names):
        return config_text(service, tenants) + more
    before = {_described(known, kind, key).get(name) for kind, key in names for name in _ADDRESSES[kind]}
    for address in sorted(one for one in before if isinstance(one, str) and one):
        text = re.sub(rf"([\"']){re.escape(address)}([\"'])", rf"\g<1>{service.graph}\g<2>", text)
    return text


def _described(known: Mapping[str, Any], kind: str, key: str) -> Mapping[str, Any]:
    tables = known.get(kind)
    found = tables.get(key) if isinstance(tables, dict) else None
    return found if isinstance(found, dict) else {}


def config_text(service: Service, directories: Iterable[TenantDirectory]) -> str:
    """A config.toml for the started service; file names are relative to the folder it is put in."""
    tenants = list(directories)
    blocks = [toml_table(("organisation", one.key), {"name": one.display_name}) for one in tenants]
    for one in tenants:
        settings = {
            "organisation": one.key,
            "tenant_id": one.tenant_id,
            "client_id": one.client_id,
            "secret_file" if one.secret else "certificate": credential_name(one),
            "authority": service.authority,
            "graph": service.graph,
            "ca_bundle": _ca_name(service),
        }
        if one.credential_until is not None:
            settings["credential_until"] = one.credential_until.isoformat()
        blocks.append(toml_table(("tenant", one.key), settings))
        if one.action_client_id is not None:
            blocks.append(toml_table(("tenant", one.key, "actions"), _action_settings(one)))
    blocks += apple_tables(service, _ca_name(service))
    return "\n".join(blocks)


def write_credentials(directories: Iterable[TenantDirectory], home: Path) -> None:
    """Write each tenant's credential as a 0600 file: its secret, or else a new key with its certificate.

    A tenant without a secret is given that certificate. A certificate left by an earlier run is used again as long
    as it is valid.
    """
    home.mkdir(parents=True, exist_ok=True)
    for one in directories:
        path = home / credential_name(one)
        if one.secret:
            write_private(path, f"{one.secret}\n")
            continue
        one.certificate_pem = _left_certificate(path) or _new_certificate(path, one)


def _action_settings(one: TenantDirectory) -> dict[str, str | int]:
    """With a secret the application acts by itself; without one technicians sign in by a code."""
    how = {"secret_file": action_credential_name(one)} if one.action_secret else {"sign_in": "device-code"}
    return {"client_id": one.action_client_id or "", **how}


def action_credential_name(directory: TenantDirectory) -> str:
    """Name of the file that holds the secret of the tenant's application for remote actions."""
    return f"{directory.key}-actions.secret"


def with_actions(directories: Iterable[TenantDirectory], home: Path) -> None:
    """Give each tenant another application, for remote actions: the first one with a secret, which is written to its file;
    to those of the others technicians sign in."""
    for number, one in enumerate(directories):
        one.action_client_id = str(uuid5(UUID(one.client_id), "actions"))
        if number == 0:
            one.action_secret = str(uuid5(UUID(one.client_id), "secret of actions"))
            write_private(home / action_credential_name(one), f"{one.action_secret}\n")


def credential_name(directory: TenantDirectory) -> str:
    """Name of the file that holds the tenant's credential."""
    return f"{directory.key}.secret" if directory.secret else f"{directory.key}.pem"


def _left_certificate(path: Path) -> str | None:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
    if certificate.not_valid_after_utc < datetime.now(UTC):
        return None
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _new_certificate(path: Path, directory: TenantDirectory) -> str:
    """A key and a self-signed certificate for the app; both go into the file, the certificate is returned."""
    private, public = new_certificate(f"fleet {directory.key}", datetime.now(UTC), bits=2048)
    write_private(path, private + public)
    return public


@contextmanager
def _stopped_by_signals(done: threading.Event) -> Iterator[None]:
    """Let SIGINT and SIGTERM set the event; only the main thread can, another one is stopped by its event."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        done.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ca_name(service: Service) -> str:
    """The authority's file: by name when it lies beside the configuration, else by its whole path."""
    return service.ca_pem.name if service.keeps_folder else str(service.ca_pem)
