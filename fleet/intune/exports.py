"""Primary users of all devices by one report: the list tells only who enrolled a device.

Graph makes the report as a job and leaves it as a ZIP with one CSV on a storage host, at an address that is itself
the key to it: it is fetched without our token and never repeated in a message.
https://learn.microsoft.com/intune/intune-service/fundamentals/reports-export-graph-apis
"""

import csv
import io
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote, urlsplit

from fleet.errors import SourceUnavailable
from fleet.http.retry import RETRIED_STATUSES, Transient
from fleet.http.transport import CONNECT_SECONDS, NETWORK_ERRORS, READ_SECONDS, network_problem
from fleet.intune.client import GraphClient
from fleet.intune.values import Wrong, guid, required_id

JOBS = "/deviceManagement/reports/exportJobs"
DEVICE_COLUMN, USER_COLUMN = "DeviceId", "PrimaryUser"
JOB_SECONDS = 600.0
"""How long a report may take to be made."""
ZIP_LIMIT = 64 << 20
CSV_LIMIT = 256 << 20
_PAUSES = (0.2, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between looks: a small tenant's report is made at once, a large one's takes minutes."""
_PIECE = 1 << 18


def read_primary_users(client: GraphClient) -> dict[str, str | None]:
    """Intune id -> Entra id of the primary user (None: shared). Raises `SourceUnavailable` or `NoAccess`."""
    address = _finished_report(client)
    with tempfile.SpooledTemporaryFile(max_size=8 << 20) as file:
        client.patience.insist(lambda: _download(client, address, file))
        try:
            return dict(_rows(client, file))
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            UnicodeDecodeError,
            csv.Error,
            NotImplementedError,
            RuntimeError,
        ):
            raise _unusable(client, "the report isn't a readable ZIP with a CSV") from None


def _finished_report(client: GraphClient) -> str:
    """Ask for the report, wait until it is made, and return its address."""
    body = {"reportName": "Devices", "format": "csv", "select": [DEVICE_COLUMN, USER_COLUMN]}
    job = client.post(JOBS, body)
    name = job.get("id") if isinstance(job, dict) else None
    if not isinstance(name, str):
        raise _unusable(client, "Graph gave the report no id")
    waited, turn = 0.0, 0
    while True:
        status = job.get("status") if isinstance(job, dict) else None
        if status == "completed":
            return _address(client, job.get("url"))
        if status == "failed" or waited >= JOB_SECONDS:
            reason = "Graph failed to make the report" if status == "failed" else "the report didn't get ready in time"
            raise _unusable(client, reason)
        pause = _PAUSES[min(turn, len(_PAUSES) - 1)]
        client.patience.wait(pause)
        waited, turn = waited + pause, turn + 1
        job = client.get(f"{JOBS}('{quote(name, safe='')}')")


def _address(client: GraphClient, url: Any) -> str:
    try:
        if isinstance(url, str) and urlsplit(url).scheme == "https" and urlsplit(url).hostname:
            return url
    except ValueError:
        pass
    raise _unusable(client, "the report has no https address")


def _download(client: GraphClient, address: str, file: IO[bytes]) -> None:
    """Fetch the ZIP without our token, into the file."""
    file.seek(0)
    file.truncate()
    left = client.patience.remaining()
    client.patience.count(requests=1)
    try:
        with (
            client.session() as session,
            session.get(
                address, stream=True, timeout=(min(CONNECT_SECONDS, left), min(READ_SECONDS, left))
            ) as response,
        ):
            if response.status_code != 200:
                problem = _unusable(client, f"its storage answered {response.status_code}")
                if response.status_code in RETRIED_STATUSES:
                    raise Transient(problem)
                raise problem
            for piece in response.iter_content(_PIECE):
                client.patience.remaining()
                client.patience.count(received=len(piece))
                file.write(piece)
                if file.tell() > ZIP_LIMIT:
                    raise _unusable(client, f"it is larger than {ZIP_LIMIT >> 20} MiB")
            client.patience.remaining()  # One that was hung up on may look as if it had ended.
    except NETWORK_ERRORS as error:
        raise Transient(network_problem(client.tenant, urlsplit(address).hostname or "", error), attempts=3) from None


def _rows(client: GraphClient, file: IO[bytes]) -> Iterator[tuple[str, str | None]]:
    """Device and user of every row; a row without a usable device id is passed over."""
    file.seek(0)
    with zipfile.ZipFile(file) as package:
        members = [member for member in package.infolist() if member.filename.lower().endswith(".csv")]
        if len(members) != 1 or members[0].file_size > CSV_LIMIT:
            raise _unusable(client, "the ZIP must hold one CSV of a believable size")
        with package.open(members[0]) as packed:
            reader = csv.reader(io.TextIOWrapper(packed, encoding="utf-8-sig", newline=""))
            heads = next(reader, [])
            try:
                device_at, user_at = heads.index(DEVICE_COLUMN), heads.index(USER_COLUMN)
            except ValueError:
                raise _unusable(client, f"the CSV lacks {DEVICE_COLUMN} or {USER_COLUMN}") from None
            for row in reader:
                if len(row) > max(device_at, user_at):
                    try:
                        yield required_id(row[device_at]), guid(row[user_at].strip())
                    except Wrong:
                        continue


def _unusable(client: GraphClient, reason: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"Tenant {client.tenant.key}: the report of primary users can't be used: {reason}. The next run asks again.",
        code="report",
    )
