"""Apply a plan in one transaction, by bulk statements, with the same history as a person's command."""

from fleet.commands.apply_plan.details import apply_details
from fleet.commands.apply_plan.devices import apply_devices
from fleet.commands.apply_plan.people import apply_people

__all__ = ["apply_details", "apply_devices", "apply_people"]
