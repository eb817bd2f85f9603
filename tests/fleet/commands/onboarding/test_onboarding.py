"""A joining council: several files staged, scored, corrected, applied as one run and taken back as one."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import func, select

from fleet.commands import onboarding
from fleet.commands.mappings import list_mappings
from fleet.commands.onboarding import Onboarding, Scored
from fleet.database import Database
from fleet.database.models import Assignment, Device, Organisation, Run, Sim
from fleet.errors import BadFile, Conflict, NotFound, RefusedByBrake, UsageProblem
from tests.factory import ACTOR, write
from tests.fleet.commands.estate import Estate, an_estate, differing, rows_of
from tests.importers.workbook_bytes import workbook

REGISTER = "Serial number,Asset tag,Model,Location,Assigned To,Notes\n"
PEOPLE = "Person Ref.,Forename,Surname,Joining Date,Leaving Date,Email\n"
LINES = "Mobile Number,ICCID,Network,IMEI\n"


@pytest.fixture
def estate(database: Database) -> Estate:
    """A shared service with one council; Southmere joins it."""
    made = an_estate(database)
    write(database, Organisation(key="southmere", name="Southmere Council"))
    return made


class Staging:
    """The staging of one council in a folder of the test's own."""

    def __init__(self, estate: Estate, home: Path) -> None:
        self.estate, self.home = estate, home
        onboarding.new_onboarding(home, "southmere", "southmere", actor=ACTOR, now=estate.now)

    @property
    def held(self) -> Onboarding:
        return onboarding.open_onboarding(self.home, "southmere")

    def add(self, name: str, text: str) -> bool:
        path = self.home / name
        path.write_text(text, encoding="utf-8")
        return onboarding.add_file(self.home, "southmere", path)[1]

    def score(self, **more: bool) -> dict[str, Scored]:
        found = onboarding.score_onboarding(
            self.estate.database, self.home, self.held, actor=ACTOR, now=self.estate.now, **more
        )
        return {one.file.name: one for one in found}

    def apply(self, **more: object) -> tuple[list[Scored], int, int | None]:
        done = onboarding.apply_onboarding(
            self.estate.database,
            self.home,
            self.held,
            actor=ACTOR,
            now=self.estate.now,
            **more,  # type: ignore[arg-type]
        )
        onboarding.mark_applied(self.home, "southmere", done[2])
        return done


@pytest.fixture
def staging(estate: Estate, tmp_path: Path) -> Staging:
    return Staging(estate, tmp_path)


def test_a_council_from_staging_to_undo(staging: Staging) -> None:
    """The holder of a device comes with the list of people, its SIM with the list of lines, whatever the order of files."""
    estate, before = staging.estate, rows_of(staging.estate.database)
    staging.add("lines.csv", LINES + "07700900001,8944100000000000018,EE,352099001761481\n")
    staging.add(
        "register.csv",
        "Serial number,IMEI,Model,Location,Assigned To\nDMPX000601,352099001761481,iPad Air,Annex,Nia Wyn\n",
    )
    staging.add("people.csv", PEOPLE + "S1,Nia,Wyn,01/09/2019,,nia@southmere.example\n")
    scored = staging.score(create=True)
    assert [each.code for one in scored.values() for each in one.preview.plan.problems] == []
    assert {name: (one.quality.rows, one.quality.good) for name, one in scored.items()} == {
        "people.csv": (1, 1), "register.csv": (1, 1), "lines.csv": (1, 1),
    }  # fmt: skip
    assert differing(before, rows_of(estate.database)) == []
    _, run, event = staging.apply(create=True)
    with estate.database.read() as session:
        device = session.execute(select(Device).where(Device.serial == "DMPX000601")).scalar_one()
        assert session.execute(select(Assignment.device_id)).scalar_one() == device.id
        assert session.execute(select(Sim.device_id)).scalar_one() == device.id
        kept = session.get_one(Run, run)
        assert (kept.state, kept.counts["new"], kept.counts["changed"], kept.event_id) == ("complete", 2, 1, event)
    plan, _ = estate.undo(event)
    assert plan.kept == []
    assert differing(before, rows_of(estate.database)) == []


