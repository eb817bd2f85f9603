"""The port `Papers` on the real register; a PDF is made in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleet.commands.receipts import present_body
from fleet.domain.receipts import body_hash
from fleet.domain.search import fold
from fleet.errors import FleetError
from fleet.queries import receipts
from fleet.queries.receipts import ReceiptRow
from tui.own_program import run_fleet, said_by
from tui.papers import LabelOrder, ReceiptCard
from tui.text import counted

if TYPE_CHECKING:
    from tui.register import Subject
    from tui.sql_register import SqlRegister


class SqlPapers:
    """Receipts and labels, as the operator."""

    def __init__(self, register: SqlRegister) -> None:
        self._register = register

    def receipts(self, text: str, about: Subject | None) -> Sequence[ReceiptRow]:
        """Receipts that match, newest first."""
        person = about.id if about is not None and about.kind == "person" else None
        device = about.id if about is not None and about.kind == "device" else None
        with self._register.reading() as session:
            rows = receipts.list_receipts(session, person_id=person, device_id=device)
        words = fold(text).split()
        return [row for row in rows if all(word in _hay(row) for word in words)]

    def receipt(self, receipt_id: int) -> ReceiptCard:
        """One with its text."""
        with self._register.reading() as session:
            row = receipts.get_receipt(session, receipt_id)
            body = present_body(session, receipt_id)
        digest = body_hash(body)
        return ReceiptCard(row, None if row.erased_at is not None else body, digest)

    def save(self, receipt_id: int, path: str, *, overwrite: bool) -> str:
        """Write one to a file."""
        more = ["--overwrite"] if overwrite else []
        return self._written(["receipt", "show", str(receipt_id), "--json", "--output", path, *more])

    def sheets(self) -> Sequence[str]:
        """The sheets there are."""
        from fleet.exports.paper.sheets import SHEETS

        return list(SHEETS)

    def labels(self, order: LabelOrder) -> str:
        """Write labels."""
        more = [
            *(["--overwrite"] if order.overwrite else []),
            *(["--if-found", order.if_found] if order.if_found else []),
            *(["--outline"] if order.outline else []),
        ]
        arguments = [
            "labels", "--json", "--file", "-", "--sheet", order.sheet, "--start", str(order.start), "--code", order.code,
            "--output", order.path, *more,
        ]  # fmt: skip
        return self._written(arguments, order.keys)

    def _written(self, arguments: Sequence[str], lines: Sequence[str] = ()) -> str:
        ran = run_fleet(self._register.config, self._register.clock(), arguments, lines)
        answer = ran.answer
        if ran.code or not isinstance(answer, dict) or "path" not in answer:
            told = answer.get("error", {}).get("message") if isinstance(answer, dict) else None
            raise FleetError(told or said_by(ran) or "The file could not be written.", code="file")
        if "labels" not in answer:
            return str(answer["path"])
        told = f"{answer['path']} ({counted(answer['labels'], 'label')}, {counted(answer['sheets'], 'sheet')})"
        following = answer["next_start"]
        return told if following == 1 else f"{told}. Next time begin at label {following}."


def _hay(row: ReceiptRow) -> str:
    return fold(f"{row.id} {row.holder or ''} {row.state} {row.kind} {row.organisation} {row.organisation_name}")
