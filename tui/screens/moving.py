"""Move devices to another status: what is allowed is offered, and why the rest is not."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from fleet.clock import london_date
from fleet.domain.lifecycle import STATUSES, check_move, label, may_hold, needs_reason
from fleet.domain.records import DeviceRow
from fleet.errors import NotAllowed, UsageProblem
from tui.columns import device_name, status_span
from tui.dates import read_past_day
from tui.screens.choosing import Alternative, Choosing
from tui.screens.device_lines import TYPED_FROM, lay_devices
from tui.text import Span, clean, counted, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap
from tui.writes import Move, Report

ABOUT = {
    "lost": "opens an incident with its run sheet",
    "stolen": "opens an incident with its run sheet",
    "found": "closes the incident",
    "disposed": "for good: type to confirm",
}


def why_not(row: DeviceRow, to: str) -> str | None:
    """Why one device can't get a status now; None when it can."""
    try:
        check_move(row.status, to)
    except NotAllowed as error:
        return error.message.partition(" Allowed from here")[0]
    if row.holder and row.ownership == "organisation" and not may_hold(to):
        return f"{device_name(row)} is still issued to {row.holder}: return it first (F3)."
    if to == "issued" and not row.holder:
        return f"Nobody has {device_name(row)}: issue it (F2)."
    return None


class MoveScreen(Choosing[Move | Report]):
    """The form for another status."""

    SUBMIT = "move"

    def __init__(self, devices: Sequence[DeviceRow]) -> None:
        what = device_name(devices[0]) if len(devices) == 1 else counted(len(devices), "device")
        super().__init__([span("Move ", "title"), span(what, "strong"), span(" to", "title")])
        self.devices = devices
        reasons = {status: next(filter(None, (why_not(row, status) for row in devices)), None) for status in STATUSES}
        self.options = [
            Alternative(status, status_span(status), ABOUT.get(status, ""))
            for status, reason in reasons.items()
            if reason is None
        ]
        present = {row.status for row in devices}
        self.refusals = {
            status: reason for status, reason in reasons.items() if reason is not None and present != {status}
        }
        self.day = Entry("", "Today; or the day it happened: 18 Nov, yesterday", id="day")
        self.disposal_batch = Entry("", "Optional: number of the van or batch", id="batch")
        self.certificate = Entry("", "Optional now: number of the certificate", id="certificate")
        self.reason = Entry("", "", id="reason")
        self.confirm = Entry("", "", id="confirm")

    @property
    def confirmed_by(self) -> str | None:
        """What has to be typed before this is done; None when nothing has to."""
        if self.choice == "disposed" and len(self.devices) == 1:
            return device_name(self.devices[0])
        wanted = self.choice == "disposed" or len(self.devices) > TYPED_FROM
        return str(len(self.devices)) if wanted else None

    def fields(self) -> ComposeResult:
        """When, why, and what confirms it."""
        yield from self.field("Day", self.day)
        yield from self.field("Batch", self.disposal_batch)
        yield from self.field("Certificate", self.certificate)
        yield from self.field("Reason", self.reason)
        yield from self.field("Confirm", self.confirm)

    def on_mount(self) -> None:
        """The fields say what the first choice needs."""
        super().on_mount()
        self.chosen()

    def chosen(self) -> None:
        """Another status needs other things."""
        needed = any(needs_reason(row.status, self.choice) for row in self.devices)
        self.reason.placeholder = clean("Why, in a few words: needed" if needed else "Optional: ticket, why")
        self.confirm.placeholder = clean(f"Type {self.confirmed_by} to confirm" if self.confirmed_by else "")
        disposing = self.choice == "disposed"
        shown = (
            (self.confirm, self.confirmed_by is not None),
            (self.disposal_batch, disposing),
            (self.certificate, disposing),
        )
        for entry, wanted in shown:
            if (row := entry.parent) is not None and hasattr(row, "display"):
                row.display = wanted

    def lay(self, width: int) -> Sequence[Line]:
        """The devices, where they may go, and why not elsewhere."""
        lines = [*lay_devices(self.devices, width), [], *self.lay_options()]
        if not self.options:
            lines.append([span("  Nothing is allowed for all of them at once.", "warn")])
        grouped: dict[str, list[str]] = {}
        for status, reason in self.refusals.items():
            generic = reason.startswith("A device that is")
            grouped.setdefault("" if generic else reason, []).append(label(status).lower())
        for reason, statuses in sorted(grouped.items(), key=lambda one: not one[0]):
            told = f"Not {', '.join(statuses)}: {reason or 'not from this status.'}"
            pieces = wrap(clean(told), max(width - 2, 8))
            lines += [[span("  "), Span(piece, "faint")] for piece in pieces]
        return [*lines, []]

    def do_submit(self) -> None:
        """Give the answer back if it is complete."""
        if not self.options:
            return
        try:
            day = read_past_day(self.day.value, london_date(self.fleet.clock()))
        except UsageProblem as error:
            self.complain(error.message)
            self.day.focus()
            return
        reason = self.reason.value.strip() or None
        if reason is None and any(needs_reason(row.status, self.choice) for row in self.devices):
            self.complain(f"Say why: {label(self.choice).lower()} needs a reason.")
            self.reason.focus()
        elif self.confirmed_by is not None and self.confirm.value.strip() != self.confirmed_by:
            self.complain(f"Type {self.confirmed_by} to confirm.")
            self.confirm.focus()
        elif len(self.devices) == 1 and (kind := self.choice) in ("lost", "stolen"):
            self.dismiss(
                Report(reason, device_id=self.devices[0].id, kind="lost" if kind == "lost" else "stolen", day=day)
            )
        else:
            ids = tuple(row.id for row in self.devices)
            papers = self.disposal_batch.value.strip(), self.certificate.value.strip()
            batch, certificate = papers if self.choice == "disposed" else ("", "")
            self.dismiss(
                Move(
                    reason,
                    device_ids=ids,
                    status=self.choice,
                    day=day,
                    batch=batch or None,
                    certificate=certificate or None,
                )
            )
