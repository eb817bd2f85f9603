"""What the command line says with its options and commands, said for somebody at the screen."""

import re

_WORDS: tuple[tuple[str, str], ...] = (
    (r"say why: --reason\b", "say why under Reason."),
    (r"^(Say why .*): --reason$", r"\1, under Reason."),
    (r"say who hands it in and why: --from, --reason", "say who hands it in and why in ^F8 with the command return."),
    (r" Add it later with: fleet move disposed KEYS --batch … --certificate …",
     " Add it later: ^O on the device, disposed, Batch and Certificate."),
    (r" Say whose: --for\b", " Search for whose it is in Stock and loans (Shift+F6), kept for somebody."),
    (r"Make it again with --data-removed or --data-kept\.", "Make it again and say whether the data was removed."),
    (r"Read it again with fleet receipt show \d+, and accept what it says now with --hash \w+\.",
     "Open it again (Enter): it shows what it says now."),
    (r"Look at the device in Intune's portal, then say: fleet action settle \d+ --happened, or --not",
     "Look at the device in Intune's portal, then say what became of it: ^X in the outbox (Shift+F10)."),
    (r"Say how you know: --note\. It is kept\.", "Say how you know. It is kept."),
    (r" Through the outbox of remote actions: --with [\w-]+(?: or --with [\w-]+)*",
     " Through the outbox of remote actions: Shift+F11 on the device."),
    (r"A SIM goes out with --with-sim\.", "A SIM goes out with its device."),
    (r" For a return add --return\.", " Or make the receipt of a return."),
    (r"Choose another name, or --overwrite\.", "Choose another name."),
    (r"; or --file with one per line\.|, or --file with one per line\.", "."),
    (r"Say which: --to NUMBER", "Link one with ^O in Own devices."),
    (r"with --organisation\b", "under Owner"),
    (r": --organisation (?=\w)", " under Owner: "),
    (r"repeat with --confirm ([\d,]+) and a --reason", r"say \1 under Confirm, and a Reason"),
    (r"(which is kept): --reason", r"\1, under Reason."),
    (r"; --create makes it", "; ^S makes it"),
    (r"Add one first: --role administrator --all", "Add one first: ^F8, operator add"),
    (r"Look with: --preview", "A preview shows what it would do."),
    (r"List them with: fleet history", "F9 lists them."),
    (r"List them with: fleet runs", "F12 lists them."),
    (r"List them with: fleet byod list --all", "Shift+F3 lists them."),
    (r"List them with: fleet stocktake list --all", "F4 in Stocktake (Shift+F7) lists them."),
    (r"List them with: fleet receipt list", "^F7 lists them."),
    (r"Report (it first|one) with: fleet incident open", r"Report \1 with ^K."),
    (r"End the incident with: fleet incident close", "End it on its run sheet (^K)."),
    (r"Say to whom it goes: fleet issue", "Say to whom it goes: F2 issues it."),
    (r"Say first what became of it: fleet move, or fleet return", "Say first what became of it: ^O, or F3 returns it."),
    (r"Say it with: fleet move \w+ \S+", "Say it with ^O."),
    (r"Request one with: fleet byod request \S+", "^F11 requests one."),
    (r" Search with: fleet (devices|people)", ""),
)  # fmt: skip


def on_screen(message: str) -> str:
    """A refusal or a caution with the keys and fields of the screen in place of options and commands."""
    if "--" not in message and "fleet " not in message:
        return message
    for pattern, words in _WORDS:
        message = re.sub(pattern, words, message)
    return message
