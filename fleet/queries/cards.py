"""The card of a device: facts grouped by who says so, with their age and where they disagree."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import (
    Assignment,
    Delivery,
    Device,
    Enrolment,
    Line,
    Person,
    Purchase,
    Sim,
    Site,
    Team,
    Tenant,
)
from fleet.domain.lifecycle import LABELS
from fleet.domain.records import DeviceRow, EventRow, FindingRow
from fleet.domain.wording import day_text, value_text
from fleet.errors import NotFound
from fleet.queries.accessories import items_of
from fleet.queries.card_sources import SAID, apple_lines
from fleet.queries.devices import DeviceQuery, list_devices
from fleet.queries.findings import list_findings
from fleet.queries.history import list_events

RECORDED, OBSERVED = "recorded", "Intune"


@dataclass(frozen=True, slots=True)
class CardFact:
    """One line of a card."""

    group: str
    """recorded, Intune or Apple: who says so."""
    label: str
    value: str
    disagrees: bool = False
    """Whether another source says otherwise."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One interval of custody."""

    holder: str
    issued: str
    returned: str | None
    due: str | None
    kind: str
    with_it: tuple[str, ...] = ()
    """Accessories and SIMs that went out with it, in words."""
    condition: str | None = None
    """In which it came back, as noted then."""


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """Everything about one device."""

    row: DeviceRow
    facts: tuple[CardFact, ...]
    holdings: tuple[Holding, ...]
    """Newest first."""
    findings: tuple[FindingRow, ...]
    events: tuple[EventRow, ...]
    observed_at: datetime | None
    """Last check-in: the age of what Intune says."""


def device_card(session: Session, device_id: int, *, now: datetime) -> DeviceCard:
    """The card of one device; raises `NotFound`."""
    rows = list_devices(session, DeviceQuery(ids=[device_id]), now=now)
    if not rows:
        raise NotFound("That device is not in the register, or belongs to another organisation.")
    row = rows[0]
    device = session.get_one(Device, device_id)
    enrolments = session.execute(
        select(Enrolment, Tenant.key)
        .join(Tenant, Tenant.id == Enrolment.tenant_id)
        .where(Enrolment.device_id == device_id)
        .order_by(Enrolment.closed_at.is_(None).desc(), Enrolment.enrolled_at.desc())
    ).all()
    current = enrolments[0][0] if enrolments else None
    facts = [*_recorded(session, row, device, current), *_observed(row, enrolments), *_apple(session, row, device)]
    return DeviceCard(
        row=row,
        facts=tuple(facts),
        holdings=tuple(_holdings(session, device_id)),
        findings=tuple(
            list_findings(session, subject=("device", device_id), states=("open", "acknowledged", "snoozed"))
        ),
        events=tuple(list_events(session, device_id=device_id, limit=30)),
        observed_at=current.last_seen if current else None,
    )


def _recorded(session: Session, row: DeviceRow, device: Device, current: Enrolment | None) -> list[CardFact]:
    since = f" since {day_text(device.status_since)}" if device.status_since else ""
    purchase = session.get(Purchase, device.purchase_id) if device.purchase_id else None
    delivery = session.get(Delivery, device.delivery_id) if device.delivery_id else None
    connected = select(Sim.iccid, Line.number).outerjoin(Line, Line.id == Sim.line_id).where(Sim.device_id == device.id)
    connections = session.execute(connected).all()
    sims = [iccid for iccid, _ in connections if iccid]
    numbers = [number for _, number in connections if number]
    seen_imei = current.imei if current else None
    holder = row.holder or "nobody"
    facts = [
        ("Status", LABELS.get(row.status, row.status) + since, False),
        (
            "Holder",
            holder + (f" ({row.holder_upn})" if row.holder_upn else ""),
            _other(row.holder_upn, row.enrolled_upn),
        ),
        ("Due back", day_text(row.due_on) if row.due_on else "", False),
        ("Organisation", row.organisation, False),
        ("Site", row.site or "", False),
        ("Team", row.team or "", False),
        ("Cost code", row.cost_code or "", False),
        ("Serial", row.serial or "", _other(row.serial, current.serial if current else None)),
        ("IMEI", row.imei or "", _other_imei(device, seen_imei)),
        ("Second IMEI", device.imei2 or "", False),
        ("EID", device.eid or "", False),
        ("MAC address", device.ethernet_mac or "", False),
        ("Network name", device.network_name or "", False),
        ("On the network", day_text(device.network_seen_on) if device.network_seen_on else "", False),
        ("Phone number", ", ".join(numbers), _other_number(numbers, current.phone_number if current else None)),
        ("SIM", ", ".join(sims), bool(current and current.iccid and sims and current.iccid not in sims)),
        ("Bought", day_text(row.purchased_on) if row.purchased_on else "", False),
        ("Price", value_text("price_pence", row.price_pence) if row.price_pence is not None else "", False),
        ("Order", f"{purchase.order_number}, {purchase.supplier or 'supplier not known'}" if purchase else "", False),
        ("Delivered", day_text(delivery.delivered_on) if delivery else "", False),
        ("Warranty until", day_text(row.warranty_until) if row.warranty_until else "", False),
        ("Disposal batch", device.disposal_batch or "", False),
        ("Certificate", device.disposal_reference or "", False),
        ("Notes", device.notes or "", False),
    ]
    return [CardFact(RECORDED, label, value, wrong) for label, value, wrong in facts if value]


