"""What can be done to a device from afar, through Intune: which actions there are, and to which device which may be done."""

from fleet.domain.remote.actions import (
    ACTIONS,
    DELETE,
    LEAVING,
    PERSONAL_ACTIONS,
    RemoteAction,
    RemoteRequest,
    Wish,
    action_of,
)
from fleet.domain.remote.devices import (
    ActionResult,
    CorporateDevice,
    PersonalDevice,
    ReadDevice,
    Recorded,
    SideBySide,
    Target,
    compare,
    target_of,
)

__all__ = [
    "ACTIONS",
    "DELETE",
    "LEAVING",
    "PERSONAL_ACTIONS",
    "ActionResult",
    "CorporateDevice",
    "PersonalDevice",
    "ReadDevice",
    "Recorded",
    "RemoteAction",
    "RemoteRequest",
    "SideBySide",
    "Target",
    "Wish",
    "action_of",
    "compare",
    "target_of",
]
