"""The port on the real register, on both databases: what screens ask is answered, what they do is one event."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.config import Config, OrganisationConfig
from fleet.database import Database
from fleet.database.models import Finding
from fleet.errors import Conflict, FleetError, NoAccess, NotFound, UsageProblem
from fleet.queries.operators import Access
from tests.conftest import SqliteFiles
from tests.factory import (
    NOW,
    a_device,
    a_line,
    a_model,
    a_person,
    a_sim,
    a_site,
    a_team,
    a_tenant,
    an_enrolment,
    an_organisation,
    write,
)
from tui.near import meant_of
from tui.register import Subject
from tui.sql_register import SqlRegister, open_sql_register
from tui.writes import (
    CloseIncident,
    Decide,
    Extend,
    Issue,
    Move,
    NoteStep,
    Recipient,
    Report,
    Swap,
    TakeBack,
    Transfer,
)

Opened = Callable[..., SqlRegister]


class Estate:
    """A few rows: two iPads, a person with a team, one who left."""

    def __init__(self, database: Database) -> None:
        self.organisation = an_organisation(database)
        tenant = a_tenant(database, self.organisation)
        team = a_team(database, self.organisation)
        self.site = a_site(database, self.organisation)
        model = a_model(database)
        self.person = a_person(
            database, self.organisation, upn="bryn.hale@northbridge.example", team_id=team, hay="bryn hale"
        )
        self.leaver = a_person(
            database, self.organisation, "Ada Moss", state="left", left_on=date(2026, 10, 1), hay="ada moss"
        )
        common = {"model_id": model}
        self.ipad = a_device(database, self.organisation, serial="DMPX00000001", asset_tag="NB-1", **common)
        self.other = a_device(database, self.organisation, serial="DMPX00000002", asset_tag="NB-2", **common)
        an_enrolment(
            database, self.organisation, tenant, self.ipad, device_name="iPad [/x]", last_seen=NOW - timedelta(hours=3)
        )


@pytest.fixture
def estate(database: Database) -> Estate:
    return Estate(database)


@pytest.fixture
def register(database: Database, estate: Estate, tmp_path: object) -> SqlRegister:
    config = Config(
        home=tmp_path,  # type: ignore[arg-type]
        database_url=database.url,
        organisations={"northbridge": OrganisationConfig("northbridge", "Northbridge Council")},
    )
    return SqlRegister(database, Access("j.doe", "administrator", None), config, lambda: NOW)


def issue(person: int, *devices: int, **more: Any) -> Issue:
    """Devices to a person."""
    return Issue(device_ids=devices, to=Recipient(person * 3, "person", person, "somebody"), **more)


def test_devices_are_found_sorted_and_counted(register: SqlRegister) -> None:
    assert [row.asset_tag for row in register.devices("", "asset_tag", True, 0, 10)] == ["NB-2", "NB-1"]
    assert [row.asset_tag for row in register.devices("dmpx00000001", "asset_tag", False, 0, 10)] == ["NB-1"]
    assert register.count_devices("status:in_stock") == 2
    assert [row.asset_tag for row in register.devices("", "", False, 1, 1)] == ["NB-2"]


def test_every_column_that_says_it_sorts_does(register: SqlRegister) -> None:
    from tui.columns import DEVICES

    for column in DEVICES:
        if column.sort:
            assert len(register.devices("", column.sort, False, 0, 10)) == 2


def test_several_columns_sort_one_after_the_other(register: SqlRegister, estate: Estate) -> None:
    register.do(issue(estate.person, estate.other))
    assert [row.asset_tag for row in register.devices("", "-status,asset_tag", False, 0, 10)] == ["NB-2", "NB-1"]
    assert [row.asset_tag for row in register.devices("", "kind,-asset_tag", False, 0, 10)] == ["NB-2", "NB-1"]
    assert [row.asset_tag for row in register.devices("", "kind,-asset_tag", True, 0, 10)] == ["NB-1", "NB-2"]
    with pytest.raises(UsageProblem, match="colour"):
        register.devices("", "kind,colour", False, 0, 10)


def test_a_person_is_exactly_a_name_or_a_sign_in_name_and_the_best_match_comes_first(
    register: SqlRegister, estate: Estate, database: Database
) -> None:
    assert register.resolve_person("bryn HALE") == estate.person
    assert register.resolve_person("bryn.hale@northbridge.example") == estate.person
    assert register.resolve_person("bryn") is None
    assert register.resolve_person("") is None
    halen = a_person(database, estate.organisation, "Bryn Halen", hay="bryn halen")
    a_person(database, estate.organisation, "Abryn Hale", hay="abryn hale")
    found = register.find_recipients("bryn hale", 10)
    assert [row.target for row in found][:2] == [estate.person, halen]


def test_a_misspelt_name_finds_the_nearest_only_where_nothing_is_exactly_that(
    register: SqlRegister, estate: Estate
) -> None:
    """The rows say which search they answer, and the number is theirs; a site of that name comes before people like it."""
    found = register.people("brny", 0, 10)
    assert ([row.name for row in found], meant_of(found), register.count_people("brny")) == (["Bryn Hale"], "bryn", 1)
    assert meant_of(register.people("bryn", 0, 10)) is None
    assert (list(register.people("brny", 10, 10)), register.count_people("zzzz")) == ([], 0)
    register.do(issue(estate.person, estate.ipad))
    rows, whole = register.first_devices("halle status:issued", "closest,asset_tag", False, 10)
    assert ([row.asset_tag for row in rows], whole, meant_of(rows)) == (["NB-1"], True, "hale status:issued")
    assert register.count_devices("halle status:issued") == 1
    assert (list(register.devices("halle status:lost", "asset_tag", False, 0, 10)), register.count_devices("x-1")) == (
        [],
        0,
    )
    assert meant_of(register.find_recipients("brny", 10)) == "bryn"


def test_a_recorded_number_is_on_the_card_and_another_one_in_intune_is_marked(
    register: SqlRegister, estate: Estate, database: Database
) -> None:
    line = a_line(database, estate.organisation, number="+447700900123")
    a_sim(database, estate.organisation, device_id=estate.ipad, line_id=line)
    facts = {fact.label: fact for fact in register.device_card(estate.ipad).facts if fact.group == "Recorded"}
    assert facts["Phone number"].value == "+447700900123"
    assert not facts["Phone number"].disagrees


def test_a_filter_that_means_nothing_is_refused(register: SqlRegister) -> None:
    with pytest.raises(UsageProblem, match="colour"):
        register.devices("colour:red", "asset_tag", False, 0, 10)


def test_an_identifier_is_one_device_or_none(register: SqlRegister, estate: Estate) -> None:
    assert register.resolve("dmpx00000001") == estate.ipad
    assert register.resolve("SDMPX00000001") == estate.ipad
    assert register.resolve("NB-2") == estate.other
    assert register.resolve("NB") is None


def test_a_card_says_who_says_what_and_how_old_it_is(register: SqlRegister, estate: Estate) -> None:
    card = register.device_card(estate.ipad)
    assert {fact.group for fact in card.facts} == {"Recorded", "Intune"}
    assert {fact.said_at for fact in card.facts if fact.group == "Intune"} == {NOW - timedelta(hours=3)}
    assert card.timeline


def test_people_are_found_and_those_who_left_come_last(register: SqlRegister) -> None:
    assert [row.name for row in register.find_recipients("", 10, people_only=True)] == ["Bryn Hale", "Ada Moss"]
    places = [(row.kind, row.name) for row in register.find_recipients("", 10)][2:]
    assert places == [("site", "Town Hall"), ("team", "Adult Care")]
    assert len({row.id for row in register.find_recipients("", 10)}) == 4
    assert register.count_people("") == 2
    assert [row.name for row in register.people("bryn", 0, 10)] == ["Bryn Hale"]


def test_what_issuing_would_warn_of_is_known_and_nothing_is_written(register: SqlRegister, estate: Estate) -> None:
    before = register.change_mark()
    assert any("has left" in warning for warning in register.try_out(issue(estate.leaver, estate.ipad)))
    assert register.change_mark() == before
    assert register.devices("NB-1", "", False, 0, 1)[0].holder is None


def test_devices_are_issued_returned_and_undone_each_in_one_event(register: SqlRegister, estate: Estate) -> None:
    due = NOW.date() + timedelta(days=14)
    issued = register.do(issue(estate.person, estate.ipad, estate.other, due_on=due, reason="REQ-1"))
    assert issued.event_id is not None
    assert issued.sentence == "2 devices issued."
    assert [row.holder for row in register.devices("", "", False, 0, 10)] == ["Bryn Hale", "Bryn Hale"]
    assert len(register.person_card(estate.person).devices) == 2
    returned = register.do(TakeBack(device_ids=(estate.ipad,)))
    assert returned.sentence.startswith("NB-1 returned")
    assert register.preview_undo(issued.event_id)
    assert returned.event_id is not None
    lines = register.preview_undo(returned.event_id)
    assert sum(line.changes for line in lines) == register.history("", None, 0, 1)[0].changes
    assert lines
    news = register.meanwhile((estate.ipad, estate.other), issued.event_id)
    assert [row.id for row in news.devices] == [estate.ipad, estate.other]
    assert len(news.told) == 1 and ": Returned: NB-1 " in news.told[0]
    assert register.newest_event() == returned.event_id
    assert all(line.kept_because is None for line in lines)
    undone = register.undo(returned.event_id, "wrong one")
    assert undone.event_id is not None
    assert register.device_card(estate.ipad).row.holder == "Bryn Hale"
    newest = register.history("", None, 0, 3)
    assert (newest[0].id, newest[1].undone_by) == (undone.event_id, undone.event_id)


def test_the_lines_of_a_list_name_devices_each_once(register: SqlRegister, estate: Estate) -> None:
    named = register.named(["nb-1", "ZZ-9", "NB-1", " "])
    assert [row.id for row in named.devices] == [estate.ipad]
    assert (list(named.unknown), list(named.several)) == (["ZZ-9", " "], [])


def test_what_somebody_has_is_not_issued_again(register: SqlRegister, estate: Estate) -> None:
    register.do(issue(estate.person, estate.ipad))
    with pytest.raises(Conflict, match="Bryn Hale"):
        register.do(issue(estate.leaver, estate.ipad))
    assert "already issued" in register.try_out(issue(estate.leaver, estate.ipad))[0]


def test_the_history_of_one_thing_is_told_apart(register: SqlRegister, estate: Estate) -> None:
    register.do(issue(estate.person, estate.other))
    about = Subject("device", estate.other, "NB-2")
    assert register.count_history("", about) == len(register.history("", about, 0, 50))
    assert register.count_history("", about) < register.count_history("", None)
    assert register.history("", Subject("person", estate.person, "Bryn Hale"), 0, 1)


def test_the_mark_moves_with_every_change(register: SqlRegister, estate: Estate) -> None:
    before = register.change_mark()
    assert register.change_mark() == before
    register.do(issue(estate.person, estate.ipad))
    assert register.change_mark() != before


def test_the_header_knows_the_tenants(register: SqlRegister) -> None:
    summary = register.summary()
    assert (summary.title, summary.devices, summary.people) == ("Northbridge Council", 2, 2)
    assert [(one.name, one.at) for one in summary.syncs] == [("Northbridge", None)]


def test_nothing_found_is_an_empty_list_and_nothing_there_is_said(register: SqlRegister) -> None:
    assert register.findings("", None, 0, 10) == []
    assert register.finding_groups() == []
    assert (register.count_findings("", None), register.count_runs(""), register.count_runs("x")) == (0, 0, 0)
    assert register.runs("", 0, 10) == []
    for read in (register.device_card, register.person_card, register.finding_card):
        with pytest.raises(NotFound):
            read(99_999)


def test_an_auditor_reads_and_does_not_write(database: Database, estate: Estate, register: SqlRegister) -> None:
    auditor = SqlRegister(database, Access("a.udit", "auditor", None), register.config, lambda: NOW)
    assert len(auditor.devices("", "", False, 0, 10)) == 2
    with pytest.raises(NoAccess, match="may read"):
        auditor.do(issue(estate.person, estate.ipad))


def test_a_register_is_opened_from_its_configuration(database: Database, estate: Estate, register: SqlRegister) -> None:
    opened = open_sql_register(register.config, lambda: NOW)
    try:
        assert opened.count_devices("") == 2
    finally:
        opened.close()


def test_findings_follow_what_was_just_done_on_the_screen(database: Database, estate: Estate, tmp_path: Path) -> None:
    organisations = {"northbridge": OrganisationConfig("northbridge", "Northbridge Council")}
    config = Config(home=tmp_path, database_url=database.url, organisations=organisations)
    opened = open_sql_register(config, lambda: NOW)
    try:
        assert opened.count_findings("", None) == 0
        opened.do(issue(estate.leaver, estate.ipad))
        assert [row.rule for row in opened.findings("", None, 0, 9)] == ["leaver-holds"]
        opened.do(TakeBack(device_ids=(estate.ipad,)))
        assert opened.count_findings("", None) == 0
    finally:
        opened.close()


def test_a_device_is_shared_swapped_passed_on_and_extended(register: SqlRegister, estate: Estate) -> None:
    site = Recipient(estate.site * 3 + 1, "site", estate.site, "Town Hall")
    register.do(Issue(device_ids=(estate.ipad,), to=site))
    assert register.device_card(estate.ipad).row.holder == "Town Hall"
    register.do(TakeBack(device_ids=(estate.ipad,), condition="cracked", status="in_repair"))
    assert register.device_card(estate.ipad).row.status == "in_repair"
    register.do(issue(estate.person, estate.other, due_on=NOW.date() + timedelta(days=1)))
    register.do(Extend(device_ids=(estate.other,), due_on=NOW.date() + timedelta(days=9)))
    assert register.device_card(estate.other).row.due_on == NOW.date() + timedelta(days=9)
    register.do(Move(device_ids=(estate.ipad,), status="in_stock"))
    assert register.try_out(Swap(old_id=estate.other, new_key="nothing"))[0].startswith("No device is known")
    swapped = register.do(Swap(old_id=estate.other, new_key="NB-1"))
    assert register.device_card(estate.ipad).row.holder == "Bryn Hale"
    assert swapped.event_id is not None
    leaver = Recipient(0, "person", estate.leaver, "Ada Moss")
    told = register.do(Transfer(device_ids=(estate.ipad,), to=leaver))
    assert any("has left" in warning for warning in told.warnings)
    with pytest.raises(NotFound, match="to a person"):
        register.do(Transfer(device_ids=(estate.ipad,), to=site))


def test_a_loss_has_a_run_sheet_until_it_is_found_again(register: SqlRegister, estate: Estate) -> None:
    register.do(issue(estate.person, estate.ipad))
    assert not register.find_open_incident(estate.ipad)
    with pytest.raises(UsageProblem, match="future"):
        register.do(Report(device_id=estate.ipad, kind="lost", day=NOW.date() + timedelta(days=1)))
    register.do(Report("left on a bus", device_id=estate.ipad, kind="lost", day=NOW.date()))
    assert register.find_open_incident(estate.ipad)
    register.do(NoteStep("told Wyn", device_id=estate.ipad, step="dpo-told", at=NOW - timedelta(hours=1)))
    sheet = register.run_sheet(estate.ipad)
    assert (sheet.kind, sheet.occurred_on, sheet.closed_at) == ("lost", NOW.date(), None)
    assert [(step.key, step.done_by, step.note) for step in sheet.steps if step.done_at] == [
        ("dpo-told", "j.doe", "told Wyn")
    ]
    assert "lost-mode" in [step.key for step in sheet.steps if step.done_at is None]
    assert [one.device for one in register.today().incidents] == ["NB-1"]
    register.do(CloseIncident("in the depot", device_id=estate.ipad, found=True))
    assert register.device_card(estate.ipad).row.status == "found"
    assert register.run_sheet(estate.ipad).closed_at == NOW
    with pytest.raises(NotFound):
        register.run_sheet(estate.other)


def test_findings_are_decided_and_the_decision_is_undone(
    database: Database, register: SqlRegister, estate: Estate
) -> None:
    finding = Finding(
        organisation_id=estate.organisation, rule="jailbroken", identity="1", severity="high", state="open",
        subject_type="device", subject_id=estate.ipad, subject="NB-1", sentence="It is.", evidence={}, first_seen=NOW,
        last_seen=NOW,
    )  # fmt: skip
    write(database, finding)
    told = register.do(Decide("it is a test device", finding_ids=(finding.id,), state="acknowledged"))
    assert told.sentence == "1 finding acknowledged."
    assert register.count_findings("", None) == 0
    assert told.event_id is not None
    register.undo(told.event_id, None)
    assert register.count_findings("", None) == 1
    register.do(Decide(finding_ids=(finding.id,), state="snoozed", until=NOW.date() + timedelta(days=7)))
    assert register.count_findings("", None) == 0


def test_the_morning_is_told(register: SqlRegister, estate: Estate) -> None:
    register.do(issue(estate.leaver, estate.ipad))
    today = register.today()
    assert [(pile.count, [item.name for item in pile.items]) for pile in today.piles] == [
        (0, []),
        (1, ["Ada Moss"]),
        (0, []),
    ]
    assert [(bar.number, bar.target.place) for bar in today.stock] == [(1, "devices")]
    assert [(tenant.name, tenant.at) for tenant in today.tenants] == [("Northbridge Council", None)]
    for bar in today.stock:
        assert register.count_devices(bar.target.text) == bar.number
    assert register.count_devices(today.piles[0].target.text) == 0


def test_what_is_shown_is_written_to_a_file(sqlite: SqliteFiles, tmp_path: Path) -> None:
    with Database(sqlite.migrated()) as database:
        estate = Estate(database)
        config = Config(home=tmp_path, database_url=database.url, operator="j.doe")
        register = SqlRegister(database, Access("j.doe", "administrator", None), config, lambda: NOW)
        path = tmp_path / "estate.csv"
        assert "1 devices" in register.export("NB-1", str(path))
        assert estate.ipad
    assert len(path.read_text(encoding="utf-8-sig").splitlines()) == 2
    with pytest.raises(FleetError, match="exists"):
        register.export("", str(path))
