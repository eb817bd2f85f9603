"""The port `Register` on the real register: queries for reading, commands for writing. Imported by a thread.

Only what the first page of devices needs is imported with it; the rest when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from fleet.clock import utc_now
from fleet.config import Config
from fleet.database import Database
from fleet.domain.records import DeviceRow, EventRow, FindingRow, PersonRow, RunRow
from fleet.domain.search import parse
from fleet.errors import Ambiguous, FleetError, NotFound
from fleet.queries import devices
from fleet.queries.operators import Access, access
from tui.near import Near, meant_of
from tui.register import (
    DeviceCard,
    FindingCard,
    FindingGroup,
    Outcome,
    PersonCard,
    Subject,
    Summary,
    SyncAge,
)
from tui.sql_desks import SqlDesks
from tui.sql_lists import count_or_near, device_query, events, has_failed, matching, or_near
from tui.text import counted
from tui.writes import Recipient

if TYPE_CHECKING:
    from tui.run_sheet import RunSheet
    from tui.today import Today
    from tui.writes import Write

CONSIDERED = 300
"""People of whom the best matches are chosen."""


class _OnlyAPreview(FleetError):
    """Rolls a transaction back whose outcome was all that was wanted."""


class SqlRegister(SqlDesks):
    """The register as one operator sees it. Sessions are short and belong to one call in one thread."""

    def __init__(self, database: Database, rights: Access, config: Config, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.rights = rights
        self.config = config
        self.clock = clock

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A short session that only reads."""
        with self.database.read(self.rights.scope) as session:
            yield session

    @contextmanager
    def writing(
        self, action: str, reason: str | None, *, undoes_id: int | None = None, effective: datetime | None = None
    ) -> Iterator[Any]:
        """A short session that becomes one event, or nothing."""
        rights = self.rights
        with self.database.transaction(
            actor=rights.name,
            action=action,
            now=self.clock(),
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
        with self.reading() as session:

            def read(words: str, at: int, most: int) -> Sequence[DeviceRow]:
                query = device_query(words, sort, descending)
                return devices.list_devices(session, query, now=self.clock(), offset=at, limit=most)

            return or_near(session, text, offset, limit, read)

    def first_devices(self, text: str, sort: str, descending: bool, limit: int) -> tuple[Sequence[DeviceRow], bool]:
        """What of the first page is known at once, and whether that is all of it."""
        query = device_query(text, sort, descending)
        with self.reading() as session:
            rows, whole = devices.first_devices(session, query, now=self.clock(), limit=limit)
        return (rows, whole) if rows or not text else (self.devices(text, sort, descending, 0, limit), True)

    def count_devices(self, text: str) -> int:
        """How many devices match."""
        with self.reading() as session:

            def count(words: str) -> int:
                return devices.count_devices(session, devices.DeviceQuery(parse(words)), now=self.clock())

            return count_or_near(session, text, count)

    def filter_values(self) -> Mapping[str, Sequence[str]]:
        """Names that a filter may be completed to."""
        from fleet.queries.filter_values import filter_values

        with self.reading() as session:
            return filter_values(session)

    def resolve(self, key: str) -> int | None:
        """The one device that is exactly this; None when there is none, or several."""
        from fleet.queries import keys

        with self.reading() as session:
            found = keys.exact_devices(session, key)
        return found[0] if len(found) == 1 else None

    def device_card(self, device_id: int) -> DeviceCard:
        """Everything about a device."""
        from tui import sql_cards

        with self.reading() as session:
            return sql_cards.device_card(session, device_id, self.clock())

    # --- people ---------------------------------------------------------------------------------------------

    def people(self, text: str, offset: int, limit: int) -> Sequence[PersonRow]:
        """A page of people."""
        from fleet.queries import people

        with self.reading() as session:
            return or_near(
                session, text, offset, limit,
                lambda words, at, most: people.find_people(session, text=words, offset=at, limit=most, closest=True),
            )  # fmt: skip

    def count_people(self, text: str) -> int:
        """How many people match."""
        from fleet.queries import people

        with self.reading() as session:
            return count_or_near(session, text, lambda words: people.count_people(session, text=words))

    def find_recipients(self, text: str, limit: int, *, people_only: bool = False) -> Sequence[Recipient]:
        """Those who may be meant, best first."""
        from fleet.queries import places
        from tui.recipients import best_first, of_person, of_place

        rows = self.people(text, 0, CONSIDERED)
        meant, people = meant_of(rows), list(rows)
        if len(people) == CONSIDERED and (exact := self.resolve_person(text)) is not None:
            people += [row for row in self._people_of([exact]) if row not in people]
        found = [of_person(row) for row in people]
        if not people_only:
            with self.reading() as session:
                at = [of_place(row) for row in places.find_places(session, text=text, limit=limit)]
            meant, found = (None, at) if at and meant else (meant, found + at)
        best = best_first(text, found)[:limit]
        return Near(best, meant) if meant else best

    def resolve_person(self, key: str) -> int | None:
        """The one person who is exactly this."""
        from fleet.queries import keys
        from tui.ranking import is_exact

        if not key.strip():
            return None
        with self.reading() as session:
            try:
                row = keys.person_by_key(session, key)
            except (Ambiguous, NotFound):
                return None
        return row.id if is_exact(key, row.name, row.upn, row.email) or key.strip().isdigit() else None

    def _people_of(self, ids: Sequence[int]) -> Sequence[PersonRow]:
        from fleet.queries import people

        with self.reading() as session:
            return people.find_people(session, ids=ids)

    def person_card(self, person_id: int) -> PersonCard:
        """What a person holds and held."""
        from tui import sql_cards

        with self.reading() as session:
            return sql_cards.person_card(session, person_id, self.clock())

    # --- findings -------------------------------------------------------------------------------------------

    def findings(self, text: str, rule: str | None, offset: int, limit: int) -> Sequence[FindingRow]:
        """A page of open findings, the worst first."""
        from fleet.queries import finding_words, findings

        with self.reading() as session:
            wanted = finding_words.read_search(session, text, self.clock())
            return findings.list_findings(session, rule=rule, **wanted.limits, offset=offset, limit=limit)

    def count_findings(self, text: str, rule: str | None) -> int:
        """How many open findings match."""
        from fleet.queries import finding_words, findings

        with self.reading() as session:
            wanted = finding_words.read_search(session, text, self.clock())
            return findings.count_findings(session, rule=rule, **wanted.limits)

    def finding_groups(self) -> Sequence[FindingGroup]:
        """Open findings by rule."""
        from fleet.queries import findings

        with self.reading() as session:
            groups = findings.finding_groups(session)
        return [FindingGroup(one.rule, one.title, one.severity, one.open) for one in groups]

    def finding_card(self, finding_id: int) -> FindingCard:
        """One finding with its evidence."""
        from tui import sql_cards

        with self.reading() as session:
            return sql_cards.finding_card(session, finding_id)

    # --- history and runs -----------------------------------------------------------------------------------

    def history(self, text: str, about: Subject | None, offset: int, limit: int) -> Sequence[EventRow]:
        """A page of events, the newest first, perhaps of one device or person."""
        with self.reading() as session:
            return events(session, about, text=text, offset=offset, limit=limit)

    def count_history(self, text: str, about: Subject | None) -> int:
        """How many events match."""
        from fleet.queries import history

        with self.reading() as session:
            if about is not None:
                return len(events(session, about, text=text, offset=0, limit=None))
            return history.count_events(session, text=text)

    def runs(self, text: str, offset: int, limit: int) -> Sequence[RunRow]:
        """Runs, the newest first. They are few: a search reads them all."""
        from fleet.queries import runs

        with self.reading() as session:
            if not text:
                return runs.list_runs(session, offset=offset, limit=limit)
            rows = runs.list_runs(session, limit=None)
        return matching(rows, text)[offset : offset + limit]

    def count_runs(self, text: str) -> int:
        """How many runs match."""
        from fleet.queries import runs

        with self.reading() as session:
            return len(matching(runs.list_runs(session, limit=None), text)) if text else runs.count_runs(session)

    # --- writes ---------------------------------------------------------------------------------------------

    def try_out(self, write: Write) -> Sequence[str]:
        """What a write would warn of, or why it would be refused: it is tried and taken back."""
        from tui import sql_writes

        warnings: Sequence[str] = ()
        try:
            with self.writing(sql_writes.action_of(write), write.reason) as session:
                warnings = sql_writes.perform(write, self._doing(session)).warnings
                raise _OnlyAPreview("preview")
        except _OnlyAPreview:
            return warnings
        except FleetError as error:
            return [error.message]

    def _doing(self, session: Any) -> Any:
        from tui import sql_writes

        return sql_writes.Doing(session, self.clock(), self.rights.name, self.config.byod)

    def do(self, write: Write) -> Outcome:
        """Do a write: one event, all or nothing."""
        from fleet.clock import start_of_day
        from fleet.database.history import open_event
        from tui import sql_writes

        day = getattr(write, "day", None)
        effective = start_of_day(day) if day else None
        with self.writing(sql_writes.action_of(write), write.reason, effective=effective) as session:
            told = sql_writes.perform(write, self._doing(session))
            event = open_event(session)
        return Outcome(told.sentence, event.id, told.warnings)

    def undo(self, event_id: int, reason: str | None) -> Outcome:
        """Take an event back as far as nobody changed it since."""
        from fleet.commands import undo
        from fleet.commands.operators import raise_if_not_theirs_to_undo
        from fleet.database.history import open_event

        with self.writing("undo", reason, undoes_id=event_id) as session:
            plan = undo.plan_undo(session, [event_id])
            raise_if_not_theirs_to_undo(self.rights, (one.subject for one in plan.reversed))
            undo.apply_undo(session, plan)
            event = open_event(session)
        kept = f", {len(plan.kept):,} kept because they changed since" if plan.kept else ""
        return Outcome(f"Undone: {counted(len(plan.reversed), 'change')} taken back{kept}.", event.id)

    # --- what waits, and files ------------------------------------------------------------------------------

    def today(self) -> Today:
        """What waits for somebody this morning."""
        from tui.sql_today import read_today

        with self.reading() as session:
            return read_today(session, self.clock(), self.config)

    def run_sheet(self, device_id: int) -> RunSheet:
        """The newest incident of a device."""
        from tui.sql_today import read_sheet

        with self.reading() as session:
            return read_sheet(session, device_id, self.config)

    def find_open_incident(self, device_id: int) -> bool:
        """Whether a device has an incident that is not closed."""
        from fleet.queries.incidents import list_incidents

        with self.reading() as session:
            return bool(list_incidents(session, device_id=device_id))

    def export(
        self, text: str, path: str, *, overwrite: bool = False, as_at: date | None = None, reason: str | None = None
    ) -> str:
        """Write the devices of a search as a workbook, CSV or JSON, in a process of its own: the keys stay quick."""
        from tui.export_process import export

        return export(self.config, self.clock(), text, path, overwrite=overwrite, as_at=as_at, reason=reason)

    # --- the header -----------------------------------------------------------------------------------------

    def summary(self) -> Summary:
        """What the header shows."""
        from fleet.queries import summary as summaries

        with self.reading() as session:
            known = summaries.summary(session)
        names = [one.name for one in self.config.organisations.values()]
        syncs = [
            SyncAge(
                one.tenant, self._name(one.organisation, one.tenant), one.last_complete_at, has_failed(one.last_state)
            )
            for one in known.tenants
        ]
        title = names[0] if len(names) == 1 else "Shared service"
        return Summary(title, sum(known.devices.values()), known.people, syncs, dict(known.findings), known.incidents)

    def _name(self, organisation: str, tenant: str) -> str:
        configured = self.config.organisations.get(organisation)
        return configured.name.split()[0] if configured else tenant

    def change_mark(self) -> int:
        """Moves with every event and every run."""
        from fleet.queries import history, runs

        with self.reading() as session:
            newest = history.newest_event(session)
            last = runs.list_runs(session, limit=1)
        return hash((newest, *((run.id, run.state) for run in last)))

    def close(self) -> None:
        """Give back all connections."""
        self.database.close()


def open_sql_register(config: Config, clock: Callable[[], datetime] = utc_now) -> SqlRegister:
    """Open the register of a configuration for its operator; raises `FleetError` with what to do."""
    from fleet.commands.organisations import adopt_configuration, missing_from_register
    from fleet.commands.rejudging import rejudge_after_commands

    database = Database(config.database_url)
    if missing_from_register(database, config):
        with database.transaction(actor=config.operator, action="configuration", now=clock()) as session:
            adopt_configuration(session, config)
    with database.read() as session:
        rights = access(session, config.operator)
    rejudge_after_commands(database, config)
    database.keep_small()
    return SqlRegister(database, rights, config, clock)
