"""Columns of the lists: title, width, how a cell reads, and which go first when the terminal is narrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fleet.clock import london_date
from fleet.domain.lifecycle import label
from tui.dates import say_age, say_day, say_exactly, say_moment
from tui.text import Span, join, span

if TYPE_CHECKING:
    from datetime import datetime

    from fleet.domain.records import DeviceRow, EventRow, PersonRow, RunRow
    from tui.writes import Recipient

GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list."""

    key: str
    title: str
    width: int
    """Cells it needs at least."""
    priority: int
    """1 stays longest when the terminal gets narrow."""
    cell: Callable[[Any, Glance], Span]
    flex: int = 0
    """Share of the room that is left."""
    sort: str = ""
    """The register's name for sorting by it; "" when it can't be sorted by."""
    right: bool = False
    exact: int = 0
    """Cells it needs when exact times are shown; it goes before most others then."""
    wish: tuple[int, int] = (0, 0)
    """Priority and number of cells it would like to have more, before columns of lower priority come in."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What a cell needs besides its row."""

    now: datetime
    exact: bool = False
    """Show exact times instead of ages."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with the width it got."""

    column: Column
    width: int


def place(columns: Sequence[Column], width: int, pan: int = 0) -> list[Placed]:
    """The columns that fit in a width: the first always, the others by priority, or from the `pan`th on."""
    first, others = columns[0], list(columns[1:])
    left = width - first.width
    widths = {first.key: first.width}
    for column, wanted, is_wish in _claims(others, pan):
        if is_wish and column.key in widths:
            more = min(wanted, left)
            widths[column.key] += more
            left -= more
        elif is_wish:
            continue
        elif wanted <= left:
            widths[column.key] = column.width
            left -= wanted
        elif pan:
            break
    kept = [column for column in columns if column.key in widths]
    return _share(kept, widths, max(left, 0))


def _claims(others: list[Column], pan: int) -> list[tuple[Column, int, bool]]:
    """Which columns ask for how many cells, in which order, and whether that is only a wish."""
    if pan:
        return [(column, column.width + GAP, False) for column in others[pan:]]
    claims = [(column.priority, column, column.width + GAP, False) for column in others]
    claims += [(column.wish[0], column, column.wish[1], True) for column in others if column.wish[1]]
    return [claim[1:] for claim in sorted(claims, key=lambda claim: claim[0])]


def _share(kept: list[Column], widths: dict[str, int], left: int) -> list[Placed]:
    """Give the room that is left to the flexible columns."""
    shares = sum(column.flex for column in kept)
    placed = []
    for column in kept:
        more = left * column.flex // shares if shares and column.flex else 0
        shares, left = shares - column.flex, left - more
        placed.append(Placed(column, widths[column.key] + more))
    return placed


STATUS_SIGNS = {
    "unrecorded": ("?", "warn"),
    "ordered": ("◌", "dim"),
    "delivered": ("◌", ""),
    "in_stock": ("○", ""),
    "prepared": ("◑", ""),
    "issued": ("●", "good"),
    "in_repair": ("▲", "warn"),
    "quarantined": ("▲", "warn"),
    "lost": ("✕", "bad"),
    "stolen": ("✕", "bad"),
    "found": ("◆", "warn"),
    "retired": ("■", "dim"),
    "disposed": ("■", "dim"),
}
SEVERITY_SIGNS = {"high": ("▲", "bad"), "medium": ("◆", "warn"), "low": ("•", "dim")}
RUN_SIGNS = {
    "complete": ("✓", "good"),
    "running": ("…", "accent"),
    "failed": ("✕", "bad"),
    "refused": ("!", "bad"),
    "killed": ("✕", "bad"),
    "planned": ("○", "dim"),
}
COMPLIANCE_INKS = {"compliant": "good", "noncompliant": "bad", "error": "bad", "inGracePeriod": "warn"}
COMPLIANCE_WORDS = {"noncompliant": "not compliant"}
OWN_STATES = {
    "requested": ("○", "accent"),
    "approved": ("◐", "accent"),
    "enrolled": ("●", "good"),
    "ended": ("■", "dim"),
    "refused": ("✕", "dim"),
    "unapproved": ("▲", "bad"),
}
"""State of a registration -> its sign and ink; the word stands beside it."""
KINDS = {"ipad": "iPad", "iphone": "iPhone", "thin_client": "Thin client", "other": "Other"}


def words(value: str | None) -> str:
    """A stored value as words: `in_stock` is `in stock`, `inGracePeriod` `in grace period`."""
    if not value:
        return ""
    spaced = "".join(f" {char.lower()}" if char.isupper() and at else char for at, char in enumerate(value))
    return spaced.replace("_", " ").strip() if value.isidentifier() and not value.isupper() else value


