"""What a change did, told as people say it: by names, tags, numbers and days, never by the ids of rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from fleet.clock import london_text
from fleet.database.models import (
    Assignment,
    AssignmentItem,
    ByodRegistration,
    Delivery,
    Device,
    DeviceModel,
    Enrolment,
    Finding,
    Incident,
    IncidentStep,
    Line,
    Organisation,
    Person,
    Purchase,
    Receipt,
    RemoteOrder,
    Reservation,
    Sim,
    Site,
    Stocktake,
    StocktakeScan,
    Team,
    Tenant,
)
from fleet.domain.byod import ENDINGS
from fleet.domain.incidents import step_title
from fleet.domain.rules import RULES
from fleet.domain.rules.raised import RAISED
from fleet.domain.sources import action_words
from fleet.domain.stocktake import FOUND, OUTCOMES, REPEATED
from fleet.domain.wording import change_text, day_text, field_label, subject_label
from fleet.queries.orders_told import tell_order
from fleet.queries.tenants import batches

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What one event did to one row."""

    event_id: int
    subject: str
    subject_id: int
    kind: str
    before: Values
    after: Values


VERBS: Mapping[str, str] = {"insert": "added", "update": "changed", "delete": "removed"}
_TITLES = {rule.key: rule.title for rule in (*RULES, *RAISED)}
_RECEIPTS = frozenset({"receipt_id", "return_receipt_id"})
_UNSAID = frozenset(
    {"status_since", "hay", "body", "body_hash", "evidence", "udid", "user_id", "entra_id", "intune_id"}
)
"""Fields that mean nothing to people, or go with another that is told."""

_OWN: Any = case((Device.ownership == "personal", literal("own device")), else_=literal("device without a tag"))
_NAMES: Mapping[str, tuple[Any, Any]] = {
    "device": (Device.id, func.coalesce(Device.asset_tag, Device.serial, _OWN)),
    "person": (Person.id, Person.display_name),
    "manager": (Person.id, Person.display_name),
    "site": (Site.id, Site.name),
    "team": (Team.id, Team.name),
    "model": (DeviceModel.id, DeviceModel.name),
    "organisation": (Organisation.id, Organisation.name),
    "tenant": (Tenant.id, Tenant.key),
    "stocktake": (Stocktake.id, Stocktake.title),
    "sim": (Sim.id, Sim.iccid),
    "line": (Line.id, func.coalesce(Line.number, literal("data only"))),
    "purchase": (Purchase.id, Purchase.order_number),
    "delivery": (Delivery.id, Delivery.note_number),
}
"""`<this>_id` -> what the row is called."""
_NAMELESS = {"person": "somebody", "site": "a site", "team": "a team", "stocktake": "a count", "manager": "somebody"}
_CONTEXT: Mapping[str, tuple[Any, ...]] = {
    "assignment": (Assignment.id, Assignment.device_id, Assignment.person_id, Assignment.site_id, Assignment.team_id),
    "assignment_item": (AssignmentItem.id, AssignmentItem.assignment_id, AssignmentItem.kind, AssignmentItem.sim_id),
    "byod_registration": (ByodRegistration.id, ByodRegistration.person_id, ByodRegistration.device_id),
    "enrolment": (Enrolment.id, Enrolment.device_id),
    "finding": (Finding.id, Finding.rule, Finding.subject),
    "incident": (Incident.id, Incident.device_id, Incident.kind),
    "incident_step": (IncidentStep.id, IncidentStep.incident_id, IncidentStep.step),
    "receipt": (Receipt.id, Receipt.person_id),
    "remote_order": (RemoteOrder.id, RemoteOrder.device_id, RemoteOrder.action, RemoteOrder.sent_as),
    "reservation": (Reservation.id, Reservation.device_id, Reservation.person_id),
    "sim": (Sim.id, Sim.iccid, Sim.device_id),
    "stocktake_scan": (StocktakeScan.id, StocktakeScan.stocktake_id, StocktakeScan.device_id),
}
"""Table -> what must be known of a row to tell of a change that did not touch it."""
_OVER = {"assignment_item": "assignment", "incident_step": "incident"}
"""Table -> the one above it, whose device it is about."""


