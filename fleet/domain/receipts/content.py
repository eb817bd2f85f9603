"""What one receipt says: the facts of a bundle put into a version of the text."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fleet.domain.receipts.blocks import Block, Facts, Heading, Point, Row, Table, Title
from fleet.domain.receipts.blocks import Paragraph as Running
from fleet.domain.receipts.characters import safe
from fleet.domain.receipts.laying import lay
from fleet.domain.receipts.reading import read_blocks
from fleet.domain.receipts.texts import Kind, filled, parts

NOTHING = "–"
DATA_LABEL = "Personal data"
_DATA: Mapping[bool | None, tuple[str, str]] = {
    True: (
        "removed",
        "Personal data and personal accounts were removed from every device listed; this was checked on return.",
    ),
    False: (
        "not removed yet",
        "Personal data was not removed yet; it will be before anybody else is given the equipment.",
    ),
    None: ("not recorded", "Whether personal data was removed is not recorded."),
}
_TITLES: Mapping[str, str] = {"issue": "Receipt for equipment issued", "return": "Receipt for equipment returned"}


@dataclass(frozen=True, slots=True)
class Item:
    """A device of the bundle and what goes with it."""

    tag: str | None = None
    model: str | None = None
    serial: str | None = None
    imei: str | None = None
    details: tuple[str, ...] = ()
    """Sentences: number and SIM, accessories, due date, condition, what is missing."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a receipt is rendered from."""

    kind: Kind
    number: int
    organisation: str
    holder: str
    upn: str | None
    shared: bool
    """Held by a site or team rather than a person."""
    day: str
    items: tuple[Item, ...]
    missing: str
    """What did not come back, in words; `nothing`."""
    data_removed: bool | None
    version: str
    text: str
    """The version's text with its places empty."""


def render(content: Content) -> str:
    """The receipt as plain text of 80 columns."""
    return lay(_blocks(content))


def body_hash(body: str) -> str:
    """SHA-256 of a body, hexadecimal."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def data_removed_in(body: str) -> bool | None:
    """What a rendered return receipt says about personal data: the draft is where the answer is kept."""
    for block in read_blocks(body):
        if isinstance(block, Facts):
            said = block.value(DATA_LABEL)
            return next((answer for answer, (words, _) in _DATA.items() if words == said), None)
    return None


def _blocks(content: Content) -> Iterator[Block]:
    values = _values(content)
    pieces = list(parts(content.text))
    title = next((piece for piece in pieces if isinstance(piece, str)), _TITLES[content.kind])
    yield Title(_said(content.organisation), _said(filled(title, values)))
    yield _facts(content)
    for piece in pieces:
        match piece:
            case Heading(text):
                yield Heading(safe(filled(text, values)))
            case Point(mark, text):
                yield Point(mark, safe(filled(text, values)))
            case Running("{items}"):
                yield _table(content.items)
            case Running(text):
                yield Running(safe(filled(text, values)))


def _said(value: str | None) -> str:
    """A value as it is printed; a dash for none."""
    return safe(value or "") or NOTHING


def _values(content: Content) -> dict[str, str]:
    number = len(content.items)
    return {
        "organisation": _said(content.organisation),
        "person": _said(content.holder),
        "upn": _said(content.upn),
        "date": content.day,
        "count": "1 item" if number == 1 else f"{number:,} items",
        "missing": _said(content.missing),
        "personal_data": _DATA[content.data_removed][1],
    }


def _facts(content: Content) -> Facts:
    issued = content.kind == "issue"
    verb = "Received" if issued else "Returned"
    pairs = [
        ("Receipt", str(content.number)),
        (f"{verb} {'for' if content.shared else 'by'}", _said(content.holder)),
    ]
    if content.upn:
        pairs.append(("Sign-in name", _said(content.upn)))
    pairs.append(("Handed over on" if issued else "Returned on", content.day))
    if not issued:
        pairs += [("Missing", _said(content.missing)), (DATA_LABEL, _DATA[content.data_removed][0])]
    return Facts((*pairs, ("Text", f"version {_said(content.version)}")))


def _table(items: tuple[Item, ...]) -> Table:
    headers = ["#", "Tag", "Model", "Serial"]
    if with_imei := any(item.imei for item in items):
        headers.append("IMEI")
    rows = []
    for number, item in enumerate(items, start=1):
        cells = [item.tag, item.model, item.serial, *([item.imei] if with_imei else [])]
        details = tuple(detail for detail in map(safe, item.details) if detail)
        rows.append(Row((str(number), *map(_said, cells)), details))
    return Table(tuple(headers), tuple(rows))
