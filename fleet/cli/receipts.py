"""`fleet receipt`: what people sign."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import keys_from
from fleet.cli.output import inert, print_json, say, table
from fleet.cli.surroundings import Surroundings, take_back_if
from fleet.errors import FleetError, NoAccess, UsageProblem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from fleet.commands.receipts import Made
    from fleet.exports.paper.receipt_pages import PrintedReceipt
    from fleet.queries.receipts import ReceiptRow

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
output_option = click.option("-o", "--output", type=click.Path(path_type=Path), help="The file or folder to write to.")
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace a file of that name.")
kind_argument = click.argument("kind", type=click.Choice(["issue", "return"]))


@click.group()
def receipt() -> None:
    """Receipts: make, accept, show, verify, and the text that people sign."""


@receipt.command()
@click.argument("keys", nargs=-1)
@click.option("--event", type=int, help="Everything this event issued and took back: one receipt per holder.")
@click.option("--return", "returned", is_flag=True, help="The receipt of their last return, not of their issue.")
@click.option("--data-removed/--data-kept", default=None, help="A return: was personal data removed from the devices?")
@click.option("--file", help="A file with one key per line; - is stdin.")
@click.option("--preview", is_flag=True, help="Show what would be made; write nothing.")
@json_option
@click.pass_obj
def make(
    surroundings: Surroundings, keys: tuple[str, ...], event: int | None, returned: bool, data_removed: bool | None,
    file: str | None, preview: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make one receipt for devices issued together. It is a draft, and follows the register, until it is accepted."""
    from fleet.commands import receipts

    if event is not None and (keys or file or returned):
        raise UsageProblem("Name devices or an event, not both. An event says itself what was issued and returned.")
    if data_removed is not None and not returned and event is None:
        raise UsageProblem("Whether personal data was removed is said on a return: add --return.")
    wanted = [] if event is not None else keys_from(keys, file)
    with surroundings.write("receipt.make") as session:
        if event is not None:
            made = receipts.make_for_event(session, event, now=surroundings.now, data_removed=data_removed)
        else:
            made = [
                receipts.make_for_devices(
                    session, devices_of(session, wanted, surroundings), now=surroundings.now,
                    kind="return" if returned else "issue", data_removed=data_removed,
                )
            ]  # fmt: skip
        take_back_if(preview)
    if as_json:
        print_json({"preview": preview, "receipts": [_made_json(one) for one in made]})
        return
    for one in made:
        _say_made(one)
        if preview:
            continue
        click.echo(f"  Print it: fleet receipt show {one.id} -o receipt-{one.id}.pdf")
        click.echo(f"  Accept it: fleet receipt accept {one.id} --typed NAME, or --paper SCAN.PDF")
    if preview:
        click.echo("A preview: nothing was changed.")


@receipt.command()
@click.argument("number", type=int)
@click.option("--typed", help="Accepted by typing this name.")
@click.option("--paper", help="Signed on paper: the file name of the scanned copy.")
@click.option("--hash", "seen", help="First 8 characters or more of the hash at the foot of what was signed.")
@json_option
@click.pass_obj
def accept(
    surroundings: Surroundings, number: int, typed: str | None, paper: str | None, seen: str | None, as_json: bool
) -> None:
    """Freeze receipt NUMBER as accepted. Nothing changes it from then on."""
    from fleet.commands import receipts

    with surroundings.write("receipt.accept") as session:
        made = receipts.accept(session, number, now=surroundings.now, typed_name=typed, paper_file=paper, seen=seen)
    if as_json:
        print_json(_made_json(made))
    else:
        _say_made(made)
        click.echo(f"  SHA-256 {made.body_hash}")


@receipt.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def withdraw(surroundings: Surroundings, number: int, as_json: bool) -> None:
    """Take the draft NUMBER away, so that its items can be in another bundle."""
    from fleet.commands import receipts

    with surroundings.write("receipt.withdraw") as session:
        sentence = receipts.withdraw(session, number)
    print_json({"id": number, "sentence": sentence}) if as_json else click.echo(sentence)


