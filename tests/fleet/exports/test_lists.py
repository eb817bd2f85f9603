"""Any list as it is filtered: its columns, its names masked unless there is a reason, read back by another program."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from fleet.database import Database
from fleet.database.models import Person
from fleet.errors import BadFile, FleetError
from fleet.exports import list_of, write_list
from tests.fleet.conftest import DEMO_NOW, Built
from tui.list_export import ListOrder, columns_of, packed, write_rows

Rows = Callable[[Any], Sequence[Any]]
LISTS: dict[str, Rows] = {
    "people": lambda register: register.people("", 0, 500),
    "findings": lambda register: register.findings("", None, 0, 500),
    "history": lambda register: register.history("", None, 0, 500),
    "runs": lambda register: register.runs("", 0, 500),
    "loans": lambda register: register.stockroom.rows("loans", "", 0, 500),
    "stock": lambda register: register.stockroom.rows("stock", "", 0, 500),
    "incidents": lambda register: register.stockroom.incidents(None, ""),
    "own devices": lambda register: register.stockroom.own_devices(""),
}


@pytest.fixture(scope="module")
def register(sqlite_demonstration: Built) -> Any:
    """The demonstration as the screen sees it."""
    from fleet.config import load_config
    from fleet.queries.operators import Access
    from tui.sql_register import SqlRegister

    made = SqlRegister(
        Database(sqlite_demonstration.url),
        Access("asha", "administrator", None),
        load_config(sqlite_demonstration.home, {}),
        lambda: DEMO_NOW,
    )
    yield made
    made.close()


def order(title: str = "People", search: str = "") -> ListOrder:
    return ListOrder(title, "As they were listed.", search, "unused.xlsx")


def write(register: Any, rows: Sequence[Any], path: Path, *, unmask: bool = False, search: str = "") -> Path:
    what = list_of(json.loads(packed(order(search=search), rows)))
    with register.reading() as session:
        write_list(session, what, to=path.suffix[1:], path=path, now=DEMO_NOW, actor="asha", unmask=unmask)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_read_back_as_it_was_shown(register: Any, name: str, tmp_path: Path) -> None:
    rows = LISTS[name](register)
    assert rows, "the demonstration has some"
    book = openpyxl.load_workbook(write(register, rows, tmp_path / "list.xlsx"))
    sheet = book["People"]
    [table] = sheet.tables.values()
    lines = list(sheet[table.ref])
    assert len(lines) == len(rows) + 1
    for at, column in enumerate(cell.value for cell in lines[0]):
        kinds = {type(line[at].value) for line in lines[1:]} - {type(None)}
        if str(column).endswith(" on") or column in ("First seen", "Started", "Recorded"):
            assert kinds <= {datetime, date}, column


@pytest.mark.parametrize("name", LISTS)
def test_no_list_tells_a_name_unasked(register: Any, name: str, tmp_path: Path) -> None:
    """But where the sentence of a finding holds one, as in every report."""
    with register.reading() as session:
        people = session.execute(select(Person.display_name, Person.upn)).all()
    rows = LISTS[name](register)
    prose = {one.key for one in columns_of(type(rows[0])) if one.personal == "prose"}
    assert name != "history" or not prose & {"sentence", "reason"}
    told = json.loads(write(register, rows, tmp_path / "list.json").read_text(encoding="utf-8"))
    text = json.dumps(
        [{key: value for key, value in row.items() if key not in prose} for row in told["sheets"]["list"]],
        ensure_ascii=False,
    )
    assert [one for pair in people for one in pair if one and one in text] == []


def test_names_come_with_a_reason_and_the_search_is_on_the_cover(register: Any, tmp_path: Path) -> None:
    rows = LISTS["people"](register)
    book = openpyxl.load_workbook(write(register, rows, tmp_path / "list.xlsx", unmask=True, search="team:care"))
    cover = [cell.value for line in book.worksheets[0].iter_rows() for cell in line]
    assert "team:care" in [str(one).strip('"') for one in cover]
    assert rows[0].name in [cell.value for line in book["People"].iter_rows() for cell in line]


def test_what_is_no_list_is_refused() -> None:
    column = {"key": "x", "label": "x", "kind": "text", "width": 1, "personal": ""}
    good = {"title": "x", "about": "x", "columns": [column], "rows": [["a"]]}
    assert list_of(good).rows == [("a",)]
    bad = [
        {},
        {**good, "columns": []},
        {**good, "columns": [{**column, "kind": "magic"}]},
        {**good, "rows": [["a", "b"]]},
        [],
        None,
    ]
    for document in bad:
        with pytest.raises(BadFile):
            list_of(document)


def test_nothing_is_not_written(register: Any) -> None:
    with pytest.raises(FleetError, match="nothing in this list"):
        write_rows(register.config, DEMO_NOW, order(), [])
