"""Telling somebody what went wrong in the night: each thing once a day to each place, and never at the night's cost.

What was told is kept as one small file per thing and place in Fleet's folder, and not in the register: a register that
can't be opened is one of the things to be told. The file is there before the message goes out, so that two programs
never tell the same thing, and taken away again when it did not go.
"""

import json
import os
import socket
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from fleet.config import Config
from fleet.config.secrets import read_secret
from fleet.domain.nightly import notices as said
from fleet.domain.nightly.deliveries import Post, post
from fleet.domain.nightly.notices import Hooks, Notice
from fleet.errors import ConfigurationProblem, FleetError

FOLDER = "notices"


def hooks_of(config: Config) -> tuple[Hooks, Post | None]:
    """Who is told, and how mail leaves. Raises `ConfigurationProblem` with everything that is wrong at once."""
    problems: list[str] = []
    hooks = said.hooks(config.nightly.get("notify"), problems)
    mail = post(config.nightly.get("mail"), config.tenants, problems)
    if hooks.mail and mail is None:
        problems.append("[notify] mail needs [mail], which says how mail leaves")
    if problems:
        raise ConfigurationProblem(f"{config.home / 'config.toml'}: " + "; ".join(problems) + ".")
    return hooks, mail


def tell(config: Config, notices: Iterable[Notice], now: datetime) -> list[str]:
    """Tell what was not told yet; returns one line for each message that did not go. Raises nothing of its own."""
    notices = list(notices)
    if not notices:
        return []
    try:
        hooks, mail = hooks_of(config)
    except FleetError as error:
        return [f"Nobody was told: {error.message}"]
    failed = []
    for notice in notices:
        if notice.kind not in hooks.on:
            continue
        for channel in hooks.channels:
            try:
                _tell_one(config, hooks, mail, notice, channel, now)
            except (FleetError, OSError) as error:
                reason = error.message if isinstance(error, FleetError) else error.strerror or str(error)
                failed.append(f"{notice.subject}: {channel.partition(':')[0]} was not told: {reason}")
    return failed


def _tell_one(config: Config, hooks: Hooks, mail: Post | None, notice: Notice, channel: str, now: datetime) -> None:
    path = config.home / FOLDER / f"{notice.key(channel)}.json"
    if not _claim(path, notice, now):
        return
    try:
        _send(config, hooks, mail, notice, channel, now)
    except BaseException as error:
        if getattr(error, "code", "") != "unsure":
            path.unlink(missing_ok=True)
        raise


def _claim(path: Path, notice: Notice, now: datetime) -> bool:
    """Write down that it is told now; False when it was, or when another program is just doing so."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
        if said.is_said(notice, datetime.fromisoformat(before["at"]), now):
            return False
        path.unlink(missing_ok=True)
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):  # Half a file, of a machine that went down: better said twice than never.
        path.unlink(missing_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"at": now.isoformat(), "kind": notice.kind, "about": notice.about}, file)
    return True


def _send(config: Config, hooks: Hooks, mail: Post | None, notice: Notice, channel: str, now: datetime) -> None:
    if channel == "command":
        from fleet.post.program import run

        run(hooks.command, f"{notice.subject}\n\n{notice.text}\n", timeout=hooks.timeout, withheld=_secrets(config))
    elif channel == "webhook":
        from fleet.post.webhook import post as post_to

        ca = config.home / Path(hooks.ca_bundle).expanduser() if hooks.ca_bundle else None
        post_to(_webhook(config, hooks), _body(notice, now), timeout=hooks.timeout, ca_bundle=ca)
    else:
        from fleet.commands.deliveries.mailing import send_mail

        assert mail is not None
        message = EmailMessage()
        message["Subject"] = notice.subject
        message.set_content(f"{notice.text}\n\n{socket.gethostname()}, {now.isoformat()}\n")
        send_mail(config, mail, message, channel.removeprefix("mail:"))


def _body(notice: Notice, now: datetime) -> Mapping[str, str]:
    """`text` is what chat programs show."""
    return {
        "kind": notice.kind, "about": notice.about, "subject": notice.subject, "text": f"{notice.subject}\n{notice.text}",
        "host": socket.gethostname(), "at": now.isoformat(),
    }  # fmt: skip


def _webhook(config: Config, hooks: Hooks) -> str:
    if hooks.webhook:
        return hooks.webhook
    places = {"secret_env": hooks.webhook_env, "secret_file": hooks.webhook_file}
    address = read_secret("[notify]", {key: value for key, value in places.items() if value}, config.home)
    if address is None or not said.leads_by_https(address):
        raise ConfigurationProblem("[notify]: the webhook's address must be an https address.")
    return address


def _secrets(config: Config) -> set[str]:
    """Names of environment variables that hold secrets."""
    named = {tenant.secret_env for tenant in config.tenants.values()}
    named |= {
        str(config.nightly.get(table, {}).get(key, ""))
        for table, key in (("mail", "secret_env"), ("notify", "webhook_env"))
    }
    return {name for name in named if name}
