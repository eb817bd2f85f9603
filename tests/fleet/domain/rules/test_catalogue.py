"""The catalogue of rules."""

import pytest

from fleet.domain.lifecycle import STATUSES
from fleet.domain.rules import RULES, rule
from fleet.errors import NotFound


def test_keys_and_titles_are_unique():
    assert len({one.key for one in RULES}) == len({one.title for one in RULES}) == len(RULES)


def test_titles_fit_the_list_of_rules_on_a_terminal_of_140_columns():
    """The list of rules is 30 columns wide there: a sign, a number of six digits and lines take 12 of them."""
    assert [one.title for one in RULES if len(one.title) > 18] == []


def test_a_rule_is_either_about_devices_or_about_clashes():
    assert all((one.check is None) != (one.clash is None) for one in RULES)


def test_every_rule_says_in_sentences_what_it_means_and_what_to_do():
    for one in RULES:
        assert one.meaning.endswith(".") and one.what_to_do.endswith("."), one.key
        assert one.identity, one.key


def test_rules_name_statuses_that_exist():
    for one in RULES:
        assert set(one.applies_to.statuses or ()) | one.applies_to.not_statuses <= set(STATUSES), one.key


def test_a_rule_is_found_by_its_key():
    assert rule("leaver-holds").severity == "high"


def test_an_unknown_key_is_refused_with_those_that_exist():
    with pytest.raises(NotFound, match="leaver-holds"):
        rule("leaver-hold")


def test_every_rule_says_what_settles_it_here_or_what_it_takes_elsewhere():
    for one in RULES:
        assert bool(one.fixes) != bool(one.elsewhere), one.key
        assert len({fix.key for fix in one.fixes}) == len(one.fixes), one.key


def test_a_fix_leads_only_to_rules_that_exist_and_tells_what_it_changes():
    keys = {one.key for one in RULES}
    for one in RULES:
        for fix in one.fixes:
            assert set(fix.leads_to) <= keys - {one.key}, one.key
            assert fix.changes.endswith(".") and not fix.title.endswith("."), fix.key
            assert not fix.first or fix.first.endswith("."), fix.key
