"""The port `Register` on the real register: queries for reading, commands for writing. Imported by a thread.

Only what the first page of devices needs is imported with it; the rest when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.clock import utc_now
from fleet.config import Config
from fleet.database import Database
from fleet.domain.records import DeviceRow, EventRow, FindingRow, PersonRow, RunRow
from fleet.domain.search import parse
from fleet.errors import FleetError
from fleet.queries import devices
from fleet.queries.operators import Access, access
from tui.register import (
    DeviceCard,
    FindingCard,
    FindingGroup,
    Outcome,
    PersonCard,
    Subject,
    Summary,
    SyncAge,
    UndoLine,
)
from tui.writes import Recipient

if TYPE_CHECKING:
    from tui.run_sheet import RunSheet
    from tui.today import Today
    from tui.writes import Write

MANY = 100
"""Rows of a long undo that are spelt out."""


class _OnlyAPreview(FleetError):
    """Rolls a transaction back whose outcome was all that was wanted."""


class SqlRegister:
    """The register as one operator sees it. Sessions are short and belong to one call in one thread."""

    def __init__(self, database: Database, rights: Access, config: Config, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._access = rights
        self._config = config
        self._clock = clock

    @contextmanager
    def _read(self) -> Iterator[Any]:
        with self._database.read(self._access.scope) as session:
            yield session

    @contextmanager
    def _write(
        self, action: str, reason: str | None, *, undoes_id: int | None = None, effective: datetime | None = None
    ) -> Iterator[Any]:
        rights = self._access
        with self._database.transaction(
            actor=rights.name,
            action=action,
            now=self._clock(),
            reason=reason,
            undoes_id=undoes_id,
            effective_at=effective,
            scope=rights.scope,
            may_write=rights.may_write,
            organisation_id=rights.only_organisation,
        ) as session:
            yield session

    # --- devices --------------------------------------------------------------------------------------------

    def devices(self, text: str, sort: str, descending: bool, offset: int, limit: int) -> Sequence[DeviceRow]:
        """A page of devices."""
        query = devices.DeviceQuery(parse(text), sort or "asset_tag", descending)
        with self._read() as session:
            return devices.list_devices(session, query, now=self._clock(), offset=offset, limit=limit)

    def count_devices(self, text: str) -> int:
        """How many devices match."""
        with self._read() as session:
            return devices.count_devices(session, devices.DeviceQuery(parse(text)), now=self._clock())

    def resolve(self, key: str) -> int | None:
        """The one device that is exactly this; None when there is none, or several."""
        from fleet.queries import keys

        with self._read() as session:
            found = keys.exact_devices(session, key)
        return found[0] if len(found) == 1 else None

    def device_card(self, device_id: int) -> DeviceCard:
        """Everything about a device."""
        from tui import sql_cards

        with self._read() as session:
            return sql_cards.device_card(session, device_id, self._clock())

    # --- people ---------------------------------------------------------------------------------------------

    def people(self, text: str, offset: int, limit: int) -> Sequence[PersonRow]:
        """A page of people."""
        from fleet.queries import people

        with self._read() as session:
            return people.find_people(session, text=text, offset=offset, limit=limit)

    def count_people(self, text: str) -> int:
        """How many people match."""
        from fleet.queries import people

        with self._read() as session:
            return people.count_people(session, text=text)

    def find_recipients(self, text: str, limit: int, *, people_only: bool = False) -> Sequence[Recipient]:
        """Those who may be meant: people, those who left last, then sites and teams."""
        from fleet.queries import places

        people = sorted(self.people(text, 0, limit), key=lambda row: row.state == "left")
        found = [
            Recipient(row.id * 3, "person", row.id, row.name, row.team, row.state, row.devices_held) for row in people
        ]
        if people_only:
            return found
        with self._read() as session:
            rows = places.find_places(session, text=text, limit=limit)
        return found + [
            Recipient(row.id * 3 + 1 + (row.kind == "team"), row.kind, row.id, row.name, row.organisation)
            for row in rows
        ]

    def person_card(self, person_id: int) -> PersonCard:
        """What a person holds and held."""
        from tui import sql_cards

        with self._read() as session:
            return sql_cards.person_card(session, person_id, self._clock())

    # --- findings -------------------------------------------------------------------------------------------

    def findings(self, text: str, rule: str | None, offset: int, limit: int) -> Sequence[FindingRow]:
        """A page of open findings, the worst first."""
        from fleet.queries import findings

        with self._read() as session:
            return findings.list_findings(session, rule=rule, text=text, offset=offset, limit=limit)

    def count_findings(self, text: str, rule: str | None) -> int:
        """How many open findings match."""
        from fleet.queries import findings

        with self._read() as session:
            return findings.count_findings(session, rule=rule, text=text)

    def finding_groups(self) -> Sequence[FindingGroup]:
        """Open findings by rule."""
        from fleet.queries import findings

        with self._read() as session:
            groups = findings.finding_groups(session)
        return [FindingGroup(one.rule, one.title, one.severity, one.open) for one in groups]

    def finding_card(self, finding_id: int) -> FindingCard:
        """One finding with its evidence."""
        from tui import sql_cards

        with self._read() as session:
            return sql_cards.finding_card(session, finding_id)

    # --- history and runs -----------------------------------------------------------------------------------

    def history(self, text: str, about: Subject | None, offset: int, limit: int) -> Sequence[EventRow]:
        """A page of events, the newest first, perhaps of one device or person."""
        with self._read() as session:
            return _events(session, about, text=text, offset=offset, limit=limit)

    def count_history(self, text: str, about: Subject | None) -> int:
        """How many events match."""
        from fleet.queries import history

        with self._read() as session:
            if about is not None:
                return len(_events(session, about, text=text, offset=0, limit=None))
            return history.count_events(session, text=text)

    def runs(self, text: str, offset: int, limit: int) -> Sequence[RunRow]:
        """Runs, the newest first. They are few: a search reads them all."""
        from fleet.queries import runs

        with self._read() as session:
            if not text:
                return runs.list_runs(session, offset=offset, limit=limit)
            rows = runs.list_runs(session, limit=None)
        return _matching(rows, text)[offset : offset + limit]

    def count_runs(self, text: str) -> int:
        """How many runs match."""
        from fleet.queries import runs

        with self._read() as session:
            return len(_matching(runs.list_runs(session, limit=None), text)) if text else runs.count_runs(session)

    # --- writes ---------------------------------------------------------------------------------------------

    def try_out(self, write: Write) -> Sequence[str]:
        """What a write would warn of, or why it would be refused: it is tried and taken back."""
        from tui import sql_writes

        warnings: Sequence[str] = ()
        try:
            with self._write(sql_writes.action_of(write), write.reason) as session:
                warnings = sql_writes.perform(
                    write, sql_writes.Doing(session, self._clock(), self._access.name)
                ).warnings
                raise _OnlyAPreview("preview")
        except _OnlyAPreview:
            return warnings
        except FleetError as error:
            return [error.message]

    def do(self, write: Write) -> Outcome:
        """Do a write: one event, all or nothing."""
        from fleet.clock import start_of_day
        from fleet.database.history import open_event
        from tui import sql_writes

        day = getattr(write, "day", None)
        effective = start_of_day(day) if day else None
        with self._write(sql_writes.action_of(write), write.reason, effective=effective) as session:
            told = sql_writes.perform(write, sql_writes.Doing(session, self._clock(), self._access.name))
            event = open_event(session)
        return Outcome(told.sentence, event.id, told.warnings)

    def preview_undo(self, event_id: int) -> Sequence[UndoLine]:
        """What undoing an event would take back and keep."""
        from fleet.commands import undo

        with self._read() as session:
            plan = undo.plan_undo(session, [event_id])
        words = plan.in_words(MANY)[1:]
        taken = [UndoLine(line[2:]) for line in words if not line.startswith("= ")]
        return [*taken, *(UndoLine(one.name or one.subject, one.because) for one in plan.kept[:MANY])]

    def undo(self, event_id: int, reason: str | None) -> Outcome:
        """Take an event back as far as nobody changed it since."""
        from fleet.commands import undo
        from fleet.commands.operators import raise_if_not_theirs_to_undo
        from fleet.database.history import open_event

        with self._write("undo", reason, undoes_id=event_id) as session:
            plan = undo.plan_undo(session, [event_id])
            raise_if_not_theirs_to_undo(self._access, (one.subject for one in plan.reversed))
            undo.apply_undo(session, plan)
            event = open_event(session)
        kept = f", {len(plan.kept):,} kept because they changed since" if plan.kept else ""
        return Outcome(f"Undone: {len(plan.reversed):,} changes taken back{kept}.", event.id)

    # --- what waits, and files ------------------------------------------------------------------------------

    def today(self) -> Today:
        """What waits for somebody this morning."""
        from tui.sql_today import read_today

        with self._read() as session:
            return read_today(session, self._clock(), self._config)

    def run_sheet(self, device_id: int) -> RunSheet:
        """The newest incident of a device."""
        from tui.sql_today import read_sheet

        with self._read() as session:
            return read_sheet(session, device_id)

    def find_open_incident(self, device_id: int) -> bool:
        """Whether a device has an incident that is not closed."""
        from fleet.queries.incidents import list_incidents

        with self._read() as session:
            return bool(list_incidents(session, device_id=device_id))

    def export(self, text: str, path: str, *, overwrite: bool = False) -> str:
        """Write the devices of a search as a workbook, CSV or JSON, in a process of its own: the keys stay quick."""
        from tui.export_process import export

        return export(self._config, self._clock(), text, path, overwrite=overwrite)

    # --- the header -----------------------------------------------------------------------------------------

    def summary(self) -> Summary:
        """What the header shows."""
        from fleet.queries import summary as summaries

        with self._read() as session:
            known = summaries.summary(session)
        names = [one.name for one in self._config.organisations.values()]
        syncs = [
            SyncAge(one.tenant, self._name(one.organisation, one.tenant), one.last_complete_at, _failed(one.last_state))
            for one in known.tenants
        ]
        title = names[0] if len(names) == 1 else "Shared service"
        return Summary(title, sum(known.devices.values()), known.people, syncs, dict(known.findings))

    def _name(self, organisation: str, tenant: str) -> str:
        configured = self._config.organisations.get(organisation)
        return configured.name.split()[0] if configured else tenant

    def change_mark(self) -> int:
        """Moves with every event and every run."""
        from fleet.queries import history, runs

        with self._read() as session:
            newest = history.newest_event(session)
            last = runs.list_runs(session, limit=1)
        return hash((newest, *((run.id, run.state) for run in last)))

    def close(self) -> None:
        """Give back all connections."""
        self._database.close()


def open_sql_register(config: Config, clock: Callable[[], datetime] = utc_now) -> SqlRegister:
    """Open the register of a configuration for its operator; raises `FleetError` with what to do."""
    from fleet.commands.organisations import adopt_configuration, missing_from_register

    database = Database(config.database_url)
    if missing_from_register(database, config):
        with database.transaction(actor=config.operator, action="configuration", now=clock()) as session:
            adopt_configuration(session, config)
    with database.read() as session:
        rights = access(session, config.operator)
    return SqlRegister(database, rights, config, clock)


def _failed(state: str | None) -> bool:
    return state in ("failed", "refused", "killed")


def _events(session: Any, about: Subject | None, *, text: str, offset: int, limit: int | None) -> list[EventRow]:
    from fleet.queries import history

    device_id = about.id if about is not None and about.kind == "device" else None
    person_id = about.id if about is not None and about.kind == "person" else None
    return history.list_events(session, device_id=device_id, person_id=person_id, text=text, offset=offset, limit=limit)


def _matching(rows: Sequence[RunRow], text: str) -> list[RunRow]:
    words = text.casefold().split()
    return [
        row
        for row in rows
        if all(word in f"{row.kind} {row.source} {row.state} {row.actor}".casefold() for word in words)
    ]
