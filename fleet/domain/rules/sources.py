"""Rules about what only Apple's lists, tokens and managed apps tell."""

from datetime import timedelta
from typing import TYPE_CHECKING

from fleet.clock import london_date
from fleet.domain.facts import AppDeviceFact, DeviceFact, ListingFact, TokenFact
from fleet.domain.records import Severity
from fleet.domain.rules.declaration import APPLE, Rule, Scope
from fleet.domain.rules.fixes import TAKE_INTO_STOCK
from fleet.domain.rules.wording import day_text, days_text, list_text, moment_text
from fleet.domain.sources import LIST_NAMES, TOKEN_NAMES

if TYPE_CHECKING:
    from fleet.domain.rules.context import Context

ENROLLED = Scope(ownership="organisation", not_statuses=frozenset({"unrecorded"}), enrolled=True, kinds=APPLE)
OURS = Scope(ownership="organisation", not_statuses=frozenset({"retired", "disposed"}), kinds=APPLE)
IN_HAND = frozenset({"prepared", "issued", "in_repair", "in_stock", "quarantined"})
WELL = frozenset({None, "valid", "unknown"})
STATES = {
    "expired": "has expired",
    "invalid": "is invalid",
    "assignedToExternalMDM": "is used by another management service",
    "duplicateLocationId": "is there twice",
}
"""https://learn.microsoft.com/graph/api/resources/intune-onboarding-vpptokenstate"""


def not_on_apple_list(fact: DeviceFact, _context: "Context") -> str | None:
    """Find an enrolled device of ours that none of the organisation's lists from Apple holds."""
    if fact.apple is None or fact.apple.listed or fact.serial is None:
        return None
    return (
        f"Enrolled in Intune ({fact.tenant or fact.organisation}), but not among the devices that Apple lists as ours."
    )


