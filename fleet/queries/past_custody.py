"""What files about the past and about the network are compared with: periods of custody, names and addresses."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Assignment, Device, Enrolment
from fleet.domain.plan.imports.history import Period


def recorded_periods(session: Session) -> dict[int, list[Period]]:
    """Device -> every period in which somebody or some place had it."""
    found: dict[int, list[Period]] = {}
    rows = session.execute(
        select(Assignment.device_id, Assignment.person_id, Assignment.issued_on, Assignment.returned_on)
    )
    for device_id, person_id, since, until in rows:
        found.setdefault(device_id, []).append(Period(person_id, since, until))
    return found


def seen_on_the_network(session: Session) -> dict[str, set[str]]:
    """What a list of the network may name a device by, in lower case; MAC addresses of both kinds together."""
    enrolled = session.execute(
        select(Enrolment.device_name, Enrolment.entra_device_id, Enrolment.wifi_mac, Enrolment.ethernet_mac)
    ).all()
    serials = session.execute(select(Device.serial).where(Device.serial.is_not(None))).scalars()
    return {
        "device_name": {row[0].lower() for row in enrolled if row[0]},
        "entra_device_id": {row[1].lower() for row in enrolled if row[1]},
        "mac": {mac.lower() for row in enrolled for mac in row[2:] if mac},
        "serial": {serial.lower() for serial in serials if serial},
    }
