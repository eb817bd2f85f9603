"""Two imports at once: the second compares with what the first has written."""

import pytest
from sqlalchemy import text

from fleet.commands.imports import ImportOptions, apply_file
from fleet.database import Database
from fleet.database.turns import wait_turn
from fleet.errors import FleetError
from tests.conftest import PostgresqlDatabases
from tests.factory import ACTOR, NOW, an_organisation

THIN_CLIENTS = b"00E0C5540B8B;TC-001;111;26\n00E0C5540B8C;TC-002;111;26\n"


def test_an_import_waits_for_another_one_and_then_finds_nothing_to_do(postgresql: PostgresqlDatabases) -> None:
    """Of thin clients that only a MAC address tells apart no rule of the database would keep two."""
    database = Database(postgresql.migrated())
    an_organisation(database)
    try:
        with database.transaction(actor=ACTOR, action="test", now=NOW) as first:
            wait_turn(first, "import")
            with (
                pytest.raises(FleetError, match="busy"),
                database.transaction(actor=ACTOR, action="test", now=NOW) as second,
            ):
                second.execute(text("SET LOCAL lock_timeout = 20"))
                wait_turn(second, "import")
        done = [
            apply_file(database, THIN_CLIENTS, "igel.csv", ImportOptions(), actor=ACTOR, now=NOW).counts["new"]
            for _ in range(2)
        ]
        assert done == [2, 0]
    finally:
        database.close()
