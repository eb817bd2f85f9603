"""What a person may type to find things: any text is read or refused with a sentence, never anything else."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.domain.records import DeviceRow
from fleet.domain.search import COMPARABLE, FILTERS, Filter, fold, parse, row_matches, version_key, version_matches
from fleet.errors import UsageProblem

TODAY = date(2026, 11, 22)
BITS = st.sampled_from(
    [
        *(f"{name}:" for name in FILTERS),
        "-",
        '"',
        " ",
        ":",
        "<",
        ">=",
        "=",
        "17.7",
        "30d",
        "nobody",
        "any",
        "O'Brien",
        "%",
        "lost",
        "//",
    ]
)


def a_row(**values: Any) -> DeviceRow:
    known: dict[str, Any] = dict.fromkeys(
        ("model", "serial", "imei", "asset_tag", "site", "team", "holder", "holder_upn", "holder_id", "os_version", "compliance",
         "last_seen")
    )  # fmt: skip
    known |= {"id": 1, "kind": "ipad", "status": "in_stock", "organisation": "northbridge", "ownership": "organisation"}
    return DeviceRow(**(known | values))


@given(st.one_of(st.text(), st.lists(BITS).map("".join), st.lists(st.one_of(BITS, st.text(max_size=6))).map(" ".join)))
def test_any_text_is_a_search_or_a_sentence(text: str) -> None:
    """Words come out folded, filters known and comparable where they compare; a row can be asked at once."""
    try:
        found = parse(text)
    except UsageProblem as problem:
        assert problem.message.endswith((".", "?")) or problem.message
        return
    assert all(word and word == fold(word) for word in found.words)
    for one in found.filters:
        assert one.name in FILTERS and one.value and (one.operator == "=" or one.name in COMPARABLE)
    try:
        assert row_matches(a_row(), found, TODAY) in (True, False)
    except UsageProblem as problem:
        assert "not kept for past days" in problem.message


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    """The stored text and the query meet, however often either was folded."""
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text(), st.text())
def test_a_folded_part_is_found_in_the_folded_whole(before: str, part: str, after: str) -> None:
    """Between separators, as search texts are made."""
    assert fold(part) in fold(f"{before}\x1f{part}\x1f{after}")


@pytest.mark.parametrize(
    ("text", "words", "filters"),
    [
        ("", (), ()),
        ("O'Brien", ("obrien",), ()),
        ("Siân O’Brien", ("sian", "obrien"), ()),
        ('"Town Hall"', ("town hall",), ()),
        ("SN-001 50%", ("sn-001", "50%"), ()),
        ("status:lost", (), (Filter("status", "=", "lost"),)),
        ("-status:lost ipad", ("ipad",), (Filter("status", "=", "lost", True),)),
        ('site:"Town Hall"', (), (Filter("site", "=", "Town Hall"),)),
        ("os:<17.7 seen:>30d", (), (Filter("os", "<", "17.7"), Filter("seen", ">", "30d"))),
        ("holder:bryn rule:any", (), (Filter("held", "=", "bryn"), Filter("finding", "=", "any"))),
        ("status:", (), ()),
        ("https://example.org/x", ("https://example.org/x",), ()),
        ("note:", ("note:",), ()),
        ("AC:DE:48:00:11:22 status:lost", ("acde48001122",), (Filter("status", "=", "lost"),)),
        ("ac:de:4", ("acde4",), ()),
        ("ac: :e4", ("ac", "e4"), ()),
        ("00-E0-C5-21-B4-E4 00e0.c521.b4e4", ("00e0c521b4e4", "00e0c521b4e4"), ()),
        ('20-11-22 10.0.0.1 "ac:de"', ("20-11-22", "10.0.0.1", "ac:de"), ()),
    ],
)
def test_what_people_type_means_what_they_expect(
    text: str, words: tuple[str, ...], filters: tuple[Filter, ...]
) -> None:
    """Words, phrases, filters, aliases and half-typed ones."""
    found = parse(text)
    assert (found.words, found.filters) == (words, filters)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stat:lost", "Did you mean"),
        ("colour:red", "There is no filter called colour:"),
        ("status:<lost", "takes a value, not a comparison"),
        ("os:new", "takes a version"),
        ("seen:yesterday", "takes a number of days"),
        ("due:<soon", "takes a number of days"),
        ("seen:>" + "9" * 9, "takes a number of days"),
    ],
)
def test_a_filter_that_means_nothing_is_told(text: str, told: str) -> None:
    """With the nearest one where there is."""
    with pytest.raises(UsageProblem) as problem:
        parse(text)
    assert told in problem.value.message


@pytest.mark.parametrize(
    ("version", "operator", "wanted", "fits"),
    [
        ("17.7.2", "=", "17", True), ("17.7.2", "=", "17.7", True), ("17.7.2", "=", "17.6", False), ("9.3", "<", "17", True),
        ("26.3.1 (a)", ">=", "26.3.1", True), ("26.3.1 (a)", ">", "26.3.1", False), ("17.0", "<=", "17", True),
        ("18", ">", "17.9.9", True), ("rubbish", "<", "1", True),
    ],
)  # fmt: skip
def test_versions_are_compared_as_numbers(version: str, operator: str, wanted: str, fits: bool) -> None:
    """Not as text, and whatever their length."""
    assert version_matches(version, operator, wanted) is fits


@given(st.text())
def test_any_version_has_a_place(version: str) -> None:
    """Whatever a source sends."""
    assert len(version_key(version)) == 4


@pytest.mark.parametrize(
    ("text", "values", "fits"),
    [
        ("held:nobody", {}, True),
        ("held:nobody", {"holder": "Town Hall"}, False),
        ("held:non", {"holder": "Bryn Hale"}, False),
        ("held:hale", {"holder": "Bryn Hale", "holder_upn": "b@x.example"}, True),
        ("held:town", {"holder": "Town Hall"}, True),
        ("-held:nobody", {"holder": "Bryn Hale"}, True),
        ("site:hafod", {"site": "Tŷ Hafod"}, True),
        ("site:ty", {"site": "Tŷ Hafod"}, True),
        ("site:tŷ", {"site": "Tŷ Hafod"}, True),
        ("-site:hafod", {}, True),
        ("status:in-stock", {}, True),
        ('status:"In stock"', {}, True),
        ("kind:thin-client", {"kind": "thin_client"}, True),
        ("os:<17", {}, False),
        ("-os:<17", {}, True),
        ("due:overdue", {"due_on": date(2026, 11, 21)}, True),
        ("due:overdue", {"due_on": TODAY}, False),
        ("due:any", {}, False),
        ("due:<7d", {"due_on": date(2026, 11, 29)}, True),
        ("due:>7d", {"due_on": date(2026, 11, 29)}, False),
        ("due:>7d", {"due_on": date(2026, 11, 30)}, True),
        ("e0:c5:21", {"ethernet_mac": "00E0C521B4E4"}, True),
        ("sian lost", {"holder": "Siân Pugh", "status": "lost"}, True),
    ],
)
def test_a_row_satisfies_a_search(text: str, values: dict[str, Any], fits: bool) -> None:
    """As the database would say of it."""
    assert row_matches(a_row(**values), parse(text), TODAY) is fits


@pytest.mark.parametrize("text", ["seen:<7d", "finding:any"])
def test_what_the_past_does_not_keep_is_refused(text: str) -> None:
    """Rather than answered with something else."""
    with pytest.raises(UsageProblem, match="not kept for past days"):
        row_matches(a_row(), parse(text), TODAY)


def test_a_quote_that_is_not_closed_yet_takes_the_rest() -> None:
    assert parse('anna team:"Children N') == parse('anna team:"Children N"')
    assert parse('team:"').filters == ()


@pytest.mark.parametrize(
    ("typed", "told"),
    [("status:losst", "Did you mean lost?"), ("kind:tablet", "kind: is one of ipad"), ("own:mine", "not mine")],
)
def test_a_value_that_a_filter_can_not_have_is_a_mistake_and_told(typed: str, told: str) -> None:
    with pytest.raises(UsageProblem, match=re.escape(told)):
        parse(typed)
