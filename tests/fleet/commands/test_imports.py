"""A file from preview to undo: the counts add up, nothing is erased, invented or half done."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands.imports import ImportOptions, Preview, already_imported, apply_file, load, preview_file
from fleet.commands.undo import events_of_run
from fleet.database import Database
from fleet.database.models import Assignment, Device, DeviceModel, Line, Run, Sim, Site
from fleet.domain.records import ObservedTenant
from fleet.errors import BadFile, Conflict, NoAccess, NotAllowed, RefusedByBrake, UsageProblem
from fleet.exports import write_report
from fleet.queries.runs import run_problems, run_row
from tests.factory import ACTOR, NOW, TODAY, a_night, an_observed_device, value
from tests.fleet.commands.estate import Estate, an_estate, differing, replayed, rows_of
from tests.importers.workbook_bytes import workbook

HEAD = "Serial number,Asset tag,Model,Location,Team,Status,Email,Notes\n"
INTUNE = (
    "Device ID,Device name,Enrollment date,Last check-in,OS version,Serial number,Manufacturer,Model,IMEI,Primary user UPN\n"
    "11111111-1111-4111-8111-111111111111,iPad 1,2026-03-02,2026-11-20,26.1,DMPX000501,Apple,iPad Air,352099001761481,b@n.example\n"
    "22222222-2222-4222-8222-222222222222,iPad 2,2026-03-02,2026-11-20,26.1,NORX000001,Apple,iPad (10th generation),,c@n.example\n"
)


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database)


def preview(estate: Estate, text: str | bytes, name: str = "register.csv", **options: Any) -> Preview:
    data = text.encode() if isinstance(text, str) else text
    with estate.database.read() as session:
        return preview_file(session, data, name, ImportOptions(**options), now=estate.now)


def take_in(estate: Estate, text: str | bytes, name: str = "register.csv", **options: Any) -> Preview:
    """Preview and apply the same bytes: both must say the same."""
    data = text.encode() if isinstance(text, str) else text
    seen = preview(estate, data, name, **options)
    done = apply_file(
        estate.database, data, name, ImportOptions(**options), actor=ACTOR, now=estate.now, previewed=seen.digest
    )
    assert (seen.counts, seen.as_json()["changes"], codes(seen)) == (
        done.counts,
        done.as_json()["changes"],
        codes(done),
    )
    assert done.counts["read"] == sum(number for name, number in done.counts.items() if name != "read")
    assert differing(replayed(estate.database), rows_of(estate.database)) == []
    return done


def codes(seen: Preview) -> list[str]:
    return [one["code"] for one in seen.as_json()["problems"]]


def row(estate: Estate, serial: str) -> Device:
    with estate.database.read() as session:
        return session.execute(select(Device).where(Device.serial == serial)).scalar_one()


def test_a_register_as_a_workbook_from_preview_to_undo(estate: Estate) -> None:
    """New, changed, unchanged, skipped and rejected rows; then the same file is nothing to do; then it never was."""
    before = rows_of(estate.database)
    rows = [
        ["Serial number", "Asset tag", "Model", "Location", "Status", "Email", "Notes"],
        ["DMPX000601", "NB-0601", "iPad Air", "Town Hall", "", "bryn@northbridge.example", ""],
        ["NORX000001", "NO-0001", "", "Hafod House", "", "", "cracked corner"],
        ["NORX000002", "NO-0002", "", "", "", "", ""],
        ["", "", "iPad Air", "Town Hall", "", "", "which one is this?"],
        ["Total", "3", "", "", "", "", ""],
    ]
    data = workbook(("Register", rows))
    done = take_in(estate, data, "register.xlsx")
    assert done.counts == {"read": 5, "new": 1, "changed": 1, "unchanged": 1, "skipped": 1, "rejected": 1}
    assert row(estate, "NORX000001").notes == "cracked corner"
    new = row(estate, "DMPX000601")
    assert (new.status, new.kind, new.asset_tag) == ("issued", "ipad", "NB-0601")
    again = preview(estate, data, "register.xlsx")
    assert (again.counts["new"], again.counts["changed"], again.counts["unchanged"]) == (0, 0, 3)
    with estate.database.read() as session:
        assert already_imported(session, done.digest) == estate.now
        assert events_of_run(session, done.run or 0) == [done.event]
        assert run_row(session, done.run or 0).counts == done.counts
        assert len(run_problems(session, done.run or 0)) == len(codes(done))
    plan, _ = estate.undo(done.event)
    assert plan.kept == []
    assert differing(before, rows_of(estate.database)) == []
    with estate.database.read() as session:
        assert already_imported(session, done.digest) is None


def test_an_intune_export_brings_identities_and_nothing_that_the_sync_knows_better(estate: Estate) -> None:
    """A new device, a known one, and neither holders nor enrolments."""
    done = take_in(estate, INTUNE, "DevicesWithInventory.csv")
    assert done.interpretation.layout.key == "intune-devices"
    assert (done.counts["new"], done.counts["unchanged"]) == (1, 1)
    new = row(estate, "DMPX000501")
    assert (new.imei, new.status, new.enrolment_id) == ("352099001761481", "in_stock", None)
    assert rows_of(estate.database)["enrolment"] == {} and rows_of(estate.database)["assignment"] == {}
    found = estate.sync(a_night(devices=0, people=0))
    assert found.error is None


def test_a_persons_own_device_is_never_recorded_from_a_file(estate: Estate) -> None:
    """Neither as one of the organisation's nor at all; it is told and nothing is written."""
    before = rows_of(estate.database)
    text = (
        INTUNE.replace("Primary user UPN", "Ownership")
        .replace(",b@n.example", ",Personal")
        .replace(",c@n.example", ",Personal")
    )
    done = take_in(estate, text, "DevicesWithInventory.csv")
    assert codes(done) == ["own-device", "own-device"]
    assert (done.counts["new"], done.counts["unchanged"]) == (0, 2)
    assert differing(before, rows_of(estate.database)) == []


