"""Actions are declared once, fit the footer, and say why they are not possible."""

from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.driving import NARROW, drive, until
from tests.tui.fake_register import FakeRegister
from tui.action import LISTS, PLACES
from tui.actions import (
    ACTIONS,
    BY_ID,
    actions_of,
    bindings_of,
    footer_of,
    key_text,
    keymap_problems,
    keys_of,
)
from tui.possible import Situation
from tui.screens import import_forms, stocktake_forms
from tui.screens.as_at import AsAtScreen
from tui.screens.card import CardScreen
from tui.screens.commands import CommandsScreen
from tui.screens.deeds import DEEDS
from tui.screens.deliveries import DeliveriesScreen
from tui.screens.devices import DevicesScreen
from tui.screens.findings import FindingsScreen
from tui.screens.forms import FORMS
from tui.screens.health import HealthScreen
from tui.screens.history import HistoryScreen
from tui.screens.imports import ImportScreen
from tui.screens.incident import IncidentScreen
from tui.screens.incidents import IncidentsScreen
from tui.screens.issue import IssueScreen
from tui.screens.onboarding import OnboardingScreen
from tui.screens.onboarding_asks import ASKS as ONBOARDING_ASKS
from tui.screens.outbox import OutboxScreen
from tui.screens.own_card import OwnCardScreen
from tui.screens.own_devices import OwnDevicesScreen
from tui.screens.people import PeopleScreen
from tui.screens.receipts import ReceiptsScreen
from tui.screens.reports import ReportsScreen
from tui.screens.runs import RunsScreen
from tui.screens.scanning import ScanningScreen
from tui.screens.stock import StockScreen
from tui.screens.stocktake import StocktakeScreen
from tui.screens.today import TodayScreen
from tui.text import plain
from tui.widgets.bars import KeyBar

WHERE = (*PLACES, "card", "own_card", "incident", "dialog")
BY_CUSTODY = {*FORMS, "incident"}
REGISTER = FakeRegister(12)
ISSUED, STOCK = REGISTER.device(1), replace(REGISTER.device(3), status="in_stock")


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(ACTIONS)


def methods(screen: type) -> set[str]:
    """The actions a screen does itself."""
    return {name[3:] for name in dir(screen) if name.startswith("do_")}


SCREENS: dict[str, type] = {
    "today": TodayScreen,
    "devices": DevicesScreen,
    "people": PeopleScreen,
    "findings": FindingsScreen,
    "history": HistoryScreen,
    "runs": RunsScreen,
    "stock": StockScreen,
    "scanning": ScanningScreen,
    "stocktake": StocktakeScreen,
    "incidents": IncidentsScreen,
    "own_devices": OwnDevicesScreen,
    "reports": ReportsScreen,
    "deliveries": DeliveriesScreen,
    "imports": ImportScreen,
    "onboarding": OnboardingScreen,
    "receipts": ReceiptsScreen,
    "as_at": AsAtScreen,
    "outbox": OutboxScreen,
    "commands": CommandsScreen,
    "health": HealthScreen,
    "card": CardScreen,
    "own_card": OwnCardScreen,
    "incident": IncidentScreen,
}
ASKED = {"stocktake": set(stocktake_forms.ASKS), "imports": set(import_forms.ASKS), "onboarding": set(ONBOARDING_ASKS)}


@pytest.mark.parametrize("place", [*PLACES, "card", "own_card", "incident"])
def test_every_action_of_a_place_is_done_by_something(place: str) -> None:
    known = methods(SCREENS[place]) | set(PLACES) | BY_CUSTODY | ASKED.get(place, set())
    known |= set(DEEDS) if place in LISTS or place in ("card", "own_card") else set()
    assert [one.id for one in actions_of(place) if one.id not in known] == []


def test_every_action_of_a_dialog_is_done_by_it() -> None:
    assert [one.id for one in actions_of("dialog") if one.id not in methods(IssueScreen)] == []


def test_every_action_is_explained() -> None:
    assert [one.id for one in ACTIONS if not one.help.endswith(".") or not one.label] == []