class Story:
    """Tells changes. Everything they speak of is asked for once per kind."""

    def __init__(self, session: Session, changes: Iterable[ChangeRow], *, of_one: bool = False) -> None:
        self._session, self._of_one = session, of_one
        changes = list(changes)
        self._context: dict[tuple[str, int], Values] = {}
        self._read_context(_ids((one.subject, one.subject_id) for one in changes))
        above = (
            (_OVER[one.subject], self._values(one).get(f"{_OVER[one.subject]}_id"))
            for one in changes
            if one.subject in _OVER
        )
        self._read_context(_ids(above))
        wanted = [(one.subject, one.subject_id) for one in changes if one.subject in _NAMES]
        for values in (
            *(self._values(one) for one in changes),
            *(one.before for one in changes),
            *self._context.values(),
        ):
            wanted += [
                (name[:-3], value) for name, value in values.items() if name.endswith("_id") and name[:-3] in _NAMES
            ]
        self._names: dict[tuple[str, int], str] = {}
        for kind, ids in _ids(wanted).items():
            key, name = _NAMES[kind]
            for batch in batches(sorted(ids)):
                rows = session.execute(select(key, name).where(key.in_(batch)))
                self._names |= {(kind, row[0]): row[1] for row in rows if row[1]}

    def _read_context(self, wanted: Mapping[str, set[int]]) -> None:
        for subject, ids in wanted.items():
            columns = _CONTEXT.get(subject, ())
            for batch in batches(sorted(ids) if columns else ()):
                for row in self._session.execute(select(*columns).where(columns[0].in_(batch))):
                    self._context[subject, row[0]] = {
                        column.key: value for column, value in zip(columns[1:], row[1:], strict=True)
                    }

    def _values(self, change: ChangeRow) -> dict[str, Any]:
        """What is known of a row: all of it as it was added or removed; of a change, with what the row is now."""
        said = {**change.before, **change.after}
        context = self._context.get((change.subject, change.subject_id), {})
        return said if said and change.kind != "update" else {**context, **said}

    def name(self, kind: str, identifier: int | None) -> str:
        """What a thing is called, or what kind of thing it was when it is gone."""
        return self._names.get((kind, identifier or 0)) or _NAMELESS.get(kind, subject_label(kind))

    def told(self, change: ChangeRow) -> str:
        """One change in words; "" for what says nothing to people."""
        teller = _TELLERS.get(change.subject)
        return teller(self, change, self._values(change)) if teller is not None else self._plainly(change)

    # --- custody --------------------------------------------------------------------------------------------

    def _assignment(self, change: ChangeRow, values: Values) -> str:
        if change.kind == "update" and change.after.keys() <= _RECEIPTS:
            numbers = {value for side in (change.before, change.after) for value in side.values() if value is not None}
            return f"number {', '.join(map(str, sorted(numbers)))}"
        holder = self._holder(values)
        device = f"{self.name('device', values['device_id'])} " if values.get("device_id") else ""
        if change.kind == "insert":
            return f"{device}to {holder}" + (f", due {_day(values['due_on'])}" if values.get("due_on") else "")
        if change.kind == "delete":
            return f"{device}no longer issued to {holder}"
        if change.after.get("returned_on"):
            return f"{device}back from {holder}"
        return f"{device}at {holder}: {self._fields(change)}"

    def _holder(self, values: Values) -> str:
        kinds = [kind for kind in ("person", "site", "team") if values.get(f"{kind}_id")]
        return self.name(kinds[0], values[f"{kinds[0]}_id"]) if kinds else "somebody"

    def _item(self, change: ChangeRow, values: Values) -> str:
        held = self._context.get(("assignment", values.get("assignment_id") or 0), {})
        what = (
            f"SIM {self.name('sim', values.get('sim_id'))}" if values.get("kind") == "sim" else str(values.get("kind"))
        )
        device = self.name("device", held.get("device_id"))
        if change.kind == "insert":
            return f"{device} with {what}"
        if change.kind == "delete":
            return f"{what} no longer with {device}"
        if change.after.get("missing"):
            return f"{what} of {device} missing"
        return f"{what} of {device} " + ("back" if change.after.get("returned_on") else f"({self._fields(change)})")

    def _reservation(self, change: ChangeRow, values: Values) -> str:
        device, person = self.name("device", values.get("device_id")), self.name("person", values.get("person_id"))
        if change.kind == "insert":
            until = f" to {_day(values['until_on'])}" if values.get("until_on") else ""
            return f"{device} kept for {person} from {_day(values.get('from_on'))}{until}"
        if change.kind == "delete" or change.after.get("state") == "cancelled":
            return f"{device} no longer kept for {person}"
        if change.after.get("state") == "issued":
            return f"{device} was kept for {person}"
        return f"{device} kept for {person}: {self._fields(change)}"

    def _receipt(self, change: ChangeRow, _values: Values) -> str:
        return f"number {change.subject_id}"

    # --- counted, lost, discrepant --------------------------------------------------------------------------

    def _scan(self, change: ChangeRow, values: Values) -> str:
        device = self.name("device", values["device_id"]) if values.get("device_id") else values.get("scanned", "")
        count = f"stocktake {self.name('stocktake', values.get('stocktake_id'))}"
        if change.kind == "delete":
            return f"the scan of {device} in {count} taken back"
        confirmed = values.get("holder_confirmed")
        where = f" at {self.name('site', values['site_id'])}" if values.get("site_id") else ""
        who = f" with {self.name('person', values['person_id'])}" if values.get("person_id") and not confirmed else ""
        outcome = values.get("outcome") or FOUND
        odd = "" if outcome in (FOUND, REPEATED) else f" ({OUTCOMES.get(outcome, outcome)})"
        holder = self.name("person", values["person_id"]) if values.get("person_id") else "its holder"
        how = f"confirmed by {holder}, noted" if confirmed else "seen"
        return f"{device} {how} in {count}{where}{who} by {values.get('scanned_by') or 'somebody'}{odd}"

    def _incident(self, change: ChangeRow, values: Values) -> str:
        device, kind = self.name("device", values.get("device_id")), values.get("kind") or "lost"
        if change.kind == "insert":
            holder = f", last with {self.name('person', values['person_id'])}" if values.get("person_id") else ""
            return f"{device} {kind} on {_day(values.get('occurred_on'))}{holder}"
        if change.kind == "delete":
            return f"{device} not {kind} after all"
        if change.after.get("closed_at"):
            return f"the incident of {device} is over"
        return f"the incident of {device}: {self._fields(change)}"

    def _step(self, change: ChangeRow, values: Values) -> str:
        incident = self._context.get(("incident", values.get("incident_id") or 0), {})
        device, title = self.name("device", incident.get("device_id")), step_title(str(values.get("step")))
        if change.kind == "delete":
            return f"{device}: {title} taken back"
        return f"{device}: {title}" + (f" ({values['note']})" if values.get("note") else "")

    def _finding(self, change: ChangeRow, values: Values) -> str:
        told = f"{_TITLES.get(values.get('rule', ''), values.get('rule'))} ({values.get('subject')})"
        return told if change.kind != "update" else f"{told}: {self._fields(change)}"

    # --- connections ----------------------------------------------------------------------------------------

    def _sim(self, change: ChangeRow, values: Values) -> str:
        card = f"SIM {values.get('iccid') or self.name('sim', change.subject_id)}"
        if change.kind != "update":
            place = f", in {self.name('device', values['device_id'])}" if values.get("device_id") else ""
            return f"{card} {VERBS[change.kind]}{place}"
        if "device_id" not in change.after:
            return f"{card}: {self._fields(change)}"
        was, now = change.before.get("device_id"), change.after["device_id"]
        moves = [f"out of {self.name('device', was)}" if was else "", f"into {self.name('device', now)}" if now else ""]
        return f"{card} {' and '.join(part for part in moves if part)}"

    def _enrolment(self, change: ChangeRow, values: Values) -> str:
        device = "" if self._of_one or not values.get("device_id") else f"{self.name('device', values['device_id'])} "
        if change.kind == "insert":
            return f"{device}enrolled" + (f" by {values['upn']}" if values.get("upn") else " without a user")
        if change.after.get("closed_at"):
            return f"{device}gone from Intune ({change.after.get('closed_because') or 'closed'})"
        fields = self._fields(change) if change.kind == "update" else f"enrolment {VERBS[change.kind]}"
        return f"{device}{fields}" if fields else ""

    def _portal(self, change: ChangeRow, values: Values) -> str:
        device = "" if self._of_one or not values.get("device_id") else f"{self.name('device', values['device_id'])} "
        told = f"{device}{action_words(str(values.get('action') or 'action'))} in the Intune portal"
        if change.kind == "delete":
            return f"{told}, no longer known of"
        by = f" by {values['sent_by']}" if values.get("sent_by") else ""
        at = _moment(values.get("sent_at"))
        result = "" if values.get("result") in (None, "Success") else f" ({values['result']})"
        return f"{told}{by}{f' on {at}' if at else ''}{result}"

    def _byod(self, change: ChangeRow, values: Values) -> str:
        person = self.name("person", values.get("person_id"))
        if change.kind == "delete":
            return f"own device of {person} no longer registered"
        what = values.get("said_model") or "own device"
        after = change.after
        if change.kind == "insert" and after.get("state") == "requested" and not after.get("device_id"):
            told = f"{what} of {person} requested" if what != "own device" else f"own device of {person} requested"
            return told + (f" for {after['purpose']}" if after.get("purpose") else "")
        if change.kind == "insert":
            return f"own device of {person} registered"
        parts = [tell(after) for key, tell in _BYOD.items() if after.get(key)]
        return f"own device of {person} " + (", ".join(parts) if parts else f"({self._fields(change)})")

    # --- the rest -------------------------------------------------------------------------------------------

    def _plainly(self, change: ChangeRow) -> str:
        kind = "model" if change.subject == "device_model" else change.subject
        known = self._names.get((kind, change.subject_id))
        named = known or change.before.get("name") or change.after.get("name")
        name = (
            named
            if named and kind in ("device", "person")
            else f"{subject_label(change.subject)} {named or ''}".strip()
        )
        if change.kind != "update":
            return f"{name} {VERBS.get(change.kind, change.kind)}"
        fields = self._fields(change)
        return f"{name} {fields}" if fields else ""

    def _fields(self, change: ChangeRow) -> str:
        parts = (self._field(name, change.before.get(name), value) for name, value in change.after.items())
        return ", ".join(part for part in parts if part)

    def _field(self, name: str, before: Any, after: Any) -> str:
        if name in _UNSAID or (name.endswith("_id") and name[:-3] not in _NAMES):
            return ""
        if not name.endswith("_id"):
            return change_text(name, before, after)
        was, now = (self.name(name[:-3], one) if one else "nothing" for one in (before, after))
        return f"{field_label(name)}: {was} → {now}"


