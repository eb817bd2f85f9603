"""The rights that OPERATIONS.md gives on PostgreSQL: enough for the work of a day, too few to rewrite history."""

import re
from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import ProgrammingError

from fleet.database import Database
from fleet.database.models import Organisation, Site
from fleet.database.verify import verify
from tests.conftest import PostgresqlServer
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "OPERATIONS.md"


class Shared:
    """A register set up by the page's own SQL, under names that no other test uses."""

    def __init__(self, server: PostgresqlServer) -> None:
        self.server = server
        mark = uuid4().hex[:8]
        self.names = {name: f"{name}_{mark}" for name in ("fleet_owner", "fleet_staff", "anna", "fleet")}
        self.server.names.append(self.names["fleet"])
        as_administrator, as_owner = (block.text for block in blocks(PAGE) if block.language == "sql")
        for statement in self.statements(as_administrator):
            server.run(statement)
        Database(self.url("fleet_owner")).close()
        owner = create_engine(self.url("fleet_owner").replace("postgresql:", "postgresql+psycopg:", 1))
        with owner.begin() as connection:
            for statement in self.statements(as_owner):
                connection.execute(text(statement))
        owner.dispose()

    def statements(self, block: str) -> Iterator[str]:
        """A block's statements with this register's names."""
        for statement in filter(None, map(str.strip, block.split(";"))):
            yield re.sub(r"\b(?:fleet_owner|fleet_staff|anna|fleet)\b", lambda name: self.names[name[0]], statement)

    def url(self, role: str) -> str:
        """The register's address in a role, whoever may log in to this server."""
        address = self.server.url.set(drivername="postgresql", database=self.names["fleet"])
        address = address.update_query_dict({"options": f"-c role={self.names[role]}"})
        return address.render_as_string(hide_password=False)

    def drop(self) -> None:
        """Leave nothing on the server."""
        self.server.drop(self.names["fleet"])
        for role in ("anna", "fleet_staff", "fleet_owner"):
            self.server.run(f"DROP ROLE {self.names[role]}")


@pytest.fixture
def shared(postgresql_server: PostgresqlServer) -> Iterator[Shared]:
    """A register as OPERATIONS.md sets it up."""
    made = Shared(postgresql_server)
    yield made
    made.drop()


def test_a_technician_can_work_and_can_not_rewrite_history(shared: Shared, now: datetime) -> None:
    with Database(shared.url("anna")) as database:
        with database.transaction(actor="anna", action="configuration", now=now) as session:
            council = Organisation(key="northbridge", name="Northbridge Council")
            session.add(council)
            session.flush()
            session.add(Site(organisation_id=council.id, name="Civic Centre"))
        with database.transaction(actor="anna", action="undo", now=now) as session:
            session.delete(session.execute(select(Site)).scalar_one())
        with database.read() as session:
            assert verify(session).problems == []
        for forbidden in (
            "UPDATE change SET before = NULL",
            "DELETE FROM change",
            "DELETE FROM event",
            "DELETE FROM chain_head",
            "UPDATE alembic_version SET version_num = '9999'",
            "CREATE TABLE sheet (id integer)",
        ):
            with database.engine.connect() as connection, pytest.raises(ProgrammingError):
                connection.execute(text(forbidden))


def test_a_colleague_without_the_role_is_kept_out(shared: Shared) -> None:
    with shared.server.admin.connect() as connection:
        may_connect = text("SELECT has_database_privilege('public', :name, 'CONNECT')")
        assert connection.execute(may_connect, {"name": shared.names["fleet"]}).scalar_one() is False
