"""Which reports go to whom by themselves, and for which period they are due."""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from fleet.clock import london_date
from fleet.domain.nightly.settings import SECRETS, Settings

Channel = Literal["folder", "mail", "drive"]
EVERY = ("night", "week", "month")
FORMATS = ("xlsx", "csv", "json", "pdf")
EVERYONE = "all"
"""In `recipients`: a report over every organisation."""
_JOB = ("report", "every", "format", "search", "unmask", "reason", "small_numbers", "recipients")
_RECIPIENTS = ("folder", "mail", "drive")
_DRIVE = ("tenant", "drive", "folder")
_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where one copy goes."""

    channel: Channel
    where: str
    """A folder, an address, or the folder in a drive."""
    tenant: str = ""
    """Of a drive: whose application signs in."""
    drive: str = ""
    """Of a drive: its id."""

    def __str__(self) -> str:
        if self.channel != "drive":
            return f"{self.channel}:{self.where}"
        return f"drive:{self.tenant}/{hashlib.sha256(self.drive.encode()).hexdigest()[:8]}/{self.where}"


@dataclass(frozen=True, slots=True)
class Order:
    """One report of one organisation (None: of all) for some recipients."""

    job: str
    report: str
    every: str
    organisation: str | None
    format: str
    search: str
    unmask: bool
    reason: str | None
    hide_small: bool | None
    recipients: tuple[Recipient, ...]

    @property
    def what(self) -> str:
        """What was asked for, in one line: two orders of the same are one."""
        small = {None: "", True: "small numbers hidden", False: "small numbers shown"}[self.hide_small]
        parts = (self.report, self.organisation or EVERYONE, self.format, self.search, small, "unmasked" * self.unmask)
        return " | ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Period:
    """What a delivery is about."""

    name: str
    """`2026-10`, `2026-W47`, `2026-11-22`."""
    since: date
    """First day."""
    until: date
    """Last day: the report is as at its end."""


def period_due(every: str, now: datetime) -> Period:
    """The newest period that is over: last month, last week (it ends on Sunday); of every night, today."""
    today = london_date(now)
    if every == "month":
        until = today.replace(day=1) - timedelta(days=1)
        return Period(f"{until:%Y-%m}", until.replace(day=1), until)
    if every == "week":
        until = today - timedelta(days=today.isoweekday())
        return Period(f"{until:%G-W%V}", until - timedelta(days=6), until)
    return Period(today.isoformat(), today.replace(day=1), today)


def orders(table: object, organisations: Collection[str], tenants: Collection[str], problems: list[str]) -> list[Order]:
    """Every order of `[deliver.<name>]`; what is wrong is added to `problems`."""
    if not isinstance(table, Mapping):
        problems.append("[deliver.<name>] must be tables")
        return []
    found: list[Order] = []
    for name, job in table.items():
        found += _orders(str(name), job, organisations, tenants, problems)
    return found


def _orders(
    name: str, job: object, organisations: Collection[str], tenants: Collection[str], problems: list[str]
) -> Iterator[Order]:
    settings = Settings(f"deliver.{name}", job, problems, _JOB)
    report, unmask = settings.text("report"), settings.flag("unmask")
    if report is None:
        settings.wrong("report", "the name of a report (fleet export --list)")
    reason = settings.text("reason")
    if unmask and not reason:
        settings.wrong("reason", "said where unmask = true: why these people need names")
    hide = settings.word("small_numbers", ("as the report", "hide", "show"), "as the report")
    whom = settings.table.get("recipients", {})
    if not isinstance(whom, Mapping) or not whom:
        settings.wrong("recipients", f"tables: [deliver.{name}.recipients.<organisation>], or .{EVERYONE}")
        return
    for key, given in whom.items():
        if key != EVERYONE and key not in organisations:
            problems.append(f"[{settings.name}.recipients] names {key}, which is no organisation")
        yield Order(
            name, report or "", settings.word("every", EVERY, "month"), None if key == EVERYONE else str(key),
            settings.word("format", FORMATS, "xlsx"), settings.text("search", "") or "" if "search" in settings else "",
            unmask, reason, {"hide": True, "show": False}.get(hide),
            tuple(_recipients(f"{settings.name}.recipients.{key}", given, tenants, problems)),
        )  # fmt: skip


def _recipients(name: str, given: object, tenants: Collection[str], problems: list[str]) -> Iterator[Recipient]:
    settings = Settings(name, given, problems, _RECIPIENTS)
    for folder in settings.texts("folder"):
        yield Recipient("folder", folder)
    for address in settings.texts("mail"):
        if is_address(address):
            yield Recipient("mail", address)
        else:
            settings.wrong("mail", f"addresses; {address} is none")
    if "drive" in settings:
        yield from _drive(f"{name}.drive", settings.table["drive"], tenants, problems)
    if not any(key in settings for key in _RECIPIENTS):
        problems.append(f"[{name}] has nobody: folder, mail or drive")


def _drive(name: str, given: object, tenants: Collection[str], problems: list[str]) -> Iterator[Recipient]:
    settings = Settings(name, given, problems, _DRIVE)
    tenant, drive, folder = settings.text("tenant"), settings.text("drive"), settings.text("folder", "Fleet") or "Fleet"
    if tenant is None or tenant not in tenants:
        settings.wrong("tenant", "the key of a tenant")
    elif drive is None:
        settings.wrong("drive", "the id of a drive (docs/REPORTS.md)")
    elif any(part in ("", ".", "..") or set(part) & set('"*:<>?\\|#%') for part in folder.strip("/").split("/")):
        settings.wrong("folder", 'a path of folders, without any of " * : < > ? \\ | # %')
    else:
        yield Recipient("drive", folder.strip("/"), tenant, drive)


@dataclass(frozen=True, slots=True)
class Post:
    """How mail leaves: `[mail]` of the configuration."""

    sender: str
    host: str = ""
    port: int = 587
    security: str = "starttls"
    """starttls or tls: a password and people's data never travel in the open."""
    user: str | None = None
    ca_bundle: str | None = None
    timeout: int = 30
    """Seconds."""
    largest: int = 20
    """Megabytes of a message."""
    tenant: str | None = None
    """Whose Graph sends it instead of a mail server."""
    secret: Mapping[str, Any] | None = None
    """Where the password is."""


