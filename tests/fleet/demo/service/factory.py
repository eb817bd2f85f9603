"""Small handmade tenants for tests of the service and of everything that talks to it."""

import functools
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_DNS, uuid5

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from fleet.demo.directory import Entity, TenantDirectory

SECRET = "correct-horse-battery"
ENROLLED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SEEN = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
PERMISSIONS = frozenset(
    {
        "DeviceManagementManagedDevices.Read.All",
        "DeviceManagementManagedDevices.ReadWrite.All",
        "DeviceManagementManagedDevices.PrivilegedOperations.All",
        "DeviceManagementConfiguration.Read.All",
        "User.Read.All",
    }
)


def guid(*parts: object) -> str:
    """The same GUID for the same words, always."""
    return str(uuid5(NAMESPACE_DNS, "/".join(map(str, parts))))


def make_directory(
    devices: int = 25, users: int = 10, key: str = "northbridge", *, certificate_pem: str | None = None
) -> TenantDirectory:
    """A tenant with some iPads and iPhones; every fifth device is personal, every seventh has no user."""
    people = [make_user(number, key) for number in range(users)]
    for person in people[1:]:
        person["manager"] = {"id": people[0]["id"]}
    machines = [make_device(number, key, people) for number in range(devices)]
    return TenantDirectory(
        key=key,
        tenant_id=guid(key, "tenant"),
        client_id=guid(key, "client"),
        display_name=f"{key.capitalize()} Council",
        users={person["id"]: person for person in people},
        devices={machine["id"]: machine for machine in machines},
        primary_users={machine["id"]: machine["userId"] for machine in machines},
        categories=[
            {"id": guid(key, "category", name), "displayName": name, "description": f"{name} devices"}
            for name in ("Social work", "Councillors")
        ],
        secret=SECRET,
        certificate_pem=certificate_pem,
        permissions=PERMISSIONS,
    )


def make_user(number: int, key: str = "northbridge") -> Entity:
    """One member of staff."""
    upn = f"person{number:04}@{key}.example"
    return {
        "id": guid(key, "user", number),
        "accountEnabled": True,
        "userPrincipalName": upn,
        "displayName": f"Person {number}",
        "givenName": "Person",
        "surname": str(number),
        "mail": upn,
        "jobTitle": "Social Worker",
        "department": "Adult Social Care",
        "officeLocation": "Town Hall",
        "employeeId": f"{number:06}",
        "mobilePhone": None,
        "businessPhones": [],
    }


def make_device(number: int, key: str = "northbridge", people: list[Entity] | None = None) -> Entity:
    """One iPad (even number) or iPhone (odd) in the form of GET by id."""
    user = people[number % len(people)] if people and number % 7 else None
    phone = number % 2 == 1
    personal = number % 5 == 4
    enrolled = ENROLLED + timedelta(minutes=number)
    imei = f"35145120{number:06}0"
    return {
        "id": guid(key, "device", number),
        "deviceName": f"{key.upper()[:2]}-{'IPHONE' if phone else 'IPAD'}-{number:05}",
        "userId": user["id"] if user else None,
        "userPrincipalName": user["userPrincipalName"] if user else None,
        "userDisplayName": user["displayName"] if user else None,
        "emailAddress": user["mail"] if user else None,
        "managedDeviceOwnerType": "personal" if personal else "company",
        "deviceEnrollmentType": "userEnrollment" if personal else "appleBulkWithUser",
        "enrolledDateTime": f"{enrolled:%Y-%m-%dT%H:%M:%S}.9638425Z",
        "lastSyncDateTime": f"{SEEN:%Y-%m-%dT%H:%M:%S}.1296247Z",
        "operatingSystem": "iOS",
        "osVersion": "26.1",
        "model": "iPhone 16" if phone else "iPad (A16)",
        "manufacturer": "Apple",
        "serialNumber": f"FK{number:08}Q7",
        "imei": imei if phone else None,
        "meid": imei[:14] if phone else None,
        "iccid": f"894411{number:013}" if phone else "",
        "udid": f"00008140-{number:016X}",
        "phoneNumber": f"+447700900{number % 1000:03}" if phone else None,
        "wiFiMacAddress": f"84ad8d{number:06x}",
        "isSupervised": not personal,
        "isEncrypted": True,
        "complianceState": "compliant",
        "complianceGracePeriodExpirationDateTime": "9999-12-31T23:59:59.9999999Z",
        "totalStorageSpaceInBytes": 68719476736,
        "freeStorageSpaceInBytes": 15092154368,
        "azureADRegistered": True,
        "azureADDeviceId": guid(key, "entra", number),
        "managementCertificateExpirationDate": "2027-02-15T19:56:28Z",
        "notes": f"Shelf {number}",
        "deviceActionResults": [],
    }


@functools.cache
def make_certificate(days: int = 365, name: str = "fleet-test") -> tuple[str, str]:
    """A private key and its self-signed certificate, both PEM; negative days: it has expired that long ago."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=730))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()
