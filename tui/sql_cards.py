"""Cards from the queries: a device, a person, a finding. Imported by the first card."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fleet.domain.records import EventRow
from fleet.domain.wording import day_text, field_label, value_text
from fleet.errors import NotFound
from fleet.queries import cards, devices, findings, history, people, person_cards
from fleet.queries.evidence import EvidenceLine
from fleet.queries.stocktakes import device_name
from tui.columns import words
from tui.register import Compared, DeviceCard, Fact, FindingCard, Moment, PersonCard

CAMELS = frozenset({"Enrolment type", "Management", "Compliance"})
"""Facts that Graph tells in words stuck together."""
NAMES_A_DEVICE = frozenset({"device_id", "iccid_recorded_in"})
"""Evidence that is the id of a device: people know it by its tag."""
SHOWN = 30
"""Events of a person's time line."""


def device_card(session: Any, device_id: int, now: datetime) -> DeviceCard:
    """Everything about a device."""
    card = cards.device_card(session, device_id, now=now)
    facts = [
        Fact(
            fact.group.capitalize() if fact.group == cards.RECORDED else fact.group,
            fact.label,
            words(fact.value) if fact.label in CAMELS else fact.value,
            said_by=card.row.tenant if fact.group == cards.OBSERVED else None,
            said_at=card.observed_at if fact.group == cards.OBSERVED else None,
            disagrees=fact.disagrees,
        )
        for fact in card.facts
    ]
    return DeviceCard(card.row, facts, [_moment(event) for event in card.events], card.findings)


def person_card(session: Any, person_id: int, now: datetime) -> PersonCard:
    """What a person holds and held; raises `NotFound` for nobody."""
    rows = people.find_people(session, ids=[person_id])
    if not rows:
        raise NotFound("That person is not in the register, or belongs to another organisation.")
    holdings = people.holdings_of(session, person_id)
    ids = [one.device_id for one in holdings if one.returned_on is None]
    held = devices.list_devices(session, devices.DeviceQuery(ids=ids), now=now) if ids else []
    events = history.list_events(session, person_id=person_id, limit=SHOWN)
    former = [
        Fact("Held before", one.device, f"{day_text(one.issued_on)} to {day_text(one.returned_on)}")
        for one in holdings
        if one.returned_on is not None
    ]
    own = person_cards.own_devices_of(session, person_id)
    return PersonCard(rows[0], held, former, [_moment(event) for event in events], own)


def finding_card(session: Any, finding_id: int) -> FindingCard:
    """One finding with its evidence; raises `NotFound` when it is gone."""
    detail = findings.finding_detail(session, finding_id)
    if detail is None:
        raise NotFound("That finding is not there any more.")
    evidence = [
        Fact(who, _capital(field_label(name)), _told(session, name, value))
        for who, values in (("Recorded", detail.recorded), (detail.said_by, detail.observed))
        for name, value in values.items()
        if value is not None
    ]
    if detail.note:
        evidence.append(Fact("Decided", "Note", detail.note, detail.decided_by))
    row = detail.row
    device_id = row.subject_id if row.subject_type == "device" else None
    advice = " ".join((detail.meaning, detail.what_to_do)).strip()
    compared = [_compared(session, one) for one in detail.lines]
    return FindingCard(row, evidence, advice, device_id, compared, detail.said_by, _fix(detail))


def _compared(session: Any, one: EvidenceLine) -> Compared:
    recorded = "" if one.recorded is None else _told(session, one.name, one.recorded)
    observed = "" if one.observed is None else _told(session, one.observed_name or one.name, one.observed)
    disagrees = one.has_record and one.observed_name is not None and recorded.casefold() != observed.casefold()
    label = _capital(field_label(one.name))
    return Compared(label, recorded, one.recorded_since, observed, one.observed_at, disagrees)


def _fix(detail: findings.FindingDetail) -> str:
    if detail.fixes:
        first = detail.fixes[0]
        return f"^O: {first.title}. {first.changes} {first.first}".strip()
    through = f" Through Intune, ^O: {', '.join(one.title.lower() for one in detail.orders)}." if detail.orders else ""
    return f"Not from here: {detail.elsewhere}{through}" if detail.elsewhere else through.strip()


def _moment(event: EventRow) -> Moment:
    return Moment(event.effective_at, event.sentence, event.actor, event.id)


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _told(session: Any, name: str, value: Any) -> str:
    if name in NAMES_A_DEVICE and isinstance(value, int):
        return device_name(session, value)
    if isinstance(value, list | tuple):
        return ", ".join(value_text(name, one) for one in value)
    return value_text(name, value)
