"""Receipts: the text that people sign, rendered to 80 columns, hashed, and read back for the printed page."""

from fleet.domain.receipts.blocks import Block, Facts, Heading, Paragraph, Point, Row, Table, Title
from fleet.domain.receipts.characters import columns, safe
from fleet.domain.receipts.content import Content, Item, body_hash, data_removed_in, render
from fleet.domain.receipts.reading import read_blocks
from fleet.domain.receipts.texts import DEFAULTS, FIRST_VERSION, KINDS, PLACES, Kind, check_text

__all__ = [
    "DEFAULTS",
    "FIRST_VERSION",
    "KINDS",
    "PLACES",
    "Block",
    "Content",
    "Facts",
    "Heading",
    "Item",
    "Kind",
    "Paragraph",
    "Point",
    "Row",
    "Table",
    "Title",
    "body_hash",
    "check_text",
    "columns",
    "data_removed_in",
    "read_blocks",
    "render",
    "safe",
]
