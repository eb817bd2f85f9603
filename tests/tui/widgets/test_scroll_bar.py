"""The scroll bar is as tall as its list, whatever is asked of it, and paints only what moved."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from textual.geometry import Region
from textual.pilot import Pilot

from tests.tui.driving import drive, until
from tests.tui.fake_register import FakeRegister
from tui.widgets.scroll_bar import CalmScrollBar, _cells

GREY, WHITE = Color.parse("#555555"), Color.parse("#ffffff")


@given(
    height=st.integers(1, 80),
    rows=st.integers(0, 1_000_000),
    window=st.integers(0, 80),
    position=st.floats(0, 3_000_000, allow_nan=False),
)
def test_there_is_a_cell_for_each_line(height: int, rows: int, window: int, position: float) -> None:
    """Also while the position is still that of a longer list."""
    cells = _cells((height, rows, window if window < rows else 0, position, GREY, WHITE))
    assert len(cells) == height
    assert {cell.cell_length for cell in cells} == {1}


def test_only_the_cells_in_which_the_thumb_moved_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[tuple[Region, ...]] = []

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        bar = desk.table.vertical_scrollbar
        assert isinstance(bar, CalmScrollBar)
        await until(pilot, lambda: desk.source.total == 5000)
        await pilot.pause()
        monkeypatch.setattr(bar, "_set_dirty", lambda *regions: painted.append(regions))
        bar.refresh()
        assert painted == []
        bar.position = 2_500
        assert 0 < sum(one.height for regions in painted for one in regions) < bar.size.height
        painted.clear()
        pilot.app.theme = "fleet-light"
        await until(pilot, lambda: any(not regions for regions in painted))

    drive(scenario, FakeRegister(5000))


def test_a_click_on_a_cell_does_what_textual_has_it_do() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await until(pilot, lambda: desk.source.total == 500)
        await pilot.pause()
        left, bottom = desk.table.vertical_scrollbar.region.bottom_left
        assert pilot.app.screen.get_style_at(left, bottom - 1).meta == {"@mouse.down": "scroll_down"}
        assert pilot.app.screen.get_style_at(left, desk.table.region.y).meta == {"@mouse.down": "grab"}

    drive(scenario, FakeRegister(500))
