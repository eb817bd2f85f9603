from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from fleet.demo.directory import TenantDirectory
from fleet.demo.service import Service
from tests.fleet.demo.service.caller import Caller
from tests.fleet.demo.service.factory import make_directory


@dataclass
class Clock:
    """A clock that a test sets."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 2, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory() -> TenantDirectory:
    return make_directory()


@pytest.fixture
def service(directory: TenantDirectory, clock: Clock) -> Iterator[Service]:
    with Service([directory, make_directory(3, 2, "southmoor")], clock=clock) as running:
        running.page_size = 10
        yield running


@pytest.fixture
def caller(service: Service, directory: TenantDirectory) -> Iterator[Caller]:
    one = Caller(service, directory)
    yield one
    one.close()
