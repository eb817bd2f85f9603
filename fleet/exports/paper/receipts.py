"""A receipt as a file: the composed page, or the plain text."""

from pathlib import Path

from fleet.clock import london_text
from fleet.exports.paper.marks import A4
from fleet.exports.paper.receipt_pages import Acceptance, PrintedReceipt, compose
from fleet.exports.whole_files import whole_file
from fleet.queries.receipts import ReceiptRow

_LINE = "=" * 80


def printed(row: ReceiptRow, body: str, digest: str) -> PrintedReceipt:
    """A receipt as it goes on paper; `body` and `digest` are the frozen ones, or a draft's of now."""
    acceptance = None
    if row.accepted_at is not None:
        acceptance = Acceptance(row.accepted_how or "", row.accepted_as or "", london_text(row.accepted_at))
    return PrintedReceipt(row.id, body, digest, acceptance)


def plain_text(receipt: PrintedReceipt) -> str:
    """The text, and below a line how it was accepted and its hash. The hash is of what is above that line."""
    accepted = receipt.acceptance
    if accepted is None:
        said = "Not accepted yet."
    elif accepted.how == "typed":
        said = f"Accepted {accepted.moment} by typing the name\n{accepted.name}"
    else:
        said = f"Accepted {accepted.moment} by signing the paper copy\n{accepted.name}"
    return f"{receipt.body}{_LINE}\n{said}\nSHA-256 of the text above the line:\n{receipt.body_hash}\n"


def write_receipt(path: Path, receipt: PrintedReceipt, *, to: str, owner: str, overwrite: bool = False) -> int:
    """Write a receipt as `pdf` or `text`; returns the number of pages. Raises `FileProblem` when it can't be written."""
    if to == "text":
        with whole_file(path, overwrite=overwrite) as file:
            file.write(plain_text(receipt).encode("utf-8", "replace"))
        return 1
    from fleet.exports.paper.pen import write_pages

    pages = compose(receipt)
    with whole_file(path, overwrite=overwrite) as file:
        write_pages(file, pages, A4, title=f"Receipt {receipt.number}", author=owner)
    return len(pages)
