"""The actions of own devices: from the request to the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fleet.domain.byod import UNAPPROVED, check_step
from fleet.domain.records import PersonRow
from fleet.errors import NotAllowed
from tui.action import Action
from tui.possible import Situation, needs_register

if TYPE_CHECKING:
    from fleet.queries.reports.own_devices import OwnDeviceRow

OWN_DEVICES = frozenset({"own_devices"})


def own_rows(situation: Situation) -> list[OwnDeviceRow]:
    """The chosen registrations."""
    from fleet.queries.reports.own_devices import OwnDeviceRow

    rows: Sequence[object] = situation.chosen
    return [row for row in rows if isinstance(row, OwnDeviceRow)]


def step_of(step: str) -> Callable[[Situation], str | None]:
    """Why a step can't be done to the chosen registrations."""

    def check(situation: Situation) -> str | None:
        rows = own_rows(situation)
        if not rows:
            return "There is no line under the cursor."
        for row in rows:
            if row.state == UNAPPROVED:
                return f"Nobody asked for the own device of {row.person}: request it first (^F11)."
            try:
                check_step(f"The own device of {row.person}", row.state, step)
            except NotAllowed as error:
                return error.message
        return needs_register(situation)

    return check


def can_request(situation: Situation) -> str | None:
    """On a card it is the person's; a device is nobody who could ask."""
    if situation.place == "card" and not isinstance(situation.row, PersonRow):
        return "A person asks for it: go to their card."
    if getattr(situation.row, "state", None) == "left":
        return f"{getattr(situation.row, 'name', 'They')} left: nothing is registered for them any more."
    return needs_register(situation)


BYOD_ACTIONS: tuple[Action, ...] = (
    Action(
        "ask_own",
        "ctrl+f11",
        "request",
        "Ask for leave to use an own device for work, for this person.",
        "Do",
        OWN_DEVICES | {"people", "card"},
        can_request,
    ),
    Action(
        "approve_own", "f2", "approve", "A manager agrees to the marked requests, or this one.", "Do", OWN_DEVICES,
        step_of("approve"), 4,
    ),
    Action(
        "agree_own",
        "f3",
        "consent",
        "The owners of the marked devices, or of this one, accept the terms, or accept them again.",
        "Do",
        OWN_DEVICES,
        step_of("consent"),
        5,
    ),
    Action(
        "refuse_own", "f4", "refuse", "A manager does not agree to the marked requests, or this one.", "Do", OWN_DEVICES,
        step_of("refuse"),
    ),
    Action(
        "enrol_own",
        "ctrl+o",
        "enrol",
        "Link this registration to what its owner enrolled; of the marked ones, each to the only enrolment there is.",
        "Do",
        OWN_DEVICES,
        step_of("enrol"),
        6,
    ),
    Action(
        "end_own", "ctrl+x", "end", "End the marked registrations, or this one; tells what remains.", "Do", OWN_DEVICES,
        step_of("end"), 7,
    ),
)  # fmt: skip
