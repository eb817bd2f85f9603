"""Which device of the register a row speaks of: every identifier must mean the same one."""

from collections.abc import Iterable
from typing import Any

from fleet.domain.identifiers import imei_key
from fleet.domain.plan.imports.known import KnownDevice
from fleet.domain.plan.imports.result import ImportPlan, Row

IDENTIFIERS = ("serial", "imei", "asset_tag")


class Matching:
    """Devices by serial, IMEI (first 14 digits, either slot) and asset tag. Rows that add one join them."""

    def __init__(self, devices: Iterable[KnownDevice], result: ImportPlan) -> None:
        self.result = result
        self.by: dict[str, dict[Any, list[KnownDevice]]] = {name: {} for name in IDENTIFIERS}
        for device in devices:
            self.add(device)
            result.sizes[device.organisation_id] = result.sizes.get(device.organisation_id, 0) + 1

    def add(self, device: KnownDevice) -> None:
        """Know one more."""
        if serial := device.values.get("serial"):
            self.by["serial"].setdefault(serial, []).append(device)
        for name in ("imei", "imei2"):
            if key := imei_key(device.values.get(name) or ""):
                self.by["imei"].setdefault(key, []).append(device)
        if tag := device.values.get("asset_tag"):
            self.by["asset_tag"].setdefault((device.organisation_id, tag.upper()), []).append(device)

    def find(self, row: Row, owner: int) -> tuple[bool, KnownDevice | None]:
        """Whether the row can be placed, and its device; None for a new one."""
        values = row.values
        imeis = [imei_key(str(values[name])) for name in ("imei", "imei2") if values.get(name)]
        keys: list[tuple[str, Any]] = [
            ("serial", values.get("serial")),
            *(("imei", key) for key in imeis),
            ("asset_tag", (owner, str(values["asset_tag"]).upper()) if values.get("asset_tag") else None),
        ]
        if all(key is None for _, key in keys):
            self.result.reject(row, "no-identity", "it has neither serial, IMEI nor asset tag")
            return False, None
        found = {one.id: one for name, key in keys if key is not None for one in self.by[name].get(key, ())}
        if len(found) > 1:
            self.result.reject(row, "several-devices", "its identifiers belong to different devices of the register")
            return False, None
        device = next(iter(found.values()), None)
        return (device is None or not self._contradicts(row, device)), device

    def _contradicts(self, row: Row, device: KnownDevice) -> bool:
        """A row matched by one identifier whose others say that it is another thing."""
        serial, held = row.values.get("serial"), device.values.get("serial")
        if serial and held and serial != held:
            self.result.reject(
                row, "other-serial", f"the register has this device with serial {held}", "serial", str(serial)
            )
            return True
        key = imei_key(str(row.values.get("imei") or ""))
        known = {one for name in ("imei", "imei2") if (one := imei_key(device.values.get(name) or ""))}
        if key and known and key not in known:
            self.result.reject(
                row, "other-imei", "the register has this device with another IMEI", "imei", str(row.values["imei"])
            )
            return True
        return False
