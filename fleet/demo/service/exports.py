"""Report export jobs: asked for, polled, and fetched as a ZIP with one CSV from a second host name."""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import uuid4

from fleet.demo.directory import Entity
from fleet.demo.service.call import ZERO_GUID, Answer, Call, graph_time
from fleet.demo.service.devices import view_of
from fleet.demo.service.shapes import NEVER
from fleet.demo.service.wire import Request, Response

if TYPE_CHECKING:
    from fleet.demo.service.core import Service

URL_LIFE = timedelta(hours=6)
_FILTER = re.compile(r"\(?\s*(\w+)\s+eq\s+'([^']*)'\s*\)?", re.IGNORECASE)
_OWNERS = {"unknown": "0", "company": "1", "personal": "2"}
LOCALISATION = {"localizedvaluesasadditionalcolumn", "replacelocalizablevalues"}


@dataclass(slots=True)
class ExportJob:
    """One job."""

    id: str
    report: str
    select: list[str]
    filter: str | None
    localisation: str
    requested: datetime
    tenant_id: str
    half: str
    """How much of the devices existed when it was asked for."""
    polls: int = 0
    status: str = "notStarted"
    expires: datetime | None = None

    @property
    def signature(self) -> str:
        """What the address of the ZIP must carry."""
        return hashlib.sha256(f"{self.id}/{self.tenant_id}".encode()).hexdigest()[:40]


def create_job(call: Call) -> Answer:
    """Take a job; raises `Refusal` (400) for a report or column that does not exist."""
    wanted = call.json()
    report = wanted.get("reportName")
    if report not in ("Devices", "DevicesWithInventory"):
        raise call.refuse_intune(400, "BadRequest", f"The report {report} is not supported")
    if wanted.get("format", "csv") != "csv":
        raise call.refuse_intune(400, "BadRequest", "Only csv is simulated")
    select = [str(name) for name in wanted.get("select") or COLUMNS]
    unknown = [name for name in select if name.lower() not in _SPELLING]
    if unknown:
        raise call.refuse_intune(400, "BadRequest", f"The column {unknown[0]} is not part of the report")
    localisation = str(wanted.get("localizationType") or "LocalizedValuesAsAdditionalColumn")
    if localisation.lower() not in LOCALISATION:
        raise call.refuse_intune(400, "BadRequest", f"The localization type {localisation} is not supported")
    job = ExportJob(
        id=f"{report}_{uuid4()}",
        report=report,
        select=select,
        filter=wanted.get("filter") or None,
        localisation=f"{localisation[0].lower()}{localisation[1:]}",
        requested=call.service.clock(),
        tenant_id=call.state.directory.tenant_id,
        half=view_of(call),
    )
    call.state.jobs[job.id] = job
    return Answer(_shown(call, job), 201)


def get_job(call: Call) -> Answer:
    """The state of a job; it moves on each time somebody looks."""
    job = call.state.jobs.get(call.params[0])
    if job is None:
        raise call.refuse_intune(404, "ResourceNotFound", f"Export job {call.params[0]} was not found")
    job.polls += 1
    if job.status in ("notStarted", "inProgress"):
        _move_on(call, job)
    return Answer(_shown(call, job))


def list_jobs(call: Call) -> Answer:
    """All jobs of the tenant."""
    rows = [
        {key: value for key, value in _shown(call, job).items() if "@" not in key} for job in call.state.jobs.values()
    ]
    return Answer({"@odata.context": call.context("deviceManagement/reports/exportJobs"), "value": rows})


def _move_on(call: Call, job: ExportJob) -> None:
    if job.polls <= call.service.export_polls:
        job.status = "inProgress"
        return
    if call.strike("export_never_completes"):
        job.status = "inProgress"
    elif call.strike("export_fails"):
        job.status = "failed"
    else:
        job.status, job.expires = "completed", call.service.clock() + URL_LIFE


