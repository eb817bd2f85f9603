"""The places of the app, each imported when it is first gone to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen


def _start() -> Screen[Any]:
    from tui.screens.start import StartScreen

    return StartScreen("Fleet")


def _devices() -> Screen[Any]:
    from tui.screens.devices import DevicesScreen

    return DevicesScreen()


def _today() -> Screen[Any]:
    from tui.screens.today import TodayScreen

    return TodayScreen()


def _people() -> Screen[Any]:
    from tui.screens.people import PeopleScreen

    return PeopleScreen()


def _findings() -> Screen[Any]:
    from tui.screens.findings import FindingsScreen

    return FindingsScreen()


def _history() -> Screen[Any]:
    from tui.screens.history import HistoryScreen

    return HistoryScreen()


def _runs() -> Screen[Any]:
    from tui.screens.runs import RunsScreen

    return RunsScreen()


def _stock() -> Screen[Any]:
    from tui.screens.stock import StockScreen

    return StockScreen()


def _scanning() -> Screen[Any]:
    from tui.screens.scanning import ScanningScreen

    return ScanningScreen()


def _stocktake() -> Screen[Any]:
    from tui.screens.stocktake import StocktakeScreen

    return StocktakeScreen()


def _incidents() -> Screen[Any]:
    from tui.screens.incidents import IncidentsScreen

    return IncidentsScreen()


def _own_devices() -> Screen[Any]:
    from tui.screens.own_devices import OwnDevicesScreen

    return OwnDevicesScreen()


def _reports() -> Screen[Any]:
    from tui.screens.reports import ReportsScreen

    return ReportsScreen()


def _deliveries() -> Screen[Any]:
    from tui.screens.deliveries import DeliveriesScreen

    return DeliveriesScreen()


def _imports() -> Screen[Any]:
    from tui.screens.imports import ImportScreen

    return ImportScreen()


def _onboarding() -> Screen[Any]:
    from tui.screens.onboarding import OnboardingScreen

    return OnboardingScreen()


def _receipts() -> Screen[Any]:
    from tui.screens.receipts import ReceiptsScreen

    return ReceiptsScreen()


def _as_at() -> Screen[Any]:
    from tui.screens.as_at import AsAtScreen

    return AsAtScreen()


def _outbox() -> Screen[Any]:
    from tui.screens.outbox import OutboxScreen

    return OutboxScreen()


def _commands() -> Screen[Any]:
    from tui.screens.commands import CommandsScreen

    return CommandsScreen()


def _health() -> Screen[Any]:
    from tui.screens.health import HealthScreen

    return HealthScreen()


MODES: dict[str, str | Callable[[], Screen[Any]]] = {
    "start": _start,
    "today": _today,
    "devices": _devices,
    "people": _people,
    "findings": _findings,
    "history": _history,
    "runs": _runs,
    "stock": _stock,
    "scanning": _scanning,
    "stocktake": _stocktake,
    "incidents": _incidents,
    "own_devices": _own_devices,
    "reports": _reports,
    "deliveries": _deliveries,
    "imports": _imports,
    "onboarding": _onboarding,
    "receipts": _receipts,
    "as_at": _as_at,
    "outbox": _outbox,
    "commands": _commands,
    "health": _health,
}