def test_the_score_says_what_is_wrong_with_a_file(staging: Staging) -> None:
    """Missing serials, duplicates, clashes with the estate, unknown holders and places; a good row stays good."""
    staging.add(
        "register.csv",
        REGISTER
        + "DMPX000601,SM-1,,,,good\n"
        + ",SM-2,,,,no serial\n"
        + "DMPX000603,SM-3,,,,twice\nDMPX000603,SM-4,,,,twice\n"
        + "NORX000001,SM-5,,,,of the other council\n"
        + "DMPX000606,SM-6,,Annex,Nobody Known,\n",
    )
    quality = staging.score()["register.csv"].quality
    assert (quality.rows, quality.good, quality.score) == (6, 1, 16)
    assert quality.counts == {
        "missing_serials": 1, "unreadable": 0, "duplicates": 2, "clashes": 1, "unknown_holders": 1, "unknown_places": 1,
        "unknown_devices": 0, "doubtful": 0,
    }  # fmt: skip


def test_a_corrected_file_replaces_the_one_of_its_name(staging: Staging) -> None:
    """As it was read, not as the folder has it now; the old copy is gone."""
    assert staging.add("register.csv", REGISTER + "DMPX000601,SM-1,,,Nobody Known,\n") is False
    assert staging.score()["register.csv"].quality.score == 0
    assert staging.add("register.csv", REGISTER + "DMPX000601,SM-1,,,,\n") is True
    (staging.home / "register.csv").write_text("something else", encoding="utf-8")
    assert staging.score()["register.csv"].quality.score == 100
    assert [one.name for one in staging.held.files] == ["register.csv"]
    assert len([*(staging.home / "onboarding" / "southmere").glob("*.data")]) == 1


def test_two_sheets_of_one_workbook_are_two_files(staging: Staging) -> None:
    """Each is replaced by itself; dropping the file drops both."""
    path = staging.home / "register.xlsx"
    path.write_bytes(
        workbook(
            ("iPads", [["Serial number"], ["DMPX000601"]]),
            ("Phones", [["Serial number"], ["DMPX000602"], ["DMPX000603"]]),
        )
    )
    for name in ("iPads", "Phones", "Phones"):
        onboarding.add_file(staging.home, "southmere", path, sheet=name)
    scored = onboarding.score_onboarding(
        staging.estate.database, staging.home, staging.held, actor=ACTOR, now=staging.estate.now
    )
    assert [(one.file.sheet, one.preview.counts["new"]) for one in scored] == [("iPads", 1), ("Phones", 2)]
    assert onboarding.drop_file(staging.home, "southmere", "register.xlsx").files == ()


def test_one_bad_file_and_nothing_of_any_is_applied(staging: Staging) -> None:
    """The brake on the second file takes the first back too; the run says that it was refused."""
    estate = staging.estate
    with estate.database.read() as session:
        southmere = session.execute(select(Organisation.id).where(Organisation.key == "southmere")).scalar_one()
    for number in range(6, 20):
        estate.add(Device(organisation_id=southmere, kind="ipad", status="in_stock", serial=f"NORX9{number:05d}"))
    before = rows_of(estate.database)
    staging.add("a.csv", REGISTER + "DMPX000601,SM-1,,,,\n")
    rows = "".join(f"NORX9{number:05d},Lost\n" for number in range(6, 20))
    staging.add("b.csv", "Serial number,Status\n" + rows)
    assert staging.score()["b.csv"].preview.counts["changed"] == 14
    with pytest.raises(RefusedByBrake):
        staging.apply()
    assert differing(before, rows_of(estate.database)) == []
    with estate.database.read() as session:
        assert session.execute(select(Run.state).order_by(Run.id.desc()).limit(1)).scalar_one() == "refused"


