"""Whatever a server does with its answer, a request ends: in a reply, or in an error that says what to do."""

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler

import pytest

from fleet.config import TenantConfig
from fleet.errors import SourceUnavailable
from fleet.http.exchange import ANSWER_LIMIT, Exchange, Reply, leads_to, origin
from fleet.http.retry import Patience, Transient
from tests.fleet.dripping import Serve, drip, drip_headers

WAY = TenantConfig("northbridge", "northbridge", "t.example", "c")


def test_an_answer_that_drips_without_an_end_is_hung_up_on(serve: Serve) -> None:
    exchange = Exchange(WAY, Patience("northbridge", 0.2))
    with pytest.raises(SourceUnavailable) as error:
        exchange.send("GET", serve(drip))
    assert error.value.code == "time-budget"
    exchange.close()


def test_headers_that_drip_without_an_end_are_hung_up_on(serve: Serve) -> None:
    """No byte comes too late by itself, and there is no answer yet that could be ended."""

    exchange = Exchange(WAY, Patience("northbridge", 0.2))
    with pytest.raises(SourceUnavailable) as error:
        exchange.send("GET", serve(drip_headers))
    assert error.value.code == "time-budget"
    exchange.close()


def test_whoever_stops_it_ends_what_is_being_read(serve: Serve) -> None:
    patience = Patience("northbridge", 600)
    exchange = Exchange(WAY, patience)
    ended: list[str] = []

    def read() -> None:
        try:
            exchange.send("GET", address)
        except SourceUnavailable as error:
            ended.append(error.code)

    begun = threading.Event()

    def begin_and_drip(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
        begun.set()
        drip(handler, over)

    address = serve(begin_and_drip)
    reading = threading.Thread(target=read)
    reading.start()
    assert begun.wait(60)
    patience.stopped.set()
    exchange.hang_up()
    reading.join(60)
    assert ended == ["stopped"]
    exchange.close()


def test_one_that_is_stopped_before_its_answer_begins_reads_none_of_it(serve: Serve) -> None:
    """There is nothing to hang up on yet, and nobody rings a second time."""
    patience = Patience("northbridge", 600)
    exchange = Exchange(WAY, patience)

    def stop_and_drip(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
        patience.stopped.set()
        exchange.hang_up()
        drip(handler, over)

    with pytest.raises(SourceUnavailable) as error:
        exchange.send("GET", serve(stop_and_drip))
    assert error.value.code == "stopped"
    exchange.close()


def test_an_answer_beyond_the_limit_is_refused(serve: Serve) -> None:
    def much(handler: BaseHTTPRequestHandler, _over: threading.Event) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            handler.wfile.write(b"x" * (ANSWER_LIMIT + 1))
        except OSError:
            return

    exchange = Exchange(WAY, Patience("northbridge", 60))
    with pytest.raises(SourceUnavailable, match="larger than 8 MiB"):
        exchange.send("GET", serve(much))
    exchange.close()


def test_a_server_that_is_not_there_is_worth_another_try() -> None:
    exchange = Exchange(WAY, Patience("northbridge", 60))
    with pytest.raises(Transient) as error:
        exchange.send("GET", "http://127.0.0.1:9/")
    assert error.value.problem.message.startswith("Tenant northbridge: 127.0.0.1 ")
    exchange.close()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT"}, 30.0),
        ({"Retry-After": "Sun, 22 Nov 2026 11:00:30 GMT", "Date": "Sun, 22 Nov 2026 11:00:00 GMT"}, 30.0),
        ({"Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT", "Date": "yesterday"}, 30.0),
    ],
)
def test_a_moment_to_wait_for_is_meant_by_the_services_own_clock(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert Reply(429, headers, b"").wait(lambda: datetime(2026, 11, 22, 10, tzinfo=UTC)) == seconds


def test_addresses_are_one_origin_only_when_nothing_is_hidden_in_them() -> None:
    assert (
        origin("https://Graph.example/v1.0") == origin("https://graph.example:443/x") == ("https", "graph.example", 443)
    )
    assert origin("https://graph.example:8443") != origin("https://graph.example")
    for odd in (
        "http://graph.example",
        "https://graph.example@evil.example",
        "https://",
        "https://graph.example:99999",
    ):
        assert origin(odd) is None


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("https://graph.example/v1.0/users?$skiptoken=a", True),
        ("https://GRAPH.example:443/x", True),
        ("https://graph.example:8443/x", False),
        ("https://graph.example@evil.example/", False),
        ("https://evil.example\\@graph.example/", False),
        ("https://graph.example/a b", False),
        ("https://graph.example/\n", False),
        ("http://graph.example/", False),
        ("", False),
    ],
)
def test_only_an_address_of_the_host_itself_leads_there(address: str, leads: bool) -> None:
    assert leads_to("https://graph.example", address) is leads
    assert not leads_to("no address at all", address)
