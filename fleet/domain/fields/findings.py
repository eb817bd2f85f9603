"""Fields of a finding's line in a list. The rules write them all; people decide about the state."""

from fleet.domain.fields.field import Field, Source, from_words

_RULES: frozenset[Source] = frozenset()
_STAFF: frozenset[Source] = frozenset({"staff"})
_STATES = {"open": "Open", "acknowledged": "Acknowledged", "snoozed": "Put away", "fixed": "Fixed"}
_SUBJECTS = {"device": "Device", "person": "Person"}

_ROW = (
    Field("severity", "Severity", "word", 10, 2, _RULES, "How much it matters: high, medium or low."),
    Field("title", "What is wrong", "text", 36, 3, _RULES, "The kind of discrepancy."),
    Field("subject", "Subject", "identifier", 20, 1, _RULES, "What people call the thing it is about.",
          personal="prose"),
    Field("sentence", "In words", "text", 70, 4, _RULES, "What was found.", personal="prose"),
    Field("organisation", "Organisation", "text", 16, 6, _RULES, "Whose thing it is about."),
    Field("state", "State", "word", 13, 5, _STAFF, "Open, acknowledged or put away.", from_words(_STATES)),
    Field("first_seen", "First seen", "moment", 17, 7, _RULES, "When it was first found, by London's clock."),
    Field("last_seen", "Last seen", "moment", 17, 8, _RULES, "When it was last found, by London's clock."),
    Field("times_seen", "Times seen", "integer", 8, 9, _RULES, "On how many nights it was found; several syncs of a day are one."),
    Field("rule", "Rule", "identifier", 24, 10, _RULES, "The rule that found it."),
    Field("assigned_to", "Assigned to", "identifier", 16, 9, _STAFF, "The operator who looks after it."),
    Field("subject_type", "Kind of subject", "word", 12, 11, _RULES, "What sort of thing it is about.",
          from_words(_SUBJECTS)),
    Field("subject_id", "Device number", "identifier", 9, 11, _RULES, "The register's own number for the thing."),
    Field("id", "Finding number", "identifier", 9, 11, _RULES, "The register's own number for the finding."),
)  # fmt: skip

FINDING_FIELDS = {field.key: field for field in _ROW}
"""Every field of `FindingRow`."""
