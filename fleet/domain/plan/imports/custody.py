"""What a row may say of status and holder: as much as a person could do, and nothing that contradicts itself."""

from datetime import date
from typing import Any

from fleet.domain.lifecycle import HOLDING, allowed_moves, label, may_be_issued
from fleet.domain.plan.imports.known import Known, KnownDevice
from fleet.domain.plan.imports.result import Holder, ImportPlan, Row
from fleet.domain.search import fold
from fleet.domain.wording import day_text


def settle(
    row: Row, owner: int, wanted: dict[str, Any], device: KnownDevice | None, known: Known, result: ImportPlan
) -> Holder | None:
    """Whom the row issues its device to, if anybody; `wanted` then holds the status it will have."""
    name = row.values.get("holder_name")
    said_again = name is not None and device is not None and fold(str(name)) == device.holder_name
    if device is not None and said_again and not row.values.get("holder_upn"):
        _check_status(row, wanted, device, None, result)
        return None
    person = person_of(row, owner, known, result)
    if device is None:
        return _of_new(row, owner, wanted, person, result)
    holder = None if person is None else _of_known(row, wanted, device, person, result)
    _check_status(row, wanted, device, holder, result)
    return holder


def _of_new(row: Row, owner: int, wanted: dict[str, Any], person: int | None, result: ImportPlan) -> Holder | None:
    status = wanted["status"]
    if person is None:
        if status == "issued":
            result.tell(row, "issued-to-nobody", "status", "it says issued but not to whom; taken in as in stock")
            if not _names_somebody(row):
                result.contradict_added(row, owner, "status", "issued", "in stock")
            wanted["status"] = "in_stock"
        return None
    if status in HOLDING or not row.values.get("status"):
        wanted["status"] = status if row.values.get("status") else "issued"
        return _holder(row, person, wanted.get("purchased_on"), None, result)
    _not_issued(row, str(status), result)
    return None


def _of_known(row: Row, wanted: dict[str, Any], device: KnownDevice, person: int, result: ImportPlan) -> Holder | None:
    """Only a device that nobody has is issued. A different holder is for a person to decide."""
    if device.held:
        if device.holder_id != person:
            result.tell(row, "holder-kept", "holder_upn", "the register has it with somebody else; decide by hand")
            said = row.values.get("holder_upn") or row.values.get("holder_name")
            result.contradict(row, device, "holder", person, said, device.holder_upn or device.holder_name)
        return None
    now = str(device.values.get("status"))
    said = wanted.get("status")
    if said is not None and said not in HOLDING:
        _not_issued(row, str(said), result)
        return None
    if not may_be_issued(now):
        result.tell(row, "holder-kept", "holder_upn", f"it is {label(now).lower()} and can't be issued by a file")
        result.contradict(row, device, "holder", person, row.values.get("holder_upn") or row.values.get("holder_name"))
        return None
    if said != now and (said is None or said not in allowed_moves(now)):
        wanted["status"] = "issued"
    return _holder(row, person, device.values.get("purchased_on"), device.free_since, result)


def _holder(row: Row, person: int, bought: Any, free_since: date | None, result: ImportPlan) -> Holder:
    issued, due = row.values.get("issued_on"), row.values.get("due_on")
    day = issued if isinstance(issued, date) else None
    earliest = max((one for one in (bought, free_since) if isinstance(one, date)), default=None)
    if day is not None and earliest is not None and day < earliest:
        why = "somebody else had it until then" if earliest == free_since else "it was bought then"
        result.tell(
            row, "issued-later", "issued_on", f"{why}; taken as issued on {day_text(earliest)}", day.isoformat()
        )
        day = earliest
    return Holder(person, day, due if isinstance(due, date) else None)


def _not_issued(row: Row, status: str, result: ImportPlan) -> None:
    result.tell(
        row, "not-issued", "holder_upn", f"it names a holder and says {label(status).lower()}; nobody is issued with it"
    )


def _check_status(
    row: Row, wanted: dict[str, Any], device: KnownDevice, holder: Holder | None, result: ImportPlan
) -> None:
    """A file may move a device only as a person could, and never issues or returns it by a word."""
    to, now = wanted.get("status"), str(device.values.get("status"))
    if to is None or to == now:
        return
    if to == "issued" and now == "in_stock" and holder is None and _names_somebody(row):
        # As it would be taken in: once the person is known, the same row issues it.
        result.tell(row, "issued-to-nobody", "status", "it says issued but not to whom; it stays in stock")
        del wanted["status"]
        return
    moves_custody = (to == "issued" and holder is None) or (device.held and to not in HOLDING)
    if moves_custody or to not in allowed_moves(now):
        result.tell(
            row, "status-kept", "status",
            f"the register says {label(now).lower()}; a file can't make it {label(str(to)).lower()}", str(to),
        )  # fmt: skip
        result.contradict(row, device, "status", to, label(str(to)).lower(), label(now).lower())
        del wanted["status"]


def _names_somebody(row: Row) -> bool:
    return any(row.values.get(name) is not None for name in ("holder_upn", "holder_name"))


def person_named(row: Row, owner: int, known: Known) -> int | None:
    """Whom a row names as the holder, where that is one person of the register."""
    return person_of(row, owner, known, ImportPlan())


def person_of(row: Row, owner: int, known: Known, result: ImportPlan) -> int | None:
    """Whom a row names as the holder, where that is one person of the register; otherwise it is said."""
    upn, name = row.values.get("holder_upn"), row.values.get("holder_name")
    if upn is None and name is not None and "@" in str(name):
        upn = name  # A column of names that holds sign-in names.
    if upn is not None:
        found = known.people.get(str(upn).lower())
        if found is not None:
            return found[0]
    elif name is not None:
        named = known.people_by_name.get((owner, fold(str(name))), ())
        if len(named) == 1:
            return named[0]
        if named:
            result.tell(
                row, "several-people", "holder_name", f"{len(named)} people have this name; give the UPN instead"
            )
            return None
    if upn is not None or name is not None:
        result.tell(row, "unknown-person", "holder_upn", "nobody of that name is in the register; it stays unissued")
    return None
