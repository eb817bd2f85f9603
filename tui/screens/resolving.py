"""Enter on a list: exactly what was typed or scanned comes before the line under the cursor, on every list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.columns import device_name

if TYPE_CHECKING:
    from tui.app import FleetApp
    from tui.register import Register
    from tui.screens.desk import DeskScreen

Found = tuple[str, Any]
"""The list something belongs to, and its row."""


def exact_device(register: Register, typed: str) -> Found | None:
    """The device with exactly this identifier."""
    device_id = register.resolve(typed)
    return ("devices", register.device_card(device_id).row) if device_id is not None else None


def exact_person(register: Register, typed: str) -> Found | None:
    """The person with exactly this name, sign-in name or employee number."""
    person_id = register.resolve_person(typed)
    return ("people", register.person_card(person_id).row) if person_id is not None else None


def resolve(desk: DeskScreen[Any], typed: str) -> None:
    """Open what is exactly that, whatever the list shows; else the cursor row. A scan behind words that were typed before
    counts alone: nobody clears the search before scanning."""
    scan = desk.search.take_scan().strip()

    def look(register: Register) -> tuple[Found | None, str]:
        found = desk.exact(register, typed)
        if found is None and scan not in ("", typed):
            return desk.exact(register, scan), scan
        return found, typed

    def done(answer: tuple[Found | None, str]) -> None:
        found, meant = answer
        untouched = desk.search.value.strip() == typed
        if found is not None and untouched:
            if meant != typed:  # What stood before the scan is not what anybody looks for when coming back.
                desk.search.value = meant
            desk.search.start_afresh()
            open_found(desk, found)
        elif found is not None:
            name = device_name(found[1]) if found[0] == "devices" else found[1].name
            desk.fleet.notify(f"Found {name}.")
        elif untouched:
            _nothing_exact(desk, typed)

    desk.fleet.background.read(object(), look, done, desk.fleet.trouble)


def open_found(desk: DeskScreen[Any], found: Found) -> None:
    """Open a card on its own list; Esc comes back here."""
    place, row = found
    if place == desk.PLACE:
        desk.open_card(row)
    else:
        open_elsewhere(desk.fleet, place, row, came_from=desk.PLACE)


def open_elsewhere(fleet: FleetApp, place: str, row: Any, *, came_from: str) -> None:
    """Open a card on another list."""

    async def go() -> None:
        await fleet.switch_mode(place)
        opens = getattr(fleet.screen, "open_card", None)
        if opens is not None:
            opens(row, came_from=came_from)

    fleet.run_worker(go())


def _nothing_exact(desk: DeskScreen[Any], typed: str) -> None:
    if desk.source.is_current and not len(desk.source):
        desk.fleet.bell()
        desk.fleet.notify(f"Nothing is known as {typed}.", severity="error")
        desk.search.start_afresh()
    else:
        open_when_read(desk)


def open_when_read(desk: DeskScreen[Any]) -> None:
    """Open the cursor row, after the rows for the present text have arrived."""
    if desk.source.is_current:
        desk.on_virtual_table_opened()
    elif desk.source.refused is not None:
        desk.fleet.bell()
        desk.fleet.trouble(desk.source.refused)
    else:
        desk.open_when_read = True
