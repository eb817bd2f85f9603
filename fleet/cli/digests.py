"""Letters and digests: one per person or manager, as text, as CSV for a mail merge, as JSON, or as files."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.output import inert, print_json, say
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from fleet.domain.letters import Digest
    from fleet.queries.joiners_leavers import LeaverRow
    from fleet.queries.stock import LoanRow

DUE_SOON = 14
"""Days ahead that a digest of loans looks, unless it is told."""

to_folder = click.Path(path_type=Path, file_okay=False)


def loan_documents(digests: "Sequence[Digest[LoanRow]]", of: str, today: date) -> list[dict[str, Any]]:
    """Digests of loans, each with its letter."""
    return [
        {
            "recipient": one.name or None, "recipient_upn": one.upn, "devices": len(one.items),
            "overdue": sum(row.days_over > 0 for row in one.items), "first_due": min(row.due_on for row in one.items),
            "items": [
                {"device": row.device, "model": row.model, "holder": row.holder, "holder_upn": row.holder_upn,
                 "due_on": row.due_on, "days_over": row.days_over}
                for row in one.items
            ],
            "letter": _loan_letter(one, of, today),
        }
        for one in digests
    ]  # fmt: skip


def leaver_documents(digests: "Sequence[Digest[LeaverRow]]", today: date) -> list[dict[str, Any]]:
    """Digests of what leavers hold, each with its letter to the manager."""
    return [
        {
            "recipient": one.name or None, "recipient_upn": one.upn, "devices": len(one.items),
            "people": len({row.person_id for row in one.items}),
            "price_pence": sum(row.price_pence or 0 for row in one.items),
            "monthly_pence": sum(row.monthly_pence for row in one.items),
            "line_cost_pence": sum(row.line_cost_pence or 0 for row in one.items),
            "items": [
                {"device": row.device, "model": row.model, "name": row.name, "upn": row.upn, "left_on": row.left_on,
                 "days": row.days, "price_pence": row.price_pence, "monthly_pence": row.monthly_pence,
                 "line_cost_pence": row.line_cost_pence}
                for row in one.items
            ],
            "letter": _chase(one, today),
        }
        for one in digests
    ]  # fmt: skip


def _loan_letter(digest: "Digest[LoanRow]", of: str, today: date) -> str:
    from fleet.domain.letters import due_text, loans_letter, overdue_letter

    to_manager = of == "manager"
    items = [
        (
            f"{row.device}, {row.model or 'device'}",
            (f"with {row.holder}, " if to_manager else "") + due_text(row.due_on, row.days_over),
        )
        for row in digest.items
    ]
    return (loans_letter if to_manager else overdue_letter)(digest.name, items, today=today)


def _chase(digest: "Digest[LeaverRow]", today: date) -> str:
    from fleet.domain.letters import chase_letter, left_text

    items = [
        (f"{row.device}, {row.model or 'device'}", left_text(row.name, row.left_on, row.days, row.monthly_pence))
        for row in digest.items
    ]
    owners = " and ".join(dict.fromkeys(row.organisation_name for row in digest.items))
    return chase_letter(digest.name, owners, items, today=today)


def tell_digests(
    documents: Sequence[dict[str, Any]], kind: str, *, folder: Path | None, as_csv: bool, as_json: bool
) -> None:
    """Write digests where they were asked for: files, CSV, JSON, or one letter after the other."""
    if folder is not None:
        _write(folder, kind, documents)
    elif as_csv:
        keys = [key for key in documents[0] if key != "items"] if documents else ["recipient", "letter"]
        print_csv(keys, [[one[key] for key in keys] for one in documents])
    elif as_json:
        print_json(list(documents))
    else:
        for one in documents:
            to = f"{one['recipient'] or 'Nobody in charge'}" + (
                f" <{one['recipient_upn']}>" if one["recipient_upn"] else ""
            )
            click.echo(click.style(f"To: {inert(to)}", bold=True))
            click.echo("\n".join(inert(line) for line in one["letter"].split("\n")))
        click.echo(f"{len(documents):,} digest{'' if len(documents) == 1 else 's'}")


def _write(folder: Path, kind: str, documents: Sequence[dict[str, Any]]) -> None:
    """One text file per letter; nothing is written when one of them is there already."""
    letters = [(one["recipient_upn"] or one["recipient"] or "nobody-in-charge", one["letter"]) for one in documents]
    paths: dict[Path, str] = {}
    for name, text in letters:
        stem = f"{kind}-{re.sub(r'[^A-Za-z0-9.@-]+', '-', name)}"
        paths[_unused(folder, stem, paths.__contains__)] = text
    for path in paths:
        if path.exists():
            raise UsageProblem(f"{path} exists. Name an empty folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in paths.items():
        path.write_text(text, encoding="utf-8")
    say(f"{len(paths):,} letter{' is' if len(paths) == 1 else 's are'} in {folder}.")


def _unused(folder: Path, stem: str, taken: Callable[[Path], bool]) -> Path:
    """Names that differ in signs that no file name has, such as two without any Latin letter, get a number."""
    path, number = folder / f"{stem}.txt", 1
    while taken(path):
        number += 1
        path = folder / f"{stem}-{number}.txt"
    return path


def print_csv(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """CSV on stdout, with nothing in it that a spreadsheet would run."""
    import csv
    import sys

    from importers.problems import inert as formula_free

    writer = csv.writer(sys.stdout)
    writer.writerow(headers)
    writer.writerows([["" if cell is None else formula_free(_inert_lines(cell)) for cell in row] for row in rows])


def _inert_lines(cell: object) -> str:
    return "\n".join(inert(line) for line in str(cell).split("\n"))
