"""What a person prefers is kept per operator; a file that makes no sense is as good as none."""

from pathlib import Path

import pytest

from fleet.errors import UsageProblem
from tui.columns import DEVICES
from tui.preferences import Arrangement, Preferences, View, arrange, load_preferences, save_preferences

WANTED = Preferences(
    {"devices": Arrangement(("device", "serial"), {"serial": 20}, "status,-last_seen")},
    (View("Lost ones", "devices", "status:lost", "holder"), View("Rule", "findings", "", "", "leaver-holds")),
)


def test_what_was_kept_is_read_again_and_the_others_keep_theirs(tmp_path: Path) -> None:
    path = tmp_path / "screen.json"
    save_preferences(path, "anna", WANTED)
    save_preferences(path, "bryn", Preferences())
    assert load_preferences(path, "anna") == WANTED
    assert load_preferences(path, "bryn") == Preferences()
    assert load_preferences(path, "nobody") == Preferences()


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", "{", '{"anna": 3}', '{"anna": {"lists": {"devices": 7}}}', '{"anna": {"views": [4]}}']
)
def test_a_file_that_makes_no_sense_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "screen.json"
    path.write_text(text, encoding="utf-8")
    assert load_preferences(path, "anna") == Preferences()


def test_a_file_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="can't be written"):
        save_preferences(tmp_path / "nowhere" / "screen.json", "anna", WANTED)


def test_the_first_column_stays_first_and_unknown_ones_are_left_out() -> None:
    columns = arrange(DEVICES, Arrangement(("serial", "nonsense", "device", "holder"), {"holder": 500}))
    assert [one.key for one in columns] == ["device", "serial", "holder"]
    assert columns[2].width == 80


def test_a_view_saved_again_takes_the_place_of_the_first() -> None:
    again = WANTED.with_view(View("Lost ones", "devices", "status:stolen"))
    assert [one.text for one in again.views_of("devices")] == ["status:stolen"]
    assert len(again.views) == 2
    assert again.without(View("Lost ones", "devices")).views_of("devices") == []
