"""Which versions Apple still patches, per model."""

import json
from datetime import date, timedelta

import pytest

from fleet.domain.os_support import SHIPPED, SupportTable, Version, model_key, read_version
from fleet.errors import ConfigurationProblem

TODAY = date(2026, 11, 22)
TABLE = {
    "date": "2026-11-20",
    "source": "a test",
    "branches": {
        "iOS": {
            "27": {"newest": "27.1"},
            "26": {"newest": "26.7.1 (a)"},
            "18": {"newest": "18.7.9", "until": "2026-12-31"},
        }
    },
    "models": {"iOS": {"27": ["iPhone 11"], "18": ["iPhone XS"], "16": ["iPhone X"]}},
    "aliases": {"iPhone Eleven": "iPhone 11"},
}


def _load(tmp_path, table) -> SupportTable:
    path = tmp_path / "support.json"
    path.write_bytes(json.dumps(table).encode() if isinstance(table, dict) else table)
    return SupportTable.load(path)


@pytest.mark.parametrize(
    ("model", "version", "verdict"),
    [
        ("iPhone XS", "18.7.9", "supported"),
        ("iPhone XS", "18.7.8", "update-due"),
        ("iPhone XS", "17.7", "unsupported"),
        ("iPhone XS", "26.0", "unknown"),
        ("iPhone 11", "18.7.9", "update-due"),
        ("iPhone 11", "26.7.1 (a)", "update-due"),
        ("iPhone 11", "27.0.1", "update-due"),
        ("iPhone 11", "27.1", "supported"),
        ("iPhone 11", "27.1.0", "supported"),
        ("iPhone 11", "27.1 (a)", "supported"),
        ("iPhone 11", "27.2", "supported"),
        ("iPhone 11", "28.0", "unknown"),
        ("iPhone 11", "17.7", "unsupported"),
        ("iPhone X", "16.7.16", "unsupported"),
        ("iPhone Eleven", "27.1", "supported"),
        ("iPhone 99", "27.1", "unknown"),
        ("iPhone 99", "9.0", "unknown"),
        (None, "27.1", "unknown"),
        ("", "27.1", "unknown"),
        ("iPhone 11", None, "unknown"),
        ("iPhone 11", "", "unknown"),
        ("iPhone 11", "newest", "unknown"),
    ],
)
def test_a_version_is_judged_by_what_the_model_can_run(tmp_path, model, version, verdict):
    assert _load(tmp_path, TABLE).verdict(model, version, TODAY) == verdict


def test_a_letter_release_makes_the_plain_version_due(tmp_path):
    table = TABLE | {"models": {"iOS": {"27": ["iPhone 11"], "26": ["iPhone 10"]}}}
    support = _load(tmp_path, table)
    assert support.verdict("iPhone 10", "26.7.1", TODAY) == "update-due"
    assert support.verdict("iPhone 10", "26.7.1 (a)", TODAY) == "supported"
    assert support.verdict("iPhone 10", "26.7.1(b)", TODAY) == "supported"


def test_a_branch_with_an_end_is_unsupported_from_the_day_after(tmp_path):
    support = _load(tmp_path, TABLE)
    assert support.verdict("iPhone XS", "18.7.9", date(2026, 12, 31)) == "supported"
    assert support.verdict("iPhone XS", "18.7.9", date(2027, 1, 1)) == "unsupported"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("26.3.1 (a)", Version(26, 3, 1, "a")),
        ("26.3.1(B)", Version(26, 3, 1, "b")),
        ("26.3.1a", Version(26, 3, 1, "a")),
        (" 18.7 ", Version(18, 7)),
        ("27", Version(27)),
        ("iPadOS 26.3", Version(26, 3)),
        ("iOS 18.7.10", Version(18, 7, 10)),
        ("18.7.x", None),
        ("18.7.1.2", None),
        ("version 18", None),
        ("١٨.٧", None),
        ("9" * 5000, None),
        (None, None),
    ],
)
def test_versions_are_read_as_apple_writes_them(text, version):
    assert read_version(text) == version


