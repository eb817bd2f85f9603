"""Delivering what is due: each report is written once, each recipient served by itself, each outcome recorded."""

import re
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from fleet.commands.deliveries.carrying import Load, Place, carry, digest_of
from fleet.commands.deliveries.ledger import MOST_ATTEMPTS, Claim, Parcel, claim, find, record, why_not
from fleet.config import Config
from fleet.database import Database
from fleet.domain.nightly.deliveries import EVERYONE, Order, Period, Post, Recipient, orders, period_due, post
from fleet.errors import ConfigurationProblem, FleetError, NoAccess

PAUSES = (2.0, 10.0)
"""Seconds before a delivery that certainly did not arrive is tried again at once; the next run tries once more."""
Write = Callable[[Order, Period, Path], str]
"""Writes the report of an order to a file; returns its title."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What is brought along: how reports are written and files are placed."""

    write: Write
    place: Place
    pause: Callable[[float], object] = time.sleep


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery, or why it was not carried."""

    order: Order
    period: Period
    recipient: Recipient
    state: str
    """due, sent, failed, unknown, or why nothing was done: already sent, under way, given up."""
    error: str | None = None
    id: int | None = None
    attempts: int = 0
    file: str | None = None
    done: bool = False
    """Whether it was carried just now."""

    @property
    def needs_a_look(self) -> bool:
        """Whether somebody should look into it."""
        return self.state in ("failed", "unknown", "given up")


def orders_of(config: Config) -> tuple[list[Order], Post | None]:
    """What is to be delivered, and how mail leaves. Raises `ConfigurationProblem` with everything that is wrong."""
    problems: list[str] = []
    found = orders(config.nightly.get("deliver", {}), config.organisations, config.tenants, problems)
    mail = post(config.nightly.get("mail"), config.tenants, problems)
    if mail is None and any(one.channel == "mail" for order in found for one in order.recipients):
        problems.append("[mail] must say how mail leaves")
    if problems:
        raise ConfigurationProblem(f"{config.home / 'config.toml'}: " + "; ".join(dict.fromkeys(problems)) + ".")
    return found, mail


def within_walls(found: Sequence[Order], mine: frozenset[str] | None) -> list[Order]:
    """The orders about an operator's organisations (None: about any)."""
    return [order for order in found if mine is None or order.organisation in mine]


def deliver(
    database: Database, config: Config, found: Sequence[Order], mail: Post | None, tools: Tools, *,
    actor: str, now: datetime, dry: bool = False, again: bool = False,
) -> Iterator[Outcome]:  # fmt: skip
    """Carry what is due; one that fails does not stop the others. `dry` only says what would be done."""
    for order in found:
        period = period_due(order.every, now)
        if again:
            period = replace(period, name=f"{period.name} again {now:%Y-%m-%d %H:%M:%S}")
        looked = [_look(database, order, period, one, now) for one in order.recipients]
        open_ones = [one for one in looked if one.state == "due"]
        yield from (one for one in looked if dry or one.state != "due")
        if dry or not open_ones:
            continue
        with tempfile.TemporaryDirectory(prefix="fleet-deliver-") as folder:
            yield from _carry_all(database, config, mail, tools, open_ones, Path(folder), actor, now)


def _look(database: Database, order: Order, period: Period, recipient: Recipient, now: datetime) -> Outcome:
    with database.read() as session:
        row = find(session, order, period, recipient)
        state = why_not(row, database.url, now) or "due"
        if row is None:
            return Outcome(order, period, recipient, state)
        if state == "unknown" and row.state == "intended":
            state = "due"  # Its end is noted, and told, by the claim.
        error = row.error if state in ("unknown", "given up", "due") else None
        return Outcome(order, period, recipient, state, error, row.id, row.attempts, row.file_name)


