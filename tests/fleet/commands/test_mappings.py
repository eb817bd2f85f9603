"""What a person said of a file's columns is remembered for its set of headers, edited and forgotten."""

import pytest

from fleet.commands.imports import ImportOptions, apply_file
from fleet.commands.mappings import edit_mapping, forget_mapping, list_mappings
from fleet.database import Database
from fleet.errors import NotFound, UsageProblem
from tests.factory import ACTOR
from tests.fleet.commands.estate import Estate, an_estate
from tests.fleet.commands.test_imports import preview, row, take_in

STRANGE = "Kennung,Etikett,Vermerk\n"
SAID = {"Kennung": "serial", "Etikett": "asset_tag", "Vermerk": "notes"}


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database)


def test_a_mapping_is_remembered_once_it_was_applied(estate: Estate) -> None:
    """A preview remembers nothing; in another order and spelling the same headers are the same set."""
    text = STRANGE + "NORX000001,NO-0001,first\n"
    preview(estate, text, mapping=SAID)
    assert preview(estate, text).counts["rejected"] == 1
    take_in(estate, text, mapping=SAID)
    later = take_in(estate, "ETIKETT,Vermerk ,kennung\nNO-0002,second,NORX000002\n")
    assert later.interpretation.remembered is not None
    assert later.as_json()["mapping"] == later.interpretation.remembered.number
    assert row(estate, "NORX000002").notes == "second"


def test_what_is_said_now_wins_and_is_added(estate: Estate) -> None:
    take_in(estate, STRANGE + "NORX000001,NO-0001,first\n", mapping=SAID)
    seen = take_in(estate, STRANGE + "NORX000001,NO-0001,4711\n", mapping={"vermerk": "cost_code"})
    assert seen.interpretation.columns["Vermerk"] == "cost_code"
    with estate.database.read() as session:
        (held,) = list_mappings(session)
    assert held.columns == {"Kennung": "serial", "Etikett": "asset_tag", "vermerk": "cost_code"}
    assert (held.said_by, held.said_at) == (ACTOR, estate.now)


def test_a_mapping_is_edited_and_forgotten(estate: Estate) -> None:
    """To another field, to not read, back to what the program thinks; then as if nothing had been said."""
    text = STRANGE + "NORX000001,NO-0001,first\n"
    take_in(estate, text, mapping=SAID)
    with estate.database.read() as session:
        number = list_mappings(session)[0].id
    estate.deed("import.mapping", lambda s: edit_mapping(s, number, {"VERMERK": ""}, actor=ACTOR, now=estate.now))
    assert "Vermerk" in preview(estate, text).interpretation.not_read
    estate.deed("import.mapping", lambda s: edit_mapping(s, number, {"Vermerk": "-"}, actor=ACTOR, now=estate.now))
    assert "Vermerk" in preview(estate, text).interpretation.unmapped
    estate.deed("import.mapping", lambda s: forget_mapping(s, number))
    assert preview(estate, text).interpretation.remembered is None


def test_an_edit_names_columns_and_fields_that_exist(estate: Estate) -> None:
    take_in(estate, STRANGE + "NORX000001,NO-0001,first\n", mapping=SAID)
    with estate.database.read() as session:
        number = list_mappings(session)[0].id
        with pytest.raises(UsageProblem, match="No column of that file is called 'Nummer'"):
            edit_mapping(session, number, {"Nummer": "imei"}, actor=ACTOR, now=estate.now)
        with pytest.raises(UsageProblem, match="no field 'nonsense'"):
            edit_mapping(session, number, {"Vermerk": "nonsense"}, actor=ACTOR, now=estate.now)
        with pytest.raises(NotFound, match="no mapping 99"):
            forget_mapping(session, 99)


