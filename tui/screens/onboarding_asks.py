"""What the keys of the screen of joining councils ask before they do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tui.screens.import_columns import MeaningsScreen
from tui.screens.onboarding_forms import ApplyOrder, ApplyScreen, BeginOnboardingScreen, FolderScreen
from tui.text import span

if TYPE_CHECKING:
    from tui.screens.onboarding import OnboardingScreen


def _begin(desk: OnboardingScreen) -> None:
    def answered(answer: tuple[str, str] | None) -> None:
        if answer is not None:
            name, owner = answer
            desk.work("beginning", lambda register: register.onboardings.begin(name, owner), lambda _: desk.open(name))

    def known(organisations: Sequence[str]) -> None:
        desk.fleet.push_screen(BeginOnboardingScreen(organisations), answered)

    desk.fleet.background.look(
        "organisations", lambda register: register.onboardings.organisations(), known, desk.fleet.trouble
    )


def _meanings(desk: OnboardingScreen) -> None:
    """Say what the columns of the file under the bar mean."""
    one, file = desk.one, desk.file
    if one is None or file is None or not file.columns:
        desk.fleet.notify("Score it first (Enter): then its columns are known.", severity="warning")
        return

    def answered(said: dict[str, str] | None) -> None:
        if said:
            desk.work("noting", lambda register: register.onboardings.say(one.name, file, said), desk.again)

    def known(fields: Sequence[str]) -> None:
        title = [span("Columns of ", "title"), span(file.name, "strong")]
        desk.fleet.push_screen(MeaningsScreen(title, file.columns, fields), answered)

    desk.fleet.background.look("fields", lambda register: register.files.fields(), known, desk.fleet.trouble)


def _rejected(desk: OnboardingScreen) -> None:
    """Write the rejected rows into a folder."""
    one = desk.one
    if one is None or not any((file.counts or {}).get("rejected") for file in one.files):
        desk.fleet.notify("No row is rejected.")
        return

    def answered(folder: str | None) -> None:
        if folder is not None:
            desk.work(
                "writing",
                lambda register: register.onboardings.write_rejected(one.name, folder, create=one.create),
                lambda told: desk.fleet.notify(told, timeout=15),
            )

    desk.fleet.push_screen(FolderScreen(one.name), answered)


def _take_in(desk: OnboardingScreen) -> None:
    """Apply all of it."""
    one = desk.one
    if one is None or one.score is None:
        desk.fleet.notify("Score it first (Enter): you should know what you take in.", severity="warning")
        return
    if desk.is_applied():
        return

    def done(told: tuple[str, int]) -> None:
        sentence, event_id = told
        desk.fleet.custody.done.append(event_id)
        desk.fleet.custody.undone.clear()
        desk.fleet.notify(f"{sentence}\n^Z undoes")
        desk.fleet.something_changed()
        desk.open(one.name)

    def answered(order: ApplyOrder | None) -> None:
        if order is not None:
            desk.work(
                "taking in",
                lambda register: register.onboardings.apply(
                    one.name, create=one.create, confirm=order.confirm, reason=order.reason
                ),
                done,
            )

    desk.fleet.push_screen(ApplyScreen(one), answered)


ASKS: Mapping[str, Callable[[OnboardingScreen], None]] = {
    "begin": _begin, "meanings": _meanings, "rejected": _rejected, "take_in": _take_in,
}  # fmt: skip
