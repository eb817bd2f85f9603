"""Stocktakes: freeze what is expected, judge and keep every scan, close with findings for what nobody saw."""

from fleet.commands.stocktakes.closing import Closed, close
from fleet.commands.stocktakes.opening import Opened, open_new
from fleet.commands.stocktakes.scanning import Judged, scan

__all__ = ["Closed", "Judged", "Opened", "close", "open_new", "scan"]
