"""Lines are exactly as wide as they should be, whatever they hold."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.hostile import HOSTILE
from tui.text import clean, span
from tui.widgets.painting import between, fit, wrap

TEXTS = st.one_of(st.text(), st.sampled_from(HOSTILE))


@given(TEXTS, st.integers(0, 60), st.booleans())
def test_a_fitted_text_takes_exactly_its_width(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(clean(text), width, right)) == width


def test_what_is_cut_ends_in_an_ellipsis_and_what_fits_does_not() -> None:
    assert fit(clean("Featherstonehaugh"), 8) == "Feather…"
    assert fit(clean("Lin"), 5) == "Lin  "
    assert fit(clean("12"), 5, right=True) == "   12"
    assert fit(clean("日本語の名前"), 6) == "日本 …"


@given(TEXTS, st.integers(2, 60))
def test_wrapped_lines_are_no_wider_than_asked(text: str, width: int) -> None:
    lines = wrap(clean(text[:400]), width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == clean(text[:400]).replace(" ", "")


def test_both_ends_of_a_line_or_only_the_left() -> None:
    line = between([span("left")], [span("right")], 20)
    assert "".join(part.text for part in line) == "left           right"
    assert [part.text for part in between([span("left")], [span("right")], 9)] == ["left"]


def test_a_sign_in_name_that_is_too_long_is_broken_at_the_at_sign() -> None:
    assert wrap(clean("(fiona.dembele@eastmere.gov.example)"), 30) == ["(fiona.dembele", "@eastmere.gov.example)"]


def test_a_number_that_is_too_long_is_broken_at_a_hyphen() -> None:
    text = clean("3e04ce71-e843-4594-a852-09c181d11d26")
    assert wrap(text, 34) == ["3e04ce71-e843-4594-a852-", "09c181d11d26"]
