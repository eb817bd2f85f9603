"""Runs the rules over a fleet: each device meets only the rules that can concern it."""

from collections.abc import Iterable, Iterator
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
    by_check = {rule.check: rule for rule in rules}
    dispatch = _Dispatch(rules)
    for fact in facts:
        enrolled = fact.intune_id is not None or fact.open_enrolments > 0
        for check in dispatch[fact.ownership, fact.status, enrolled, fact.kind]:
            sentence = check(fact, context)
            if sentence is not None:
                yield _of_device(by_check[check], fact, sentence, context)


def _of_device(rule: Rule, fact: DeviceFact, sentence: str, context: Context) -> Found:
    return Found(
        rule=rule.key,
        identity="|".join("" if (value := getattr(fact, name)) is None else str(value) for name in rule.identity),
        organisation=fact.organisation,
        subject_type="device",
        subject_id=fact.id,
        subject=fact.asset_tag or fact.serial or fact.intune_id or f"device {fact.id}",
        sentence=sentence,
        severity=context.severity(rule.key),
        evidence={"recorded": _evidence(fact, rule.recorded), "observed": _evidence(fact, rule.observed)},
    )


def _evidence(fact: DeviceFact, names: tuple[str, ...]) -> dict[str, Any]:
    hidden = NOT_OF_PERSONAL_DEVICES if fact.ownership == "personal" else frozenset()
    return {name: _json(getattr(fact, name)) for name in names if name not in hidden}


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


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
    claimed = f"{CLAIMED[clash.identifier]} {clash.value} is claimed by {len(clash.intune_ids)} Intune records"
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
