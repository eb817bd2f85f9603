"""Mail by whatever way is configured: a mail server, or Graph."""

from email.message import EmailMessage, Message
from email.utils import make_msgid
from pathlib import Path

from fleet.config import Config
from fleet.config.secrets import read_secret
from fleet.domain.nightly.deliveries import Post

BUDGET = 300.0
"""Seconds that Graph gets for one message or one file."""


def send_mail(config: Config, post: Post, message: EmailMessage, recipient: str) -> None:
    """Send a message to one recipient. Raises a `FleetError` with the code `unsure` when nobody knows whether it went."""
    message["From"], message["To"] = post.sender, recipient
    if post.tenant is not None:
        _by_graph(config, post, message, recipient)
        return
    from fleet.post.smtp import MailServer

    message["Message-ID"] = make_msgid(domain=post.sender.rpartition("@")[2])
    ca = config.home / Path(post.ca_bundle).expanduser() if post.ca_bundle else None
    password = read_secret("[mail]", post.secret or {}, config.home, user=post.user or "fleet") if post.user else None
    server = MailServer(
        post.host, post.port, post.security, post.sender, post.user, password, ca, post.timeout, post.largest << 20
    )
    server.send(message, recipient)


def _content(one: "Message[str, str]") -> bytes:
    found = one.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _by_graph(config: Config, post: Post, message: EmailMessage, recipient: str) -> None:
    from fleet.intune.auth import token_source
    from fleet.intune.sending import Attachment, SendingClient

    assert post.tenant is not None
    tenant = config.tenant(post.tenant)
    body = message.get_body(("plain",))
    attachments = tuple(
        Attachment(one.get_filename() or "report", one.get_content_type(), _content(one))
        for one in message.iter_attachments()
    )
    with SendingClient(tenant, token_source(tenant), time_budget=BUDGET) as client:
        client.send_mail(post.sender, recipient, message["Subject"], body.get_content() if body else "", attachments)
