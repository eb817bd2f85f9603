"""The accounts of the simulated Apple Business Manager: their keys on disk, and what config.toml says of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from fleet.config import toml_table, write_private
from fleet.demo.directory import AppleDirectory
from fleet.demo.estate.sources import COVERAGE_A_NIGHT
from fleet.demo.sources_view import right_servers

if TYPE_CHECKING:
    from fleet.demo.service.core import Service


def write_apple_keys(accounts: Iterable[AppleDirectory], home: Path) -> None:
    """Give each account its key, as a 0600 file; one left by an earlier run is used again."""
    home.mkdir(parents=True, exist_ok=True)
    for one in accounts:
        path = home / key_name(one)
        key = _left_key(path)
        if key is None:
            key = ec.generate_private_key(ec.SECP256R1())
            write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        one.public_key_pem = public.decode()


def apple_tables(service: "Service", ca_name: str) -> Iterator[str]:
    """`[apple.<key>]` of each account of a started service; nothing keeps its pace but itself."""
    for one in service.apple.accounts.values():
        settings: dict[str, str | int] = {
            "organisation": one.organisation, "client_id": one.client_id, "key_id": one.key_id, "key_file": key_name(one),
            "mdm_servers": right_servers(), "sign_in": service.authority, "api": service.graph, "ca_bundle": ca_name,
            "requests_per_minute": 0, "coverage_per_night": COVERAGE_A_NIGHT,
        }  # fmt: skip
        yield toml_table(("apple", one.key), settings)


def key_name(account: AppleDirectory) -> str:
    """Name of the file that holds the account's key."""
    return f"{account.key}-apple.pem"


def _left_key(path: Path) -> ec.EllipticCurvePrivateKey | None:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError):
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None
