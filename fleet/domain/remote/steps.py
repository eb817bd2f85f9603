"""Which remote actions are steps of a run sheet, and what a step says to whoever reads it at nine in the evening."""

from collections.abc import Mapping

STEP_OF: Mapping[str, str] = {"lost-mode-on": "lost-mode", "lock": "lost-mode", "wipe": "wiped", "retire": "wiped"}
"""Action -> the step of a run sheet that it takes."""
_TOLD = {"lost-mode-on": " --message … --number …", "wipe": " --tag …", "retire": " --tag …"}


def actions_of_step(step: str, *, supervised: bool | None, personal: bool = False) -> tuple[str, ...]:
    """The actions that take a step, in the order to try them; none for what is done elsewhere."""
    if personal:
        return ("retire",) if step == "wiped" else ()
    if step == "lost-mode":
        return ("lost-mode-on", "locate", "play-sound") if supervised else ("lock",)
    return {"wiped": ("wipe", "retire"), "found": ("lost-mode-off",) if supervised else ()}.get(step, ())


def said_of_step(actions: tuple[str, ...], device: str, *, configured: bool, ask: str) -> str:
    """What to type for the actions of a step, or whom to ask where none can be sent from here; "" without any."""
    if not actions:
        return ""
    if not configured:
        return f"Remote actions are off here: ask {ask}."
    return "; ".join(f"fleet action {one} {device}{_TOLD.get(one, '')}" for one in actions)