def test_a_proposal_is_taken_where_a_person_accepts_its_cause(estate: Estate) -> None:
    """The S that a scanner put before Apple's serial."""
    text = "Serial number,Asset tag\nSDMPX000701,NO-0701\n"
    assert preview(estate, text).plan.new[0].after["serial"] == "SDMPX000701"
    take_in(estate, text, accept=frozenset({"serial-scanned"}))
    assert row(estate, "DMPX000701").asset_tag == "NO-0701"


def test_a_blank_never_erases(estate: Estate) -> None:
    """Whatever columns are blank: the register keeps what it has."""
    before = rows_of(estate.database)
    done = take_in(estate, HEAD + "NORX000001,,,,,,,\nNORX000002,-,n/a,,,,,\n")
    assert done.counts["changed"] == 0 and done.counts["unchanged"] == 2
    assert differing(before, rows_of(estate.database)) == []


def test_a_blank_erases_where_a_person_asks_for_it_and_nothing_else(estate: Estate) -> None:
    """Of one field; what the file has no column for stays, and a field that identifies a device can't be asked for."""
    take_in(estate, HEAD + "NORX000001,NO-0001,,,,,,cracked corner\n")
    before = rows_of(estate.database)
    done = take_in(estate, HEAD + "NORX000001,,,,,,,\n", erase=frozenset({"notes"}))
    assert done.as_json()["changes"][0]["fields"] == {"notes": ["cracked corner", None]}
    held = row(estate, "NORX000001")
    assert (held.notes, held.asset_tag, held.site_id) == (None, "NO-0001", estate.sites[1])
    again = preview(estate, "Serial number\nNORX000001\n", erase=frozenset({"asset_tag"}))
    assert again.counts["unchanged"] == 1
    with pytest.raises(UsageProblem, match="serial can't be erased"):
        preview(estate, HEAD + "NORX000001,,,,,,,\n", erase=frozenset({"serial"}))
    estate.undo(done.event)
    assert differing(before, rows_of(estate.database)) == []


