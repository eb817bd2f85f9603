"""Actions, fields and changes told in words: one place for history, cards and plans."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from fleet.clock import london_text
from fleet.domain.lifecycle import LABELS

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "byod.request": "Requested an own device",
        "byod.approve": "Approved own devices",
        "byod.refuse": "Refused own devices",
        "byod.consent": "Took consents",
        "byod.enrol": "Linked enrolments",
        "byod.end": "Ended registrations",
        "configuration": "Took over the configuration",
        "demo.load": "Loaded the register",
        "sync": "Synced from Intune",
        "sync.apple": "Read from Apple Business Manager",
        "import": "Imported a file",
        "import.mapping": "Said what columns of files mean",
        "onboard": "Took a joining council in",
        "device.issue": "Issued",
        "device.return": "Returned",
        "device.swap": "Swapped",
        "device.transfer": "Passed on",
        "device.extend": "Extended the loan",
        "device.move": "Changed the status",
        "device.register": "Registered",
        "device.receive": "Received a delivery",
        "disclosure": "Wrote names of people into a report",
        "finding.acknowledge": "Acknowledged findings",
        "finding.assign": "Assigned findings",
        "finding.fix": "Settled findings",
        "finding.snooze": "Put findings away",
        "incident.open": "Reported",
        "incident.step": "Noted a step",
        "incident.close": "Closed the incident",
        "remote.ask": "Asked Intune for",
        "remote.cancel": "Took back what was asked of Intune",
        "remote.confirm": "Confirmed for Intune",
        "remote.result": "Intune says",
        "remote.reveal": "Was shown what a device sent back",
        "remote.send": "Sent to Intune",
        "remote.settle": "Settled by hand",
        "receipt.make": "Made a receipt",
        "receipt.accept": "Accepted a receipt",
        "receipt.withdraw": "Took the draft of a receipt away",
        "receipt.text": "Set the text that people sign",
        "person.erase": "Erased a person",
        "person.team": "Moved to another team",
        "operator": "Changed who may use the register",
        "report.again": "Had a report sent again",
        "report.deliver": "Delivered a report",
        "reservation.cancel": "Cancelled the reservation",
        "reservation.make": "Reserved",
        "stocktake.close": "Closed a stocktake",
        "stocktake.open": "Opened a stocktake",
        "stocktake.scan": "Scanned for a stocktake",
        "undo": "Undone",
    }
)
"""What was done, by the event's action."""

SUBJECTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "assignment": ("assignment", "assignments"),
        "assignment_item": ("accessory", "accessories"),
        "byod_registration": ("BYOD registration", "BYOD registrations"),
        "delivery": ("delivery", "deliveries"),
        "device": ("device", "devices"),
        "device_model": ("model", "models"),
        "enrolment": ("enrolment", "enrolments"),
        "finding": ("finding", "findings"),
        "app_device": ("own device with work apps", "own devices with work apps"),
        "apple_listing": ("device on Apple's list", "devices on Apple's list"),
        "apple_source": ("list from Apple", "lists from Apple"),
        "import_mapping": ("meaning of columns", "meanings of columns"),
        "incident": ("incident", "incidents"),
        "incident_step": ("step of an incident", "steps of incidents"),
        "line": ("line", "lines"),
        "organisation": ("organisation", "organisations"),
        "person": ("person", "people"),
        "purchase": ("purchase", "purchases"),
        "receipt": ("receipt", "receipts"),
        "receipt_text": ("text that people sign", "texts that people sign"),
        "remote_order": ("remote action", "remote actions"),
        "reservation": ("reservation", "reservations"),
        "portal_action": ("action in the Intune portal", "actions in the Intune portal"),
        "service_token": ("token", "tokens"),
        "sim": ("SIM", "SIMs"),
        "site": ("site", "sites"),
        "stocktake": ("stocktake", "stocktakes"),
        "stocktake_expected": ("expected device", "expected devices"),
        "stocktake_scan": ("scan", "scans"),
        "team": ("team", "teams"),
        "tenant": ("tenant", "tenants"),
    }
)
"""Table -> singular and plural as people say them."""

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "os_version": "OS version",
        "imei": "IMEI",
        "imei2": "second IMEI",
        "eid": "EID",
        "iccid": "ICCID",
        "udid": "UDID",
        "upn": "enrolling user",
        "wifi_mac": "Wi-Fi address",
        "ethernet_mac": "MAC address",
        "monthly_pence": "cost a month",
        "billed_on": "newest bill",
        "network_seen_on": "seen on the network",
        "model_id": "model",
        "site_id": "site",
        "team_id": "team",
        "person_id": "person",
        "device_id": "device",
        "manager_id": "manager",
        "organisation_id": "organisation",
        "tenant_id": "tenant",
        "purchase_id": "order",
        "delivery_id": "delivery",
        "sim_id": "SIM",
        "line_id": "line",
        "assignment_id": "belongs to",
        "incident_id": "incident",
        "stocktake_id": "stocktake",
        "receipt_id": "receipt",
        "return_receipt_id": "receipt of return",
        "entra_id": "Entra id",
        "price_pence": "price",
        "holder_upn": "holder",
        "holder_left_on": "holder left on",
        "enrolled_upn": "enrolled by",
        "enrolment_ownership": "ownership in Intune",
        "apple_server": "MDM server",
        "apple_status": "state with Apple",
        "added_on": "on the list since",
        "ordered_on": "ordered on",
        "coverage": "cover",
        "coverage_until": "covered until",
        "expires_on": "ends on",
        "synced_at": "last brought something in",
        "person_state": "owner",
        "iccid_seen": "SIM seen",
        "iccid_recorded_as": "SIM recorded in",
        "recorded_for": "belongs to",
        "intune_ids": "Intune ids",
        "byod_state": "BYOD registration",
        "byod_consent_until": "consent until",
        "said_kind": "kind as its owner says",
        "said_model": "model as its owner says",
        "said_os": "OS version as its owner says",
        "terms_version": "terms",
    }
)
"""Field -> label, where the name itself does not read well."""


def counted(number: int, one: str) -> str:
    """`1 event`, `2,000 events`: a number with its word, where that takes an `s`."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def action_label(action: str) -> str:
    """An action in words; an unknown one as it is."""
    return ACTIONS.get(action, action)


def subject_label(subject: str, number: int = 1) -> str:
    """`1 device`, `2 devices`."""
    singular, plural = SUBJECTS.get(subject, (subject, subject + "s"))
    return singular if number == 1 else plural


def field_label(name: str) -> str:
    """A field in words."""
    return FIELDS.get(name, name.replace("_", " "))


def value_text(name: str, value: Any) -> str:
    """A stored value as people read it; `nothing` for none."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "status" and isinstance(value, str):
        return LABELS.get(value, value).lower()
    if name.endswith("_pence"):
        return f"£{int(value) / 100:,.2f}"
    if isinstance(value, datetime):
        return london_text(value)
    if isinstance(value, date):
        return day_text(value)
    if name == "columns" and isinstance(value, dict):
        return _columns_text(value)
    if isinstance(value, str) and name.endswith(("_at", "_seen", "_until", "_on", "_since")):
        return _moment_text(value)
    return str(value)


def _columns_text(said: Mapping[str, Any]) -> str:
    """What was said of a file's columns."""
    return ", ".join(f"{header} is {field or 'not read'}" for header, field in said.items()) or "nothing"


def reading_text(file: Mapping[str, Any]) -> str:
    """How an import read a file, of what its run keeps: its sheet, its headers, and what they were taken for."""
    sheet = f"sheet {file['sheet']}, " if file.get("sheet") else ""
    row = f"headers in row {file['header_row']}: " if file.get("header_row") else ""
    return f"{sheet}{row}{_columns_text(file.get('columns') or {})}"


def day_text(day: date) -> str:
    """`12 Nov 2026`."""
    return f"{day.day} {day:%b %Y}"


def change_text(name: str, before: Any, after: Any) -> str:
    """`OS version: 26.1 → 26.2`."""
    return f"{field_label(name)}: {value_text(name, before)} → {value_text(name, after)}"


def _moment_text(value: str) -> str:
    """History keeps moments and days as ISO text."""
    try:
        return london_text(datetime.fromisoformat(value)) if "T" in value else day_text(date.fromisoformat(value))
    except ValueError:
        return value
