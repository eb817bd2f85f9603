"""Decide here, do there: pure functions from what was observed and what is recorded to a plan of changes.

The same plan feeds the dry run, the preview screen, the brake, the apply and the audit.
"""

from fleet.domain.plan.brake import BrakeLimits, Removal, raise_if_unbelievable
from fleet.domain.plan.devices import DevicePlan, plan_devices
from fleet.domain.plan.people import PeoplePlan, plan_people
from fleet.domain.plan.recorded import (
    DeviceIndex,
    RecordedDevice,
    RecordedEnrolment,
    RecordedPerson,
    RecordedTenant,
)

__all__ = [
    "BrakeLimits",
    "DeviceIndex",
    "DevicePlan",
    "PeoplePlan",
    "RecordedDevice",
    "RecordedEnrolment",
    "RecordedPerson",
    "RecordedTenant",
    "Removal",
    "plan_devices",
    "plan_people",
    "raise_if_unbelievable",
]
