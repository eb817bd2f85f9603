"""Every command leaves the findings of what it touched as the rules see them now, not as last night left them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from fleet.config import Config
    from fleet.database import Database


def rejudge_after_commands(database: Database, config: Config) -> None:
    """Let every transaction on a register end with a look at what it touched, by the rules of the configuration."""
    database.before_sealing = lambda session: rejudge_touched(session, config.rules, config.home)


def rejudge_touched(session: Session, rules: Mapping[str, Mapping[str, Any]], folder: Path | None) -> None:
    """Judge anew the devices that the changes of an open transaction concern.

    A sync has done so for everything. Raises `ConfigurationProblem` for wrong parameters of rules.
    """
    from fleet.commands.findings import JUDGED, mend_dates, rejudge, rules_context  # Readers need none of it.
    from fleet.commands.import_conflicts import settle_agreed
    from fleet.database.history import open_event
    from fleet.queries.concerned import devices_concerned, sims_concerned

    if session.info.get(JUDGED):
        return
    event = open_event(session)
    mend_dates(session, event.touched.get("finding", ()), event.now)
    for about in ("person", "line"):
        settle_agreed(session, event.touched.get(about, ()), event.now, about)
    devices, sims = devices_concerned(session, event.touched), sims_concerned(session, event.touched)
    if devices or sims:
        rejudge(session, devices, rules_context(rules, folder, event.now), sims)