@receipt.command()
@click.argument("number", type=int)
@click.option("--to", type=click.Choice(["pdf", "text"]), help="PDF or plain text; by default as the file is called.")
@output_option
@overwrite_option
@click.option("--reason", help="Why the receipt of an erased person is needed; kept in history.")
@json_option
@click.pass_obj
def show(
    surroundings: Surroundings, number: int, to: str | None, output: Path | None, overwrite: bool, reason: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Show receipt NUMBER as plain text, or write it to a file as PDF or text."""
    from fleet.commands.receipts import present_body
    from fleet.domain.receipts import body_hash
    from fleet.exports.paper.receipts import plain_text, printed
    from fleet.queries.receipts import get_receipt

    with surroundings.read() as session:
        row = get_receipt(session, number)
    _guard_erased(surroundings, row, reason)
    with surroundings.read() as session:
        body = present_body(session, number)
    # The hash of what is shown: for an accepted receipt that is the frozen one unless somebody meddled with it.
    page = printed(row, body, body_hash(body))
    changed = row.accepted_at is not None and page.body_hash != row.body_hash
    if changed:
        say(f"! The text of receipt {number} does not have the hash it was accepted with. Look: fleet receipt verify")
    if output is None and to != "pdf":
        if as_json:
            print_json({**_row_json(row), "body": body, "body_hash": page.body_hash})
        else:
            click.echo("\n".join(inert(line) for line in plain_text(page).splitlines()))
        return
    written = _write(page, row, to, output, overwrite)
    if as_json:
        print_json({"path": str(written), "body_hash": page.body_hash, "state": row.state})
    else:
        click.echo(str(written))


@receipt.command(name="list")
@click.option("--person", help="Only of this person: UPN, employee number or name.")
@click.option("--device", help="Only those that this device is on: tag, serial or IMEI.")
@click.option("--state", type=click.Choice(["draft", "accepted"]), help="Only drafts, or only accepted ones.")
@click.option("--limit", type=click.IntRange(1), help="At most so many; 100 in a table.")
@json_option
@click.pass_obj
def list_(
    surroundings: Surroundings, person: str | None, device: str | None, state: str | None, limit: int | None, as_json: bool
) -> None:  # fmt: skip
    """List receipts, newest first."""
    from fleet.clock import london_text
    from fleet.queries.keys import device_by_key, person_by_key
    from fleet.queries.receipts import list_receipts

    with surroundings.read() as session:
        person_id = person_by_key(session, person).id if person else None
        device_id = device_by_key(session, device, now=surroundings.now) if device else None
        rows = list_receipts(
            session, person_id=person_id, device_id=device_id, state=state, limit=limit or (None if as_json else 100)
        )
    if as_json:
        print_json([_row_json(row) for row in rows])
        return
    table(
        ("Receipt", "For", "Holder", "Items", "Made", "Accepted", "By", "Organisation"),
        [
            (row.id, row.kind, row.holder or "–", row.items, london_text(row.made_at),
             london_text(row.accepted_at) if row.accepted_at else "draft", _accepted_as(row), row.organisation)
            for row in rows
        ],
        right=(0, 3),
    )  # fmt: skip


@receipt.command()
@json_option
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Recompute the hash of every receipt: is what was accepted still what was accepted?"""
    from fleet.queries.receipts import verify_receipts

    surroundings: Surroundings = ctx.obj
    with surroundings.read() as session:
        found = verify_receipts(session)
    if as_json:
        print_json({
            "receipts": found.receipts, "accepted": found.accepted, "erased": found.erased,
            "mismatches": [{"receipt": one.receipt_id, "reason": one.reason} for one in found.mismatches],
        })  # fmt: skip
    else:
        number = f"{found.receipts:,} receipt{'' if found.receipts == 1 else 's'}"
        click.echo(f"{number}, {found.accepted:,} accepted, {found.erased:,} erased.")
        for one in found.mismatches:
            click.echo(f"  ! receipt {one.receipt_id}: {one.reason}")
        click.echo("Every text has its hash." if not found.mismatches else f"{len(found.mismatches)} do not match.")
    ctx.exit(1 if found.mismatches else 0)


@receipt.group()
def text() -> None:
    """The text that people sign, in versions."""


@text.command(name="show")
@kind_argument
@click.option("--version", help="This version instead of the newest.")
@json_option
@click.pass_obj
def show_text(surroundings: Surroundings, kind: str, version: str | None, as_json: bool) -> None:
    """Show the newest text for an issue or a return, with its places still empty."""
    from fleet.queries.receipts import receipt_text

    with surroundings.read() as session:
        row = receipt_text(session, kind, version)
    if as_json:
        print_json({"kind": row.kind, "version": row.version, "made_at": row.made_at, "body": row.body})
    else:
        say(f"Version {row.version} of the {kind} text{'' if row.made_at else ', which comes with the program'}.")
        click.echo("\n".join(inert(line) for line in row.body.splitlines()))


@text.command(name="set")
@kind_argument
@click.argument("file")
@click.option("--reason", help="Why; kept in history.")
@json_option
@click.pass_obj
def set_text(surroundings: Surroundings, kind: str, file: str, reason: str | None, as_json: bool) -> None:
    """Keep FILE (- is stdin) as a new version of the text. Earlier versions and accepted receipts stay as they are."""
    from fleet.commands import receipts

    if surroundings.access.role != "administrator":
        raise NoAccess("The text that people sign is set by an administrator: it is the same for every organisation.")
    body = _text_of(file)
    with surroundings.write("receipt.text", reason=reason) as session:
        row = receipts.set_text(session, kind, body, now=surroundings.now)
    if as_json:
        print_json({"kind": row.kind, "version": row.version})
    else:
        click.echo(f"Version {row.version} of the {kind} text. Drafts follow it; what was accepted stays as it is.")


@text.command(name="list")
@json_option
@click.pass_obj
def list_texts(surroundings: Surroundings, as_json: bool) -> None:
    """List all versions."""
    from fleet.clock import london_text
    from fleet.queries.receipts import list_texts as read

    with surroundings.read() as session:
        rows = read(session)
    if as_json:
        print_json([{"kind": row.kind, "version": row.version, "made_at": row.made_at} for row in rows])
        return
    made = [london_text(row.made_at) if row.made_at else "comes with the program" for row in rows]
    table(("For", "Version", "Set"), [(row.kind, row.version, when) for row, when in zip(rows, made, strict=True)])


def devices_of(session: "Session", keys: Sequence[str], surroundings: Surroundings) -> list[int]:
    """Ids of all keys; every key that can't be resolved is named at once."""
    from fleet.queries.keys import devices_by_keys

    return devices_by_keys(session, keys, now=surroundings.now).ids


def _guard_erased(surroundings: Surroundings, row: "ReceiptRow", reason: str | None) -> None:
    """The receipt of an erased person still has the name in it: it is shown for a reason, which leaves an event."""
    if row.erased_at is None:
        return
    if not reason:
        raise UsageProblem(f"Receipt {row.id} names a person who was erased. Say why it is needed: --reason")
    from fleet.commands.disclosures import note_disclosure

    with surroundings.write("disclosure", reason=reason) as session:
        note_disclosure(session, report=f"receipt {row.id}")


def _write(page: "PrintedReceipt", row: "ReceiptRow", to: str | None, output: Path | None, overwrite: bool) -> Path:
    from fleet.exports.paper.glyphs import unprintable
    from fleet.exports.paper.receipts import write_receipt

    suffix = "" if output is None else output.suffix.lower()
    kind = to or ("text" if suffix in (".txt", ".text") else "pdf")
    name = f"receipt-{row.id}.{'pdf' if kind == 'pdf' else 'txt'}"
    path = Path(name) if output is None else output.expanduser()
    path = path / name if path.is_dir() else path
    write_receipt(path, page, to=kind, owner=row.organisation_name, overwrite=overwrite)
    if kind == "pdf":
        warn_unprintable(unprintable(page.body.replace("\n", " ")))
    return path


def warn_unprintable(characters: Sequence[str]) -> None:
    """Say which characters a PDF shows as boxes."""
    if characters:
        named = ", ".join(f"{inert(char)} (U+{ord(char):04X})" for char in characters[:12])
        more = f" and {len(characters) - 12} more" if len(characters) > 12 else ""
        say(f"! The PDF has a box for what its font lacks: {named}{more}.")


def _text_of(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem(f"{file} is not UTF-8 text. Save it as UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise FleetError(f"{file} can't be read: {reason}.", code="file") from None


def _accepted_as(row: "ReceiptRow") -> str:
    if row.accepted_as is None:
        return "–"
    if row.erased_at is not None:
        return "(erased)"
    return row.accepted_as if row.accepted_how == "typed" else f"paper: {row.accepted_as}"


def _say_made(made: "Made") -> None:
    click.echo(inert(made.sentence))
    for warning in made.warnings:
        say(f"  ! {warning}")


def _made_json(made: "Made") -> dict[str, Any]:
    return {
        "id": made.id, "kind": made.kind, "holder": made.holder, "items": made.items, "body_hash": made.body_hash,
        "sentence": made.sentence, "warnings": list(made.warnings),
    }  # fmt: skip


def _row_json(row: "ReceiptRow") -> dict[str, Any]:
    return {
        "id": row.id, "kind": row.kind, "state": row.state, "organisation": row.organisation, "holder": row.holder,
        "items": row.items, "made_at": row.made_at, "text_version": row.text_version, "body_hash": row.body_hash,
        "accepted_at": row.accepted_at, "accepted_how": row.accepted_how,
        "accepted_as": None if row.accepted_as is None or row.erased_at is not None else row.accepted_as,
    }  # fmt: skip
