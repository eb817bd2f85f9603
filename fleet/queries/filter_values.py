"""The names that a search may be narrowed to: what this register calls its places, models, organisations and tenants."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import DeviceModel, Organisation, Site, Team, Tenant
from fleet.domain.rules.catalogue import RULES

_NAMED: tuple[tuple[str, Any], ...] = (
    ("site", Site.name),
    ("team", Team.name),
    ("model", DeviceModel.name),
    ("org", Organisation.key),
    ("tenant", Tenant.key),
)


def filter_values(session: Session) -> dict[str, tuple[str, ...]]:
    """Filter -> its values within the session's walls, in order. A few short queries."""
    known = {
        name: tuple(value for value in session.execute(select(column).distinct().order_by(column)).scalars() if value)
        for name, column in _NAMED
    }
    return known | {"finding": ("any", *(rule.key for rule in RULES))}


def organisation_keys(session: Session) -> tuple[str, ...]:
    """Keys of the organisations within the session's walls."""
    return tuple(session.execute(select(Organisation.key).order_by(Organisation.key)).scalars())
