"""What config.toml says of own devices: which terms are accepted now, and for how long a consent holds."""

from dataclasses import dataclass

MONTHS = 12
MOST_MONTHS = 60


@dataclass(frozen=True, slots=True)
class ByodRules:
    """`[byod]` of config.toml."""

    terms: str | None = None
    """The version of the terms that are accepted now; None: it is said each time."""
    months: int = MONTHS
    """For so many months a consent holds, from the day it is given."""


def byod_rules(table: object, problems: list[str]) -> ByodRules:
    """The table `[byod]`; what is wrong with it is added to `problems`."""
    if not isinstance(table, dict):
        problems.append("[byod] must be a table")
        return ByodRules()
    wrong = [f"[byod] has an unknown setting {name}" for name in table if name not in ByodRules.__dataclass_fields__]
    terms, months = table.get("terms"), table.get("months", MONTHS)
    if terms is not None and (not isinstance(terms, str) or not terms.strip() or not terms.isprintable()):
        wrong.append("[byod] terms must be text in one line")
    if type(months) is not int or not 1 <= months <= MOST_MONTHS:
        wrong.append(f"[byod] months must be a whole number from 1 to {MOST_MONTHS}")
    problems += wrong
    return ByodRules() if wrong else ByodRules(terms, months)
