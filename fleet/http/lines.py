"""The connections of a session, so that another thread can end what waits on them: a server may drip its headers for ever."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Lines:
    """Every connection that is open or being opened; `hang_up` ends them all, and lets none be opened after."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dialling: set[HTTPConnection] = set()
        self._open: WeakSet[Any] = WeakSet()
        """Sockets, not connections: a connection lets go of its socket while the last answer is still read from it."""
        self._over = False

    def hang_up(self) -> None:
        """End what is under way, in whatever thread: it raises there."""
        with self._lock:
            self._over = True
            sockets = [*self._open, *(line.sock for line in self._dialling)]
        for one in sockets:
            with suppress(OSError, AttributeError):  # Closed meanwhile, or not there yet: then `taken` ends it.
                one.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Hang up when what is done here takes longer."""
        alarm = threading.Timer(seconds, self.hang_up)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()

    def adapter(self, **options: Any) -> HTTPAdapter:
        """What carries a session's requests over connections that are known here."""
        return _Adapter({"http": self._pool(HTTPConnectionPool), "https": self._pool(HTTPSConnectionPool)}, **options)

    def _pool(self, kind: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        lines, plain = self, kind.ConnectionCls

        class Line(plain):  # type: ignore[misc, valid-type]
            def connect(self) -> None:
                lines._dialling.add(self)
                try:
                    super().connect()
                    lines._taken(self.sock)
                except BaseException:
                    self.close()
                    raise
                finally:
                    lines._dialling.discard(self)

        return type(kind.__name__, (kind,), {"ConnectionCls": Line})

    def _taken(self, one: Any) -> None:
        with self._lock:
            if self._over:
                raise ConnectionAbortedError("hung up")
            self._open.add(one)


class _Adapter(HTTPAdapter):
    """The adapter of requests with pools of our own, also behind a proxy."""

    def __init__(self, pools: dict[str, type[HTTPConnectionPool]], **options: Any) -> None:
        self._pools = pools
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager
