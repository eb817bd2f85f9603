"""Reports that go out by themselves: each once, whatever breaks; each with an end that is told and kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.commands.deliveries import Outcome, Tools, deliver, ledger, orders_of, settle, standings, within_walls
from fleet.commands.deliveries.ledger import MOST_ATTEMPTS
from fleet.config import Config, OrganisationConfig
from fleet.database import Database
from fleet.database.models import Event, ReportDelivery
from fleet.domain.nightly.deliveries import Order, Period
from fleet.errors import ConfigurationProblem, DatabaseUnavailable, FleetError, NotAllowed
from fleet.exports.whole_files import copy_whole
from fleet.queries.history import list_events
from tests.factory import ACTOR, NOW, an_organisation, change
from tests.fleet.post.mail_server import MailBox, mail_server

ANNA, BEN = "anna@northbridge.gov.example", "ben@northbridge.gov.example"
NEXT = NOW + timedelta(days=1)


class Killed(BaseException):
    """The program is gone at this point: nothing after it is done, as when the machine goes down."""


@dataclass
class Desk:
    """A register, a mail server, a folder, and reports that are one line long."""

    database: Database
    config: Config
    box: MailBox
    folder: Path
    written: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def write(self, order: Order, period: Period, path: Path) -> str:
        """A report: another file each time, as real ones are."""
        self.written.append(order.what)
        path.write_text(f"{order.what} {period.name} number {len(self.written)}\n")
        return "Monthly pack"

    def run(self, tools: Tools | None = None, *, now: Any = NOW, **options: Any) -> list[Outcome]:
        """One run."""
        found, mail = orders_of(self.config)
        hands = tools or Tools(self.write, copy_whole, self.waits.append)
        return list(deliver(self.database, self.config, found, mail, hands, actor=ACTOR, now=now, **options))

    def got(self) -> list[str]:
        """Who was sent a mail, in order."""
        return [to for to, _ in self.box.messages]

    def ledger(self) -> dict[str, tuple[str, int]]:
        """Recipient -> state and attempts."""
        with self.database.read() as session:
            return {one.recipient: (one.state, one.attempts) for one in standings(session, limit=None)}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailBox]:
    with mail_server(tmp_path_factory.mktemp("mail")) as made:
        yield made


@pytest.fixture
def desk(database: Database, box: MailBox, tmp_path: Path) -> Desk:
    """The monthly pack of Northbridge for Anna, a folder and Ben."""
    box.messages.clear()
    box.says.clear()
    an_organisation(database)
    (tmp_path / "reports").mkdir()
    nightly = {
        "mail": {"from": "fleet@northbridge.gov.example", "host": "localhost", "port": box.port, "security": "tls",
                 "ca_bundle": str(box.ca), "timeout": 10},
        "deliver": {"pack": {"report": "monthly", "recipients": {"northbridge": {"mail": [ANNA, BEN], "folder": "reports"}}}},
    }  # fmt: skip
    config = Config(
        tmp_path,
        database.url,
        {"northbridge": OrganisationConfig("northbridge", "Northbridge Council")},
        nightly=nightly,
    )
    return Desk(database, config, box, tmp_path / "reports")


FILE = "fleet-pack-northbridge-2026-10.xlsx"


def test_each_gets_it_once_for_the_month(desk: Desk) -> None:
    """The report is written once for all of them; the next night there is nothing to do."""
    assert [(str(one.recipient), one.state, one.done) for one in desk.run()] == [
        ("folder:reports", "sent", True), (f"mail:{ANNA}", "sent", True), (f"mail:{BEN}", "sent", True),
    ]  # fmt: skip
    assert (desk.got(), desk.written) == ([ANNA, BEN], ["monthly | northbridge | xlsx"])
    assert (desk.folder / FILE).read_text() == "monthly | northbridge | xlsx 2026-10 number 1\n"
    [mail, _] = [message for _, message in desk.box.messages]
    assert mail["Subject"] == "Monthly pack: Northbridge Council, 2026-10"
    assert [one.get_filename() for one in mail.iter_attachments()] == [FILE]
    assert {one.state for one in desk.run(now=NEXT)} == {"sent"}
    assert (desk.got(), len(desk.written)) == ([ANNA, BEN], 1)


def test_the_next_month_is_another_one(desk: Desk) -> None:
    desk.run()
    desk.run(now=NOW + timedelta(days=30))
    assert (desk.got(), sorted(one.name for one in desk.folder.iterdir())) == (
        [ANNA, BEN, ANNA, BEN], [FILE, "fleet-pack-northbridge-2026-11.xlsx"],
    )  # fmt: skip


def test_every_delivery_is_an_event_of_its_organisation(desk: Desk) -> None:
    desk.box.says[ANNA] = ["550 gone"]
    desk.run()
    with desk.database.read() as session:
        events = [one for one in session.query(Event).order_by(Event.id) if one.action == "report.deliver"]
        assert [one.reason for one in events] == [
            f"{FILE} for 2026-10 to folder:reports: sent",
            f"{FILE} for 2026-10 to mail:{ANNA}: failed (The mail server localhost:{desk.box.port} does not take {ANNA} "
            "(it said 550). Nothing was sent.)",
            f"{FILE} for 2026-10 to mail:{BEN}: sent",
        ]
        assert len({one.organisation_id for one in events}) == 1
        assert len([one for one in list_events(session) if "Delivered" in one.sentence]) == 3


def test_one_that_fails_does_not_stop_the_others_and_is_tried_again(desk: Desk) -> None:
    """At once when it may pass soon, and by the next run in any case."""
    desk.box.says[ANNA] = ["451 later", "451 later", "451 later"]
    desk.box.says[BEN] = ["451 later"]
    assert [(one.state, one.needs_a_look) for one in desk.run()] == [("sent", False), ("failed", True), ("sent", False)]
    assert (desk.got(), desk.waits) == ([BEN], [2.0, 10.0, 2.0])
    assert [one.state for one in desk.run(now=NEXT)] == ["sent", "sent", "sent"]
    assert desk.got() == [BEN, ANNA]
    assert desk.ledger()[f"mail:{ANNA}"] == ("sent", 2)


def test_what_never_goes_is_given_up(desk: Desk) -> None:
    desk.box.says[ANNA] = ["550 gone"] * (MOST_ATTEMPTS + 5)
    for _ in range(MOST_ATTEMPTS):
        desk.run()
    outcome = desk.run()[0] if desk.run()[0].state == "given up" else desk.run()[1]
    assert (outcome.state, outcome.needs_a_look, desk.ledger()[f"mail:{ANNA}"]) == (
        "given up",
        True,
        ("failed", MOST_ATTEMPTS),
    )


def test_a_mail_of_which_nobody_knows_waits_for_a_person(desk: Desk) -> None:
    """It arrived, or it did not: only then it goes on."""
    desk.box.cut_after_data = 1
    assert [one.state for one in desk.run()] == ["sent", "unknown", "sent"]
    assert [one.state for one in desk.run(now=NEXT)].count("unknown") == 1
    assert desk.got() == [ANNA, BEN]
    with desk.database.read() as session:
        [unknown] = standings(session, state="unknown")
    with desk.database.transaction(actor=ACTOR, action="report.deliver", now=NEXT) as session:
        settle(session, unknown.id, sent=False, now=NEXT)
    desk.run(now=NEXT)
    assert desk.got() == [ANNA, BEN, ANNA]
    with (
        desk.database.transaction(actor=ACTOR, action="report.deliver", now=NEXT) as session,
        pytest.raises(NotAllowed),
    ):
        settle(session, unknown.id, sent=True, now=NEXT)


@pytest.mark.parametrize("at", range(6))
def test_a_program_that_is_killed_anywhere_sends_nothing_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Before or after each of the three deliveries was carried. What nobody can know is told; the rest is made up for."""
    from fleet.commands.deliveries import running

    carried, real = 0, running.carry

    def carry(*arguments: Any) -> None:
        nonlocal carried
        if carried * 2 == at:
            raise Killed
        real(*arguments)
        if carried * 2 + 1 == at:
            raise Killed
        carried += 1

    monkeypatch.setattr(running, "carry", carry)
    with pytest.raises(Killed):
        desk.run()
    monkeypatch.setattr(running, "carry", real)
    ledger._under_way.clear()  # Another program comes: it has the same number, as in a container.
    outcomes = {str(one.recipient): one.state for one in desk.run(now=NEXT)}
    victim = ["folder:reports", f"mail:{ANNA}", f"mail:{BEN}"][at // 2]
    expected = "sent" if victim.startswith("folder") else "unknown"
    assert outcomes == {**dict.fromkeys(outcomes, "sent"), victim: expected}
    assert sorted(desk.got()) == sorted(set(desk.got())), "nobody got it twice"
    assert [one.name for one in desk.folder.iterdir()] == [FILE]
    assert {one.state for one in desk.run(now=NEXT)} <= {"sent", "unknown"}
    assert sorted(desk.got()) == sorted(set(desk.got()))


def test_one_that_another_program_is_carrying_is_left_to_it(desk: Desk) -> None:
    """On another machine, for an hour; after that it is taken for dead."""
    desk.run()
    with desk.database.read() as session:
        line = next(one for one in standings(session) if one.recipient == f"mail:{ANNA}")
    change(desk.database, ReportDelivery, line.id, state="intended", host="another-machine")
    states = {str(one.recipient): one.state for one in desk.run(now=NOW + timedelta(minutes=59))}
    assert states[f"mail:{ANNA}"] == "under way"
    states = {str(one.recipient): one.state for one in desk.run(now=NOW + timedelta(minutes=61))}
    assert states[f"mail:{ANNA}"] == "unknown"
    assert desk.got() == [ANNA, BEN]


def test_a_register_that_can_not_be_told_afterwards_keeps_the_intention(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others go on; the next run tells that nobody knows."""
    from fleet.commands.deliveries import running

    real, asked = running.record, 0

    def record(*arguments: Any, **options: Any) -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            ledger._under_way.clear()
            raise DatabaseUnavailable("The disk is full.")
        real(*arguments, **options)

    monkeypatch.setattr(running, "record", record)
    outcomes = desk.run()
    assert [one.state for one in outcomes] == ["sent", "sent", "sent"]
    assert outcomes[1].error == "sent; the register could not be told: The disk is full."
    assert {str(one.recipient): one.state for one in desk.run(now=NEXT)}[f"mail:{ANNA}"] == "unknown"
    assert desk.got() == [ANNA, BEN]


def test_a_report_that_can_not_be_written_is_told_to_each_and_the_next_report_goes(desk: Desk) -> None:
    table = dict(desk.config.nightly)
    table["deliver"] = {
        **table["deliver"],
        "broken": {"report": "estate", "recipients": {"northbridge": {"mail": ANNA}}},
    }
    desk.config = replace(desk.config, nightly=table)

    def write(order: Order, period: Period, path: Path) -> str:
        if order.job == "pack":
            raise FleetError("There is no such filter.")
        return desk.write(order, period, path)

    outcomes = desk.run(Tools(write, copy_whole))
    assert [(one.state, one.error) for one in outcomes] == [("failed", "There is no such filter.")] * 3 + [
        ("sent", None)
    ]
    assert desk.got() == [ANNA]


def test_a_file_that_is_somebody_elses_is_left_alone(desk: Desk) -> None:
    (desk.folder / FILE).write_text("mine")
    [folder, *_] = desk.run()
    assert (folder.state, (desk.folder / FILE).read_text()) == ("failed", "mine")


def test_a_plan_sends_and_writes_nothing(desk: Desk) -> None:
    assert [one.state for one in desk.run(dry=True)] == ["due"] * 3
    assert (desk.got(), desk.written, desk.ledger()) == ([], [], {})


def test_a_person_can_have_it_sent_again(desk: Desk) -> None:
    desk.run()
    desk.run(again=True, now=NEXT)
    assert desk.got() == [ANNA, BEN, ANNA, BEN]
    assert len(list(desk.folder.iterdir())) == 2


def test_operators_of_one_organisation_deliver_its_reports_alone(desk: Desk) -> None:
    found, _ = orders_of(desk.config)
    everyones = replace(found[0], organisation=None)
    assert within_walls([*found, everyones], None) == [*found, everyones]
    assert within_walls([*found, everyones], frozenset({"northbridge"})) == found
    assert within_walls([*found, everyones], frozenset({"eastmere"})) == []
    desk.run()
    with desk.database.read(frozenset({-1})) as session:
        assert standings(session) == []


def test_mail_without_a_way_out_is_a_mistake_of_the_configuration(desk: Desk) -> None:
    desk.config = replace(desk.config, nightly={"deliver": desk.config.nightly["deliver"]})
    with pytest.raises(ConfigurationProblem, match=r"\[mail\] must say how mail leaves"):
        desk.run()
