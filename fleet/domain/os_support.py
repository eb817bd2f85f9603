"""Which iOS and iPadOS versions Apple still patches, per model: data with a source and a date, never code.

The shipped table is `os_support.json`; a file of the same shape may stand in for it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from fleet.errors import ConfigurationProblem

Verdict = Literal["supported", "update-due", "unsupported", "unknown"]
SHIPPED = Path(__file__).with_name("os_support.json")
STALE_AFTER = timedelta(days=60)

_VERSION = re.compile(
    r"(?:i(?:Pad)?OS\s+)?(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?(?:\s*\(?([a-z])\)?)?", re.IGNORECASE | re.ASCII
)
_INCHES = re.compile(r"(\d+(?:\.\d+)?)\s*(?:-?\s*in(?:ch)?\b\.?|[\"”″])")
_GENERATION = re.compile(r"\b(\d+)(?:st|nd|rd|th)(?:\s+gen(?:eration)?\b\.?)?")
_NOISE = re.compile(r"\bwi-?fi\b|\bcellular\b|\b\d+\s?[gt]b\b|[()+,_-]")


class Version(NamedTuple):
    """An Apple version in order of age: 26.3.1 < 26.3.1 (a) < 26.3.2."""

    major: int
    minor: int = 0
    patch: int = 0
    letter: str = ""


def version_text(version: Version) -> str:
    """`26.3.1 (a)`, `27.1`."""
    patch = f".{version.patch}" if version.patch else ""
    return f"{version.major}.{version.minor}{patch}" + (f" ({version.letter})" if version.letter else "")


class Branch(NamedTuple):
    """A major version that still receives security releases."""

    newest: Version
    until: date | None = None
    """Last day on which it counts as patched; None while no end is known."""
    released: date | None = None
    """Day of its newest version; None where the table does not say."""


def read_version(text: str | None) -> Version | None:
    """`26.3.1 (a)` or `iPadOS 18.7` as a version; None when it is none."""
    found = _VERSION.fullmatch(text.strip()) if text else None
    if found is None:
        return None
    major, minor, patch, letter = found.groups()
    return Version(int(major), int(minor or 0), int(patch or 0), (letter or "").lower())


def model_key(model: str) -> str:
    """One spelling for a marketing name: `iPad Pro (11-inch) (3rd gen)` and `iPad Pro 11" 3rd generation` agree."""
    text = " ".join(model.casefold().replace("\N{NON-BREAKING HYPHEN}", "-").split()).removeprefix("apple ")
    text = _INCHES.sub(r"\1inch ", text)
    text = _GENERATION.sub(r"\1", text)
    return " ".join(_NOISE.sub(" ", text).split()).removesuffix(" 1")


@dataclass(frozen=True, slots=True)
class SupportTable:
    """What Apple patches, for which model, according to whom and as at when."""

    as_at: date
    source: tuple[str, ...]
    branches: Mapping[str, Mapping[int, Branch]]
    """Family (iOS, iPadOS) -> major version -> branch."""
    highest: Mapping[str, tuple[str, int]]
    """Model key -> its family and the highest major version it can run."""

    @classmethod
    def load(cls, path: Path | None = None) -> "SupportTable":
        """The table in a file, or the shipped one; raises `ConfigurationProblem` listing what is wrong with it."""
        return _shipped() if path is None else _read(path)

    def verdict(self, model: str | None, os_version: str | None, today: date) -> Verdict:
        """Judge one device's version; what the table does not know is `unknown`, never `supported`."""
        known = self.highest.get(model_key(model)) if model else None
        version = read_version(os_version)
        if known is None or version is None or version.major > known[1]:
            return "unknown"
        family, highest = known
        patched = self.patched(family, today)
        branch = patched.get(version.major)
        if branch is None:
            return "unsupported"
        newer = any(version.major < major <= highest for major in patched)
        return "update-due" if newer or version < branch.newest else "supported"

    def update_since(self, model: str | None, os_version: str | None, today: date) -> Branch | None:
        """The newest version of its branch that a device lacks, with the day since when; None when it lacks none.

        Only within the device's own major version, and only where the table has the day of the release.
        """
        known = self.highest.get(model_key(model)) if model else None
        version = read_version(os_version)
        if known is None or version is None or version.major > known[1]:
            return None
        branch = self.patched(known[0], today).get(version.major)
        return branch if branch is not None and branch.released is not None and version < branch.newest else None

    def patched(self, family: str, today: date) -> dict[int, Branch]:
        """The branches of a family that still receive security releases on a day."""
        return {
            major: branch
            for major, branch in self.branches.get(family, {}).items()
            if branch.until is None or branch.until >= today
        }

    def family(self, model: str | None) -> str | None:
        """`iOS` or `iPadOS`, after the model and not after what a source calls it; None for an unknown model."""
        known = self.highest.get(model_key(model)) if model else None
        return known[0] if known else None

    def stale(self, today: date) -> bool:
        """Say whether the data are older than 60 days, so that releases since are not known to it."""
        return today - self.as_at > STALE_AFTER


