"""What the register says of an erased person beside their own row: in enrolments, findings, notes, reasons and history.

The devices' history stays whole: who had them becomes `(erased)`. History's chain covers salted digests; of what is
erased the salt goes too, so that nothing can be guessed from them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Table, Text, delete, func, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from fleet.database.history import open_event
from fleet.database.models import Device, Model, Person
from fleet.database.types import Json
from fleet.queries.tenants import batches

ERASED = "(erased)"
_OF_ENROLMENT = ("upn", "user_id", "primary_user_id", "device_name", "phone_number", "notes")
"""What Intune says of the person who enrolled; a device is mostly called after them, too."""
OF_REGISTRATION = ("said_model", "said_os", "purpose")
"""What they said of their own device when they asked for leave to use it."""
_ELSEWHERE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("finding", ("subject", "sentence", "evidence", "note")),
    ("incident", ("reference",)),
    ("incident_step", ("note",)),
    ("assignment", ("condition",)),
    ("byod_registration", ("approved_by", "refused_by", "purpose")),
    ("device", ("notes",)),
    ("enrolment", ("notes", "device_name")),
    ("remote_order", ("told", "reason", "outcome", "sent_as")),
    ("run", ("problems", "error", "file_name")),
    ("portal_action", ("sent_by",)),
    ("stocktake", ("title",)),
    ("stocktake_scan", ("scanned",)),
)
"""Table -> text that people or sources wrote, in which somebody's name may stand."""
_SIGNED = ("receipt", "receipt_text")


@dataclass(frozen=True, slots=True)
class Traces:
    """By what a person can be recognised in text."""

    keys: tuple[str, ...]
    """UPN, mail, Entra id: nobody else has them."""
    names: tuple[str, ...]
    """What they are called; empty when somebody else is called so."""
    namesake: bool
    """Whether somebody else is called so: then a name in a note may be theirs and stays."""

    def replaced(self, text: str) -> str:
        """The text without the person."""
        return self._pattern.sub(ERASED, text)

    @property
    def _pattern(self) -> re.Pattern[str]:
        words = sorted((*self.keys, *self.names), key=len, reverse=True)
        spelt = {spelling for word in words for spelling in (word, _in_json(word))}
        return re.compile(
            "|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in sorted(spelt, key=len, reverse=True)), re.I
        )


def traces_of(session: Session, person: Person) -> Traces:
    """By what a person can be recognised, asked before their row is anonymised."""
    keys = dict.fromkeys(one for one in (person.upn, person.email, person.entra_id) if one)
    called = {person.display_name, f"{person.given_name or ''} {person.surname or ''}".strip()}
    names = tuple(sorted(one for one in called if " " in one))
    others = session.execute(
        select(Person.id).where(Person.display_name == person.display_name, Person.id != person.id).limit(1)
    )
    namesake = others.first() is not None
    return Traces(tuple(keys), () if namesake else names, namesake)


def forget(session: Session, person_id: int, traces: Traces) -> list[str]:
    """Take a person out of everything but their own row and what they signed.

    Returns the devices that Intune still has enrolled for them: it will say so again at the next sync.
    """
    if not traces.keys and not traces.names:
        return []
    enrolments = _enrolments(session, traces)
    _blank_enrolments(session, [one[0] for one in enrolments])
    _drop_app_devices(session, traces)
    open_event(session).touched.setdefault("device", set()).update(one[1] for one in enrolments)
    for name, columns in _ELSEWHERE:
        _reword(session, Model.metadata.tables[name], columns, traces)
    _forget_reasons(session, traces)
    _forget_changes(session, person_id, [one[0] for one in enrolments], traces)
    session.expire_all()
    still = sorted(one[1] for one in enrolments if one[2] is None)
    return list(dict.fromkeys(row[0] for row in session.execute(_called(still)))) if still else []


def _drop_app_devices(session: Session, traces: Traces) -> None:
    """Own devices with work apps are theirs alone; the next sync tells of those that are still there."""
    table = Model.metadata.tables["app_device"]
    keys = [one.lower() for one in traces.keys]
    session.connection().execute(delete(table).where(func.lower(table.c.user_id).in_(keys)))


def _called(device_ids: Sequence[int]) -> Any:
    name = func.coalesce(Device.asset_tag, Device.serial, "their own device")
    return select(name).where(Device.id.in_(device_ids)).order_by(Device.id)


