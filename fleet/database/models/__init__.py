"""The tables, one file per part of the vocabulary. Importing this package completes the metadata."""

from fleet.database.models.base import Model, OrganisationOwned
from fleet.database.models.custody import (
    Assignment,
    AssignmentItem,
    Incident,
    IncidentStep,
    Receipt,
    ReceiptText,
    Reservation,
    Stocktake,
    StocktakeExpected,
    StocktakeScan,
)
from fleet.database.models.devices import Device, DeviceModel, Enrolment
from fleet.database.models.history import ChainHead, Change, Event
from fleet.database.models.lines import Line, Sim
from fleet.database.models.operations import (
    Finding,
    FindingCount,
    ImportMapping,
    Operator,
    OperatorOrganisation,
    ReportDelivery,
    Run,
)
from fleet.database.models.organisations import Organisation, Site, Team, Tenant
from fleet.database.models.people import ByodRegistration, Person
from fleet.database.models.purchases import Delivery, Purchase
from fleet.database.models.remote import RemoteOrder
from fleet.database.models.sources import AppDevice, AppleListing, AppleSource, PortalAction, ServiceToken

__all__ = [
    "AppDevice",
    "AppleListing",
    "AppleSource",
    "Assignment",
    "AssignmentItem",
    "ByodRegistration",
    "ChainHead",
    "Change",
    "Delivery",
    "Device",
    "DeviceModel",
    "Enrolment",
    "Event",
    "Finding",
    "FindingCount",
    "ImportMapping",
    "Incident",
    "IncidentStep",
    "Line",
    "Model",
    "Operator",
    "OperatorOrganisation",
    "Organisation",
    "OrganisationOwned",
    "Person",
    "PortalAction",
    "Purchase",
    "Receipt",
    "ReceiptText",
    "RemoteOrder",
    "ReportDelivery",
    "Reservation",
    "Run",
    "ServiceToken",
    "Sim",
    "Site",
    "Stocktake",
    "StocktakeExpected",
    "StocktakeScan",
    "Team",
    "Tenant",
]
