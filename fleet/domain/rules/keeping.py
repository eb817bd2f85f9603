"""Rules about what is kept in order: names, categories and users in Intune, warranties, idle SIMs, credentials."""

from typing import TYPE_CHECKING

from fleet.domain.facts import DeviceFact, SimFact, TenantFact
from fleet.domain.records import Severity
from fleet.domain.rules.declaration import Rule, Scope
from fleet.domain.rules.fixes import SIM_TO_STOCK
from fleet.domain.rules.wording import day_text, days_text

if TYPE_CHECKING:
    from fleet.domain.rules.context import Context

OURS_ENROLLED = Scope(ownership="organisation", not_statuses=frozenset({"unrecorded"}), enrolled=True)
IN_USE = frozenset({"in_stock", "prepared", "issued", "in_repair", "quarantined"})


def primary_user_differs(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device that Intune keeps for another user than the one who enrolled it."""
    if fact.primary_user_id is None or fact.enrolled_user_id is None:
        return None
    if fact.primary_user_id == fact.enrolled_user_id:
        return None
    primary = fact.primary_upn or "an account that the register does not know"
    return f"Enrolled by {fact.enrolled_upn or 'somebody else'}, but its primary user in Intune is {primary}."


def device_name(fact: DeviceFact, context: "Context") -> str | None:
    """Find a device whose name is not as the naming rule wants it."""
    if context.name_rule is None or fact.device_name is None or context.name_rule.fullmatch(fact.device_name):
        return None
    return f"Called {fact.device_name} in Intune, which is not as device names are made."


def category_wrong(fact: DeviceFact, context: "Context") -> str | None:
    """Find a device in a category that is not among those in use."""
    if not context.categories or fact.category is None or fact.category in context.categories:
        return None
    return f"In the category {fact.category} in Intune, which is not one of those in use."


def warranty_ending(fact: DeviceFact, context: "Context") -> str | None:
    """Find a device whose warranty ends within some weeks, and has not ended yet."""
    until = fact.warranty_until
    if until is None or not context.today <= until <= context.warranty_by:
        return None
    return f"Its warranty ends on {day_text(until)}."


def sim_without_device(fact: SimFact, _context: "Context") -> str | None:
    """Find an active SIM on an active line that is in no device."""
    if fact.in_device or fact.state != "active" or fact.line_state not in (None, "active"):
        return None
    cost = f", which costs £{fact.monthly_pence / 100:,.2f} a month" if fact.monthly_pence else ""
    return f"Active{cost}, but the register has it in no device."


def credential_expiring(fact: TenantFact, context: "Context") -> str | None:
    """Find a tenant whose certificate or secret for the nightly sync ends soon, or has ended."""
    days = _days_left(fact, context)
    if fact.credential_until is None or days is None or days > context.parameters["credential-expiring"]["days"]:
        return None
    day = day_text(fact.credential_until)
    if days < 0:
        return f"The credential with which Fleet signs in to {fact.key} ended on {day}."
    return f"The credential with which Fleet signs in to {fact.key} ends on {day}, in {days_text(days)}."


def _credential_gravity(fact: TenantFact, context: "Context") -> Severity | None:
    days, steps = _days_left(fact, context), context.parameters["credential-expiring"]
    if days is None or days > steps["medium_days"]:
        return None
    return "high" if days <= steps["high_days"] else "medium"


def _days_left(fact: TenantFact, context: "Context") -> int | None:
    return None if fact.credential_until is None else (fact.credential_until - context.today).days


RULES = (
    Rule(
        key="primary-user-differs",
        title="Other primary user",
        severity="low",
        meaning="Intune offers its apps and its self-service to somebody else than the person who uses it.",
        what_to_do="Set the primary user in Intune to the holder.",
        identity=("id", "primary_user_id"),
        check=primary_user_differs,
        applies_to=OURS_ENROLLED,
        recorded=("holder_upn", "issued_on"),
        observed=("enrolled_upn", "primary_upn", "enrolled_at", "last_seen"),
        elsewhere="its primary user is set in Intune.",
    ),
    Rule(
        key="device-name",
        title="Device name",
        severity="low",
        meaning="Whoever looks for it in Intune by the usual name does not find it.",
        what_to_do="Rename it in Intune.",
        identity=("id",),
        check=device_name,
        applies_to=OURS_ENROLLED,
        recorded=("status", "holder_upn"),
        observed=("device_name", "last_seen"),
        parameters={"pattern": ""},
        elsewhere="it is renamed in Intune.",
    ),
    Rule(
        key="category-wrong",
        title="Wrong category",
        severity="low",
        meaning="Intune assigns policies and apps by category; in a wrong one it gets the wrong ones, or none.",
        what_to_do="Set its category in Intune.",
        identity=("id",),
        check=category_wrong,
        applies_to=OURS_ENROLLED,
        recorded=("status", "holder_upn"),
        observed=("category", "enrolled_at", "last_seen"),
        parameters={"allowed": ""},
        elsewhere="its category is set in Intune.",
    ),
    Rule(
        key="warranty-ending",
        title="Warranty ending",
        severity="low",
        meaning="What is broken today is repaired free of charge; in some weeks it is not.",
        what_to_do="Have known faults repaired before that day.",
        identity=("id", "warranty_until"),
        check=warranty_ending,
        applies_to=Scope(ownership="organisation", statuses=IN_USE),
        recorded=("warranty_until", "status", "holder_upn"),
        parameters={"days": 30},
        elsewhere="known faults are repaired before that day; it goes by itself afterwards.",
    ),
    Rule(
        key="sim-without-device",
        title="SIM in no device",
        severity="low",
        meaning="Its line is paid for every month and nobody is known to use it.",
        what_to_do="Find it. Put it into a device or into stock, or have its line ended.",
        identity=("id",),
        about="sim",
        check=sim_without_device,
        recorded=("iccid", "number", "carrier", "monthly_pence"),
        fixes=(SIM_TO_STOCK,),
    ),
    Rule(
        key="credential-expiring",
        title="Credential ending",
        severity="low",
        meaning="From that day no night's sync can sign in to the tenant, and nothing is seen any more.",
        what_to_do="Make a new certificate with `fleet tenant renew`, or a new secret in Entra.",
        identity=("id", "credential_until"),
        about="tenant",
        check=credential_expiring,
        graver=_credential_gravity,
        recorded=("key", "credential_until"),
        parameters={"days": 60, "medium_days": 30, "high_days": 7},
        elsewhere="a new certificate or secret is made, and put in place of the old one.",
    ),
)
