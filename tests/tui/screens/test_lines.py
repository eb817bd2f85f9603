"""What devices, files and people are called stays inert on the screens of stocktake and import, at every width."""

import unicodedata
from pathlib import Path

import pytest

from tests.factory import NOW
from tests.tui.hostile import HOSTILE
from tui.counting import Amiss, Batch, Seen, Stocktaking, Whereabouts
from tui.files import FileChange, FileChoice, FilePlace, FilePreview, FileProblem
from tui.screens.import_lines import Offered, lay_folder, lay_preview, on_screen
from tui.screens.stocktake_lines import lay_amiss, lay_log, lay_progress, lay_verdict
from tui.widgets.line_view import Line


def is_inert(lines: list[Line]) -> bool:
    """Whether nothing is in it that a terminal would act upon."""
    acts = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    told = set().union(*(part.text for line in lines for part in line))
    return not any(unicodedata.category(char) in acts for char in told)


@pytest.mark.parametrize("width", [20, 80, 140])
def test_a_stocktake_shows_hostile_names_without_obeying_them(width: int) -> None:
    for text in HOSTILE:
        seen = Seen(text, "unknown", text, text, text, text)
        stocktake = Stocktaking(1, text, text, NOW, text, 5)
        lines = [
            *lay_log([seen])(width),
            *lay_verdict(Batch([seen], 1, {}), 0, None, None)(width),
            *lay_verdict(None, 1, text, None)(width),
            *lay_verdict(None, 0, None, text)(width),
            *lay_amiss([Amiss("missing", text, text, text, "C")], "missing")(width),
            *lay_progress(stocktake, {"expected": 5, "missing": 2}, Whereabouts(text, text))(width),
        ]
        assert is_inert(lines)


@pytest.mark.parametrize("width", [20, 80, 140])
def test_a_preview_shows_hostile_cells_without_obeying_them(width: int) -> None:
    for text in HOSTILE:
        preview = FilePreview(
            FileChoice(text), text, text, text, {text: text}, [text], [text], {"new": 1, "rejected": 1},
            [FileChange(2, text, True, text)], [FileProblem(text, 3, [FilePlace(2, text, text, text)], text)],
            {"site": [text]}, "", NOW,
        )  # fmt: skip
        assert is_inert([*lay_preview(preview, None, NOW)(width), *lay_preview(preview, text, NOW)(width)])
        offered = [Offered(Path(text), is_folder=False), Offered(Path(text), is_folder=True)]
        assert is_inert(list(lay_folder(offered, 0, reading=False)(width)))


def test_options_of_the_command_line_are_told_as_keys() -> None:
    told = on_screen("If it is true, repeat with --confirm 12 and a --reason.")
    assert told == "If it is true, repeat it with F3, Confirm 12 and a Reason."
