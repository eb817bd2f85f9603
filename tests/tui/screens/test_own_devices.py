"""Personal devices: who may use one, and whether the consent holds."""

from datetime import timedelta
from typing import Any

from textual.pilot import Pilot

from fleet.database.models import ByodRegistration
from tests.factory import NOW, write
from tests.tui.driving import screen_text, shows, until
from tests.tui.real_register import Estate
from tui.screens.card import CardScreen
from tui.screens.own_devices import OwnDevicesScreen

TODAY = NOW.date()


def register_three(estate: Estate) -> None:
    """One that is fine, one whose consent ended, one that is over."""
    for person, state, until_day in (
        (estate.ada, "enrolled", TODAY + timedelta(days=200)),
        (estate.bryn, "enrolled", TODAY - timedelta(days=3)),
        (estate.ada, "ended", TODAY - timedelta(days=90)),
    ):
        values = {"approved_by": "j.doe", "consent_on": TODAY - timedelta(days=165), "consent_until": until_day}
        write(
            estate.register.database,
            ByodRegistration(
                organisation_id=estate.organisation, person_id=person, state=state, requested_on=TODAY - timedelta(days=170),
                terms_version="2", **values,
            ),
        )  # fmt: skip


async def at_own_devices(pilot: Pilot[Any]) -> Any:
    """Go there and wait for the list."""
    await pilot.press("shift+f3")
    await until(pilot, lambda: isinstance(pilot.app.screen, OwnDevicesScreen) and pilot.app.screen.source.is_current)
    return pilot.app.screen


def test_state_consent_and_owner_are_told_and_what_is_over_on_demand(estate: Estate) -> None:
    register_three(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_own_devices(pilot)
        assert [row.person for row in desk.source._shown.pages[0]] == ["Ada Moss", "Bryn Hale"]
        await shows(pilot, "▲ ended 3 days ago")
        assert "● enrolled" in screen_text(pilot.app)  # type: ignore[arg-type]
        await pilot.press("ctrl+s")
        await until(pilot, lambda: [row.person for row in desk.source._shown.pages[0]] == ["Bryn Hale"])
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(desk.source) == 3)
        await shows(pilot, "■ ended")

    estate.drive(scenario)


def test_words_narrow_the_list_and_enter_opens_a_registration(estate: Estate) -> None:
    register_three(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_own_devices(pilot)
        desk.search.value = "moss"
        await until(pilot, lambda: desk.source.is_current and len(desk.source) == 1)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        await shows(pilot, "j.doe")

    estate.drive(scenario)


def test_without_any_it_says_so(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await at_own_devices(pilot)
        await shows(pilot, "Nobody uses an own device for work.")

    estate.drive(scenario)
