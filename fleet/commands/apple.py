"""An Apple account's night: read, plan, brake, apply, findings, in one transaction, with the run recorded.

It fails by itself: neither the tenants nor the other accounts wait for it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands import findings
from fleet.commands.apply_plan.listings import (
    HeldList,
    apply_coverage,
    apply_listings,
    held_list,
    list_source,
    plan_of,
    removal_words,
)
from fleet.commands.lease import LEASE, renewed
from fleet.commands.plan_words import NAMED
from fleet.commands.runs import finish_run, let_go, raise_if_another_runs, raise_if_given_up, start_run
from fleet.commands.sync import Progress, SyncOptions
from fleet.config.apple import AppleConfig
from fleet.database import Database
from fleet.database.history import keep_event
from fleet.database.models import AppleListing, Organisation
from fleet.domain.plan import Removal, raise_if_unbelievable
from fleet.domain.plan.listings import ListingPlan
from fleet.domain.sources import ObservedAppleAccount, ObservedListing
from fleet.errors import ConfigurationProblem, FleetError, RefusedByBrake

COVERAGE_AGE = timedelta(days=30)
"""AppleCare changes when somebody buys or cancels it: asking once a month is enough."""
Read = Callable[..., tuple[ObservedAppleAccount, Any]]


@dataclass(slots=True)
class AppleResult:
    """What one account's night did; the keys of `as_json` are a contract with scripts."""

    account: str
    complete: bool = False
    devices: dict[str, int] = field(default_factory=dict)
    coverage: int = 0
    """Devices whose AppleCare was asked for."""
    requests: int = 0
    retries: int = 0
    seconds: float = 0.0
    error: str | None = None
    exit_code: int = 0
    code: str | None = None
    run: int | None = None
    findings: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def tenant(self) -> str:
        """What it is called beside tenants."""
        return f"Apple {self.account}"

    def note_cost(self, cost: Any) -> None:
        """Keep what the read cost, told also when it failed."""
        self.requests, self.retries = cost.requests, cost.retries

    def as_json(self) -> dict[str, Any]:
        """One account's part of `fleet sync --json`."""
        return {
            "account": self.account, "complete": self.complete, "devices": self.devices, "coverage": self.coverage,
            "requests": self.requests, "retries": self.retries, "seconds": round(self.seconds, 3), "error": self.error,
            "run": self.run, "findings": self.findings, "problems": self.problems, "plan": self.plan,
        }  # fmt: skip


def sync_apple(
    database: Database,
    account: AppleConfig,
    options: SyncOptions,
    read: Read,
    on_progress: Progress | None = None,
    result: AppleResult | None = None,
) -> AppleResult:
    """Read one account and bring its list up to date. Never raises a `FleetError`: the result carries it."""
    result = result or AppleResult(account.key)
    failure = "The read stopped on a mistake in the program; the log has the details. The register was left as it was."
    try:
        if options.dry:
            _observe(database, account, options, read, on_progress, result)
        else:
            _run(database, account, options, read, on_progress, result)
    except FleetError as error:
        result.error, result.exit_code, result.code = error.message, error.exit_code, error.code
        failure = error.message
    except KeyboardInterrupt:
        failure = "Stopped by whoever started it. The register was left as it was."
        raise
    finally:
        result.seconds = time.monotonic() - result.began
        if result.run is not None:
            if not result.complete:
                _fail(database, result, failure, options.now)
            let_go(database, result.run)
    return result


def coverage_to_ask(
    listed: Sequence[ObservedListing], held: HeldList | None, now: datetime, budget: int, since: datetime | None = None
) -> list[str]:
    """Whose AppleCare to ask for tonight: never asked, by serial, then those asked longest ago (over a month ago, or
    before `since`)."""
    before = now - COVERAGE_AGE if since is None else max(now - COVERAGE_AGE, since)
    due: list[tuple[float, str]] = []
    for one in listed if budget > 0 else ():
        asked = held.asked.get(one.serial) if held else None
        if asked is None:
            due.append((0.0, one.serial))
        elif asked <= before:
            due.append((asked.timestamp(), one.serial))
    due.sort()
    return [serial for _, serial in due[:budget]]


def _run(
    database: Database,
    account: AppleConfig,
    options: SyncOptions,
    read: Read,
    on_progress: Progress | None,
    result: AppleResult,
) -> None:
    source = f"apple:{account.key}"
    with database.read() as session:
        organisation_id = _owner(session, account)
        raise_if_another_runs(session, source, database.url, options.now)
    result.run = start_run(
        database, kind="sync", source=source, actor=options.actor, now=options.now, lease=LEASE,
        organisation_id=organisation_id,
    )  # fmt: skip
    with renewed(database, result.run, lambda: _ended(options.now, result)):
        observed = _observe(database, account, options, read, on_progress, result)
    with database.transaction(
        actor=options.actor, action="sync.apple", now=options.now, reason=options.reason, organisation_id=organisation_id,
        run_id=result.run,
    ) as session:  # fmt: skip
        raise_if_given_up(session, result.run)
        _apply(session, account, observed, organisation_id, options, result)
    result.complete = True


