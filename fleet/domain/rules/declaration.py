"""How a rule is declared: as data with one small pure function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from fleet.domain.records import Severity
from fleet.domain.rules.fixes import Fix

if TYPE_CHECKING:
    from fleet.domain.rules.context import Context

APPLE = frozenset({"ipad", "iphone"})


Check = Callable[[Any, "Context"], str | None]
"""The sentence for a technician when the rule finds the fact, None when all is well."""
Graver = Callable[[Any, "Context"], Severity | None]
"""How bad it is where that may be worse than the rule's severity; None when it is not."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which devices a rule looks at; a device outside never meets the rule's function. None is `any`."""

    ownership: str | None = None
    statuses: frozenset[str] | None = None
    not_statuses: frozenset[str] = frozenset()
    enrolled: bool | None = None
    """Whether the device must have (or must not have) an open enrolment."""
    kinds: frozenset[str] | None = None

    def covers(self, ownership: str, status: str, enrolled: bool, kind: str) -> bool:
        """Say whether a device of this description is looked at."""
        return (
            (self.ownership is None or self.ownership == ownership)
            and (self.statuses is None or status in self.statuses)
            and status not in self.not_statuses
            and (self.enrolled is None or self.enrolled == enrolled)
            and (self.kinds is None or kind in self.kinds)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of discrepancy."""

    key: str
    title: str
    severity: Severity
    meaning: str
    """Why it matters, for someone who sees it for the first time."""
    what_to_do: str
    identity: tuple[str, ...]
    """Names of the fields whose values make two findings the same from night to night."""
    about: Literal["device", "sim", "tenant", "listing", "token", "app_device"] = "device"
    """The kind of fact that its functions are given."""
    graver: Graver | None = None
    check: Check | None = None
    """None for a rule about clashes of identifiers."""
    applies_to: Scope = Scope()
    recorded: tuple[str, ...] = ()
    """Fields shown as evidence of what the register holds."""
    observed: tuple[str, ...] = ()
    """Fields shown as evidence of what the source says."""
    said_by: str = "Intune"
    """The source that says so."""
    clash: str | None = None
    """The identifier whose clashes this rule reports."""
    parameters: Mapping[str, int | str] = field(default_factory=lambda: MappingProxyType({}))
    """What configuration may set, with defaults. Every rule also takes `enabled` and `severity`."""
    enabled: bool = True
    fixes: tuple[Fix, ...] = ()
    """What settles it in the register; the first is the one that is suggested."""
    orders: tuple[Fix, ...] = ()
    """What Intune can be asked to do about it, through the outbox; chosen by name, never suggested by itself."""
    elsewhere: str = ""
    """Where nothing can be applied here: what it takes, in Intune or with a person."""

    @property
    def suggestion(self) -> str:
        """What to do about it in one line."""
        return self.fixes[0].title if self.fixes else f"Nothing to apply here: {self.elsewhere}"
