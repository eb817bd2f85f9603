"""Plan what a list of people means: Entra's users, starters and leavers from HR.

A row is matched by directory id, employee number, user name and e-mail address, never by a name. Where a directory is
read every night it knows better: a file fills its gaps and never overwrites it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from fleet.domain.plan.imports.known import KnownPeople, KnownPerson
from fleet.domain.plan.imports.planner import owner_of
from fleet.domain.plan.imports.result import ImportPlan, Row, RowPlan, Wanted
from fleet.domain.search import fold
from fleet.domain.wording import day_text

PERSON_COLUMNS = (
    "entra_id", "upn", "display_name", "given_name", "surname", "email", "job_title", "department", "office", "employee_id",
    "account_enabled", "start_on", "left_on", "state", "team_id", "site_id", "manager_id",
)  # fmt: skip
_COLUMN_OF = {
    "upn": "upn", "display_name": "display_name", "given_name": "given_name", "surname": "surname", "email": "email",
    "job_title": "job_title", "department": "department", "office": "office", "employee_number": "employee_id",
    "account_enabled": "account_enabled", "started_on": "start_on", "left_on": "left_on",
}  # fmt: skip
"""Field of a file -> column of the register."""
_OF_THE_DIRECTORY = frozenset(_COLUMN_OF.values()) - {"start_on", "left_on"}
_KEYS = ("entra_id", "employee_id", "upn", "email")


def plan_people_list(
    rows: Iterable[Row],
    known: KnownPeople,
    *,
    sets: frozenset[str],
    sets_if_new: frozenset[str],
    organisation_id: int | None,
    today: date,
    create: bool = False,
) -> ImportPlan:
    """Compare rows with the people of the register. `sets_if_new` are fields that a list may say only of whom it adds."""
    planner = _PeoplePlanner(known, sets, sets | sets_if_new, organisation_id, today)
    planner.create = create
    return planner.plan(rows)


class _PeoplePlanner:
    create = False

    def __init__(
        self,
        known: KnownPeople,
        sets: frozenset[str],
        sets_new: frozenset[str],
        organisation_id: int | None,
        today: date,
    ) -> None:
        self.known, self.sets, self.sets_new = known, sets, sets_new
        self.organisation_id, self.today = organisation_id, today
        self.result = ImportPlan(subject="person")
        self.by: dict[tuple[str, int, str], list[KnownPerson]] = {}
        self.by_name: dict[tuple[int, str], list[KnownPerson]] = {}
        self.wanted: dict[tuple[str, int, str], Wanted] = {}
        for person in known.people:
            self._know(person)
            sizes = self.result.sizes
            if person.values.get("state") != "left":
                sizes[person.organisation_id] = sizes.get(person.organisation_id, 0) + 1

    def _know(self, person: KnownPerson) -> None:
        for name in _KEYS:
            if value := person.values.get(name):
                self.by.setdefault((name, person.organisation_id, str(value).lower()), []).append(person)
        named = (person.organisation_id, fold(str(person.values.get("display_name") or "")))
        self.by_name.setdefault(named, []).append(person)

    def plan(self, rows: Iterable[Row]) -> ImportPlan:
        touched: dict[int, int] = {}
        for row in rows:
            owner = owner_of(
                row, self.known.organisations, self.sets | {"organisation"}, self.organisation_id, self.result
            )
            if owner is None:
                continue
            values = self._values(row)
            matched, person = self._find(row, owner, values)
            if not matched:
                continue
            if person is not None and (person.id < 0 or person.id in touched):
                first = touched.get(person.id, -person.id)
                self.result.reject(row, "same-person", f"row {first} already speaks of this person")
            elif person is None:
                self._add(row, owner, values)
            else:
                touched[person.id] = row.row
                self._change(row, owner, values, person)
        return self.result

    def _values(self, row: Row) -> dict[str, Any]:
        """What the row says, by the register's columns."""
        said = row.values
        values = {column: said[name] for name, column in _COLUMN_OF.items() if said.get(name) is not None}
        if said.get("entra_id") is not None:  # Known by the sync alone: here it only helps to find somebody.
            values["entra_id"] = said["entra_id"]
        if "display_name" not in values and values.get("surname"):
            values["display_name"] = " ".join(
                str(values[name]) for name in ("given_name", "surname") if values.get(name)
            )
        return values

    def _find(self, row: Row, owner: int, values: Mapping[str, Any]) -> tuple[bool, KnownPerson | None]:
        """Whether the row can be placed, and who it is; None for somebody new."""
        found: dict[int, KnownPerson] = {}
        for name in _KEYS:
            said = str(values.get(name) or "").lower()
            names = ("upn", "email") if name in ("upn", "email") else (name,)
            for kind in names if said else ():
                found |= {one.id: one for one in self.by.get((kind, owner, said), ())}
        if len(found) > 1:
            self.result.reject(row, "several-people", "its numbers and addresses belong to different people")
            self._note_several(row, values, sorted(found.values(), key=lambda one: one.id))
            return False, None
        person = next(iter(found.values()), None)
        held, number = person.values.get("employee_id") if person is not None else None, values.get("employee_id")
        if person is not None and number and held and str(number) != str(held):
            self.result.contradict_person(row, person, "employee_id", number, number, held)
            self.result.reject(
                row,
                "other-employee-number",
                "the register has this person with another employee number",
                "employee_number",
            )
            return False, None
        return True, person

    def _note_several(self, row: Row, values: Mapping[str, Any], people: Sequence[KnownPerson]) -> None:
        """The row's numbers and addresses as one value: it is settled when no two people have them any more."""
        said = {name: str(values[name]) for name in _KEYS if values.get(name)}
        key = " ".join(sorted(f"{name}:{value.lower()}" for name, value in said.items()))
        known = [one for one in people if one.id > 0]
        if len(known) > 1:
            names = ", ".join(str(one.values.get("display_name")) for one in known)
            self.result.contradict_person(row, known[0], "identity", key, ", ".join(said.values()), names)

    def _add(self, row: Row, owner: int, values: Mapping[str, Any]) -> None:
        """Somebody new: a name and something to know them by again are needed; who has left already is not added."""
        after = {
            column: values[column] for name, column in _COLUMN_OF.items() if name in self.sets_new and column in values
        }
        left = values.get("left_on")
        if left is not None and left <= self.today:
            self.result.tell(row, "unknown-leaver", "left_on", "the register never had this person, who has left")
            self.result.unchanged += 1
            return
        name = values.get("display_name") if {"display_name", "surname"} & self.sets_new else None
        if name is None or not any(values.get(key) for key in _KEYS[1:]):
            self.result.reject(
                row, "unknown-person", "nobody in the register has this number or address, and it names nobody"
            )
            return
        after["display_name"] = name
        if self.by_name.get((owner, fold(str(name)))):
            self.result.tell(
                row, "namesake", "display_name", "the register has somebody of this name without this number"
            )
        started = values.get("start_on")
        after["state"] = "starter" if started is not None and started > self.today else "active"
        self._add_places(row, owner, after)
        self.result.new.append(RowPlan(row.row, self._name(row), owner, None, {}, after))
        self._know(KnownPerson(-row.row, owner, after))

    def _change(self, row: Row, owner: int, values: Mapping[str, Any], person: KnownPerson) -> None:
        wanted = {
            column: values[column] for name, column in _COLUMN_OF.items() if name in self.sets and column in values
        }
        self._add_places(row, owner, wanted)
        self._settle_state(row, wanted, person)
        held = person.values
        after = {name: value for name, value in wanted.items() if not _same(name, value, held.get(name))}
        if person.synced:
            for name in sorted(_OF_THE_DIRECTORY & after.keys()):
                if held.get(name) is not None:
                    self.result.tell(
                        row, "directory-knows-better", name, f"the directory says otherwise of their {_word(name)}"
                    )
                    spelt = str(after[name]).lower() if name in ("upn", "email") else after[name]
                    self.result.contradict_person(row, person, name, spelt, after[name], held[name])
                    del after[name]
        if not after:
            self.result.unchanged += 1
            return
        before = {name: held.get(name) for name in after}
        self.result.changed.append(RowPlan(row.row, self._name(row), owner, person.id, before, after))

    def _settle_state(self, row: Row, wanted: dict[str, Any], person: KnownPerson) -> None:
        """A leaving day that has come makes a leaver; a blank one says nothing; nobody comes back by a file."""
        left, state = wanted.get("left_on"), person.values.get("state")
        if left is not None and left <= self.today and state != "left":
            wanted["state"] = "left"
        started = wanted.get("start_on")
        if (
            state == "left"
            and left is None
            and started is not None
            and started > (person.values.get("left_on") or started)
        ):
            day = day_text(started)
            self.result.tell(row, "came-back", "started_on", f"they left and start again on {day}; decide by hand")
            self.result.contradict_person(row, person, "state", "active", f"active from {day}", _left_text(person))
            wanted.pop("start_on")
        elif state == "left" and left is not None and left > self.today:
            self.result.tell(
                row, "left-already", "left_on", "the register says they have left; a later day was not taken"
            )
            self.result.contradict_person(row, person, "left_on", left, f"on {day_text(left)}", _left_text(person))
            wanted.pop("left_on")
        elif state == "starter" and started is not None and started <= self.today:
            wanted.setdefault("state", "active")

    def _add_places(self, row: Row, owner: int, wanted: dict[str, Any]) -> None:
        for kind, known in (("team", self.known.teams), ("site", self.known.sites)):
            value = row.values.get(kind)
            if value is None or kind not in self.sets:
                continue
            found = known.get((owner, fold(str(value))))
            if found is not None:
                wanted[f"{kind}_id"] = found
                continue
            one = self.wanted.setdefault((kind, owner, fold(str(value))), Wanted(kind, str(value)))
            self.result.proposals.setdefault(kind, set()).add(one.name)
            if self.create:
                wanted[f"{kind}_id"] = one
            else:
                self.result.tell(
                    row, f"unknown-{kind}", kind, f"no {kind} has this name; --create makes it", str(value)
                )
        self._add_manager(row, owner, wanted)

    def _add_manager(self, row: Row, owner: int, wanted: dict[str, Any]) -> None:
        said = row.values.get("manager")
        if said is None or "manager" not in self.sets:
            return
        text = str(said)
        found = self.by.get(("upn", owner, text.lower())) or self.by.get(("employee_id", owner, text.lower()))
        found = found or self.by_name.get((owner, fold(text)), [])
        if len(found) == 1 and found[0].id > 0:
            wanted["manager_id"] = found[0].id
        else:
            why = f"{len(found)} people have this name" if len(found) > 1 else "nobody in the register has this name"
            self.result.tell(row, "unknown-manager", "manager", f"{why}; the manager is left as recorded")

    def _name(self, row: Row) -> str:
        return str(
            row.values.get("employee_number") or row.values.get("upn") or row.values.get("email") or f"row {row.row}"
        )


def _same(name: str, said: Any, held: Any) -> bool:
    if name in ("upn", "email") and said is not None and held is not None:
        return str(said).lower() == str(held).lower()
    return bool(said == held)


def _word(column: str) -> str:
    return column.removesuffix("_id").replace("_", " ")


def _left_text(person: KnownPerson) -> str:
    left = person.values.get("left_on")
    return f"left on {day_text(left)}" if isinstance(left, date) else "left"
