"""What every command needs: configuration, the open register, the time, who is asking and what they may see."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from fleet.clock import utc_now
from fleet.config import Config, load_config
from fleet.errors import FleetError, UsageProblem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from fleet.database import Database
    from fleet.queries.operators import Access


class NotWritten(FleetError):
    """A preview, or a question that was not agreed to: what was tried is taken back, and that is no error."""


def take_back_if(preview: bool) -> None:
    """At the end of a write: nothing of it stays when it was a preview."""
    if preview:
        raise NotWritten("preview")


GIVES_WAY_BY = 10
"""Steps of `nice`: a tenth of the processor where others want it, all of it otherwise."""


@dataclass
class Surroundings:
    """Made once per call; everything is opened when first asked for."""

    home: Path | None = None
    is_program: bool = False
    """Whether this process is this one command, and not a program that calls it."""

    def giving_way(self) -> Self:
        """The same, for minutes of work that nobody watches: whoever types on the same machine goes first."""
        if self.is_program and hasattr(os, "nice"):
            os.nice(GIVES_WAY_BY)
        return self

    @cached_property
    def config(self) -> Config:
        """config.toml and the environment."""
        return load_config(self.home)

    @cached_property
    def now(self) -> datetime:
        """The moment of this call. FLEET_NOW sets it for demonstrations, tests and pictures."""
        given = os.environ.get("FLEET_NOW")
        if not given:
            return utc_now()
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            raise UsageProblem(f"FLEET_NOW is not a moment: {given}. Write 2026-11-22T14:05:00Z.") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)

    @cached_property
    def database(self) -> "Database":
        """The register, with the organisations and tenants of config.toml in it."""
        from fleet.commands.organisations import adopt_configuration, missing_from_register
        from fleet.commands.rejudging import rejudge_after_commands
        from fleet.database import Database

        database = Database(self.config.database_url)
        click.get_current_context().call_on_close(database.close)
        if missing_from_register(database, self.config):
            with database.transaction(actor=self.config.operator, action="configuration", now=self.now) as session:
                adopt_configuration(session, self.config)
        rejudge_after_commands(database, self.config)
        return database

    @cached_property
    def access(self) -> "Access":
        """Who is asking, and what they may see and do."""
        from fleet.queries.operators import access

        with self.database.read() as session:
            return access(session, self.config.operator)

    @contextmanager
    def read(self) -> Iterator["Session"]:
        """A reading session within the operator's walls."""
        scope = self.access.scope
        with self.database.read(scope) as session:
            yield session

    @contextmanager
    def write(
        self, action: str, *, reason: str | None = None, effective: date | None = None, **more: Any
    ) -> Iterator["Session"]:
        """A writing session within the operator's walls: one event. `NotWritten` raised inside takes it back."""
        from fleet.clock import start_of_day

        effective_at = start_of_day(effective) if effective else None
        if effective_at is not None and effective_at > self.now:
            raise UsageProblem("That day is in the future.")
        access = self.access
        owner = more.pop("organisation_id", None) or access.only_organisation
        try:
            with self.database.transaction(
                actor=access.name, action=action, now=self.now, reason=reason, effective_at=effective_at, scope=access.scope,
                may_write=access.may_write, organisation_id=owner, **more,
            ) as session:  # fmt: skip
                yield session
        except NotWritten:
            return
