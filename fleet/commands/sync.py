"""A tenant's night: observed -> plan -> brake -> apply -> findings, in one transaction, with the run recorded.

A run that fails or is killed leaves the register as it was and says why; the next one repairs.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands import findings
from fleet.commands.apply_plan import apply_details, apply_devices, apply_people
from fleet.commands.apply_plan.sources import apply_sources
from fleet.commands.apply_plan.writing import update_silently
from fleet.commands.clocks import raise_if_set_back
from fleet.commands.collector import collector_at_rest
from fleet.commands.credentials import note_credential
from fleet.commands.enrichment import devices_to_ask
from fleet.commands.lease import LEASE, renewed
from fleet.commands.plan_words import by_name, in_words
from fleet.commands.runs import finish_run, let_go, raise_if_given_up, start_run
from fleet.commands.sync_result import SyncOptions, SyncResult
from fleet.config import TenantConfig
from fleet.database import Database
from fleet.database.history import keep_event, open_event
from fleet.database.models import Enrolment, Tenant
from fleet.domain.facts import Clash
from fleet.domain.plan import (
    DevicePlan,
    PeoplePlan,
    RecordedTenant,
    Removal,
    plan_devices,
    plan_people,
    raise_if_unbelievable,
)
from fleet.domain.records import ObservedDevice, ObservedTenant, Problem, SeenDevice
from fleet.errors import FleetError, RefusedByBrake
from fleet.intune.sources import SourceWish
from fleet.queries import tenants

__all__ = ["Read", "SyncOptions", "SyncResult", "sync_tenant"]

Progress = Callable[[str, int, int | None], None]
Read = Callable[..., tuple[ObservedTenant, Any]]


@dataclass(slots=True)
class _Night:
    """The register's side as loaded for planning, and the head of history at that moment."""

    recorded: RecordedTenant
    head: str


@dataclass(slots=True)
class _Plans:
    people: PeoplePlan
    devices: DevicePlan


@dataclass(slots=True)
class _Told:
    """The little of what was read and planned that is still needed once it is written."""

    clashes: Sequence[Clash] | None
    problems: list[Problem]


def sync_tenant(
    database: Database,
    tenant: TenantConfig,
    options: SyncOptions,
    read: Read,
    on_progress: Progress | None = None,
    result: SyncResult | None = None,
) -> SyncResult:
    """Sync one tenant. Never raises a `FleetError`: the result carries it, so that other tenants go on.

    A mistake in the program is raised; a caller who hands in the `result` still has what was known by then.
    """
    result = result or SyncResult(tenant.key)
    failure = "The sync stopped on a mistake in the program; the log has the details. The register was left as it was."
    try:
        with collector_at_rest():
            if options.dry:
                _observe_and_plan(database, tenant, options, read, on_progress, result)
            else:
                _run(database, tenant, options, read, on_progress, result)
    except FleetError as error:
        result.error, result.exit_code, failure = error.message, error.exit_code, error.message
        result.code = error.code
    except KeyboardInterrupt:
        failure = "Stopped by whoever started it. The register was left as it was."
        raise
    finally:
        if result.run is not None:
            if not result.complete:
                _fail(database, result, failure, options.now)
            let_go(database, result.run)
        result.seconds = time.monotonic() - result.began
    return result


def _run(
    database: Database,
    tenant: TenantConfig,
    options: SyncOptions,
    read: Read,
    on_progress: Progress | None,
    result: SyncResult,
) -> None:
    with database.read() as session:
        row = tenants.tenant_row(session, tenant.key)
        raise_if_set_back(session, options.now, options.clock_tolerance)
    result.run = start_run(
        database,
        kind="sync",
        source=f"intune:{tenant.key}",
        actor=options.actor,
        now=options.now,
        lease=LEASE,
        tenant_id=row.id,
        organisation_id=row.organisation_id,
    )
    with renewed(database, result.run, lambda: _ended(options.now, result)):
        observed, head, plans = _observe_and_plan(database, tenant, options, read, on_progress, result)
    with database.transaction(
        actor=options.actor,
        action="sync",
        now=options.now,
        reason=options.reason,
        organisation_id=row.organisation_id,
        run_id=result.run,
    ) as session:
        raise_if_given_up(session, result.run)
        if tenants.history_head(session, lock=True) != head:
            # Somebody wrote while we were reading: plan on what is true now.
            recorded = tenants.recorded_tenant(session, row.id, row.organisation_id)
            plans = _plan(session, row, observed, recorded, options, result)
            del recorded
        listed = len(observed.devices) + len(observed.unchanged)
        observed = replace(observed, people=[], devices=[], unchanged=())  # What the plan needs of them, it has.
        note_credential(session, row.id, tenant)
        told = _apply(session, row, observed, plans, options, result)
        _remember(session, row.id, observed, options, listed)
        del observed, plans  # Written: of 200,000 devices that is half the memory, which the rules have a use for.
        _judge(session, row, told, options, result)
    result.complete = True


