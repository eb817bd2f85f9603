"""Mail: always encrypted, one outcome per recipient, and never *sent* or *not sent* where nobody can know."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import ConfigurationProblem
from fleet.post.outcomes import NotSent, Unsure
from fleet.post.smtp import MailServer
from tests.fleet.post.mail_server import PASSWORD, USER, MailBox, mail_server

TO = "manager@northbridge.gov.example"


def message(size: int = 100) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = "Müller’s report", "fleet@northbridge.gov.example", TO
    made.set_content("See the attachment.\n.\nA line that begins with a dot comes before this one.\n")
    made.add_attachment(b"x" * size, maintype="application", subtype="octet-stream", filename="report – October.xlsx")
    return made


def server(box: MailBox, security: str = "tls", **more: Any) -> MailServer:
    settings: dict[str, Any] = {"ca_bundle": box.ca, "timeout": 10, **more}
    return MailServer("localhost", box.port, security, "fleet@northbridge.gov.example", **settings)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_message_arrives_as_it_was_written(tmp_path: Path, security: str) -> None:
    signs_in = security == "starttls"
    with mail_server(tmp_path, security=security, sign_in=signs_in) as box:
        server(box, security, **({"user": USER, "password": PASSWORD} if signs_in else {})).send(message(), TO)
        assert box.signed_in == ["right"] * signs_in
        [(to, got)] = box.messages
    assert (to, got["Subject"]) == (TO, "Müller’s report")
    [attached] = list(got.iter_attachments())
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("report – October.xlsx", b"x" * 100)


@pytest.mark.parametrize(
    ("serves", "security", "more", "why", "lasting"),
    [
        ("tls", "tls", {"ca_bundle": None}, "certificate that isn't trusted", True),
        ("starttls", "starttls", {"ca_bundle": None}, "certificate that isn't trusted", True),
        ("starttls", "starttls", {"user": USER, "password": "wrong"}, "refuses the sign-in", True),
        ("tls", "starttls", {}, "can't be reached", False),
    ],
)
def test_what_keeps_a_message_from_going_is_said(
    tmp_path: Path, serves: str, security: str, more: dict[str, Any], why: str, lasting: bool
) -> None:
    """The last is STARTTLS to a port that speaks TLS from the first byte."""
    with (
        mail_server(tmp_path, security=serves, sign_in=serves == "starttls") as box,
        pytest.raises(NotSent, match=why) as told,
    ):
        server(box, security, **{"timeout": 1, **more}).send(message(), TO)
    assert (told.value.lasting, box.messages) == (lasting, [])
    assert PASSWORD not in told.value.message
    assert "wrong" not in repr(server(box, **more))


def test_a_server_without_encryption_gets_nothing(tmp_path: Path) -> None:
    with mail_server(tmp_path, security="none") as box, pytest.raises(NotSent, match="offers no STARTTLS"):
        server(box, "starttls").send(message(), TO)


@pytest.mark.parametrize(("says", "lasting"), [("451 try later", False), ("550 nobody here", True)])
def test_a_recipient_that_is_refused_is_told_from_one_that_is_put_off(tmp_path: Path, says: str, lasting: bool) -> None:
    with mail_server(tmp_path) as box:
        box.says[TO] = [says]
        with pytest.raises(NotSent, match=f"does not take {TO}") as told:
            server(box).send(message(), TO)
        assert (told.value.lasting, box.messages) == (lasting, [])


def test_a_message_that_the_server_refuses_did_not_go(tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        box.data_says = ["554 looks like spam"]
        with pytest.raises(NotSent, match="it said 554"):
            server(box).send(message(), TO)


def test_a_connection_that_breaks_after_the_message_leaves_it_open(tmp_path: Path) -> None:
    """It was taken, as it happens; nobody here can know."""
    with mail_server(tmp_path) as box:
        box.cut_after_data = 1
        with pytest.raises(Unsure, match="Ask whether it arrived"):
            server(box).send(message(), TO)
        assert len(box.messages) == 1


def test_what_is_too_large_is_not_sent_at_all(tmp_path: Path) -> None:
    """By the server's own number where it names a smaller one."""
    with mail_server(tmp_path, size=50_000) as box:
        with pytest.raises(NotSent, match="Deliver that report to a folder") as told:
            server(box).send(message(60_000), TO)
        assert (told.value.code, told.value.lasting) == ("too-large", True)
        with pytest.raises(NotSent, match="larger"):
            server(box, largest=1_000).send(message(2_000), TO)


def test_nobody_listening_is_said(tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        pass
    with pytest.raises(NotSent, match="can't be reached") as told:
        server(box).send(message(), TO)
    assert told.value.lasting is False


def test_a_ca_file_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(ConfigurationProblem, match="no PEM file"):
        MailServer("localhost", 1, "tls", "a@b.example", ca_bundle=tmp_path / "ca.pem").send(message(), TO)
