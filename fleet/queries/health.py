"""Is everything in order? Each check answers in one line: what was looked at, how it is, what to do."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from fleet.clock import london_date, london_text
from fleet.config import CONFIG_NAME, Config, TenantConfig
from fleet.config.secrets import others_can_read
from fleet.database import Database
from fleet.database.models import ChainHead, Event, Run
from fleet.domain.os_support import SupportTable
from fleet.domain.rules.context import Context
from fleet.domain.wording import counted, day_text
from fleet.errors import FleetError
from fleet.queries.checks import Check
from fleet.queries.health_actions import action_checks
from fleet.queries.health_sources import account_checks, detail_checks, list_checks, permission_checks
from fleet.queries.summary import summary

EXPIRY_WARNING = timedelta(days=60)
STALE_SYNC = timedelta(hours=36)
"""A tenant is synced every night; a day and a half without is worth a word."""
CLOCK_SKEW = timedelta(minutes=10)
"""So far may the clocks of two machines that share a register be apart."""


def examine(
    config: Config, open_database: Callable[[], Database], *, now: datetime, offline: bool = False
) -> Iterator[Check]:
    """Look at the configuration, the register, and each tenant's credential and permissions."""
    yield _configuration(config)
    yield from _rules(config, now)
    yield from _nightly(config)
    yield from _database(config, open_database, now)
    for tenant in config.tenants.values():
        yield from _tenant(tenant, now, offline)
        yield from action_checks(tenant, offline)
    for account in config.apple.values():
        yield from account_checks(account, offline)
    yield from _support_table(config, now)


def _configuration(config: Config) -> Check:
    path = config.home / CONFIG_NAME
    if not path.exists():
        return Check(
            "configuration",
            "warning",
            f"{path} does not exist. Add your first tenant with: fleet tenant add --help",
        )
    numbers = f"{counted(len(config.organisations), 'organisation')}, {counted(len(config.tenants), 'tenant')}"
    return Check("configuration", "good", f"{path}: {numbers}.")


def _rules(config: Config, now: datetime) -> Iterator[Check]:
    """Only what is wrong: a sync would find it when everything was read already."""
    try:
        Context.from_config(config.rules, now, SupportTable.load())
    except FleetError as error:
        yield Check("rules", "bad", error.message, error.exit_code)


def _nightly(config: Config) -> Iterator[Check]:
    """Only what is wrong: a night, or a delivery, would find it when nobody looks."""
    from fleet.domain.nightly import deliveries, notices, timetable

    problems: list[str] = []
    tables = config.nightly
    timetable.jobs(tables.get("schedule", {}), config.tenants, delivers="deliver" in tables, problems=problems)
    found = deliveries.orders(tables.get("deliver", {}), config.organisations, config.tenants, problems)
    mail = deliveries.post(tables.get("mail"), config.tenants, problems)
    hooks = notices.hooks(tables.get("notify"), problems)
    if mail is None and (hooks.mail or any(one.channel == "mail" for order in found for one in order.recipients)):
        problems.append("[mail] must say how mail leaves")
    for problem in problems:
        yield Check("nightly", "bad", f"{config.home / CONFIG_NAME}: {problem}.", 2)


def _database(config: Config, open_database: Callable[[], Database], now: datetime) -> Iterator[Check]:
    try:
        database = open_database()
        where = make_url(config.database_url).render_as_string(hide_password=True)
        with database.read() as session:
            yield Check("database", "good", f"{where} is open and at this program's migration.")
            yield from _syncs(session, now)
            yield from detail_checks(session, config.tenants.values())
            yield from list_checks(session, now)
            yield _history(session)
            yield from _clock(session, now)
    except FleetError as error:
        yield Check("database", "bad", error.message, error.exit_code)


def _syncs(session: Session, now: datetime) -> Iterator[Check]:
    for tenant in summary(session).tenants:
        name = f"last sync of {tenant.tenant}"
        if tenant.last_complete_at is None:
            yield Check(name, "warning", f"Never synced completely. Run: fleet sync --tenant {tenant.tenant}")
        elif now - tenant.last_complete_at > STALE_SYNC:
            yield Check(
                name,
                "warning",
                f"{london_text(tenant.last_complete_at)}; newest run: {tenant.last_error or tenant.last_state}.",
            )
        else:
            yield Check(name, "good", london_text(tenant.last_complete_at))