def wrong_mdm_server(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device that Apple Business Manager assigns to no management service, or to a wrong one."""
    apple = fact.apple
    if apple is None or not apple.listed or not apple.tells_server:
        return None
    if apple.server is None:
        unassigned = apple.status == "UNASSIGNED"
        return "In Apple Business Manager it is assigned to no management service." if unassigned else None
    if not apple.right_servers or apple.server in apple.right_servers:
        return None
    return f"In Apple Business Manager it is assigned to {apple.server}, not to {list_text(apple.right_servers)}."


def applecare_ending(fact: DeviceFact, context: "Context") -> str | None:
    """Find a device whose cover with Apple ends within some weeks, and has not ended yet."""
    until = fact.coverage_until
    if until is None or not context.today <= until <= context.cover_by:
        return None
    return f"{fact.coverage or 'What covers it with Apple'} ends on {day_text(until)}."


def bought_never_enrolled(fact: ListingFact, context: "Context") -> str | None:
    """Find a device that was bought some time ago and that nobody has recorded in use or enrolled."""
    since = fact.added_on or fact.ordered_on
    days = context.parameters["bought-never-enrolled"]["days"]
    if since is None or since > context.today - timedelta(days=days):
        return None
    order = f" with order {fact.order_number}" if fact.order_number else ""
    where = LIST_NAMES.get(fact.source, fact.source)
    known = f"recorded as {fact.recorded_as}" if fact.recorded_as else "nobody recorded it"
    return f"On {where} since {day_text(since)}{order}, but it never enrolled and {known}."


def token_expiring(fact: TokenFact, context: "Context") -> str | None:
    """Find a token or certificate for Apple that ends soon, or has ended."""
    days = _days_left(fact, context)
    if fact.expires_on is None or days is None or days > context.parameters["token-expiring"]["days"]:
        return None
    what, day = TOKEN_NAMES.get(fact.kind, fact.kind), day_text(fact.expires_on)
    if days < 0:
        return f"The {what} of {fact.tenant} ended on {day}."
    return f"The {what} of {fact.tenant} ends on {day}, in {days_text(days)}."


def _token_gravity(fact: TokenFact, context: "Context") -> Severity | None:
    days, steps = _days_left(fact, context), context.parameters["token-expiring"]
    if days is None or days > steps["medium_days"]:
        return None
    return "high" if days <= steps["high_days"] else "medium"


def _days_left(fact: TokenFact, context: "Context") -> int | None:
    return None if fact.expires_on is None else (fact.expires_on - context.today).days


def token_failing(fact: TokenFact, context: "Context") -> str | None:
    """Find a token that Intune can't use, or that has brought nothing in from Apple for days."""
    what = f"The {TOKEN_NAMES.get(fact.kind, fact.kind)} of {fact.tenant}"
    days = context.parameters["token-failing"]["days"]
    if fact.state not in WELL and not (fact.expires_on and fact.expires_on < context.today):
        return f"{what} {STATES.get(str(fact.state), f'is in the state {fact.state}')}."
    if fact.synced_at is None or london_date(fact.synced_at) > context.today - timedelta(days=days):
        return None
    why = f" ({fact.error})" if fact.error else ""
    return f"{what} has brought nothing in from Apple since {moment_text(fact.synced_at)}{why}."


def apps_unapproved(fact: AppDeviceFact, _context: "Context") -> str | None:
    """Find council data in apps on somebody's device that nobody approved."""
    if fact.approved:
        return None
    kind = {"ipad": "iPad", "iphone": "iPhone"}.get(fact.kind, "device")
    several = f"{fact.devices} own {kind}s" if fact.devices > 1 else f"an own {kind}"
    left = ", and has left" if fact.person_state == "left" else ""
    return f"{fact.called} has work apps on {several} that is not enrolled{left}; nobody approved it."


RULES = (
    Rule(
        key="bought-never-enrolled",
        title="Bought, never seen",
        severity="medium",
        meaning="It was paid for and nobody knows where it is: lost on its way, in a cupboard, or taken.",
        what_to_do="Ask whoever ordered it. Take it into stock, or release it in Apple Business Manager.",
        identity=("organisation", "serial"),
        about="listing",
        check=bought_never_enrolled,
        recorded=("recorded_as",),
        said_by="Apple",
        observed=("serial", "model", "order_number", "ordered_on", "added_on", "status", "server"),
        parameters={"days": 30},
        fixes=(TAKE_INTO_STOCK,),
    ),
    Rule(
        key="not-on-apple-list",
        title="Not on Apple list",
        severity="medium",
        meaning="After a wipe it enrols nowhere by itself, and whoever finds it can keep it.",
        what_to_do="Have the supplier add it to Apple Business Manager, or add it with Apple Configurator.",
        identity=("id",),
        check=not_on_apple_list,
        applies_to=ENROLLED,
        recorded=("status", "holder_upn", "issued_on"),
        observed=("serial", "model", "enrolled_at", "tenant"),
        elsewhere="the supplier, or somebody with Apple Configurator, adds it to Apple Business Manager.",
    ),
    Rule(
        key="wrong-mdm-server",
        title="Wrong MDM server",
        severity="medium",
        meaning="After its next wipe it would enrol elsewhere, or nowhere.",
        what_to_do="Assign it to Intune's management service in Apple Business Manager.",
        identity=("id",),
        check=wrong_mdm_server,
        applies_to=OURS,
        recorded=("status", "holder_upn"),
        said_by="Apple",
        observed=("apple_server", "apple_status", "tenant"),
        elsewhere="it is assigned to the right management service in Apple Business Manager; Fleet only reads there.",
    ),
    Rule(
        key="applecare-ending",
        title="AppleCare ending",
        severity="low",
        meaning="What breaks today is repaired or replaced under the agreement; in some weeks it is not.",
        what_to_do="Have known faults repaired before that day, or renew the agreement.",
        identity=("id", "coverage_until"),
        check=applecare_ending,
        applies_to=Scope(ownership="organisation", statuses=IN_HAND, kinds=APPLE),
        recorded=("warranty_until", "status", "holder_upn"),
        said_by="Apple",
        observed=("coverage", "coverage_until"),
        parameters={"days": 30},
        elsewhere="known faults are repaired before that day; it goes by itself afterwards.",
    ),
    Rule(
        key="token-expiring",
        title="Token ending",
        severity="low",
        meaning="Without the push certificate no iPad can be managed any more; without the tokens no new one enrols, no app comes.",
        what_to_do="Renew it in Apple's portal with the same Apple Account, and upload it to Intune.",
        identity=("tenant", "kind", "graph_id", "expires_on"),
        about="token",
        check=token_expiring,
        graver=_token_gravity,
        observed=("tenant", "kind", "name", "expires_on", "state"),
        parameters={"days": 60, "medium_days": 30, "high_days": 7},
        elsewhere="it is renewed in Apple's portal with the same Apple Account, and uploaded to Intune.",
    ),
    Rule(
        key="token-failing",
        title="Token not working",
        severity="medium",
        meaning="Intune's list from Apple grows old: what is bought does not show, and can't be set up.",
        what_to_do="Look at the token in Intune; accept new terms in Apple Business Manager, or upload the token again.",
        identity=("tenant", "kind", "graph_id"),
        about="token",
        check=token_failing,
        observed=("tenant", "kind", "name", "state", "synced_at", "error"),
        parameters={"days": 3},
        elsewhere="new terms are accepted in Apple Business Manager, or the token is uploaded to Intune again.",
    ),
    Rule(
        key="apps-unapproved",
        title="Apps not approved",
        severity="medium",
        meaning="Council data are on a person's own device, and nobody agreed to it.",
        what_to_do="Ask the owner to request approval, or wipe the apps' data in Intune.",
        identity=("tenant", "user_id", "kind"),
        about="app_device",
        check=apps_unapproved,
        recorded=("person_state",),
        observed=("upn", "kind", "os_version", "devices", "last_seen", "tenant"),
        elsewhere="its owner asks for approval, or the apps' data are wiped in Intune.",
    ),
)
