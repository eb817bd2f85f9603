"""Who is asking, and what they may see."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database import Scope
from fleet.database.models import Operator, OperatorOrganisation, Organisation
from fleet.errors import NoAccess, NotFound


@dataclass(frozen=True, slots=True)
class Access:
    """An operator's rights."""

    name: str
    role: str
    scope: Scope
    """Ids of the organisations they may see; None is all."""

    @property
    def may_write(self) -> bool:
        """Auditors read."""
        return self.role != "auditor"

    @property
    def only_organisation(self) -> int | None:
        """The one organisation they serve, if it is one: whose event it is when they write."""
        return next(iter(self.scope)) if self.scope is not None and len(self.scope) == 1 else None


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """A line of the list of operators."""

    name: str
    role: str
    organisations: str
    active: bool


def access(session: Session, name: str) -> Access:
    """The rights of an operator by name. While no operators are set up, whoever can open the register may do everything.

    Raises `NoAccess` for a name that is not among the operators.
    """
    if session.execute(select(Operator.id).limit(1)).first() is None:
        return Access(name, "administrator", None)
    operator = session.execute(select(Operator).where(Operator.name == name)).scalar_one_or_none()
    if operator is None or not operator.active:
        raise NoAccess(
            f"{name} is not an operator of this register. An administrator adds them with: fleet operator add {name}"
        )
    if operator.all_organisations:
        return Access(name, operator.role, None)
    ids = session.execute(
        select(OperatorOrganisation.organisation_id).where(OperatorOrganisation.operator_id == operator.id)
    ).scalars()
    return Access(name, operator.role, frozenset(ids))


def list_operators(session: Session) -> list[OperatorRow]:
    """All operators by name."""
    named: dict[int, list[str]] = {}
    for operator_id, key in session.execute(
        select(OperatorOrganisation.operator_id, Organisation.key)
        .join(Organisation, Organisation.id == OperatorOrganisation.organisation_id)
        .order_by(Organisation.key)
    ):
        named.setdefault(operator_id, []).append(key)
    return [
        OperatorRow(
            one.name, one.role, "all" if one.all_organisations else ", ".join(named.get(one.id, [])), one.active
        )
        for one in session.execute(select(Operator).order_by(Operator.name)).scalars()
    ]


def refuse_unknown_operator(session: Session, name: str) -> None:
    """Pass an active operator who may write; while none are set up, any name. Raises `NotFound` naming those there are."""
    operators = session.execute(select(Operator.name, Operator.role).where(Operator.active)).all()
    names = sorted(row[0] for row in operators if row[1] != "auditor")
    if operators and name not in names:
        raise NotFound(
            f"{name} is no operator who looks after findings. There are: {', '.join(names)}.", nearest=tuple(names)
        )
