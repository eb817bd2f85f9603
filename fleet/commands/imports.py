"""Preview and apply a file: the same plan, the same bytes, one transaction, one undoable run."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.devices import ensure_models
from fleet.commands.apply_plan.writing import Edit, insert_recorded, update_recorded
from fleet.commands.runs import finish_run, start_run
from fleet.database import Database, Scope
from fleet.database.history import open_event
from fleet.database.models import Assignment, Device, Run, Site, Team
from fleet.domain.plan.devices import kind_of
from fleet.domain.plan.imports import ImportPlan, RowPlan, Wanted, plan_import
from fleet.errors import BadFile, FleetError, NotAllowed
from fleet.queries.lookups import known_to_register, only_organisation, organisation_id
from importers.engine import Interpretation, interpret
from importers.problems import RejectedRow, rejected_csv
from importers.sheets import read

SHOWN_CHANGES = 500


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
    """Apply a file as one run and one event. `previewed` is the digest that a person saw: other bytes are refused."""
    digest = hashlib.sha256(data).hexdigest()
    if previewed is not None and previewed != digest:
        raise NotAllowed("The file has changed since it was previewed. Preview it again.")
    run_id = start_run(
        database, kind="import", source=f"file:{name}", actor=actor, now=now, lease=timedelta(minutes=30),
        file_name=name, file_hash=digest,
    )  # fmt: skip
    failure = "The import stopped on a mistake in the program. The register was left as it was."
    done = False
    try:
        with database.transaction(
            actor=actor, action="import", now=now, run_id=run_id, scope=scope, may_write=may_write, reason=name
        ) as session:
            preview = preview_file(session, data, name, options)
            _apply(session, preview.plan, now)
            preview.run, preview.event = run_id, open_event(session).id
            finish_run(
                session, run_id, state="complete", now=now, counts=preview.counts,
                problems=[*preview.interpretation.problems, *preview.plan.problems], event_id=preview.event,
            )  # fmt: skip
        done = True
    except FleetError as error:
        failure = error.message
        raise
    finally:
        if not done:
            with database.transaction(actor="fleet", action="run.fail", now=now) as session:
                finish_run(session, run_id, state="failed", now=now, counts={}, error=failure)
    return preview


def already_imported(session: Session, digest: str) -> datetime | None:
    """When these very bytes were imported, if they were and it was not undone."""
    return session.execute(
        select(Run.started_at).where(Run.file_hash == digest, Run.state == "complete").order_by(Run.id.desc()).limit(1)
    ).scalar_one_or_none()


def load(path: Path) -> bytes:
    """The bytes of a file; raises `BadFile`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} can't be read: {error.strerror}.", code="unreadable") from error


_COLUMNS = (
    "kind", "ownership", "status", "status_since", "serial", "imei", "imei2", "eid", "asset_tag", "cost_code", "purchased_on",
    "price_pence", "warranty_until", "notes", "site_id", "team_id", "model_id", "disposed_on",
)  # fmt: skip


def _apply(session: Session, plan: ImportPlan, now: datetime) -> None:
    today = london_date(now)
    made = _make_places(session, [*plan.new, *plan.changed])
    by_owner: dict[int, list[RowPlan]] = {}
    for one in (*plan.new, *plan.changed):
        by_owner.setdefault(one.organisation_id, []).append(one)
    for owner, rows in by_owner.items():
        new = [one for one in rows if one.device_id is None]
        values = []
        for one in new:
            device = {name: _settled(value, owner, made) for name, value in one.after.items()}
            if device.get("kind") == "other" and (model := _model_name(one)):
                device["kind"] = kind_of(model, None)
            device |= {"ownership": "organisation", "status_since": today}
            if device["status"] == "disposed":
                device["disposed_on"] = today
            values.append((owner, "", *(device.get(name) for name in _COLUMNS)))
        ids = insert_recorded(session, Device, ("organisation_id", "hay", *_COLUMNS), values, organisation_id=owner)
        changed = [one for one in rows if one.device_id is not None]
        update_recorded(session, Device, _edits(changed, owner, made, today), organisation_id=owner)
        held = [(device_id, one) for device_id, one in zip(ids, new, strict=True) if one.holder]
        held += [(one.device_id, one) for one in changed if one.holder and one.device_id is not None]
        _issue(session, held, owner, today)


def _edits(rows: Sequence[RowPlan], owner: int, made: Mapping[tuple[str, int, str], int], today: Any) -> list[Edit]:
    edits = []
    for one in rows:
        assert one.device_id is not None
        after = {name: _settled(value, owner, made) for name, value in one.after.items()}
        before = dict(one.before)
        if one.holder and "status" not in after:
            after["status"] = "issued"
        if after.get("status"):
            after["status_since"] = today
        if after.get("status") == "disposed":
            after["disposed_on"] = today
        edits.append(Edit(one.device_id, before, after))
    return edits


def _issue(session: Session, held: Sequence[tuple[int, RowPlan]], owner: int, today: Any) -> None:
    columns = ("organisation_id", "device_id", "person_id", "kind", "issued_on", "due_on")
    rows = []
    for device_id, one in held:
        assert one.holder is not None
        issued = one.holder.issued_on or one.after.get("purchased_on") or today
        due = one.holder.due_on if one.holder.due_on and one.holder.due_on >= issued else None
        rows.append((owner, device_id, one.holder.person_id, "loan" if due else "permanent", min(issued, today), due))
    insert_recorded(session, Assignment, columns, rows, organisation_id=owner)


def _make_places(session: Session, rows: Sequence[RowPlan]) -> dict[tuple[str, int, str], int]:
    """Make the sites, teams and models that rows want; (kind, organisation, name) -> id."""
    wanted: dict[tuple[str, int, str], None] = {}
    for one in rows:
        for value in one.after.values():
            if isinstance(value, Wanted):
                wanted[value.kind, 0 if value.kind == "model" else one.organisation_id, value.name] = None
    made: dict[tuple[str, int, str], int] = {}
    models = {name: (None, kind_of(name, None)) for kind, _, name in wanted if kind == "model"}
    made |= {("model", 0, name): model_id for name, model_id in ensure_models(session, models).items()}
    for kind, table in (("site", Site), ("team", Team)):
        for owner in {owner for each, owner, _ in wanted if each == kind}:
            names = [name for each, whose, name in wanted if (each, whose) == (kind, owner)]
            ids = insert_recorded(
                session, table, ("organisation_id", "name"), [(owner, name) for name in names], organisation_id=owner
            )
            made |= {(kind, owner, name): one for name, one in zip(names, ids, strict=True)}
    return made


def _settled(value: Any, owner: int, made: Mapping[tuple[str, int, str], int]) -> Any:
    if isinstance(value, Wanted):
        return made[value.kind, 0 if value.kind == "model" else owner, value.name]
    return value


def _model_name(one: RowPlan) -> str | None:
    value = one.after.get("model_id")
    return value.name if isinstance(value, Wanted) else None


def _change_json(one: RowPlan) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        return f"{value.name} (new {value.kind})" if isinstance(value, Wanted) else value

    return {
        "row": one.row, "subject": one.name, "kind": "new" if one.device_id is None else "changed",
        "fields": {name: [plain(one.before.get(name)), plain(value)] for name, value in one.after.items()},
        "issued": one.holder is not None,
    }  # fmt: skip
