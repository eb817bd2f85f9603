"""What a cell means as a field of the register: one reader per kind of field.

A reader returns the value; None for blank; or a `Trouble`, which may still carry a value that can be stored.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from fleet.domain import identifiers
from fleet.domain.identifiers import Judged
from importers.book import Cell
from importers.columns import plain
from importers.dates import Order, read_moment, to_utc
from importers.words import CUSTODY_WORDS, FIELD_KINDS, KIND_WORDS, LINE_WORDS, OWNERSHIP_WORDS, STATUS_WORDS

MAY_BE = "It may be "
"""How the remedy of a cell begins for which there is a proposal that a person may take."""


class Trouble(NamedTuple):
    """A cell that is not simply good. `value` None: nothing of it may be stored."""

    value: object
    code: str
    reason: str
    remedy: str | None = None
    proposal: str | None = None


class Fields(NamedTuple):
    """A cell that feeds other fields than its column's own: two IMEIs in one, a serial or an IMEI."""

    values: Mapping[str, object]
    troubles: tuple[Trouble, ...] = ()


Reader = Callable[[Cell], object]

LONGEST_TEXT = 4_000

_YES = frozenset(("true", "yes", "y", "1", "enabled", "active"))
_NO = frozenset(("false", "no", "n", "0", "disabled", "inactive"))
_GUID = re.compile(r"\{?([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})\}?")
_IN_BRACKETS = re.compile(r"\(([^()]+)\)\s*$")
_LIST = re.compile(r"[;,|\[\]\"\n]+\s*|\s+/\s+")
_ZERO_GUID = "00000000-0000-0000-0000-000000000000"
_MONEY = re.compile(r"\(?-?(?:£|gbp)?\s*-?([\d,]*\d(?:\.\d+)?|\.\d+)\s*(?:gbp)?\)?")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")
_MONTH_COUNT = re.compile(r"(\d{1,3})\s*(months?|m|years?|yrs?|y)?", re.IGNORECASE)
UNKNOWN = frozenset(("", "unknown", "na", "none", "null", "nil", "notspecified", "tbc", "tba", "notapplicable"))
"""Words, as headers are compared, that mean blank."""


def reader(kind: str, *, order: Order = "day-first", assume_utc: bool = False) -> Reader:
    """The reader of a kind of field; `order` and `assume_utc` matter for dates and moments."""
    if kind == "date":
        return lambda cell: _date(cell, order)
    if kind == "moment":
        return lambda cell: _moment(cell, order, assume_utc)
    if kind in identifiers.JUDGES:
        return _identifier(identifiers.JUDGES[kind])
    return _READERS[kind]


@lru_cache(maxsize=4_000)
def kind_of_model(model: str) -> str | None:
    """The kind of device that a model's name gives away."""
    word = plain(model)
    if word.startswith(("ipad", "appleipad")):
        return "ipad"
    if word.startswith(("iphone", "appleiphone")):
        return "iphone"
    if word.startswith(("igel", "wyse", "dellwyse", "hpt", "optiplex3000thinclient")) and word != "hpt":
        return "thin_client"
    return None


def _identifier(judge: Callable[[object], Judged]) -> Reader:
    def read(cell: Cell) -> object:
        normal, verdict, sentence, proposal, code = judge(cell)
        if verdict == "good":
            return normal
        if code == "blank":
            return None
        return Trouble(normal, code, sentence, f"{MAY_BE}{proposal}." if proposal else None, proposal)

    return read


def text_of(cell: Cell) -> str:
    """Any cell as text: a whole number without `.0`, a date as ISO, spaces tidied, invisible characters removed."""
    if isinstance(cell, str):
        return identifiers.tidy(cell)
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def _text(cell: Cell) -> object:
    text = text_of(cell)
    if plain(text) in UNKNOWN and not any(letter.isalnum() for letter in text):
        return None
    if len(text) > LONGEST_TEXT:
        return Trouble(None, "text-too-long", f"The text has {len(text)} characters; at most {LONGEST_TEXT} are kept.")
    return None if plain(text) in UNKNOWN else _without_controls(text)


