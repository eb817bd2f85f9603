"""How cards are laid out in lines: a device, a person, a finding, an event, a run. Pure: rows in, lines out."""

from collections.abc import Callable, Sequence
from itertools import groupby

from fleet.clock import london_date
from fleet.domain.byod import OVER, next_step
from fleet.domain.records import DeviceRow, EventRow, FindingRow, RunRow
from fleet.domain.wording import reading_text
from fleet.queries.person_cards import OwnDevice
from tui.columns import (
    OWN_STATES,
    Glance,
    count_text,
    counts_of,
    device_name,
    model_name,
    person_span,
    run_span,
    severity_span,
    status_span,
    words,
)
from tui.dates import say_age, say_day, say_exactly, say_moment
from tui.register import DeviceCard, Fact, FindingCard, Moment, PersonCard, UndoLine
from tui.run_sheet import RunSheet
from tui.text import Inert, Span, clean, counted, join, span
from tui.widgets.line_view import Lay, Line
from tui.widgets.painting import between, fit, wrap

LABEL = 16
"""Cells of the label column of facts."""
SIDE_BY_SIDE = 64
"""Cells from which what is recorded and what was observed stand beside each other."""
RULE = "─"
APPLIED = frozenset({"complete", "running"})
"""States of a run whose counts tell what was written."""
NOT_APPLIED = "Nothing of this was written: the register and its findings are as they were."


def lay_heading(title: str, note: Inert, width: int) -> list[Line]:
    """A title with a rule up to the right edge and a note upon it."""
    left = [span(title, "title"), span(" ")]
    taken = len(title) + 1 + (len(note) + 1 if note else 0)
    rule = span(RULE * max(width - taken, 0), "faint")
    return [[], [*left, rule, span(" ") if note else span(""), Span(note, "dim")]]


def lay_pair(label: str, value: Span, width: int, sign: str = "") -> list[Line]:
    """Label and value, the value wrapped in its own column."""
    room = max(width - LABEL - 2, 8)
    lines: list[Line] = []
    for at, piece in enumerate(wrap(value.text or clean("—"), room)):
        head = fit(clean(label), LABEL) if at == 0 else fit(clean(""), LABEL)
        mark = span(sign + " " if sign and at == 0 else "  ", "bad" if sign else "")
        lines.append([mark, Span(head, "dim"), Span(piece, value.ink if value.text else "faint")])
    return lines


def _side_by_side(card: FindingCard, width: int, glance: Glance) -> list[Line]:
    """What is recorded beside what was observed, each with when it was true; `≠` where the two should agree and do not."""
    half = (width - LABEL - 4) // 2
    head = [span(" " * (LABEL + 2)), Span(fit(clean("Recorded"), half), "title"), span("  ")]
    lines: list[Line] = [*lay_heading("Evidence", clean(""), width), [*head, span(card.said_by, "title")]]
    for one in card.compared:
        since = join("since ", say_day(one.since, london_date(glance.now))) if one.since else clean("")
        left = _cell(one.recorded, since, half)
        right = _cell(one.observed, _age(one.at, glance) if one.at and one.observed else clean(""), half)
        for at in range(max(len(left), len(right), 1)):
            here, there = (cell[at] if at < len(cell) else Span(clean("")) for cell in (left, right))
            mark = span("≠ " if one.disagrees and at == 0 else "  ", "bad")
            name = Span(fit(clean(one.label if at == 0 else ""), LABEL), "dim")
            lines.append([mark, name, Span(fit(here.text, half), here.ink), span("  "), there])
    return lines


def _cell(value: str, when: Inert, room: int) -> list[Span]:
    told = [Span(piece) for piece in wrap(clean(value), room)] if value else []
    return [*told, Span(when, "faint")] if told and when else told


