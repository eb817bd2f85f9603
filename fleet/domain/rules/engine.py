"""Runs the rules over a fleet: each device meets only the rules that can concern it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from operator import attrgetter
from typing import Any, get_args

from fleet.domain.facts import (
    AppDeviceFact,
    BesideFact,
    Clash,
    DeviceFact,
    Found,
    ListingFact,
    SimFact,
    TenantFact,
    TokenFact,
)
from fleet.domain.records import Severity
from fleet.domain.rules.catalogue import RULES
from fleet.domain.rules.context import Context
from fleet.domain.rules.declaration import Check, Rule
from fleet.domain.rules.wording import list_text, number_text

NOT_OF_PERSONAL_DEVICES = frozenset({"imei", "iccid_seen", "device_name"})
"""A person's SIM, IMEI and device name stay out of findings about their own device."""
ABOUT = {
    DeviceFact: "device",
    SimFact: "sim",
    TenantFact: "tenant",
    ListingFact: "listing",
    TokenFact: "token",
    AppDeviceFact: "app_device",
}
_NEVER_DATED = {
    about: frozenset(name for name, of in kind.__annotations__.items() if "date" not in str(of))
    for kind, about in ABOUT.items()
}
"""Fields that hold neither a day nor a moment."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""Worst first."""
CLAIMED = {"serial": "Serial number", "imei": "IMEI"}
RECORDED_FOR = "recorded_for"
"""Evidence of a clash: the devices that the register has under the identifier."""
NAMED = 4
"""So many records of a clash are named in its sentence."""
_Group = tuple[str, str, bool, str]


class _Dispatch(dict[_Group, tuple[Check, ...]]):
    """The functions that devices of one (ownership, status, enrolled, kind) meet, worked out at the first of them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        super().__init__()
        self._rules = tuple(rules)

    def __missing__(self, group: _Group) -> tuple[Check, ...]:
        checks = self[group] = tuple(
            rule.check for rule in self._rules if rule.check is not None and rule.applies_to.covers(*group)
        )
        return checks


def find_all(facts: Iterable[DeviceFact], clashes: Iterable[Clash], context: Context) -> Iterator[Found]:
    """Yield every discrepancy once: by (rule, identity) no finding appears a second time."""
    enabled = [rule for rule in RULES if context.enabled(rule.key)]
    seen: set[tuple[str, str]] = set()
    for found in _in_devices(facts, enabled, context):
        if (mark := (found.rule, found.identity)) not in seen:
            seen.add(mark)
            yield found
    for clash in _merged(clashes):
        for rule in enabled:
            if rule.clash == clash.identifier:
                yield _of_clash(rule, clash, context)


def find_beside(facts: Iterable[BesideFact], context: Context) -> Iterator[Found]:
    """Yield every discrepancy of what is no device: SIMs, tenants, Apple's lists, tokens, apps on own devices."""
    enabled = [rule for rule in RULES if rule.about != "device" and context.enabled(rule.key)]
    tellers = {rule.key: _teller(rule, context) for rule in enabled}
    for fact in facts:
        about = ABOUT[type(fact)]
        for rule in enabled:
            if rule.about == about and rule.check is not None:
                sentence = rule.check(fact, context)
                if sentence is not None:
                    yield tellers[rule.key](fact, sentence)


def _in_devices(facts: Iterable[DeviceFact], rules: list[Rule], context: Context) -> Iterator[Found]:
    rules = [rule for rule in rules if rule.about == "device"]
    tellers = {rule.check: _teller(rule, context) for rule in rules}
    dispatch = _Dispatch(rules)
    for fact in facts:
        enrolled = fact.intune_id is not None or fact.open_enrolments > 0
        for check in dispatch[fact.ownership, fact.status, enrolled, fact.kind]:
            sentence = check(fact, context)
            if sentence is not None:
                yield tellers[check](fact, sentence)


def _teller(rule: Rule, context: Context) -> Callable[[Any, str], Found]:
    """What makes a finding of a fact and the sentence of one rule; a first night calls it for every device."""
    key, severity = rule.key, context.severity(rule.key)
    recorded, observed = _evidence_of(rule.about, rule.recorded), _evidence_of(rule.about, rule.observed)
    identity, about, graver = _identity_of(rule.identity), rule.about, rule.graver

    def tell(fact: Any, sentence: str) -> Found:
        return Found(
            rule=key,
            identity=identity(fact),
            organisation=fact.organisation,
            subject_type=about,
            subject_id=fact.id,
            subject=fact.called,
            sentence=sentence,
            severity=severity if graver is None else _worse(severity, graver(fact, context)),
            evidence={"recorded": recorded(fact), "observed": observed(fact)},
        )

    return tell


