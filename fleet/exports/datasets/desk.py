"""Findings that wait, those that were put right, how many there were night by night; runs; what happened."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from fleet.clock import end_of_day
from fleet.domain.fields import FINDING_FIELDS, Field
from fleet.domain.records import EventRow, FindingRow
from fleet.domain.search import Search
from fleet.domain.wording import action_label
from fleet.exports.datasets.dataset import Dataset, catalogue, derived
from fleet.exports.material import Material
from fleet.queries.findings import list_findings
from fleet.queries.findings_as_at import findings_as_at
from fleet.queries.history import list_events
from fleet.queries.reports.desk import FixedRow, NightRow, fixed, nights
from fleet.queries.reports.running import SyncRow, TenantRow, syncs, tenants

_UNFIXED = ("open", "acknowledged", "snoozed")
AGES = ("Under 7 days", "7–29 days", "30–89 days", "90 days or more")
TREND = timedelta(days=92)
"""How far back the trend goes."""
_EVENTS_AT_ONCE = 2_000


def _finding_fields(material: Material) -> Mapping[str, Field]:
    moment = min(material.question.now, end_of_day(material.question.day))

    def days(row: FindingRow) -> int:
        return max(0, (moment - row.first_seen).days)

    def age(row: FindingRow) -> str:
        number = days(row)
        return AGES[0] if number < 7 else AGES[1] if number < 30 else AGES[2] if number < 90 else AGES[3]

    return FINDING_FIELDS | catalogue(
        derived("days_open", "Days open", "integer", 9, "Days since it was first found.", days),
        derived("age", "Age", "text", 16, "How long it has been there.", age),
    )


def _findings(material: Material) -> Iterator[FindingRow]:
    """About the devices of the answer; and about anything else when nothing is filtered out."""
    session, question = material.session, material.question
    if question.past:
        rows = findings_as_at(session, question.day, states=_UNFIXED)
    else:
        rows = list_findings(session, states=_UNFIXED)
    ids = material.ids()
    for row in rows:
        if row.subject_type == "device" and row.subject_id is not None:
            if row.subject_id in ids:
                yield row
        elif question.filters == Search() and material.covers(row.organisation):
            yield row


FINDINGS = Dataset(_finding_fields, _findings)


def _fixed_fields(_material: Material) -> Mapping[str, Field]:
    return {key: FINDING_FIELDS[key] for key in ("subject", "severity", "title", "sentence", "organisation", "first_seen",
                                                 "rule", "subject_id", "id")} | catalogue(
        derived("fixed_at", "Put right", "moment", 18, "When it was gone."),
        derived("days_open", "Days open", "integer", 9, "Days from the first night to the last."),
    )  # fmt: skip


def _fixed(material: Material) -> Iterator[FixedRow]:
    question = material.question
    rows = fixed(material.session, question.begins, question.day)
    return (row for row in rows if material.covers(row.organisation) and material.within(row.subject_id))


FIXED = Dataset(_fixed_fields, _fixed)


def _night_fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("counted_on", "Night", "date", 13, "The day of the nightly look."),
        derived("organisation", "Organisation", "text", 16, "The council or body."),
        derived("title", "What is wrong", "text", 36, "The kind of discrepancy."),
        derived("severity", "Severity", "word", 10, "How much it matters."),
        derived("open", "Open", "integer", 9, "How many there were."),
        derived("rule", "Rule", "identifier", 24, "The rule that found it."),
    )


def _nights(material: Material) -> Iterator[NightRow]:
    question = material.question
    rows = nights(material.session, question.day - TREND, question.day)
    return (row for row in rows if material.covers(row.organisation))


NIGHTS = Dataset(_night_fields, _nights, of_devices=False)


# --- how the nightly reading goes ----------------------------------------------------------------------------


def _tenant_fields(material: Material) -> Mapping[str, Field]:
    def hours(row: TenantRow) -> int | None:
        if row.last_complete_at is None:
            return None
        return int((material.question.now - row.last_complete_at).total_seconds() // 3600)

    return catalogue(
        derived("tenant", "Tenant", "text", 18, "The Microsoft tenant."),
        derived("organisation", "Organisation", "text", 16, "The council or body."),
        derived("last_complete_at", "Last complete read", "moment", 20, "When it was last read to the end."),
        derived("hours", "Hours ago", "integer", 9, "How long ago that was.", hours),
        derived("devices", "Devices listed", "integer", 10, "How many it listed then."),
        derived("runs", "Runs", "integer", 8, "In the period."),
        derived("failed", "Not complete", "integer", 10, "How many of them failed, were refused or killed."),
        derived("problems", "Problems", "integer", 10, "Records that could not be read or believed."),
        derived("last_state", "Newest run", "word", 13, "How it ended."),
        derived("last_error", "In words", "text", 50, "What stopped it."),
        derived("id", "Tenant number", "identifier", 9, "The register's own number for it."),
    )


def _tenants(material: Material) -> Iterator[TenantRow]:
    rows = tenants(material.session, material.question.begins, material.question.day)
    return (row for row in rows if material.covers(row.organisation))


SYNC_TENANTS = Dataset(_tenant_fields, _tenants, of_devices=False, past=False)


def _sync_fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("started_at", "Began", "moment", 19, "When it began."),
        derived("kind", "Kind", "word", 10, "A sync or an import."),
        derived("source", "Source", "text", 30, "The tenant or the file.", personal="prose"),
        derived("organisation", "Organisation", "text", 16, "The council or body."),
        derived("state", "How it ended", "word", 13, "Complete, failed, refused or killed."),
        derived("minutes", "Minutes", "integer", 9, "How long it took."),
        derived("problems", "Problems", "integer", 10, "Records that could not be read or believed."),
        derived("actor", "By", "text", 18, "Who started it."),
        derived("error", "In words", "text", 50, "What stopped it.", personal="prose"),
        derived("id", "Run number", "identifier", 9, "The register's own number for it."),
    )


def _syncs(material: Material) -> Iterator[SyncRow]:
    rows = syncs(material.session, material.question.begins, material.question.day)
    return (row for row in rows if row.organisation is None or material.covers(row.organisation))


SYNCS = Dataset(_sync_fields, _syncs, of_devices=False)


# --- what happened -------------------------------------------------------------------------------------------


def _event_fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("recorded_at", "Recorded", "moment", 19, "When the register was told."),
        derived("action", "What", "text", 26, "What was done.", words=action_label),
        derived("actor", "By", "text", 18, "Who did it."),
        derived("changes", "Changes", "integer", 9, "How many rows it changed."),
        derived("organisation", "Organisation", "text", 16, "Whose; blank where it concerns several."),
        derived("effective_at", "Took effect", "moment", 19, "When it happened."),
        derived("undone", "Taken back", "boolean", 8, "Whether it was undone since.", _undone),
        derived("sentence", "In words", "text", 70, "The event told in words.", personal="hidden"),
        derived("reason", "Reason", "text", 36, "Why, as it was given.", personal="hidden"),
        derived("id", "Event number", "identifier", 9, "The register's own number for it."),
    )


def _undone(row: EventRow) -> bool:
    return row.undone_by is not None


def _events(material: Material) -> Iterator[EventRow]:
    """Newest first; those of several organisations are told only when all are asked for."""
    question, offset = material.question, 0
    while True:
        page = list_events(
            material.session, since=question.begins, until=question.day, offset=offset, limit=_EVENTS_AT_ONCE
        )
        yield from (row for row in page if material.covers(row.organisation))
        if len(page) < _EVENTS_AT_ONCE:
            return
        offset += _EVENTS_AT_ONCE


EVENTS = Dataset(_event_fields, _events, of_devices=False)
