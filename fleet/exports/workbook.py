"""A report as a workbook: rows are spooled and counted in one pass, the rest is laid out round them."""

from contextlib import ExitStack
from io import BytesIO
from typing import IO

from fleet.clock import LONDON
from fleet.domain.fields import Field
from fleet.exports.cells import for_xlsxwriter
from fleet.exports.cover_sheet import NAME as COVER
from fleet.exports.cover_sheet import Cover
from fleet.exports.definition import Report, Sheet
from fleet.exports.frame import Content, Frame
from fleet.exports.pouring import Place, pour
from fleet.exports.reading import Answer
from fleet.exports.row_sheets import FIRST_ROW, lay_rows
from fleet.exports.spool import RowSpool
from fleet.exports.summary_sheet import NAME as SUMMARY
from fleet.exports.summary_sheet import lay_summary
from fleet.exports.tally import Counting, Tally, cross


def shown_fields(answer: Answer, sheet: Sheet) -> list[Field]:
    """The fields of a sheet's columns, without those that masking leaves out."""
    catalogue = answer.catalogues[sheet.key]
    return [catalogue[key] for key in sheet.columns if key in catalogue]


def write_workbook(target: IO[bytes], report: Report, answer: Answer) -> dict[str, int]:
    """Write the report; returns the number of rows of each sheet."""
    with ExitStack() as open_files:
        spools: dict[str, RowSpool] = {}
        tallies: dict[str, Tally] = {}
        ids: set[int] = set()
        for sheet in report.sheets:
            spool = spools[sheet.key] = RowSpool(shown_fields(answer, sheet), FIRST_ROW, sheet.prose)
            open_files.callback(spool.close)
            counting = Counting(report, sheet.key, answer.catalogues[sheet.key])
            for row in answer.rows(sheet.key, ids):
                spool.add(row)
                counting.add(row)
            tallies[sheet.key] = counting.tally
            ids = ids or counting.tally.ids
        crossed = tuple(cross(table, tallies[table.of], answer.catalogues[table.of]) for table in report.tables)
        content = Content(report, answer, spools, tallies, crossed)
        pour(_skeleton(content), _places(content), target)
    return {key: spool.rows for key, spool in spools.items()}


def _skeleton(content: Content) -> IO[bytes]:
    """The workbook with everything but the rows."""
    from xlsxwriter import Workbook

    buffer = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": False,
    }
    book = Workbook(buffer, options)
    _describe(book, content)
    frame = Frame(book, content)
    cover = Cover(frame)
    lay_summary(frame, content.report.summary_question)
    for sheet in content.report.sheets:
        lay_rows(frame, sheet, shown_fields(content.answer, sheet))
    cover.lay()
    book.close()
    buffer.seek(0)
    return buffer


def _describe(book: object, content: Content) -> None:
    question = content.answer.question
    organisations = ", ".join(content.answer.organisations.values())
    book.set_properties(  # type: ignore[attr-defined] # the library has no types
        {
            "title": for_xlsxwriter(content.report.title),
            "subject": for_xlsxwriter(content.report.question),
            "author": for_xlsxwriter(question.actor),
            "company": for_xlsxwriter(organisations)[:250],
            "created": question.now.astimezone(LONDON).replace(tzinfo=None),
        }
    )


def _places(content: Content) -> dict[str, Place]:
    """Part name -> place; the parts are numbered in the order in which the sheets were made."""
    made = [COVER, SUMMARY, *(sheet.name for sheet in content.report.sheets)]
    places = {}
    for sheet in content.report.sheets:
        member = f"xl/worksheets/sheet{made.index(sheet.name) + 1}.xml"
        columns = len(shown_fields(content.answer, sheet))
        places[member] = Place(member, sheet.name, columns, content.spools[sheet.key])
    return places
