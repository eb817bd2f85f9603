"""The first sheet: what this is, as at when, from which sources, what each sheet answers, and whether they agree."""

from typing import Any

from fleet.domain.fields import day_text
from fleet.exports.definition import Mark
from fleet.exports.frame import Frame
from fleet.exports.look import TONES
from fleet.exports.reading import SourceAge, describe
from fleet.exports.row_sheets import FIRST_ROW
from fleet.exports.spool import column_letters

NAME = "Cover"
_WIDTHS = (30, 88, 24, 16)


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
        self.sheet.fit_to_pages(1, 1)

    def lay(self) -> None:
        """All sections."""
        self._facts()
        self._sources()
        self._sheets()
        self._agreements()
        self._signs()
        self._notes()
        self.sheet.print_area(0, 0, self.row, len(_WIDTHS) - 1)

    def _facts(self) -> None:
        question = self.answer.question
        self._label("Organisations" if len(self.answer.organisations) > 1 else "Organisation")
        self._value(", ".join(self.answer.organisations.values()) or "none")
        self._label("As at")
        self.sheet.write_datetime(self.row, 1, question.day, self.frame.page["day"])
        self._define("AsAt")
        self._label("Made")
        self.frame.write_moment(self.sheet, self.row, 1, question.now)
        self._define("MadeAt")
        self._label("Made by")
        self._value(question.actor)
        self._label("Filters")
        self._value(describe(question.filters))
        self._label("People")
        self._value(
            "Names, sign-in names and phone numbers are shown. Keep this file to those who need them."
            if question.unmask
            else "Names are shortened to initials; sign-in names, phone numbers and device names are left out."
        )

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
            write(self.sheet, self.row, 3, self._age(source), "value")
            self.row += 1
        if not self.answer.sources:
            self._label("No tenant is configured: everything here was recorded by hand or imported.")
            self.row += 1

    def _age(self, source: SourceAge) -> str:
        if source.last_complete_at is None:
            return "never read"
        hours = int((self.answer.question.now - source.last_complete_at).total_seconds() // 3600)
        if hours < 1:
            return "less than an hour"
        if hours < 48:
            return "1 hour" if hours == 1 else f"{hours} hours"
        return f"▲ {hours // 24} days"

    def _sheets(self) -> None:
        report = self.frame.content.report
        self._section("Sheets", "Sheet", "What it answers", ">Lines", "")
        self._link("Summary", report.summary_question, None)
        for sheet in report.sheets:
            lines = self.frame.content.spools[sheet.key].rows
            self._link(sheet.name, sheet.question, lines, f"{sheet.name}Count")

    def _link(self, name: str, question: str, lines: int | None, defined: str | None = None) -> None:
        self.sheet.write_url(self.row, 0, f"internal:'{name}'!A1", self.frame.page["link"], name)
        self.frame.write(self.sheet, self.row, 1, question, "value")
        if lines is not None:
            self.sheet.write_number(self.row, 2, lines, self.frame.page["count"])
        if defined:
            self._define(defined, column=2)
        else:
            self.row += 1

    def _agreements(self) -> None:
        """Numbers that must agree, computed by the spreadsheet program from the sheets themselves."""
        content = self.frame.content
        self._section("Checks", "Number", "Counted in two ways", ">Both say", " Result")
        first = content.report.sheets[0]
        counted = f"COUNTA({self._range(first.key, 'id')})"
        rows = content.tallies[first.key].rows
        for table in content.crossed:
            says = f"Lines on {first.name}; total of “{table.table.title}”"
            self._check(
                "Devices in all", says, counted, f"{table.table.key}Total" if table.rows else "0", rows, table.total
            )
        for one in content.report.agreements:
            target = next(sheet for sheet in content.report.sheets if sheet.key == one.sheet)
            key, word = one.counts
            left = content.tallies[first.key].sums[one.column]
            right = content.tallies[one.sheet].words[key, word]
            if self.answer.question.as_at is None:
                self._check(
                    one.says, f"Their sum on {first.name}; lines on {target.name} that are “{word}”",
                    f"SUM({self._range(first.key, one.column)})", f'COUNTIF({self._range(one.sheet, key)},"{word}")',
                    left, right,
                )  # fmt: skip

    def _check(self, name: str, says: str, left: str, right: str, left_is: int, right_is: int) -> None:
        page = self.frame.page
        self.frame.write(self.sheet, self.row, 0, name, "value")
        self.frame.write(self.sheet, self.row, 1, says, "value")
        self.sheet.write_formula(self.row, 2, f"={left}", page["count"], left_is)
        said = "✓ agree" if left_is == right_is else "✗ differ"
        self.sheet.write_formula(self.row, 3, f'=IF({left}={right},"✓ agree","✗ differ")', page["result"], said)
        self.row += 1

    def _range(self, sheet: str, column: str) -> str:
        definition = next(one for one in self.frame.content.report.sheets if one.key == sheet)
        keys = [key for key in definition.columns if key in self.answer.catalogues[sheet]]
        letters = column_letters(keys.index(column))
        last = FIRST_ROW + max(self.frame.content.spools[sheet].rows, 1) - 1
        return f"{definition.name}!${letters}${FIRST_ROW}:${letters}${last}"

    def _signs(self) -> None:
        self._section("Signs", "Looks like", "Means", "On sheet", "")
        for sheet in self.frame.content.report.sheets:
            for mark in sheet.marks:
                if mark.column in self.answer.catalogues[sheet.key]:
                    look = {**TONES[mark.tone], "font_name": "Calibri", "font_size": 11}
                    shown = self.frame.book.add_format(look)
                    self.sheet.write_string(self.row, 0, _sample(mark), shown)
                    self.frame.write(self.sheet, self.row, 1, mark.legend, "value")
                    self.frame.write(self.sheet, self.row, 2, sheet.name, "value")
                    self.row += 1

    def _notes(self) -> None:
        self._section("Notes")
        support = self.answer.support
        stale = " These data are older than 60 days." if support.stale(self.answer.question.day) else ""
        notes = [f"Apple's support is judged by data of {day_text(support.as_at)}.{stale}"]
        notes += [
            f"{sheet.name}: the first {sheet.printed} columns are printed; the others are for the screen."
            for sheet in self.frame.content.report.sheets
        ]
        notes += [
            f"{sheet.name}: {cut:,} texts were longer than a cell holds and end with the word “cut”."
            for sheet in self.frame.content.report.sheets
            if (cut := self.frame.content.spools[sheet.key].texts_cut)
        ]
        if self.answer.question.as_at is not None:
            notes.append("As at a day gone by, check-ins and the number of open findings of a device are not known.")
        for note in notes:
            self.frame.write(self.sheet, self.row, 0, note, "note")
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


def _sample(mark: Mark) -> str:
    if mark.test == "is":
        return " / ".join(mark.words)
    return f"{mark.sign}31 Mar 2026" if mark.test == "before" else f"{mark.sign}2"
