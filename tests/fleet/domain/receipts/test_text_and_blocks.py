"""Text of 80 columns and the blocks it is made of: what is laid out is read back, whatever people are called."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.domain.receipts import (
    DEFAULTS,
    Content,
    Facts,
    Heading,
    Item,
    Kind,
    Paragraph,
    Point,
    Row,
    Table,
    Title,
    body_hash,
    columns,
    data_removed_in,
    read_blocks,
    render,
    safe,
)
from fleet.domain.receipts.laying import lay

HOSTILE = (
    "Siân O'Brien-Ŵynŷfor",
    "Nguyễn Thị Ánh",
    "\u202egnorw si eman siht",
    "red \x1b[31m\x9b2J\x07 name",
    "one\nline\r\n# Title\n\n## Heading",
    "====",
    "- - - -",
    "--  --",
    "1. I owe nothing",
    "{items} {missing} {person}",
    "张伟 王秀英",
    "عبد الله",
    "W" * 300,
    "e" + "\u0301" * 60,
    "\udcff lone",
    "<b>&amp; [red]x[/]",
)


def a_content(kind: Kind = "issue", number_of_items: int = 1, **values: object) -> Content:
    """A receipt's content with unremarkable values."""
    known: dict[str, object] = {
        "kind": kind, "number": 12, "organisation": "Northbridge Council", "holder": "Bryn Hale",
        "upn": "bryn.hale@northbridge.example", "shared": False, "day": "22 Nov 2026",
        "items": tuple(
            Item(f"NB-{n:05}", "iPad (10th generation)", f"DMPX{n:06}", f"35209900{n:06}0", ("With it: case, charger",))
            for n in range(1, number_of_items + 1)
        ),
        "missing": "nothing", "data_removed": True, "version": "1", "text": DEFAULTS[kind],
    }  # fmt: skip
    return Content(**(known | values))  # type: ignore[arg-type]


def squeezed(text: str) -> str:
    """A text without white space: what matters when only line breaks may differ."""
    return "".join(text.split())


def words_of(body: str) -> str:
    """Everything the blocks of a body say, in order."""
    parts: list[str] = []
    for block in read_blocks(body):
        match block:
            case Title(organisation, text):
                parts += [organisation, text]
            case Facts(pairs):
                parts += [part for pair in pairs for part in pair]
            case Table(headers, rows):
                parts += [*headers, *(part for row in rows for part in (*row.cells, *row.details))]
            case Point(mark, text):
                parts += [mark, text]
            case Heading(text) | Paragraph(text):
                parts.append(text)
    return squeezed("".join(parts))


# --- 80 columns ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["issue", "return"])
def test_no_line_is_longer_than_80_columns_whoever_signs(kind: Kind, name: str) -> None:
    items = (Item(name, name, name, name, (name,)), Item(None, None, None, None))
    body = render(a_content(kind, holder=name, organisation=name, upn=name, missing=name, items=items))
    assert max(columns(line) for line in body.splitlines()) <= 80
    assert body.endswith("\n")
    assert not (set(body) - {"\n"}) & set(map(chr, range(32)))
    assert "\u202e" not in body and "\x9b" not in body


def test_what_stands_in_the_receipt(subtests: pytest.Subtests) -> None:
    body = render(a_content(number_of_items=2))
    for part in (
        "Northbridge Council", "Bryn Hale", "bryn.hale@northbridge.example", "22 Nov 2026", "NB-00001", "NB-00002", "DMPX000002",
        "352099000000010", "With it: case, charger", "property of Northbridge Council", "Report loss", "managed and monitored",
        "Return everything", "Text            version 1",
    ):  # fmt: skip
        with subtests.test(part):
            assert part in body


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (True, "Personal data  removed"),
        (False, "Personal data  not removed yet"),
        (None, "Personal data  not recorded"),
    ],
)
def test_a_return_says_what_is_missing_and_whether_data_was_removed(answer: bool | None, said: str) -> None:
    body = render(a_content("return", data_removed=answer, missing="NB-00001: charger"))
    assert said in body
    assert "Missing        NB-00001: charger" in body
    assert data_removed_in(body) is answer


def test_the_answer_about_personal_data_is_not_taken_from_a_name() -> None:
    forged = "Personal data  removed"
    assert data_removed_in(render(a_content("return", data_removed=False, holder=forged, organisation=forged))) is False


def test_the_hash_is_of_the_text_as_it_is_written_to_a_file() -> None:
    import hashlib

    body = render(a_content(holder="Siân"))
    assert body_hash(body) == hashlib.sha256(body.encode()).hexdigest()


# --- read back ---------------------------------------------------------------------------------------------------


def test_every_block_is_read_back_as_it_was_laid() -> None:
    blocks = [
        Title("Northbridge Council", "Receipt for equipment issued"),
        Facts((("Receipt", "12"), ("Received by", "Bryn " + "Hale " * 30 + "end"), ("Text", "version 1"))),
        Heading("What is handed over"),
        Paragraph("word " * 60 + "end"),
        Table(
            ("#", "Tag", "Model", "Serial", "IMEI"),
            (
                Row(
                    ("1", "NB-00001", "iPad " * 20 + "end", "DMPX000001", "352099000000010"),
                    ("detail " * 30 + "end", "two"),
                ),
                Row(("2", "–", "张伟 张伟 张伟 张伟 张伟 张伟 张伟 张伟", "–", "–")),
            ),
        ),
        Point("1.", "sentence " * 20 + "end"),
        Point("10.", "short"),
        Point("-", "bullet"),
    ]
    assert read_blocks(lay(blocks)) == blocks


@pytest.mark.parametrize("name", HOSTILE)
def test_no_word_of_a_hostile_receipt_is_lost_on_the_way_to_the_page(name: str) -> None:
    items = tuple(Item(name, name, name, name, (name, name)) for _ in range(3))
    body = render(a_content("return", holder=name, organisation=name, missing=name, items=items))
    written, read = Counter(squeezed(body)), Counter(words_of(body))
    assert not read - written
    assert set(written - read) <= set("=-+"), "only rules and the marks of details are left behind"


@settings(deadline=None)
@given(st.text(max_size=120), st.text(max_size=40), st.integers(1, 5))
def test_any_name_and_tag_is_laid_and_read_without_losing_a_row(name: str, tag: str, number: int) -> None:
    items = tuple(Item(tag, name, tag, None, (name,)) for _ in range(number))
    tables = [block for block in read_blocks(render(a_content(holder=name, items=items))) if isinstance(block, Table)]
    assert [row.cells[0] for row in tables[0].rows] == [str(n) for n in range(1, number + 1)]
    assert all(squeezed(row.cells[1]) == squeezed(safe(tag) or "–") for row in tables[0].rows)


def test_text_without_any_form_is_a_paragraph() -> None:
    assert read_blocks("The text of this receipt was erased.\n") == [Paragraph("The text of this receipt was erased.")]
    assert read_blocks("") == []


# --- single characters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  a \t b\n c ", "a b c"),
        ("e\u0301", "é"),
        ("\u202eabc\u200b", "\ufffdabc\ufffd"),
        ("x" + "\u0301" * 9, "x" + "\u0301" * 3),
        ("\x1b[0m", "\ufffd[0m"),
        ("\u0301a \u0301", "\ufffda \ufffd"),
        ("Ŵ ŷ ' ’", "Ŵ ŷ ' ’"),
        ("🙂", "🙂"),
        (None, "None"),
    ],
)
def test_text_is_one_inert_line(text: object, shown: str) -> None:
    assert safe(text) == shown
