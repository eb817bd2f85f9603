"""`[byod]` of config.toml: which terms, for how long."""

from pathlib import Path

import pytest

from fleet.config import load_config
from fleet.errors import ConfigurationProblem


def test_without_a_table_a_consent_holds_a_year_and_the_terms_are_said_each_time(tmp_path: Path) -> None:
    rules = load_config(tmp_path, {}).byod
    assert (rules.terms, rules.months) == (None, 12)


def test_terms_and_months_are_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[byod]\nterms = "2026-09"\nmonths = 6\n', encoding="utf-8")
    rules = load_config(tmp_path, {}).byod
    assert (rules.terms, rules.months) == ("2026-09", 6)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[byod]\nterms = ""\nmonths = 0\nyears = 1\n', encoding="utf-8")
    with pytest.raises(ConfigurationProblem) as refused:
        load_config(tmp_path, {})
    for part in ("unknown setting years", "terms must be text", "months must be a whole number"):
        assert part in refused.value.message
