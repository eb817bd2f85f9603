"""Which reports go to whom: what the configuration may say, and which period is due."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from fleet.domain.nightly.deliveries import is_address, orders, period_due, post


def read(table: Any) -> tuple[list[Any], list[str]]:
    problems: list[str] = []
    return orders(table, {"northbridge", "eastmere"}, {"northbridge"}, problems), problems


def test_each_organisation_gets_its_own() -> None:
    found, problems = read({"pack": {"report": "monthly", "recipients": {
        "northbridge": {"mail": ["a@northbridge.gov.example", "b@northbridge.gov.example"], "folder": "/srv/reports"},
        "all": {"drive": {"tenant": "northbridge", "drive": "b!1", "folder": "/Reports/"}},
    }}})  # fmt: skip
    assert problems == []
    first, second = found
    assert (first.organisation, first.every, first.what) == ("northbridge", "month", "monthly | northbridge | xlsx")
    assert [str(who) for who in first.recipients] == [
        "folder:/srv/reports", "mail:a@northbridge.gov.example", "mail:b@northbridge.gov.example",
    ]  # fmt: skip
    assert (second.organisation, second.what) == (None, "monthly | all | xlsx")
    assert re.fullmatch(r"drive:northbridge/[0-9a-f]{8}/Reports", str(second.recipients[0]))
    assert "b!1" not in str(found[1].recipients[0])


def test_what_is_asked_for_tells_two_orders_apart() -> None:
    """The same report masked and unmasked, or narrowed, is not the same."""
    base = {"report": "who-has-what", "recipients": {"all": {"folder": "x"}}}
    found, problems = read({"a": base, "b": {**base, "unmask": True, "reason": "Payroll"}, "c": {**base, "search": "kind:ipad"},
                            "d": {**base, "small_numbers": "hide"}})  # fmt: skip
    assert (problems, len({one.what for one in found})) == ([], 4)


@pytest.mark.parametrize(
    ("job", "problem"),
    [
        ({"recipients": {"all": {"folder": "x"}}}, "report must be"),
        ({"report": "estate"}, "recipients must be"),
        ({"report": "estate", "recipients": {"all": {}}}, "has nobody"),
        ({"report": "estate", "recipients": {"nowhere": {"folder": "x"}}}, "names nowhere"),
        ({"report": "estate", "unmask": True, "recipients": {"all": {"folder": "x"}}}, "reason must be"),
        ({"report": "estate", "recipients": {"all": {"mail": "not an address"}}}, "mail must be addresses"),
        ({"report": "estate", "recipients": {"all": {"mail": "a@b.example\r\nBcc: c@d.example"}}}, "mail must be"),
        ({"report": "estate", "recipients": {"all": {"drive": {"tenant": "nowhere", "drive": "x"}}}}, "tenant must be"),
        ({"report": "estate", "recipients": {"all": {"drive": {"tenant": "northbridge", "drive": "x", "folder": "../up"}}}},
         "folder must be"),
        ({"report": "estate", "every": "year", "recipients": {"all": {"folder": "x"}}}, "every must be one of"),
        ({"report": "estate", "password": "x", "recipients": {"all": {"folder": "x"}}}, "unknown setting password"),
        ("estate", "must be a table"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(job: Any, problem: str) -> None:
    assert any(problem in one for one in read({"pack": job})[1])


@pytest.mark.parametrize(
    ("every", "name", "since", "until"),
    [
        ("month", "2026-10", date(2026, 10, 1), date(2026, 10, 31)),
        ("week", "2026-W46", date(2026, 11, 9), date(2026, 11, 15)),
        ("night", "2026-11-22", date(2026, 11, 1), date(2026, 11, 22)),
    ],
)
def test_what_is_due_is_the_newest_period_that_is_over(every: str, name: str, since: date, until: date) -> None:
    """22 November 2026 is a Sunday: its week is not over yet."""
    found = period_due(every, datetime(2026, 11, 22, 6, 30, tzinfo=UTC))
    assert (found.name, found.since, found.until) == (name, since, until)


def test_a_week_at_the_turn_of_the_year_has_the_name_of_its_own_year() -> None:
    assert period_due("week", datetime(2027, 1, 4, 6, tzinfo=UTC)).name == "2026-W53"


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"from": "fleet@x.example"}, "either host"),
        ({"from": "fleet@x.example", "host": "h", "graph_tenant": "northbridge"}, "either host"),
        ({"from": "nobody", "host": "h"}, "from must be"),
        ({"from": "fleet@x.example", "host": "h", "security": "none"}, "security must be one of"),
        ({"from": "fleet@x.example", "host": "h", "user": "u"}, "exactly one of secret_env"),
        (
            {"from": "fleet@x.example", "host": "h", "user": "u", "secret_env": "A", "secret_file": "b"},
            "exactly one of",
        ),
        ({"from": "fleet@x.example", "host": "h", "password": "x"}, "unknown setting password"),
        ({"from": "fleet@x.example", "graph_tenant": "nowhere"}, "graph_tenant must be"),
    ],
)
def test_mail_is_encrypted_and_its_password_elsewhere(table: dict[str, Any], problem: str) -> None:
    problems: list[str] = []
    post(table, {"northbridge"}, problems)
    assert any(problem in one for one in problems), problems


def test_ports_follow_the_security() -> None:
    made = [post({"from": "f@x.example", "host": "h", "security": one}, (), []) for one in ("tls", "starttls")]
    assert [one.port for one in made if one] == [465, 587]


@pytest.mark.parametrize("text", ["a@b.example", "anna.o'hara+x@north-bridge.gov.example"])
def test_a_plain_address_is_one(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize("text", ["", "a", "a@", "@b.example", "a b@c.example", "a@b.example,c@d.example", "<a@b.example>",
    "a@b..example",
                                  "a@b.example\n", "á@b.example"])  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert not is_address(text)