def test_places_are_made_only_when_asked_and_once_however_they_are_spelt(estate: Estate) -> None:
    """Without --create they are proposed; models are made, once."""
    text = HEAD + "DMPX000601,,iPad Air,Annex,Night Team,,,\nDMPX000602,,IPAD AIR,ANNEX,night team,,,\n"
    proposed = take_in(estate, text)
    assert proposed.plan.proposals == {"site": {"Annex"}, "team": {"Night Team"}, "model": {"iPad Air"}}
    assert codes(proposed).count("unknown-site") == 2 and codes(proposed).count("unknown-team") == 2
    made = take_in(estate, text, create=True)
    assert made.counts["changed"] == 2
    with estate.database.read() as session:
        sites = session.execute(select(Site.name).where(Site.name.ilike("annex"))).scalars().all()
        models = session.execute(select(DeviceModel.name).where(DeviceModel.name.ilike("ipad air"))).scalars().all()
    assert (sites, models) == (["Annex"], ["iPad Air"])
    assert row(estate, "DMPX000601").site_id == row(estate, "DMPX000602").site_id is not None


def test_a_holder_is_issued_with_what_nobody_has_and_the_register_wins_otherwise(estate: Estate) -> None:
    """Free: issued; the same holder: nothing; another holder, unknown or namesakes: said and left."""
    estate.issue(estate.devices[1:2], person_id=estate.people[1])
    estate.issue(estate.devices[2:3], person_id=estate.people[1])
    text = HEAD + (
        "NORX000001,,,,,,BRYN@northbridge.example,\nNORX000002,,,,,,bryn@northbridge.example,\n"
        "NORX000003,,,,,,mair@northbridge.example,\nNORX000004,,,,,,nobody@northbridge.example,\n"
    )
    done = take_in(estate, text)
    assert sorted(codes(done)) == ["holder-kept", "unknown-person"]
    assert done.counts["changed"] == 1 and done.counts["unchanged"] == 3
    with estate.database.read() as session:
        held = session.execute(select(Assignment.device_id, Assignment.person_id).order_by(Assignment.device_id)).all()
    assert [tuple(one) for one in held] == [(one, estate.people[1]) for one in estate.devices[:3]]
    assert row(estate, "NORX000001").status == "issued"


def test_a_file_is_undone_to_the_status_and_day_that_were(estate: Estate) -> None:
    """History keeps what was before also where the file did not say it."""
    before = rows_of(estate.database)
    done = take_in(estate, HEAD + "NORX000001,,,,,,bryn@northbridge.example,\nNORX000002,,,,,in repair,,\n")
    plan, _ = estate.undo(done.event)
    assert plan.kept == [] and differing(before, rows_of(estate.database)) == []


@pytest.mark.parametrize(
    ("line", "status", "held", "problems"),
    [
        ("DMPX000700,,,,,,bryn@northbridge.example,", "issued", True, []),
        ("DMPX000700,,,,,lost,bryn@northbridge.example,", "lost", True, []),
        ("DMPX000700,,,,,disposed,bryn@northbridge.example,", "disposed", False, ["not-issued"]),
        ("DMPX000700,,,,,in stock,bryn@northbridge.example,", "in_stock", False, ["not-issued"]),
        ("DMPX000700,,,,,issued,,", "in_stock", False, ["issued-to-nobody"]),
        ("NORX000001,,,,,issued,bryn@northbridge.example,", "issued", True, []),
        ("NORX000001,,,,,in repair,bryn@northbridge.example,", "in_repair", True, []),
        ("NORX000001,,,,,prepared,bryn@northbridge.example,", "prepared", False, ["not-issued"]),
        ("NORX000001,,,,,issued,,", "in_stock", False, ["status-kept"]),
        (
            "NORX000001,,,,,issued,nobody@northbridge.example,",
            "in_stock",
            False,
            ["unknown-person", "issued-to-nobody"],
        ),
        ("NORX000001,,,,,disposed,,", "in_stock", False, ["status-kept"]),
        ("NORX000001,,,,,retired,,", "retired", False, []),
        ("NORX000006,,,,,in stock,,", "issued", True, ["status-kept"]),
        ("NORX000006,,,,,lost,,", "lost", True, []),
    ],
)
def test_a_file_may_say_of_a_status_what_a_person_could(
    sqlite_estate: Estate, line: str, status: str, held: bool, problems: list[str]
) -> None:
    """And never issues or returns by a word, nor contradicts itself silently."""
    sqlite_estate.issue(sqlite_estate.devices[5:], person_id=sqlite_estate.people[2])
    done = take_in(sqlite_estate, HEAD + line + "\n")
    device = row(sqlite_estate, line.split(",", 1)[0])
    with sqlite_estate.database.read() as session:
        opened = session.execute(
            select(Assignment.id).where(Assignment.device_id == device.id, Assignment.returned_on.is_(None))
        ).all()
    assert (device.status, bool(opened), codes(done)) == (status, held, problems)


