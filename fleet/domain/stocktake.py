"""A stocktake: what one scan means, what all of them together say of a device, and how good the evidence is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from fleet.domain.rules.declaration import Rule

FOUND = "found"
REPEATED = "repeated"
UNEXPECTED = "unexpected"
WRONG_SITE = "wrong_site"
WRONG_HOLDER = "wrong_holder"
UNKNOWN = "unknown"
AMBIGUOUS = "ambiguous"
MISSING = "missing"
"""Said of an expected device that no scan meant; never the outcome of a scan."""

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        FOUND: "found",
        REPEATED: "already scanned",
        UNEXPECTED: "unexpected",
        WRONG_SITE: "wrong site",
        WRONG_HOLDER: "wrong holder",
        UNKNOWN: "not known",
        AMBIGUOUS: "ambiguous",
        MISSING: "missing",
    }
)
"""Every outcome with the words people read."""

NOT_EXPECTED_STATUSES = frozenset({"ordered", "lost", "stolen", "disposed"})
"""A device in one of these is nowhere to be counted; scanned all the same, it is unexpected. A retired one still lies
somewhere with its data, so it is counted."""
CHECKED_IN_WITHIN = timedelta(days=30)
"""A check-in with Intune that recent says that the device exists and is used."""
GRADES: Mapping[str, str] = MappingProxyType(
    {
        "A": "seen by a person",
        "B": "confirmed by its holder",
        "C": "checked in with Intune within 30 days",
        "D": "no evidence",
    }
)
"""How sure we are that a device exists, best first."""

MISSING_RULE = Rule(
    key="stocktake-missing",
    title="Missing at a stocktake",
    severity="high",
    meaning="Nobody saw it, its holder did not confirm it and Intune has not heard from it for a month.",
    what_to_do="Ask the last holder or site. Scan it when it turns up, or report it lost.",
    identity=("stocktake_id", "id"),
)
"""Raised when a stocktake is closed, not by the nightly look: it has no check of its own."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Where a stocktake expects a device to be."""

    site_id: int | None = None
    person_ids: frozenset[int] = frozenset()
    """Who may have it: the holder when the stocktake was opened, and the one it was passed on to since."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: what its text can mean and what the person with the scanner said."""

    device_ids: tuple[int, ...]
    """Every device that the scanned text fits."""
    site_id: int | None = None
    """Where it was scanned, if that was said."""
    seen_with: int | None = None
    """Person who has it in hand, if that was said."""


def judge(scan: Scan, expected: Expectation | None, before: str | None) -> str:
    """The outcome of a scan, given what is expected of the device it means and its newest kept outcome.

    Only the same outcome again is `already scanned`: a device that is seen elsewhere the second time says something
    new. A device with a person goes where they go, so its site is not judged.
    """
    if not scan.device_ids:
        return UNKNOWN
    if len(scan.device_ids) > 1:
        return AMBIGUOUS
    fresh = UNEXPECTED if expected is None else _against(scan, expected)
    return REPEATED if stored(fresh, scan.seen_with) == before else fresh


def _against(scan: Scan, expected: Expectation) -> str:
    if scan.seen_with is not None and scan.seen_with not in expected.person_ids:
        return WRONG_HOLDER
    elsewhere = None not in (scan.site_id, expected.site_id) and scan.site_id != expected.site_id
    return WRONG_SITE if elsewhere and not expected.person_ids else FOUND


@dataclass(frozen=True, slots=True)
class Noted:
    """A scan as it was kept."""

    device_id: int
    outcome: str
    seen_with: int | None
    holder_confirmed: bool
    scanned_at: datetime
    scanned_by: str
    site_id: int | None


@dataclass(slots=True)
class Sighting:
    """What all scans of one device say together."""

    outcome: str
    newest: Noted
    """The newest scan that said something new."""
    seen: bool = False
    """Whether a person had it before them."""
    confirmed: bool = False
    """Whether its holder said they have it."""


def sightings(scans: Iterable[Noted]) -> dict[int, Sighting]:
    """Device -> what its scans, in the order they were made, say together: the newest outcome counts."""
    found: dict[int, Sighting] = {}
    for one in scans:
        sighting = found.get(one.device_id)
        if sighting is None:
            sighting = found[one.device_id] = Sighting(one.outcome, one)
        elif one.outcome != REPEATED:
            sighting.outcome, sighting.newest = one.outcome, one
        sighting.seen = sighting.seen or not one.holder_confirmed
        sighting.confirmed = sighting.confirmed or one.holder_confirmed
    return found


def grade(sighting: Sighting | None, *, checked_in: bool) -> str:
    """The best evidence there is: A, B, C or D."""
    if sighting is not None and (sighting.seen or sighting.confirmed):
        return "A" if sighting.seen else "B"
    return "C" if checked_in else "D"


def recently_checked_in(last_seen: datetime | None, moment: datetime) -> bool:
    """Whether Intune heard from a device within the 30 days before a moment."""
    return last_seen is not None and last_seen > moment - CHECKED_IN_WITHIN


LONGEST_SCAN = 200
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def kept_text(scanned: str) -> str:
    """A scanned text as it is kept: as it came, but for what no database holds, and cut where no key can reach."""
    text = _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", scanned)
    return text if len(text) <= LONGEST_SCAN else f"{text[:LONGEST_SCAN]}… [{len(text):,} characters]"


def stored(outcome: str, seen_with: int | None) -> str:
    """An outcome as it is kept; that of a wrong holder names the person it was seen with."""
    return f"{outcome}:{seen_with}" if outcome == WRONG_HOLDER and seen_with is not None else outcome


def read_stored(text: str) -> tuple[str, int | None]:
    """A kept outcome as the outcome and the person it was seen with."""
    outcome, _, person = text.partition(":")
    return outcome, int(person) if person.isdigit() else None
