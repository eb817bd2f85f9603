"""Fields of a person's line in a list."""

from fleet.domain.fields.field import Field, Source, from_words

_HR: frozenset[Source] = frozenset({"hr", "intune"})
"""The personnel system, or the directory that it feeds."""
_STAFF_TOO: frozenset[Source] = frozenset({"staff", "hr", "intune"})
_STATES = {"starter": "Starter", "active": "Active", "long_leave": "On long leave", "left": "Left"}

_ROW = (
    Field("name", "Name", "text", 24, 1, _STAFF_TOO, "What the person is called.", personal="name"),
    Field("upn", "UPN", "text", 34, 9, _HR, "The sign-in name.", personal="hidden"),
    Field("organisation", "Organisation", "text", 16, 7, _STAFF_TOO, "The council or body that employs the person."),
    Field("job_title", "Job title", "text", 24, 5, _HR, "What the person does."),
    Field("team", "Team", "text", 24, 4, _STAFF_TOO, "The service area, with its cost code."),
    Field("site", "Site", "text", 22, 6, _STAFF_TOO, "Where the person works."),
    Field("state", "State", "word", 13, 3, _STAFF_TOO, "Starter, active, on long leave or left.", from_words(_STATES)),
    Field("manager", "Manager", "text", 24, 8, _HR, "Whom to ask.", personal="name"),
    Field("devices_held", "Devices held", "integer", 8, 2, frozenset(), "How many devices the person has."),
    Field("left_on", "Left on", "date", 12, 6, _STAFF_TOO, "The last day of work."),
    Field("email", "E-mail", "text", 34, 10, _HR, "Where the person is written to.", personal="hidden"),
    Field("id", "Person number", "identifier", 9, 11, frozenset(), "The register's own number for the person."),
)

PERSON_FIELDS = {field.key: field for field in _ROW}
"""Every field of `PersonRow`."""
