"""The list that Cyber Essentials asks for: makes, models and OS versions in scope, personal devices among them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from fleet.domain.fields import Field
from fleet.domain.fields.devices import KINDS
from fleet.domain.fields.field import from_words
from fleet.exports.datasets.dataset import Dataset, catalogue, derived
from fleet.exports.datasets.devices import UNREPORTED, in_scope, newest_of, verdict_of
from fleet.exports.material import Material


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """So many devices of one make, model and OS version."""

    organisation: str
    ownership: str
    maker: str | None
    kind: str
    model: str | None
    os_version: str | None
    os_support: str
    newest_os: str | None
    quantity: int
    oldest_check_in: datetime | None
    never_seen: int


def _fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("model", "Model", "text", 30, "The maker's name for it."),
        derived("maker", "Make", "text", 12, "Who made it."),
        derived("kind", "Kind", "word", 12, "iPad, iPhone, thin client or other.", words=from_words(KINDS)),
        derived("organisation", "Organisation", "text", 16, "The council or body."),
        derived("ownership", "Owned by", "word", 14, "The council, or the person who uses it.",
                words=from_words({"organisation": "Council", "personal": "Personal"})),
        derived("os_version", "OS version", "identifier", 13, "As it reported.", lambda row: row.os_version or UNREPORTED),
        derived("os_support", "OS support", "text", 14, "Whether Apple still patches it."),
        derived("newest_os", "Newest OS for it", "identifier", 12, "The newest version Apple offers for the model."),
        derived("quantity", "Quantity", "integer", 10, "How many there are."),
        derived("oldest_check_in", "Oldest check-in", "moment", 19, "How old this is: the one heard from longest ago."),
        derived("never_seen", "Not in Intune", "integer", 10, "How many of them are not enrolled."),
    )  # fmt: skip


_Key = tuple[str, str, str, str, str, str]
"""Organisation, owner, kind, model, OS version and support."""


def _read(material: Material) -> Iterator[ScopeRow]:
    """Grouped, by organisation, owner, make and model, the oldest version first."""
    verdict = verdict_of(material.support, material.question.day)
    newest = newest_of(material.support, material.question.day)
    counted: Counter[_Key] = Counter()
    unseen: Counter[_Key] = Counter()
    oldest: dict[_Key, datetime] = {}
    for row in material.devices():
        if in_scope(row) == "No":
            continue
        key = (row.organisation, row.ownership, row.kind, row.model or "", row.os_version or "", verdict(row))
        counted[key] += 1
        unseen[key] += row.tenant is None
        if row.last_seen is not None:
            oldest[key] = min(oldest.get(key, row.last_seen), row.last_seen)
    for key in sorted(counted, key=lambda key: (*key[:4], _numbers(key[4]))):
        owner, ownership, kind, model, version, support = key
        yield ScopeRow(
            owner, ownership, material.makers.get(model), kind, model or None, version or None, support, newest(model or None),
            counted[key], oldest.get(key), unseen[key],
        )  # fmt: skip


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.replace(" ", ".").split(".") if part.isdecimal())


SCOPE = Dataset(_fields, _read)
