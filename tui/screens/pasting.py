"""A list that is pasted into the search marks the devices it names: by tag, serial, IMEI, phone number or ICCID."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui.screens.deeds import MARK_ALL
from tui.text import counted

if TYPE_CHECKING:
    from tui.register import Named
    from tui.screens.desk import DeskScreen

SHOWN = 5
"""Lines that are spelt out of those that name nothing."""


def mark_pasted(desk: DeskScreen[Any], texts: Sequence[str]) -> None:
    """Mark what the lines name. What is shown, searched and marked already stays as it is."""
    if len(texts) > MARK_ALL:
        desk.fleet.notify(f"More than {MARK_ALL:,} lines were pasted. Nothing was marked.", severity="warning")
        return

    def done(named: Named) -> None:
        desk.table.mark(named.devices)
        said = [f"{counted(len(named.devices), *desk.NOUN)} marked, of {len(texts):,} lines pasted."]
        said += _listed("Not known", named.unknown) + _listed("Fits several", named.several)
        if named.unknown or named.several:
            desk.fleet.bell()
        desk.fleet.notify("\n".join(said), severity="warning" if len(said) > 1 else "information", timeout=15)

    desk.fleet.background.read("pasted", lambda register: register.named(texts), done, desk.fleet.trouble)


def _listed(what: str, texts: Sequence[str]) -> list[str]:
    more = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return [f"{what}: {', '.join(texts[:SHOWN])}{more}."] if texts else []
