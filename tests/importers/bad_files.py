"""Files that nobody should send, and somebody does: each with the code of its refusal, or None where it is read."""

import os
import random
from collections.abc import Callable, Mapping

import openpyxl

from tests.importers.workbook_bytes import raw_workbook, saved, sheet, text_cell, workbook, zipped

HEAD = '<row r="1">' + text_cell("A1", "Serial number") + text_cell("B1", "Notes") + "</row>"
ROW = '<row r="2">' + text_cell("A2", "DMPX0002QA") + text_cell("B2", "{}") + "</row>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol" * 10}">' for n in range(9))


def _doctype(declared: str, used: str) -> bytes:
    """A sheet whose XML declares entities and uses one."""
    return raw_workbook(sheet(HEAD + ROW.format(used)).replace("<worksheet", f"<!DOCTYPE x [{declared}]><worksheet", 1))


def _formulas(stored: bool) -> bytes:
    cell = '<c r="A2" t="str"><f>CONCATENATE("DMPX","0002QA")</f>' + ("<v>DMPX0002QA</v>" if stored else "") + "</c>"
    return raw_workbook(sheet(HEAD + f'<row r="2">{cell}</row><row r="3">' + text_cell("A3", "DMPX0003QA") + "</row>"))


def _protected() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")


def _with_a_link() -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["Serial number", "Notes"])
    page.append(["DMPX0002QA", '=HYPERLINK("http://evil.example","click")'])
    return saved(book)


def _unlike(rows: int) -> str:
    """Rows that no glance takes for ordinary, so that every element is looked at."""
    return "".join(f'<row r="{n}" hidden="1"><c r="A{n}"><v>{n * 7919}</v></c></row>' for n in range(2, rows))