def _enrolments(session: Session, traces: Traces) -> Sequence[tuple[int, int, Any]]:
    """(enrolment, device, closed at) of what they enrolled, or Intune calls theirs."""
    keys = [one.lower() for one in traces.keys]
    table = Model.metadata.tables["enrolment"]
    rows = session.connection().execute(
        select(table.c.id, table.c.device_id, table.c.closed_at).where(
            or_(*(func.lower(table.c[name]).in_(keys) for name in ("upn", "user_id", "primary_user_id")))
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _blank_enrolments(session: Session, ids: Iterable[int]) -> None:
    table = Model.metadata.tables["enrolment"]
    for batch in batches(ids):
        blank: dict[str, Any] = dict.fromkeys(_OF_ENROLMENT)
        session.connection().execute(update(table).where(table.c.id.in_(batch)).values(fingerprint=None, **blank))


def _reword(session: Session, table: Table, columns: Sequence[str], traces: Traces) -> None:
    for name in columns:
        for row_id, text in _naming(session, table, name, traces):
            session.connection().execute(
                update(table).where(table.c.id == row_id).values({name: _stored(table.c[name], traces.replaced(text))})
            )


def _naming(session: Session, table: Table, name: str, traces: Traces) -> Iterator[tuple[int, str]]:
    """(id, text) of the rows whose column names them; JSON as the text it is stored as."""
    text = type_coerce(table.c[name], Text)
    words = [spelling for word in (*traces.keys, *traces.names) for spelling in {word, _in_json(word)}]
    condition = or_(*(func.lower(text).like(_like(word), escape="\\") for word in words))
    rows = session.connection().execute(select(table.c.id, text).where(condition)).all()
    yield from ((row[0], row[1]) for row in rows if traces.replaced(row[1]) != row[1])


def _like(word: str) -> str:
    """A pattern that finds the word in any case: SQLite folds ASCII only, so any other letter may be any."""
    return "%" + re.sub(r"[^\x20-\x7e]", "_", re.sub(r"([\\%_])", r"\\\1", word.lower())) + "%"


def _stored(column: Any, text: str) -> Any:
    return orjson.loads(text) if isinstance(column.type, Json) else text


def _forget_reasons(session: Session, traces: Traces) -> None:
    """In the reasons of events, this one's too; their digests can't be checked any more."""
    table = Model.metadata.tables["event"]
    for event_id, text in _naming(session, table, "reason", traces):
        session.connection().execute(
            update(table).where(table.c.id == event_id).values(reason=traces.replaced(text), reason_salt=None)
        )
    own = open_event(session)
    own.reason = traces.replaced(own.reason) if own.reason else None


def _forget_changes(session: Session, person_id: int, enrolment_ids: Sequence[int], traces: Traces) -> None:
    """In history: all of their own row, who enrolled of their enrolments, and their name wherever else it stands."""
    table = Model.metadata.tables["change"]
    connection = session.connection()
    own = (table.c.subject == "person") & (table.c.subject_id == person_id)
    connection.execute(update(table).where(own).values(before=None, after=None, salt=None))
    _forget_fields(session, "enrolment", enrolment_ids, _OF_ENROLMENT)
    registration = Model.metadata.tables["byod_registration"]
    registered = (
        connection.execute(select(registration.c.id).where(registration.c.person_id == person_id)).scalars().all()
    )
    _forget_fields(session, "byod_registration", registered, OF_REGISTRATION)
    for side in ("before", "after"):
        for row_id, text in _naming(session, table, side, traces):
            changed = update(table).where(table.c.id == row_id, table.c.subject.not_in(_SIGNED))
            connection.execute(changed.values({side: orjson.loads(traces.replaced(text)), "salt": None}))


def _forget_fields(session: Session, subject: str, ids: Sequence[int], fields: Sequence[str]) -> None:
    """Some fields of some rows, in all that history has of them."""
    table = Model.metadata.tables["change"]
    for batch in batches(ids):
        rows = session.connection().execute(
            select(table.c.id, table.c.before, table.c.after).where(
                table.c.subject == subject, table.c.subject_id.in_(batch)
            )
        )
        for row_id, before, after in rows.all():
            if any(side and not side.keys().isdisjoint(fields) for side in (before, after)):
                _write_change(session, row_id, _without(before, fields), _without(after, fields))


def _without(side: dict[str, Any] | None, fields: Sequence[str]) -> dict[str, Any] | None:
    if side is None:
        return None
    return {name: ERASED if name in fields and value else value for name, value in side.items()}


def _write_change(session: Session, row_id: int, before: Any, after: Any) -> None:
    table = Model.metadata.tables["change"]
    session.connection().execute(
        update(table).where(table.c.id == row_id).values(before=before, after=after, salt=None)
    )


def _in_json(word: str) -> str:
    """A word as it is spelt within JSON."""
    return orjson.dumps(word).decode()[1:-1]
