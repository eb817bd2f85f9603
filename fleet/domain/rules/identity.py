"""Rules about identifiers: clashes that left devices untouched, and SIMs that moved."""

from typing import TYPE_CHECKING

from fleet.domain.facts import DeviceFact
from fleet.domain.rules.declaration import Rule
from fleet.domain.rules.fixes import MOVE_SIM

if TYPE_CHECKING:
    from fleet.domain.rules.context import Context


_UNNAMED = "another device"


def sim_moved(fact: DeviceFact, _context: "Context") -> str | None:
    """Find a device with a SIM that the register has in another one."""
    if fact.iccid_recorded_in is None or fact.iccid_recorded_in == fact.id:
        return None
    shown = fact.iccid_seen if fact.ownership != "personal" else None
    ending = f" ending in {shown[-4:]}" if shown else ""
    return f"SIM{ending} is in it, says Intune, but the register has that SIM in {fact.iccid_recorded_as or _UNNAMED}."


RULES = (
    Rule(
        key="duplicate-serial",
        title="Duplicate serial",
        severity="high",
        meaning="An Intune record has the serial number of other hardware. Both can't be right, so it was not applied.",
        what_to_do="Compare Intune and the register with the device in hand, and correct or delete the wrong record.",
        identity=("value",),
        clash="serial",
        elsewhere="compare both with the device in hand; correct the register or delete the record in Intune.",
    ),
    Rule(
        key="duplicate-imei",
        title="Duplicate IMEI",
        severity="high",
        meaning="An Intune record has the IMEI of other hardware. Both can't be right, so it was not applied.",
        what_to_do="Compare Intune and the register with the devices in hand, and correct or delete the wrong record.",
        identity=("value",),
        clash="imei",
        elsewhere="compare both with the devices in hand; correct the register or delete the record in Intune.",
    ),
    Rule(
        key="sim-moved",
        title="SIM moved",
        severity="medium",
        meaning="A SIM was swapped, so the line is booked on the wrong device and holder.",
        what_to_do="Ask the holder. Move the SIM in the register, or have it put back.",
        identity=("id", "iccid_recorded_in"),
        check=sim_moved,
        recorded=("iccid_recorded_as", "holder_upn", "status"),
        observed=("iccid_seen", "enrolled_upn", "last_seen"),
        fixes=(MOVE_SIM,),
    ),
)
