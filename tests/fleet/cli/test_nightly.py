"""What follows a night: a file and a document for monitoring, a word to whoever is to be told, reports that go out."""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.database import Database
from fleet.database.models import Run, Tenant
from tests.fleet.conftest import DEMO_NOW, Outcome, Program
from tests.fleet.post.mail_server import mail_server

WRITER = (
    "import pathlib, sys; path = pathlib.Path(sys.argv[1]); "
    "path.write_text((path.read_text() if path.exists() else '') + sys.stdin.read())"
)


@pytest.fixture
def configure(home: Path) -> Callable[[str], None]:
    """Add to the demonstration's config.toml."""

    def add(text: str) -> None:
        path = home / "config.toml"
        path.write_text(path.read_text() + text)

    return add


@pytest.fixture
def told(tmp_path: Path, configure: Callable[[str], None]) -> Callable[[], str]:
    """What a program was told."""
    configure(f"\n[notify]\ncommand = {json.dumps([sys.executable, '-c', WRITER, str(tmp_path / 'told')])}\n")
    return lambda: (tmp_path / "told").read_text() if (tmp_path / "told").exists() else ""


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let it be so many hours later."""

    def move(hours: int) -> None:
        monkeypatch.setenv("FLEET_NOW", (DEMO_NOW + timedelta(hours=hours)).isoformat())

    return move


def test_the_status_is_one_document_with_an_exit_code(home: Path, program: Program, at: Callable[[int], None]) -> None:
    """0 well, 1 to look at, 4 too old."""
    fresh = program("status", "--json")
    assert fresh.code == fresh.json["exit_code"]
    assert {one["tenant"] for one in fresh.json["tenants"]} == {"northbridge", "eastmere", "ashmoor"}
    one = fresh.json["tenants"][0]
    assert (one["stale"], one["running"], one["last_run"]["state"]) == (False, None, "complete")
    assert fresh.json["next"]["sync"].startswith("2026-11-23T02:15")
    at(37)
    old = program("status", "--json")
    assert (old.code, old.json["tenants"][0]["stale"]) == (4, True)
    assert "OLD" in program("status").out


def begin_elsewhere(home: Path, tenant_key: str, lease: timedelta) -> None:
    """A sync of another machine that is running."""
    with (
        Database(f"sqlite:///{home / 'fleet.db'}") as database,
        database.transaction(actor="nightly", action="run.start", now=DEMO_NOW) as session,
    ):
        tenant = session.query(Tenant).filter_by(key=tenant_key).one()
        session.add(
            Run(
                kind="sync", source=f"intune:{tenant.key}", state="running", actor="nightly", started_at=DEMO_NOW, host="elsewhere",
                process=7, heartbeat_at=DEMO_NOW, lease_until=DEMO_NOW + lease, tenant_id=tenant.id, counts={}, problems=[],
                organisation_id=tenant.organisation_id,
            )
        )  # fmt: skip


def test_a_running_sync_shows_its_heartbeat(home: Path, program: Program, at: Callable[[int], None]) -> None:
    begin_elsewhere(home, "ashmoor", timedelta(minutes=9))
    running = next(one["running"] for one in program("status", "--json").json["tenants"] if one["running"])
    assert (running["host"], running["process"], running["heartbeat_age_seconds"], running["alive"]) == (
        "elsewhere",
        7,
        0,
        True,
    )
    at(1)
    assert "not heard of any more" in program("status").out
    assert program("sync", "--tenant", "ashmoor").code == 4, (
        "a dead holder's lease has ended: it goes on, to a service that is not there"
    )


def test_a_sync_that_finds_one_running_says_who_and_exits_6(
    home: Path, program: Program, told: Callable[[], str]
) -> None:
    """That is nobody's fault: nobody is told."""
    begin_elsewhere(home, "northbridge", timedelta(minutes=9))
    asked = program("sync", "--tenant", "northbridge")
    assert (asked.code, "failed" in told()) == (6, False)
    assert "running since 03:00 UTC on elsewhere, started by nightly" in asked.err
    kept = json.loads((home / "last-sync.json").read_text())
    assert (kept["exit_code"], kept["tenants"][0]["code"]) == (6, "already-running")
    assert program("sync").code == 4, "what is really wrong with the others is graver"


