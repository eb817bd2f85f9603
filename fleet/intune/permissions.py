"""Which application permission each part of a read needs, and which of them a token lacks.

Source: the permissions reference of Microsoft Graph, https://learn.microsoft.com/graph/permissions-reference
"""

import base64
import binascii
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

import orjson

REQUIRED_PERMISSIONS = MappingProxyType(
    {
        "devices": "DeviceManagementManagedDevices.Read.All",
        "people": "User.Read.All",
        "primary users": "DeviceManagementConfiguration.ReadWrite.All",
    }
)
"""Purpose -> least application permission. Without the last, primary users are left out with a problem."""

LEAVE_DATE_PERMISSION = "User-LifeCycleInfo.Read.All"
"""Lets the leaving date of people be read; optional."""

_ALSO_ENOUGH: dict[str, frozenset[str]] = {
    "devices": frozenset(
        {
            "DeviceManagementManagedDevices.ReadWrite.All",
            "DeviceManagementConfiguration.Read.All",
            "DeviceManagementConfiguration.ReadWrite.All",
        }
    ),
    "people": frozenset({"User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}),
    "primary users": frozenset({"DeviceManagementManagedDevices.ReadWrite.All", "DeviceManagementApps.ReadWrite.All"}),
}


def permission_for(path: str, method: str = "GET") -> str:
    """The least permission for a path of Graph, to be named when it answers 403."""
    lowered = path.lower()
    if "/exportjobs" in lowered:
        read = "DeviceManagementConfiguration.Read.All"
        return read if method == "GET" else REQUIRED_PERMISSIONS["primary users"]
    if "/deviceappmanagement/" in lowered or "/auditevents" in lowered:
        return "DeviceManagementApps.Read.All"
    if "/deponboardingsettings" in lowered or "/applepushnotificationcertificate" in lowered:
        return "DeviceManagementServiceConfig.Read.All"
    if "/devicemanagement/" in lowered:
        return REQUIRED_PERMISSIONS["devices"]
    return REQUIRED_PERMISSIONS["people"]


def missing_permissions(roles: Iterable[str]) -> dict[str, str]:
    """Purpose -> permission for everything the roles of a token do not allow."""
    granted = frozenset(roles)
    return {
        purpose: permission
        for purpose, permission in REQUIRED_PERMISSIONS.items()
        if permission not in granted and not granted & _ALSO_ENOUGH[purpose]
    }


def token_roles(token: str) -> frozenset[str]:
    """The application permissions a token carries; empty when it can't be read.

    The signature is not verified: this informs a person, and decides nothing.
    """
    roles: Any = None
    parts = token.split(".")
    if len(parts) == 3:
        try:
            claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        except (binascii.Error, ValueError):
            claims = None
        roles = claims.get("roles") if isinstance(claims, dict) else None
    return frozenset(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else frozenset()
