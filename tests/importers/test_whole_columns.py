"""A column read as a whole says of every cell what reading that cell alone says."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.domain.identifiers.checksums import luhn_ok
from importers.engine import interpret
from importers.meanings import reader
from importers.sheets import read
from importers.whole_columns import PIECE, luhn_of_lines, meanings_of

KINDS = ("serial", "asset_tag", "upn", "mac", "guid", "phone", "text", "moment", "imei", "iccid", "version", "code")
ORDINARY = {
    "serial": lambda n: f"DMPX{n:06d}",
    "asset_tag": lambda n: f"NB-{n:05d}",
    "upn": lambda n: f"person{n}@northbridge.example",
    "mac": lambda n: f"A4:FF:{n // 65536:02X}:00:{n // 256 % 256:02X}:{n % 256:02X}",
    "guid": lambda n: f"{n:08X}-be7c-4002-8000-{n:012d}",
    "phone": lambda n: f"07700{n:06d}",
    "text": lambda n: f"Town Hall, desk {n}",
    "moment": lambda n: f"2026-11-{n % 28 + 1:02d} 08:{n // 60 % 60:02d}:{n % 60:02d}.0000000",
    "imei": lambda n: f"35{n:012d}9",
    "iccid": lambda n: f"8944{n:014d}1",
    "version": lambda n: f"26.{n}",
    "code": lambda n: f"0{n}",
}
ODD = [
    "", " ", "-", "N/A", "unknown", "0", "000000000000000", "0000000000000000000", "1111111111", "XXXXXXXXXX", "SDMPX000001",
    "SDMPX00000001", "DMPXOI000001", "12345678", "3.52E+14", "352099000000000", "8944000000000000000", "AA:BB:CC:DD:EE:FF",
    "11:11:11:11:11:11",
    "00000000-0000-0000-0000-000000000000", "Á", "'00123", '="00123"', "a  b", "two\nlines", "\ttab", "x" * 5000,
    "TBC", "+447700900123", "447700900123", "07012345678", "0770090012", "BOB@N.EXAMPLE", "no one", "9999-12-31 00:00:00",
    "2026-13-01 00:00:00", "2026-11-01 25:00:00", "2026-11-01 08:00:00Z", "DMPX000001\u200b", "é", "NB-00001 ", "dmpx000001",
]  # fmt: skip


def one_by_one(cells: list[str], kind: str) -> list[object]:
    read = reader(kind, assume_utc=True)
    return [read(cell) if cell != "" else None for cell in cells]


@pytest.mark.parametrize("kind", KINDS)
def test_an_ordinary_column_with_odd_cells_here_and_there(kind: str) -> None:
    """More pieces than one, so that most are read at a glance and some are not."""
    chance = random.Random(kind)
    cells = [ORDINARY[kind](number) for number in range(3 * PIECE)]
    for odd in ODD:
        cells[chance.randrange(PIECE, 2 * PIECE)] = odd
    cells[-1] = ""
    assert meanings_of(cells, kind, reader(kind, assume_utc=True), utc=True) == one_by_one(cells, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_each_odd_cell_in_an_ordinary_piece(kind: str) -> None:
    """One odd cell among ordinary ones, so that no other hides it."""
    for odd in ODD:
        cells = [*(ORDINARY[kind](number) for number in range(2 * PIECE)), odd, *("" for _ in range(5))]
        assert meanings_of(cells, kind, reader(kind, assume_utc=True), utc=True)[-8:] == one_by_one(cells[-8:], kind)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.lists(st.text(alphabet="0189AFSXafx@.-:' =\n\u00a0Á", max_size=20), max_size=4))
def test_any_cell_among_ordinary_ones(kind: str, odd: list[str]) -> None:
    cells = [*odd, *(ORDINARY[kind](number) for number in range(PIECE + 8))]
    assert meanings_of(cells, kind, reader(kind, assume_utc=True), utc=True) == one_by_one(cells, kind)


def test_cells_of_several_types_are_kept_apart() -> None:
    """1, 1.0 and True are equal and yet different cells."""
    assert meanings_of([1, 1.0, True, "1"], "text", reader("text")) == ["1", "1", "Yes", "1"]


@given(st.lists(st.integers(0, 10**15 - 1), min_size=1, max_size=40))
def test_check_digits_of_many_numbers_at_once(numbers: list[int]) -> None:
    written = [f"{number:015d}" for number in numbers]
    passing = luhn_of_lines("\n".join(written) + "\n", 15, len(written))
    assert [bool(one) for one in passing] == list(map(luhn_ok, written))


def test_rows_shorter_than_the_layout_have_blanks_at_their_end() -> None:
    """A headerless file whose trailing columns were all cut off."""
    found = interpret(read(b"/Import;00E0C5540B9A;IGEL OS 11\n/Import;00E0C5540B9C;IGEL OS 11\n"), layout="igel-long")
    assert [record.values["ethernet_mac"] for record in found.records] == ["00E0C5540B9A", "00E0C5540B9C"]