def _facts(facts: Sequence[Fact], width: int, glance: Glance) -> list[Line]:
    lines: list[Line] = []
    for group, found in groupby(facts, key=lambda fact: fact.group):
        members = list(found)
        moments = [fact.said_at for fact in members if fact.said_at is not None]
        newest = max(moments) if moments else None
        who = next((fact.said_by for fact in members if fact.said_by and fact.said_by != group), None)
        age = _age(newest, glance) if newest else clean("")
        note = join(who or "", " · " if who and age else "", age)
        lines += lay_heading(clean(group), note, width)
        for fact in members:
            ink = "warn" if fact.disagrees else ""
            lines += lay_pair(fact.label, span(fact.value, ink), width, "≠" if fact.disagrees else "")
    return lines


def _age(moment: object, glance: Glance) -> Inert:
    return say_exactly(moment) if glance.exact else say_age(moment, glance.now)  # type: ignore[arg-type]


def lay_timeline(moments: Sequence[Moment], width: int, glance: Glance) -> list[Line]:
    """What happened, the newest first."""
    if not moments:
        return []
    lines = lay_heading("History", clean(""), width)
    for moment in moments:
        when = say_exactly(moment.when) if glance.exact else say_moment(moment.when, glance.now)
        lines.append(between([span("● ", "accent"), Span(when, "dim")], [span(moment.who, "dim")], width))
        last = moment is moments[-1]
        lines += [
            [span("  " if last else "│ ", "faint"), Span(piece)] for piece in wrap(clean(moment.sentence), width - 2)
        ]
    return lines


def _findings(findings: Sequence[FindingRow], width: int, glance: Glance) -> list[Line]:
    if not findings:
        return []
    lines = lay_heading("Drift", join(len(findings), " open"), width)
    for finding in findings:
        lines.append(between([severity_span(finding.severity)], [Span(_age(finding.first_seen, glance), "dim")], width))
        lines += [[span("  "), Span(piece)] for piece in wrap(clean(finding.sentence), width - 2)]
    return lines


def _device_line(row: DeviceRow, width: int, glance: Glance) -> Line:
    due = say_day(row.due_on, london_date(glance.now))
    left = [span("  "), Span(fit(clean(device_name(row)), 13), "strong"), Span(fit(clean(model_name(row)), 20))]
    return between(left, [Span(join("due ", due), "warn") if due else status_span(row.status)], width)


def lay_device(card: DeviceCard, glance: Glance) -> Lay:
    """The card of a device: who has it first, then what each source says, what disagrees, what happened."""
    row = card.row

    def lay(width: int) -> list[Line]:
        lines: list[Line] = [
            between([span(device_name(row), "strong")], [status_span(row.status)], width),
            [span(model_name(row), "dim"), span("  "), span(row.serial if row.asset_tag else "", "dim")],
            [],
            *lay_pair("Holder", span(row.holder or "nobody", "strong" if row.holder else "faint"), width),
        ]
        if row.holder:
            today = london_date(glance.now)
            since = join("since ", say_day(row.issued_on, today)) if row.issued_on else clean("")
            due = join(" · due back ", say_day(row.due_on, today)) if row.due_on else clean("")
            place = join(row.team or row.site or "", " · " if (row.team or row.site) and since else "", since, due)
            late = row.due_on is not None and row.due_on < today
            lines += lay_pair("", Span(place, "warn" if late else "dim"), width) if place else []
        lines += _findings(card.findings, width, glance)
        lines += _facts(card.facts, width, glance)
        return lines + lay_timeline(card.timeline, width, glance)

    return lay


def _own_devices(own: Sequence[OwnDevice], width: int, glance: Glance) -> list[Line]:
    """A line for each registration of theirs, and below it what it needs."""
    if not own:
        return []
    today = london_date(glance.now)
    lines = lay_heading("Own devices", join(len(own)), width)
    for one in own:
        until = join(" until ", say_day(one.consent_until, today)) if one.consent_until else clean("")
        sign, ink = OWN_STATES.get(one.state, ("·", ""))
        told = join(sign, " ", one.state, until if one.state not in OVER else "")
        left = [span("  "), Span(fit(clean(one.model or "own device"), max(width - len(told) - 4, 8)))]
        lines.append(between(left, [Span(told, ink)], width))
        wanted = next_step(one.position, today) if one.position is not None else None
        pieces = wrap(clean(wanted), max(width - 4, 8)) if wanted else []
        lines += [[span("  → " if at == 0 else "    ", "warn"), Span(piece, "warn")] for at, piece in enumerate(pieces)]
    return lines


