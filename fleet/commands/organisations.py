"""Organisations and tenants as configured."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.config import Config
from fleet.database import Database
from fleet.database.models import Organisation, Tenant
from fleet.errors import ConfigurationProblem


def missing_from_register(database: Database, config: Config) -> bool:
    """Whether config.toml names an organisation or tenant that the register does not have as it says."""
    with database.read() as session:
        names = {row.key: row.name for row in session.execute(select(Organisation.key, Organisation.name))}
        guids = {row.key: row.tenant_guid for row in session.execute(select(Tenant.key, Tenant.tenant_guid))}
    return any(names.get(one.key) != one.name for one in config.organisations.values()) or any(
        guids.get(one.key) != one.tenant_id for one in config.tenants.values()
    )


def adopt_configuration(session: Session, config: Config) -> None:
    """Give the register every organisation and tenant of config.toml. Nothing is ever removed here.

    Raises `ConfigurationProblem` when a tenant would move to another organisation.
    """
    organisations = {one.key: one for one in session.execute(select(Organisation)).scalars()}
    for wanted in config.organisations.values():
        held = organisations.get(wanted.key)
        if held is None:
            held = organisations[wanted.key] = Organisation(key=wanted.key, name=wanted.name)
            session.add(held)
        held.name = wanted.name
    session.flush()
    tenants = {one.key: one for one in session.execute(select(Tenant)).scalars()}
    for key, configured in config.tenants.items():
        owner = organisations[configured.organisation]
        tenant = tenants.get(key)
        if tenant is None:
            session.add(Tenant(key=key, organisation_id=owner.id, tenant_guid=configured.tenant_id))
        elif tenant.organisation_id != owner.id:
            raise ConfigurationProblem(
                f"Tenant {key} belongs to another organisation in the register than in config.toml. Use a new tenant key."
            )
        else:
            tenant.tenant_guid = configured.tenant_id
    session.flush()
