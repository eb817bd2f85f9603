"""Rejected rows as a file: a reason for each, inert cells, and it can be mended and read again."""

from fleet.domain.records import Problem
from importers.engine import interpret
from importers.problems import REASON_HEADER, RejectedRow, grouped, inert, rejected_csv
from importers.sheets import read


def test_rejected_rows_can_be_mended_and_imported_again() -> None:
    source = b"Serial,Holder,Cost Code\n0,Zo\xc3\xab Mensah,00045\nDMPX0002QA,Priya Begum,00046\n"
    first = interpret(read(source))
    text = rejected_csv(first.header.names, first.rejected)
    mended = text.replace("\r\n0,", "\r\nDMPX0001QA,")
    again = interpret(read(mended.encode("utf-8-sig")))
    assert [record.values["serial"] for record in again.records] == ["DMPX0001QA"]
    assert again.records[0].values["cost_code"] == "00045"
    twice = rejected_csv([*first.header.names, REASON_HEADER], [RejectedRow(2, ["0", "", "", "old reason"], ("New.",))])
    assert twice.splitlines()[0].count(REASON_HEADER) == 1
    assert "old reason" not in twice


def test_formulas_are_quoted_and_phone_numbers_are_not() -> None:
    assert inert("=1+3") == "'=1+3"
    assert inert("@SUM(A1)") == "'@SUM(A1)"
    assert inert("-2+cmd|' /C calc'!A0") == "'-2+cmd|' /C calc'!A0"
    assert inert("+44 7700 900123") == "+44 7700 900123"
    assert inert("a\x1b[31mb") == "a[31mb"


def test_problems_are_grouped_by_cause_and_counted() -> None:
    problems = [Problem("a", f"row {row}", "One.", row=row) for row in range(5)] + [Problem("b", "row 9", "Two.")]
    causes = grouped(problems)
    assert [(cause.code, cause.count, len(cause.examples)) for cause in causes] == [("a", 5, 3), ("b", 1, 1)]
