"""`fleet stock`, `fleet loans`, `fleet starters`, `fleet leavers`."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.arguments import DAY
from fleet.cli.digests import DUE_SOON, leaver_documents, loan_documents, print_csv, tell_digests, to_folder
from fleet.cli.output import print_json, table
from fleet.cli.past import as_at_option, asked_day, documents, tell_day
from fleet.cli.surroundings import Surroundings
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from fleet.queries.joiners_leavers import LeaverRow


@click.command()
@click.option("--free", "first", type=DAY, help="What can be had from this day on.")
@click.option("--until", "last", type=DAY, help="To this day; the same day by default.")
@click.option("--partly", is_flag=True, help="With --free: also what is free on some of the days, with those days.")
@click.option("--kind", type=click.Choice(["ipad", "iphone", "thin_client", "other"]), help="Only this kind.")
@as_at_option("What lay in stock")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def stock(
    surroundings: Surroundings, first: date | None, last: date | None, partly: bool, kind: str | None, as_at: date | None,
    as_json: bool,
) -> None:  # fmt: skip
    """What lies in stock, by site and model; or with --free, the very devices nobody has reserved."""
    from fleet.queries.custody_as_at import stock_as_at
    from fleet.queries.stock import stock as in_stock

    as_at = asked_day(surroundings, as_at, free=first)
    if first is not None:
        _free(surroundings, first, last or first, partly, kind, as_json)
        return
    if last is not None or partly:
        raise UsageProblem("--until and --partly go with --free: from which day on?")
    with surroundings.read() as session:
        found = in_stock(session) if as_at is None else stock_as_at(session, as_at)
        rows = [row for row in found if kind in (None, row.kind)]
        if as_at is not None and not as_json:
            tell_day(session, as_at)
    if as_json:
        print_json(
            documents(rows, ("organisation", "site", "model", "kind", "in_stock", "prepared", "reserved"), as_at)
        )
        return
    table(
        ("Organisation", "Site", "Model", "In stock", "Prepared", "Reserved"),
        [
            (row.organisation, row.site or "–", row.model or row.kind, row.in_stock, row.prepared, row.reserved)
            for row in rows
        ],
        right=(3, 4, 5),
    )
    click.echo(f"\n{sum(row.in_stock for row in rows):,} in stock, {sum(row.prepared for row in rows):,} prepared")


def _free(surroundings: Surroundings, first: date, last: date, partly: bool, kind: str | None, as_json: bool) -> None:
    from fleet.clock import london_date
    from fleet.domain.wording import day_text
    from fleet.queries.stock import free_devices, partly_free

    if last < first:
        raise UsageProblem("--until is before --free.")
    if first < (today := london_date(surroundings.now)):
        raise UsageProblem(f"{day_text(first)} has passed. What lay in stock then: fleet stock --as-at {first}")
    with surroundings.read() as session:
        if partly:
            rows = partly_free(session, first=first, last=last, today=today, kind=kind)
        else:
            rows = free_devices(session, first=first, last=last, kind=kind)
    if as_json:
        print_json([
            {"device": one.device, "model": one.model, "site": one.site, "organisation": one.organisation,
             "days": [{"from": start, "until": end} for start, end in one.days or ((first, last),)]}
            for one in rows
        ])  # fmt: skip
        return
    table(
        ("Device", "Model", "Site", "Free", "Organisation"),
        [
            (one.device, one.model, one.site or "–",
             ", ".join(f"{day_text(start)} – {day_text(end)}" if end > start else day_text(start)
                       for start, end in one.days or ((first, last),)),
             one.organisation)
            for one in rows
        ],
    )  # fmt: skip
    click.echo(f"\n{len(rows):,} free")


@click.command()
@click.option("--overdue", is_flag=True, help="Only what is overdue.")
@click.option("--within", type=click.IntRange(0), help="Only what is due within so many days; 14 in a digest.")
@click.option(
    "--digest",
    "to",
    type=click.Choice(["holder", "manager"]),
    help="One digest for each holder, or each manager, of what is due soon or overdue.",
)
@click.option("--letters", type=to_folder, help="Write the digests as files into this folder; for holders if not said.")
@as_at_option("What was on loan")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, for a mail merge.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def loans(
    surroundings: Surroundings, overdue: bool, within: int | None, to: str | None, letters: Path | None, as_at: date | None,
    as_csv: bool, as_json: bool,
) -> None:  # fmt: skip
    """Loans by the day they are due back."""
    from fleet.clock import london_date
    from fleet.queries.custody_as_at import loans_as_at
    from fleet.queries.stock import digest
    from fleet.queries.stock import loans as open_loans

    today, as_at = london_date(surroundings.now), asked_day(surroundings, as_at, letters=letters, digest=to)
    if letters is not None or to is not None:
        to, within = to or "holder", DUE_SOON if within is None else within
    with surroundings.read() as session:
        if as_at is None:
            rows = open_loans(session, today=today, within=within, overdue_only=overdue)
        else:
            rows = loans_as_at(session, as_at, within=within, overdue_only=overdue)
            if not (as_json or as_csv):
                tell_day(session, as_at)
    if to is not None:
        found = loan_documents(digest(rows, to), to, today)
        tell_digests(found, "loan", folder=letters, as_csv=as_csv, as_json=as_json)
        return
    keys = ("device", "model", "holder", "holder_upn", "manager", "manager_upn", "team", "organisation", "issued_on", "due_on",
            "days_over")  # fmt: skip
    if as_csv:
        print_csv(keys, [[getattr(row, key) for key in keys] for row in rows])
        return
    if as_json:
        print_json(documents(rows, keys, as_at))
        return
    table(
        ("Due", "Over by", "Device", "Model", "Holder", "Manager", "Organisation"),
        [
            (f"{row.due_on:%d %b %Y}", f"{row.days_over} days" if row.days_over > 0 else "–", row.device, row.model, row.holder,
             row.manager or "–", row.organisation)
            for row in rows
        ],
        right=(1,),
    )  # fmt: skip
    click.echo(f"\n{len(rows):,} loans, {sum(row.days_over > 0 for row in rows):,} overdue")


@click.command()
@click.option("--since", default=30, show_default=True, type=click.IntRange(0), help="Started within so many days.")
@as_at_option("Who was new, and how far their device had come,")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def starters(surroundings: Surroundings, since: int, as_at: date | None, as_json: bool) -> None:
    """New people, and how far their device has come: nothing, reserved, prepared, issued, not enrolled, enrolled."""
    from fleet.clock import london_date
    from fleet.queries.custody_as_at import starters_as_at
    from fleet.queries.joiners_leavers import starters as new_people

    as_at = asked_day(surroundings, as_at)
    with surroundings.read() as session:
        if as_at is None:
            rows = new_people(session, today=london_date(surroundings.now), since=since)
        else:
            rows = starters_as_at(session, as_at, since=since)
            if not as_json:
                tell_day(session, as_at)
    if as_json:
        keys = ("name", "upn", "organisation", "team", "manager", "start_on", "device", "stage")
        print_json(documents(rows, keys, as_at))
        return
    table(
        ("Starts", "Name", "Team", "Manager", "Device", "Stage", "Organisation"),
        [
            (f"{row.start_on:%d %b %Y}" if row.start_on else "–", row.name, row.team or "–", row.manager or "–", row.device or "–",
             row.stage, row.organisation)
            for row in rows
        ],
    )  # fmt: skip
    click.echo(
        f"\n{len({row.person_id for row in rows}):,} people, "
        f"{len({row.person_id for row in rows if row.stage == 'not enrolled'}):,} with a device that is not enrolled"
    )


@click.command()
@click.option("--by-manager", is_flag=True, help="One chase letter for each manager, as text, CSV or JSON.")
@click.option("--letters", type=to_folder, help="Write the chase letters as files into this folder.")
@click.option("--own", is_flag=True, help="Only their own devices that something is still to be done about.")
@as_at_option("Who had left, and what they still had,")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, for a mail merge.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def leavers(
    surroundings: Surroundings, by_manager: bool, letters: Path | None, own: bool, as_at: date | None, as_csv: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """People who left and still hold something, with days and cost, by manager; and what their own devices need."""
    from fleet.clock import london_date
    from fleet.queries.custody_as_at import leavers_as_at
    from fleet.queries.joiners_leavers import leavers_holding
    from fleet.queries.joiners_leavers import letters as digests

    today = london_date(surroundings.now)
    as_at = asked_day(surroundings, as_at, letters=letters, by_manager=by_manager, own=own)
    if own and (by_manager or letters is not None):
        raise UsageProblem("--own goes with neither --by-manager nor --letters: their owners are asked, not managers.")
    if own:
        _leavers_own(surroundings, today, as_csv=as_csv, as_json=as_json)
        return
    with surroundings.read() as session:
        rows = leavers_holding(session, today=today) if as_at is None else leavers_as_at(session, as_at)
        if as_at is not None and not (as_json or as_csv):
            tell_day(session, as_at)
    if by_manager or letters is not None:
        tell_digests(leaver_documents(digests(rows), today), "leavers", folder=letters, as_csv=as_csv, as_json=as_json)
        return
    keys = ("manager", "manager_upn", "name", "upn", "team", "organisation", "left_on", "days", "device", "model", "price_pence",
            "monthly_pence", "line_cost_pence")  # fmt: skip
    if as_csv:
        print_csv(keys, [[getattr(row, key) for key in keys] for row in rows])
        return
    if as_json:
        print_json(documents(rows, keys, as_at))
        return
    _leavers_table(rows)
    if as_at is None:
        _leavers_own(surroundings, today)


def _leavers_table(rows: "Sequence[LeaverRow]") -> None:
    """What leavers hold, by manager, and what it costs."""
    from fleet.queries.joiners_leavers import letters as digests

    table(
        ("Manager", "Leaver", "Left", "Days", "Device", "Model", "Value", "Line a month", "Since", "Organisation"),
        [
            (row.manager or "–", row.name, f"{row.left_on:%d %b %Y}" if row.left_on else "–", row.days, row.device, row.model,
             f"£{row.price_pence / 100:,.2f}" if row.price_pence is not None else "–", f"£{row.monthly_pence / 100:,.2f}",
             f"£{row.line_cost_pence / 100:,.2f}" if row.line_cost_pence is not None else "–", row.organisation)
            for one in digests(rows) for row in one.items
        ],
        right=(3, 6, 7, 8),
    )  # fmt: skip
    value, monthly = sum(row.price_pence or 0 for row in rows) / 100, sum(row.monthly_pence for row in rows) / 100
    people = len({row.person_id for row in rows})
    click.echo(
        f"\n{len(rows):,} device{'' if len(rows) == 1 else 's'} with {people:,} leaver{'' if people == 1 else 's'}, "
        f"bought for £{value:,.2f}; "
        f"their lines cost £{monthly:,.2f} a month"
    )


_OWN = ("id", "person", "upn", "team", "organisation", "called", "state", "consent_until", "enrolled")


def _leavers_own(surroundings: Surroundings, today: date, *, as_csv: bool = False, as_json: bool = False) -> None:
    """Leavers' own devices, and what each needs; below the list of what they hold only where there are any."""
    from fleet.domain.byod import next_step
    from fleet.domain.wording import counted
    from fleet.queries.byod import leavers_own_devices

    with surroundings.read() as session:
        rows = leavers_own_devices(session, today)
    lines = [[getattr(row, name) for name in _OWN] + [next_step(row.position, today)] for row in rows]
    if as_csv:
        print_csv((*_OWN, "next"), lines)
    elif as_json:
        print_json([dict(zip((*_OWN, "next"), line, strict=True)) for line in lines])
    elif rows:
        click.echo("\nTheir own devices")
        table(
            ("No.", "Leaver", "Device", "State", "In Intune", "Next", "Organisation"),
            [
                (row.id, row.person, row.called, row.state, "yes" if row.enrolled else "no",
                 next_step(row.position, today), row.organisation)
                for row in rows
            ],
            right=(0,),
        )  # fmt: skip
        click.echo(f"\n{counted(len(rows), 'own device')} of people who left: fleet byod end NUMBER --because left")
