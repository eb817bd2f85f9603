"""What receipts and labels ask: for what, how it was signed, which file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult

from fleet.domain.records import DeviceRow
from fleet.queries.receipts import ReceiptRow
from tui.columns import device_name
from tui.files import path_of
from tui.papers import LabelOrder, ReceiptCard
from tui.screens.choosing import Alternative, Choosing
from tui.screens.device_lines import lay_devices
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap
from tui.writes import AcceptReceipt, MakeReceipt, WithdrawReceipt

KINDS = (
    ("issue", "for what they are issued with now"),
    ("return", "for their last return; data not looked at yet"),
    ("return removed", "for their last return; personal data was removed"),
    ("return kept", "for their last return; personal data is still on them"),
)


class MakeReceiptScreen(Choosing[MakeReceipt]):
    """One receipt for the chosen devices."""

    SUBMIT = "make"

    def __init__(self, devices: Sequence[DeviceRow]) -> None:
        what = device_name(devices[0]) if len(devices) == 1 else counted(len(devices), "device")
        super().__init__([span("Receipt for ", "title"), span(what, "strong")])
        self.devices = devices
        self.options = [Alternative(kind, span(kind.split()[0]), about) for kind, about in KINDS]
        self.at = 0 if any(row.holder for row in devices) else 1
        self.reason = Entry("", "Optional: ticket, why", id="reason")

    def fields(self) -> ComposeResult:
        """Why."""
        yield from self.field("Reason", self.reason)

    def lay(self, width: int) -> Sequence[Line]:
        """The devices, and what the receipt is for."""
        return [*lay_devices(self.devices, width), [], *self.lay_options(), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        kind, _, data = self.choice.partition(" ")
        removed = {"removed": True, "kept": False}.get(data)
        ids = tuple(row.id for row in self.devices)
        self.dismiss(
            MakeReceipt(
                self.reason.value.strip() or None,
                device_ids=ids,
                kind="return" if kind == "return" else "issue",
                data_removed=removed,
            )
        )


class AcceptScreen(Dialog[AcceptReceipt]):
    """Signed: by the name typed here, or on the paper copy."""

    SUBMIT = "accept"

    def __init__(self, card: ReceiptCard) -> None:
        super().__init__([span("Accept receipt ", "title"), span(str(card.row.id), "strong")])
        self.card = card
        self.typed = Entry("", f"The holder types their name: {card.row.holder or ''}", id="typed")
        self.paper = Entry("", "Or, signed on paper: the file name of the scan", id="paper")

    def fields(self) -> ComposeResult:
        """Name or scan."""
        yield from self.field("Name", self.typed)
        yield from self.field("Paper", self.paper)

    def lay(self, width: int) -> Sequence[Line]:
        """What is accepted, and that it is for good."""
        row = self.card.row
        lines: list[Line] = [
            [span(row.holder or "–", "strong"), Span(join("  ", counted(row.items, "item"), ", ", row.kind), "dim")],
            [Span(join("Hash of what was read: ", self.card.digest[:8]), "dim")],
        ]
        told = "Nothing changes it from then on; only undoing this step does."
        return [*lines, *([Span(piece, "dim")] for piece in wrap(clean(told), max(width, 8))), []]

    def do_submit(self) -> None:
        """Give the answer back if it is one of the two."""
        typed, paper = self.typed.value.strip(), self.paper.value.strip()
        if bool(typed) == bool(paper):
            self.complain("Type the name, or the file name of the scan: one of the two.")
            return
        self.dismiss(
            AcceptReceipt(
                receipt_id=self.card.row.id, typed_name=typed or None, paper_file=paper or None, seen=self.card.digest
            )
        )


class WithdrawScreen(Dialog[WithdrawReceipt]):
    """A draft goes, so that its items can be in another bundle."""

    SUBMIT = "take away"

    def __init__(self, row: ReceiptRow) -> None:
        super().__init__([span("Take away the draft of receipt ", "title"), span(str(row.id), "strong")])
        self.row = row
        self.reason = Entry("", "Optional: why", id="reason")

    def fields(self) -> ComposeResult:
        """Why."""
        yield from self.field("Reason", self.reason)

    def lay(self, width: int) -> Sequence[Line]:
        """What happens."""
        told = f"Its {self.row.items:,} items can then be in another receipt. Its number is not used again."
        return [*([Span(piece, "dim")] for piece in wrap(clean(told), max(width, 8))), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        self.dismiss(WithdrawReceipt(self.reason.value.strip() or None, receipt_id=self.row.id))


@dataclass(frozen=True, slots=True)
class PaperFile:
    """Where a receipt goes."""

    path: str
    overwrite: bool


class FileScreen(Dialog[PaperFile]):
    """The file of a receipt."""

    SUBMIT = "write"

    def __init__(self, row: ReceiptRow) -> None:
        super().__init__([span("Save receipt ", "title"), span(str(row.id), "strong")])
        self.file = Entry(f"receipt-{row.id}.pdf", "A file name ending in .pdf or .txt", id="file")
        self._warned_of: Path | None = None

    def fields(self) -> ComposeResult:
        """The file."""
        yield from self.field("File", self.file)

    def lay(self, width: int) -> Sequence[Line]:
        """Where it goes."""
        del width
        return [[span("in "), Span(join(Path.cwd()), "dim")], []]

    def do_submit(self) -> None:
        """Give the answer back; a file that exists is replaced when that is said twice."""
        path = path_of(self.file.value.strip())
        if path.suffix.lower() not in (".pdf", ".txt"):
            self.complain("End the name in .pdf or .txt.")
        elif path.exists() and path != self._warned_of:
            self._warned_of = path
            self.complain(f"{path.name} exists. Enter once more replaces it.")
        else:
            self.dismiss(PaperFile(str(path.absolute()), path == self._warned_of))


CODES = ("auto", "qr", "code128")
"""What stands on a label for a scanner; auto is Code 128 where it can be read easily, else QR."""


class LabelsScreen(Dialog[LabelOrder]):
    """Labels for the chosen devices."""

    SUBMIT = "write"

    def __init__(self, devices: Sequence[DeviceRow], sheets: Sequence[str]) -> None:
        what = device_name(devices[0]) if len(devices) == 1 else counted(len(devices), "device")
        super().__init__([span("Labels for ", "title"), span(what, "strong")])
        self.devices, self.sheets = devices, sheets
        self.file = Entry("labels.pdf", "A file name ending in .pdf", id="file")
        self.sheet = Entry("a4-21", f"One of {', '.join(sheets)}", id="sheet")
        self.start = Entry("1", "The first label that is still on the sheet", id="start")
        self.code = Entry("auto", f"One of {', '.join(CODES)}", id="code")
        self.found = Entry("", "The usual line; {organisation} is filled", id="found")
        self.outline = Entry("", "No; yes draws the edges, to see how a printer places them", id="outline")
        self._warned_of: Path | None = None

    def fields(self) -> ComposeResult:
        """File, sheet, where to begin, what is on a label."""
        yield from self.field("File", self.file)
        yield from self.field("Sheet", self.sheet)
        yield from self.field("Begin at", self.start)
        yield from self.field("Code", self.code)
        yield from self.field("If found", self.found)
        yield from self.field("Outline", self.outline)

    def lay(self, width: int) -> Sequence[Line]:
        """The devices, and where the file goes."""
        return [*lay_devices(self.devices, width), [], [span("in "), Span(join(Path.cwd()), "dim")], []]

    def do_submit(self) -> None:
        """Give the answer back if a printer could do it."""
        path, sheet, start = path_of(self.file.value.strip()), self.sheet.value.strip(), self.start.value.strip()
        code, outline = self.code.value.strip().lower() or "auto", self.outline.value.strip().lower() or "no"
        without = [row for row in self.devices if not row.asset_tag]
        if without:
            self.complain(f"{counted(len(without), 'device has', 'devices have')} no asset tag: nothing to print.")
        elif path.suffix.lower() != ".pdf":
            self.complain("End the name in .pdf.")
        elif sheet not in self.sheets:
            self.complain(f"There is no sheet {sheet}. Sheets: {', '.join(self.sheets)}.")
            self.sheet.focus()
        elif not start.isdecimal() or int(start) < 1:
            self.complain("Begin at a label from 1 on.")
            self.start.focus()
        elif code not in CODES:
            self.complain(f"There is no code {code}. Codes: {', '.join(CODES)}.")
            self.code.focus()
        elif outline not in ("yes", "no"):
            self.complain("Say yes or no to the outline.")
            self.outline.focus()
        elif path.exists() and path != self._warned_of:
            self._warned_of = path
            self.complain(f"{path.name} exists. F2 once more replaces it.")
        else:
            keys, found = [row.asset_tag or "" for row in self.devices], self.found.value.strip()
            again = path == self._warned_of
            order = LabelOrder(keys, str(path.absolute()), sheet, int(start), again, code, found, outline == "yes")
            self.dismiss(order)