@pytest.mark.parametrize("place", WHERE)
def test_no_two_actions_share_a_key_and_none_is_printable(place: str) -> None:
    keys = [key for action in actions_of(place) for key in action.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert [key for key in keys if len(key) == 1] == []


@pytest.mark.parametrize("place", WHERE)
def test_keys_that_terminals_cannot_tell_apart_are_not_used(place: str) -> None:
    keys = {key for action in actions_of(place) for key in action.keys.split(",")}
    assert keys.isdisjoint(
        {"ctrl+i", "ctrl+m", "ctrl+h", "ctrl+space", "ctrl+@", "ctrl+left_square_bracket", "shift+enter"}
    )
    assert [key for key in keys if key.startswith("alt+")] == []


@pytest.mark.parametrize("place", WHERE)
def test_the_footer_fits_in_eighty_columns(place: str) -> None:
    hints = footer_of(place)
    assert 1 <= len(hints) <= 7
    assert 1 + sum(len(key_text(one.keys)) + 1 + len(one.label) + 2 for one in hints) <= 80


@pytest.mark.parametrize("place", WHERE)
def test_bindings_carry_ids_and_come_before_the_field(place: str) -> None:
    for binding in bindings_of(place):
        assert not isinstance(binding, tuple)
        assert binding.id in BY_ID
        assert binding.priority


def test_keys_are_written_as_people_write_them() -> None:
    assert [key_text(keys) for keys in ("f2", "ctrl+z", "escape", "shift+tab", "f1,ctrl+g")] == [
        "F2",
        "^Z",
        "Esc",
        "Shift+Tab",
        "F1",
    ]


def test_the_configuration_gives_other_keys() -> None:
    assert keys_of(BY_ID["issue"], {"issue": "f11"}) == "f11"
    assert keymap_problems({"issue": "f11"}) == []


def test_all_that_is_wrong_with_a_keymap_is_said_at_once() -> None:
    problems = keymap_problems({"fly": "f11", "issue": "i", "undo": "f5"})
    assert [text for text in problems if "fly" in text and "no action" in text]
    assert [text for text in problems if "printable" in text]
    assert [text for text in problems if "f5" in text and "refresh" in text and "undo" in text]


def test_what_is_issued_is_returned_first() -> None:
    why = BY_ID["issue"].why_not(Situation("devices", ISSUED))
    assert why is not None
    assert "Return it first" in why
    assert BY_ID["return"].why_not(Situation("devices", ISSUED)) is None


def test_what_is_in_stock_can_be_issued_and_not_returned() -> None:
    assert BY_ID["issue"].why_not(Situation("devices", STOCK)) is None
    assert "not issued" in (BY_ID["return"].why_not(Situation("devices", STOCK)) or "")


def test_marked_rows_come_before_the_cursor() -> None:
    assert Situation("devices", STOCK, (ISSUED,)).devices == [ISSUED]
    assert BY_ID["issue"].why_not(Situation("devices", STOCK, (ISSUED,))) is not None


def test_retired_devices_are_not_issued() -> None:
    assert "retired" in (BY_ID["issue"].why_not(Situation("devices", replace(STOCK, status="retired"))) or "")


def test_nothing_is_written_while_the_register_is_gone() -> None:
    assert "can't be reached" in (BY_ID["issue"].why_not(Situation("devices", STOCK, is_ready=False)) or "")


def test_keys_that_have_nothing_to_act_on_are_faint_and_the_last_hint_is_whole() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.action_do("stocktake")
        await until(pilot, lambda: isinstance(pilot.app.screen, StocktakeScreen))
        faint = {name for name, _key, _label, possible in pilot.app.screen.hints() if not possible}  # type: ignore[attr-defined]
        assert {"scan", "where", "finish", "amiss"} <= faint
        assert "choose_count" not in faint
        desk.action_do("imports")
        await until(pilot, lambda: isinstance(pilot.app.screen, ImportScreen))
        faint = {name for name, _key, _label, possible in pilot.app.screen.hints() if not possible}  # type: ignore[attr-defined]
        assert {"apply", "meanings"} <= faint
        assert "read_file" not in faint

    drive(scenario, size=NARROW)
    hints = [("back", "Esc", "back", True), ("open", "Enter", "open", True)]
    bar = KeyBar(lambda: hints)
    assert plain(bar.spans(22)) == " Esc back  Enter open"


def test_undo_needs_something_done_or_an_event_under_the_cursor() -> None:
    event = REGISTER.history("", None, 0, 1)[0]
    assert BY_ID["undo"].why_not(Situation("devices", STOCK)) is not None
    assert BY_ID["undo"].why_not(Situation("devices", STOCK, can_undo=True)) is None
    assert BY_ID["undo"].why_not(Situation("history", event)) is None
    assert BY_ID["undo"].why_not(Situation("history", replace(event, undone_by=9))) == "That is undone already."
    assert BY_ID["redo"].why_not(Situation("devices", STOCK)) is not None
