"""`fleet labels`: what sticks to the devices."""

from pathlib import Path

import click

from fleet.cli.arguments import keys_from
from fleet.cli.output import print_json
from fleet.cli.receipts import devices_of, json_option, overwrite_option, warn_unprintable
from fleet.cli.surroundings import Surroundings


@click.command()
@click.argument("keys", nargs=-1)
@click.option("--file", help="A file with one key per line; - is stdin.")
@click.option("--sheet", default="a4-21", show_default=True, help="a4-14, a4-21, a4-24 or a4-65: labels on a sheet.")
@click.option("--start", type=int, default=1, show_default=True, help="The first label that is still on the sheet.")
@click.option("--code", type=click.Choice(["auto", "qr", "code128"]), default="auto", show_default=True,
              help="auto is Code 128 where it can be read easily, else QR.")  # fmt: skip
@click.option("--if-found", help="The line for a finder; {organisation} is filled.")
@click.option("--outline", is_flag=True, help="Draw the edges of the labels, to see how a printer places them.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The PDF to write.")
@overwrite_option
@json_option
@click.pass_obj
def labels(
    surroundings: Surroundings, keys: tuple[str, ...], file: str | None, sheet: str, start: int, code: str,
    if_found: str | None, outline: bool, output: Path, overwrite: bool, as_json: bool,
) -> None:  # fmt: skip
    """Print asset-tag labels as PDF. KEYS are tags, serials or IMEIs, typed or scanned."""
    from fleet.exports.paper.labels import IF_FOUND, write_labels
    from fleet.exports.paper.sheets import sheet_named
    from fleet.queries.bundles import label_rows

    found = sheet_named(sheet)
    wanted = keys_from(keys, file)
    with surroundings.read() as session:
        rows = label_rows(session, devices_of(session, wanted, surroundings))
    line = IF_FOUND if if_found is None else if_found
    written = write_labels(
        output.expanduser(), rows, found, start=start, code=code, if_found=line, outline=outline, overwrite=overwrite
    )
    warn_unprintable(written.unprintable)
    if as_json:
        print_json({
            "path": str(written.path), "labels": written.labels, "sheets": written.sheets,
            "next_start": written.next_position, "unprintable": list(written.unprintable),
        })  # fmt: skip
        return
    labelled = f"{written.labels:,} label{'' if written.labels == 1 else 's'}"
    click.echo(f"{written.path} ({labelled}, {written.sheets:,} sheet{'' if written.sheets == 1 else 's'})")
    if written.next_position > 1:
        click.echo(f"Next time on the last sheet: --start {written.next_position}")
