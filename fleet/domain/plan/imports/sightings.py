"""Plan what a list of the network means: names, MAC addresses and days of thin clients; of all else only what is unknown.

A list of the network adds no device. Of a thin client it fills what the register does not have and follows its name;
iPads and iPhones are better known from Intune, so their rows are only compared.
"""

from collections.abc import Iterable, Mapping, Set
from datetime import date, datetime
from typing import Any

from fleet.clock import london_date
from fleet.domain.plan.imports.known import KnownDevice
from fleet.domain.plan.imports.planner import short_name
from fleet.domain.plan.imports.result import ImportPlan, Row, RowPlan

_WORDS = {
    "entra_device_id": "Entra device ID", "ethernet_mac": "MAC address", "device_name": "name",
    "serial": "serial number",
}  # fmt: skip


def plan_sightings(
    rows: Iterable[Row],
    known: Mapping[str, Set[str]],
    devices: Iterable[KnownDevice],
    *,
    sets: frozenset[str],
    organisation_id: int | None,
) -> ImportPlan:
    """What each row tells. `known` has lower-case serials, names, MACs (12 digits) and ids that Intune has seen;
    `organisation_id` is whose network it is, where that is known."""
    planner = _SightingPlanner(known, devices, sets, organisation_id)
    for row in rows:
        planner.look_at(row)
    return planner.result


class _SightingPlanner:
    def __init__(
        self,
        known: Mapping[str, Set[str]],
        devices: Iterable[KnownDevice],
        sets: frozenset[str],
        organisation_id: int | None,
    ) -> None:
        self.known, self.sets, self.organisation_id = known, sets, organisation_id
        self.result = ImportPlan()
        self.by_mac: dict[str, list[KnownDevice]] = {}
        self.by_name: dict[str, list[KnownDevice]] = {}
        self.seen: dict[int, int] = {}
        for device in devices:
            if mac := device.values.get("ethernet_mac"):
                self.by_mac.setdefault(mac, []).append(device)
            if name := device.values.get("network_name"):
                self.by_name.setdefault(name.lower(), []).append(device)

    def look_at(self, row: Row) -> None:
        said: dict[str, Any] = {name: row.values[name] for name in _WORDS if row.values.get(name)}
        device, others = self._find(row, said), self._of_others(said)
        if device is None:
            if others:
                reason = "the register has one of this name or address with another organisation; it is left as it is"
                remedy = "" if self.organisation_id else "; say whose network this is with --organisation"
                self.result.tell(row, "other-organisation", next(iter(said)), reason + remedy)
            elif not self._intune_knows(said):
                name = next(iter(said), "device_name")
                reason = f"no device of the register has this {_WORDS[name]}"
                self.result.tell(row, "not-in-register", name, reason, str(said[name]) if said else None)
            self.result.unchanged += 1
            return
        after = self._changes(row, device)
        if after and device.id not in self.seen:
            self.seen[device.id] = row.row
            before = {name: device.values.get(name) for name in after}
            self.result.changed.append(
                RowPlan(row.row, _called(device), device.organisation_id, device.id, before, after)
            )
            return
        self.result.unchanged += 1

    def _find(self, row: Row, said: Mapping[str, Any]) -> KnownDevice | None:
        """The thin client of a row: by its MAC address, which tells its council too; else by a name that only one has on
        the network of a council that is named."""
        macs, names = self._with_mac(said), self._own(self._with_name(said))
        if macs and self.organisation_id is not None and not (macs := self._own(macs)):
            return None
        if len(macs) == 1:
            return macs[0]
        if not macs and len(names) == 1:
            held = names[0].values.get("ethernet_mac")
            if held and said.get("ethernet_mac"):
                self.result.tell(
                    row, "other-mac", "ethernet_mac", "the register has the device of this name with another MAC address",
                    said["ethernet_mac"],
                )  # fmt: skip
            return names[0]
        if macs or names:
            self.result.tell(
                row, "several-devices", "device_name", "several devices of the register have this name or address"
            )
        return None

    def _with_mac(self, said: Mapping[str, Any]) -> list[KnownDevice]:
        return self.by_mac.get(said.get("ethernet_mac", ""), [])

    def _with_name(self, said: Mapping[str, Any]) -> list[KnownDevice]:
        return self.by_name.get(short_name(said.get("device_name", "")).lower(), [])

    def _own(self, found: list[KnownDevice]) -> list[KnownDevice]:
        """Those of the council whose network it is: two may call a thing the same, and none speaks for another's."""
        return [one for one in found if one.organisation_id == self.organisation_id]

    def _of_others(self, said: Mapping[str, Any]) -> bool:
        return any(
            one.organisation_id != self.organisation_id for one in (*self._with_mac(said), *self._with_name(said))
        )

    def _changes(self, row: Row, device: KnownDevice) -> dict[str, Any]:
        held, after = device.values, dict[str, Any]()
        mac, name, seen = (row.values.get(key) for key in ("ethernet_mac", "device_name", "last_seen"))
        if "ethernet_mac" in self.sets and mac and not held.get("ethernet_mac"):
            after["ethernet_mac"] = mac
        if (
            "device_name" in self.sets
            and name
            and short_name(name).lower() != str(held.get("network_name") or "").lower()
        ):
            after["network_name"] = short_name(name)
        if "last_seen" in self.sets and isinstance(seen, date):
            day = london_date(seen) if isinstance(seen, datetime) else seen
            if held.get("network_seen_on") is None or day > held["network_seen_on"]:
                after["network_seen_on"] = day
        return after

    def _intune_knows(self, said: Mapping[str, Any]) -> bool:
        macs = self.known.get("mac", frozenset())
        return any(
            str(value).lower() in (macs if name.endswith("mac") else self.known.get(name, ()))
            for name, value in said.items()
        )


def _called(device: KnownDevice) -> str:
    names = (device.values.get(name) for name in ("asset_tag", "serial", "network_name", "ethernet_mac"))
    return str(next((one for one in names if one), f"device {device.id}"))
