"""What the text of a receipt is made of. A template becomes blocks, blocks become 80 columns of text, and the frozen
text becomes the same blocks again for the printed page: paper shows what was frozen, never what the register says now."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Title:
    """Whose receipt it is and what for; the first block."""

    organisation: str
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and values: number, person, day."""

    pairs: tuple[tuple[str, str], ...]

    def value(self, label: str) -> str | None:
        """The value of a label."""
        return dict(self.pairs).get(label)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of items, and sentences that belong to it."""

    cells: tuple[str, ...]
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The items."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A numbered or bulleted sentence."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


Block = Title | Heading | Facts | Table | Point | Paragraph
