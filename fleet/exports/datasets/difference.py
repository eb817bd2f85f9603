"""What is different from the day before the period: numbers side by side, and device by device.

Both days are asked of the register, so what was entered late, or undone, counts where it belongs.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fleet.domain.fields import DEVICE_FIELDS, Field
from fleet.domain.lifecycle import label
from fleet.domain.records import DeviceRow
from fleet.domain.search import Search
from fleet.exports.datasets.dataset import Dataset, catalogue, derived
from fleet.exports.datasets.desk import FINDINGS
from fleet.exports.datasets.devices import USES, held_by, verdict_of
from fleet.exports.masking import initials
from fleet.exports.material import Material
from fleet.queries.as_at import UNKNOWN
from fleet.queries.findings_as_at import findings_as_at

NUMBERS: Mapping[str, str] = {
    "devices": "Devices in the register",
    "In use": "In use",
    "In stock": "In stock or on order",
    "Lost or stolen": "Lost or stolen",
    "Out of use": "Retired, disposed of or quarantined",
    "personal": "Personal devices",
    "Person": "Held by people",
    "Shared": "Shared by a site or team",
    "leavers": "Still held by people who have left",
    "loans": "On loan",
    "overdue": "Loans overdue",
    "noncompliant": "Not compliant in Intune",
    "unsupported": "Running an OS that Apple no longer patches",
    "findings": "Open findings",
}
"""Stable key of a number -> its words, in their order."""


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number on two days."""

    id: str
    number: str
    before: int
    now: int
    """On the day of the report."""


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """One difference of one device."""

    device_id: int
    device: str
    organisation: str
    model: str | None
    change: str
    was: str | None
    is_now: str | None


def _number_fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("number", "Number", "text", 46, "What is counted."),
        derived("before", "Before", "integer", 14, "At the end of the last day before the period."),
        derived("now", "Now", "integer", 14, "At the end of the report's day."),
        derived("difference", "Difference", "integer", 14, "How much it rose or fell.", lambda row: row.now - row.before),
        derived("id", "Key", "identifier", 18, "Its stable name."),
    )  # fmt: skip


def _numbers(material: Material) -> Iterator[NumberRow]:
    question = material.question
    before = _counted(material.compared, question.before, material)
    now = _counted(material.devices(), question.day, material)
    states = ("open",)
    then = findings_as_at(material.session, question.before, states=states, organisation=question.organisation)
    known = material.ids() if question.filters != Search() else None
    before["findings"] = sum(1 for one in then if known is None or one.subject_id in known)
    now["findings"] = sum(1 for one in FINDINGS.read(material) if one.state == "open")
    for key, words in NUMBERS.items():
        yield NumberRow(key.lower().replace(" ", "-"), words, before[key], now[key])


def _counted(rows: Iterable[DeviceRow], day: date, material: Material) -> Counter[str]:
    verdict = verdict_of(material.support, day)
    counted: Counter[str] = Counter()
    for row in rows:
        counted.update(_told(row, day, verdict, material))
    return counted


def _told(row: DeviceRow, day: date, verdict: Callable[[DeviceRow], str], material: Material) -> Iterator[str]:
    yield "devices"
    yield USES.get(row.status, "other")
    yield held_by(row)
    if row.ownership == "personal":
        yield "personal"
    holder = material.holders.get(row.holder_id or 0)
    left = holder is not None and holder.state == "left" and (holder.left_on is None or holder.left_on <= day)
    if left and row.issued_on is not None:
        yield "leavers"
    if row.due_on is not None:
        yield "loans"
        if row.due_on < day:
            yield "overdue"
    if row.compliance == "noncompliant":
        yield "noncompliant"
    if verdict(row) == "Unsupported":
        yield "unsupported"


KEY_NUMBERS = Dataset(_number_fields, _numbers)


def _changed_fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("device", "Device", "identifier", 13, "Its asset tag, else its serial number."),
        derived("change", "What changed", "text", 16, "New, gone, or what about it is different."),
        derived("was", "Before", "text", 28, "At the end of the last day before the period."),
        derived("is_now", "Now", "text", 28, "At the end of the report's day."),
        derived("model", "Model", "text", 27, "The maker's name for it."),
        derived("organisation", "Organisation", "text", 16, "The council or body."),
        derived("device_id", "Device number", "identifier", 9, "The register's own number for it."),
    )


def _changes(material: Material) -> Iterator[ChangedRow]:
    """Device by device: new, gone, another status, holder, organisation, site or OS version."""
    was = {row.id: row for row in material.compared}
    tell = _compared(material.question.unmask, material.organisations)
    for row in material.devices():
        old = was.pop(row.id, None)
        if old is None:
            yield _changed(row, "New", None, label(row.status))
            continue
        for words, read in tell.items():
            before, now = read(old), read(row)
            if before != now and not (words in _ONLY_BOTH and None in (before, now)):
                yield _changed(row, words, before, now)
    for old in was.values():
        yield _changed(old, "Gone", label(old.status), None)


def _changed(row: DeviceRow, change: str, was: str | None, is_now: str | None) -> ChangedRow:
    name = row.asset_tag or row.serial or "own device"
    return ChangedRow(row.id, name, row.organisation, row.model, change, was, is_now)


def _compared(unmask: bool, names: Mapping[str, str]) -> Mapping[str, Callable[[DeviceRow], Any]]:
    """What about a device is compared, told without names unless they are asked for."""

    def holder(row: DeviceRow) -> str | None:
        if row.holder is None or row.holder_id is None or unmask:
            return row.holder
        return f"{initials(row.holder)} (person {row.holder_id})"

    compliance = DEVICE_FIELDS["compliance"].text
    return {
        "Status": lambda row: None if row.status == UNKNOWN else label(row.status),
        "Holder": holder,
        "Organisation": lambda row: names.get(row.organisation, row.organisation),
        "OS version": lambda row: row.os_version,
        "Compliance": lambda row: compliance(row) or None,
        "Intune": lambda row: row.tenant and f"enrolled in {row.tenant}",
    }


_ONLY_BOTH = frozenset({"Status", "OS version", "Compliance"})
"""Compared only where both days know it: an enrolment that came or went is told as one."""

CHANGES = Dataset(_changed_fields, _changes)
