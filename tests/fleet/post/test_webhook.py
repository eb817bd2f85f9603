"""A message to a web address: JSON, tried three times, never redirected, its address never repeated."""

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import trustme

from fleet.demo.service.wire import Listener, Request, Response
from fleet.post.outcomes import NotSent
from fleet.post.webhook import post
from tests.fleet.dripping import Serve, drip_headers


@dataclass
class Hook:
    """A web server that answers with these statuses, one after the other, then 200."""

    port: int = 0
    ca: Path = Path()
    statuses: list[int] = field(default_factory=list)
    got: list[Request] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}/hooks/a-secret-path"

    def answer(self, request: Request) -> Response:
        self.got.append(request)
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(status, {"Location": self.address} if status == 302 else {}, b"ok")


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    authority, made = trustme.CA(), Hook(ca=tmp_path / "ca.pem")
    authority.cert_pem.write_to_path(str(made.ca))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    listener = Listener(context, made.answer)
    made.port = listener.port
    listener.start()
    yield made
    listener.stop()


def send(hook: Hook, waits: list[float] | None = None, ca: Path | None = None) -> None:
    post(
        hook.address,
        {"text": "Siân"},
        timeout=10,
        ca_bundle=ca or hook.ca,
        pause=(waits if waits is not None else []).append,
    )


def test_the_message_is_json(hook: Hook) -> None:
    send(hook)
    [request] = hook.got
    assert (request.method, json.loads(request.body)) == ("POST", {"text": "Siân"})
    assert request.headers["content-type"] == "application/json"


def test_what_may_pass_is_tried_again(hook: Hook) -> None:
    hook.statuses, waits = [503, 429], []
    send(hook, waits)
    assert (len(hook.got), waits) == (3, [2.0, 4.0])


@pytest.mark.parametrize(("statuses", "asked"), [([500, 500, 500], 3), ([302], 1), ([404], 1)])
def test_what_does_not_go_is_said_without_the_address(hook: Hook, statuses: list[int], asked: int) -> None:
    hook.statuses = list(statuses)
    with pytest.raises(NotSent, match=f"answered {statuses[0]}") as told:
        send(hook)
    assert (len(hook.got), "a-secret-path" in told.value.message) == (asked, False)


def test_a_certificate_that_is_not_trusted_gets_nothing(hook: Hook, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    with pytest.raises(NotSent, match="SSLError") as told:
        send(hook, ca=tmp_path / "other.pem")
    assert (hook.got, "a-secret-path" in told.value.message) == ([], False)


def test_an_answer_that_drips_without_an_end_is_hung_up_on(serve: Serve) -> None:
    """It came as far as `200`: the message was taken."""
    post(serve(drip_headers), {}, timeout=0.2)


def test_one_that_never_says_what_became_of_it_is_no_success(serve: Serve) -> None:
    def mumble(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
        while not over.wait(0.01):
            try:
                handler.wfile.write(b"H")
            except OSError:
                return

    with pytest.raises(NotSent, match="can't be reached"):
        post(serve(mumble), {}, timeout=0.2, pause=lambda _: None)
