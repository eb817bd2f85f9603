"""Rules about a device and its life in Intune: missing, silent, unexpected, doubled, in the wrong tenant."""

from datetime import datetime
from typing import TYPE_CHECKING

from fleet.clock import london_date
from fleet.domain.facts import DeviceFact
from fleet.domain.rules.declaration import APPLE, Rule, Scope
from fleet.domain.rules.fixes import (
    ADOPT_HOLDER,
    CLOSE_ENROLMENT,
    NOTE_LOSS,
    QUEUE_DELETE,
    QUEUE_LOCK,
    QUEUE_RETIRE,
    QUEUE_WIPE,
    RECORD_FOUND,
    RECORD_RETURN,
    REGISTER,
)
from fleet.domain.rules.wording import day_text, days_text, moment_text, number_text, seen_text, times_text

if TYPE_CHECKING:
    from fleet.domain.rules.context import Context

ISSUED = frozenset({"issued"})
UNRECORDED = frozenset({"unrecorded"})
IN_TENANT = ("tenant", "enrolled_upn", "enrolled_at", "last_seen")


def not_recorded(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device of ours that Intune knows and nobody registered."""
    where = f"Listed in Intune ({fact.tenant})" if fact.tenant else "Listed in Intune"
    whose = f", enrolled by {fact.enrolled_upn}" if fact.enrolled_upn else ""
    since = f" on {moment_text(fact.enrolled_at)}" if fact.enrolled_at else ""
    return f"{where}{whose}{since}, but nobody registered it."


def vanished(fact: DeviceFact, context: "Context") -> str | None:
    """Find a device in use that was enrolled and is gone from Intune."""
    if not fact.ever_enrolled or fact.missing_runs < context.missing_runs:
        return None
    since = f" since {moment_text(fact.missing_since)}" if fact.missing_since else ""
    holder = f"; issued to {fact.holder_upn}" if fact.status == "issued" and fact.holder_upn else ""
    return f"Gone from Intune{since}, though it was enrolled{holder}."


def issued_not_enrolled(fact: DeviceFact, context: "Context") -> str | None:
    """Find an iPad or iPhone that was issued some days ago and never enrolled."""
    if fact.holder_id is None or fact.shared or fact.ever_enrolled:
        return None
    if fact.issued_on is None or fact.issued_on >= context.enrolled_by:
        return None
    holder = f" to {fact.holder_upn}" if fact.holder_upn else ""
    return f"Issued{holder} on {day_text(fact.issued_on)}, but never enrolled in Intune."


def not_seen_30(fact: DeviceFact, context: "Context") -> str | None:
    """Find an issued device that has been silent for a month, but not yet for a quarter."""
    seen = fact.last_seen
    if seen is None or seen > context.silent_30 or (context.silent_90 is not None and seen <= context.silent_90):
        return None
    return _silence(fact, seen, context.days_30)


def not_seen_90(fact: DeviceFact, context: "Context") -> str | None:
    """Find an issued device that has been silent for a quarter."""
    seen = fact.last_seen
    if seen is None or context.silent_90 is None or seen > context.silent_90:
        return None
    return _silence(fact, seen, context.days_90)


def _silence(fact: DeviceFact, seen: datetime, days: int) -> str:
    holder = f"; issued to {fact.holder_upn}" if fact.holder_upn else ""
    return f"Last checked in on {moment_text(seen)}, at least {days_text(days)} ago{holder}."


def lost_checking_in(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a lost or stolen device that checked in on a later day."""
    gone_on = fact.incident_on or fact.status_since
    if fact.last_seen is None or gone_on is None or london_date(fact.last_seen) <= gone_on:
        return None
    return f"Recorded as {fact.status} on {day_text(gone_on)}, yet it checked in on {moment_text(fact.last_seen)}."


def returned_still_enrolled(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device in stock that is still enrolled for somebody."""
    if fact.enrolled_upn is None:
        return None
    since = f" since {day_text(fact.status_since)}" if fact.status_since else ""
    return f"In stock{since}, but still enrolled for {fact.enrolled_upn}; {seen_text(fact.last_seen)}."


def retired_still_enrolled(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a retired or disposed device that still has an open enrolment."""
    since = f" on {day_text(fact.status_since)}" if fact.status_since else ""
    return f"Recorded as {fact.status}{since}, but still enrolled in Intune; {seen_text(fact.last_seen)}."


def reenrolment_leftover(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device that is enrolled more than once in one tenant."""
    if fact.open_enrolments <= 1 or fact.open_enrolments <= fact.open_tenants:
        return None
    old = fact.open_enrolments - max(fact.open_tenants, 1)
    behind = "the record of an earlier enrolment was" if old == 1 else "records of earlier enrolments were"
    return f"Listed {times_text(fact.open_enrolments)} in Intune: {behind} left behind."


def two_tenants(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device that is enrolled in several tenants."""
    if fact.open_tenants <= 1:
        return None
    newest = f"; the newest enrolment is in {fact.tenant}" if fact.tenant else ""
    return f"Enrolled in {number_text(fact.open_tenants)} tenants{newest}."


def wrong_tenant(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device of one organisation that is enrolled in the tenant of another."""
    if fact.open_tenants != 1 or fact.tenant_organisation is None or fact.tenant_organisation == fact.organisation:
        return None
    named = fact.tenant if fact.tenant != fact.tenant_organisation else None
    tenant = f"{named}, a tenant of" if named else "the tenant of"
    return f"Belongs to {fact.organisation}, but is enrolled in {tenant} {fact.tenant_organisation}."


RULES = (
    Rule(
        key="not-recorded",
        title="Not recorded",
        severity="medium",
        meaning="A device of ours is in use, yet nobody bought, tagged or issued it in the register.",
        what_to_do="Find out what it is. Register it with tag, site and holder, or retire it in Intune.",
        identity=("id",),
        check=not_recorded,
        applies_to=Scope(ownership="organisation", statuses=UNRECORDED),
        recorded=("status",),
        observed=("serial", "model", *IN_TENANT),
        fixes=(REGISTER,),
    ),
    Rule(
        key="vanished",
        title="Gone from Intune",
        severity="high",
        meaning="It was managed and no longer is: wiped, removed, or deleted by Intune's clean-up rule.",
        what_to_do="Ask the holder. Enrol it again, or record it as returned, lost or retired.",
        identity=("id",),
        check=vanished,
        applies_to=Scope(statuses=frozenset({"issued", "prepared", "in_repair"}), enrolled=False),
        recorded=("status", "holder_upn", "issued_on"),
        observed=("missing_since",),
        parameters={"runs": 2},
        fixes=(RECORD_RETURN.leading_to(), NOTE_LOSS),
    ),
    Rule(
        key="issued-not-enrolled",
        title="Never enrolled",
        severity="medium",
        meaning="Somebody uses it without management: no encryption check, no lock when it is lost.",
        what_to_do="Ask the holder to switch it on and finish the set-up, or take it back.",
        identity=("id", "issued_on"),
        check=issued_not_enrolled,
        applies_to=Scope(statuses=ISSUED, enrolled=False, kinds=APPLE),
        recorded=("status", "holder_upn", "issued_on"),
        parameters={"days": 2},
        fixes=(RECORD_RETURN.leading_to(),),
    ),
    Rule(
        key="not-seen-30",
        title="Silent a month",
        severity="medium",
        meaning="It has not checked in: switched off, broken, in a drawer, or without a connection.",
        what_to_do="Ask the holder to switch it on, or take it back.",
        identity=("id",),
        check=not_seen_30,
        applies_to=Scope(statuses=ISSUED, enrolled=True),
        recorded=("status", "holder_upn", "holder_state"),
        observed=("last_seen", "tenant"),
        parameters={"days": 30},
        fixes=(RECORD_RETURN,),
    ),
    Rule(
        key="not-seen-90",
        title="Silent a quarter",
        severity="high",
        meaning="It has been silent so long that nobody may know where it is, and Intune may soon delete it.",
        what_to_do="Find it. Record it as returned or lost.",
        identity=("id",),
        check=not_seen_90,
        applies_to=Scope(statuses=ISSUED, enrolled=True),
        recorded=("status", "holder_upn", "holder_state"),
        observed=("last_seen", "tenant"),
        parameters={"days": 90},
        fixes=(NOTE_LOSS, RECORD_RETURN),
    ),
    Rule(
        key="lost-checking-in",
        title="Lost, checking in",
        severity="high",
        meaning="Somebody uses it, or it was found without telling the register.",
        what_to_do="Ask the holder first. Record it as found, or lock it and tell the incident's owner.",
        identity=("id",),
        check=lost_checking_in,
        applies_to=Scope(statuses=frozenset({"lost", "stolen"}), enrolled=True),
        recorded=("status", "status_since", "incident_on", "holder_upn"),
        observed=("last_seen", "enrolled_upn", "tenant"),
        fixes=(RECORD_FOUND,),
        orders=(QUEUE_LOCK,),
    ),
    Rule(
        key="returned-still-enrolled",
        title="Returned, enrolled",
        severity="medium",
        meaning="The last user's account and data are still on a device that lies in stock.",
        what_to_do="Check that it is in stock, then wipe it or remove the enrolment.",
        identity=("id",),
        check=returned_still_enrolled,
        applies_to=Scope(statuses=frozenset({"in_stock"}), enrolled=True),
        recorded=("status", "status_since"),
        observed=IN_TENANT,
        fixes=(CLOSE_ENROLMENT, ADOPT_HOLDER),
        orders=(QUEUE_RETIRE, QUEUE_WIPE),
    ),
    Rule(
        key="retired-still-enrolled",
        title="Retired, enrolled",
        severity="medium",
        meaning="It left the estate on paper, but council data may still be on it.",
        what_to_do="Check where it is. Wipe it and remove the enrolment, or take it back into stock.",
        identity=("id",),
        check=retired_still_enrolled,
        applies_to=Scope(statuses=frozenset({"retired", "disposed"}), enrolled=True),
        recorded=("status", "status_since"),
        observed=IN_TENANT,
        fixes=(CLOSE_ENROLMENT,),
        orders=(QUEUE_RETIRE, QUEUE_WIPE),
    ),
    Rule(
        key="reenrolment-leftover",
        title="Left-over record",
        severity="low",
        meaning="It was wiped and enrolled again, and the older record stayed in Intune.",
        what_to_do="Delete the older record in Intune.",
        identity=("id",),
        check=reenrolment_leftover,
        recorded=("status",),
        observed=("open_enrolments", "open_tenants", "tenant", "enrolled_at", "last_seen"),
        fixes=(CLOSE_ENROLMENT,),
        orders=(QUEUE_DELETE,),
    ),
    Rule(
        key="two-tenants",
        title="In two tenants",
        severity="high",
        meaning="Two organisations believe they manage the device; only one of them does.",
        what_to_do="Find out who has it, and remove the enrolment from the other tenant.",
        identity=("id",),
        check=two_tenants,
        recorded=("organisation", "status"),
        observed=("open_tenants", "open_enrolments", "tenant", "enrolled_at", "last_seen"),
        fixes=(CLOSE_ENROLMENT,),
    ),
    Rule(
        key="wrong-tenant",
        title="Wrong tenant",
        severity="high",
        meaning="It belongs to one organisation and is managed by another: policies and data are the wrong ones.",
        what_to_do="Have it wiped and enrolled in the right tenant, or correct its organisation in the register.",
        identity=("id", "tenant"),
        check=wrong_tenant,
        applies_to=Scope(ownership="organisation", not_statuses=UNRECORDED),
        recorded=("organisation", "status"),
        observed=("tenant_organisation", *IN_TENANT),
        elsewhere="no register can move an enrolment. Have it wiped in Intune there and enrolled in the right tenant; "
        "until then it stays found, because it stays true.",
    ),
)
