"""Who has what, leavers who still hold something, stock and loans, what was not seen."""

from fleet.exports.datasets.custody import DUE, GONE_FOR
from fleet.exports.datasets.devices import SEEN
from fleet.exports.definition import Chart, CrossTable, Mark, Measure, Report, Sheet, Summary

_MINE = (
    Measure("Devices"),
    Measure("iPads", where=("kind", ("iPad",))),
    Measure("iPhones", where=("kind", ("iPhone",))),
    Measure("Thin clients", where=("kind", ("Thin client",))),
    Measure("Personal", where=("ownership", ("Personal",))),
    Measure("Cost (£)", add="price_pence"),
)

HELD = Sheet(
    key="held",
    name="Who has what",
    rows="devices",
    question="Who has which device, in which team, under which manager and at whose cost?",
    where=(("held_by", ("Person", "Shared")),),
    columns=(
        "asset_tag", "holder", "held_by", "model", "team", "manager", "cost_code", "organisation", "issued_on", "due_on", "status",
        "holder_role", "holder_state", "department", "site", "kind", "ownership", "serial", "phone_number", "price_pence",
        "holder_upn", "id",
    ),
    printed=11,
    marks=(
        Mark("due_on", "before", "bad", "Loan overdue", "▲ "),
        Mark("holder_state", "is", "bad", "The holder has left", words=("Left",)),
        Mark("status", "is", "bad", "Lost or stolen", words=("Lost", "Stolen")),
    ),
)  # fmt: skip

BY_TEAM = Summary(
    name="By team",
    question="How many devices does each team, manager and cost code have, and what did they cost?",
    tables=(
        CrossTable(
            "HeldTeams", "Devices held, by team", ("team", "organisation"), of="held", measures=_MINE, largest_first=True,
            chart=Chart("bar", "Teams that hold most", series=("iPads", "iPhones", "Thin clients")), unsaid="Not known",
        ),
        CrossTable(
            "HeldCostCodes", "Devices held, by cost code", ("cost_code", "organisation"), of="held", measures=_MINE,
            unsaid="Not known",
        ),
        CrossTable(
            "HeldManagers", "Devices held, by the holder's manager", ("manager_group", "organisation"), of="held",
            measures=_MINE, largest_first=True, unsaid="No manager",
        ),
    ),
)  # fmt: skip

WHO_HAS_WHAT = Report(
    key="who-has-what",
    title="Who has what",
    question="Who has which device, by team, manager and cost code?",
    sheets=(HELD,),
    summaries=(BY_TEAM,),
)

LEAVERS = Sheet(
    key="leavers",
    name="Leavers",
    question="Which devices are still with people who have left, for how long, and what are they worth?",
    columns=(
        "device", "name", "left_on", "days", "model", "price_pence", "monthly_pence", "line_cost_pence", "team", "manager",
        "organisation", "gone_for", "upn", "manager_upn", "person_id", "device_id",
    ),
    printed=11,
    counted="device_id",
    marks=(
        Mark("days", "above", "bad", "Left 90 days ago or longer", "▲▲ ", 89),
        Mark("days", "above", "warn", "Left 30 days ago or longer", "▲ ", 29),
    ),
)  # fmt: skip

LEAVER_NUMBERS = Summary(
    name="Leavers in numbers",
    question="How much is with people who have left, for how long, and what does it cost?",
    tables=(
        CrossTable(
            "LeaversGone", "Devices with leavers, by how long ago they left", ("gone_for",), of="leavers", column="organisation",
            row_order=GONE_FOR, chart=Chart("column", "Devices with people who have left"),
        ),
        CrossTable(
            "LeaversMoney", "What they are worth", ("organisation",), of="leavers",
            measures=(
                Measure("Devices"), Measure("Cost (£)", add="price_pence"), Measure("Lines a month (£)", add="monthly_pence"),
                Measure("Lines since then (£)", add="line_cost_pence"), Measure("Days on average", add="days", mean=True),
            ),
        ),
    ),
)  # fmt: skip

