"""The wire: kept-alive connections, two host names, and bytes that are no HTTP."""

import socket
import ssl

import pytest
import requests

from fleet.demo.service import Service
from tests.fleet.demo.service.caller import DEVICES
from tests.fleet.demo.service.factory import make_directory


def raw(service, data):
    """The first line that comes back for some bytes."""
    host, _, port = service.graph.removeprefix("https://").partition(":")
    context = ssl.create_default_context(cafile=str(service.ca_pem))
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        connection.sendall(data)
        return connection.recv(4096).partition(b"\r\n")[0]


def test_one_connection_carries_many_requests(caller):
    for _ in range(5):
        caller.get(DEVICES)
    pools = caller.session.get_adapter("https://").poolmanager.pools
    (pool,) = [pools[key] for key in pools.keys()]  # noqa: SIM118  # this container can't be iterated over itself
    assert pool.num_connections == 1


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon here\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: minus\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_are_refused(service, data):
    assert raw(service, data) == b"HTTP/1.1 400 Bad Request"


def test_a_caller_who_trusts_another_authority_is_turned_away_and_the_service_goes_on(service, caller):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(service.graph, timeout=10, verify=True)
    assert caller.get(DEVICES).status_code == 200


def test_both_host_names_are_in_the_certificate(service, caller):
    assert caller.session.get(service.blob, timeout=10).status_code == 404
    assert caller.session.get(service.graph.replace("127.0.0.1", "localhost"), timeout=10).status_code == 400


def test_a_service_can_be_stopped_twice_and_leaves_no_folder():
    service = Service([make_directory(1, 1)])
    service.start()
    folder = service.ca_pem.parent
    service.stop()
    service.stop()
    assert not folder.exists()
    with pytest.raises(RuntimeError):
        service.ca_pem  # noqa: B018


def test_an_open_connection_does_not_hold_up_the_end(tmp_path):
    directory = make_directory(1, 1)
    session = requests.Session()
    session.trust_env = False
    with Service([directory], folder=tmp_path) as service:
        session.get(service.graph, verify=str(service.ca_pem), timeout=10)
    with pytest.raises(requests.ConnectionError):
        session.get(service.graph, verify=str(tmp_path / "ca.pem"), timeout=10)
    session.close()
