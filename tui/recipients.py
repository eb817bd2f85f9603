"""Whom a form may mean by what was typed: people, sites and teams in one list, best first."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.domain.records import PersonRow
from fleet.queries.places import PlaceRow
from tui.ranking import closeness
from tui.writes import Recipient


def of_person(row: PersonRow) -> Recipient:
    """A person as somebody who may get a device."""
    return Recipient(row.id * 3, "person", row.id, row.name, row.team, row.state, row.devices_held, row.upn)


def of_place(row: PlaceRow) -> Recipient:
    """A site or team as something that shares devices."""
    return Recipient(row.id * 3 + 1 + (row.kind == "team"), row.kind, row.id, row.name, row.organisation)


def best_first(text: str, found: Sequence[Recipient]) -> list[Recipient]:
    """In the order of how well they fit; those who left after those who are here, sites and teams after people."""

    def order(one: Recipient) -> tuple[object, ...]:
        group, place, kind = closeness(text, one.name, one.upn) if text.strip() else (0, 0, 0)
        return (group, place, kind, one.kind != "person", one.state == "left")

    return sorted(found, key=order)