def status_span(status: str) -> Span:
    """A status with its sign."""
    sign, ink = STATUS_SIGNS.get(status, ("·", ""))
    return Span(join(sign, " ", label(status).lower()), ink)


def severity_span(severity: str) -> Span:
    """A severity with its sign."""
    sign, ink = SEVERITY_SIGNS.get(severity, ("·", ""))
    return Span(join(sign, " ", severity), ink)


def run_span(state: str) -> Span:
    """The state of a run with its sign."""
    sign, ink = RUN_SIGNS.get(state, ("·", ""))
    return Span(join(sign, " ", words(state)), ink)


def device_name(row: DeviceRow) -> str:
    """What people call a device: its tag, else its serial, else its name."""
    return row.asset_tag or row.serial or row.device_name or f"device {row.id}"


def model_name(row: DeviceRow) -> str:
    """The model, or at least the kind."""
    return row.model or KINDS.get(row.kind, row.kind)


def short_model(name: str) -> str:
    """A model's name as it fits a column: `iPad (10th gen)`."""
    return name.replace(" generation)", " gen)").replace("-inch", '"')


def _when(moment: datetime | None, glance: Glance) -> Span:
    return Span(
        say_exactly(moment) if glance.exact else say_age(moment, glance.now, ago=False), "dim" if moment is None else ""
    )


def _moment(moment: datetime | None, glance: Glance) -> Span:
    return Span(say_exactly(moment) if glance.exact else say_moment(moment, glance.now))


def _holder(row: DeviceRow, _glance: Glance) -> Span:
    return span(row.holder) if row.holder else span("—", "faint")


def _findings(row: DeviceRow, _glance: Glance) -> Span:
    return span(f"{row.open_findings} ▲", "warn") if row.open_findings else span("")


def _due(row: DeviceRow, glance: Glance) -> Span:
    today = london_date(glance.now)
    late = row.due_on is not None and row.due_on < today
    return Span(join(say_day(row.due_on, today), " late" if late else ""), "bad" if late else "")


DEVICES = (
    Column(
        "device", "Asset tag", 11, 1, lambda row, _: span(device_name(row), "strong"), sort="asset_tag", wish=(7, 1)
    ),
    Column(
        "model", "Model", 15, 4, lambda row, _: span(short_model(model_name(row))), flex=1, sort="model", wish=(7, 4)
    ),
    Column("status", "Status", 12, 2, lambda row, _: status_span(row.status), sort="status", wish=(7, 1)),
    Column("holder", "Holder", 14, 3, _holder, flex=3, sort="holder", wish=(7, 10)),
    Column("findings", "Drift", 5, 5, _findings, right=True),
    Column("seen", "Last seen", 9, 6, lambda row, glance: _when(row.last_seen, glance), sort="last_seen", exact=17),
    Column("serial", "Serial", 13, 7, lambda row, _: span(row.serial, "dim"), sort="serial"),
    Column("organisation", "Organisation", 12, 10, lambda row, _: span(row.organisation), sort="organisation"),
    Column("site", "Site", 14, 8, lambda row, _: span(row.site), flex=2, sort="site"),
    Column("team", "Team", 14, 9, lambda row, _: span(row.team), flex=2, sort="team"),
    Column("os", "OS", 7, 11, lambda row, _: span(row.os_version), sort="os_version"),
    Column(
        "compliance",
        "Compliance",
        14,
        13,
        lambda row, _: span(
            COMPLIANCE_WORDS.get(row.compliance or "") or words(row.compliance),
            COMPLIANCE_INKS.get(row.compliance or "", ""),
        ),
        sort="compliance",
    ),
    Column("due", "Due back", 13, 12, _due, sort="due_on"),
    Column("ownership", "Owner", 12, 16, lambda row, _: span(row.ownership)),
    Column("imei", "IMEI", 15, 15, lambda row, _: span(row.imei, "dim"), sort="imei"),
    Column("phone", "Phone", 14, 14, lambda row, _: span(row.phone_number)),
)

PERSON_SIGNS = {"active": ("●", "good"), "starter": ("○", "accent"), "long_leave": ("◐", "warn"), "left": ("■", "dim")}


def person_span(state: str) -> Span:
    """The state of a person with its sign."""
    sign, ink = PERSON_SIGNS.get(state, ("·", ""))
    return Span(join(sign, " ", words(state)), ink)


def _held(row: PersonRow, _glance: Glance) -> Span:
    if not row.devices_held:
        return span("—", "faint")
    return span(row.devices_held, "bad" if row.state == "left" else "strong")


