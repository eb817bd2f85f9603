"""The first sheet: what this is, as at when, from which sources, what each sheet answers, and whether they agree."""

import textwrap
from typing import Any

from fleet.exports.cover_words import notes, people, period, repeat_command, source_age
from fleet.exports.definition import Agreement, CrossTable, Mark, Sheet, Summary
from fleet.exports.frame import Frame, quoted
from fleet.exports.look import TONES
from fleet.exports.question import describe
from fleet.exports.row_sheets import FIRST_ROW
from fleet.exports.spool import column_letters
from fleet.exports.stamp import stamp
from fleet.exports.tally import Counted

NAME = "Cover"
_WIDTHS = (30, 88, 24, 16)
_ONE_PAGE = 64
"""Rows that can still be read on one page."""
_LINE = 145
"""Characters of a note that fit the width of the page."""


class Cover:
    """The cover being laid out from the top; `row` is the next free one."""

    def __init__(self, frame: Frame) -> None:
        report = frame.content.report
        self.frame = frame
        self.answer = frame.content.answer
        self.sheet: Any = frame.sheet(NAME, report.title, report.question)
        self.row = 3
        for at, width in enumerate(_WIDTHS):
            self.sheet.set_column(at, at, width)

    def lay(self) -> None:
        """All sections."""
        self._facts()
        self._sources()
        self._sheets()
        self._agreements()
        self._signs()
        self._notes()
        self.sheet.print_area(0, 0, self.row, len(_WIDTHS) - 1)
        self.sheet.fit_to_pages(1, 1 if self.row <= _ONE_PAGE else 0)

    def _facts(self) -> None:
        question = self.answer.question
        self._label("Organisations" if len(self.answer.organisations) > 1 else "Organisation")
        self._value(", ".join(self.answer.organisations.values()) or "none")
        self._label("As at")
        self.sheet.write_datetime(self.row, 1, question.day, self.frame.page["day"])
        self._define("AsAt")
        if (text := period(self.frame.content.report, question)) is not None:
            self._label("Period")
            self._value(text)
        self._label("Made")
        self.frame.write_moment(self.sheet, self.row, 1, question.now)
        self._define("MadeAt")
        self._label("Made by")
        self._value(question.actor)
        self._label("Filters")
        self._value(describe(question.filters))
        self._label("People")
        self._value(people(question))
        if self.frame.content.report.stamped:
            self._label("To be made again with")
            self._value(repeat_command(self.frame.content.report, question))
            self._label("Query stamp")
            self.frame.write(self.sheet, self.row, 1, stamp(self.frame.content), "value")
            self._define("QueryStamp")

    def _sources(self) -> None:
        self._section("Sources", "Tenant", "Organisation", "Last complete read", "Age")
        for source in self.answer.sources:
            write = self.frame.write
            count = f" ({source.devices:,} devices)" if source.devices is not None else ""
            write(self.sheet, self.row, 0, f"Intune: {source.tenant}", "value")
            write(self.sheet, self.row, 1, f"{source.organisation}{count}", "value")
            if source.last_complete_at is None:
                write(self.sheet, self.row, 2, "never", "value")
            else:
                self.frame.write_moment(self.sheet, self.row, 2, source.last_complete_at)
            write(self.sheet, self.row, 3, source_age(source, self.answer.question.moment), "value")
            self.row += 1
        if not self.answer.sources:
            self._label("No tenant is configured: everything here was recorded by hand or imported.")
            self.row += 1

    def _sheets(self) -> None:
        self._section("Sheets", "Sheet", "What it answers", ">Lines", "")
        for tab in self.frame.content.report.tabs:
            if isinstance(tab, Summary):
                self._link(tab.name, tab.question, None)
            else:
                self._link(tab.name, tab.question, self.frame.content.spools[tab.key].rows, f"{tab.table}Count")

    def _link(self, name: str, question: str, lines: int | None, defined: str | None = None) -> None:
        self.sheet.write_url(self.row, 0, f"internal:'{name}'!A1", self.frame.page["link"], name)
        self.frame.write(self.sheet, self.row, 1, question, "value")
        if len(question) > _WIDTHS[1] + 16:
            self.sheet.set_row(self.row, 30)
        if lines is not None:
            self.sheet.write_number(self.row, 2, lines, self.frame.page["count"])
        if defined:
            self._define(defined, column=2)
        else:
            self.row += 1

    def _agreements(self) -> None:
        """Numbers that must agree, computed by the spreadsheet program from the sheets themselves."""
        content = self.frame.content
        listed = {sheet.key: sheet for sheet in content.report.listed}
        tables = [table for table in content.report.tables if table.of in listed and _counts_rows(table)]
        sums = [table for table in content.report.tables if table.agrees and table.agrees[0] in listed]
        if not (tables or sums) or self.answer.question.hide_small:
            return
        self._section("Checks", "Number", "Counted in two ways", ">Both say", " Result")
        for table in tables:
            self._check_table(listed[table.of], content.crossed[table.key])
        for table in sums:
            assert table.agrees is not None
            self._check_sum(listed[table.agrees[0]], table.agrees[1], content.crossed[table.key])
        for one in content.report.agreements:
            if not self.answer.question.past:
                self._check_agreement(one, content.report.sheets[0], listed[one.sheet])

    def _check_agreement(self, one: Agreement, first: Sheet, target: Sheet) -> None:
        tallies = self.frame.content.tallies
        ranges = ",".join(f'{self._range(target, key)},"{word}"' for key, word in one.counts)
        said = " and ".join(f"“{word}”" for _, word in one.counts)
        self._check(
            one.says, f"Their sum on {first.name}; lines on {target.name} that are {said}",
            f"SUM({self._range(first, one.column)})", f"COUNTIFS({ranges})", tallies[first.key].sums[one.column],
            tallies[one.sheet].agreeing[one.counts],
        )  # fmt: skip

    def _check_table(self, sheet: Sheet, counted: Counted) -> None:
        rows = self.frame.content.tallies[sheet.key].rows
        name = "Devices in all" if sheet.key == "devices" else f"Lines on {sheet.name}"
        says = f"Lines on {sheet.name}; total of “{counted.table.title}”"
        total = f"{counted.table.key}Total" if counted.rows else "0"
        self._check(name, says, f"COUNTA({self._range(sheet, sheet.counted)})", total, rows, counted.total)

    def _check_sum(self, sheet: Sheet, column: str, counted: Counted) -> None:
        label = self.answer.catalogues[sheet.key][column].label
        says = f"Sum of {label} on {sheet.name}; total of “{counted.table.title}”"
        total = f"{counted.table.key}Total" if counted.rows else "0"
        is_now = self.frame.content.tallies[sheet.key].sums[column]
        self._check(label, says, f"SUM({self._range(sheet, column)})", total, is_now, counted.total)

    def _check(self, name: str, says: str, left: str, right: str, left_is: int, right_is: int) -> None:
        page = self.frame.page
        self.frame.write(self.sheet, self.row, 0, name, "value")
        self.frame.write(self.sheet, self.row, 1, says, "value")
        self.sheet.write_formula(self.row, 2, f"={left}", page["count"], left_is)
        said = "✓ agree" if left_is == right_is else "✗ differ"
        self.sheet.write_formula(self.row, 3, f'=IF({left}={right},"✓ agree","✗ differ")', page["result"], said)
        self.row += 1

    def _range(self, sheet: Sheet, column: str) -> str:
        catalogue = self.answer.catalogues[sheet.key]
        keys = [key for key in sheet.columns if key in catalogue]
        letters = column_letters(keys.index(column))
        last = FIRST_ROW + max(self.frame.content.spools[sheet.key].rows, 1) - 1
        return f"{quoted(sheet.name)}!${letters}${FIRST_ROW}:${letters}${last}"

    def _signs(self) -> None:
        signs = self._marks()
        if not signs:
            return
        self._section("Signs", "Looks like", "Means", "On sheet", "")
        for (text, mark), names in signs.items():
            look = {**TONES[mark.tone], "font_name": "Calibri", "font_size": 11, "text_wrap": True, "valign": "vcenter"}
            where = ", ".join(names)
            lines = max(len(text) // _WIDTHS[0], len(where) // (_WIDTHS[2] + _WIDTHS[3])) + 1
            if lines > 1:
                self.sheet.set_row(self.row, 15 * lines)
            self.sheet.write_string(self.row, 0, text, self.frame.book.add_format(look))
            self.frame.write(self.sheet, self.row, 1, mark.legend, "value")
            self.frame.write(
                self.sheet, self.row, 2, where, "name" if len(where) <= _WIDTHS[2] + _WIDTHS[3] else "value"
            )
            self.row += 1

    def _marks(self) -> dict[tuple[str, Mark], list[str]]:
        """Each sign once, with the sheets it stands on."""
        found: dict[tuple[str, str, str], tuple[Mark, list[str]]] = {}
        for sheet in self.frame.content.report.listed:
            for mark in sheet.marks:
                if mark.column in self.answer.catalogues[sheet.key]:
                    key = (_sample(mark), mark.legend, mark.tone)
                    found.setdefault(key, (mark, []))[1].append(sheet.name)
        return {(key[0], mark): list(dict.fromkeys(names)) for key, (mark, names) in found.items()}

    def _notes(self) -> None:
        self._section("Notes")
        for note in notes(self.frame.content):
            for line in textwrap.wrap(note, _LINE, subsequent_indent="    "):
                self.frame.write(self.sheet, self.row, 0, line, "note")
                self.row += 1

    def _section(self, title: str, *headings: str) -> None:
        self.row += 1
        self.frame.write(self.sheet, self.row, 0, title, "section")
        self.row += 1
        for at, heading in enumerate(headings):
            style = "header_right" if heading.startswith(">") else "header"
            self.frame.write(self.sheet, self.row, at, heading.removeprefix(">"), style)
        self.row += 1 if headings else 0

    def _label(self, text: str) -> None:
        self.frame.write(self.sheet, self.row, 0, text, "label")

    def _value(self, text: str) -> None:
        lines = -(-len(text) // (_WIDTHS[1] + 4))
        if lines > 1:
            self.sheet.set_row(self.row, 15 * min(lines, 20))
        self.frame.write(self.sheet, self.row, 1, text, "value")
        self.row += 1

    def _define(self, name: str, column: int = 1) -> None:
        self.frame.book.define_name(name, f"={NAME}!${column_letters(column)}${self.row + 1}")
        self.row += 1


def _counts_rows(table: CrossTable) -> bool:
    """Whether the total of a table is the number of lines of its sheet."""
    if not table.measures:
        return not table.add
    return not table.measures[0].add and table.measures[0].where is None


def _sample(mark: Mark) -> str:
    if mark.test == "is":
        return " / ".join(mark.words)
    return f"{mark.sign}31 Mar 2026" if mark.test == "before" else f"{mark.sign}{mark.limit + 1}"
