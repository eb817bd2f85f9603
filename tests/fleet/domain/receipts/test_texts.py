"""The text that people sign: which are refused, and that a name is never taken for a place or a mark."""

import pytest

from fleet.domain.receipts import DEFAULTS, KINDS, Heading, Paragraph, Point, Title, check_text, read_blocks, render
from fleet.errors import UsageProblem
from tests.fleet.domain.receipts.test_text_and_blocks import a_content


@pytest.mark.parametrize("kind", KINDS)
def test_the_texts_that_come_with_the_program_are_usable(kind: str) -> None:
    check_text(kind, DEFAULTS[kind])


@pytest.mark.parametrize(
    ("kind", "body", "because"),
    [
        ("issue", "", "it is empty"),
        ("issue", "Sign here.", "it lacks {items}"),
        ("issue", "You got {items} today.", "{items} must stand alone"),
        ("issue", "{items}\n\n{items}", "more than once"),
        ("issue", "{items}\n\n{nmae} owes {money}", "nothing is known for {money}, {nmae}"),
        ("issue", "{items}\n\x1b[31m", "control characters"),
        ("issue", "{items}\n" + "x" * 20_000, "longer than 20,000"),
        ("return", "{items}", "it lacks {missing}, {personal_data}"),
    ],
)
def test_a_text_that_can_not_be_filled_is_refused_saying_why(kind: str, body: str, because: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        check_text(kind, body)
    assert because in refused.value.message


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(UsageProblem) as refused:
        check_text("return", "{nobody} \x07")
    assert all(part in refused.value.message for part in ("{nobody}", "{items}", "{missing}", "control"))


def test_marks_of_a_text_become_title_sections_points_and_paragraphs() -> None:
    text = "# Form 7\nFirst line\nsecond line.\n\n## Items\n{items}\nAfter.\n1. One\n   more of it\n2. Two\n- Bullet\n\nEnd."
    blocks = read_blocks(render(a_content(text=text)))
    assert blocks[0] == Title("Northbridge Council", "Form 7")
    assert [block for block in blocks if isinstance(block, Heading | Point | Paragraph)] == [
        Paragraph("First line second line."),
        Heading("Items"),
        Paragraph("After."),
        Point("1.", "One more of it"),
        Point("2.", "Two"),
        Point("-", "Bullet"),
        Paragraph("End."),
    ]


def test_a_text_without_title_gets_one() -> None:
    assert read_blocks(render(a_content(text="{items}")))[0] == Title(
        "Northbridge Council", "Receipt for equipment issued"
    )


def test_places_are_filled_once_and_names_are_no_places() -> None:
    body = render(a_content(holder="{organisation}", text="Dear {person} of {upn}, {count}.\n\n{items}"))
    assert "Dear {organisation} of bryn.hale@northbridge.example, 1 item." in body
