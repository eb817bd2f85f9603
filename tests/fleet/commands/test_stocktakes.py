"""Stocktakes: open, scan, close, resume, undo; on both databases and within the walls."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands.decisions import snooze
from fleet.commands.findings import evaluate
from fleet.commands.stocktakes import Closed, Judged, Opened, close, open_new, scan
from fleet.commands.undo import apply_undo, plan_undo
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import (
    Assignment,
    Device,
    Enrolment,
    Finding,
    Organisation,
    Person,
    Site,
    Stocktake,
    StocktakeExpected,
    StocktakeScan,
)
from fleet.domain.rules import Context
from fleet.errors import Ambiguous, NotAllowed, NotFound, UsageProblem
from fleet.queries.findings import finding_detail, list_findings
from fleet.queries.stocktakes import Count, count, get_stocktake, list_stocktakes
from tests.conftest import CountQueries
from tests.factory import (
    ACTOR,
    NOW,
    TODAY,
    a_device,
    a_site,
    a_team,
    a_tenant,
    an_enrolment,
    an_organisation,
    change,
    dump,
)

LATER = NOW + timedelta(hours=1)
NEXT_DAY = NOW + timedelta(days=1)


@dataclass
class Town:
    """A register with something of everything, and stocktakes told in short sentences."""

    database: Database
    owner: int
    hall: int
    depot: int
    anna: int
    bryn: int
    devices: dict[str, int]
    scope: Any = None

    def write(self, act: Any, now: Any = NOW, action: str = "stocktake.scan") -> tuple[Any, int | None]:
        """What a command gave back, and its event."""
        with self.database.transaction(actor=ACTOR, action=action, now=now, scope=self.scope) as session:
            done = act(session)
            session.flush()
            event = open_event(session)
        return done, event.id

    def open(self, title: str = "Autumn", now: Any = NOW, **values: Any) -> Opened:
        """Open a stocktake of the town's organisation."""
        values = {"organisation_id": self.owner, **values}
        done: Opened = self.write(lambda session: open_new(session, title, actor=ACTOR, now=now, **values), now)[0]
        return done

    def scan(self, *texts: str, into: int | None = None, now: Any = NOW, **values: Any) -> list[str]:
        """The outcomes of scans."""
        return [one.outcome for one in self.judged(*texts, into=into, now=now, **values)]

    def judged(self, *texts: str, into: int | None = None, now: Any = NOW, **values: Any) -> list[Judged]:
        """The scans as they were judged."""
        found: list[Judged] = self.write(
            lambda session: scan(session, into, texts, actor=ACTOR, now=now, **values), now
        )[0]
        return found

    def close(self, into: int | None = None, now: Any = NOW) -> tuple[Closed, int | None]:
        """Close a stocktake."""
        return self.write(lambda session: close(session, into, actor=ACTOR, now=now), now, "stocktake.close")

    def count(self, into: int | None = None, now: Any = NOW) -> Count:
        """How it stands."""
        with self.database.read(self.scope) as session:
            return count(session, get_stocktake(session, into), now=now)

    def missing(self, *states: str) -> list[str]:
        """Devices with a finding of that state, open when none is named."""
        with self.database.read() as session:
            rows = list_findings(session, states=states or ("open",), rule="stocktake-missing")
        return sorted(row.subject for row in rows)

    def night(self, now: Any) -> Any:
        """The rules look, as every night."""
        return self.write(lambda session: evaluate(session, Context.from_config({}, now)), now, "findings")[0]

    def undo(self, event: int | None) -> Any:
        """Take an event back; returns the plan and the event of the undo."""
        assert event is not None
        with self.database.transaction(actor=ACTOR, action="undo", now=LATER, undoes_id=event) as session:
            plan = plan_undo(session, [event])
            apply_undo(session, plan)
            done = open_event(session)
        return plan, done.id


