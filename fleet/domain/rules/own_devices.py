"""Rules about personal devices, and about devices that Intune counts on the wrong side."""

from typing import TYPE_CHECKING

from fleet.domain.byod import OVER
from fleet.domain.facts import DeviceFact
from fleet.domain.rules.declaration import Rule, Scope
from fleet.domain.rules.fixes import QUEUE_RETIRE
from fleet.domain.rules.wording import day_text

if TYPE_CHECKING:
    from fleet.domain.rules.context import Context

ENROLLED_PERSONAL = Scope(ownership="personal", enrolled=True)


def personal_marked_corporate(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a registered personal device that Intune treats as ours."""
    if fact.enrolment_ownership != "company" or fact.byod_state is None:
        return None
    return f"Marked as a company device in Intune, so it could be wiped as a whole; it belongs to {_owner(fact)}."


def owned_marked_personal(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device of ours that Intune treats as personal."""
    if fact.enrolment_ownership != "personal":
        return None
    return f"Marked as a personal device in Intune, but it belongs to {fact.organisation}."


def byod_unapproved(fact: DeviceFact, _context: "Context") -> str | None:
    """Find an enrolled personal device that nobody approved, or whose leave to be used is over."""
    if fact.byod_state is None:
        return f"Enrolled by {_owner(fact)}, but nobody asked for approval."
    if fact.byod_state == "requested":
        return f"Enrolled by {_owner(fact)}, but the request is not approved yet."
    if fact.byod_state in OVER:
        return f"Still enrolled by {_owner(fact)}, but its registration is {fact.byod_state}: retire it."
    return None


def byod_consent_expired(fact: DeviceFact, context: "Context") -> str | None:
    """Find an enrolled personal device whose owner's consent ran out, or was taken back."""
    if fact.byod_state in OVER:
        return None
    if fact.byod_consent_until is None:
        missing = fact.byod_state == "enrolled"
        return f"Enrolled by {_owner(fact)} without a consent on record." if missing else None
    if fact.byod_consent_until >= context.consent_before:
        return None
    return f"Consent ended on {day_text(fact.byod_consent_until)}, but it is still enrolled by {_owner(fact)}."


def _owner(fact: DeviceFact) -> str:
    return fact.enrolled_upn or fact.holder_upn or "somebody"


RULES = (
    Rule(
        key="personal-marked-corporate",
        title="Marked as ours",
        severity="high",
        meaning="Intune would let us see and wipe a device that belongs to a person.",
        what_to_do="Change its ownership in Intune to personal.",
        identity=("id",),
        check=personal_marked_corporate,
        applies_to=Scope(ownership="personal"),
        recorded=("ownership", "byod_state"),
        observed=("enrolment_ownership", "enrolment_type", "enrolled_upn", "tenant"),
        elsewhere="Intune alone decides by its ownership what may be wiped: it is changed there, to personal.",
    ),
    Rule(
        key="owned-marked-personal",
        title="Marked as personal",
        severity="high",
        meaning="Intune applies the weaker rules for personal devices, and we can't wipe it when it is lost.",
        what_to_do="Change its ownership in Intune to corporate.",
        identity=("id",),
        check=owned_marked_personal,
        applies_to=Scope(ownership="organisation", not_statuses=frozenset({"unrecorded"})),
        recorded=("ownership", "organisation", "status", "holder_upn"),
        observed=("enrolment_ownership", "enrolment_type", "enrolled_upn", "tenant"),
        elsewhere="Intune alone decides by its ownership which rules apply: it is changed there, to corporate.",
    ),
    Rule(
        key="byod-unapproved",
        title="BYOD not approved",
        severity="medium",
        meaning="It reaches council data, but nobody agreed to it and its owner has not accepted the terms.",
        what_to_do="Ask the owner to request approval, or have the device removed.",
        identity=("id",),
        check=byod_unapproved,
        applies_to=ENROLLED_PERSONAL,
        recorded=("byod_state",),
        observed=("enrolled_upn", "enrolment_type", "enrolled_at", "tenant"),
        orders=(QUEUE_RETIRE,),
        elsewhere="its owner asks for approval (fleet byod request), or it is retired in Intune.",
    ),
    Rule(
        key="byod-consent-expired",
        title="Consent expired",
        severity="medium",
        meaning="The owner's acceptance of the terms ran out while the device stayed enrolled.",
        what_to_do="Ask the owner to accept the terms again, or have the device removed.",
        identity=("id", "byod_consent_until"),
        check=byod_consent_expired,
        applies_to=ENROLLED_PERSONAL,
        recorded=("byod_state", "byod_consent_until"),
        observed=("enrolled_upn", "enrolment_type", "enrolled_at", "tenant"),
        parameters={"grace_days": 0},
        orders=(QUEUE_RETIRE,),
        elsewhere="its owner accepts the terms again (fleet byod consent), or it is retired in Intune.",
    ),
)