@pytest.fixture
def sqlite_estate(sqlite: Any) -> Any:
    with Database(sqlite.migrated(), create=False) as opened:
        yield an_estate(opened)


def test_an_issue_of_long_ago_does_not_overlap_the_holder_before(estate: Estate) -> None:
    """Taken as issued when the device came back; said."""
    estate.issue(estate.devices[:1], person_id=estate.people[0], on=TODAY - timedelta(days=20))
    estate.take_back(estate.devices[:1], on=TODAY - timedelta(days=5))
    text = f"Serial number,Email,Issued on\nNORX000001,bryn@northbridge.example,{TODAY - timedelta(days=9):%d/%m/%Y}\n"
    done = take_in(estate, text)
    assert codes(done) == ["issued-later"]
    with estate.database.read() as session:
        issued = session.execute(select(Assignment.issued_on).where(Assignment.returned_on.is_(None))).scalar_one()
    assert issued == TODAY - timedelta(days=5)


def test_rejected_rows_are_mended_and_come_in(estate: Estate) -> None:
    """The file of rejected rows keeps their cells, says why, and is read again once mended; the first file goes in as it is."""
    estate.set(Device, estate.devices[0], imei="352099001761481")
    text = "Serial number,IMEI,Asset tag,Notes\nNORX000002,352099001761481,,two devices\nNORX000003,,,fine\n"
    done = take_in(estate, text)
    assert codes(done) == ["several-devices"] and done.counts["rejected"] == 1
    rejected = done.rejected_file()
    assert rejected is not None and "its identifiers belong to different devices" in rejected
    mended = rejected.replace("352099001761481", "")
    again = take_in(estate, mended)
    assert again.counts["changed"] == 1 and row(estate, "NORX000002").notes == "two devices"
    assert again.rejected_file() is None


def test_other_bytes_than_were_previewed_are_refused(estate: Estate) -> None:
    """Before anything is written, the run included."""
    seen = preview(estate, HEAD + "NORX000001,,,,,,,x\n")
    with pytest.raises(NotAllowed, match="changed since it was previewed"):
        apply_file(
            estate.database, (HEAD + "NORX000001,,,,,,,y\n").encode(), "register.csv", ImportOptions(), actor=ACTOR,
            now=estate.now, previewed=seen.digest,
        )  # fmt: skip
    with estate.database.read() as session:
        assert session.execute(select(Run.id)).all() == []


def test_an_import_that_fails_half_way_leaves_nothing_but_its_failed_run(estate: Estate) -> None:
    """Here the last row breaks a rule of the database that no reading shows: its tag is on somebody's own device."""
    with estate.database.transaction(actor=ACTOR, action="test", now=estate.now) as session:
        own = Device(organisation_id=estate.organisation, kind="iphone", ownership="personal", status="issued")
        own.asset_tag = "NB-0802"
        session.add(own)
    before = rows_of(estate.database)
    text = HEAD + "DMPX000801,NB-0801,iPad Air,Annex,,,bryn@northbridge.example,\nDMPX000802,NB-0802,,,,,,\n"
    with pytest.raises(Conflict):
        apply_file(
            estate.database, text.encode(), "register.csv", ImportOptions(create=True), actor=ACTOR, now=estate.now
        )
    assert differing(before, rows_of(estate.database)) == []
    with estate.database.read() as session:
        run = session.execute(select(Run)).scalar_one()
    assert (run.state, run.event_id) == ("failed", None) and run.error


