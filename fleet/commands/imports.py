"""Preview and apply a file: the same plan, the same bytes, one transaction, one undoable run."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.imports import apply_rows
from fleet.commands.collector import collector_at_rest
from fleet.commands.import_changes import change_json, names_in
from fleet.commands.import_conflicts import not_yet_told, raise_conflicts
from fleet.commands.import_problems import problems_in_file
from fleet.commands.mappings import remember, remembered_mappings
from fleet.commands.runs import finish_run, start_run
from fleet.database import Database, Scope
from fleet.database.history import open_event
from fleet.database.models import Run
from fleet.database.turns import wait_turn
from fleet.domain.plan.brake import BrakeLimits
from fleet.domain.plan.imports import (
    ERASABLE,
    ImportPlan,
    plan_bill,
    plan_history,
    plan_import,
    plan_lines,
    plan_people_list,
    plan_sightings,
)
from fleet.domain.records import Problem
from fleet.errors import BadFile, FleetError, NoAccess, NotAllowed, RefusedByBrake, UsageProblem
from fleet.queries.known_people import known_people
from fleet.queries.lookups import known_to_register, only_organisation, organisation_id
from fleet.queries.past_custody import recorded_periods, seen_on_the_network
from fleet.queries.standing import standing_events
from importers import limits
from importers.engine import Interpretation, interpret
from importers.problems import RejectedRow, grouped, mended_rows, place_of, rejected_csv
from importers.sheets import read

SHOWN_CHANGES = 500
EXAMPLES = 5
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
    names: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """(site_id, 7) -> what people call it: of the places that the first changes name."""
    untold: int = 0
    """Conflicts of rows with the register that are no finding yet: applying the file makes them one."""
    problems: Sequence[Problem] = ()
    """Of reading the file and of comparing it, each under the header of the file."""

    @property
    def to_do(self) -> int:
        """What applying would do: rows to write and findings to make."""
        return len(self.plan.new) + len(self.plan.changed) + self.untold

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
        return {
            **document,
            "layout": self.interpretation.layout.key if self.interpretation.recognised else None,
            "subject": self.plan.subject,
            "counts": self.counts,
            "problems": [
                {"code": one.code, "row": one.row, "column": one.column, "value": one.value, "reason": one.reason}
                for one in self.problems
            ],
            "causes": [one.as_json() for one in grouped(self.problems, EXAMPLES)],
            "changes": self.changes(SHOWN_CHANGES),
            "conflicts": len(self.plan.conflicts),
            "new_findings": self.untold,
            "proposals": {kind: sorted(names) for kind, names in self.plan.proposals.items()},
            "sha256": self.digest,
            "run": self.run,
            "event": self.event,
        }

    def reading(self) -> dict[str, Any]:
        """How the file was read, as its run keeps it."""
        told = self.interpretation.as_json()
        kept = {name: told[name] for name in ("format", "encoding", "sheet", "header_row", "columns")}
        return {"file": self.name, "sha256": self.digest, **kept}

    def changes(self, most: int) -> list[dict[str, Any]]:
        """The first rows that add or change something, with what they change."""
        return [change_json(one, self.names) for one in islice(chain(self.plan.new, self.plan.changed), most)]

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
        place = place_of(self.name, told.sheet)
        return rejected_csv(told.header.names, sorted(rejected, key=lambda one: one.row), place)

    @property
    def mends(self) -> Mapping[str, frozenset[int]]:
        """File and sheet -> rows of it that were rejected and are mended here; nothing for any other file."""
        told = self.interpretation
        return mended_rows(told.header, next(one for one in told.book.tables if one.name == told.sheet))


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the caller asked for."""

    layout: str | None = None
    mapping: Mapping[str, str] | None = None
    organisation: str | None = None
    sheet: str | None = None
    create: bool = False
    accept: frozenset[str] = frozenset()
    """Causes of problems whose proposals are taken, where there is one."""
    erase: frozenset[str] = frozenset()
    """Fields of devices whose blank cells take the value away."""
    confirm: int | None = None
    """The number of devices taken out of use that a person confirmed."""
    reason: str | None = None
    header_row: int | None = None
    """The row that holds the headers, where it is not found."""


