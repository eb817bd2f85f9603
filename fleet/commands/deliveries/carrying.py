"""Carrying one file to one recipient: into a folder, by mail, into a drive."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from fleet.commands.deliveries.ledger import Parcel
from fleet.commands.deliveries.mailing import BUDGET, send_mail
from fleet.config import Config
from fleet.domain.nightly.deliveries import Order, Period, Post, Recipient
from fleet.errors import ConfigurationProblem

Place = Callable[[Path, Path], None]
"""Puts a copy of a file to a place, whole or not at all, and never over another one."""
KINDS = {
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("text", "csv"),
    "json": ("application", "json"),
    "pdf": ("application", "pdf"),
}


@dataclass(frozen=True, slots=True)
class Load:
    """What is carried: the file, and what it is."""

    file: Path
    parcel: Parcel
    order: Order
    period: Period
    title: str
    whose: str
    now: datetime


def carry(
    config: Config, post: Post | None, place: Place, load: Load, recipient: Recipient, earlier: Parcel | None
) -> None:
    """Carry it. Raises a `FleetError`: with the code `unsure` when nobody knows whether it arrived.

    `earlier` is the file of an attempt that was cut off: when that one arrived, there is nothing left to do.
    """
    if recipient.channel == "folder":
        _into_folder(config, place, load, recipient, earlier)
    elif recipient.channel == "drive":
        _into_drive(config, load, recipient, earlier)
    else:
        _by_mail(config, post, load, recipient)


def _into_folder(config: Config, place: Place, load: Load, recipient: Recipient, earlier: Parcel | None) -> None:
    folder = config.home / Path(recipient.where).expanduser()
    target = folder / load.parcel.name
    known = {load.parcel.digest, earlier.digest if earlier else ""}
    if target.is_file() and digest_of(target) in known:
        return
    place(load.file, target)


def _into_drive(config: Config, load: Load, recipient: Recipient, earlier: Parcel | None) -> None:
    from fleet.intune.auth import token_source
    from fleet.intune.sending import SendingClient

    tenant = config.tenant(recipient.tenant)
    path = f"{recipient.where}/{load.parcel.name}"
    with SendingClient(tenant, token_source(tenant), time_budget=BUDGET) as client, load.file.open("rb") as file:
        if earlier is not None and client.size_of(recipient.drive, path) == earlier.size:
            return
        client.put_file(recipient.drive, path, file, load.parcel.size)


def _by_mail(config: Config, post: Post | None, load: Load, recipient: Recipient) -> None:
    if post is None:
        raise ConfigurationProblem("[mail] in config.toml must say how mail leaves. Nothing was sent.")
    message = EmailMessage()
    message["Subject"] = f"{load.title}: {load.whose}, {load.period.name}"
    message["Date"] = format_datetime(load.now)
    masked = (
        "It shows names and numbers of people: keep it accordingly." if load.order.unmask
        else "Names and numbers of people are left out or shortened."
    )  # fmt: skip
    message.set_content(
        f"Attached is: {load.title}, of {load.whose}, for {load.period.name}.\n\n{masked} Its first sheet says what it "
        "answers, how old the data are and how the numbers are made.\n\nThis mail is sent by Fleet, the device register.\n"
    )
    main, sub = KINDS[load.order.format]
    message.add_attachment(load.file.read_bytes(), maintype=main, subtype=sub, filename=load.parcel.name)
    send_mail(config, post, message, recipient.where)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
