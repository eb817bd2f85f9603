"""Compliance and OS support, with the list that Cyber Essentials asks for; personal devices."""

from fleet.exports.datasets.devices import SEEN
from fleet.exports.datasets.own_devices import CONSENT, STATES
from fleet.exports.definition import Chart, CrossTable, Mark, Report, Sheet, Summary

_SUPPORT = ("Up to date", "Update due", "Unsupported", "Not known", "Not reported")

SCOPE = Sheet(
    key="scope",
    name="Cyber Essentials A2.8",
    question="Which makes, models and OS versions are in scope, how many of each, personal devices among them?",
    columns=(
        "model", "maker", "os_version", "os_support", "newest_os", "quantity", "ownership", "organisation", "oldest_check_in",
        "kind", "never_seen",
    ),
    printed=9,
    counted="quantity",
    marks=(
        Mark("os_support", "is", "bad", "OS no longer patched by Apple", words=("Unsupported",)),
        Mark("os_support", "is", "warn", "OS update due, or not known", words=("Update due", "Not known", "Not reported")),
    ),
)  # fmt: skip

BEHIND = Sheet(
    key="behind",
    name="Behind",
    rows="devices",
    question="Which devices in scope run an OS that is unsupported or behind, and what could they run?",
    where=(("os_support", ("Unsupported", "Update due")), ("in_scope", ("Yes",))),
    columns=(
        "asset_tag", "holder", "os_support", "os_version", "newest_os", "model", "team", "manager", "organisation", "last_seen",
        "ownership", "serial", "compliance", "tenant", "id",
    ),
    printed=10,
    marks=(
        Mark("os_support", "is", "bad", "OS no longer patched by Apple", words=("Unsupported",)),
        Mark("os_support", "is", "warn", "OS update due", words=("Update due",)),
    ),
)  # fmt: skip

FAILING = Sheet(
    key="failing",
    name="Not compliant",
    rows="devices",
    question="Which devices break the council's rules in Intune, or are in their grace period?",
    where=(("compliance", ("Not compliant", "In grace period")), ("in_scope", ("Yes",))),
    columns=(
        "asset_tag", "holder", "compliance", "model", "os_version", "encrypted", "supervised", "team", "manager", "organisation",
        "last_seen", "ownership", "serial", "id",
    ),
    printed=11,
    marks=(
        Mark("compliance", "is", "bad", "Not compliant", words=("Not compliant",)),
        Mark("compliance", "is", "warn", "In grace period", words=("In grace period",)),
    ),
)  # fmt: skip

REACH = Sheet(
    key="reach",
    name="In scope",
    rows="devices",
    question="Which devices can reach the council's data?",
    where=(("in_scope", ("Yes",)),),
    columns=("asset_tag", "model", "id"),
    printed=3,
    listed=False,
)
NIGHTLY = Sheet(
    key="nightly",
    name="Compliance night by night",
    rows="nights",
    question="How did the findings about compliance and OS support develop?",
    where=(("rule", ("noncompliant", "os-unsupported", "not-encrypted", "jailbroken", "not-supervised")),),
    columns=("counted_on", "title", "organisation", "open"),
    printed=4,
    counted="counted_on",
    listed=False,
)

SECURITY = Summary(
    name="Security in numbers",
    question="How many devices in scope are patched, compliant and heard of?",
    tables=(
        CrossTable(
            "ScopeSupport", "Devices in scope by OS and Apple's support", ("os_release",), of="reach", column="os_support",
            order=_SUPPORT, unsaid="Not reported", chart=Chart("column", "Operating systems and whether Apple patches them"),
            agrees=("scope", "quantity"),
        ),
        CrossTable(
            "ScopeOrganisations", "Devices in scope by organisation and Apple's support", ("organisation", "ownership"),
            of="reach", column="os_support", order=_SUPPORT,
        ),
        CrossTable(
            "ScopeCompliance", "Devices in scope by organisation and compliance", ("organisation",), of="reach",
            column="compliance", order=("Compliant", "In grace period", "Not compliant", "Not known"),
            chart=Chart("bar", "Whether the council's rules are kept"),
        ),
        CrossTable(
            "ScopeNights", "Findings about compliance and OS support, night by night", ("counted_on",), of="nightly",
            column="title", add="open", totalled=False,
            chart=Chart("line", "Compliance over time: findings open after each night", most=92),
        ),
    ),
)  # fmt: skip

COMPLIANCE = Report(
    key="compliance",
    title="Compliance and OS support",
    question="Are the devices in scope patched and compliant, and what goes into the Cyber Essentials list (A2.8)?",
    sheets=(SCOPE, BEHIND, FAILING, REACH, NIGHTLY),
    summaries=(SECURITY,),
    notes=(
        "In scope are mobile devices that can reach the council's data: in somebody's hands, or enrolled in Intune; personal ones "
        "too. Thin clients are asked for elsewhere, and nothing reports their versions to this register.",
        "Questions of Cyber Essentials are numbered anew now and then: look which one asks for tablets and mobile devices.",
        "The age of what is said about a model is the check-in of the device that was heard of longest ago.",
        f"“{SEEN[4]}” means that there is no enrolment that would tell the OS version.",
    ),
)

OWN_DEVICES = Sheet(
    key="own_devices",
    name="Personal devices",
    question="Who may use their own device for work, since when, and until when does their consent hold?",
    columns=(
        "person", "state", "consent", "consent_until", "consent_on", "terms_version", "requested_on", "approved_by", "approved_on",
        "organisation", "team", "kind", "model", "os_version", "enrolled", "ended_on", "person_id", "device_id", "id",
    ),
    printed=10,
    marks=(
        Mark("consent", "is", "bad", "Consent has expired", words=("Expired",)),
        Mark("consent", "is", "warn", "Consent ends within 30 days", words=("Ends within 30 days",)),
    ),
)  # fmt: skip

OWN_NUMBERS = Summary(
    name="Personal devices in numbers",
    question="How many people use their own device for work, and does their consent hold?",
    tables=(
        CrossTable(
            "OwnStates", "Registrations by organisation and state", ("organisation",), of="own_devices", column="state",
            order=tuple(STATES.values()), chart=Chart("bar", "Registrations of personal devices"),
        ),
        CrossTable(
            "OwnConsent", "Registrations by organisation and consent", ("organisation",), of="own_devices", column="consent",
            order=CONSENT,
        ),
        CrossTable("OwnTerms", "Registrations by terms", ("terms_version",), of="own_devices", column="state",
                   order=tuple(STATES.values())),
    ),
)  # fmt: skip

BYOD = Report(
    key="byod",
    title="Register of personal devices",
    question="Who may use their own device for work, and does their consent still hold?",
    sheets=(OWN_DEVICES,),
    summaries=(OWN_NUMBERS,),
    notes=("No serial number, IMEI or telephone number of a personal device is kept, so none is told.",),
)
