"""Files whole or not at all, never over another; CSV and JSON; which devices a report is about."""

import csv
import errno
import json
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pytest

from fleet.database import Database
from fleet.domain.search import parse
from fleet.errors import FleetError, NotFound, UsageProblem
from fleet.exports import FORMATS, FileProblem, To, default_name, write_report
from fleet.exports.reading import Question, describe
from fleet.exports.spool import ROWS, RowSpool
from fleet.exports.whole_files import whole_file
from tests.conftest import CountQueries
from tests.factory import a_device, a_person, a_team, an_assignment, an_organisation
from tests.fleet.exports.conftest import NOW, Demo, open_book, records

DAY = date(2026, 11, 22)


@pytest.fixture
def small(sqlite: Any) -> Iterator[Database]:
    """Two organisations with three devices, one of them issued."""
    with Database(sqlite.migrated(), create=False) as database:
        north = an_organisation(database)
        a_device(database, north, asset_tag="NB1", serial="SN1")
        issued = a_device(database, north, asset_tag="NB2", serial="SN2", status="issued", kind="iphone")
        team = a_team(database, north, "Adult Care")
        person = a_person(
            database, north, "Mary-Ann O'Haverty", upn="mary-ann.ohaverty@northbridge.example", team_id=team
        )
        an_assignment(database, north, issued, person_id=person, issued_on=DAY - timedelta(days=10))
        a_device(database, an_organisation(database, "eastmere"), asset_tag="EM1", serial="SN3")
        yield database


def export(database: Database, path: Path, to: To = "xlsx", **options: Any) -> Path:
    with database.read() as session:
        return write_report(session, "estate", to=to, path=path, now=NOW, actor="asha.penrose", **options).path


def tags(path: Path) -> list[str]:
    return [row["Asset tag"] for row in records(open_book(path)["Devices"])]


# --- whole or not at all --------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", FORMATS)
def test_a_report_is_never_written_over_an_existing_file(small: Database, tmp_path: Path, to: To) -> None:
    path = tmp_path / f"kept.{to}"
    path.write_text("mine")
    with pytest.raises(FileProblem, match="exists already") as refused:
        export(small, path, to)
    assert refused.value.code == "file-exists"
    assert path.read_text() == "mine"
    assert sorted(one.name for one in tmp_path.glob("*kept*")) == [path.name]


@pytest.mark.parametrize("to", FORMATS)
def test_it_is_when_that_was_asked_for(small: Database, tmp_path: Path, to: To) -> None:
    path = tmp_path / f"old.{to}"
    path.write_text("old")
    export(small, path, to, overwrite=True)
    assert path.read_bytes()[:3] != b"old"


def test_a_file_that_appears_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    with pytest.raises(FileProblem, match="exists already"), whole_file(path) as file:
        file.write(b"ours")
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