def _worse(severity: Severity, other: Severity | None) -> Severity:
    return severity if other is None or SEVERITIES.index(severity) <= SEVERITIES.index(other) else other


def _evidence_of(about: str, names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    """What reads the named fields of a fact as JSON; of a personal device without what is not ours to show."""
    read = _values_of(names)
    dated = [name for name in names if name not in _NEVER_DATED[about]]
    hidden = [name for name in names if about == "device" and name in NOT_OF_PERSONAL_DEVICES]

    def evidence(fact: Any) -> dict[str, Any]:
        found = dict(zip(names, read(fact), strict=True))
        for name in dated:
            if isinstance(value := found[name], date):
                found[name] = value.isoformat()
        if hidden and fact.ownership == "personal":
            for name in hidden:
                del found[name]
        return found

    return evidence


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads the named fields of a fact; `attrgetter` gives no tuple of one and knows no none."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda fact: tuple([getattr(fact, name) for name in names])


def _identity_of(names: tuple[str, ...]) -> Callable[[Any], str]:
    """What makes the text by which a finding is known from night to night."""
    if len(names) == 1:
        read = attrgetter(names[0])
        return lambda fact: "" if (value := read(fact)) is None else str(value)
    values = _values_of(names)
    return lambda fact: "|".join(["" if value is None else str(value) for value in values(fact)])


def _merged(clashes: Iterable[Clash]) -> Iterator[Clash]:
    groups: dict[tuple[str, str], list[Clash]] = {}
    for clash in clashes:
        groups.setdefault((clash.identifier, clash.value), []).append(clash)
    for (identifier, value), group in groups.items():
        called = {one: name for clash in group for one, name in zip(clash.intune_ids, _claimants(clash), strict=True)}
        yield Clash(
            identifier=identifier,
            value=value,
            intune_ids=tuple(sorted(called)),
            tenants=tuple(sorted({one for clash in group for one in clash.tenants})),
            organisation=group[0].organisation,
            device_id=next((clash.device_id for clash in group if clash.device_id is not None), None),
            claimants=tuple(called[one] for one in sorted(called)),
            recorded_for=tuple(sorted({one for clash in group for one in clash.recorded_for})),
            device=next((clash.device for clash in group if clash.device is not None), None),
        )


def _claimants(clash: Clash) -> tuple[str, ...]:
    """What its enrolments are called; by the start of their Intune id where nothing else tells them apart."""
    return clash.claimants or tuple(f"record {one[:8]}" for one in clash.intune_ids)


def _of_clash(rule: Rule, clash: Clash, context: Context) -> Found:
    return Found(
        rule=rule.key,
        identity=clash.value,
        organisation=clash.organisation,
        subject_type="device",
        subject_id=clash.device_id,
        subject=clash.device or clash.value,
        sentence=_claim_text(clash),
        severity=context.severity(rule.key),
        evidence={
            "recorded": {RECORDED_FOR: list(clash.recorded_for)},
            "observed": {
                "claimed_by": list(clash.claimants),
                "tenants": list(clash.tenants),
                "intune_ids": list(clash.intune_ids),
            },
        },
    )


def _claim_text(clash: Clash) -> str:
    identifier = f"{CLAIMED[clash.identifier]} {clash.value}"
    where = f" ({list_text(clash.tenants)})" if clash.tenants else ""
    number = len(clash.intune_ids)
    records = f"{number_text(number)} Intune record{'' if number == 1 else 's'}"
    if clash.recorded_for:
        told = f"{identifier} belongs to {_some(clash.recorded_for)}, but Intune{where} also has it on "
    else:
        told = f"{identifier} is on {records}{where}: "
    wrong = "That record was not applied" if number == 1 else "Those records were not applied"
    return f"{told}{_some(clash.claimants)}. {wrong}."


def _some(names: tuple[str, ...]) -> str:
    """All of a few names, the first of many."""
    if len(names) <= NAMED:
        return list_text(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
