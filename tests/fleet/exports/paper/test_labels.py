"""Labels: on the sheets that are sold here, within their edges, with a code that can be read."""

from pathlib import Path

import pytest

from fleet.errors import UsageProblem
from fleet.exports.paper.labels import compose, write_labels
from fleet.exports.paper.marks import A4, MM, Code, Page, Words
from fleet.exports.paper.pen import width
from fleet.exports.paper.sheets import SHEETS, Sheet, sheet_named
from fleet.exports.whole_files import FileProblem
from fleet.queries.bundles import LabelRow
from tests.fleet.domain.receipts.test_text_and_blocks import HOSTILE

OWNERS = ("Northbridge Council", "London Borough of Wexcombe and Southmere Housing Partnership", "Cyngor Sir Ŷnys Môn")


def rows(number: int, owner: str = OWNERS[0]) -> list[LabelRow]:
    """Devices with tags."""
    return [LabelRow(n, f"NB-IPD-{n:05}", f"DMPX{n}", "iPad", owner) for n in range(1, number + 1)]


def texts(page: Page) -> list[str]:
    """What stands on a sheet."""
    return [mark.text for mark in page if isinstance(mark, Words)]


def codes(page: Page) -> list[Code]:
    """The codes of a sheet."""
    return [mark for mark in page if isinstance(mark, Code)]


def check_edges(page: Page, sheet: Sheet) -> None:
    """Every mark lies within one label."""
    labels = [sheet.place(position) for position in range(sheet.labels)]
    wide, high = sheet.width * MM, sheet.height * MM
    for mark in page:
        assert isinstance(mark, Words | Code)
        right = mark.x + (mark.width if isinstance(mark, Code) else width(mark.text, mark.style))
        top = mark.y + (mark.height if isinstance(mark, Code) else mark.style.size * 0.75)
        assert any(x < mark.x and right < x + wide and y < mark.y and top < y + high for x, y in labels), mark


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS.keys())
def test_a_sheet_is_centred_on_a4(sheet: Sheet) -> None:
    left, top = sheet.place(0)[0], sheet.place(0)[1] + sheet.height * MM
    right, bottom = sheet.place(sheet.labels - 1)[0] + sheet.width * MM, sheet.place(sheet.labels - 1)[1]
    assert left == pytest.approx(A4[0] - right)
    assert bottom == pytest.approx(A4[1] - top)
    assert left > 4 * MM
    assert bottom > 8 * MM


def test_the_two_commonest_sheets_are_where_their_makers_say() -> None:
    assert SHEETS["a4-21"].place(0)[0] / MM == pytest.approx(7.25)
    assert (A4[1] - SHEETS["a4-21"].place(0)[1]) / MM == pytest.approx(15.15 + 38.1)
    assert (SHEETS["a4-21"].place(1)[0] - SHEETS["a4-21"].place(0)[0]) / MM == pytest.approx(66)
    assert SHEETS["a4-65"].place(0)[0] / MM == pytest.approx(4.75)
    assert (A4[1] - SHEETS["a4-65"].place(0)[1]) / MM == pytest.approx(10.7 + 21.2)
    assert (SHEETS["a4-65"].labels, SHEETS["a4-21"].labels) == (65, 21)


@pytest.mark.parametrize("code", ["auto", "qr"])
@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS.keys())
def test_every_label_has_code_tag_owner_and_a_line_for_the_finder(sheet: Sheet, owner: str, code: str) -> None:
    (page,) = compose(rows(3, owner), sheet, code=code)
    check_edges(page, sheet)
    assert [one.value for one in codes(page)] == ["NB-IPD-00001", "NB-IPD-00002", "NB-IPD-00003"]
    said = " ".join(texts(page))
    assert all(f"NB-IPD-0000{n}" in said for n in (1, 2, 3))
    assert "If found, please" in said
    assert owner.split(maxsplit=1)[0] in said


def test_bars_are_wide_enough_for_a_hand_scanner_and_have_quiet_sides() -> None:
    from fleet.exports.paper.codes import code128_modules

    sheet = SHEETS["a4-21"]
    (page,) = compose(rows(1), sheet, code="auto")
    (code,) = codes(page)
    assert code.kind == "code128"
    bar = code.width / code128_modules(code.value)
    assert bar >= 0.25 * MM
    assert code.x - sheet.place(0)[0] >= 10 * bar


def test_a_small_label_gets_a_qr() -> None:
    (page,) = compose(rows(1), SHEETS["a4-65"])
    (code,) = codes(page)
    assert code.kind == "qr"
    assert code.width >= 10 * MM


def test_a_used_sheet_is_begun_where_labels_are_left(tmp_path: Path) -> None:
    sheet = SHEETS["a4-21"]
    pages = compose(rows(21), sheet, start=20)
    assert [len(codes(page)) for page in pages] == [2, 19]
    assert codes(pages[0])[0].y < sheet.place(18)[1] + sheet.height * MM
    written = write_labels(tmp_path / "l.pdf", rows(21), sheet, start=20)
    assert (written.labels, written.sheets, written.next_position) == (21, 2, 20)
    assert write_labels(tmp_path / "m.pdf", rows(21), sheet).next_position == 1


def test_two_hundred_labels_fill_four_small_sheets() -> None:
    pages = compose(rows(200), SHEETS["a4-65"])
    assert [len(codes(page)) for page in pages] == [65, 65, 65, 5]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("key", ["a4-21", "a4-65"])
def test_hostile_tags_and_owners_stay_within_their_label_or_are_refused(name: str, key: str) -> None:
    row = LabelRow(1, name, None, None, name)
    try:
        pages = compose([row], SHEETS[key], if_found=name)
    except UsageProblem as refused:
        assert "too long" in refused.message
        assert len(name) > 50
    else:
        check_edges(pages[0], SHEETS[key])


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ({"rows": []}, "at least one"),
        ({"start": 0}, "labels 1 to 21"),
        ({"start": 22}, "labels 1 to 21"),
        ({"code": "aztec"}, "auto, qr, code128"),
        ({"rows": [LabelRow(1, None, "DMPX1", None, "N"), LabelRow(2, "", None, None, "N")]}, "DMPX1, device 2"),
        ({"rows": [LabelRow(1, "Ŷ-1", None, None, "N")], "code": "code128"}, "Ŷ-1 does not fit"),
        ({"rows": [LabelRow(1, "x" * 60, None, None, "N")], "code": "code128"}, "use a larger sheet"),
        ({"rows": rows(5_001)}, "5,001 labels"),
    ],
)
def test_what_can_not_be_printed_is_said_before_anything_is_written(
    tmp_path: Path, wrong: dict[str, object], because: str
) -> None:
    known: dict[str, object] = {"rows": rows(2), **wrong}
    with pytest.raises(UsageProblem) as refused:
        write_labels(tmp_path / "l.pdf", known.pop("rows"), SHEETS["a4-21"], **known)  # type: ignore[arg-type]
    assert because in refused.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "l.pdf"
    path.write_text("mine")
    with pytest.raises(FileProblem, match="exists already"):
        write_labels(path, rows(1), SHEETS["a4-21"])
    assert path.read_text() == "mine"


def test_an_unknown_sheet_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageProblem, match=r"a4-21 \(63.5 x 38.1 mm\)"):
        sheet_named("letter")


def test_the_own_line_for_a_finder_is_filled() -> None:
    (page,) = compose(rows(1), SHEETS["a4-14"], if_found="Ring {organisation}: 020 7946 0000 {x}")
    assert "Ring Northbridge Council: 020 7946 0000 {x}" in texts(page)
