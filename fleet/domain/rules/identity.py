"""Rules about identifiers: clashes that left devices untouched, and SIMs that moved."""

from typing import TYPE_CHECKING

from fleet.domain.facts import DeviceFact
from fleet.domain.rules.declaration import Rule

if TYPE_CHECKING:
    from fleet.domain.rules.context import Context


def sim_moved(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device with a SIM that the register has in another one."""
    if fact.iccid_recorded_in is None or fact.iccid_recorded_in == fact.id:
        return None
    shown = fact.iccid_seen if fact.ownership != "personal" else None
    ending = f" ending in {shown[-4:]}" if shown else ""
    return f"Intune sees a SIM{ending} in it, which the register has in device number {fact.iccid_recorded_in}."


RULES = (
    Rule(
        key="duplicate-serial",
        title="Serial number claimed twice",
        severity="high",
        meaning="Several Intune records carry one serial number and can't all be right, so none of them was applied.",
        what_to_do="Compare the records in Intune with the device in hand, and delete the wrong one.",
        identity=("value",),
        clash="serial",
    ),
    Rule(
        key="duplicate-imei",
        title="IMEI claimed twice",
        severity="high",
        meaning="Several Intune records carry one IMEI and can't all be right, so none of them was applied.",
        what_to_do="Compare the records in Intune with the devices in hand, and delete the wrong one.",
        identity=("value",),
        clash="imei",
    ),
    Rule(
        key="sim-moved",
        title="SIM moved to another device",
        severity="medium",
        meaning="A SIM was swapped, so the line is booked on the wrong device and holder.",
        what_to_do="Ask the holder. Move the SIM in the register, or have it put back.",
        identity=("id", "iccid_recorded_in"),
        check=sim_moved,
        recorded=("iccid_recorded_in", "holder_upn", "status"),
        observed=("iccid_seen", "enrolled_upn", "last_seen"),
    ),
)