_POST = ("from", "host", "port", "security", "user", "ca_bundle", "timeout", "largest", "graph_tenant", *SECRETS)


def post(table: object, tenants: Collection[str], problems: list[str]) -> Post | None:
    """How mail leaves; None where nothing is configured."""
    if not table:
        return None
    settings = Settings("mail", table, problems, _POST)
    sender, host, tenant = settings.text("from"), settings.text("host"), settings.text("graph_tenant")
    if sender is None or not is_address(sender):
        settings.wrong("from", "the address that mails come from")
    if (host is None) == (tenant is None):
        problems.append("[mail] needs either host (a mail server) or graph_tenant (Graph's sendMail)")
    if tenant is not None and tenant not in tenants:
        settings.wrong("graph_tenant", "the key of a tenant")
    user = settings.text("user")
    settings.one_secret(needed=user is not None)
    security = settings.word("security", ("starttls", "tls"), "starttls")
    return Post(
        sender or "", host or "", settings.number("port", 1, 65535, 465 if security == "tls" else 587), security, user,
        settings.text("ca_bundle"), settings.number("timeout", 1, 600, 30), settings.number("largest", 1, 150, 20), tenant,
        {key: settings.table[key] for key in SECRETS if key in settings},
    )  # fmt: skip


def is_address(text: str) -> bool:
    """Whether a mail can go there: one plain address."""
    return _ADDRESS.fullmatch(text) is not None and ".." not in text and text.isascii()
