"""Cells to records: column by column for speed, then row by row for sense."""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from fleet.domain.identifiers import imei_key
from fleet.domain.records import ImportedRow, Problem
from importers.book import Cell, Row, Table
from importers.columns import PERSONAL, Header, Mapped, known_in, plain, plain_lines
from importers.dates import Order, order_of
from importers.layout import Layout
from importers.layouts import every_word, identity_words
from importers.meanings import Fields, Trouble, kind_of_model, reader, text_of
from importers.problems import RejectedRow
from importers.remarks import LITTLE, is_footer, is_tag_of_words
from importers.whole_columns import meanings_of
from importers.words import FIELD_KINDS, names_of

Told = tuple[int, str, Trouble]
"""Position of a cell, its field, its trouble."""
_ODD: frozenset[type] = frozenset((Trouble, Fields))
_SHOWN_VALUE = 120
_FILLER_TOLD = frozenset(("serial", "imei_or_serial", "serial_or_mac"))
"""Columns where a filler such as N/A is worth a word; elsewhere it only means blank."""

PRIVATE_TO_PEOPLE = frozenset(
    ("phone_number", "iccid", "imei", "imei2", "eid", "meid", "ethernet_mac", "device_name", "carrier")
)
"""Fields that are never kept of a person's own device."""


