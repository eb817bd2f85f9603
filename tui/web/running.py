"""Starting and stopping the web server."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from fleet.errors import FleetError
from tui.web.gate import Gate, origins_of
from tui.web.site import Site


def serve_forever(
    home: Path,
    host: str,
    port: int,
    *,
    sessions: int,
    public_url: str | None,
    secret: str | None,
    operator: str,
    say: Callable[[str], None],
) -> None:
    """Serve until Ctrl+C or SIGTERM. Raises `FleetError` when the address can't be listened on."""

    async def go() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # Windows, where Ctrl+C raises KeyboardInterrupt.
                loop.add_signal_handler(one, stopped.set)
        runner, address = await start(home, host, port, sessions=sessions, public_url=public_url, secret=secret)
        try:
            whose = "whoever the proxy names" if secret else operator
            say(f"Fleet is at {address} until Ctrl+C. Every session is {whose}; at most {sessions} at a time.")
            await stopped.wait()
        finally:
            await runner.cleanup()
            say("Stopped.")

    with suppress(KeyboardInterrupt):
        asyncio.run(go())


async def start(
    home: Path, host: str, port: int, *, sessions: int, public_url: str | None, secret: str | None
) -> tuple[web.AppRunner, str]:
    """Start to serve; gives what stops it, and the address to open."""
    key = secrets.token_urlsafe(24)
    site = Site(Gate(frozenset(), key, secret), home, sessions)
    runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=15)
    await runner.setup()
    tcp = web.TCPSite(runner, host, port)
    try:
        await tcp.start()
    except OSError as error:
        await runner.cleanup()
        raise FleetError(f"{host}:{port} can't be listened on: {error.strerror}.", code="address") from error
    taken = runner.addresses[0][1]
    origins = origins_of(host, taken, public_url)
    # Cookies are not told apart by port, and a proxy may reach the server under its own address.
    site.gate, site.cookie = Gate(origins, key, secret), f"fleet-{taken}"
    if public_url is not None:
        return runner, public_url
    shown = f"[{host}]" if ":" in host else host
    return runner, f"http://{shown}:{taken}/?key={key}"
