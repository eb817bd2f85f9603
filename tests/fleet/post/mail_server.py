"""A mail server on loopback, with TLS from a certificate authority of its own, that can misbehave."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "fleet", "a-password-nobody-knows"


@dataclass
class MailBox:
    """What the server took, and how it is to behave."""

    port: int = 0
    ca: Path = Path()
    messages: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """(recipient, message), in order: what came twice is there twice."""
    says: dict[str, list[str]] = field(default_factory=dict)
    """Recipient -> answers to RCPT, each used once."""
    cut_after_data: int = 0
    """So many messages are taken and the connection cut before the answer."""
    data_says: list[str] = field(default_factory=list)
    """Answers to DATA, each used once."""
    signed_in: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Take a recipient, or say what the test wants."""
        if answers := self.says.get(address):
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        """Take a message."""
        if self.data_says:
            return self.data_says.pop(0)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages += [(one, message) for one in envelope.rcpt_tos]
        if self.cut_after_data:
            self.cut_after_data -= 1
            assert server.transport is not None
            server.transport.abort()
        return "250 taken"

    def authenticate(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """The one account there is."""
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.signed_in.append("right" if right else "wrong")
        return AuthResult(success=right, handled=right)


@contextmanager
def mail_server(
    folder: Path, *, security: str = "tls", sign_in: bool = False, size: int = 1 << 24
) -> Iterator[MailBox]:
    """Serve until the block ends."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "mail-ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    box = MailBox(ca=folder / "mail-ca.pem")
    options: dict[str, Any] = {"data_size_limit": size}
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if sign_in:
        options |= {
            "authenticator": box.authenticate,
            "auth_required": True,
            "auth_require_tls": security == "starttls",
        }
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(
            lambda: SMTP(box, loop=loop, hostname="localhost", **options),
            "127.0.0.1",
            0,
            ssl=context if security == "tls" else None,
        )
    )
    box.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name="mail-server", daemon=True)
    thread.start()
    try:
        yield box
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _close(server: asyncio.AbstractServer) -> None:
    server.close()
    others = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
    for one in others:
        one.cancel()
    await asyncio.gather(*others, return_exceptions=True)
