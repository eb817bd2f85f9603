"""Mail through a server by SMTP, always encrypted: STARTTLS, or TLS from the first byte.

One message to one recipient at a time, so that each has an outcome of its own.
"""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from fleet.errors import ConfigurationProblem
from fleet.post.outcomes import NotSent, Unsure


@dataclass(frozen=True, slots=True)
class MailServer:
    """Which server, and how to sign in to it."""

    host: str
    port: int
    security: str
    """starttls or tls."""
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_bundle: Path | None = None
    timeout: float = 30
    """Seconds."""
    largest: int = 20 << 20
    """Bytes of a message, where the server does not name a smaller number."""

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand a message over. Raises `NotSent` or `Unsure`, and `ConfigurationProblem` for a CA file that is none."""
        content = message.as_bytes(policy=SMTP)
        context = _trust(self.ca_bundle)
        try:
            with self._connected(context) as server:
                self._hand_over(server, content, recipient)
        except smtplib.SMTPAuthenticationError as error:
            raise self._failed(f"refuses the sign-in ({error.smtp_code})", lasting=True) from None
        except smtplib.SMTPNotSupportedError:
            raise self._failed(
                "offers no STARTTLS, or no sign-in. Check port and security in [mail]", lasting=True
            ) from None
        except ssl.SSLCertVerificationError:
            raise self._failed(
                "shows a certificate that isn't trusted here. Set ca_bundle in [mail]", lasting=True
            ) from None
        except smtplib.SMTPResponseException as error:
            raise self._failed(f"answered {error.smtp_code}", lasting=error.smtp_code >= 500) from None
        except (OSError, smtplib.SMTPException) as error:
            raise self._failed(f"can't be reached ({type(error).__name__})") from None

    def _connected(self, context: ssl.SSLContext) -> smtplib.SMTP:
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        try:
            server.ehlo_or_helo_if_needed()
            if self.user is not None:
                server.login(self.user, self.password or "")
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, content: bytes, recipient: str) -> None:
        named = server.esmtp_features.get("size", "")
        most = min(self.largest, int(named) or self.largest) if named.isdecimal() else self.largest
        if len(content) > most:
            raise NotSent(
                f"The message of {_megabytes(len(content))} is larger than {_megabytes(most)}. Deliver that report to a folder "
                "or a drive instead.",
                code="too-large", lasting=True,
            )  # fmt: skip
        for step, answer in (("the sender", server.mail(self.sender)), (recipient, server.rcpt(recipient))):
            code = answer[0]
            if code not in (250, 251):
                raise self._failed(f"does not take {step} (it said {code})", lasting=code >= 500)
        try:
            code, _ = server.data(content)
        except smtplib.SMTPDataError as error:  # Refused before anything of it was sent.
            raise self._failed(
                f"does not take the message (it said {error.smtp_code})", lasting=error.smtp_code >= 500
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unsure(
                f"The mail server {self.host} was given the message for {recipient}, and the connection broke before it "
                f"answered ({type(error).__name__}). Ask whether it arrived."
            ) from None
        if code != 250:
            raise self._failed(f"does not take the message (it said {code})", lasting=code >= 500)

    def _failed(self, why: str, *, lasting: bool = False) -> NotSent:
        return NotSent(f"The mail server {self.host}:{self.port} {why}. Nothing was sent.", lasting=lasting)


def _trust(ca_bundle: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_bundle) if ca_bundle else None)
    except (OSError, ssl.SSLError):
        raise ConfigurationProblem(f"[mail] ca_bundle {ca_bundle} is no PEM file with certificates.") from None


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):.1f} MB"
