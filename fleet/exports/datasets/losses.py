"""Devices lost, stolen and damaged, and the variance of stocktakes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from fleet.clock import london_date
from fleet.domain.fields import Field
from fleet.domain.fields.devices import KINDS
from fleet.domain.fields.field import from_words
from fleet.domain.lifecycle import label
from fleet.domain.stocktake import GRADES, OUTCOMES
from fleet.exports.datasets.dataset import Dataset, catalogue, derived
from fleet.exports.material import Material
from fleet.exports.planning import financial_year
from fleet.queries.reports.losses import LossRow, losses
from fleet.queries.stocktakes import Count, count, list_stocktakes

WHAT = {"lost": "Lost", "stolen": "Stolen", "damaged": "Damaged"}
FATES = {"missing": "Still missing", "recovered": "Recovered", "written_off": "Written off", "damaged": "Damaged"}


def _loss_fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("device", "Device", "identifier", 13, "Its asset tag, else its serial number."),
        derived("what", "What happened", "word", 14, "Lost, stolen or damaged.", words=from_words(WHAT)),
        derived("occurred_on", "Happened on", "date", 13, "The day it happened."),
        derived("reported_on", "Reported on", "date", 13, "The day it was reported."),
        derived("days_to_report", "Days to report", "integer", 10, "Days from one to the other."),
        derived("outcome", "Outcome", "word", 15, "What had become of it.", words=from_words(FATES)),
        derived("value_pence", "Value (£)", "money", 12, "What it had cost, or was valued at."),
        derived("kind", "Kind", "word", 12, "iPad, iPhone, thin client or other.", words=from_words(KINDS)),
        derived("model", "Model", "text", 27, "The maker's name for it."),
        derived("organisation", "Organisation", "text", 16, "The council or body."),
        derived("year", "Financial year", "text", 11, "April to March, of the day it happened.",
                lambda row: financial_year(row.occurred_on)),
        derived("calendar_year", "Calendar year", "identifier", 10, "January to December.", lambda row: f"{row.occurred_on.year}"),
        derived("reference", "Reference", "identifier", 16, "The police's or insurer's."),
        derived("open", "Open", "boolean", 7, "Whether there is still something to do."),
        derived("id", "Incident number", "identifier", 9, "The register's own number for it."),
        derived("device_id", "Device number", "identifier", 9, "The register's own number for the device."),
    )  # fmt: skip


def _losses(material: Material) -> Iterator[LossRow]:
    question = material.question
    rows = losses(material.session, question.day, past=question.past)
    return (row for row in rows if material.covers(row.organisation) and material.within(row.device_id))


LOSSES = Dataset(_loss_fields, _losses)


@dataclass(frozen=True, slots=True)
class VarianceRow:
    """A device, or a scan that means none, of one stocktake."""

    id: str
    stocktake: str
    organisation: str
    opened_at: datetime
    state: str
    device: str
    serial: str | None
    model: str | None
    status: str | None
    outcome: str
    grade: str | None
    expected: bool
    site: str | None
    holder: str | None
    seen_at: str | None
    scanned_at: datetime | None
    device_id: int | None


def _variance_fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("device", "Device", "identifier", 13, "Its asset tag; of a scan that means none, what was scanned."),
        derived("outcome", "Outcome", "word", 16, "What the stocktake says of it.",
                words=lambda word: OUTCOMES.get(word, word).capitalize()),
        derived("evidence", "Evidence", "text", 34, "How sure we are that it exists.",
                lambda row: None if row.grade is None else f"{row.grade}: {GRADES[row.grade]}"),
        derived("model", "Model", "text", 27, "The maker's name for it."),
        derived("status", "Status", "word", 12, "Where it is in its life.", words=label),
        derived("site", "Expected at", "text", 22, "Where it should be."),
        derived("seen_at", "Seen at", "text", 22, "Where it was scanned."),
        derived("holder", "Holder", "text", 22, "Who should have it.", personal="name"),
        derived("stocktake", "Stocktake", "text", 28, "Its title."),
        derived("organisation", "Organisation", "text", 16, "The council or body."),
        derived("opened_at", "Opened", "moment", 18, "When it was opened."),
        derived("state", "State", "text", 10, "Open or closed."),
        derived("serial", "Serial number", "identifier", 16, "The maker's serial number."),
        derived("expected", "Was expected", "boolean", 9, "Whether it was on the list."),
        derived("scanned_at", "Scanned", "moment", 18, "When it was scanned last."),
        derived("device_id", "Device number", "identifier", 9, "The register's own number for it."),
        derived("id", "Line", "identifier", 12, "The stocktake's number and the device's, or the scan's."),
    )  # fmt: skip


def _variance(material: Material) -> Iterator[VarianceRow]:
    """Of stocktakes that were opened within a year up to the day, newest first; closed ones as they were closed."""
    question = material.question
    for row in list_stocktakes(material.session):
        opened = london_date(row.opened_at)
        if opened > question.day or (question.day - opened).days > 365 or not material.covers(row.organisation):
            continue
        yield from _counted(count(material.session, row, now=question.now))


def _counted(found: Count) -> Iterator[VarianceRow]:
    row = found.row
    about = (row.title, row.organisation, row.opened_at, "Open" if row.closed_at is None else "Closed")
    for one in found.devices:
        yield VarianceRow(
            f"{row.id}/{one.device_id}", *about, one.device, one.serial, one.model or one.kind, one.status, one.outcome,
            one.grade, one.expected, one.site, one.holder, one.seen_at, one.scanned_at, one.device_id,
        )  # fmt: skip
    for number, odd in enumerate(found.odd, 1):
        yield VarianceRow(
            f"{row.id}/scan {number}", *about, odd.scanned, None, None, None, odd.outcome, None, False, None, None, odd.site,
            odd.scanned_at, None,
        )  # fmt: skip


VARIANCE = Dataset(_variance_fields, _variance, of_devices=False)
