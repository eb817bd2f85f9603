"""What the service remembers of each tenant: its directory, the order of its devices, delta tokens, export jobs."""

import threading
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from fleet.demo.directory import Entity, TenantDirectory

if TYPE_CHECKING:
    from fleet.demo.service.delta import DeltaLog
    from fleet.demo.service.exports import ExportJob
    from fleet.demo.service.sending import SentMail, Upload

View = str
"""`all`, `half` or `empty`: how much of the devices a caller is shown."""

DeviceKey = tuple[str, str]
"""(deviceName, id): the order of the list and the key of its pages."""


class PageCache:
    """Encoded answers, forgotten when the directory changes or when they take too much room."""

    def __init__(self, limit: int = 256 << 20) -> None:
        self._limit = limit
        """Bytes."""
        self._size = 0
        self._pages: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...]) -> bytes | None:
        """The kept answer, if there is one."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: tuple[str, ...], page: bytes) -> None:
        """Keep an answer, at the cost of those not asked for the longest."""
        with self._lock:
            self._size += len(page) - len(self._pages.pop(key, b""))
            self._pages[key] = page
            while self._size > self._limit:
                _, old = self._pages.popitem(last=False)
                self._size -= len(old)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._pages.clear()
            self._size = 0


@dataclass(slots=True)
class TenantState:
    """One tenant as the service sees it."""

    directory: TenantDirectory
    delta: "DeltaLog"
    jobs: dict[str, "ExportJob"] = field(default_factory=dict)
    mails: list["SentMail"] = field(default_factory=list)
    """What applications sent, in order: what was sent twice is there twice."""
    uploads: dict[str, "Upload"] = field(default_factory=dict)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """(id of a drive, path in lower case) -> content."""
    generation: int = 0
    """Grows with every change of the directory."""
    pages: PageCache = field(default_factory=PageCache)
    revoked_upto: int = 0
    """Tokens with this serial or a lower one are refused as expired."""
    challenged: bool = False
    """A claims challenge is open: only a token asked for with its claims is taken."""
    challenge_met_by: int = 0
    """The first token that met the last challenge: earlier ones stay refused."""
    new_names: dict[str, str] = field(default_factory=dict)
    """Device names that wait for the device's next check-in."""
    hidden: dict[str, list[str]] = field(default_factory=dict)
    """Device -> actions that it will do although nothing tells of them yet."""
    next_check_in: dict[str, datetime] = field(default_factory=dict)
    """Device -> when it checks in by itself, once something waits for it."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _noticed: int = -1
    _order: dict[View, list[DeviceKey]] = field(default_factory=dict)

    def replace(self, directory: TenantDirectory) -> None:
        """Take another content: the next night."""
        with self.lock:
            self.directory = directory
            self.touch()

    def touch(self) -> None:
        """Forget what was derived from the directory, because it has changed."""
        with self.lock:
            self.generation += 1
            self._order.clear()
            self.pages.clear()

    def notice(self) -> None:
        """See that devices came or went in place; a change within a device must be told with `touch`."""
        if len(self.directory.devices) != self._noticed:
            with self.lock:
                self._noticed = len(self.directory.devices)
                self.touch()

    def order(self, view: View = "all") -> list[DeviceKey]:
        """The keys of the devices in the order of the list."""
        with self.lock:
            if view not in self._order:
                self._order[view] = self._sorted(view)
            return self._order[view]

    def _sorted(self, view: View) -> list[DeviceKey]:
        if view == "empty":
            return []
        if view == "half":
            return self.order("all")[::2]
        return sorted((device.get("deviceName") or "", key) for key, device in self.directory.devices.items())

    def device(self, device_id: str) -> Entity | None:
        """The device of that Intune id, in any case."""
        devices = self.directory.devices
        return devices.get(device_id) or devices.get(device_id.lower())

    def user(self, key: str) -> Entity | None:
        """The living user of that id or user principal name."""
        users = self.directory.users
        user = users.get(key) or users.get(key.lower())
        if user is None and "@" in key:
            wanted = key.lower()
            user = next((one for one in users.values() if (one.get("userPrincipalName") or "").lower() == wanted), None)
        return None if user is None or user.get("deletedDateTime") else user


def first_after(keys: list[DeviceKey], last: DeviceKey | None) -> int:
    """Where the page after that key starts."""
    return 0 if last is None else bisect_right(keys, last)
