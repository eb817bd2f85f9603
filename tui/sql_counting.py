"""The port `Counting` on the real register."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.commands import stocktakes as commands
from fleet.database.history import open_event
from fleet.domain.lifecycle import label
from fleet.domain.stocktake import OUTCOMES
from fleet.errors import FleetError, NotFound
from fleet.queries import keys, stocktakes
from fleet.queries.devices import DeviceQuery, list_devices
from fleet.queries.lookups import organisation_id
from tui.counting import Amiss, Arrival, Batch, Seen, Standing, Stocktaking, Whereabouts
from tui.text import counted as numbered

if TYPE_CHECKING:
    from datetime import date

    from tui.sql_register import SqlRegister
    from tui.writes import Recipient


class _OnlyAPreview(FleetError):
    """Rolls a transaction back whose outcome was all that was wanted."""


class SqlCounting:
    """Stocktakes of the register, as its operator."""

    def __init__(self, register: SqlRegister) -> None:
        self._register = register

    def stocktakes(self, *, open_only: bool = True) -> Sequence[Stocktaking]:
        """Stocktakes, the newest first."""
        with self._register.reading() as session:
            return [_told(row) for row in stocktakes.list_stocktakes(session, open_only=open_only)]

    def standing(self, stocktake_id: int) -> Standing:
        """How one stands, what is amiss first."""
        with self._register.reading() as session:
            row = stocktakes.get_stocktake(session, stocktake_id)
            found = stocktakes.count(session, row, now=self._register.clock())
        amiss = [_amiss(one) for one in found.devices if one.outcome != "found"]
        odd = [Amiss(one.outcome, one.scanned or "(blank)", None, f"scanned by {one.scanned_by}") for one in found.odd]
        return Standing(_told(row), found.counts, [*amiss, *odd])

    def begin(self, title: str, *, organisation: str | None, site: str | None, kind: str | None) -> Stocktaking:
        """Open a stocktake."""
        register = self._register
        with register.writing("stocktake.open", None) as session:
            owner = organisation_id(session, organisation) if organisation else None
            opened = commands.open_new(
                session,
                title,
                actor=register.rights.name,
                now=register.clock(),
                organisation_id=owner,
                site_id=keys.place_by_name(session, "site", site, within=owner) if site else None,
                kind=kind,
            )
        with register.reading() as session:
            return _told(stocktakes.get_stocktake(session, opened.id))

    def scan(self, stocktake_id: int, texts: Sequence[str], where: Whereabouts, *, counted: bool = True) -> Batch:
        """Judge and keep scans as one event."""
        register = self._register
        with register.writing("stocktake.scan", None) as session:
            row = stocktakes.open_stocktake(session, stocktake_id)
            site, holder = self._resolved(session, where, row.organisation_id)
            judged = commands.scan(
                session,
                stocktake_id,
                texts,
                actor=register.rights.name,
                now=register.clock(),
                site_id=site,
                seen_with=holder,
                holder_confirmed=where.confirmed,
            )
            event = open_event(session)
        with register.reading() as session:
            counts = stocktakes.count(session, row, now=register.clock()).counts if counted else {}
            only = judged[0] if len(judged) == 1 else None
            hint = self._nearest(session, only.scanned) if only and only.outcome == "unknown" else None
            about = self._about(session, only.device_id) if only and only.device_id else None
        seen = [Seen(one.scanned, one.outcome, one.device, one.sentence, hint, about) for one in judged]
        return Batch(seen, event.id, counts)

    def hand_over(self, text: str, to: Recipient | None, due_on: date | None) -> Batch:
        """Issue or take back what a scan names."""
        from tui.sql_handing import hand_over

        return hand_over(self._register, text, to, due_on)

    def receive(self, text: str, arrival: Arrival) -> Batch:
        """Take in what a scan names."""
        from tui.sql_handing import receive

        return receive(self._register, text, arrival)

    def check_arrival(self, arrival: Arrival) -> Arrival:
        """Look the names up."""
        from tui.sql_handing import known_arrival

        with self._register.reading() as session:
            return known_arrival(session, arrival)

    def check(self, where: Whereabouts) -> None:
        """Raise when the site or the person is not known."""
        with self._register.reading() as session:
            self._resolved(session, where, None)

    def try_close(self, stocktake_id: int) -> str:
        """What closing would do."""
        told = ""
        try:
            with self._register.writing("stocktake.close", None) as session:
                told = _closing(
                    commands.close(session, stocktake_id, actor=self._register.rights.name, now=self._register.clock())
                )
                raise _OnlyAPreview("preview")
        except _OnlyAPreview:
            return told

    def close(self, stocktake_id: int, reason: str | None) -> tuple[str, int | None]:
        """Close it."""
        register = self._register
        with register.writing("stocktake.close", reason) as session:
            closed = commands.close(session, stocktake_id, actor=register.rights.name, now=register.clock())
            event = open_event(session)
        return _closing(closed), event.id

    def write_report(self, stocktake_id: int, path: str, *, overwrite: bool) -> str:
        """Write the variance report with initials instead of names."""
        from fleet.exports.variance import refuse_existing, write_variance

        target = Path(path)
        refuse_existing(target, overwrite=overwrite)
        with self._register.reading() as session:
            row = stocktakes.get_stocktake(session, stocktake_id)
            found = stocktakes.count(session, row, now=self._register.clock())
        return f"{target} ({numbered(write_variance(target, found), 'line')})"

    def _resolved(self, session: Any, where: Whereabouts, owner: int | None) -> tuple[int | None, int | None]:
        site = holder = None
        if where.site:
            try:
                site = keys.place_by_name(session, "site", where.site, within=owner)
            except NotFound:
                site = keys.place_by_name(session, "site", where.site)
        if where.holder:
            holder = keys.person_by_key(session, where.holder).id
        return site, holder

    def _about(self, session: Any, device_id: int) -> str:
        rows = list_devices(session, DeviceQuery(ids=[device_id]), now=self._register.clock())
        row = rows[0]
        parts = (row.model or row.kind, row.holder or label(row.status).lower(), row.team or row.site)
        return " · ".join(part for part in parts if part)

    def _nearest(self, session: Any, scanned: str) -> str | None:
        try:
            device_id = keys.device_by_key(session, scanned, now=self._register.clock())
        except FleetError as error:
            near = error.facts.get("nearest") or error.facts.get("matches")
            return f"Nearest: {', '.join(str(one) for one in near[:3])}" if isinstance(near, list) and near else None
        return f"Perhaps {stocktakes.device_name(session, device_id)}?"


def _told(row: stocktakes.StocktakeRow) -> Stocktaking:
    return Stocktaking(row.id, row.title, row.scope_text, row.opened_at, row.opened_by, row.expected, row.closed_at)


def _amiss(one: stocktakes.CountedDevice) -> Amiss:
    should = f"should be with {one.holder}" if one.holder else f"should be at {one.site}" if one.site else ""
    parts = [
        should if one.expected else f"register: {one.status.replace('_', ' ')}",
        f"seen with {one.seen_with}" if one.seen_with else "",
        f"seen at {one.seen_at}" if one.seen_at else "",
    ]
    return Amiss(one.outcome, one.device, one.model or one.kind, ", ".join(part for part in parts if part), one.grade)


def _closing(closed: commands.Closed) -> str:
    counts = closed.count.counts
    seen = counts["expected"] - counts["missing"]
    left = f"; {closed.decided:,} stay as people decided before" if closed.decided else ""
    return (
        f"{seen:,} of {counts['expected']:,} seen, {counts['missing']:,} {OUTCOMES['missing']}: "
        f"{numbered(closed.raised, 'finding')} for those without any evidence{left}."
    )
