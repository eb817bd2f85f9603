"""Findings, the health of the nightly sync, the history of a period."""

from dataclasses import replace

from fleet.exports.datasets.desk import AGES
from fleet.exports.definition import Chart, CrossTable, Mark, Measure, Report, Sheet, Summary
from fleet.exports.reports.estate import FINDINGS

OPEN = replace(
    FINDINGS,
    columns=(
        "subject", "severity", "title", "sentence", "days_open", "organisation", "state", "first_seen", "last_seen",
        "times_seen", "age", "rule", "subject_type", "subject_id", "id",
    ),
    printed=8,
    marks=(*FINDINGS.marks, Mark("days_open", "above", "bad", "Open for 90 days or longer", "▲▲ ", 89),
           Mark("days_open", "above", "warn", "Open for 30 days or longer", "▲ ", 29)),
)  # fmt: skip

FIXED = Sheet(
    key="fixed",
    name="Put right",
    question="What was put right in the period, and how long had it been open?",
    columns=("subject", "severity", "title", "sentence", "fixed_at", "days_open", "organisation", "first_seen", "rule",
             "subject_id", "id"),
    printed=7,
    prose=frozenset({"title", "sentence"}),
)  # fmt: skip

NIGHTS = Sheet(
    key="nights",
    name="Night by night",
    question="How many findings of each kind were open after each night?",
    columns=("counted_on", "title", "severity", "open", "organisation", "rule"),
    printed=6,
    counted="counted_on",
)

FINDING_NUMBERS = Summary(
    name="Findings in numbers",
    question="What waits for a decision, how long already, and is it getting better?",
    tables=(
        CrossTable(
            "FindingRules", "Findings that wait, by kind", ("title", "severity"), of="findings", column="organisation",
            largest_first=True, chart=Chart("bar", "What waits for a decision"),
        ),
        CrossTable("FindingAges", "Findings that wait, by age", ("age",), of="findings", column="severity",
                   order=("High", "Medium", "Low"), row_order=AGES, chart=Chart("column", "How long they have waited")),
        CrossTable("FindingNights", "Findings open after each night, by severity", ("counted_on",), of="nights",
                   column="severity", add="open", totalled=False, order=("High", "Medium", "Low"),
                   chart=Chart("line", "Findings open after each night", most=92)),
        CrossTable(
            "FindingFixed", "Put right in the period, by kind", ("title",), of="fixed",
            measures=(Measure("Put right"), Measure("Days open, on average", add="days_open", mean=True)), largest_first=True,
        ),
    ),
)  # fmt: skip

FINDINGS_REPORT = Report(
    key="findings",
    title="Findings",
    question="What does not agree, how long already, is it getting better, and what was put right?",
    sheets=(OPEN, FIXED, NIGHTS),
    summaries=(FINDING_NUMBERS,),
)

TENANTS = Sheet(
    key="tenants",
    name="Tenants",
    question="When was each tenant last read to the end, and how did the readings of the period go?",
    columns=("tenant", "organisation", "last_complete_at", "hours", "devices", "runs", "failed", "problems", "last_state",
             "last_error", "id"),
    printed=10,
    past=False,
    prose=frozenset({"last_error"}),
    marks=(
        Mark("hours", "above", "bad", "Not read for a day and a half", "▲▲ ", 36),
        Mark("failed", "above", "warn", "Runs that did not complete", "▲ ", 0),
    ),
)  # fmt: skip

SYNCS = Sheet(
    key="syncs",
    name="Runs",
    question="Which syncs and imports ran in the period, and how did they end?",
    columns=("started_at", "kind", "source", "organisation", "state", "minutes", "problems", "actor", "error", "id"),
    printed=9,
    prose=frozenset({"error"}),
    marks=(Mark("state", "is", "bad", "Did not complete", words=("Failed", "Refused", "Killed")),),
)

SYNC_HEALTH = Report(
    key="sync-health",
    title="Health of the nightly sync",
    question="Is every tenant read every night, and what went wrong?",
    sheets=(TENANTS, SYNCS),
    summaries=(
        Summary(
            "Runs in numbers", "How did the runs of the period end?",
            (CrossTable("RunStates", "Runs by source and how they ended", ("source", "kind"), of="syncs", column="state",
                        order=("Complete", "Failed", "Refused", "Killed", "Running"),
                        chart=Chart("bar", "How the runs ended")),),
        ),
    ),
)  # fmt: skip

EVENTS = Sheet(
    key="events",
    name="History",
    question="What was changed in the period, when, by whom and why?",
    columns=(
        "recorded_at",
        "action",
        "actor",
        "changes",
        "organisation",
        "effective_at",
        "undone",
        "sentence",
        "reason",
        "id",
    ),
    printed=9,
    prose=frozenset({"sentence", "reason"}),
)

HISTORY = Report(
    key="history",
    title="History of a period",
    question="What was changed in the register, when, by whom and why?",
    sheets=(EVENTS,),
    summaries=(
        Summary(
            "History in numbers", "Who did what, and how much did it change?",
            (
                CrossTable("EventActions", "Events by kind", ("action",), of="events",
                           measures=(Measure("Events"), Measure("Rows changed", add="changes"),
                                     Measure("Taken back", where=("undone", ("Yes",)))), largest_first=True),
                CrossTable("EventPeople", "Events by who did it", ("actor",), of="events",
                           measures=(Measure("Events"), Measure("Rows changed", add="changes"),
                                     Measure("Taken back", where=("undone", ("Yes",)))), largest_first=True,
                           chart=Chart("bar", "Who did how much", series=("Events",))),
            ),
        ),
    ),
    notes=("What an event says in words, and its reason, may name people: they are told with --unmask only.",),
)  # fmt: skip
