"""From any scrap a person types or scans to the one thing it means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fleet.database.models import Device, DeviceModel, Organisation, Person, Site, Team
from fleet.domain.nearest import LONGEST_KEY, Lookalikes
from fleet.domain.records import DeviceRow, PersonRow
from fleet.domain.search import Search, fold, without_colons
from fleet.errors import Ambiguous, NotFound, UsageProblem
from fleet.queries.devices import DeviceQuery, count_devices, list_devices
from fleet.queries.people import find_people
from fleet.queries.scans import devices_by_scan

SHOWN = 8
"""How many matches or near misses are listed."""
SHOWN_WRONG = 20
"""Keys of a list that can't be used are named up to this number; near misses are looked for as often."""
MOST_LIKED = 50
"""People among whom the likeliest are listed first."""
NO_KEYS = "Name at least one device: a tag, serial or IMEI, or --file with one per line."


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a list of keys names."""

    ids: list[int]
    """Each device once, in the order of the keys."""
    repeated: int
    """Keys that named a device which another one had named already."""


def exact_devices(session: Session, key: str) -> list[int]:
    """Devices whose serial, asset tag, IMEI, MAC address, phone number, ICCID or Intune id is exactly this; see
    `devices_by_scan`."""
    return list(devices_by_scan(session, [key])[key])


def devices_by_keys(session: Session, keys: Sequence[str], *, now: datetime, search: bool | None = None) -> Resolved:
    """The devices that keys mean, in a few queries for all of them. The one way from a typed, pasted or scanned list.

    A key by itself may be any scrap that fits only one device (`search` says otherwise); in a list each is exact, as
    scanned. Raises `UsageProblem` that names every key which is unknown, with what is nearest, or fits several devices.
    """
    wanted = list(dict.fromkeys(key.strip() for key in keys if key.strip()))
    if not wanted:
        raise UsageProblem(NO_KEYS)
    if len(wanted) == 1 and search is not False:
        return Resolved([device_by_key(session, wanted[0], now=now)], len(keys) - 1)
    meant = devices_by_scan(session, wanted)
    if search:
        meant |= {key: tuple(_searched(session, key, now)) for key in wanted if not meant[key]}
    unknown = [key for key in wanted if not meant[key]]
    several = {key: meant[key] for key in wanted if len(meant[key]) > 1}
    if unknown or several:
        raise _unresolved(session, len(wanted), unknown, several, now)
    ids = list(dict.fromkeys(meant[key][0] for key in wanted))
    return Resolved(ids, len(keys) - len(ids))


def _searched(session: Session, key: str, now: datetime) -> list[int]:
    query = DeviceQuery(Search(words=tuple(fold(word) for word in without_colons(key).split())))
    return [row.id for row in list_devices(session, query, now=now, limit=SHOWN + 1)]


def _unresolved(
    session: Session, number: int, unknown: Sequence[str], several: Mapping[str, Sequence[int]], now: datetime
) -> UsageProblem:
    """One sentence for people, a line for each key up to a number, and all of it as data for scripts."""
    near = _lookalikes(session, unknown[:SHOWN_WRONG], now)
    fits = {key: _named(session, ids[:SHOWN], now) for key, ids in list(several.items())[:SHOWN_WRONG]}
    lines = [f"{key} is not known." + _nearest_words(near[key]) for key in unknown[:SHOWN_WRONG]]
    lines += [f"{key} fits {len(several[key])} devices: {', '.join(names)}." for key, names in fits.items()]
    wrong = len(unknown) + len(several)
    if wrong > SHOWN_WRONG:
        lines[SHOWN_WRONG:] = [f"and {wrong - SHOWN_WRONG:,} more."]
    counted = [f"{len(unknown):,} not known"] * bool(unknown) + [f"{len(several):,} not unique"] * bool(several)
    return UsageProblem(
        f"{wrong:,} of {number:,} keys can't be used: {', '.join(counted)}. Nothing was changed.",
        code="unknown-keys", lines=lines,
        unknown=[{"key": key, "nearest": near.get(key, [])} for key in unknown],
        ambiguous=[{"key": key, "matches": fits.get(key, [])} for key in several],
    )  # fmt: skip


def _lookalikes(session: Session, keys: Sequence[str], now: datetime) -> dict[str, list[str]]:
    """Key -> names of the devices whose tag, serial or IMEI looks most like it."""
    if not keys:
        return {}
    known = session.execute(select(Device.id, Device.asset_tag, Device.serial, Device.imei)).all()
    names = Lookalikes((text, row[0]) for row in known for text in row[1:] if text)
    near = {key: names.nearest(key) for key in keys}
    rows = {row.id: _name(row) for row in _rows(session, {one for ids in near.values() for one in ids}, now)}
    return {key: [rows[one] for one in ids] for key, ids in near.items()}


def _rows(session: Session, ids: Iterable[int], now: datetime) -> list[DeviceRow]:
    wanted = list(ids)
    return list_devices(session, DeviceQuery(ids=wanted), now=now) if wanted else []


def _named(session: Session, ids: Iterable[int], now: datetime) -> list[str]:
    return [_name(row) for row in _rows(session, ids, now)]


def _nearest_words(names: Sequence[str]) -> str:
    return f" Nearest: {', '.join(names)}." if names else ""


def device_by_key(session: Session, key: str, *, now: datetime) -> int:
    """The one device a key means: exactly, else the only one whose search text holds it.

    Raises `Ambiguous` listing the matches, or `NotFound` with what is nearest; nothing is touched either way.
    """
    if not key.strip():
        raise UsageProblem(NO_KEYS)
    found = exact_devices(session, key)
    if not found:
        query = DeviceQuery(Search(words=tuple(fold(word) for word in without_colons(key).split())))
        rows = list_devices(session, query, now=now, limit=SHOWN + 1)
        if len(rows) == 1:
            return rows[0].id
        if rows:
            number = count_devices(session, query, now=now)
            raise _ambiguous(key, number, rows)
        names = _lookalikes(session, [key], now)[key] or [_name(row) for row in _nearest(session, key, now)]
        near = _nearest_words(names) or " Search with: fleet devices"
        raise NotFound(f"No device is known as {key}.{near}", nearest=names)
    if len(found) > 1:
        raise _ambiguous(key, len(found), list_devices(session, DeviceQuery(ids=found), now=now, limit=SHOWN + 1))
    return found[0]


def _ambiguous(key: str, number: int, rows: Sequence[DeviceRow]) -> Ambiguous:
    names = [_name(row) for row in rows[:SHOWN]]
    more = " and more" if len(rows) > SHOWN else ""
    return Ambiguous(f"{key} fits {number} devices. Say which: {', '.join(names)}{more}.", matches=names)


def person_by_key(session: Session, key: str) -> PersonRow:
    """The one person a UPN, employee number or name means; raises `Ambiguous`, or `NotFound` with who is nearest.

    Of several, those whose name has the words come before those who have them only in their UPN, job or team.
    """
    key = key.strip()
    if not key:
        raise UsageProblem("Say who: a UPN, an employee number or a name.")
    rows = _exact_people(session, key) or (find_people(session, text=key, limit=MOST_LIKED) if key else [])
    whole = [row for row in rows if fold(row.name) == fold(key)]
    if len(whole) == 1:
        return whole[0]
    if len(rows) == 1:
        return rows[0]
    if not rows:
        names = _people_like(session, key)
        near = f" Nearest: {', '.join(names)}." if names else " Search with: fleet people"
        raise NotFound(f"Nobody is known as {key}.{near}", nearest=names)
    ranked = [_person_name(row) for row in sorted(rows, key=lambda row: _rank(row, key))]
    more = " and more" if len(ranked) > SHOWN else ""
    raise Ambiguous(f"{key} fits several people. Say which: {', '.join(ranked[:SHOWN])}{more}.", matches=ranked[:SHOWN])


def _exact_people(session: Session, key: str) -> list[PersonRow]:
    exact = or_(Person.upn == key.lower(), Person.employee_id == key)
    ids = list(session.execute(select(Person.id).where(exact, Person.erased_at.is_(None))).scalars()) if key else []
    return find_people(session, ids=ids) if ids else []


def _rank(row: PersonRow, key: str) -> tuple[bool, bool, bool, str]:
    """The whole name, then words of the name as they are, then parts of it, then all else; who left comes last in each."""
    name, words = fold(row.name), fold(key).split()
    in_name = all(word in name for word in words)
    return name != " ".join(words), not set(words) <= set(name.split()), not in_name, f"{row.state == 'left'} {name}"


def _people_like(session: Session, key: str) -> list[str]:
    """Who has a name, a word of it, a UPN or an employee number that looks like the key."""
    known: list[tuple[str, int]] = []
    people = select(Person.id, Person.display_name, Person.upn, Person.employee_id).where(Person.erased_at.is_(None))
    for one, name, upn, employee in session.execute(people):
        texts = {name, *name.split(), name.partition("-")[0], upn or "", (upn or "").partition("@")[0], employee or ""}
        known += [(text, one) for text in texts]
    like = Lookalikes(known, fold)
    ids = like.nearest(key) or like.nearest(key.partition("@")[0])
    rows = {row.id: row for row in find_people(session, ids=ids)} if ids else {}
    return [_person_name(rows[one]) for one in ids if one in rows]


def _person_name(row: PersonRow) -> str:
    return f"{row.name} ({row.upn or row.organisation})"


def _nearest(session: Session, key: str, now: datetime) -> list[DeviceRow]:
    """What shares the longest start or end with the key, more than half of it: a digit misread, a letter missed."""
    text = fold(key.strip())
    if len(text) > LONGEST_KEY:
        return []
    for size in range(len(text) - 1, max(2, len(text) // 2), -1):
        for part in {text[:size], text[-size:]}:
            rows = list_devices(session, DeviceQuery(Search(words=(part,))), now=now, limit=3)
            if rows:
                return rows
    return []


def _name(row: DeviceRow) -> str:
    name = row.asset_tag or row.serial or f"device {row.id}"
    return f"{name} ({row.model or row.kind}{', ' + row.holder if row.holder else ''})"


def place_by_name(
    session: Session, kind: str, name: str, *, near: Sequence[int] = (), within: int | None = None
) -> int:
    """The one site or team of that name, or whose name holds it; raises `Ambiguous` or `NotFound`.

    Every council has a Town Hall: of several, the one in the organisation of the devices `near` is meant. `within`
    leaves only those of one organisation.
    """
    table = Site if kind == "site" else Team
    places = select(table.id, table.name, Organisation.key).join(Organisation, Organisation.id == table.organisation_id)
    rows = session.execute(places if within is None else places.where(Organisation.id == within)).all()
    whole = [row for row in rows if fold(row[1]) == fold(name)]
    found = whole or [row for row in rows if fold(name) in fold(row[1])]
    if not found:
        like = Lookalikes(((row[1], row[0]) for row in rows), fold).nearest(name)
        names = [f"{row[1]} ({row[2]})" for one in like for row in rows if row[0] == one]
        raise NotFound(f"There is no {kind} called {name}.{_nearest_words(names)}", nearest=names)
    if len(found) > 1 and near:
        statement = select(Organisation.key).join(Device, Device.organisation_id == Organisation.id)
        owners = set(session.execute(statement.where(Device.id.in_(near[:SHOWN]))).scalars())
        found = [row for row in found if row[2] in owners] or found
    if len(found) > 1:
        listed = ", ".join(f"{row[1]} ({row[2]})" for row in found[:SHOWN])
        raise Ambiguous(f"{name} fits several {kind}s: {listed}.", matches=[row[1] for row in found])
    return int(found[0][0])


def model_by_name(session: Session, name: str) -> int:
    """The one model of that name, or whose name holds it; raises `Ambiguous` or `NotFound`."""
    rows = session.execute(select(DeviceModel.id, DeviceModel.name).order_by(DeviceModel.name)).all()
    whole = [row for row in rows if fold(row[1]) == fold(name)]
    found = whole or [row for row in rows if fold(name) in fold(row[1])]
    if not found:
        like = Lookalikes(((row[1], row[0]) for row in rows), fold).nearest(name)
        names = [row[1] for one in like for row in rows if row[0] == one]
        raise NotFound(f"There is no model called {name}.{_nearest_words(names)}", nearest=names)
    if len(found) > 1:
        listed = ", ".join(row[1] for row in found[:SHOWN])
        raise Ambiguous(f"{name} fits several models: {listed}.", matches=[row[1] for row in found])
    return int(found[0][0])
