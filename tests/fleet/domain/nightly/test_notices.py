"""What is told in the morning, and when it was told often enough."""

from datetime import datetime

import pytest

from fleet.clock import LONDON
from fleet.domain.nightly.notices import Notice, hooks, is_said, leads_by_https, of_sync

NIGHT = datetime(2026, 11, 22, 2, 15, 5, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 22, 23, 59, tzinfo=LONDON), True),
        (datetime(2026, 11, 23, 2, 14, tzinfo=LONDON), False),
        (datetime(2026, 11, 21, 2, 15, tzinfo=LONDON), False),
    ],
)
def test_a_thing_is_told_once_a_day(at: datetime, said: bool) -> None:
    """The next night tells it again, though it came a minute earlier than the last one."""
    assert is_said(of_sync("northbridge", "network", "x", brake=False), NIGHT, at) is said


def test_two_words_are_never_minutes_apart() -> None:
    late, early = datetime(2026, 11, 22, 23, 55, tzinfo=LONDON), datetime(2026, 11, 23, 0, 5, tzinfo=LONDON)
    assert is_said(of_sync("northbridge", "network", "x", brake=False), late, early)


def test_what_ends_soon_is_told_once_for_all() -> None:
    assert is_said(Notice("expiring", "x", "x", "x", once=True), NIGHT, NIGHT.replace(year=2027))


def test_the_same_thing_has_the_same_key_and_another_one_has_not() -> None:
    one = of_sync("northbridge", "network", "first words", brake=False)
    assert one.key("webhook") == of_sync("northbridge", "network", "other words", brake=False).key("webhook")
    others = {one.key("command"), of_sync("eastmere", "network", "x", brake=False).key("webhook"),
              of_sync("northbridge", "network", "x", brake=True).key("webhook")}  # fmt: skip
    assert one.key("webhook") not in others


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"command": "rm -rf /"}, "no shell is asked"),
        ({"webhook": "http://hooks.example/x"}, "webhook must be an https address"),
        ({"webhook": "https://a.example", "webhook_env": "X"}, "at most one of"),
        ({"on": ["everything"]}, "not everything"),
        ({"mail": ["nobody"]}, "nobody is none"),
        ({"colour": "red"}, "unknown setting colour"),
    ],
)
def test_what_makes_no_sense_is_said(table: dict[str, object], problem: str) -> None:
    problems: list[str] = []
    hooks(table, problems)
    assert any(problem in one for one in problems), problems


@pytest.mark.parametrize(
    "address", ["", "http://x.example", "https://", "https://user:word@x.example", "https://x.example/\n", "https://[x"]
)
def test_an_address_without_https_is_refused(address: str) -> None:
    assert not leads_by_https(address)
