"""What a person types to find things: words, and readable filters such as `status:lost os:<17.7 seen:>30d -kind:iphone`.

Pure: text in, a `Search` out, or a sentence that says what is wrong. Ordinary input (`O'Brien`, `SN-001`, `50%`) is text.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from types import MappingProxyType

from fleet.domain.lifecycle import STATUSES
from fleet.domain.records import DeviceRow
from fleet.errors import UsageProblem

FILTERS: Mapping[str, str] = MappingProxyType(
    {
        "status": "status of the device: in_stock, issued, lost, ...",
        "kind": "ipad, iphone, thin_client or other",
        "org": "key of the organisation",
        "site": "part of the site's name",
        "team": "part of the team's name",
        "held": "part of the holder's name or UPN; `held:nobody` for none",
        "model": "part of the model's name",
        "os": "OS version: `os:17`, `os:<17.7`, `os:>=26`",
        "seen": "last check-in: `seen:<7d` within, `seen:>30d` longer ago, `seen:never`",
        "compliance": "compliant, noncompliant, ...",
        "own": "organisation or personal",
        "finding": "key of a rule, or `any`",
        "tenant": "key of the tenant it is enrolled in",
        "due": "loans: `due:overdue`, `due:<7d`",
    }
)
"""Filter -> what it takes, for help and completion."""
CLOSED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "status": STATUSES,
        "kind": ("ipad", "iphone", "thin_client", "other"),
        "own": ("organisation", "personal"),
    }
)
"""Filter -> all the values there are; another one is a mistake."""

_ALIASES = {"organisation": "org", "holder": "held", "owner": "own", "ownership": "own", "rule": "finding"}
_TOKEN = re.compile(
    r'(?P<minus>-?)(?P<name>[a-z]+):(?P<op><=|>=|<|>|=)?(?:"(?P<quoted>[^"]*)(?:"|$)|(?P<plain>\S*))|(?P<word>"[^"]*"|\S+)',
    re.I,
)
_MAC = re.compile(
    r"(?<!\S)(?=\S*:):?[0-9a-f]{1,2}(?::[0-9a-f]{2}){0,4}(?::[0-9a-f]{0,2})?(?!\S)"
    r"|(?<!\S)[0-9a-f]{2}(?:-[0-9a-f]{2}){5}(?!\S)|(?<!\S)[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}(?!\S)",
    re.I,
)
"""A MAC address as labels and consoles write it, or with colons any piece of one."""
_PHONE = re.compile(r"(?<![^\s])0\d[\d ]{7,10}\d(?![^\s])")
COMPARABLE = frozenset({"os", "seen", "due"})
_AGE = re.compile(r"^\d{1,5}d?$")
_VERSION = re.compile(r"^\d{1,3}(\.\d{1,3}){0,3}$")


@dataclass(frozen=True, slots=True)
class Filter:
    """One token: `-status:lost` is Filter("status", "=", "lost", negative=True)."""

    name: str
    operator: str
    value: str
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Words that must all occur, folded, and filters that must all hold."""

    words: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()


def fold(text: str) -> str:
    """Case, accents and apostrophes removed, as both the stored text and the query are: `sian obrien` finds Siân O’Brien."""
    text = text.casefold()
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text).replace("’", "'").replace("ʼ", "'")
        text = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
        if not text.isascii():  # What was taken apart may have capitals and compounds of its own: ℡, ẛ.
            text = unicodedata.normalize("NFKD", text)
    return text.replace("'", "")


def parse(text: str) -> Search:
    """Read a search; raises `UsageProblem` for a filter that means nothing."""
    words: list[str] = []
    filters: list[Filter] = []
    text = without_colons(_PHONE.sub(_international, text))
    for token in _TOKEN.finditer(text):
        name = (token["name"] or "").lower()
        if not name or (token["plain"] == "" and token["quoted"] is None and not token["op"] and name not in _known()):
            words.append(fold(token[0].strip('"')))
            continue
        name = _ALIASES.get(name, name)
        if name not in FILTERS:
            if token["plain"] is not None and token["plain"].startswith("//"):
                words.append(fold(token[0]))
                continue
            raise UsageProblem(f"There is no filter called {name}:.{_nearest(name)} Filters are {', '.join(FILTERS)}.")
        value = (token["quoted"] if token["quoted"] is not None else token["plain"] or "").strip()
        if value:  # A filter still being typed filters nothing.
            filters.append(_checked(Filter(name, token["op"] or "=", value, bool(token["minus"]))))
    return Search(tuple(word for word in words if word), tuple(filters))


