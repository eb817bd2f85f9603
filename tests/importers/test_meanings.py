"""Cells as fields: money in pence, words for statuses and kinds, texts whose zeros count."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.domain.lifecycle import STATUSES
from importers.book import Cell
from importers.meanings import Fields, Trouble, kind_of_model, reader, text_of
from importers.words import FIELD_KINDS, KIND_WORDS, STATUS_WORDS


@pytest.mark.parametrize(
    ("cell", "pence"),
    [
        ("£1,234.50", 123450),
        ("1234.5", 123450),
        ("£ 300", 30000),
        ("300 GBP", 30000),
        (299.99, 29999),
        (300, 30000),
        ("0", 0),
        ("£0.00", 0),
        (".50", 50),
    ],
)
def test_money_is_whole_pence(cell: str | float, pence: int) -> None:
    assert reader("money")(cell) == pence or (pence == 0 and reader("money")(cell) is None)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.234,50", "money-form"),
        ("$300", "money-form"),
        ("POA", "money-form"),
        ("12,34", "money-form"),
        ("£500 + VAT", "money-form"),
        ("(12.50)", "money-negative"),
        (-5, "money-negative"),
        (1e12, "money-range"),
        (float("nan"), "money-range"),
        (date(2025, 1, 1), "money-form"),
    ],
)
def test_money_that_is_unsure_is_not_kept(cell: str | float | date, code: str) -> None:
    trouble = reader("money")(cell)
    assert isinstance(trouble, Trouble)
    assert (trouble.value, trouble.code) == (None, code)


@given(st.integers(0, 9_999_999_99))
def test_pence_survive_both_spellings(pence: int) -> None:
    assert reader("money")(f"£{pence / 100:,.2f}") in (pence, None if pence == 0 else pence)
    assert reader("money")(pence / 100) == pence


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("In Stock", "in_stock"),
        ("Deployed", "issued"),
        ("in-use", "issued"),
        ("LOST", "lost"),
        ("Written off", "retired"),
        ("Disposed of", "disposed"),
        ("in repair", "in_repair"),
        ("N/A", None),
    ],
)
def test_status_words_are_understood(word: str, status: str | None) -> None:
    assert reader("status")(word) == status


def test_every_status_word_names_a_status_of_the_lifecycle() -> None:
    assert set(STATUS_WORDS.values()) == set(STATUSES)
    assert set(KIND_WORDS.values()) == {"ipad", "iphone", "thin_client", "other"}


def test_an_unknown_status_is_a_trouble_and_lost_or_stolen_is_doubtful() -> None:
    unknown = reader("status")("Purple")
    unsure = reader("status")("Lost/Stolen")
    assert isinstance(unknown, Trouble)
    assert isinstance(unsure, Trouble)
    assert (unknown.value, unknown.code) == (None, "status-unknown")
    assert (unsure.value, unsure.code) == ("lost", "status-unsure")


def test_codes_keep_their_zeros_as_text_and_warn_as_numbers() -> None:
    assert reader("code")("00045") == "00045"
    trouble = reader("code")(45.0)
    assert isinstance(trouble, Trouble)
    assert (trouble.value, trouble.code) == ("45", "code-number-cell")


def test_a_version_in_a_number_cell_is_doubtful() -> None:
    trouble = reader("version")(17.1)
    assert isinstance(trouble, Trouble)
    assert trouble.value == "17.1"
    assert reader("version")("17.10") == "17.10"


def test_two_imeis_in_a_cell_feed_two_fields() -> None:
    for cell in ("352099000051009;352099000051017", '["352099000051009", "352099000051017"]'):
        assert reader("imeis")(cell) == Fields({"imei": "352099000051009", "imei2": "352099000051017"})
    assert reader("imeis")("[]") is None
    assert reader("imeis")("352099000051009") == Fields({"imei": "352099000051009"})


def test_a_cell_decides_by_its_value_which_field_it_feeds() -> None:
    assert reader("serial_or_mac")("00E0C521B4E4") == Fields({"ethernet_mac": "00E0C521B4E4"})
    assert reader("serial_or_mac")("14D3F5002B290902DD") == Fields({"serial": "14D3F5002B290902DD"})
    assert reader("imei_or_serial")("DMPX1234QA") == Fields({"serial": "DMPX1234QA"})
    assert reader("login")("amara.obrien") is None


@pytest.mark.parametrize(
    ("model", "kind"),
    [("iPad (9th generation)", "ipad"), ("Apple iPhone 14", "iphone"), ("IGEL UD2", "thin_client"), ("MiFi", None)],
)
def test_a_model_gives_its_kind_away(model: str, kind: str | None) -> None:
    assert kind_of_model(model) == kind


def test_cells_become_text_without_a_trailing_point_zero() -> None:
    cells: list[Cell] = [352099000051009.0, 1.5, True, date(2025, 3, 1), time(9, 30), timedelta(hours=1), "  a\u00a0b "]
    assert [text_of(cell) for cell in cells] == [
        "352099000051009",
        "1.5",
        "Yes",
        "2025-03-01",
        "09:30:00",
        "1:00:00",
        "a b",
    ]


@given(
    st.sampled_from(sorted(set(FIELD_KINDS.values()))),
    st.text() | st.floats() | st.integers() | st.booleans() | st.dates() | st.datetimes() | st.timedeltas(),
)
def test_no_cell_breaks_any_reader(kind: str, cell: str | float | bool | date | timedelta) -> None:
    meaning = reader(kind)(cell)
    assert meaning != ""
