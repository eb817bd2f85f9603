"""Running the service by itself: credentials on disk, the configuration to use, and a wait for the signal to stop."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from fleet.config import toml_table, write_private
from fleet.demo.directory import TenantDirectory
from fleet.demo.service.core import Service
from fleet.intune.certificate import new_certificate


def serve_forever(
    directories: Iterable[TenantDirectory],
    home: Path,
    port: int = 0,
    announce: Callable[[str], None] = lambda _text: None,
    stop: threading.Event | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or `stop`; `announce` is given the config.toml text once requests are answered."""
    tenants = list(directories)
    write_credentials(tenants, home)
    done = stop or threading.Event()
    with _stopped_by_signals(done), Service(tenants, folder=home, port=port) as service:
        announce(config_text(service, tenants))
        # A wait without end would keep Python from seeing the signal on Windows.
        while not done.wait(timeout=1.0):
            pass


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