def _international(found: re.Match[str]) -> str:
    """A UK number as people write it, in the form the register keeps; anything else as it is."""
    digits = "".join(char for char in found[0] if char.isdigit())
    return f"+44{digits[1:]}" if len(digits) in (10, 11) else found[0]


def without_colons(text: str) -> str:
    """A text with the MAC addresses in it, and pieces of such, as the register keeps them: `ac:de:48` is `acde48`."""
    return _MAC.sub(lambda found: re.sub(r"[:\-.]", "", found[0]), text)


def _known() -> frozenset[str]:
    return frozenset(FILTERS) | frozenset(_ALIASES)


def _nearest(name: str) -> str:
    close = get_close_matches(name, [*FILTERS, *_ALIASES], n=1)
    return f" Did you mean {close[0]}:?" if close else ""


def _checked(one: Filter) -> Filter:
    if one.operator != "=" and one.name not in COMPARABLE:
        raise UsageProblem(f"{one.name}: takes a value, not a comparison ({one.operator}).")
    if one.name == "os" and not _VERSION.match(one.value):
        raise UsageProblem(f"os: takes a version such as 17 or 17.7, not {one.value}.")
    if one.name in CLOSED and one.value.lower().replace(" ", "_").replace("-", "_") not in CLOSED[one.name]:
        close = get_close_matches(one.value.lower(), CLOSED[one.name], n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise UsageProblem(f"{one.name}: is one of {', '.join(CLOSED[one.name])}, not {one.value}.{hint}")
    words = {"seen": ("never",), "due": ("overdue", "any")}.get(one.name, ())
    if one.name in ("seen", "due") and one.value.lower() not in words and not _AGE.match(one.value):
        raise UsageProblem(f"{one.name}: takes a number of days such as <7d, or {' or '.join(words)}, not {one.value}.")
    return one


def version_key(version: str) -> tuple[int, ...]:
    """`26.3.1 (a)` -> (26, 3, 1, 0): versions in order, whatever their length."""
    numbers = [int(part) for part in re.findall(r"\d+", version.split("(", maxsplit=1)[0])[:4]]
    return tuple([*numbers, 0, 0, 0, 0][:4])


def version_matches(version: str, operator: str, wanted: str) -> bool:
    """Whether a version satisfies a filter; `os:17` means any 17."""
    if operator == "=":
        depth = len(wanted.split("."))
        return version_key(version)[:depth] == version_key(wanted)[:depth]
    left, right = version_key(version), version_key(wanted)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def row_matches(row: DeviceRow, search: Search, today: date) -> bool:
    """Whether a row satisfies a search: for rows that no database query made, such as the estate of a past day."""
    hay = fold(
        "\x1f".join(
            part
            for part in (
                row.asset_tag, row.serial, row.imei, row.model, row.holder, row.holder_upn, row.site, row.team,
                row.device_name, row.phone_number, row.iccid, row.status, row.ethernet_mac,
            )
            if part
        )
    )  # fmt: skip
    if not all(word in hay for word in search.words):
        return False
    return all(_row_satisfies(row, one, today) is not one.negative for one in search.filters)


def _row_satisfies(row: DeviceRow, one: Filter, today: date) -> bool:
    value = one.value.lower()
    exact = {"own": row.ownership, "org": row.organisation, "tenant": row.tenant, "compliance": row.compliance}
    if one.name in exact:
        return (exact[one.name] or "").lower() == value
    words = {"status": row.status, "kind": row.kind}
    if one.name in words:
        return words[one.name] == value.replace(" ", "_").replace("-", "_")
    part = {"site": row.site, "team": row.team, "model": row.model}
    if one.name in part:
        return fold(value) in fold(part[one.name] or "")
    if one.name == "held":
        if value in ("nobody", "none"):
            return row.holder is None
        return any(fold(value) in fold(name) for name in (row.holder, row.holder_upn) if name)
    if one.name == "os":
        return row.os_version is not None and version_matches(row.os_version, one.operator, one.value)
    if one.name == "due":
        return row.due_on is not None and _due_satisfies(row.due_on, one, today)
    raise UsageProblem(f"{one.name}: is not kept for past days; ask about today, or leave it out.")


def _due_satisfies(due_on: date, one: Filter, today: date) -> bool:
    if one.value.lower() == "any":
        return True
    if one.value.lower() == "overdue":
        return due_on < today
    day = today + timedelta(days=int(one.value.rstrip("dD")))
    return due_on > day if one.operator in (">", ">=") else due_on <= day