def preview_file(session: Session, data: bytes, name: str, options: ImportOptions, *, now: datetime) -> Preview:
    """Read a file and compare it with the register; writes nothing. Raises `BadFile` for what can't be read."""
    with collector_at_rest():
        book = read(data, sheet=options.sheet)
        said = remembered_mappings(session)
        told = interpret(
            book, layout=options.layout, mapping=options.mapping, header_row=options.header_row, accept=options.accept,
            remembered=said,
        )  # fmt: skip
        plan = _plan(session, told, options, now)
        untold = len(not_yet_told(session, plan.conflicts))
        names = names_in(session, islice(chain(plan.new, plan.changed), SHOWN_CHANGES))
        problems = [*told.problems, *problems_in_file(told, plan.problems)]
        digest = hashlib.sha256(data).hexdigest()
        return Preview(name, digest, told, plan, names=names, untold=untold, problems=problems)


def _plan(session: Session, told: Interpretation, options: ImportOptions, now: datetime) -> ImportPlan:
    if unknown := options.erase - ERASABLE:
        raise UsageProblem(
            f"{', '.join(sorted(unknown))} can't be erased by blank cells; {', '.join(sorted(ERASABLE))} can."
        )
    owner = organisation_id(session, options.organisation) if options.organisation else only_organisation(session)
    layout = told.layout
    if layout.subject == "person":
        return plan_people_list(
            told.records, known_people(session), sets=told.sets, sets_if_new=layout.sets_if_new, organisation_id=owner,
            today=london_date(now), create=options.create,
        )  # fmt: skip
    known = known_to_register(session)
    if layout.is_sighting:
        return plan_sightings(
            told.records, seen_on_the_network(session), known.devices, sets=told.sets, organisation_id=owner
        )
    if layout.subject == "custody":
        return plan_history(
            told.records,
            known,
            recorded_periods(session),
            sets=told.sets,
            organisation_id=owner,
            today=london_date(now),
        )
    if layout.is_bill:
        return plan_bill(told.records, known, sets=told.sets, organisation_id=owner, dated=told.dated)
    if layout.subject == "line":
        return plan_lines(told.records, known, sets=told.sets, organisation_id=owner)
    return plan_import(
        told.records,
        known,
        sets=told.sets,
        organisation_id=owner,
        create=options.create,
        status_if_new=layout.status_if_new,
        erase=options.erase,
    )


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
    with import_run(
        database, source=f"file:{name}", name=name, digest=digest, actor=actor, now=now, scope=scope
    ) as run:
        with database.transaction(
            actor=actor, action="import", now=now, run_id=run.id, scope=scope, may_write=may_write,
            reason=f"{name}: {options.reason}" if options.reason else name,
        ) as session:  # fmt: skip
            wait_turn(session, "import")
            preview = preview_file(session, data, name, options, now=now)
            raise_if_too_much(preview, options.confirm)
            added = apply_rows(session, preview.plan, now)
            raise_conflicts(session, preview.plan.conflicts, added, name, now)
            remember(
                session, preview.interpretation, columns=options.mapping or {}, layout=options.layout,
                header_row=options.header_row, actor=actor, now=now, organisation_id=_owner_of(preview.plan, scope),
            )  # fmt: skip
            preview.run, preview.event = run.id, open_event(session).id
            run.finish(session, [preview], preview.event)
        run.done = True
    return preview


