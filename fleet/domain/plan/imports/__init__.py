"""Plan what a file of devices, people or lines means for the register.

Blank never overwrites; unknown places are proposed, not invented.
"""

from fleet.domain.plan.imports.bills import plan_bill
from fleet.domain.plan.imports.history import plan_history
from fleet.domain.plan.imports.known import (
    OUT_OF_REACH,
    Connections,
    Known,
    KnownDevice,
    KnownLine,
    KnownPeople,
    KnownPerson,
    KnownSim,
)
from fleet.domain.plan.imports.lines import plan_lines
from fleet.domain.plan.imports.people import PERSON_COLUMNS, plan_people_list
from fleet.domain.plan.imports.planner import plan_import
from fleet.domain.plan.imports.result import (
    ERASABLE,
    PLAIN,
    Conflict,
    Connection,
    Holder,
    ImportPlan,
    Row,
    RowPlan,
    Wanted,
)
from fleet.domain.plan.imports.sightings import plan_sightings

__all__ = [
    "ERASABLE", "OUT_OF_REACH", "PERSON_COLUMNS", "PLAIN", "Conflict", "Connection", "Connections", "Holder", "ImportPlan",
    "Known", "KnownDevice", "KnownLine", "KnownPeople", "KnownPerson", "KnownSim", "Row", "RowPlan", "Wanted", "plan_bill",
    "plan_history", "plan_import", "plan_lines", "plan_people_list", "plan_sightings",
]  # fmt: skip
