"""What the simulated Graph service serves for one tenant: the border between the estate and the service.

Users and devices are full Graph entities (v1.0 property names), as GET by id returns them; the service derives the
list form, `$select`, paging and everything that is wrong with the real one.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

Entity = dict[str, Any]


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
        }
    )
