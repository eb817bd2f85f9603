"""A joining council: its files are staged in a folder, scored, corrected and applied as one undoable run."""

from fleet.commands.onboarding.applying import Scored, apply_onboarding, score_onboarding
from fleet.commands.onboarding.staging import (
    Onboarding,
    StagedFile,
    add_file,
    drop_file,
    drop_onboarding,
    list_onboardings,
    mark_applied,
    new_onboarding,
    open_onboarding,
    say_of_file,
)

__all__ = [
    "Onboarding", "Scored", "StagedFile", "add_file", "apply_onboarding", "drop_file", "drop_onboarding", "list_onboardings",
    "mark_applied", "new_onboarding", "open_onboarding", "say_of_file", "score_onboarding",
]  # fmt: skip
