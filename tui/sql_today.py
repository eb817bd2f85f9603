"""The morning's page and the run sheet, from the queries. Imported when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from fleet.clock import london_date
from fleet.config import Config
from fleet.domain.incidents import ENDS, STEPS
from fleet.domain.wording import value_text
from fleet.queries import findings, incidents, joiners_leavers, stock, summary
from tui.dates import say_day
from tui.run_sheet import RunSheet, SheetStep
from tui.today import Bar, OpenIncident, Pile, Target, TenantAge, Today, Waiting

NAMED = 4
"""Things of a pile that are named."""
SOON = 7
"""Days within which a loan is due soon."""
WITHOUT = ("nothing", "reserved", "prepared", "not enrolled")
"""Stages in which a starter can't work yet."""


def read_today(session: Any, now: datetime, config: Config) -> Today:
    """Everything that waits, read in one session."""
    today = london_date(now)
    known = summary.summary(session)
    return Today(
        day=today,
        incidents=[
            OpenIncident(
                one.device_id,
                one.device,
                one.kind,
                one.model,
                one.holder,
                one.reported_at,
                one.steps_done,
                one.dpo_told_at,
            )
            for one in sorted(incidents.list_incidents(session), key=lambda one: one.reported_at)
        ],
        piles=[_loans(session, today), _leavers(session, today), _starters(session, today)],
        severities=dict(known.findings),
        drift=[
            Bar(one.title, one.open, Target("findings", group=one.rule), one.severity)
            for one in findings.finding_groups(session)
        ],
        stock=_stock(session),
        tenants=[_tenant(one, config) for one in known.tenants],
    )


def _loans(session: Any, today: date) -> Pile:
    rows = stock.loans(session, today=today, overdue_only=True)
    soon = len(stock.loans(session, today=today, within=SOON)) - len(rows)
    items = [
        Waiting(one.device, one.holder, f"{_days(one.days_over)} late", Target("device", id=one.device_id))
        for one in rows[:NAMED]
    ]
    noted = f"{soon:,} more due within a week" if soon else ""
    return Pile("Overdue loans", len(rows), items, Target("devices", "due:overdue"), "No loan is overdue.", noted)


def _leavers(session: Any, today: date) -> Pile:
    rows = joiners_leavers.leavers_holding(session, today=today)
    items = [
        Waiting(
            one.name, one.device, f"left {_days(one.days)} ago" if one.days is not None else "left",
            Target("person", id=one.person_id),
        )
        for one in rows[:NAMED]
    ]  # fmt: skip
    worth = sum(one.price_pence or 0 for one in rows)
    noted = f"{value_text('price_pence', worth)} when bought" if worth else ""
    target = Target("devices", "finding:leaver-holds")
    return Pile("Leavers who still hold something", len(rows), items, target, "Nobody who left holds anything.", noted)


def _starters(session: Any, today: date) -> Pile:
    rows = [one for one in joiners_leavers.starters(session, today=today) if one.stage in WITHOUT]
    items = [
        Waiting(one.name, one.team, _stage(one, today), Target("person", id=one.person_id)) for one in rows[:NAMED]
    ]
    first = rows[0] if rows else None
    target = Target("people", first.name if first and len(rows) == 1 else "")
    return Pile("Starters without a working device", len(rows), items, target, "Every starter has a device.")


def _stage(one: joiners_leavers.StarterRow, today: date) -> str:
    stage = {"nothing": "nothing yet", "not enrolled": "issued, not enrolled"}.get(one.stage, one.stage)
    if one.start_on is None:
        return stage
    return f"{stage}, {'starts' if one.start_on > today else 'started'} {say_day(one.start_on, today)}"


def _stock(session: Any) -> list[Bar]:
    free: dict[tuple[str, str], int] = {}
    for row in stock.stock(session):
        key = (row.kind, row.model or "")
        free[key] = free.get(key, 0) + row.in_stock + row.prepared
    return [
        Bar(model or kind, number, Target("devices", _stock_search(kind, model)))
        for (kind, model), number in sorted(free.items(), key=lambda one: (-one[1], one[0]))
    ]


def _stock_search(kind: str, model: str) -> str:
    named = f'model:"{model}"' if model and '"' not in model else ""
    return f"status:in_stock kind:{kind} {named}".strip()


def _tenant(one: summary.TenantState, config: Config) -> TenantAge:
    configured = config.organisations.get(one.organisation)
    failed = one.last_state in ("failed", "refused", "killed")
    name = configured.name if configured else one.tenant
    return TenantAge(one.tenant, name, one.last_complete_at, failed, one.last_error if failed else None)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number:,} days"


def read_sheet(session: Any, device_id: int) -> RunSheet:
    """The newest incident of a device."""
    sheet = incidents.run_sheet(session, device_id)
    row = sheet.row
    titles = {one.key: one for one in STEPS}
    done = [
        SheetStep(
            one.key, titles[one.key].title if one.key in titles else ENDS.get(one.key, one.key), "", one.at, one.by, one.note
        )
        for one in sheet.done
    ]  # fmt: skip
    to_do = [SheetStep(one.key, one.title, one.how) for one in sheet.to_do]
    return RunSheet(
        device_id=device_id, device=row.device, kind=row.kind, reported_at=row.reported_at, occurred_on=row.occurred_on,
        closed_at=row.closed_at, facts=_facts(sheet), steps=[*done, *to_do],
    )  # fmt: skip


def _facts(sheet: incidents.RunSheet) -> Sequence[tuple[str, str]]:
    row = sheet.row
    enrolled = sheet.tenant is not None
    facts = (
        ("Holder", f"{row.holder or 'nobody'}" + (f" · {sheet.holder_upn}" if sheet.holder_upn else "")),
        ("Manager", sheet.manager),
        ("Model", row.model),
        ("Number", ", ".join(sheet.numbers)),
        ("SIM", ", ".join(sheet.iccids)),
        ("Serial", sheet.serial),
        ("IMEI", sheet.imei),
        ("Supervised", _known("supervised", sheet.supervised) if enrolled else "not in Intune"),
        ("Encrypted", _known("encrypted", sheet.encrypted) if enrolled else "not in Intune"),
        ("Reference", row.reference),
        (
            "Value at loss",
            value_text("price_pence", row.value_pence) if row.value_pence is not None else "not recorded",
        ),
    )
    return [(label, value) for label, value in facts if value]


def _known(name: str, value: bool | None) -> str:
    return value_text(name, value) if value is not None else "not known"