@cache
def _shipped() -> SupportTable:
    return _read(SHIPPED)


def _read(path: Path) -> SupportTable:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationProblem(f"The OS support table {path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigurationProblem(f"The OS support table {path} is not valid JSON: {error}.") from error
    problems: list[str] = []
    table = _table(data if isinstance(data, dict) else {}, problems)
    if problems:
        raise ConfigurationProblem(f"The OS support table {path}: {'; '.join(problems)}.")
    return table


def _table(data: Mapping[str, Any], problems: list[str]) -> SupportTable:
    source = data.get("source")
    sources = (source,) if isinstance(source, str) else source
    if not sources or not isinstance(sources, list | tuple):
        problems.append("`source` must say where the data come from")
        sources = ()
    as_at = _day(data.get("date"))
    if as_at is None:
        problems.append("`date` must be the day of the data, such as 2026-11-20")
    branches = {
        family: {
            major: branch
            for name, entry in _object(entries, f"branches.{family}", problems).items()
            if (major := _major(name, f"branches.{family}", problems)) is not None
            and (branch := _branch(family, name, entry, problems)) is not None
        }
        for family, entries in _object(data.get("branches"), "branches", problems).items()
    }
    return SupportTable(
        as_at=as_at or date.min,
        source=tuple(str(text) for text in sources),
        branches=branches,
        highest=_highest(data, branches, problems),
    )


def _highest(data: Mapping[str, Any], families: Mapping[str, Any], problems: list[str]) -> dict[str, tuple[str, int]]:
    highest: dict[str, tuple[str, int]] = {}
    for family, entries in _object(data.get("models"), "models", problems).items():
        if family not in families:
            problems.append(f"models.{family} has no branches.{family}")
        for name, models in _object(entries, f"models.{family}", problems).items():
            major = _major(name, f"models.{family}", problems)
            if not isinstance(models, list):
                problems.append(f"models.{family}.{name} must be a list of marketing names")
            elif major is not None:
                highest.update((model_key(str(model)), (family, major)) for model in models)
    for alias, model in _object(data.get("aliases", {}), "aliases", problems).items():
        known = highest.get(model_key(str(model)))
        if known is None:
            problems.append(f"the alias {alias} stands for {model}, which is not in `models`")
        else:
            highest[model_key(alias)] = known
    return highest


def _branch(family: str, name: str, entry: object, problems: list[str]) -> Branch | None:
    fields = _object(entry, f"branches.{family}.{name}", problems)
    newest = read_version(str(fields.get("newest", "")))
    if newest is None or str(newest.major) != name:
        problems.append(f"branches.{family}.{name} needs `newest`, a version such as {name}.1")
        return None
    until = _day(fields.get("until"))
    if until is None and fields.get("until") is not None:
        problems.append(f"branches.{family}.{name}: `until` must be a day such as 2026-11-20")
    released = _day(fields.get("released"))
    if released is None and fields.get("released") is not None:
        problems.append(f"branches.{family}.{name}: `released` must be a day such as 2026-11-20")
    return Branch(newest, until, released)


def _object(value: object, where: str, problems: list[str]) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    problems.append(f"`{where}` must be an object")
    return {}


def _major(name: str, where: str, problems: list[str]) -> int | None:
    if name.isascii() and name.isdigit():
        return int(name)
    problems.append(f"{where}: {name} is no major version")
    return None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
