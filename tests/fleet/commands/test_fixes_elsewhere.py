"""What a rule suggests to be done in Intune, Entra or at Apple settles what it found, once the next sync has seen it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fleet.apple.read import read_account
from fleet.commands.apple import sync_apple
from fleet.commands.rejudging import rejudge_after_commands
from fleet.commands.sync import SyncOptions, sync_tenant
from fleet.config import Config, TenantConfig, load_config
from fleet.database import Database
from fleet.database.models import Finding
from fleet.demo.build import NIGHTS, estate_of, rules_text
from fleet.demo.directory import AppleDirectory, TenantDirectory
from fleet.demo.estate.seeds import Planted
from fleet.demo.graph_view import graph_view
from fleet.demo.service import Service
from fleet.demo.service.serve import config_text, write_credentials
from fleet.demo.service.serve_apple import write_apple_keys
from fleet.demo.sources_view import apple_views
from fleet.domain.rules import RULES
from fleet.intune.read import read_tenant
from tests.fleet.conftest import DEMO_NOW, Built

TONIGHT = DEMO_NOW + timedelta(hours=1)


@dataclass
class World:
    """A register with everything planted, and all that can be changed outside it."""

    database: Database
    config: Config
    service: Service
    tenants: dict[str, TenantDirectory]
    apple: dict[str, AppleDirectory]
    planted: tuple[Planted, ...]

    def found(self) -> dict[int, str]:
        with self.database.read() as session:
            rows = session.execute(select(Finding.id, Finding.rule).where(Finding.state != "fixed")).all()
        return {row[0]: row[1] for row in rows}

    def device(self, one: Planted) -> dict[str, Any]:
        """Intune's record that a planted discrepancy is about."""
        return next(view.devices[one.intune_id] for view in self.tenants.values() if one.intune_id in view.devices)

    def set_all(self, rule: str, **values: Any) -> None:
        for one in self.of(rule):
            self.device(one).update(values)

    def of(self, rule: str) -> list[Planted]:
        return [one for one in self.planted if one.rule == rule]

    def delete_claims(self, rule: str) -> None:
        """Delete the records in Intune that the findings of a rule name."""
        with self.database.read() as session:
            told = session.execute(select(Finding.evidence).where(Finding.rule == rule)).scalars().all()
        wrong = [number for one in told for number in one["observed"]["intune_ids"]]
        assert wrong
        for view in self.tenants.values():
            for number in wrong:
                view.devices.pop(number, None)

    def tokens(self) -> Iterator[dict[str, Any]]:
        for view in self.tenants.values():
            yield from view.ade_tokens
            yield from view.vpp_tokens
            yield from [view.push_certificate] if view.push_certificate else []

    def night(self) -> None:
        """Everything is synced again."""
        options = SyncOptions("night", TONIGHT, rules=self.config.rules, since=TONIGHT)
        for key, tenant in self.config.tenants.items():
            self.service.replace(self.tenants[key])
            result = sync_tenant(self.database, tenant, options, read_tenant)
            assert result.error is None, result.error
        for account in self.config.apple.values():
            listed = sync_apple(self.database, replace(account, coverage_per_night=500), options, read_account)
            assert listed.error is None, listed.error


@pytest.fixture
def world(sqlite_demonstration: Built, tmp_path: Path) -> Iterator[World]:
    estate = estate_of(sqlite_demonstration.home)
    tenants = {one.key: graph_view(estate, one.key, NIGHTS[-1]) for one in estate.tenants}
    accounts = apple_views(estate)
    write_credentials(tenants.values(), tmp_path)
    write_apple_keys(accounts, tmp_path)
    shutil.copyfile(sqlite_demonstration.home / "fleet.db", tmp_path / "fleet.db")
    with Service(list(tenants.values()), folder=tmp_path, apple=accounts) as service:
        service.export_polls = 0
        (tmp_path / "config.toml").write_text(config_text(service, tenants.values()) + rules_text(), encoding="utf-8")
        config = load_config(tmp_path)
        with Database(config.database_url, create=False) as database:
            rejudge_after_commands(database, config)
            apple = {one.key: one for one in accounts}
            yield World(database, config, service, tenants, apple, tuple(estate.answer_key))


# --- what a person does elsewhere, by rule ------------------------------------------------------------------------


def _renewed(tenant: TenantConfig) -> TenantConfig:
    return tenant if tenant.credential_until is None else replace(tenant, credential_until=date(2028, 1, 1))


def _sign_in_again(world: World) -> None:
    """The account is in Entra again: the people that come tell who it is."""
    for one in world.of("unknown-person"):
        device = world.device(one)
        view = next(view for view in world.tenants.values() if one.intune_id in view.devices)
        pattern = next(iter(view.users.values()))
        user = {"id": device["userId"], "userPrincipalName": device["userPrincipalName"], "displayName": "Back Again"}
        view.users[device["userId"]] = {**pattern, **user, "mail": device["userPrincipalName"], "employeeId": None}


def _right_tenant(world: World) -> None:
    """Wiped where it was, enrolled where it belongs."""
    for one in world.of("wrong-tenant"):
        wrong = next(view for view in world.tenants.values() if one.intune_id in view.devices)
        device = wrong.devices.pop(one.intune_id or "")
        right = next(view for view in world.tenants.values() if view.key == one.organisation)
        again = device["id"].replace(device["id"][:8], "0badcafe")
        stamp = TONIGHT.strftime("%Y-%m-%dT%H:%M:%SZ")
        right.devices[again] = {**device, "id": again, "enrolledDateTime": stamp, "lastSyncDateTime": stamp}


