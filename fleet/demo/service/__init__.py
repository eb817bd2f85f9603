"""A simulated Microsoft Graph and Entra on loopback HTTPS, with what is wrong with the real ones."""

from fleet.demo.service.core import RequestLog, Service
from fleet.demo.service.faults import CATALOGUE, Faults, Switch, Thrown

__all__ = ["CATALOGUE", "Faults", "RequestLog", "Service", "Switch", "Thrown"]