_BYOD: Mapping[str, Callable[[Values], str]] = {
    "approved_on": lambda after: (
        f"approved by {after.get('approved_by') or 'somebody'} on {_day(after['approved_on'])}"
    ),
    "refused_on": lambda after: f"refused by {after.get('refused_by') or 'somebody'} on {_day(after['refused_on'])}",
    "consent_until": lambda after: (
        f"may be used until {_day(after['consent_until'])}"
        + (f", terms {after['terms_version']} accepted" if after.get("terms_version") else ", terms accepted again")
    ),
    "device_id": lambda _after: "linked to its enrolment",
    "ended_because": lambda after: f"ended: {ENDINGS.get(after['ended_because'], after['ended_because'])}",
}
"""Field that a step of a registration writes -> what the step did."""
_TELLERS: Mapping[str, Callable[[Story, ChangeRow, Values], str]] = {
    "assignment": Story._assignment,
    "assignment_item": Story._item,
    "byod_registration": Story._byod,
    "enrolment": Story._enrolment,
    "finding": Story._finding,
    "incident": Story._incident,
    "incident_step": Story._step,
    "portal_action": Story._portal,
    "receipt": Story._receipt,
    "remote_order": tell_order,
    "reservation": Story._reservation,
    "sim": Story._sim,
    "stocktake_expected": lambda *_: "",
    "stocktake_scan": Story._scan,
}
"""Table -> how a change of it is told."""


def _ids(pairs: Iterable[tuple[str, Any]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for kind, identifier in pairs:
        if isinstance(identifier, int) and not isinstance(identifier, bool):
            found.setdefault(kind, set()).add(identifier)
    return found


def _moment(value: Any) -> str:
    """History keeps moments as ISO text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return ""
    return london_text(value) if isinstance(value, datetime) else ""


def _day(value: Any) -> str:
    """History keeps days as ISO text; what was erased is none."""
    if value is None:
        return "a day"
    return day_text(value if isinstance(value, date) else date.fromisoformat(value))