@dataclass(slots=True)
class ImportRun:
    """A run that is going on."""

    id: int
    now: datetime
    done: bool = False

    def finish(self, session: Session, previews: Sequence[Preview], event: int | None) -> None:
        """Note what was done, inside its transaction."""
        counts: dict[str, int] = {}
        for one in previews:
            counts = {name: counts.get(name, 0) + number for name, number in one.counts.items()}
        rows = [row for one in previews for row in (*one.plan.new, *one.plan.changed)]
        finish_run(
            session, self.id, state="complete", now=self.now, counts=counts, event_id=event,
            problems=[each for one in previews for each in (*one.interpretation.problems, *one.plan.problems)],
            organisation_id=_the_only({one.organisation_id for one in rows}), files=[one.reading() for one in previews],
        )  # fmt: skip


@contextmanager
def import_run(
    database: Database, *, source: str, name: str, digest: str, actor: str, now: datetime, scope: Scope
) -> Iterator[ImportRun]:
    """A run around a transaction: when that fails, the run says why."""
    run_id = start_run(
        database, kind="import", source=source, actor=actor, now=now, lease=timedelta(minutes=30), file_name=name,
        file_hash=digest, organisation_id=_the_only(scope),
    )  # fmt: skip
    run = ImportRun(run_id, now)
    failure, state = "The import stopped on a mistake in the program. The register was left as it was.", "failed"
    try:
        yield run
    except FleetError as error:
        failure, state = error.message, "refused" if isinstance(error, RefusedByBrake) else "failed"
        raise
    finally:
        if not run.done:
            with database.transaction(actor="fleet", action="run.fail", now=now) as session:
                finish_run(session, run_id, state=state, now=now, counts={}, error=failure)


def _owner_of(plan: ImportPlan, scope: Scope) -> int | None:
    """The organisation a file is about, where it is one."""
    owners = {one.organisation_id for one in (*plan.new, *plan.changed)}
    return _the_only(owners | {one.organisation_id for one in plan.conflicts}) or _the_only(scope)


def _the_only(organisations: Collection[int] | None) -> int | None:
    return next(iter(organisations)) if organisations is not None and len(organisations) == 1 else None


_TAKEN = {
    "device": (
        "status",
        OUT_OF_USE,
        "devices",
        "takes {} of {} devices out of use (lost, stolen, retired or disposed)",
    ),
    "person": ("state", frozenset({"left"}), "people", "says of {} of {} people that they have left"),
}


def raise_if_too_much(preview: Preview, confirmed: int | None, limits: BrakeLimits = DEFAULT_LIMITS) -> None:
    """As for a sync: a file that takes away too much is refused until a person confirms the number."""
    if preview.plan.subject not in _TAKEN:
        return
    column, words, what, told = _TAKEN[preview.plan.subject]
    taken: dict[int, int] = {}
    for one in preview.plan.changed:
        if one.after.get(column) in words:
            taken[one.organisation_id] = taken.get(one.organisation_id, 0) + 1
    sizes, total = preview.plan.sizes, sum(taken.values())
    fleet = limits.fleet(sum(sizes.values()))
    too_many = total > fleet or any(number > limits.organisation(sizes[owner]) for owner, number in taken.items())
    if not too_many or total == confirmed:
        return
    limit = min([fleet, *(limits.organisation(sizes[owner]) for owner in taken)])
    raise RefusedByBrake(
        f"{preview.name} {told.format(total, sum(sizes[owner] for owner in taken))}; at most {limit} is believable unasked. "
        f"Nothing was changed. If it is true, repeat with --confirm {total} and a --reason.",
        source=preview.name, what=what, taken=total, limit=limit,
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
        with path.open("rb") as file:
            return whole(file, str(path))
    except OSError as error:
        raise BadFile(f"{path} can't be read: {error.strerror}.", code="unreadable") from error


def whole(file: BinaryIO, name: str) -> bytes:
    """All bytes of an open file; raises `BadFile` for one that is larger than may be, or never ends."""
    data = file.read(limits.FILE_BYTES + 1)
    if len(data) > limits.FILE_BYTES:
        raise BadFile(f"{name} is larger than {limits.FILE_BYTES // 2**20} MB.", code="too-large")
    return data
