"""Rules about the safety of a device: OS version, compliance, supervision, encryption, jailbreak."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fleet.domain.facts import DeviceFact
from fleet.domain.os_support import version_text
from fleet.domain.rules.declaration import APPLE, Rule, Scope
from fleet.domain.rules.fixes import QUEUE_RETIRE, QUEUE_WIPE
from fleet.domain.rules.wording import day_text, list_text, moment_text

if TYPE_CHECKING:
    from fleet.domain.rules.context import Context

OURS = Scope(ownership="organisation", kinds=APPLE)


def os_unsupported(fact: DeviceFact, context: "Context") -> str | None:
    """Find an iPad or iPhone on a major version that Apple no longer patches."""
    if context.verdicts[fact.model, fact.os_version] != "unsupported":
        return None
    family = context.support.family(fact.model) or "iOS"
    patched = list_text(sorted(context.support.patched(family, context.today)))
    return f"Runs {family} {fact.os_version}, but Apple patches only {family} {patched}; it is an {fact.model}."


def update_overdue(fact: DeviceFact, context: "Context") -> str | None:
    """Find an iPad or iPhone that lacks a security release for longer than the days allowed."""
    lacks = context.updates[fact.model, fact.os_version]
    if lacks is None or lacks.released is None:
        return None
    family = context.support.family(fact.model) or "iOS"
    newest = version_text(lacks.newest)
    return f"Runs {family} {fact.os_version}, without the security release of {day_text(lacks.released)} ({newest})."


def os_unknown(facts: Iterable[DeviceFact], context: "Context") -> int:
    """Count the enrolled iPads and iPhones whose model or version the support table does not know."""
    return sum(
        context.verdicts[fact.model, fact.os_version] == "unknown"
        for fact in facts
        if fact.kind in APPLE and (fact.intune_id is not None or fact.open_enrolments > 0)
    )


def noncompliant(fact: DeviceFact, context: "Context") -> str | None:
    """Find an issued device that breaks Intune's compliance policy and has no grace left."""
    if fact.compliance != "noncompliant":
        return None
    if fact.grace_until is None:
        return "Not compliant with the policy in Intune; there is no grace period."
    if fact.grace_until >= context.grace_before:
        return None
    return f"Not compliant with the policy in Intune; the grace period ended on {moment_text(fact.grace_until)}."


def not_supervised(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a company-enrolled iPad or iPhone of ours that is not supervised."""
    if fact.supervised is not False or fact.enrolment_ownership != "company":
        return None
    return "Not supervised, though it is enrolled as a company device."


def not_encrypted(fact: DeviceFact, _context: "Context") -> str | None:
    """Find an iPad or iPhone of ours whose storage is not encrypted."""
    if fact.encrypted is not False:
        return None
    return "Not encrypted, says Intune; on an iPhone or iPad that usually means that it has no passcode."


def jailbroken(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device whose operating system was tampered with."""
    if fact.jailbroken is not True:
        return None
    return "Jailbroken, says Intune: the protections of its operating system are off."


RULES = (
    Rule(
        key="os-unsupported",
        title="OS unsupported",
        severity="high",
        meaning="Apple no longer releases security updates for the major version it runs.",
        what_to_do="Update it. If the model can't run a patched version, replace it.",
        identity=("id",),
        check=os_unsupported,
        applies_to=Scope(enrolled=True, kinds=APPLE),
        recorded=("model", "status", "holder_upn"),
        observed=("os_version", "last_seen"),
        parameters={"table": ""},
        elsewhere="it is updated on the device, or replaced.",
    ),
    Rule(
        key="update-overdue",
        title="Update overdue",
        severity="medium",
        meaning="A security release of its system is out for more than the 14 days that Cyber Essentials allows.",
        what_to_do="Have the holder install it, or push it with an update policy in Intune.",
        identity=("id",),
        check=update_overdue,
        applies_to=Scope(enrolled=True, kinds=APPLE),
        recorded=("model", "status", "holder_upn"),
        observed=("os_version", "last_seen"),
        parameters={"days": 14},
        elsewhere="it is updated on the device, or by a policy in Intune.",
    ),
    Rule(
        key="noncompliant",
        title="Not compliant",
        severity="medium",
        meaning="It breaks the compliance policy of its tenant and the time to put it right is over.",
        what_to_do="Open the device in Intune to see which setting fails, and help the holder to put it right.",
        identity=("id",),
        check=noncompliant,
        applies_to=Scope(statuses=frozenset({"issued"})),
        recorded=("status", "holder_upn"),
        observed=("compliance", "grace_until", "last_seen", "tenant"),
        parameters={"grace_days": 0},
        elsewhere="the holder puts right what fails in Intune.",
    ),
    Rule(
        key="not-supervised",
        title="Not supervised",
        severity="medium",
        meaning="Without supervision a device of ours can't be locked to us, and many settings do nothing.",
        what_to_do="Assign it to Intune in Apple Business Manager, then wipe and enrol it again.",
        identity=("id",),
        check=not_supervised,
        applies_to=Scope(ownership="organisation", kinds=APPLE, enrolled=True),
        recorded=("ownership", "status", "holder_upn"),
        observed=("supervised", "enrolment_ownership", "enrolment_type", "enrolled_at"),
        elsewhere="it is assigned in Apple Business Manager, wiped and enrolled again.",
    ),
    Rule(
        key="not-encrypted",
        title="Not encrypted",
        severity="high",
        meaning="Whoever finds the device can read what is on it.",
        what_to_do="Have the holder set a passcode today, and check that the policy reaches the device.",
        identity=("id",),
        check=not_encrypted,
        applies_to=OURS,
        recorded=("status", "holder_upn"),
        observed=("encrypted", "last_seen", "tenant"),
        elsewhere="the holder sets a passcode.",
    ),
    Rule(
        key="jailbroken",
        title="Jailbroken",
        severity="high",
        meaning="Its operating system was tampered with; nothing it reports can be trusted.",
        what_to_do="Block its access, take it back and wipe it. Ask for a personal device to be removed.",
        identity=("id",),
        check=jailbroken,
        recorded=("ownership", "status", "holder_upn"),
        observed=("jailbroken", "os_version", "last_seen", "tenant"),
        orders=(QUEUE_RETIRE, QUEUE_WIPE),
        elsewhere="it is blocked in Entra and wiped in Intune; a personal one is removed.",
    ),
)
