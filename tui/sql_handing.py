"""Scan after scan issued, taken back or received: what a scan names is looked at first, and left alone where it must be."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from fleet.domain.lifecycle import label
from fleet.domain.records import DeviceRow
from fleet.errors import FleetError
from fleet.queries.devices import DeviceQuery, list_devices
from fleet.queries.keys import exact_devices
from tui.background import is_gone
from tui.columns import device_name
from tui.counting import Arrival, Batch, Seen
from tui.writes import Issue, Recipient, TakeBack

if TYPE_CHECKING:
    from fleet.commands.receiving import Consignment
    from tui.sql_register import SqlRegister


def hand_over(register: SqlRegister, text: str, to: Recipient | None, due_on: date | None) -> Batch:
    """Do it as one event, or say why nothing was changed."""
    with register.reading() as session:
        ids = exact_devices(session, text)
        rows = list_devices(session, DeviceQuery(ids=ids), now=register.clock()) if ids else []
    if len(rows) != 1:
        outcome, why = ("ambiguous", "it fits several devices") if rows else ("unknown", "no device has that number")
        return _told(Seen(text, outcome, None, f"{text}: {why}. Nothing was changed."))
    row = rows[0]
    if (held := _left_alone(row, to)) is not None:
        return _told(Seen(text, held[0], device_name(row), f"{device_name(row)}: {held[1]}", about=_about(row)))
    write = TakeBack(device_ids=(row.id,)) if to is None else Issue(device_ids=(row.id,), to=to, due_on=due_on)
    try:
        done = register.do(write)
    except FleetError as error:
        if is_gone(error):
            raise
        return _told(Seen(text, "refused", device_name(row), f"{device_name(row)}: {error.message}", about=_about(row)))
    said = " ".join([done.sentence, *done.warnings])
    seen = Seen(text, "returned" if to is None else "issued", device_name(row), f"{device_name(row)}: {said}")
    return Batch([seen], done.event_id, {})


def _left_alone(row: DeviceRow, to: Recipient | None) -> tuple[str, str] | None:
    """Outcome and reason where there is nothing to do, or where it is not for a scan to decide."""
    if to is None:
        return None if row.status == "issued" or row.holder else ("not_held", "nobody has it.")
    if row.holder is None:
        return None
    same = row.holder_id == to.target if to.kind == "person" else row.holder == to.name and row.holder_id is None
    if same:
        return "repeated", f"{to.name} has it already."
    return "wrong_holder", f"{row.holder} has it. Return it first, or pass it on (^F in the list of devices)."


def _about(row: DeviceRow) -> str:
    parts = (row.model or row.kind, row.holder or label(row.status).lower(), row.team or row.site)
    return " · ".join(part for part in parts if part)


def _told(seen: Seen) -> Batch:
    return Batch([seen], None, {})


# --- deliveries ---------------------------------------------------------------------------------------------------


def receive(register: SqlRegister, text: str, arrival: Arrival) -> Batch:
    """Take in one box as one event; what changes nothing makes none."""
    from fleet.commands import receiving
    from fleet.database.history import open_event

    told: list[receiving.Received] = []
    event_id = None
    try:
        with register.writing("device.receive", None) as session:
            what = _consignment(session, arrival)
            told = receiving.receive(session, [text], what, actor=register.rights.name, now=register.clock())
            if told[0].outcome not in receiving.CHANGED:
                raise _NothingDone("nothing changed")
            event = open_event(session)
        event_id = event.id
    except _NothingDone:
        pass
    except FleetError as error:
        if is_gone(error):
            raise
        return _told(Seen(text, "refused", None, f"{text}: {error.message}"))
    one = told[0]
    return Batch([Seen(text, one.outcome, one.device, one.sentence)], event_id, {})


class _NothingDone(FleetError):
    """Ends a transaction in which there was nothing to do."""


def known_arrival(session: Any, arrival: Arrival) -> Arrival:
    """What was said, with the names as the register has them."""
    from fleet.database.models import DeviceModel, Organisation, Site

    what = _consignment(session, arrival)
    return Arrival(
        session.get_one(Organisation, what.organisation_id).key,
        what.order_number,
        what.note_number,
        session.get_one(Site, what.site_id).name if what.site_id is not None else None,
        session.get_one(DeviceModel, what.model_id).name if what.model_id is not None else None,
    )


def _consignment(session: Any, arrival: Arrival) -> Consignment:
    from fleet.commands.receiving import consignment

    return consignment(
        session, organisation=arrival.organisation, site=arrival.site, model=arrival.model, order=arrival.order,
        note=arrival.note,
    )  # fmt: skip
