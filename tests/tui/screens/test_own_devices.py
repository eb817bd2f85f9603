"""Personal devices: who may use one, and whether the consent holds."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from textual.pilot import Pilot

from fleet.database.models import ByodRegistration, Device, Person, Tenant
from tests.factory import NOW, a_device, a_tenant, an_enrolment, change, write
from tests.tui.driving import says, screen_text, shows, until
from tests.tui.real_register import Estate
from tui.screens.byod_choices import EndScreen, EnrolScreen
from tui.screens.byod_forms import AgreeScreen, DecideOwnScreen, RequestScreen
from tui.screens.card import CardScreen
from tui.screens.own_card import OwnCardScreen
from tui.screens.own_devices import OwnDevicesScreen
from tui.screens.people import PeopleScreen
from tui.screens.undo import UndoScreen

TODAY = NOW.date()


def an_own_device(estate: Estate, upn: str, intune_id: str = "1d-1") -> int:
    """Something that a person enrolled as their own; returns the device."""
    database = estate.register.database
    with database.read() as session:
        tenant = session.execute(select(Tenant.id)).scalar_one_or_none()
    tenant = tenant or a_tenant(database, estate.organisation)
    device = a_device(
        database, estate.organisation, kind="iphone", ownership="personal", status="issued", model_id=estate.model
    )
    enrolment = an_enrolment(database, estate.organisation, tenant, device, intune_id=intune_id, upn=upn, ownership="personal",
                             last_seen=NOW, enrolled_at=NOW)  # fmt: skip
    change(database, Device, device, enrolment_id=enrolment)
    return device


def register_three(estate: Estate) -> None:
    """One that is fine, one whose consent ended, one that is over."""
    own = an_own_device(estate, "ada.moss@northbridge.example")
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
                terms_version="2", device_id=own if person == estate.ada and state == "enrolled" else None, **values,
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


def test_today_says_what_waits_and_each_line_lists_just_that(estate: Estate) -> None:
    register_three(estate)
    write(
        estate.register.database,
        ByodRegistration(
            organisation_id=estate.organisation, person_id=estate.ada, state="requested",
            requested_on=TODAY - timedelta(days=4),
        ),
    )  # fmt: skip

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.action_do("today")
        await shows(pilot, "Own devices")
        page = pilot.app.screen
        (pile,) = [one for one in page.today.piles if one.title == "Own devices"]
        assert [(one.name, one.about, one.note) for one in pile.items] == [
            ("Requests to approve", "Ada Moss", "since 18 Nov · 1"),
            ("Consents to renew", "Bryn Hale", "1 ended or missing · 1"),
        ]
        for at, who, told in ((0, "Ada Moss", "Requests to approve · 1"), (1, "Bryn Hale", "Consents to renew · 1")):
            page._show(pile.items[at].target)
            await until(pilot, lambda: isinstance(pilot.app.screen, OwnDevicesScreen))
            await until(pilot, lambda who=who: getattr(pilot.app.screen.table.row, "person", "") == who)  # type: ignore[misc]
            await shows(pilot, told)
        page._show(pile.target)
        own: Any = pilot.app.screen
        await until(pilot, lambda: own.source.is_current and len(own.source) == pile.count == 2)
        page._show(pile.items[0].target)
        await until(pilot, lambda: own.source.is_current and len(own.source) == 1)
        await pilot.press("ctrl+s")
        await shows(pilot, "To be seen to")

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


def test_from_the_request_to_the_end_on_the_screen_and_back(estate: Estate) -> None:
    """F2, F3, ^O, ^X: each says what it needs; ^Z takes the end back."""
    database = estate.register.database
    change(database, Person, estate.ada, upn="ada.moss@northbridge.example")
    device = an_own_device(estate, "ada.moss@northbridge.example")

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_own_devices(pilot)
        await pilot.press("ctrl+f11")
        await until(pilot, lambda: isinstance(pilot.app.screen, RequestScreen))
        await pilot.press(*"ada moss")
        await until(pilot, lambda: pilot.app.screen._answers == "ada moss")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.focused is pilot.app.screen.model)
        await pilot.press(*"iPhone 8", "enter", *"12.1", "enter", *"visits", "f2")
        row = await stands(pilot, desk, "requested")
        assert (row.said_kind, row.said_model, row.said_os, row.purpose) == ("iphone", "iPhone 8", "12.1", "visits")
        await pilot.press("f3")
        await says(pilot, "Allowed from here: approve, refuse, end.")
        await answer(pilot, DecideOwnScreen, "f2", *"nobody-at-all", "f2")
        await shows(pilot, "Nobody is known as nobody-at-all")
        await until(pilot, lambda: bool(getattr(pilot.app.screen, "refused", None)))
        await pilot.press(*["backspace"] * 13, *"bryn hale", "f2")
        assert (await stands(pilot, desk, "approved")).approved_by == "Bryn Hale"
        await answer(pilot, AgreeScreen, "f3", *"2026-09", "f2")
        await until(pilot, lambda: desk.table.row.consent_until == date(2027, 11, 22))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, EnrolScreen))
        await shows(pilot, "Its owner said that it is another model: iPhone 8.")
        await pilot.press("f2")
        assert (await stands(pilot, desk, "enrolled")).device_id == device
        await answer(pilot, EndScreen, "ctrl+x", "down", "down")
        await shows(pilot, "only retired, never wiped")
        await pilot.press("f2")
        await shows(pilot, "! Say why it ends.")
        await pilot.press(*"sold", "f2")
        await until(pilot, lambda: desk.source.is_current and len(desk.source) == 0)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: isinstance(pilot.app.screen, UndoScreen))
        await pilot.press("f2")
        await stands(pilot, desk, "enrolled")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        await shows(pilot, "own device of Ada Moss linked to its")

    estate.drive(scenario)


def test_what_the_list_can_do_can_be_done_on_the_card_of_a_registration(estate: Estate) -> None:
    register_three(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_own_devices(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OwnCardScreen))
        card: Any = pilot.app.screen
        await shows(pilot, "F3 consent")
        await pilot.press("f2")
        await says(pilot, "Allowed from here: consent, enrol, end.")
        await pilot.press("down", "f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, AgreeScreen))
        await pilot.press(*["backspace"], *"2027-01", "f2")
        await until(pilot, lambda: pilot.app.screen is card and card.row.terms_version == "2027-01")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, EnrolScreen))
        await shows(pilot, "Link Ada Moss")
        await pilot.press("escape", "ctrl+x")
        await until(pilot, lambda: isinstance(pilot.app.screen, EndScreen))
        await pilot.press("f2")
        await until(pilot, lambda: pilot.app.screen is card and card.row.state == "ended")
        await pilot.press("ctrl+z")
        await until(pilot, lambda: isinstance(pilot.app.screen, UndoScreen))
        await pilot.press("f2")
        await until(pilot, lambda: pilot.app.screen is card and card.row.state == "enrolled")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is desk)

    estate.drive(scenario)


def test_from_the_card_of_a_device_or_person_to_its_registration_and_back(estate: Estate) -> None:
    register_three(estate)
    database = estate.register.database
    unregistered = a_device(database, estate.organisation, kind="iphone", ownership="personal", asset_tag="OWN-2")

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await until(pilot, lambda: desk.source.is_current)
        await pilot.press("ctrl+f12")
        await says(pilot, "It is not somebody's own device")
        desk.search.value = "OWN-2"
        await until(pilot, lambda: desk.source.is_current and getattr(desk.table.row, "id", 0) == unregistered)
        await pilot.press("ctrl+f12")
        await says(pilot, "Nobody asked for it")
        own = next(one.device_id for one in estate.register.stockroom.own_devices("ada") if one.device_id)
        row = estate.register.device_card(own).row
        desk.open_card(row)
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        device: Any = pilot.app.screen
        await pilot.press("ctrl+f12")
        await until(pilot, lambda: isinstance(pilot.app.screen, OwnCardScreen))
        assert (pilot.app.screen.row.person, pilot.app.screen.row.state) == ("Ada Moss", "enrolled")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is device)
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, PeopleScreen) and pilot.app.screen.source.is_current)
        pilot.app.screen.search.value = "bryn"
        await until(pilot, lambda: getattr(pilot.app.screen.table.row, "name", "") == "Bryn Hale")
        await pilot.press("ctrl+f12")
        await until(pilot, lambda: isinstance(pilot.app.screen, OwnCardScreen))
        assert pilot.app.screen.row.person == "Bryn Hale"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, PeopleScreen))

    estate.drive(scenario)


async def answer(pilot: Pilot[Any], form: type, key: str, *keys: str) -> None:
    """Open a form and press keys in it."""
    await until(pilot, lambda: isinstance(pilot.app.screen, OwnDevicesScreen))
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, form))
    await pilot.press(*keys)


async def stands(pilot: Pilot[Any], desk: Any, state: str) -> Any:
    """Wait for the line under the cursor to be in a state."""
    await until(pilot, lambda: desk.source.is_current and getattr(desk.table.row, "state", None) == state)
    return desk.table.row


def test_consents_of_all_marked_are_renewed_and_what_moved_since_is_refused(estate: Estate) -> None:
    register_three(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_own_devices(pilot)
        await pilot.press("ctrl+a")
        await until(pilot, lambda: len(desk.table.marks) == 2)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, AgreeScreen))
        await shows(pilot, "Consent for 2 own devices")
        change(estate.register.database, ByodRegistration, 2, terms_version="9")
        await pilot.press("f2")
        await shows(pilot, "was changed by somebody else since")
        await pilot.press("escape", "f5", "escape")
        await until(pilot, lambda: not desk.table.marks and desk.source.is_current)
        await pilot.press("ctrl+a")
        await until(pilot, lambda: {row.terms_version for row in desk.table.marks.values()} == {"2", "9"})
        await answer(pilot, AgreeScreen, "f3", *"10", "f2")
        await until(
            pilot,
            lambda: desk.source.is_current and {row.terms_version for row in desk.source._shown.pages[0]} == {"10"},
        )
        assert not desk.table.marks, "the next step is about others"

    estate.drive(scenario)


def test_a_person_asks_from_their_card_and_it_shows_what_it_needs(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, PeopleScreen) and pilot.app.screen.source.is_current)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        await pilot.press("ctrl+f11")
        await until(pilot, lambda: isinstance(pilot.app.screen, RequestScreen))
        assert pilot.app.screen.who.value == "Ada Moss"
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        await shows(pilot, "→ let a manager approve or refuse it")

    estate.drive(scenario)


def test_on_a_device_and_for_a_leaver_it_says_why_not(estate: Estate) -> None:
    change(estate.register.database, Person, estate.ada, state="left")

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await until(pilot, lambda: desk.source.is_current)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        await pilot.press("ctrl+f11")
        await says(pilot, "A person asks for it")
        await pilot.press("escape", "f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, PeopleScreen) and pilot.app.screen.source.is_current)
        await until(pilot, lambda: pilot.app.screen.table.row is not None)
        await pilot.press("ctrl+f11")
        await says(pilot, "Ada Moss left")

    estate.drive(scenario)


def test_hostile_words_of_an_owner_are_drawn_as_text(estate: Estate) -> None:
    words = "[b]iPad[/x] \x1b]0;owned\x07 \u202ed [@click=app.quit()]"
    write(
        estate.register.database,
        ByodRegistration(
            organisation_id=estate.organisation, person_id=estate.ada, state="requested", requested_on=TODAY, said_model=words,
            purpose=words, said_os=words,
        ),
    )  # fmt: skip

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await at_own_devices(pilot)
        await shows(pilot, "[b]iPad[/x]")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, DecideOwnScreen))
        await shows(pilot, "wanted for [b]iPad[/x]")
        assert not set(screen_text(pilot.app)) & {"\x1b", "\x07", "\u202e"}  # type: ignore[arg-type]

    estate.drive(scenario)
