"""The card of a person beside what they hold: lines, own devices, receipts, open findings."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.output import inert

if TYPE_CHECKING:
    from datetime import date

    from fleet.queries.person_cards import PersonCard


def card_json(card: "PersonCard") -> dict[str, Any]:
    """The keys that a card adds to the document of a person."""
    return {
        "lines": [
            {"number": one.number, "carrier": one.carrier, "tariff": one.tariff, "monthly_pence": one.monthly_pence,
             "billed_on": one.billed_on, "iccid": one.iccid, "device": one.device}
            for one in card.lines
        ],
        "own_devices": [
            {"id": one.id, "model": one.model, "os_version": one.os_version, "state": one.state,
             "consent_on": one.consent_on, "consent_until": one.consent_until}
            for one in card.own_devices
        ],
        "receipts": [
            {"number": one.id, "kind": one.kind, "state": one.state, "made_at": one.made_at, "accepted_at": one.accepted_at,
             "items": one.items}
            for one in card.receipts
        ],
        "reserved": [
            {"device": one.device, "model": one.model, "from_on": one.from_on, "until_on": one.until_on}
            for one in card.reserved
        ],
        "findings": [
            {"rule": one.rule, "severity": one.severity, "subject": one.subject, "sentence": one.sentence}
            for one in card.findings
        ],
    }  # fmt: skip


def print_card(card: "PersonCard", today: "date") -> None:
    """Each part that there is something of, under its heading."""
    for title, lines in (
        ("Reserved for them", _reserved(card)), ("Lines", _lines(card)), ("Own devices", _own(card, today)),
        ("Receipts", _receipts(card)), ("Open findings", _findings(card)),
    ):  # fmt: skip
        told = list(lines)
        if told:
            click.echo(f"\n{title}")
        for line in told:
            click.echo(f"  {inert(line)}")


def _reserved(card: "PersonCard") -> Iterator[str]:
    from fleet.domain.wording import day_text

    for one in card.reserved:
        until = f" to {day_text(one.until_on)}" if one.until_on else ""
        yield f"{one.device}  {one.model or ''}  from {day_text(one.from_on)}{until}"


def _lines(card: "PersonCard") -> Iterator[str]:
    from fleet.domain.wording import day_text

    for one in card.lines:
        cost = f"£{one.monthly_pence / 100:,.2f} a month" if one.monthly_pence is not None else None
        cost = f"{cost} (bill of {day_text(one.billed_on)})" if cost and one.billed_on else cost
        about = ", ".join(part for part in (one.carrier, one.tariff, cost, f"SIM {one.iccid}") if part)
        yield f"{one.number or 'no number'}  in {one.device}  {about}"


def _own(card: "PersonCard", today: "date") -> Iterator[str]:
    from fleet.domain.byod import OVER, next_step
    from fleet.domain.wording import day_text

    for one in card.own_devices:
        until = f" until {day_text(one.consent_until)}" if one.consent_until and one.state not in OVER else ""
        consent = f", consent on {day_text(one.consent_on)}{until}" if one.consent_on else ""
        wanted = next_step(one.position, today) if one.position else None
        yield f"{one.id}  {one.model or 'device'}  {one.os_version or ''}  {one.state}{consent}" + (
            f" → {wanted}" if wanted else ""
        )


def _receipts(card: "PersonCard") -> Iterator[str]:
    from fleet.clock import london_date
    from fleet.domain.wording import day_text

    for one in card.receipts:
        state = f"accepted {day_text(london_date(one.accepted_at))}" if one.accepted_at else "a draft, not accepted yet"
        yield f"{one.id}  {one.kind} of {one.items} item{'' if one.items == 1 else 's'}, {state}"


def _findings(card: "PersonCard") -> Iterator[str]:
    for one in card.findings:
        yield f"{one.severity:<7}{one.rule}  {one.subject}: {one.sentence}"