@pytest.fixture
def town(database: Database) -> Town:
    """Two sites, two people, and devices called by what they are."""
    known: Any = {
        "STOCK-1": {}, "STOCK-2": {}, "STOCK-3": {}, "ANNAS": {"status": "issued"},
        "SHARED": {"status": "issued", "kind": "thin_client"}, "LOST": {"status": "lost"}, "RETIRED": {"status": "retired"},
        "ORDERED": {"status": "ordered"},
    }  # fmt: skip
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:

        def add(row: Any) -> int:
            session.add(row)
            session.flush()
            return int(row.id)

        owner = add(Organisation(key="northbridge", name="Northbridge Council"))
        hall, depot = (add(Site(organisation_id=owner, name=name)) for name in ("Town Hall", "Depot"))
        anna = add(Person(organisation_id=owner, display_name="Anna Bell", site_id=hall))
        bryn = add(Person(organisation_id=owner, display_name="Bryn Hale", site_id=depot))
        places = {"STOCK-1": hall, "STOCK-2": hall, "STOCK-3": depot, "ANNAS": depot}
        devices = {}
        for number, (name, values) in enumerate(known.items()):
            told = {
                "kind": "ipad",
                "status": "in_stock",
                "serial": f"DMPX{number:06d}",
                "site_id": places.get(name),
                **values,
            }
            devices[name] = add(Device(organisation_id=owner, asset_tag=name, **told))
        out = {"organisation_id": owner, "issued_on": TODAY}
        add(Assignment(device_id=devices["ANNAS"], person_id=anna, **out))
        add(Assignment(device_id=devices["SHARED"], site_id=hall, **out))
        add(Device(organisation_id=owner, kind="ipad", ownership="personal", status="issued"))
    return Town(database, owner, hall, depot, anna, bryn, devices)


def expected(town: Town, into: int | None = None) -> set[str]:
    """Tags of what a stocktake expects."""
    return {one.device for one in town.count(into).devices if one.expected}


# --- open ---------------------------------------------------------------------------------------------------


def test_a_stocktake_expects_what_should_be_there(town: Town) -> None:
    opened = town.open()
    assert opened.expected == 6
    assert expected(town) == {"STOCK-1", "STOCK-2", "STOCK-3", "ANNAS", "SHARED", "RETIRED"}


def test_a_site_is_where_things_are_and_where_their_holders_work(town: Town) -> None:
    town.open(site_id=town.hall)
    assert expected(town) == {"STOCK-1", "STOCK-2", "ANNAS", "SHARED"}


def test_a_scope_may_be_a_kind_or_a_team(town: Town) -> None:
    team = a_team(town.database, town.owner)
    change(town.database, Device, town.devices["STOCK-3"], team_id=team)
    by_kind, by_team = town.open("Thin clients", kind="thin_client"), town.open("Adult Care", team_id=team)
    assert expected(town, by_kind.id) == {"SHARED"}
    assert expected(town, by_team.id) == {"STOCK-3"}
    with town.database.read() as session:
        texts = [row.scope_text for row in list_stocktakes(session)]
    assert texts == ["northbridge, Adult Care", "northbridge, thin client"]


def test_what_is_expected_is_frozen(town: Town) -> None:
    town.open(site_id=town.hall)
    change(town.database, Device, town.devices["STOCK-1"], site_id=town.depot)
    a_device(town.database, town.owner, asset_tag="NEW", site_id=town.hall)
    assert expected(town) == {"STOCK-1", "STOCK-2", "ANNAS", "SHARED"}
    assert town.scan("STOCK-1", site_id=town.hall) == ["found"]
    assert town.scan("NEW", site_id=town.hall) == ["unexpected"]


def test_two_open_ones_of_overlapping_scopes_are_allowed_but_said(town: Town) -> None:
    first = town.open("Hall", site_id=town.hall)
    second = town.open("Everything")
    assert first.overlaps == ()
    assert second.overlaps == ((first.id, "Hall", 4),)
    town.close(first.id)
    assert town.open("Again").overlaps == ((second.id, "Everything", 6),)


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, "\n\t"])
def test_a_title_is_needed(town: Town, title: str) -> None:
    with pytest.raises(UsageProblem, match="title"):
        town.open(title)


def test_a_title_may_hold_any_character_but_those_no_database_holds(town: Town) -> None:
    town.open("Día \u202eO'Brien\x00\ud800")
    with town.database.read() as session:
        assert get_stocktake(session, None).title == "Día \u202eO'Brien\ufffd\ufffd"


def test_an_empty_scope_is_refused(town: Town) -> None:
    empty = a_site(town.database, town.owner, "Nowhere")
    before = dump(town.database)
    with pytest.raises(NotFound, match="nothing to count"):
        town.open(site_id=empty)
    assert dump(town.database) == before


