"""How registrations of own devices are printed: the list, one of them, and the enrolments there are to link."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.output import inert, print_json, table
from fleet.domain.byod import ENDINGS, OVER, label, next_step, standing
from fleet.domain.wording import counted, day_text

if TYPE_CHECKING:
    from fleet.domain.records import EventRow
    from fleet.queries.byod import Candidate
    from fleet.queries.reports.own_devices import OwnDeviceRow

_KEYS = (
    "organisation", "person", "upn", "team", "kind", "model", "os_version", "said_kind", "said_model", "said_os",
    "purpose", "state", "requested_on", "approved_by", "approved_on", "refused_by", "refused_on", "terms_version",
    "consent_on", "consent_until", "ended_on", "ended_because", "enrolled", "apps_only", "device_id", "left",
)  # fmt: skip
CONSENT = {"-": "–", "none": "none", "valid": "valid", "ending": "ends soon", "ended": "ended"}


def document(row: "OwnDeviceRow", today: date) -> dict[str, Any]:
    """A registration for scripts; what has only work apps on it and no registration has no number."""
    facts = {name: getattr(row, name) for name in _KEYS}
    consent = standing(row.state, row.consent_until, today)
    told = {"consent": None if consent == "-" else consent, "next": next_step(row.position, today)}
    return {"id": row.id if row.id > 0 else None, **facts, **told}


def print_list(rows: "Sequence[OwnDeviceRow]", today: date, *, past: bool) -> None:
    """A line for each, and how many."""
    titles = ("No.", "Owner", "Device", "State", "Consent", "Until", "In Intune", "Next", "Organisation")
    lines = [
        (
            row.id if row.id > 0 else "–", row.person, row.called,
            label(row.state).lower() if row.id > 0 else "not asked for", CONSENT[standing(row.state, row.consent_until, today)],
            day_text(row.consent_until) if row.consent_until and row.state not in OVER else "–", _in_intune(row),
            next_step(row.position, today) or "–", row.organisation,
        )
        for row in rows
    ]  # fmt: skip
    kept = [at for at, title in enumerate(titles) if not past or title not in ("In Intune", "Next")]
    table([titles[at] for at in kept], [[line[at] for at in kept] for line in lines], right=(0,))
    waiting = sum(next_step(row.position, today) is not None for row in rows)
    click.echo(f"\n{counted(len(rows), 'own device')}" + ("" if past else f", {waiting:,} to be seen to"))


def _in_intune(row: "OwnDeviceRow") -> str:
    return "yes" if row.enrolled else "apps only" if row.apps_only else "no"


def print_registration(
    row: "OwnDeviceRow", offered: "Sequence[Candidate]", events: "Sequence[EventRow]", today: date, *, as_json: bool
) -> None:
    """Everything about one."""
    if as_json:
        print_json({
            **document(row, today), "candidates": [candidate_document(one) for one in offered],
            "history": [
                {"event": one.id, "at": one.recorded_at, "on": one.effective_at, "by": one.actor, "sentence": one.sentence,
                 "reason": one.reason}
                for one in events
            ],
        })  # fmt: skip
        return
    from fleet.clock import london_text

    click.echo(click.style(inert(f"{row.person}'s own device"), bold=True) + f"  registration {row.id}")
    for title, value in _facts(row, today):
        if value:
            click.echo(f"  {title + ':':<14}{inert(value)}")
    if offered and row.state not in OVER:
        click.echo("\nIn Intune, and not linked to a registration")
        for one in offered:
            click.echo(
                inert(f"  device {one.device_id}  {one.model or one.kind}  {one.os_version or ''}  {one.tenant}")
            )
    click.echo("\nHistory (newest first)")
    for event in events:
        why = f" – {event.reason}" if event.reason else ""
        click.echo(f"  {london_text(event.recorded_at)}  {inert(event.actor)}: {inert(event.sentence)}{inert(why)}")


def _facts(row: "OwnDeviceRow", today: date) -> Iterator[tuple[str, str | None]]:
    yield (
        "Owner",
        ", ".join(part for part in (row.person, row.upn, row.team) if part) + (" (has left)" if row.left else ""),
    )
    yield "Organisation", row.organisation
    yield "Device", " ".join(part for part in (row.called, row.os_version or row.said_os) if part)
    yield "Wanted for", row.purpose
    yield "State", label(row.state)
    yield "Requested", day_text(row.requested_on) if row.requested_on else None
    yield "Approved", _by(row.approved_by, row.approved_on)
    yield "Refused", _by(row.refused_by, row.refused_on)
    yield (
        "Terms",
        f"{row.terms_version}, accepted {day_text(row.consent_on)}" if row.terms_version and row.consent_on else None,
    )
    if row.consent_until is not None:
        now = standing(row.state, row.consent_until, today)
        yield "Consent", f"until {day_text(row.consent_until)}" + (f" ({CONSENT[now]})" if now != "-" else "")
    if row.ended_because is not None and row.ended_on is not None:
        yield "Ended", f"{day_text(row.ended_on)}: {ENDINGS.get(row.ended_because, row.ended_because)}"
    yield "In Intune", _in_intune(row)
    yield "Next", next_step(row.position, today)


def _by(who: str | None, day: date | None) -> str | None:
    if day is None:
        return who
    return f"{day_text(day)} by {who}" if who else day_text(day)


def candidate_document(one: "Candidate") -> dict[str, Any]:
    """An enrolment for scripts: nothing that says more of the device than which it is."""
    names = ("device_id", "intune_id", "tenant", "kind", "model", "os_version", "enrolled_at", "last_seen")
    return {name: getattr(one, name) for name in names}


def candidates_table(
    rows: "Sequence[OwnDeviceRow]", offered: "Mapping[int, Sequence[Candidate]]", now: datetime, *, as_json: bool
) -> None:
    """What the owners of some registrations enrolled and nothing has yet."""
    if as_json:
        print_json([
            {"id": row.id, "person": row.person, "candidates": [candidate_document(one) for one in offered.get(row.person_id, ())]}
            for row in rows
        ])  # fmt: skip
        return
    lines = [
        (row.id, row.person, one.device_id, one.model or one.kind, one.os_version or "–",
         day_text(one.enrolled_at.date()) if one.enrolled_at else "–",
         f"{max((now - one.last_seen).days, 0)} days ago" if one.last_seen else "–", one.tenant)
        for row in rows
        for one in offered.get(row.person_id, ())
    ]  # fmt: skip
    if lines:
        table(("No.", "Owner", "Device", "Model", "OS", "Enrolled", "Seen", "Tenant"), lines, right=(0, 2))
        click.echo(
            "\nNothing was linked. Link one with: fleet byod enrol NUMBER --to DEVICE; or with --only, where there is one."
        )
    else:
        click.echo("Intune has no own device of theirs that is not linked yet. Let them enrol it, sync, then link it.")
