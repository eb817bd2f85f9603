"""Plan what a list of past holders means: periods that are over, each with a device, a person and two days.

The entries of a log are paired into such periods first.

Who has a device today is the business of a register; here nothing that is open is touched, and no period may overlap
what is recorded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from fleet.domain.plan.imports.custody import person_of
from fleet.domain.plan.imports.known import Known, KnownDevice
from fleet.domain.plan.imports.log import is_log, pair
from fleet.domain.plan.imports.matching import Matching
from fleet.domain.plan.imports.planner import owner_of
from fleet.domain.plan.imports.result import Holder, ImportPlan, Row, RowPlan
from fleet.domain.wording import day_text


@dataclass(frozen=True, slots=True)
class Period:
    """A time in which somebody or some place had a device; open where `until` is None."""

    person_id: int | None
    since: date
    until: date | None


def plan_history(
    rows: Iterable[Row], known: Known, periods: Mapping[int, list[Period]], *, sets: frozenset[str], organisation_id: int | None,
    today: date,
) -> ImportPlan:  # fmt: skip
    """Compare rows with what is recorded of each device's past."""
    planner = _HistoryPlanner(known, periods, organisation_id, today)
    return planner.plan(rows, sets)


class _HistoryPlanner:
    def __init__(
        self, known: Known, periods: Mapping[int, list[Period]], organisation_id: int | None, today: date
    ) -> None:
        self.known, self.organisation_id, self.today = known, organisation_id, today
        self.periods = {device: list(held) for device, held in periods.items()}
        self.result = ImportPlan(subject="custody")
        self.matching = Matching(known.devices, self.result)

    def plan(self, rows: Iterable[Row], sets: frozenset[str]) -> ImportPlan:
        entries: list[tuple[Row, KnownDevice]] = []
        for row in rows:
            owner = owner_of(row, self.known.organisations, sets, self.organisation_id, self.result)
            if owner is None:
                continue
            matched, device = self.matching.find(row, owner)
            if matched and device is None:
                self.result.reject(row, "unknown-device", "the register has no such device; import the register first")
            elif matched and device is not None and is_log(row):
                entries.append((row, device))
            elif matched and device is not None:
                self._plan_row(row, device)
        for period, device in pair(entries, self.known, self.result):
            self._plan_row(period, device)
        return self.result

    def _plan_row(self, row: Row, device: KnownDevice) -> None:
        since, until = row.values.get("issued_on"), row.values.get("returned_on")
        if not (since or until or row.values.get("holder_upn") or row.values.get("holder_name")):
            self.result.unchanged += 1  # A register with columns for the one before: here there was none.
            return
        if not isinstance(since, date):
            self.result.reject(row, "no-day", "it does not say since when", "issued_on")
            return
        if not isinstance(until, date):
            self.result.tell(
                row, "still-held", "returned_on", "it names no day of return: who has it now is in a register"
            )
            self.result.unchanged += 1
            return
        if not since <= until <= self.today:
            self.result.reject(
                row, "days-disagree", "it was returned before it was issued, or in the future", "returned_on"
            )
            return
        person = person_of(row, device.organisation_id, self.known, self.result)
        if person is None:
            self.result.reject(row, "unknown-person", "a past holder must be somebody in the register", "holder_upn")
            return
        self._place(row, device, Period(person, since, until))

    def _place(self, row: Row, device: KnownDevice, period: Period) -> None:
        held = self.periods.setdefault(device.id, [])
        if period in held:
            self.result.unchanged += 1
            return
        clash = next((one for one in held if _overlap(one, period)), None)
        if clash is not None:
            reason = f"the register has it with somebody from {day_text(clash.since)} on, which overlaps"
            self.result.reject(row, "overlaps", reason, "issued_on")
            return
        held.append(period)
        assert period.person_id is not None
        after = {"issued_on": period.since, "returned_on": period.until}
        name = str(row.values.get("asset_tag") or row.values.get("serial") or row.values.get("imei"))
        holder = Holder(period.person_id, period.since, None)
        self.result.new.append(
            RowPlan(row.row, name, device.organisation_id, None, {}, after, holder, device_id=device.id)
        )


def _overlap(one: Period, other: Period) -> bool:
    """Whether two periods share more than the day on which one ends and the other begins."""
    return one.since < (other.until or date.max) and other.since < (one.until or date.max)
