"""Best first: exactly, then a beginning, then a word, then a part; a name before a sign-in name."""

import pytest

from tui.ranking import EXACT, INSIDE, PREFIX, WORD, closeness, is_exact
from tui.recipients import best_first
from tui.writes import Recipient


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("anna lin", EXACT),
        (" ANNA  lin ", EXACT),
        ("ann", PREFIX),
        ("lin", WORD),
        ("lin an", WORD),
        ("nna", INSIDE),
    ],
)
def test_how_a_text_fits_a_name(typed: str, kind: int) -> None:
    assert closeness(typed, "Anna Lin")[1:] == (0, kind)


def test_accents_and_apostrophes_do_not_count() -> None:
    assert is_exact("sian obrien", "Siân O’Brien")


def test_nothing_typed_is_exactly_nobody() -> None:
    assert not is_exact("", "", None)


def person(number: int, name: str, upn: str, state: str = "active") -> Recipient:
    return Recipient(number, "person", number, name, None, state, 0, upn)


def test_the_order_is_exact_then_beginning_then_word_then_part_and_names_before_sign_in_names() -> None:
    found = [
        person(1, "Joanna Marsh", "j.marsh@x.example"),
        person(2, "Mei Anna", "m.a@x.example"),
        person(3, "Zed Byrne", "anna@x.example"),
        person(4, "Annabel Lin", "a.lin@x.example"),
        person(5, "Anna", "other@x.example"),
    ]
    assert [one.id for one in best_first("anna", found)] == [5, 4, 2, 3, 1]


def test_of_two_that_fit_alike_the_one_who_left_comes_last_and_a_site_after_people() -> None:
    site = Recipient(9, "site", 9, "Anna House", "northbridge")
    found = [site, person(1, "Anna Byrne", "b@x.example", "left"), person(2, "Anna Lin", "l@x.example")]
    assert [one.id for one in best_first("anna", found)] == [2, 1, 9]
