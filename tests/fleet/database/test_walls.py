"""The walls between organisations: what a session with a narrower scope sees and may write, whatever the query is."""

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Table, exists, func, select, text, union_all
from sqlalchemy.orm import Session, aliased

from fleet.database import Database
from fleet.database.models import (
    Assignment,
    Change,
    Device,
    Event,
    Model,
    Organisation,
    OrganisationOwned,
    Person,
    Run,
    Site,
)
from fleet.database.types import Json, UTCDateTime
from fleet.domain.search import parse
from fleet.errors import NoAccess
from fleet.queries.devices import DeviceQuery, count_devices, list_devices
from tests.factory import ACTOR, NOW, TODAY, dump

OWNED: list[Any] = sorted(
    (mapper.class_ for mapper in Model.registry.mappers if issubclass(mapper.class_, OrganisationOwned)),
    key=lambda kind: str(kind.__tablename__),
)


def everything_of(session: Session, key: str) -> int:
    """One row of every table that belongs to an organisation, filled with whatever its columns demand."""
    made: dict[str, int] = {}
    said: dict[str, dict[str, Any]] = {
        "device": {"serial": f"SERIAL{key}"},
        "organisation": {"key": key},
        "person": {"display_name": f"Bryn of {key}"},
        "run": {"organisation_id": None},
        "site": {"name": f"Depot of {key}"},
    }
    kinds = {mapper.class_.__tablename__: mapper.class_ for mapper in Model.registry.mappers}
    for table in Model.metadata.sorted_tables:
        kind = kinds[table.name]
        if kind in OWNED or kind in (Organisation, Run):
            row = kind(**_demanded(table, made, key) | said.get(table.name, {}))
            if table.name in ("run", "assignment"):
                wanted = "organisation" if table.name == "run" else "person"
                setattr(row, f"{wanted}_id", made[wanted])
            session.add(row)
            session.flush()
            made[table.name] = row.id
    return made["organisation"]


def _demanded(table: Table, made: dict[str, int], key: str) -> dict[str, Any]:
    """Values for the columns that may not be blank: the same council's rows, the first allowed word, any moment."""
    words = {
        column: first
        for check in table.constraints
        if isinstance(check, CheckConstraint)
        for column, first in re.findall(r"^(\w+) = '(\w+)'", str(check.sqltext))
    }
    by_type: dict[type, Any] = {date: TODAY, int: 1, bool: False, bytes: b"x", str: key}
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.nullable or column.primary_key or column.default is not None:
            continue
        if column.foreign_keys:
            (foreign,) = column.foreign_keys
            values[column.name] = made[foreign.column.table.name]
        else:
            ours: Any = {Json: {}, UTCDateTime: NOW}.get(type(column.type))
            values[column.name] = words.get(column.name, by_type[column.type.python_type] if ours is None else ours)
    return values


@pytest.fixture
def councils(database: Database) -> tuple[int, int]:
    """Two organisations, each with one row of everything."""
    owners = []
    for key in ("northbridge", "southmere"):
        with database.transaction(actor=ACTOR, action="test.build", now=NOW) as session:
            owners.append(everything_of(session, key))
    return owners[0], owners[1]


def test_this_file_builds_a_row_of_every_table_that_belongs_to_somebody(
    database: Database, councils: tuple[int, int]
) -> None:
    """A new table is tried as well, or this fails."""
    with database.read() as session:
        missing = [kind for kind in OWNED if session.execute(select(func.count(kind.id))).scalar_one() != 2]
    assert missing == []


