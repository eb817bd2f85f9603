"""Completing the last filter of a search."""

import pytest

from fleet.domain.search import parse
from tui.completion import VALUES, complete, settled

KNOWN = {**VALUES, "team": ("Children East", "Children North", "Planning")}


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("st", "status:"),
        ("anna st", "anna status:"),
        ("-ki", "-kind:"),
        ("te", 'team:"'),
        ("status:l", "status:lost"),
        ("STATUS:L", "STATUS:Lost"),
        ('team:"chi', 'team:"children East"'),
        ('team:"Children N', 'team:"Children North"'),
        ('team:"Children North', 'team:"Children North"'),
        ("team:plan", "team:planning"),
        ("held:no", "held:nobody"),
        ("seen:n", "seen:never"),
    ],
)
def test_the_last_filter_is_completed_and_what_was_typed_stays(typed: str, full: str) -> None:
    completed = complete(typed, KNOWN)
    assert completed is not None
    assert completed.lower() == full.lower()
    assert completed.startswith(typed)
    parse(completed)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "s", "status:", "status:lost", "status:xyz", "st ", "NB-000017", "O'Brien", "50%", "team:children",
     'team:"Planning"', '"st', 'team:"Children North" "o', "colour:r", "356938035643809", "\x1b]st["],
)  # fmt: skip
def test_nothing_is_offered_where_nothing_follows(typed: str) -> None:
    assert complete(typed, KNOWN) is None


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("ipad status:lo", "ipad status:"),
        ("status:lost", "status:lost"),
        ("status:xyz", "status:xyz"),
        ("status:lo ipad", "status:lo ipad"),
        ("team:pl", "team:pl"),
        ("anna", "anna"),
    ],
)
def test_a_value_that_is_only_begun_filters_nothing_yet(typed: str, asked: str) -> None:
    assert settled(typed) == asked
