"""Every switch of the service: the sync recovers with the right counts, or fails in one clear line and changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from fleet.database.models import Model
from fleet.demo.service.faults import CATALOGUE
from tests.fleet.town import CHANGES, DEVICES, NIGHT_2, Town

Contents = Mapping[str, list[tuple[Any, ...]]]
RANDOM = frozenset({"run", "event", "change", "chain_head", "tenant"})
"""Tables with salts, hashes, numbers of runs and delta tokens, which no two registers share."""


@dataclass(frozen=True)
class Recovers:
    """The night ends as if nothing had been wrong."""

    retried: bool = False


@dataclass(frozen=True)
class Fails:
    """The register stays as it was, and one line says why."""

    exit_code: int
    says: str
    state: str = "failed"


@dataclass(frozen=True)
class HasProblems:
    """The night ends well but for some rows, and the next one makes them good."""

    code: str
    number: int = 1
    devices: Mapping[str, int] = field(default_factory=dict)
    """Counts that differ from a good night's."""


@dataclass(frozen=True)
class Case:
    """A way to throw a switch, and what becomes of the night."""

    ends: Recovers | Fails | HasProblems
    thrown: Mapping[str, Any] = field(default_factory=dict)


LIST = "managedDevices"
TWICE = {"times": 2}
UNAVAILABLE = Case(Fails(4, "unavailable"))
NO_JSON = Case(Fails(4, "isn't JSON"))
RETRIED = Case(Recovers(retried=True), TWICE)
REPORT = HasProblems("primary-users-unread")
UNREADABLE = {"unchanged": DEVICES - 4, "problems": 1}

CASES: dict[str, tuple[Case, ...]] = {
    "token_unavailable": (UNAVAILABLE, Case(Recovers(), TWICE)),
    "secret_expired": (Case(Fails(5, "the client secret has expired")),),
    "too_many_requests": (RETRIED, Case(Fails(4, "time_budget"), {"path": LIST, "value": "7200"})),
    "too_many_requests_fractional": (RETRIED, Case(Fails(4, "throttles"))),
    "too_many_requests_silent": (RETRIED, Case(Fails(4, "throttles"), {"path": "users/delta"})),
    "unavailable": (RETRIED, UNAVAILABLE, Case(HasProblems("detail-unread", 3), {"path": "$batch"})),
    "gateway_timeout": (RETRIED, UNAVAILABLE),
    "server_error": (RETRIED, UNAVAILABLE),
    "expired_token": (Case(Recovers()), Case(Fails(5, "refuses the token"), {"times": 100, "path": LIST})),
    "claims_challenge": (Case(Recovers()),),
    "missing_permission": (
        Case(Fails(5, "DeviceManagementManagedDevices.Read.All"), {"path": LIST}),
        Case(Fails(5, "User.Read.All"), {"path": "users/delta"}),
    ),
    "no_intune_licence": (Case(Fails(5, "no Intune licence")),),
    "slow": (Case(Recovers(), {"value": 0.01}), Case(Fails(4, "time_budget"), {"value": 0.6})),
    "dropped": (RETRIED, Case(Fails(4, "can't be reached"))),
    "truncated_json": (RETRIED, NO_JSON),
    "html_page": (RETRIED, NO_JSON),
    "repeated_next_link": (Case(Fails(4, "torn: page 1 leads back")),),
    "foreign_next_link": (Case(Fails(4, "points to another host")),),
    "empty_page": (Case(Recovers()),),
    "torn_list": (Case(Fails(4, f"torn: 5 came, but the tenant has {DEVICES}")), Case(Recovers(), {"times": 1})),
    "wrong_count": (Case(Fails(4, f"torn: {DEVICES} came")), Case(Recovers(), {"times": 1})),
    "half_list": (Case(Fails(3, "--confirm 21", "refused")),),
    "empty_list": (Case(Fails(3, f"--confirm {DEVICES}", "refused")),),
    "duplicate_rows": (Case(Recovers()),),
    "renamed_between_pages": (Case(HasProblems("", 0, {"changed": 4, "unchanged": DEVICES - 5})),),
    "unknown_enums": (Case(HasProblems("", 0, {"changed": DEVICES - 1, "unchanged": 0})),),
    "masked_phones": (Case(HasProblems("", 0)),),
    "sentinel_dates": (Case(HasProblems("", 0)),),
    "bad_device": (
        Case(HasProblems("bad-device", 1, UNREADABLE | {"missing": 0}), {"value": "no_id"}),
        Case(HasProblems("bad-device", 1, UNREADABLE), {"value": "wrong_types"}),
        Case(HasProblems("bad-device", 1, UNREADABLE), {"value": "huge_string"}),
        Case(HasProblems("bad-device", 1, UNREADABLE | {"missing": 0}), {"value": "not_an_object"}),
    ),
    "oversized_page": (Case(Fails(4, "larger than 8 MiB")),),
    "delta_expired": (Case(Recovers()),),
    "delta_sync_state_not_found": (Case(Recovers()),),
    "delta_replay": (Case(Recovers()),),
    "delta_empty_page": (Case(Recovers()),),
    "batch_item_throttled": (Case(Recovers(retried=True), {"times": 1}), Case(HasProblems("detail-unread"))),
    "batch_item_missing": (Case(HasProblems("device-gone")),),
    "batch_item_error": (Case(Recovers(retried=True), {"times": 1}), Case(HasProblems("detail-unread"))),
    "device_gone": (Case(HasProblems("device-gone", 3)),),
    "export_fails": (Case(REPORT),),
    "export_never_completes": (Case(REPORT),),
    "export_url_expired": (Case(REPORT),),
}  # fmt: skip
"""What each switch does to a night. A switch of the catalogue that is not here fails its test."""


