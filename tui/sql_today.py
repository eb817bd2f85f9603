"""The morning's page and the run sheet, from the queries. Imported when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from fleet.clock import london_date
from fleet.config import Config
from fleet.domain.byod import WAITS
from fleet.domain.incidents import ENDS, STEPS
from fleet.domain.wording import value_text
from fleet.queries import apple, byod, findings, incidents, joiners_leavers, outbox, stock, summary
from tui.dates import say_age, say_day
from tui.run_sheet import RunSheet, SheetStep
from tui.today import Bar, OpenIncident, Pile, Target, TenantAge, Today, Waiting

NAMED = 20
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
        piles=[
            *_to_confirm(session, now),
            _loans(session, today),
            _leavers(session, today),
            _starters(session, today),
            *_ending(session, today),
            *_own_devices(session, today),
        ],
        severities=dict(known.findings),
        drift=[
            Bar(one.title, one.open, Target("findings", group=one.rule), one.severity)
            for one in findings.finding_groups(session)
        ],
        stock=_stock(session),
        tenants=[
            *(_tenant(one, config) for one in known.tenants),
            *(_account(one, config) for one in apple.account_states(session)),
        ],
    )


def _to_confirm(session: Any, now: datetime) -> list[Pile]:
    """Remote actions that wait for somebody to confirm them, oldest first; no line where there is none."""
    asked = [one for one in outbox.list_orders(session, open_only=True, limit=None) if one.state == "asked"]
    rows = sorted(asked, key=lambda one: one.asked_at)
    items = [
        Waiting(one.device, f"{one.title}, asked by {one.asked_by}", say_age(one.asked_at, now), Target("outbox"))
        for one in rows[:NAMED]
    ]
    title = "Remote actions to be confirmed"
    return [Pile(title, len(rows), items, Target("outbox"), "Nothing waits.")] if rows else []


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


def _ending(session: Any, today: date) -> list[Pile]:
    """Tokens, certificates and credentials that end soon or do not work; no line where there is none."""
    rows = apple.endings(session)
    items = [
        Waiting(one.tenant, one.what, _ends(one.until, today), Target("findings", group=one.rule))
        for one in rows[:NAMED]
    ]
    title = "Tokens and credentials that end"
    return [Pile(title, len(rows), items, items[0].target, "Nothing ends soon.")] if rows else []


def _own_devices(session: Any, today: date) -> list[Pile]:
    """What staff's own devices wait for, a line each that lists them; no line where nothing waits."""
    kinds = byod.waiting(session, today)
    items = [
        Waiting(WAITS[one.kind], _owners(one), _own_note(one, today), Target("own_devices", group=one.kind))
        for one in kinds
    ]
    target = Target("own_devices", group="attention")
    return (
        [Pile("Own devices", sum(one.count for one in kinds), items, target, "Nothing waits.", kinds=True)]
        if kinds
        else []
    )


def _owners(one: byod.OwnWaiting) -> str:
    more = one.count - 1
    return one.people[0] + (f" and {more:,} more" if more else "")


def _own_note(one: byod.OwnWaiting, today: date) -> str:
    if one.kind == "consents":
        first = f"{one.overdue:,} ended or missing" if one.overdue else f"first {say_day(one.day, today)}"
        return f"{first} · {one.count:,}"
    return f"since {say_day(one.day, today)} · {one.count:,}" if one.day else f"{one.count:,}"


def _ends(until: date | None, today: date) -> str:
    if until is None:
        return "not working"
    left = (until - today).days
    day = say_day(until, today)
    return f"ended {day}" if left < 0 else f"ends {day}" if left < 2 else f"{day} · in {_days(left)}"


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


def _account(one: apple.AccountState, config: Config) -> TenantAge:
    configured = config.organisations.get(one.organisation)
    failed = one.last_state in ("failed", "refused", "killed")
    name = f"Apple, {configured.name if configured else one.account}"
    return TenantAge(f"apple:{one.account}", name, one.last_complete_at, failed, one.last_error if failed else None)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number:,} days"


def read_sheet(session: Any, device_id: int, config: Config | None = None) -> RunSheet:
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
    to_do = [SheetStep(one.key, one.title, f"{one.how}{_remotely(sheet, one.key, config)}") for one in sheet.to_do]
    return RunSheet(
        device_id=device_id, device=row.device, kind=row.kind, reported_at=row.reported_at, occurred_on=row.occurred_on,
        closed_at=row.closed_at, facts=_facts(sheet), steps=[*done, *to_do],
    )  # fmt: skip


def _remotely(sheet: incidents.RunSheet, step: str, config: Config | None) -> str:
    """Which of a step's actions Intune can be asked for from here, or whom to ask where none can."""
    from fleet.domain.facts import OWN_DEVICE
    from fleet.domain.remote import ACTIONS
    from fleet.domain.remote.steps import actions_of_step

    actions = actions_of_step(step, supervised=sheet.supervised, personal=sheet.row.device == OWN_DEVICE)
    if not actions or config is None:
        return ""
    tenant = config.tenants.get(sheet.tenant or "")
    if tenant is None or tenant.actions is None:
        return f" Remote actions are off here: ask {config.actions.ask}."
    return f" ⇧F11: {', '.join(ACTIONS[one].title.lower() for one in actions)}."


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
