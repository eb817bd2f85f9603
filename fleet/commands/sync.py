"""A tenant's night: observed -> plan -> brake -> apply -> findings, in one transaction, with the run recorded.

A run that fails or is killed leaves the register as it was and says why; the next one repairs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands import findings
from fleet.commands.apply_plan import apply_details, apply_devices, apply_people
from fleet.commands.apply_plan.writing import update_silently
from fleet.commands.runs import finish_run, start_run
from fleet.config import TenantConfig
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import Tenant
from fleet.domain.os_support import SupportTable
from fleet.domain.plan import (
    BrakeLimits,
    DevicePlan,
    PeoplePlan,
    RecordedTenant,
    Removal,
    plan_devices,
    plan_people,
    raise_if_unbelievable,
)
from fleet.domain.plan.recorded import fingerprint
from fleet.domain.records import ObservedDevice, ObservedTenant
from fleet.domain.rules import Context
from fleet.errors import FleetError, RefusedByBrake
from fleet.queries import tenants

DETAIL_AGE = timedelta(days=7)
"""Intune refreshes a device's hardware inventory every seven days: asking oftener reads the same values."""

Progress = Callable[[str, int, int | None], None]
Read = Callable[..., tuple[ObservedTenant, Any]]


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What the caller asked for."""

    actor: str
    now: datetime
    dry: bool = False
    """Plan only: nothing is written."""
    confirm: int | None = None
    """The number of absences that a person confirmed."""
    reason: str | None = None
    new_status: str = "unrecorded"
    only: str | None = None
    """people or devices; None is both."""
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    support_folder: Path | None = None
    """Folder that a relative `[rules.os-unsupported] table` is in."""
    limits: BrakeLimits = field(default_factory=BrakeLimits)


@dataclass(slots=True)
class SyncResult:
    """What one tenant's sync did; the keys of `as_json` are a contract with scripts."""

    tenant: str
    complete: bool = False
    people: dict[str, int] = field(default_factory=dict)
    devices: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    retries: int = 0
    seconds: float = 0.0
    error: str | None = None
    exit_code: int = 0
    run: int | None = None
    event: int | None = None
    findings: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    """The plan in words, for a dry run."""

    def as_json(self) -> dict[str, Any]:
        """One tenant's part of `fleet sync --json`."""
        return {
            "tenant": self.tenant, "complete": self.complete, "people": self.people, "devices": self.devices,
            "requests": self.requests, "retries": self.retries, "seconds": round(self.seconds, 3), "error": self.error,
            "run": self.run, "event": self.event, "findings": self.findings, "problems": self.problems, "plan": self.plan,
        }  # fmt: skip


@dataclass(slots=True)
class _Night:
    """The register's side as loaded for planning, and the head of history at that moment."""

    recorded: RecordedTenant
    head: str


@dataclass(slots=True)
class _Plans:
    people: PeoplePlan
    devices: DevicePlan


def sync_tenant(
    database: Database, tenant: TenantConfig, options: SyncOptions, read: Read, on_progress: Progress | None = None
) -> SyncResult:
    """Sync one tenant. Never raises a `FleetError`: the result carries it, so that other tenants go on."""
    result = SyncResult(tenant.key)
    failure = "The sync stopped on a mistake in the program; the log has the details. The register was left as it was."
    try:
        if options.dry:
            _observe_and_plan(database, tenant, options, read, on_progress, result)
        else:
            _run(database, tenant, options, read, on_progress, result)
    except FleetError as error:
        result.error, result.exit_code, failure = error.message, error.exit_code, error.message
    finally:
        if result.run is not None and not result.complete:
            _fail(database, result, failure, options.now)
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
    result.run = start_run(
        database,
        kind="sync",
        source=f"intune:{tenant.key}",
        actor=options.actor,
        now=options.now,
        lease=timedelta(seconds=tenant.time_budget),
        tenant_id=row.id,
        organisation_id=row.organisation_id,
    )
    observed, night, plans = _observe_and_plan(database, tenant, options, read, on_progress, result)
    with database.transaction(
        actor=options.actor,
        action="sync",
        now=options.now,
        reason=options.reason,
        organisation_id=row.organisation_id,
        run_id=result.run,
    ) as session:
        if (
            tenants.history_head(session) != night.head
        ):  # Somebody wrote while we were reading: plan on what is true now.
            night = _Night(tenants.recorded_tenant(session, row.id, row.organisation_id), night.head)
            plans = _plan(session, observed, night.recorded, row.organisation, options, result)
        _apply(session, row, observed, plans, options, result)
    result.complete = True


