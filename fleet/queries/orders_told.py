"""Changes of the outbox of remote actions, told as people say them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fleet.domain.remote import ACTIONS

if TYPE_CHECKING:
    from fleet.queries.story import ChangeRow, Story


def tell_order(story: "Story", change: "ChangeRow", values: Mapping[str, Any]) -> str:
    """One change of a remote action; "" for what says nothing to people."""
    action = ACTIONS.get(str(values.get("action")))
    what = f"{story.name('device', values.get('device_id'))} {action.title if action else values.get('action')}"
    if change.kind == "insert":
        if values.get("state") != "asked":
            return what
        return f"{what}, to be {'confirmed by another operator' if values.get('needs_second') else 'looked at first'}"
    after = change.after
    state = after.get("state")
    if "confirmed_by" in after:
        return what
    if state in ("cancelled", "failed"):
        return f"{what}: {after.get('outcome') or state}"
    if state == "unsure":
        return f"{what}, sent as {values.get('sent_as') or 'nobody known'}; whether it arrived is not known"
    if "sent_as" in after:
        return f"{what}, sent as {after['sent_as']}" + (", done" if state == "done" else "")
    return f"{what} {state}" if state else ""
