"""HTTP/1.1 over TLS on loopback: one thread per kept-alive connection, one write per answer.

The standard library's server parses headers through the e-mail package and writes each header on its own, which
costs more than most answers here; this one does only what the service needs and can break a connection on purpose.
"""

import contextlib
import email.utils
import http
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, cast
from urllib.parse import unquote

MAX_LINE = 65536
MAX_BODY = 16 << 20
IDLE_SECONDS = 120.0


@dataclass(slots=True)
class Request:
    """One request as it came from the wire; header names are lower case."""

    method: str
    path: str
    """Percent-decoded."""
    query: str
    """As sent, still encoded."""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    host: str = ""


@dataclass(slots=True)
class Response:
    """One answer: the body is already encoded."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut_after: int | None = None
    """Send only this many bytes of the body, then drop the connection."""


class BadRequest(ValueError):
    """What came over the wire is no HTTP request."""


class Listener:
    """A loopback port that answers HTTPS with one function."""

    def __init__(self, context: ssl.SSLContext, answer: Callable[[Request], Response], port: int = 0) -> None:
        self._context = context
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._stopping = False
        self._thread = threading.Thread(target=self._accept, name="service-accept", daemon=True)

    @property
    def port(self) -> int:
        """The port that was given, also when any was asked for."""
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Answer from now on, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection, and wait for their threads."""
        self._stopping = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        with self._lock:
            connections = dict(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections.values():
            thread.join(timeout=5)

    def _accept(self) -> None:
        while not self._stopping:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(IDLE_SECONDS)
            thread = threading.Thread(target=self._serve, args=(connection,), name="service-connection", daemon=True)
            with self._lock:
                self._open[connection] = thread
            thread.start()

    def _serve(self, raw: socket.socket) -> None:
        """Answer one connection until the client leaves; a client that breaks off is no event."""
        try:
            # One that has left is not wrapped: that would leave half a wrapping behind.
            if not raw.recv(1, socket.MSG_PEEK):
                raise ConnectionAbortedError
            connection = self._context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        except OSError:
            with self._lock:
                self._open.pop(raw, None)
            raw.close()
            return
        with self._lock:
            self._open[connection] = self._open.pop(raw)
        try:
            with contextlib.suppress(OSError, ValueError):
                connection.do_handshake()
                self._converse(connection)
        finally:
            with self._lock:
                self._open.pop(connection, None)
            connection.close()

    def _converse(self, connection: ssl.SSLSocket) -> None:
        with connection.makefile("rb", buffering=65536) as stream:
            while not self._stopping:
                try:
                    request = read_request(cast(IO[bytes], stream))
                except BadRequest:
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                if request is None:
                    return
                response = self._answer(request)
                head = head_of(response)
                if response.cut_after is not None and response.cut_after < 0:
                    return
                if response.cut_after is not None:
                    connection.sendall(head + response.body[: response.cut_after])
                    return
                connection.sendall(head + response.body if len(response.body) < MAX_LINE else head)
                if len(response.body) >= MAX_LINE:
                    connection.sendall(response.body)
                if request.headers.get("connection", "").lower() == "close":
                    return


def read_request(stream: IO[bytes]) -> Request | None:
    """The next request of a connection, or None when the client has gone.

    Raises `BadRequest` for anything that is not HTTP/1.1 with a plain length.
    """
    line = stream.readline(MAX_LINE)
    if not line.strip():
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3:
        raise BadRequest(line)
    headers: dict[str, str] = {}
    while (row := stream.readline(MAX_LINE)) not in (b"\r\n", b"\n"):
        name, colon, value = row.decode("latin-1").partition(":")
        if not colon:
            raise BadRequest(row)
        headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY or "transfer-encoding" in headers:
        raise BadRequest(length)
    path, _, query = parts[1].partition("?")
    body = stream.read(int(length)) if length != "0" else b""
    return Request(parts[0].upper(), unquote(path), query, headers, body, headers.get("host", ""))


def head_of(response: Response) -> bytes:
    """Status line and headers, ready to send."""
    try:
        phrase = http.HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {response.status} {phrase}", f"Date: {email.utils.formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status != http.HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(response.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
