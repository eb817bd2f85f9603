"""Score and apply a staged onboarding: all its files in one transaction, people before devices before SIMs.

Scoring does the very same work and takes it back, so that what one file brings is known to the next.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from fleet.commands.apply_plan.imports import apply_rows
from fleet.commands.import_conflicts import raise_conflicts
from fleet.commands.imports import ImportOptions, Preview, import_run, preview_file, raise_if_too_much
from fleet.commands.mappings import remember
from fleet.commands.onboarding.staging import PAST, Onboarding, StagedFile, staged_bytes
from fleet.database import Database, Scope
from fleet.database.history import open_event
from fleet.database.turns import wait_turn
from fleet.domain.plan.imports.quality import Quality, judge_rows
from fleet.errors import FleetError, NoAccess, NotAllowed, UsageProblem
from fleet.queries.lookups import organisation_id
from importers.problems import place_of

_ORDER = {"person": 0, "device": 1, "custody": 2, "line": 3}


@dataclass(frozen=True, slots=True)
class Scored:
    """One staged file: what it would do, and how good it is."""

    file: StagedFile
    preview: Preview
    quality: Quality


class _OnlyTried(FleetError):
    """Raised at the end of a trial, so that nothing of it stays."""


def score_onboarding(
    database: Database, home: Path, held: Onboarding, *, actor: str, now: datetime, scope: Scope = None,
    may_write: bool = True, create: bool = False,
) -> list[Scored]:  # fmt: skip
    """What applying would do and what is wrong with each file; nothing is written."""
    _check(held, actor, may_write)
    scored: list[Scored] = []
    try:
        with database.transaction(actor=actor, action="onboard", now=now, scope=scope, may_write=may_write) as session:
            scored = _apply_each(session, home, held, now=now, create=create, braked=False)
            raise _OnlyTried("tried")
    except _OnlyTried:
        return scored


def apply_onboarding(
    database: Database, home: Path, held: Onboarding, *, actor: str, now: datetime, scope: Scope = None,
    may_write: bool = True, create: bool = False, confirm: int | None = None, reason: str | None = None,
) -> tuple[list[Scored], int, int | None]:  # fmt: skip
    """Apply all files as one run and one event; returns them, the run and the event.

    Raises `RefusedByBrake` for a file that takes too much away: nothing of any file is written then.
    """
    _check(held, actor, may_write)
    if held.event is not None:
        raise NotAllowed(f"{held.name} was applied as event {held.event} already.")
    if confirm is not None and not reason:
        raise UsageProblem("A confirmed number needs a reason, which is kept: --reason")
    digest = hashlib.sha256("".join(sorted(one.sha256 for one in held.files)).encode()).hexdigest()
    with import_run(
        database, source=f"onboarding:{held.name}", name=held.name, digest=digest, actor=actor, now=now, scope=scope
    ) as run:
        with database.transaction(
            actor=actor, action="onboard", now=now, run_id=run.id, scope=scope, may_write=may_write,
            reason=f"{held.name}: {reason}" if reason else held.name,
        ) as session:  # fmt: skip
            scored = _apply_each(session, home, held, now=now, create=create, confirm=confirm)
            _remember(session, held, scored, actor, now)
            event = open_event(session).id
            run.finish(session, [one.preview for one in scored], event)
        run.done = True
    return scored, run.id, event


def _check(held: Onboarding, actor: str, may_write: bool) -> None:
    if not may_write:
        raise NoAccess(f"{actor} may read the register but not change it.")
    if not held.files:
        raise UsageProblem(f"{held.name} has no file yet: fleet onboard add {held.name} FILE")


def _apply_each(
    session: Session, home: Path, held: Onboarding, *, now: datetime, create: bool, confirm: int | None = None,
    braked: bool = True,
) -> list[Scored]:  # fmt: skip
    """Each file against the register as the files before it left it."""
    wait_turn(session, "import")
    files = [_as_its_original(session, home, held, one, now=now) for one in held.files]
    pairs = [(one, _preview(session, home, held, one, now=now, create=create)) for one in files]
    mended = [one.mends for _, one in pairs]
    order: Sequence[tuple[StagedFile, Preview]] = sorted(pairs, key=lambda pair: _turn(pair[1]))
    scored = []
    for place, (file, first) in enumerate(order):
        preview = _preview(session, home, held, file, now=now, create=create) if place else first
        if braked:
            raise_if_too_much(preview, confirm)
        added = apply_rows(session, preview.plan, now)
        raise_conflicts(session, preview.plan.conflicts, added, file.name, now)
        session.flush()
        session.expire_all()
        here = place_of(file.name, preview.interpretation.sheet)
        scored.append(Scored(file, preview, _quality(preview, {row for one in mended for row in one.get(here, ())})))
    return scored


def _as_its_original(session: Session, home: Path, held: Onboarding, file: StagedFile, *, now: datetime) -> StagedFile:
    """Rows that were rejected and mended are read as the file they are from, where nothing else was said of them."""
    if file.layout or file.mapping:
        return file
    mends = _preview(session, home, held, file, now=now, create=False).mends
    for one in held.files:
        if one is not file and any(place == one.name or place.startswith(f"{one.name}, sheet ") for place in mends):
            return replace(file, layout=one.layout, mapping=one.mapping)
    return file


def _remember(session: Session, held: Onboarding, scored: Sequence[Scored], actor: str, now: datetime) -> None:
    """Keep what was said of the files' columns for the next such file: last, so that it changes no reading of this one.

    Of headers that were staged twice it is what they say as a register, for that is the file that comes again.
    """
    owner = organisation_id(session, held.organisation)
    registers = {one.preview.interpretation.header.signature for one in scored if one.file.layout != PAST}
    for one in scored:
        told = one.preview.interpretation
        if one.file.layout == PAST and told.header.signature in registers:
            continue
        remember(
            session, told, columns=one.file.mapping, layout=one.file.layout, header_row=one.file.header_row, actor=actor,
            now=now, organisation_id=owner,
        )  # fmt: skip


def _turn(preview: Preview) -> tuple[int, bool]:
    """People first, for they hold devices; what names serials before what names less; SIMs last."""
    return _ORDER[preview.plan.subject], "serial" not in preview.interpretation.columns.values()


def _preview(
    session: Session, home: Path, held: Onboarding, file: StagedFile, *, now: datetime, create: bool
) -> Preview:
    options = ImportOptions(
        file.layout, file.mapping or None, held.organisation, file.sheet, create=create, header_row=file.header_row
    )
    return preview_file(session, staged_bytes(home, held.name, file), file.name, options, now=now)


def _quality(preview: Preview, mended: Collection[int]) -> Quality:
    """How good a file is; its rejected rows whose mended form is staged as well are judged there alone."""
    told = preview.interpretation
    gone = {one.row for one in told.rejected if one.row in mended} | (preview.plan.rejected.keys() & set(mended))
    new = preview.plan.new if preview.plan.subject == "device" else []
    serialless = [one.row for one in new if not one.after.get("serial")]
    problems = [one for one in (*told.problems, *preview.plan.problems) if one.row not in gone]
    return judge_rows(told.read - told.skipped - len(gone), serialless, problems)
