"""A small tenant on the simulated service, and a client that never really waits."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.config import TenantConfig
from fleet.demo.directory import TenantDirectory
from fleet.demo.service import Service
from fleet.domain.records import ObservedDevice, ObservedTenant
from fleet.http.retry import Stats
from fleet.intune.auth import TokenSource
from fleet.intune.client import GraphClient
from fleet.intune.read import read_tenant
from tests.fleet.demo.service.factory import SECRET, make_directory

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DEVICES = 25
PEOPLE = 10


@dataclass
class World:
    """One tenant on a running service, and what talking to it cost in waits."""

    service: Service
    directory: TenantDirectory
    tenant: TenantConfig
    waits: list[float] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    """Every token that was used."""

    def source(self, **changes: Any) -> TokenSource:
        """A token source of its own: the process-wide one remembers refusals for a minute."""
        return TokenSource(replace(self.tenant, **changes), sleep=self.waits.append)

    def client(self, tokens: TokenSource | None = None, **options: Any) -> GraphClient:
        """A client that notes its waits instead of waiting."""
        source = tokens or self.source()
        world = self

        class Watched:
            def token(self, claims: str | None = None, fresh: bool = False) -> str:
                token = source.token(claims, fresh)
                world.tokens.append(token)
                return token

        tenant = replace(self.tenant, **options.pop("tenant", {}))
        return GraphClient(tenant, Watched(), sleep=self.waits.append, **options)

    def read(
        self,
        link: str | None = None,
        *,
        details: int = 0,
        primary_users: bool = False,
        known: Mapping[str, bytes | None] | None = None,
        **options: Any,
    ) -> tuple[ObservedTenant, Stats]:
        """One whole read."""

        def first(devices: list[ObservedDevice]) -> list[str]:
            return [one.intune_id for one in devices[:details]]

        with self.client(**options) as client:
            return read_tenant(
                client.tenant,
                people_delta_link=link,
                enrich=first,
                want_primary_users=primary_users,
                now=NOW,
                client=client,
                known=None if known is None else lambda: known,
            )


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no CA bundle of the machine that runs the tests."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """The client secret in a file that only its owner reads."""
    path = tmp_path / "secret"
    path.touch(mode=0o600)
    path.write_text(SECRET)
    return path


@pytest.fixture
def world(tmp_path: Path, secret_file: Path) -> Iterator[World]:
    """Twenty-five devices in pages of ten, and ten people in pages of four."""
    directory = make_directory(DEVICES, PEOPLE)
    folder = tmp_path / "service"
    folder.mkdir()
    with Service([directory], folder=folder) as service:
        service.page_size = 10
        service.delta_page_size = 4
        tenant = TenantConfig(
            key="northbridge",
            organisation="northbridge",
            tenant_id=directory.tenant_id,
            client_id=directory.client_id,
            secret_file=secret_file,
            authority=service.authority,
            graph=service.graph,
            ca_bundle=service.ca_pem,
        )
        yield World(service, directory, tenant)


@pytest.fixture
def unused_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