PEOPLE = (
    Column("name", "Name", 24, 1, lambda row, _: span(row.name, "strong"), flex=1),
    Column("state", "State", 12, 3, lambda row, _: person_span(row.state)),
    Column("held", "Holds", 5, 2, _held, right=True),
    Column("team", "Team", 18, 4, lambda row, _: span(row.team), flex=2),
    Column("job", "Job title", 18, 5, lambda row, _: span(row.job_title), flex=2),
    Column("site", "Site", 16, 6, lambda row, _: span(row.site), flex=1),
    Column("organisation", "Organisation", 13, 7, lambda row, _: span(row.organisation)),
    Column("manager", "Manager", 18, 8, lambda row, _: span(row.manager), flex=1),
    Column("upn", "Sign-in name", 28, 9, lambda row, _: span(row.upn, "dim"), flex=1),
)


def _state(row: Recipient, _glance: Glance) -> Span:
    return person_span(row.state) if row.kind == "person" else span(f"◇ {row.kind}", "dim")


def _has(row: Recipient, _glance: Glance) -> Span:
    if not row.held:
        return span("—" if row.held is not None else "", "faint")
    return span(row.held, "bad" if row.state == "left" else "strong")


RECIPIENTS = (
    Column("name", "Name", 24, 1, lambda row, _: span(row.name, "strong"), flex=1),
    Column("state", "State", 12, 3, _state),
    Column("held", "Holds", 5, 2, _has, right=True),
    Column("place", "Team", 18, 4, lambda row, _: span(row.place), flex=2),
)

FINDINGS = (
    Column("subject", "Subject", 12, 1, lambda row, _: span(row.subject, "strong")),
    Column("severity", "Severity", 9, 2, lambda row, _: severity_span(row.severity)),
    Column("sentence", "What was found", 20, 3, lambda row, _: span(row.sentence), flex=1, wish=(5, 60)),
    Column("since", "Since", 9, 4, lambda row, glance: _when(row.first_seen, glance), exact=17),
    Column("organisation", "Organisation", 13, 7, lambda row, _: span(row.organisation)),
    Column("state", "State", 12, 6, lambda row, _: span(words(row.state), "" if row.state == "open" else "dim")),
)


def _event(row: EventRow, _glance: Glance) -> Span:
    return Span(join("(undone)  ", row.sentence), "dim") if row.undone_by else span(row.sentence)


HISTORY = (
    Column("when", "When", 17, 1, lambda row, glance: _moment(row.recorded_at, glance)),
    Column("who", "Who", 16, 3, lambda row, _: span(row.actor)),
    Column("what", "What", 34, 2, _event, flex=3, wish=(4, 34)),
    Column("changes", "Changes", 8, 4, lambda row, _: span(f"{row.changes:,}"), right=True),
    Column("reason", "Reason", 20, 5, lambda row, _: span(row.reason, "dim"), flex=2),
)


def _took(row: RunRow, _glance: Glance) -> Span:
    if row.finished_at is None:
        return span("")
    seconds = int((row.finished_at - row.started_at).total_seconds())
    return span(f"{seconds} s" if seconds < 120 else f"{seconds // 60} min")


def counts_of(row: RunRow) -> list[tuple[str, str, object]]:
    """Part, name and number of a run's counts, whether they come in parts (people, devices) or not."""
    found: list[tuple[str, str, object]] = []
    for name, number in row.counts.items():
        parts: object = number
        if isinstance(parts, Mapping):
            found += [(str(name), str(inner), value) for inner, value in parts.items()]
        else:
            found.append(("", str(name), number))
    return found


UNTOLD = frozenset({"requests", "retries", "coverage"})
"""Counts that say how it went and not what came of it: on the card, not in the list."""


def counts_text(row: RunRow) -> Span:
    """The counts of a run, the ones that are not nought; of the devices when they come in parts."""
    counts = [one for one in counts_of(row) if one[2] and one[0] in ("", "devices") and one[1] not in UNTOLD]
    return span(" · ".join(count_text(name, value) for _, name, value in counts))


COUNTED_AS = {"coverage": "warranties asked of Apple", "open": "open in all"}
"""Counts whose names say too little."""


def count_text(name: str, value: object) -> str:
    """One count of a run: `2 problems`, `1 problem`, `18 changed`."""
    told = COUNTED_AS.get(name) or words(name)
    return f"{value:,} {told.removesuffix('s') if value == 1 else told}" if isinstance(value, int) else told


RUNS = (
    Column("started", "Started", 17, 1, lambda row, glance: _moment(row.started_at, glance)),
    Column("source", "Source", 19, 2, lambda row, _: span(f"{row.kind} {row.source}", "strong"), flex=1),
    Column("state", "State", 10, 3, lambda row, _: run_span(row.state)),
    Column("counts", "Result", 22, 4, lambda row, _: span(row.error, "bad") if row.error else counts_text(row), flex=3),
    Column("took", "Took", 7, 5, _took, right=True),
    Column("problems", "Problems", 12, 6, lambda row, _: span(row.problems or "", "warn"), right=True),
    Column("actor", "Started by", 14, 7, lambda row, _: span(row.actor)),
)
