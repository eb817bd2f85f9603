"""The page about the drift desk tells every rule and every fix as they are."""

import re
from pathlib import Path

from fleet.domain.rules import RULES

PAGE = (Path(__file__).parents[2] / "docs" / "DRIFT.md").read_text(encoding="utf-8")


def test_the_table_has_every_rule_with_its_title_and_what_settles_it() -> None:
    rows = {key: cells for key, cells in re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", PAGE, re.MULTILINE)}
    for rule in RULES:
        told = rows[rule.key]
        assert told.startswith(f"{rule.title} | "), rule.key
        for fix in rule.fixes:
            assert f"`{fix.key}`" + (" *" if fix.first else "") in told, rule.key
            assert fix.key in rows, fix.key
        assert rule.fixes or rule.elsewhere in told, rule.key
        for order in rule.orders:
            assert rule.key in rows[order.key], f"{order.key} of {rule.key}"
        for name, value in rule.parameters.items():
            assert f"`{name} = " in told and str(value) in told, rule.key
    known = {rule.key for rule in RULES} | {fix.key for rule in RULES for fix in (*rule.fixes, *rule.orders)}
    assert set(rows) == known
