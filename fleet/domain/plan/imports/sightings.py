"""Compare what the network saw with what is recorded: names, MAC addresses, directory ids. Nothing is ever set."""

from collections.abc import Iterable, Mapping, Set
from typing import Any

from fleet.domain.plan.imports.result import ImportPlan, Row

_WORDS = {
    "entra_device_id": "Entra device ID", "ethernet_mac": "MAC address", "wifi_mac": "MAC address", "device_name": "name",
    "serial": "serial number",
}  # fmt: skip


def plan_sightings(rows: Iterable[Row], known: Mapping[str, Set[str]]) -> ImportPlan:
    """Say which rows the register knows nothing of. `known` has lower-case serials, names, MACs (12 digits) and ids."""
    result = ImportPlan()
    macs = known.get("mac", frozenset())
    for row in rows:
        said: dict[str, Any] = {name: row.values[name] for name in _WORDS if row.values.get(name)}
        found = any(
            str(value).lower() in (macs if name.endswith("mac") else known.get(name, ()))
            for name, value in said.items()
        )
        if not found:
            name = next(iter(said), "device_name")
            reason = f"no device of the register has this {_WORDS[name]}"
            result.tell(row, "not-in-register", name, reason, str(said[name]) if said else None)
        result.unchanged += 1
    return result
