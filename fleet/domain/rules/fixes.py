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
    action: str = ""
    """The remote action that it puts into the outbox; the finding goes when Intune has done it."""

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
    leads_to=("returned-still-enrolled", "several-of-a-kind", "not-on-apple-list", "wrong-mdm-server"),
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
TAKE_INTO_STOCK = Fix(
    "take-into-stock",
    "Record it in stock",
    "It becomes a device of the register, in stock, with model, order and day of purchase as Apple has them.",
)

_LOOKED_AT = (
    "Nothing is sent until somebody has looked at the device beside Intune's and confirmed it: fleet action confirm."
)
QUEUE_RETIRE = Fix(
    "queue-retire", "Retire it in Intune", f"A retire goes into the outbox. {_LOOKED_AT}", action="retire"
)
QUEUE_WIPE = Fix("queue-wipe", "Wipe it in Intune", f"A wipe goes into the outbox. {_LOOKED_AT}", action="wipe")
QUEUE_DELETE = Fix(
    "queue-delete",
    "Delete the left-over record in Intune",
    f"The deletion of the older record goes into the outbox. {_LOOKED_AT}",
    action="delete",
)
QUEUE_LOCK = Fix(
    "queue-lock", "Lock it in Intune", "A remote lock goes into the outbox; fleet action send sends it.", action="lock"
)
