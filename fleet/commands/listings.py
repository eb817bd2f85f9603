"""What people do about devices that only Apple's list knows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.devices import ensure_models
from fleet.commands.assignments import Done, device_name
from fleet.commands.devices import move
from fleet.commands.refusals import Refusals
from fleet.database.models import AppleListing, AppleSource, Device, Organisation
from fleet.errors import NotAllowed
from fleet.queries.tenants import batches


def take_into_stock(session: Session, listing_ids: Sequence[int], *, now: datetime, reason: str) -> list[Done]:
    """Record listed devices as in stock: new ones with what Apple tells of them, those on their way by a move.

    All or none. Raises `NotAllowed` for one that another organisation's register has meanwhile.
    """
    listed = _listed(session, listing_ids)
    serials = [one.serial for one in listed]
    held: dict[str, Device] = {}
    for part in batches(serials):
        rows = session.execute(select(Device).where(Device.serial.in_(part))).scalars()
        held |= {one.serial: one for one in rows if one.serial}
    models = ensure_models(session, {one.model: ("Apple", kind_of_listing(one)) for one in listed if one.model})
    done: list[Done] = []
    refusals = Refusals()
    for one in listed:
        with refusals.of_one():
            known = held.get(one.serial)
            if known is not None and known.organisation_id != one.organisation_id:
                owner = session.get_one(Organisation, known.organisation_id).name
                raise NotAllowed(f"{one.serial} belongs to {owner} in the register. Ask them first.")
            if known is not None:
                done += move(session, [known.id], "in_stock", now=now, reason=reason)
                continue
            device = _new(one, models.get(one.model or ""), now)
            session.add(device)
            session.flush()
            done.append(Done(device.id, device_name(device), f"{device_name(device)} is in stock."))
    refusals.raise_any(len(listed))
    return done


def _listed(session: Session, listing_ids: Sequence[int]) -> list[AppleListing]:
    """The named rows, each as Apple's own list has it where that one does: Intune's knows less."""
    found: dict[tuple[int, str], AppleListing] = {}
    for batch in batches(sorted(listing_ids)):
        named = select(AppleListing.organisation_id, AppleListing.serial).where(AppleListing.id.in_(batch))
        keys = {(row[0], row[1]) for row in session.execute(named)}
        rows = session.execute(
            select(AppleListing)
            .join(AppleSource, AppleSource.id == AppleListing.source_id)
            .where(AppleListing.serial.in_({serial for _, serial in keys}), AppleListing.gone_at.is_(None))
            .order_by(AppleSource.kind.desc(), AppleListing.id)
        ).scalars()
        for row in rows:
            if (row.organisation_id, row.serial) in keys:
                found.setdefault((row.organisation_id, row.serial), row)
    return list(found.values())


def _new(one: AppleListing, model_id: int | None, now: datetime) -> Device:
    return Device(
        organisation_id=one.organisation_id, kind=kind_of_listing(one), ownership="organisation", status="in_stock",
        status_since=london_date(now), model_id=model_id, serial=one.serial, purchased_on=one.ordered_on,
        notes=f"Order {one.order_number}, by Apple's list" if one.order_number else None,
    )  # fmt: skip


def kind_of_listing(one: AppleListing) -> str:
    """The kind of a listed device: ipad, iphone or other, by the family, or by the model where that is a platform."""
    told = f"{one.family or ''} {one.model or ''}".casefold()
    return "iphone" if "iphone" in told else "ipad" if "ipad" in told else "other"
