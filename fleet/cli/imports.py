"""`fleet import`: preview first, then apply the same bytes."""

from pathlib import Path
from typing import Any

import click

from fleet.cli.output import inert, print_json, say, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import BadFile, UsageProblem

SHOWN = 15
SHOWN_VALUE = 40


@click.command(name="import")
@click.argument("file", required=False)
@click.option("--as", "layout", help="Read it as this layout instead of the recognised one.")
@click.option("--map", "mapped", multiple=True, help='Say what a column means: --map "Header=field"; may be repeated.')
@click.option("--sheet", help="The sheet of a workbook.")
@click.option("--header-row", type=click.IntRange(1), help="The row that holds the headers, where it is not found.")
@click.option("--organisation", help="Owner of the rows that name none.")
@click.option("--create", is_flag=True, help="Make sites, teams and models that the register does not know.")
@click.option("--accept", multiple=True, metavar="CODE", help="Take the proposals of a problem, as --json names it.")
@click.option(
    "--erase", multiple=True, metavar="FIELD", help="Let blank cells of this field take away what is recorded."
)
@click.option("--preview", is_flag=True, help="Show what would be done and write nothing.")
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.option(
    "--confirm", type=int, help="The number of devices that it takes out of use, when that is many; needs a --reason."
)
@click.option("--reason", help="Why; kept in history.")
@click.option(
    "--rejected",
    "rejected_to",
    type=click.Path(path_type=Path),
    help="Write rejected rows, with reasons, to this file.",
)
@click.option("--list", "list_layouts", is_flag=True, help="List the layouts that are understood.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def import_file(
    ctx: click.Context, file: str | None, layout: str | None, mapped: tuple[str, ...], sheet: str | None, header_row: int | None,
    organisation: str | None, create: bool, accept: tuple[str, ...], erase: tuple[str, ...], preview: bool, yes: bool,
    confirm: int | None, reason: str | None, rejected_to: Path | None, list_layouts: bool, as_json: bool,
) -> None:  # fmt: skip
    """Preview a spreadsheet (CSV, XLSX, XLS, ODS, a ZIP with one CSV; - is stdin) and apply it as one undoable run."""
    if list_layouts:
        _list_layouts(as_json)
        return
    if file is None:
        raise UsageProblem("Name a file: fleet import FILE --preview")
    from fleet.commands.imports import ImportOptions, already_imported, apply_file, preview_file

    surroundings: Surroundings = ctx.obj.giving_way()
    data, name = _bytes(file)
    options = ImportOptions(
        layout, mapping_of(mapped), organisation, sheet, create, frozenset(accept), frozenset(erase), confirm, reason, header_row,
    )  # fmt: skip
    with surroundings.read() as session:
        seen = preview_file(session, data, name, options, now=surroundings.now)
        before = already_imported(session, seen.digest)
    save_rejected(seen, rejected_to)
    apply = not preview and seen.to_do > 0 and (yes or (not as_json and _agreed(seen, before)))
    if apply:
        access = surroundings.access
        seen = apply_file(
            surroundings.database, data, name, options, actor=access.name, now=surroundings.now, scope=access.scope,
            may_write=access.may_write, previewed=seen.digest,
        )  # fmt: skip
    elif yes and not preview and (mapped or layout or header_row):
        _keep_mapping(surroundings, seen, options)
    _tell(seen, before, as_json=as_json, asked=not yes and not preview)
    ctx.exit(1 if seen.problems else 0)


def _keep_mapping(surroundings: Surroundings, seen: Any, options: Any) -> None:
    """A file without anything to do, such as a bill, still taught what its columns mean."""
    from fleet.commands.mappings import remember

    with surroundings.write("import.mapping") as session:
        remember(
            session, seen.interpretation, columns=options.mapping or {}, layout=options.layout,
            header_row=options.header_row, actor=surroundings.access.name, now=surroundings.now,
        )  # fmt: skip


def _tell(seen: Any, before: Any, *, as_json: bool, asked: bool) -> None:
    """The answer; what was shown with the question is not shown again."""
    if as_json:
        print_json(seen.as_json())
        return
    if not asked or seen.to_do == 0:
        _print(seen, before)
    if seen.event is not None:
        click.echo(f"Done: run {seen.run}, event {seen.event}. Take it back with: fleet undo {seen.event}")
    else:
        click.echo("Nothing to do." if seen.to_do == 0 else "Nothing was changed.")


def _agreed(seen: Any, before: Any) -> bool:
    _print(seen, before)
    return click.confirm("\nApply this?", err=True)


