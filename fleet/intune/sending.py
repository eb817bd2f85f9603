"""Mail and files through Graph: a message is sent at most once; a file goes up in pieces and can always be looked up.

https://learn.microsoft.com/graph/api/user-sendmail
https://learn.microsoft.com/graph/api/driveitem-createuploadsession
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import quote, urlsplit

import orjson

from fleet.errors import FleetError, NoAccess, NotAllowed, SourceUnavailable
from fleet.http.exchange import Reply
from fleet.http.retry import RETRIED_STATUSES, Transient
from fleet.http.transport import (
    never_left,
)
from fleet.intune.client import GraphClient, claims_challenge
from fleet.intune.refusals import NotThere, dig

ATTACHED = 3 << 20
"""Bytes of a file that may be attached to a mail: Graph takes requests of 4 MB, and base64 makes four bytes of three."""
PIECE = 10 * 320 << 10
"""Bytes of a piece: Graph wants multiples of 320 KiB."""
THROTTLED_ATTEMPTS = 4
MAIL_PERMISSION = "Mail.Send"
FILES_PERMISSION = "Sites.Selected (or Files.ReadWrite.All)"


class MailNotSent(SourceUnavailable):
    """Graph certainly did not take the message."""

    code = "not-sent"


class MailUnsure(SourceUnavailable):
    """Graph was given the message, and its answer did not come."""

    code = "unsure"


class NameTaken(NotAllowed):
    """Another file has that name."""

    code = "file-exists"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    kind: str
    """MIME type."""
    content: bytes


class SendingClient(GraphClient):
    """A client that also sends mail and files."""

    def __enter__(self) -> "SendingClient":
        return self

    def send_mail(
        self, sender: str, recipient: str, subject: str, text: str, attachments: tuple[Attachment, ...]
    ) -> None:
        """Send a message from a mailbox of the tenant. Raises `MailNotSent` or `MailUnsure`."""
        size = sum(len(one.content) for one in attachments)
        if size > ATTACHED:
            raise MailNotSent(
                f"Files of {size / (1 << 20):.1f} MB are more than Graph takes with a mail ({ATTACHED >> 20} MB). Deliver that "
                "report to a folder or a drive instead.",
                code="too-large", lasting=True,
            )  # fmt: skip
        message: dict[str, Any] = {
            "subject": subject,
            "body": {"contentType": "Text", "content": text},
            "toRecipients": [{"emailAddress": {"address": recipient}}],
            "attachments": [
                {
                    "@odata.type": "#microsoft.graph.fileAttachment", "name": one.name, "contentType": one.kind,
                    "contentBytes": base64.b64encode(one.content).decode(),
                }
                for one in attachments
            ],
        }  # fmt: skip
        self._once(f"/users/{quote(sender, safe='@')}/sendMail", {"message": message, "saveToSentItems": True})

    def _once(self, path: str, body: Mapping[str, Any]) -> None:
        """POST something that must not arrive twice: only what Graph turned away unread (401, 429) is sent again."""
        url, content = self.address(path), orjson.dumps(dict(body))
        token, throttled, renewed = self._tokens.token(), 0, set[bool]()
        while True:
            reply = self._try(url, content, token)
            claims = claims_challenge(reply.headers.get("WWW-Authenticate"))
            if reply.status == 401 and (claims is not None) not in renewed:
                renewed.add(claims is not None)
                token = self._renewed(token, claims)
            elif reply.status == 429 and throttled < THROTTLED_ATTEMPTS - 1:
                throttled += 1
                asked = reply.wait(self._wall)
                self.patience.wait(2.0**throttled if asked is None else asked)
            else:
                return self._judge(reply)

    def _try(self, url: str, content: bytes, token: str) -> Reply:
        self.patience.remaining()
        try:
            return self._send("POST", url, content, {"Content-Type": "application/json"}, token)
        except Transient as error:
            if never_left(error):
                raise MailNotSent(f"{error.problem.message} Nothing was sent.") from None
            raise self._unsure("the connection broke before Graph answered") from None
        except FleetError:
            raise self._unsure("its answer could not be read") from None

    def _judge(self, reply: Reply) -> None:
        refusal = dig(reply.body)
        said = f"{reply.status} {refusal.code}" if refusal.code else str(reply.status)
        if reply.status == 202:
            return
        if reply.status >= 500 or reply.status < 400 or (refusal.code is None and reply.status not in (401, 429)):
            raise self._unsure(f"Graph answered {said}")
        advice = f" The application needs the permission {MAIL_PERMISSION}." if reply.status == 403 else ""
        raise MailNotSent(
            f"Tenant {self.tenant.key}: Graph did not take the mail (it said {said}).{advice}",
            lasting=reply.status not in (401, 429),
        )

    def _unsure(self, how: str) -> MailUnsure:
        return MailUnsure(
            f"Tenant {self.tenant.key}: Graph was given the mail, and {how}. Ask whether it arrived; it is not sent again unasked."
        )

    # --- files ------------------------------------------------------------------------------------------------

    def size_of(self, drive: str, path: str) -> int | None:
        """Bytes of a file in a drive; None when there is none of that path."""
        try:
            found = self.get(f"{_item(drive, path)}?$select=id,name,size")
        except NotThere:
            return None
        size = found.get("size") if isinstance(found, dict) else None
        if not isinstance(size, int):
            raise SourceUnavailable(
                f"Tenant {self.tenant.key}: Graph did not tell the size of a file.", code="unreadable"
            )
        return size

    def put_file(self, drive: str, path: str, file: IO[bytes], size: int) -> bool:
        """Put a file into a drive, in pieces, whole or not at all. False when it was there already, of the same size.

        Raises `NameTaken` when a file of another size has that name, and `FleetError` when it did not go.
        """
        there = self.size_of(drive, path)
        if there is not None:
            if there == size:
                return False
            raise NameTaken(
                f"Tenant {self.tenant.key}: {path} is there already, and is another file. It was left as it is."
            )
        try:
            arrived = self._pieces(self._session_for(drive, path), file, size)
        except SourceUnavailable as error:
            if (
                error.code != "upload" or self.size_of(drive, path) != size
            ):  # The answer to the last piece may have been lost.
                raise
            return True
        if arrived != size:
            raise SourceUnavailable(
                f"Tenant {self.tenant.key}: the drive says that {path} has {arrived} bytes; {size} were sent. Look at it there.",
                code="torn",
            )
        return True

    def _pieces(self, address: str, file: IO[bytes], size: int) -> int | None:
        """Send one piece after the other; how large the file became."""
        arrived: int | None = None
        begins = 0
        while begins < size:
            file.seek(begins)
            piece = file.read(min(PIECE, size - begins))
            following, arrived = self._put_piece(address, piece, begins, size)
            begins = size if following is None else following
        return arrived

    def _session_for(self, drive: str, path: str) -> str:
        body = {"item": {"@microsoft.graph.conflictBehavior": "fail"}}
        try:
            answer = self.post(f"{_item(drive, path)}:/createUploadSession", body)
        except NoAccess as error:
            if error.code != "missing-permission":
                raise
            raise NoAccess(
                f"Tenant {self.tenant.key}: the application may not write to that drive. It needs {FILES_PERMISSION}.",
                code="missing-permission",
            ) from None
        address = answer.get("uploadUrl") if isinstance(answer, dict) else None
        if not isinstance(address, str) or urlsplit(address).scheme != "https" or not urlsplit(address).hostname:
            raise SourceUnavailable(
                f"Tenant {self.tenant.key}: Graph gave no https address to upload to.", code="unreadable"
            )
        return address

    def _put_piece(self, address: str, piece: bytes, begins: int, size: int) -> tuple[int | None, int | None]:
        """Where the next piece begins (None: that was the last), and how large the file has become."""
        ends = begins + len(piece) - 1
        headers = {"Content-Range": f"bytes {begins}-{ends}/{size}", "Content-Type": "application/octet-stream"}

        def attempt() -> tuple[int | None, int | None]:
            reply = self._without_token("PUT", address, piece, headers)
            if reply.status in (200, 201):
                return None, _number(reply.body, "size")
            if reply.status == 202:
                return _next_range(reply.body, ends + 1), None
            if reply.status == 416:  # It has that piece already: an answer was lost.
                return self._where(address, ends + 1)
            problem = self._no_room(reply)
            if reply.status in RETRIED_STATUSES:
                raise Transient(problem, reply.wait(self._wall))
            raise problem

        return self.patience.insist(attempt)

    def _where(self, address: str, otherwise: int) -> tuple[int | None, int | None]:
        """How far the upload is, asked of the session itself."""
        reply = self._without_token("GET", address, None, {})
        if reply.status != 200:
            raise self._no_room(reply)
        return _next_range(reply.body, otherwise), None

    def _no_room(self, reply: Reply) -> FleetError:
        reasons = {
            404: "the upload is not known any more. The next run begins it anew",
            409: "a file of that name came meanwhile. It was left as it is",
            507: "the drive is full",
        }
        why = reasons.get(reply.status, f"the drive answered {reply.status}")
        return SourceUnavailable(f"Tenant {self.tenant.key}: the file did not go up: {why}.", code="upload")

    def _without_token(self, method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Ask the host of the upload; its address is the key to it, so that no token goes there and no message repeats it."""
        with self.session() as session:
            return self._exchange.send(method, address, data=body, headers=headers, session=session)


def _item(drive: str, path: str) -> str:
    return f"/drives/{quote(drive, safe='')}/root:/{quote(path, safe='/')}"


def _number(body: bytes, key: str) -> int | None:
    try:
        value = orjson.loads(body).get(key)
    except (orjson.JSONDecodeError, AttributeError):
        return None
    return value if isinstance(value, int) else None


def _next_range(body: bytes, otherwise: int) -> int:
    """The first byte that is still wanted: `{"nextExpectedRanges": ["3276800-"]}`."""
    try:
        return int(orjson.loads(body)["nextExpectedRanges"][0].partition("-")[0])
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, ValueError, AttributeError):
        return otherwise
