"""Headers: compared by letters and digits only, one signature per set, personal ones never mapped."""

import pytest

from importers.book import Table, column_name
from importers.columns import PERSONAL, find_header, header_at, likely_header, map_columns, plain
from importers.layouts import LAYOUTS, every_word, known_words
from importers.words import FIELD_KINDS, names_of


@pytest.mark.parametrize("header", ["Serial No.", "SERIAL_NO", " serial  no ", "Serial\nNo", "Ｓerial No"])
def test_spellings_of_one_header_are_one(header: str) -> None:
    assert plain(header) == "serialno"


def test_the_signature_of_headers_does_not_depend_on_their_order() -> None:
    one = header_at(Table(None, [["Serial No.", "IMEI"], ["x", "y"]]), 1)
    other = header_at(Table(None, [["imei", "serial no"], ["x", "y"]]), 1)
    third = header_at(Table(None, [["imei", "serial"], ["x", "y"]]), 1)
    assert one.signature == other.signature
    assert one.signature != third.signature


def test_the_row_with_most_known_words_is_the_header() -> None:
    table = Table(None, [["Devices", "", ""], ["Site", "Market Hall", ""], ["Serial", "IMEI", "Site"], ["x", "y", "z"]])
    header = find_header(table, every_word())
    assert header is not None
    assert (header.row, header.first_data_row, header.names) == (3, 4, ("Serial", "IMEI", "Site"))


def test_a_table_without_known_words_has_no_header() -> None:
    assert (
        find_header(Table(None, [["00E0C5A10003", "HR-TC-093"], ["00E0C5A10004", "HR-TC-094"]]), every_word()) is None
    )


def test_a_word_in_a_footer_is_no_header_and_blanks_are_no_words() -> None:
    table = Table(None, [["Table 1", ""], ["A", "B"], [8.0, 9.0], ["", "TOTAL"]])
    assert find_header(table, every_word()) is None
    assert likely_header(table) == 2
    assert "" not in every_word()


def test_a_personal_column_is_not_read_even_when_someone_maps_it() -> None:
    header = header_at(Table(None, [["Serial", "Date of Birth"], ["x", "y"]]), 1)
    mapped = map_columns(header, {"serial": "serial"}, (), {"Date of Birth": "notes"})
    assert mapped.personal == ("Date of Birth",)
    assert set(mapped.fields.values()) == {"serial"}


def test_no_layout_names_a_personal_header() -> None:
    for layout in LAYOUTS:
        assert not PERSONAL & set(layout.aliases), layout.key


def test_keys_of_layouts_are_unique_and_every_word_knows_its_layouts() -> None:
    keys = [layout.key for layout in LAYOUTS]
    assert len(keys) == len(set(keys))
    assert "intune-devices" in known_words()["lastcheckin"]


def test_every_identity_has_a_name_for_people() -> None:
    for layout in LAYOUTS:
        assert names_of(layout.identity)
    assert names_of(("serial", "imei", "imei2", "asset_tag")) == "serial number, IMEI or asset tag"
    assert set(FIELD_KINDS) >= {field for layout in LAYOUTS for field in layout.identity}


@pytest.mark.parametrize(("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (16384, "XFD")])
def test_columns_are_named_as_spreadsheets_do(number: int, letters: str) -> None:
    assert column_name(number) == letters
