"""Sites and teams by name: who may hold shared equipment."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Organisation, Site, Team
from fleet.domain.search import fold


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A site or a team."""

    kind: Literal["site", "team"]
    id: int
    name: str
    organisation: str
    """Key of its organisation."""


def find_places(session: Session, *, text: str = "", limit: int | None = None) -> list[PlaceRow]:
    """Sites, then teams, whose name, kind or organisation holds every word, by name. They are few: compared here, where
    accents fold."""
    words = fold(text).split()
    found: list[PlaceRow] = []
    tables: tuple[tuple[Literal["site", "team"], Any], ...] = (("site", Site), ("team", Team))
    for kind, table in tables:
        rows = session.execute(
            select(table.id, table.name, Organisation.key)
            .join(Organisation, Organisation.id == table.organisation_id)
            .order_by(table.name, Organisation.key)
        )
        found += [
            PlaceRow(kind, row[0], row[1], row[2])
            for row in rows
            if all(word in fold(f"{row[1]} {kind} {row[2]}") for word in words)
        ]
    return found[:limit]
