"""The server of `fleet serve` over real HTTP: page, headers, websockets, and the process behind each."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSServerHandshakeError, web

from tui.web.gate import OPERATOR_HEADER, PROXY_HEADER
from tui.web.running import start
from tui.web.site import FILES, Site

SECRET = "a secret that only the proxy has"
PUBLIC = "https://fleet.northbridge.gov.example"
PATIENCE = 20.0
OUTSIDE = re.compile(rb"(?:https?:)?//(?!www\.w3\.org/)[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)


class Server:
    """A server and a browser of sorts."""

    def __init__(self, site: Site, address: str, client: ClientSession, runner: web.AppRunner) -> None:
        self.site, self.client, self.runner = site, client, runner
        self.address = address
        self.base = address.partition("/?")[0]

    async def sign_in(self) -> None:
        """Open the address that was printed: the browser has the key from then on."""
        async with self.client.get(self.address) as page:
            assert page.status == 200

    async def open(self, **headers: str) -> ClientWebSocketResponse:
        """A session, as the page opens it."""
        return await self.client.ws_connect(
            f"{self.base}/ws?width=100&height=30", headers={"Origin": self.base, **headers}, max_msg_size=0
        )


@asynccontextmanager
async def serving(home: Path, *, sessions: int = 2, secret: str | None = None) -> AsyncIterator[Server]:
    """A server on a free port."""
    runner, address = await start(
        home, "127.0.0.1", 0, sessions=sessions, public_url=PUBLIC if secret else None, secret=secret
    )
    port = runner.addresses[0][1]
    handler = runner.app.middlewares[0]
    site = handler.__self__  # type: ignore[attr-defined]  # the middleware is a method of the site
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
        try:
            yield Server(site, f"http://127.0.0.1:{port}" if secret else address, client, runner)
        finally:
            await runner.cleanup()


@pytest.fixture
def home(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an empty register."""
    shutil.copyfile(sqlite_template, tmp_path / "fleet.db")
    for name in ("FLEET_DATABASE_URL", "FLEET_HOME", "FLEET_SERVED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FLEET_OPERATOR", "asha.penrose")
    return tmp_path


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    """Run a scenario within its time."""
    asyncio.run(asyncio.wait_for(scenario(), 60))


async def painted(socket: ClientWebSocketResponse, text: str) -> str:
    """Everything that was painted until a text was."""
    seen = ""
    while text not in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen):
        message = await asyncio.wait_for(socket.receive(), PATIENCE)
        assert isinstance(message.data, bytes | str), f"the session ended; it had painted {seen[-2000:]!r}"
        seen += message.data.decode() if isinstance(message.data, bytes) else ""
    return seen


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while not condition():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_page_opens_with_its_key_and_fetches_nothing_from_elsewhere(home: Path) -> None:
    async def scenario() -> None:
        async with serving(home) as server:
            async with server.client.get(server.base + "/") as closed:
                assert closed.status == 401
                assert "fleet serve" in await closed.text()
            async with server.client.get(server.address) as page:
                assert page.status == 200
                assert "key=" not in str(page.url), "the key stays in no history"
                text = await page.text()
                policy = page.headers["Content-Security-Policy"]
            asked = re.findall(r'(?:src|href)="([^"]+)"', text)
            assert {one.removeprefix("static/") for one in asked if not one.startswith("data:")} <= set(FILES)
            assert not OUTSIDE.search(text.encode())
            assert "default-src 'none'" in policy
            assert "'unsafe-eval'" not in policy
            assert "script-src 'self';" in policy
            assert f"connect-src ws://127.0.0.1:{server.base.rpartition(':')[2]} ws://localhost:" in policy
            assert "frame-ancestors 'none'" in policy
            for name in FILES:
                async with server.client.get(f"{server.base}/static/{name}") as file:
                    assert file.status == 200
                    assert await file.read()
                    assert file.headers["Content-Security-Policy"] == policy
                    assert file.headers["X-Content-Type-Options"] == "nosniff"
            for path in ("static/", "static/../session.py", "static/%2e%2e/gate.py", "download/x", "nowhere"):
                async with server.client.get(f"{server.base}/{path}") as nothing:
                    assert nothing.status == 404, path
                    assert "Content-Security-Policy" in nothing.headers

    run(scenario)


