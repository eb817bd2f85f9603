"""Runs the rules over a fleet: each device meets only the rules that can concern it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from fleet.domain.facts import Clash, DeviceFact, Found
from fleet.domain.rules.catalogue import RULES
from fleet.domain.rules.context import Context
from fleet.domain.rules.declaration import Check, Rule
from fleet.domain.rules.wording import list_text

NOT_OF_PERSONAL_DEVICES = frozenset({"imei", "iccid_seen"})
"""A person's SIM and IMEI stay out of findings about their own device."""
CLAIMED = {"serial": "Serial number", "imei": "IMEI"}

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


def _in_devices(facts: Iterable[DeviceFact], rules: list[Rule], context: Context) -> Iterator[Found]:
    tellers = {rule.check: _teller(rule, context) for rule in rules}
    dispatch = _Dispatch(rules)
    for fact in facts:
        enrolled = fact.intune_id is not None or fact.open_enrolments > 0
        for check in dispatch[fact.ownership, fact.status, enrolled, fact.kind]:
            sentence = check(fact, context)
            if sentence is not None:
                yield tellers[check](fact, sentence)


def _teller(rule: Rule, context: Context) -> Callable[[DeviceFact, str], Found]:
    """What makes a finding of a fact and the sentence of one rule; a first night calls it for every device."""
    key, severity = rule.key, context.severity(rule.key)
    recorded, observed = _evidence_of(rule.recorded), _evidence_of(rule.observed)

    def tell(fact: DeviceFact, sentence: str) -> Found:
        return Found(
            rule=key,
            identity="|".join(["" if (value := getattr(fact, name)) is None else str(value) for name in rule.identity]),
            organisation=fact.organisation,
            subject_type="device",
            subject_id=fact.id,
            subject=fact.asset_tag or fact.serial or fact.intune_id or f"device {fact.id}",
            sentence=sentence,
            severity=severity,
            evidence={"recorded": recorded(fact), "observed": observed(fact)},
        )

    return tell


def _evidence_of(names: tuple[str, ...]) -> Callable[[DeviceFact], dict[str, Any]]:
    """What reads the named fields of a fact as JSON; of a personal device without what is not ours to show."""

    def evidence(fact: DeviceFact) -> dict[str, Any]:
        found = {name: value.isoformat() if isinstance(value := getattr(fact, name), date) else value for name in names}
        if fact.ownership == "personal":
            for name in NOT_OF_PERSONAL_DEVICES:
                found.pop(name, None)
        return found

    return evidence


def _merged(clashes: Iterable[Clash]) -> Iterator[Clash]:
    groups: dict[tuple[str, str], list[Clash]] = {}
    for clash in clashes:
        groups.setdefault((clash.identifier, clash.value), []).append(clash)
    for (identifier, value), group in groups.items():
        yield Clash(
            identifier=identifier,
            value=value,
            intune_ids=tuple(sorted({one for clash in group for one in clash.intune_ids})),
            tenants=tuple(sorted({one for clash in group for one in clash.tenants})),
            organisation=group[0].organisation,
            device_id=next((clash.device_id for clash in group if clash.device_id is not None), None),
        )


def _of_clash(rule: Rule, clash: Clash, context: Context) -> Found:
    where = f" in {list_text(clash.tenants)}" if clash.tenants else ""
    number = len(clash.intune_ids)
    records = f"{number} Intune record{'' if number == 1 else 's'}"
    claimed = f"{CLAIMED[clash.identifier]} {clash.value} is claimed by {records}"
    return Found(
        rule=rule.key,
        identity=clash.value,
        organisation=clash.organisation,
        subject_type="device",
        subject_id=clash.device_id,
        subject=clash.value,
        sentence=f"{claimed}{where}; none of them was applied.",
        severity=context.severity(rule.key),
        evidence={
            "recorded": {"device_id": clash.device_id},
            "observed": {"intune_ids": list(clash.intune_ids), "tenants": list(clash.tenants)},
        },
    )
