"""Remote actions on the screen: asked for, looked at, typed, confirmed by another, told device by device, shown once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from fleet.domain.remote import ACTIONS, ReadDevice, Recorded, compare
from fleet.errors import NoAccess, NotAllowed
from fleet.queries.outbox import OutboxRow
from tests.tui.driving import NARROW, drive, says, screen_text, shows, until
from tests.tui.fake_register import NOW, FakeRegister
from tui.outbox import Look, Offer, Sent, SentLine, Wanted
from tui.screens.incident import IncidentScreen
from tui.screens.outbox import OutboxScreen, RevealScreen, SettleScreen
from tui.screens.remoting import LookScreen, RemoteScreen, SentScreen, SignInScreen
from tui.writes import Report

ORDER = OutboxRow(
    7, "wipe", "Wipe", "asked", 1, "NB000001", "iPad", "northbridge", "northbridge", "organisation", {}, "asha.penrose", NOW,
    "to be sold", True, None, None, None, None, None, None, False, None,
)  # fmt: skip


class FakeOutbox:
    """An outbox that remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.orders = [ORDER]
        self.off: str | None = None
        self.needs_sign_in = False

    def rows(self, text: str, *, open_only: bool) -> Sequence[OutboxRow]:
        return [row for row in self.orders if text in row.device.lower() and (row.is_open or not open_only)]

    def offers(self, device_ids: Sequence[int]) -> Sequence[Offer]:
        if self.off:
            raise NotAllowed(self.off)
        why = "for one device at a time here" if len(device_ids) > 1 else None
        return [Offer(one, one.second, why if one.typed else None) for one in ACTIONS.values()]

    def _look(self, action: str) -> Look:
        recorded = Recorded(
            1, 1, "northbridge", "x", "organisation", "NB000001", "NB000001", "S1", "iPad", "anna@northbridge"
        )
        read = ReadDevice("northbridge", "x", NOW, "company", "S1", "iPad", "ben@northbridge")
        return Look(compare(recorded, read), ACTIONS[action], "asha.penrose", "to be sold")

    def look(self, wanted: Wanted) -> Look:
        return self._look(wanted.action)

    def look_at(self, order_id: int) -> Look:
        self.asked.append(("look_at", order_id))
        return self._look("wipe")

    def ask(self, wanted: Wanted, typed: str | None) -> Sent:
        self.asked.append(("ask", wanted.action, wanted.device_ids, dict(wanted.told), wanted.reason, typed))
        if self.needs_sign_in:
            return Sent([SentLine(9, "NB000001", "queued", "nobody is signed in")], "northbridge")
        states = ("accepted", "unsure", "failed")
        return Sent([
            SentLine(number, f"NB{number}", states[number % 3 if len(wanted.device_ids) > 1 else 0], "Intune has it.")
            for number in range(len(wanted.device_ids))
        ])  # fmt: skip

    def confirm(self, order_id: int, typed: str) -> Sent:
        self.asked.append(("confirm", order_id, typed))
        return Sent([SentLine(order_id, "NB000001", "accepted", "Intune has it.")])

    def cancel(self, order_ids: Sequence[int]) -> str:
        self.asked.append(("cancel", tuple(order_ids)))
        return "Taken back."

    def settle(self, order_id: int, *, happened: bool, note: str) -> str:
        self.asked.append(("settle", order_id, happened, note))
        return "Number 7 is failed."

    def send(self) -> Sent:
        self.asked.append(("send",))
        return Sent([])

    def reveal(self, order_id: int) -> tuple[str, str]:
        self.asked.append(("reveal", order_id))
        return "passcode", "482913"

    def begin_sign_in(self, tenant: str) -> str:
        self.asked.append(("begin", tenant))
        return "Open the page and type ABCD-1234."

    def finish_sign_in(self, tenant: str) -> str:
        if self.needs_sign_in is True:
            self.needs_sign_in = False
            raise NoAccess("The code was not used.")
        return "Signed in as anna."

    def give_up_sign_in(self, tenant: str) -> None:
        self.asked.append(("give up", tenant))


def register() -> Any:
    made: Any = FakeRegister(12)
    made.outbox = FakeOutbox()
    return made


async def choose(pilot: Pilot[Any], action: str) -> RemoteScreen:
    """Open the dialog and put the bar on an action."""
    await pilot.press("shift+f11")
    await until(pilot, lambda: isinstance(pilot.app.screen, RemoteScreen))
    screen: Any = pilot.app.screen
    screen.choose([one.value for one in screen.options].index(action))
    await pilot.pause()
    return screen  # type: ignore[no-any-return]


def test_a_harmless_action_is_asked_for_at_once_with_its_reason() -> None:
    made = register()

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        screen = await choose(pilot, "lock")
        screen.reason.value = "left on a bus"
        await pilot.press("f2")
        await says(pilot, "Intune has it.")
        assert made.outbox.asked == [("ask", "lock", made.outbox.asked[0][2], {}, "left on a bus", None)]

    drive(scenario, made)


def test_what_an_action_must_be_told_is_asked_for_and_checked() -> None:
    made = register()

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        screen = await choose(pilot, "lost-mode-on")
        await shows(pilot, "Number: the telephone number")
        screen.first.value, screen.second.value = "Please ring us", "nobody"
        await pilot.press("f2")
        await shows(pilot, "not a telephone number")
        screen.second.value = "01632 960 001"
        await pilot.press("f2")
        await until(pilot, lambda: bool(made.outbox.asked))
        assert made.outbox.asked[0][3] == {"message": "Please ring us", "number": "01632 960 001"}

    drive(scenario, made)


