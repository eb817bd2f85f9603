"""What is only true together: custody and its accessories, an incident and its device, a stocktake and its scans.

Where one part stays the others stay, so that nothing is left half undone.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.commands.undo.drafts import Draft, Drafts
from fleet.database.models import Stocktake, StocktakeScan
from fleet.domain.incidents import ENDS
from fleet.queries.tenants import batches


class Together:
    """Everything there is to know is read once; `keep` then decides in memory."""

    def __init__(self, session: Session, drafts: Drafts) -> None:
        self.drafts = drafts
        numbers = {_number(one, "id") for one in self._of("stocktake")}
        numbers |= {_number(one, "stocktake_id") for one in self._of("stocktake_scan", "stocktake_expected")}
        self.closed = _closed(session, numbers)
        self.scans = _scans(session, numbers)
        for one in self._of("stocktake_scan"):
            if one.removes:
                self.scans[_number(one, "stocktake_id")] -= 1

    def keep(self) -> bool:
        """Keep what belongs to something that stays; whether that changed anything."""
        return any([self._items(), self._incidents(), self._steps(), self._openings(), self._counted()])

    def _of(self, *names: str) -> Iterable[Draft]:
        for name in names:
            yield from self.drafts.get(name, {}).values()

    # --- a device and what went out with it -----------------------------------------------------------------

    def _items(self) -> bool:
        """A case is not out again with a device that stays returned, nor forgotten with one that stays issued."""
        kept = False
        for item in self._of("assignment_item"):
            custody = self.drafts.get("assignment", {}).get(_number(item, "assignment_id"))
            if why := custody and (custody.kept_row or custody.kept_fields.get("returned_on")):
                changed = [_leave(item, name, f"what it goes with stays: {why}") for name in ("returned_on", "missing")]
                kept = any(changed) or kept
        return kept

    # --- incidents and the status of the device --------------------------------------------------------------

    def _incidents(self) -> bool:
        kept = False
        for incident in self._of("incident"):
            device = self.drafts.get("device", {}).get(_number(incident, "device_id"))
            if device is None or "status" not in device.after or device.kind != "update":
                continue
            stays = incident.kept_row or incident.kept_fields.get("closed_at")
            if stays and "status" in device.reverted:
                device.keep_field("status", "its incident stays")
                kept = True
            elif not stays and (why := device.kept_row or device.kept_fields.get("status")):
                kept = _leave(incident, "closed_at", f"the status of the device stays: {why}") or kept
        return kept

    def _steps(self) -> bool:
        """The step that ended an incident goes only with the end."""
        kept = False
        for step in self._of("incident_step"):
            incident = self.drafts.get("incident", {}).get(_number(step, "incident_id"))
            why = incident and (incident.kept_row or incident.kept_fields.get("closed_at"))
            if why and step.kept_row is None and (step.now or step.after).get("step") in ENDS:
                step.keep_row("its incident stays closed")
                kept = True
        return kept

    # --- stocktakes and what was counted ---------------------------------------------------------------------

    def _openings(self) -> bool:
        """A stocktake that was counted in stays, with all that it expects."""
        kept = False
        for stocktake in self._of("stocktake"):
            if stocktake.removes and (number := self.scans.get(stocktake.subject_id, 0)):
                scans = (
                    "1 scan since: take it back first"
                    if number == 1
                    else f"{number:,} scans since: take those back first"
                )
                stocktake.keep_row(f"it has {scans}, or close it")
                kept = True
        for expected in self._of("stocktake_expected"):
            stays = self.drafts.get("stocktake", {}).get(_number(expected, "stocktake_id"))
            if expected.removes and stays is not None and stays.kept_row:
                expected.keep_row("its stocktake stays")
                kept = True
        return kept

    def _counted(self) -> bool:
        """What a closed stocktake rests on stays, with the findings that a scan settled."""
        kept: set[int] = set()
        for scan in self._of("stocktake_scan"):
            number = _number(scan, "stocktake_id")
            if scan.removes and number in self.closed and not self._opens_again(number):
                scan.keep_row(f"the stocktake {self.closed[number]} was closed since: take its closing back first")
                kept.add(_number(scan, "device_id"))
        for finding in self._of("finding") if kept else ():
            values = finding.now or finding.after
            if values.get("subject_type") == "device" and values.get("subject_id") in kept:
                _leave(finding, "state", "the scan that settled it stays")
        return bool(kept)

    def _opens_again(self, number: int) -> bool:
        draft = self.drafts.get("stocktake", {}).get(number)
        return draft is not None and ("closed_at" in draft.reverted or draft.removes)


def _number(draft: Draft, name: str) -> int:
    """An id that a row names, or its own; 0 for none."""
    if name == "id":
        return draft.subject_id
    value = {**draft.before, **draft.after, **(draft.now or {})}.get(name)
    return value if isinstance(value, int) else 0


def _leave(draft: Draft, name: str, because: str) -> bool:
    """Keep a row that would go, or that field of one that would be changed back; whether that is new."""
    if draft.removes or draft.puts_back:
        draft.keep_row(because)
        return True
    if name in draft.reverted:
        draft.keep_field(name, because)
        return True
    return False


def _closed(session: Session, numbers: Iterable[int]) -> Mapping[int, str]:
    """Stocktakes that are closed today -> title."""
    found: dict[int, str] = {}
    for batch in batches(sorted(set(numbers) - {0})):
        statement = select(Stocktake.id, Stocktake.title).where(
            Stocktake.id.in_(batch), Stocktake.closed_at.is_not(None)
        )
        found.update((row[0], row[1]) for row in session.execute(statement))
    return found


def _scans(session: Session, numbers: Iterable[int]) -> dict[int, int]:
    """Stocktake -> number of scans."""
    found = dict.fromkeys(numbers, 0)
    for batch in batches(sorted(set(found) - {0})):
        statement = (
            select(StocktakeScan.stocktake_id, func.count())
            .where(StocktakeScan.stocktake_id.in_(batch))
            .group_by(StocktakeScan.stocktake_id)
        )
        found.update((row[0], row[1]) for row in session.execute(statement))
    return found
