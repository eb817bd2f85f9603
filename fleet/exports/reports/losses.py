"""Lost and stolen devices per year; the variance of stocktakes."""

from fleet.domain.stocktake import OUTCOMES
from fleet.exports.datasets.losses import FATES, WHAT
from fleet.exports.definition import Chart, CrossTable, Mark, Measure, Report, Sheet, Summary

LOSSES = Sheet(
    key="losses",
    name="Lost and stolen",
    question="Which devices were lost, stolen or damaged, how soon was it told, and what became of them?",
    columns=(
        "device", "what", "occurred_on", "reported_on", "days_to_report", "outcome", "value_pence", "model", "organisation", "year",
        "reference", "calendar_year", "kind", "open", "id", "device_id",
    ),
    printed=11,
    marks=(
        Mark("days_to_report", "above", "warn", "Told later than the day after", "▲ ", 1),
        Mark("outcome", "is", "bad", "Still missing", words=("Still missing",)),
    ),
)  # fmt: skip

_GONE = ("what", ("Lost", "Stolen"))
YEARLY = (
    Measure("Lost", where=("what", ("Lost",))),
    Measure("Stolen", where=("what", ("Stolen",))),
    Measure("Recovered", where=("outcome", ("Recovered",))),
    Measure("Still missing", where=("outcome", ("Still missing",))),
    Measure("Written off", where=("outcome", ("Written off",))),
    Measure("Value lost or stolen (£)", add="value_pence", where=_GONE),
    Measure("Value recovered (£)", add="value_pence", where=("outcome", ("Recovered",))),
    Measure("Days to report, on average", add="days_to_report", where=_GONE, mean=True),
)

LOSS_NUMBERS = Summary(
    name="Losses by year",
    question="How many devices were lost or stolen each year, what were they worth, and how soon was it told?",
    tables=(
        CrossTable(
            "LossYears", "Lost and stolen, by financial year", ("year",), of="losses", measures=YEARLY,
            chart=Chart("column", "Devices lost and stolen each financial year", series=("Lost", "Stolen")),
        ),
        CrossTable("LossCalendar", "Lost and stolen, by calendar year", ("calendar_year",), of="losses", measures=YEARLY),
        CrossTable("LossOrganisations", "Lost and stolen, by organisation and financial year", ("organisation", "year"),
                   of="losses", measures=YEARLY),
        CrossTable("LossKinds", "What happened, by kind", ("kind",), of="losses", column="what", order=tuple(WHAT.values())),
        CrossTable("LossOutcomes", "What became of them", ("what",), of="losses", column="outcome",
                   order=tuple(FATES.values())),
    ),
)  # fmt: skip

LOST = Report(
    key="lost-and-stolen",
    title="Lost and stolen devices",
    question="How many devices were lost or stolen each year, what were they worth, and how soon was it told?",
    sheets=(LOSSES,),
    summaries=(LOSS_NUMBERS,),
    notes=(
        "A financial year runs from 1 April to 31 March; the day it happened counts, not the day it was reported.",
        "The value is the one recorded with the incident, else what the device cost. Damage is listed and not added up.",
        "Recovered: the device is back in stock or in use, or was lost again later, so that it must have come back.",
    ),
)

VARIANCE = Sheet(
    key="variance",
    name="Stocktake variance",
    question="What did the stocktakes of the last year find, miss, or meet in the wrong place?",
    columns=(
        "device", "outcome", "evidence", "model", "status", "site", "seen_at", "holder", "stocktake", "organisation", "opened_at",
        "state", "serial", "expected", "scanned_at", "device_id", "id",
    ),
    printed=9,
    marks=(
        Mark("outcome", "is", "bad", "Missing", words=("Missing",)),
        Mark("outcome", "is", "warn", "Not where or with whom it should be, or not on the list",
             words=("Wrong site", "Wrong holder", "Unexpected", "Not known", "Ambiguous")),
    ),
)  # fmt: skip

VARIANCE_NUMBERS = Summary(
    name="Stocktakes in numbers",
    question="How many devices did each stocktake find, and how good is the evidence?",
    tables=(
        CrossTable(
            "VarianceOutcomes", "Lines by stocktake and outcome", ("stocktake", "organisation"), of="variance", column="outcome",
            order=tuple(word.capitalize() for word in OUTCOMES.values()), chart=Chart("bar", "What the stocktakes found"),
        ),
        CrossTable("VarianceEvidence", "Lines by stocktake and evidence", ("stocktake",), of="variance", column="evidence"),
    ),
)  # fmt: skip

STOCKTAKES = Report(
    key="stocktakes",
    title="Stocktake variance",
    question="What did the stocktakes of the last year find, miss, or meet in the wrong place?",
    sheets=(VARIANCE,),
    summaries=(VARIANCE_NUMBERS,),
    notes=(
        "A stocktake that is closed is told as it was when it was closed; check-ins it rested on are kept with it.",
    ),
)
