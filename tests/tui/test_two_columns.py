"""Cards on a wide terminal: sections in two even columns, nothing lost, nothing wider than the terminal."""

from tui.cards import lay_heading, lay_pair
from tui.text import clean, plain, span
from tui.two_columns import TWO_FROM, in_two
from tui.widgets.line_view import Line
from tui.widgets.painting import width_of

SECTIONS = {"Recorded": 9, "Intune": 6, "History": 4}


def lay(width: int) -> list[Line]:
    lines: list[Line] = [[span("EM000001", "strong")]]
    for title, many in SECTIONS.items():
        lines += lay_heading(title, clean(""), width)
        for number in range(many):
            lines += lay_pair(f"{title} {number}", span("x" * 30), width)
    return lines


def test_sections_stand_beside_each_other_and_none_is_lost() -> None:
    lines = [plain(line) for line in in_two(lay)(180)]
    assert lines[0] == "EM000001"
    assert [line.split()[::2] for line in lines if "Recorded \u2500" in line] == [["Recorded", "Intune"]]
    text = "\n".join(lines)
    assert [text.count(f"{title} {number} ") for title, many in SECTIONS.items() for number in range(many)] == [1] * 19
    assert max(map(width_of, lines)) <= 180
    assert len(lines) <= 1 + 2 + 9 + 5


def test_a_narrow_one_and_one_of_a_single_section_stay_as_they_are() -> None:
    assert in_two(lay)(TWO_FROM - 1) == lay(TWO_FROM - 1)
    assert in_two(lambda width: lay(width)[:6])(180) == lay(180)[:6]
