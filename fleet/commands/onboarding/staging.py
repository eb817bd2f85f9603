"""The folder in which the files of a joining council wait: copies, so that what was scored is what is applied.

`<home>/onboarding/<name>/` holds `onboarding.json` and the files under numbers of their own. They hold people's data,
so nobody but the owner of the home folder may read them, and applying or dropping takes them away.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from fleet.errors import Ambiguous, BadFile, Conflict, NotFound, UsageProblem
from importers import limits

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_INDEX = "onboarding.json"
PAST = "holder-history"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One file and how it is to be read."""

    name: str
    sha256: str
    stored: str
    """Name of the copy in the folder."""
    layout: str | None = None
    sheet: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    header_row: int | None = None
    """The row that holds the headers, where a person said so."""


@dataclass(frozen=True, slots=True)
class Onboarding:
    """A staged onboarding."""

    name: str
    organisation: str
    """Key or name of the organisation whose the rows are, where they name none."""
    begun_at: str
    begun_by: str
    files: tuple[StagedFile, ...] = ()
    event: int | None = None
    """The event that applied it."""


def new_onboarding(home: Path, name: str, organisation: str, *, actor: str, now: datetime) -> Onboarding:
    """Begin one. Raises `UsageProblem` for a name that is none, `Conflict` for one that is taken."""
    if not _NAME.fullmatch(name):
        raise UsageProblem("A name has small letters, digits and hyphens, at most 40: northbridge-2026")
    folder = _folder(home, name)
    if folder.exists():
        raise Conflict(f"There is an onboarding {name} already. Look at it with: fleet onboard show {name}")
    folder.mkdir(parents=True, mode=0o700)
    made = Onboarding(name, organisation, now.isoformat(), actor)
    _keep(folder, made)
    return made


def open_onboarding(home: Path, name: str) -> Onboarding:
    """One by its name. Raises `NotFound`, or `BadFile` when its index can't be read."""
    index = _folder(home, name) / _INDEX
    if not _NAME.fullmatch(name) or not index.is_file():
        known = ", ".join(one.name for one in list_onboardings(home)) or "none"
        raise NotFound(f"There is no onboarding {name}. Known: {known}.")
    try:
        told: dict[str, Any] = json.loads(index.read_text(encoding="utf-8"))
        files = tuple(StagedFile(**one) for one in told.pop("files"))
        return Onboarding(**told, files=files)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadFile(f"{index} can't be read. Drop it with: fleet onboard drop {name}", code="damaged") from error


def list_onboardings(home: Path) -> list[Onboarding]:
    """All that are staged or applied and not dropped, by name."""
    folder = home / "onboarding"
    names = sorted(one.name for one in folder.iterdir() if (one / _INDEX).is_file()) if folder.is_dir() else []
    return [open_onboarding(home, name) for name in names]


def add_file(
    home: Path, name: str, file: Path, *, layout: str | None = None, sheet: str | None = None,
    mapping: Mapping[str, str] | None = None, header_row: int | None = None,
) -> tuple[Onboarding, bool]:  # fmt: skip
    """Stage a copy of a file; one of the same name and sheet is replaced by it. Returns whether it replaced one.

    A sheet that is read for its past holders is staged beside itself as a register: both stand in one workbook often.
    """
    held = _unapplied(home, name)
    data = bytes_of(file)
    digest = hashlib.sha256(data).hexdigest()
    if any(one.sha256 == digest and one.name != file.name for one in held.files):
        raise Conflict(f"{file.name} holds the same bytes as another staged file.")
    known = [
        one
        for one in held.files
        if (one.name, one.sheet) == (file.name, sheet) and (one.layout == PAST) == (layout == PAST)
    ]
    numbers = [int(one.stored.partition(".")[0]) for one in held.files]
    stored = f"{max(numbers, default=0) + 1}.data"
    folder = _folder(home, name)
    _write(folder / stored, data)
    staged = StagedFile(file.name, digest, stored, layout, sheet, dict(mapping or {}), header_row)
    files = tuple(staged if one in known else one for one in held.files)
    held = replace(held, files=files if known else (*held.files, staged))
    _keep(folder, held)
    for one in known:
        (folder / one.stored).unlink(missing_ok=True)
    return held, bool(known)