def test_undoing_the_import_that_said_it_forgets_it(estate: Estate) -> None:
    """Of a later import only what that one added goes; what was edited since stays, and is told."""
    first = take_in(estate, STRANGE + "NORX000001,NO-0001,first\n", mapping=SAID)
    second = take_in(estate, STRANGE + "NORX000001,NO-0001,4711\n", mapping={"Vermerk": "cost_code"})
    estate.undo(second.event)
    with estate.database.read() as session:
        (held,) = list_mappings(session)
    assert held.columns == SAID
    plan, again = estate.undo(first.event)
    assert "meaning of columns of files with Kennung, Etikett, Vermerk would be removed again" in {
        one.sentence for one in plan.reversed
    }
    with estate.database.read() as session:
        assert list_mappings(session) == []
    estate.undo(again)
    with estate.database.read() as session:
        (held,) = list_mappings(session)
    estate.deed(
        "import.mapping", lambda s: edit_mapping(s, held.id, {"Vermerk": ""}, actor="t.other", now=estate.later().now)
    )
    plan, _ = estate.undo(again and again + 1)
    assert [one.subject for one in plan.kept] == ["import_mapping"]


def test_an_operator_of_one_council_may_undo_it_too(estate: Estate) -> None:
    walls = frozenset({estate.organisation})
    data = (STRANGE + "NORX000001,NO-0001,first\n").encode()
    options = ImportOptions(mapping=SAID)
    done = apply_file(estate.database, data, "x.csv", options, actor=ACTOR, now=estate.now, scope=walls)
    estate.undo(done.event, scope=walls)
    with estate.database.read() as session:
        assert list_mappings(session) == []


# --- the row that holds the headers -------------------------------------------------------------------------------

NOTES = "Held by,Asset Tag\n" + "see below,\n" * 45
"""More than is searched for a header row, and its first row looks like one."""
BELOW = "Serial Number,Asset Tag,Remarks\nNORX000001,NO-0001,{}\n"


def test_a_header_row_is_remembered_with_its_headers_and_forgotten_with_them(estate: Estate) -> None:
    """Said in the preview; a note more or less above it does no harm."""
    assert preview(estate, NOTES + BELOW.format("first")).interpretation.header_row == 1
    done = take_in(estate, NOTES + BELOW.format("first"), header_row=47)
    seen = preview(estate, NOTES + BELOW.format("first"))
    assert (seen.interpretation.header_row, seen.counts["unchanged"]) == (47, 1)
    assert "The headers were said earlier to be in row 47." in seen.interpretation.notes
    moved = take_in(estate, "Monthly list\n" + NOTES + BELOW.format("second"))
    assert moved.interpretation.header_row == 48
    assert (
        "The headers were said earlier to be in row 47; they are in row 48 of this file." in moved.interpretation.notes
    )
    assert row(estate, "NORX000001").notes == "second"
    with estate.database.read() as session:
        (held,) = list_mappings(session)
    assert (held.header_row, held.columns) == (47, {})
    estate.undo(done.event)
    assert preview(estate, NOTES + BELOW.format("first")).interpretation.header_row == 1


def test_a_header_row_is_never_taken_where_other_headers_stand(estate: Estate) -> None:
    take_in(estate, NOTES + BELOW.format("first"), header_row=47)
    other = BELOW.format("first").replace("Remarks", "Cost code")
    for text in (NOTES + other, other, BELOW.format("first").replace("Serial Number,", "")):
        seen = preview(estate, text).interpretation
        assert (seen.header_row, seen.remembered) == (1, None)
    assert preview(estate, BELOW.format("x")).interpretation.header_row == 1, "a file of rejected rows begins with them"


def test_a_header_row_is_said_otherwise_and_taken_back(estate: Estate) -> None:
    """What is said now wins; what was said of columns stays when only the row is taken back, and the other way round."""
    text = NOTES + BELOW.format("first")
    take_in(estate, text, header_row=47, mapping={"Remarks": "cost_code"})
    assert preview(estate, text, header_row=1).interpretation.header_row == 1
    with estate.database.read() as session:
        number = list_mappings(session)[0].id

    def edit(said: dict[str, str], header_row: int | None) -> int | None:
        estate.deed(
            "import.mapping",
            lambda s: edit_mapping(s, number, said, actor=ACTOR, now=estate.now, header_row=header_row),
        )
        with estate.database.read() as session:
            return list_mappings(session)[0].header_row

    assert (edit({}, 50), preview(estate, text).interpretation.header_row) == (50, 47)
    assert (edit({"Remarks": "-"}, None), edit({"Remarks": "notes"}, 0)) == (50, None)
    seen = preview(estate, text)
    assert (seen.interpretation.header_row, seen.interpretation.remembered) == (1, None)
    with estate.database.read() as session:
        assert list_mappings(session)[0].columns == {"Remarks": "notes"}
