"""Own devices: request, approval or refusal, consent, the enrolment, the end. Each step is part of the caller's event."""

from fleet.commands.byod.registrations import Seen, Taken
from fleet.commands.byod.steps import Wish, approve, consent, end, enrol, refuse, request

__all__ = ["Seen", "Taken", "Wish", "approve", "consent", "end", "enrol", "refuse", "request"]