def _observe_and_plan(
    database: Database,
    tenant: TenantConfig,
    options: SyncOptions,
    read: Read,
    on_progress: Progress | None,
    result: SyncResult,
) -> tuple[ObservedTenant, _Night, _Plans]:
    with database.read() as session:
        row = tenants.tenant_row(session, tenant.key)
    nights: list[_Night] = []

    def choose(devices: list[ObservedDevice]) -> list[str]:
        with database.read() as session:
            nights.append(_load(session, row))
            last = tenants.last_details(session, row.id)
        return devices_to_ask(devices, last, options.now, tenant.enrich_per_night)

    observed, stats = read(
        tenant,
        people_delta_link=row.people_delta_link,
        enrich=choose,
        want_primary_users=True,
        now=options.now,
        on_progress=on_progress,
    )
    result.requests, result.retries, result.seconds = stats.requests, stats.retries, stats.seconds
    with database.read() as session:
        night = nights[-1] if nights else _load(session, row)
        plans = _plan(session, observed, night.recorded, row.organisation, options, result)
    return observed, night, plans


def _load(session: Session, row: Any) -> _Night:
    head = tenants.history_head(session)
    return _Night(tenants.recorded_tenant(session, row.id, row.organisation_id), head)


def devices_to_ask(
    devices: Sequence[ObservedDevice],
    last: Mapping[str, tuple[datetime | None, bytes | None]],
    now: datetime,
    budget: int,
) -> list[str]:
    """Which devices to read one by one tonight: never read, changed, then those read longest ago (over a week).

    Own devices are never asked: what GET by id adds is not ours to keep.
    """
    due: list[tuple[int, float, str]] = []
    for device in devices:
        if device.ownership == "personal":
            continue
        asked, mark = last.get(device.intune_id, (None, None))
        if asked is None:
            due.append((0, 0.0, device.intune_id))
        elif mark is None or mark != fingerprint(device):
            due.append((1, asked.timestamp(), device.intune_id))
        elif now - asked >= DETAIL_AGE:
            due.append((2, asked.timestamp(), device.intune_id))
    due.sort()
    return [intune_id for _, _, intune_id in due[:budget]]


def _plan(
    session: Session,
    observed: ObservedTenant,
    recorded: RecordedTenant,
    organisation: str,
    options: SyncOptions,
    result: SyncResult,
) -> _Plans:
    people = PeoplePlan()
    if options.only != "devices":
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
            organisation=organisation,
            full=lambda ids: tenants.full_enrolments(session, ids),
            index=lambda unknown: tenants.device_index(session, unknown),
            read_problems=[one for one in observed.problems if one.code in DEVICE_PROBLEMS],
        )
    result.people, result.devices = people.counts(), devices.counts()
    others = [one for one in observed.problems if one.code not in DEVICE_PROBLEMS]
    result.problems = [
        {"code": one.code, "where": one.where, "reason": one.reason} for one in (*devices.problems, *others)
    ]
    result.plan = _in_words(people, devices)
    _brake(observed.tenant, people, devices, recorded, options, observed.people_complete)
    return _Plans(people, devices)


DEVICE_PROBLEMS = frozenset({"bad-device"})
"""Problem codes of the reader that stand for a device of the list, so that the counts add up."""


