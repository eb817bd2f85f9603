"""Plan what a file of devices means for the register. Blank never overwrites; unknown places are proposed, not invented."""

from fleet.domain.plan.imports.known import Connections, Known, KnownDevice, KnownLine, KnownSim
from fleet.domain.plan.imports.planner import plan_import
from fleet.domain.plan.imports.result import PLAIN, Connection, Holder, ImportPlan, Row, RowPlan, Wanted

__all__ = [
    "PLAIN", "Connection", "Connections", "Holder", "ImportPlan", "Known", "KnownDevice", "KnownLine", "KnownSim", "Row",
    "RowPlan", "Wanted", "plan_import",
]  # fmt: skip