def test_a_failed_night_is_told_once_a_day_and_kept_in_the_file(
    home: Path, program: Program, told: Callable[[], str], at: Callable[[int], None]
) -> None:
    """The demonstration's service is not running: every tenant fails."""

    def night(hours: int) -> Outcome:
        at(hours)
        return program("sync", "--tenant", "northbridge")

    assert night(1).code == 4
    said = "the sync of northbridge failed"
    assert told().startswith("Fleet: the sync of northbridge failed\n")
    kept = json.loads((home / "last-sync.json").read_text())
    assert (kept["exit_code"], kept["tenants"][0]["complete"]) == (4, False)
    assert (night(3).code, told().count(said)) == (4, 1)
    assert (night(24).code, told().count(said)) == (4, 2)
    assert list(home.glob("*.part")) == []


def test_what_ends_soon_is_told_once_for_all(
    home: Path, program: Program, told: Callable[[], str], at: Callable[[int], None]
) -> None:
    """The demonstration has a credential that ends in eighteen days."""
    program("sync", "--tenant", "northbridge")
    at(48)
    program("sync", "--tenant", "northbridge")
    assert told().count("The credential with which Fleet signs in to ashmoor ends on 10 Dec 2026") == 1


def test_nobody_who_can_be_told_costs_the_night_a_line(
    home: Path, program: Program, configure: Callable[[str], None]
) -> None:
    """And the exit code stays that of the night."""
    configure('\n[notify]\ncommand = ["/no/such/program"]\n')
    asked = program("sync", "--tenant", "northbridge")
    assert (asked.code, "command was not told: /no/such/program can't be run" in asked.err) == (4, True)
    assert list((home / "notices").iterdir()) == [], "the next night tries again"


def test_a_register_that_can_not_be_opened_is_told_too(home: Path, program: Program, told: Callable[[], str]) -> None:
    (home / "fleet.db").write_bytes(b"SQLite format 3\x00" + b"nonsense" * 1000)
    assert program("sync").code == 4
    assert told().startswith("Fleet: the sync of every tenant failed\n")


@pytest.mark.parametrize("table", ["[notify]\ncommand = 'page'\n", "[notify]\nwebhook = 'http://hooks.example'\n"])
def test_a_notify_that_makes_no_sense_is_said_and_the_night_goes_on(
    home: Path, program: Program, configure: Callable[[str], None], table: str
) -> None:
    configure(f"\n{table}")
    asked = program("sync", "--tenant", "northbridge")
    assert (asked.code, "Nobody was told" in asked.err) == (4, True)


def test_a_clock_tolerance_that_is_none_is_refused(
    home: Path, program: Program, configure: Callable[[str], None]
) -> None:
    configure("\n[sync]\nclock_tolerance = 'much'\n")
    assert program("sync").code == 2


def test_a_clock_set_back_refuses_in_one_line_and_the_configuration_overrides(
    home: Path, program: Program, configure: Callable[[str], None], at: Callable[[int], None]
) -> None:
    at(-24)
    asked = program("sync", "--tenant", "northbridge")
    assert (asked.code, asked.err.count("clock_tolerance")) == (2, 1)
    configure("\n[sync]\nclock_tolerance = 1500\n")
    assert program("sync", "--tenant", "northbridge").code == 4


# --- deliveries -----------------------------------------------------------------------------------------------

DELIVER = """
[mail]
from = "fleet@northbridge.gov.example"
host = "localhost"
port = {port}
security = "tls"
ca_bundle = "{ca}"
[deliver.health]
report = "sync-health"
every = "night"
format = "csv"
[deliver.health.recipients.all]
folder = "reports"
[deliver.names]
report = "who-has-what"
every = "week"
format = "csv"
unmask = true
reason = "Payroll asked, ticket 4711"
[deliver.names.recipients.northbridge]
mail = "payroll@northbridge.gov.example"
"""


@pytest.fixture
def delivering(home: Path, configure: Callable[[str], None], tmp_path: Path) -> Any:
    """One report masked into a folder, one with names by mail."""
    (home / "reports").mkdir()
    with mail_server(tmp_path) as box:
        configure(DELIVER.format(port=box.port, ca=box.ca))
        yield box


