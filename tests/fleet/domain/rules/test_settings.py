"""What configuration may say about rules."""

import pytest

from fleet.domain.rules import RULES, Context
from fleet.domain.rules.settings import complete_settings
from fleet.errors import ConfigurationProblem


def test_without_configuration_every_rule_has_its_defaults():
    settings = complete_settings({})
    assert settings.keys() == {rule.key for rule in RULES}
    assert settings["not-seen-30"] == {"enabled": True, "severity": "medium", "days": 30}
    assert settings["holder-on-long-leave"]["enabled"] is False


def test_everything_that_is_wrong_is_listed_at_once():
    wrong = {
        "leaver-hold": {},
        "vanished": {"runs": "two", "colour": "red"},
        "jailbroken": {"enabled": "no", "severity": "dreadful"},
        "not-seen-90": {"days": True},
        "noncompliant": {"grace_days": -1},
        "os-unsupported": {"table": 5},
        "two-tenants": "off",
    }
    with pytest.raises(ConfigurationProblem) as caught:
        complete_settings(wrong)
    for words in (
        "no rule leaver-hold (did you mean leaver-holds?)",
        "vanished.runs must be a whole number",
        "vanished has no parameter colour (it has: enabled, severity, runs)",
        "jailbroken.enabled must be true or false",
        "jailbroken.severity must be one of high, medium, low",
        "not-seen-90.days must be a whole number",
        "noncompliant.grace_days must be a whole number",
        "os-unsupported.table must be text",
        "rules.two-tenants must be a table",
    ):
        assert words in caught.value.message


@pytest.mark.parametrize(("month", "quarter"), [(90, 90), (91, 90), (30, 14)])
def test_a_month_of_silence_must_be_shorter_than_a_quarter(month, quarter):
    with pytest.raises(ConfigurationProblem, match="fewer"):
        complete_settings({"not-seen-30": {"days": month}, "not-seen-90": {"days": quarter}})


def test_a_context_refuses_wrong_parameters_too(now):
    with pytest.raises(ConfigurationProblem, match="no rule nonsense"):
        Context(now=now, today=now.date(), parameters={"nonsense": {}})


def test_the_largest_number_of_days_does_not_break_the_calendar(now):
    longest = {"not-seen-90": {"days": 3650}, "noncompliant": {"grace_days": 3650}}
    assert Context.from_config(longest, now).silent_90 is not None
    with pytest.raises(ConfigurationProblem, match="3650"):
        Context.from_config({"not-seen-90": {"days": 3651}}, now)


def test_a_support_table_named_in_the_configuration_is_read(now, tmp_path):
    with pytest.raises(ConfigurationProblem, match="can't be read"):
        Context.from_config({"os-unsupported": {"table": str(tmp_path / "absent.json")}}, now)


def test_a_pattern_that_is_none_and_steps_out_of_order_are_refused(now):
    with pytest.raises(ConfigurationProblem, match="pattern is no regular expression"):
        Context.from_config({"device-name": {"pattern": "("}}, now)
    with pytest.raises(ConfigurationProblem, match="high_days < medium_days < days"):
        Context.from_config({"credential-expiring": {"days": 20}}, now)