@dataclass(slots=True)
class Outcome:
    """What reading the rows gave."""

    records: list[ImportedRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    skipped: int = 0
    notes: list[str] = field(default_factory=list)


class RowReader:
    """Reads the data rows of one table under one layout."""

    def __init__(
        self, table: Table, rows: list[tuple[int, Row]], layout: Layout, header: Header, mapped: Mapped,
        accept: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self._table = table
        self._rows = rows
        self._layout = layout
        self._header = header
        self._fields = mapped.fields
        self._accept = accept
        self._outcome = Outcome()
        self._private = 0
        self._personal_columns = [i for i, name in enumerate(header.names) if plain(name) in PERSONAL]
        self._needed = frozenset(layout.identity)
        self._header_words = {plain(name) for name in header.names}

    def read(self) -> Outcome:
        """Read all rows below the header."""
        numbered = self._data_rows()
        feeds = [*self._fields.items()]
        if not feeds:
            for number, cells in numbered:
                self._reject(number, cells, ["No column of this file could be matched with a field."])
        across = _columns_of(numbered, max(self._table.width, len(self._header.names)))
        columns = [self._meanings(across[index], name) for index, name in feeds]
        found = self._records(numbered, feeds, columns) if feeds else []
        self._keep_unique(found)
        self._add_notes()
        return self._outcome

    def _records(
        self, rows: list[tuple[int, Row]], feeds: list[tuple[int, str]], columns: list[list[object]]
    ) -> list[tuple[int, Row, ImportedRow]]:
        """Rows of meanings to records; only cells of columns with a trouble somewhere are looked at one by one."""
        names = [name for _, name in feeds]
        odd = [place for place, column in enumerate(columns) if not _ODD.isdisjoint(map(type, column))]
        several = any(Fields in set(map(type, columns[place])) for place in odd)
        blanks: dict[tuple[str, ...], frozenset[str]] = {}
        found = []
        for (number, cells), meanings in zip(rows, zip(*columns, strict=True), strict=True):
            values = dict(zip(names, meanings, strict=True))
            gone = tuple([name for name, meaning in values.items() if meaning is None]) if None in meanings else ()
            for name in gone:
                del values[name]
            troubles = self._troubles_of(feeds, meanings, odd, values) if odd else []
            if several:
                values, troubles = _in_order(feeds, meanings, self._storable)
            if gone and self._table.errors:
                troubles = self._with_errors(number, feeds, meanings, troubles)
            blank = blanks.get(gone) or blanks.setdefault(gone, frozenset(gone))
            record = self._record(number, cells, values, blank, troubles)
            if record is not None:
                found.append((number, cells, record))
        return found

    def _troubles_of(
        self, feeds: list[tuple[int, str]], meanings: tuple[object, ...], odd: list[int], values: dict[str, object]
    ) -> list[Told]:
        """The troubles of a row; `values` then holds what may be stored in their place."""
        troubles: list[Told] = []
        for place in odd:
            meaning = meanings[place]
            if type(meaning) is not Trouble:
                continue
            index, name = feeds[place]
            troubles.append((index, name, meaning))
            value = self._storable(meaning)
            if value is None:
                del values[name]
            else:
                values[name] = value
        return troubles

    def _with_errors(
        self, number: int, feeds: list[tuple[int, str]], meanings: tuple[object, ...], troubles: list[Told]
    ) -> list[Told]:
        """The troubles of a row with those of its error cells, which read as blank."""
        found = [
            (index, name, error)
            for (index, name), meaning in zip(feeds, meanings, strict=True)
            if meaning is None and (error := self._error_cell(number, index))
        ]
        return sorted([*troubles, *found], key=lambda told: told[0]) if found else troubles

    def _data_rows(self) -> list[tuple[int, Row]]:
        """Rows that hold something, without repeated headers; a second table ends the first."""
        rows = self._rows
        known = every_word()
        kept = []
        start = 0
        for place in _begun_by_a_header(rows, known):
            number, row = rows[place]
            if self._repeats_header(row):
                kept += rows[start:place]
                start = place + 1
                self._outcome.skipped += 1
                self._problem("repeated-header", number, None, "The header row is repeated here; it was skipped.")
            elif self._starts_table(row, known):
                self._second_table(number, rows[place:])
                return [*kept, *rows[start:place]]
        return [*kept, *rows[start:]]

    def _repeats_header(self, row: Row) -> bool:
        filled = sum(1 for cell in row if cell != "")
        return filled >= 2 and known_in(row, self._header_words) == filled

    def _starts_table(self, row: Row, known: frozenset[str]) -> bool:
        filled = sum(1 for cell in row if cell != "")
        if filled < 2 or known_in(row, known) != filled:
            return False
        return filled > 2 or known_in(row, identity_words()) > 0

    def _second_table(self, number: int, rest: list[tuple[int, Row]]) -> None:
        self._outcome.skipped += len(rest)
        self._problem(
            "second-table",
            number,
            None,
            f"Another table begins here; its {len(rest)} rows were not read.",
            remedy="Move it to a sheet of its own and import that.",
        )

    def _meanings(self, cells: Sequence[Cell], name: str) -> list[object]:
        """One column, read with a memory of what it has read before: models and sites repeat."""
        kind = FIELD_KINDS[name]
        order: Order = "month-first" if self._layout.month_first else "day-first"
        if kind in ("date", "moment"):
            order = order_of(cells, order)
        read = reader(kind, order=order, assume_utc=self._layout.utc)
        return meanings_of(cells, kind, read, utc=self._layout.utc)

    def _record(
        self, number: int, cells: Row, values: dict[str, object], blank: frozenset[str], troubles: list[Told]
    ) -> ImportedRow | None:
        self._complete(values)
        named = not self._needed.isdisjoint(values)
        if not named or len(values) < LITTLE:
            footer = is_tag_of_words(values, cells) if named else is_footer(cells, alone=not troubles)
            if footer:
                self._footer(number, cells)
                return None
        warnings = self._tell(number, cells, troubles, values) if troubles else ()
        if named:
            return ImportedRow(number, values, blank, warnings)
        self._without_identity(number, cells, troubles)
        return None

    def _storable(self, trouble: Trouble) -> object:
        """The proposal where a person has accepted this cause, else what the reader let through."""
        accepted = trouble.proposal is not None and trouble.code in self._accept
        return trouble.proposal if accepted else trouble.value

    def _tell(self, number: int, cells: Row, troubles: list[Told], values: dict[str, object]) -> tuple[str, ...]:
        """Report the troubles of a row; of a person's own device the private columns are not even mentioned."""
        personal = values.get("ownership") == "personal"
        codes = []
        for index, name, trouble in troubles:
            filler = trouble.code == "placeholder" and name not in _FILLER_TOLD
            accepted = trouble.proposal is not None and trouble.code in self._accept
            if filler or accepted or (personal and name in PRIVATE_TO_PEOPLE):
                continue
            raw = text_of(cells[index])[:_SHOWN_VALUE] if index < len(cells) else ""
            codes.append(trouble.code)
            self._problem(trouble.code, number, index, trouble.reason, raw or trouble.proposal, trouble.remedy)
        return tuple(codes)

    def _error_cell(self, number: int, index: int) -> Trouble | None:
        shown = self._table.errors.get((number, index + 1))
        if shown is None:
            return None
        return Trouble(None, "error-cell", f"The spreadsheet shows the error {shown} here; nothing was read.")

    def _complete(self, values: dict[str, object]) -> None:
        """What the layout says of every row, the kind that a model gives away, and the privacy of own devices."""
        for name, constant in self._layout.constants.items():
            values.setdefault(name, constant)
        if self._layout.subject != "device":
            return
        if "holder_type" in values:
            _settle_holder(values)
        if "warranty_months" in values:
            _settle_warranty(values)
        model = values.get("model")
        if isinstance(model, str) and values.get("kind") in (None, "other") and (kind := kind_of_model(model)):
            values["kind"] = kind
        if values.get("ownership") == "personal":
            held = PRIVATE_TO_PEOPLE & values.keys()
            if held:
                self._private += 1
            for name in held:
                del values[name]

    def _without_identity(self, number: int, cells: Row, troubles: list[Told]) -> None:
        """A row of data that names nothing is rejected, with what was wrong with its names."""
        needed = names_of(self._layout.identity)
        reasons = [f"No {needed} that can be believed."]
        reasons += [trouble.reason for _, name, trouble in troubles if name in self._layout.identity]
        self._problem("no-identity", number, None, reasons[0], remedy="Write one of them.")
        self._reject(number, cells, reasons)

    def _footer(self, number: int, cells: Row) -> None:
        self._outcome.skipped += 1
        shown = next((text_of(cell) for cell in cells if cell != ""), "")[:40]
        self._problem("footer", number, None, "This row is a subtotal, title or note; it was skipped.", shown)

    def _keep_unique(self, found: list[tuple[int, Row, ImportedRow]]) -> None:
        """Exact repetitions are skipped; rows that claim one identifier and differ are all rejected."""
        sharing = {name: _shared(name, found) for name in self._layout.unique}
        if not any(sharing.values()):
            self._outcome.records = [record for _, _, record in found]
            return
        found = self._without_repetitions(found, sharing)
        sharing = {name: _shared(name, found) for name in self._layout.unique}
        for number, cells, record in found:
            clash = next((name for name in sharing if _key(name, record.values.get(name)) in sharing[name]), None)
            if clash is None:
                self._outcome.records.append(record)
                continue
            reason = f"Several rows of the file have this {clash} and differ."
            value = str(record.values.get(clash))
            self._problem(f"duplicate-{clash}", number, self._position(clash), reason, value, "Keep the right one.")
            self._reject(number, cells, [reason])

    def _without_repetitions(
        self, found: list[tuple[int, Row, ImportedRow]], sharing: Mapping[str, set[object]]
    ) -> list[tuple[int, Row, ImportedRow]]:
        seen: set[object] = set()
        distinct = []
        for number, cells, record in found:
            if any(_key(name, record.values.get(name)) in shared for name, shared in sharing.items()):
                signature = frozenset(record.values.items())
                if signature in seen:
                    self._outcome.skipped += 1
                    self._problem("repeated-row", number, None, "This row says exactly what an earlier one says.")
                    continue
                seen.add(signature)
            distinct.append((number, cells, record))
        return distinct

    def _position(self, name: str) -> int | None:
        return next((index for index, known in self._fields.items() if known == name), None)

    def _reject(self, number: int, cells: Row, reasons: list[str]) -> None:
        kept = list(cells)
        for index in self._personal_columns:
            if index < len(kept):
                kept[index] = ""
        self._outcome.rejected.append(RejectedRow(number, kept, tuple(dict.fromkeys(reasons))))

    def _problem(
        self, code: str, row: int, index: int | None, reason: str, value: str | None = None, remedy: str | None = None
    ) -> None:
        column = self._header.names[index] if index is not None else None
        self._outcome.problems.append(Problem(code, f"row {row}", reason, value, remedy, row, column))

    def _add_notes(self) -> None:
        if self._private:
            self._outcome.notes.append(
                f"{self._private} rows are people's own devices: phone number, SIM, IMEI, Wi-Fi address and device name "
                "were not read."
            )
        self._outcome.rejected.sort(key=lambda rejected: rejected.row)


def _columns_of(rows: list[tuple[int, Row]], width: int) -> list[Sequence[Cell]]:
    """The cells of each column; those of short rows are blank."""
    if len({len(row) for _, row in rows}) != 1:
        rows = [(number, row + [""] * (width - len(row))) for number, row in rows]
    across: list[Sequence[Cell]] = list(zip(*(row for _, row in rows), strict=True))
    return across + [[""] * len(rows)] * (width - len(across))


def _begun_by_a_header(rows: list[tuple[int, Row]], known: frozenset[str]) -> list[int]:
    """Places of rows whose first written cell is a header that some layout knows."""
    first = [row[0] if row[0] != "" else next(cell for cell in row if cell != "") for _, row in rows]
    short = [cell if isinstance(cell, str) and len(cell) <= 40 else "" for cell in first]
    lines = "\n".join(short)
    if lines.isascii() and lines.count("\n") == len(short) - 1:
        words = plain_lines(lines)
    else:
        words = list(map(plain, short))
    return [place for place, word in enumerate(words) if word and word in known]


def _in_order(
    feeds: list[tuple[int, str]], meanings: tuple[object, ...], storable: Callable[[Trouble], object]
) -> tuple[dict[str, object], list[Told]]:
    """Values and troubles of a row whose cells may feed several fields: of two for one field the later one stands."""
    values: dict[str, object] = {}
    troubles: list[Told] = []
    for (index, name), meaning in zip(feeds, meanings, strict=True):
        if type(meaning) is Trouble:
            troubles.append((index, name, meaning))
            if (stored := storable(meaning)) is not None:
                values[name] = stored
        elif type(meaning) is Fields:
            values.update(meaning.values)
            troubles += [(index, name, trouble) for trouble in meaning.troubles]
        elif meaning is not None:
            values[name] = meaning
    return values, troubles


def _settle_holder(values: dict[str, object]) -> None:
    """A device checked out to a place or to another device has no person as its holder."""
    target = values.pop("holder_type", None)
    if target is None or plain(str(target)) == "user":
        return
    place = values.pop("holder_name", None)
    values.pop("holder_upn", None)
    if place is not None and plain(str(target)) == "location":
        values.setdefault("site", place)


def _settle_warranty(values: dict[str, object]) -> None:
    """A warranty of so many months ends that long after the purchase."""
    months, bought = values.pop("warranty_months", None), values.get("purchased_on")
    if isinstance(months, int) and isinstance(bought, date) and "warranty_until" not in values:
        year, month = divmod(bought.month - 1 + months, 12)
        last = monthrange(bought.year + year, month + 1)[1]
        values["warranty_until"] = date(bought.year + year, month + 1, min(bought.day, last))


def _key(name: str, value: object) -> object:
    if value is None:
        return None
    return imei_key(str(value)) or value if name == "imei" else value


def _shared(name: str, found: list[tuple[int, Row, ImportedRow]]) -> set[object]:
    """The values of a field that more than one row has."""
    counts = Counter(_key(name, record.values.get(name)) for _, _, record in found)
    del counts[None]
    return {value for value, count in counts.items() if count > 1}