def test_what_was_applied_is_not_applied_again_and_its_copies_are_gone(staging: Staging) -> None:
    staging.add("register.csv", REGISTER + "DMPX000601,SM-1,,,,\n")
    staging.apply()
    assert [*(staging.home / "onboarding" / "southmere").glob("*.data")] == []
    with pytest.raises(Conflict, match="was applied"):
        staging.add("more.csv", REGISTER + "DMPX000602,SM-2,,,,\n")
    with staging.estate.database.read() as session:
        assert session.execute(select(func.count(Device.id)).where(Device.serial == "DMPX000601")).scalar_one() == 1


def test_a_staged_copy_that_changed_is_refused(staging: Staging) -> None:
    staging.add("register.csv", REGISTER + "DMPX000601,SM-1,,,,\n")
    folder = staging.home / "onboarding" / "southmere"
    copy = folder / staging.held.files[0].stored
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    copy.write_text(REGISTER + "DMPX000999,SM-1,,,,\n", encoding="utf-8")
    with pytest.raises(BadFile, match="has changed"):
        staging.score()


def test_names_and_files_that_are_none_are_refused(staging: Staging) -> None:
    home, now = staging.home, staging.estate.now
    for name in ("../evil", "", "Big Name", "a/b"):
        with pytest.raises(UsageProblem, match="small letters"):
            onboarding.new_onboarding(home, name, "southmere", actor=ACTOR, now=now)
        with pytest.raises(NotFound):
            onboarding.open_onboarding(home, name)
        with pytest.raises(NotFound):
            onboarding.drop_onboarding(home, name)
    with pytest.raises(Conflict, match="already"):
        onboarding.new_onboarding(home, "southmere", "southmere", actor=ACTOR, now=now)
    with pytest.raises(UsageProblem, match="no file yet"):
        staging.score()
    with pytest.raises(NotFound, match="has no file"):
        onboarding.drop_file(home, "southmere", "nothing.csv")
    staging.add("a.csv", REGISTER + "DMPX000601,SM-1,,,,\n")
    with pytest.raises(Conflict, match="same bytes"):
        staging.add("b.csv", REGISTER + "DMPX000601,SM-1,,,,\n")
    assert onboarding.drop_file(home, "southmere", "a.csv").files == ()
    onboarding.drop_onboarding(home, "southmere")
    assert onboarding.list_onboardings(home) == []


