"""A tenant of any size for the simulated service: the devices of a generated estate, cloned with identities of their own."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

from fleet.demo.directory import Entity, TenantDirectory
from fleet.demo.estate import generate
from fleet.demo.graph_view import LAST_NIGHT, graph_view, seven_digits
from fleet.demo.service.shapes import V1_PROPERTIES

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SEED = 2026
TEMPLATES = 2_000
"""Devices of the estate that is cloned."""
PEOPLE_PER_DEVICE = 1.0
"""A council has more people than devices; nobody is given two of a kind, which would be a finding."""
CHANGED_EVERY = 50
"""One device in so many changes in a changed night: 2%."""
RELEASES = ("26.7", "26.7.1", "26.8", "26.8.1", "27.0", "27.0.1", "27.1")


def make_tenant(devices: int) -> TenantDirectory:
    """The largest tenant of an estate, blown up to so many devices and as many people."""
    estate = generate(seed=SEED, devices=TEMPLATES, now=NOW)
    model = max((graph_view(estate, one.key, LAST_NIGHT) for one in estate.tenants), key=lambda one: len(one.devices))
    tenant = TenantDirectory(model.key, model.tenant_id, model.client_id, model.display_name, secret="bench")
    users = islice(cycle(model.users.values()), int(devices * PEOPLE_PER_DEVICE))
    tenant.users = {user["id"]: user for user in map(_user, range(int(devices * PEOPLE_PER_DEVICE)), users)}
    owners: dict[str, Iterator[Entity]] = defaultdict(lambda: cycle(tenant.users.values()))
    known = cycle([_lean(one) for one in model.devices.values()])
    for number, template in zip(range(devices), known, strict=False):
        family = str(template.get("model")).partition(" ")[0]
        device = _device(number, template, next(owners[family]))
        tenant.devices[device["id"]] = device
        tenant.primary_users[device["id"]] = device.get("userId")
    return tenant


def check_in(tenant: TenantDirectory, night: int) -> None:
    """Every device has checked in since, and its free storage has moved; nothing else."""
    for number, device in enumerate(tenant.devices.values()):
        device["lastSyncDateTime"] = seven_digits(NOW + timedelta(days=night, seconds=-(number % 80_000)))
        device["freeStorageSpaceInBytes"] = 20_000_000_000 + night * 4096 + number


def change(tenant: TenantDirectory, night: int) -> None:
    """What `check_in` does, and one device in fifty has updated its system or was renamed."""
    check_in(tenant, night)
    for number, device in enumerate(tenant.devices.values()):
        if number % CHANGED_EVERY == night % CHANGED_EVERY:
            if number % 5:
                device["osVersion"] = RELEASES[night % len(RELEASES)]
            else:
                device["deviceName"] = f"{device['deviceName'][:12]}-{night}"


def _lean(device: Entity) -> Entity:
    """The entity without what the service shows anyway when the directory says nothing."""
    return {name: value for name, value in device.items() if V1_PROPERTIES.get(name, ()) != value}


def _user(number: int, user: Entity) -> Entity:
    upn = f"person{number:06d}@northbridge.gov.example"
    own = {"id": _guid(1, number), "userPrincipalName": upn, "mail": upn, "employeeId": f"B{number:06d}"}
    return {name: value for name, value in user.items() if name != "manager"} | own


def _device(number: int, model: Entity, owner: Entity) -> Entity:
    own: Entity = {"id": _guid(2, number), "deviceName": f"NB-{number:08d}"}
    if model.get("serialNumber"):
        own["serialNumber"] = f"B{number:09d}"
    if model.get("imei"):
        own["imei"] = f"35{number:012d}0"
        own["meid"] = own["imei"][:14]
    if model.get("wiFiMacAddress"):
        own["wiFiMacAddress"] = f"a4ff{number:08x}"
    if model.get("userPrincipalName"):
        own |= {"userId": owner["id"], "userPrincipalName": owner["userPrincipalName"], "emailAddress": owner["mail"]}
        own["azureADDeviceId"] = _guid(3, number)
    return model | own


def _guid(kind: int, number: int) -> str:
    return f"{number:08x}-be7c-4{kind:03d}-8000-{number * 2654435761 % (1 << 48):012x}"