def test_before_a_wipe_both_sides_are_shown_and_the_tag_is_typed() -> None:
    made = register()

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await choose(pilot, "wipe")
        await shows(pilot, "operator confirms it before it is sent.")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, LookScreen))
        for text in ("≠ Holder", "anna@northbridge", "ben@northbridge", "erased", "Type the asset tag"):
            await shows(pilot, text)
        pilot.app.screen.typed.value = "NB000002"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await shows(pilot, "That is not what the register calls it.")
        assert made.outbox.asked == []
        pilot.app.screen.typed.value = "nb000001"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: bool(made.outbox.asked))
        assert made.outbox.asked[0][1::4] == ("wipe", "nb000001")

    drive(scenario, made)


def test_of_many_each_outcome_is_listed_and_the_grave_ones_are_not_offered() -> None:
    made = register()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("tab", "tab", "tab")
        await until(pilot, lambda: len(desk.table.marks) == 3)
        screen = await choose(pilot, "sync")
        assert "wipe" not in screen.offers
        await shows(pilot, "for one device at a time here")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, SentScreen))
        for text in ("✓ NB0", "? NB1", "✕ NB2", "can't be undone"):
            await shows(pilot, text)

    drive(scenario, made)


def test_where_actions_are_off_it_says_whom_to_ask() -> None:
    made = register()
    made.outbox.off = "Remote actions are off for northbridge: ask the Intune team."

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("shift+f11")
        await says(pilot, "ask the Intune team")

    drive(scenario, made)


def test_the_second_operator_confirms_in_the_outbox() -> None:
    made = register()

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("shift+f10")
        await until(pilot, lambda: isinstance(pilot.app.screen, OutboxScreen) and pilot.app.screen.source.is_current)
        await shows(pilot, "◷ to be confirmed")
        await shows(pilot, "to be sold")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, LookScreen))
        await shows(pilot, "asha.penrose asks for it: to be sold")
        pilot.app.screen.typed.value = "NB000001"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: ("confirm", 7, "NB000001") in made.outbox.asked)

    drive(scenario, made)


def test_what_waits_is_taken_back_and_what_was_sent_says_that_it_can_not_be() -> None:
    made = register()

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("shift+f10")
        await until(pilot, lambda: isinstance(pilot.app.screen, OutboxScreen) and pilot.app.screen.source.is_current)
        await pilot.press("f3")
        await until(pilot, lambda: ("cancel", (7,)) in made.outbox.asked)
        made.outbox.orders = [replace(ORDER, state="accepted")]
        pilot.app.screen.something_changed()  # type: ignore[attr-defined]
        await shows(pilot, "→ sent")
        await pilot.press("f3")
        await says(pilot, "can't be taken back")
        await pilot.press("f4")
        await until(pilot, lambda: ("send",) in made.outbox.asked)

    drive(scenario, made)


def test_a_secret_is_shown_once_and_gone_with_its_dialog() -> None:
    made = register()
    made.outbox.orders = [replace(ORDER, state="done", brought=True)]

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("shift+f10")
        await until(pilot, lambda: isinstance(pilot.app.screen, OutboxScreen))
        await pilot.press("ctrl+s")
        await shows(pilot, "✓ done")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, RevealScreen))
        await shows(pilot, "482913")
        shown = pilot.app.screen
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, OutboxScreen))
        assert "482913" not in screen_text(pilot.app) and "482913" not in repr(vars(shown))  # type: ignore[arg-type]

    drive(scenario, made)


def test_what_nobody_knows_is_settled_with_a_note() -> None:
    made = register()
    made.outbox.orders = [replace(ORDER, state="unsure", outcome="nobody knows")]

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("shift+f10")
        await shows(pilot, "? not known")
        await pilot.press("ctrl+x")
        await until(pilot, lambda: isinstance(pilot.app.screen, SettleScreen))
        await pilot.press("f2")
        await shows(pilot, "Say how you know.")
        pilot.app.screen.note.value = "rang the holder"  # type: ignore[attr-defined]
        await pilot.press("f2")
        await until(pilot, lambda: ("settle", 7, False, "rang the holder") in made.outbox.asked)

    drive(scenario, made)


def test_who_is_not_signed_in_is_shown_how_and_it_goes_on_by_itself() -> None:
    made = register()
    made.outbox.needs_sign_in = "later"

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await choose(pilot, "sync")
        await pilot.press("f2")
        await says(pilot, "Signed in as anna.")
        await until(pilot, lambda: ("send",) in made.outbox.asked)
        assert not isinstance(pilot.app.screen, SignInScreen)

    drive(scenario, made)


def test_a_sign_in_that_nobody_finished_is_told() -> None:
    made = register()
    made.outbox.needs_sign_in = True

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await choose(pilot, "sync")
        await pilot.press("f2")
        await says(pilot, "The code was not used.")
        assert ("send",) not in made.outbox.asked

    drive(scenario, made)


def test_the_run_sheet_offers_the_actions_of_its_device() -> None:
    made = register()

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        made.do(Report("left on a bus", device_id=1, kind="lost"))
        await pilot.app.push_screen(IncidentScreen(1))
        await until(pilot, lambda: getattr(pilot.app.screen, "sheet", None) is not None)
        await pilot.press("shift+f11")
        await until(pilot, lambda: isinstance(pilot.app.screen, RemoteScreen))
        assert pilot.app.screen.device_ids == (1,)  # type: ignore[attr-defined]

    drive(scenario, made)


def test_on_a_narrow_terminal_everything_can_be_reached() -> None:
    made = register()

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        screen = await choose(pilot, "delete")
        await shows(pilot, "▌ Delete the record")
        assert screen.choice == "delete"

    drive(scenario, made, size=NARROW)
