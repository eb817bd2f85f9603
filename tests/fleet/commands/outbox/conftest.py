"""A tenant on the simulated service, a register that has its devices, and a sender between them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands import outbox
from fleet.commands.outbox import Asked, Order, Outcome, Sender
from fleet.config import Config, TenantConfig
from fleet.config.actions import ActionCredential, ActionRules
from fleet.database import Database
from fleet.database.models import (
    Assignment,
    Device,
    DeviceModel,
    Enrolment,
    Organisation,
    Person,
    RemoteOrder,
    Tenant,
)
from fleet.demo.service import Service
from fleet.domain.remote import ACTIONS
from fleet.intune.actions import ActionClient
from fleet.intune.auth import TokenSource
from fleet.intune.sign_in import acting_tenant
from fleet.queries.operators import Access
from fleet.queries.outbox import OutboxRow, order_row
from tests.fleet.demo.service.factory import guid, make_directory

KEY = "northbridge"
ASKER, SECOND = "asha.penrose", "ben.hallam"
SECRET = "an-action-secret"
DEVICES = 8
MODELS = (("iPhone 16", "iphone"), ("iPad (A16)", "ipad"))


def fresh_directory() -> Any:
    directory = make_directory(DEVICES, 3, KEY)
    directory.action_client_id, directory.action_secret = guid(KEY, "actions"), SECRET
    return directory


@pytest.fixture(scope="module")
def started_service() -> Iterator[Service]:
    with Service([fresh_directory()]) as service:
        yield service


@dataclass
class Post:
    """The outbox of one register, and the service it is sent to."""

    service: Service
    database: Database
    config: Config
    ids: list[int]
    """Device n of the service -> its id in the register."""
    enrolments: list[int]
    moment: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    waits: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.moment

    def later(self, **by: float) -> None:
        self.moment += timedelta(**by)

    def access(self, name: str = ASKER) -> Access:
        return Access(name, "technician", None)

    def sender(self, name: str = ASKER) -> Sender:
        def connect(tenant: TenantConfig) -> ActionClient:
            source = TokenSource(acting_tenant(tenant), sleep=self.waits.append)
            return ActionClient(tenant, source, sent_as="the application", sleep=self.waits.append)

        return Sender(self.database, self.config, self.access(name), self.clock, connect)

    def ask(
        self, action: str, *numbers: int, by: str = ASKER, told: dict[str, str] | None = None, checked: bool = True
    ) -> list[Asked]:
        with self.database.transaction(actor=by, action="remote.ask", now=self.moment) as session:
            return outbox.ask(
                session, [Order(self.ids[one]) for one in numbers], ACTIONS[action].told(told or {}), now=self.moment,
                actor=by, rules=self.config.actions, configured=dict.fromkeys(outbox.configured(self.config)), checked=checked,
            )  # fmt: skip

    def confirm(self, order_id: int, by: str = SECOND) -> None:
        with self.database.transaction(actor=by, action="remote.confirm", now=self.moment) as session:
            outbox.confirm(session, order_id, now=self.moment, actor=by)

    def send(self, *order_ids: int) -> list[Outcome]:
        with self.sender() as sender:
            return outbox.send(sender, order_ids or None)

    def follow(self, *order_ids: int) -> list[Outcome]:
        with self.sender() as sender:
            return outbox.follow(sender, order_ids or None)

    def check_in(self, number: int) -> None:
        self.service.check_in(KEY, guid(KEY, "device", number))

    def order(self, order_id: int) -> OutboxRow:
        with self.database.read() as session:
            return order_row(session, order_id)

    def row(self, order_id: int) -> RemoteOrder:
        with self.database.read() as session:
            return session.execute(select(RemoteOrder).where(RemoteOrder.id == order_id)).scalar_one()

    def sent(self) -> list[tuple[int, str]]:
        """What the service took: (number of the device, action)."""
        numbers = {guid(KEY, "device", one): one for one in range(DEVICES)}
        return [(numbers[one.device_id], one.action) for one in self.service.accepted]


@pytest.fixture
def post(started_service: Service, database: Database, tmp_path: Path) -> Post:
    """Eight devices of which the fifth is somebody's own; each has its tag NB00000n."""
    service = started_service
    service.faults.clear()
    service.replace(fresh_directory())
    service.accepted.clear()
    service.requests.clear()
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    tenant = TenantConfig(
        KEY, KEY, guid(KEY, "tenant"), guid(KEY, "client"), secret_env="NOWHERE", authority=service.authority,
        graph=service.graph, ca_bundle=service.ca_pem, actions=ActionCredential(guid(KEY, "actions"), secret_file=secret),
    )  # fmt: skip
    config = Config(tmp_path, database.url, tenants={KEY: tenant}, actions=ActionRules(per_hour=3))
    ids, enrolments = _load(database)
    return Post(service, database, config, ids, enrolments)


def _load(database: Database) -> tuple[list[int], list[int]]:
    """The devices of the service in the register, in one step; ids of devices and of their enrolments."""
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with database.transaction(actor="test", action="test.load", now=now) as session:
        organisation = Organisation(key=KEY, name="Northbridge Council")
        models = {name: DeviceModel(name=name, kind=kind) for name, kind in MODELS}
        session.add_all([organisation, *models.values()])
        session.flush()
        tenant = Tenant(key=KEY, organisation_id=organisation.id, tenant_guid=guid(KEY, "tenant"))
        holder = Person(organisation_id=organisation.id, display_name="Person 1", upn=f"person0001@{KEY}.example")
        session.add_all([tenant, holder])
        session.flush()
        seen = list(fresh_directory().devices.values())
        devices = [_device(one, number, organisation.id, models[one["model"]].id) for number, one in enumerate(seen)]
        session.add_all(devices)
        session.flush()
        session.add(
            Assignment(
                organisation_id=organisation.id, device_id=devices[1].id, person_id=holder.id, issued_on=now.date()
            )
        )
        enrolments = [
            Enrolment(
                organisation_id=organisation.id, tenant_id=tenant.id, device_id=device.id, intune_id=one["id"],
                opened_at=now, upn=one["userPrincipalName"], supervised=one["isSupervised"],
            )
            for device, one in zip(devices, seen, strict=True)
        ]  # fmt: skip
        session.add_all(enrolments)
        session.flush()
        for device, enrolment in zip(devices, enrolments, strict=True):
            device.enrolment_id = enrolment.id
    return [one.id for one in devices], [one.id for one in enrolments]


def _device(seen: Any, number: int, organisation_id: int, model_id: int) -> Device:
    own = seen["managedDeviceOwnerType"] == "personal"
    kept = {} if own else {"serial": seen["serialNumber"], "asset_tag": f"NB{number:06}"}
    return Device(
        organisation_id=organisation_id, kind="iphone" if number % 2 else "ipad", model_id=model_id, status="issued",
        ownership="personal" if own else "organisation", **kept,
    )  # fmt: skip
