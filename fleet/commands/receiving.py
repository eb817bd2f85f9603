"""Goods that arrive: each scanned box becomes stock, with the order and the delivery note it came with.

A box is known by its serial: one that was ordered, one that Apple's list names, or a new one of the model that is said.
Everything else a box has barcodes for (article, part, IMEI, EID) is told apart, so that none of it becomes a serial.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.devices import ensure_models
from fleet.commands.assignments import device_name, holder_name, locked, open_assignments
from fleet.commands.listings import kind_of_listing
from fleet.database.models import AppleListing, AppleSource, Delivery, Device, DeviceModel, Organisation, Purchase
from fleet.domain.identifiers import serial
from fleet.domain.identifiers.apple import judge_part_number
from fleet.domain.lifecycle import label
from fleet.domain.wording import day_text
from fleet.errors import UsageProblem
from fleet.queries.keys import model_by_name, place_by_name
from fleet.queries.lookups import only_organisation, organisation_id
from fleet.queries.scans import devices_by_scan
from fleet.queries.tenants import batches

AWAITED = frozenset({"ordered", "delivered", "unrecorded"})
"""Statuses of what has not been in stock yet."""
WAYS = {12: "an article number", 13: "an article number", 15: "an IMEI", 20: "an ICCID", 32: "an EID"}
"""Digits of a barcode that is no serial -> what it is."""
CHANGED = frozenset({"received", "added"})
"""Outcomes that changed the register."""


@dataclass(frozen=True, slots=True)
class Consignment:
    """What arrives together."""

    organisation_id: int
    site_id: int | None = None
    order_number: str | None = None
    note_number: str | None = None
    model_id: int | None = None
    """What a box is that was neither ordered nor is on Apple's list; None leaves such boxes alone."""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What one scan meant: received, added, repeated, in_register, unknown, ambiguous, refused."""

    scanned: str
    outcome: str
    device_id: int | None
    device: str | None
    sentence: str


def consignment(
    session: Session, *, organisation: str | None, site: str | None = None, model: str | None = None, order: str | None = None,
    note: str | None = None, on: date | None = None,
) -> Consignment:  # fmt: skip
    """What people call it, looked up. Raises `UsageProblem` where it must be said whose it is, `NotFound` for names."""
    owner = organisation_id(session, organisation) if organisation else only_organisation(session)
    if owner is None:
        raise UsageProblem("There are several organisations. Say whose devices they are.")
    return Consignment(
        owner, place_by_name(session, "site", site, within=owner) if site else None, order, note,
        model_by_name(session, model) if model else None, on,
    )  # fmt: skip


def receive(session: Session, texts: Sequence[str], what: Consignment, *, actor: str, now: datetime) -> list[Received]:
    """Take in what was scanned, in its order; what can't be taken in is told and left alone, so that a box with an odd
    barcode stops nobody. Raises `UsageProblem` for a day in the future."""
    today = london_date(now)
    day = what.on or today
    if day > today:
        raise UsageProblem(f"{day_text(day)} is in the future. Name the day it arrived, or today.")
    arrival = _Arrival(session, what, day, actor)
    meant = devices_by_scan(session, texts)
    known = sorted({one for ids in meant.values() for one in ids})
    devices = {one.id: one for one in locked(session, known)} if known else {}
    held = open_assignments(session, list(devices))
    boxes = {text: serial_of(text) for text in texts if not meant[text]}
    listed = _listed(session, [box for box in boxes.values() if box], what.organisation_id)
    told: list[Received] = []
    for text in texts:
        ids = meant[text]
        if len(ids) > 1:
            told.append(
                Received(text, "ambiguous", None, None, f"{text}: it fits several devices. Nothing was changed.")
            )
        elif ids:
            holder = holder_name(session, held[ids[0]]) if ids[0] in held else None
            told.append(arrival.take(text, devices[ids[0]], holder))
        else:
            told.append(arrival.add(text, boxes[text], listed))
    session.flush()
    return told


def serial_of(text: str) -> str | None:
    """The serial that an unknown barcode is; None for what is none. The S that Apple's boxes put before it is left out."""
    judged = serial.judge(text.strip())
    found = judged.proposal if judged.code == "serial-scanned" and judged.proposal else judged.normal
    if found is None or not_a_serial(found) is not None:
        return None
    return found


def not_a_serial(text: str) -> str | None:
    """What else on a box a barcode is; None when it may be a serial."""
    if text.isdigit():
        return WAYS.get(len(text), "a number")
    return "a part number" if judge_part_number(text).verdict == "good" else None