def _shown(call: Call, job: ExportJob) -> dict[str, Any]:
    url = None
    if job.expires is not None:
        stamp = f"{job.expires:%Y-%m-%dT%H%%3A%M%%3A%SZ}"
        url = (
            f"{call.service.blob}/{job.tenant_id}/{job.id}.zip?sv=2019-02-02&sr=b&sig={job.signature}"
            f"&se={stamp}&sks=b&skv=2019-02-02&sp=r"
        )
    return {
        "@odata.context": call.context("deviceManagement/reports/exportJobs", entity=True),
        "id": job.id,
        "reportName": job.report,
        "filter": job.filter,
        "select": job.select,
        "format": "csv",
        "snapshotId": None,
        "localizationType": job.localisation,
        "status": job.status,
        "url": url,
        "requestDateTime": graph_time(job.requested),
        "expirationDateTime": graph_time(job.expires) if job.expires else NEVER,
    }


# --- the second host ----------------------------------------------------------------------------------------


def blob(service: "Service", request: Request) -> tuple[Response, str | None]:
    """The ZIP of a completed job; a request that brings its bearer token along is refused, as real storage does."""
    tenant_id, _, name = request.path.lstrip("/").partition("/")
    state = service.find_state(tenant_id)
    job = state.jobs.get(name.removesuffix(".zip")) if state else None
    key = state.directory.key if state else None
    if "authorization" in request.headers:
        return _storage_error(
            400, "InvalidAuthenticationInfo", "Authentication information is not in the correct format."
        ), key
    if state is None or job is None or job.expires is None or request.method != "GET":
        return _storage_error(404, "BlobNotFound", "The specified blob does not exist."), key
    signed = parse_qs(request.query).get("sig") == [job.signature]
    late = service.clock() > job.expires or service.faults.strike("export_url_expired", key, request.path)
    if not signed or late:
        message = "Server failed to authenticate the request. Signature not valid in the specified time frame."
        return _storage_error(403, "AuthenticationFailed", message), key
    cache_key = ("export", job.half, job.filter or "", ",".join(job.select))
    body = state.pages.get(cache_key)
    if body is None:
        body = _zip(job, _rows(job, state.directory.devices, state.directory.primary_users, state.order(job.half)))
        state.pages.put(cache_key, body)
    headers = {"Content-Type": "application/zip", "x-ms-blob-type": "BlockBlob", "ETag": f'"{job.signature[:16]}"'}
    return Response(200, headers, body), key


def _storage_error(status: int, code: str, message: str) -> Response:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(status, {"Content-Type": "application/xml", "x-ms-error-code": code}, body.encode())


def _rows(
    job: ExportJob, devices: dict[str, Entity], primary: dict[str, str | None], order: list[tuple[str, str]]
) -> Iterable[list[str]]:
    columns = [COLUMNS[_SPELLING[name.lower()]] for name in job.select]
    terms = [(name.lower(), value) for name, value in _FILTER.findall(job.filter or "")]
    fits = [(COLUMNS[_SPELLING[name]], value.lower()) for name, value in terms if name in _SPELLING]
    for _, key in order:
        device = devices.get(key)
        if device is None:
            continue
        user = primary.get(key)
        if all(read(device, user).lower() == value for read, value in fits):
            yield [read(device, user) for read in columns]


