"""One slip of the finger in a name."""

import pytest

from fleet.domain.misspelling import is_slip, may_be_misspelt, nearest_words


@pytest.mark.parametrize(
    "typed", ["owein", "owan", "owaiin", "owian", "woain", "xwain", "owaix", "wain", "aowain", "owai"]
)
def test_one_slip_is_a_letter_wrong_missing_too_many_or_two_swapped(typed: str) -> None:
    assert is_slip(typed, "owain")


@pytest.mark.parametrize("typed", ["owxxn", "awoin", "owainxy", "own", "niawo"])
def test_two_slips_are_none(typed: str) -> None:
    assert not is_slip(typed, "owain")


def test_the_beginning_of_a_name_may_have_the_slip() -> None:
    assert is_slip("skelnr", "skelmersdale", begins=True) is False
    assert is_slip("skelne", "skelmersdale", begins=True)
    assert not is_slip("skelne", "skelmersdale")


def test_identifiers_and_short_words_are_never_guessed() -> None:
    assert [one for one in ("nb000013", "ann", "sn-001", "owain", "a" * 41) if may_be_misspelt(one)] == ["owain"]


def test_whole_names_come_first_then_swapped_letters_then_the_commonest() -> None:
    assert nearest_words("johson", ["johnsons", "johnsons", "johnson"]) == ["johnson", "johnsons"]
    assert nearest_words("jonson", ["johnson", "jonsson", "jonsson"]) == ["jonsson", "johnson"]
    assert nearest_words("owian", ["osian", "osian", "owain"]) == ["owain", "osian"]
    assert nearest_words("skelne", ["skelmersdale", "owain"]) == ["skelmersdale"]
    assert nearest_words("zzzzzz", ["owain"]) == []


def test_what_occurs_in_a_name_is_no_slip() -> None:
    assert nearest_words("owen", ["owens", "own"]) == []
