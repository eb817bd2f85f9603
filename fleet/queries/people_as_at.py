"""People as at any day: who they were then, and what they had.

Who has been erased since stays erased: the past shows them no more than today's lists do.
"""

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day
from fleet.database.models import Assignment, Device, DeviceModel, Model, Organisation, Person, Site, Team
from fleet.domain.records import PersonRow
from fleet.domain.search import fold
from fleet.queries.accessories import items_of
from fleet.queries.as_at import CUSTODY, open_custody
from fleet.queries.past import Then, Wanted, rows_then
from fleet.queries.people import PersonHolding

_PERSON = (
    "organisation_id", "display_name", "upn", "email", "job_title", "employee_id", "team_id", "site_id", "manager_id", "state",
    "start_on", "left_on",
)  # fmt: skip
PEOPLE: Wanted = {Person: _PERSON, Site: ("name",), Team: ("name",), Assignment: CUSTODY}
"""What is read to tell who somebody was."""

Values = dict[str, Any]


def people_as_at(session: Session, day: date, *, text: str = "", state: str | None = None) -> list[PersonRow]:
    """Everybody the register knew of at the end of a London day, by name; only those whose name, UPN, team, job or
    employee number holds every word."""
    then = rows_then(session, end_of_day(day), PEOPLE)
    known = people_there(session, then, day)
    held = custody_of_people(then, day)
    words = [fold(word) for word in text.split()]
    rows = [
        _row(person_id, values, len(held.get(person_id, ())))
        for person_id, values in known.items()
        if state in (None, values["state"]) and _holds(values, words)
    ]
    return sorted(rows, key=lambda row: (row.name, row.id))


def person_as_at(session: Session, person_id: int, day: date) -> tuple[PersonRow | None, list[PersonHolding]]:
    """One person as they were, with what they held and had held by then; None where the register did not know them."""
    then = rows_then(session, end_of_day(day), {**PEOPLE, Device: ("asset_tag", "serial", "model_id")})
    values = people_there(session, then, day).get(person_id)
    if values is None:
        return None, []
    row = _row(person_id, values, len(custody_of_people(then, day).get(person_id, ())))
    return row, _holdings(session, then, person_id, day)


def people_there(session: Session, then: Mapping[type[Model], Then], day: date) -> dict[int, Values]:
    """Person -> what they were called and belonged to, for all who are not erased and were known on the day."""
    organisations = {
        row[0]: row[1:] for row in session.execute(select(Organisation.id, Organisation.key, Organisation.name))
    }
    erased = set(session.execute(select(Person.id).where(Person.erased_at.is_not(None))).scalars())
    teams, sites = then[Team].by_id("name"), then[Site].by_id("name")
    people: dict[int, Values] = {
        person_id: dict(zip(_PERSON, row, strict=True)) for person_id, row in then[Person].by_id(*_PERSON).items()
    }
    late = then[Person].made_later
    first = _first_issued(then[Assignment]) if late else {}
    for values in people.values():
        key, name = organisations.get(values["organisation_id"], ("", ""))
        manager = people.get(values["manager_id"], {})
        values |= {
            "organisation": key, "organisation_name": name, "team": teams.get(values["team_id"], (None,))[0],
            "site": sites.get(values["site_id"], (None,))[0], "manager": manager.get("display_name"),
            "manager_upn": manager.get("upn"), "manager_id": values["manager_id"] if manager else None,
        }  # fmt: skip
    return {
        person_id: values
        for person_id, values in people.items()
        if person_id not in erased
        and (person_id not in late or any(one and one <= day for one in (values["start_on"], first.get(person_id))))
    }


def _first_issued(assignments: Then) -> dict[int, date]:
    """Person -> the first day on which they had anything."""
    found: dict[int, date] = {}
    for person_id, issued_on in assignments.each("person_id", "issued_on"):
        found[person_id] = min(found.get(person_id, issued_on), issued_on)
    return found


def custody_of_people(then: Mapping[type[Model], Then], day: date) -> dict[int, list[tuple[Any, ...]]]:
    """Person -> (assignment, *CUSTODY) of each device they had at the end of the day."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in open_custody(then[Assignment], day).values():
        if row[2] is not None:
            found.setdefault(row[2], []).append(row)
    return found


def _row(person_id: int, values: Values, held: int) -> PersonRow:
    return PersonRow(
        id=person_id, name=values["display_name"], upn=values["upn"], organisation=values["organisation"],
        job_title=values["job_title"], team=values["team"], site=values["site"], state=values["state"],
        manager=values["manager"], devices_held=held, left_on=values["left_on"], email=values["email"],
    )  # fmt: skip


def _holds(values: Values, words: list[str]) -> bool:
    hay = fold(
        "\x1f".join(str(values[name] or "") for name in ("display_name", "upn", "team", "job_title", "employee_id"))
    )
    return all(word in hay for word in words)


def _holdings(session: Session, then: Mapping[type[Model], Then], person_id: int, day: date) -> list[PersonHolding]:
    devices = then[Device].by_id("asset_tag", "serial", "model_id")
    models = {row[0]: row[1] for row in session.execute(select(DeviceModel.id, DeviceModel.name))}
    rows = [
        row
        for row in then[Assignment].each("id", *CUSTODY)
        if row[2] == person_id and row[5] <= day and row[1] in devices
    ]
    items = items_of(session, [row[0] for row in rows])
    found = []
    for assignment, device_id, _, _, _, issued_on, due_on, returned_on in rows:
        tag, serial, model_id = devices[device_id]
        back = returned_on if returned_on is not None and returned_on <= day else None
        with_it = tuple(
            (one if back else dataclasses.replace(one, missing=False)).words for one in items.get(assignment, ())
        )
        device = tag or serial or "own device"
        found.append(PersonHolding(device_id, device, models.get(model_id), issued_on, due_on, back, with_it=with_it))
    return sorted(found, key=lambda one: (one.returned_on is not None, -one.issued_on.toordinal(), one.device))
