"""Everything a file may name, read once: devices, places, models, people."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import (
    Assignment,
    Delivery,
    Device,
    DeviceModel,
    Line,
    Organisation,
    Person,
    Purchase,
    Sim,
    Site,
    Team,
)
from fleet.domain.plan.imports import OUT_OF_REACH, PLAIN, Connections, Known, KnownDevice, KnownLine, KnownSim
from fleet.domain.search import fold
from fleet.errors import NotFound


def known_to_register(session: Session) -> Known:
    """The register's side of an import, within the session's walls."""
    return Known(
        devices=_devices(session),
        organisations=owners_by_name(session),
        sites={
            (row[0], fold(row[1])): row[2] for row in session.execute(select(Site.organisation_id, Site.name, Site.id))
        },
        teams={
            (row[0], fold(row[1])): row[2] for row in session.execute(select(Team.organisation_id, Team.name, Team.id))
        },
        models={fold(row[0]): row[1] for row in session.execute(select(DeviceModel.name, DeviceModel.id))},
        connections=_connections(session),
        orders={
            (row[0], fold(row[1])): row[2]
            for row in session.execute(select(Purchase.organisation_id, Purchase.order_number, Purchase.id))
        },
        deliveries={
            (row[0], row[1], row[2]): row[3]
            for row in session.execute(
                select(Delivery.organisation_id, Delivery.purchase_id, Delivery.delivered_on, Delivery.id)
            )
        },
        out_of_reach=_out_of_reach(session),
        **_people(session),
    )


def organisation_id(session: Session, name: str) -> int:
    """The organisation of a key or name; raises `NotFound` naming those that exist."""
    found = organisations_by_name(session).get(fold(name))
    if found is None:
        keys = ", ".join(session.execute(select(Organisation.key).order_by(Organisation.key)).scalars())
        raise NotFound(f"There is no organisation called {name}. Known: {keys or 'none'}.")
    return found


def only_organisation(session: Session) -> int | None:
    """The organisation, where there is just one."""
    ids = session.execute(select(Organisation.id)).scalars().all()
    return ids[0] if len(ids) == 1 else None


def organisation_keys(session: Session) -> list[str]:
    """Keys of the organisations, in order."""
    return list(session.execute(select(Organisation.key).order_by(Organisation.key)).scalars())


def organisations_by_name(session: Session) -> dict[str, int]:
    """Organisations by key and by name, folded."""
    rows = session.execute(select(Organisation.key, Organisation.name, Organisation.id)).all()
    return {fold(row[0]): row[2] for row in rows} | {fold(row[1]): row[2] for row in rows}


def owners_by_name(session: Session) -> dict[str, int]:
    """As `organisations_by_name`, with those behind the walls as `OUT_OF_REACH`: a row of theirs is nobody else's."""
    everyone = session.connection().execute(select(Organisation.key, Organisation.name))
    return {fold(word): OUT_OF_REACH for row in everyone for word in row} | organisations_by_name(session)


def _out_of_reach(session: Session) -> Mapping[str, frozenset[str]]:
    """What is one of its kind in the whole register and stands behind the walls; nothing for who may see everything."""
    scope = session.info.get("scope")
    if scope is None:
        return {}
    columns = {"serial": Device.serial, "imei": Device.imei, "phone_number": Line.number, "iccid": Sim.iccid}
    found: dict[str, frozenset[str]] = {}
    for name, column in columns.items():
        behind = select(column).where(column.class_.organisation_id.not_in(sorted(scope)))
        found[name] = frozenset(one for one in session.connection().execute(behind).scalars() if one is not None)
    return found


def _devices(session: Session) -> list[KnownDevice]:
    columns = (
        *PLAIN, "site_id", "team_id", "model_id", "purchase_id", "delivery_id", "status_since", "disposed_on",
        "network_seen_on",
    )  # fmt: skip
    returned: dict[int, Any] = {
        row[0]: row[1]
        for row in session.execute(
            select(Assignment.device_id, func.max(Assignment.returned_on)).group_by(Assignment.device_id)
        )
    }
    rows = session.execute(
        select(
            Device.id, Device.organisation_id, Assignment.person_id, Person.upn, Assignment.id,
            func.coalesce(Person.display_name, Site.name, Team.name), Assignment.site_id, Team.id, Team.cost_code,
            *(getattr(Device, name) for name in columns),
        )
        .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
        .outerjoin(Person, Person.id == Assignment.person_id)
        .outerjoin(Site, Site.id == Assignment.site_id)
        .outerjoin(Team, Team.id == func.coalesce(Assignment.team_id, Person.team_id))
        .where(Device.ownership == "organisation")
    )  # fmt: skip
    return [_device(row, _held(columns, row[9:]), returned.get(row[0])) for row in rows]


def _held(columns: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """What the register has of a device. Half of its columns are blank: leaving them out spares 20,000 devices 20 MB."""
    return {name: value for name, value in zip(columns, values, strict=True) if value is not None}


def _device(row: Any, values: dict[str, Any], returned: Any) -> KnownDevice:
    device_id, owner, person_id, upn, assignment, holder, site_id, team_id, cost_code = row[:9]
    shown = {
        "site_id": site_id,
        "team_id": team_id,
        "cost_code": cost_code if values.get("cost_code") is None else None,
    }
    return KnownDevice(
        device_id, owner, values, person_id, upn, assignment is not None, returned,
        fold(holder) if holder and assignment is not None else None, shown,
    )  # fmt: skip


def _connections(session: Session) -> Connections:
    sims = session.execute(select(Sim.id, Sim.organisation_id, Sim.iccid, Sim.device_id, Sim.line_id, Sim.state))
    lines = session.execute(
        select(
            Line.id, Line.organisation_id, Line.number, Line.carrier, Line.tariff, Line.cost_code, Line.state,
            Line.monthly_pence, Line.billed_on,
        )
    )  # fmt: skip
    return Connections.of((KnownSim(*row) for row in sims), (KnownLine(*row) for row in lines))


def _people(session: Session) -> dict[str, Any]:
    rows = session.execute(
        select(Person.id, Person.organisation_id, Person.upn, Person.display_name, Person.email).where(
            Person.erased_at.is_(None)
        )
    ).all()
    by_upn: dict[str, tuple[int, int]] = {}
    by_name: dict[tuple[int, str], list[int]] = {}
    for person_id, owner, upn, name, email in rows:
        for address in (email, upn):
            if address:
                by_upn[address.lower()] = (person_id, owner)
        by_name.setdefault((owner, fold(name)), []).append(person_id)
    return {"people": by_upn, "people_by_name": by_name}
