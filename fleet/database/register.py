"""Opening the register, reading it, and the one way to write to it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from fleet.database import history, search, walls
from fleet.database.engine import hold_few_pages, open_engine, plain_errors
from fleet.database.history import OpenEvent
from fleet.database.walls import Scope
from fleet.errors import DatabaseUnavailable, NoAccess

__all__ = ["REVISIONS", "Database", "RegisterSession", "Scope"]

REVISIONS = ("0001",)
"""Migrations this program knows, oldest first; a test compares them with the folder. Spelt out here so that opening
the register need not import Alembic (370 ms)."""


class RegisterSession(Session):
    """A session with history and walls."""


history.watch(RegisterSession)
walls.build(RegisterSession)


class Database:
    """The register at one address. Opening checks that its tables are those of this program."""

    def __init__(self, url: str, *, create: bool = True) -> None:
        self.url = url
        self.engine: Engine = open_engine(url)
        self.before_sealing: Callable[[Session], None] | None = None
        """What every writing transaction does as its last act: whatever has to follow from its changes."""
        with ExitStack() as opening, plain_errors("open the register"):
            opening.callback(self.engine.dispose)
            self._check_revision(create)
            opening.pop_all()

    def keep_small(self) -> None:
        """Hold few pages from now on: for a program with a connection in each of several threads, all day."""
        hold_few_pages(self.engine)

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def read(self, scope: Scope = None) -> Iterator[Session]:
        """A session that sees only `scope` and can't write."""
        with (
            plain_errors("read the register"),
            RegisterSession(self.engine, info={"scope": scope}, expire_on_commit=False) as session,
        ):
            yield session

    @contextmanager
    def transaction(
        self,
        *,
        actor: str,
        action: str,
        now: datetime,
        reason: str | None = None,
        effective_at: datetime | None = None,
        organisation_id: int | None = None,
        run_id: int | None = None,
        undoes_id: int | None = None,
        scope: Scope = None,
        may_write: bool = True,
    ) -> Iterator[Session]:
        """The one way to write: everything inside is one Event, or nothing happened.

        Raises `NoAccess` for an operator who may only read, `Conflict` when somebody was faster, and
        `DatabaseUnavailable` when the register can't be written.
        """
        if not may_write:
            raise NoAccess(f"{actor} may read the register but not change it.")
        event = OpenEvent(
            actor=actor, action=action, now=now, reason=reason, effective_at=effective_at,
            organisation_id=organisation_id, run_id=run_id, undoes_id=undoes_id,
        )  # fmt: skip
        engine = self.engine.execution_options(fleet_write=True)
        with (
            plain_errors("write to the register" if "." in action else action),
            RegisterSession(engine, info={"scope": scope, "event": event}, expire_on_commit=False) as session,
        ):
            yield session
            session.flush()
            if self.before_sealing is not None:
                self.before_sealing(session)
            connection = session.connection()
            search.refresh(connection, event.touched)
            session.info["head"] = history.seal(connection, event)
            session.commit()

    def _check_revision(self, create: bool) -> None:
        with self.engine.connect() as connection:
            has_tables = inspect(connection).has_table("alembic_version")
            revision = (
                connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if has_tables else None
            )
            empty = revision is None and not inspect(connection).get_table_names()
        if empty and create:
            upgrade(self.engine)
        elif revision is None:
            raise DatabaseUnavailable(
                "The database holds other tables, or none, and no register. Name another database, or run: fleet db upgrade",
                code="no-register",
            )
        elif revision not in REVISIONS:
            raise _newer(revision)
        elif revision != REVISIONS[-1]:
            raise DatabaseUnavailable(
                f"The register is from an older Fleet (migration {revision}). Make a backup, then run: fleet db upgrade",
                code="older",
            )


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision, in one transaction; makes them when the database is empty.

    Raises `DatabaseUnavailable` when a newer program made them.
    """
    from alembic import command

    with engine.execution_options(fleet_write=True).begin() as connection:
        if connection.dialect.name == "postgresql":  # Two programs may open an empty database at once.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('fleet migration'))"))
        if inspect(connection).has_table("alembic_version"):
            held = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if held is not None and held not in REVISIONS:
                raise _newer(held)
        command.upgrade(alembic_config(connection), revision)


def _newer(revision: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The register was made by a newer Fleet (migration {revision}). Update Fleet before using it.", code="newer"
    )


def downgrade(engine: Engine, revision: str) -> None:
    """Take the tables back to an earlier revision."""
    from alembic import command

    with engine.execution_options(fleet_write=True).begin() as connection:
        command.downgrade(alembic_config(connection), revision)


def alembic_config(connection: Any) -> Any:
    """Alembic's configuration, in code: there is no ini file to lose."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
