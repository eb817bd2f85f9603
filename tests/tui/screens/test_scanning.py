"""Issuing and taking back scan after scan: done at once, told in large, left alone where somebody else has it."""

from typing import Any

from textual import events
from textual.pilot import Pilot

from tests.tui.driving import NARROW, says, screen_text, shows, until
from tests.tui.real_register import Estate
from tui.screens.scanning import ScanningScreen, ToWhomScreen


async def at_scanning(pilot: Pilot[Any]) -> Any:
    """Go there."""
    await pilot.press("ctrl+b")
    await until(pilot, lambda: isinstance(pilot.app.screen, ScanningScreen))
    return pilot.app.screen


async def to_ada(pilot: Pilot[Any], desk: Any) -> None:
    """Say that Ada gets what is scanned."""
    await pilot.press("f2")
    await until(pilot, lambda: isinstance(pilot.app.screen, ToWhomScreen) and pilot.app.screen.is_mounted)
    form: Any = pilot.app.screen
    form.who.value = "Ada Moss"
    await until(pilot, lambda: form._answers == "Ada Moss")
    await pilot.press("enter")
    await until(pilot, lambda: form.to is not None)
    await pilot.press("f2")
    await until(pilot, lambda: pilot.app.screen is desk and desk.mode == "issue")


def burst(desk: Any, *texts: str) -> None:
    """Scans without a pause."""
    for text in texts:
        for char in text:
            desk.field.post_message(events.Key(char, char))
        desk.action_do("scan")


def holder(estate: Estate, number: int) -> str | None:
    """Who has NB-<number>."""
    return estate.register.device_card(estate.devices[number - 1]).row.holder


async def done(pilot: Pilot[Any], desk: Any, number: int) -> list[str]:
    """Wait for so many outcomes."""
    await until(pilot, lambda: len(desk.log_of) == number and not desk.unkept)
    return [one.outcome for one in reversed(desk.log_of)]


def test_many_go_to_one_person_and_what_is_odd_is_told_and_left_alone(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_scanning(pilot)
        await to_ada(pilot, desk)
        await shows(pilot, "Issuing to Ada Moss")
        burst(desk, "NB-4", "SDMPX00000005", "NB-4", "NB-1", "ZZ-9")
        assert await done(pilot, desk, 5) == ["issued", "issued", "repeated", "wrong_holder", "unknown"]
        assert [holder(estate, number) for number in (1, 4, 5)] == ["Bryn Hale", "Ada Moss", "Ada Moss"]
        await shows(pilot, "✕  NOT KNOWN   ZZ-9")
        await shows(pilot, "2 devices")

    estate.drive(scenario)


def test_many_come_back_and_the_last_one_is_taken_back_at_once(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_scanning(pilot)
        await pilot.press("f3")
        desk.field.post_message(events.Paste("NB-1\nNB-2\nNB-8"))
        assert await done(pilot, desk, 3) == ["returned", "returned", "not_held"]
        assert holder(estate, 2) is None
        await pilot.press("ctrl+z")
        await shows(pilot, "TAKEN BACK")
        await until(pilot, lambda: holder(estate, 2) == "Bryn Hale")
        assert holder(estate, 1) is None

    estate.drive(scenario)


def test_what_a_rule_refuses_is_an_outcome_and_not_tried_again(estate: Estate) -> None:
    from tui.writes import Report

    estate.register.do(Report(None, device_id=estate.devices[5], kind="lost"))

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_scanning(pilot)
        await to_ada(pilot, desk)
        burst(desk, "NB-6")
        assert await done(pilot, desk, 1) == ["refused"]
        await shows(pilot, "NOT POSSIBLE   NB-6")

    estate.drive(scenario)


def test_nothing_is_done_before_it_is_said_what(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_scanning(pilot)
        await shows(pilot, "What is to happen with what you scan?")
        burst(desk, "NB-1")
        await says(pilot, "Say first whether to issue (F2), take back (F3) or receive (F4)")
        assert holder(estate, 1) == "Bryn Hale"
        assert "take it back" in screen_text(pilot.app)  # type: ignore[arg-type]

    estate.drive(scenario, size=NARROW)


def test_a_delivery_is_received_box_by_box_and_other_barcodes_are_told_apart(estate: Estate) -> None:
    from tui.screens.arriving import ArrivalScreen

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_scanning(pilot)
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(pilot.app.screen, ArrivalScreen) and pilot.app.screen.is_mounted)
        form: Any = pilot.app.screen
        form.order.value, form.site.value, form.model.value = "PO-77", "Towne Hall", "ipad"
        await pilot.press("f2")
        await shows(pilot, "There is no site called Towne Hall")
        form.site.value = "town"
        await pilot.press("f2")
        await until(pilot, lambda: pilot.app.screen is desk and desk.mode == "receive")
        await shows(pilot, "Receiving for northbridge")
        await shows(pilot, "order PO-77 · at Town Hall · new ones are iPad (10th generation)")
        burst(desk, "SF9QX12ABCD", "F9QX12ABCD", "359913194249323", "NB-4", "NB-1")
        assert await done(pilot, desk, 5) == ["added", "repeated", "unknown", "in_register", "in_register"]
        await shows(pilot, "▲  KNOWN BEFORE   NB-1")
        await shows(pilot, "Bryn Hale has it.")
        await pilot.press("ctrl+z")
        await shows(pilot, "F9QX12ABCD is as it was before.")
        assert estate.register.resolve("F9QX12ABCD") is None

    estate.drive(scenario, size=NARROW)
