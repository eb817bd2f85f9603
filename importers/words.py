"""The vocabulary of files: every field a layout may name with its kind, and the words for statuses and kinds."""

from collections.abc import Iterable, Mapping

FIELD_KINDS: Mapping[str, str] = {
    "serial": "serial",
    "imei": "imei",
    "imei2": "imei",
    "meid": "meid",
    "eid": "eid",
    "asset_tag": "asset_tag",
    "kind": "kind",
    "model": "text",
    "status": "status",
    "organisation": "text",
    "site": "text",
    "team": "text",
    "cost_code": "code",
    "holder_upn": "upn",
    "holder_name": "text",
    "employee_number": "code",
    "phone_number": "phone",
    "iccid": "iccid",
    "carrier": "text",
    "tariff": "text",
    "purchased_on": "date",
    "delivered_on": "date",
    "issued_on": "date",
    "due_on": "date",
    "returned_on": "date",
    "happened_at": "moment",
    "custody_event": "custody_event",
    "item_name": "item_name",
    "supplier": "text",
    "order_number": "code",
    "price_pence": "money",
    "warranty_until": "date",
    "warranty_months": "months",
    "notes": "text",
    "os": "text",
    "os_version": "version",
    "device_name": "text",
    "last_seen": "moment",
    "enrolled_at": "moment",
    "ownership": "ownership",
    "enrolled_upn": "upn",
    "enrolled_name": "text",
    "intune_id": "guid",
    "entra_device_id": "guid",
    "entra_id": "guid",
    "storage_total": "megabytes",
    "compliance": "text",
    "ethernet_mac": "mac",
    "source_id": "code",
    "device_id": "number",
    "upn": "upn",
    "email": "upn",
    "display_name": "text",
    "given_name": "text",
    "surname": "text",
    "job_title": "text",
    "department": "text",
    "office": "text",
    "line_state": "line_state",
    "manager": "text",
    "started_on": "date",
    "left_on": "date",
    "account_enabled": "boolean",
    "mobile": "phone",
    "imeis": "imeis",
    "imei_or_serial": "imei_or_serial",
    "serial_or_mac": "serial_or_mac",
    "holder_login": "login",
    "holder_type": "text",
    "supervised": "boolean",
    "encrypted": "boolean",
}
"""Every field a layout may name, and the kind that reads it."""

_STATUSES = {
    "ordered": "ordered|onorder|order|backorder|ontheway|awaitingdelivery|purchased",
    "delivered": "delivered|received|arrived|unboxed",
    "in_stock": "instock|stock|spare|available|instore|store|storage|readytodeploy|deployable|unassigned|"
    "returned|unallocated|free|pool|undeployed",
    "prepared": "prepared|ready|built|staged|configured|imaged|readytoissue|pending",
    "issued": "issued|inuse|use|deployed|assigned|allocated|active|live|checkedout|withuser|onloan|loaned|loan",
    "in_repair": "inrepair|repair|outforrepair|atrepair|broken|faulty|damaged|rma|withapple|undergoingrepair",
    "quarantined": "quarantined|quarantine|onhold|hold|seized|locked",
    "lost": "lost|missing|cannotlocate|notfound|unaccountedfor|lostbyuser|loststolen|lostorstolen",
    "stolen": "stolen|theft",
    "found": "found|recovered",
    "retired": "retired|decommissioned|archived|obsolete|endoflife|eol|withdrawn|writtenoff|fordisposal|"
    "awaitingdisposal|todispose",
    "disposed": "disposed|disposedof|scrapped|destroyed|recycled|sold|donated|weee",
    "unrecorded": "unrecorded",
}
STATUS_WORDS: Mapping[str, str] = {word: status for status, words in _STATUSES.items() for word in words.split("|")}
_KINDS = {
    "ipad": "ipad|ipados|tablet|tablets|appletablet|ipads|ipadpro|ipadair|ipadmini",
    "iphone": "iphone|iphones|phone|phones|mobile|mobilephone|smartphone|handset|mobilephones|smartphones",
    "thin_client": "thinclient|thinclients|igel|wyse|zeroclient|terminal|tc|repurposedpc|udpocket",
    "other": "other|laptop|laptops|desktop|desktops|pc|computer|monitor|mifi|dongle|router|mac|macbook|android|"
    "windows|chromebook|hub|dock",
}
KIND_WORDS: Mapping[str, str] = {word: kind for kind, words in _KINDS.items() for word in words.split("|")}
_LINE_STATES = {
    "active": "active|live|connected|inuse|issued|open|activated",
    "suspended": "suspended|paused|onhold|hold",
    "barred": "barred|blocked|lost|stolen|loststolen",
    "quarantined": "quarantined|quarantine",
    "ended": "ended|ceased|cancelled|canceled|disconnected|terminated|closed|deactivated|expired",
}
CUSTODY_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("checkout", "checkedout", "checkedoutto", "checkoutto", "issued", "issue", "assigned"), "out"),
    **dict.fromkeys(("checkin", "checkinfrom", "checkedin", "checkedinfrom", "returned", "return", "unassigned"), "in"),
}
"""What a log calls the giving out and the coming back of a device."""
LINE_WORDS: Mapping[str, str] = {word: state for state, words in _LINE_STATES.items() for word in words.split("|")}
OWNERSHIP_WORDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("corporate", "company", "organisation", "organization", "council", "1", "corporation"), "organisation"
    ),
    **dict.fromkeys(("personal", "byod", "own", "2", "private", "employee"), "personal"),
}

_NAMES = {
    "serial": "serial number",
    "imei": "IMEI",
    "asset_tag": "asset tag",
    "device_id": "device number",
    "intune_id": "Intune device ID",
    "entra_device_id": "Entra device ID",
    "entra_id": "Entra object ID",
    "ethernet_mac": "MAC address",
    "device_name": "device name",
    "upn": "user name",
    "email": "e-mail address",
    "employee_number": "employee number",
    "phone_number": "phone number",
    "iccid": "SIM number (ICCID)",
}


def names_of(fields: Iterable[str]) -> str:
    """Identifying fields as people call them: `serial number, IMEI or asset tag`."""
    names = [_NAMES[field] for field in fields if field in _NAMES]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
