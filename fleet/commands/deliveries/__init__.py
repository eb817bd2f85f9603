"""Reports that go out by themselves: intended, carried, recorded; each once."""

from fleet.commands.deliveries.ledger import Standing, settle, standings
from fleet.commands.deliveries.running import Outcome, Tools, deliver, orders_of, within_walls

__all__ = ["Outcome", "Standing", "Tools", "deliver", "orders_of", "settle", "standings", "within_walls"]
