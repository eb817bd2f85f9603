"""What was sent to Intune stays sent: an undo says so, and leaves the outbox as it is."""

from fleet.commands.outbox.leaving import BECAUSE
from fleet.commands.undo.drafts import Drafts

_SENT = "an action that was sent to Intune can't be taken back"
_LEFT = "the device left Intune, which can't be taken back"


def keep_what_was_sent(drafts: Drafts) -> None:
    """Keep every row of the outbox, and the enrolments that an action closed."""
    for number, draft in drafts.get("remote_order", {}).items():
        state = (draft.now or draft.after or draft.before).get("state")
        waits = state in ("asked", "queued")
        draft.keep_row(f"take it back with: fleet action cancel {number}" if waits else _SENT)
    for draft in drafts.get("enrolment", {}).values():
        if draft.after.get("closed_because") in BECAUSE.values():
            draft.keep_row(_LEFT)
