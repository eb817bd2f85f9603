"""A stocktake: what one scan means, what all of them together say of a device, and how good the evidence is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from fleet.domain.rules.declaration import Rule

FOUND = "found"
REPEATED = "repeated"
"""Told to who scans, and counted; a scan is kept with its verdict, so that it counts when the earlier one is undone."""
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
ACCOUNTED_FOR = NOT_EXPECTED_STATUSES - {"ordered"}
"""A person has said what became of it: nobody wonders where it is."""
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
    elsewhere="it is scanned when it turns up, or reported lost: fleet incident open",
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


def judge(scan: Scan, expected: Expectation | None) -> str:
    """The verdict on a scan, given what is expected of the device it means.

    A device with a person goes where they go, so its site is not judged.
    """
    if not scan.device_ids:
        return UNKNOWN
    if len(scan.device_ids) > 1:
        return AMBIGUOUS
    return UNEXPECTED if expected is None else _against(scan, expected)


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
    """The verdict at the time; whether it only repeats an earlier one is for whoever reads all of them to say."""
    seen_with: int | None
    holder_confirmed: bool
    scanned_at: datetime
    scanned_by: str
    site_id: int | None


def says_nothing_new(outcome: str, seen_with: int | None, site_id: int | None, before: Noted | None) -> bool:
    """Whether a scan is `already scanned`, given the newest one of the same device that said something new.

    The same verdict is, unless it names another wrong holder. So is a bare scan, said neither where nor with whom, of a
    device that was in the wrong hands or at the wrong site: it takes nothing back.
    """
    if before is None:
        return False
    if outcome == before.outcome:
        return outcome != WRONG_HOLDER or seen_with == before.seen_with
    return outcome == FOUND and before.outcome in (WRONG_HOLDER, WRONG_SITE) and seen_with is None and site_id is None


@dataclass(slots=True)
class Sighting:
    """What all scans of one device say together."""

    newest: Noted
    """The newest scan that said something new."""
    seen_with: int | None
    """Who had it, the last time that was said."""
    seen: bool = False
    """Whether a person had it before them."""
    confirmed: bool = False
    """Whether its holder said they have it."""
    repeated: int = 0
    """Scans that said nothing new."""


def sightings(scans: Iterable[Noted]) -> dict[int, Sighting]:
    """Device -> what its scans, in the order they were made, say together: the newest verdict counts."""
    found: dict[int, Sighting] = {}
    for one in scans:
        sighting = found.get(one.device_id)
        if sighting is None:
            sighting = found[one.device_id] = Sighting(one, one.seen_with)
        elif says_nothing_new(one.outcome, one.seen_with, one.site_id, sighting.newest):
            sighting.repeated += 1
            sighting.seen_with = one.seen_with or sighting.seen_with
        else:
            sighting.newest, sighting.seen_with = one, one.seen_with
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
