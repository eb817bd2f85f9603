"""The port `Register` on the real register: queries for reading, commands for writing. Imported by a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from fleet.clock import utc_now
from fleet.commands import assignments, undo
from fleet.commands.organisations import adopt_configuration, missing_from_register
from fleet.config import Config
from fleet.database import Database
from fleet.database.history import open_event
from fleet.domain.records import DeviceRow, EventRow, FindingRow, PersonRow, RunRow
from fleet.domain.search import parse
from fleet.domain.wording import day_text, field_label, value_text
from fleet.errors import FleetError, NotFound
from fleet.queries import cards, devices, findings, history, keys, people, runs
from fleet.queries import summary as summaries
from fleet.queries.operators import Access, access
from tui.register import (
    DeviceCard,
    Fact,
    FindingCard,
    FindingGroup,
    Moment,
    Outcome,
    PersonCard,
    Subject,
    Summary,
    SyncAge,
    UndoLine,
)

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
    def _write(self, action: str, reason: str | None, undoes_id: int | None = None) -> Iterator[Any]:
        rights = self._access
        with self._database.transaction(
            actor=rights.name,
            action=action,
            now=self._clock(),
            reason=reason,
            undoes_id=undoes_id,
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
        with self._read() as session:
            found = keys.exact_devices(session, key)
        return found[0] if len(found) == 1 else None

    def device_card(self, device_id: int) -> DeviceCard:
        """Everything about a device."""
        with self._read() as session:
            card = cards.device_card(session, device_id, now=self._clock())
        facts = [
            Fact(
                fact.group.capitalize() if fact.group == cards.RECORDED else fact.group,
                fact.label,
                fact.value,
                said_by=card.row.tenant if fact.group == cards.OBSERVED else None,
                said_at=card.observed_at if fact.group == cards.OBSERVED else None,
                disagrees=fact.disagrees,
            )
            for fact in card.facts
        ]
        return DeviceCard(card.row, facts, [_moment(event) for event in card.events], card.findings)

    # --- people ---------------------------------------------------------------------------------------------

    def people(self, text: str, offset: int, limit: int) -> Sequence[PersonRow]:
        """A page of people."""
        with self._read() as session:
            return people.find_people(session, text=text, offset=offset, limit=limit)

    def count_people(self, text: str) -> int:
        """How many people match."""
        with self._read() as session:
            return people.count_people(session, text=text)

    def find_people(self, text: str, limit: int) -> Sequence[PersonRow]:
        """Those who may be meant; those who left come last."""
        rows = self.people(text, 0, limit)
        return sorted(rows, key=lambda row: row.state == "left")

    def person_card(self, person_id: int) -> PersonCard:
        """What a person holds and held."""
        with self._read() as session:
            rows = people.find_people(session, ids=[person_id])
            if not rows:
                raise NotFound("That person is not in the register, or belongs to another organisation.")
            holdings = people.holdings_of(session, person_id)
            ids = [one.device_id for one in holdings if one.returned_on is None]
            held = devices.list_devices(session, devices.DeviceQuery(ids=ids), now=self._clock()) if ids else []
            events = history.list_events(session, person_id=person_id, limit=30)
        former = [
            Fact("Held before", one.device, f"{day_text(one.issued_on)} to {day_text(one.returned_on)}")
            for one in holdings
            if one.returned_on is not None
        ]
        return PersonCard(rows[0], held, former, [_moment(event) for event in events])

    # --- findings -------------------------------------------------------------------------------------------

    def findings(self, text: str, rule: str | None, offset: int, limit: int) -> Sequence[FindingRow]:
        """A page of open findings, the worst first."""
        with self._read() as session:
            return findings.list_findings(session, rule=rule, text=text, offset=offset, limit=limit)

    def count_findings(self, text: str, rule: str | None) -> int:
        """How many open findings match."""
        with self._read() as session:
            return findings.count_findings(session, rule=rule, text=text)

    def finding_groups(self) -> Sequence[FindingGroup]:
        """Open findings by rule."""
        with self._read() as session:
            groups = findings.finding_groups(session)
        return [FindingGroup(one.rule, one.title, one.severity, one.open) for one in groups]

    def finding_card(self, finding_id: int) -> FindingCard:
        """One finding with its evidence."""
        with self._read() as session:
            detail = findings.finding_detail(session, finding_id)
        if detail is None:
            raise NotFound("That finding is not there any more.")
        evidence = [
            Fact(who, _capital(field_label(name)), _told(name, value))
            for who, values in (("Recorded", detail.recorded), ("Intune", detail.observed))
            for name, value in values.items()
            if value is not None
        ]
        if detail.note:
            evidence.append(Fact("Decided", "Note", detail.note, detail.decided_by))
        row = detail.row
        device_id = row.subject_id if row.subject_type == "device" else None
        return FindingCard(row, evidence, " ".join((detail.meaning, detail.what_to_do)).strip(), device_id)

    # --- history and runs -----------------------------------------------------------------------------------

    def history(self, text: str, about: Subject | None, offset: int, limit: int) -> Sequence[EventRow]:
        """A page of events, the newest first, perhaps of one device or person."""
        with self._read() as session:
            return _events(session, about, text=text, offset=offset, limit=limit)

    def count_history(self, text: str, about: Subject | None) -> int:
        """How many events match."""
        with self._read() as session:
            if about is not None:
                return len(_events(session, about, text=text, offset=0, limit=None))
            return history.count_events(session, text=text)

    def runs(self, text: str, offset: int, limit: int) -> Sequence[RunRow]:
        """Runs, the newest first. They are few: a search reads them all."""
        with self._read() as session:
            if not text:
                return runs.list_runs(session, offset=offset, limit=limit)
            rows = runs.list_runs(session, limit=None)
        return _matching(rows, text)[offset : offset + limit]

    def count_runs(self, text: str) -> int:
        """How many runs match."""
        with self._read() as session:
            return len(_matching(runs.list_runs(session, limit=None), text)) if text else runs.count_runs(session)

    # --- writes ---------------------------------------------------------------------------------------------

    def warn_issue(self, device_ids: Sequence[int], person_id: int) -> Sequence[str]:
        """What issuing would warn of, or why it would be refused: it is tried and taken back."""
        done: Sequence[assignments.Done] = ()
        try:
            with self._write("device.issue", None) as session:
                done = assignments.issue(session, device_ids, now=self._clock(), person_id=person_id)
                raise _OnlyAPreview("preview")
        except _OnlyAPreview:
            return _warnings(done)
        except FleetError as error:
            return [error.message]

    def issue(self, device_ids: Sequence[int], person_id: int, due_on: date | None, reason: str | None) -> Outcome:
        """Issue devices to a person: one event, all or none."""
        with self._write("device.issue", reason) as session:
            done = assignments.issue(session, device_ids, now=self._clock(), person_id=person_id, due_on=due_on)
            event = open_event(session)
        return Outcome(_sentence(done, "issued"), event.id, _warnings(done))

    def return_devices(self, device_ids: Sequence[int], reason: str | None) -> Outcome:
        """Take devices back: one event, all or none."""
        with self._write("device.return", reason) as session:
            done = assignments.return_devices(session, device_ids, now=self._clock())
            event = open_event(session)
        return Outcome(_sentence(done, "returned"), event.id, _warnings(done))

    def preview_undo(self, event_id: int) -> Sequence[UndoLine]:
        """What undoing an event would take back and keep."""
        with self._read() as session:
            plan = undo.plan_undo(session, [event_id])
        words = plan.in_words(MANY)[1:]
        taken = [UndoLine(line[2:]) for line in words if not line.startswith("= ")]
        return [*taken, *(UndoLine(one.name or one.subject, one.because) for one in plan.kept[:MANY])]

    def undo(self, event_id: int, reason: str | None) -> Outcome:
        """Take an event back as far as nobody changed it since."""
        with self._write("undo", reason, undoes_id=event_id) as session:
            plan = undo.plan_undo(session, [event_id])
            undo.apply_undo(session, plan)
            event = open_event(session)
        kept = f", {len(plan.kept):,} kept because they changed since" if plan.kept else ""
        return Outcome(f"Undone: {len(plan.reversed):,} changes taken back{kept}.", event.id)

    # --- the header -----------------------------------------------------------------------------------------

    def summary(self) -> Summary:
        """What the header shows."""
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
        with self._read() as session:
            newest = history.newest_event(session)
            last = runs.list_runs(session, limit=1)
        return hash((newest, *((run.id, run.state) for run in last)))


def open_sql_register(config: Config, clock: Callable[[], datetime] = utc_now) -> SqlRegister:
    """Open the register of a configuration for its operator; raises `FleetError` with what to do."""
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


def _moment(event: EventRow) -> Moment:
    return Moment(event.effective_at, event.sentence, event.actor, event.id)


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _told(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(value_text(name, one) for one in value)
    return value_text(name, value)


def _sentence(done: Sequence[assignments.Done], verb: str) -> str:
    return done[0].sentence if len(done) == 1 else f"{len(done):,} devices {verb}."


def _warnings(done: Sequence[assignments.Done]) -> list[str]:
    """Each warning once, with its device when there are several."""
    several = len(done) > 1
    found = [f"{one.device}: {warning}" if several else warning for one in done for warning in one.warnings]
    return list(dict.fromkeys(found))
