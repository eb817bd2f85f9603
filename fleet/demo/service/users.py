"""Users of the directory: list, one by id or user principal name, manager."""

from typing import Any
from urllib.parse import quote

from fleet.demo.directory import Entity
from fleet.demo.service.call import Answer, Call
from fleet.demo.service.odata import BadFilter, UnknownProperty, matches, parse_terms, selected

DEFAULT_PROPERTIES = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
"""All that an answer holds unless more is selected."""

_MORE = (
    "accountEnabled",
    "assignedLicenses",
    "city",
    "companyName",
    "country",
    "createdDateTime",
    "creationType",
    "deletedDateTime",
    "department",
    "employeeHireDate",
    "employeeId",
    "employeeLeaveDateTime",
    "employeeOrgData",
    "employeeType",
    "externalUserState",
    "faxNumber",
    "identities",
    "isResourceAccount",
    "lastPasswordChangeDateTime",
    "mailNickname",
    "onPremisesDistinguishedName",
    "onPremisesDomainName",
    "onPremisesExtensionAttributes",
    "onPremisesImmutableId",
    "onPremisesLastSyncDateTime",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "onPremisesUserPrincipalName",
    "otherMails",
    "postalCode",
    "proxyAddresses",
    "securityIdentifier",
    "showInAddressList",
    "signInActivity",
    "signInSessionsValidFromDateTime",
    "state",
    "streetAddress",
    "usageLocation",
    "userType",
)
USER_SPELLING = {name.lower(): name for name in (*DEFAULT_PROPERTIES, *_MORE)}
_EMPTY_LISTS = frozenset({"businessPhones", "assignedLicenses", "identities", "otherMails", "proxyAddresses"})
LARGEST_PAGE = 999
USUAL_PAGE = 100


def show_user(user: Entity, select: tuple[str, ...] | None) -> Entity:
    """The user with the chosen properties, or the default ones."""
    return {name: property_of(user, name) for name in select or DEFAULT_PROPERTIES}


def property_of(user: Entity, name: str) -> Any:
    """A property as the directory shows it: collections are empty rather than null."""
    value = user.get(name)
    return [] if value is None and name in _EMPTY_LISTS else value


