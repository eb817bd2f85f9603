"""Work runs beside the screen; what goes wrong is told, never raised into it."""

import logging
import threading
from collections.abc import Callable
from queue import Queue
from typing import Any

import pytest

from fleet.errors import DatabaseUnavailable, FleetError, NotFound
from tests.tui.fake_register import FakeRegister
from tui.background import Background, is_gone


class Desk:
    """Stands where the app would: collects what comes back and calls it."""

    def __init__(self, open_register: Callable[[], Any] = FakeRegister) -> None:
        self.back: Queue[Callable[[], None]] = Queue()
        self.results: list[Any] = []
        self.errors: list[FleetError] = []
        self.background = Background(open_register, self.back.put)

    def hear(self, times: int = 1) -> None:
        for _ in range(times):
            self.back.get(timeout=10)()


@pytest.fixture
def desk() -> Any:
    it = Desk()
    yield it
    it.background.stop()


def test_a_result_comes_back(desk: Desk) -> None:
    desk.background.read("lane", lambda register: register.number, desk.results.append, desk.errors.append)
    desk.hear()
    assert desk.results == [250]


def test_work_runs_in_another_thread(desk: Desk) -> None:
    desk.background.read("lane", lambda _: threading.current_thread().name, desk.results.append, desk.errors.append)
    desk.hear()
    assert desk.results == ["fleet-reader"]


def test_of_waiting_reads_in_a_lane_only_the_newest_is_done(desk: Desk) -> None:
    started, go = threading.Event(), threading.Event()

    def first(_register: Any) -> str:
        started.set()
        go.wait(10)
        return "first"

    desk.background.read("lane", first, desk.results.append, desk.errors.append)
    started.wait(10)
    for name in ("second", "third", "fourth"):
        desk.background.read("lane", lambda _, name=name: name, desk.results.append, desk.errors.append)
    desk.background.read("other", lambda _: "other", desk.results.append, desk.errors.append)
    go.set()
    desk.hear(3)
    assert desk.results == ["first", "fourth", "other"]


def test_every_write_is_done_in_order(desk: Desk) -> None:
    for number in range(20):
        desk.background.write(lambda _, number=number: number, desk.results.append, desk.errors.append)
    desk.hear(20)
    assert desk.results == list(range(20))


def test_a_refusal_is_told_with_its_message(desk: Desk) -> None:
    def refuse(_register: Any) -> None:
        raise NotFound("No device is known as X.")

    desk.background.read("lane", refuse, desk.results.append, desk.errors.append)
    desk.hear()
    assert [error.message for error in desk.errors] == ["No device is known as X."]


def test_a_fault_is_logged_and_told_in_one_line_without_its_values(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_register: Any) -> None:
        raise KeyError("secret value")

    with caplog.at_level(logging.ERROR, "tui.background"):
        desk.background.read("lane", fail, desk.results.append, desk.errors.append)
        desk.hear()
    assert "KeyError" in desk.errors[0].message
    assert "secret value" not in desk.errors[0].message
    assert caplog.records[0].exc_info


def test_a_register_that_could_not_be_opened_is_tried_again() -> None:
    attempts: list[int] = []

    def open_register() -> FakeRegister:
        attempts.append(1)
        if len(attempts) == 1:
            raise DatabaseUnavailable("The register is locked.")
        return FakeRegister()

    desk = Desk(open_register)
    try:
        for _ in range(2):
            desk.background.look("lane", lambda register: register.number, desk.results.append, desk.errors.append)
            desk.hear()
    finally:
        desk.background.stop()
    assert [is_gone(error) for error in desk.errors] == [True]
    assert desk.results == [250]


def test_after_stop_nothing_comes_back_but_writes_are_finished() -> None:
    desk = Desk()
    written: list[int] = []
    for number in range(5):
        desk.background.write(lambda _, number=number: written.append(number), desk.results.append, desk.errors.append)
    desk.background.stop()
    assert written == [0, 1, 2, 3, 4]
    assert desk.background.is_idle()


def test_the_register_is_closed_once_when_all_threads_have_ended() -> None:
    register = FakeRegister()
    desk = Desk(lambda: register)
    desk.background.read("lane", lambda _: None, desk.results.append, desk.errors.append)
    desk.hear()
    desk.background.stop()
    desk.background.stop()
    assert register.calls.count("close") == 1
