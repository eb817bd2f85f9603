"""The migrations and the models are two descriptions of the same tables: on both databases they must agree."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, inspect, text

from fleet.database import Database, register
from fleet.database.engine import open_engine
from fleet.database.history import GENESIS
from fleet.database.models import Model
from fleet.database.register import alembic_config, downgrade, upgrade
from tests.conftest import Backend
from tests.factory import an_organisation, dump


class PowerCut(BaseException):
    """The program ends here, whatever it was doing."""


def tables(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def cut_power_at(engine: Engine, number: int) -> None:
    """Stop at the given statement that changes tables."""
    seen = 0

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal seen
        if statement.lstrip().upper().startswith(("CREATE", "DROP", "INSERT", "ALTER")):
            seen += 1
            if seen == number:
                raise PowerCut

    event.listen(engine, "before_cursor_execute", note)


def test_the_migrated_tables_are_those_of_the_models(database: Database) -> None:
    """A model changed without a migration shows here: columns, types, indexes, keys and unique constraints."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Model.metadata) == []


def test_the_check_constraints_are_those_of_the_models(backend: Backend) -> None:
    """Alembic does not compare checks: the tables of the migration and those of the models must have the same."""
    engine = open_engine(backend.empty())
    with engine.execution_options(fleet_write=True).begin() as connection:
        Model.metadata.create_all(connection)
    with Database(backend.migrated()) as migrated:
        for table in Model.metadata.tables:
            assert _checks(migrated.engine, table) == _checks(engine, table), table
    engine.dispose()


def test_partial_indexes_keep_their_condition(backend: Backend) -> None:
    """Alembic does not compare the WHERE of an index either, and a rule lives in each of them."""
    engine = open_engine(backend.empty())
    with engine.execution_options(fleet_write=True).begin() as connection:
        Model.metadata.create_all(connection)
    with Database(backend.migrated()) as migrated:
        for table in Model.metadata.tables:
            assert _partial(migrated.engine, table) == _partial(engine, table), table
    engine.dispose()


def test_sqlite_never_hands_out_an_id_twice_in_any_table_that_history_speaks_of(backend: Backend) -> None:
    """AUTOINCREMENT must be in the migration, not only in the model."""
    with Database(backend.migrated()) as migrated:
        if backend.name != "sqlite":
            return
        with migrated.engine.connect() as connection:
            created = dict(connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all())
    forgotten = [t for t in Model.metadata.tables if t != "chain_head" and "AUTOINCREMENT" not in created[t]]
    assert forgotten == []


def test_upgrading_from_nothing_makes_every_table_and_the_head_of_the_chain(backend: Backend) -> None:
    """A new register has one head: the chain starts at nothing."""
    with Database(backend.empty()) as made, made.engine.connect() as connection:
        assert tables(made.engine) == {*Model.metadata.tables, "alembic_version"}
        assert connection.execute(text("SELECT hash, events FROM chain_head")).all() == [(GENESIS, 0)]


def test_downgrading_to_nothing_and_up_again_gives_the_same_register(backend: Backend) -> None:
    """The way back is tried, not assumed."""
    with Database(backend.migrated()) as opened:
        downgrade(opened.engine, "base")
        assert tables(opened.engine) == {"alembic_version"}
        upgrade(opened.engine)
        an_organisation(opened)
        assert tables(opened.engine) == {*Model.metadata.tables, "alembic_version"}


def test_the_revisions_in_the_program_are_the_scripts_in_the_folder() -> None:
    """Opening compares with the constant, so that it need not import Alembic."""
    folder = Path(register.__file__).parent / "migrations"
    scripts = ScriptDirectory.from_config(alembic_config(None))
    assert Path(scripts.dir) == folder
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == register.REVISIONS
    assert len(list((folder / "versions").glob("*.py"))) == len(register.REVISIONS)


@pytest.mark.parametrize("statement", [1, 2, 15, 40])
def test_a_migration_that_is_cut_off_leaves_nothing(backend: Backend, statement: int) -> None:
    """All or nothing, so that the next start can simply begin anew."""
    url = backend.empty()
    engine = open_engine(url)
    cut_power_at(engine, statement)
    with pytest.raises(PowerCut):
        upgrade(engine)
    engine.dispose()
    fresh = open_engine(url)
    assert tables(fresh) == set()
    fresh.dispose()
    with Database(url) as opened:
        an_organisation(opened)


def test_a_downgrade_that_is_cut_off_leaves_everything(backend: Backend) -> None:
    """Half a register is worse than an old one."""
    url = backend.migrated()
    with Database(url) as opened:
        an_organisation(opened)
        before = dump(opened)
    engine = open_engine(url)
    cut_power_at(engine, 9)
    with pytest.raises(PowerCut):
        downgrade(engine, "base")
    engine.dispose()
    with Database(url, create=False) as opened:
        assert dump(opened) == before


def _checks(engine: Engine, table: str) -> set[tuple[str | None, str]]:
    with engine.connect() as connection:
        return {(one["name"], one["sqltext"]) for one in inspect(connection).get_check_constraints(table)}


def _partial(engine: Engine, table: str) -> dict[str | None, Any]:
    with engine.connect() as connection:
        dialect = engine.dialect.name
        return {
            one["name"]: (one["column_names"], one["unique"], str(one["dialect_options"].get(f"{dialect}_where")))
            for one in inspect(connection).get_indexes(table)
        }
