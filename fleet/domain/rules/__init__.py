"""The reconciliation rules: what counts as a discrepancy, why it matters, and what to do about it."""

from fleet.domain.rules.catalogue import RULES, rule
from fleet.domain.rules.context import Context
from fleet.domain.rules.declaration import Rule, Scope
from fleet.domain.rules.engine import find_all, find_beside
from fleet.domain.rules.security import os_unknown

__all__ = ["RULES", "Context", "Rule", "Scope", "find_all", "find_beside", "os_unknown", "rule"]
