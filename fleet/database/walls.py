"""The walls between organisations, below every screen and query.

A session carries the organisations its operator may see. Every ORM statement is narrowed to them, whatever its author
forgot, and a flush that touches another organisation's row is refused.
"""

from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from fleet.database.models import Change, Event, Organisation, OrganisationOwned, ReportDelivery, Run
from fleet.errors import NoAccess

Scope = frozenset[int] | None
"""Ids of the organisations an operator may see; None is all of them."""


def build(session_class: type[Session]) -> None:
    """Put the walls into a session class."""
    event.listen(session_class, "do_orm_execute", _narrow)
    event.listen(session_class, "before_flush", _refuse_foreign_writes)


def _narrow(state: ORMExecuteState) -> None:
    scope: Scope = state.session.info.get("scope")
    if scope is None or not state.is_select or state.is_column_load or state.is_relationship_load:
        return
    ids = sorted(scope)
    state.statement = state.statement.options(
        with_loader_criteria(OrganisationOwned, lambda cls: cls.organisation_id.in_(ids), include_aliases=True),
        with_loader_criteria(Organisation, Organisation.id.in_(ids), include_aliases=True),
        with_loader_criteria(Run, Run.organisation_id.in_(ids), include_aliases=True),
        with_loader_criteria(ReportDelivery, ReportDelivery.organisation_id.in_(ids), include_aliases=True),
        with_loader_criteria(Event, Event.organisation_id.in_(ids), include_aliases=True),
        with_loader_criteria(Change, Change.organisation_id.in_(ids), include_aliases=True),
    )


def _refuse_foreign_writes(session: Session, _context: UOWTransaction, _instances: object) -> None:
    scope: Scope = session.info.get("scope")
    if scope is None:
        return
    for one in (*session.new, *session.dirty, *session.deleted):
        if not _owners(one) <= scope:
            raise NoAccess("That belongs to an organisation outside your access. Nothing was changed.")


def _owners(one: object) -> set[int | None]:
    """Whose row it is, and whose it was before this flush: taking is writing to the other one's as well."""
    if isinstance(one, Organisation):
        return {one.id}
    if not isinstance(one, (OrganisationOwned, Run, ReportDelivery)):
        return set()
    before = inspect(one).attrs["organisation_id"].history.deleted
    owners = {one.organisation_id, *(before or ())}
    return owners - {None} if isinstance(one, Run) else owners
