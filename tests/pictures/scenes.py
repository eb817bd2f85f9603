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
from tui.screens.desk import DeskScreen
from tui.sql_register import open_sql_register

if TYPE_CHECKING:
    from tui.screens.issue import IssueScreen

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
    await shows(person, "leaver")


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


SCENES = (
    Scene("devices", _devices),
    Scene("device", _device, (104, 58)),
    Scene("findings", _findings),
    Scene("issue", _issue),
    Scene("history", _history),
)
