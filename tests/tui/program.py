"""A program for tests in a real terminal: Fleet on the register in memory. Arguments: devices, theme, hostile."""

import sys

from tests.tui.fake_register import NOW, FakeRegister
from tests.tui.hostile import HOSTILE
from tui.app import FleetApp
from tui.register import Register


def open_register() -> Register:
    """The register of these arguments."""
    from dataclasses import replace

    register = FakeRegister(int(sys.argv[1]))
    if "hostile" in sys.argv:
        for number, text in enumerate(HOSTILE[: register.number], 1):
            row = register.device(number)
            register.put_device(
                replace(row, asset_tag=f"H-{number:03d}", holder=text, model=text, site=text, status=text)
            )
    return register


if __name__ == "__main__":
    FleetApp(open_register, clock=lambda: NOW, theme=sys.argv[2], plain="plain" in sys.argv).run()
