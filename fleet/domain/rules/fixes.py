"""What can be done about a finding in the register: declared as data, applied by `fleet.commands.fixes`."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing that settles a finding. What it changes is said before it is done."""

    key: str
    """What `--with` takes; `fleet.commands.fixes` has the act of that name."""
    title: str
    """What it is, as an order: `Record its return`."""
    changes: str
    """What will be different in the register afterwards."""
    first: str = ""
    """What must be done elsewhere before, or the next sync brings the finding back."""
    leads_to: tuple[str, ...] = ()
    """Rules that may find the device afterwards, because it says something else that is true."""

    def leading_to(self, *rules: str) -> "Fix":
        """The same fix where other rules may take over."""
        return replace(self, leads_to=rules)

    def after(self, first: str) -> "Fix":
        """The same fix where something must be done elsewhere first."""
        return replace(self, first=first)


RECORD_RETURN = Fix(
    "record-return",
    "Record its return",
    "Its assignment ends today, with what went out with it, and it goes into stock.",
    leads_to=("returned-still-enrolled",),
)
ADOPT_HOLDER = Fix(
    "adopt-holder",
    "Issue it to the person who enrolled it",
    "The assignment of today's holder ends and one of the enrolling person begins, with what went out with it.",
    leads_to=("several-of-a-kind",),
)
REGISTER = Fix(
    "register",
    "Register it",
    "It becomes a device of the register: issued to the person who enrolled it, or in stock where nobody is known.",
    leads_to=("returned-still-enrolled", "several-of-a-kind"),
)
NOTE_LOSS = Fix(
    "note-loss",
    "Report it lost",
    "Its status becomes lost and an incident with its run sheet begins; the holder stays on record.",
)
RECORD_FOUND = Fix(
    "record-found",
    "Record it as found",
    "Its status becomes found and the incident ends.",
    leads_to=("holder-differs", "leaver-holds"),
)
CLOSE_ENROLMENT = Fix(
    "close-enrolment",
    "Close the enrolment in the register",
    "The enrolment that is not in use any more is closed here, before two nights have missed it.",
    first="Retire or delete that record in Intune: what Intune still lists is opened again by the next sync.",
)
MOVE_SIM = Fix(
    "move-sim",
    "Move the SIM in the register",
    "The SIM is recorded in the device that shows it, and no longer in the other one.",
)
SIM_TO_STOCK = Fix(
    "sim-to-stock",
    "Put the SIM into stock",
    "Its state becomes stock: it waits in the drawer and is no longer taken for one in use.",
)
