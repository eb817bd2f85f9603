"""The first page of the device list by plain SQL, for the second in which SQLAlchemy is still being imported.

It answers one question only, as `fleet.queries.devices` would: the first devices by asset tag, no search, no walls. Whatever
is not as simple as that (another database, another migration, operators, any error) is None, and the real query speaks.
Imports nothing but the standard library and the rows: importing SQLAlchemy and the models takes as long as a whole
empty screen does.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fleet.domain.records import DeviceRow

MIGRATION = "0001"
"""The migration whose tables the statements below read; a test compares it with the program's."""
BUSY_SECONDS = 0.1
_PREFIX = "sqlite:///"

_TAGGED = "SELECT id FROM device WHERE asset_tag IS NOT NULL ORDER BY asset_tag, id LIMIT ?"
_UNTAGGED = "SELECT id FROM device WHERE asset_tag IS NULL ORDER BY id LIMIT ?"
_ROWS = """
SELECT d.id, d.kind, m.name, d.serial, d.imei, d.asset_tag, d.status, o.key, s.name, t.name, p.display_name, p.upn, p.id,
       e.os_version, e.compliance, e.last_seen, d.ownership, e.device_name, e.phone_number,
       coalesce(e.iccid, (SELECT min(iccid) FROM sim WHERE device_id = d.id)), e.supervised, e.encrypted, e.enrolled_at,
       e.upn, n.key, a.issued_on, a.due_on, d.purchased_on, d.price_pence, d.warranty_until,
       coalesce(d.cost_code, t.cost_code),
       (SELECT count(*) FROM finding f WHERE f.subject_type = 'device' AND f.subject_id = d.id AND f.state = 'open'),
       d.version, d.ethernet_mac, a.id, a.person_id, a.site_id
FROM device d
JOIN organisation o ON o.id = d.organisation_id
LEFT JOIN device_model m ON m.id = d.model_id
LEFT JOIN assignment a ON a.device_id = d.id AND a.returned_on IS NULL
LEFT JOIN person p ON p.id = coalesce(a.person_id, (SELECT max(person_id) FROM byod_registration b
                                                    WHERE b.device_id = d.id AND b.state <> 'ended'))
LEFT JOIN site s ON s.id = coalesce(a.site_id, d.site_id)
LEFT JOIN team t ON t.id = coalesce(a.team_id, p.team_id, d.team_id)
LEFT JOIN enrolment e ON e.id = d.enrolment_id AND e.closed_at IS NULL
LEFT JOIN tenant n ON n.id = e.tenant_id
WHERE d.id IN ({})
ORDER BY d.asset_tag IS NULL, d.asset_tag, d.id
"""
_MOMENTS, _DAYS, _YES_OR_NO = (15, 22), (25, 26, 27, 29), (20, 21)


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The first devices by asset tag, and how many there are."""

    rows: Sequence[DeviceRow]
    total: int


def first_page(database_url: str, limit: int = 100) -> FirstPage | None:
    """The first devices of a SQLite register that has no operators; None when the real query has to speak."""
    path = Path(database_url.removeprefix(_PREFIX))
    if not database_url.startswith(_PREFIX) or "?" in database_url or not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as database:
            return _read(database, limit)
    except (sqlite3.Error, ValueError):
        return None


def _read(database: sqlite3.Connection, limit: int) -> FirstPage | None:
    database.execute("BEGIN")
    if database.execute("SELECT version_num FROM alembic_version").fetchall() != [(MIGRATION,)]:
        return None
    if database.execute("SELECT 1 FROM operator LIMIT 1").fetchone() is not None:
        return None
    ids = database.execute(_TAGGED, (limit,)).fetchall()
    ids += database.execute(_UNTAGGED, (limit - len(ids),)).fetchall()
    places = ",".join("?" * len(ids))
    rows = database.execute(_ROWS.format(places), [one[0] for one in ids])
    (total,) = database.execute("SELECT count(*) FROM device").fetchone()
    return FirstPage([_row(row) for row in rows], total)


def _row(row: Sequence[Any]) -> DeviceRow:
    """One line as a `DeviceRow`; equipment of a site or team is held by that site or team."""
    values = list(row[:34])
    for at in _MOMENTS:
        values[at] = datetime.fromisoformat(f"{values[at]}+00:00").astimezone(UTC) if values[at] else None
    for at in _DAYS:
        values[at] = date.fromisoformat(values[at]) if values[at] else None
    for at in _YES_OR_NO:
        values[at] = None if values[at] is None else bool(values[at])
    values[8], values[9] = values[8] or None, values[9] or None
    assignment, person, site = row[34:37]
    if assignment is not None and person is None:
        values[10] = values[8] if site is not None else values[9]
    return DeviceRow(*values)
