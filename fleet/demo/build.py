"""Build a demonstration: an estate, its service, three nights of the real sync over HTTPS, and what was found."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from fleet.apple.read import read_account
from fleet.commands.apple import AppleResult, sync_apple
from fleet.commands.organisations import adopt_configuration
from fleet.commands.sync import SyncOptions, SyncResult, sync_tenant
from fleet.config import DEMO_MARKER, TenantConfig, load_config, toml_table
from fleet.database import Database
from fleet.demo.estate import Estate, generate
from fleet.demo.graph_view import graph_view
from fleet.demo.register import load_register
from fleet.demo.service import Service
from fleet.demo.service.serve import config_text, with_actions, write_credentials
from fleet.demo.service.serve_apple import write_apple_keys
from fleet.demo.sources_view import apple_views
from fleet.domain.rules import RULES
from fleet.errors import FleetError, NotAllowed
from fleet.intune.read import read_tenant
from fleet.queries.summary import found_by_rule, summary

NIGHTS = (1, 2, 3)

Say = Callable[[str], None]


@dataclass(slots=True)
class Demonstration:
    """What was built; the keys of `as_json` are a contract with scripts."""

    home: Path
    organisations: int = 0
    people: int = 0
    devices: dict[str, int] = field(default_factory=dict)
    planted: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    syncs: list[SyncResult] = field(default_factory=list)
    apple: list[AppleResult] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """`fleet demo --no-tui --json`."""
        return {
            "home": str(self.home), "organisations": self.organisations, "people": self.people, "devices": self.devices,
            "planted": self.planted, "found": self.found, "seconds": round(self.seconds, 2),
        }  # fmt: skip


def build(
    home: Path,
    *,
    now: datetime,
    devices: int = 2000,
    seed: int = 2026,
    database_url: str | None = None,
    say: Say = lambda _: None,
) -> Demonstration:
    """Make a demonstration in `home`, replacing an earlier one there.

    Raises `NotAllowed` when the folder or database holds anything but a demonstration, and whatever a failed sync says.
    """
    started = time.monotonic()
    prepare(home, seed=seed, devices=devices, now=now)
    say(f"Making an estate of {devices:,} iPads and iPhones")
    estate = generate(seed=seed, devices=devices, now=now)
    result = Demonstration(home, planted=dict(sorted(Counter(one.rule for one in estate.answer_key).items())))
    url = database_url or f"sqlite:///{home / 'fleet.db'}"
    with Database(url) as database:
        _refuse_used(database)
        say("Loading what the councils had recorded")
        load_register(database, estate)
        _sync_nights(home, estate, database, result, say)
        with database.read() as session:
            numbers = summary(session)
            result.found = found_by_rule(session)
    result.organisations, result.people = numbers.organisations, numbers.people
    result.devices = {kind: numbers.devices[kind] for kind in ("ipad", "iphone", "thin_client", "personal")}
    result.seconds = time.monotonic() - started
    return result


def prepare(home: Path, *, seed: int, devices: int, now: datetime) -> None:
    """An empty folder for a demonstration, marked as one."""
    if home.exists() and any(home.iterdir()):
        if not (home / DEMO_MARKER).exists():
            raise NotAllowed(f"{home} is not empty and not a demonstration. Choose another folder with --home.")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / DEMO_MARKER).write_text(
        json.dumps({"seed": seed, "devices": devices, "now": now.isoformat()}), encoding="utf-8"
    )


def estate_of(home: Path) -> Estate:
    """The estate that the demonstration in a folder was made from."""
    try:
        made = json.loads((home / DEMO_MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NotAllowed(f"There is no demonstration in {home}. Make one with: fleet demo") from None
    return generate(seed=made["seed"], devices=made["devices"], now=datetime.fromisoformat(made["now"]))


def _refuse_used(database: Database) -> None:
    with database.read() as session:
        if summary(session).organisations:
            raise NotAllowed("That database already holds a register. A demonstration needs an empty one.")


NAMES_AND_CATEGORIES: dict[str, dict[str, Any]] = {
    "device-name": {"pattern": "(?!TEMP-).*"},
    "category-wrong": {"allowed": "Social care, Members, Shared"},
}
"""What only a council can say: here, that no device keeps the name of its set-up, and which categories are in use."""


def demo_rules() -> dict[str, dict[str, Any]]:
    """The rules of a demonstration: what is off unless asked for is asked for."""
    return {one.key: {"enabled": True} for one in RULES if not one.enabled} | NAMES_AND_CATEGORIES


def rules_text() -> str:
    """The rules of a demonstration as part of its config.toml."""
    return "".join("\n" + toml_table(("rules", key), values) for key, values in demo_rules().items())


def details_per_night(devices: int, tenant: TenantConfig) -> int:
    """How many devices are read one by one in each night, so that none is left after the last.

    A real tenant has weeks for it; what is planted in a device that nobody asked could not be found.
    """
    return max(tenant.enrich_per_night, ceil(devices / len(NIGHTS)))


def _sync_nights(home: Path, estate: Estate, database: Database, result: Demonstration, say: Say) -> None:
    directories = [graph_view(estate, one.key, NIGHTS[0]) for one in estate.tenants]
    write_credentials(directories, home)
    with_actions(directories, home)
    certificates = {one.key: (one.secret, one.certificate_pem) for one in directories}
    accounts = apple_views(estate)
    write_apple_keys(accounts, home)
    with Service(directories, folder=home, apple=accounts) as service:
        service.export_polls = 0  # A real report takes its time; waiting for an invented one would be theatre.
        (home / "config.toml").write_text(config_text(service, directories) + rules_text(), encoding="utf-8")
        config = load_config(home)
        with database.transaction(actor="demo", action="configuration", now=estate.now - timedelta(days=3)) as session:
            adopt_configuration(session, config)
        for night in NIGHTS:
            moment = estate.now - timedelta(days=NIGHTS[-1] - night)
            say(f"Night {night} of {len(NIGHTS)}: syncing {len(config.tenants)} tenants from Microsoft Graph")
            for key, tenant in config.tenants.items():
                directory = graph_view(estate, key, night)
                directory.secret, directory.certificate_pem = certificates[key]
                service.replace(directory)
                asked = replace(tenant, enrich_per_night=details_per_night(len(directory.devices), tenant))
                options = SyncOptions("nightly sync", moment, rules=config.rules, support_folder=home)
                one = sync_tenant(database, asked, options, read_tenant)
                result.syncs.append(one)
                if one.error:
                    raise FleetError(f"The sync of {key} failed: {one.error}", code="demo")
            for account in config.apple.values():
                options = SyncOptions("nightly sync", moment, rules=config.rules, support_folder=home)
                listed = sync_apple(database, account, options, read_account)
                result.apple.append(listed)
                if listed.error:
                    raise FleetError(f"The read of {account.key} at Apple failed: {listed.error}", code="demo")
