"""A refusal on the screen names keys and fields of the screen, not options of the command line."""

import pytest

from tui.said import on_screen


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("Say why NB-1 goes from lost to in stock: --reason", "under Reason."),
        ("NB-1 is issued to Ada. To take it back all the same, say why: --reason", "under Reason."),
        ("To take it in all the same, say who hands it in and why: --from, --reason", "^F8"),
        ("The disposal has no batch yet. Add it later with: fleet move disposed KEYS --batch … --certificate …", "^O"),
        ("NB-1 is reserved several times: a, b. Say whose: --for", "Shift+F6"),
        ("Make it again with --data-removed or --data-kept.", "whether the data was removed"),
        ("Read it again with fleet receipt show 3, and accept what it says now with --hash 12ab.", "Open it again"),
        ("Look at the device in Intune's portal, then say: fleet action settle 4 --happened, or --not", "^X"),
        ("Say how you know: --note. It is kept.", "Say how you know."),
        ("Nothing to apply here. Through the outbox of remote actions: --with retire or --with lock", "Shift+F11"),
        ("x.xlsx is there already. Choose another name, or --overwrite.", "another name."),
        ("If it is true, repeat with --confirm 1,200 and a --reason.", "1,200 under Confirm"),
        ("A confirmed number needs a reason, which is kept: --reason", "under Reason"),
        ("Name at least one device: a tag, serial or IMEI, or --file with one per line.", "IMEI."),
        ("There is no event 9. List them with: fleet history", "F9"),
        ("That device has no incident. Report one with: fleet incident open", "^K"),
    ],
)
def test_what_the_command_line_says_is_said_for_the_screen(told: str, says: str) -> None:
    said = on_screen(told)
    assert says in said
    assert "--" not in said
    assert "fleet " not in said


def test_what_names_no_option_stays_as_it_is() -> None:
    assert on_screen("NB-1 -- Anna's -- is lost.") == "NB-1 -- Anna's -- is lost."