def lay_person(card: PersonCard, glance: Glance) -> Lay:
    """The card of a person: what they hold first."""
    row = card.row

    def lay(width: int) -> list[Line]:
        lines: list[Line] = [
            between([span(row.name, "strong")], [person_span(row.state)], width),
            [span(row.job_title or "", "dim")],
        ]
        lines += lay_heading("Holds", join(len(card.devices)), width)
        lines += [_device_line(device, width, glance) for device in card.devices] or [[span("  nothing", "faint")]]
        lines += _own_devices(card.own, width, glance)
        facts = card.facts or [
            Fact("Directory", label, value)
            for label, value in (
                ("Sign-in name", row.upn),
                ("E-mail", row.email),
                ("Team", row.team),
                ("Site", row.site),
                ("Manager", row.manager),
                ("Organisation", row.organisation),
            )
            if value
        ]
        lines += _facts(facts, width, glance)
        return lines + lay_timeline(card.timeline, width, glance)

    return lay


def lay_finding(card: FindingCard, glance: Glance) -> Lay:
    """One finding: the sentence, what to do, what it rests on."""
    row = card.row

    def lay(width: int) -> list[Line]:
        lines: list[Line] = [
            between([span(row.subject, "strong")], [severity_span(row.severity)], width),
            [span(row.title, "dim")],
            [],
            *([Span(piece)] for piece in wrap(clean(row.sentence), width)),
        ]
        if card.advice:
            lines += lay_heading("What to do", clean(""), width)
            lines += [[Span(piece)] for piece in wrap(clean(card.advice), width)]
        if card.fix:
            lines += lay_heading("Suggested", clean(""), width)
            lines += [[Span(piece)] for piece in wrap(clean(card.fix), width)]
        if card.compared and width >= SIDE_BY_SIDE:
            lines += _side_by_side(card, width, glance)
            lines += _facts([one for one in card.evidence if one.group == "Decided"], width, glance)
        else:
            lines += _facts(card.evidence, width, glance)
        lines += lay_heading("Seen", clean(""), width)
        lines += lay_pair("First", Span(_age(row.first_seen, glance)), width)
        lines += lay_pair("Last", Span(_age(row.last_seen, glance)), width)
        lines += lay_pair("Nights", span(row.times_seen), width)
        return lines + lay_pair("State", span(words(row.state)), width)

    return lay


def lay_event(row: EventRow, preview: Sequence[UndoLine]) -> Lay:
    """One event of the history, and what undoing it would do."""

    def lay(width: int) -> list[Line]:
        lines: list[Line] = [[Span(piece, "strong")] for piece in wrap(clean(row.sentence), width)]
        lines += [
            [],
            *lay_pair("Who", span(row.actor), width),
            *lay_pair("Recorded", Span(say_exactly(row.recorded_at)), width),
        ]
        if row.effective_at != row.recorded_at:
            lines += lay_pair("Happened", Span(say_exactly(row.effective_at)), width)
        lines += lay_pair("Reason", span(row.reason), width)
        lines += lay_pair("Changes", span(f"{row.changes:,}"), width)
        if row.undone_by:
            return [*lines, [], [span("This was undone.", "warn")]]
        if preview:
            lines += lay_heading("Undoing it would", clean(say_undo(preview)), width)
            lines += lay_undo(preview)(width)
        return lines

    return lay


