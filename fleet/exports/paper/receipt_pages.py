"""A receipt composed as pages of A4, from the blocks of its frozen text and nothing else."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fleet.domain.receipts import Block, Facts, Heading, Paragraph, Point, Row, Table, Title, read_blocks
from fleet.exports.paper.codes import LONGEST_QR
from fleet.exports.paper.glyphs import unprintable
from fleet.exports.paper.marks import A4, ACCENT, HAIR, INK, MM, PALE, QUIET, Code, Page, Panel, Rule, Style, Words
from fleet.exports.paper.pen import shortened, width, wrap

LEFT, RIGHT = 20 * MM, A4[0] - 20 * MM
TOP, BOTTOM = A4[1] - 18 * MM, 25 * MM
ROOM = RIGHT - LEFT

_SMALL = Style(7.5, 10, colour=QUIET)
_TINY = Style(6.5, 8.5, colour=QUIET)
_OWNER = Style(10, 14, bold=True, colour=ACCENT)
_TITLE = Style(19, 24, bold=True)
_HEADING = Style(10.5, 15, bold=True, colour=ACCENT)
_TEXT = Style(9, 13.2)
_LABEL = Style(8, 13.2, colour=QUIET)
_STRONG = Style(9, 13.2, bold=True)
_CELL = Style(8.5, 11.5)
_TAG = Style(8.5, 11.5, bold=True)
_DETAIL = Style(7.8, 10.8, colour=QUIET)
_HEAD = Style(7.5, 10, bold=True, colour=QUIET)
_CHIP = Style(7.5, 10, bold=True, colour=ACCENT)
_WARNING = Style(7.5, 10, bold=True, colour=(0.62, 0.22, 0.05))

_ALL_TAGS = 27 * MM
_QR = 9.5 * MM
_BOX = 62.0
"""Height of the block of acceptance."""
_SHARES = {"#": 0.045, "Tag": 0.20, "Model": 0.335, "Serial": 0.19, "IMEI": 0.23}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How the receipt was accepted, in words for the page."""

    how: str
    """typed or paper."""
    name: str
    moment: str


@dataclass(frozen=True, slots=True)
class PrintedReceipt:
    """What goes on the pages."""

    number: int
    body: str
    body_hash: str
    acceptance: Acceptance | None
    """None for a draft: it gets lines to sign on."""


def compose(receipt: PrintedReceipt) -> list[Page]:
    """The pages of a receipt, with their numbers."""
    blocks = read_blocks(receipt.body)
    flow = _Flow(receipt, blocks[0] if blocks and isinstance(blocks[0], Title) else Title("", "Receipt"))
    flow.first_head()
    for position, block in enumerate(blocks):
        if not isinstance(block, Title):
            flow.put(block, blocks[position + 1 :])
    flow.acceptance()
    flow.note_unprintable(unprintable(receipt.body.replace("\n", " ")))
    flow.feet()
    return flow.pages