def test_versions_are_ordered_by_number_and_then_by_letter():
    texts = ["17.7.10", "18.7.9", "18.7.10", "26.3", "26.3.1", "26.3.1 (a)", "26.3.1 (b)", "26.3.2", "27"]
    assert sorted(map(read_version, reversed(texts))) == [read_version(text) for text in texts]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("iPad Pro 11-inch (3rd generation)", "iPad Pro (11-inch) (3rd generation)"),
        ("iPad Pro 11-inch (3rd generation)", 'ipad pro 11" 3rd gen'),
        ("iPad Pro 12.9-inch (1st generation)", "iPad Pro (12.9-inch)"),
        ("iPad Pro 11-inch (1st generation)", "iPad Pro 11 inch"),
        ("iPad (9th generation)", "iPad 9th Gen."),
        ("iPad (9th generation)", "iPad (9th generation) Wi-Fi + Cellular 64GB"),
        ("iPad Air (2nd generation)", "iPad Air 2"),
        ("iPad mini (A17 Pro)", "iPad Mini A17 Pro"),
        ("iPhone SE (1st generation)", "iPhone SE"),
        ("iPhone XS Max", "Apple iPhone  Xs\N{NO-BREAK SPACE}Max"),
    ],
)
def test_spellings_of_one_model_agree(one, other):
    assert model_key(one) == model_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("iPhone 11", "iPhone 11 Pro"),
        ("iPhone SE (2nd generation)", "iPhone SE (3rd generation)"),
        ("iPad Pro 11-inch (3rd generation)", "iPad Pro 12.9-inch (3rd generation)"),
        ("iPad Air 11-inch (M2)", "iPad Air 11-inch (M3)"),
        ("iPad (9th generation)", "iPad mini (9th generation)"),
        ("iPhone 11", "iPhone"),
    ],
)
def test_different_models_stay_different(one, other):
    assert model_key(one) != model_key(other)


@pytest.mark.parametrize(
    ("model", "version", "verdict"),
    [
        ("iPad (8th generation)", "26.7.1", "supported"),
        ("iPad Air (3rd generation)", "26.7.1", "supported"),
        ("iPad mini (5th generation)", "26.7.1", "supported"),
        ("iPad Pro 11-inch (1st generation)", "26.7.1", "supported"),
        ("iPad Pro 12.9-inch (3rd generation)", "26.7.1", "supported"),
        ("iPad Pro 11-inch (2nd generation)", "26.7.1", "update-due"),
        ("iPad (9th generation)", "26.7.1", "update-due"),
        ("iPad (9th generation)", "27.0.1", "supported"),
        ("iPad (11th generation)", "27.0.1", "supported"),
        ("iPad (7th generation)", "18.7.10", "supported"),
        ("iPad (6th generation)", "17.7.11", "unsupported"),
        ("iPhone 11", "18.7.9", "update-due"),
        ("iPhone XS", "18.7.10", "supported"),
        ("iPhone 8", "16.7.16", "unsupported"),
        ("iPad", "15.1", "unknown"),
    ],
)
def test_the_shipped_table_knows_what_apple_dropped(model, version, verdict):
    assert SupportTable.load().verdict(model, version, TODAY) == verdict


def test_the_shipped_table_says_where_and_when_it_comes_from():
    support = SupportTable.load()
    assert support.source
    assert support.as_at <= TODAY
    assert support.family("iPad (9th generation)") == "iPadOS"
    assert support.family("iPhone 11") == "iOS"
    assert support.family("Pixel") is None


def test_the_shipped_table_lists_no_model_under_two_branches():
    listed = [
        model_key(model)
        for families in json.loads(SHIPPED.read_text(encoding="utf-8"))["models"].values()
        for models in families.values()
        for model in models
    ]
    assert len(listed) == len(set(listed))


def test_data_are_stale_after_sixty_days(tmp_path):
    support = _load(tmp_path, TABLE)
    assert not support.stale(support.as_at + timedelta(days=60))
    assert support.stale(support.as_at + timedelta(days=61))


def test_a_table_lists_everything_that_is_wrong_with_it(tmp_path):
    broken = {
        "date": "November",
        "source": [],
        "branches": {
            "iOS": {"27": {"newest": "26.1"}, "x": {"newest": "1"}, "18": {"newest": "18.1", "until": "soon"}}
        },
        "models": {"iOS": {"27": "iPhone 11"}, "tvOS": {}},
        "aliases": {"a": "b"},
    }
    with pytest.raises(ConfigurationProblem) as caught:
        _load(tmp_path, broken)
    for words in (
        "`source`",
        "`date`",
        "branches.iOS.27 needs",
        "x is no major version",
        "`until`",
        "models.iOS.27 must be a list",
        "models.tvOS has no branches.tvOS",
        "the alias a stands for b",
    ):
        assert words in caught.value.message


@pytest.mark.parametrize("text", [b"{", b"[]", b"5", b"\xff"])
def test_a_file_that_is_no_table_is_refused(tmp_path, text):
    with pytest.raises(ConfigurationProblem, match="OS support table"):
        _load(tmp_path, text)


def test_a_file_that_is_absent_is_refused(tmp_path):
    with pytest.raises(ConfigurationProblem, match="can't be read"):
        SupportTable.load(tmp_path / "absent.json")
