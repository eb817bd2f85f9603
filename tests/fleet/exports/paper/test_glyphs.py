"""Which characters print: Welsh and most of Europe composed, the rest a box that is reported."""

import io

import pytest

from fleet.exports.paper.glyphs import BOLD, REGULAR, known, pieces, unprintable
from fleet.exports.paper.marks import A4, Style, Words
from fleet.exports.paper.pen import fitted, shortened, width, wrap, write_pages

STYLE = Style(10, 12)


@pytest.mark.parametrize("font", [REGULAR, BOLD])
@pytest.mark.parametrize(
    "name",
    [
        "Siân O'Brien", "O’Brien", "Ŵyn ŷ Ŷ ŵ ẁ ẃ ẅ ỳ ý ÿ", "Łukasz Żółć", "Nguyễn Thị Ánh", "Őrsi Űrhegyi", "Ștefan Țurcanu",
        "Šárka Řeháková", "Ingibjörg Þórðardóttir", "Müjde Işık Ğ", "Ā ē ī ō ū", "Ķ ņ ģ", "Ñandú ¿qué?", "Æ Œ ß ø å",
    ],
)  # fmt: skip
def test_names_of_europe_print_in_full(font: str, name: str) -> None:
    assert unprintable(name) == []
    for piece in pieces(name, font):
        assert known(font).issuperset(piece.shown)
        assert all(accent in known(font) for accent, _ in piece.accents)
    assert "".join(piece.actual for piece in pieces(name, font)) == name


def test_a_composed_letter_is_its_base_with_the_accent() -> None:
    (piece,) = pieces("ŵ", REGULAR)
    assert (piece.shown, piece.actual, [accent for accent, _ in piece.accents]) == ("w", "ŵ", ["ˆ"])
    lower, upper = pieces("ŵ", REGULAR)[0].accents[0][1], pieces("Ŵ", REGULAR)[0].accents[0][1]
    assert upper > lower == 0, "over a capital the accent stands higher"
    assert pieces("ĩ", REGULAR)[0].shown == "ı", "the accent takes the place of the dot"


def test_what_no_font_here_has_is_a_box_that_is_named() -> None:
    assert unprintable("Ann 张伟 Ω عبد 张") == ["张", "伟", "ع", "ب", "د"]
    assert [piece.shown for piece in pieces("a张b", REGULAR)] == ["a", "", "b"]
    assert width("张", STYLE) > 0


def test_hidden_characters_print_as_boxes_and_are_not_reported() -> None:
    assert unprintable("a\ufffdb") == []
    assert pieces("\ufffd", REGULAR)[0].shown == ""


@pytest.mark.parametrize("text", ["", "a", "word " * 200 + "end", "W" * 500, "张" * 300, "ŵ" * 200, "a  b"])
def test_wrapped_lines_fit_and_lose_nothing(text: str) -> None:
    lines = wrap(text, STYLE, 100)
    assert all(width(line, STYLE) <= 100 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_line_is_made_smaller_before_it_is_cut() -> None:
    small = fitted("NB-IPD-00123", STYLE, 50, 4)
    assert 4 <= small.size < 10
    assert width("NB-IPD-00123", small) <= 50.01
    assert fitted("W" * 100, STYLE, 50, 4).size == 4
    cut = shortened("London Borough of Wexcombe", STYLE, 60)
    assert cut.endswith("…")
    assert width(cut, STYLE) <= 60


def test_the_same_page_gives_the_same_bytes_and_real_characters_go_along() -> None:
    files = []
    for _ in range(2):
        file = io.BytesIO()
        write_pages(file, [[Words(10, 10, "Ŵyn 张", STYLE)]], A4, title="t", author="a")
        files.append(file.getvalue())
    assert files[0] == files[1]
    assert files[0].startswith(b"%PDF-")