class _Flow:
    """Puts blocks under each other and begins a new page when one does not fit."""

    def __init__(self, receipt: PrintedReceipt, title: Title) -> None:
        self.receipt, self.title = receipt, title
        self.pages: list[Page] = [[]]
        self.y = TOP

    # --- blocks ------------------------------------------------------------------------------------------------

    def put(self, block: Block, following: Sequence[Block]) -> None:
        """One block."""
        match block:
            case Facts():
                self._facts(block, following)
            case Heading(text):
                self._heading(text, following)
            case Table():
                self._table(block)
            case Point(mark, text):
                self._lines(wrap(text, _TEXT, ROOM - 16), _TEXT, indent=16, mark=mark)
                self.y -= 2.5
            case Paragraph(text):
                self._lines(wrap(text, _TEXT, ROOM), _TEXT)
                self.y -= 5
            case Title():
                self._lines(wrap(block.text, _HEADING, ROOM), _HEADING)

    def first_head(self) -> None:
        """Owner, title and state at the top of the first page."""
        state, style = self._state()
        chip = width(state, style)
        self._words(RIGHT - chip, TOP, state, style)
        for line in wrap(self.title.organisation, _OWNER, ROOM - chip - 12):
            self._words(LEFT, self.y, line, _OWNER)
            self.y -= _OWNER.leading
        self.y -= 13
        for line in wrap(self.title.text, _TITLE, ROOM):
            self._words(LEFT, self.y, line, _TITLE)
            self.y -= _TITLE.leading
        self.y += _TITLE.leading - 9
        self._page.append(Rule(LEFT, self.y, RIGHT, self.y, 1.4, ACCENT))
        self.y -= 17

    def acceptance(self) -> None:
        """The last block: who accepted it and how, or lines to sign on."""
        accepted = self.receipt.acceptance
        height = _BOX if accepted is None else _BOX - 10
        self._need(height + 8)
        top = self.y - 2
        self._page.append(Panel(LEFT, top - height, ROOM, height, fill=PALE))
        self._page.append(Rule(LEFT, top, LEFT, top - height, 2, ACCENT))
        x = LEFT + 12
        if accepted is None:
            self._signature_lines(x, top)
        else:
            typed = accepted.how == "typed"
            self._words(
                x, top - 15, "Accepted by typing the name" if typed else "Signed on paper; the scanned copy is", _LABEL
            )
            name = Style(12.5, 16, bold=True)
            self._words(x, top - 31, shortened(accepted.name, name, ROOM - 24), name)
            self._words(x, top - 44, f"{accepted.moment}, London time", _LABEL)
        self.y = top - height - 12

    def note_unprintable(self, characters: Sequence[str]) -> None:
        """Say which characters stand as boxes."""
        if not characters:
            return
        named = [f"U+{ord(char):04X} {unicodedata.name(char, 'unnamed').lower()}" for char in characters[:12]]
        more = f" and {len(characters) - 12} more" if len(characters) > 12 else ""
        text = f"A box stands for a character that this page has no letter for: {', '.join(named)}{more}. The plain text has it."
        self._lines(wrap(text, _SMALL, ROOM), _SMALL)

    def feet(self) -> None:
        """Name, hash and page number at the foot of every page."""
        total = len(self.pages)
        for number, page in enumerate(self.pages, start=1):
            y = BOTTOM - 13
            page.append(Rule(LEFT, y + 10, RIGHT, y + 10, 0.5, HAIR))
            right = f"Page {number} of {total}"
            page.append(Words(RIGHT - width(right, _SMALL), y, right, _SMALL))
            name = shortened(f"{self.title.organisation} · receipt {self.receipt.number}", _SMALL, ROOM - 80)
            page.append(Words(LEFT, y, name, _SMALL))
            page.append(Words(LEFT, y - 10, f"SHA-256 of the text: {self.receipt.body_hash}", _TINY))

    # --- parts of blocks ----------------------------------------------------------------------------------------

    def _facts(self, facts: Facts, following: Sequence[Block]) -> None:
        top = self.y
        value = _all_tags(following)
        room = ROOM - 96 - (_ALL_TAGS + 16 if value else 0)
        for label, said in facts.pairs:
            style = _STRONG if label.endswith((" by", " for")) else _TEXT
            lines = wrap(said, style, room)
            self._need(_TEXT.leading * min(len(lines), 4))
            self._words(LEFT, self.y, label, _LABEL)
            self._lines(lines, style, indent=96)
            self.y -= 1.5
        if value and self._page is self.pages[0]:
            x, y = RIGHT - _ALL_TAGS, top + 7 - _ALL_TAGS
            self._page.append(Code(x, y, _ALL_TAGS, _ALL_TAGS, value, "qr"))
            said = "All tags in one scan"
            self._words(RIGHT - (_ALL_TAGS + width(said, _TINY)) / 2, y - 9, said, _TINY)
            self.y = min(self.y, y - 16)
        self.y -= 4

    def _heading(self, text: str, following: Sequence[Block]) -> None:
        height = _HEADING.leading + 3 * _TEXT.leading
        if all(isinstance(block, Paragraph) for block in following):  # The last section stays with the acceptance.
            lines = sum(len(wrap(block.text, _TEXT, ROOM)) for block in following if isinstance(block, Paragraph))
            whole = _HEADING.leading + 8 + lines * _TEXT.leading + 5 * len(following) + _BOX + 8
            height = whole if whole < 200 else height
        self._need(height)
        self.y -= 7
        self._lines(wrap(text, _HEADING, ROOM), _HEADING)
        self.y -= 1

    def _table(self, table: Table) -> None:
        columns = _columns(table)
        with_codes = any(_code_of(row) for row in table.rows)
        self.y += 2
        self._need(60)
        self._table_head(table, columns)
        for row in table.rows:
            self._row(table, row, columns, with_codes)
        self.y -= 6

    def _table_head(self, table: Table, columns: Sequence[tuple[float, float]]) -> None:
        self._page.append(Panel(LEFT, self.y - 6, ROOM, 16, fill=PALE))
        for header, (x, _) in zip(table.headers, columns, strict=True):
            self._words(x, self.y - 1.5, header, _HEAD)
        self.y -= 18

    def _row(self, table: Table, row: Row, columns: Sequence[tuple[float, float]], with_codes: bool) -> None:
        """A row keeps together where a page can hold it; a longer one runs on."""
        strips = _strips(row, columns)
        height = max(sum(style.leading for _, style in strips), _QR if with_codes else 0) + 7
        if self.y - height < BOTTOM and height < TOP - BOTTOM - 60:
            self._turn()
            self._table_head(table, columns)
        if with_codes and (value := _code_of(row)):
            self._page.append(Code(RIGHT - _QR, self.y - _QR + 7.5, _QR, _QR, value, "qr"))
        lowest = self.y - (_QR if with_codes else 0)
        for cells, style in strips:
            if self.y - style.leading < BOTTOM:
                self._turn()
                self._table_head(table, columns)
                lowest = self.y
            for x, text in cells:
                self._words(x, self.y, text, _TAG if style is _CELL and x == columns[1][0] else style)
            self.y -= style.leading
        self.y = min(self.y, lowest) + 4
        self._page.append(Rule(LEFT, self.y, RIGHT, self.y))
        self.y -= 11.5

    def _signature_lines(self, x: float, top: float) -> None:
        third = (ROOM - 24 - 2 * 14) / 3
        for number, label in enumerate(("Name", "Signature", "Date")):
            at = x + number * (third + 14)
            self._page.append(Rule(at, top - 42, at + third, top - 42, 0.7, INK))
            self._words(at, top - 53, label, _LABEL)
        self._words(x, top - 14, "Not accepted yet", _WARNING)

    # --- placing -------------------------------------------------------------------------------------------------

    @property
    def _page(self) -> Page:
        return self.pages[-1]

    def _words(self, x: float, y: float, text: str, style: Style) -> None:
        if text:
            self._page.append(Words(x, y, text, style))

    def _lines(self, lines: Sequence[str], style: Style, *, indent: float = 0, mark: str = "") -> None:
        """Lines one under the other; of a paragraph of four lines or more two stay together on either page."""
        for number, line in enumerate(lines):
            together = 2 if number in (0, len(lines) - 2) and len(lines) > 1 else 1
            if self.y - (together - 1) * style.leading < BOTTOM:
                self._turn()
            if mark and number == 0:
                self._words(LEFT, self.y, mark, replace(style, colour=QUIET))
            self._words(LEFT + indent, self.y, line, style)
            self.y -= style.leading

    def _need(self, height: float) -> None:
        if self.y - height < BOTTOM:
            self._turn()

    def _turn(self) -> None:
        self.pages.append([])
        self.y = TOP
        state, style = self._state()
        self._words(RIGHT - width(state, style), TOP, state, style)
        name = f"{self.title.text}, receipt {self.receipt.number}"
        self._words(LEFT, TOP, shortened(name, _SMALL, ROOM - width(state, style) - 12), _SMALL)
        self._page.append(Rule(LEFT, TOP - 7, RIGHT, TOP - 7))
        self.y = TOP - 26

    def _state(self) -> tuple[str, Style]:
        accepted = self.receipt.acceptance
        return ("DRAFT, NOT ACCEPTED YET", _WARNING) if accepted is None else (f"ACCEPTED {accepted.moment}", _CHIP)