class Full:
    """A disk that is full after some bytes."""

    def __init__(self, file: IO[bytes], room: int) -> None:
        self.file, self.room = file, room

    def write(self, data: bytes) -> int:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(data)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_full_disk_leaves_no_file_and_says_so(tmp_path: Path, overwrite: bool) -> None:
    path = tmp_path / "report.json"
    if overwrite:
        path.write_text("old")
    with pytest.raises(FileProblem, match="the disk is full"), whole_file(path, overwrite=overwrite) as file:
        full = Full(file, 10)
        full.write(b"12345")
        full.write(b"1234567")
    assert [one.read_text() for one in tmp_path.iterdir()] == (["old"] if overwrite else [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("to", FORMATS)
def test_a_report_on_a_full_disk_leaves_nothing(
    small: Database, tmp_path: Path, to: To, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part file leads to a device that accepts no byte."""
    part = tmp_path / ".report.part"

    def on_full_disk(**_: object) -> tuple[int, str]:
        part.symlink_to("/dev/full")
        return os.open(part, os.O_WRONLY), str(part)

    monkeypatch.setattr("fleet.exports.whole_files.mkstemp", on_full_disk)
    with pytest.raises(FileProblem, match="the disk is full"):
        export(small, tmp_path / f"report.{to}", to)
    assert [one for one in tmp_path.iterdir() if "report" in one.name] == []


def test_a_mistake_while_writing_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "report.csv") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(small: Database, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"nowhere.*no such folder"):
        export(small, tmp_path / "nowhere" / "report.xlsx")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_named(small: Database, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FileProblem, match="may not write to that folder"):
        export(small, tmp_path / "report.xlsx")


def test_only_its_maker_may_read_a_report(small: Database, tmp_path: Path) -> None:
    assert stat.S_IMODE(export(small, tmp_path / "report.xlsx").stat().st_mode) == 0o600


def test_into_a_folder_it_goes_under_a_name_that_says_what_it_is(small: Database, tmp_path: Path) -> None:
    assert export(small, tmp_path).name == "fleet-estate-all-2026-11-22.xlsx"
    path = export(small, tmp_path, "csv", organisation="northbridge", as_at=date(2026, 11, 20))
    assert path.name == "fleet-estate-northbridge-2026-11-20.csv"


def test_a_name_is_safe_whatever_an_organisation_is_called() -> None:
    assert default_name("estate", "../Côr & Sons", DAY, "csv") == "fleet-estate-cor-sons-2026-11-22.csv"


# --- which devices ---------------------------------------------------------------------------------------------


def test_an_organisation_sees_its_own_devices(small: Database, tmp_path: Path) -> None:
    path = export(small, tmp_path, organisation="northbridge")
    assert tags(path) == ["NB1", "NB2"]
    cells = {row[0]: row[1] for row in open_book(path)["Cover"].iter_rows(values_only=True)}
    assert cells["Organisation"] == "Northbridge Council"


def test_filters_narrow_a_report_and_are_printed_on_it(small: Database, tmp_path: Path) -> None:
    path = export(small, tmp_path, filters=parse("kind:iphone -status:lost haverty"))
    assert tags(path) == ["NB2"]
    cells = {row[0]: row[1] for row in open_book(path)["Cover"].iter_rows(values_only=True)}
    assert cells["Filters"] == "haverty kind:iphone -status:lost"


def test_a_day_gone_by_is_answered_from_history(small: Database, tmp_path: Path) -> None:
    path = export(small, tmp_path, as_at=date(2026, 11, 14))
    assert tags(path) == ["NB2"]
    assert open_book(path)["Cover"]["B5"].value == datetime(2026, 11, 14)


def test_findings_are_those_that_stood_on_the_day(demo: Demo, tmp_path: Path) -> None:
    """On the second night the devices that vanished were not yet missing for two reads."""
    rules = {}
    for day in (21, 22):
        path = export(demo.database, tmp_path, "json", as_at=date(2026, 11, day))
        rules[day] = [row["rule"] for row in json.loads(path.read_bytes())["sheets"]["findings"]]
    assert "vanished" in rules[22]
    assert "vanished" not in rules[21]
    assert "leaver-holds" in rules[21]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"organisation": "northbrige"}, "Did you mean northbridge"),
        ({"as_at": date(2026, 11, 23)}, "day to come"),
        ({"to": "odt"}, "as odt"),
        ({"since": date(2026, 11, 23)}, "begins after"),
    ],
)
def test_a_question_without_sense_is_refused_before_a_file_is_begun(
    small: Database, tmp_path: Path, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises((UsageProblem, NotFound), match=problem):
        export(small, tmp_path / "never.xlsx", **options)
    assert not list(tmp_path.glob("*never*"))


def test_a_report_that_does_not_exist_is_refused(small: Database, tmp_path: Path) -> None:
    with small.read() as session, pytest.raises(FleetError, match="There are: estate"):
        write_report(session, "estates", to="csv", path=tmp_path, now=NOW, actor="a")


def test_an_operator_sees_only_the_organisations_of_theirs(small: Database, tmp_path: Path) -> None:
    with small.read(scope=frozenset({2})) as session:
        path = write_report(session, "estate", to="xlsx", path=tmp_path, now=NOW, actor="a").path
    assert tags(path) == ["EM1"]
    assert "Northbridge" not in str([row for row in open_book(path)["Cover"].iter_rows(values_only=True)])


def test_the_number_of_queries_does_not_grow_with_the_devices(
    demo: Demo, small: Database, tmp_path: Path, count_queries: CountQueries
) -> None:
    """Organisations, tenants, ids, one page of devices, findings."""
    sent = []
    for database, name in ((small, "small"), (demo.database, "demo")):
        with count_queries(database) as statements:
            export(database, tmp_path / f"{name}.xlsx")
        sent.append(sum(not one.startswith("PRAGMA") for one in statements))
    assert sent == [5, 5]


def test_a_sheet_that_is_full_says_so() -> None:
    spool = RowSpool((), ROWS)
    spool.add(object())
    with pytest.raises(UsageProblem, match="1,048,576 lines"):
        spool.add(object())
    spool.close()


# --- CSV and JSON ----------------------------------------------------------------------------------------------


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_is_what_excel_opens(small: Database, tmp_path: Path) -> None:
    path = export(small, tmp_path, "csv", unmask=True)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    row = lines(path)[2]
    assert (row["Holder"], row["Status"], row["Issued on"]) == ("Mary-Ann O'Haverty", "Issued", "12 Nov 2026")


@pytest.mark.parametrize("payload", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "＝1", "=HYPERLINK(1)"])
def test_csv_holds_no_formula(sqlite: Any, tmp_path: Path, payload: str) -> None:
    with Database(sqlite.migrated(), create=False) as database:
        owner = an_organisation(database)
        a_device(database, owner, asset_tag=payload)
        path = export(database, tmp_path, "csv")
    assert lines(path)[0]["Asset tag"] == "'" + payload.replace("\r", "\n")


def test_csv_keeps_genuine_phone_numbers(demo: Demo, tmp_path: Path) -> None:
    numbers = {row["Phone number"] for row in lines(export(demo.database, tmp_path, "csv", unmask=True))} - {""}
    assert len(numbers) > 20
    assert numbers <= {one.number for one in demo.estate.lines}


def test_json_has_stable_keys_and_stored_values(small: Database, tmp_path: Path) -> None:
    document = json.loads(export(small, tmp_path, "json", unmask=True).read_bytes())
    assert document["counts"] == {"devices": 3, "findings": 0}
    assert document["as_at"] == "2026-11-22"
    assert document["made_at"] == "2026-11-22T09:30:00Z"
    device = document["sheets"]["devices"][2]
    assert (device["asset_tag"], device["status"], device["organisation"]) == ("NB2", "issued", "northbridge")
    assert (device["holder_upn"], device["issued_on"]) == ("mary-ann.ohaverty@northbridge.example", "2026-11-12")


@pytest.mark.parametrize("to", ["csv", "json"])
def test_people_are_masked_in_every_format(demo: Demo, tmp_path: Path, to: To) -> None:
    text = export(demo.database, tmp_path, to).read_text(encoding="utf-8-sig")
    held = {one.person for one in demo.estate.assignments if one.returned_on is None}
    assert ".example" not in text
    assert "+4477" not in text
    assert not any(one.display_name in text for one in demo.estate.people if one.entra_id in held)


def test_masked_json_never_calls_initials_a_name(small: Database, tmp_path: Path) -> None:
    device = json.loads(export(small, tmp_path, "json").read_bytes())["sheets"]["devices"][2]
    assert "holder" not in device
    assert device["holder_initials"] == "M.A.O."


def test_filters_are_told_as_a_person_types_them() -> None:
    search = parse('os:<17.7 -site:"Town Hall" mary')
    assert describe(search) == 'mary os:<17.7 -site:"Town Hall"'
    assert describe(replace(Question(NOW, "a")).search) == "none"


def test_nothing_is_left_in_the_temporary_folder(
    small: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    export(small, tmp_path / "report.xlsx")
    assert list(scratch.iterdir()) == []
    shutil.rmtree(scratch)