def _primary_users(world: World) -> None:
    for one in world.of("primary-user-differs"):
        view = next(view for view in world.tenants.values() if one.intune_id in view.devices)
        view.primary_users[one.intune_id or ""] = world.device(one)["userId"]


def _renew_credentials(world: World) -> None:
    tenants = {key: _renewed(one) for key, one in world.config.tenants.items()}
    world.config = replace(world.config, tenants=tenants)


def _renew_tokens(world: World) -> None:
    for one in world.tokens():
        one.update({name: "2028-01-01T00:00:00Z" for name in one if name.lower().endswith("expirationdatetime")})


def _mend_tokens(world: World) -> None:
    now = TONIGHT.strftime("%Y-%m-%dT%H:%M:%SZ")
    for one in world.tokens():
        one.update({name: now for name in one if name in ("lastSuccessfulSyncDateTime", "lastSyncDateTime")})
        one.update({name: value for name, value in {"state": "valid", "lastSyncErrorCode": 0}.items() if name in one})


def _list_with_apple(world: World) -> None:
    for one in world.of("not-on-apple-list"):
        account = world.apple[one.organisation]
        pattern = next(iter(account.devices.values()))
        account.devices[one.device] = {**pattern, "serialNumber": one.device, "orderNumber": "MADE-BY-HAND"}
        account.assigned[one.device] = _server(account)


def _assign(world: World) -> None:
    for one in world.of("wrong-mdm-server"):
        account = world.apple[one.organisation]
        account.assigned[one.device] = _server(account)
        account.devices[one.device]["status"] = "ASSIGNED"


def _server(account: AppleDirectory) -> str:
    return next(key for key, one in account.servers.items() if one["serverName"] == "Microsoft Intune")


def _cover(world: World) -> None:
    for one in world.of("applecare-ending"):
        for cover in world.apple[one.organisation].coverage[one.device]:
            cover["endDateTime"] = "2029-01-01T12:00:00Z"


def _wipe_apps(world: World) -> None:
    for one in world.of("apps-unapproved"):
        view = next(view for view in world.tenants.values() if view.key == one.organisation)
        user = next(key for key, person in view.users.items() if person["userPrincipalName"] == one.device)
        view.app_registrations = [app for app in view.app_registrations if app["userId"] != user]


DONE: dict[str, Callable[[World], None]] = {
    "unknown-person": _sign_in_again,
    "wrong-tenant": _right_tenant,
    "os-unsupported": lambda world: world.set_all("os-unsupported", osVersion="26.7.1"),
    "update-overdue": lambda world: world.set_all("update-overdue", osVersion="26.7.1"),
    "noncompliant": lambda world: world.set_all("noncompliant", complianceState="compliant"),
    "not-supervised": lambda world: world.set_all("not-supervised", isSupervised=True),
    "not-encrypted": lambda world: world.set_all("not-encrypted", isEncrypted=True),
    "jailbroken": lambda world: world.set_all("jailbroken", jailBroken="False"),
    "personal-marked-corporate": lambda world: world.set_all("personal-marked-corporate", managedDeviceOwnerType="personal"),
    "owned-marked-personal": lambda world: world.set_all("owned-marked-personal", managedDeviceOwnerType="company"),
    "duplicate-serial": lambda world: world.delete_claims("duplicate-serial"),
    "duplicate-imei": lambda world: world.delete_claims("duplicate-imei"),
    "primary-user-differs": _primary_users,
    "device-name": lambda world: world.set_all("device-name", deviceName="NB-by-the-rule"),
    "category-wrong": lambda world: world.set_all("category-wrong", deviceCategoryDisplayName="Shared"),
    "credential-expiring": _renew_credentials,
    "not-on-apple-list": _list_with_apple,
    "wrong-mdm-server": _assign,
    "applecare-ending": _cover,
    "token-expiring": _renew_tokens,
    "token-failing": _mend_tokens,
    "apps-unapproved": _wipe_apps,
}  # fmt: skip
"""Rule -> what it says is done elsewhere, as it would show there."""
NOT_HERE = {
    "byod-unapproved": "is approved in the register, or retired through the outbox",
    "byod-consent-expired": "the same",
    "warranty-ending": "goes by itself when the day is past",
}
"""Rules without a fix of the register that something else than a change elsewhere settles, and where that is shown."""


def test_every_rule_without_a_fix_of_the_register_is_settled_by_what_it_says_is_done_elsewhere(world: World) -> None:
    assert DONE.keys() | NOT_HERE.keys() == {rule.key for rule in RULES if not rule.fixes}
    before = world.found()
    assert DONE.keys() <= set(before.values()), "everything is planted"
    for done in DONE.values():
        done(world)
    world.night()
    after = world.found()
    assert {rule for number, rule in before.items() if number in after} & DONE.keys() == set(), "not settled"
    assert {rule for rule in after.values() if rule in DONE} == set()
    kept = {number for number, rule in before.items() if rule not in DONE}
    assert kept - after.keys() == set(), "what nothing was done about is still there"
