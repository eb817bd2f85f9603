"""Which events stand: an undo takes one back, and undoing that undo brings it to life again."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from fleet.database.models import Event


@dataclass(slots=True)
class Standing:
    """The undos there were, and what became of them."""

    undoes: dict[int, int] = field(default_factory=dict)
    """Undoing event -> the event it takes back."""
    undone_by: dict[int, int] = field(default_factory=dict)
    """Event that does not stand -> the undo that took it back and stands itself."""

    def stands(self, event_id: int) -> bool:
        """Whether an event did something of its own that is still in effect."""
        return event_id not in self.undoes and event_id not in self.undone_by


def standing_events(connection: Connection) -> Standing:
    """Read all undos, whoever's; there are few. An undo is always newer than what it takes back."""
    found = Standing()
    rows = connection.execute(
        select(Event.id, Event.undoes_id).where(Event.undoes_id.is_not(None)).order_by(Event.id.desc())
    )
    for event_id, target in rows:
        assert target is not None
        found.undoes[event_id] = target
        if event_id not in found.undone_by:
            found.undone_by.setdefault(target, event_id)
    return found
