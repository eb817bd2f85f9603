"""How good the files of a joining council are: which rows need a person before they can be believed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fleet.domain.records import Problem

ASPECTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "unreadable": ("no-identity",),
        "duplicates": ("duplicate-", "repeated-row", "same-device", "same-person"),
        "clashes": (
            "several-devices", "other-serial", "other-imei", "other-organisation", "holder-kept", "status-kept", "sim-elsewhere",
            "other-sim", "number-elsewhere", "other-number", "other-employee-number", "differs-", "overlaps",
        ),
        "unknown_devices": ("unknown-device",),
        "unknown_holders": ("unknown-person", "several-people", "issued-to-nobody", "not-issued"),
        "unknown_places": ("unknown-site", "unknown-team", "unknown-model"),
        "doubtful": (
            "serial-", "imei-", "imeisv", "iccid-", "eid-", "phone-", "tag-", "precision-lost", "status-unknown", "placeholder",
            "date-", "no-day", "no-event", "no-check-out", "days-disagree", "upn-", "mac-lost-zero", "became-date",
        ),
    }
)  # fmt: skip
"""What can be wrong with a row -> codes of problems, or how they begin."""
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "missing_serials": "of new devices without a serial number",
        "unreadable": "without any identity",
        "duplicates": "twice in a file",
        "clashes": "contradicting the register or another file",
        "unknown_devices": "of a device that neither the register nor another file has",
        "unknown_holders": "with a holder nobody knows",
        "unknown_places": "with a site, team or model nobody knows",
        "doubtful": "with a doubtful number, date or word",
    }
)


@dataclass(frozen=True, slots=True)
class Quality:
    """Rows of a file by what is wrong with them; a row may be in several counts."""

    rows: int
    good: int
    """Rows with nothing of all this."""
    counts: Mapping[str, int]

    @property
    def score(self) -> int:
        """The share of good rows in percent, rounded down: 100 means every one."""
        return 100 * self.good // self.rows if self.rows else 0


def judge_rows(rows: int, missing_serials: Iterable[int], problems: Iterable[Problem]) -> Quality:
    """Judge a file of so many rows; `missing_serials` are rows that would add a device without one."""
    found: dict[str, set[int]] = {name: set() for name in LABELS}
    found["missing_serials"] |= set(missing_serials)
    for problem in problems:
        for aspect, codes in ASPECTS.items():
            if problem.row is not None and problem.code.startswith(codes):
                found[aspect].add(problem.row)
    touched = set().union(*found.values())
    return Quality(rows, max(0, rows - len(touched)), {name: len(held) for name, held in found.items()})


def together(qualities: Iterable[Quality]) -> Quality:
    """Several files as one."""
    every = list(qualities)
    counts = {name: sum(one.counts[name] for one in every) for name in LABELS}
    return Quality(sum(one.rows for one in every), sum(one.good for one in every), counts)
