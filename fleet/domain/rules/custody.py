"""Rules about who has a device: leavers, wrong holders, unknown people, loans."""

from typing import TYPE_CHECKING

from fleet.domain.facts import DeviceFact
from fleet.domain.rules.declaration import APPLE, Rule, Scope
from fleet.domain.rules.fixes import ADOPT_HOLDER, RECORD_RETURN
from fleet.domain.rules.wording import day_text

if TYPE_CHECKING:
    from fleet.domain.rules.context import Context

ISSUED = frozenset({"issued"})


def leaver_holds(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device whose holder has left."""
    if fact.holder_state != "left" or fact.holder_id is None:
        return None
    when = f" on {day_text(fact.holder_left_on)}" if fact.holder_left_on else ""
    since = f"; it was issued on {day_text(fact.issued_on)}" if fact.issued_on else ""
    return f"{_holder(fact)} left{when}, but still holds it{since}."


def holder_differs(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device enrolled by another person than the one it was issued to."""
    if fact.enrolled_person_id is None or fact.enrolled_person_id == fact.holder_id:
        return None
    if fact.holder_id is None or fact.shared or fact.holder_state == "left":
        return None
    when = f" on {day_text(fact.issued_on)}" if fact.issued_on else ""
    return f"Issued to {_holder(fact)}{when}, but enrolled in Intune by {_enrolling(fact)}."


def unknown_person(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device enrolled by a user whom the register does not know."""
    if fact.enrolled_upn is None or fact.enrolled_person_id is not None:
        return None
    return f"Enrolled in Intune by {fact.enrolled_upn}, whom the register does not know."


def holder_on_long_leave(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device of ours whose holder is away for long."""
    if fact.holder_state != "long_leave" or fact.holder_id is None:
        return None
    return f"{_holder(fact)} is on long leave and holds it."


def loan_overdue(fact: DeviceFact, context: "Context") -> str | None:
    """Find a loan whose due date is past."""
    if fact.due_on is None or fact.due_on >= context.today:
        return None
    borrower = "a site or team" if fact.shared else _holder(fact)
    return f"Due back on {day_text(fact.due_on)}, but still on loan to {borrower}."


def several_of_a_kind(fact: DeviceFact, _context: "Context") -> str | None:
    """Find what somebody was issued although they have had one of its kind for longer."""
    if fact.also_holds is None or fact.holder_state != "active":
        return None
    kind = {"ipad": "iPad", "iphone": "iPhone"}.get(fact.kind, fact.kind)
    since = f" on {day_text(fact.issued_on)}" if fact.issued_on else ""
    return f"Issued to {_holder(fact)}{since}, who has another {kind} already: {fact.also_holds}."


def _holder(fact: DeviceFact) -> str:
    return fact.holder_upn or "a holder without an address"


def _enrolling(fact: DeviceFact) -> str:
    return fact.enrolled_upn or "somebody else"


RULES = (
    Rule(
        key="leaver-holds",
        title="Leaver still holds",
        severity="high",
        meaning="The person left, yet the register says the device is still with them.",
        what_to_do="Ask the manager where the device is. Record the return, or report it lost.",
        identity=("id", "holder_id"),
        check=leaver_holds,
        recorded=("holder_upn", "holder_state", "holder_left_on", "issued_on", "status"),
        observed=("enrolled_upn", "last_seen"),
        fixes=(RECORD_RETURN,),
    ),
    Rule(
        key="holder-differs",
        title="User is not holder",
        severity="medium",
        meaning="It was handed over without telling the register, or enrolled with the wrong account.",
        what_to_do="Ask both people who has it. Reissue it to the one who does, or have it enrolled again.",
        identity=("id", "holder_id", "enrolled_person_id"),
        check=holder_differs,
        applies_to=Scope(statuses=ISSUED, enrolled=True),
        recorded=("holder_upn", "holder_state", "issued_on"),
        observed=("enrolled_upn", "enrolled_at", "last_seen"),
        fixes=(ADOPT_HOLDER,),
    ),
    Rule(
        key="unknown-person",
        title="Unknown user",
        severity="medium",
        meaning="The register does not have the enrolling account: deleted, renamed, or of another tenant.",
        what_to_do="Look the account up in Entra. Sync the people, or have the device enrolled again by its holder.",
        identity=("id", "enrolled_upn"),
        check=unknown_person,
        applies_to=Scope(ownership="organisation", statuses=ISSUED, enrolled=True),
        recorded=("holder_upn", "issued_on"),
        observed=("enrolled_upn", "enrolled_at", "tenant"),
        elsewhere="look the account up in Entra and sync the people, or have the device enrolled again.",
    ),
    Rule(
        key="holder-on-long-leave",
        title="On long leave",
        severity="low",
        meaning="The device may lie in a drawer for months while others wait for one.",
        what_to_do="Ask the manager whether it can come back until the person returns.",
        identity=("id", "holder_id"),
        check=holder_on_long_leave,
        applies_to=Scope(ownership="organisation"),
        recorded=("holder_upn", "holder_state", "issued_on"),
        observed=("last_seen",),
        enabled=False,
        fixes=(RECORD_RETURN,),
    ),
    Rule(
        key="loan-overdue",
        title="Loan overdue",
        severity="medium",
        meaning="The day on which a borrowed device was to come back is past.",
        what_to_do="Remind the borrower. Record the return, or give the loan a new due date.",
        identity=("id", "due_on"),
        check=loan_overdue,
        recorded=("holder_upn", "shared", "issued_on", "due_on"),
        observed=("last_seen",),
        fixes=(RECORD_RETURN,),
    ),
    Rule(
        key="several-of-a-kind",
        title="Has several",
        severity="low",
        meaning="One person holds two of a kind: mostly the old one never came back after a replacement.",
        what_to_do="Ask the holder which one they use, and take the other one back.",
        identity=("id", "holder_id"),
        check=several_of_a_kind,
        applies_to=Scope(ownership="organisation", statuses=ISSUED, kinds=APPLE),
        recorded=("holder_upn", "also_holds", "issued_on"),
        observed=("enrolled_upn", "last_seen"),
        fixes=(RECORD_RETURN,),
    ),
)
