"""Who may use the register, in which role, for which organisations."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Operator, OperatorOrganisation, Organisation
from fleet.database.models.operations import ROLES
from fleet.errors import NoAccess, NotAllowed, NotFound, UsageProblem
from fleet.queries.operators import Access

RIGHTS = frozenset({"operator", "operator_organisation"})
"""Tables that hold who may do what."""


def raise_if_not_theirs_to_undo(access: Access, subjects: Iterable[str]) -> None:
    """Refuse an undo that an operator may not do: an auditor's, or one that changes who may use the register."""
    if not access.may_write:
        raise NoAccess(f"{access.name} may read the register but not change it. Look with: --preview")
    if access.role != "administrator" and RIGHTS.intersection(subjects):
        raise NoAccess("Only an administrator says who may use the register, and takes such an event back.")


def set_operator(
    session: Session,
    name: str,
    *,
    role: str,
    organisations: Sequence[str],
    all_organisations: bool = False,
    active: bool = True,
) -> None:
    """Add an operator or change what they may do. The first one must be an administrator of everything: somebody has to
    be able to add the next."""
    if role not in ROLES:
        raise UsageProblem(f"There is no role {role}. Roles are {', '.join(ROLES)}.")
    if not organisations and not all_organisations:
        raise UsageProblem("Name the organisations with --organisation, or --all.")
    known = {one.key: one.id for one in session.execute(select(Organisation)).scalars()}
    if missing := [key for key in organisations if key not in known]:
        raise NotFound(f"No organisation called {missing[0]}. Known: {', '.join(sorted(known)) or 'none'}.")
    operator = session.execute(select(Operator).where(Operator.name == name)).scalar_one_or_none()
    if operator is None:
        operator = Operator(name=name, role=role, all_organisations=all_organisations, active=active)
        session.add(operator)
    operator.role, operator.all_organisations, operator.active = role, all_organisations, active
    session.flush()
    for link in session.execute(
        select(OperatorOrganisation).where(OperatorOrganisation.operator_id == operator.id)
    ).scalars():
        session.delete(link)
    session.flush()
    if not all_organisations:
        session.add_all(
            OperatorOrganisation(operator_id=operator.id, organisation_id=known[key]) for key in organisations
        )
    session.flush()
    _need_an_administrator(session)


def _need_an_administrator(session: Session) -> None:
    found = session.execute(
        select(Operator.id).where(
            Operator.role == "administrator", Operator.active.is_(True), Operator.all_organisations.is_(True)
        )
    ).first()
    if found is None:
        raise NotAllowed(
            "Somebody must remain an active administrator of all organisations. Add one first: --role administrator --all"
        )