def _observe_and_plan(
    database: Database,
    tenant: TenantConfig,
    options: SyncOptions,
    read: Read,
    on_progress: Progress | None,
    result: SyncResult,
) -> tuple[ObservedTenant, str, _Plans]:
    """What the tenant has, the head of history that the register's side was loaded at, and what follows from both."""
    with database.read() as session:
        row = tenants.tenant_row(session, tenant.key)

    @cache
    def load() -> _Night:
        """Called by the reader while the first answer is on its way."""
        with database.read() as session:
            return _load(session, row)

    # Details and primary users are in no plan: a run that shows one, or keeps only people, need not ask for them.
    planless = options.dry or options.only == "people"

    def choose(devices: Sequence[ObservedDevice | SeenDevice]) -> list[str]:
        held = load().recorded.open_enrolments
        return devices_to_ask(devices, held, options.now, 0 if planless else tenant.enrich_per_night, options.since)

    observed, stats = read(
        tenant,
        people_delta_link=row.people_delta_link,
        enrich=choose,
        want_primary_users=tenant.primary_users and not planless,
        now=options.now,
        on_progress=on_progress,
        known=lambda: {intune_id: one.fingerprint for intune_id, one in load().recorded.open_enrolments.items()},
        on_cost=result.note_cost,
        sources=None if planless or not tenant.other_sources else SourceWish(options.since or row.audit_read_to),
    )
    result.note_cost(stats)
    result.unread = list(observed.beside.not_permitted) if observed.beside else []
    night = load()
    with database.read() as session:
        plans = _plan(session, row, observed, night.recorded, options, result)
    return observed, night.head, plans


def _load(session: Session, row: Any) -> _Night:
    head = tenants.history_head(session)
    return _Night(tenants.recorded_tenant(session, row.id, row.organisation_id), head)


def _plan(
    session: Session,
    row: Any,
    observed: ObservedTenant,
    recorded: RecordedTenant,
    options: SyncOptions,
    result: SyncResult,
) -> _Plans:
    people = PeoplePlan()
    if options.only != "devices":
        tenants.add_people(session, recorded, row.id, None if observed.people_complete else _spoken_of(observed))
        people = plan_people(
            observed.people,
            recorded,
            complete=observed.people_complete,
            today=london_date(options.now),
            unreadable={one.where for one in observed.problems if one.code == "bad-person"},
        )
    devices = DevicePlan()
    if options.only != "people":
        devices = plan_devices(
            observed.devices,
            recorded,
            tenant=observed.tenant,
            organisation=row.organisation,
            full=lambda ids: tenants.full_enrolments(session, ids),
            index=lambda unknown: tenants.device_index(session, unknown),
            read_problems=[one for one in observed.problems if one.code in DEVICE_PROBLEMS],
            unchanged=observed.unchanged,
            marks=observed.fingerprints,
        )
    result.people, result.devices = people.counts(), devices.counts()
    others = [one for one in observed.problems if one.code not in DEVICE_PROBLEMS]
    result.problems = [
        {"code": one.code, "where": one.where, "reason": one.reason} for one in (*devices.problems, *others)
    ]
    result.plan = in_words(people, devices)
    if options.dry:
        result.plan += by_name(session, devices)
    _brake(observed.tenant, people, devices, recorded, options, observed.people_complete)
    return _Plans(people, devices)


def _spoken_of(observed: ObservedTenant) -> set[str]:
    """The accounts that a delta is about: those in it, and their managers."""
    managers = {one.manager_entra_id for one in observed.people if one.manager_entra_id}
    return managers | {one.entra_id for one in observed.people}


DEVICE_PROBLEMS = frozenset({"bad-device"})
"""Problem codes of the reader that stand for a device of the list, so that the counts add up."""
DETAIL_PROBLEMS = frozenset({"detail-unread", "device-gone"})
"""Problem codes of devices that were in the list but could not be read one by one."""


