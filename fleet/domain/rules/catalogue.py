"""All rules, by subject."""

from fleet.domain.rules import custody, enrolment, identity, keeping, own_devices, security, sources
from fleet.domain.rules.declaration import Rule
from fleet.errors import NotFound

RULES: tuple[Rule, ...] = (
    *custody.RULES,
    *enrolment.RULES,
    *security.RULES,
    *own_devices.RULES,
    *identity.RULES,
    *keeping.RULES,
    *sources.RULES,
)

_BY_KEY = {rule.key: rule for rule in RULES}


def rule(key: str) -> Rule:
    """The rule of that key; raises `NotFound` naming those that exist."""
    try:
        return _BY_KEY[key]
    except KeyError:
        raise NotFound(
            f"There is no rule {key}. The rules are: {', '.join(_BY_KEY)}.", nearest=tuple(_BY_KEY)
        ) from None