def _without_controls(text: str) -> str:
    return text if text.isprintable() else "".join(letter for letter in text if letter.isprintable())


def _code(cell: Cell) -> object:
    """A short text whose leading zeros count: cost code, order number, employee number."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Trouble(text_of(cell), "code-number-cell", "Read from a number cell: leading zeros would be lost.")
    return _text(cell)


def _version(cell: Cell) -> object:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Trouble(text_of(cell), "version-number-cell", "Read from a number cell: 17.10 would be read as 17.1.")
    if isinstance(cell, date | time | timedelta):
        return Trouble(None, "became-date", "A spreadsheet turned this version into a date.")
    return _text(cell)


def _date(cell: Cell, order: Order) -> object:
    if isinstance(cell, str) and plain(cell) in UNKNOWN:
        return None
    dated = read_moment(cell, order)
    if dated.code == "never":
        return None
    if not dated.code and dated.moment is not None:
        return dated.moment.date()
    return Trouble(dated.moment.date() if dated.moment else None, dated.code, DATE_REASONS[dated.code])


def _moment(cell: Cell, order: Order, assume_utc: bool) -> object:
    if isinstance(cell, str) and plain(cell) in UNKNOWN:
        return None
    dated = read_moment(cell, order)
    if dated.code == "never":
        return None
    moment = to_utc(dated, assume_utc=assume_utc)
    return moment if not dated.code else Trouble(moment, dated.code, DATE_REASONS[dated.code])


DATE_REASONS: Mapping[str, str] = {
    "date-form": "This is no date that can be read; write 31/03/2025 or 2025-03-31.",
    "date-range": "This date is before 1990 or after 2099.",
    "date-month-first": "This date is written month first, as in the United States.",
    "date-ambiguous": "Day and month can't be told apart: the column mixes day first and month first.",
}


def _money(cell: Cell) -> object:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _pence(Decimal(repr(cell)))
    if not isinstance(cell, str):
        return Trouble(None, "money-form", "This is no amount of money.")
    text = identifiers.tidy(cell).casefold()
    if plain(text) in UNKNOWN and "£" not in text:
        return None
    match = _MONEY.fullmatch(text)
    if match is None or not _THOUSANDS.fullmatch(match[1]):
        reason = "This is no amount in pounds; write 1234.50."
        return Trouble(None, "money-form", reason)
    try:
        amount = Decimal(match[1].replace(",", ""))
    except InvalidOperation:
        return Trouble(None, "money-form", "This is no amount in pounds; write 1234.50.")
    return _pence(-amount if "-" in text or text.startswith("(") else amount)


def _pence(pounds: Decimal) -> object:
    if not pounds.is_finite() or abs(pounds) >= 10_000_000:
        return Trouble(None, "money-range", "This amount is too large to be the price of a device.")
    if pounds < 0:
        return Trouble(None, "money-negative", "A price can't be negative: this may be a credit note.")
    return int((pounds * 100).to_integral_value())


def _months(cell: Cell) -> object:
    text = text_of(cell)
    if plain(text) in UNKNOWN:
        return None
    match = _MONTH_COUNT.fullmatch(text)
    if match is None:
        return Trouble(None, "months-form", "This is no number of months.")
    years = (match[2] or "").casefold().startswith("y")
    return int(match[1]) * (12 if years else 1)


def _number(cell: Cell) -> object:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return int(cell) if abs(cell) < 1e15 else Trouble(None, "number-form", "This number is too large.")
    text = text_of(cell).replace(",", "")
    if plain(text) in UNKNOWN:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) < 16:
        return int(float(text))
    return Trouble(None, "number-form", "This is no number.")


def _megabytes(cell: Cell) -> object:
    """Intune's exports give storage in megabytes; the register keeps bytes."""
    number = _number(cell)
    return number * 1024 * 1024 if isinstance(number, int) else number


def _guid(cell: Cell) -> object:
    text = text_of(cell)
    if plain(text) in UNKNOWN:
        return None
    match = _GUID.fullmatch(text)
    if match is None:
        return Trouble(None, "guid-form", "This is no identifier of the form 8-4-4-4-12.")
    guid = match[1].lower()
    return None if guid == _ZERO_GUID else guid