def test_a_scoped_session_sees_only_its_own_rows_of_every_table(database: Database, councils: tuple[int, int]) -> None:
    """Entities, columns, counts, aliases, subqueries and keys: whatever the author forgot."""
    mine, theirs = councils
    with database.read(frozenset({mine})) as session:
        for kind in OWNED:
            other = aliased(kind)
            foreign = session.connection().execute(
                select(kind.__table__.c.id).where(kind.__table__.c.organisation_id == theirs)
            ).scalar_one()  # fmt: skip
            assert [one.organisation_id for one in session.execute(select(kind)).scalars()] == [mine], kind
            assert session.execute(select(kind.organisation_id)).scalars().all() == [mine], kind
            assert session.execute(select(func.count()).select_from(kind)).scalar_one() == 1, kind
            assert session.execute(select(func.count(kind.id))).scalar_one() == 1, kind
            assert session.execute(select(func.max(kind.organisation_id))).scalar_one() == mine, kind
            assert session.execute(select(other.organisation_id)).scalars().all() == [mine], kind
            assert session.execute(select(kind).where(kind.id == foreign)).scalars().all() == [], kind
            assert session.get(kind, foreign) is None, kind
            inner = select(kind.organisation_id).subquery()
            assert session.execute(select(inner)).scalars().all() == [mine], kind
            assert session.execute(select(select(func.count(kind.id)).scalar_subquery())).scalar_one() == 1, kind
            assert session.execute(select(exists().where(kind.id == foreign))).scalar_one() is False, kind


def test_the_scope_of_one_session_is_not_that_of_the_next(database: Database, councils: tuple[int, int]) -> None:
    """Compiled statements are cached; the organisations must not be."""
    mine, theirs = councils
    for scope in ({mine}, {theirs}, {mine, theirs}, set(), {theirs}, None, {mine}):
        with database.read(None if scope is None else frozenset(scope)) as session:
            seen = set(session.execute(select(Device.organisation_id)).scalars())
            assert seen == ({mine, theirs} if scope is None else scope)
            assert set(session.execute(select(Organisation.id)).scalars()) == seen


def test_joins_do_not_lead_out(database: Database, councils: tuple[int, int]) -> None:
    """Each side of a join is narrowed, also the outer one and through an alias."""
    mine, theirs = councils
    with database.transaction(actor=ACTOR, action="test.lend", now=NOW) as session:
        lent = session.execute(select(Device).where(Device.organisation_id == mine)).scalar_one()
        foreign = session.execute(select(Assignment).where(Assignment.organisation_id == theirs)).scalar_one()
        session.execute(select(Assignment).where(Assignment.device_id == lent.id)).scalar_one().returned_on = TODAY
        foreign.device_id = lent.id
    holder = aliased(Person)
    with database.read(frozenset({mine})) as session:
        joined = (
            select(Device.serial, holder.display_name)
            .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
            .outerjoin(holder, holder.id == Assignment.person_id)
        )
        assert [tuple(row) for row in session.execute(joined)] == [("SERIALnorthbridge", None)]
        inner = (
            select(holder.display_name)
            .select_from(Device)
            .join(Assignment, Assignment.device_id == Device.id)
            .join(holder, holder.id == Assignment.person_id)
        )
        assert session.execute(inner).scalars().all() == ["Bryn of northbridge"]


def test_unions_do_not_lead_out(database: Database, councils: tuple[int, int]) -> None:
    """Each arm is narrowed."""
    mine, _ = councils
    both = union_all(select(Device.organisation_id), select(Site.organisation_id))
    with database.read(frozenset({mine})) as session:
        assert session.execute(both).scalars().all() == [mine, mine]


def test_lists_of_devices_show_and_count_only_what_may_be_seen(database: Database, councils: tuple[int, int]) -> None:
    """The real query, its page, its count, and a search for the other's serial."""
    mine, _ = councils
    with database.read(frozenset({mine})) as session:
        rows = list_devices(session, DeviceQuery(), now=NOW, limit=50)
        assert [row.organisation for row in rows] == ["northbridge"]
        assert count_devices(session, DeviceQuery(), now=NOW) == 1
        theirs = DeviceQuery(search=parse("serialsouthmere"))
        assert list_devices(session, theirs, now=NOW) == []
        assert count_devices(session, theirs, now=NOW) == 0


def test_history_and_runs_show_only_what_may_be_seen(database: Database, councils: tuple[int, int]) -> None:
    """What was done to another organisation's devices holds their people's names."""
    mine, _ = councils
    with database.read(frozenset({mine})) as session:
        assert set(session.execute(select(Change.organisation_id)).scalars()) == {mine}
        assert set(session.execute(select(Event.organisation_id)).scalars()) <= {mine}
        assert set(session.execute(select(Run.organisation_id)).scalars()) == {mine}
        assert [one.key for one in session.execute(select(Organisation)).scalars()] == ["northbridge"]