class _Arrival:
    """One consignment while it is taken in: its order and delivery are looked up, or made, with the first box."""

    def __init__(self, session: Session, what: Consignment, day: date, actor: str) -> None:
        self._session, self._what, self._day, self._actor = session, what, day, actor
        self._purchase: Purchase | None = None
        self._delivery: Delivery | None = None
        self._added: dict[str, Device] = {}

    def take(self, text: str, device: Device, holder: str | None) -> Received:
        """A device that is known becomes stock, if it was on its way; else it is left alone."""
        name = device_name(device)
        if device.organisation_id != self._what.organisation_id:
            owner = self._session.get_one(Organisation, device.organisation_id).name
            return Received(text, "refused", device.id, name, f"{name}: it belongs to {owner}.")
        if device.status not in AWAITED:
            known = self._known_delivery()
            if known is not None and device.delivery_id == known.id:
                return Received(
                    text, "repeated", device.id, name, f"{name}: it was received with this delivery already."
                )
            since = f" since {day_text(device.status_since)}" if device.status_since else ""
            told = f"{holder} has it" if holder else f"it is {label(device.status).lower()}{since}"
            return Received(text, "in_register", device.id, name, f"{name}: {told}. It was left as it is.")
        before = device.status
        device.status, device.status_since = "in_stock", self._day
        self._note(device)
        return Received(text, "received", device.id, name, f"{name}: {label(before).lower()} → in stock.")

    def add(self, text: str, box: str | None, listed: Mapping[str, AppleListing]) -> Received:
        """A box that the register does not know."""
        if box is None:
            what = not_a_serial(text.strip()) or serial.judge(text).sentence or "no serial number"
            said = f"it is {what}" if what[:1].islower() else what
            return Received(text, "unknown", None, None, f"{text}: {said}. Scan the serial number.".replace("..", "."))
        if (twice := self._added.get(box)) is not None:
            return Received(text, "repeated", twice.id, box, f"{box}: it was received with this delivery already.")
        listing = listed.get(box)
        model_id = self._model_of(listing)
        if model_id is None:
            said = "neither ordered nor on Apple's list. Say which model such boxes are, to take them in"
            return Received(text, "unknown", None, None, f"{box}: {said}.")
        model = self._session.get_one(DeviceModel, model_id)
        device = Device(
            organisation_id=self._what.organisation_id, kind=model.kind, ownership="organisation", status="in_stock",
            status_since=self._day, model_id=model_id, serial=box,
            purchased_on=listing.ordered_on if listing is not None else None,
        )  # fmt: skip
        self._note(device)
        self._session.add(device)
        self._session.flush()
        self._added[box] = device
        return Received(text, "added", device.id, box, f"{box}: new, {model.name}, in stock.")

    def _model_of(self, listing: AppleListing | None) -> int | None:
        """What Apple says it is; else what is said of this delivery."""
        if listing is None or not listing.model:
            return self._what.model_id
        return ensure_models(self._session, {listing.model: ("Apple", kind_of_listing(listing))})[listing.model]

    def _note(self, device: Device) -> None:
        """With which order and delivery it came, and where it is now."""
        purchase = self._bought()
        if purchase is not None and device.purchase_id is None:
            device.purchase_id = purchase.id
            device.purchased_on = device.purchased_on or purchase.ordered_on
        device.delivery_id = self._delivered().id
        device.site_id = self._what.site_id or device.site_id

    def _known_purchase(self) -> Purchase | None:
        if self._purchase is None and self._what.order_number:
            self._purchase = self._session.execute(
                select(Purchase).where(
                    Purchase.organisation_id == self._what.organisation_id,
                    Purchase.order_number == self._what.order_number,
                )
            ).scalar_one_or_none()
        return self._purchase

    def _known_delivery(self) -> Delivery | None:
        what, purchase = self._what, self._known_purchase()
        if self._delivery is None and (purchase is not None or not what.order_number):
            self._delivery = self._session.execute(
                select(Delivery).where(
                    Delivery.organisation_id == what.organisation_id,
                    Delivery.delivered_on == self._day,
                    Delivery.purchase_id == (purchase.id if purchase is not None else None),
                    Delivery.note_number == what.note_number,
                    Delivery.site_id == what.site_id if what.site_id else true(),
                ).order_by(Delivery.id).limit(1)
            ).scalar_one_or_none()  # fmt: skip
        return self._delivery

    def _bought(self) -> Purchase | None:
        purchase = self._known_purchase()
        if purchase is None and self._what.order_number:
            purchase = self._purchase = Purchase(
                organisation_id=self._what.organisation_id, order_number=self._what.order_number
            )
            self._session.add(purchase)
            self._session.flush()
        return purchase

    def _delivered(self) -> Delivery:
        known = self._known_delivery()
        if known is None:
            purchase = self._bought()
            known = self._delivery = Delivery(
                organisation_id=self._what.organisation_id, purchase_id=purchase.id if purchase else None,
                delivered_on=self._day, note_number=self._what.note_number, received_by=self._actor,
                site_id=self._what.site_id,
            )  # fmt: skip
            self._session.add(known)
            self._session.flush()
        return known


def _listed(session: Session, boxes: Iterable[str], organisation_id: int) -> dict[str, AppleListing]:
    """Serial -> what Apple's lists say of it, Apple's own before Intune's, which knows less."""
    found: dict[str, AppleListing] = {}
    for batch in batches(sorted(set(boxes))):
        rows = session.execute(
            select(AppleListing)
            .join(AppleSource, AppleSource.id == AppleListing.source_id)
            .where(
                AppleListing.serial.in_(batch), AppleListing.gone_at.is_(None),
                AppleListing.organisation_id == organisation_id,
            )
            .order_by(AppleSource.kind.desc(), AppleListing.id)
        ).scalars()  # fmt: skip
        for row in rows:
            found.setdefault(row.serial, row)
    return found
