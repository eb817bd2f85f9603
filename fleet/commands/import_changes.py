"""What a row of an import changes, as people read it: old and new, places by their names."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Delivery, DeviceModel, Person, Purchase, Site, Team
from fleet.domain.plan.imports import RowPlan, Wanted
from fleet.queries.tenants import batches

_NAMED: Mapping[str, Any] = {
    "model_id": DeviceModel.name, "site_id": Site.name, "team_id": Team.name, "manager_id": Person.display_name,
    "purchase_id": Purchase.order_number, "delivery_id": Delivery.delivered_on,
}  # fmt: skip


def names_in(session: Session, rows: Iterable[RowPlan]) -> dict[tuple[str, int], str]:
    """What the places and people are called that these rows name by their numbers, before and after."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        for name in row.after.keys() & _NAMED.keys():
            values = (row.before.get(name), row.after[name])
            wanted.setdefault(name, set()).update(one for one in values if isinstance(one, int))
    found: dict[tuple[str, int], str] = {}
    for name, ids in wanted.items():
        column = _NAMED[name]
        for batch in batches(sorted(ids)):
            rows_of = session.execute(select(column.class_.id, column).where(column.class_.id.in_(batch)))
            found |= {(name, number): str(text) for number, text in rows_of}
    return found


def change_json(one: RowPlan, names: Mapping[tuple[str, int], str]) -> dict[str, Any]:
    """A row of a preview: field -> [old, new]."""

    def plain(name: str, value: Any) -> Any:
        if isinstance(value, Wanted):
            return f"{value.name} (new {value.kind})"
        return names.get((name, value), value) if name in _NAMED and isinstance(value, int) else value

    fields = {name: [plain(name, one.before.get(name)), plain(name, value)] for name, value in one.after.items()}
    if one.connection is not None:
        fields |= {
            name: [one.connection.line_before.get(name), value] for name, value in one.connection.line_after.items()
        }
        added = {"iccid": one.connection.iccid, "phone_number": one.connection.number}
        fields |= {name: [None, value] for name, value in added.items() if value is not None}
    return {
        "row": one.row, "subject": one.name, "kind": "new" if one.subject_id is None else "changed", "fields": fields,
        "issued": one.holder is not None,
    }  # fmt: skip
