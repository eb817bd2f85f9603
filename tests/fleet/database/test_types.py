"""Column types: moments that keep their meaning, JSON with one spelling."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from fleet.database import Database
from fleet.database.models import Device, Enrolment, Run
from fleet.database.types import Json, UTCDateTime, canonical_json
from tests.factory import ACTOR, NOW, a_device, a_tenant, an_enrolment, an_organisation, change, value

DIALECTS = [sqlite.dialect(), postgresql.dialect()]


def test_a_naive_moment_is_refused(database: Database) -> None:
    """Nobody could say later which hour was meant."""
    owner = an_organisation(database)
    enrolment = an_enrolment(database, owner, a_tenant(database, owner), a_device(database, owner))
    with pytest.raises(StatementError, match="without a time zone"):
        change(database, Enrolment, enrolment, last_seen=datetime(2026, 11, 22, 2, 0))
    assert value(database, Enrolment.last_seen, enrolment) is None


@pytest.mark.parametrize("hours", [-10, -1, 0, 1, 13])
def test_a_moment_comes_back_the_same_and_as_utc(database: Database, hours: int) -> None:
    """Whatever zone it was given in, and whatever zone the server is in."""
    owner = an_organisation(database)
    enrolment = an_enrolment(database, owner, a_tenant(database, owner), a_device(database, owner))
    moment = NOW.astimezone(timezone(timedelta(hours=hours)))
    change(database, Enrolment, enrolment, last_seen=moment)
    stored = value(database, Enrolment.last_seen, enrolment)
    assert stored == moment
    assert stored.utcoffset() == timedelta(0)


@given(moment=st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31), timezones=st.timezones()))
def test_storing_and_reading_a_moment_changes_nothing_but_its_spelling(moment: datetime) -> None:
    """On both databases, for every zone there is."""
    kind = UTCDateTime()
    for dialect in DIALECTS:
        read = kind.process_result_value(kind.process_bind_param(moment, dialect), dialect)
        assert read == moment.astimezone(UTC)
        assert read is not None
        assert read.tzinfo is UTC


def test_absent_stays_absent() -> None:
    """NULL is no moment and no JSON null."""
    for dialect in DIALECTS:
        assert UTCDateTime().process_bind_param(None, dialect) is None
        assert UTCDateTime().process_result_value(None, dialect) is None
        assert Json().process_bind_param(None, dialect) is None
        assert Json().process_result_value(None, dialect) is None


@given(value=st.dictionaries(st.text(), st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text())))
def test_json_has_one_spelling_whatever_the_order(value: dict[str, Any]) -> None:
    """So that it can be hashed and compared as text."""
    turned = dict(reversed(value.items()))
    assert canonical_json(value) == canonical_json(turned)
    for dialect in DIALECTS:
        assert Json().process_result_value(Json().process_bind_param(value, dialect), dialect) == value


def test_moments_in_json_end_in_z() -> None:
    """The same text on both databases and in every hash."""
    assert canonical_json({"at": NOW}) == b'{"at":"2026-11-22T02:00:00Z"}'


def test_json_comes_back_as_it_was(database: Database) -> None:
    """Counts of a run, the scope of a stocktake."""
    with database.transaction(actor=ACTOR, action="run.start", now=NOW) as session:
        run = Run(kind="demo", source="demo", state="complete", actor=ACTOR, started_at=NOW,
                  counts={"new": 3, "by": {"kind": ["iPad", None]}}, problems=[])  # fmt: skip
        session.add(run)
    assert value(database, Run.counts, run.id) == {"new": 3, "by": {"kind": ["iPad", None]}}


def test_whole_numbers_of_bytes_fit(database: Database) -> None:
    """A terabyte is more than 32 bits."""
    owner = an_organisation(database)
    enrolment = an_enrolment(database, owner, a_tenant(database, owner), a_device(database, owner))
    change(database, Enrolment, enrolment, storage_total=2 * 10**12)
    assert value(database, Enrolment.storage_total, enrolment) == 2 * 10**12
    assert value(database, Device.version, 1) >= 1
