"""Two hundred hostile texts through every screen of a real register, in a real terminal: no byte of theirs gets out."""

import re
from pathlib import Path

import pytest

from tests.tui.hostile import HOSTILE
from tests.tui.terminal import ENTER, ESCAPE, F, Terminal, ctrl, key_of
from tui.action import PLACES
from tui.actions import BY_ID

PAGE_DOWN = "\x1b[6~"
ENTRIES = [text for text in HOSTILE if text.isprintable() and 0 < len(text) < 60]


def bad(raw: bytes) -> set[str]:
    """What reached the terminal and must not. A bell may: the stocktake rings it for what it does not know."""
    ours = re.sub(rb"\x1b\]22;[a-z]*(?:\x07|\x1b\\)", b"", raw)  # the shape of the mouse pointer is Textual's own
    found = {name for name, piece in (("OSC", b"\x1b]"), ("reset", b"\x1bc"), ("DCS", b"\x1b_"), ("title", b"stolen title\x07"))
             if piece in ours}  # fmt: skip
    text = ours.decode("utf-8")
    acting = "\u202e\u2066\u2067\u200b\u061c\x00\x08\x7f\x0e"
    return found | {repr(char) for char in text if 0x80 <= ord(char) < 0xA0 or char in acting}


@pytest.mark.long
def test_no_hostile_text_acts_on_any_screen(folder: Path) -> None:
    terminal = Terminal(140, 42, str(folder), program="tests.tui.program_hostile")
    try:
        terminal.shows("H-000")
        for place in PLACES:
            terminal.send(key_of(BY_ID[place].keys.split(",")[0]))
            terminal.shows("▸" + BY_ID[place].label)
            for _ in range(3):
                terminal.send(PAGE_DOWN)
                terminal.read()
        for place, title in (("people", "‹ People"), ("findings", "‹ Drift"), ("incidents", "‹ Run sheet")):
            terminal.send(key_of(BY_ID[place].keys.split(",")[0]))
            terminal.shows("▸" + BY_ID[place].label)
            terminal.send(PAGE_DOWN + ENTER)
            terminal.shows(title)
            terminal.send(ESCAPE)
            terminal.wait(lambda screen, title=title: title not in screen)
        terminal.send(F[6])
        terminal.shows("▸Devices")
        terminal.send("H-100" + ENTER)
        terminal.wait(lambda screen: "‹ Devices" in screen and "Recorded ─" in screen)
        terminal.send(F[2])
        terminal.shows("Issue H-100")
        for _ in range(6):
            terminal.send("\x1b[B")
        terminal.send(ESCAPE)
        terminal.wait(lambda screen: "Issue H-100" not in screen)
        terminal.send(key_of(BY_ID["stocktake"].keys.split(",")[0]))
        terminal.shows("▸Stocktake")
        terminal.send("\x1b[200~" + "\r".join(ENTRIES) + "\x1b[201~")
        terminal.shows(" SCANS")
        terminal.send(ctrl("q"))
        terminal.ends()
    finally:
        terminal.child.close(force=True)
    assert bad(terminal.raw) == set()
