"""What goes wrong with requests and with pages of the device list when a switch is thrown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fleet.demo.directory import Entity
from fleet.demo.service.call import UNAUTHORISED, Answer, Call, Refusal
from fleet.demo.service.faults import Thrown
from fleet.demo.service.shapes import FOREVER, NEVER
from fleet.demo.service.state import DeviceKey
from fleet.demo.service.tokens import encode_part

MEGABYTE = 1 << 20
UNKNOWN_ENUMS = {
    "managementAgent": "intuneAosp",
    "deviceEnrollmentType": "androidAOSPUserOwnedDeviceEnrollment",
    "complianceState": "awaitingReview",
    "managementState": "hibernating",
    "managedDeviceOwnerType": "leased",
    "deviceRegistrationState": "registeredElsewhere",
}
CHALLENGE = b'{"access_token":{"nbf":{"essential":true,"value":"%d"}}}'


# --- requests -----------------------------------------------------------------------------------------------


def before_request(call: Call) -> None:
    """Switches that refuse a request whatever it asks for; raises `Refusal`."""
    if call.inner:
        _refuse_by_permission(call)
        return
    before_page(call, None)


def before_page(call: Call, number: int | None) -> None:
    """Switches that refuse a request, on that page (None: those that name no page); raises `Refusal`."""
    if not call.service.faults.any_at("request", call.state.directory.key) or (call.inner and number is not None):
        return
    if slow := call.strike("slow", number):
        slow.lifted.wait(float(slow.value))
    _refuse_by_throttling(call, number)
    _refuse_by_failure(call, number)
    _refuse_by_token(call, number)
    if number is None:
        _refuse_by_permission(call)


def _refuse_by_throttling(call: Call, number: int | None) -> None:
    for name in ("too_many_requests", "too_many_requests_fractional", "too_many_requests_silent"):
        if thrown := call.strike(name, number):
            body = call.error_body("TooManyRequests", "An error has occurred.")
            body["error"]["details"] = []
            headers = {} if thrown.value is None else {"Retry-After": str(thrown.value)}
            raise Refusal(Answer(body, 429, headers))


def _refuse_by_failure(call: Call, number: int | None) -> None:
    if call.strike("unavailable", number):
        raise call.refuse_intune(503, "CancelledOnServiceTimeout", "ScenarioTimeout=15000ms, RequestTimeout=15000ms")
    if call.strike("gateway_timeout", number):
        raise call.refuse_intune(504, "UnknownError", "An error has occurred", twice="")
    if call.strike("server_error", number):
        raise call.refuse_intune(500, "InternalServerError", "An internal server error has occurred")


def _refuse_by_token(call: Call, number: int | None) -> None:
    """Both switches strike once and then stand: the token in use stays refused until it is replaced."""
    if call.strike("expired_token", number):
        call.state.revoked_upto = call.service.mint.latest
        raise refuse_token(call, "Lifetime validation failed, the token is expired.")
    if call.strike("claims_challenge", number):
        call.state.challenged = True
        raise refuse_claims(call)


def _refuse_by_permission(call: Call) -> None:
    if thrown := call.strike("missing_permission"):
        named = thrown.value or "DeviceManagementManagedDevices.Read.All"
        raise refuse_permission(call, named)
    if call.path.lower().startswith("devicemanagement") and call.strike("no_intune_licence"):
        raise call.refuse(400, "BadRequest", "Request not applicable to target tenant.")


def refuse_token(call: Call, message: str) -> Refusal:
    """401 for a token that is absent, wrong or expired."""
    return call.refuse(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": UNAUTHORISED})


def refuse_claims(call: Call) -> Refusal:
    """401 with a claims challenge: the token must be asked for again, with these claims."""
    claims = encode_part(CHALLENGE % int(call.service.clock().timestamp()))
    padded = claims + "=" * (-len(claims) % 4)
    header = f'{UNAUTHORISED}, error="insufficient_claims", claims="{padded}"'
    message = "Continuous access evaluation resulted in challenge with result: InteractionRequired."
    return call.refuse(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": header})


def refuse_permission(call: Call, named: str) -> Refusal:
    """403 as Intune words it: the real reason and the permission are two layers down."""
    phrase = (
        "Application is not authorized to perform this operation. Application must have one of the following scopes: "
        f"{named}"
    )
    return call.refuse_intune(403, "UnknownError", phrase, twice="Forbidden")


# --- pages of the list --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Page:
    """A page of the list before it is sent."""

    number: int
    rows: list[Any]
    count: int
    link: str | None
    filler: str | None = None
    """Ballast that makes the page large."""

    def body(self, context: str) -> dict[str, Any]:
        """The page as JSON will show it."""
        body: dict[str, Any] = {"@odata.context": context, "@odata.count": self.count}
        if self.filler is not None:
            body["@microsoft.graph.tips"] = self.filler
        if self.link is not None:
            body["@odata.nextLink"] = self.link
        body["value"] = self.rows
        return body


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a switch may need to know of the rest of the list."""

    again_link: str
    """Leads to this page once more, under another address."""
    again: bool
    """The caller has just been sent here by an empty page."""
    before: list[Entity]
    """The rows of the page before."""
    keys: list[DeviceKey]
    end: int
    """Where in `keys` the next page starts."""