def test_whose_devices_are_counted_must_be_clear(town: Town) -> None:
    other = an_organisation(town.database, "southmoor")
    abroad = a_site(town.database, other, "Town Hall of Southmoor")
    a_device(town.database, other, site_id=abroad)
    with pytest.raises(UsageProblem, match="northbridge, southmoor"):
        town.open(organisation_id=None)
    with pytest.raises(UsageProblem, match="another organisation"):
        town.open(site_id=abroad)
    assert town.open(organisation_id=None, site_id=town.hall).expected == 4
    assert town.open(organisation_id=None, site_id=abroad).expected == 1


# --- scan ---------------------------------------------------------------------------------------------------


def test_every_outcome_is_told_at_once_in_words(town: Town) -> None:
    a_device(town.database, an_organisation(town.database, "southmoor"), asset_tag="STOCK-1")
    town.open()
    told = town.judged("STOCK-2", "SDMPX000001", "STOCK-3", "LOST", "what", "STOCK-1", site_id=town.hall)
    assert [one.outcome for one in told] == ["found", "repeated", "wrong_site", "unexpected", "unknown", "ambiguous"]
    assert [one.sentence for one in told] == [
        "STOCK-2: found.", "STOCK-2: already scanned.", "STOCK-3: wrong site: expected at Depot.",
        "LOST: unexpected: the register has it as lost, northbridge.", "what: not known.",
        "STOCK-1: ambiguous: it fits STOCK-1, STOCK-1.",
    ]  # fmt: skip
    [told_of_anna] = town.judged("ANNAS", seen_with=town.bryn)
    assert told_of_anna.sentence == "ANNAS: wrong holder: seen with Bryn Hale, expected with Anna Bell."


def test_every_scan_is_kept_as_it_came(town: Town) -> None:
    opened = town.open()
    texts = [" stock-1 ", "=CMD()", "\u202eevil", "a\x00b", "x" * 5000, "stock-1"]
    town.scan(*texts, site_id=town.hall, seen_with=town.anna, holder_confirmed=True)
    with town.database.read() as session:
        rows = session.execute(select(StocktakeScan).order_by(StocktakeScan.id)).scalars().all()
    assert [row.scanned for row in rows] == [*texts[:3], "a\ufffdb", "x" * 200 + "… [5,000 characters]", "stock-1"]
    assert [row.outcome for row in rows] == [
        "wrong_holder", "unknown", "unknown", "unknown", "unknown", "wrong_holder",
    ]  # fmt: skip
    assert {
        (row.stocktake_id, row.scanned_at, row.scanned_by, row.site_id, row.person_id, row.holder_confirmed)
        for row in rows
    } == {(opened.id, NOW, ACTOR, town.hall, town.anna, True)}


def test_a_scan_in_a_later_event_is_already_scanned(town: Town) -> None:
    town.open()
    assert town.scan("STOCK-1") == ["found"]
    assert town.scan("stock-1", "DMPX000000") == ["repeated", "repeated"]
    assert town.count().counts["repeated"] == 2


def test_what_was_passed_on_since_the_opening_may_be_with_either(town: Town) -> None:
    town.open()
    from fleet.commands.handovers import transfer

    town.write(lambda session: transfer(session, [town.devices["ANNAS"]], person_id=town.bryn, now=LATER), LATER)
    assert town.scan("ANNAS", seen_with=town.bryn) == ["found"]
    assert town.scan("ANNAS", seen_with=town.anna) == ["repeated"]


def test_a_holder_who_confirms_is_kept_with_the_scan(town: Town) -> None:
    town.open()
    assert town.scan("ANNAS", holder_confirmed=True) == ["found"]
    [counted] = [one for one in town.count().devices if one.device == "ANNAS"]
    assert (counted.outcome, counted.grade, counted.seen_with) == ("found", "B", "Anna Bell")


def test_nobody_can_confirm_what_nobody_has(town: Town) -> None:
    town.open()
    with pytest.raises(UsageProblem, match="Nobody has STOCK-1, STOCK-2, so no holder can confirm it"):
        town.scan("STOCK-1", "ANNAS", "STOCK-2", holder_confirmed=True)
    assert town.scan("STOCK-1", seen_with=town.bryn, holder_confirmed=True) == ["wrong_holder"]


