"""A finding's card: recorded beside observed where there is room, each with when it was true; what settles it."""

from datetime import date, timedelta

from fleet.domain.records import FindingRow
from tests.factory import NOW
from tui.cards import SIDE_BY_SIDE, lay_finding
from tui.columns import Glance
from tui.register import Compared, Fact, FindingCard
from tui.text import plain

ROW = FindingRow(
    id=1, organisation="northbridge", rule="holder-differs", title="User is not holder", severity="medium",
    subject_type="device", subject_id=7, subject="NB-7", sentence="Two people.", state="open",
    first_seen=NOW, last_seen=NOW,
)  # fmt: skip
CARD = FindingCard(
    ROW,
    [Fact("Recorded", "Holder", "ada"), Fact("Intune", "Enrolled by", "bea"), Fact("Decided", "Note", "asked her")],
    "Ask both.",
    compared=[
        Compared("Holder", "ada", date(2026, 5, 4), "bea \x1b[2J", NOW - timedelta(hours=3), disagrees=True),
        Compared("Status", "issued"),
    ],
    fix="^O: Issue it to the person who enrolled it.",
)


def shown(width: int) -> list[str]:
    return [plain(line).rstrip() for line in lay_finding(CARD, Glance(NOW))(width)]


def test_with_room_both_sides_stand_beside_each_other_with_when_they_were_true() -> None:
    lines = shown(SIDE_BY_SIDE)
    (both,) = [line for line in lines if line.startswith("≠ Holder")]
    assert both.index("ada") < both.index("bea") and "\x1b" not in both
    (when,) = [line for line in lines if "3 h ago" in line]
    assert when.index("since 4 May") < when.index("3 h ago")
    assert any(line.split() == ["Status", "issued"] for line in lines)
    assert any("^O: Issue it" in line for line in lines) and any("asked her" in line for line in lines)
    assert max(map(len, lines)) <= SIDE_BY_SIDE


def test_without_room_they_stand_below_each_other() -> None:
    lines = shown(SIDE_BY_SIDE - 1)
    assert not any(line.startswith("≠") for line in lines)
    assert [line.split()[0] for line in lines if line.startswith(("Recorded", "Intune"))] == ["Recorded", "Intune"]
