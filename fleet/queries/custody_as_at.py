"""Stock, loans, starters and leavers as at any day: the same lists as today's, of what was true then."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day, london_date
from fleet.database.models import (
    Assignment,
    Device,
    DeviceModel,
    Enrolment,
    Line,
    Model,
    Organisation,
    Reservation,
    Sim,
    Site,
    Team,
)
from fleet.queries.as_at import devices_as_at, newest_enrolments, open_custody
from fleet.queries.joiners_leavers import LeaverRow, StarterRow, stage_of
from fleet.queries.past import Then, Wanted, rows_then
from fleet.queries.people_as_at import PEOPLE, Values, custody_of_people, people_there
from fleet.queries.stock import FREE, LoanRow, StockRow

_DEVICE: Wanted = {Device: ("asset_tag", "serial", "status", "kind", "model_id", "organisation_id", "price_pence")}
_RESERVED: Wanted = {Reservation: ("device_id", "person_id", "state")}
Tables = Mapping[type[Model], Then]


def stock_as_at(session: Session, day: date) -> list[StockRow]:
    """What was in stock at the end of a day by organisation, site and model."""
    kept = _reserved(rows_then(session, end_of_day(day), _RESERVED)[Reservation])
    reserved = {device_id for device_ids in kept.values() for device_id in device_ids}
    counted: Counter[tuple[str, str | None, str | None, str, str]] = Counter()
    for row in devices_as_at(session, day):
        if row.status in FREE and row.ownership == "organisation":
            place = (row.organisation, row.site, row.model, row.kind)
            counted[*place, row.status] += 1
            counted[*place, "reserved"] += row.id in reserved
    places = sorted({one[:4] for one in counted}, key=lambda one: tuple(part or "" for part in one))
    return [StockRow(*one, *(counted[*one, what] for what in (*FREE, "reserved"))) for one in places]


def _reserved(reservations: Then) -> dict[int, list[int]]:
    """Person -> the devices that were kept for them."""
    found: dict[int, list[int]] = {}
    for person_id, device_id, state in reservations.there("person_id", "device_id", "state"):
        if state == "open":
            found.setdefault(person_id, []).append(device_id)
    return found


def loans_as_at(session: Session, day: date, *, within: int | None = None, overdue_only: bool = False) -> list[LoanRow]:
    """Loans that were open at the end of a day, by the day they were due; `within` and overdue count from that day."""
    then = rows_then(session, end_of_day(day), {**PEOPLE, **_DEVICE})
    people = people_there(session, then, day)
    tell = _Teller(session, then)
    last = None if within is None else day + timedelta(days=within)
    rows = [
        tell.loan(row, people, day)
        for row in open_custody(then[Assignment], day).values()
        if row[6] is not None and (last is None or row[6] <= last) and (row[6] < day or not overdue_only)
    ]
    return sorted(rows, key=lambda row: (row.due_on, row.device_id))


class _Teller:
    """Devices and places by name."""

    def __init__(self, session: Session, then: Tables) -> None:
        self.devices = then[Device].by_id(*_DEVICE[Device])
        self.models = {row[0]: row[1] for row in session.execute(select(DeviceModel.id, DeviceModel.name))}
        self.organisations = {row[0]: row[1] for row in session.execute(select(Organisation.id, Organisation.key))}
        self.sites, self.teams = then[Site].by_id("name"), then[Team].by_id("name")

    def name(self, device_id: int) -> str:
        tag, serial, *_ = self.devices[device_id]
        return tag or serial or "own device"

    def model(self, device_id: int) -> str | None:
        return self.models.get(self.devices[device_id][4])

    def loan(self, row: tuple[Any, ...], people: Mapping[int, Values], day: date) -> LoanRow:
        _, device_id, person_id, site_id, team_id, issued_on, due_on, _ = row
        person = people.get(person_id, {})
        place = self.sites.get(site_id) or self.teams.get(team_id) or ("somebody",)
        team = self.teams.get(team_id, (None,))[0] or person.get("team")
        return LoanRow(
            device_id, self.name(device_id), self.model(device_id), person.get("display_name") or place[0],
            person.get("upn"), person.get("manager"), person.get("manager_upn"), team,
            self.organisations.get(self.devices[device_id][5], ""), issued_on, due_on, (day - due_on).days,
            person_id if person else None, person.get("manager_id"),
        )  # fmt: skip


def starters_as_at(session: Session, day: date, *, since: int = 30) -> list[StarterRow]:
    """People who were to start, or had started within so many days, with the stage of their device."""
    moment = end_of_day(day)
    enrolment: Wanted = {Enrolment: ("device_id", "opened_at", "closed_at", "enrolled_at", "upn")}
    then = rows_then(session, moment, {**PEOPLE, **_DEVICE, **_RESERVED, **enrolment})
    held, kept = custody_of_people(then, day), _reserved(then[Reservation])
    seen = list(then[Enrolment].each("enrolled_at", "upn"))
    enrolled = {device_id: seen[position] for device_id, position in newest_enrolments(then[Enrolment], moment).items()}
    tell, rows = _Teller(session, then), []
    for person_id, values in people_there(session, then, day).items():
        if values["state"] == "left" or not _new(values, day - timedelta(days=since)):
            continue
        for device_id, issued_on in _of_starter(person_id, held, kept, tell.devices):
            status, kind = tell.devices[device_id][2:4] if device_id else (None, None)
            theirs = _enrolled_by(values["upn"], issued_on, enrolled.get(device_id or 0))
            stage = stage_of(device_id, status, kind, issued_on, enrolled=theirs, today=day)
            device = tell.name(device_id) if device_id else None
            rows.append(_starter(person_id, values, device_id, device, stage))
    return sorted(rows, key=lambda row: (row.start_on or date.max, row.name))


def _new(values: Values, since: date) -> bool:
    return values["state"] == "starter" or (values["start_on"] is not None and values["start_on"] >= since)


def _of_starter(
    person_id: int, held: Mapping[int, list[tuple[Any, ...]]], kept: Mapping[int, list[int]], known: Mapping[int, Any]
) -> Iterator[tuple[int | None, date | None]]:
    """(device, issued on) of what they have, then of what is kept for them; nothing, once, where there is none."""
    has = sorted((row[5], row[1]) for row in held.get(person_id, ()))
    devices = [(device_id, day) for day, device_id in has] + [(one, None) for one in kept.get(person_id, ())]
    yield from [one for one in devices if one[0] in known] or [(None, None)]


def _enrolled_by(upn: str | None, issued_on: date | None, enrolment: tuple[Any, Any] | None) -> bool:
    """Whether it was enrolled for them: by whoever had it before does not count."""
    if enrolment is None:
        return False
    enrolled_at, by = enrolment
    if upn is None or by is None or by.lower() == upn.lower():
        return True
    return enrolled_at is not None and issued_on is not None and london_date(enrolled_at) >= issued_on


def _starter(person_id: int, values: Values, device_id: int | None, device: str | None, stage: str) -> StarterRow:
    return StarterRow(
        person_id, values["display_name"], values["upn"], values["organisation"], values["team"], values["manager"],
        values["start_on"], device_id, device, stage,
    )  # fmt: skip


def leavers_as_at(session: Session, day: date) -> list[LeaverRow]:
    """What people who had left still had at the end of a day, longest first."""
    lines: Wanted = {Sim: ("device_id", "line_id"), Line: ("monthly_pence", "state")}
    then = rows_then(session, end_of_day(day), {**PEOPLE, **_DEVICE, **lines})
    held, monthly = custody_of_people(then, day), _monthly(then)
    tell, rows = _Teller(session, then), []
    for person_id, values in people_there(session, then, day).items():
        if values["state"] != "left":
            continue
        left_on = values["left_on"]
        for row in held.get(person_id, ()):
            device_id = row[1]
            rows.append(
                LeaverRow(
                    person_id, values["display_name"], values["upn"], values["organisation"], values["team"],
                    values["manager"], values["manager_upn"], left_on, (day - left_on).days if left_on else None,
                    device_id, tell.name(device_id), tell.model(device_id), tell.devices[device_id][6],
                    monthly.get(device_id, 0), values["organisation_name"], values["manager_id"],
                )
            )  # fmt: skip
    return sorted(rows, key=lambda row: (row.left_on or date.max, row.name, row.device))


def _monthly(then: Tables) -> dict[int, int]:
    """Device -> what the lines in it cost a month."""
    lines = then[Line].by_id("monthly_pence", "state")
    found: dict[int, int] = {}
    for device_id, line_id in then[Sim].there("device_id", "line_id"):
        pence, state = lines.get(line_id, (None, None))
        if device_id is not None and state == "active":
            found[device_id] = found.get(device_id, 0) + (pence or 0)
    return found