def test_a_bare_scan_leaves_a_wrong_holder_as_it_was(town: Town) -> None:
    town.open()
    town.scan("ANNAS", seen_with=town.bryn)
    assert town.scan("ANNAS") == ["repeated"]
    [counted] = [one for one in town.count().devices if one.device == "ANNAS"]
    assert (counted.outcome, counted.seen_with) == ("wrong_holder", "Bryn Hale")


def test_a_scan_counts_when_the_one_it_repeats_is_undone(town: Town) -> None:
    town.open()
    _, event = town.write(lambda session: scan(session, None, ["STOCK-1"], actor=ACTOR, now=NOW))
    assert town.scan("STOCK-1") == ["repeated"]
    town.undo(event)
    counts = town.count().counts
    assert (counts["found"], counts["repeated"]) == (1, 0)
    assert counts["expected"] == counts["found"] + counts["missing"]


def test_nothing_to_scan_is_a_usage_problem(town: Town) -> None:
    town.open()
    with pytest.raises(UsageProblem):
        town.scan()


def test_two_hundred_scans_are_one_event_and_as_many_queries_as_one(town: Town, count_queries: CountQueries) -> None:
    with town.database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        session.add_all(
            Device(
                organisation_id=town.owner, kind="ipad", status="in_stock", asset_tag=f"NB-{one:03d}", site_id=town.hall
            )
            for one in range(202)
        )
    town.open()

    def sent(*texts: str) -> int:
        with count_queries(town.database) as statements:
            assert set(town.scan(*texts)) == {"found"}
        return len(statements)

    few = sent("NB-000", "NB-001")
    many = sent(*(f"NB-{one:03d}" for one in range(2, 202)))
    assert many - few <= 4, "PostgreSQL may send a chunk more"
    assert many < 40
    assert town.count().counts["found"] == 202


def test_an_enormous_paste_is_judged_whole(town: Town) -> None:
    town.open()
    outcomes = town.scan(*(f"UNKNOWN-{one}" for one in range(6000)), "STOCK-1")
    assert (outcomes.count("unknown"), outcomes[-1]) == (6000, "found")


def test_showing_costs_the_same_queries_for_any_number(town: Town, count_queries: CountQueries) -> None:
    town.open()
    town.scan("STOCK-1", "LOST", site_id=town.hall)

    def sent() -> int:
        with count_queries(town.database) as statements:
            town.count()
        return len(statements)

    before = sent()
    town.scan("STOCK-2", "STOCK-3", "ANNAS", "SHARED", "ORDERED", "what", site_id=town.depot)
    assert sent() == before < 10


# --- resuming -----------------------------------------------------------------------------------------------


def test_an_interrupted_stocktake_is_found_again(town: Town) -> None:
    opened = town.open()
    town.scan("STOCK-1")
    town.database.engine.dispose()  # The terminal was closed.
    assert town.scan("STOCK-1", "STOCK-2", now=NEXT_DAY) == ["repeated", "found"]
    assert town.count().row.id == opened.id


def test_which_of_several_open_ones_is_meant_must_be_said(town: Town) -> None:
    first, second = town.open("Hall"), town.open("Depot")
    with pytest.raises(Ambiguous, match=rf"{second.id} \(Depot\), {first.id} \(Hall\)"):
        town.scan("STOCK-1")
    assert town.scan("STOCK-1", into=first.id) == ["found"]
    assert town.count(second.id).counts["missing"] == 6


def test_without_an_open_one_it_is_said_how_to_open_one(town: Town) -> None:
    with pytest.raises(NotFound, match="fleet stocktake open"):
        town.scan("STOCK-1")
    with pytest.raises(NotFound, match="no stocktake 99"):
        town.scan("STOCK-1", into=99)


def test_nothing_is_scanned_into_or_closed_again_after_the_close(town: Town) -> None:
    opened = town.open()
    town.close()
    for act in (lambda: town.scan("STOCK-1", into=opened.id), lambda: town.close(opened.id)):
        with pytest.raises(NotAllowed, match="was closed by"):
            act()


# --- counts and evidence ------------------------------------------------------------------------------------


