"""An invented shared service of any size, with an answer key to what is wrong with it."""

from fleet.demo.estate.generate import generate
from fleet.demo.estate.seeds import Estate, Planted

__all__ = ["Estate", "Planted", "generate"]
