"""Who may use the register: somebody must always be able to say so."""

from typing import Any

import pytest

from fleet.commands.operators import set_operator
from fleet.database import Database
from fleet.errors import FleetError, NoAccess
from fleet.queries.operators import access, list_operators
from tests.fleet.commands.estate import Estate, an_estate


def name(estate: Estate, who: str, **values: Any) -> None:
    known = {"role": "administrator", "organisations": (), "all_organisations": False, **values}
    estate.deed("operator", lambda session: set_operator(session, who, **known))


def test_the_first_is_an_administrator_of_everything_and_one_always_remains(database: Database) -> None:
    """Nobody locks the door from the outside."""
    estate = an_estate(database, 0)
    for refused in ({"role": "technician", "all_organisations": True}, {"organisations": ("northbridge",)}):
        with pytest.raises(FleetError, match="must remain an active administrator"):
            name(estate, "gwen", **refused)
    name(estate, "head", all_organisations=True)
    name(estate, "gwen", role="auditor", organisations=("northbridge",))
    for refused in ({"role": "auditor", "all_organisations": True}, {"all_organisations": True, "active": False}):
        with pytest.raises(FleetError, match="must remain an active administrator"):
            name(estate, "head", **refused)
    with database.read() as session:
        found = [(one.name, one.role, one.organisations) for one in list_operators(session)]
        gwen = access(session, "gwen")
        with pytest.raises(NoAccess, match="mallory is not an operator"):
            access(session, "mallory")
    assert found == [("gwen", "auditor", "northbridge"), ("head", "administrator", "all")]
    assert (gwen.scope, gwen.may_write) == (frozenset({estate.organisation}), False)


@pytest.mark.parametrize("wrong", [{"role": "king"}, {"organisations": ("nowhere",)}, {}])
def test_what_makes_no_sense_is_refused(database: Database, wrong: dict[str, Any]) -> None:
    """An unknown role or council, or none named."""
    estate = an_estate(database, 0)
    with pytest.raises(FleetError, match=r"no role|No organisation called|Name the organisations"):
        name(estate, "gwen", **wrong)
