"""What every rule may ask besides the device: the time, the thresholds, the support table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from fleet.clock import london_date
from fleet.domain.os_support import Branch, SupportTable, Verdict
from fleet.domain.records import Severity
from fleet.domain.rules.settings import Settings, complete_settings, names_in


class Verdicts(dict[tuple[str | None, str | None], Verdict]):
    """The support table's judgement by (model, version), made once for each pair a fleet has."""

    def __init__(self, support: SupportTable, today: date) -> None:
        super().__init__()
        self._support = support
        self._today = today

    def __missing__(self, pair: tuple[str | None, str | None]) -> Verdict:
        verdict = self[pair] = self._support.verdict(*pair, self._today)
        return verdict


class Updates(dict[tuple[str | None, str | None], Branch | None]):
    """The version that a (model, version) lacks for longer than allowed, looked up once for each pair a fleet has."""

    def __init__(self, support: SupportTable, today: date, days: int) -> None:
        super().__init__()
        self._support, self._today, self._days = support, today, timedelta(days=days)

    def __missing__(self, pair: tuple[str | None, str | None]) -> Branch | None:
        lacks = self._support.update_since(*pair, self._today)
        late = lacks is not None and lacks.released is not None and lacks.released + self._days < self._today
        self[pair] = lacks if late else None
        return self[pair]


@dataclass(frozen=True)
class Context:
    """One night's surroundings. Thresholds are computed here, once, and only compared per device."""

    now: datetime
    today: date
    """The London day of `now`."""
    parameters: Settings = field(default_factory=dict)
    """By rule: its parameters, `enabled` and `severity`. What is left out takes its default."""
    support: SupportTable = field(default_factory=SupportTable.load)
    verdicts: Verdicts = field(init=False, repr=False, compare=False)
    updates: Updates = field(init=False, repr=False, compare=False)
    days_30: int = field(init=False)
    days_90: int = field(init=False)
    silent_30: datetime = field(init=False)
    """Last seen at this moment or earlier is a month's silence."""
    silent_90: datetime | None = field(init=False)
    """None when the rule not-seen-90 is off, so that not-seen-30 has no upper end."""
    grace_before: datetime = field(init=False)
    """A grace period that ended before this moment is over."""
    enrolled_by: date = field(init=False)
    """A device issued before this day should be enrolled."""
    consent_before: date = field(init=False)
    missing_runs: int = field(init=False)
    warranty_by: date = field(init=False)
    """A warranty that ends by this day is ending."""
    cover_by: date = field(init=False)
    """AppleCare that ends by this day is ending."""
    name_rule: re.Pattern[str] | None = field(init=False, repr=False, compare=False)
    """None while no rule for device names is set."""
    categories: frozenset[str] = field(init=False)
    """Empty while none are named."""

    def __post_init__(self) -> None:
        settings = complete_settings(self.parameters)
        days_30, days_90 = settings["not-seen-30"]["days"], settings["not-seen-90"]["days"]
        quarter = settings["not-seen-90"]["enabled"]
        computed = {
            "parameters": settings,
            "verdicts": Verdicts(self.support, self.today),
            "days_30": days_30,
            "days_90": days_90,
            "silent_30": self.now - timedelta(days=days_30),
            "silent_90": self.now - timedelta(days=days_90) if quarter else None,
            "grace_before": self.now - timedelta(days=settings["noncompliant"]["grace_days"]),
            "enrolled_by": self.today - timedelta(days=settings["issued-not-enrolled"]["days"]),
            "consent_before": self.today - timedelta(days=settings["byod-consent-expired"]["grace_days"]),
            "missing_runs": settings["vanished"]["runs"],
            "updates": Updates(self.support, self.today, settings["update-overdue"]["days"]),
            "warranty_by": self.today + timedelta(days=settings["warranty-ending"]["days"]),
            "cover_by": self.today + timedelta(days=settings["applecare-ending"]["days"]),
            "name_rule": re.compile(pattern) if (pattern := settings["device-name"]["pattern"]) else None,
            "categories": names_in(settings["category-wrong"]["allowed"]),
        }
        for name, value in computed.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_config(
        cls, config_rules: Mapping[str, Mapping[str, Any]], now: datetime, support: SupportTable | None = None
    ) -> "Context":
        """The context of a run from `[rules.<key>]` of the configuration.

        A support table named there is read unless the caller passes one. Raises `ConfigurationProblem` listing
        all that is wrong.
        """
        settings = complete_settings(config_rules)
        table = settings["os-unsupported"]["table"]
        if support is None:
            support = SupportTable.load(Path(table) if table else None)
        return cls(now=now, today=london_date(now), parameters=settings, support=support)

    def enabled(self, rule: str) -> bool:
        """Say whether a rule is switched on."""
        return bool(self.parameters[rule]["enabled"])

    def severity(self, rule: str) -> Severity:
        """How bad a finding of that rule is here."""
        severity: Severity = self.parameters[rule]["severity"]
        return severity
