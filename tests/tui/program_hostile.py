"""A program for tests in a real terminal: Fleet on a real register in which every name is hostile. Argument: a folder.

The texts go past the doors that would clean them: what is in the register already must be inert on screen too.
"""

import os
import sys
from pathlib import Path

from sqlalchemy import func, select

from fleet.database import Database
from fleet.database.models import ByodRegistration, Device, Finding, Person
from fleet.errors import FleetError
from tests.factory import NOW, write
from tests.tui import more_estate
from tests.tui.hostile import HOSTILE
from tests.tui.real_register import Estate
from tui.app import FleetApp
from tui.register import Register
from tui.writes import Report

KEPT = [text for text in (text.replace("\x00", "\x01")[:400] for text in HOSTILE) if text.isprintable() or text.strip()]


def storable(text: str) -> str:
    """A text that a database takes: without halves of surrogate pairs."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def fill(estate: Estate) -> None:
    """One device and one person of each name, with reports, registrations and findings about them."""
    database, owner = estate.register.database, estate.organisation
    texts = [storable(text) for text in KEPT]
    people = [
        Person(organisation_id=owner, display_name=text, job_title=text, department=text, hay=text) for text in texts
    ]
    write(database, *people)
    devices = [
        Device(
            organisation_id=owner, kind="ipad", ownership="organisation", status="in_stock", serial=f"DMPH{n:08d}",
            asset_tag=f"H-{n:03d}", model_id=estate.model, site_id=estate.site, notes=text, hay=text,
        )
        for n, text in enumerate(texts)
    ]  # fmt: skip
    write(database, *devices)
    findings = [
        Finding(
            organisation_id=owner, rule="vanished", identity=f"h{n}", severity="high", state="open", subject_type="device",
            subject_id=device.id, subject=text, sentence=text, evidence={"seen": text}, first_seen=NOW, last_seen=NOW,
        )
        for n, (device, text) in enumerate(zip(devices, texts, strict=True))
    ]  # fmt: skip
    registrations = [
        ByodRegistration(
            organisation_id=owner, person_id=person.id, state="requested", requested_on=NOW.date(), terms_version=text
        )
        for person, text in zip(people[:40], texts[:40], strict=True)
    ]
    write(database, *findings, *registrations)
    for device, text in zip(devices[:12], texts[:12], strict=True):
        try:
            estate.register.do(Report(text, device_id=device.id, kind="damaged"))
        except FleetError:  # a reason that is refused, which is right as well
            estate.register.do(Report(device_id=device.id, kind="damaged"))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Person)) >= 200
    more_estate.receipts(estate)
    more_estate.orders(estate, texts)
    more_estate.deliveries(estate, texts)
    cells = [text.replace('"', '""') for text in texts]
    rows = "".join(f'DMPJ{n:08d},"{cell}","{cell}"\n' for n, cell in enumerate(cells))
    more_estate.joining(estate, Path.cwd(), f"Serial,Holder,Notes\n{rows}")
    estate.register.counting.begin("Count", organisation=None, site=None, kind=None)


def open_register() -> Register:
    """The register of the folder that is named."""
    home = Path(sys.argv[1])
    estate = Estate(Database(f"sqlite:///{home / 'fleet.db'}"), home)
    fill(estate)
    return estate.register


if __name__ == "__main__":
    os.chdir(sys.argv[1])
    FleetApp(open_register, clock=lambda: NOW, poll_seconds=0).run()
