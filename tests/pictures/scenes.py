"""What is pictured: each scene is a file name, a size, and what a person does before the picture is taken."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual.pilot import Pilot

from fleet.config import load_config
from tests.tui.driving import shows, until
from tui.app import FleetApp
from tui.screens.arriving import ArrivalScreen
from tui.screens.desk import DeskScreen
from tui.screens.stocktake_forms import BeginScreen
from tui.sql_register import open_sql_register

if TYPE_CHECKING:
    from tui.screens.issue import IssueScreen
    from tui.screens.scanning import ScanningScreen
    from tui.screens.stocktake import StocktakeScreen

MOMENT = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
"""A Monday morning, after the night's sync."""

FONTS = "Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_FAMILY = re.compile(r"font-family: [^;]*Fira Code[^;]*;")

_KEYS = {" ": "space", ":": "colon", "-": "minus", "+": "plus", "_": "underscore", ">": "greater_than_sign"}
"""Names of the keys that letters do not name."""

Person = Pilot[Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture."""

    name: str
    act: Callable[[Person], Awaitable[None]]
    size: tuple[int, int] = (146, 36)


async def take_pictures(home: Path, target: Path) -> list[Path]:
    """Take every picture of the demonstration in `home`; returns the files."""
    target.mkdir(parents=True, exist_ok=True)
    return [await _take(scene, home, target / f"{scene.name}.svg") for scene in SCENES]


async def _take(scene: Scene, home: Path, path: Path) -> Path:
    config = load_config(home, {"FLEET_OPERATOR": "anna"})
    app = FleetApp(lambda: open_sql_register(config, lambda: MOMENT), clock=lambda: MOMENT, poll_seconds=0)
    try:
        async with app.run_test(size=scene.size) as person:
            await until(person, lambda: isinstance(app.screen, DeskScreen) and app.screen.source.loaded)
            await until(person, lambda: app.summary is not None)
            await scene.act(person)
            await person.pause()
            path.write_text(_self_contained(app.export_screenshot(title="fleet")), encoding="utf-8")
    finally:
        app.background.stop()
    return path


def _self_contained(picture: str) -> str:
    """The picture without fonts from elsewhere: it must look right where nothing may be fetched."""
    return _FAMILY.sub(f"font-family: {FONTS};", _FONT_FACE.sub("", _COMMENT.sub("", picture)))


async def _type(person: Person, text: str) -> None:
    for letter in text:
        await person.press(_KEYS.get(letter, letter))


async def _devices(person: Person) -> None:
    await _type(person, "kind:ipad seen:>30d")
    await shows(person, "EM0000")
    await person.press("down", "down")
    await shows(person, "Recorded")


async def _device(person: Person) -> None:
    await _type(person, "finding:holder-differs")
    await shows(person, "EM0000")
    await person.press("enter")
    await shows(person, "Enrolled by")


async def _findings(person: Person) -> None:
    await person.press("f8")
    await shows(person, "All findings")
    desk = cast("DeskScreen[Any]", person.app.screen)
    while desk.source.asked.group != "leaver-holds":
        await person.press("ctrl+s")
    await until(person, lambda: desk.source.is_current)
    await shows(person, "What to do")


async def _issue(person: Person) -> None:
    await _type(person, "status:in_stock kind:ipad -finding:any")
    await shows(person, "in stock")
    await person.press("f2")
    await shows(person, "Due back")
    form = cast("IssueScreen", person.app.screen)
    await _type(person, "aaliyah gold")
    await until(person, lambda: form.matches.row is not None and form.matches.row.name.startswith("Aaliyah Gold"))
    await person.press("enter")
    await shows(person, "→ Aaliyah G")
    await _type(person, "+14")
    await shows(person, "loan, due back")


async def _history(person: Person) -> None:
    await person.press("f9")
    await shows(person, "Synced from Intune")


async def _stocktake(person: Person) -> None:
    await person.press("shift+f7", "f4")
    await until(person, lambda: isinstance(person.app.screen, BeginScreen) and person.app.screen.is_mounted)
    form = cast("BeginScreen", person.app.screen)
    form.title_field.value, form.organisation.value = "Civic Centre, autumn 2026", "eastmere"
    form.site.value, form.kind.value = "Civic Centre", "ipad"
    await person.pause()
    form.do_submit()
    await shows(person, "0 of ")
    desk = cast("StocktakeScreen", person.app.screen)
    for number, text in enumerate(
        ("EM000001", "EM000002", "EM000050", "EM000001", "ZZ900001", "EM000049", "NB000003"), 1
    ):
        desk.field.value = text
        await person.press("enter")
        await until(person, lambda number=number: len(desk.log_of) == number)  # type: ignore[misc]


async def _today(person: Person) -> None:
    await person.press("ctrl+d")
    await shows(person, "Tokens and credentials")


async def _receiving(person: Person) -> None:
    await person.press("ctrl+b", "f4")
    await until(person, lambda: isinstance(person.app.screen, ArrivalScreen) and person.app.screen.is_mounted)
    form = cast("ArrivalScreen", person.app.screen)
    form.organisation.value, form.order.value, form.note.value = "eastmere", "PO-EM-4711", "DN-20"
    form.site.value, form.model.value = "Civic Centre", "iPad (A16)"
    await person.pause()
    form.do_submit()
    await shows(person, "Receiving for eastmere")
    desk = cast("ScanningScreen", person.app.screen)
    boxes = ("SF9QX12ABCD", "SF9QX12ABCE", "SF9QX12ABCF", "359913194249323", "SF9QX12ABCE", "SF9QX12ABCG", "EM000001")
    for number, text in enumerate(boxes, 1):
        desk.field.value = text
        await person.press("enter")
        await until(person, lambda number=number: len(desk.log_of) == number)  # type: ignore[misc]


async def _stock(person: Person) -> None:
    await person.press("shift+f6")
    await shows(person, "All loans")
    await until(person, lambda: cast("DeskScreen[Any]", person.app.screen).source.is_current)
    await shows(person, "Recorded")


SCENES = (
    Scene("devices", _devices),
    Scene("device", _device, (104, 58)),
    Scene("findings", _findings),
    Scene("issue", _issue),
    Scene("history", _history),
    Scene("stock", _stock),
    Scene("stocktake", _stocktake, (120, 30)),
    Scene("today", _today, (146, 42)),
    Scene("receiving", _receiving, (100, 30)),
)