def _brake(
    tenant: str, people: PeoplePlan, devices: DevicePlan, recorded: RecordedTenant, options: SyncOptions, complete: bool
) -> None:
    if options.only != "people":
        raise_if_unbelievable(
            Removal(
                "devices", tenant, len(devices.absent), devices.read, recorded.organisation_size, recorded.fleet_size
            ),
            options.limits,
            options.confirm,
        )
    if options.only != "devices":
        known = sum(1 for one in recorded.people.values() if one.state != "left")
        read = people.read if complete else max(people.read, 1)
        raise_if_unbelievable(
            Removal("people", tenant, people.removed, read, known, known), options.limits, options.confirm
        )


def _apply(
    session: Session, row: Any, observed: ObservedTenant, plans: _Plans, options: SyncOptions, result: SyncResult
) -> None:
    now, organisation_id = options.now, row.organisation_id
    apply_people(session, plans.people, tenant_id=row.id, organisation_id=organisation_id)
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
    _remember(session, row.id, observed, options)
    night = findings.evaluate(
        session,
        rules_context(options.rules, options.support_folder, now),
        organisation_id=organisation_id,
        tenant_id=row.id,
        clashes=plans.devices.clashes if options.only != "people" else None,
    )
    result.findings = {"new": night.new, "open": night.new + night.still + night.reopened, "fixed": night.fixed}
    result.event = open_event(session).id
    assert result.run is not None
    finish_run(
        session,
        result.run,
        state="complete",
        now=now,
        counts={"people": result.people, "devices": result.devices, "findings": result.findings,
                "requests": result.requests, "retries": result.retries},
        problems=plans.devices.problems,
        event_id=result.event,
    )  # fmt: skip


def rules_context(rules: Mapping[str, Mapping[str, Any]], folder: Path | None, now: datetime) -> Context:
    """The surroundings of tonight's rules; a support table of one's own is looked for in the configuration's folder."""
    table = rules.get("os-unsupported", {}).get("table")
    own = SupportTable.load((folder or Path()) / str(table)) if table else None
    return Context.from_config(rules, now, own)


def _remember(session: Session, tenant_id: int, observed: ObservedTenant, options: SyncOptions) -> None:
    """Store the time mark and the delta link in the same transaction as what they stand for."""
    if options.only != "people":
        update_silently(
            session,
            Tenant,
            ("last_complete_at", "last_device_count"),
            [(tenant_id, observed.read_at, len(observed.devices))],
        )
    if options.only != "devices" and observed.people_delta_link:
        update_silently(session, Tenant, ("people_delta_link",), [(tenant_id, observed.people_delta_link)])


def _fail(database: Database, result: SyncResult, failure: str, now: datetime) -> None:
    state = "refused" if result.exit_code == RefusedByBrake.exit_code else "failed"
    assert result.run is not None
    counts = {"people": result.people, "devices": result.devices}
    try:
        with database.transaction(actor="fleet", action="run.fail", now=now) as session:
            finish_run(session, result.run, state=state, now=now, counts=counts, error=failure)
    except FleetError:
        return  # A register that can't be written can't note it either; the next run finds this one dead.


def _in_words(people: PeoplePlan, devices: DevicePlan) -> list[str]:
    lines = [
        f"{len(people.new)} people to add, {len(people.changed) - people.left} to change, {people.left} have left",
        f"{len(devices.new)} enrolments to add ({len(devices.new_devices)} on devices nobody recorded), "
        f"{len(devices.changed)} to change, {len(devices.closing)} to close, {len(devices.absent)} absent for the first time",
    ]
    changed: dict[str, int] = {}
    for one in devices.changed:
        for name in one.after:
            changed[name] = changed.get(name, 0) + 1
    lines += [f"  {name}: {number} changes" for name, number in sorted(changed.items(), key=lambda item: -item[1])]
    return lines