ELSEWHERE = ("action", "mail", "drive")
"""Switches that no sync meets: what they do is shown where actions are sent and reports delivered."""
THERE = ("intune/test_sending.py", "intune/test_actions.py", "commands/outbox/test_sending.py")


DISTINCT = frozenset({"unavailable", "expired_token", "missing_permission", "torn_list", "half_list", "delta_expired"})
"""Switches that end differently as far as a database can tell; each other one ends as one of these."""


def cases() -> list[Any]:
    """Every way on SQLite; on PostgreSQL every switch in a long run, and always what writes or refuses differently."""
    return [
        pytest.param(kind, name, case, id=f"{kind}-{name}-{number}", marks=marks_of(kind, name, case))
        for name in CATALOGUE
        if CATALOGUE[name].place not in ELSEWHERE
        for number, case in enumerate(CASES.get(name, (None,)), start=1)
        for kind in ("sqlite", "postgresql")[: 2 if number == 1 else 1]
    ]


def marks_of(kind: str, name: str, case: Case | None) -> list[pytest.MarkDecorator]:
    always = kind == "sqlite" or name in DISTINCT or (case is not None and isinstance(case.ends, HasProblems))
    return [] if always else [pytest.mark.soak]


@pytest.fixture
def town(request: pytest.FixtureRequest, kind: str) -> Town:
    """A town on the named database."""
    found: Town = request.getfixturevalue(f"town_on_{kind}")
    return found


@pytest.fixture(scope="module")
def control(town_service: Town, sqlite_town: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Contents]:
    """The register after one and after two good syncs of the second night."""
    import shutil
    from dataclasses import replace

    path = tmp_path_factory.mktemp("control") / "fleet.db"
    shutil.copyfile(sqlite_town, path)
    town = replace(town_service, url=f"sqlite:///{path}")
    found = []
    town.night(2)
    for number in (0, 1):
        result = town.sync()
        assert (result.complete, result.error, result.problems) == (True, None, [])
        if number == 0:
            assert {"people": result.people, "devices": result.devices} == CHANGES
        found.append(town.contents(RANDOM))
    return found


def different(before: Contents, after: Contents, *, but: str = "") -> dict[str, list[str]]:
    """Where two registers differ, told by table, row and column; `but` in one column."""
    found: dict[str, list[str]] = {}
    for name in before:
        if before[name] != after[name]:
            keys = list(Model.metadata.tables[name].columns.keys())
            rows = (
                {row[keys.index("id")]: row for row in before[name]},
                {row[keys.index("id")]: row for row in after[name]},
            )
            found[name] = [
                f"{number} {key}: {old!r} -> {new!r}"
                for number in sorted({*rows[0], *rows[1]})
                for key, old, new in zip_longest(keys, rows[0].get(number, ()), rows[1].get(number, ()))
                if old != new and key != but
            ]
    return {name: rows for name, rows in found.items() if rows}


