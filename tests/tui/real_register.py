"""The real register on SQLite for tests of screens that stand on commands and queries: a small estate, an operator."""

import copy
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from fleet.config import Config, OrganisationConfig
from fleet.database import Database
from fleet.queries.operators import Access
from tests.factory import NOW, a_device, a_model, a_person, a_site, a_team, an_organisation
from tests.tui.driving import drive
from tui.sql_register import SqlRegister
from tui.writes import Issue, Recipient


def open_as(database: Database, home: Path, *, may: str = "administrator") -> SqlRegister:
    """The register for one operator."""
    config = Config(
        home=home,
        database_url=database.url,
        organisations={"northbridge": OrganisationConfig("northbridge", "Northbridge Council")},
    )
    return SqlRegister(database, Access("j.doe", may, None), config, lambda: NOW)


Scenario = Callable[[Pilot[Any], Any], Awaitable[None]]


class Estate:
    """Two people, a site, eight iPads NB-1 to NB-8; NB-1 lent and overdue, NB-2 lent, NB-3 given."""

    def __init__(self, database: Database, home: Path, *, may: str = "administrator") -> None:
        self.organisation = an_organisation(database)
        self.team = a_team(database, self.organisation)
        self.site = a_site(database, self.organisation)
        self.model = a_model(database)
        self.bryn = a_person(
            database, self.organisation, upn="bryn.hale@northbridge.example", team_id=self.team, hay="bryn hale"
        )
        self.ada = a_person(database, self.organisation, "Ada Moss", hay="ada moss")
        self.devices = [
            a_device(
                database, self.organisation, serial=f"DMPX0000000{n}", asset_tag=f"NB-{n}", model_id=self.model,
                site_id=self.site, hay=f"nb-{n} dmpx0000000{n}",
            )
            for n in range(1, 9)
        ]  # fmt: skip
        self.register = open_as(database, home, may=may)
        self.give(self.bryn, self.devices[0], due=NOW.date() + timedelta(days=1))
        self.give(self.bryn, self.devices[1], due=NOW.date() + timedelta(days=3))
        self.give(self.ada, self.devices[2])

    def again(self, database: Database, home: Path) -> "Estate":
        """The same estate in a copy of its register."""
        same = copy.copy(self)
        same.register = open_as(database, home)
        return same

    def give(self, person: int, device: int, due: date | None = None) -> None:
        """Issue a device."""
        to = Recipient(person * 3, "person", person, "somebody")
        self.register.do(Issue(device_ids=(device,), to=to, due_on=due))

    def drive(self, scenario: Scenario, **options: Any) -> None:
        """Run a scenario on the device list of this register."""
        drive(scenario, self.register, clock=lambda: NOW, **options)
