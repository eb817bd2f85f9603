"""Syncs and imports that ran."""

import pytest

from fleet.commands.imports import ImportOptions, apply_file
from fleet.database import Database
from fleet.errors import NotFound
from fleet.queries.runs import count_runs, list_runs, run_problems, run_row
from tests.factory import ACTOR, a_night
from tests.fleet.commands.estate import an_estate


def test_runs_come_newest_first_with_their_counts(database: Database) -> None:
    estate = an_estate(database, 0)
    estate.sync(a_night(devices=2, people=1))
    estate.later().sync(a_night(devices=2, people=1, read_at=estate.now))
    with database.read() as session:
        rows = list_runs(session)
        assert count_runs(session) == len(rows) == 2
        assert rows[0].id > rows[1].id and rows[0].started_at > rows[1].started_at
        assert [row.id for row in list_runs(session, offset=1, limit=1)] == [rows[1].id]
        assert run_row(session, rows[1].id) == rows[1]
    assert (rows[1].kind, rows[1].state, rows[1].source, rows[1].actor) == (
        "sync",
        "complete",
        "intune:northbridge",
        ACTOR,
    )
    assert rows[1].counts["devices"]["read"] == 2
    assert rows[1].event_id is not None


def test_a_run_keeps_its_problems(database: Database) -> None:
    estate = an_estate(database, 0)
    data = b"Serial number,Purchase date\nDMPX000777,31/02/2026\n"
    apply_file(database, data, "odd.csv", ImportOptions(), actor=ACTOR, now=estate.now)
    with database.read() as session:
        row = list_runs(session)[0]
        problems = run_problems(session, row.id)
    assert row.problems == len(problems) > 0
    assert {"code", "where", "reason"} <= set(problems[0])


def test_an_unknown_run_is_not_found(database: Database) -> None:
    with database.read() as session:
        assert (list_runs(session), count_runs(session), run_problems(session, 7)) == ([], 0, [])
        with pytest.raises(NotFound, match="no run 7"):
            run_row(session, 7)


def test_runs_of_others_are_behind_the_wall(database: Database) -> None:
    estate = an_estate(database, 0)
    estate.sync(a_night(devices=1, people=1))
    with database.read(frozenset()) as session:
        assert (list_runs(session), count_runs(session)) == ([], 0)