def test_reports_are_planned_delivered_and_listed(home: Path, program: Program, delivering: Any) -> None:
    plan = program("deliver", "plan", "--json").json["deliveries"]
    assert [(one["job"], one["state"]) for one in plan] == [("health", "due"), ("names", "due")]
    run = program("deliver", "run", "--json")
    assert (run.code, [one["state"] for one in run.json["deliveries"]]) == (0, ["sent", "sent"])
    [file] = (home / "reports").iterdir()
    assert file.name == "fleet-health-all-2026-11-22.csv"
    [(to, message)] = delivering.messages
    [attached] = list(message.iter_attachments())
    content = attached.get_content()
    assert (to, "Holder" in content, "Holder initials" in content) == ("payroll@northbridge.gov.example", True, False)
    assert "It shows names and numbers of people" in message.get_body(("plain",)).get_content()
    assert [one["state"] for one in program("deliver", "list", "--json").json] == ["sent", "sent"]
    assert program("deliver", "run", "--json").json["deliveries"][1]["state"] == "sent"
    assert len(delivering.messages) == 1
    assert "Payroll asked, ticket 4711" in program("history", "--limit", "6").out


def test_it_goes_again_only_for_a_reason(home: Path, program: Program, delivering: Any) -> None:
    program("deliver", "run", "names")
    assert program("deliver", "run", "names", "--again").code == 2
    assert program("deliver", "run", "names", "--again", "--reason", "The mailbox lost it").code == 0
    assert len(delivering.messages) == 2


def test_an_auditor_delivers_nothing(
    home: Path, program: Program, delivering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("operator", "add", "asha.penrose", "--role", "administrator", "--all")
    program("operator", "add", "carol", "--role", "auditor", "--all")
    program("operator", "add", "ben", "--role", "technician", "--organisation", "northbridge")
    monkeypatch.setenv("FLEET_OPERATOR", "carol")
    assert (program("deliver", "run").code, delivering.messages) == (5, [])
    assert program("deliver", "plan").code == 0
    monkeypatch.setenv("FLEET_OPERATOR", "ben")
    assert [one["job"] for one in program("deliver", "run", "--json").json["deliveries"]] == ["names"]
    assert program("deliver", "run", "health").code == 5


def test_what_needs_a_look_is_told_and_settled(
    home: Path, program: Program, delivering: Any, told: Callable[[], str]
) -> None:
    delivering.cut_after_data = 1
    run = program("deliver", "run")
    assert (run.code, "fleet deliver settle" in run.err) == (1, True)
    assert "payroll@northbridge.gov.example: unknown" in told()
    [unknown] = program("deliver", "list", "--state", "unknown", "--json").json
    assert program("deliver", "settle", str(unknown["id"]), "--sent", "--reason", "They have it").code == 0
    assert (program("deliver", "run").code, len(delivering.messages)) == (0, 1)
    assert program("deliver", "settle", "99", "--sent").code == 2


def test_a_name_that_is_none_and_a_report_that_is_none_are_said(
    home: Path, program: Program, configure: Callable[[str], None]
) -> None:
    assert "has no [deliver.<name>]" in program("deliver", "plan").err
    configure('\n[deliver.x]\nreport = "estates"\n[deliver.x.recipients.all]\nfolder = "."\n')
    assert program("deliver", "run", "y").code == 2
    assert "Did you mean estate" in program("deliver", "run").err


def test_the_doctor_tells_what_is_wrong_with_the_night_before_it_comes(
    home: Path, program: Program, configure: Callable[[str], None]
) -> None:
    """In one go, each with its table."""
    configure('\n[schedule]\nsync = "late"\n[notify]\ncommand = "page"\n[deliver.x]\nreport = "estate"\n')
    told = program("doctor", "--offline", "--json")
    wrong = [one["sentence"] for one in told.json if one["what"] == "nightly"]
    assert told.code == 2
    assert [one.partition("config.toml: [")[2].partition("]")[0] for one in wrong] == [
        "schedule",
        "deliver.x",
        "notify",
    ]
