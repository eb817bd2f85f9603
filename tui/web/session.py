"""One browser's Fleet: a process of its own, which ends when the browser leaves."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

LEAVING = 10.0
"""Seconds a process has to finish its writes before it is ended."""


class Session(AppService):
    """Runs `fleet` for one websocket, as one operator."""

    def __init__(
        self,
        home: Path,
        operator: str | None,
        *,
        write_bytes: Callable[[bytes], Awaitable[None]],
        write_str: Callable[[str], Awaitable[None]],
        close: Callable[[], Awaitable[object]],
    ) -> None:
        super().__init__(
            "fleet", write_bytes=write_bytes, write_str=write_str, close=close, download_manager=DownloadManager()  # type: ignore[arg-type]
        )  # fmt: skip
        self.home, self.operator = home, operator

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment: dict[str, str] = super()._build_environment(width, height)
        environment["FLEET_SERVED"] = str(os.getpid())
        if self.operator is not None:
            environment["FLEET_OPERATOR"] = self.operator
        return environment

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start it without a shell in between."""
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fleet", "--home", str(self.home),
            stdin=PIPE, stdout=PIPE, stderr=PIPE, env=self._build_environment(width, height),
        )  # fmt: skip
        self._stdin = process.stdin
        return process

    async def stop(self) -> None:
        """Ask it to leave, and see that it does."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdout is not None and self._task is not None and self._task.done():
            self._task = asyncio.create_task(_drain(process.stdout))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._leave(process), LEAVING)
        if process.returncode is None:
            process.kill()
            await process.wait()

    async def _leave(self, process: Process) -> None:
        await self.send_meta({"type": "quit"})
        await process.wait()


async def _drain(stream: asyncio.StreamReader) -> None:
    """Take what nobody reads any more, so that its writer is not held up."""
    while await stream.read(65536):
        pass
