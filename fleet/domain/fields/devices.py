"""Fields of a device: of its line in a list, of the device as recorded, and of its enrolment as Intune says."""

from fleet.domain.fields.field import Field, Source, from_words, gigabytes
from fleet.domain.lifecycle import LABELS

KINDS = {"ipad": "iPad", "iphone": "iPhone", "thin_client": "Thin client", "other": "Other"}
OWNERSHIPS = {"organisation": "Organisation", "personal": "Personal"}
COMPLIANCE = {
    "compliant": "Compliant",
    "noncompliant": "Not compliant",
    "inGracePeriod": "In grace period",
    "configManager": "Managed elsewhere",
}

STAFF: frozenset[Source] = frozenset({"staff"})
INTUNE: frozenset[Source] = frozenset({"intune"})
NOBODY: frozenset[Source] = frozenset()
BOTH: frozenset[Source] = frozenset({"staff", "intune"})
"""Staff decide; Intune may fill a blank, or describe a device it alone knows."""
BOUGHT: frozenset[Source] = frozenset({"staff", "apple"})
"""Staff, or Apple's list of what was bought."""


def _in_pairs(address: str) -> str:
    """A MAC address as labels print it, which no spreadsheet takes for a number: `00:E0:C5:40:0B:9A`."""
    return ":".join(address[at : at + 2] for at in range(0, len(address), 2))


_ROW = (
    Field("organisation", "Organisation", "text", 16, 10, STAFF, "The council or body that owns the device."),
    Field("asset_tag", "Asset tag", "identifier", 11, 1, STAFF, "The number on the council's label."),
    Field("kind", "Kind", "word", 10, 9, BOTH, "iPad, iPhone, thin client or other.", from_words(KINDS)),
    Field("model", "Model", "text", 27, 4, BOTH, "The maker's name for it, with its generation."),
    Field("serial", "Serial number", "identifier", 16, 7, BOTH | BOUGHT, "The maker's serial number: it is the device."),
    Field("status", "Status", "word", 12, 2, STAFF, "Where the device is in its life.", from_words(LABELS)),
    Field("holder", "Holder", "text", 24, 3, STAFF, "The person who has it, or the site or team that shares it.",
          personal="name"),
    Field("team", "Team", "text", 24, 8, STAFF, "The team of the holder, else of the device."),
    Field("site", "Site", "text", 22, 8, STAFF, "Where it is kept or shared."),
    Field("os_version", "OS version", "identifier", 11, 11, INTUNE, "The version of iOS or iPadOS that runs on it."),
    Field("compliance", "Compliance", "word", 14, 12, INTUNE, "Whether Intune finds the council's rules kept.",
          from_words(COMPLIANCE)),
    Field("last_seen", "Last check-in", "moment", 22, 6, INTUNE, "When it last spoke to Intune, by London's clock."),
    Field("due_on", "Due back", "date", 15, 5, STAFF, "When a loan is to be returned."),
    Field("open_findings", "Open findings", "integer", 9, 5, NOBODY, "Discrepancies that wait for a decision."),
    Field("issued_on", "Issued on", "date", 12, 13, STAFF, "Since when the holder has it."),
    Field("holder_upn", "Holder UPN", "text", 34, 14, STAFF, "The holder's sign-in name.", personal="hidden"),
    Field("phone_number", "Phone number", "identifier", 15, 15, BOTH, "The number of the line in it.",
          personal="hidden"),
    Field("imei", "IMEI", "identifier", 17, 15, BOTH | BOUGHT, "The number of its mobile radio."),
    Field("iccid", "ICCID", "identifier", 22, 17, BOTH, "The number of the SIM in it."),
    Field("ethernet_mac", "MAC address", "identifier", 19, 19, STAFF, "The address of a thin client's network port.",
          _in_pairs),
    Field("cost_code", "Cost code", "identifier", 11, 16, STAFF, "Which budget pays for it."),
    Field("purchased_on", "Purchase date", "date", 14, 18, BOUGHT, "When it was ordered."),
    Field("price_pence", "Price (£)", "money", 11, 18, STAFF, "What it cost, without VAT."),
    Field("warranty_until", "Warranty until", "date", 14, 18, BOUGHT, "The last day of the maker's warranty."),
    Field("ownership", "Ownership", "word", 13, 16, BOTH, "Bought by the organisation, or somebody's own.",
          from_words(OWNERSHIPS)),
    Field("device_name", "Device name", "text", 22, 19, INTUNE, "What the device calls itself.", personal="hidden"),
    Field("supervised", "Supervised", "boolean", 11, 19, INTUNE, "Whether the council controls it in full."),
    Field("encrypted", "Encrypted", "boolean", 10, 19, INTUNE, "Whether its storage is encrypted."),
    Field("enrolled_at", "Enrolled", "moment", 17, 19, INTUNE, "When it was enrolled in Intune, by London's clock."),
    Field("enrolled_upn", "Enrolled user", "text", 34, 19, INTUNE, "The sign-in name it was enrolled with.",
          personal="hidden"),
    Field("tenant", "Tenant", "text", 13, 20, INTUNE, "The Microsoft tenant that manages it."),
    Field("id", "Device number", "identifier", 9, 20, NOBODY, "The register's own number for it."),
)  # fmt: skip

DEVICE_FIELDS = {field.key: field for field in _ROW}
"""Every field of `DeviceRow` that people see, in the order of a list."""