def test_no_organisation_is_nothing_at_all(database: Database, councils: tuple[int, int]) -> None:
    """An operator whose organisations were taken away."""
    with database.read(frozenset()) as session:
        for kind in OWNED:
            assert session.execute(select(kind)).all() == [], kind


@pytest.mark.parametrize(
    "deed", ["insert", "move away", "delete what was loaded elsewhere", "change what was loaded elsewhere"]
)
def test_a_scoped_session_writes_only_its_own_rows(database: Database, councils: tuple[int, int], deed: str) -> None:
    """Refused at the flush, with exit code 5, and nothing is kept."""
    mine, theirs = councils
    with database.read() as session:
        foreign = session.execute(select(Device).where(Device.organisation_id == theirs)).scalar_one()
        own = session.execute(select(Device).where(Device.organisation_id == mine)).scalar_one()
    before = dump(database)
    with (
        pytest.raises(NoAccess, match="outside your access") as caught,
        database.transaction(actor=ACTOR, action="test", now=NOW, scope=frozenset({mine})) as session,
    ):
        session.add_all([foreign, own])
        if deed == "insert":
            session.add(Site(organisation_id=theirs, name="Annexe"))
        elif deed == "move away":
            own.organisation_id = theirs
        elif deed == "change what was loaded elsewhere":
            foreign.notes = "ours now"
        else:
            session.delete(foreign)
    assert caught.value.exit_code == 5
    assert dump(database) == before


def test_a_row_cant_be_brought_in_from_another_organisation(database: Database, councils: tuple[int, int]) -> None:
    """Taking is writing to somebody else's row as well."""
    mine, theirs = councils
    with database.read() as session:
        foreign = session.execute(select(Device).where(Device.organisation_id == theirs)).scalar_one()
    before = dump(database)
    with (
        pytest.raises(NoAccess),
        database.transaction(actor=ACTOR, action="test", now=NOW, scope=frozenset({mine})) as session,
    ):
        session.add(foreign)
        foreign.organisation_id = mine
    assert dump(database) == before


def test_runs_and_organisations_of_others_are_not_written_either(database: Database, councils: tuple[int, int]) -> None:
    """They carry no `OrganisationOwned`, and belong to somebody all the same."""
    mine, theirs = councils
    scope = frozenset({mine})
    with database.read() as session:
        council = session.get_one(Organisation, theirs)
        run = session.execute(select(Run).where(Run.organisation_id == theirs)).scalar_one()
    for row in (council, run):
        with pytest.raises(NoAccess), database.transaction(actor=ACTOR, action="x", now=NOW, scope=scope) as session:
            session.add(row)
            if isinstance(row, Run):
                row.error = "nothing"
            else:
                row.name = "Ours"


def test_a_scoped_session_may_write_its_own_rows(database: Database, councils: tuple[int, int]) -> None:
    """The walls have a door."""
    mine, _ = councils
    with database.transaction(actor=ACTOR, action="test", now=NOW, scope=frozenset({mine})) as session:
        device = session.execute(select(Device)).scalar_one()
        device.status, device.status_since = "in_stock", date(2026, 11, 22)
        session.add(Site(organisation_id=mine, name="Annexe"))
    with database.read() as session:
        assert session.execute(select(Device.status).where(Device.organisation_id == mine)).scalar_one() == "in_stock"
        sites = set(session.execute(select(Site.name).where(Site.organisation_id == mine)).scalars())
    assert sites == {"Depot of northbridge", "Annexe"}


def test_core_statements_and_text_are_outside_the_walls(database: Database, councils: tuple[int, int]) -> None:
    """Known and meant: plans and rules read whole tables on the connection. Never for what an operator asked."""
    mine, _ = councils
    with database.read(frozenset({mine})) as session:
        assert len(session.connection().execute(select(Device.id)).all()) == 2
        assert len(session.execute(text("SELECT id FROM device")).all()) == 2
        assert len(session.execute(select(Device.__table__.c.id)).all()) == 2
