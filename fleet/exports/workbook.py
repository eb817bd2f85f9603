"""A report as a workbook: rows are spooled and counted in one pass, the rest is laid out round them."""

from contextlib import ExitStack
from io import BytesIO
from typing import IO

from fleet.clock import LONDON
from fleet.domain.fields import Field
from fleet.exports.cells import for_xlsxwriter
from fleet.exports.cover_sheet import NAME as COVER
from fleet.exports.cover_sheet import Cover
from fleet.exports.definition import Report, Sheet, Summary
from fleet.exports.frame import Content, Frame
from fleet.exports.pouring import Place, pour
from fleet.exports.reading import Answer
from fleet.exports.row_sheets import FIRST_ROW, lay_rows
from fleet.exports.spool import RowSpool
from fleet.exports.summary_sheet import lay_summary
from fleet.exports.tally import Counting, Tally, crossed


def shown_fields(answer: Answer, sheet: Sheet) -> list[Field]:
    """The fields of a sheet's columns, without those that masking leaves out."""
    catalogue = answer.catalogues[sheet.key]
    return [catalogue[key] for key in sheet.columns if key in catalogue]


def write_workbook(target: IO[bytes], report: Report, answer: Answer) -> dict[str, int]:
    """Write the report; returns the number of rows of each sheet."""
    with ExitStack() as open_files:
        spools: dict[str, RowSpool] = {}
        tallies: dict[str, Tally] = {}
        for sheet in report.sheets:
            if sheet.listed:
                spools[sheet.key] = RowSpool(shown_fields(answer, sheet), FIRST_ROW, sheet.prose)
                open_files.callback(spools[sheet.key].close)
            tallies[sheet.key] = _count(report, sheet, answer, spools.get(sheet.key))
        content = Content(report, answer, spools, tallies, crossed(report, answer, tallies))
        pour(_skeleton(content), _places(content), target)
    return {key: spool.rows for key, spool in spools.items()} or {"counts": len(report.tables)}


def _count(report: Report, sheet: Sheet, answer: Answer, spool: RowSpool | None) -> Tally:
    counting = Counting(report, sheet.key, answer.catalogues[sheet.key])
    for row in answer.rows(sheet):
        if spool is not None:
            spool.add(row)
        counting.add(row)
    return counting.tally


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
    for tab in content.report.tabs:
        if isinstance(tab, Summary):
            lay_summary(frame, tab)
        else:
            lay_rows(frame, tab, shown_fields(content.answer, tab))
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
    made = [COVER, *(tab.name for tab in content.report.tabs)]
    places = {}
    for sheet in content.report.listed:
        member = f"xl/worksheets/sheet{made.index(sheet.name) + 1}.xml"
        columns = len(shown_fields(content.answer, sheet))
        places[member] = Place(member, sheet.table, columns, content.spools[sheet.key])
    return places
