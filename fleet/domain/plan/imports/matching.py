"""Which device of the register a row speaks of: every identifier must mean the same one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.domain.identifiers import imei_key
from fleet.domain.plan.imports.known import KnownDevice
from fleet.domain.plan.imports.result import ImportPlan, Row

IDENTIFIERS = ("serial", "imei", "asset_tag", "ethernet_mac")


class Matching:
    """Devices by serial, IMEI (first 14 digits, either slot), asset tag and MAC address. Rows that add one join them."""

    def __init__(self, devices: Iterable[KnownDevice], result: ImportPlan) -> None:
        self.result = result
        self.by: dict[str, dict[Any, list[KnownDevice]]] = {name: {} for name in IDENTIFIERS}
        for device in devices:
            self.add(device)
            result.sizes[device.organisation_id] = result.sizes.get(device.organisation_id, 0) + 1

    def add(self, device: KnownDevice) -> None:
        """Know one more."""
        held = device.values
        if serial := held.get("serial"):
            self.by["serial"].setdefault(serial, []).append(device)
        for name in ("imei", "imei2"):
            if (written := held.get(name)) and (key := _key(written)):
                self.by["imei"].setdefault(key, []).append(device)
        if mac := held.get("ethernet_mac"):
            self.by["ethernet_mac"].setdefault(mac, []).append(device)
        if tag := held.get("asset_tag"):
            self.by["asset_tag"].setdefault((device.organisation_id, tag.upper()), []).append(device)

    def find(self, row: Row, owner: int) -> tuple[bool, KnownDevice | None]:
        """Whether the row can be placed, and its device; None for a new one."""
        found: dict[int, KnownDevice] = {}
        names_something = False
        for kind, key in self.keys(row.values, owner):
            names_something = True
            for one in self.by[kind].get(key, ()):
                found[one.id] = one
        if not names_something:
            self.result.reject(row, "no-identity", "it has neither serial, IMEI, asset tag nor MAC address")
            return False, None
        if len(found) > 1:
            self.result.reject(row, "several-devices", "its identifiers belong to different devices of the register")
            self._note_several(row, owner, sorted(found.values(), key=lambda one: one.id))
            return False, None
        device = next(iter(found.values()), None)
        return (device is None or not self._contradicts(row, device)), device

    def keys(self, values: Mapping[str, object], owner: int) -> Iterator[tuple[str, Any]]:
        """What a row names a device by: the index and the key in it."""
        if serial := values.get("serial"):
            yield "serial", serial
        for name in ("imei", "imei2"):
            if (written := values.get(name)) and (key := _key(str(written))):
                yield "imei", key
        if mac := values.get("ethernet_mac"):
            yield "ethernet_mac", mac
        if tag := values.get("asset_tag"):
            yield "asset_tag", (owner, str(tag).upper())

    def _note_several(self, row: Row, owner: int, devices: list[KnownDevice]) -> None:
        """The row's identifiers as one value: it is settled when no two devices have them any more."""
        keys = {f"{kind}:{key[1] if kind == 'asset_tag' else key}" for kind, key in self.keys(row.values, owner)}
        names = ", ".join(str(one.values.get("asset_tag") or one.values.get("serial")) for one in devices)
        said = ", ".join(str(row.values[name]) for name in IDENTIFIERS if row.values.get(name))
        self.result.contradict(row, devices[0], "identity", " ".join(sorted(keys)), said, names)

    def _contradicts(self, row: Row, device: KnownDevice) -> bool:
        """A row matched by one identifier whose others say that it is another thing."""
        serial, held = row.values.get("serial"), device.values.get("serial")
        if serial and held and serial != held:
            self.result.reject(
                row, "other-serial", f"the register has this device with serial {held}", "serial", str(serial)
            )
            self.result.contradict(row, device, "serial", serial, serial, held)
            return True
        key = _key(str(row.values.get("imei") or ""))
        if key is None:
            return False
        known = {one for name in ("imei", "imei2") if (one := _key(device.values.get(name) or ""))}
        if known and key not in known:
            self.result.reject(
                row, "other-imei", "the register has this device with another IMEI", "imei", str(row.values["imei"])
            )
            self.result.contradict(row, device, "imei", key, row.values["imei"], device.values.get("imei"))
            return True
        return False


def _key(imei: str) -> str | None:
    """As `imei_key`, without the work that an IMEI in its normal form needs not."""
    return imei[:14] if len(imei) == 15 and imei.isdecimal() else imei_key(imei)
