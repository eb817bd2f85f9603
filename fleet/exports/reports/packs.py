"""The pack for a freedom-of-information request, and the monthly pack of an organisation."""

from dataclasses import replace

from fleet.exports.definition import CrossTable, Mark, Measure, Report, Sheet, Summary
from fleet.exports.reports import custody, desk, estate, losses, money, security

_COUNTED = Sheet(
    key="all_devices", name="All devices", rows="devices", question="Which devices are there?", columns=("asset_tag", "id"),
    printed=2, listed=False,
)  # fmt: skip
_OWNED = replace(money.MONEY, key="owned", listed=False)

FOI = Report(
    key="foi",
    title="Freedom-of-information pack",
    question="How many devices are there, what did they cost, how many were lost or stolen, and how many do leavers still have?",
    sheets=(_COUNTED, _OWNED, replace(losses.LOSSES, listed=False), replace(custody.LEAVERS, listed=False)),
    summaries=(
        Summary(
            "Counts and values",
            "Devices held, spent on, lost and stolen, and not returned by leavers: numbers only.",
            (
                replace(estate.SUMMARY.tables[0], key="FoiKinds", of="all_devices", chart=None),
                replace(estate.SUMMARY.tables[1], key="FoiStatus", of="all_devices"),
                replace(estate.SUMMARY.tables[2], key="FoiModels", of="all_devices", chart=None),
                CrossTable("FoiSpend", "Bought, by financial year", ("bought_in",), of="owned", unsaid="Not known",
                           measures=(Measure("Devices"), Measure("Cost (£)", add="price_pence"))),
                CrossTable("FoiLosses", "Lost and stolen, by financial year", ("year",), of="losses", measures=losses.YEARLY),
                CrossTable("FoiLossesCalendar", "Lost and stolen, by calendar year", ("calendar_year",), of="losses",
                           measures=losses.YEARLY),
                replace(custody.LEAVER_NUMBERS.tables[1], key="FoiLeavers", title="Not returned by people who have left"),
            ),
        ),
    ),
    stamped=True,
    small_hidden=True,
    notes=(
        "Method: the register of devices was asked for its state at the end of the day named above; what was entered late counts "
        "from the day it happened, what was undone counts nowhere.",
        "Devices include those in stock, retired and disposed of that the register knows; personal devices are counted apart.",
        "Cost is the price of the order without VAT. What calls, data and repairs cost is not held in this register.",
        "A financial year runs from 1 April to 31 March; for losses the day it happened counts, not the day it was reported.",
        "Nobody is named, and no device can be made out.",
    ),
)  # fmt: skip

KEY_NUMBERS = Sheet(
    key="key_numbers",
    name="Key numbers",
    question="What has become more or less since the end of the month before?",
    columns=("number", "before", "now", "difference", "id"),
    printed=4,
)

CHANGES = Sheet(
    key="changes",
    name="Changes",
    question="What is different about each device since the end of the month before?",
    columns=("device", "change", "was", "is_now", "model", "organisation", "device_id"),
    printed=6,
    counted="device_id",
    marks=(Mark("change", "is", "warn", "Came or went", words=("New", "Gone")),),
)

CHANGE_NUMBERS = Summary(
    name="Changes in numbers",
    question="How many devices came, went or changed since the end of the month before?",
    tables=(CrossTable("ChangeKinds", "Changes since the day before the period", ("change",), of="changes",
                       column="organisation"),),
)  # fmt: skip

DIFFERENCE = Report(
    key="difference",
    title="Difference to the month before",
    question="What is different from the end of the month before, in numbers and device by device?",
    sheets=(KEY_NUMBERS, CHANGES),
    summaries=(CHANGE_NUMBERS,),
    order=("Key numbers", "Changes in numbers", "Changes"),
    notes=(
        "Both days are asked of the register, so what was entered late or taken back since counts where it belongs: the numbers of "
        "the month before may differ from those of the pack that was made then.",
    ),
)


def _pack() -> Report:
    """The reports one after the other; a sheet that two of them have is there once."""
    parts = (
        DIFFERENCE, estate.ESTATE, custody.WHO_HAS_WHAT, custody.LEAVERS_HOLDING, custody.STOCK_AND_LOANS, custody.NOT_SEEN,
        security.COMPLIANCE, losses.LOST, losses.STOCKTAKES, money.REFRESH, money.SPEND, security.BYOD, desk.FINDINGS_REPORT,
        desk.SYNC_HEALTH, desk.HISTORY,
    )  # fmt: skip
    sheets = {sheet.key: sheet for part in parts for sheet in part.sheets}
    return Report(
        key="monthly",
        title="Monthly device report",
        question="How does the organisation stand with its devices, and what has changed since last month?",
        sheets=tuple(sheets.values()),
        summaries=tuple(summary for part in parts for summary in part.summaries),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        order=tuple(dict.fromkeys(tab.name for part in parts for tab in part.tabs)),
    )


MONTHLY = _pack()