def test_an_operator_of_one_council_imports_sees_and_undoes_within_its_walls(estate: Estate) -> None:
    """The run is that council's; an auditor writes nothing, not even a run."""
    an_estate(estate.database, 1, key="eastmoor")
    scope = frozenset({estate.organisation})
    data = (HEAD + "DMPX000901,NB-0901,,,,,,\n").encode()
    with pytest.raises(NoAccess):
        apply_file(
            estate.database, data, "a.csv", ImportOptions(), actor="auditor", now=NOW, scope=scope, may_write=False
        )
    done = apply_file(estate.database, data, "a.csv", ImportOptions(), actor=ACTOR, now=NOW, scope=scope)
    with estate.database.read(scope) as session:
        assert [one.id for one in session.execute(select(Run)).scalars()] == [done.run]
        assert events_of_run(session, done.run or 0) == [done.event]
    estate.undo(done.event, scope=scope)
    with estate.database.read() as session:
        assert session.execute(select(Device.id).where(Device.serial == "DMPX000901")).all() == []


def test_a_row_of_what_stands_behind_the_walls_is_rejected_and_the_others_go_on(estate: Estate) -> None:
    """Neither recorded once more for the operator's own council, nor a refusal of the whole file; nothing of it is shown."""
    an_estate(estate.database, 1, key="eastmoor")
    scope = frozenset({estate.organisation})
    text = (
        "Serial number,Organisation,Asset Tag,Notes\nDMPX000901,northbridge,NB-0901,a\nEASX000001,,,b\n"
        + "DMPX000902,Eastmoor Council,,c\n"
    )
    done = apply_file(estate.database, text.encode(), "a.csv", ImportOptions(), actor=ACTOR, now=NOW, scope=scope)
    assert (done.counts["new"], done.counts["rejected"]) == (1, 2)
    assert [(one.row, one.code, one.column) for one in done.plan.problems] == [
        (3, "out-of-reach", "serial"),
        (4, "out-of-reach", "organisation"),
    ]
    with estate.database.read() as session:
        serials = session.execute(select(Device.serial).where(Device.organisation_id == estate.organisation)).scalars()
        assert "DMPX000901" in (found := set(serials)) and "DMPX000902" not in found


def test_an_operator_of_two_councils_imports_for_both(estate: Estate) -> None:
    """A run that no one council owns is finished all the same."""
    eastmoor = an_estate(estate.database, 1, key="eastmoor")
    an_estate(estate.database, 1, key="westdale")
    data = b"Serial number,Organisation,Notes\nNORX000001,northbridge,a\nEASX000001,Eastmoor Council,b\n"
    scope = frozenset({estate.organisation, eastmoor.organisation})
    done = apply_file(estate.database, data, "both.csv", ImportOptions(), actor=ACTOR, now=NOW, scope=scope)
    assert done.counts["changed"] == 2
    assert value(estate.database, Run.state, done.run or 0) == "complete"


