"""A small account on the simulated Apple Business Manager, and a client that never really waits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.apple.client import AppleClient
from fleet.apple.read import read_account
from fleet.config.apple import AppleConfig
from fleet.demo.directory import AppleDirectory
from fleet.demo.service import Service
from fleet.demo.service.serve_apple import key_name, write_apple_keys
from fleet.domain.sources import ObservedAppleAccount, ObservedListing
from fleet.http.retry import Stats

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
INTUNE, OLD = "0" * 32, "1" * 32
SERIALS = [f"C0TEST{number:04d}" for number in range(25)]


def attributes(serial: str) -> dict[str, Any]:
    """A device as Apple lists it."""
    return {
        "serialNumber": serial, "addedToOrgDateTime": "2026-03-02T23:30:00.192Z", "releasedFromOrgDateTime": None,
        "deviceModel": "iPad (10th generation)", "productFamily": "iPad", "productType": "iPad13,18",
        "orderNumber": "PO-1", "orderDateTime": "2026-03-01T00:00:00Z", "status": "ASSIGNED", "imei": [],
    }  # fmt: skip


def directory(key: str = "northbridge") -> AppleDirectory:
    """25 iPads: all assigned to Intune but one to another service and one to none; two covered."""
    made = AppleDirectory(key, key, "BUSINESSAPI.11111111-aaaa-4bbb-8ccc-000000000001", "key-1")
    made.servers = {INTUNE: {"serverName": "Intune"}, OLD: {"serverName": "Old"}}
    for serial in SERIALS:
        made.devices[serial] = attributes(serial)
        made.assigned[serial] = INTUNE
    made.assigned[SERIALS[1]] = OLD
    del made.assigned[SERIALS[2]]
    made.devices[SERIALS[2]]["status"] = "UNASSIGNED"
    made.coverage[SERIALS[0]] = [
        {"endDateTime": "2027-01-31T00:00:00Z", "description": "Limited Warranty", "isCanceled": False},
        {"endDateTime": "2028-06-30T00:00:00Z", "description": "AppleCare+ for iPad", "isCanceled": False},
        {"endDateTime": "2030-06-30T00:00:00Z", "description": "AppleCare+ for iPad", "isCanceled": True},
    ]
    return made


@dataclass
class World:
    """One account on a running service, and what talking to it cost in waits."""

    service: Service
    directory: AppleDirectory
    account: AppleConfig
    waits: list[float] = field(default_factory=list)

    def client(self, **changes: Any) -> AppleClient:
        """A client that notes its waits instead of waiting."""
        return AppleClient(replace(self.account, **changes), sleep=self.waits.append, wall=lambda: NOW)

    def read(self, ask: Sequence[str] = (), **changes: Any) -> tuple[ObservedAppleAccount, Stats]:
        """A complete read."""

        def chosen(_listed: Sequence[ObservedListing]) -> Sequence[str]:
            return ask

        with self.client(**changes) as client:
            return read_account(client.account, coverage_of=chosen, now=NOW, client=client)

    def asked(self) -> list[str]:
        """Paths of the answered requests, in order."""
        return [one.path for one in self.service.requests]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = directory()
    write_apple_keys([made], tmp_path)
    with Service([], folder=tmp_path, apple=[made], clock=lambda: NOW) as service:
        yield World(service, made, account_of(service, made, tmp_path))


def account_of(service: Service, made: AppleDirectory, folder: Path) -> AppleConfig:
    """The configuration of an account on a running service."""
    return AppleConfig(
        made.key, made.organisation, made.client_id, made.key_id, folder / key_name(made), mdm_servers="Intune",
        sign_in=service.authority, api=service.graph, ca_bundle=service.ca_pem, requests_per_minute=0,
    )  # fmt: skip
