"""Rules that a command raises when it sees something, not the nightly look: they have no check of their own."""

from fleet.domain.rules.declaration import Rule
from fleet.domain.stocktake import MISSING_RULE

CONFLICT_RULE = Rule(
    key="import-conflict",
    title="File disagrees",
    severity="medium",
    meaning="A file that was imported says otherwise than the register, which was kept: one of the two is wrong.",
    what_to_do="Ask the person, or look at the device. Correct the register, or acknowledge that the file is wrong.",
    said_by="File",
    identity=("id", "field", "wanted"),
    elsewhere="the register is corrected by the usual steps, or the finding acknowledged because the file is wrong.",
)
"""Raised when a file is applied, for each thing a row says of a device, a person or a number that the register was not
changed for. It goes by itself when both agree."""

RAISED = (MISSING_RULE, CONFLICT_RULE)
RAISED_KEYS = frozenset(rule.key for rule in RAISED)
