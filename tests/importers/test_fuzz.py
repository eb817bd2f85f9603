"""Whatever the bytes are, reading them ends in rows or in one sentence: no other exception, no dead process."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.errors import BadFile
from importers.engine import interpret
from importers.sheets import read
from tests.importers.workbook_bytes import open_document, raw_workbook, sheet, text_cell, workbook

GOLDEN = Path(__file__).parent / "layouts" / "golden"
HEAD = '<row r="1">' + text_cell("A1", "Serial") + text_cell("B1", "IMEI") + "</row>"
SEEDS = [
    *(source.read_bytes() for source in sorted(GOLDEN.glob("*.csv"))),
    workbook(("Register", [["Serial", "IMEI"], ["DMPX0001QA", 352099000051009]])),
    raw_workbook(sheet(HEAD + '<row r="2">' + text_cell("A2", "DMPX0002QA") + "</row>")),
]
TEXTS = SEEDS[:-2]
MAGIC = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x09\x08\x10\x00", b"\xff\xfe", b"\xef\xbb\xbf", b""]


def survives(data: bytes) -> None:
    """Read and interpret; anything but an interpretation or a `BadFile` fails the test."""
    try:
        found = interpret(read(data))
    except BadFile as refused:
        assert refused.message
        assert "\n" not in refused.message
        return
    assert found.read == len(found.records) + len(found.rejected) + found.skipped


def mutated(data: bytes, seed: int) -> bytes:
    """Cut, repeat, overwrite and insert at a few places."""
    chance = random.Random(seed)
    body = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(body) + 1)
        length = chance.choice((1, 2, 8, 64))
        what = chance.randrange(5)
        if what == 0:
            del body[place : place + length]
        elif what == 1:
            body[place:place] = bytes(chance.randrange(256) for _ in range(length))
        elif what == 2:
            body[place:place] = body[place : place + length] * chance.randint(1, 5)
        elif what == 3:
            body[place : place + 1] = chance.choice((b'"', b"\r", b"\n", b"\0", b";", b",", b"\xff", b"=", b"\x1b"))
        else:
            body[place:place] = chance.choice(("£", "é", "’", "3.52E+14", "#N/A", "[/]", "\u202e", "𝟘")).encode()
    return bytes(body)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(MAGIC), st.binary(max_size=400))
def test_any_bytes_end_in_rows_or_a_sentence(magic: bytes, data: bytes) -> None:
    survives(magic + data)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=8), st.sampled_from(",;\t|"))
def test_any_text_ends_in_rows_or_a_sentence(rows: list[list[str]], delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in [["Serial", "IMEI", "Price", "Status"], *rows])
    survives(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TEXTS), st.integers(0, 2**32))
def test_damaged_text_files_end_in_rows_or_a_sentence(data: bytes, seed: int) -> None:
    survives(mutated(data, seed))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SEEDS[-2:]), st.integers(0, 2**32))
def test_damaged_workbooks_end_in_rows_or_a_sentence(data: bytes, seed: int) -> None:
    survives(mutated(data, seed))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet='<>/= "crvtisfA1XFD0159abxn:&;#\n', max_size=120), st.integers(0, 2**32))
def test_any_sheet_xml_ends_in_rows_or_a_sentence(noise: str, seed: int) -> None:
    xml = sheet(HEAD + noise).encode()
    survives(raw_workbook(mutated(xml, seed) if seed % 2 else xml))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_twenty_thousand_damaged_files_end_in_rows_or_a_sentence() -> None:
    for seed in range(20_000):
        data = SEEDS[seed % len(SEEDS)] if seed % 10 else random.Random(seed).randbytes(seed % 3000)
        survives(mutated(data, seed))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_four_thousand_workbooks_damaged_inside_end_in_rows_or_a_sentence() -> None:
    """Damage under intact check sums, so that it reaches the XML readers."""
    row = '<row r="2" hidden="1">' + text_cell("A2", "DMPX0002QA") + '<c r="B2" t="e"><v>#N/A</v></c></row>'
    honest = sheet(HEAD + row, before='<cols><col min="2" max="3" hidden="1"/></cols>').encode()
    cell = '<table:table-cell office:value-type="string"><text:p>Serial</text:p></table:table-cell>'
    for seed in range(4_000):
        if seed % 3:
            survives(raw_workbook(mutated(honest, seed)))
        else:
            rows = f'<table:table-row table:number-rows-repeated="2">{cell * 2}</table:table-row>'
            survives(open_document(mutated(rows.encode(), seed).decode("utf-8", "replace")))
