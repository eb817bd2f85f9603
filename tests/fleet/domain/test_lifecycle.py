"""The statuses of a device and the moves between them."""

import pytest

from fleet.domain.lifecycle import (
    HOLDING,
    LABELS,
    MOVES,
    STATUSES,
    allowed_moves,
    check_move,
    label,
    may_hold,
    needs_reason,
)
from fleet.errors import NotAllowed


def test_every_status_has_a_label_and_moves_to_known_others():
    assert MOVES.keys() == LABELS.keys()
    for status, targets in MOVES.items():
        assert set(targets) <= set(STATUSES) - {status, "unrecorded"}
        assert len(set(targets)) == len(targets)


def test_every_device_can_reach_the_end_of_its_life():
    for status in STATUSES:
        reached, todo = {status}, [status]
        while todo:
            fresh = set(MOVES[todo.pop()]) - reached
            reached |= fresh
            todo += fresh
        assert "disposed" in reached


@pytest.mark.parametrize("to", ["in_stock", "prepared", "issued", "retired", "quarantined"])
def test_an_unrecorded_device_may_be_taken_into_the_register(to):
    check_move("unrecorded", to)


@pytest.mark.parametrize(("now_status", "to"), [("issued", "in_stock"), ("lost", "found"), ("retired", "disposed")])
def test_an_allowed_move_passes(now_status, to):
    check_move(now_status, to)


def test_a_refused_move_says_why_and_what_would_be_allowed():
    with pytest.raises(NotAllowed) as caught:
        check_move("lost", "issued")
    assert caught.value.message == (
        "A device that is lost can't become issued. Allowed from here: found, stolen, retired."
    )
    assert caught.value.facts["allowed"] == ("found", "stolen", "retired")


@pytest.mark.parametrize(
    ("now_status", "to", "words"),
    [
        ("issued", "issued", "already issued"),
        ("issued", "retired", "record its return first"),
        ("in_stock", "disposed", "in stock can't become disposed"),
        ("disposed", "in_stock", "undo the disposal"),
        ("issued", "mislaid", "mislaid is no status"),
        ("mislaid", "issued", "mislaid is no status"),
        ("in_stock", "unrecorded", "can't become unrecorded"),
    ],
)
def test_each_kind_of_refusal_has_its_own_words(now_status, to, words):
    with pytest.raises(NotAllowed, match=words):
        check_move(now_status, to)


def test_moves_that_take_a_device_out_of_use_need_a_reason():
    assert all(needs_reason("in_stock", to) for to in ("lost", "stolen", "retired", "quarantined"))
    assert needs_reason("retired", "disposed")
    assert needs_reason("retired", "in_stock")
    assert not needs_reason("issued", "in_stock")
    assert not needs_reason("in_stock", "issued")


def test_only_statuses_in_which_somebody_answers_for_the_device_may_hold_an_assignment():
    assert frozenset({"issued", "in_repair", "quarantined", "lost", "stolen", "found"}) == HOLDING
    assert may_hold("issued")
    assert not may_hold("in_stock")
    assert not may_hold("mislaid")


def test_labels_are_words_and_an_unknown_status_is_kept():
    assert label("in_repair") == "In repair"
    assert label("mislaid") == "mislaid"
    assert allowed_moves("mislaid") == ()
    assert allowed_moves("ordered") == ("delivered", "in_stock", "retired")