def _columns(table: Table) -> list[tuple[float, float]]:
    """Where each column begins, and its width. Without an IMEI the model takes its place."""
    room = ROOM - _QR - 8
    shares = [_SHARES.get(header, 0.2) for header in table.headers]
    if "Model" in table.headers:
        shares[table.headers.index("Model")] += 1 - sum(shares)
    found, x = [], LEFT + 5
    for share in shares:
        found.append((x, share * (room - 5) - 7))
        x += share * (room - 5)
    return found


def _strips(row: Row, columns: Sequence[tuple[float, float]]) -> list[tuple[list[tuple[float, str]], Style]]:
    """A row as lines of words: the cells' first lines, their second lines, ..., then the sentences below."""
    cells = [
        wrap(cell, _TAG if position == 1 else _CELL, room)
        for position, (cell, (_, room)) in enumerate(zip(row.cells, columns, strict=True))
    ]
    strips: list[tuple[list[tuple[float, str]], Style]] = [
        ([(x, cell[number]) for cell, (x, _) in zip(cells, columns, strict=True) if number < len(cell)], _CELL)
        for number in range(max(len(cell) for cell in cells))
    ]
    x = columns[1][0]
    for detail in row.details:
        strips += [([(x, line)], _DETAIL) for line in wrap(detail, _DETAIL, RIGHT - _QR - 12 - x)]
    return strips


def _code_of(row: Row) -> str | None:
    """What the code of a row holds: the tag, else the serial."""
    tag, serial = row.cells[1], row.cells[3] if len(row.cells) > 3 else ""
    for value in (tag, serial):
        if value and value != "–" and len(value.encode()) <= LONGEST_QR:
            return value
    return None


def _all_tags(blocks: Sequence[Block]) -> str | None:
    """All tags, one per line as a scanner would type them; None for one item, or for more than a code should hold."""
    tags = [tag for block in blocks if isinstance(block, Table) for row in block.rows if (tag := _code_of(row))]
    value = "\n".join(tags) + "\n"
    return value if len(tags) > 1 and len(value.encode()) <= LONGEST_QR else None
