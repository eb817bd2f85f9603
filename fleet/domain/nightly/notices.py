"""What is worth a word in the night, to whom it goes, and when it was said often enough."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from fleet.clock import london_date
from fleet.domain.nightly.deliveries import is_address
from fleet.domain.nightly.settings import Settings

Kind = Literal["failure", "brake", "expiring", "delivery"]
KINDS: tuple[Kind, ...] = ("failure", "brake", "expiring", "delivery")
_NOTIFY = ("on", "command", "webhook", "webhook_env", "webhook_file", "mail", "timeout", "ca_bundle")
QUIET = timedelta(hours=12)
"""A new day begins at midnight in London, but not sooner after the last word."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that somebody should know in the morning."""

    kind: Kind
    about: str
    """What makes two of them the same: `northbridge: network`."""
    subject: str
    text: str
    once: bool = False
    """Whether it is said once for all, and not again the next day."""

    def key(self, channel: str) -> str:
        """A name for a file: the same thing to the same place."""
        return hashlib.sha256(f"{self.kind}\n{self.about}\n{channel}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who is told: `[notify]` of the configuration."""

    on: tuple[str, ...] = KINDS
    command: tuple[str, ...] = ()
    """A program and its arguments; the message comes on its standard input."""
    webhook: str | None = None
    webhook_env: str | None = None
    webhook_file: str | None = None
    mail: tuple[str, ...] = ()
    timeout: int = 15
    """Seconds."""
    ca_bundle: str | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        """The ways that are configured."""
        web = bool(self.webhook or self.webhook_env or self.webhook_file)
        return (
            *(("command",) if self.command else ()),
            *(("webhook",) if web else ()),
            *(f"mail:{one}" for one in self.mail),
        )


def hooks(table: object, problems: list[str]) -> Hooks:
    """Who is told; what is wrong is added to `problems`."""
    if not table:
        return Hooks()
    settings = Settings("notify", table, problems, _NOTIFY)
    on = settings.texts("on") or KINDS
    if unknown := [kind for kind in on if kind not in KINDS]:
        settings.wrong("on", f"of {', '.join(KINDS)}; not {', '.join(unknown)}")
    if isinstance(settings.table.get("command"), str):
        settings.wrong("command", 'a list: ["/usr/local/bin/page", "--quiet"]; no shell is asked')
    named = [key for key in ("webhook", "webhook_env", "webhook_file") if key in settings]
    if len(named) > 1:
        problems.append("[notify] needs at most one of webhook, webhook_env and webhook_file")
    webhook = settings.text("webhook")
    if webhook is not None and not leads_by_https(webhook):
        settings.wrong("webhook", "an https address")
    mail = settings.texts("mail")
    for one in mail:
        if not is_address(one):
            settings.wrong("mail", f"addresses; {one} is none")
    return Hooks(
        tuple(on), settings.texts("command"), webhook, settings.text("webhook_env"), settings.text("webhook_file"), mail,
        settings.number("timeout", 1, 300, 15), settings.text("ca_bundle"),
    )  # fmt: skip


def leads_by_https(address: str) -> bool:
    """Whether it is an https address without a name and password in it."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and address.isprintable()
    except ValueError:
        return False


def is_said(notice: Notice, said_at: datetime, now: datetime) -> bool:
    """Whether it was said often enough: once a day, or once for all."""
    if notice.once:
        return True
    return london_date(said_at) == london_date(now) or timedelta(0) <= now - said_at < QUIET


def of_sync(tenant: str, code: str, error: str, *, brake: bool) -> Notice:
    """A tenant's night that failed."""
    kind: Kind = "brake" if brake else "failure"
    subject = (
        f"Fleet: the sync of {tenant} was refused by the brake" if brake else f"Fleet: the sync of {tenant} failed"
    )
    return Notice(kind, f"{tenant}: {code}", subject, error)


def of_expiry(row: Mapping[str, Any]) -> Notice:
    """Something that ends soon: said once for each step of its gravity."""
    about = f"{row['rule']}: {row['subject']}: {row['first_seen']}: {row['severity']}"
    return Notice("expiring", about, f"Fleet: {row['title']}: {row['subject']}", row["sentence"], once=True)
