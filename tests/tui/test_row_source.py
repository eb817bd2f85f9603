"""Rows come by pages, newest question first, and what is shown never flickers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import FleetError, UsageProblem
from tui.row_source import PAGE, Ask, RowSource, with_text


@dataclass(frozen=True)
class Thing:
    id: int
    name: str


@dataclass
class Bench:
    """A source over a list, with work that waits until the test lets it go; the newest replaces a waiting one."""

    things: list[Thing] = field(default_factory=list)
    fetched: list[tuple[str, int]] = field(default_factory=list)
    waiting: list[Callable[[], None]] = field(default_factory=list)
    changes: list[bool] = field(default_factory=list)
    errors: list[FleetError] = field(default_factory=list)
    refuse: FleetError | None = None

    def __post_init__(self) -> None:
        self.source: RowSource[Thing] = RowSource(self._fetch, self._read, self.changes.append, self.errors.append)

    def matching(self, text: str) -> list[Thing]:
        return [one for one in self.things if text in one.name]

    def _fetch(self, _register: Any, ask: Ask, offset: int, limit: int) -> Sequence[Thing]:
        if self.refuse is not None:
            raise self.refuse
        self.fetched.append((ask.text, offset))
        return self.matching(ask.text)[offset : offset + limit]

    def _read(
        self, work: Callable[[Any], Any], done: Callable[[Any], None], failed: Callable[[FleetError], None]
    ) -> None:
        def run() -> None:
            try:
                result = work(None)
            except FleetError as error:
                failed(error)
            else:
                done(result)

        self.waiting[:] = [run]

    def answer(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


def bench(number: int) -> Bench:
    return Bench([Thing(n, f"thing {n}") for n in range(number)])


def test_old_rows_stay_until_the_first_page_of_the_new_question_is_here() -> None:
    it = bench(300)
    it.source.put(Ask())
    it.answer()
    it.source.put(Ask("thing 7"))
    assert it.source.row(0) == Thing(0, "thing 0")
    assert not it.source.is_current
    it.answer()
    assert it.source.row(0) == Thing(7, "thing 7")
    assert it.source.is_current
    assert it.changes == [True, True]


def test_only_the_newest_question_is_answered() -> None:
    it = bench(300)
    it.source.put(Ask("thing 1"))
    late = it.waiting[0]
    it.source.put(Ask("thing 2"))
    it.answer()
    late()
    assert it.source.ask == Ask("thing 2")
    assert it.source.row(0) == Thing(2, "thing 2")


def test_a_short_page_tells_the_total_and_a_full_one_does_not() -> None:
    it = bench(PAGE)
    it.source.put(Ask())
    it.answer()
    assert it.source.total is None
    assert len(it.source) == PAGE
    it.source.put(Ask("thing 99"))
    it.answer()
    assert it.source.total == 1


def test_a_count_for_another_question_is_ignored() -> None:
    it = bench(300)
    it.source.put(Ask())
    it.answer()
    it.source.count_is(Ask("x"), 5)
    assert it.source.total is None
    it.source.count_is(Ask(), 300)
    assert (it.source.total, len(it.source)) == (300, 300)


def test_visible_rows_that_are_missing_are_fetched_and_only_those() -> None:
    it = bench(1000)
    it.source.put(Ask())
    it.answer()
    it.source.count_is(Ask(), 1000)
    it.fetched.clear()
    it.source.want(500, 540)
    assert it.source.row(500) is None
    it.answer()
    assert it.source.row(500) == Thing(500, "thing 500")
    assert it.fetched == [("", 500)]
    it.source.want_ahead()
    it.answer()
    assert it.fetched[1:] == [("", 400), ("", 600)]


def test_a_refresh_shows_what_changed_without_a_new_question() -> None:
    it = bench(250)
    it.source.put(Ask())
    it.answer()
    it.things[3] = Thing(3, "thing changed")
    it.source.refresh()
    assert it.source.row(3) == Thing(3, "thing 3")
    it.answer()
    assert it.source.row(3) == Thing(3, "thing changed")
    assert it.changes == [True, False]


def test_a_row_is_found_again_by_id_after_others_came_before_it() -> None:
    it = bench(90)
    it.source.put(Ask())
    it.answer()
    it.things.insert(0, Thing(999, "thing new"))
    it.source.refresh()
    it.answer()
    assert it.source.index_of(5, near=5) == 6
    assert it.source.index_of(12345, near=5) is None


def test_a_refused_question_leaves_the_rows_and_tells_why() -> None:
    it = bench(30)
    it.source.put(Ask())
    it.answer()
    it.refuse = UsageProblem("There is no filter called colour.")
    it.source.put(Ask("colour:red"))
    it.answer()
    assert [error.message for error in it.errors] == ["There is no filter called colour."]
    assert it.source.row(0) == Thing(0, "thing 0")


def test_another_text_keeps_the_order() -> None:
    assert with_text(Ask("a", "serial", True), "b") == Ask("b", "serial", True)


STEP = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(["", "1", "22", "thing 9", "none"])),
    st.tuples(st.just("want"), st.integers(0, 700)),
    st.tuples(st.just("answer"), st.none()),
    st.tuples(st.just("count"), st.none()),
    st.tuples(st.just("refresh"), st.none()),
    st.tuples(st.just("remove"), st.integers(0, 700)),
)


@settings(max_examples=60)
@given(number=st.integers(0, 700), steps=st.lists(STEP, max_size=25))
def test_whatever_happens_shown_rows_equal_brute_force_once_all_is_answered(
    number: int, steps: list[tuple[str, Any]]
) -> None:
    it = bench(number)
    for step, value in steps:
        if step == "put":
            it.source.put(Ask(value))
        elif step == "want":
            it.source.want(value, value + 40)
        elif step == "answer":
            it.answer()
        elif step == "count":
            it.source.count_is(it.source.ask, len(it.matching(it.source.ask.text)))
        elif step == "refresh":
            it.source.refresh()
        elif value < len(it.things):
            del it.things[value]
    it.source.refresh()
    it.answer()
    truth = it.matching(it.source.ask.text)
    it.source.count_is(it.source.ask, len(truth))
    for first in range(0, len(truth), 50):
        it.source.want(first, first + 40)
        it.answer()
    assert [it.source.row(index) for index in range(len(truth))] == truth
    assert len(it.source) == len(truth)


def test_a_refusal_stands_when_the_count_of_an_older_question_arrives_after_it() -> None:
    it = bench(300)
    it.source.put(Ask())
    it.answer()
    it.refuse = UsageProblem("There is no filter called colour:.")
    it.source.put(Ask("colour:red"))
    it.answer()
    it.source.count_is(Ask(), 300)
    assert it.source.refused is it.refuse
    it.refuse = None
    it.source.put(Ask("thing 7"))
    assert it.source.refused is None


def test_a_refusal_goes_when_the_same_question_is_answered_after_all() -> None:
    it = bench(3)
    it.refuse = UsageProblem("Not now.")
    it.source.put(Ask())
    it.answer()
    assert it.source.refused is it.refuse
    it.refuse = None
    it.source.refresh()
    it.answer()
    assert (it.source.refused, len(it.source)) == (None, 3)


class Begun(Bench):
    """A source that knows some of the first page at once."""

    known: Sequence[Thing] = ()
    whole = False

    def __post_init__(self) -> None:
        self.source = RowSource(
            self._fetch, self._read, self.changes.append, self.errors.append, None, lambda *_: (self.known, self.whole)
        )


def test_what_is_known_at_once_is_shown_until_the_rest_is_there() -> None:
    """With no word on how many there are, and not as the answer: Enter waits for that."""
    bench = Begun([Thing(1, "a"), Thing(2, "b"), Thing(3, "ab")])
    bench.known = [Thing(3, "ab")]
    bench.source.put(Ask("a"))
    bench.answer()
    assert ([bench.source.row(at) for at in range(2)], len(bench.source)) == ([Thing(3, "ab"), None], 1)
    assert (bench.source.total, bench.source.is_current, bench.source.is_begun) == (None, False, True)
    bench.source.want(0, 40)
    assert bench.waiting == []
    bench.source.complete(bench._read)
    bench.answer()
    assert [bench.source.row(at) for at in range(2)] == [Thing(1, "a"), Thing(3, "ab")]
    assert (bench.source.total, bench.source.is_current, bench.source.completed) == (2, True, True)
    assert bench.changes == [True, False]


def test_what_is_all_there_at_once_is_the_answer() -> None:
    bench = Begun()
    bench.known, bench.whole = [Thing(1, "a")], True
    bench.source.put(Ask("a"))
    bench.answer()
    assert (bench.source.total, bench.source.is_current) == (1, True)
    bench.source.complete(bench._read)
    assert bench.waiting == []


def test_where_nothing_is_known_at_once_the_page_itself_is_read() -> None:
    bench = Begun([Thing(1, "a")])
    bench.source.put(Ask("a"))
    bench.answer()
    assert (bench.source.row(0), bench.source.is_current, bench.fetched) == (Thing(1, "a"), True, [("a", 0)])


def test_the_rest_of_an_older_answer_is_dropped() -> None:
    bench = Begun([Thing(1, "a"), Thing(2, "b")])
    bench.known = [Thing(1, "a")]
    bench.source.put(Ask("a"))
    bench.answer()
    bench.source.complete(bench._read)
    late = bench.waiting.pop()
    bench.known = [Thing(2, "b")]
    bench.source.put(Ask("b"))
    bench.answer()
    late()
    assert (bench.source.ask.text, bench.source.row(0)) == ("b", Thing(2, "b"))
