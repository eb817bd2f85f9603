"""What the register has under the serial numbers and IMEIs that several records claim."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fleet.database.models import Device
from fleet.domain.facts import Clash
from fleet.domain.identifiers import imei_key
from fleet.queries.tenants import batches

UNTAGGED = "a device without asset tag"
_FEW = 400

Claimed = tuple[str, str]
"""An identifier (serial or imei) and its value."""


def with_names(session: Session, clashes: Sequence[Clash]) -> list[Clash]:
    """The clashes with what people call the devices in them: asset tags, or serials where there is none."""
    recorded = recorded_under(session, [(one.identifier, one.value) for one in clashes])
    tags = _tags(session, {name for clash in clashes for name in clash.claimants})
    devices = _names(session, {one.device_id for one in clashes if one.device_id is not None})
    return [
        replace(
            one,
            recorded_for=tuple(recorded.get((one.identifier, one.value), ())),
            claimants=tuple(tags.get(name, name) for name in one.claimants),
            device=devices.get(one.device_id) if one.device_id is not None else None,
        )
        for one in clashes
    ]


def recorded_under(session: Session, claimed: Iterable[Claimed]) -> dict[Claimed, list[str]]:
    """The devices that the register has under each identifier; an IMEI counts by its first 14 digits, in either slot."""
    wanted = set(claimed)
    found: dict[Claimed, list[str]] = {}
    for batch in batches(sorted(value for identifier, value in wanted if identifier == "serial"), _FEW):
        statement = select(Device.serial, Device.asset_tag).where(Device.serial.in_(batch)).order_by(Device.id)
        for serial, tag in session.connection().execute(statement):
            found.setdefault(("serial", serial or ""), []).append(tag or UNTAGGED)
    by_key = {imei_key(value): value for identifier, value in wanted if identifier == "imei"}
    first, second = func.substr(Device.imei, 1, 14), func.substr(Device.imei2, 1, 14)
    for batch in batches(sorted(key for key in by_key if key), _FEW):
        rows = session.connection().execute(
            select(first, second, func.coalesce(Device.asset_tag, Device.serial, UNTAGGED))
            .where(or_(first.in_(batch), second.in_(batch)))
            .order_by(Device.id)
        )
        for one, other, name in rows:
            for key in {one, other} & set(batch):
                found.setdefault(("imei", by_key[key]), []).append(name)
    return found


def _tags(session: Session, serials: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for batch in batches(sorted(serials), _FEW):
        statement = select(Device.serial, Device.asset_tag).where(Device.serial.in_(batch))
        found |= {row[0]: row[1] for row in session.connection().execute(statement) if row[0] and row[1]}
    return found


def _names(session: Session, ids: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for batch in batches(sorted(ids), _FEW):
        statement = select(Device.id, func.coalesce(Device.asset_tag, Device.serial)).where(Device.id.in_(batch))
        found |= {row[0]: row[1] for row in session.connection().execute(statement) if row[1]}
    return found
