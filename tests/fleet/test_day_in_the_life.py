"""A technician's days through the command line on the simulated service; every figure that is printed is checked."""

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.conftest import DEMO_NOW, Built, Program

TODAY = DEMO_NOW.date()
SCHOOL_RUN = 200
TAGS = [f"NB9{each:05d}" for each in range(SCHOOL_RUN)]
PENCE = 32_900


def delivery() -> str:
    """A supplier's delivery note: serials that no other device of the demonstration has."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        ["Serial number", "Model", "Purchase date", "Purchase cost", "Order number", "Supplier", "Asset tag", "Status"]
    )
    for number, tag in enumerate(TAGS):
        writer.writerow([
            f"DLXQ{number:06d}", "iPad (A16)", "2026-11-20", "329.00", "PO-NB-99001", "Harbourlight Technology Ltd", tag,
            "In stock",
        ])  # fmt: skip
    return text.getvalue()


@dataclass
class Desk:
    """The command line of one technician, in words."""

    program: Program
    clock: Callable[[datetime], None]
    folder: Path
    owner: str = ""
    event: int = 0
    """The newest event so far: the figure that the next one is one more than."""
    told: dict[str, Any] = field(default_factory=dict)

    def at(self, days: int, hour: int, minute: int = 0) -> date:
        """Let it be that hour of a later day; gives the day."""
        moment = datetime(TODAY.year, TODAY.month, TODAY.day, hour, minute, tzinfo=UTC) + timedelta(days=days)
        self.clock(moment)
        return moment.date()

    def ask(self, *arguments: str, code: int = 0, stdin: str = "") -> Any:
        """A command with `--json`; its document."""
        done = self.program(*arguments, "--json", stdin=stdin)
        assert done.code == code, (arguments, done.err)
        return json.loads(done.out)

    def say(self, *arguments: str, code: int = 0, stdin: str = "") -> list[str]:
        """A command as a person runs it; the lines it prints."""
        done = self.program(*arguments, stdin=stdin)
        assert done.code == code, (arguments, done.out, done.err)
        return done.out.splitlines()

    def do(self, *arguments: str, stdin: str = "", many: int = 1) -> list[str]:
        """A command that writes one event of so many devices; its lines but the last, whose figures are checked."""
        *lines, last = self.say(*arguments, stdin=stdin)
        self.event += 1
        counted = f"{many:,} devices. " if many > 1 else ""
        assert last == f"{counted}Event {self.event}. Take it back with: fleet undo {self.event}"
        return lines

    def count(self, *search: str) -> int:
        """How many devices a search has, as the list says."""
        found = re.search(r"([\d,]+) devices?\b", self.say("devices", *search)[-1].replace("; --limit shows more", ""))
        assert found is not None, self.say("devices", *search)[-1]
        return int(found[1].replace(",", ""))

    def findings(self) -> set[tuple[str, str]]:
        """(rule, subject) of what is open; the printed figure is theirs."""
        rows = self.ask("findings")
        assert self.say("findings")[-1] == f"{len(rows):,} findings"
        return {(one["rule"], one["subject"]) for one in rows}

    def in_stock(self, *options: str) -> tuple[int, int]:
        """In stock and prepared; the printed figures are the sums of the rows."""
        rows = self.ask("stock", *options)
        sums = sum(one["in_stock"] for one in rows), sum(one["prepared"] for one in rows)
        assert self.say("stock", *options)[-1].startswith(f"{sums[0]:,} in stock, {sums[1]:,} prepared")
        return sums

    def loans(self, *options: str) -> dict[str, dict[str, Any]]:
        """Loans by device; the printed figures are theirs."""
        rows = self.ask("loans", *options)
        late = sum(one["days_over"] > 0 for one in rows)
        assert self.say("loans", *options)[-1].startswith(f"{len(rows):,} loans, {late:,} overdue")
        return {one["device"]: one for one in rows}


@pytest.fixture
def desk(
    program: Program, demonstration: Built, own_register: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A desk before a demonstration of its own, on either database."""
    home = tmp_path / "home"
    shutil.copytree(demonstration.home, home, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("FLEET_HOME", str(home))
    monkeypatch.setenv("FLEET_DATABASE_URL", own_register)
    desk = Desk(program, lambda moment: monkeypatch.setenv("FLEET_NOW", moment.isoformat()), tmp_path)
    desk.event = desk.ask("history", "--limit", "1")[0]["id"]
    return desk


@pytest.mark.long
def test_days_in_the_life(desk: Desk) -> None:
    """Delivery, starter, loan, swap, leaver, loss at nine in the evening, stocktake, undo."""
    starter = next(one for one in desk.ask("starters") if one["stage"] == "nothing")
    desk.owner = starter["organisation"]
    desk.told["start"] = desk.findings()
    a_delivery(desk)
    to_a_site_and_undone(desk)
    a_starter(desk, starter)
    borrower = a_loan(desk, starter)
    a_swap(desk, borrower)
    a_leaver(desk)
    a_loss_at_nine_in_the_evening(desk, borrower)
    the_delivery_would_be_kept_in_part(desk)
    a_stocktake_and_an_undo(desk)
    the_past(desk, borrower)
    the_history(desk, borrower)


def a_delivery(desk: Desk) -> None:
    """200 iPads: previewed, taken in; a second time there is nothing to do."""
    desk.at(0, 9)
    note = desk.folder / "delivery.csv"
    note.write_text(delivery(), encoding="utf-8")
    told = ("import", str(note), "--organisation", desk.owner, "--as", "device-register")
    everything, stock = desk.count(), desk.in_stock()
    lines = desk.say(*told, "--preview")
    assert "  read 200, new 200, changed 0, unchanged 0, skipped 0, rejected 0" in lines
    assert lines[-2:] == ["  … and 185 more", "Nothing was changed."]
    assert sum(" new: " in one for one in lines) == SCHOOL_RUN - 185
    assert desk.count() == everything
    runs = desk.ask("runs", "--limit", "1")[0]["id"]
    lines = desk.say(*told, "--yes")
    desk.event += 1
    desk.told |= {"run": runs + 1, "delivered": desk.event, "stock": stock}
    assert lines[-1] == f"Done: run {runs + 1}, event {desk.event}. Take it back with: fleet undo {desk.event}"
    again = desk.say(*told, "--yes")
    assert "  read 200, new 0, changed 0, unchanged 200, skipped 0, rejected 0" in again
    assert desk.ask("history", "--limit", "1")[0]["id"] == desk.event
    assert desk.count() == everything + SCHOOL_RUN
    assert desk.in_stock() == (stock[0] + SCHOOL_RUN, stock[1])
    assert desk.findings() == desk.told["start"]


def to_a_site_and_undone(desk: Desk) -> None:
    """All of them to a site by a pasted list of tags, in one event; and back, to be used below."""
    desk.at(1, 9)
    site = next(row["site"] for row in desk.ask("stock") if row["organisation"] == desk.owner and row["site"])
    search = (f"org:{desk.owner}", "status:issued", "model:iPad (A16)")
    before, stock = desk.count(*search), desk.in_stock()
    lines = desk.do("issue", "--site", site, "--file", "-", stdin="\n".join([*TAGS, TAGS[0]]), many=SCHOOL_RUN)
    assert [one for one in lines if one.endswith(f" issued to {site}.")] == [f"{tag} issued to {site}." for tag in TAGS]
    assert desk.count(*search) == before + SCHOOL_RUN
    assert desk.in_stock() == (stock[0] - SCHOOL_RUN, stock[1])
    assert desk.say("undo", str(desk.event), "--preview")[0] == "400 changes would be taken back, 0 kept."
    lines = desk.say("undo", str(desk.event), "--yes")
    desk.event += 1
    assert lines[-1] == f"Done: 400 changes taken back, 0 kept. Event {desk.event}."
    assert (desk.count(*search), desk.in_stock()) == (before, stock)
    assert desk.findings() == desk.told["start"]


def a_starter(desk: Desk, starter: dict[str, Any]) -> None:
    """Reserved, prepared, issued with a receipt that is accepted; not enrolled after two days."""
    tag, upn, name = TAGS[0], starter["upn"], starter["name"]
    day = desk.at(1, 10)
    number = len({one["upn"] for one in desk.ask("starters")})
    stage = lambda: next(one["stage"] for one in desk.ask("starters") if one["upn"] == upn)  # noqa: E731
    in_stock, prepared = desk.in_stock()
    assert desk.do("reserve", tag, "--for", upn) == [f"{tag} reserved for {name} from {_day(day)}."]
    assert stage() == "reserved"
    assert desk.do("move", "prepared", tag) == [f"{tag}: in stock → prepared."]
    assert (stage(), desk.in_stock()) == ("prepared", (in_stock - 1, prepared + 1))
    lines = desk.do("issue", tag, "--to", upn, "--with", "case,charger")
    assert lines == [f"{tag} issued to {name}, with case and charger."]
    assert (stage(), desk.in_stock()) == ("issued", (in_stock - 1, prepared))
    a_receipt(desk, tag, name)
    assert desk.say("starters")[-1] == f"{number} people, 0 with a device that is not enrolled"
    desk.at(4, 10)
    assert stage() == "not enrolled"
    assert desk.say("starters")[-1] == f"{number} people, 1 with a device that is not enrolled"


def a_receipt(desk: Desk, tag: str, name: str) -> None:
    """Made of the event, read, accepted by a typed name, and still what it was."""
    before = desk.ask("receipt", "verify")
    lines = desk.say("receipt", "make", "--event", str(desk.event))
    number = int(lines[0].split()[1])
    assert lines[0] == f"Receipt {number} made: 1 item issued to {name}."
    paper = desk.say("receipt", "show", str(number))
    assert f"1  {tag}  iPad (A16)    DLXQ{TAGS.index(tag):06d}" in paper
    assert "   + With it: case, charger" in paper
    (digest,) = [one.strip() for one in paper if re.fullmatch(r"\s*[0-9a-f]{64}", one)]
    lines = desk.say("receipt", "accept", str(number), "--typed", name)
    assert lines[0].startswith(f"Receipt {number} accepted on ") and lines[0].endswith(f"1 item issued to {name}.")
    assert lines[1].strip() == f"SHA-256 {digest}"
    desk.event += 2
    receipts, accepted = before["receipts"] + 1, before["accepted"] + 1
    assert desk.say("receipt", "verify") == [
        f"{receipts} receipt{'' if receipts == 1 else 's'}, {accepted} accepted, {before['erased']} erased.",
        "Every text has its hash.",
    ]


def a_loan(desk: Desk, starter: dict[str, Any]) -> dict[str, Any]:
    """A loan with a charger, in the digests of its holder and their manager, and extended; gives the borrower."""
    day = desk.at(1, 11)
    borrower = next(
        one for one in desk.ask("people", "--state", "active")
        if one["organisation"] == desk.owner and not one["devices_held"] and one["upn"] not in (None, starter["upn"])
        and one["manager"]
    )  # fmt: skip
    before, due = desk.loans(), day + timedelta(days=7)
    lines = desk.do("issue", TAGS[1], "--to", borrower["upn"], "--due", due.isoformat(), "--with", "charger")
    assert lines == [f"{TAGS[1]} issued to {borrower['name']} until {_day(due)}, with charger."]
    now = desk.loans()
    assert now.keys() == before.keys() | {TAGS[1]}
    assert (now[TAGS[1]]["due_on"], now[TAGS[1]]["days_over"]) == (due.isoformat(), -7)
    for to in ("holder", "manager"):
        digests = desk.ask("loans", "--digest", to)
        soon = [one for one in now.values() if one["days_over"] >= -14 and one[f"{to}_upn"]]
        assert sum(one["devices"] for one in digests) == len(soon)
        assert sum(one["overdue"] for one in digests) == sum(one["days_over"] > 0 for one in soon)
        number = len({one[f"{to}_upn"] for one in soon})
        assert desk.say("loans", "--digest", to)[-1] == f"{number} digest{'' if number == 1 else 's'}"
        (mine,) = [one for one in digests if TAGS[1] in [item["device"] for item in one["items"]]]
        assert mine["recipient"] == borrower["name" if to == "holder" else "manager"]
    later = due + timedelta(days=7)
    lines = desk.do("extend", TAGS[1], "--due", later.isoformat())
    assert lines == [f"{TAGS[1]}: due {_day(later)} instead of {_day(due)}."]
    assert desk.loans()[TAGS[1]]["days_over"] == -14
    return dict(borrower)


def a_swap(desk: Desk, borrower: dict[str, Any]) -> None:
    """One event: the old one back and to repair, the new one out until the same day."""
    old, new = TAGS[1:3]
    day = desk.at(2, 9, 30)
    before, stock = desk.loans(), desk.in_stock()
    lines = desk.do("swap", old, new, "--condition", "cracked glass", "--to", "in_repair", many=2)
    due = before[old]["due_on"]
    assert lines == [
        f"{old} returned by {borrower['name']}.",
        f"{new} issued to {borrower['name']} until {_day(date.fromisoformat(due))}, who keeps charger.",
    ]
    now = desk.loans()
    assert now.keys() == before.keys() - {old} | {new}
    assert (now[new]["due_on"], now[new]["issued_on"]) == (due, day.isoformat())
    rows = {one["asset_tag"]: one for one in desk.ask("devices", "NB90000")}
    assert (rows[old]["status"], rows[new]["status"]) == ("in_repair", "issued")
    assert (rows[old]["holder_upn"], rows[new]["holder_upn"]) == (None, borrower["upn"])
    assert desk.in_stock() == (stock[0] - 1, stock[1])


def a_leaver(desk: Desk) -> None:
    """What they held comes back, and is gone from the list, its figures, the letters and the findings."""
    desk.at(2, 10)
    rows, found = desk.ask("leavers"), desk.findings()
    assert desk.say("leavers")[-1] == _leavers_told(rows)
    gone = next(one for one in rows if one["organisation"] == desk.owner)
    assert gone["days"] == (TODAY + timedelta(days=2) - date.fromisoformat(gone["left_on"])).days
    assert ("leaver-holds", gone["device"]) in found
    assert desk.do("return", gone["device"], "--condition", "good") == [f"{gone['device']} returned by {gone['name']}."]
    left = desk.ask("leavers")
    assert [one["device"] for one in left] == [one["device"] for one in rows if one["device"] != gone["device"]]
    assert desk.say("leavers")[-1] == _leavers_told(left)
    now = desk.findings()
    assert found - now >= {("leaver-holds", gone["device"])} and {one for _, one in now ^ found} == {gone["device"]}
    letters = desk.folder / "letters"
    managers = len({one["manager_upn"] for one in left})
    told = desk.program("leavers", "--letters", str(letters)).err
    assert told.startswith(f"{managers} letter{' is' if managers == 1 else 's are'} in ")
    assert sum(text.read_text(encoding="utf-8").count("\n  - ") for text in letters.iterdir()) == len(left)


def _leavers_told(rows: list[dict[str, Any]]) -> str:
    """The last line of the list of leavers."""
    people, value = len({one["upn"] for one in rows}), sum(one["price_pence"] or 0 for one in rows) / 100
    monthly = sum(one["monthly_pence"] for one in rows) / 100
    return (
        f"{len(rows)} device{'' if len(rows) == 1 else 's'} with {people} leaver{'' if people == 1 else 's'}, "
        f"bought for £{value:,.2f}; their lines cost £{monthly:,.2f} a month"
    )


def a_loss_at_nine_in_the_evening(desk: Desk, borrower: dict[str, Any]) -> None:
    """Stolen: the sheet, its clock, three steps; on the first list in the morning, and found again."""
    tag = TAGS[2]
    desk.at(2, 21)
    before = len(desk.ask("incident", "list"))
    sheet = desk.say("incident", "open", "stolen", tag, "--reason", "bag taken on the 36 bus")
    assert sheet[0] == f"STOLEN  {tag}  iPad (A16)  (72 h 00 min left of 72 h)"
    assert f"  Holder:        {borrower['name']} ({borrower['upn']})" in sheet
    assert "  Value at loss: £329.00" in sheet
    desk.at(2, 21, 30)
    assert desk.say("incident", "show", tag)[0].endswith("(71 h 30 min left of 72 h)")
    desk.say("incident", "step", tag, "dpo-told", "--at", "21:10", "--note", "by telephone")
    desk.say("incident", "step", tag, "police", "--note", "CR/36/26")
    sheet = desk.say("incident", "step", tag, "manager-told")
    desk.event += 4
    assert sheet[0].endswith("(officer told after 0 h 10 min)")
    assert "  Reference:     CR/36/26" in sheet
    done = [one for one in desk.ask("incident", "show", tag)["done"]]
    assert [one["step"] for one in done] == ["dpo-told", "police", "manager-told"]
    assert len([one for one in sheet if one.startswith("  ✓ ")]) == len(done)
    desk.at(3, 8)
    lines = desk.say("incident", "list")
    assert lines[-1] == f"{before + 1} incidents"
    assert f"     {len(done)}  officer told after 0 h 10 min" in next(one for one in lines if tag in one)
    assert desk.ask("device", tag)["status"] == "stolen"
    sheet = desk.say("incident", "close", tag, "--note", "handed in at the depot")
    desk.event += 1
    assert sheet[0].startswith(f"STOLEN  {tag}  iPad (A16)  (closed ")
    assert desk.say("incident", "list")[-1] == f"{before} incident{'' if before == 1 else 's'}"


def the_delivery_would_be_kept_in_part(desk: Desk) -> None:
    """Taking the delivery back would keep what was used since, and say so."""
    lines = desk.say("undo", f"run:{desk.told['run']}", "--preview")
    assert lines[0] == f"{SCHOOL_RUN - 3 + 1} changes would be taken back, 4 kept.", "and the meaning of its columns"
    assert [one.split()[2].rstrip(":") for one in lines if one.startswith("= device ")] == TAGS[:3]
    assert [one.split()[2].rstrip(":") for one in lines if one.startswith("= purchase ")] == ["PO-NB-99001"], (
        "their order"
    )
    shown = sum(one.startswith("- device ") for one in lines)
    assert f"  … and {SCHOOL_RUN - 3 - shown} more devices would be removed again" in lines


def a_stocktake_and_an_undo(desk: Desk) -> None:
    """50 found, one twice, one unexpected, one unknown, the rest missing; closed, and opened again by an undo."""
    desk.at(3, 10)
    other = next(one["asset_tag"] for one in desk.ask("devices", "kind:ipad") if one["organisation"] != desk.owner)
    found = desk.findings()
    told = desk.say("stocktake", "open", "Storeroom", "--organisation", desk.owner, "--kind", "ipad")
    (expected,) = [int(one) for one in re.findall(r"expects (\d+) devices", told[0])]
    pasted = "\n".join([*TAGS[3:53], TAGS[3], "NEVER-SEEN-1", other])
    lines = desk.say("stocktake", "scan", "--file", "-", stdin=pasted)
    desk.event += 2
    assert lines[-3:] == [
        "53 scans: 50 found, 1 already scanned, 1 unexpected, 1 not known.",
        f"Storeroom: 50 of {expected} seen, {expected - 50} to go.",
        f"Event {desk.event}. Take it back with: fleet undo {desk.event}",
    ]
    shown = desk.ask("stocktake", "show")
    figures = {one.rpartition(":")[0].strip(): int(one.rpartition(":")[2]) for one in desk.say("stocktake", "show")
               if re.fullmatch(r"  .*:\s+\d+", one)}  # fmt: skip
    assert figures == {
        "Expected": expected, "Found": 50, "Missing": expected - 50, "Wrong site": 0, "Wrong holder": 0, "Unexpected": 1,
        "Not known": 1, "Ambiguous": 0, "Already scanned": 1, "A  seen by a person": 50, "B  confirmed by its holder": 0,
        "C  checked in with Intune within 30 days": shown["grades"]["C"],
        "D  no evidence": expected - 50 - shown["grades"]["C"],
    }  # fmt: skip
    variance = desk.folder / "variance.csv"
    lines = desk.say("stocktake", "close", "--csv", str(variance))
    desk.event += 1
    assert f"{figures['D  no evidence']} findings for missing devices without any evidence." in lines
    with variance.open(encoding="utf-8-sig", newline="") as source:
        assert len(list(csv.DictReader(source))) == expected + 2
    raised = desk.findings() - found
    assert {rule for rule, _ in raised} == {"stocktake-missing"}
    assert len(raised) == figures["D  no evidence"] >= SCHOOL_RUN - 53
    lines = desk.say("undo", str(desk.event), "--yes")
    desk.event += 1
    assert lines[-1] == f"Done: {len(raised) + 1} changes taken back, 0 kept. Event {desk.event}."
    assert desk.findings() == found
    assert len(desk.ask("stocktake", "list")) == 1


def the_past(desk: Desk, borrower: dict[str, Any]) -> None:
    """As at an earlier day is what was said on that day."""
    in_stock, prepared = desk.told["stock"]
    assert desk.in_stock("--as-at", (TODAY - timedelta(days=1)).isoformat()) == (in_stock, prepared)
    assert desk.in_stock("--as-at", TODAY.isoformat()) == (in_stock + SCHOOL_RUN, prepared)
    assert desk.ask("devices", TAGS[2], "--as-at", (TODAY - timedelta(days=30)).isoformat()) == []
    states = []
    for days in range(4):
        (row,) = desk.ask("devices", TAGS[2], "--as-at", (TODAY + timedelta(days=days)).isoformat())
        states.append((row["status"], row["holder_upn"]))
    upn = borrower["upn"]
    assert states == [("in_stock", None), ("in_stock", None), ("stolen", upn), ("found", upn)]
    day_before_the_swap = (TODAY + timedelta(days=1)).isoformat()
    then = desk.loans("--as-at", day_before_the_swap)
    assert TAGS[1] in then and TAGS[2] not in then
    assert len(then) == len(desk.loans())
    (held,) = desk.ask("devices", TAGS[1], "--as-at", day_before_the_swap)
    assert (held["status"], held["holder_upn"]) == ("issued", upn)


def the_history(desk: Desk, borrower: dict[str, Any]) -> None:
    """The story of the device in sentences, and the chain that holds all of it."""
    tag, name = TAGS[2], borrower["name"]
    story = desk.ask("history", tag)
    assert [one["action"] for one in reversed(story)] == [
        "import", "device.issue", "undo", "device.swap", "incident.open", "incident.step", "incident.step", "incident.step",
        "incident.close",
    ]  # fmt: skip
    lines = desk.say("history", tag)
    assert [int(one.split()[0]) for one in lines] == [one["id"] for one in story]
    assert f"{tag} to {name}" in next(one for one in lines if ": Swapped" in one)
    assert lines[-2].endswith(f"[undone by {story[-3]['id']}]")
    events = desk.ask("history", "--limit", "1000")
    assert (len(events), events[0]["id"]) == (desk.event, desk.event)
    changes = sum(one["changes"] for one in events)
    *_, figures, last = desk.say("db", "verify")
    assert figures.startswith(f"{desk.event} events, {changes:,} changes, head ")
    assert last == "The chain is whole."


def _day(day: date) -> str:
    """As sentences write it."""
    return f"{day.day} {day:%b %Y}"