def say_undo(preview: Sequence[UndoLine]) -> str:
    """How many changes an undo takes back, and how many it leaves."""
    taken = sum(line.changes for line in preview if line.kept_because is None)
    kept = sum(line.changes for line in preview if line.kept_because is not None)
    return f"{counted(taken, 'change')} taken back" + (f", {kept:,} kept" if kept else "")


def lay_undo(preview: Sequence[UndoLine]) -> Callable[[int], list[Line]]:
    """What an undo takes back and what it leaves."""

    def lay(width: int) -> list[Line]:
        lines: list[Line] = []
        for change in preview:
            kept = change.kept_because is not None
            head = span("keep  " if kept else "undo  ", "warn" if kept else "good")
            text = join(change.sentence, "  (", change.kept_because, ")") if kept else clean(change.sentence)
            pieces = wrap(text, max(width - 6, 8))
            lines += [[head if at == 0 else span("      "), Span(piece)] for at, piece in enumerate(pieces)]
        return lines or [[span("Nothing would change.", "dim")]]

    return lay


def lay_run(row: RunRow) -> Lay:
    """One sync or import with its counts."""

    def lay(width: int) -> list[Line]:
        lines: list[Line] = [
            between([span(words(row.kind) + " " + row.source, "strong")], [run_span(row.state)], width),
            [],
            *lay_pair("Started", Span(say_exactly(row.started_at)), width),
            *lay_pair("Finished", Span(say_exactly(row.finished_at) if row.finished_at else clean("not yet")), width),
            *lay_pair("Started by", span(row.actor), width),
            *lay_pair("Problems", span(row.problems, "warn" if row.problems else ""), width),
        ]
        if row.error:
            lines += lay_heading("Why it stopped", clean(""), width)
            lines += [[Span(piece, "bad")] for piece in wrap(clean(row.error), width)]
        if row.counts:
            undone = row.state not in APPLIED
            lines += lay_heading("Read, not applied" if undone else "Result", clean(""), width)
            if undone:
                lines += [[Span(piece, "warn")] for piece in wrap(clean(NOT_APPLIED), width)]
            counts = [one for one in counts_of(row) if not (undone and one[0] == "findings")]
            for part in dict.fromkeys(one[0] for one in counts):
                told = [count_text(name, number) for of, name, number in counts if number and of == part]
                label = words(part).capitalize() or "In all"
                lines += lay_pair(label, span(" · ".join(told) or "nothing", "" if told else "faint"), width)
        for file in row.files:
            lines += lay_heading("How it was read", clean(""), width)
            lines += lay_pair("File", span(file["file"], "strong"), width)
            lines += lay_pair("Read as", span(reading_text(file)), width)
            lines += lay_pair("SHA-256", span(file["sha256"], "dim"), width)
        return lines

    return lay


def lay_sheet(sheet: RunSheet, glance: Glance) -> Lay:
    """A run sheet beside the list: what happened, what is done, what is to do."""

    def lay(width: int) -> list[Line]:
        done = sum(step.done_at is not None for step in sheet.steps)
        lines: list[Line] = [
            between([span(f"{sheet.kind} ", "bad"), span(sheet.device, "strong")], [_closed(sheet, glance)], width),
            [Span(join("reported ", say_moment(sheet.reported_at, glance.now)), "dim")],
            *lay_heading("What to say", clean(""), width),
        ]
        for label, value in sheet.facts:
            lines += lay_pair(label, span(value), width)
        lines += lay_heading("Steps", join(done, " done, ", len(sheet.steps) - done, " to do"), width)
        for step in sheet.steps:
            if step.done_at is None:
                lines.append([span("○ ", "accent"), span(step.title)])
            else:
                when = [Span(say_moment(step.done_at, glance.now), "dim")]
                lines.append(between([span("✓ ", "good"), span(step.title, "dim")], when, width))
        return lines

    return lay


def _closed(sheet: RunSheet, glance: Glance) -> Span:
    if sheet.closed_at is None:
        return span("open", "warn")
    return Span(join("closed ", say_moment(sheet.closed_at, glance.now)), "good")