def say_of_file(
    home: Path, name: str, file: str, *, mapping: Mapping[str, str] | None = None, layout: str | None = None,
    sheet: str | None = None,
) -> Onboarding:  # fmt: skip
    """Say otherwise how a staged file is to be read: a field of "-" takes back what was said of a column.

    Raises `NotFound`, or `Ambiguous` where several sheets of it are staged and none is named.
    """
    held = _unapplied(home, name)
    meant = [one for one in held.files if one.name == file and sheet in (None, one.sheet)]
    if not meant:
        raise NotFound(f"{name} has no file {file}. It has: {', '.join(one.name for one in held.files) or 'none'}.")
    if len({one.sheet for one in meant}) == 1 and len(meant) > 1:  # Once as a register, once for its past holders.
        meant = [one for one in meant if (one.layout == PAST) == (layout == PAST)]
    if len(meant) > 1:
        raise Ambiguous(f"Several sheets of {file} are staged: name one with --sheet.")
    said = {**meant[0].mapping, **(mapping or {})}
    other = replace(
        meant[0],
        mapping={header: field for header, field in said.items() if field != "-"},
        layout=layout or meant[0].layout,
    )
    held = replace(held, files=tuple(other if one is meant[0] else one for one in held.files))
    _keep(_folder(home, name), held)
    return held


def drop_file(home: Path, name: str, file: str) -> Onboarding:
    """Take a file out again, with every sheet of it. Raises `NotFound`."""
    held = _unapplied(home, name)
    gone = [one for one in held.files if one.name == file]
    if not gone:
        raise NotFound(f"{name} has no file {file}. It has: {', '.join(one.name for one in held.files) or 'none'}.")
    held = replace(held, files=tuple(one for one in held.files if one.name != file))
    _keep(_folder(home, name), held)
    for one in gone:
        (_folder(home, name) / one.stored).unlink(missing_ok=True)
    return held


def drop_onboarding(home: Path, name: str) -> None:
    """Take the whole staging away; what was applied of it stays applied."""
    if not _NAME.fullmatch(name) or not _folder(home, name).is_dir():
        raise NotFound(f"There is no onboarding {name}.")
    shutil.rmtree(_folder(home, name))


def mark_applied(home: Path, name: str, event: int | None) -> None:
    """Remember the event and take the copies away: they hold people's data and are of no more use."""
    held = open_onboarding(home, name)
    _keep(_folder(home, name), replace(held, event=event))
    for one in held.files:
        (_folder(home, name) / one.stored).unlink(missing_ok=True)


def staged_bytes(home: Path, name: str, file: StagedFile) -> bytes:
    """The bytes that were staged. Raises `BadFile` when they are not those any more."""
    data = bytes_of(_folder(home, name) / file.stored)
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise BadFile(f"The staged copy of {file.name} has changed. Add the file again.", code="damaged")
    return data


def bytes_of(path: Path) -> bytes:
    """The bytes of a file; raises `BadFile`."""
    try:
        if path.stat().st_size > limits.FILE_BYTES:
            raise BadFile(f"{path} is larger than {limits.FILE_BYTES // 2**20} MB.", code="too-large")
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} can't be read: {error.strerror}.", code="unreadable") from error


def _unapplied(home: Path, name: str) -> Onboarding:
    held = open_onboarding(home, name)
    if held.event is not None:
        raise Conflict(f"{name} was applied as event {held.event}. Take it back with: fleet undo {held.event}")
    return held


def _folder(home: Path, name: str) -> Path:
    return home / "onboarding" / name


def _keep(folder: Path, held: Onboarding) -> None:
    _write(folder / _INDEX, json.dumps(asdict(held), indent=1, ensure_ascii=False).encode())


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and for the owner's eyes only."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)