def test_a_damaged_index_is_said_and_can_be_dropped(staging: Staging) -> None:
    (staging.home / "onboarding" / "southmere" / "onboarding.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadFile, match="Drop it"):
        onboarding.open_onboarding(staging.home, "southmere")
    onboarding.drop_onboarding(staging.home, "southmere")


def test_one_sheet_is_staged_as_a_register_and_for_its_past_holders(staging: Staging) -> None:
    """Each keeps what is said of its columns; a mended file of the name takes the place of its own use only."""
    home, name = staging.home, "southmere"
    text = (
        "Tag No,Serial,Previous user,Had it since,Gave it back\nEM-0901,DMPX00000901,Bryn Hale,01/03/2021,01/03/2022\n"
    )
    (home / "sheet.csv").write_text(text, encoding="utf-8")
    for layout in (None, "holder-history", None):
        held, replaced = onboarding.add_file(home, name, home / "sheet.csv", layout=layout)
    assert ([one.layout for one in held.files if one.name == "sheet.csv"], replaced) == ([None, "holder-history"], True)
    said = {"Previous user": "holder_name", "Had it since": "issued_on", "Gave it back": "returned_on"}
    held = onboarding.say_of_file(home, name, "sheet.csv", mapping={"Tag No": "asset_tag"})
    held = onboarding.say_of_file(
        home, name, "sheet.csv", mapping={**said, "Tag No": "asset_tag"}, layout="holder-history"
    )
    held = onboarding.say_of_file(home, name, "sheet.csv", mapping={"Tag No": "-"})
    first, second = (one for one in held.files if one.name == "sheet.csv")
    assert (first.mapping, dict(second.mapping)) == ({}, {**said, "Tag No": "asset_tag"})
    with pytest.raises(NotFound, match="has no file other"):
        onboarding.say_of_file(home, name, "other.csv")


def test_what_was_said_of_columns_is_remembered_for_the_next_file_and_forgotten_by_undo(staging: Staging) -> None:
    """Also where the same sheet was staged for its past holders, which says another thing of the same headers."""
    estate = staging.estate
    path = staging.home / "legacy.csv"
    path.write_text("Kennung,Etikett,Vermerk,Vorher,Von,Bis\nNORX000701,SM-701,old one,,,\n", encoding="utf-8")
    said = {"Kennung": "serial", "Etikett": "asset_tag", "Vermerk": "notes"}
    past = {"Etikett": "asset_tag", "Vorher": "holder_name", "Von": "issued_on", "Bis": "returned_on"}
    onboarding.add_file(staging.home, "southmere", path, mapping=said)
    onboarding.add_file(staging.home, "southmere", path, mapping=past, layout="holder-history")
    staging.score()
    with estate.database.read() as session:
        assert list_mappings(session) == []
    _, _, event = staging.apply()
    with estate.database.read() as session:
        (held,) = list_mappings(session)
    assert (held.columns, held.layout) == (said, None)
    estate.undo(event)
    with estate.database.read() as session:
        assert list_mappings(session) == []


def test_a_rejected_row_counts_as_mended_once_its_mended_file_is_staged(staging: Staging) -> None:
    """The mended rows are read as the file they are from; the score is of each row once."""
    path = staging.home / "legacy.csv"
    path.write_text("Kennung,Etikett,Vermerk\nNORX000701,SM-701,\n???,,spare\n#,,broken\n", encoding="utf-8")
    said = {"Kennung": "serial", "Etikett": "asset_tag", "Vermerk": "notes"}
    onboarding.add_file(staging.home, "southmere", path, mapping=said)
    first = staging.score()["legacy.csv"]
    assert (first.quality.rows, first.quality.good) == (3, 1)
    rejected = first.preview.rejected_file() or ""
    assert "legacy.csv, row 3" in rejected and "legacy.csv, row 4" in rejected
    mended = "\r\n".join(line.replace("???", "NORX000702") for line in rejected.split("\r\n") if "row 4" not in line)
    staging.add("legacy-rejected.csv", mended)
    scored = staging.score()
    assert (scored["legacy.csv"].quality.rows, scored["legacy.csv"].quality.good) == (2, 1)
    assert (scored["legacy-rejected.csv"].quality.rows, scored["legacy-rejected.csv"].quality.good) == (1, 1)
    with pytest.raises(Conflict):
        staging.add("again.csv", mended)
    _, _, event = staging.apply()
    with staging.estate.database.read() as session:
        serials = session.execute(select(Device.serial).where(Device.serial.startswith("NORX0007"))).scalars().all()
    assert (sorted(serials), event is not None) == (["NORX000701", "NORX000702"], True)


def test_a_header_far_down_is_said_with_the_file_and_kept_with_it(staging: Staging) -> None:
    """Below the rows in which a header is looked for."""
    path = staging.home / "deep.csv"
    path.write_text("note,,\n" * 50 + "Serial number,Asset Tag,Notes\nNORX000701,SM-701,x\n", encoding="utf-8")
    onboarding.add_file(staging.home, "southmere", path, header_row=51)
    scored = staging.score()["deep.csv"].preview
    assert (scored.interpretation.header_row, scored.counts["read"], scored.counts["new"]) == (51, 1, 1)
