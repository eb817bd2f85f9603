"""`fleet stock`, `fleet loans`, `fleet starters`, `fleet leavers`."""

from datetime import date
from pathlib import Path

import click

from fleet.cli.arguments import DAY
from fleet.cli.output import inert, print_json, say, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import UsageProblem


@click.command()
@click.option("--free", "first", type=DAY, help="What can be had from this day on.")
@click.option("--until", "last", type=DAY, help="To this day; the same day by default.")
@click.option("--kind", type=click.Choice(["ipad", "iphone", "thin_client", "other"]), help="Only this kind.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def stock(surroundings: Surroundings, first: date | None, last: date | None, kind: str | None, as_json: bool) -> None:
    """What lies in stock, by site and model; or with --free, the very devices nobody has reserved."""
    from fleet.queries.stock import free_devices
    from fleet.queries.stock import stock as in_stock

    with surroundings.read() as session:
        if first is not None:
            if last is not None and last < first:
                raise UsageProblem("--until is before --free.")
            free = free_devices(session, first=first, last=last or first, kind=kind)
            if as_json:
                print_json(
                    [
                        {"device": one.device, "model": one.model, "site": one.site, "organisation": one.organisation}
                        for one in free
                    ]
                )
                return
            table(
                ("Device", "Model", "Site", "Organisation"),
                [(one.device, one.model, one.site, one.organisation) for one in free],
            )
            click.echo(f"\n{len(free):,} free")
            return
        rows = [row for row in in_stock(session) if kind in (None, row.kind)]
    if as_json:
        keys = ("organisation", "site", "model", "kind", "in_stock", "prepared", "reserved")
        print_json([{key: getattr(row, key) for key in keys} for row in rows])
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


@click.command()
@click.option("--overdue", is_flag=True, help="Only what is overdue.")
@click.option("--within", type=click.IntRange(0), help="Only what is due within so many days.")
@click.option(
    "--letters",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write one reminder per holder into this folder.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def loans(surroundings: Surroundings, overdue: bool, within: int | None, letters: Path | None, as_json: bool) -> None:
    """Loans by the day they are due back."""
    from fleet.clock import london_date
    from fleet.domain.letters import overdue_letter
    from fleet.domain.wording import day_text
    from fleet.queries.stock import digest
    from fleet.queries.stock import loans as open_loans

    today = london_date(surroundings.now)
    with surroundings.read() as session:
        rows = open_loans(session, today=today, within=within, overdue_only=overdue)
    if letters is not None:
        texts = []
        for holder, upn, items in digest(rows):
            listed = [
                (
                    f"{one.device}, {one.model or 'device'}",
                    f"due {day_text(one.due_on)}" + (", overdue" if one.days_over > 0 else ""),
                )
                for one in items
            ]
            texts.append((upn or holder, overdue_letter(holder, listed, today=today)))
        _write_letters(letters, "loan", texts)
        return
    if as_json:
        keys = (
            "device",
            "model",
            "holder",
            "holder_upn",
            "manager",
            "team",
            "organisation",
            "issued_on",
            "due_on",
            "days_over",
        )
        print_json([{key: getattr(row, key) for key in keys} for row in rows])
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
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def starters(surroundings: Surroundings, since: int, as_json: bool) -> None:
    """New people, and how far their device has come: nothing, reserved, prepared, issued, not enrolled, enrolled."""
    from fleet.clock import london_date
    from fleet.queries.joiners_leavers import starters as new_people

    with surroundings.read() as session:
        rows = new_people(session, today=london_date(surroundings.now), since=since)
    if as_json:
        keys = ("name", "upn", "organisation", "team", "manager", "start_on", "device", "stage")
        print_json([{key: getattr(row, key) for key in keys} for row in rows])
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
        f"\n{len(rows):,} people, {sum(row.stage == 'not enrolled' for row in rows):,} with a device that is not enrolled"
    )


@click.command()
@click.option(
    "--letters",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write one chase letter per manager into this folder.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, for a mail merge.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def leavers(surroundings: Surroundings, letters: Path | None, as_csv: bool, as_json: bool) -> None:
    """People who left and still hold something, with days and cost, by manager."""
    from fleet.clock import london_date
    from fleet.queries.joiners_leavers import leavers_holding
    from fleet.queries.joiners_leavers import letters as by_manager

    today = london_date(surroundings.now)
    with surroundings.read() as session:
        rows = leavers_holding(session, today=today)
    keys = ("manager", "manager_upn", "name", "upn", "team", "organisation", "left_on", "days", "device", "model", "price_pence",
            "monthly_pence")  # fmt: skip
    if letters is not None:
        _write_letters(letters, "leavers", [
            (upn or manager or "no-manager", _chase(manager, items, today)) for manager, upn, items in by_manager(rows)
        ])  # fmt: skip
        return
    if as_csv:
        _print_csv(keys, [[getattr(row, key) for key in keys] for row in rows])
        return
    if as_json:
        print_json([{key: getattr(row, key) for key in keys} for row in rows])
        return
    table(
        ("Manager", "Leaver", "Left", "Days", "Device", "Model", "Value", "Line a month", "Organisation"),
        [
            (row.manager or "–", row.name, f"{row.left_on:%d %b %Y}" if row.left_on else "–", row.days, row.device, row.model,
             f"£{row.price_pence / 100:,.2f}" if row.price_pence is not None else "–", f"£{row.monthly_pence / 100:,.2f}",
             row.organisation)
            for _, _, items in by_manager(rows) for row in items
        ],
        right=(3, 6, 7),
    )  # fmt: skip
    value = sum(row.price_pence or 0 for row in rows) / 100
    click.echo(
        f"\n{len(rows):,} devices with {len({row.person_id for row in rows}):,} leavers, bought for £{value:,.2f}"
    )


def _chase(manager: str, items: list, today: date) -> str:  # type: ignore[type-arg]
    from fleet.domain.letters import chase_letter
    from fleet.domain.wording import day_text

    listed = [
        (f"{one.device}, {one.model or 'device'}",
         f"with {one.name}, who left" + (f" on {day_text(one.left_on)} ({one.days} days ago)" if one.left_on else ""))
        for one in items
    ]  # fmt: skip
    return chase_letter(manager, items[0].organisation_name, listed, today=today)


def _write_letters(folder: Path, kind: str, letters: list[tuple[str, str]]) -> None:
    """One text file per letter; never over an existing one."""
    import re

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in letters:
        path = folder / f"{kind}-{re.sub(r'[^A-Za-z0-9.@-]+', '-', name)}.txt"
        if path.exists():
            raise UsageProblem(f"{path} exists. Name an empty folder.")
        path.write_text(text, encoding="utf-8")
    say(f"{len(letters)} letters are in {folder}.")


def _print_csv(headers: tuple[str, ...], rows: list[list[object]]) -> None:
    import csv
    import sys

    from importers.problems import inert as formula_free

    writer = csv.writer(sys.stdout)
    writer.writerow(headers)
    writer.writerows([["" if cell is None else formula_free(inert(cell)) for cell in row] for row in rows])
