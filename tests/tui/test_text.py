"""Whatever comes in, nothing comes out that a terminal would act upon."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.hostile import HOSTILE
from tui.text import LONGEST, MOST_MARKS, Span, clean, content, counted, join, plain, span

FORBIDDEN = {"Cc", "Cs", "Cf", "Cn", "Co", "Zl", "Zp"}


def acts(text: str) -> list[str]:
    """The characters of a text that something might act upon."""
    return [char for char in text if unicodedata.category(char) in FORBIDDEN]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_inert_after_clean(text: str) -> None:
    assert acts(clean(text)) == []


@given(st.text(st.characters()))
def test_any_text_is_inert_after_clean_and_stays_so(text: str) -> None:
    once = clean(text)
    assert acts(once) == []
    assert clean(once) == once


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_ordinary_text_is_not_changed(text: str) -> None:
    assert clean(text) == text


def test_names_of_people_are_not_changed() -> None:
    for name in ("Siân", "Zoë O’Brien", "Łukasz Żółć", "محمد علي", "日本語", "Sia\u0302n", "50% – ½"):
        assert clean(name) == name


def test_a_stand_in_shows_that_something_was_there() -> None:
    assert clean("a\x1b[31mb") == "a␛[31mb"
    assert clean("a\u202eb") == "a⬚b"
    assert clean("a\x9bb") == "a\ufffdb"
    assert clean("a\nb\x7f") == "a␊b␡"


def test_towers_of_marks_are_cut_and_leading_marks_dropped() -> None:
    assert clean("e" + "\u0301" * 60) == "e" + "\u0301" * MOST_MARKS
    assert clean("\u0301a") == "a"


def test_flags_are_letters_so_that_columns_line_up() -> None:
    assert clean("🇬🇧") == "GB"


def test_nothing_is_longer_than_anybody_reads() -> None:
    assert len(clean("x" * 100_000)) == LONGEST


def test_none_is_nothing_and_numbers_are_text() -> None:
    assert (clean(None), clean(12)) == ("", "12")


def test_parts_are_joined_inert() -> None:
    assert join("a\x1b", 1, None) == "a␛1"
    assert plain([span("a\x07"), Span(clean("b"), "dim")]) == "a␇b"


def test_content_for_textual_reads_no_markup() -> None:
    assert content("[bold]x[/] [/y]").plain == "[bold]x[/] [/y]"
    assert not content("[bold]x").spans


def test_numbers_come_with_their_noun() -> None:
    assert [counted(1, "device"), counted(3205, "device"), counted(2, "person", "people")] == [
        "1 device",
        "3,205 devices",
        "2 people",
    ]
