"""Preview and apply a file: the same plan, the same bytes, one transaction, one undoable run."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands.apply_plan.imports import apply_rows
from fleet.commands.runs import finish_run, start_run
from fleet.database import Database, Scope
from fleet.database.history import open_event
from fleet.database.models import Run
from fleet.domain.plan.brake import BrakeLimits
from fleet.domain.plan.imports import ImportPlan, RowPlan, Wanted, plan_import
from fleet.errors import BadFile, FleetError, NoAccess, NotAllowed, RefusedByBrake, UsageProblem
from fleet.queries.lookups import known_to_register, only_organisation, organisation_id
from fleet.queries.standing import standing_events
from importers.engine import Interpretation, interpret
from importers.problems import RejectedRow, rejected_csv
from importers.sheets import read

SHOWN_CHANGES = 500
OUT_OF_USE = frozenset({"lost", "stolen", "retired", "disposed"})
"""Statuses that take a device away: what the brake counts."""
DEFAULT_LIMITS = BrakeLimits()


@dataclass(slots=True)
class Preview:
    """What a file would do; `as_json` has the keys that scripts rely on."""

    name: str
    digest: str
    """SHA-256 of the bytes."""
    interpretation: Interpretation
    plan: ImportPlan
    run: int | None = None
    event: int | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """read = new + changed + unchanged + skipped + rejected."""
        told = self.interpretation
        return {
            "read": told.read, "new": len(self.plan.new), "changed": len(self.plan.changed), "unchanged": self.plan.unchanged,
            "skipped": told.skipped, "rejected": len(told.rejected) + len(self.plan.rejected),
        }  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """`fleet import FILE --preview --json`."""
        document = self.interpretation.as_json()
        own = [
            {"code": one.code, "row": one.row, "column": one.column, "value": one.value, "reason": one.reason}
            for one in self.plan.problems
        ]
        problems = document["problems"]
        assert isinstance(problems, list)
        return {
            **document,
            "layout": self.interpretation.layout.key,
            "counts": self.counts,
            "problems": [*problems, *own],
            "changes": [_change_json(one) for one in (*self.plan.new, *self.plan.changed)][:SHOWN_CHANGES],
            "proposals": {kind: sorted(names) for kind, names in self.plan.proposals.items()},
            "sha256": self.digest,
            "run": self.run,
            "event": self.event,
        }

    def rejected_file(self) -> str | None:
        """The rejected rows as CSV with a reason column, to be mended and imported again; None when there are none."""
        told = self.interpretation
        rejected = list(told.rejected)
        table = next(one for one in told.book.tables if one.name == told.sheet)
        dropped = {position for position, name in enumerate(told.header.names) if name in told.personal}
        for row, why in self.plan.rejected.items():
            cells = ["" if position in dropped else cell for position, cell in enumerate(table.rows[row - 1])]
            rejected.append(RejectedRow(row, cells, (why,)))
        if not rejected:
            return None
        return rejected_csv(told.header.names, sorted(rejected, key=lambda one: one.row))


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the caller asked for."""

    layout: str | None = None
    mapping: Mapping[str, str] | None = None
    organisation: str | None = None
    sheet: str | None = None
    create: bool = False
    confirm: int | None = None
    """The number of devices taken out of use that a person confirmed."""
    reason: str | None = None


def preview_file(session: Session, data: bytes, name: str, options: ImportOptions) -> Preview:
    """Read a file and compare it with the register; writes nothing. Raises `BadFile` for what can't be read."""
    book = read(data, sheet=options.sheet)
    told = interpret(book, layout=options.layout, mapping=options.mapping)
    if told.layout.subject != "device":
        raise BadFile(
            f"{name} is a list of {told.layout.subject}s ({told.layout.title}). It can be read, but only lists of devices can "
            "be compared with the register yet.",
            code="not-devices",
        )
    owner = organisation_id(session, options.organisation) if options.organisation else only_organisation(session)
    plan = plan_import(
        told.records, known_to_register(session), sets=told.sets, organisation_id=owner, create=options.create,
        status_if_new=told.layout.status_if_new,
    )  # fmt: skip
    return Preview(name, hashlib.sha256(data).hexdigest(), told, plan)


