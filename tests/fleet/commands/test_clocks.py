"""A clock that was set back: a sync refuses in one line, and the configuration can say otherwise."""

from datetime import timedelta

import pytest

from fleet.commands.clocks import TOLERANCE, ClockSetBack, raise_if_set_back
from fleet.database import Database
from tests.factory import NOW, an_organisation
from tests.fleet.town import NIGHT_1, NIGHT_2, Town


def test_an_empty_register_knows_no_time(database: Database) -> None:
    with database.read() as session:
        raise_if_set_back(session, NOW)


@pytest.mark.parametrize("earlier", [timedelta(0), TOLERANCE, -timedelta(days=900)])
def test_a_clock_within_the_tolerance_or_ahead_passes(database: Database, earlier: timedelta) -> None:
    an_organisation(database)
    with database.read() as session:
        raise_if_set_back(session, NOW - earlier)


def test_a_clock_set_back_is_refused_with_both_times_and_the_way_on(database: Database) -> None:
    """Also for an operator who does not see the newest event."""
    an_organisation(database)
    with database.read(frozenset({-1})) as session, pytest.raises(ClockSetBack) as told:
        raise_if_set_back(session, NOW - timedelta(days=1))
    assert told.value.message == (
        "It is 21 Nov 2026 02:00 here, but the register's newest event is of 22 Nov 2026 02:00. Set this machine's clock; if "
        "that event is what is wrong, allow it in config.toml: [sync] clock_tolerance = 1441 (minutes)."
    )
    assert (told.value.code, told.value.exit_code) == ("clock", 2)


def test_a_sync_with_the_clock_set_back_reads_and_writes_nothing(town: Town) -> None:
    asked, before = len(town.service.requests), town.contents()
    result = town.sync(now=NIGHT_1 - timedelta(days=2))
    assert (result.code, result.exit_code, result.run) == ("clock", 2, None)
    assert (len(town.service.requests), town.contents()) == (asked, before)
    allowed = town.sync(now=NIGHT_1 - timedelta(days=2), clock_tolerance=timedelta(days=3))
    assert (allowed.complete, allowed.error) == (True, None)
    assert town.sync(now=NIGHT_2).complete
