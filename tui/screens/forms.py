"""Which form an action asks with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from fleet.domain.records import DeviceRow, FindingRow, PersonRow
from fleet.queries.reports.own_devices import OwnDeviceRow
from tui.byod_actions import own_rows
from tui.possible import Situation
from tui.screens.byod_choices import EndScreen
from tui.screens.byod_forms import AgreeScreen, DecideOwnScreen, RequestScreen
from tui.screens.deciding import DecideScreen
from tui.screens.handing import ExtendScreen, SwapScreen
from tui.screens.incident import IncidentScreen, ReportScreen
from tui.screens.issue import IssueScreen, TransferScreen
from tui.screens.moving import MoveScreen
from tui.screens.receipt_forms import MakeReceiptScreen
from tui.screens.reserving import ReserveScreen
from tui.screens.returning import ReturnScreen
from tui.screens.settling import AssignScreen, SettleScreen
from tui.writes import Recipient

if TYPE_CHECKING:
    from tui.app import FleetApp
    from tui.screens.dialog import Dialog

    Form = Callable[[], Dialog[Any]]

FORMS: Mapping[str, Callable[[Situation], Form]] = {
    "issue": lambda here: partial(IssueScreen, here.devices),
    "transfer": lambda here: partial(TransferScreen, here.devices),
    "return": lambda here: partial(ReturnScreen, here.devices),
    "status": lambda here: partial(MoveScreen, here.devices),
    "swap": lambda here: partial(SwapScreen, here.devices[0]),
    "receipt": lambda here: partial(MakeReceiptScreen, here.devices),
    "reserve": lambda here: partial(ReserveScreen, here.devices),
    "extend": lambda here: partial(ExtendScreen, here.devices),
    "acknowledge": lambda here: partial(DecideScreen, _findings(here), "acknowledged"),
    "settle": lambda here: partial(SettleScreen, _findings(here)),
    "assign": lambda here: partial(AssignScreen, _findings(here)),
    "ask_own": lambda here: partial(RequestScreen, _owner(here)),
    "approve_own": lambda here: partial(DecideOwnScreen, own_rows(here), agreed=True),
    "refuse_own": lambda here: partial(DecideOwnScreen, own_rows(here), agreed=False),
    "agree_own": lambda here: partial(AgreeScreen, own_rows(here)),
    "end_own": lambda here: partial(EndScreen, own_rows(here)),
    "snooze": lambda here: partial(DecideScreen, _findings(here), "snoozed"),
}
"""Action -> the form for what is chosen."""


def form_of(action_id: str, situation: Situation) -> Form | None:
    """The form an action asks with, if it asks."""
    made = FORMS.get(action_id)
    return made(situation) if made else None


def _findings(situation: Situation) -> list[FindingRow]:
    return [row for row in situation.chosen if isinstance(row, FindingRow)]


def _owner(here: Situation) -> Recipient | None:
    """The person under the cursor, or whose work apps nobody asked for; None: it is asked."""
    row: object = here.row
    if isinstance(row, PersonRow):
        return Recipient(row.id * 3, "person", row.id, row.name, row.team, upn=row.upn)
    if isinstance(row, OwnDeviceRow) and row.id < 0 and row.person_id:
        return Recipient(row.person_id * 3, "person", row.person_id, row.person, row.team)
    return None


def open_incident(app: FleetApp, device: DeviceRow) -> None:
    """The run sheet of a device that is lost or stolen; else the question what happened to it."""
    if device.status in ("lost", "stolen"):
        show_sheet(app, device.id)
    else:
        app.typing_ahead.expect()
        app.background.look(
            "find-incident",
            lambda register: register.find_open_incident(device.id),
            lambda is_open: (
                show_sheet(app, device.id) if is_open else app.custody.fill_in(partial(ReportScreen, device))
            ),
            app.trouble,
        )


def show_sheet(app: FleetApp, device_id: int) -> None:
    """Go to the run sheet of a device."""
    app.push_screen(IncidentScreen(device_id))
