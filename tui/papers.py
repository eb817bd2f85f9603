"""What the screen of receipts shows, what labels are asked for, and the port behind both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fleet.queries.receipts import ReceiptRow

if TYPE_CHECKING:
    from tui.register import Subject


@dataclass(frozen=True, slots=True)
class ReceiptCard:
    """A receipt with the text that is signed."""

    row: ReceiptRow
    body: str | None
    """None for one that names an erased person: that is shown for a reason only."""
    digest: str
    """Hash of that text."""

    @property
    def is_changed(self) -> bool:
        """Whether an accepted receipt is not what was accepted."""
        return self.row.accepted_at is not None and self.body is not None and self.digest != self.row.body_hash


@dataclass(frozen=True, slots=True)
class LabelOrder:
    """Labels to write."""

    keys: Sequence[str]
    """Tags of the devices."""
    path: str
    sheet: str = "a4-21"
    start: int = 1
    overwrite: bool = False
    code: str = "auto"
    """auto, qr or code128."""
    if_found: str = ""
    """The line for a finder; "" for the usual one."""
    outline: bool = False
    """Draw the edges of the labels."""


class Papers(Protocol):
    """Receipts and labels."""

    def receipts(self, text: str, about: Subject | None) -> Sequence[ReceiptRow]:
        """Receipts with all words in their number, holder, state or kind, newest first."""
        ...

    def receipt(self, receipt_id: int) -> ReceiptCard: ...

    def save(self, receipt_id: int, path: str, *, overwrite: bool) -> str:
        """Write a receipt as PDF, or as text where the file is called so; returns what was written."""
        ...

    def sheets(self) -> Sequence[str]:
        """Keys of the sheets that labels come on."""
        ...

    def labels(self, order: LabelOrder) -> str:
        """Write labels as PDF; returns what was written, in words."""
        ...
