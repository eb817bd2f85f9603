"""A small register to work on, and the deeds of a day in words: each is one event, as the command line writes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import start_of_day
from fleet.commands import assignments, devices
from fleet.commands.sync import SyncOptions, SyncResult, sync_tenant
from fleet.commands.undo import UndoPlan, apply_undo, events_of_run, plan_undo
from fleet.database import Database, Scope
from fleet.database.history import kept_columns, open_event
from fleet.database.models import Change, Model, Organisation, Person, Site, Team, Tenant
from fleet.database.models.devices import Device, DeviceModel
from fleet.database.types import canonical_json
from fleet.domain.records import ObservedTenant
from tests.factory import ACTOR, NOW, a_tenant_config

MACHINERY = frozenset({"event", "change", "chain_head", "run", "finding", "finding_count", "import_mapping"})
"""Tables that only grow: history itself, what the rules write, and what was said of files."""
VOLATILE = {
    mapper.class_.__tablename__: frozenset(mapper.class_.volatile) | {"version"} for mapper in Model.registry.mappers
}


@dataclass
class Estate:
    """A council with a tenant, two sites, a team, three people and some iPads in stock."""

    database: Database
    organisation: int = 0
    tenant: int = 0
    sites: tuple[int, ...] = ()
    team: int = 0
    people: tuple[int, ...] = ()
    devices: list[int] = field(default_factory=list)
    now: datetime = NOW

    def deed(
        self, action: str, act: Callable[[Session], Any], *, on: date | None = None, scope: Scope = None, **more: Any
    ) -> int | None:
        """Do something as one event; returns its number, or None when nothing was changed."""
        with self.database.transaction(
            actor=ACTOR, action=action, now=self.now, effective_at=start_of_day(on) if on else None, scope=scope, **more
        ) as session:
            act(session)
            session.flush()
            event = open_event(session)
        return event.id

    def issue(self, ids: Sequence[int], *, on: date | None = None, **to: Any) -> int:
        return self._certain(
            self.deed("device.issue", lambda s: assignments.issue(s, ids, now=self.now, issued_on=on, **to), on=on)
        )

    def take_back(self, ids: Sequence[int], *, on: date | None = None, **how: Any) -> int:
        act = lambda s: assignments.return_devices(s, ids, now=self.now, returned_on=on, **how)  # noqa: E731
        return self._certain(self.deed("device.return", act, on=on))

    def move(self, ids: Sequence[int], to: str, *, on: date | None = None, reason: str = "as told") -> int:
        act = lambda s: devices.move(s, ids, to, now=self.now, on=on, reason=reason)  # noqa: E731
        return self._certain(self.deed("device.move", act, on=on))

    def set(self, kind: type[Model], row_id: int, **values: Any) -> int:
        """Set fields of a row by hand."""

        def act(session: Session) -> None:
            row = session.get_one(kind, row_id)
            for name, value in values.items():
                setattr(row, name, value)

        return self._certain(self.deed("test.change", act))

    def add(self, *rows: Model) -> int:
        return self._certain(self.deed("test.write", lambda s: s.add_all(rows)))

    def sync(self, night: ObservedTenant, **options: Any) -> SyncResult:
        """A night with a reader that is a plain function."""

        def read(_tenant: Any, *, enrich: Any, **_: Any) -> tuple[ObservedTenant, Any]:
            enrich(night.devices)
            return night, SimpleNamespace(requests=1, retries=0, seconds=0.0)

        return sync_tenant(self.database, a_tenant_config(), SyncOptions(actor=ACTOR, now=self.now, **options), read)

    def plan(self, *events: int, scope: Scope = None) -> UndoPlan:
        with self.database.read(scope) as session:
            return plan_undo(session, events)

    def undo(self, event: int | None, *, scope: Scope = None) -> tuple[UndoPlan, int | None]:
        """Take an event back; returns the plan and the undo's own event."""
        assert event is not None
        plans: list[UndoPlan] = []

        def act(session: Session) -> None:
            plans.append(plan_undo(session, [event]))
            apply_undo(session, plans[0])

        number = self.deed("undo", act, undoes_id=event, scope=scope)
        return plans[0], number

    def events_of_run(self, run: int | None) -> list[int]:
        assert run is not None
        with self.database.read() as session:
            return events_of_run(session, run)

    def later(self, days: int = 1) -> "Estate":
        self.now += timedelta(days=days)
        return self

    @staticmethod
    def _certain(event: int | None) -> int:
        assert event is not None
        return event


