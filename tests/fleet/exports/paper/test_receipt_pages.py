"""The pages of a receipt: everything that was frozen is on them, within the margins, and no line over another."""

from collections import Counter

import pytest

from fleet.domain.receipts import Item, Kind, body_hash, render
from fleet.exports.paper.marks import A4, Code, Page, Panel, Rule, Words
from fleet.exports.paper.pen import width
from fleet.exports.paper.receipt_pages import BOTTOM, LEFT, RIGHT, Acceptance, PrintedReceipt, compose
from tests.fleet.domain.receipts.test_text_and_blocks import HOSTILE, a_content, squeezed, words_of

TYPED = Acceptance("typed", "Siân O'Brien", "22 Nov 2026 14:05")
PAPER = Acceptance("paper", "scan-0123.pdf", "22 Nov 2026 14:05")


def a_receipt(
    kind: Kind = "issue", number_of_items: int = 1, acceptance: Acceptance | None = None, **values: object
) -> PrintedReceipt:
    """A receipt as it goes on paper."""
    body = render(a_content(kind, number_of_items, **values))
    return PrintedReceipt(12, body, body_hash(body), acceptance)


def words(pages: list[Page]) -> list[Words]:
    """All text of all pages."""
    return [mark for page in pages for mark in page if isinstance(mark, Words)]


def codes(pages: list[Page]) -> list[Code]:
    """All codes of all pages."""
    return [mark for page in pages for mark in page if isinstance(mark, Code)]


def text(pages: list[Page]) -> str:
    """Everything that is said, in the order drawn."""
    return " ".join(one.text for one in words(pages))


def check_places(pages: list[Page]) -> None:
    """Nothing outside the margins, and no two texts over each other."""
    for page in pages:
        boxes = []
        for mark in page:
            if isinstance(mark, Words):
                assert mark.x >= LEFT - 0.1, mark
                assert mark.x + width(mark.text, mark.style) <= RIGHT + 0.1, mark
                assert BOTTOM - 30 < mark.y < A4[1] - 40, mark
                room = width(mark.text, mark.style)
                boxes.append((mark.x, mark.y, mark.x + room, mark.y + mark.style.size * 0.7, mark.text))
            elif isinstance(mark, Code):
                assert mark.x >= LEFT
                assert mark.x + mark.width <= RIGHT + 0.1
                assert mark.y > BOTTOM - 15
                boxes.append((mark.x, mark.y, mark.x + mark.width, mark.y + mark.height, mark.value))
            elif isinstance(mark, Rule):
                assert mark.y1 > BOTTOM - 15
            else:
                assert isinstance(mark, Panel)
        boxes.sort(key=lambda box: box[1])
        for position, one in enumerate(boxes):
            for other in boxes[position + 1 :]:
                if other[1] >= one[3]:
                    break
                assert other[0] >= one[2] or other[2] <= one[0], (one, other)


@pytest.mark.parametrize("items", [1, 2, 40, 200])
@pytest.mark.parametrize("kind", ["issue", "return"])
def test_everything_frozen_is_on_the_pages_and_in_its_place(kind: Kind, items: int) -> None:
    receipt = a_receipt(kind, items, TYPED)
    pages = compose(receipt)
    check_places(pages)
    missing = Counter(words_of(receipt.body)) - Counter(squeezed(text(pages)))
    assert not missing
    assert receipt.body_hash in text(pages)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("acceptance", [None, TYPED, PAPER])
def test_hostile_names_stay_within_the_page(name: str, acceptance: Acceptance | None) -> None:
    items = tuple(Item(name, name, name, name, (name, name)) for _ in range(3))
    receipt = a_receipt("return", 1, acceptance, holder=name, organisation=name, missing=name, items=items)
    pages = compose(receipt)
    check_places(pages)
    assert not Counter(words_of(receipt.body)) - Counter(squeezed(text(pages)))
    assert "\x1b" not in text(pages)


def test_a_row_longer_than_a_page_runs_on() -> None:
    items = (Item("NB-1", "iPad " * 800, "S", None, ("scratched " * 1500,)),)
    receipt = a_receipt("issue", 1, TYPED, items=items)
    pages = compose(receipt)
    check_places(pages)
    assert len(pages) > 3
    assert not Counter(words_of(receipt.body)) - Counter(squeezed(text(pages)))


def test_every_page_has_its_number_the_hash_and_the_state() -> None:
    receipt = a_receipt("issue", 40)
    pages = compose(receipt)
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        said = text([page])
        assert f"Page {number} of {len(pages)}" in said
        assert receipt.body_hash in said
        assert "DRAFT, NOT ACCEPTED YET" in said
    assert all("#" in [one.text for one in words([page])] for page in pages[:2]), "the table's head is repeated"


def test_rows_are_not_torn_between_pages() -> None:
    pages = compose(a_receipt("issue", 60))
    tags = [[one.text for one in words([page]) if one.text.startswith("NB-")] for page in pages]
    assert [tag for page in tags for tag in page] == [f"NB-{n:05}" for n in range(1, 61)]
    for page, expected in zip(pages, tags, strict=True):
        assert [one.value for one in codes([page]) if "\n" not in one.value] == expected
        assert sum("With it:" in one.text for one in words([page])) == len(expected)


def test_each_row_has_a_code_and_a_small_bundle_one_for_all() -> None:
    assert [one.value for one in codes(compose(a_receipt()))] == ["NB-00001"]
    assert [one.value for one in codes(compose(a_receipt("issue", 3)))] == [
        "NB-00001\nNB-00002\nNB-00003\n", "NB-00001", "NB-00002", "NB-00003",
    ]  # fmt: skip
    assert not any("\n" in one.value for one in codes(compose(a_receipt("issue", 200))))


def test_an_item_without_a_tag_has_a_code_of_its_serial_or_none() -> None:
    items = (Item(None, "iPad", "DMPX1"), Item(None, "Case"))
    assert [one.value for one in codes(compose(a_receipt(items=items)))] == ["DMPX1"]


@pytest.mark.parametrize(
    ("acceptance", "said"),
    [
        (None, ("Name", "Signature", "Date", "Not accepted yet")),
        (TYPED, ("Accepted by typing the name", "Siân O'Brien", "22 Nov 2026 14:05, London time")),
        (PAPER, ("Signed on paper; the scanned copy is", "scan-0123.pdf")),
    ],
)
def test_the_last_block_says_how_it_was_accepted_or_has_lines_to_sign(
    acceptance: Acceptance | None, said: tuple[str, ...]
) -> None:
    pages = compose(a_receipt("return", 1, acceptance))
    told = [one.text for one in words(pages)]
    assert all(part in told for part in said)


@pytest.mark.parametrize("items", range(1, 24))
def test_the_last_section_stays_with_the_acceptance(items: int) -> None:
    pages = compose(a_receipt("issue", items))
    last = [one.text for one in words([pages[-1]])]
    assert "Acceptance" in last
    assert "Signature" in last


def test_characters_without_a_letter_are_named() -> None:
    assert "U+5F20 cjk unified ideograph-5f20" in text(compose(a_receipt(holder="张伟")))
    assert "A box stands" not in text(compose(a_receipt(holder="Ŵyn O'Brien")))


def test_an_erased_receipt_is_a_page_as_well() -> None:
    body = "The text of this receipt was erased on 22 Nov 2026. Its SHA-256 was " + "0" * 64 + ".\n"
    pages = compose(PrintedReceipt(12, body, "0" * 64, TYPED))
    check_places(pages)
    assert "erased on 22 Nov 2026" in text(pages)