def _word(words: Mapping[str, str], code: str, reason: str) -> Reader:
    def read(cell: Cell) -> object:
        word = plain(text_of(cell))
        if word in UNKNOWN:
            return None
        value = words.get(word)
        return value if value is not None else Trouble(None, code, reason)

    return read


def _status(cell: Cell) -> object:
    text = text_of(cell)
    word = plain(text)
    if word in UNKNOWN:
        return None
    status = STATUS_WORDS.get(word)
    if status is not None and word in ("loststolen", "lostorstolen"):
        return Trouble(status, "status-unsure", "The file does not say whether this device is lost or stolen.")
    if status is None:
        return Trouble(None, "status-unknown", "This status is not known; the status recorded is kept.")
    return status


def _boolean(cell: Cell) -> object:
    word = plain(text_of(cell))
    if word in _YES:
        return True
    if word in _NO:
        return False
    return None if word in UNKNOWN else Trouble(None, "boolean-form", "This is neither yes nor no.")


def _imeis(cell: Cell) -> object:
    """One or two IMEIs in a cell, separated or as a JSON list."""
    text = text_of(cell)
    parts = [part for part in _LIST.split(text) if part]
    if not parts:
        return None
    if len(parts) == 1:
        return _fields([("imei", reader("imei")(cell if not isinstance(cell, str) else parts[0]))])
    if len(parts) > 2:
        return Trouble(None, "several", "More than two IMEIs are written in one cell.")
    return _fields(zip(("imei", "imei2"), map(reader("imei"), parts), strict=True))


def _imei_or_serial(cell: Cell) -> object:
    text = text_of(cell)
    is_imei = identifiers.imei.judge(cell).normal is not None or not any(letter.isalpha() for letter in text)
    name = "imei" if is_imei else "serial"
    return _fields([(name, reader(name)(cell))])


def _serial_or_mac(cell: Cell) -> object:
    judged = identifiers.mac.judge(cell)
    name = "ethernet_mac" if judged.normal is not None or judged.code == "mac-private" else "serial"
    return _fields([(name, reader(FIELD_KINDS[name])(cell))])


def _login(cell: Cell) -> object:
    """A user name: only one with a domain is a UPN."""
    text = text_of(cell)
    if "@" not in text:
        return None
    return _fields([("holder_upn", reader("upn")(text))])


def _item_name(cell: Cell) -> object:
    """How an asset tool names a thing in its log: `iPad 9 (NB-0012)`, or by its tag alone."""
    text = html.unescape(text_of(cell))
    match = _IN_BRACKETS.search(text)
    meaning = reader("asset_tag")(match[1] if match else text)
    return None if isinstance(meaning, Trouble) and not match else _fields([("asset_tag", meaning)])


def _fields(meanings: Iterable[tuple[str, object]]) -> object:
    values: dict[str, object] = {}
    troubles: list[Trouble] = []
    for name, meaning in meanings:
        value = meaning
        if isinstance(meaning, Trouble):
            troubles.append(meaning)
            value = meaning.value
        if value is not None:
            values[name] = value
    return Fields(values, tuple(troubles)) if values or troubles else None


_READERS: Mapping[str, Reader] = {
    "text": _text,
    "code": _code,
    "version": _version,
    "money": _money,
    "months": _months,
    "number": _number,
    "megabytes": _megabytes,
    "guid": _guid,
    "imeis": _imeis,
    "imei_or_serial": _imei_or_serial,
    "serial_or_mac": _serial_or_mac,
    "login": _login,
    "status": _status,
    "item_name": _item_name,
    "custody_event": _word(CUSTODY_WORDS, "custody-event-unknown", "This is neither giving out nor taking back."),
    "boolean": _boolean,
    "line_state": _word(
        LINE_WORDS, "line-state-unknown", "This state of a line is not known; the one recorded is kept."
    ),
    "kind": _word(KIND_WORDS, "kind-unknown", "This kind of device is not known: iPad, iPhone, thin client or other."),
    "ownership": _word(OWNERSHIP_WORDS, "ownership-unknown", "This is neither corporate nor personal."),
}