def an_estate(database: Database, devices: int = 6, *, key: str = "northbridge", now: datetime = NOW) -> Estate:
    """Make one, as a single event a month before `now`."""
    estate = Estate(database, now=now)
    with database.transaction(actor=ACTOR, action="test.write", now=now - timedelta(days=30)) as session:
        owner = Organisation(key=key, name=f"{key.title()} Council")
        session.add(owner)
        session.flush()
        model = session.execute(select(DeviceModel).where(DeviceModel.name == MODEL)).scalar_one_or_none()
        if model is None:
            model = DeviceModel(name=MODEL, kind="ipad", manufacturer="Apple")
        tenant = Tenant(key=key, organisation_id=owner.id, tenant_guid=f"guid-of-{key}")
        sites = [Site(organisation_id=owner.id, name=name) for name in ("Town Hall", "Hafod House")]
        team = Team(organisation_id=owner.id, name="Adult Care", cost_code="AC-410")
        session.add_all([model, tenant, *sites, team])
        session.flush()
        people = [
            Person(
                organisation_id=owner.id, display_name=name, upn=f"{name.split()[0].lower().replace('â', 'a')}@{key}.example",
                team_id=team.id if number == 0 else None, site_id=sites[0].id,
            )
            for number, name in enumerate(("Siân O'Brien", "Bryn Hale", "Mair Pugh"))
        ]  # fmt: skip
        things = [
            Device(
                organisation_id=owner.id, kind="ipad", status="in_stock", status_since=(now - timedelta(days=90)).date(),
                serial=f"{key[:3].upper()}X{number:06d}", asset_tag=f"{key[:2].upper()}-{number:04d}", model_id=model.id,
                site_id=sites[number % 2].id, purchased_on=(now - timedelta(days=100)).date(), price_pence=34900,
            )
            for number in range(1, devices + 1)
        ]  # fmt: skip
        session.add_all([*people, *things])
        session.flush()
        estate.organisation, estate.tenant, estate.team = owner.id, tenant.id, team.id
        estate.sites = tuple(one.id for one in sites)
        estate.people = tuple(one.id for one in people)
        estate.devices = [one.id for one in things]
    return estate


MODEL = "iPad (10th generation)"


# --- what must hold of any register ---------------------------------------------------------------------------


def rows_of(
    database: Database, *, volatile: bool = False, search: bool = False
) -> dict[str, dict[int, dict[str, Any]]]:
    """Every row of every table but the machinery, in JSON form; without volatile columns, or only with search texts."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    with database.engine.connect() as connection:
        for mapper in Model.registry.mappers:
            table = mapper.class_.__table__
            if table.name in MACHINERY:
                continue
            names = [
                column.name
                for column in table.columns
                if volatile or column.name not in VOLATILE[str(table.name)] or (search and column.name == "hay")
            ]
            rows = connection.execute(select(*(table.c[name] for name in names)))
            found[str(table.name)] = {row.id: _in_json(row._mapping) for row in rows}
    return found


def _in_json(row: Any) -> dict[str, Any]:
    plain = {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items() if name != "id"}
    return dict(orjson.loads(canonical_json(plain)))


def differing(before: dict[str, dict[int, dict[str, Any]]], after: dict[str, dict[int, dict[str, Any]]]) -> list[str]:
    """Rows in which two states differ, in words."""
    return [
        f"{table} {row_id}: {before[table].get(row_id)} -> {after[table].get(row_id)}"
        for table in before
        for row_id in sorted({*before[table], *after[table]})
        if before[table].get(row_id) != after[table].get(row_id)
    ]


def replayed(database: Database) -> dict[str, dict[int, dict[str, Any]]]:
    """The register as its history says it is: all changes folded forward from nothing."""
    kinds = {mapper.class_.__tablename__: mapper.class_ for mapper in Model.registry.mappers if mapper.class_.history}
    state: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in kinds}
    forgotten: set[tuple[str, int]] = set()
    with database.engine.connect() as connection:
        for change in connection.execute(select(Change.__table__).order_by(Change.__table__.c.id)):
            rows = state[change.subject]
            if change.before is None and change.after is None:
                forgotten.add((change.subject, change.subject_id))
            if (change.subject, change.subject_id) in forgotten:  # Of an erased person.
                rows.pop(change.subject_id, None)
                continue
            if change.kind == "delete":
                assert change.subject_id in rows, f"{change.subject} {change.subject_id} was removed and never there"
                del rows[change.subject_id]
            elif change.kind == "insert":
                assert change.subject_id not in rows, f"{change.subject} {change.subject_id} was added twice"
                rows[change.subject_id] = {**dict.fromkeys(kept_columns(kinds[change.subject])), **change.after}
            elif change.subject != "finding":
                if change.salt is not None:
                    _assert_was(change, rows[change.subject_id])
                rows[change.subject_id].update(change.after)
    return {name: rows for name, rows in state.items() if name not in MACHINERY}


def _assert_was(change: Any, row: dict[str, Any]) -> None:
    """A change speaks of the row as history has it so far, but for what was erased from history."""
    held = {name: row.get(name) for name in change.before if "(erased)" not in str(row.get(name))}
    before = {name: value for name, value in change.before.items() if name in held}
    assert held == before, f"{change.subject} {change.subject_id}: {held} was {before}"
