"""A technician's days through the command line on the simulated service; every figure that is printed is checked."""

import csv
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.conftest import DEMO_NOW, Program

TODAY = DEMO_NOW.date()
SCHOOL_RUN = 200


def delivery(number: int = SCHOOL_RUN) -> str:
    """A supplier's delivery note: serials that no other device of the demonstration has."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        ["Serial number", "Model", "Purchase date", "Purchase cost", "Order number", "Supplier", "Asset tag", "Status"]
    )
    for each in range(number):
        writer.writerow([
            f"DLXQ{each:06d}", "iPad (A16)", "2026-11-20", "329.00", "PO-NB-99001", "Harbourlight Technology Ltd",
            f"NB9{each:05d}", "In stock",
        ])  # fmt: skip
    return text.getvalue()


class Desk:
    """The command line of one technician, in words."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def ask(self, *arguments: str, code: int = 0, stdin: str = "") -> Any:
        """A command with `--json`; its document."""
        done = self.program(*arguments, "--json", stdin=stdin)
        assert done.code == code, (arguments, done.err)
        return json.loads(done.out)

    def say(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """A command as a person runs it; what it prints."""
        done = self.program(*arguments, stdin=stdin)
        assert done.code == code, (arguments, done.out, done.err)
        return done.out

    def count(self, *search: str) -> int:
        """How many devices a search has, as the list says."""
        found = re.search(r"([\d,]+) devices?$", self.say("devices", *search).strip())
        assert found is not None
        return int(found[1].replace(",", "").split(" of ")[-1])


@pytest.fixture
def desk(program: Program, home: Path) -> Desk:
    return Desk(program)


def somebody(desk: Desk, **wanted: str) -> dict[str, Any]:
    """An active person who holds nothing."""
    return next(
        one for one in desk.ask("people", "--state", "active")
        if one["devices_held"] == 0 and one["upn"]
        and all(wanted_value in (one[name] or "") for name, wanted_value in wanted.items())
    )  # fmt: skip


def test_a_day_in_the_life(desk: Desk, tmp_path: Path) -> None:
    """Delivery, starter, loan, swap, leaver, loss at nine in the evening, stocktake, undo."""
    starter = next(one for one in desk.ask("starters") if one["stage"] == "nothing")
    owner = starter["organisation"]
    everything = len(desk.ask("devices"))
    in_stock = len(desk.ask("devices", f"org:{owner}", "status:in_stock"))

    # A delivery of 200 iPads: preview, take in, and again: nothing to do.
    note = tmp_path / "delivery.csv"
    note.write_text(delivery(), encoding="utf-8")
    seen = desk.ask("import", str(note), "--preview", "--organisation", owner, "--as", "device-register")
    assert seen["counts"] == {"read": 200, "new": 200, "changed": 0, "unchanged": 0, "skipped": 0, "rejected": 0}
    taken = desk.ask("import", str(note), "--yes", "--organisation", owner, "--as", "device-register")
    assert taken["event"]
    again = desk.ask("import", str(note), "--yes", "--organisation", owner, "--as", "device-register")
    assert (again["counts"]["unchanged"], again["event"]) == (200, None)
    assert len(desk.ask("devices")) == everything + 200
    assert len(desk.ask("devices", f"org:{owner}", "status:in_stock")) == in_stock + 200

    # They go to a site in one event, by a pasted list of tags, and come back to be used below.
    tags = [f"NB9{each:05d}" for each in range(SCHOOL_RUN)]
    site = next(row["site"] for row in desk.ask("stock") if row["organisation"] == owner and row["site"])
    issued = desk.ask("issue", "--site", site, "--file", "-", stdin="\n".join(tags))
    assert len(issued["devices"]) == 200
    held = desk.ask("devices", f"site:{site}", "status:issued", "model:iPad (A16)", f"org:{owner}")
    assert {row["asset_tag"] for row in held} >= set(tags)
    desk.ask("undo", str(issued["event"]), "--yes")
    assert len(desk.ask("devices", f"org:{owner}", "status:in_stock")) == in_stock + 200

    # A starter: reserved, prepared, issued with a receipt, not enrolled after two days.
    stage = lambda: next(one["stage"] for one in desk.ask("starters") if one["upn"] == starter["upn"])  # noqa: E731
    desk.ask("reserve", tags[0], "--for", starter["upn"])
    assert stage() == "reserved"
    desk.ask("move", "prepared", tags[0])
    assert stage() == "prepared"
    handed = desk.ask(
        "issue",
        tags[0],
        "--to",
        starter["upn"],
        "--on",
        (TODAY - timedelta(days=1)).isoformat(),
        "--with",
        "case,charger",
    )
    assert any("not enrolled" in one for one in handed["devices"][0]["warnings"])
    assert stage() == "issued"
    (receipt,) = desk.ask("receipt", "make", "--event", str(handed["event"]))["receipts"]
    paper = desk.say("receipt", "show", str(receipt["id"]))
    assert tags[0] in paper
    assert "charger" in paper
    desk.ask("receipt", "accept", str(receipt["id"]), "--typed", starter["name"])
    assert desk.say("receipt", "verify")

    # A loan, extended; overdue it is not.
    borrower = somebody(desk, organisation=owner)
    due = TODAY + timedelta(days=7)
    desk.ask("issue", tags[1], "--to", borrower["upn"], "--due", due.isoformat())
    loan = next(one for one in desk.ask("loans") if one["device"] == tags[1])
    assert (loan["holder_upn"], loan["due_on"], loan["days_over"]) == (borrower["upn"], due.isoformat(), -7)
    overdue = len(desk.ask("loans", "--overdue"))
    desk.ask("extend", tags[1], "--due", (due + timedelta(days=7)).isoformat())
    assert next(one for one in desk.ask("loans") if one["device"] == tags[1])["days_over"] == -14
    assert len(desk.ask("loans", "--overdue")) == overdue

    # A swap is one event: the old one back, the new one out on the same terms.
    swapped = desk.ask("swap", tags[1], tags[2], "--condition", "cracked glass", "--to", "in_repair")
    rows = {one["asset_tag"]: one for one in desk.ask("devices", "NB90000")}
    assert (rows[tags[1]]["status"], rows[tags[2]]["status"]) == ("in_repair", "issued")
    assert rows[tags[2]]["holder_upn"] == borrower["upn"]
    assert f"{swapped['event']}" in desk.say("history", tags[2])

    # A leaver still holds something; it comes back, and is gone from the list and from the managers' letters.
    leavers = [one for one in desk.ask("leavers") if one["organisation"] == owner]
    leaver = leavers[0]
    assert leaver["days"] > 0
    desk.ask("return", leaver["device"], "--condition", "good", "--reason", "handed in by the manager")
    left = [one["device"] for one in desk.ask("leavers")]
    assert leaver["device"] not in left
    letters = tmp_path / "letters"
    desk.say("leavers", "--letters", str(letters))
    assert sum(text.read_text().count("\n  - ") for text in letters.iterdir()) == len(left)

    # Nine in the evening: stolen. The sheet, three steps, found again in the morning.
    open_before = len(desk.ask("incident", "list"))
    sheet = desk.ask("incident", "open", "stolen", tags[2], "--reason", "bag taken on the 36 bus")
    assert (sheet["holder_upn"], sheet["value_pence"]) == (borrower["upn"], 32_900)
    for step in ("dpo-told", "police", "manager-told"):
        sheet = desk.ask("incident", "step", tags[2], step, "--at", "00:30", "--note", f"{step} by telephone")
    assert [one["step"] for one in sheet["done"]] == ["dpo-told", "police", "manager-told"]
    assert len(desk.ask("incident", "list")) == open_before + 1
    closed = desk.ask("incident", "close", tags[2], "--note", "handed in at the depot")
    assert closed["closed_at"] is not None
    assert len(desk.ask("incident", "list")) == open_before

    # Taking the delivery back would keep what was used since, and say so.
    plan = desk.ask("undo", f"run:{taken['run']}", "--preview")
    assert set(tags[:3]) <= {one["name"] for one in plan["kept"]}
    assert {one["name"] for one in plan["reversed"] if one["subject"].startswith("device:")} == set(tags[3:])

    # A stocktake of the storeroom: found, unexpected, missing.
    room = [
        row["device"]
        for row in desk.ask("stock", "--free", TODAY.isoformat(), "--kind", "ipad")
        if row["organisation"] == owner
    ]
    assert len(room) >= 190
    opened = desk.ask("stocktake", "open", "Storeroom", "--organisation", owner, "--kind", "ipad")
    scanned = desk.ask("stocktake", "scan", "--file", "-", stdin="\n".join([*room[:50], room[0], "NEVER-SEEN-1"]))
    shown = desk.ask("stocktake", "show")
    assert (scanned["outcomes"]["found"], opened["expected"]) == (50, shown["counts"]["expected"])
    counts = shown["counts"]
    assert counts["found"] == 50
    assert counts["expected"] == counts["found"] + counts["missing"] + counts.get("wrong_site", 0) + counts.get(
        "wrong_holder", 0
    )

    closed = desk.ask("stocktake", "close")
    assert closed
    assert len(desk.ask("findings", "--rule", "stocktake-missing")) > 0

    # The past is as it was, and the chain of history is whole.
    assert desk.ask("devices", tags[2], "--as-at", (TODAY - timedelta(days=30)).isoformat()) == []
    assert desk.say("db", "verify").strip().endswith("The chain is whole.")
    assert date.fromisoformat(loan["due_on"]) == due
