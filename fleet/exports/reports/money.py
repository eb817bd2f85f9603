"""When devices are to be replaced and at what cost; what was spent and what is left of it."""

from fleet.exports.definition import Chart, CrossTable, Mark, Measure, Report, Sheet, Summary

PLAN = Sheet(
    key="plan",
    name="Refresh plan",
    rows="devices",
    question="Which device is to be replaced when, why, and what will a new one cost?",
    where=(("planned", ("Yes",)),),
    columns=(
        "asset_tag", "replace_on", "replace_in", "replace_because", "replace_cost", "model", "holder", "holder_role", "team",
        "organisation", "purchased_on", "age", "cost_code", "term_ends", "os_support", "status", "kind", "price_pence", "id",
    ),
    printed=11,
    marks=(
        Mark("replace_in", "is", "bad", "Overdue", words=("Overdue",)),
        Mark("replace_because", "is", "warn", "Apple patches the model no longer", words=("Apple's support ends",)),
    ),
)  # fmt: skip

REFRESH_NUMBERS = Summary(
    name="Refresh in numbers",
    question="How many devices are to be replaced in each financial year, and what will that cost?",
    tables=(
        CrossTable(
            "RefreshYears", "To be replaced, by financial year", ("replace_in",), of="plan",
            measures=(
                Measure("Devices"), Measure("iPads", where=("kind", ("iPad",))), Measure("iPhones", where=("kind", ("iPhone",))),
                Measure("Thin clients", where=("kind", ("Thin client",))),
                Measure("Support ends", where=("replace_because", ("Apple's support ends",))),
                Measure("Councillors", where=("holder_role", ("Councillor",))),
                Measure("Social workers", where=("holder_role", ("Social worker",))),
                Measure("Cost (£)", add="replace_cost"),
            ),
            row_order=("Overdue",), unsaid="Not known",
            chart=Chart("column", "Devices to be replaced", series=("iPads", "iPhones", "Thin clients")),
        ),
        CrossTable("RefreshCosts", "Cost by organisation and financial year (£)", ("organisation",), of="plan",
                   column="replace_in", add="replace_cost", order=("Overdue",)),
        CrossTable("RefreshCodes", "Cost by cost code and financial year (£)", ("cost_code", "organisation"), of="plan",
                   column="replace_in", add="replace_cost", order=("Overdue",), unsaid="Not known"),
        CrossTable("RefreshRoles", "Devices by role and financial year", ("holder_role",), of="plan", column="replace_in",
                   order=("Overdue",), unsaid="Not known"),
    ),
)  # fmt: skip

REFRESH = Report(
    key="refresh",
    title="Refresh plan",
    question="Which devices are to be replaced in the next three financial years, why, and at what cost?",
    sheets=(PLAN,),
    summaries=(REFRESH_NUMBERS,),
    notes=(
        "A device is to be replaced when it has served its years, or on the day Apple stops patching its model, if that is sooner.",
        "A councillor's device whose day falls within a year of the end of the term is replaced at the end of the term.",
        "A new device costs what devices of its kind cost the organisation on average in the last two years, without VAT.",
    ),
)

MONEY = Sheet(
    key="money",
    name="Spend",
    rows="devices",
    question="What was bought when, from whom, at whose cost, and what is left of its value?",
    where=(("ownership", ("Organisation",)),),
    columns=(
        "asset_tag", "model", "purchased_on", "bought_in", "price_pence", "book_value", "depreciated", "supplier", "cost_code",
        "organisation", "status", "order_number", "kind", "age", "warranty_until", "serial", "id",
    ),
    printed=11,
)  # fmt: skip

_VALUES = (
    Measure("Devices"),
    Measure("Cost (£)", add="price_pence"),
    Measure("Written off (£)", add="depreciated"),
    Measure("Book value (£)", add="book_value"),
)

SPEND_NUMBERS = Summary(
    name="Spend in numbers",
    question="What was spent each year, with which supplier, on which cost code, and what is it worth now?",
    tables=(
        CrossTable("SpendYears", "Spend by financial year (£)", ("bought_in",), of="money", column="kind", add="price_pence",
                   order=("iPad", "iPhone", "Thin client"),
                   unsaid="Not known", chart=Chart("column", "What was spent each financial year (£)")),
        CrossTable("SpendOrganisations", "Spend and value by organisation", ("organisation",), of="money", measures=_VALUES,
                   chart=Chart("bar", "What is left of what was spent (£)", series=("Written off (£)", "Book value (£)"))),
        CrossTable("SpendSuppliers", "Spend and value by supplier", ("supplier",), of="money", measures=_VALUES,
                   unsaid="Not known"),
        CrossTable("SpendCodes", "Spend and value by cost code", ("cost_code", "organisation"), of="money", measures=_VALUES,
                   unsaid="Not known"),
    ),
)  # fmt: skip

SPEND = Report(
    key="spend",
    title="Spend and depreciation",
    question="What was spent on devices, with whom and for whom, and what are they worth now?",
    sheets=(MONEY,),
    summaries=(SPEND_NUMBERS,),
    notes=(
        "Prices are those of the orders, without VAT. A device's price is written off in equal monthly steps over its years.",
        "What is retired, disposed of, lost or stolen is worth nothing any more. The cost code is the device's, else its team's.",
    ),
)
