"""One request at a time: where the token goes, what is repeated, what is bounded."""

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from fleet.config import TenantConfig
from fleet.errors import NotFound, SourceUnavailable
from fleet.intune.client import GraphClient, claims_challenge
from tests.fleet.intune.conftest import World

TENANT = TenantConfig(key="northbridge", organisation="northbridge", tenant_id="t", client_id="c")


class OneToken:
    """A token that never changes."""

    def token(self, claims: str | None = None, fresh: bool = False) -> str:
        return "token-of-the-test"


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.example.net/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com:444/v1.0/users",
        "https://graph.microsoft.com.example.net/v1.0/users",
        "https://graph.microsoft.com@example.net/v1.0/users",
        "https://joe:pw@graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com\\@example.net/v1.0/users",
        "https://graph.microsoft.com /v1.0/users",
        "https://graph.microsoft.com:port/v1.0",
        "ftp://graph.microsoft.com/",
        "graph.microsoft.com/v1.0",
        "https://[::1/v1.0",
        "",
    ],
)
def test_an_address_elsewhere_is_refused(link: str) -> None:
    with GraphClient(TENANT, OneToken()) as client, pytest.raises(SourceUnavailable) as caught:
        client.address(link)
    assert caught.value.code == "foreign-link"


@pytest.mark.parametrize(
    "link", ["https://graph.microsoft.com/v1.0/users?$skiptoken=a", "https://GRAPH.microsoft.com:443/v1.0/users"]
)
def test_an_address_at_home_is_kept_as_it_is(link: str) -> None:
    with GraphClient(TENANT, OneToken()) as client:
        assert client.address(link) == link


def test_a_path_is_below_the_version() -> None:
    with GraphClient(TENANT, OneToken()) as client:
        assert client.address("/users") == "https://graph.microsoft.com/v1.0/users"


def test_connections_are_kept_open(world: World) -> None:
    with world.client() as client:
        for _ in range(5):
            client.get("/deviceManagement/managedDeviceOverview")
        pools = client._exchange._session.get_adapter("https://x").poolmanager.pools  # type: ignore[attr-defined]
        assert [pools[key].num_connections for key in list(pools.keys())] == [1]
    assert client.stats.requests == 5


def test_what_graph_does_not_know_is_not_found(world: World) -> None:
    with world.client() as client, pytest.raises(NotFound):
        client.get("/deviceManagement/managedDevices/11111111-2222-4333-8444-555555555555")


def test_a_stopped_client_asks_no_more(world: World) -> None:
    with world.client() as client:
        client.stop()
        with pytest.raises(SourceUnavailable, match="stopped"):
            client.get("/deviceManagement/managedDeviceOverview")
    assert world.service.requests[2:] == []


def test_a_spent_budget_ends_the_run(world: World) -> None:
    moments = iter([0.0, 0.0, *[99.0] * 50])
    with (
        world.client(time_budget=60, clock=lambda: next(moments)) as client,
        pytest.raises(SourceUnavailable) as caught,
    ):
        client.get("/deviceManagement/managedDeviceOverview")
    assert caught.value.code == "time-budget"


def header_of(claims: bytes) -> str:
    return f'Bearer realm="", error="insufficient_claims", claims="{base64.b64encode(claims).decode()}"'


def test_a_claims_challenge_is_decoded() -> None:
    assert claims_challenge(header_of(b'{"access_token":{"acrs":{"value":"c1"}}}')) == (
        '{"access_token":{"acrs":{"value":"c1"}}}'
    )


def test_unpadded_and_url_safe_claims_are_decoded() -> None:
    text = '{"a":"ÿþ?>"}'
    encoded = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    assert claims_challenge(f'Bearer error="insufficient_claims", claims="{encoded}"') == text


@pytest.mark.parametrize(
    "header", [None, "", 'Bearer realm="", client_id="x"', header_of(b"[1]"), header_of(b"\xff"), header_of(b"no json")]
)
def test_what_is_no_challenge_is_none(header: str | None) -> None:
    assert claims_challenge(header) is None


class RawServer:
    """Sends the same bytes to every request, over TLS; for what a decent service never does."""

    def __init__(self, folder: Path, answer: bytes) -> None:
        authority = trustme.CA()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self.context)
        self.ca = folder / "raw-ca.pem"
        authority.cert_pem.write_to_path(self.ca)
        self.answer = answer
        self.asked: list[bytes] = []
        self.release = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                raw, _ = self.socket.accept()
                connection = self.context.wrap_socket(raw, server_side=True)
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(65536))
                connection.sendall(self.answer)
                self.release.wait(10)

    def client(self, **options: object) -> GraphClient:
        tenant = TenantConfig(
            key="northbridge",
            organisation="northbridge",
            tenant_id="t",
            client_id="c",
            graph=self.address,
            ca_bundle=self.ca,
        )
        return GraphClient(tenant, OneToken(), sleep=lambda _: None, **options)  # type: ignore[arg-type]

    def close(self) -> None:
        self.release.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[RawServer]:
    server = RawServer(tmp_path, b"")
    yield server
    server.close()


def test_a_redirect_is_not_followed(raw: RawServer) -> None:
    raw.answer = b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    raw.release.set()
    with raw.client() as client, pytest.raises(SourceUnavailable, match="redirect"):
        client.get("/users")
    assert len(raw.asked) == 1


def test_a_server_that_never_finishes_is_hung_up_on(raw: RawServer) -> None:
    raw.answer = b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"value": ['
    with raw.client(time_budget=0.5) as client, pytest.raises(SourceUnavailable) as caught:
        client.get("/users")
    assert caught.value.code in ("time-budget", "timeout")


def test_a_lone_surrogate_does_not_cost_the_page(raw: RawServer) -> None:
    body = b'{"value":[{"id":"a","deviceName":"half \\ud83d"}]}'
    raw.answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    raw.release.set()
    with raw.client() as client:
        assert client.get("/users")["value"][0]["deviceName"] == "half \ud83d"


def test_no_cookie_is_kept(raw: RawServer) -> None:
    raw.answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    raw.release.set()
    with raw.client() as client:
        client.get("/users")
        client.get("/users")
    assert [b"ookie" in one for one in raw.asked] == [False, False]
    assert [b"Authorization: Bearer token-of-the-test" in one for one in raw.asked] == [True, True]
