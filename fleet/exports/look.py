"""How workbooks look: one place for fonts, colours and number formats."""

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.exports.definition import Tone

INK = "#1F2933"
QUIET = "#5F6B76"
LINE = "#D5DBE1"
HEADER = "#1D4E68"
ACCENT = "#1D4E68"
SERIES = ("#1D4E68", "#E08E2B", "#5AA9C7", "#B23A48", "#7A8B99", "#8CB369", "#6C4F8C", "#D9C27E", "#3F7F5F")
"""Colours of a chart's series: told apart in grey and by people who see few colours."""
GOOD, WARN, BAD, UNSAID = "#1D4E68", "#E08E2B", "#B23A48", "#A7B1BA"
WORD_COLOURS: Mapping[str, str] = {
    **dict.fromkeys(("Up to date", "Compliant", "Valid", "Found", "Complete", "In use"), GOOD),
    **dict.fromkeys(("Update due", "In grace period", "Due within 14 days", "Ends within 30 days", "Medium", "30–59 days"), WARN),
    **dict.fromkeys(("Unsupported", "Not compliant", "Overdue", "Expired", "Missing", "Failed", "High", "Lost or stolen",
                     "90 days or more", "Stolen"), BAD),
    **dict.fromkeys(("Not known", "Not reported", "Other", "None", "Not in Intune", "Out of use"), UNSAID),
}  # fmt: skip
"""Words that are drawn in the same colour wherever they are drawn, so that red never means `not known`."""


def series_colours(words: Sequence[str]) -> list[str]:
    """A colour for each series of a chart, those of known words first."""
    taken = {WORD_COLOURS[word] for word in words if word in WORD_COLOURS}
    free = [colour for colour in SERIES if colour not in taken] or list(SERIES)
    found, place = [], 0
    for word in words:
        if word in WORD_COLOURS:
            found.append(WORD_COLOURS[word])
        else:
            found.append(free[place % len(free)])
            place += 1
    return found


DATE = "dd mmm yyyy"
MOMENT = "dd mmm yyyy hh:mm"
MONEY = "[$£-809]#,##0.00"
POUNDS = '[$£-809]#,##0;-[$£-809]#,##0;"–"'
"""Of sums: pence would only distract."""
COUNT = '#,##0;-#,##0;"–"'

_BASE: Mapping[str, Any] = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "vcenter"}
_RIGHT: Mapping[str, Any] = {"align": "right", "indent": 1}
"""Numbers keep away from the text beside them."""
_DATA = {**_BASE, "valign": "top"}
"""Beside a text of several lines, short ones stand at its first."""
_TEXT = {**_DATA, "num_format": "@"}

DATA: Mapping[str, Mapping[str, Any]] = {
    "text": _TEXT,
    "identifier": _TEXT,
    "prose": {**_TEXT, "text_wrap": True},
    "date": {**_DATA, "num_format": DATE, "align": "left"},
    "moment": {**_DATA, "num_format": MOMENT, "align": "left"},
    "money": {**_DATA, **_RIGHT, "num_format": MONEY},
    "integer": {**_DATA, **_RIGHT, "num_format": COUNT},
    "quoted": {**_TEXT, "quote_prefix": True},
}
"""Style of data cells -> its format."""

PAGE: Mapping[str, Mapping[str, Any]] = {
    "title": {**_BASE, "font_size": 18, "bold": True, "font_color": ACCENT},
    "subtitle": {**_BASE, "font_size": 12, "font_color": QUIET},
    "section": {**_BASE, "font_size": 13, "bold": True, "font_color": ACCENT},
    "note": {**_BASE, "font_size": 10, "font_color": QUIET},
    "label": {**_BASE, "font_color": QUIET},
    "value": {**_BASE, "num_format": "@", "text_wrap": True},
    "name": {**_BASE, "num_format": "@"},
    "result": {**_BASE, "num_format": "@", "indent": 1},
    "day": {**_BASE, "num_format": "d mmmm yyyy", "align": "left"},
    "clock": {**_BASE, "num_format": "d mmmm yyyy hh:mm", "align": "left"},
    "count": {**_BASE, **_RIGHT, "num_format": COUNT},
    "total": {**_BASE, **_RIGHT, "num_format": COUNT, "bold": True, "top": 1, "top_color": QUIET},
    "pounds": {**_BASE, **_RIGHT, "num_format": POUNDS},
    "pounds_total": {**_BASE, **_RIGHT, "num_format": POUNDS, "bold": True, "top": 1, "top_color": QUIET},
    "mean": {**_BASE, **_RIGHT, "num_format": "#,##0.0"},
    "mean_total": {**_BASE, **_RIGHT, "num_format": "#,##0.0", "bold": True, "top": 1, "top_color": QUIET},
    "hidden": {**_BASE, **_RIGHT, "font_color": QUIET},
    "total_text": {**_BASE, "bold": True, "top": 1, "top_color": QUIET},
    "header": {
        **_BASE, "bold": True, "font_color": "#FFFFFF", "bg_color": HEADER, "text_wrap": True, "valign": "vcenter",
    },
    "header_right": {
        **_BASE, "bold": True, "font_color": "#FFFFFF", "bg_color": HEADER, "text_wrap": True, "valign": "vcenter",
        "align": "right", "indent": 1,
    },
    "link": {**_BASE, "font_color": ACCENT, "underline": 1},
}  # fmt: skip
"""Style of the cells around the data."""

RULED: Mapping[str, Any] = {"bottom": 4, "bottom_color": LINE}
"""A faint line under every line of a list, blank cells too."""

TONES: Mapping[Tone, Mapping[str, Any]] = {
    "bad": {"bold": True, "font_color": "#8A1C1C", "bg_color": "#FBE3E1"},
    "warn": {"bold": True, "font_color": "#6B4A00", "bg_color": "#FDF1D3"},
    "good": {"bold": True, "font_color": "#1E5B3A", "bg_color": "#E1F2E7"},
}
"""Tone of a mark -> its look; the sign or the word beside it says the same."""
