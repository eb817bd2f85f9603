"""The `fleet` program: parse, call, print, exit code. The composition root; heavy things are imported where they are used."""

from fleet.cli.program import main

__all__ = ["main"]