def test_the_counts_add_up(town: Town) -> None:
    town.open()
    town.scan("STOCK-1", "STOCK-3", "LOST", "what", "STOCK-1", site_id=town.hall)
    town.scan("ANNAS", seen_with=town.bryn)
    found = town.count()
    assert found.counts == {
        "expected": 6, "found": 1, "missing": 3, "wrong_site": 1, "wrong_holder": 1, "unexpected": 1, "unknown": 1,
        "ambiguous": 0, "repeated": 1,
    }  # fmt: skip
    by_tag = {one.device: one for one in found.devices}
    assert (by_tag["STOCK-3"].site, by_tag["STOCK-3"].seen_at) == ("Depot", "Town Hall")
    assert (by_tag["ANNAS"].holder, by_tag["ANNAS"].seen_with) == ("Anna Bell", "Bryn Hale")
    assert [one.scanned for one in found.odd] == ["what"]
    assert found.devices[0].outcome == "missing"


def checked_in(town: Town, tag: str, days: int) -> int:
    """Enrol a device that Intune heard from so many days ago."""
    tenant = a_tenant(town.database, town.owner, f"tenant-of-{tag}")
    return an_enrolment(
        town.database, town.owner, tenant, town.devices[tag], last_seen=NOW - timedelta(days=days), upn=None
    )


def test_each_device_has_the_best_evidence_there_is(town: Town) -> None:
    checked_in(town, "STOCK-3", 29)
    checked_in(town, "SHARED", 31)
    town.open()
    town.scan("STOCK-1")
    town.scan("ANNAS", holder_confirmed=True)
    found = town.count()
    assert {one.device: one.grade for one in found.devices} == {
        "STOCK-1": "A", "ANNAS": "B", "STOCK-3": "C", "SHARED": "D", "STOCK-2": "D", "RETIRED": "D",
    }  # fmt: skip
    assert found.grades == {"A": 1, "B": 1, "C": 1, "D": 3}


# --- close --------------------------------------------------------------------------------------------------


def test_missing_devices_without_evidence_become_findings_and_nothing_else_happens(town: Town) -> None:
    checked_in(town, "STOCK-3", 3)
    town.open()
    town.scan("STOCK-1", "ANNAS", "SHARED")
    before = dump(town.database)
    closed, _ = town.close()
    assert (closed.raised, closed.decided) == (2, 0)
    assert town.missing() == ["RETIRED", "STOCK-2"]
    after = dump(town.database)
    assert {name for name in before if before[name] != after[name]} == {
        "finding", "stocktake", "event", "change", "chain_head",
    }  # fmt: skip
    with town.database.read() as session:
        [row] = [one for one in list_findings(session, rule="stocktake-missing") if one.subject == "STOCK-2"]
        detail = finding_detail(session, row.id)
    assert (row.severity, row.subject_id, row.first_seen) == ("high", town.devices["STOCK-2"], NOW)
    assert row.sentence == (
        "Missing at the stocktake Autumn, closed on 22 Nov 2026, expected at Town Hall; not in Intune."
    )
    assert detail is not None
    assert detail.meaning.endswith(".")
    assert detail.recorded == {"stocktake": "Autumn", "site": "Town Hall", "status": "in_stock"}


def test_what_was_reported_stolen_while_it_was_counted_is_not_wondered_about(town: Town) -> None:
    """Expected at the opening, stolen before the close: missing, but its incident says why."""
    town.open()
    change(town.database, Device, town.devices["STOCK-1"], status="stolen", now=NOW)
    closed, _ = town.close()
    assert "STOCK-1" not in town.missing()
    assert closed.raised == len(town.missing()) > 0
    assert town.night(LATER).fixed == 0


def test_a_closed_one_stays_as_it_was(town: Town) -> None:
    enrolment, silent = checked_in(town, "STOCK-3", 3), checked_in(town, "STOCK-2", 90)
    opened = town.open()
    town.scan("STOCK-1")
    town.close()
    change(town.database, Enrolment, enrolment, last_seen=NOW - timedelta(days=200))
    change(town.database, Enrolment, silent, last_seen=NEXT_DAY)
    late = town.count(opened.id, now=NOW + timedelta(days=300))
    assert {one.device: one.grade for one in late.devices if one.device.startswith("STOCK")} == {
        "STOCK-1": "A", "STOCK-2": "D", "STOCK-3": "C",
    }  # fmt: skip


def test_a_night_does_not_call_the_missing_found(town: Town) -> None:
    town.open()
    town.close()
    assert len(town.missing()) == 6
    assert town.night(NEXT_DAY).fixed == 0
    assert len(town.missing()) == 6


