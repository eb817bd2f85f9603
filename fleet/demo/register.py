"""Load an estate into an empty register: what people had recorded just before the first night."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from fleet.commands.apply_plan.writing import insert_recorded
from fleet.database import Database
from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Delivery,
    Device,
    DeviceModel,
    Incident,
    Line,
    Model,
    Organisation,
    Person,
    Purchase,
    Sim,
    Site,
    Team,
    Tenant,
)
from fleet.demo.estate.seeds import Estate

Ids = Mapping[str, int]


def load_register(database: Database, estate: Estate, *, actor: str = "demo") -> None:
    """Fill an empty register with an estate, as one event three nights ago."""
    before = estate.now - timedelta(days=3)
    with database.transaction(
        actor=actor, action="demo.load", now=before, reason="The register as it was kept before Fleet"
    ) as session:
        _Loader(session, estate).load()


class _Loader:
    """Inserts kind by kind; natural keys of the estate become ids of the register."""

    def __init__(self, session: Session, estate: Estate) -> None:
        self.session = session
        self.estate = estate
        self.organisations: Ids = {}

    def load(self) -> None:
        """Everything, in the order of references."""
        estate = self.estate
        self.organisations = self._insert_organisations()
        self._insert(
            Tenant, ("organisation_id", "key", "tenant_guid"),
            [(one.key, one.organisation, (one.key, one.tenant_id)) for one in estate.tenants],
        )  # fmt: skip
        sites = self._insert(
            Site, ("organisation_id", "name"), [(one.key, one.organisation, (one.name,)) for one in estate.sites]
        )
        teams = self._insert(
            Team, ("organisation_id", "name", "cost_code"),
            [(one.key, one.organisation, (one.name, one.cost_code)) for one in estate.teams],
        )  # fmt: skip
        people = self._insert_people(sites, teams)
        models = self._insert_models()
        purchases, deliveries = self._insert_purchases()
        devices = self._insert_devices(sites, models, purchases, deliveries)
        self._insert_lines(devices)
        self._insert_custody(devices, people, sites, teams)
        self._insert_own_devices(people, models)

    def _insert_organisations(self) -> Ids:
        rows = [(one.key, one.name) for one in self.estate.organisations]
        ids = insert_recorded(self.session, Organisation, ("key", "name"), rows, organisation_id=None)
        return {row[0]: one for row, one in zip(rows, ids, strict=True)}

    def _insert(
        self, kind: type[Model], columns: Sequence[str], rows: Sequence[tuple[str, str, tuple[Any, ...]]]
    ) -> dict[str, int]:
        """Rows of (natural key, organisation key, values after organisation_id); returns natural key -> id."""
        found: dict[str, int] = {}
        for organisation, organisation_id in self.organisations.items():
            mine = [(key, (organisation_id, *values)) for key, owner, values in rows if owner == organisation]
            ids = insert_recorded(
                self.session, kind, columns, [row for _, row in mine], organisation_id=organisation_id
            )
            found |= {key: one for (key, _), one in zip(mine, ids, strict=True)}
        return found

    def _insert_people(self, sites: Ids, teams: Ids) -> Ids:
        """As a list from personnel knows them: no Entra ids, which the first sync adds by UPN."""
        known = [one for one in self.estate.people if one.first_night == 1]
        columns = (
            "organisation_id", "upn", "display_name", "given_name", "surname", "email", "job_title", "department",
            "office", "employee_id", "employee_type", "role", "state", "start_on", "left_on", "team_id", "site_id",
        )  # fmt: skip
        site_names = {one.key: one.name for one in self.estate.sites}
        return self._insert(Person, columns, [
            (one.entra_id, one.organisation, (
                one.upn.lower(), one.display_name, one.given_name, one.surname, one.email, one.job_title, one.department,
                site_names[one.site], one.employee_id, one.employee_type, one.role, one.state, one.start_on, one.left_on,
                teams.get(one.team) if one.team else None, sites[one.site],
            ))
            for one in known
        ])  # fmt: skip

    def _insert_models(self) -> Ids:
        """Cellular and Wi-Fi-only hardware share a marketing name, which is what the register knows."""
        wanted: dict[str, tuple[str, str, str]] = {}
        for one in self.estate.models:
            wanted.setdefault(one.name, (one.name, one.manufacturer, one.kind))
        for own in self.estate.byod:
            wanted.setdefault(own.model, (own.model, "Apple", own.kind))
        rows = list(wanted.values())
        ids = insert_recorded(self.session, DeviceModel, ("name", "manufacturer", "kind"), rows, organisation_id=None)
        by_name = {row[0]: one for row, one in zip(rows, ids, strict=True)}
        return by_name | {one.key: by_name[one.name] for one in self.estate.models}

    def _insert_purchases(self) -> tuple[Ids, Ids]:
        purchases = self._insert(
            Purchase, ("organisation_id", "order_number", "supplier", "ordered_on", "total_pence"),
            [(one.number, one.organisation, (one.number, one.supplier, one.ordered_on, one.quantity * one.unit_price_pence))
             for one in self.estate.purchases],
        )  # fmt: skip
        deliveries = self._insert(
            Delivery, ("organisation_id", "purchase_id", "delivered_on", "note_number"),
            [(one.number, one.organisation, (purchases[one.purchase], one.delivered_on, one.number))
             for one in self.estate.deliveries],
        )  # fmt: skip
        return purchases, deliveries

    def _insert_devices(self, sites: Ids, models: Ids, purchases: Ids, deliveries: Ids) -> Ids:
        columns = (
            "organisation_id", "kind", "ownership", "status", "status_since", "model_id", "serial", "imei", "imei2", "eid",
            "ethernet_mac", "asset_tag", "site_id", "cost_code", "purchase_id", "delivery_id", "purchased_on", "price_pence",
            "warranty_until", "disposed_on", "hay",
        )  # fmt: skip
        return self._insert(Device, columns, [
            (one.serial, one.organisation, (
                one.kind, "organisation", one.status, one.status_since, models[one.model], one.serial, one.imei, one.imei2,
                one.eid, (one.ethernet_mac or "").upper() or None, one.asset_tag, sites[one.site], one.cost_code,
                purchases[one.purchase], deliveries[one.delivery],
                one.purchased_on, one.price_pence, one.warranty_until,
                one.status_since if one.status == "disposed" else None, "",
            ))
            for one in self.estate.devices
        ])  # fmt: skip

    def _insert_lines(self, devices: Ids) -> None:
        lines = self._insert(
            Line,
            ("organisation_id", "number", "carrier", "tariff", "monthly_pence", "contract_until", "cost_code", "state"),
            [(one.key, one.organisation, (
                one.number, one.carrier, one.tariff, one.monthly_pence, one.contract_until, one.cost_code,
                "active" if one.status == "active" else "suspended",
            )) for one in self.estate.lines],
        )  # fmt: skip
        self._insert(
            Sim, ("organisation_id", "iccid", "line_id", "device_id", "is_esim", "state"),
            [(one.iccid, one.organisation, (
                one.iccid, lines[one.line], devices[one.device] if one.device else None, one.form == "esim",
                one.state,
            )) for one in self.estate.sims],
        )  # fmt: skip

    def _insert_custody(self, devices: Ids, people: Ids, sites: Ids, teams: Ids) -> None:
        columns = (
            "organisation_id", "device_id", "person_id", "site_id", "team_id", "kind", "issued_on", "due_on", "returned_on",
            "condition",
        )  # fmt: skip
        self._insert(Assignment, columns, [
            (str(number), one.organisation, (
                devices[one.device], people[one.person] if one.person else None, sites[one.site] if one.site else None,
                teams[one.team] if one.team else None, one.kind, one.issued_on, one.due_on, one.returned_on, one.end_reason,
            ))
            for number, one in enumerate(self.estate.assignments)
        ])  # fmt: skip
        values = {one.serial: one.price_pence for one in self.estate.devices}
        self._insert(
            Incident,
            ("organisation_id", "device_id", "person_id", "kind", "occurred_on", "reported_at", "closed_at", "reference",
             "value_pence"),
            [(one.key, one.organisation, (
                devices[one.device], people.get(one.reported_by), one.kind, one.happened_on, _midday(one.reported_on),
                _midday(one.closed_on) if one.closed_on else None, one.reference, values[one.device],
            )) for one in self.estate.incidents],
        )  # fmt: skip

    def _insert_own_devices(self, people: Ids, models: Ids) -> None:
        enrolled = [one for one in self.estate.byod if one.intune_id]
        devices = self._insert(
            Device, ("organisation_id", "kind", "ownership", "status", "status_since", "model_id", "hay"),
            [(one.key, one.organisation, (one.kind, "personal", "issued", one.consent_on or one.requested_on,
                                          models[one.model], "")) for one in enrolled],
        )  # fmt: skip
        names = {one.entra_id: one.display_name for one in self.estate.people}
        columns = (
            "organisation_id", "person_id", "device_id", "intune_id", "state", "requested_on", "approved_by", "approved_on",
            "terms_version", "consent_on", "consent_until", "ended_on", "said_kind", "said_model",
        )  # fmt: skip
        self._insert(ByodRegistration, columns, [
            (one.key, one.organisation, (
                people[one.person], devices.get(one.key), one.intune_id, one.state, one.requested_on,
                names.get(one.approved_by) if one.approved_by else None, one.approved_on, one.terms_version, one.consent_on,
                one.consent_until, one.ended_on, *((None, None) if one.intune_id else (one.kind, one.model)),
            ))
            for one in self.estate.byod
        ])  # fmt: skip


def _midday(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)
