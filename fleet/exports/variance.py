"""The variance report of a stocktake as CSV: one line per device, and one per scan that means none."""

import csv
from pathlib import Path

from fleet.clock import london_text
from fleet.domain.lifecycle import label
from fleet.domain.stocktake import GRADES, OUTCOMES
from fleet.errors import FleetError, UsageProblem
from fleet.exports.cells import for_csv
from fleet.exports.masking import initials
from fleet.queries.stocktakes import Count, CountedDevice

COLUMNS = (
    "Outcome", "Grade", "Evidence", "Device", "Serial", "Model", "Status", "Expected", "Site", "Holder", "Seen at", "Seen with",
    "Scanned", "Scanned by", "Last check-in",
)  # fmt: skip


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise for a file that is there already, before anything is written."""
    if path.exists() and not overwrite:
        raise UsageProblem(f"{path} is there already. Choose another name, or --overwrite.")


def write_variance(path: Path, count: Count, *, unmask: bool = False) -> int:
    """Write the report; names of people are initials unless they are asked for. Returns the number of lines."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as target:
            writer = csv.writer(target)
            writer.writerow(_with_names(COLUMNS, unmask))
            for one in count.devices:
                writer.writerow([for_csv(cell) for cell in _device(one, unmask)])
            for odd in count.odd:
                blank = ("",) * 8
                writer.writerow([
                    for_csv(cell)
                    for cell in (
                        OUTCOMES[odd.outcome], "", "", odd.scanned, *blank[:6], odd.site or "", "", london_text(odd.scanned_at),
                        odd.scanned_by, "",
                    )
                ])  # fmt: skip
    except OSError as error:
        raise FleetError(f"{path} can't be written: {error.strerror or error}.", code="file") from error
    return len(count.devices) + len(count.odd)


def _with_names(columns: tuple[str, ...], unmask: bool) -> list[str]:
    """The label of a shortened name says so: initials are never read back as a name."""
    return [f"{one} initials" if one in ("Holder", "Seen with") and not unmask else one for one in columns]


def _device(one: CountedDevice, unmask: bool) -> tuple[str, ...]:
    def name(person: str | None) -> str:
        return (person if unmask else initials(person)) if person else ""

    return (
        OUTCOMES[one.outcome], one.grade, GRADES[one.grade], one.device, one.serial or "", one.model or one.kind, label(one.status),
        "yes" if one.expected else "no", one.site or "", name(one.holder), one.seen_at or "", name(one.seen_with),
        london_text(one.scanned_at) if one.scanned_at else "", one.scanned_by or "",
        london_text(one.last_seen) if one.last_seen else "",
    )  # fmt: skip
