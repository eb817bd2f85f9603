"""The list of deliveries, and delivering now."""

from pathlib import Path
from typing import Any

import pytest

from fleet.database.models import ReportDelivery
from tests.factory import change
from tests.tui.driving import says, screen_text, shows, until
from tests.tui.real_register import Estate
from tui.screens.deliveries import DeliveriesScreen, DeliverScreen, SettleScreen

CONFIG = """
[organisation.northbridge]
name = "Northbridge Council"
[deliver.stock]
report = "stock-and-loans"
every = "night"
format = "csv"
[deliver.stock.recipients.northbridge]
folder = ["reports", "nowhere/at-all"]
"""


@pytest.fixture
def delivering(estate: Estate) -> Path:
    """One report into a folder that there is, and into one that there is not."""
    home = estate.register.config.home
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(CONFIG)
    (home / "reports").mkdir(exist_ok=True)
    return home / "reports"


def test_what_is_due_is_looked_at_delivered_listed_and_settled(estate: Estate, delivering: Path) -> None:
    async def scenario(pilot: Any, _desk: Any) -> None:
        await pilot.press("shift+f1")
        await until(pilot, lambda: getattr(pilot.app.screen, "PLACE", "") == "reports")
        await pilot.press("f3")
        await until(
            pilot, lambda: isinstance(pilot.app.screen, DeliveriesScreen) and pilot.app.screen.source.is_current
        )
        await shows(pilot, "Nothing was delivered yet.")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeliverScreen) and pilot.app.screen.is_mounted)
        await shows(pilot, "2 report copies")
        pilot.app.screen.do_submit()
        await says(pilot, "Delivered: 1 copy sent, 1 to look at: folder:nowhere/at-all")
        desk: Any = pilot.app.screen
        await until(pilot, lambda: desk.source.is_current and len(desk.source) == 2)
        await shows(pilot, "✓ sent")
        assert "▲ failed" in screen_text(pilot.app)
        assert len(list(delivering.iterdir())) == 1
        with estate.register.reading() as session:
            failed = session.query(ReportDelivery).filter_by(state="failed").one().id
        change(estate.register.database, ReportDelivery, failed, state="unknown")
        desk.search.value = "unknown"
        await until(
            pilot, lambda: desk.source.is_current and desk.source.ask.text == "unknown" and len(desk.source) == 1
        )
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, SettleScreen) and pilot.app.screen.is_mounted)
        form: Any = pilot.app.screen
        form.do_submit()
        await shows(pilot, "Write yes or no.")
        form.arrived.value, form.reason.value = "yes", "They have it"
        form.do_submit()
        await says(pilot, f"Delivery {failed}: it arrived.")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeliverScreen) and pilot.app.screen.is_mounted)
        await shows(pilot, "Nothing is due.")

    estate.drive(scenario)
