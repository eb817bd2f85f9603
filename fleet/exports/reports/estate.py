"""The estate: what there is, who has it, what is wrong with it."""

from fleet.domain.lifecycle import LABELS
from fleet.exports.datasets.devices import AGES
from fleet.exports.definition import Agreement, Chart, CrossTable, Mark, Report, Sheet, Summary

DEVICES = Sheet(
    key="devices",
    name="Devices",
    question="Which devices are there, who has them and in what state are they?",
    columns=(
        "asset_tag", "model", "serial", "status", "holder", "team", "organisation", "os_version", "os_support",
        "last_seen", "open_findings",
        "kind", "ownership", "site", "compliance", "issued_on", "due_on", "holder_upn", "phone_number", "imei", "iccid",
        "ethernet_mac", "cost_code", "purchased_on", "price_pence", "warranty_until", "supervised", "encrypted", "enrolled_at",
        "enrolled_upn", "device_name", "tenant", "id",
    ),
    printed=11,
    marks=(
        Mark("last_seen", "before", "bad", "Last check-in more than 90 days ago", "▲▲ ", 90),
        Mark("last_seen", "before", "warn", "Last check-in more than 30 days ago", "▲ ", 30),
        Mark("due_on", "before", "bad", "Loan overdue", "▲ "),
        Mark("open_findings", "above", "warn", "Open findings", "▲ "),
        Mark("status", "is", "bad", "Lost or stolen", words=("Lost", "Stolen")),
        Mark("os_support", "is", "bad", "OS no longer patched by Apple", words=("Unsupported",)),
        Mark("os_support", "is", "warn", "OS update due", words=("Update due",)),
        Mark("compliance", "is", "bad", "Not compliant", words=("Not compliant",)),
        Mark("compliance", "is", "warn", "In grace period", words=("In grace period",)),
    ),
)  # fmt: skip

FINDINGS = Sheet(
    key="findings",
    name="Findings",
    question="What does not agree between the register and Intune, and waits for a decision?",
    columns=(
        "subject", "severity", "title", "sentence", "organisation", "state", "first_seen", "last_seen", "times_seen",
        "rule", "subject_type", "subject_id", "id",
    ),
    printed=7,
    marks=(
        Mark("severity", "is", "bad", "High severity", words=("High",)),
        Mark("severity", "is", "warn", "Medium severity", words=("Medium",)),
    ),
    prose=frozenset({"title", "sentence"}),
)  # fmt: skip

_KINDS = ("iPad", "iPhone", "Thin client", "Other", "iPad (personal)", "iPhone (personal)", "Other (personal)")
_USES = ("In use", "In stock", "Lost or stolen", "Out of use")

SUMMARY = Summary(
    name="Summary",
    question="How many devices are there by organisation, kind, status, model, OS, age, site and team?",
    tables=(
        CrossTable(
            key="SummaryKind",
            title="Devices by organisation and kind",
            rows=("organisation",),
            column="kind_and_owner",
            order=_KINDS,
            chart=Chart("bar", "Devices by organisation and kind", most=20),
        ),
        CrossTable(
            key="SummaryStatus",
            title="Devices by organisation, kind and status",
            rows=("organisation", "kind_and_owner"),
            column="status",
            order=tuple(LABELS.values()),
        ),
        CrossTable(
            key="SummaryModels",
            title="Devices by model",
            rows=("model", "kind"),
            column="use",
            order=_USES,
            largest_first=True,
            chart=Chart("bar", "The models we have most of"),
        ),
        CrossTable(
            key="SummaryOS",
            title="Devices by operating system and Apple's support",
            rows=("os_release",),
            column="os_support",
            order=("Up to date", "Update due", "Unsupported", "Not known", "Not reported"),
            unsaid="Not reported",
            chart=Chart("column", "Operating systems and whether Apple patches them"),
        ),
        CrossTable(
            key="SummaryAge",
            title="Devices by age",
            rows=("age",),
            column="kind_and_owner",
            order=_KINDS,
            row_order=AGES,
            unsaid="Not known",
            chart=Chart("column", "How old the devices are"),
        ),
        CrossTable(
            key="SummarySites", title="Devices by site", rows=("organisation", "site"), column="use", order=_USES,
        ),
        CrossTable(
            key="SummaryTeams", title="Devices by team", rows=("organisation", "team"), column="use", order=_USES,
        ),
    ),
)  # fmt: skip

ESTATE = Report(
    key="estate",
    title="Device estate",
    question="What devices do we have, who has them, and what is wrong with them?",
    sheets=(DEVICES, FINDINGS),
    summaries=(SUMMARY,),
    agreements=(
        Agreement("Open findings of the devices", "open_findings", "findings", (("state", "Open"), ("subject_type", "Device"))),
    ),
)  # fmt: skip
