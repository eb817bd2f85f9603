"""What the simulated Graph service serves for one tenant: the border between the estate and the service.

Users and devices are full Graph entities (v1.0 property names), as GET by id returns them; the service derives the
list form, `$select`, paging and everything that is wrong with the real one.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

Entity = dict[str, Any]
ACTION_PERMISSIONS = frozenset(
    {
        "DeviceManagementManagedDevices.Read.All",
        "DeviceManagementManagedDevices.ReadWrite.All",
        "DeviceManagementManagedDevices.PrivilegedOperations.All",
        "DeviceManagementConfiguration.Read.All",
    }
)
"""What an application that sends remote actions is granted."""


@dataclass(frozen=True, slots=True)
class RegisteredApp:
    """An application of a tenant, and what it may prove itself by; people sign in to it without either."""

    client_id: str
    """GUID."""
    permissions: frozenset[str]
    """For itself; what a person may do through it is what they ask for of `delegated`."""
    secret: str | None = None
    certificate_pem: str | None = None
    delegated: frozenset[str] = frozenset()


@dataclass(slots=True)
class TenantDirectory:
    """One Microsoft tenant: who may sign in, its people, its managed devices."""

    key: str
    tenant_id: str
    """GUID."""
    client_id: str
    """GUID of the app registration."""
    display_name: str
    users: dict[str, Entity] = field(default_factory=dict)
    """Entra id -> user; `manager` is {"id": ...} or absent (served only when selected or expanded)."""
    devices: dict[str, Entity] = field(default_factory=dict)
    """Intune id -> managedDevice as GET by id returns it."""
    primary_users: dict[str, str | None] = field(default_factory=dict)
    """Intune id -> Entra id of the primary user."""
    categories: list[Entity] = field(default_factory=list)
    credential_until: date | None = None
    """Day to be written into the configuration as the last of its credential; None leaves it to the certificate."""
    secret: str | None = None
    certificate_pem: str | None = None
    """Public certificate whose key signs client assertions."""
    permissions: frozenset[str] = frozenset(
        {
            "DeviceManagementManagedDevices.Read.All",
            "DeviceManagementManagedDevices.ReadWrite.All",
            "DeviceManagementConfiguration.Read.All",
            "User.Read.All",
            "Mail.Send",
            "Files.ReadWrite.All",
        }
    )
    push_certificate: Entity | None = None
    """applePushNotificationCertificate, where there is one."""
    ade_tokens: list[Entity] = field(default_factory=list)
    """depOnboardingSetting."""
    ade_devices: dict[str, list[Entity]] = field(default_factory=dict)
    """Id of an ADE token -> its importedAppleDeviceIdentities."""
    vpp_tokens: list[Entity] = field(default_factory=list)
    app_registrations: list[Entity] = field(default_factory=list)
    """managedAppRegistration, as beta has it."""
    audit_events: list[Entity] = field(default_factory=list)
    """auditEvent, newest first."""
    action_client_id: str | None = None
    """GUID of the other app registration, that remote actions are sent with; None: there is none."""
    action_secret: str | None = None
    action_permissions: frozenset[str] = ACTION_PERMISSIONS

    def app(self, client_id: str) -> RegisteredApp | None:
        """The application of that id, in any case."""
        wanted = client_id.lower()
        if wanted == self.client_id.lower():
            # People may sign in to the sync's as well, and are given what they ask for.
            return RegisteredApp(self.client_id, self.permissions, self.secret, self.certificate_pem)
        if self.action_client_id is not None and wanted == self.action_client_id.lower():
            return RegisteredApp(
                self.action_client_id, self.action_permissions, self.action_secret, None, self.action_permissions
            )
        return None


@dataclass(slots=True)
class AppleDirectory:
    """What the simulated Apple Business Manager serves for one API account."""

    key: str
    organisation: str
    client_id: str
    key_id: str
    public_key_pem: str = ""
    """Of the key that signs client assertions."""
    devices: dict[str, Entity] = field(default_factory=dict)
    """Serial -> attributes of an orgDevice."""
    servers: dict[str, Entity] = field(default_factory=dict)
    """Id -> attributes of an mdmServer."""
    assigned: dict[str, str] = field(default_factory=dict)
    """Serial -> id of the server it is assigned to."""
    coverage: dict[str, list[Entity]] = field(default_factory=dict)
    """Serial -> attributes of its appleCareCoverage."""
