"""Undo of an event or a whole run: a new plan of inverse changes. What changed since is kept and said, row by row."""

from fleet.commands.undo.applying import apply_undo
from fleet.commands.undo.plan import Kept, Reversal, UndoPlan
from fleet.commands.undo.planning import events_of_run, plan_undo

__all__ = ["Kept", "Reversal", "UndoPlan", "apply_undo", "events_of_run", "plan_undo"]
