"""Own devices: the table of steps, how long a consent holds, what is needed next, and what is not kept."""

from datetime import date, timedelta

import pytest

from fleet.domain.byod import (
    LABELS,
    STEPS,
    UNAPPROVED,
    Position,
    allowed_steps,
    check_step,
    consent_end,
    next_step,
    said,
    standing,
    waits_as,
)
from fleet.errors import NotAllowed, UsageProblem

TODAY = date(2026, 11, 22)
ALLOWED = {
    "requested": {"approve", "refuse", "end"},
    "approved": {"consent", "enrol", "end"},
    "enrolled": {"consent", "enrol", "end"},
    "ended": set(),
    "refused": set(),
}


@pytest.mark.parametrize("state", LABELS)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_allowed_where_the_table_says_and_refused_with_what_is(state: str, step: str) -> None:
    assert set(allowed_steps(state)) == ALLOWED[state]
    if step in ALLOWED[state]:
        check_step("Registration 7", state, step)
        return
    with pytest.raises(NotAllowed) as refused:
        check_step("Registration 7", state, step)
    assert refused.value.message.startswith(f"Registration 7 is {state}")
    for allowed in ALLOWED[state]:
        assert allowed in refused.value.message.partition("Allowed from here: ")[2]
    assert ("request it anew, or undo" in refused.value.message) == (not ALLOWED[state])


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2026, 11, 22), 12, date(2027, 11, 22)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
    ],
)
def test_a_consent_ends_on_the_same_day_of_a_later_month_or_its_last(day: date, months: int, last: date) -> None:
    assert consent_end(day, months) == last


@pytest.mark.parametrize(
    ("state", "days", "told"),
    [
        ("enrolled", None, "none"), ("enrolled", -1, "ended"), ("enrolled", 0, "ending"), ("approved", 30, "ending"),
        ("approved", 31, "valid"), ("requested", 90, "-"), ("ended", 90, "-"), ("refused", None, "-"),
    ],
)  # fmt: skip
def test_a_consent_holds_until_its_last_day(state: str, days: int | None, told: str) -> None:
    assert standing(state, None if days is None else TODAY + timedelta(days=days), TODAY) == told


NEXT_YEAR = TODAY + timedelta(days=300)


@pytest.mark.parametrize(
    ("position", "words", "kind"),
    [
        (Position(UNAPPROVED, None, False, apps_only=True), "request approval", "unapproved"),
        (Position("requested", None, False), "approve or refuse", "requests"),
        (Position("requested", None, False, left=True), "end it: its owner has left", "ending"),
        (Position("approved", None, False), "record the consent", "consents"),
        (Position("approved", NEXT_YEAR, False), "link the enrolment", "enrolling"),
        (Position("approved", NEXT_YEAR, False, apps_only=True), None, None),
        (Position("enrolled", NEXT_YEAR, True), None, None),
        (Position("enrolled", NEXT_YEAR, False), "gone from Intune", "ending"),
        (Position("enrolled", TODAY + timedelta(days=5), True), "renew the consent by 27 Nov 2026", "consents"),
        (Position("enrolled", TODAY - timedelta(days=1), True), "or retire and end it", "consents"),
        (Position("approved", TODAY - timedelta(days=1), False), "or end it", "consents"),
        (Position("enrolled", NEXT_YEAR, True, left=True), "retire it in Intune, and end it", "ending"),
        (Position("ended", NEXT_YEAR, True), "retire it in Intune", "ending"),
        (Position("ended", NEXT_YEAR, False), None, None),
        (Position("refused", None, True), "retire it in Intune", "ending"),
    ],
)
def test_what_somebody_should_do_next_is_told_and_of_which_kind_it_is(
    position: Position, words: str | None, kind: str | None
) -> None:
    told = next_step(position, TODAY)
    assert waits_as(position, TODAY) == kind
    assert (told is None) == (words is None)
    assert words is None or words in str(told)


@pytest.mark.parametrize(
    "text",
    [
        "07700 900123",
        "+44 (0)7700 900-123",
        "IMEI 352099001234567",
        "DMPXK2LMNQ1C",
        "his dmpxk2lmnq1c",
        "8944100000000000017",
    ],
)
def test_what_looks_like_a_number_or_a_serial_is_not_kept(text: str) -> None:
    for field in ("model", "os", "purpose"):
        with pytest.raises(UsageProblem, match=r"phone number|too long"):
            said(text, field)


@pytest.mark.parametrize("text", ["iPhone 14 Pro Max", "iPad Pro (11-inch) (4th generation)", "A2846", "iPhone15,2"])
def test_the_names_of_models_are_no_numbers(text: str) -> None:
    assert said(text, "model") == text


def test_words_are_kept_on_one_line_and_without_what_no_database_stores() -> None:
    assert said("  on\ncall\x00 \ud800visits ", "purpose") == "on call visits"
    assert said(" \n ", "purpose") is None
    assert said("2026-09-30 v12.345", "terms") == "2026-09-30 v12.345"
    with pytest.raises(UsageProblem, match="at most 200"):
        said("x" * 201, "purpose")