def spoil_page(call: Call, page: Page, near: Neighbours) -> None:
    """Let every thrown switch of the list do its work on the page."""
    for name, spoil in _ROW_SPOILERS.items():
        if thrown := call.strike(name, page.number):
            page.rows = [spoil(row, thrown) for row in page.rows]
    for name, spoil_whole in _PAGE_SPOILERS.items():
        if thrown := call.strike(name, page.number):
            spoil_whole(call, page, near, thrown)
    if not near.again and call.strike("empty_page", page.number):
        page.rows, page.link = [], near.again_link


def _unknown_enums(row: Entity, _thrown: Thrown) -> Entity:
    return {name: UNKNOWN_ENUMS.get(name, value) for name, value in row.items()}


def _masked_phone(row: Entity, _thrown: Thrown) -> Entity:
    phone = row.get("phoneNumber")
    return {**row, "phoneNumber": f"******{phone[-4:]}"} if phone else row


def _sentinel_dates(row: Entity, _thrown: Thrown) -> Entity:
    far = ("complianceGracePeriodExpirationDateTime", "retireAfterDateTime")
    dated = ("DateTime", "ExpirationDate")
    return {name: (FOREVER if name in far else NEVER) if name.endswith(dated) else value for name, value in row.items()}


def _bad_device(_call: Call, page: Page, _near: Neighbours, thrown: Thrown) -> None:
    if not page.rows:
        return
    row = page.rows[0]
    broken: dict[str, Any] = {
        "no_id": {name: value for name, value in row.items() if name != "id"},
        "wrong_types": {
            **row,
            "serialNumber": 12345,
            "osVersion": ["18", "1"],
            "lastSyncDateTime": 17,
            "isSupervised": "maybe",
            "totalStorageSpaceInBytes": "lots",
        },
        "huge_string": {**row, "deviceName": "x" * MEGABYTE},
        "not_an_object": "broken",
    }
    page.rows = [broken[thrown.value], *page.rows[1:]]


def _oversized(_call: Call, page: Page, _near: Neighbours, thrown: Thrown) -> None:
    page.filler = "x" * int(thrown.value)


def _duplicate_rows(_call: Call, page: Page, near: Neighbours, thrown: Thrown) -> None:
    page.rows = near.before[-int(thrown.value) :] + page.rows


def _wrong_count(_call: Call, page: Page, _near: Neighbours, thrown: Thrown) -> None:
    page.count += int(thrown.value)


def _torn(_call: Call, page: Page, _near: Neighbours, _thrown: Thrown) -> None:
    page.rows, page.link = page.rows[: len(page.rows) // 2], None


def _repeated_link(call: Call, page: Page, _near: Neighbours, _thrown: Thrown) -> None:
    query = f"?{call.request.query}" if call.request.query else ""
    page.link = f"{call.service.graph}{call.request.path}{query}"


def _foreign_link(call: Call, page: Page, near: Neighbours, thrown: Thrown) -> None:
    page.link = (page.link or near.again_link).replace(call.service.graph, str(thrown.value))


def _rename(call: Call, _page: Page, near: Neighbours, _thrown: Thrown) -> None:
    """The first device of the page moves to the end of the list, the last of the list to its beginning."""
    rest = near.keys[near.end :]
    served = near.keys[: near.end]
    if not rest or not served:
        return
    devices = call.state.directory.devices
    devices[served[-1][1]]["deviceName"] = f"{rest[-1][0]} renamed"
    devices[rest[-1][1]]["deviceName"] = f"!{rest[-1][0]}"
    call.state.touch()


_ROW_SPOILERS: dict[str, Callable[[Entity, Thrown], Entity]] = {
    "unknown_enums": _unknown_enums,
    "masked_phones": _masked_phone,
    "sentinel_dates": _sentinel_dates,
}
_PAGE_SPOILERS: dict[str, Callable[[Call, Page, Neighbours, Thrown], None]] = {
    "duplicate_rows": _duplicate_rows,
    "bad_device": _bad_device,
    "oversized_page": _oversized,
    "wrong_count": _wrong_count,
    "torn_list": _torn,
    "repeated_next_link": _repeated_link,
    "foreign_next_link": _foreign_link,
    "renamed_between_pages": _rename,
}
