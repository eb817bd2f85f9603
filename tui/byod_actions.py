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

OWN_DEVICES = frozenset({"own_devices", "own_card"})


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


def has_registration(situation: Situation) -> str | None:
    """A person may have one; a device only when it is somebody's own."""
    row: object = situation.row
    if row is None:
        return "There is no line under the cursor."
    if situation.day is not None:
        return "Registrations are shown as they are today: Esc goes back there."
    if isinstance(row, PersonRow) or getattr(row, "ownership", None) == "personal":
        return needs_register(situation)
    return "It is not somebody's own device: only those are registered."


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
        "registration", "ctrl+f12", "registration", "Go to the registration of this own device, or of this person's.",
        "Go", frozenset({"devices", "people", "card"}), has_registration,
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