def _brake(
    tenant: str, people: PeoplePlan, devices: DevicePlan, recorded: RecordedTenant, options: SyncOptions, complete: bool
) -> None:
    if options.only != "people":
        # What was absent last night was believable then; but an empty answer never is.
        taken = len(devices.absent) + (0 if devices.read else len(devices.closing))
        raise_if_unbelievable(
            Removal("devices", tenant, taken, devices.read, recorded.organisation_size, recorded.fleet_size),
            options.limits,
            options.confirm,
        )
    if options.only != "devices":
        known = recorded.people_size
        read = people.read if complete else max(people.read, 1)
        raise_if_unbelievable(
            Removal("people", tenant, people.removed, read, known, known), options.limits, options.confirm
        )


def _apply(
    session: Session, row: Any, observed: ObservedTenant, plans: _Plans, options: SyncOptions, result: SyncResult
) -> _Told:
    """Write what was planned, and the details and other sources that need no plan."""
    now, organisation_id = options.now, row.organisation_id
    apply_people(session, plans.people, tenant_id=row.id, organisation_id=organisation_id)
    plans.people = PeoplePlan()  # Written.
    apply_devices(
        session,
        plans.devices,
        tenant_id=row.id,
        organisation_id=organisation_id,
        now=now,
        new_status=options.new_status,
    )
    apply_details(
        session, observed.details, observed.primary_users, tenant_id=row.id, organisation_id=organisation_id, now=now
    )
    unbelieved: list[Problem] = []
    if observed.beside is not None:
        unbelieved = apply_sources(
            session, observed.beside, tenant_id=row.id, tenant=observed.tenant, organisation_id=organisation_id,
            limits=options.limits, now=now, confirm=options.confirm,
        )  # fmt: skip
        result.problems += [{"code": one.code, "where": one.where, "reason": one.reason} for one in unbelieved]
    _ask_again(session, row.id, observed)
    others = [one for one in observed.problems if one.code not in DEVICE_PROBLEMS]
    return _Told(
        clashes=plans.devices.clashes if options.only != "people" else None,
        problems=[*plans.devices.problems, *others, *unbelieved],
    )


def _judge(session: Session, row: Any, told: _Told, options: SyncOptions, result: SyncResult) -> None:
    """Run the rules over what is written now, and note in the run, in the same transaction, how it ended."""
    night = findings.evaluate(
        session,
        findings.rules_context(options.rules, options.support_folder, options.now),
        organisation_id=row.organisation_id,
        tenant_id=row.id,
        clashes=told.clashes,
    )
    result.findings = {"new": night.new, "open": night.new + night.still + night.reopened, "fixed": night.fixed}
    if options.confirm is not None:
        keep_event(session, f"{options.confirm} absences confirmed")
    result.event = open_event(session).id
    assert result.run is not None
    finish_run(
        session,
        result.run,
        state="complete",
        now=_ended(options.now, result),
        counts={"people": result.people, "devices": result.devices, "findings": result.findings,
                "requests": result.requests, "retries": result.retries},
        problems=told.problems,
        event_id=result.event,
    )  # fmt: skip


def _ask_again(session: Session, tenant_id: int, observed: ObservedTenant) -> None:
    """What could not be read one by one tonight is asked first tomorrow, also when it is no longer a change then."""
    unread = [one.where for one in observed.problems if one.code in DETAIL_PROBLEMS]
    held = tenants.recorded_details(session, tenant_id, unread)
    update_silently(session, Enrolment, ("enriched_at",), [(row[0], None) for row in held.values()])


def _remember(session: Session, tenant_id: int, observed: ObservedTenant, options: SyncOptions, listed: int) -> None:
    """Store the time mark and the delta link in the same transaction as what they stand for."""
    if options.only != "people":
        update_silently(
            session,
            Tenant,
            ("last_complete_at", "last_device_count"),
            [(tenant_id, observed.read_at, listed)],
        )
    if options.only != "devices" and observed.people_delta_link:
        update_silently(session, Tenant, ("people_delta_link",), [(tenant_id, observed.people_delta_link)])


def _ended(now: datetime, result: SyncResult) -> datetime:
    """When it ended: the clock was read once, at the start."""
    return now + timedelta(seconds=int(time.monotonic() - result.began))


def _fail(database: Database, result: SyncResult, failure: str, now: datetime) -> None:
    state = "refused" if result.exit_code == RefusedByBrake.exit_code else "failed"
    assert result.run is not None
    counts = {
        "people": result.people,
        "devices": result.devices,
        "requests": result.requests,
        "retries": result.retries,
    }
    try:
        with database.transaction(actor="fleet", action="run.fail", now=now) as session:
            finish_run(session, result.run, state=state, now=_ended(now, result), counts=counts, error=failure)
    except FleetError:
        return  # A register that can't be written can't note it either; the next run finds this one dead.
