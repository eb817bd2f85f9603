"""The people of the register as a list of people is compared with them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Person, Site, Team
from fleet.domain.plan.imports import PERSON_COLUMNS, KnownPeople, KnownPerson
from fleet.domain.search import fold
from fleet.queries.lookups import owners_by_name


def known_people(session: Session) -> KnownPeople:
    """Everybody who is not erased, and the places that rows may name, within the session's walls."""
    columns = [getattr(Person, name) for name in PERSON_COLUMNS]
    rows = session.execute(
        select(Person.id, Person.organisation_id, Person.tenant_id, *columns).where(Person.erased_at.is_(None))
    )
    people = [
        KnownPerson(
            row[0],
            row[1],
            dict(zip(PERSON_COLUMNS, row[3:], strict=True)),
            row[2] is not None and row.entra_id is not None,
        )
        for row in rows
    ]
    sites = session.execute(select(Site.organisation_id, Site.name, Site.id))
    teams = session.execute(select(Team.organisation_id, Team.name, Team.id))
    return KnownPeople(
        people,
        owners_by_name(session),
        {(row[0], fold(row[1])): row[2] for row in sites},
        {(row[0], fold(row[1])): row[2] for row in teams},
    )