def apply_file(
    database: Database, data: bytes, name: str, options: ImportOptions, *, actor: str, now: datetime, scope: Scope = None,
    may_write: bool = True, previewed: str | None = None,
) -> Preview:  # fmt: skip
    """Apply a file as one run and one event. `previewed` is the digest that a person saw: other bytes are refused.

    Raises `RefusedByBrake` for a file that takes unbelievably many devices out of use, unless the number is confirmed.
    """
    if not may_write:
        raise NoAccess(f"{actor} may read the register but not change it.")
    if options.confirm is not None and not options.reason:
        raise UsageProblem("A confirmed number needs a reason, which is kept: --reason")
    digest = hashlib.sha256(data).hexdigest()
    if previewed is not None and previewed != digest:
        raise NotAllowed("The file has changed since it was previewed. Preview it again.")
    run_id = start_run(
        database, kind="import", source=f"file:{name}", actor=actor, now=now, lease=timedelta(minutes=30),
        file_name=name, file_hash=digest, organisation_id=_the_only(scope),
    )  # fmt: skip
    failure, state = "The import stopped on a mistake in the program. The register was left as it was.", "failed"
    done = False
    try:
        with database.transaction(
            actor=actor, action="import", now=now, run_id=run_id, scope=scope, may_write=may_write,
            reason=f"{name}: {options.reason}" if options.reason else name,
        ) as session:  # fmt: skip
            preview = preview_file(session, data, name, options)
            _brake(preview, options.confirm)
            apply_rows(session, preview.plan, now)
            preview.run, preview.event = run_id, open_event(session).id
            finish_run(
                session, run_id, state="complete", now=now, counts=preview.counts, event_id=preview.event,
                problems=[*preview.interpretation.problems, *preview.plan.problems],
                organisation_id=_the_only({one.organisation_id for one in (*preview.plan.new, *preview.plan.changed)}),
            )  # fmt: skip
        done = True
    except FleetError as error:
        failure, state = error.message, "refused" if isinstance(error, RefusedByBrake) else "failed"
        raise
    finally:
        if not done:
            with database.transaction(actor="fleet", action="run.fail", now=now) as session:
                finish_run(session, run_id, state=state, now=now, counts={}, error=failure)
    return preview


def _the_only(organisations: Collection[int] | None) -> int | None:
    return next(iter(organisations)) if organisations is not None and len(organisations) == 1 else None


def _brake(preview: Preview, confirmed: int | None, limits: BrakeLimits = DEFAULT_LIMITS) -> None:
    """As for a sync: a file that takes away too much is refused until a person confirms the number."""
    taken: dict[int, int] = {}
    for one in preview.plan.changed:
        if one.after.get("status") in OUT_OF_USE:
            taken[one.organisation_id] = taken.get(one.organisation_id, 0) + 1
    sizes, total = preview.plan.sizes, sum(taken.values())
    fleet = limits.fleet(sum(sizes.values()))
    too_many = total > fleet or any(number > limits.organisation(sizes[owner]) for owner, number in taken.items())
    if not too_many or total == confirmed:
        return
    limit = min([fleet, *(limits.organisation(sizes[owner]) for owner in taken)])
    raise RefusedByBrake(
        f"{preview.name} takes {total} of {sum(sizes[owner] for owner in taken)} devices out of use (lost, stolen, retired or "
        f"disposed); at most {limit} is believable unasked. Nothing was changed. If it is true, repeat with --confirm {total} "
        "and a --reason.",
        source=preview.name, what="devices", taken=total, limit=limit,
    )  # fmt: skip


def already_imported(session: Session, digest: str) -> datetime | None:
    """When these very bytes were imported, if they were and it was not undone."""
    rows = session.execute(
        select(Run.started_at, Run.event_id)
        .where(Run.file_hash == digest, Run.state == "complete")
        .order_by(Run.id.desc())
    ).all()
    standing = standing_events(session.connection()) if rows else None
    for started_at, event_id in rows:
        if event_id is not None and standing is not None and event_id not in standing.undone_by:
            return started_at
    return None


def load(path: Path) -> bytes:
    """The bytes of a file; raises `BadFile`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} can't be read: {error.strerror}.", code="unreadable") from error


def _change_json(one: RowPlan) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        return f"{value.name} (new {value.kind})" if isinstance(value, Wanted) else value

    fields = {name: [plain(one.before.get(name)), plain(value)] for name, value in one.after.items()}
    if one.connection is not None:
        fields |= {
            name: [one.connection.line_before.get(name), value] for name, value in one.connection.line_after.items()
        }
        added = {"iccid": one.connection.iccid, "phone_number": one.connection.number}
        fields |= {name: [None, value] for name, value in added.items() if value is not None}
    return {
        "row": one.row, "subject": one.name, "kind": "new" if one.device_id is None else "changed", "fields": fields,
        "issued": one.holder is not None,
    }  # fmt: skip