LEAVERS_HOLDING = Report(
    key="leavers",
    title="Leavers still holding devices",
    question="Who has left and still has something, for how long, and what is it worth?",
    sheets=(LEAVERS,),
    summaries=(LEAVER_NUMBERS,),
    notes=("What lines have cost since somebody left is worked out from today's monthly charge, day by day.",),
)

LOANS = Sheet(
    key="loans",
    name="Loans",
    question="Which loans are overdue, due soon, or running?",
    columns=(
        "device", "holder", "due_on", "due", "days_over", "model", "team", "manager", "organisation", "issued_on",
        "holder_upn", "manager_upn", "device_id",
    ),
    printed=10,
    counted="device_id",
    marks=(
        Mark("due", "is", "bad", "Overdue", words=("Overdue",)),
        Mark("due", "is", "warn", "Due within 14 days", words=("Due within 14 days",)),
    ),
)  # fmt: skip

STOCK = Sheet(
    key="stock",
    name="Stock",
    question="What lies where, ready or prepared, and how much of it is free?",
    columns=("model", "site", "kind", "organisation", "in_stock", "prepared", "reserved", "free"),
    printed=8,
    counted="organisation",
    marks=(Mark("reserved", "above", "warn", "Some are kept for somebody", "▲ ", 0),),
)

STOCK_NUMBERS = Summary(
    name="Stock and loans in numbers",
    question="How much is free, and how much is overdue?",
    tables=(
        CrossTable(
            "StockKinds", "In stock, by organisation and kind", ("organisation", "kind"), of="stock",
            measures=(
                Measure("In stock", add="in_stock"), Measure("Prepared", add="prepared"), Measure("Reserved", add="reserved"),
                Measure("Free", add="free"),
            ),
            chart=Chart("bar", "What is in stock", series=("In stock", "Prepared")), agrees=("stock", "in_stock"),
        ),
        CrossTable(
            "LoansDue", "Loans, by organisation and state", ("organisation",), of="loans", column="due", order=DUE,
            chart=Chart("bar", "Loans by when they are due back"),
        ),
    ),
)  # fmt: skip

STOCK_AND_LOANS = Report(
    key="stock-and-loans",
    title="Stock and loans",
    question="What is in stock and free, and which loans are due back or overdue?",
    sheets=(STOCK, LOANS),
    summaries=(STOCK_NUMBERS,),
)

UNSEEN = Sheet(
    key="unseen",
    name="Not seen",
    rows="devices",
    question="Which devices in people's hands have not spoken to Intune for 30, 60 or 90 days, or are not in it?",
    where=(("seen", SEEN[1:]), ("status", ("Issued",)), ("kind", ("iPad", "iPhone")), ("ownership", ("Organisation",))),
    columns=(
        "asset_tag", "holder", "seen", "days_unseen", "last_seen", "model", "team", "manager", "organisation", "issued_on",
        "cost_code", "serial", "os_version", "tenant", "price_pence", "id",
    ),
    printed=10,
    past=False,
    marks=(
        Mark("seen", "is", "bad", "Not seen for 90 days, or not in Intune", words=(SEEN[3], SEEN[4])),
        Mark("seen", "is", "warn", "Not seen for 30 days", words=(SEEN[1], SEEN[2])),
    ),
)  # fmt: skip

UNSEEN_NUMBERS = Summary(
    name="Not seen in numbers",
    question="How many devices in people's hands have not been heard of, and for how long?",
    tables=(
        CrossTable(
            "UnseenOrganisations", "Devices not seen, by organisation", ("organisation",), of="unseen", column="seen",
            order=SEEN[1:], chart=Chart("bar", "Devices that have not spoken to Intune"),
        ),
        CrossTable(
            "UnseenTeams", "Devices not seen, by team", ("team", "organisation"), of="unseen", column="seen", order=SEEN[1:],
            largest_first=True, unsaid="Not known",
        ),
    ),
)  # fmt: skip

NOT_SEEN = Report(
    key="not-seen",
    title="Devices not seen",
    question="Which devices in people's hands have not spoken to Intune for 30, 60 or 90 days?",
    sheets=(UNSEEN,),
    summaries=(UNSEEN_NUMBERS,),
    notes=("Issued iPads and iPhones of the council are looked at; whole days since the last check-in count.",),
)
