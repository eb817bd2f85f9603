"""Two who wait for each other on PostgreSQL: the server ends one of them, who is told to repeat it."""

from threading import Barrier

from sqlalchemy import select

from fleet.database import Database
from fleet.database.models import Device
from fleet.errors import Conflict
from tests.conftest import PostgresqlDatabases
from tests.factory import ACTOR, NOW, a_device, an_organisation
from tests.fleet.database.test_races import at_once, conflicts


def test_who_gives_way_is_told_to_repeat_it(postgresql: PostgresqlDatabases) -> None:
    with Database(postgresql.migrated(), create=False) as database:
        owner = an_organisation(database)
        devices = [a_device(database, owner) for _ in range(2)]
        first_locked = Barrier(2)

        def note(order: list[int]) -> None:
            with database.transaction(actor=ACTOR, action="test.note", now=NOW) as session:
                for number, one in enumerate(order):
                    device = session.execute(select(Device).where(Device.id == one).with_for_update()).scalar_one()
                    device.notes = "seen"
                    if number == 0:
                        first_locked.wait(timeout=30)

        results = at_once(lambda: note(devices), lambda: note(devices[::-1]))
        (told,) = conflicts(results)
        assert isinstance(told, Conflict)
        assert "look again and repeat" in told.message
