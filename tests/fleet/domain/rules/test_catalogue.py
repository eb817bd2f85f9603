"""The catalogue of rules."""

import pytest

from fleet.domain.lifecycle import STATUSES
from fleet.domain.rules import RULES, rule
from fleet.errors import NotFound


def test_keys_and_titles_are_unique():
    assert len({one.key for one in RULES}) == len({one.title for one in RULES}) == len(RULES)


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