def _history(session: Session) -> Check:
    head = session.execute(select(ChainHead.events)).scalar_one_or_none()
    running = session.execute(select(Run.id).where(Run.state == "running")).scalars().all()
    if head is None:
        return Check("history", "bad", "The hash chain has no head: the register is damaged (docs/OPERATIONS.md).", 4)
    if running:
        return Check(
            "history",
            "warning",
            f"{counted(head, 'event')}. Run {running[0]} is still running, or was killed; the next sync says which.",
        )
    return Check("history", "good", f"{counted(head, 'event')}. Recompute the chain with: fleet db verify")


def _clock(session: Session, now: datetime) -> Iterator[Check]:
    """Only what is wrong: what was written last can't be of a time to come."""
    newest = session.execute(select(Event.recorded_at).order_by(Event.id.desc()).limit(1)).scalar_one_or_none()
    if newest is not None and newest - now > CLOCK_SKEW:
        yield Check(
            "clock",
            "warning",
            f"It is {london_text(now)} here, but the newest event is of {london_text(newest)}. Set this machine's clock.",
        )


def _tenant(tenant: TenantConfig, now: datetime, offline: bool) -> Iterator[Check]:
    try:
        if tenant.certificate is not None:
            yield _certificate(tenant, tenant.certificate, now)
        else:
            tenant.secret()
            yield Check(f"secret of {tenant.key}", "good", "is there. Its expiry shows in Entra only.")
    except FleetError as error:
        yield Check(f"credential of {tenant.key}", "bad", error.message, error.exit_code)
        return
    if offline:
        yield Check(f"token for {tenant.key}", "skipped", "not asked for (--offline).")
        return
    yield from _token(tenant)


def _certificate(tenant: TenantConfig, path: Path, now: datetime) -> Check:
    from fleet.intune.auth import certificate_expiry

    expires = certificate_expiry(path)
    what = f"certificate of {tenant.key}"
    if expires <= now:
        return Check(
            what,
            "bad",
            f"{path.name} expired on {day_text(london_date(expires))}. Make a new one with: fleet tenant renew {tenant.key}",
            5,
        )
    if expires - now < EXPIRY_WARNING:
        return Check(
            what,
            "warning",
            f"{path.name} expires on {day_text(london_date(expires))}. Renew it before: fleet tenant renew {tenant.key}",
        )
    if others_can_read(path):
        return Check(what, "warning", f"{path.name} holds a private key that others can read. Run: chmod 600 {path}")
    return Check(what, "good", f"{path.name} is valid until {day_text(london_date(expires))}.")


def _token(tenant: TenantConfig) -> Iterator[Check]:
    from fleet.intune.auth import missing_permissions, token_roles, token_source

    try:
        token = token_source(tenant).token()
    except FleetError as error:
        yield Check(f"token for {tenant.key}", "bad", error.message, error.exit_code)
        return
    yield Check(f"token for {tenant.key}", "good", "was given.")
    yield from permission_checks(tenant.key, token_roles(token))
    missing = missing_permissions(token_roles(token))
    if not missing:
        yield Check(f"permissions of {tenant.key}", "good", "all that a sync needs.")
    for purpose, permission in missing.items():
        needed = purpose in ("devices", "people")
        yield Check(
            f"permissions of {tenant.key}", "bad" if needed else "warning",
            f"{permission} is missing: no {purpose} can be read. Grant it in Entra, with admin consent.", 5 if needed else 0,
        )  # fmt: skip


def _support_table(config: Config, now: datetime) -> Iterator[Check]:
    """The table that a sync would judge by: the one of `[rules.os-unsupported]`, else the one that Fleet brings."""
    own = config.rules.get("os-unsupported", {}).get("table")
    try:
        table = SupportTable.load(config.home / str(own) if own else None)
    except FleetError as error:
        yield Check("OS support data", "bad", error.message, error.exit_code)
        return
    day = day_text(table.as_at)
    if table.stale(london_date(now)):
        yield Check(
            "OS support data",
            "warning",
            f"as at {day}: older than 60 days. Update Fleet, or name a newer table in config.toml.",
        )
    else:
        yield Check("OS support data", "good", f"as at {day}.")
