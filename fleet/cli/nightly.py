"""What follows a night: the file for monitoring, and a word to whoever is to be told."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from fleet.cli.output import say
from fleet.cli.surroundings import Surroundings
from fleet.config import Config, TenantConfig
from fleet.errors import ConfigurationProblem, FleetError, RefusedByBrake

if TYPE_CHECKING:
    from fleet.commands.apple import AppleResult
    from fleet.commands.outbox import Outcome
    from fleet.commands.sync import SyncResult
    from fleet.domain.nightly.notices import Notice

EXPIRIES = "-expiring"
"""End of the keys of rules about what ends soon."""
_LONGEST = 60 * 24 * 366


def clock_tolerance(config: Config) -> timedelta:
    """`[sync] clock_tolerance` in minutes. Raises `ConfigurationProblem` for what is none."""
    from fleet.commands.clocks import TOLERANCE
    from fleet.domain.nightly.settings import Settings

    problems: list[str] = []
    settings = Settings("sync", config.nightly.get("sync", {}), problems, ("clock_tolerance",))
    minutes = settings.number("clock_tolerance", 0, _LONGEST, int(TOLERANCE.total_seconds() // 60))
    if problems:
        raise ConfigurationProblem(f"{config.home / 'config.toml'}: " + "; ".join(problems) + ".")
    return timedelta(minutes=minutes)


def after_the_night(
    surroundings: Surroundings,
    results: "Sequence[SyncResult]",
    exit_code: int,
    apple: "Sequence[AppleResult]" = (),
) -> None:
    """Leave the file, tell whoever is to be told. Neither changes how the night ended."""
    from fleet.cli.status import keep_last_sync

    keep_last_sync(surroundings, results, exit_code, apple)
    if not surroundings.config.nightly.get("notify"):
        return
    from fleet.commands.notices import tell

    notices = [*_failures(results), *_failures(apple)]
    try:
        notices += _expiries(surroundings)
    except FleetError as error:  # What failed before is worth more than what may end some day.
        say(f"fleet: what ends soon could not be looked up: {error.message}")
    for line in tell(surroundings.config, notices, surroundings.now):
        say(f"fleet: {line}")


def follow_orders(surroundings: Surroundings, tenants: Sequence[TenantConfig]) -> "list[Outcome]":
    """Ask Intune what became of what was sent, before the list is read: what left by an order is not missing then."""
    from fleet.commands import outbox

    wanted = {one.key for one in tenants if one.actions is not None}
    if not wanted:
        return []
    try:
        with outbox.reader(
            surroundings.database, surroundings.config, surroundings.access, lambda: surroundings.now
        ) as reader:
            outcomes = outbox.follow_tenants(reader, wanted)
    except FleetError as error:  # The night goes on; whoever asked sees the order where it was.
        say(f"fleet: remote actions could not be followed: {error.message}")
        return []
    for one in outcomes:
        if one.trouble is not None:
            say(f"fleet: remote action {one.order_id} could not be followed: {one.trouble.message}")
    return outcomes


def no_night(surroundings: Surroundings, error: FleetError) -> None:
    """Tell that there was no night at all: the register can't be opened, or the operator may not."""
    from fleet.commands.notices import tell
    from fleet.domain.nightly.notices import of_sync

    for line in tell(
        surroundings.config, [of_sync("every tenant", error.code, error.message, brake=False)], surroundings.now
    ):
        say(f"fleet: {line}")


def _failures(results: "Sequence[SyncResult | AppleResult]") -> "Iterator[Notice]":
    from fleet.domain.nightly.notices import of_sync

    for one in results:
        if one.error and one.code != "already-running":
            brake = one.exit_code == RefusedByBrake.exit_code
            yield of_sync(one.tenant, one.code or "error", one.error, brake=brake)


def _expiries(surroundings: Surroundings) -> "Iterator[Notice]":
    """What ends soon: the open findings of the rules about it."""
    from sqlalchemy import select

    from fleet.database.models import Finding
    from fleet.domain.nightly.notices import of_expiry
    from fleet.domain.rules.catalogue import RULES

    titles = {rule.key: rule.title for rule in RULES if rule.key.endswith(EXPIRIES)}
    with surroundings.read() as session:
        rows = session.execute(
            select(Finding).where(Finding.rule.in_(titles), Finding.state == "open").order_by(Finding.id)
        ).scalars()
        for row in rows:
            yield of_expiry({
                "rule": row.rule, "title": titles[row.rule], "subject": row.subject, "sentence": row.sentence,
                "severity": row.severity, "first_seen": row.first_seen,
            })  # fmt: skip
