"""The doctor's look at what is read beside people and devices: Apple accounts, and tokens that end soon."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import london_date, london_text
from fleet.config import TenantConfig
from fleet.config.apple import AppleConfig
from fleet.database.models import AppleSource, Device, Enrolment, Tenant
from fleet.domain.sources import LIST_NAMES, TOKEN_NAMES
from fleet.domain.wording import counted, day_text
from fleet.errors import FleetError
from fleet.queries.apple import token_facts
from fleet.queries.checks import Check

WARNING_DAYS = 60
STALE = timedelta(hours=36)


def list_checks(session: Session, now: datetime) -> Iterator[Check]:
    """How old each list from Apple is, and which tokens end soon or do not work: what the last night knew."""
    rows = session.execute(
        select(AppleSource.kind, AppleSource.key, AppleSource.last_complete_at, AppleSource.last_count).order_by(
            AppleSource.kind, AppleSource.key
        )
    )
    for kind, key, read_at, count in rows:
        if read_at is None:
            continue
        name = f"{LIST_NAMES[kind]} of {key}"
        if now - read_at > STALE:
            yield Check(name, "warning", f"last read {london_text(read_at)}. See: fleet runs")
        else:
            yield Check(name, "good", f"{count:,} devices, read {london_text(read_at)}.")
    yield from _tokens(session, now)


def detail_checks(session: Session, tenants: Iterable[TenantConfig]) -> Iterator[Check]:
    """Which tenants have devices that were never asked one by one, and how many nights that takes yet; else nothing."""
    waiting = dict(
        session.execute(
            select(Tenant.key, func.count())
            .join(Enrolment, Enrolment.tenant_id == Tenant.id)
            .join(Device, Device.id == Enrolment.device_id)
            .where(
                Enrolment.closed_at.is_(None), Enrolment.enriched_at.is_(None), Device.ownership == "organisation",
                Tenant.last_complete_at.is_not(None),
            )
            .group_by(Tenant.key)
        ).all()
    )  # fmt: skip
    for tenant in tenants:
        number, nightly = waiting.get(tenant.key, 0), tenant.enrich_per_night
        if number and nightly:
            nights = counted(-(-number // nightly), "night")
            yield Check(
                f"details of {tenant.key}",
                "warning",
                f"{counted(number, 'device')} never read one by one, so without ICCID and UDID: {nights} to go, "
                f"{nightly:,} a night (enrich_per_night).",
            )


def _tokens(session: Session, now: datetime) -> Iterator[Check]:
    today = london_date(now)
    for one in token_facts(session):
        if one.expires_on is None or one.expires_on > today + timedelta(days=WARNING_DAYS):
            continue
        what = f"{TOKEN_NAMES.get(one.kind, one.kind)} of {one.tenant}"
        if one.expires_on < today:
            yield Check(what, "bad", f"ended on {day_text(one.expires_on)}. Renew it with the same Apple Account.", 1)
        else:
            yield Check(what, "warning", f"ends on {day_text(one.expires_on)}. Renew it with the same Apple Account.")


def permission_checks(tenant: str, roles: Iterable[str]) -> Iterator[Check]:
    """What the token does not allow to be read beside people and devices, which goes on without."""
    from fleet.intune.sources import unread

    for what, permission in unread(roles).items():
        sentence = f"{permission} is missing: not read are {what}. Grant it in Entra, with admin consent."
        yield Check(f"other sources of {tenant}", "warning", sentence)


def account_checks(account: AppleConfig, offline: bool) -> Iterator[Check]:
    """An account's key, its sign-in, and whether the management services of config.toml are there."""
    from fleet.apple.assertion import private_key
    from fleet.apple.read import check_account

    what = f"Apple account {account.key}"
    try:
        private_key(account.key, account.key_file)
    except FleetError as error:
        yield Check(f"key of {what}", "bad", error.message, error.exit_code)
        return
    yield Check(f"key of {what}", "good", f"{account.key_file.name} is there, and for its owner alone.")
    if offline:
        yield Check(what, "skipped", "not asked for (--offline).")
        return
    try:
        servers = check_account(account)
    except FleetError as error:
        yield Check(what, "bad", error.message, error.exit_code)
        return
    missing = [one for one in account.right_servers if one not in servers]
    if missing:
        known = ", ".join(sorted(servers)) or "none"
        sentence = (
            f"has no management service called {missing[0]} (it has: {known}). Correct mdm_servers in config.toml."
        )
        yield Check(what, "warning", sentence)
    else:
        yield Check(what, "good", f"can be read; management services: {', '.join(sorted(servers)) or 'none'}.")
