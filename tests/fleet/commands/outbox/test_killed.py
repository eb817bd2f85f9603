"""An action whose sender is killed, at any point of it: it is never lost and never doubled, and what is not known is said."""

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fleet.database.models import Device, Enrolment, RemoteOrder, Tenant
from fleet.demo.service.serve import action_credential_name, config_text, write_credentials
from tests.fleet.conftest import Outcome, Program
from tests.fleet.demo.service.factory import guid
from tests.fleet.forking import Forking
from tests.fleet.test_faults_killed import KILLED, KillAt
from tests.fleet.town import Town

ROOT = Path(__file__).parents[4]
ALARM = -14
SECRET = "an-action-secret"


class Acting(Forking):
    """The process whose children run `fleet`."""

    def run(
        self, arguments: list[str], url: str, started: Callable[[int], None] = lambda _: None, **trap: float
    ) -> int:
        """Run it on that register; `started` is told its process number before it begins. Returns how it ended."""
        return self.obey({"arguments": arguments, "url": url, **trap}, started)


@pytest.fixture(scope="module")
def acting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acting]:
    process = Acting("tests.fleet.commands.outbox.killing", tmp_path_factory.mktemp("acting"), "asha.penrose")
    yield process
    process.close()


@dataclass
class Desk:
    """A town whose tenant takes remote actions, and `fleet` in this process and in one that is killed."""

    town: Town
    home: Path
    acting: Acting
    program: Program
    rounds: int = 0

    def fleet(self, *arguments: str) -> Outcome:
        return self.program("--home", str(self.home), "action", *arguments, "--json")

    def orders(self, intune_id: str) -> list[RemoteOrder]:
        statement = select(RemoteOrder).where(RemoteOrder.intune_id == intune_id).order_by(RemoteOrder.id)
        with self.town.register().read() as session:
            return list(session.execute(statement).scalars())

    def device(self) -> tuple[str, str, str]:
        """The next device of an organisation: serial, Intune id and tenant of its newest enrolment."""
        statement = (
            select(Device.serial, Enrolment.intune_id, Tenant.key)
            .join(Enrolment, Enrolment.id == Device.enrolment_id)
            .join(Tenant, Tenant.id == Enrolment.tenant_id)
            .where(Device.ownership == "organisation", Enrolment.ownership == "company", Enrolment.closed_at.is_(None))
            .order_by(Device.id)
        )
        known = {one for state in self.town.service.states() for one in state.directory.devices}
        with self.town.register().read() as session:
            rows = [row for row in session.execute(statement) if row[1] in known]
        serial, intune_id, tenant = rows[self.rounds % len(rows)]
        return str(serial), str(intune_id), str(tenant)

    def taken(self, intune_id: str) -> int:
        return sum(one.device_id == intune_id and one.action == "rebootNow" for one in self.town.service.accepted)


@pytest.fixture
def desk(
    either_town: Town, tmp_path: Path, acting: Acting, program: Program, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    service = either_town.service
    directories = [state.directory for state in service.states()]
    home = tmp_path / "acting"
    write_credentials(directories, home)
    for one in directories:
        one.action_client_id, one.action_secret = guid(one.key, "actions"), SECRET
        path = home / action_credential_name(one)
        path.write_text(SECRET)
        path.chmod(0o600)
    text = config_text(service, directories).replace('"ca.pem"', json.dumps(str(service.ca_pem)))
    (home / "config.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("FLEET_DATABASE_URL", either_town.url)
    service.accepted.clear()
    requests = service.requests
    yield Desk(either_town, home, acting, program)
    service.requests = requests
    for one in directories:
        one.action_client_id = one.action_secret = None


TRAPS: list[dict[str, float]] = [{"request": 4}, {"commit": 3}, {"statement": 30}]
"""Chosen ones: after Intune took it and before it could answer; between the claim and its COMMIT; in between."""


def a_trap(random_one: random.Random) -> dict[str, float]:
    """A point at which to be killed: a statement, a COMMIT, an answer of the service, or just some moment."""
    return random_one.choice(
        [
            {"statement": random_one.randint(1, 60)},
            {"commit": random_one.randint(1, 4)},
            {"request": random_one.randint(1, 5)},
            {"after": random_one.uniform(0.001, 0.4)},
        ]
    )


def one_round(desk: Desk, trap: dict[str, float]) -> str:
    """Ask for a restart, be killed, go on as anybody would; the state in which the order ended."""
    serial, intune_id, tenant = desk.device()
    desk.rounds += 1
    before, taken_before = len(desk.orders(intune_id)), desk.taken(intune_id)
    watched = KillAt(int(trap.get("request", 0)))
    desk.town.service.requests = watched
    inside = {name: value for name, value in trap.items() if name != "request"}

    def started(process: int) -> None:
        watched.process = process

    code = desk.acting.run(
        ["--home", str(desk.home), "action", "restart", serial, "--json"], desk.town.url, started, **inside
    )
    assert code in (0, KILLED, ALARM), desk.acting.log.read_text()
    desk.town.service.requests = []
    sent = desk.fleet("send")
    assert sent.code in (0, 1), sent.err
    orders = desk.orders(intune_id)[before:]
    taken = desk.taken(intune_id) - taken_before
    if not orders:  # Killed before anything was asked for.
        assert (taken, code != 0) == (0, True)
        return "not asked"
    (order,) = orders
    assert taken <= 1, "doubled"
    assert order.sending_since is None
    assert (order.state, taken) in (("accepted", 1), ("unsure", 0)), f"{order.state}, taken {taken} times, trap {trap}"
    if order.state == "accepted":
        desk.town.service.check_in(tenant, intune_id)
        assert desk.fleet("follow", str(order.id)).json[0]["state"] == "done"
    else:
        assert desk.fleet("settle", str(order.id), "--not", "--note", "rang the holder").code == 0
    assert desk.taken(intune_id) - taken_before == taken
    return order.state


@pytest.mark.crash
def test_a_sender_that_is_killed_neither_loses_nor_doubles_the_action(desk: Desk) -> None:
    ends = [one_round(desk, trap) for trap in TRAPS]
    assert ends[0] == "accepted", "Intune had it, and its answer came to nobody"
    assert one_round(desk, a_trap(random.Random(os.urandom(8)))) in ("accepted", "unsure", "not asked")


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_two_hundred_random_deaths_neither_lose_nor_double_an_action(desk: Desk) -> None:
    seed = random.SystemRandom().randint(0, 2**32)
    chance = random.Random(seed)
    ends: Counter[str] = Counter()
    for number in range(100):  # On each of the two databases.
        trap = a_trap(chance)
        try:
            ends[one_round(desk, trap)] += 1
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, round {number}, {trap}: {error}") from error
    assert set(ends) >= {"accepted", "not asked"}, ends


def test_what_was_sent_is_there_once_however_many_try_to_send_it(desk: Desk) -> None:
    serial, intune_id, _ = desk.device()
    answer: Any = desk.fleet("restart", serial).json
    assert answer["devices"][0]["state"] == "accepted"
    for _ in range(3):
        desk.fleet("send")
        assert desk.fleet("restart", serial).json["error"]["code"] == "asked-already"
    assert desk.taken(intune_id) == 1
