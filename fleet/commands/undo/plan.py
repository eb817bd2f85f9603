"""What undoing would do, as data: shown before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.domain.wording import field_label, subject_label, value_text


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


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that stays because it changed, or is used, since."""

    subject: str
    subject_id: int
    field: str
    because: str
    name: str = ""


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
                 "before": dict(one.before), "after": dict(one.after)}
                for one in self.reversed
            ],
            "kept": [
                {"subject": f"{one.subject}:{one.subject_id}", "name": one.name, "field": one.field, "because": one.because}
                for one in self.kept
            ],
        }  # fmt: skip

    def in_words(self, limit: int = 40) -> list[str]:
        """The plan as lines for people."""
        lines = [f"{len(self.reversed):,} changes would be taken back, {len(self.kept):,} kept."]
        lines += [_in_words(one) for one in self.reversed[:limit]]
        if len(self.reversed) > limit:
            lines.append(f"  … and {len(self.reversed) - limit:,} more")
        lines += [
            f"= {subject_label(one.subject)} {one.name or one.subject_id}: {one.because}" for one in self.kept[:limit]
        ]
        if len(self.kept) > limit:
            lines.append(f"  … and {len(self.kept) - limit:,} more kept")
        return lines


def _in_words(one: Reversal) -> str:
    label = f"{subject_label(one.subject)} {one.name or one.subject_id}"
    if one.kind == "insert":
        return f"- {label} would be removed again"
    if one.kind == "delete":
        return f"- {label} would be put back"
    values = ", ".join(
        f"{field_label(name)} {value_text(name, one.after.get(name))} → {value_text(name, value)}"
        for name, value in one.before.items()
    )
    return f"- {label}: {values}"