def _owner(session: Session, account: AppleConfig) -> int:
    found = session.execute(
        select(Organisation.id).where(Organisation.key == account.organisation)
    ).scalar_one_or_none()
    if found is None:
        raise ConfigurationProblem(
            f"The register does not know the organisation {account.organisation} of the Apple account {account.key}."
        )
    return found


def _observe(
    database: Database,
    account: AppleConfig,
    options: SyncOptions,
    read: Read,
    on_progress: Progress | None,
    result: AppleResult,
) -> ObservedAppleAccount:
    """Read, compare and brake; what it would do is in the result."""
    with database.read() as session:
        held = held_list(session, "business", account.key)
    budget = 0 if options.dry else account.coverage_per_night
    observed, _ = read(
        account,
        coverage_of=lambda listed: coverage_to_ask(listed, held, options.now, budget, options.since),
        now=options.now,
        on_progress=on_progress,
        on_cost=result.note_cost,
    )
    plan = plan_of(observed.devices, held)
    result.devices, result.coverage = plan.counts(), len(observed.coverage)
    result.problems = [{"code": one.code, "where": one.where, "reason": one.reason} for one in observed.problems]
    with database.read() as session:
        result.plan = _in_words(session, plan) if options.dry else []
    _brake(account, plan, options)
    return observed


def _brake(account: AppleConfig, plan: ListingPlan, options: SyncOptions) -> None:
    taken = len(plan.absent) + (0 if plan.read else len(plan.closing))
    removal = Removal(removal_words("business"), account.key, taken, plan.read, plan.held, plan.held)
    raise_if_unbelievable(removal, options.limits, options.confirm)


def _apply(
    session: Session, account: AppleConfig, observed: ObservedAppleAccount, organisation_id: int, options: SyncOptions,
    result: AppleResult,
) -> None:  # fmt: skip
    source = list_source(session, "business", account.key, organisation_id)
    source.organisation_id = organisation_id
    source.servers, source.right_servers = list(observed.servers), list(account.right_servers)
    plan = plan_of(observed.devices, held_list(session, "business", account.key))
    apply_listings(session, plan, source, now=options.now)
    apply_coverage(session, source.id, observed.coverage, now=options.now)
    night = findings.evaluate(
        session,
        findings.rules_context(options.rules, options.support_folder, options.now),
        organisation_id=organisation_id,
    )
    result.findings = {"new": night.new, "open": night.new + night.still + night.reopened, "fixed": night.fixed}
    if options.confirm is not None:
        keep_event(session, f"{options.confirm} absences confirmed")
    assert result.run is not None
    finish_run(
        session, result.run, state="complete", now=_ended(options.now, result), counts=_counts(result),
        problems=observed.problems,
    )  # fmt: skip


def _counts(result: AppleResult) -> dict[str, Any]:
    return {
        "devices": result.devices, "coverage": result.coverage, "findings": result.findings, "requests": result.requests,
        "retries": result.retries,
    }  # fmt: skip


def _ended(now: datetime, result: AppleResult) -> datetime:
    """When it ended: the clock was read once, at the start."""
    return now + timedelta(seconds=int(time.monotonic() - result.began))


def _fail(database: Database, result: AppleResult, failure: str, now: datetime) -> None:
    state = "refused" if result.exit_code == RefusedByBrake.exit_code else "failed"
    assert result.run is not None
    try:
        with database.transaction(actor="fleet", action="run.fail", now=now) as session:
            finish_run(session, result.run, state=state, now=_ended(now, result), counts=_counts(result), error=failure)
    except FleetError:
        return  # A register that can't be written can't note it either; the next run finds this one dead.


def _in_words(session: Session, plan: ListingPlan) -> list[str]:
    """The plan for a person, with the first devices that are absent."""
    ids = [*plan.closing[:NAMED], *plan.absent[:NAMED]]
    names = {
        row[0]: row[1]
        for row in session.execute(select(AppleListing.id, AppleListing.serial).where(AppleListing.id.in_(ids)))
    }
    return [
        f"{len(plan.new)} devices new on Apple's list, {len(plan.changed)} changed, {len(plan.absent)} absent for the first time, "
        f"{len(plan.closing)} given up",
        *(f"- {names.get(one, 'a device')}: absent twice, it counts as given up" for one in plan.closing[:NAMED]),
        *(f"? {names.get(one, 'a device')}: absent for the first time" for one in plan.absent[:NAMED]),
    ]
