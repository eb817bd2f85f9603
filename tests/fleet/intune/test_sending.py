"""Mail and files through Graph: a mail at most once, a file whole or not at all, the token only where it belongs."""

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fleet.errors import FleetError, NoAccess
from fleet.intune import sending
from fleet.intune.sending import Attachment, MailNotSent, MailUnsure, NameTaken, SendingClient
from tests.fleet.intune.conftest import World

FROM, TO, DRIVE, PATH = (
    "fleet@northbridge.example",
    "manager@northbridge.example",
    "b!drive",
    "Reports/Fleet/Müller’s #1.xlsx",
)
FILE = Attachment("report.xlsx", "application/octet-stream", b"\x00PK" * 50)


@pytest.fixture
def world(world: World) -> World:
    world.directory.permissions |= {"Mail.Send", "Files.ReadWrite.All"}
    return world


@pytest.fixture
def client(world: World) -> Iterator[SendingClient]:
    with SendingClient(world.tenant, world.source(), sleep=world.waits.append) as made:
        yield made


def mails(world: World) -> list[Any]:
    return next(iter(world.service.states())).mails


def files(world: World) -> dict[tuple[str, str], bytes]:
    return next(iter(world.service.states())).files


def send(client: SendingClient) -> None:
    client.send_mail(FROM, TO, "October", "See the file.", (FILE,))


def test_a_mail_goes_with_its_file(world: World, client: SendingClient) -> None:
    send(client)
    [sent] = mails(world)
    assert (sent.sender, sent.message["toRecipients"]) == (FROM, [{"emailAddress": {"address": TO}}])
    assert base64.b64decode(sent.message["attachments"][0]["contentBytes"]) == FILE.content


@pytest.mark.parametrize("switch", ["too_many_requests", "expired_token", "claims_challenge"])
def test_what_graph_turned_away_unread_is_sent_again(world: World, client: SendingClient, switch: str) -> None:
    world.service.faults.throw(switch, times=1)
    send(client)
    assert len(mails(world)) == 1


@pytest.mark.parametrize(
    ("switch", "taken"), [("mail_accepted_cut", 1), ("mail_accepted_504", 1), ("mail_cut", 0), ("unavailable", 0)]
)
def test_where_nobody_can_know_it_is_not_sent_again(
    world: World, client: SendingClient, switch: str, taken: int
) -> None:
    """Graph took it twice out of four times: from here all look alike."""
    world.service.faults.throw(switch, times=1)
    with pytest.raises(MailUnsure, match="Ask whether it arrived"):
        send(client)
    assert (len(mails(world)), world.waits) == (taken, [])


def test_a_missing_permission_is_named(world: World, client: SendingClient) -> None:
    world.directory.permissions -= {"Mail.Send"}
    with pytest.raises(MailNotSent, match=r"needs the permission Mail\.Send") as told:
        send(client)
    assert told.value.facts["lasting"] is True


def test_a_refused_sender_is_certainly_not_sent(world: World, client: SendingClient) -> None:
    world.service.faults.throw("mail_refused")
    with pytest.raises(MailNotSent):
        send(client)
    assert mails(world) == []


def test_nobody_listening_is_certainly_not_sent(world: World, unused_port: int) -> None:
    source = world.source()
    source.token()
    tenant = replace(world.tenant, graph=f"https://127.0.0.1:{unused_port}")
    with (
        SendingClient(tenant, source, sleep=world.waits.append) as client,
        pytest.raises(MailNotSent, match="Nothing was sent"),
    ):
        send(client)


def test_what_is_too_large_for_a_mail_is_not_tried(world: World, client: SendingClient) -> None:
    before = len(world.service.requests)
    with pytest.raises(MailNotSent, match="folder or a drive"):
        client.send_mail(FROM, TO, "x", "x", (replace(FILE, content=b"x" * (sending.ATTACHED + 1)),))
    assert len(world.service.requests) == before


def put(client: SendingClient, content: bytes) -> bool:
    return client.put_file(DRIVE, PATH, io.BytesIO(content), len(content))


@pytest.mark.parametrize("pieces", [0.1, 1, 2.5])
def test_a_file_goes_up_in_pieces_without_the_token(
    world: World, client: SendingClient, monkeypatch: pytest.MonkeyPatch, pieces: float
) -> None:
    """The service refuses a piece that comes with a token, and one of another length than Graph wants."""
    monkeypatch.setattr(sending, "PIECE", 320 << 10)
    content = bytes(range(256)) * int(pieces * 1280)
    assert put(client, content) is True
    assert files(world) == {(DRIVE, PATH.casefold()): content}
    assert put(client, content) is False
    with pytest.raises(NameTaken, match="is another file"):
        put(client, content + b"more")
    assert files(world) == {(DRIVE, PATH.casefold()): content}


@pytest.mark.parametrize("switch", ["upload_unavailable", "upload_accepted_cut"])
@pytest.mark.parametrize("size", [100, 700_000])
def test_a_piece_whose_answer_was_lost_is_not_counted_twice(
    world: World, client: SendingClient, monkeypatch: pytest.MonkeyPatch, switch: str, size: int
) -> None:
    """Also the last piece, after which the session is gone."""
    monkeypatch.setattr(sending, "PIECE", 320 << 10)
    world.service.faults.throw(switch, times=1)
    assert put(client, b"x" * size) is True
    assert files(world) == {(DRIVE, PATH.casefold()): b"x" * size}


@pytest.mark.parametrize(("switch", "why"), [("upload_gone", "begins it anew"), ("drive_full", "507")])
def test_a_file_that_did_not_go_up_is_not_there(world: World, client: SendingClient, switch: str, why: str) -> None:
    world.service.faults.throw(switch, times=1)
    with pytest.raises(FleetError, match=why) as told:
        put(client, b"x" * 1000)
    assert (files(world), "tempauth" in told.value.message) == ({}, False)
    assert put(client, b"x" * 1000) is True


def test_a_drive_without_permission_is_told_with_what_it_needs(world: World, client: SendingClient) -> None:
    world.directory.permissions -= {"Files.ReadWrite.All"}
    with pytest.raises(NoAccess):
        put(client, b"x")