def test_what_is_scanned_later_is_missing_no_more_and_an_undo_brings_that_back(town: Town) -> None:
    town.open()
    town.close()
    town.open("Winter", NEXT_DAY)
    _, event = town.write(lambda session: scan(session, None, ["STOCK-1"], actor=ACTOR, now=NEXT_DAY), NEXT_DAY)
    assert town.missing("fixed") == ["STOCK-1"]
    town.undo(event)
    assert "STOCK-1" in town.missing()
    assert town.count().counts["found"] == 0


def test_what_checks_in_after_the_close_is_missing_no_more_from_the_next_night(town: Town) -> None:
    enrolment, other = checked_in(town, "STOCK-2", 40), checked_in(town, "STOCK-1", 40)
    town.open()
    town.close()
    change(town.database, Enrolment, enrolment, last_seen=LATER)
    change(town.database, Enrolment, other, last_seen=NOW - timedelta(days=35))
    assert town.night(NEXT_DAY).fixed == 1
    assert town.missing("fixed") == ["STOCK-2"]


def test_what_a_person_reports_lost_is_the_business_of_its_incident(town: Town) -> None:
    town.open()
    town.close()
    change(town.database, Device, town.devices["STOCK-1"], status="lost")
    assert town.night(NEXT_DAY).fixed == 1
    assert town.missing("fixed") == ["STOCK-1"]


def test_what_was_put_away_comes_back_after_its_day(town: Town) -> None:
    town.open()
    town.close()
    with town.database.read() as session:
        ids = [row.id for row in list_findings(session, rule="stocktake-missing") if row.subject == "STOCK-1"]
    town.write(lambda session: snooze(session, ids, actor=ACTOR, until=TODAY + timedelta(days=3)))
    town.night(NOW + timedelta(days=3))
    assert town.missing("snoozed") == ["STOCK-1"]
    assert town.night(NOW + timedelta(days=4)).reopened == 1
    assert "STOCK-1" in town.missing()


def test_missing_twice_is_one_finding_that_keeps_its_first_day(town: Town) -> None:
    town.open()
    town.scan("ANNAS", "SHARED", "RETIRED", "STOCK-3")
    town.close()
    with town.database.read() as session:
        ids = [row.id for row in list_findings(session, rule="stocktake-missing") if row.subject == "STOCK-2"]
    town.write(lambda session: snooze(session, ids, actor=ACTOR, until=TODAY + timedelta(days=90)))
    town.open("Winter", NEXT_DAY)
    town.scan("ANNAS", "SHARED", "RETIRED", "STOCK-3", now=NEXT_DAY)
    closed, event = town.close(now=NEXT_DAY)
    assert (closed.raised, closed.decided) == (1, 1)
    assert (town.missing("open"), town.missing("snoozed"), town.missing("fixed")) == (
        ["STOCK-1"],
        ["STOCK-2"],
        ["STOCK-1"],
    )
    with town.database.read() as session:
        [row] = list_findings(session, rule="stocktake-missing")
    assert (row.first_seen, row.last_seen) == (NOW, NEXT_DAY)
    town.undo(event)
    assert (town.missing("open"), town.missing("fixed")) == (["STOCK-1"], [])


# --- undo ---------------------------------------------------------------------------------------------------


def test_undoing_a_scan_leaves_the_stocktake_as_before(town: Town) -> None:
    town.open()
    town.scan("STOCK-1")
    before = town.count()
    _, event = town.write(lambda session: scan(session, None, ["STOCK-2", "what"], actor=ACTOR, now=NOW))
    plan, _ = town.undo(event)
    assert (len(plan.reversed), plan.kept) == (2, [])
    assert town.count() == before
    assert town.scan("STOCK-2") == ["found"]


def test_undoing_a_close_opens_it_again_and_undoing_that_closes_it(town: Town) -> None:
    opened = town.open()
    town.scan("STOCK-1")
    closed, event = town.close()
    shut = town.count(opened.id)
    _, undone = town.undo(event)
    assert (town.missing(), town.count().row.closed_at) == ([], None)
    assert town.scan("STOCK-2") == ["found"]
    with town.database.read() as session:
        last = session.execute(select(StocktakeScan.id).order_by(StocktakeScan.id.desc())).scalars().first()
    assert last is not None
    town.undo(undone)
    assert len(town.missing()) == closed.raised
    assert town.count(opened.id).row.closed_at == shut.row.closed_at