_RECORDED = (
    *(DEVICE_FIELDS[key] for key in (
        "kind", "ownership", "status", "serial", "imei", "asset_tag", "cost_code", "purchased_on", "price_pence",
        "warranty_until", "ethernet_mac",
    )),
    Field("status_since", "Status since", "date", 12, 5, STAFF, "When the status last changed."),
    Field("model_id", "Model", "text", 27, 4, BOTH, "The maker's name for it, with its generation."),
    Field("imei2", "IMEI 2", "identifier", 17, 15, BOTH | BOUGHT, "The number of its second mobile radio."),
    Field("eid", "EID", "identifier", 34, 15, BOTH | BOUGHT, "The number of its built-in SIM."),
    Field("network_name", "Network name", "text", 18, 19, STAFF, "What the network calls a thin client."),
    Field("network_seen_on", "Seen on the network", "date", 12, 19, STAFF, "When a directory last saw it, as a file of it said."),
    Field("site_id", "Site", "text", 22, 8, STAFF, "Where it is kept."),
    Field("team_id", "Team", "text", 24, 8, STAFF, "The team it belongs to."),
    Field("purchase_id", "Order number", "text", 14, 18, BOUGHT, "The order it was bought with."),
    Field("delivery_id", "Delivery", "text", 14, 18, STAFF, "The delivery it came with."),
    Field("disposed_on", "Disposed on", "date", 12, 18, STAFF, "When it left the council for good."),
    Field("disposal_reference", "Disposal reference", "text", 20, 18, STAFF, "The disposal firm's certificate."),
    Field("disposal_batch", "Disposal batch", "text", 20, 18, STAFF, "The consignment it left with."),
    Field("notes", "Notes", "text", 40, 20, STAFF, "What colleagues should know.", personal="prose"),
    Field("enrolment_id", "Enrolment", "identifier", 9, 20, INTUNE, "Its newest life in Intune."),
)  # fmt: skip

RECORDED_DEVICE_FIELDS = {field.key: field for field in _RECORDED}
"""Every column of the device table that people see or that history speaks of."""

_ENROLMENT = (
    *(DEVICE_FIELDS[key] for key in (
        "device_name", "os_version", "compliance", "supervised", "encrypted", "enrolled_at", "last_seen",
    )),
    Field("intune_id", "Intune id", "identifier", 38, 20, INTUNE, "Intune's number for this enrolment."),
    Field("serial", "Serial number", "identifier", 14, 7, INTUNE, "The serial number that Intune shows."),
    Field("imei", "IMEI", "identifier", 17, 15, INTUNE, "The IMEI that Intune shows."),
    Field("meid", "MEID", "identifier", 16, 20, INTUNE, "The number of an older mobile radio."),
    Field("model", "Model", "text", 27, 4, INTUNE, "The model that Intune shows."),
    Field("manufacturer", "Manufacturer", "text", 14, 20, INTUNE, "Who made it."),
    Field("platform", "Platform", "text", 10, 11, INTUNE, "iOS, iPadOS or another system."),
    Field("ownership", "Ownership", "word", 13, 16, INTUNE, "Company or personal, as Intune has it."),
    Field("enrolment_type", "Enrolment type", "word", 24, 19, INTUNE, "How it was enrolled."),
    Field("management_state", "Management", "word", 16, 19, INTUNE, "Managed, or being retired or wiped."),
    Field("registration_state", "Registration", "word", 16, 20, INTUNE, "Whether Entra knows it."),
    Field("grace_until", "Grace until", "moment", 17, 12, INTUNE, "When non-compliance starts to count."),
    Field("jailbroken", "Jailbroken", "boolean", 10, 12, INTUNE, "Whether its protections are off."),
    Field("entra_device_id", "Entra device id", "identifier", 38, 20, INTUNE, "Entra's number for the device."),
    Field("user_id", "Enrolling user id", "identifier", 38, 20, INTUNE, "Entra's number for the enrolling user.",
          personal="hidden"),
    Field("upn", "Enrolled user", "text", 34, 19, INTUNE, "The sign-in name it was enrolled with.", personal="hidden"),
    Field("phone_number", "Phone number", "identifier", 15, 15, INTUNE, "The number that Intune shows.",
          personal="hidden"),
    Field("carrier", "Carrier", "text", 12, 16, INTUNE, "The mobile network in use."),
    Field("category", "Category", "text", 16, 20, INTUNE, "The category chosen in Intune."),
    Field("wifi_mac", "Wi-Fi address", "identifier", 19, 19, INTUNE, "The address of its Wi-Fi radio."),
    Field("certificate_expires_at", "Certificate until", "moment", 17, 19, INTUNE, "When its certificate runs out."),
    Field("storage_total", "Storage", "integer", 10, 19, INTUNE, "Its storage, in bytes.", gigabytes),
    Field("storage_free", "Free storage", "integer", 10, 19, INTUNE, "Storage that is free, in bytes.", gigabytes),
    Field("iccid", "ICCID", "identifier", 22, 17, INTUNE, "The SIM that Intune sees in it."),
    Field("udid", "UDID", "identifier", 42, 20, INTUNE, "Apple's long number for it."),
    Field("ethernet_mac", "Ethernet address", "identifier", 19, 20, INTUNE, "The address of its cable port."),
    Field("notes", "Notes in Intune", "text", 40, 20, INTUNE, "What somebody wrote in Intune.", personal="prose"),
    Field("primary_user_id", "Primary user", "identifier", 38, 20, INTUNE, "Entra's number for the primary user.",
          personal="hidden"),
)  # fmt: skip

ENROLMENT_FIELDS = {field.key: field for field in _ENROLMENT}
"""Every field that Intune says about an enrolment."""
