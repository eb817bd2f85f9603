"""What configuration may say about rules: `[rules.<key>]` with enabled, severity and the rule's parameters."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, get_args

from fleet.domain.records import Severity
from fleet.domain.rules.catalogue import RULES
from fleet.domain.rules.declaration import Rule
from fleet.errors import ConfigurationProblem

Settings = Mapping[str, Mapping[str, Any]]
LONGEST = 3650
"""The largest number a parameter may be: ten years in days."""


def complete_settings(given: Settings) -> Settings:
    """Every rule's settings: what is given over the defaults.

    Raises `ConfigurationProblem` listing all unknown rules, unknown parameters and wrong values at once.
    """
    problems = [f"there is no rule {key}{_meant(key)}" for key in given if key not in _DEFAULTS]
    for rule in RULES:
        problems += _problems(rule, given.get(rule.key, {}))
    if problems:
        raise ConfigurationProblem("[rules]: " + "; ".join(problems) + ".")
    settings = {key: MappingProxyType({**defaults, **given.get(key, {})}) for key, defaults in _DEFAULTS.items()}
    for key in ("credential-expiring", "token-expiring"):
        steps = settings[key]
        if not steps["high_days"] < steps["medium_days"] < steps["days"]:
            raise ConfigurationProblem(f"[rules]: of {key}, high_days < medium_days < days must hold.")
    if settings["not-seen-30"]["days"] >= settings["not-seen-90"]["days"]:
        raise ConfigurationProblem("[rules]: days of not-seen-30 must be fewer than days of not-seen-90.")
    return MappingProxyType(settings)


def names_in(text: str) -> frozenset[str]:
    """`Social care, Members` as names."""
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def _problems(rule: Rule, given: object) -> list[str]:
    if not isinstance(given, Mapping):
        return [f"rules.{rule.key} must be a table"]
    defaults = _DEFAULTS[rule.key]
    return [
        problem
        for name, value in given.items()
        if (
            problem := f"{rule.key} has no parameter {name} (it has: {', '.join(defaults)})"
            if name not in defaults
            else _wrong(f"{rule.key}.{name}", name, value, defaults[name])
        )
    ]


def _wrong(where: str, name: str, value: object, default: object) -> str | None:
    if name == "severity":
        return None if value in get_args(Severity) else f"{where} must be one of {', '.join(get_args(Severity))}"
    if isinstance(default, bool):
        return None if isinstance(value, bool) else f"{where} must be true or false"
    if isinstance(default, int):
        whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST
        return None if whole else f"{where} must be a whole number from 0 to {LONGEST}"
    if not isinstance(value, str):
        return f"{where} must be text"
    return _wrong_pattern(where, value) if name == "pattern" else None


def _wrong_pattern(where: str, value: str) -> str | None:
    try:
        re.compile(value)
    except re.error as error:
        return f"{where} is no regular expression: {error}"
    return None


def _meant(key: str) -> str:
    close = get_close_matches(str(key), _DEFAULTS, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    rule.key: {"enabled": rule.enabled, "severity": rule.severity, **rule.parameters} for rule in RULES
}
