"""Every ink can be read on every background it appears on."""

import pytest
from textual.color import Color
from textual.theme import Theme

from tui.theme import ANSI, CONTRAST, DARK, INKS, LIGHT, ROWS, THEMES


def colour(theme: Theme, name: str) -> Color:
    """A colour of a theme by the name of its variable."""
    return Color.parse(theme.variables.get(name) or getattr(theme, name))


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG 2."""

    def luminance(of: Color) -> float:
        parts = [part / 255 for part in of.rgb]
        red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("theme", "least"), [(DARK, 4.5), (LIGHT, 4.5), (CONTRAST, 7.0)], ids=lambda value: getattr(value, "name", value)
)
@pytest.mark.parametrize("background", ["background", "surface", "panel", "row-cursor"])
def test_inks_are_readable(theme: Theme, least: float, background: str) -> None:
    worst = {ink: contrast(colour(theme, look.colour), colour(theme, background)) for ink, look in INKS.items()}
    assert {ink: round(ratio, 2) for ink, ratio in worst.items() if ratio < least} == {}


def test_all_themes_have_all_variables() -> None:
    wanted = {look.colour for look in (*INKS.values(), *ROWS.values())} | {
        look.background for look in ROWS.values()
    } - {""}
    for theme in THEMES:
        assert [name for name in wanted if not (theme.variables.get(name) or getattr(theme, name, None))] == []


def test_the_terminals_own_colours_stay_its_own() -> None:
    assert ANSI.ansi
    assert all(colour(ANSI, look.colour).ansi is not None for look in INKS.values())
