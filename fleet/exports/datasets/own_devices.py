"""Personal devices with the leave to use them for work."""

from collections.abc import Callable, Iterator, Mapping

from fleet.domain.byod import SOON
from fleet.domain.fields import Field
from fleet.domain.fields.devices import KINDS
from fleet.domain.fields.field import from_words
from fleet.exports.datasets.dataset import Dataset, catalogue, derived
from fleet.exports.material import Material
from fleet.queries.reports.own_devices import OwnDeviceRow, own_devices

STATES = {
    "requested": "Requested",
    "approved": "Approved",
    "enrolled": "Enrolled",
    "ended": "Ended",
    "refused": "Refused",
    "unapproved": "Not approved",
}
CONSENT = ("Valid", "Ends within 30 days", "Expired", "None")


def _fields(material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("person", "Person", "text", 24, "Whose device it is.", personal="name"),
        derived("state", "State", "word", 12, "How far it has come.", words=from_words(STATES)),
        derived("consent", "Consent", "text", 19, "Whether the person's consent still holds.", _consent(material)),
        derived("consent_until", "Consent until", "date", 15, "When it ends."),
        derived("consent_on", "Consent given", "date", 13, "When it was given."),
        derived("terms_version", "Terms", "identifier", 10, "The version of the terms that were agreed to."),
        derived("requested_on", "Requested on", "date", 13, "When it was asked for."),
        derived("approved_by", "Approved by", "text", 22, "Who allowed it.", personal="name"),
        derived("approved_on", "Approved on", "date", 13, "When it was allowed."),
        derived("organisation", "Organisation", "text", 16, "The council or body."),
        derived("team", "Team", "text", 24, "The person's team."),
        derived("kind", "Kind", "word", 10, "iPad, iPhone or other.", words=from_words(KINDS)),
        derived("model", "Model", "text", 27, "The maker's name for it."),
        derived("os_version", "OS version", "identifier", 11, "As it reported."),
        derived("enrolled", "In Intune", "boolean", 9, "Whether it is enrolled now."),
        derived("apps_only", "Apps only", "boolean", 9, "Whether work apps are on it that is not enrolled."),
        derived("ended_on", "Ended on", "date", 13, "When the leave ended."),
        derived("person_id", "Person number", "identifier", 9, "The register's own number for the person."),
        derived("device_id", "Device number", "identifier", 9, "The register's own number for the device."),
        derived(
            "id",
            "Registration number",
            "identifier",
            12,
            "The register's own number for it.",
            lambda row: row.id if row.id > 0 else None,
        ),
    )


def _consent(material: Material) -> Callable[[OwnDeviceRow], str]:
    day = material.question.day

    def read(row: OwnDeviceRow) -> str:
        if row.consent_until is None or row.state in ("ended", "refused", "requested", "unapproved"):
            return CONSENT[3]
        left = (row.consent_until - day).days
        return CONSENT[2] if left < 0 else CONSENT[1] if left <= SOON else CONSENT[0]

    return read


def _read(material: Material) -> Iterator[OwnDeviceRow]:
    question = material.question
    rows = own_devices(material.session, question.day, past=question.past)
    return (row for row in rows if material.covers(row.organisation) and material.within(row.device_id))


OWN_DEVICES = Dataset(_fields, _read)