def chosen(call: Call, *, also: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """The call's `$select`, where `also` names what the address takes besides; raises `Refusal` (400)."""
    try:
        return selected(call.options.get("$select"), USER_SPELLING | {name.lower(): name for name in also}, "user")
    except UnknownProperty as error:
        raise call.refuse(400, "BadRequest", str(error)) from error


def cost_of(call: Call) -> int:
    """Resource units of a call to the directory, by the published prices."""
    price = 1 if call.params else 2
    price -= "$select" in call.options
    price += "$expand" in call.options
    price -= 0 < int(call.options.get("$top", "") or 0) < 20 if call.options.get("$top", "0").isdigit() else 0
    return max(1, price)


def list_users(call: Call) -> Answer:
    """A page of the users who are not deleted."""
    if "$skip" in call.options:
        raise call.refuse(400, "Request_BadRequest", "'$skip' is not supported by the service.")
    select = chosen(call)
    users = [user for user in call.state.directory.users.values() if not user.get("deletedDateTime")]
    users = _filtered(call, users)
    top = call.options.get("$top", "")
    if top and not (top.isdigit() and 0 < int(top) <= LARGEST_PAGE):
        raise call.refuse(
            400, "Request_BadRequest", f"Invalid page size specified: '{top}'. Must be between 1 and 999."
        )
    size = int(top or USUAL_PAGE)
    start = _start(call)
    call.page = start // size + 1
    body: dict[str, Any] = {"@odata.context": call.context("users", select)}
    if call.options.get("$count", "").lower() == "true" and call.request.headers.get("consistencylevel"):
        body["@odata.count"] = len(users)
    if start + size < len(users):
        kept = [f"{n}={quote(v, safe=',()$=')}" for n, v in call.options.items() if n != "$skiptoken"]
        body["@odata.nextLink"] = f"{call.base}/users?{'&'.join([*kept, f'$skiptoken=RFNwdAoAAQ.{start + size}'])}"
    body["value"] = [_with_manager(call, user, show_user(user, select)) for user in users[start : start + size]]
    return Answer(body, directory=True)


def _start(call: Call) -> int:
    token = call.options.get("$skiptoken")
    if token is None:
        return 0
    position = token.rpartition(".")[2]
    if not position.isdigit():
        raise call.refuse(400, "Directory_ExpiredPageToken", "The specified page token value has expired.")
    return int(position)


def _filtered(call: Call, users: list[Entity]) -> list[Entity]:
    text = call.options.get("$filter")
    if not text:
        return users
    try:
        terms = parse_terms(text)
    except BadFilter as error:
        raise call.refuse(400, "BadRequest", f"Invalid filter clause: Syntax error in '{text}'.") from error
    if terms is None or any(
        name not in USER_SPELLING or how not in ("eq", "ne", "startswith") for name, how, _ in terms
    ):
        raise call.refuse(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified.")
    spelled = [(USER_SPELLING[name], how, value) for name, how, value in terms]
    return [user for user in users if matches(user, spelled)]


def get_user(call: Call) -> Answer:
    """One user."""
    user = find_user(call, call.params[0])
    select = chosen(call)
    body = {"@odata.context": call.context("users", select, entity=True), **show_user(user, select)}
    return Answer(_with_manager(call, user, body), directory=True)


def get_manager(call: Call) -> Answer:
    """The manager of a user; 404 when there is none."""
    user = find_user(call, call.params[0])
    manager = call.state.user((user.get("manager") or {}).get("id", ""))
    if manager is None:
        raise call.refuse(404, "Request_ResourceNotFound", "Resource 'manager' does not exist.")
    body = {"@odata.context": call.context("directoryObjects", entity=True), "@odata.type": "#microsoft.graph.user"}
    return Answer({**body, **show_user(manager, chosen(call))}, directory=True)


def find_user(call: Call, key: str) -> Entity:
    """The user of that id or user principal name; raises `Refusal` (404)."""
    user = call.state.user(key)
    if user is None:
        message = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
        raise call.refuse(404, "Request_ResourceNotFound", message)
    return user


def _with_manager(call: Call, user: Entity, shown: Entity) -> Entity:
    """Adds the manager where `$expand=manager` asks for it."""
    expand = call.options.get("$expand", "").lower()
    if not expand.startswith("manager"):
        return shown
    manager = call.state.user((user.get("manager") or {}).get("id", ""))
    if manager is not None:
        inner = expand.partition("$select=")[2].rstrip(")")
        names = tuple(USER_SPELLING[name] for name in inner.split(",") if name in USER_SPELLING) or None
        shown["manager"] = {"@odata.type": "#microsoft.graph.user", **show_user(manager, names)}
    return shown


def organization(call: Call) -> Answer:
    """The tenant's own entry."""
    directory = call.state.directory
    row: Entity = {
        "id": directory.tenant_id,
        "deletedDateTime": None,
        "countryLetterCode": "GB",
        "createdDateTime": "2016-04-01T09:00:00Z",
        "displayName": directory.display_name,
        "onPremisesLastSyncDateTime": None,
        "onPremisesSyncEnabled": None,
        "preferredLanguage": "en",
        "tenantType": "AAD",
        "verifiedDomains": [],
    }
    if not call.params:
        return Answer({"@odata.context": call.context("organization"), "value": [row]}, directory=True)
    if call.params[0].lower() != directory.tenant_id.lower():
        raise call.refuse(404, "Request_ResourceNotFound", f"Resource '{call.params[0]}' does not exist.")
    body = {"@odata.context": call.context("organization", entity=True), **row}
    return Answer({**body, "mobileDeviceManagementAuthority": "intune"}, directory=True)
