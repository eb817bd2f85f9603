"""What a finding suggests that Intune be asked goes through the outbox, and the finding goes once it is done."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from fleet.commands import outbox
from fleet.commands.fixes import apply_fixes, fix_of
from fleet.commands.outbox.from_findings import Orders
from fleet.commands.rejudging import rejudge_after_commands
from fleet.commands.sync import SyncOptions, sync_tenant
from fleet.config import Config, load_config
from fleet.database import Database
from fleet.database.models import Finding, RemoteOrder
from fleet.demo.build import NIGHTS, estate_of, rules_text
from fleet.demo.graph_view import graph_view
from fleet.demo.service import Service
from fleet.demo.service.serve import config_text, with_actions, write_credentials
from fleet.domain.rules import RULES
from fleet.errors import NotAllowed, UsageProblem
from fleet.intune.actions import ActionClient
from fleet.intune.auth import TokenSource
from fleet.intune.read import read_tenant
from fleet.intune.sign_in import acting_tenant
from fleet.queries.operators import Access
from tests.fleet.conftest import DEMO_NOW, Built

ASKER, SECOND = "asha.penrose", "ben.hallam"


class Desk:
    """The demonstration's register and its service, with remote actions of every tenant sent by an application."""

    def __init__(self, service: Service, database: Database, config: Config) -> None:
        self.service, self.database, self.config = service, database, config

    def ids(self, rule: str) -> list[int]:
        statement = select(Finding.id).where(Finding.rule == rule, Finding.state != "fixed").order_by(Finding.id)
        with self.database.read() as session:
            return list(session.execute(statement).scalars())

    def settle(self, finding: int, wanted: str) -> None:
        orders = Orders(self.config.actions, outbox.configured(self.config))
        with self.database.transaction(actor=ASKER, action="finding.fix", now=DEMO_NOW) as session:
            apply_fixes(session, [finding], now=DEMO_NOW, actor=ASKER, wanted=wanted, orders=orders)

    def sender(self, now: datetime) -> outbox.Sender:
        return outbox.Sender(
            self.database, self.config, Access(SECOND, "technician", None), lambda: now,
            lambda tenant: ActionClient(tenant, TokenSource(acting_tenant(tenant))),
        )  # fmt: skip


@pytest.fixture
def desk(demonstration: Built, own_register: str, tmp_path: Path) -> Iterator[Desk]:
    estate = estate_of(demonstration.home)
    directories = [graph_view(estate, one.key, NIGHTS[-1]) for one in estate.tenants]
    folder = tmp_path / "service"
    write_credentials(directories, folder)
    with_actions(directories, folder)
    for one in directories:
        one.action_secret = one.action_secret or "nobody has to sign in here"
        path = folder / f"{one.key}-actions.secret"
        path.write_text(one.action_secret)
        path.chmod(0o600)
    with Service(directories, folder=folder) as service, Database(own_register, create=False) as database:
        service.export_polls = 0
        (folder / "config.toml").write_text(config_text(service, directories) + rules_text(), encoding="utf-8")
        config = load_config(folder)
        rejudge_after_commands(database, config)
        yield Desk(service, database, config)


WAYS = (
    ("returned-still-enrolled", "queue-retire"),
    ("retired-still-enrolled", "queue-wipe"),
    ("reenrolment-leftover", "queue-delete"),
    ("jailbroken", "queue-wipe"),
    ("byod-unapproved", "queue-retire"),
    ("byod-consent-expired", "queue-retire"),
    ("lost-checking-in", "queue-lock"),
)
STAYS = frozenset({"queue-lock"})
"""What settles nothing: the device is safe then, and still lost."""


def test_a_queued_action_is_confirmed_sent_done_and_its_finding_is_gone_after_the_next_sync(desk: Desk) -> None:
    assert {rule for rule, _ in WAYS} == {one.key for one in RULES if one.orders}, "every rule with a way is tried"
    waiting = {rule: desk.ids(rule) for rule, _ in WAYS}
    settled = [(rule, wanted, waiting[rule].pop(0)) for rule, wanted in WAYS]
    for rule, wanted, finding in settled:
        desk.settle(finding, wanted)
        assert finding in desk.ids(rule), "asking alone settles nothing"
    assert desk.service.accepted == []
    with desk.database.read() as session:
        rows = [(one.id, one.action, one.state) for one in session.execute(select(RemoteOrder)).scalars()]
    assert len(rows) == len(WAYS)
    for order, _, state in rows:
        if state == "asked":
            with desk.database.transaction(actor=SECOND, action="remote.confirm", now=DEMO_NOW) as session:
                outbox.confirm(session, order, now=DEMO_NOW, actor=SECOND)
    with desk.sender(DEMO_NOW) as sender:
        assert [one.state for one in outbox.send(sender)] == [
            "done" if action == "delete" else "accepted" for _, action, _ in rows
        ]
    assert len(desk.service.accepted) == len(WAYS)
    for one in desk.service.accepted:
        if one.action != "delete":
            desk.service.check_in(one.tenant, one.device_id)
    with desk.sender(DEMO_NOW) as sender:
        assert {one.state for one in outbox.follow(sender)} == {"done"}
    for tenant in desk.config.tenants.values():
        options = SyncOptions("night", DEMO_NOW + timedelta(hours=1), rules=desk.config.rules)
        assert sync_tenant(desk.database, tenant, options, read_tenant).error is None
    for rule, wanted, finding in settled:
        assert (finding in desk.ids(rule)) == (wanted in STAYS), rule


def test_a_way_through_intune_is_chosen_by_name_and_never_the_one_that_is_suggested() -> None:
    with_orders = [one for one in RULES if one.orders]
    for rule in with_orders:
        assert all(one.action for one in rule.orders)
        assert fix_of(rule.key, rule.orders[0].key) == rule.orders[0]
        if rule.fixes:
            assert fix_of(rule.key) == rule.fixes[0]
        else:
            with pytest.raises(NotAllowed, match=f"--with {rule.orders[0].key}"):
                fix_of(rule.key)
    with pytest.raises(UsageProblem, match="queue-retire"):
        fix_of("returned-still-enrolled", "queue-lock")