def test_the_brake_stops_a_file_that_takes_away_too_much(database: Database) -> None:
    """More than max(5, 5%) of a council: refused with the number, until a person confirms it with a reason."""
    estate = an_estate(database, 20)
    few, many = (
        (HEAD + "".join(f"NORX{n:06d},,,,,retired,,\n" for n in range(1, last + 1))).encode() for last in (5, 7)
    )
    before = rows_of(database)
    with pytest.raises(RefusedByBrake, match=r"takes 7 of 20 devices out of use.*--confirm 7") as refusal:
        apply_file(database, many, "many.csv", ImportOptions(), actor=ACTOR, now=NOW)
    assert refusal.value.facts["limit"] == 5
    assert differing(before, rows_of(database)) == []
    with database.read() as session:
        assert [run.state for run in session.execute(select(Run)).scalars()] == ["refused"]
    with pytest.raises(UsageProblem, match="--reason"):
        apply_file(database, many, "many.csv", ImportOptions(confirm=7), actor=ACTOR, now=NOW)
    with pytest.raises(RefusedByBrake):
        apply_file(database, many, "many.csv", ImportOptions(confirm=8, reason="sold"), actor=ACTOR, now=NOW)
    apply_file(database, many, "many.csv", ImportOptions(confirm=7, reason="sold"), actor=ACTOR, now=NOW)
    assert apply_file(database, few, "few.csv", ImportOptions(), actor=ACTOR, now=NOW).counts["unchanged"] == 5
    assert estate.devices


def test_hostile_cells_stay_text(estate: Estate) -> None:
    """Formulas, escapes and markup go in as they are and come out inert where a program could run them."""
    hostile = ['=HYPERLINK("http://x","y")', "[bold]a[/]", "@click=quit()", "'; DROP TABLE device; --", "\u202eabc"]
    data = workbook(("S", [["Serial number", "Notes"], *([f"NORX{n:06d}", text] for n, text in enumerate(hostile, 1))]))
    done = take_in(estate, data, "hostile.xlsx")
    stored = [row(estate, f"NORX{number:06d}").notes for number in range(1, len(hostile) + 1)]
    assert stored[1:] == [*hostile[1:4], "abc"] and done.rejected_file() is None
    rejected = preview(estate, "Asset tag,Serial number,Model,Notes\n,,iPad Air,=cmd|' /C calc'!A1\n").rejected_file()
    assert rejected is not None and "'=cmd" in rejected


def test_what_is_no_file_at_all_is_refused_with_a_sentence() -> None:
    with pytest.raises(BadFile, match="can't be read"):
        load(Path("/nowhere/at/all.csv"))


# --- SIMs and numbers ---------------------------------------------------------------------------------------------

CARDS = "Serial number,ICCID,Mobile number,Carrier,Tariff\n"
ICCIDS = ("8944100000000000018", "8944100000000000026", "8944100000000000034")


def connections(estate: Estate) -> list[tuple[Any, ...]]:
    with estate.database.read() as session:
        rows = session.execute(
            select(Sim.iccid, Device.serial, Line.number, Line.carrier, Line.tariff, Sim.state)
            .outerjoin(Device, Device.id == Sim.device_id)
            .outerjoin(Line, Line.id == Sim.line_id)
            .order_by(Sim.iccid)
        )
        return [tuple(one) for one in rows]


def test_a_file_brings_sims_and_numbers_with_their_devices(estate: Estate) -> None:
    """New SIM and line; the same file again is nothing to do; new terms change the line; all of it is undone."""
    before = rows_of(estate.database)
    text = CARDS + f"NORX000001,{ICCIDS[0]},07700 900123,Vodafone,Data 5GB\nDMPX000901,{ICCIDS[1]},,,\n"
    done = take_in(estate, text)
    assert connections(estate) == [
        (ICCIDS[0], "NORX000001", "+447700900123", "Vodafone", "Data 5GB", "active"),
        (ICCIDS[1], "DMPX000901", None, None, None, "active"),
    ]
    assert preview(estate, text).counts["unchanged"] == 2
    terms = take_in(estate, text.replace("Data 5GB", "Data 20GB"))
    assert terms.counts["changed"] == 1 and connections(estate)[0][4] == "Data 20GB"
    late = take_in(estate, CARDS + "DMPX000901,,+44 7700 900456,EE,\n")
    assert late.counts["changed"] == 1 and connections(estate)[1][2:4] == ("+447700900456", "EE")
    for one in (late, terms, done):
        plan, _ = estate.undo(one.event)
        assert plan.kept == []
    assert differing(before, rows_of(estate.database)) == []


