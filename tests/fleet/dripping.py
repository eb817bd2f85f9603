"""A plain HTTP server whose answers are what a test writes, and answers that never end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Serve = Callable[[Callable[[BaseHTTPRequestHandler, threading.Event], None]], str]


@contextmanager
def serving() -> Iterator[Serve]:
    """A server whose answer is what a test writes; the event is set when the test is over."""
    over, servers = threading.Event(), list[ThreadingHTTPServer]()

    def start(answer: Callable[[BaseHTTPRequestHandler, threading.Event], None]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self, over)

            def do_POST(self) -> None:
                answer(self, over)

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield start
    over.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def drip(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """A byte now and then, without an end."""
    handler.send_response(200)
    handler.end_headers()
    while not over.wait(0.01):
        try:
            handler.wfile.write(b"x")
        except OSError:
            return


def drip_headers(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """The same, before there is an answer that could be ended."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not over.wait(0.01):
        try:
            handler.wfile.write(b"x")
        except OSError:
            return
