"""A small shared service whose register knows night 1, and whose tenants have moved on to night 2."""

import copy
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from fleet.commands.organisations import adopt_configuration
from fleet.commands.sync import SyncOptions, SyncResult, sync_tenant
from fleet.config import Config, TenantConfig, load_config
from fleet.database import Database
from fleet.database.models import Run
from fleet.demo.directory import TenantDirectory
from fleet.demo.service import Service
from fleet.demo.service.delta import Seen
from fleet.demo.service.serve import config_text, write_credentials
from fleet.demo.service.throttle import Throttle
from fleet.domain.records import ObservedTenant
from fleet.http.retry import Stats
from fleet.intune.auth import TokenSource
from fleet.intune.client import GraphClient
from fleet.intune.read import read_tenant
from tests.factory import dump
from tests.fleet.demo.service.factory import SECRET, make_device, make_directory, make_user

NIGHT_1 = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
NIGHT_2 = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TENANTS = ("northbridge", "southmoor")
KEY = TENANTS[0]
DEVICES, PEOPLE = 40, 10
UNTOUCHED = frozenset({"run"})
"""What a sync that failed may leave behind: that it ran."""


def first_night(key: str) -> TenantDirectory:
    """A tenant as it was when the register last saw it."""
    return make_directory(DEVICES, PEOPLE, key)


def second_night(key: str) -> TenantDirectory:
    """The tenant a night later: a system updated, a device renamed, one new and one gone; a person moved, one new, one gone."""
    town = copy.deepcopy(first_night(key))
    devices, users = list(town.devices.values()), list(town.users.values())
    devices[1]["osVersion"] = "26.2"
    devices[2]["deviceName"] = f"{key.upper()[:2]}-IPAD-00002-B"
    newest = make_device(DEVICES, key, users)
    town.devices[newest["id"]] = newest
    town.primary_users[newest["id"]] = newest["userId"]
    gone = devices[-1]["id"]
    del town.devices[gone], town.primary_users[gone]
    users[3]["jobTitle"] = "Team Manager"
    del town.users[users[-1]["id"]]
    starter = make_user(PEOPLE, key)
    town.users[starter["id"]] = starter
    return town


@cache
def _pickled(number: int, key: str) -> bytes:
    """A tenant on one of the two nights: every test has one of its own, and making one takes ten times as long."""
    return pickle.dumps(first_night(key) if number == 1 else second_night(key))


CHANGES = {
    "people": {"read": 3, "new": 1, "changed": 1, "unchanged": 0, "left": 1, "absent": 0},
    "devices": {"read": DEVICES, "new": 1, "changed": 2, "unchanged": DEVICES - 3, "missing": 1, "problems": 0},
}
"""What a sync of the second night finds, when nothing goes wrong."""


@dataclass
class Town:
    """The running service, the configuration that points at it, and the register."""

    service: Service
    home: Path
    config: Config
    url: str = ""
    waits: list[float] = field(default_factory=list)
    delta_tokens: dict[str, dict[str, Seen]] = field(default_factory=dict)
    """What the service knew of the first night; it forgets old tokens, and every test starts from there."""

    registers: dict[str, Database] = field(default_factory=dict)
    """Opened ones by URL: SQLAlchemy compiles each statement once per engine, and a test's own would start anew."""

    def register(self, url: str = "") -> Database:
        """The register, opened when first asked for."""
        url = url or self.url
        if url not in self.registers:
            self.registers[url] = Database(url, create=False)
        return self.registers[url]

    def let_go(self, url: str) -> None:
        """Give back the connections to a register that is about to be replaced."""
        if url in self.registers:
            self.registers[url].close()

    def night(self, number: int) -> None:
        """Let the tenants have that night's content, and nothing be wrong with the service."""
        self.service.faults.clear()
        self.service.throttle = Throttle()
        for state in self.service.states():
            key = state.directory.key
            state.delta.tokens = OrderedDict(self.delta_tokens.get(key, {}))
            self.service.replace(pickle.loads(_pickled(number, key)))

    def read(self, tenant: TenantConfig, **options: Any) -> tuple[ObservedTenant, Stats]:
        """The real read, that notes its waits instead of waiting."""
        source = TokenSource(tenant, sleep=self.waits.append)
        with GraphClient(tenant, source, sleep=self.waits.append) as client:
            return read_tenant(tenant, client=client, **options)

    def sync(self, key: str = KEY, *, now: datetime = NIGHT_2, url: str = "", tenant: Mapping[str, Any] | None = None,
             **options: Any) -> SyncResult:  # fmt: skip
        """One sync, after a look that it tells no secret."""
        settings = replace(self.config.tenant(key), **(tenant or {}))
        result = sync_tenant(self.register(url), settings, SyncOptions("nightly", now, **options), self.read)
        told = f"{result.as_json()}"
        assert SECRET not in told
        assert "eyJ" not in told, "a token was told"
        assert result.error is None or "\n" not in result.error
        return result

    def contents(self, without: frozenset[str] = UNTOUCHED) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the register but that runs were."""
        return dump(self.register(), without=without)

    def last_run(self) -> Run:
        """The newest run."""
        with self.register().read() as session:
            return session.execute(select(Run).order_by(Run.id.desc()).limit(1)).scalar_one()


def open_town(service: Service, home: Path) -> Town:
    """Write the configuration of a started service into a folder."""
    service.page_size, service.delta_page_size, service.export_polls = 10, 4, 0
    directories = [state.directory for state in service.states()]
    write_credentials(directories, home)
    (home / "config.toml").write_text(config_text(service, directories), encoding="utf-8")
    return Town(service, home, load_config(home, {}))


def load_first_night(town: Town, url: str) -> None:
    """Let a register know the first night of both tenants."""
    town.night(1)
    with (
        Database(url, create=False) as database,
        database.transaction(actor="test", action="configuration", now=NIGHT_1) as session,
    ):
        adopt_configuration(session, town.config)
    for key in TENANTS:
        result = town.sync(key, now=NIGHT_1, url=url)
        assert (result.complete, result.error) == (True, None)
    for state in town.service.states():
        town.delta_tokens.setdefault(state.directory.key, {}).update(state.delta.tokens)
