"""What undoing would do, as data: shown before anything is written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleet.domain.wording import subject_label


@dataclass(frozen=True, slots=True)
class Reversal:
    """One row that undo takes back: `insert` is deleted, `delete` is put back, `update` gets its old values."""

    subject: str
    subject_id: int
    organisation_id: int | None
    kind: str
    before: Mapping[str, Any]
    """Values to return to (JSON form)."""
    after: Mapping[str, Any]
    """Values there are now (JSON form)."""
    name: str = ""
    """What people call the row: a tag, a name, `NB000123 to Anna Bell`."""
    told: tuple[str, ...] = ()
    """Of an update, each field as people read it: `model iPad (A16) → iPad (9th generation)`."""

    @property
    def sentence(self) -> str:
        """What would be done to the row."""
        label = f"{subject_label(self.subject)} {self.name}".rstrip()
        if self.kind == "update":
            return f"{label}: {', '.join(self.told) or 'details that nobody reads'}"
        return f"{label} would be {_DONE[self.kind]}"


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that stays because it changed, or is used, since."""

    subject: str
    subject_id: int
    field: str
    because: str
    name: str = ""

    @property
    def sentence(self) -> str:
        """What stays, and why."""
        return f"{subject_label(self.subject)} {self.name}".rstrip() + f": {self.because}"


@dataclass(slots=True)
class UndoPlan:
    """What undoing would do."""

    events: tuple[int, ...]
    reversed: list[Reversal] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The keys that scripts rely on."""
        return {
            "reversed": [
                {"subject": f"{one.subject}:{one.subject_id}", "name": one.name, "kind": one.kind,
                 "before": dict(one.before), "after": dict(one.after), "sentence": one.sentence}
                for one in self.reversed
            ],
            "kept": [
                {"subject": f"{one.subject}:{one.subject_id}", "name": one.name, "field": one.field, "because": one.because}
                for one in self.kept
            ],
        }  # fmt: skip

    def in_words(self, limit: int = 40) -> list[str]:
        """The plan as lines for people. Of more than fit, some of each kind are shown, so that none hides another."""
        number = len(self.reversed)
        return [
            f"{number:,} change{'' if number == 1 else 's'} would be taken back, {len(self.kept):,} kept.",
            *_reversed_lines(self.reversed, limit),
            *_kept_lines(self.kept, limit),
        ]


_DONE = {"insert": "removed again", "delete": "put back", "update": "changed back"}
FEWEST = 4
"""Lines of each kind that are always shown."""


def _reversed_lines(rows: Sequence[Reversal], limit: int) -> Iterator[str]:
    groups = _grouped(((one.subject, one.kind), one.sentence) for one in rows)
    for (subject, kind), sentences, share in _shared(groups, limit):
        yield from (f"- {one}" for one in sentences[:share])
        if (more := len(sentences) - share) > 0:
            yield f"  … and {more:,} more {subject_label(subject, more)} would be {_DONE[kind]}"


def _kept_lines(rows: Sequence[Kept], limit: int) -> Iterator[str]:
    """Two fields of a row that stay for one reason are one line."""
    groups = _grouped(((one.subject, one.because), one.sentence) for one in rows)
    for (subject, because), sentences, share in _shared(groups, limit):
        lines = list(dict.fromkeys(sentences))
        yield from (f"= {one}" for one in lines[:share])
        if (more := len(lines) - share) > 0:
            yield f"= {more:,} more {subject_label(subject, more)}: {because}"


def _grouped(pairs: Iterable[tuple[tuple[str, str], str]]) -> dict[tuple[str, str], list[str]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for key, sentence in pairs:
        groups.setdefault(key, []).append(sentence)
    return groups


def _shared(
    groups: Mapping[tuple[str, str], Sequence[str]], limit: int
) -> Iterator[tuple[tuple[str, str], Sequence[str], int]]:
    """Each kind with how many of it are shown: all when they fit, else some, the rarest kind first."""
    if sum(len(lines) for lines in groups.values()) <= limit:
        yield from ((key, lines, limit) for key, lines in groups.items())
        return
    share = max(FEWEST, limit // max(1, len(groups)))
    for key, lines in sorted(groups.items(), key=lambda one: len(one[1])):
        yield key, lines, share