def _print(seen: Any, before: Any) -> None:
    from fleet.clock import london_text

    told = seen.interpretation
    where = ", ".join(
        part for part in (told.book.format, told.book.encoding, told.sheet and f"sheet {told.sheet}") if part
    )
    header = f"header in row {told.header_row}" if told.header_row else "no header row"
    title = told.layout.title if told.recognised else "not recognised as any file that Fleet knows"
    click.echo(f"{inert(seen.name)}: {title} ({inert(where)}; {header})")
    if not told.recognised:
        click.echo(
            '  Say what its columns mean: --map "Header=serial"; or name what it is: --as LAYOUT (fleet import --list)'
        )
    if told.columns:
        click.echo("  read as   " + ", ".join(f"{inert(header)} → {name}" for header, name in told.columns.items()))
    for label, names in (("not read", (*told.not_read, *told.personal)), ("unknown", told.unmapped)):
        if names:
            click.echo(f"  {label:<9} " + inert(", ".join(names)))
    if told.remembered is not None:
        click.echo(
            f"  note      read as was said earlier; forget it with: fleet mapping forget {told.remembered.number}"
        )
    for note in told.notes:
        click.echo(f"  note      {inert(note)}")
    if before:
        click.echo(f"  note      these very bytes were imported on {london_text(before)}")
    click.echo("  " + ", ".join(f"{name} {number:,}" for name, number in seen.counts.items()))
    for one in seen.changes(SHOWN):
        click.echo(
            f"  row {one['row']}: {inert(one['subject'])} {inert(_difference(one))}" + " (issued)" * one["issued"]
        )
    more = len(seen.plan.new) + len(seen.plan.changed) - SHOWN
    if more > 0:
        click.echo(f"  … and {more:,} more")
    _print_problems(seen)


def _difference(one: Any) -> str:
    """What a row adds, or old → new."""
    from fleet.domain.wording import change_text, field_label, value_text

    if one["kind"] == "new":
        said = [
            (name, new) for name, (_, new) in one["fields"].items() if new is not None and str(new) != one["subject"]
        ]
        told = ", ".join(f"{field_label(name)} {value_text(name, new)}" for name, new in said)
        return f"new: {told}" if told else "new"
    return (
        ", ".join(change_text(name, old, new) for name, (old, new) in one["fields"].items())
        or "SIM and number put together"
    )


def _print_problems(seen: Any) -> None:
    """What contradicts the register, what it does not know, and what is wrong with rows, by cause."""
    from importers.problems import grouped

    if conflicts := len(seen.plan.conflicts):
        what = "statement contradicts" if conflicts == 1 else "statements contradict"
        click.echo(f"  {conflicts:,} {what} the register, which is kept; applying adds {seen.untold:,} to the findings")
    for kind, names in seen.plan.proposals.items():
        listed = ", ".join(sorted(names)[:8]) + (" …" if len(names) > 8 else "")
        click.echo(f"  {len(names)} {kind}{'s' if len(names) > 1 else ''} not in the register: {inert(listed)}")
    for cause in grouped(seen.problems):
        places = "; ".join(place for one in cause.examples if (place := _place(one)))
        more = f"; … {cause.count - len(cause.examples):,} more" if places and cause.count > len(cause.examples) else ""
        click.echo(f"  ! {cause.count:,} × {inert(cause.reason)}" + (f" ({inert(places)}{more})" if places else ""))
        remedy = next((one.remedy for one in cause.examples if one.remedy), None)
        taken = f" Take what is proposed with: --accept {cause.code}" if cause.acceptable else ""
        if remedy:
            click.echo(f"      {inert(remedy)}{taken}")


def _place(one: Any) -> str:
    """Where a problem is and what stood there: row, column and value."""
    parts = (f"row {one.row}" if one.row else "", (one.column or "").replace("_", " "), (one.value or "")[:SHOWN_VALUE])
    return " ".join(part for part in parts if part)


def save_rejected(seen: Any, target: Path | None) -> None:
    """Write the rejected rows of a preview, where there are any and a file is named; an existing file is kept."""
    text = seen.rejected_file()
    if target is None or text is None:
        return
    if target.exists():
        raise UsageProblem(f"{target} exists. Name another file for the rejected rows.")
    try:
        target.write_text(text, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UsageProblem(
            f"{target} can't be written: {error.strerror}. Name another file for the rejected rows."
        ) from error
    say(f"Rejected rows are in {target}. Mend them and import that file.")


def _bytes(file: str) -> tuple[bytes, str]:
    from fleet.commands.imports import load, whole

    if file == "-":
        import sys

        return whole(sys.stdin.buffer, "What comes from stdin"), "stdin"
    path = Path(file)
    if path.is_dir():
        raise BadFile(f"{file} is a folder. Name a file.")
    return load(path), path.name


def mapping_of(mapped: tuple[str, ...]) -> dict[str, str] | None:
    """`Header=field` pairs; nothing after the sign means that the column is not to be read."""
    pairs = [one.rpartition("=") for one in mapped]
    if wrong := [
        one for one, (header, equals, _) in zip(mapped, pairs, strict=True) if not (header.strip() and equals)
    ]:
        raise UsageProblem(f'{wrong[0]} is no mapping. Write "Header=field".')
    return {header.strip(): name.strip() for header, _, name in pairs} or None


def _list_layouts(as_json: bool) -> None:
    from importers.layouts import LAYOUTS

    rows = [(one.key, one.title, one.subject, one.confidence) for one in LAYOUTS]
    if as_json:
        print_json([dict(zip(("key", "title", "subject", "confidence"), row, strict=True)) for row in rows])
        return
    table(("Layout", "What it is", "Of", "How we know it"), rows)
