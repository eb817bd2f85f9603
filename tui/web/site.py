"""The web server of `fleet serve`: a page, its few files, and the websocket that carries a terminal."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import textual_serve
from aiohttp import WSCloseCode, WSMsgType, web

from tui.web.gate import Gate, Refused
from tui.web.session import Session

log = logging.getLogger("tui.web")

PAGE = Path(__file__).with_name("page")
STATICS = Path(textual_serve.__file__).with_name("static")
FILES = {
    "page.css": (PAGE / "page.css", "text/css"),
    "page.js": (PAGE / "page.js", "text/javascript"),
    "textual.js": (STATICS / "js" / "textual.js", "text/javascript"),
    "xterm.css": (STATICS / "css" / "xterm.css", "text/css"),
    "RobotoMono-VariableFont_wght.ttf": (STATICS / "fonts" / "RobotoMono-VariableFont_wght.ttf", "font/ttf"),
    "RobotoMono-Italic-VariableFont_wght.ttf": (
        STATICS / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf",
        "font/ttf",
    ),
}
"""All that is served besides the page, by name."""
COLUMNS, ROWS = (20, 400), (6, 200)
"""Least and most cells of a terminal: a browser may ask for anything."""
LONGEST_MESSAGE = 256 * 1024
HEARTBEAT = 15.0
"""Seconds between questions whether the browser is still there."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """What is served to whom."""

    gate: Gate
    home: Path
    most_sessions: int
    cookie: str = "fleet"
    sessions: dict[web.WebSocketResponse, Session] = field(default_factory=dict)
    waiting: int = 0
    """Sessions that are being opened."""

    def application(self) -> web.Application:
        """The server, to be run."""
        application = web.Application(middlewares=[self._guarded])
        application.add_routes([
            web.get("/", self._page),
            web.get("/ws", self._terminal),
            web.get("/static/{name}", self._file),
        ])  # fmt: skip
        application.on_shutdown.append(self._end_all)
        return application

    # --- every answer -----------------------------------------------------------------------------------------

    @property
    def headers(self) -> dict[str, str]:
        """What a browser is forbidden with each answer: scripts, fonts and connections from elsewhere, frames, pop-ups."""
        sockets = " ".join(sorted("ws" + origin.removeprefix("http") for origin in self.gate.origins))
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:;"
            f" connect-src {sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            " sandbox allow-scripts allow-same-origin"
        )
        return {
            "Content-Security-Policy": policy,
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        refused = self.gate.refuse_host(request.host)
        try:
            answer = await handler(request) if refused is None else _say(refused)
        except web.HTTPException as error:
            answer = _say(Refused(error.status, error.reason))
        if not answer.prepared:
            answer.headers.update(self.headers)
        return answer

    # --- the page ---------------------------------------------------------------------------------------------

    def _who(self, request: web.Request) -> str | Refused | None:
        return self.gate.operator(request.headers, request.cookies.get(self.cookie, ""))

    async def _page(self, request: web.Request) -> web.StreamResponse:
        """The page; the key in its address becomes a cookie, so that it stays in no history."""
        if self.gate.opens(request.query.get("key", "")):
            answer = web.Response(status=303, headers={"Location": "/"})
            answer.set_cookie(self.cookie, self.gate.key, httponly=True, samesite="Strict")
            return answer
        who = self._who(request)
        if isinstance(who, Refused):
            return _say(who)
        return web.Response(body=(PAGE / "index.html").read_bytes(), content_type="text/html", charset="utf-8")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path, kind = FILES.get(request.match_info["name"], (None, ""))
        if path is None:
            raise web.HTTPNotFound
        return web.Response(body=await asyncio.to_thread(path.read_bytes), content_type=kind)

    # --- the terminal -----------------------------------------------------------------------------------------

    async def _terminal(self, request: web.Request) -> web.StreamResponse:
        """A session, for as long as the browser stays."""
        who = self.gate.refuse_origin(request.headers.get("Origin")) or self._who(request)
        if isinstance(who, Refused):
            return _say(who)
        if len(self.sessions) + self.waiting >= self.most_sessions:
            return _say(Refused(503, f"All {self.most_sessions} places are taken. Close another page first."))
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST_MESSAGE)
        self.waiting += 1
        try:
            await socket.prepare(request)
            self.sessions[socket] = session = Session(
                self.home, who, write_bytes=socket.send_bytes, write_str=socket.send_str, close=socket.close
            )
        finally:
            self.waiting -= 1
        try:
            await session.start(
                _within(request.query.get("width"), *COLUMNS), _within(request.query.get("height"), *ROWS)
            )
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await _pass_on(message.data, session, socket)
        finally:
            try:
                await session.stop()
            finally:
                del self.sessions[socket]
        return socket

    async def _end_all(self, _application: web.Application) -> None:
        """The server stops: every session ends in good order."""
        for socket in list(self.sessions):
            await socket.close(code=WSCloseCode.GOING_AWAY)
        await asyncio.gather(*(session.stop() for session in list(self.sessions.values())))


def _say(refused: Refused) -> web.Response:
    return web.Response(status=refused.status, text=refused.why + "\n")


def _within(given: object, least: int, most: int) -> int:
    """A number of cells, whatever was asked for."""
    try:
        return min(max(int(str(given)), least), most)
    except ValueError:
        return least


async def _pass_on(text: str, session: Session, socket: web.WebSocketResponse) -> None:
    """One message of the page; what is none is left alone."""
    try:
        kind, *rest = json.loads(text)
    except (ValueError, TypeError):
        return
    given: Any = rest[0] if rest else None
    if kind == "stdin" and isinstance(given, str):
        await session.send_bytes(given.encode("utf-8", "replace"))
    elif kind == "resize" and isinstance(given, dict):
        await session.set_terminal_size(_within(given.get("width"), *COLUMNS), _within(given.get("height"), *ROWS))
    elif kind == "ping" and isinstance(given, str):
        await socket.send_json(["pong", given[:40]])
    elif kind == "focus":
        await session.focus()
    elif kind == "blur":
        await session.blur()