def strike(town: Town, name: str, case: Case | None, control: list[Contents]) -> None:
    """Throw the switch, sync, judge; then sync once more without it, and find everything repaired."""
    assert case is not None, f"{name} is a switch of the service that nothing here tells the outcome of"
    before = town.contents()
    thrown = town.service.faults.throw(name, **case.thrown)
    budget = {"time_budget": 1} if name == "slow" and isinstance(case.ends, Fails) else {}
    result = town.sync(tenant=budget)
    assert thrown.hits, "the switch was never met"
    run = town.last_run()
    assert run.id == result.run
    assert run.finished_at is not None
    assert (run.finished_at >= NIGHT_2, run.lease_until) == (True, None)
    if isinstance(case.ends, Fails):
        assert (result.complete, result.exit_code) == (False, case.ends.exit_code)
        assert case.ends.says in (result.error or "")
        assert (run.state, run.error, run.event_id) == (case.ends.state, result.error, None)
        assert different(before, town.contents()) == {}
        repaired = control[0]
    else:
        assert (result.complete, result.error, run.state) == (True, None, "complete")
        judge_counts(result, case.ends)
        repaired = control[1]
        if isinstance(case.ends, Recovers):
            assert different(control[0], town.contents(RANDOM)) == {}
    town.service.faults.clear()
    town.night(2)
    again = town.sync()
    assert (again.complete, again.error, again.problems) == (True, None, [])
    # Devices that looked changed were asked one by one: what that told is the same, only when it was differs.
    odd = isinstance(case.ends, HasProblems) and case.ends.code in ("", "bad-device")
    if isinstance(case.ends, HasProblems) and case.ends.devices.get("missing") == 0:
        # A row without an id may be any device, so that night told nothing of absence: one more night does.
        assert town.sync().complete
        held = {"enrolment": repaired["enrolment"], "person": repaired["person"]}
        assert different(held, {name: town.contents(RANDOM)[name] for name in held}, but="enriched_at") == {}
        return
    assert different(repaired, town.contents(RANDOM), but="enriched_at" if odd else "") == {}


def judge_counts(result: Any, ends: Recovers | HasProblems) -> None:
    """The counts are those of a good night, but for what the case names; they add up in any case."""
    expected = dict(CHANGES["devices"]) | dict(ends.devices if isinstance(ends, HasProblems) else {})
    assert result.devices == expected
    people = result.people
    # Who left is told by a delta, and is absent from a whole list.
    assert (people["new"], people["changed"], people["left"] + people["absent"]) == (1, 1, 1)
    assert people["read"] == people["new"] + people["changed"] + people["unchanged"] + people["left"]
    told = [one["code"] for one in result.problems]
    assert told == ([ends.code] * ends.number if isinstance(ends, HasProblems) else [])
    if isinstance(ends, Recovers) and ends.retried:
        assert result.retries > 0


def test_every_switch_of_the_service_has_its_outcome_here() -> None:
    elsewhere = {one.name for one in CATALOGUE.values() if one.place in ELSEWHERE}
    assert set(CASES) == set(CATALOGUE) - elsewhere
    folder = Path(__file__).parent
    told = "".join((folder / name).read_text(encoding="utf-8") for name in THERE)
    assert [name for name in elsewhere if f'"{name}"' not in told] == []


@pytest.mark.parametrize(("kind", "name", "case"), cases())
def test_a_fault_ends_well_or_changes_nothing(
    town: Town, control: list[Contents], name: str, case: Case | None
) -> None:
    strike(town, name, case, control)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_free_storage_of_own_devices_is_not_kept_on_any_night(town: Town) -> None:
    keys = list(Model.metadata.tables["enrolment"].columns.keys())
    owner, free = keys.index("ownership"), keys.index("storage_free")
    for _ in range(3):
        assert town.sync().complete
        rows = town.contents()["enrolment"]
        assert {row[free] for row in rows if row[owner] == "personal"} == {None}
        assert None not in {row[free] for row in rows if row[owner] == "company"}
