"""A register in memory that speaks the port `tui.register.Register`: deterministic, any size, with switches for trouble."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from fleet.domain.records import DeviceRow, EventRow, FindingRow, PersonRow, RunRow
from fleet.errors import Conflict, FleetError, NotFound
from tui.ranking import closeness, is_exact
from tui.recipients import best_first, of_person
from tui.register import (
    DeviceCard,
    Fact,
    FindingCard,
    FindingGroup,
    Meanwhile,
    Moment,
    Named,
    Outcome,
    PersonCard,
    Subject,
    Summary,
    SyncAge,
    UndoLine,
)
from tui.run_sheet import RunSheet, SheetStep
from tui.today import Bar, OpenIncident, Pile, Target, TenantAge, Today, Waiting
from tui.writes import (
    CloseIncident,
    Decide,
    Extend,
    Issue,
    Move,
    NoteStep,
    Recipient,
    Report,
    Swap,
    TakeBack,
    Transfer,
    Write,
)

NOW = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
FIRST = ("Anna", "Siân", "Bartholomew", "Priya", "Tomasz", "Oluwaseun", "Grace", "Ioan", "Mei", "Conor")
LAST = ("Patel", "Llewellyn", "O'Brien", "Featherstonehaugh", "Kowalski", "Adeyemi", "Okafor", "Marsh", "Lin", "Byrne")
TEAMS = ("Children North", "Adults South", "Housing", "Members", "Highways")
SITES = ("Civic Centre", "Mill Lane Depot", "Harbour House")
MODELS = (("ipad", "iPad (10th gen)"), ("iphone", "iPhone 14"), ("ipad", "iPad Air (M2)"), ("thin_client", "Wyse 5070"))
RULES = (
    ("leaver-holds", "A leaver still holds it", "high"),
    ("user-differs", "Enrolled user is not the holder", "medium"),
    ("not-seen-90", "Not seen for 90 days", "low"),
)
TITLES = {"lost-mode": "Lost mode or remote lock", "police": "Police told", "dpo-told": "Data protection officer told"}
SORTS = {
    "asset_tag": "asset_tag",
    "model": "model",
    "status": "status",
    "holder": "holder",
    "serial": "serial",
    "last_seen": "last_seen",
    "site": "site",
    "team": "team",
}


def make_people(number: int) -> list[PersonRow]:
    """People with invented names."""
    rows = []
    for n in range(1, number + 1):
        name = f"{FIRST[n % 10]} {LAST[(n * 7 // 10 + n) % 10]}"
        upn = f"{name.split(maxsplit=1)[0].lower()}.{n}@northbridge.example"
        state = "left" if n % 17 == 0 else "active"
        rows.append(
            PersonRow(n, name, upn, "northbridge", "Social worker", TEAMS[n % 5], SITES[n % 3], state, "Grace Lin")
        )
    return rows


def make_devices(number: int, people: Sequence[PersonRow]) -> list[DeviceRow]:
    """Devices, two thirds of them issued."""
    rows = []
    for n in range(1, number + 1):
        kind, model = MODELS[n % 4]
        holder = people[n % len(people)] if people and n % 3 else None
        rows.append(
            DeviceRow(
                id=n,
                kind=kind,
                model=model,
                serial=f"DMP{n:07d}QX",
                imei=f"3520990{n:08d}" if kind != "thin_client" else None,
                asset_tag=f"NB-{n:06d}",
                status="issued" if holder else ("in_stock", "in_repair", "lost", "retired")[n // 3 % 4],
                organisation="northbridge" if n % 2 else "westmere",
                site=SITES[n % 3],
                team=TEAMS[n % 5],
                holder=holder.name if holder else None,
                holder_upn=holder.upn if holder else None,
                holder_id=holder.id if holder else None,
                os_version="17.7.1" if kind != "thin_client" else None,
                compliance="compliant" if n % 5 else "noncompliant",
                last_seen=NOW - timedelta(minutes=n * 37) if kind != "thin_client" else None,
                ownership="organisation",
                device_name=f"{model} of {holder.name}" if holder else model,
                phone_number=f"07700 900{n % 1000:03d}",
                issued_on=date(2025, 3, 3) if holder else None,
                due_on=date(2026, 11, 27) if holder and n % 7 == 0 else None,
                open_findings=1 if n % 9 == 0 else 0,
            )
        )
    return rows


@dataclass
class FakeRegister:
    """The port over lists. `gate` holds every read back while it is clear; `trouble` is raised by every call."""

    number: int = 250
    people_number: int = 40
    gate: threading.Event = field(default_factory=threading.Event)
    trouble: FleetError | None = None
    refuse_next: FleetError | None = None
    calls: list[str] = field(default_factory=list)
    mark: int = 1
    meanwhile_told: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.gate.set()
        self._people = make_people(self.people_number)
        self._devices = make_devices(self.number, self._people)
        self._hay = {row.id: _hay(row) for row in self._devices}
        self._sorted: dict[tuple[str, bool], list[DeviceRow]] = {}
        self._events = [_event(n) for n in range(1, 31)]
        self._undo: dict[int, list[DeviceRow]] = {}
        self.written: list[Write] = []
        self.exported: list[tuple[str, str, bool]] = []
        self._decided: set[int] = set()
        self._steps: dict[int, list[tuple[str, datetime, str | None]]] = {9: []}
        self._closed: set[int] = set()

    # --- for tests

    def device(self, device_id: int) -> DeviceRow:
        """The device as it is now."""
        return self._devices[device_id - 1]

    def put_device(self, row: DeviceRow) -> None:
        """Change a device as a colleague would."""
        self._devices[row.id - 1] = row
        self._hay[row.id] = _hay(row)
        self._sorted.clear()
        self.mark += 1

    def put_person(self, row: PersonRow) -> None:
        """Change a person as a colleague would."""
        self._people[row.id - 1] = row
        self.mark += 1

    def _called(self, name: str) -> None:
        self.calls.append(name)
        self.gate.wait(10)
        if self.trouble is not None:
            raise self.trouble

    # --- devices

    def _matching(self, text: str, sort: str, descending: bool) -> list[DeviceRow]:
        key = (sort, descending)
        if key not in self._sorted:
            name = SORTS.get(sort, "id")
            self._sorted[key] = sorted(
                self._devices, key=lambda row: (str(getattr(row, name) or ""), row.id), reverse=descending
            )
        words = text.casefold().split()
        if not words:
            return self._sorted[key]
        return [row for row in self._sorted[key] if all(word in self._hay[row.id] for word in words)]

    def devices(self, text: str, sort: str, descending: bool, offset: int, limit: int) -> Sequence[DeviceRow]:
        self._called("devices")
        found = self._matching(text, sort.removeprefix("closest,"), descending)
        if sort.startswith("closest,"):
            found = sorted(found, key=lambda row: closeness(text, row.asset_tag, row.serial, row.imei, row.holder))
        return found[offset : offset + limit]

    def first_devices(self, text: str, sort: str, descending: bool, limit: int) -> tuple[Sequence[DeviceRow], bool]:
        return self.devices(text, sort, descending, 0, limit), True

    def count_devices(self, text: str) -> int:
        self._called("count_devices")
        return len(self._matching(text, "asset_tag", False))

    def filter_values(self) -> dict[str, Sequence[str]]:
        self._called("filter_values")
        return {"team": ("Children East", "Children North", "Planning"), "site": ("Town Hall",)}

    def resolve(self, key: str) -> int | None:
        self._called("resolve")
        wanted = key.casefold()
        wanted = wanted[1:] if wanted.startswith("sdmp") else wanted
        for row in self._devices:
            if wanted in {str(value).casefold() for value in (row.serial, row.imei, row.asset_tag, row.phone_number)}:
                return row.id
        return None

    def device_card(self, device_id: int) -> DeviceCard:
        self._called("device_card")
        row = self.device(device_id)
        other = "b.marsh@northbridge.example" if row.open_findings else row.holder_upn
        facts = (
            Fact("Recorded", "Asset tag", row.asset_tag),
            Fact("Recorded", "Serial", row.serial),
            Fact("Recorded", "Organisation", row.organisation),
            Fact("Recorded", "Site", row.site),
            Fact("Recorded", "Team", row.team),
            Fact("Intune", "Name", row.device_name, "Northbridge", row.last_seen),
            Fact("Intune", "User", other, "Northbridge", row.last_seen, disagrees=bool(row.open_findings)),
            Fact("Intune", "OS", row.os_version, "Northbridge", row.last_seen),
            Fact("Intune", "Compliance", row.compliance, "Northbridge", row.last_seen),
            Fact("Intune", "IMEI", row.imei, "Northbridge", row.last_seen),
            Fact("Intune", "Phone", row.phone_number, "Northbridge", row.last_seen),
        )
        timeline = (
            Moment(NOW - timedelta(days=1), f"Issued to {row.holder or 'nobody'}", "j.doe"),
            Moment(NOW - timedelta(days=400), "Delivered with order PO-4711", "import"),
        )
        findings = [one for one in self._finding_rows() if one.subject_id == device_id]
        return DeviceCard(row, facts, timeline, findings)

    # --- people

    def people(self, text: str, offset: int, limit: int) -> Sequence[PersonRow]:
        self._called("people")
        return self._people_matching(text)[offset : offset + limit]

    def count_people(self, text: str) -> int:
        self._called("count_people")
        return len(self._people_matching(text))

    def _people_matching(self, text: str) -> list[PersonRow]:
        words = text.casefold().split()
        held: dict[int, int] = {}
        for device in self._devices:
            if device.holder_id:
                held[device.holder_id] = held.get(device.holder_id, 0) + 1
        rows = [replace(row, devices_held=held.get(row.id, 0)) for row in self._people]
        return [row for row in rows if all(word in f"{row.name} {row.upn} {row.team}".casefold() for word in words)]

    def find_recipients(self, text: str, limit: int, *, people_only: bool = False) -> Sequence[Recipient]:
        self._called("find_recipients")
        found = [of_person(row) for row in self._people_matching(text)]
        sites = [site for site in SITES if text.casefold() in f"{site} site".casefold()]
        if not people_only:
            found += [Recipient(n * 3 + 1, "site", n, site, "northbridge") for n, site in enumerate(sites, 1)]
        return best_first(text, found)[:limit]

    def resolve_person(self, key: str) -> int | None:
        self._called("resolve_person")
        found = [row.id for row in self._people if is_exact(key, row.name, row.upn)]
        return found[0] if len(found) == 1 else None

    def person_card(self, person_id: int) -> PersonCard:
        self._called("person_card")
        row = next(one for one in self._people_matching("") if one.id == person_id)
        return PersonCard(row, [device for device in self._devices if device.holder_id == person_id])

    # --- findings, history, runs

    def _finding_rows(self) -> list[FindingRow]:
        rows = []
        for device in self._devices:
            if device.open_findings and device.id not in self._decided:
                rule, title, severity = RULES[device.id // 9 % 3]
                rows.append(
                    FindingRow(
                        id=device.id,
                        rule=rule,
                        title=title,
                        severity=severity,
                        state="open",
                        organisation=device.organisation,
                        subject=device.asset_tag or "",
                        subject_type="device",
                        subject_id=device.id,
                        sentence=f"{device.asset_tag} is held by {device.holder or 'nobody'}, but Intune says b.marsh.",
                        first_seen=NOW - timedelta(days=device.id),
                        last_seen=NOW - timedelta(hours=10),
                    )
                )
        return rows

    def _findings_matching(self, text: str, rule: str | None) -> list[FindingRow]:
        words = text.casefold().split()
        return [
            row
            for row in self._finding_rows()
            if (rule is None or row.rule == rule)
            and all(word in f"{row.subject} {row.sentence}".casefold() for word in words)
        ]

    def findings(self, text: str, rule: str | None, offset: int, limit: int) -> Sequence[FindingRow]:
        self._called("findings")
        return self._findings_matching(text, rule)[offset : offset + limit]

    def count_findings(self, text: str, rule: str | None) -> int:
        self._called("count_findings")
        return len(self._findings_matching(text, rule))

    def finding_groups(self) -> Sequence[FindingGroup]:
        self._called("finding_groups")
        rows = self._finding_rows()
        return [FindingGroup(*rule, sum(row.rule == rule[0] for row in rows)) for rule in RULES]

    def finding_card(self, finding_id: int) -> FindingCard:
        self._called("finding_card")
        row = next(one for one in self._finding_rows() if one.id == finding_id)
        evidence = (
            Fact("Recorded", "Holder", "Anna Patel"),
            Fact("Intune", "Enrolled user", "b.marsh@northbridge.example"),
        )
        return FindingCard(row, evidence, "Ask who has it, then issue it to that person.", row.subject_id)

    def history(self, text: str, about: Subject | None, offset: int, limit: int) -> Sequence[EventRow]:
        self._called("history")
        return self._events_matching(f"{text}{about.name if about else ''}")[offset : offset + limit]

    def count_history(self, text: str, about: Subject | None) -> int:
        return len(self.history(text, about, 0, 1000))

    def _events_matching(self, text: str) -> list[EventRow]:
        found = [row for row in self._events if text.casefold() in row.sentence.casefold()]
        return sorted(found, key=lambda row: -row.id)

    def runs(self, text: str, offset: int, limit: int) -> Sequence[RunRow]:
        self._called("runs")
        states = ("complete", "complete", "refused", "failed", "complete")
        rows = [
            RunRow(
                id=n,
                kind="sync",
                source="northbridge" if n % 2 else "westmere",
                state=states[n % 5],
                started_at=NOW - timedelta(days=n, hours=10),
                finished_at=NOW - timedelta(days=n, hours=10) + timedelta(seconds=41),
                actor="timer",
                counts={"read": 980, "new": 2, "changed": 11, "missing": 0},
                problems=n % 3,
                error="The answer held 12 of 980 devices. Nothing was changed." if states[n % 5] == "refused" else None,
                event_id=n,
            )
            for n in range(1, 13)
        ]
        return [row for row in rows if text.casefold() in row.source][offset : offset + limit]

    def count_runs(self, text: str) -> int:
        return len(self.runs(text, 0, 1000))

    # --- writes

    def try_out(self, write: Write) -> Sequence[str]:
        self._called("try_out")
        if isinstance(write, Swap):
            return [] if self.resolve(write.new_key) else [f"No device is known as {write.new_key}."]
        to = getattr(write, "to", None)
        return [f"{to.name} has left."] if to is not None and to.state == "left" else []

    def do(self, write: Write) -> Outcome:
        self._called(type(write).__name__)
        self.written.append(write)
        self._refuse()
        if isinstance(write, Issue | Transfer):
            return self._give(write)
        if isinstance(write, TakeBack):
            return self.return_devices(write.device_ids, write.reason, write.status)
        return self._do_else(write)

    def _give(self, write: Issue | Transfer) -> Outcome:
        before = [self.device(one) for one in write.device_ids]
        due = write.due_on if isinstance(write, Issue) else None
        for row in before:
            held = {"holder": write.to.name, "holder_upn": None, "holder_id": write.to.target}
            self.put_device(replace(row, status="issued", due_on=due or row.due_on, **held))  # type: ignore[arg-type]
        return self._done("issue", f"Issued {_several(before)} to {write.to.name}.", before, write.reason)

    def _do_else(self, write: Write) -> Outcome:
        if isinstance(write, Decide):
            self._decided |= set(write.finding_ids)
            return self._done("decide", f"{len(write.finding_ids)} findings {write.state}.", [], write.reason)
        if isinstance(write, NoteStep):
            self._steps[write.device_id].append((write.step, write.at or NOW, write.reason))
            return self._done("step", "Noted.", [], write.reason)
        if isinstance(write, CloseIncident):
            self._closed.add(write.device_id)
            return self._done("close", "Closed.", [], write.reason)
        if isinstance(write, Swap):
            new = self.resolve(write.new_key)
            if new is None:
                raise NotFound(f"No device is known as {write.new_key}.")
            old = self.device(write.old_id)
            self.put_device(replace(self.device(new), status="issued", holder=old.holder, holder_id=old.holder_id))
            return self.return_devices([write.old_id], write.reason, write.status)
        return self._change(write)

    def _change(self, write: Write) -> Outcome:
        ids = getattr(write, "device_ids", None) or [write.device_id]  # type: ignore[attr-defined]
        before = [self.device(one) for one in ids]
        for row in before:
            if isinstance(write, Extend):
                self.put_device(replace(row, due_on=write.due_on))
            elif isinstance(write, Move):
                self.put_device(replace(row, status=write.status))
            elif isinstance(write, Report):
                self._steps[row.id] = []
                self.put_device(replace(row, status=write.kind if write.kind != "damaged" else row.status))
        return self._done("change", f"Changed {_several(before)}.", before, write.reason)

    def _refuse(self) -> None:
        if self.refuse_next is not None:
            error, self.refuse_next = self.refuse_next, None
            raise error

    def return_devices(self, device_ids: Sequence[int], reason: str | None, status: str = "in_stock") -> Outcome:
        before = [self.device(one) for one in device_ids]
        if any(row.holder is None for row in before):
            raise Conflict("Somebody returned it a moment ago.")
        for row in before:
            self.put_device(replace(row, status=status, holder=None, holder_upn=None, holder_id=None, due_on=None))
        return self._done("return", f"Returned {_several(before)}.", before, reason)

    def _done(self, action: str, sentence: str, before: list[DeviceRow], reason: str | None) -> Outcome:
        event = replace(
            _event(len(self._events) + 1),
            sentence=sentence,
            action=action,
            reason=reason,
            actor="j.doe",
            recorded_at=NOW,
        )
        self._events.append(event)
        self._undo[event.id] = before
        return Outcome(sentence, event.id)

    def preview_undo(self, event_id: int) -> Sequence[UndoLine]:
        self._called("preview_undo")
        return [UndoLine(f"{row.asset_tag}: {row.holder or 'in stock'} again") for row in self._undo.get(event_id, [])]

    def undo(self, event_id: int, reason: str | None) -> Outcome:
        self._called("undo")
        self._refuse()
        now = [self.device(row.id) for row in self._undo[event_id]]
        for row in self._undo[event_id]:
            self.put_device(row)
        outcome = self._done("undo", f"Undid event {event_id}.", now, reason)
        self._events[event_id - 1] = replace(self._events[event_id - 1], undone_by=outcome.event_id)
        return outcome

    # --- what waits, and files

    def find_open_incident(self, device_id: int) -> bool:
        self._called("find_open_incident")
        return device_id in self._steps and device_id not in self._closed

    def run_sheet(self, device_id: int) -> RunSheet:
        self._called("run_sheet")
        row = self.device(device_id)
        done = [SheetStep(key, TITLES[key], "", at, "j.doe", note) for key, at, note in self._steps[device_id]]
        to_do = [SheetStep(key, title, "Do it.") for key, title in TITLES.items() if key not in {s.key for s in done}]
        return RunSheet(
            device_id=device_id,
            device=row.asset_tag or "",
            kind=row.status if row.status in ("lost", "stolen") else "damaged",
            reported_at=NOW - timedelta(hours=11),
            occurred_on=date(2026, 11, 19),
            closed_at=NOW if device_id in self._closed else None,
            facts=(("Holder", row.holder or "nobody"), ("Serial", row.serial or "")),
            steps=[*done, *to_do],
        )

    def today(self) -> Today:
        self._called("today")
        findings = self._finding_rows()
        incidents = [
            OpenIncident(n, f"NB-{n:06d}", "lost", "iPhone 14", "Anna Patel", NOW - timedelta(hours=70 * at + 11), 0)
            for at, n in enumerate((9, *range(21, 31)))
            if n not in self._closed
        ]
        loan = Waiting("NB-000007", "Mei Lin", "3 days late", Target("device", id=7))
        leaver = Waiting("Priya Byrne", "NB-000016", "left 9 days ago", Target("person", id=17))
        return Today(
            day=date(2026, 11, 20),
            incidents=incidents,
            piles=(
                Pile("Overdue loans", 1, [loan], Target("devices", "due:overdue"), "No loan is overdue.", "2 due soon"),
                Pile("Leavers who still hold something", 6, [leaver], Target("devices", "leaver"), "Nobody."),
                Pile("Starters without a working device", 0, [], Target("people"), "Every starter has a device."),
            ),
            severities={one: sum(row.severity == one for row in findings) for one in ("high", "medium", "low")},
            drift=[
                Bar(title, sum(row.rule == rule for row in findings), Target("findings", group=rule), severity)
                for rule, title, severity in RULES
            ],
            stock=[
                Bar("iPad (10th gen)", 12, Target("devices", "ipad")),
                Bar("iPhone 14", 1, Target("devices", "iphone")),
            ],
            tenants=[
                TenantAge("northbridge", "Northbridge Council", NOW - timedelta(hours=11)),
                TenantAge("westmere", "Westmere Council", NOW - timedelta(days=3), True, "The answer held 12 of 980."),
            ],
        )

    def export(self, text: str, path: str, *, overwrite: bool = False, reason: str | None = None) -> str:
        self._called("export")
        self.exported.append((text, path, overwrite))
        return f"{path} ({self.count_devices(text)} devices)"

    # --- the header

    def summary(self) -> Summary:
        self._called("summary")
        findings = self._finding_rows()
        return Summary(
            title="Three Rivers shared service",
            devices=len(self._devices),
            people=len(self._people),
            syncs=(
                SyncAge("northbridge", "Northbridge", NOW - timedelta(hours=11)),
                SyncAge("westmere", "Westmere", NOW - timedelta(days=3)),
            ),
            findings={
                severity: sum(row.severity == severity for row in findings) for severity in ("high", "medium", "low")
            },
        )

    def close(self) -> None:
        self.calls.append("close")

    def named(self, texts: Sequence[str]) -> Named:
        found = [(text, self.resolve(text)) for text in dict.fromkeys(texts)]
        rows = [self.device(one) for _text, one in found if one is not None]
        return Named(rows, [text for text, one in found if one is None], ())

    def newest_event(self) -> int:
        return self.mark + 1

    def meanwhile(self, device_ids: Sequence[int], after: int) -> Meanwhile:
        return Meanwhile(self.meanwhile_told if after else (), [self.device(one) for one in device_ids])

    def change_mark(self) -> int:
        self._called("change_mark")
        return self.mark


def _hay(row: DeviceRow) -> str:
    parts = (
        row.asset_tag,
        row.serial,
        row.imei,
        row.holder,
        row.model,
        row.site,
        row.team,
        row.phone_number,
        row.status,
    )
    return "\x1f".join(part for part in parts if part).casefold()


def _several(rows: Sequence[DeviceRow]) -> str:
    return rows[0].asset_tag or "" if len(rows) == 1 else f"{len(rows)} devices"


def _event(number: int) -> EventRow:
    moment = NOW - timedelta(hours=5 * (40 - number))
    sentence = f"Sync of northbridge: {number} devices changed." if number % 2 else f"Returned NB-{number:06d}."
    return EventRow(
        number, moment, moment, "timer" if number % 2 else "j.doe", "sync", None, "northbridge", number, sentence
    )