def _observed(row: DeviceRow, enrolments: Any) -> list[CardFact]:
    if not enrolments:
        return []
    one, tenant = enrolments[0]
    facts: list[tuple[str, Any, bool]] = [
        (
            "Tenant",
            tenant if one.closed_at is None else f"{tenant}, gone since {value_text('closed_at', one.closed_at)}",
            False,
        ),
        ("Device name", one.device_name, False),
        ("Enrolled", one.enrolled_at, False),
        ("Enrolled by", one.upn or "nobody (no user)", _other(row.holder_upn, one.upn)),
        ("Last check-in", one.last_seen, False),
        ("OS", " ".join(part for part in (one.platform, one.os_version) if part), False),
        ("Compliance", one.compliance, False),
        ("Ownership", one.ownership, (one.ownership == "personal") != (row.ownership == "personal")),
        ("Supervised", one.supervised, False),
        ("Encrypted", one.encrypted, False),
        ("Management", one.management_state, False),
        ("Enrolment type", one.enrolment_type, False),
        ("Serial", one.serial, _other(row.serial, one.serial)),
        ("IMEI", one.imei, False),
        ("Phone number", one.phone_number, False),
        ("Carrier", one.carrier, False),
        ("SIM (ICCID)", one.iccid, False),
        ("Intune id", one.intune_id, False),
    ]
    if len(enrolments) > 1:
        still = sum(1 for other, _ in enrolments[1:] if other.closed_at is None)
        facts.append(("Enrolled before", f"{len(enrolments) - 1}, {still} of them still open", still > 0))
    return [
        CardFact(OBSERVED, label, value_text(label, value), wrong)
        for label, value, wrong in facts
        if value not in (None, "")
    ]


def _apple(session: Session, row: DeviceRow, device: Device) -> list[CardFact]:
    lines = apple_lines(session, device, row.model)
    return [CardFact(SAID, label, value, wrong) for label, value, wrong in lines if value]


def _other(recorded: str | None, observed: str | None) -> bool:
    return bool(recorded and observed and recorded.casefold() != observed.casefold())


def _other_number(recorded: list[str], observed: str | None) -> bool:
    """Whether Intune names another number. It may hide all but the last digits, or leave out the country."""
    digits = "".join(char for char in observed or "" if char.isdigit())
    return bool(recorded and digits) and not any(one.endswith(digits[-4:]) for one in recorded)


def _other_imei(device: Device, observed: str | None) -> bool:
    known = {one[:14] for one in (device.imei, device.imei2) if one}
    return bool(observed and known and observed[:14] not in known)


def _holdings(session: Session, device_id: int) -> list[Holding]:
    rows: Any = session.execute(
        select(Assignment, Person.display_name, Site.name, Team.name)
        .outerjoin(Person, Person.id == Assignment.person_id)
        .outerjoin(Site, Site.id == Assignment.site_id)
        .outerjoin(Team, Team.id == Assignment.team_id)
        .where(Assignment.device_id == device_id)
        .order_by(Assignment.issued_on.desc(), Assignment.id.desc())
    ).all()
    items = items_of(session, [row[0].id for row in rows])
    return [
        Holding(
            holder=person or site or team or "somebody",
            issued=day_text(one.issued_on),
            returned=day_text(one.returned_on) if one.returned_on else None,
            due=day_text(one.due_on) if one.due_on else None,
            kind=one.kind,
            with_it=tuple(item.words for item in items.get(one.id, ())),
            condition=one.condition,
        )
        for one, person, site, team in rows
    ]