def test_no_file_that_is_served_fetches_from_a_host() -> None:
    for name, (path, _kind) in FILES.items():
        if not name.endswith(".ttf"):
            code = re.sub(rb"/\*.*?\*/", b"", path.read_bytes(), flags=re.DOTALL)
            assert b"@import" not in code
            assert not re.search(rb"url\(\s*['\"]?(?:https?:)?//", code), name
            assert not [one for one in OUTSIDE.findall(code) if b"google" in one or b"cdn" in one or b"fonts" in one], (
                name
            )


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", None])
def test_a_page_from_elsewhere_can_not_open_the_terminal(home: Path, origin: str | None) -> None:
    async def scenario() -> None:
        async with serving(home) as server:
            await server.sign_in()
            headers = {"Origin": origin} if origin else {}
            with pytest.raises(WSServerHandshakeError) as refused:
                await server.client.ws_connect(f"{server.base}/ws", headers=headers)
            assert refused.value.status == 403
            async with server.client.get(server.base + "/", headers={"Host": "evil.example"}) as page:
                assert page.status == 421
            assert server.site.sessions == {}

    run(scenario)


def test_without_the_key_there_is_no_session(home: Path) -> None:
    async def scenario() -> None:
        async with serving(home) as server:
            with pytest.raises(WSServerHandshakeError) as refused:
                await server.open()
            assert refused.value.status == 401

    run(scenario)


def test_a_session_paints_takes_keys_and_ends_when_the_browser_leaves(home: Path) -> None:
    async def scenario() -> None:
        async with serving(home, sessions=1) as server:
            await server.sign_in()
            socket = await server.open()
            assert "Devices" in await painted(socket, "no tenant is synced")
            with pytest.raises(WSServerHandshakeError) as full:
                await server.open()
            assert full.value.status == 503
            (session,) = server.site.sessions.values()
            assert session._process is not None
            pid = session._process.pid
            for junk in ("", "{", "[]", "[1]", '["resize", 5]', '["resize", {"width": 1e99}]', '["stdin", 7]', "null"):
                await socket.send_str(junk)
            await socket.send_str(json.dumps(["resize", {"width": 10**9, "height": -4}]))
            await socket.send_str(json.dumps(["resize", {"width": 90, "height": 24}]))
            await socket.send_str(json.dumps(["stdin", "zebra"]))
            await painted(socket, "Nothing matches")
            await socket.close()
            await until(lambda: not server.site.sessions)
            await until(lambda: not is_running(pid))
            again = await server.open()
            await painted(again, "no tenant is synced")
            await again.send_str(json.dumps(["stdin", "\x11"]))
            await until(lambda: not server.site.sessions)
            await again.close()

    run(scenario)


def test_stopping_the_server_ends_every_session(home: Path) -> None:
    async def scenario() -> None:
        async with serving(home) as server:
            await server.sign_in()
            socket = await server.open()
            await painted(socket, "no tenant is synced")
            (session,) = server.site.sessions.values()
            assert session._process is not None
            pid = session._process.pid
            stopping = asyncio.create_task(server.runner.cleanup())
            while not (await socket.receive()).type.name.startswith("CLOS"):
                pass
            await socket.close()
            await stopping
        await until(lambda: not is_running(pid))

    run(scenario)


def test_behind_a_proxy_a_session_belongs_to_whom_the_proxy_names(home: Path) -> None:
    async def scenario() -> None:
        async with serving(home, secret=SECRET) as server:
            host = PUBLIC.removeprefix("https://")
            who: dict[str, str] = {"Host": host, PROXY_HEADER: SECRET, OPERATOR_HEADER: "ben.hale"}
            async with server.client.get(server.base + "/", headers={"Host": host}) as page:
                assert page.status == 401
            async with server.client.get(server.base + "/", headers=who) as page:
                assert page.status == 200
                assert f"connect-src wss://{host};" in page.headers["Content-Security-Policy"]
            with pytest.raises(WSServerHandshakeError) as refused:
                await server.client.ws_connect(f"{server.base}/ws", headers={**who, "Origin": server.base})
            assert refused.value.status == 403
            socket = await server.client.ws_connect(
                f"{server.base}/ws?width=100&height=30", headers={**who, "Origin": PUBLIC}
            )
            await painted(socket, "no tenant is synced")
            (session,) = server.site.sessions.values()
            assert session.operator == "ben.hale"
            assert session._build_environment()["FLEET_OPERATOR"] == "ben.hale"
            await socket.close()

    run(scenario)


def test_every_other_way_to_ask_gets_nothing(home: Path) -> None:
    async def scenario() -> None:
        async with serving(home) as server:
            for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
                async with server.client.request(method, server.base + "/") as answer:
                    assert answer.status == 405
                    assert "Access-Control-Allow-Origin" not in answer.headers
            async with server.client.get(f"{server.base}/ws") as answer:
                assert answer.status == 403

    run(scenario)
