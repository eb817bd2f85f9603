"""What an unknown key was probably meant to be."""

import pytest

from fleet.domain.nearest import Lookalikes, as_read
from fleet.domain.search import fold

TAGS = Lookalikes((f"NB{number:06d}", number) for number in range(1, 3_000))


@pytest.mark.parametrize(
    ("key", "meant"),
    [("NB00O013", 13), ("nb-000013", 13), ("N8000013", 13), ("NB0000I3", 13), ("NB002199X", 2199), ("B002199", 2199)],
)  # fmt: skip
def test_a_misread_tag_is_found(key: str, meant: int) -> None:
    assert meant in TAGS.nearest(key)


@pytest.mark.parametrize("key", ["", "  ", "wholly different", "x" * 5_000, "٣٤", "🙂"])
def test_nothing_is_offered_that_does_not_look_alike(key: str) -> None:
    assert TAGS.nearest(key) == []


def test_the_likeliest_comes_first_and_no_more_than_asked() -> None:
    assert TAGS.nearest("NB00O013", 2)[0] == 13
    assert len(TAGS.nearest("NB000013", 2)) == 2


@pytest.mark.parametrize("key", ["sian obrian", "Siân O’Brien-", "O'Brian", "obrein"])
def test_a_name_is_found_whatever_its_accents_and_apostrophes(key: str) -> None:
    people = Lookalikes(
        [("Siân O'Brien", 1), ("Siân", 1), ("O'Brien", 1), ("Bryn Hale", 2), ("Bryn", 2), ("Hale", 2)], fold
    )
    assert people.nearest(key) == [1]


def test_letters_are_the_digits_they_are_taken_for() -> None:
    assert as_read("NB-O0l 2") == as_read("nb00 i2") == "n80012"
