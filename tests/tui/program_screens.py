"""A program for pictures of every screen: Fleet on a small real register. Arguments: a folder, and the state it is in.

`full` has something on most screens, `more` on the others, `empty` nothing; `auditor` may only look; `gone` can't be
reached; `opening` never opens.
"""

import os
import sys
import threading
from datetime import timedelta
from pathlib import Path

from fleet.database import Database
from fleet.database.models import ByodRegistration
from fleet.errors import DatabaseUnavailable
from tests.factory import NOW, write
from tests.tui import more_estate
from tests.tui.real_register import Estate, open_as
from tui.app import FleetApp
from tui.register import Register
from tui.writes import NoteStep, Report

DELIVERY = """Serial number,Model,Asset tag,Status,Owner
DMPX90000001,iPad (10th generation),NB-901,In stock,northbridge
DMPX90000002,iPad (10th generation),NB-902,In stock,northbridge
DMPX00000004,iPad (10th generation),NB-4,In repair,northbridge
,iPad (10th generation),,In stock,northbridge
"""


def fill(estate: Estate) -> None:
    """Something for every screen."""
    estate.register.do(Report("Left on the 42 bus", device_id=estate.devices[1], kind="lost"))
    estate.register.do(NoteStep(device_id=estate.devices[1], step="police"))
    estate.register.do(Report(device_id=estate.devices[2], kind="damaged"))
    today = NOW.date()
    for person, state, days in (
        (estate.ada, "enrolled", 200),
        (estate.bryn, "enrolled", -3),
        (estate.ada, "ended", -90),
    ):
        registration = ByodRegistration(
            organisation_id=estate.organisation, person_id=person, state=state, requested_on=today - timedelta(days=170),
            terms_version="2", approved_by="j.doe", consent_on=today - timedelta(days=165),
            consent_until=today + timedelta(days=days),
        )  # fmt: skip
        write(estate.register.database, registration)
    estate.register.counting.begin("Town Hall, autumn", organisation=None, site=None, kind=None)


def fill_more(estate: Estate) -> None:
    """Receipts, remote actions, deliveries, a council that joins."""
    more_estate.receipts(estate)
    more_estate.orders(estate, ("Left on the 42 bus", "Seen in Camden", "Given back", "Not reachable"))
    more_estate.deliveries(estate, ("to heads@northbridge.example", "The mailbox is full.", "to /srv/reports"))
    more_estate.joining(estate, Path.cwd())


def open_register() -> Register:
    """The register in the state that is named."""
    home, state = Path(sys.argv[1]), sys.argv[2]
    if state == "gone":
        raise DatabaseUnavailable("The register is busy: another program has been writing for more than five seconds.")
    if state == "opening":
        threading.Event().wait()
    database = Database(f"sqlite:///{home / 'fleet.db'}")
    if state == "empty":
        return open_as(database, home)
    estate = Estate(database, home)
    (fill_more if state == "more" else fill)(estate)
    return open_as(database, home, may="auditor") if state == "auditor" else estate.register


if __name__ == "__main__":
    os.chdir(sys.argv[1])
    Path("delivery.csv").write_text(DELIVERY, encoding="utf-8")
    FleetApp(open_register, clock=lambda: NOW, poll_seconds=0).run()