def test_undoing_an_opening_takes_all_of_it_away(town: Town) -> None:
    _, event = town.write(lambda session: open_new(session, "Autumn", actor=ACTOR, now=NOW, organisation_id=town.owner))
    town.undo(event)
    with town.database.read() as session:
        assert session.execute(select(Stocktake.id)).all() == []
        assert session.execute(select(StocktakeExpected.id)).all() == []


def test_an_opening_is_not_taken_back_from_under_its_scans(town: Town) -> None:
    opened, event = town.write(
        lambda session: open_new(session, "Autumn", actor=ACTOR, now=NOW, organisation_id=town.owner)
    )
    _, scanned = town.write(lambda session: scan(session, None, ["STOCK-1", "what"], actor=ACTOR, now=NOW))
    before = town.count()
    plan, _ = town.undo(event)
    assert plan.reversed == [] and len(plan.kept) == opened.expected + 1
    assert plan.in_words()[-1] == (
        "= stocktake Autumn: it was scanned into since: take those scans back first, or close it"
    )
    assert town.count() == before
    town.undo(scanned)
    with town.database.read() as session:
        assert plan_undo(session, [event]).kept == []


def test_scans_that_a_closed_stocktake_rests_on_stay_with_what_they_settled(town: Town) -> None:
    town.open()
    town.close()
    missing = town.missing()
    assert "STOCK-1" in missing
    second = town.open("Again")
    _, scanned = town.write(lambda session: scan(session, None, ["STOCK-1"], actor=ACTOR, now=NOW))
    _, closing = town.close()
    plan, _ = town.undo(scanned)
    assert plan.reversed == []
    assert {(one.subject, one.because) for one in plan.kept} == {
        ("stocktake_scan", "the stocktake Again was closed since: take its closing back first"),
        ("finding", "the scan that settled it stays"),
    }
    assert town.count(second.id).counts["found"] == 1
    town.undo(closing)
    assert town.undo(scanned)[0].kept == []
    assert "STOCK-1" in town.missing()


def test_the_plan_calls_things_by_their_names(town: Town) -> None:
    """Tags, titles and people; never a row's number."""
    _, event = town.write(lambda session: open_new(session, "Autumn", actor=ACTOR, now=NOW, organisation_id=town.owner))
    _, scanned = town.write(lambda session: scan(session, None, ["ANNAS"], actor=ACTOR, now=NOW, seen_with=town.bryn))
    with town.database.read() as session:
        opening = plan_undo(session, [event]).in_words(1000)
        scans = plan_undo(session, [scanned]).in_words()
    assert "= expected device ANNAS in Autumn: its stocktake stays" in opening
    assert scans == ["1 change would be taken back, 0 kept.", "- scan ANNAS would be removed again"]


# --- walls --------------------------------------------------------------------------------------------------


def test_another_organisations_stocktake_can_be_neither_seen_nor_scanned_into(town: Town) -> None:
    other = an_organisation(town.database, "southmoor")
    a_device(town.database, other, asset_tag="SM-1")
    ours = town.open()
    theirs = replace(town, scope=frozenset({other}), owner=other)
    for act in (lambda: theirs.scan("SM-1", into=ours.id), lambda: theirs.close(ours.id), lambda: theirs.scan("SM-1")):
        with pytest.raises(NotFound):
            act()
    theirs.open("Theirs")
    assert theirs.scan("SM-1", "STOCK-1") == ["found", "unknown"]
    with town.database.read(theirs.scope) as session:
        assert [row.title for row in list_stocktakes(session)] == ["Theirs"]


def test_a_device_of_another_organisation_is_unexpected_for_who_may_see_it(town: Town) -> None:
    other = an_organisation(town.database, "southmoor")
    a_device(town.database, other, asset_tag="SM-1")
    opened = town.open()
    [told] = town.judged("SM-1", into=opened.id)
    assert told.sentence == "SM-1: unexpected: the register has it as in stock, southmoor."
    narrow = replace(town, scope=frozenset({town.owner}))
    assert [one.device for one in narrow.count(opened.id).devices if not one.expected] == []
    assert town.count(opened.id).counts["unexpected"] == 1


def test_findings_of_missing_devices_are_their_organisations(town: Town) -> None:
    town.open()
    town.close()
    with town.database.read() as session:
        assert set(session.execute(select(Finding.organisation_id)).scalars()) == {town.owner}