def _zip(job: ExportJob, rows: Iterable[list[str]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        info = zipfile.ZipInfo(f"{job.id}.csv", date_time=(2026, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w") as entry, io.TextIOWrapper(entry, encoding="utf-8", newline="") as text:
            writer = csv.writer(text)
            writer.writerow(job.select)
            writer.writerows(rows)
    return packed.getvalue()


# --- columns ------------------------------------------------------------------------------------------------

Reader = Callable[[Entity, str | None], str]


def _text(name: str) -> Reader:
    return lambda device, _user: str(device.get(name) or "")


def _date(name: str) -> Reader:
    return lambda device, _user: report_date(device.get(name) or NEVER)


def _megabytes(name: str) -> Reader:
    return lambda device, _user: str(int(device.get(name) or 0) >> 20)


def _flag(name: str, yes: str = "True", no: str = "False") -> Reader:
    return lambda device, _user: yes if device.get(name) else no


def _empty(_device: Entity, _user: str | None) -> str:
    return ""


def report_date(text: str) -> str:
    """A date as reports write it: seven digits, no zone."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return f"{whole.replace('T', ' ')}.{fraction:0<7}"


COLUMNS: dict[str, Reader] = {
    "DeviceId": _text("id"),
    "DeviceName": _text("deviceName"),
    "DeviceType": _empty,
    "OwnerType": lambda device, _user: _OWNERS.get(device.get("managedDeviceOwnerType") or "", "0"),
    "Ownership": lambda device, _user: str(device.get("managedDeviceOwnerType") or "unknown").capitalize(),
    "CreatedDate": _date("enrolledDateTime"),
    "LastContact": _date("lastSyncDateTime"),
    "ManagementAgents": _text("managementAgent"),
    "ManagementState": _text("managementState"),
    "ReferenceId": _text("azureADDeviceId"),
    "EnrollmentType": _text("deviceEnrollmentType"),
    "CertExpirationDate": _date("managementCertificateExpirationDate"),
    "OSVersion": _text("osVersion"),
    "OSDescription": _text("operatingSystem"),
    "OS": _text("operatingSystem"),
    "SerialNumber": _text("serialNumber"),
    "Manufacturer": _text("manufacturer"),
    "Model": _text("model"),
    "IMEI": _text("imei"),
    "MEID": _text("meid"),
    "PhoneNumber": _text("phoneNumber"),
    "PhoneNumberE164Format": _text("phoneNumber"),
    "WifiMacAddress": _text("wiFiMacAddress"),
    "SubscriberCarrierNetwork": _text("subscriberCarrier"),
    "StorageTotal": _megabytes("totalStorageSpaceInBytes"),
    "StorageFree": _megabytes("freeStorageSpaceInBytes"),
    "ManagedDeviceName": _text("managedDeviceName"),
    "InGracePeriodUntil": _date("complianceGracePeriodExpirationDateTime"),
    "CompliantState": _text("complianceState"),
    "JailBroken": _text("jailBroken"),
    "DeviceRegistrationState": _text("deviceRegistrationState"),
    "SupervisedStatus": _flag("isSupervised"),
    "SupervisedStatusString": _flag("isSupervised", "Yes", "No"),
    "EncryptionStatus": _flag("isEncrypted"),
    "EncryptionStatusString": _flag("isEncrypted", "Yes", "No"),
    "CategoryName": lambda device, _user: str(device.get("deviceCategoryDisplayName") or "Unknown"),
    "UserId": lambda device, _user: str(device.get("userId") or ZERO_GUID),
    "UPN": _text("userPrincipalName"),
    "UserEmail": _text("emailAddress"),
    "UserName": _text("userDisplayName"),
    "PrimaryUser": lambda _device, user: user or ZERO_GUID,
    "RetireAfterDatetime": lambda _device, _user: "9999-12-31 23:59:59.9999999",
    **dict.fromkeys(
        (
            "ClientRegistrationStatus",
            "CategoryId",
            "MDMStatus",
            "GraphDeviceIsManaged",
            "EasID",
            "EnrolledByUser",
            "IsManaged",
            "EasActivationStatus",
            "EasLastSyncSuccessUtc",
            "EasStateReason",
            "EasAccessState",
            "AndroidPatchLevel",
            "SCCMCoManagementFeatures",
            "LastLoggedOnUserUPN",
            "MDMWinsOverGPStartTime",
            "StagedDeviceType",
            "UserApprovedEnrollment",
            "ExtendedProperties",
            "EntitySource",
            "PartnerDeviceId",
            "HasUnlockToken",
            "ManagedBy",
            "DeviceState",
            "SkuFamily",
            "JoinType",
            "EasActivationStatusString",
        ),
        _empty,
    ),
}
"""The columns of the Devices report; those the directory knows nothing of are empty."""
_SPELLING = {name.lower(): name for name in COLUMNS}
