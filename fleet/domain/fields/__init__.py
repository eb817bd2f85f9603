"""The field catalogue: key, label, kind, who may set it, how it prints. Who may write the OS version? Look here."""

from fleet.domain.fields.devices import DEVICE_FIELDS, ENROLMENT_FIELDS, RECORDED_DEVICE_FIELDS
from fleet.domain.fields.field import CellValue, Field, Kind, Personal, Source, day_text, money_text
from fleet.domain.fields.findings import FINDING_FIELDS
from fleet.domain.fields.people import PERSON_FIELDS

__all__ = [
    "DEVICE_FIELDS",
    "ENROLMENT_FIELDS",
    "FINDING_FIELDS",
    "PERSON_FIELDS",
    "RECORDED_DEVICE_FIELDS",
    "CellValue",
    "Field",
    "Kind",
    "Personal",
    "Source",
    "day_text",
    "money_text",
]
