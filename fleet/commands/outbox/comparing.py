"""Before anything grave is sent: the device is read by its id, and laid beside what the register has of it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Device,
    DeviceModel,
    Enrolment,
    Person,
    Site,
    Team,
    Tenant,
)
from fleet.domain.facts import OWN_DEVICE
from fleet.domain.remote import PersonalDevice, Recorded, RemoteAction, SideBySide, compare, target_of
from fleet.domain.remote.devices import OWNED, refuse_personal
from fleet.errors import NotAllowed, NotFound, UsageProblem
from fleet.intune.actions import ActionClient


def recorded_of(session: Session, device_id: int, enrolment_id: int | None = None) -> Recorded:
    """What the register has of a device and of its newest open enrolment, or of that one.

    Raises `NotFound`, and `NotAllowed` for a device that Intune does not manage.
    """
    device = session.execute(select(Device).where(Device.id == device_id)).scalar_one_or_none()
    if device is None:
        raise NotFound("That device is not in the register, or belongs to another organisation.")
    name = device.asset_tag or device.serial or OWN_DEVICE
    wanted = enrolment_id if enrolment_id is not None else device.enrolment_id
    enrolment = session.execute(select(Enrolment).where(Enrolment.id == wanted)).scalar_one_or_none()
    if enrolment is None or enrolment.device_id != device.id or enrolment.closed_at is not None:
        raise NotAllowed(f"{name} is not in Intune by the register: nothing can be sent to it.", code="not-enrolled")
    tenant = session.execute(select(Tenant).where(Tenant.id == enrolment.tenant_id)).scalar_one_or_none()
    if tenant is None:
        raise NotAllowed(f"{name} is enrolled in another organisation's tenant: only they can send to it.")
    model = session.get(DeviceModel, device.model_id) if device.model_id else None
    holder = _holder(session, device)
    called = f"{name} of {holder or enrolment.upn or 'nobody known'}" if name == OWN_DEVICE else name
    return Recorded(
        device_id=device.id, enrolment_id=enrolment.id, tenant=tenant.key, intune_id=enrolment.intune_id,
        ownership=device.ownership, name=called,
        typed=device.asset_tag or device.serial or holder or enrolment.upn or enrolment.intune_id,
        serial=device.serial, model=model.name if model else None, holder=holder, supervised=enrolment.supervised,
    )  # fmt: skip


def _holder(session: Session, device: Device) -> str | None:
    """Who has it by the register: a person by sign-in name, else a site or team; of an own device its owner."""
    if device.ownership != OWNED:
        owner = session.execute(
            select(Person.upn, Person.display_name)
            .join(ByodRegistration, ByodRegistration.person_id == Person.id)
            .where(ByodRegistration.device_id == device.id)
            .order_by(ByodRegistration.id.desc())
            .limit(1)
        ).first()
        return None if owner is None else owner[0] or owner[1]
    row = session.execute(
        select(Person.upn, Person.display_name, Site.name, Team.name)
        .select_from(Assignment)
        .outerjoin(Person, Person.id == Assignment.person_id)
        .outerjoin(Site, Site.id == Assignment.site_id)
        .outerjoin(Team, Team.id == Assignment.team_id)
        .where(Assignment.device_id == device.id, Assignment.returned_on.is_(None))
    ).first()
    return next((one for one in row if one), None) if row is not None else None


def beside(client: ActionClient, recorded: Recorded, action: RemoteAction) -> SideBySide:
    """Read the device now, and lay it beside the register's.

    Raises `NotAllowed` when Intune has it no more or it is somebody's own and the action is none for those, `Conflict`
    when it is another device.
    """
    read = client.read(recorded.intune_id)
    if read is None:
        raise NotAllowed(
            f"{recorded.name}: Intune does not know it any more. Sync, and the register will know that too.",
            code="gone-from-intune",
        )
    if isinstance(target_of(recorded, read), PersonalDevice) and action.key != "retire":
        raise refuse_personal(recorded, action.title)
    return compare(recorded, read)


def refuse_other(recorded: Recorded, typed: str | None) -> None:
    """What was typed must be what the device is called; raises `UsageProblem`."""
    if (typed or "").strip().casefold() != recorded.typed.casefold():
        what = "the asset tag" if recorded.ownership == OWNED else "the owner's sign-in name"
        raise UsageProblem(
            f"{recorded.name}: type {what} as the register has it ({recorded.typed}) to go on. Nothing was asked for.",
            code="not-typed",
        )


def refuse_unsupervised(recorded: Recorded, action: RemoteAction) -> None:
    """What only a supervised device does is not asked of another one; raises `NotAllowed`."""
    if action.supervised and recorded.supervised is False:
        raise NotAllowed(f"{recorded.name} is not supervised: {action.title.lower()} does not work there.")


def refuse_personal_action(recorded: Recorded, action: RemoteAction) -> None:
    """What the register has as somebody's own is only retired; raises `NotAllowed`."""
    if recorded.ownership != OWNED and action.key != "retire":
        raise refuse_personal(recorded, action.title)


def names_of(found: Sequence[Recorded]) -> str:
    """A few devices by name."""
    shown = ", ".join(one.name for one in found[:5])
    return shown if len(found) <= 5 else f"{shown} and {len(found) - 5:,} more"