def _carry_all(
    database: Database, config: Config, mail: Post | None, tools: Tools, open_ones: Sequence[Outcome], folder: Path,
    actor: str, now: datetime,
) -> Iterator[Outcome]:  # fmt: skip
    order, period = open_ones[0].order, open_ones[0].period
    file = folder / file_name(order, period)
    whose = config.organisations[order.organisation].name if order.organisation else "every organisation"
    try:
        title = tools.write(order, period, file)
        parcel = Parcel(file.name, file.stat().st_size, digest_of(file))
    except (FleetError, OSError) as error:
        reason = error.message if isinstance(error, FleetError) else error.strerror or str(error)
        for one in open_ones:
            yield _not_written(database, one, file.name, reason, actor, now)
        return
    load = Load(file, parcel, order, period, title, whose, now)
    for one in open_ones:
        yield _carry_one(database, config, mail, tools, load, one, actor)


def _not_written(database: Database, one: Outcome, name: str, reason: str, actor: str, now: datetime) -> Outcome:
    try:
        claimed = claim(database, one.order, one.period, one.recipient, Parcel(name, 0, ""), actor=actor, now=now)
        if claimed is not None:
            record(database, claimed, state="failed", error=reason, actor=actor, now=now)
    except FleetError:
        claimed = None
    attempts = claimed.attempt if claimed else one.attempts
    return replace(
        one, state="failed", error=reason, done=True, id=claimed.id if claimed else one.id, attempts=attempts
    )


def _carry_one(
    database: Database, config: Config, mail: Post | None, tools: Tools, load: Load, one: Outcome, actor: str
) -> Outcome:
    now, recipient = load.now, one.recipient
    claimed: Claim | None = None
    try:
        claimed = claim(database, load.order, load.period, recipient, load.parcel, actor=actor, now=now)
        if claimed is None:
            return _look(database, load.order, load.period, recipient, now)
        state, error = _tried(config, mail, tools, load, recipient, claimed)
    except FleetError as problem:
        return replace(one, state="failed", error=problem.message, done=True, id=claimed.id if claimed else one.id)
    try:
        record(database, claimed, state=state, error=error, actor=actor, now=now)
    except FleetError as problem:  # It went, and the register could not be told: the next run finds the intention.
        error = f"{error or state}; the register could not be told: {problem.message}"
    return replace(
        one, state=state, error=error, done=True, id=claimed.id, attempts=claimed.attempt, file=load.parcel.name
    )


def _tried(
    config: Config, mail: Post | None, tools: Tools, load: Load, recipient: Recipient, claimed: Claim
) -> tuple[str, str | None]:
    """How it ended; what certainly did not arrive, and may soon, is tried again at once."""
    error: FleetError | None = None
    for pause in (None, *PAUSES):
        if pause is not None:
            tools.pause(pause)
        try:
            carry(config, mail, tools.place, load, recipient, claimed.earlier)
        except FleetError as problem:
            error = problem
            if problem.code == "unsure":
                return "unknown", problem.message
            if problem.code != "not-sent" or problem.facts.get("lasting"):
                break
        except OSError as problem:
            return "failed", f"{recipient}: {problem.strerror or problem}"
        else:
            return "sent", None
    assert error is not None
    return "failed", error.message


def file_name(order: Order, period: Period) -> str:
    """`fleet-pack-northbridge-2026-10.xlsx`."""
    parts = (order.job, order.organisation or EVERYONE, period.name)
    return "-".join(("fleet", *map(_slug, parts))) + f".{order.format}"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:60] or "x"


def refuse_unseen(found: Sequence[Order], mine: Sequence[Order], wanted: str) -> None:
    """Raises `NoAccess` when a job was asked for that is about organisations an operator does not serve."""
    if found and not mine:
        raise NoAccess(f"{wanted} is about organisations that you do not serve.")


__all__ = ["MOST_ATTEMPTS", "Outcome", "Tools", "deliver", "file_name", "orders_of", "refuse_unseen", "within_walls"]