def test_a_sim_from_the_drawer_goes_into_the_device(estate: Estate) -> None:
    """Recorded, in stock and in no device: that is no move."""
    estate.add(Sim(organisation_id=estate.organisation, iccid=ICCIDS[0], state="stock"))
    line = Line(organisation_id=estate.organisation, number="+447700900123", carrier="EE")
    estate.add(line)
    take_in(estate, CARDS + f"NORX000001,{ICCIDS[0]},07700900123,,\n")
    assert connections(estate) == [(ICCIDS[0], "NORX000001", "+447700900123", "EE", None, "active")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"NORX000002,{ICCIDS[0]},,,", "sim-elsewhere"),
        (f"NORX000001,{ICCIDS[1]},,,", "other-sim"),
        (f"NORX000001,{ICCIDS[0]},07700900999,,", "other-number"),
        (f"NORX000002,{ICCIDS[1]},07700900123,,", "number-elsewhere"),
        ("NORX000003,,07700900555,,", "number-without-sim"),
        (f"NORX000004,{ICCIDS[2]},,,\nNORX000005,{ICCIDS[2]},,,", "sim-elsewhere"),
        (f"NORX000004,{ICCIDS[2]},07700900777,,\nNORX000005,{ICCIDS[1]},07700900777,,", "number-elsewhere"),
    ],
)
def test_a_sim_or_number_recorded_elsewhere_is_said_and_never_moved(
    sqlite_estate: Estate, line: str, code: str
) -> None:
    """Whatever the file says of it."""
    take_in(sqlite_estate, CARDS + f"NORX000001,{ICCIDS[0]},07700900123,EE,\n")
    before = connections(sqlite_estate)
    done = take_in(sqlite_estate, CARDS + line + "\n")
    assert codes(done) == [code]
    assert connections(sqlite_estate)[: len(before)] == before


# --- our own export -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["csv", "xlsx"])
def test_our_own_export_read_back_changes_nothing(estate: Estate, tmp_path: Path, to: Any) -> None:
    """Every kind of holder, status, SIM and enrolment in it."""
    estate.issue(estate.devices[:1], person_id=estate.people[0])
    estate.issue(estate.devices[1:2], site_id=estate.sites[1])
    estate.issue(estate.devices[2:3], person_id=estate.people[1], due_on=TODAY + timedelta(days=9))
    estate.move(estate.devices[3:4], "in_repair")
    estate.move(estate.devices[4:5], "retired")
    take_in(estate, CARDS + f"NORX000001,{ICCIDS[0]},07700 900123,EE,\n")
    take_in(estate, "Serial number,Type,MAC\n14D3F5002B290902DD,Thin client,00E012345678\n")
    seen = [an_observed_device(number, imei=None) for number in range(1, 4)]
    assert estate.sync(ObservedTenant("northbridge", NOW, seen, a_night().people)).error is None
    before = rows_of(estate.database)
    with estate.database.read() as session:
        written = write_report(session, "estate", to=to, path=tmp_path, now=estate.now, actor=ACTOR, unmask=True)
    done = take_in(estate, written.path.read_bytes(), written.path.name)
    assert "00E012345678" in {row.values.get("ethernet_mac") for row in done.interpretation.records}
    assert done.as_json()["changes"] == [] and codes(done) == []
    assert done.counts["unchanged"] == done.counts["read"] == len(before["device"])
    assert differing(before, rows_of(estate.database)) == []


def test_a_problem_of_comparing_stands_under_the_files_own_header_with_its_cell(sqlite_estate: Estate) -> None:
    """What is kept of the run names nobody."""
    text = "Serial number,Assigned To,Where\nDMPX000901,Maeve Harcourt,Old Depot\n"
    seen = take_in(sqlite_estate, text, mapping={"Where": "site"})
    told = {(one["row"], one["column"], one["value"]) for one in seen.as_json()["problems"]}
    assert told == {(2, "Assigned To", "Maeve Harcourt"), (2, "Where", "Old Depot")}
    with sqlite_estate.database.read() as session:
        (kept,) = session.execute(select(Run.problems).where(Run.id == seen.run)).scalars()
    assert "Maeve" not in str(kept)
