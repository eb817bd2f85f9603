"""A program for tests in a real terminal: Fleet on a real register in the folder that is named, with fifty devices."""

import sys
from pathlib import Path

from fleet.database import Database
from tests.factory import NOW, a_device, a_model, a_site, an_organisation
from tests.tui.real_register import open_as
from tui.app import FleetApp
from tui.sql_register import SqlRegister

DEVICES = 50


def open_register() -> SqlRegister:
    """A register with devices NB-001 to NB-050 and an open stocktake that expects them all."""
    home = Path(sys.argv[1])
    database = Database(f"sqlite:///{home / 'fleet.db'}")
    organisation = an_organisation(database)
    site, model = a_site(database, organisation), a_model(database)
    for n in range(1, DEVICES + 1):
        a_device(
            database, organisation, serial=f"DMPX00000{n:03d}", asset_tag=f"NB-{n:03d}", model_id=model, site_id=site,
            hay=f"nb-{n:03d}",
        )  # fmt: skip
    register = open_as(database, home)
    register.counting.begin("Town Hall, autumn", organisation=None, site=None, kind=None)
    return register


if __name__ == "__main__":
    FleetApp(open_register, clock=lambda: NOW, poll_seconds=0, plain="plain" in sys.argv).run()
