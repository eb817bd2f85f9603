"""The look: one considered palette in dark, light and high contrast, and the inks that lines are painted with.

Colour is never the only sign: severities, statuses, marks and the cursor each have their own character too.
`INKS` are names; a widget that paints lines turns them into styles (`tui.widgets.painting.Inks`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from textual.theme import BUILTIN_THEMES, Theme

STYLE_SHEET = Path(__file__).with_name("fleet.tcss")
"""Read with the first screen that is more than an outline."""


@dataclass(frozen=True)
class Look:
    """How something is painted: names of theme variables, and more such as bold."""

    colour: str
    more: str = ""
    background: str = ""


INKS: Mapping[str, Look] = {
    "dim": Look("ink-dim"),
    "faint": Look("ink-faint"),
    "strong": Look("ink-strong", "bold"),
    "title": Look("primary", "bold"),
    "accent": Look("accent"),
    "good": Look("success"),
    "warn": Look("warning"),
    "bad": Look("error"),
    "match": Look("accent", "bold underline"),
    "key": Look("accent", "bold"),
}
"""The inks a `Span` may carry; "" is ordinary text."""

ROWS: Mapping[str, Look] = {
    "head": Look("ink-dim", "bold", "row-head"),
    "cursor": Look("ink-strong", "row-cursor-style", "row-cursor"),
}


def _theme(name: str, *, dark: bool, colours: dict[str, str], inks: dict[str, str]) -> Theme:
    return Theme(
        name=name,
        dark=dark,
        **colours,  # type: ignore[arg-type]  # a Theme's colours are all plain strings
        variables={
            **inks,
            "row-cursor-style": "none",
            "input-cursor-background": inks["ink-strong"],
            "input-cursor-foreground": colours["background"],
            "input-selection-background": inks["row-cursor"],
            "input-selection-foreground": inks["ink-strong"],
            "scrollbar": inks["ink-thumb"],
            "scrollbar-hover": colours["primary"],
            "scrollbar-active": colours["primary"],
            "scrollbar-background": colours["background"],
            "scrollbar-background-hover": colours["background"],
            "scrollbar-background-active": colours["background"],
            "scrollbar-corner-color": colours["background"],
            "border": inks["ink-rule"],
            "border-blurred": inks["ink-rule"],
            "ink-placeholder": inks["ink-faint"],
        },
    )


DARK = _theme(
    "fleet-dark",
    dark=True,
    colours={
        "primary": "#6fb7c9",
        "secondary": "#8fa7c4",
        "accent": "#e3b565",
        "foreground": "#d5dbe3",
        "background": "#10151c",
        "surface": "#161d26",
        "panel": "#1c2530",
        "success": "#86c794",
        "warning": "#e3b565",
        "error": "#f08a80",
    },
    inks={
        "ink-dim": "#a3afbd",
        "ink-faint": "#8d9aa9",
        "ink-strong": "#f4f7fa",
        "ink-rule": "#2d3a48",
        "ink-thumb": "#35455a",
        "row-cursor": "#1a2e3d",
        "row-head": "#161d26",
    },
)

LIGHT = _theme(
    "fleet-light",
    dark=False,
    colours={
        "primary": "#0b6175",
        "secondary": "#41597a",
        "accent": "#875300",
        "foreground": "#25303c",
        "background": "#fbfaf6",
        "surface": "#f3f1ea",
        "panel": "#eae7de",
        "success": "#26653a",
        "warning": "#875300",
        "error": "#ad2a1f",
    },
    inks={
        "ink-dim": "#4b5764",
        "ink-faint": "#5c6773",
        "ink-strong": "#0c131b",
        "ink-rule": "#cfcabd",
        "ink-thumb": "#c3bdae",
        "row-cursor": "#dfeef0",
        "row-head": "#f3f1ea",
    },
)

CONTRAST = _theme(
    "fleet-contrast",
    dark=True,
    colours={
        "primary": "#5fe3ff",
        "secondary": "#ffffff",
        "accent": "#ffe14d",
        "foreground": "#ffffff",
        "background": "#000000",
        "surface": "#000000",
        "panel": "#141414",
        "success": "#7dff8a",
        "warning": "#ffe14d",
        "error": "#ff9d94",
    },
    inks={
        "ink-dim": "#e0e0e0",
        "ink-faint": "#c4c4c4",
        "ink-strong": "#ffffff",
        "ink-rule": "#8a8a8a",
        "ink-thumb": "#b0b0b0",
        "row-cursor": "#00294a",
        "row-head": "#141414",
    },
)

ANSI = replace(
    BUILTIN_THEMES["ansi-dark"],
    name="fleet-ansi",
    primary="ansi_cyan",
    accent="ansi_yellow",
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "ink-dim": "ansi_default",
        "ink-faint": "ansi_default",
        "ink-placeholder": "ansi_default",
        "ink-strong": "ansi_default",
        "ink-rule": "ansi_bright_black",
        "ink-thumb": "ansi_bright_black",
        "row-cursor": "ansi_default",
        "row-head": "ansi_default",
        "row-cursor-style": "reverse",
    },
)
"""The terminal's own sixteen colours. Everything that has to be read is in its ordinary one or in a plain colour: its grey is
too dark to read on many; only rules and the scroll bar have it."""

THEMES = (DARK, LIGHT, CONTRAST, ANSI)