BAD: Mapping[str, tuple[Callable[[], bytes], str | None]] = {
    "empty": (lambda: b"", "empty"),
    "byte-order mark only": (lambda: b"\xef\xbb\xbf", "empty"),
    "blank lines": (lambda: b"\r\n\r\n \t\r\n", "empty"),
    "a header and nothing else": (lambda: b"Serial number,Asset tag\r\n", "no-rows"),
    "binary noise": (lambda: random.Random(4).randbytes(200_000), "binary"),
    "60 MB of binary noise": (lambda: os.urandom(1 << 20) * 60, "binary"),
    "more than may be": (lambda: b"Serial number\r\n" + b"x" * (65 << 20), "too-large"),
    "a password": (_protected, "password"),
    "a ZIP bomb": (lambda: raw_workbook(sheet(HEAD) + " " * 40_000_000), "bomb"),
    "a bomb in the shape of a CSV": (lambda: zipped({"a.csv": b"\0" * 40_000_000}), "bomb"),
    "billion laughs": (lambda: _doctype(LAUGHS, "&l8;"), "doctype"),
    "an external entity": (lambda: _doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"), "doctype"),
    "a value at XFD1048576": (
        lambda: raw_workbook(
            sheet(HEAD + ROW.format("") + '<row r="1048576">' + text_cell("XFD1048576", "x") + "</row>")
        ),
        "extent",
    ),
    "a value at XFD1048576 after many hidden rows": (
        lambda: raw_workbook(
            sheet(HEAD + _unlike(60_000) + '<row r="1048576">' + text_cell("XFD1048576", "x") + "</row>")
        ),
        "extent",
    ),
    "a row that no sheet has": (
        lambda: raw_workbook(sheet(HEAD + '<row r="999999999999">' + text_cell("A999999999999", "x") + "</row>")),
        "extent",
    ),
    "half a ZIP": (
        lambda: workbook(("Register", [["Serial number"], *[[f"DMPX{n:06d}"] for n in range(500)]]))[:4_000],
        "damaged",
    ),
    "a PDF called CSV": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "not-a-table"),
    "a web page called XLS": (lambda: b"<html><table><tr><td>Serial number</td></tr></table></html>", "not-a-table"),
    "calls": (
        lambda: b"CTN,Called Number,Call Date,Call Duration\n07700900001,07700900002,01/11/2026,60\n",
        "call-records",
    ),
    "a file of words": (
        lambda: b"root:x:0:0:root:/root:/bin/bash\n" * 9 + b"a:x:1:2:Some One, upstairs:/:/bin/sh\n",
        "not-a-table",
    ),
    "a letter": (
        lambda: b"From: a@b.example\nSubject: Re: iPads\n\nDear all, here is, as asked, nothing.\n",
        "not-a-table",
    ),
    "spare parts of another tool": (
        lambda: b"Item Name,Purchase Date,Purchase Cost,Serial number,Quantity\nFan,2024-01-01,5,DMPX0002QA,9\n",
        "foreign-list",
    ),
    "accessories of another tool": (lambda: b"Name,Category,QTY,Min Amount\nSleeve,Bags,61,5\n", "foreign-list"),
    "hashes of laptops": (
        lambda: b"Device Serial Number,Windows Product ID,Hardware Hash\n5CG0123456,,T0FBAQ==\n",
        "foreign-list",
    ),
    "more rows than a spreadsheet": (lambda: b"Serial number\n" + b"\n" * 1_100_000 + b"DMPX0002QA\n", "extent"),
    "a row without end": (lambda: b"Serial number,Asset tag\nDMPX0002QA" + b"," * 20_000 + b"\n", "extent"),
    "an encrypted ODS": (
        lambda: zipped(
            {
                "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                "META-INF/manifest.xml": b"<m><file-entry><encryption-data/></file-entry></m>",
                "content.xml": b"\x01\x9f" * 300,
            }
        ),
        "password",
    ),
    "a cell of 1 MB": (lambda: b"Serial number,Notes\nDMPX0002QA," + b"x" * (1 << 20) + b"\n", None),
    "NUL bytes": (lambda: b"Serial number,Notes\nDMPX\x000002QA,a\x00b\n", None),
    "an XLSX called CSV": (lambda: workbook(("Register", [["Serial number"], ["DMPX0002QA"]])), None),
    "formulas with results": (lambda: _formulas(True), None),
    "formulas without results": (lambda: _formulas(False), None),
    "a link": (_with_a_link, None),
    "a link in text": (
        lambda: b'Serial number,Notes\nDMPX0002QA,"=HYPERLINK(""http://evil.example"",""click"")"\n',
        None,
    ),
    "a quotation mark that never closes": (lambda: b'Serial number,Notes\nDMPX0001QA,"9.7\nDMPX0002QA,"a, b"\n', None),
    "300 columns": (
        lambda: ",".join(["Serial number", *(f"c{n}" for n in range(299))]).encode() + b"\nDMPX0002QA" + b",x" * 299,
        None,
    ),
    "a header in row 40": (lambda: b"a note,\n" * 39 + b"Serial number,Asset tag\nDMPX0002QA,NB1\n", None),
    "UTF-16 without a mark": (lambda: "Serial number,Notes\nDMPX0002QA,Zoë\n".encode("utf-16-le"), None),
    "line ends of all kinds": (
        lambda: b"Serial number,Notes\r\nDMPX0001QA,a\nDMPX0002QA,b\rDMPX0004QA,c\r\n",
        None,
    ),
    "two headers of a name": (lambda: b"Serial number,Notes,Notes\nDMPX0002QA,a,b\n", None),
    "escape sequences": (lambda: b"Serial number,Notes\nDMPX0002QA,\x1b]0;owned\x07\x1b[31mred\x9b2J\n", None),
    "markup": (lambda: b"Serial number,Notes\nDMPX0002QA,[bold][@click=app.quit()]x[/] [/nothing]\n", None),
    "turned text": (
        lambda: "Serial number,Notes\nDMPX0002QA,\u202edrowssap\u200b \ud800\n".encode("utf-8", "surrogatepass"),
        None,
    ),
}
"""What it is -> how to make it, and the code of its refusal."""
