"""`fleet mapping`: what people said that the columns of files mean."""

from typing import TYPE_CHECKING

import click

from fleet.cli.imports import mapping_of
from fleet.cli.output import inert, print_json, table
from fleet.cli.surroundings import Surroundings
from fleet.clock import london_text

if TYPE_CHECKING:
    from fleet.commands.mappings import MappingRow


@click.group()
def mapping() -> None:
    """What was given with `fleet import --map`, `--as` or `--header-row`, remembered by the set of headers."""


@mapping.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def list_(surroundings: Surroundings, as_json: bool) -> None:
    """List what is remembered, the newest first."""
    from fleet.commands.mappings import list_mappings

    with surroundings.read() as session:
        rows = list_mappings(session)
    if as_json:
        keys = ("id", "headers", "columns", "layout", "header_row", "said_by", "said_at")
        print_json([{key: getattr(one, key) for key in keys} for one in rows])
        return
    table(
        ("Number", "Columns", "Layout", "Header row", "Said by", "On", "Of a file with"),
        [
            (
                one.id,
                _columns(one.columns),
                one.layout or "",
                one.header_row or "",
                one.said_by,
                london_text(one.said_at),
                _headers(one.headers),
            )
            for one in rows
        ],
    )


@mapping.command(name="edit")
@click.argument("number", type=int)
@click.argument("columns", nargs=-1)
@click.option("--as", "layout", help="Read such files as this layout.")
@click.option("--header-row", type=click.IntRange(0), help="The row that holds the headers; 0 to have it found again.")
@click.pass_obj
def edit(
    surroundings: Surroundings, number: int, columns: tuple[str, ...], layout: str | None, header_row: int | None
) -> None:
    """Say otherwise: "Header=field", "Header=" for not to be read, "Header=-" to take back what was said."""
    from fleet.commands.mappings import edit_mapping

    if layout is not None:
        from importers.layouts import named

        named(layout)
    said = mapping_of(columns) or {}
    with surroundings.write("import.mapping") as session:
        row = edit_mapping(
            session, number, said, actor=surroundings.access.name, now=surroundings.now, layout=layout, header_row=header_row
        )  # fmt: skip
    click.echo(f"Mapping {row.id}: {inert(_told(row))}.")


@mapping.command(name="forget")
@click.argument("numbers", nargs=-1, type=int, required=True)
@click.pass_obj
def forget(surroundings: Surroundings, numbers: tuple[int, ...]) -> None:
    """Forget mappings: the next such file is read as if nothing had been said."""
    from fleet.commands.mappings import forget_mapping

    with surroundings.write("import.mapping") as session:
        for number in numbers:
            forget_mapping(session, number)
    click.echo(f"Forgotten: {', '.join(map(str, numbers))}.")


def _told(row: "MappingRow") -> str:
    """What stands now."""
    said = [_columns(row.columns)] if row.columns else []
    said += [f"headers in row {row.header_row}"] if row.header_row else []
    return ", ".join(said) or "nothing"


def _columns(columns: "dict[str, str] | object") -> str:
    assert isinstance(columns, dict)
    return ", ".join(f"{header} → {field or 'not read'}" for header, field in columns.items())


def _headers(headers: tuple[str, ...]) -> str:
    return ", ".join(headers[:4]) + (f" and {len(headers) - 4} more" if len(headers) > 4 else "")
