"""In headless Chromium: the page paints and takes keys, asks nobody else for anything, and a page from elsewhere gets nothing.

Skipped where no Chromium and ChromeDriver are installed; the HTTP side is tested everywhere in `test_site`.
"""

import asyncio
import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from aiohttp import web

from tests.tui.web.test_site import PATIENCE, Server, home, run, serving, until  # noqa: F401 - `home` is a fixture

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium is installed")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1280,800",
]  # fmt: skip
KEYS = {"ctrl": "\ue009", "enter": "\ue007", "null": "\ue000"}


class Browser:
    """A page in Chromium, driven over the WebDriver protocol."""

    def __init__(self, base: str, session: str) -> None:
        self.base = f"{base}/session/{session}"

    def ask(self, path: str, **body: Any) -> Any:
        """A command; its value."""
        answer = requests.post(f"{self.base}/{path}", json=body, timeout=PATIENCE)
        return answer.json()["value"]

    def get(self, path: str) -> Any:
        """A fact."""
        return requests.get(f"{self.base}/{path}", timeout=PATIENCE).json()["value"]

    def script(self, code: str) -> Any:
        """What a script gives."""
        return self.ask("execute/sync", script=code, args=[])

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        actions = [{"type": kind, "value": char} for char in text for kind in ("keyDown", "keyUp")]
        self.ask("actions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def hold_ctrl(self, letter: str) -> None:
        """Ctrl and a letter."""
        order = [("keyDown", KEYS["ctrl"]), ("keyDown", letter), ("keyUp", letter), ("keyUp", KEYS["ctrl"])]
        actions = [{"type": kind, "value": key} for kind, key in order]
        self.ask("actions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def picture(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode(self.get("screenshot"))


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Chromium on a profile of its own."""
    driver = subprocess.Popen([str(DRIVER), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert driver.stdout is not None
        port = next(
            line.rsplit(" ", 1)[-1].strip(". \n") for line in driver.stdout if "started successfully on port" in line
        )
        options = {"binary": CHROMIUM, "args": [*FLAGS, f"--user-data-dir={folder / 'profile'}"]}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        made = requests.post(f"http://127.0.0.1:{port}/session", json=wanted, timeout=60).json()["value"]
        found = Browser(f"http://127.0.0.1:{port}", made["sessionId"])
        try:
            yield found
        finally:
            requests.delete(found.base, timeout=PATIENCE)
    finally:
        driver.terminate()
        driver.wait(PATIENCE)
        if driver.stdout is not None:
            driver.stdout.close()


async def waits_for(page: Browser, code: str) -> None:
    """Wait until a script gives true."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while not await asyncio.to_thread(page.script, f"return Boolean({code})"):
        assert asyncio.get_running_loop().time() < end, code
        await asyncio.sleep(0.05)


async def settled(page: Browser, before: bytes = b"") -> bytes:
    """A picture that differs from another one and stays as it is."""
    last = b""
    end = asyncio.get_running_loop().time() + PATIENCE
    while (now := await asyncio.to_thread(page.picture)) != last or now == before:
        assert asyncio.get_running_loop().time() < end
        last = now
        await asyncio.sleep(0.15)
    return now


def test_the_page_paints_takes_keys_and_asks_nobody_else(home: Path, tmp_path: Path) -> None:  # noqa: F811
    async def scenario() -> None:
        async with serving(home) as server:
            with browser(tmp_path) as page:
                await asyncio.to_thread(page.ask, "url", url=server.address)
                await waits_for(page, "document.body.classList.contains('-first-byte')")
                empty = await settled(page)
                asked = page.script("return performance.getEntriesByType('resource').map(one => one.name)")
                assert [one for one in asked if not one.startswith((server.base, "data:"))] == []
                assert page.script("return document.fonts.check('15px \"Roboto Mono\"')")
                assert page.script("return document.cookie") == "", "no script reads the key"
                await asyncio.to_thread(page.type, "zebra")
                typed = await settled(page, empty)
                if folder := os.environ.get("FLEET_KEEP_PICTURES"):
                    Path(folder, "browser-empty.png").write_bytes(empty)
                    Path(folder, "browser-typed.png").write_bytes(typed)
                await asyncio.to_thread(page.hold_ctrl, "q")
                await waits_for(page, "document.body.classList.contains('-closed')")
                await waits_for(page, "document.activeElement.id === 'again'")
                await until(lambda: not server.site.sessions)
                await asyncio.to_thread(page.type, KEYS["enter"])
                await until(lambda: len(server.site.sessions) == 1)
            await until(lambda: not server.site.sessions)

    run(scenario)


ELSEWHERE = """<!DOCTYPE html><title>?</title><body><script>
const socket = new WebSocket("{socket}");
socket.onopen = () => document.title = "opened";
socket.onerror = () => document.title = "refused";
const frame = document.createElement("iframe");
frame.src = "{page}";
document.body.append(frame);
</script></body>"""


def test_a_page_from_elsewhere_opens_no_terminal(home: Path, tmp_path: Path) -> None:  # noqa: F811
    """From another port of this machine: there the browser does send the cookie, and the origin alone tells."""

    async def scenario() -> None:
        async with serving(home) as server:
            text = ELSEWHERE.format(socket=f"{server.base.replace('http', 'ws')}/ws", page=server.base)
            async with other_site(text) as address:
                with browser(tmp_path) as page:
                    await asyncio.to_thread(page.ask, "url", url=server.address)
                    await until(lambda: len(server.site.sessions) == 1)
                    await asyncio.to_thread(page.ask, "url", url=address)
                    await waits_for(page, "document.title === 'refused'")
                    await until(lambda: not server.site.sessions)
            assert server.site.sessions == {}

    run(scenario)


class other_site:  # noqa: N801 - reads as a function
    """A page of somebody else's on this machine."""

    def __init__(self, text: str) -> None:
        self.text = text
        application = web.Application()
        application.router.add_get("/", self._page)
        self.runner = web.AppRunner(application)

    async def __aenter__(self) -> str:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}/"

    async def __aexit__(self, *_error: object) -> None:
        await self.runner.cleanup()

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self.text, content_type="text/html")
