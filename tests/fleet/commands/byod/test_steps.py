"""The life of an own device's registration, on both databases: every step, what it refuses, and taking it back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands import byod
from fleet.commands.byod import Taken, Wish
from fleet.commands.rejudging import rejudge_touched
from fleet.commands.undo import apply_undo, plan_undo
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import ByodRegistration, Device, Enrolment, Finding, Operator, Person
from fleet.domain.byod import ENDINGS, LABELS, ONLY_RETIRE, STEPS
from fleet.errors import Ambiguous, Conflict, FleetError, NotAllowed, NotFound, UsageProblem
from fleet.queries.byod import candidates, leavers_own_devices, registration, registrations_by_keys
from fleet.queries.history import list_events
from fleet.queries.reports.own_devices import own_devices
from tests.conftest import CountQueries
from tests.factory import (
    NOW,
    TODAY,
    a_device,
    a_model,
    a_person,
    a_tenant,
    an_enrolment,
    an_organisation,
    change,
    write,
)

OPERATOR = "t.reid"
YEAR = date(2027, 11, 22)


@dataclass
class Owners:
    """Anna with a manager, and Bryn; a tenant in which they enrol what is theirs."""

    database: Database
    organisation: int
    tenant: int
    anna: int
    bryn: int
    manager: int
    model: int

    def write(
        self, act: Callable[[Any], Any], *, actor: str = OPERATOR, scope: Any = None, reason: str | None = None
    ) -> Any:
        """What a command gave back; its event is kept as `event`."""
        with self.database.transaction(actor=actor, action="byod.test", now=NOW, scope=scope, reason=reason) as session:
            done = act(session)
            session.flush()
            event = open_event(session)
        self.event = event.id
        return done

    def ask(self, person: int | None = None, **wish: Any) -> int:
        """A request; returns its number."""
        taken: Taken = self.write(lambda session: byod.request(session, person or self.anna, Wish(**wish), now=NOW))
        return taken.id

    def at(self, state: str, person: int | None = None, *, enrolled: str = "") -> int:
        """A registration in a state, with a consent where it has come so far, and its enrolment."""
        number = self.ask(person)
        if state == "refused":
            self.write(lambda session: byod.refuse(session, [number], actor=OPERATOR, now=NOW, reason="no need"))
        if state in ("approved", "enrolled", "ended"):
            self.write(lambda session: byod.approve(session, [number], actor=OPERATOR, now=NOW))
            self.write(lambda session: byod.consent(session, [number], terms="3", now=NOW))
        if state == "enrolled":
            self.enrol_own(person or self.anna, enrolled or f"own-{number}")
            self.write(lambda session: byod.enrol(session, [number], now=NOW, to=enrolled or f"own-{number}"))
        if state == "ended":
            self.write(lambda session: byod.end(session, [number], because="withdrew", now=NOW))
        return number

    def enrol_own(self, person: int, intune_id: str, **values: Any) -> int:
        """An own device in Intune, by Apple User Enrolment: no serial. Returns the device."""
        known = {"kind": "iphone", "ownership": "personal", "status": "issued", "model_id": self.model}
        device = a_device(
            self.database, self.organisation, **known | {k: values.pop(k) for k in ("ownership",) if k in values}
        )
        with self.database.read() as session:
            entra = session.execute(select(Person.entra_id).where(Person.id == person)).scalar_one()
        facts = {"user_id": entra, "ownership": "personal", "enrolled_at": NOW, "last_seen": NOW}
        an_enrolment(self.database, self.organisation, self.tenant, device, intune_id=intune_id, **facts | values)
        return device

    def gone(self, intune_id: str) -> None:
        """Intune has it no more."""
        with self.database.transaction(actor="t", action="sync", now=NOW) as session:
            row = session.execute(select(Enrolment).where(Enrolment.intune_id == intune_id)).scalar_one()
            row.closed_at, row.closed_because = NOW, "vanished"

    def row(self, number: int) -> Any:
        """The registration as it is shown."""
        with self.database.read() as session:
            return registration(session, number, TODAY)

    def undo(self, event: int) -> Any:
        """Take an event back; what was kept."""

        with self.database.transaction(actor=OPERATOR, action="undo", now=NOW, undoes_id=event) as session:
            plan = plan_undo(session, [event])
            apply_undo(session, plan)
        return plan.kept

    def open_findings(self) -> set[str]:
        """The sentences of open findings."""
        with self.database.read() as session:
            return set(session.execute(select(Finding.sentence).where(Finding.state == "open")).scalars())


@pytest.fixture
def owners(database: Database) -> Owners:
    """Two owners and a manager."""
    organisation = an_organisation(database)
    tenant = a_tenant(database, organisation)
    account = {"tenant_id": tenant}
    manager = a_person(
        database, organisation, "Mair Pugh", upn="mair.pugh@northbridge.example", entra_id="e-mair", **account
    )
    anna = a_person(
        database,
        organisation,
        "Anna O'Bell",
        upn="anna.obell@northbridge.example",
        entra_id="e-anna",
        manager_id=manager,
        **account,
    )
    bryn = a_person(
        database, organisation, "Bryn Hale", upn="bryn.hale@northbridge.example", entra_id="e-bryn", **account
    )
    model = a_model(database, "iPhone 14", "iphone")
    return Owners(database, organisation, tenant, anna, bryn, manager, model)


def act_of(step: str, number: int) -> Callable[[Any], Any]:
    """A step on one registration, as plainly as it can be asked for."""
    return {
        "approve": lambda session: byod.approve(session, [number], actor=OPERATOR, now=NOW),
        "refuse": lambda session: byod.refuse(session, [number], actor=OPERATOR, now=NOW, reason="no need"),
        "consent": lambda session: byod.consent(session, [number], terms="4", now=NOW),
        "enrol": lambda session: byod.enrol(session, [number], now=NOW, to="spare"),
        "end": lambda session: byod.end(session, [number], because="replaced", now=NOW),
    }[step]


def test_from_the_request_to_the_end_each_step_is_one_event_and_can_be_taken_back(owners: Owners) -> None:
    """Undoing them all, the newest first, leaves the register as it was."""
    device = owners.enrol_own(owners.anna, "own-1")
    number = owners.ask(kind="iphone", model="iPhone 14", purpose="on-call visits")
    steps: list[tuple[str, Callable[[Any], Any]]] = [
        ("approved", lambda s: byod.approve(s, [number], actor=OPERATOR, now=NOW, by=owners.manager)),
        ("approved", lambda s: byod.consent(s, [number], terms="2026-09", now=NOW)),
        ("enrolled", lambda s: byod.enrol(s, [number], now=NOW, only=True)),
        ("enrolled", lambda s: byod.consent(s, [number], terms="2027-01", now=NOW)),
        ("ended", lambda s: byod.end(s, [number], because="withdrew", now=NOW)),
    ]
    asked, before, events = owners.event, [owners.row(number)], []
    for state, act in steps:
        (taken,) = owners.write(act)
        events.append(owners.event)
        before.append(owners.row(number))
        assert (taken.state, before[-1].state) == (state, state)
    last = before[-1]
    assert (last.approved_by, last.consent_until, last.device_id, last.ended_because) == (
        "Mair Pugh",
        YEAR,
        device,
        "withdrew",
    )
    with owners.database.read() as session:
        told = [one.sentence for one in list_events(session, registration_id=number)]
        of_person = [one.sentence for one in list_events(session, person_id=owners.anna)]
    assert [one.partition(": ")[2] for one in told] == [
        "own device of Anna O'Bell ended: the owner withdrew their consent.",
        "own device of Anna O'Bell (terms: 2026-09 → 2027-01).",
        "own device of Anna O'Bell linked to its enrolment.",
        "own device of Anna O'Bell may be used until 22 Nov 2027, terms 2026-09 accepted.",
        "own device of Anna O'Bell approved by Mair Pugh on 22 Nov 2026.",
        "iPhone 14 of Anna O'Bell requested for on-call visits.",
    ]
    assert told[:-1] == of_person[: len(told) - 1]
    for event, was in zip(reversed(events), reversed(before[:-1]), strict=True):
        assert owners.undo(event) == []
        now = owners.row(number)
        assert {**_facts(now), "version": 0} == {**_facts(was), "version": 0}
    assert owners.undo(asked) == []
    with pytest.raises(NotFound), owners.database.read() as session:
        registration(session, number, TODAY)


def _facts(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


@pytest.mark.parametrize("state", LABELS)
def test_in_each_state_just_the_steps_of_the_table_are_done_and_nothing_else_changes(
    owners: Owners, state: str
) -> None:
    number = owners.at(state)
    if state == "enrolled":
        owners.gone(f"own-{number}")
    owners.enrol_own(owners.anna, "spare")
    seen = owners.row(number)
    for step, rule in STEPS.items():
        if state in rule.after:
            (taken,) = owners.write(act_of(step, number))
            assert taken.state == (rule.to or state)
            owners.undo(owners.event)
            assert {**_facts(owners.row(number)), "version": 0} == {**_facts(seen), "version": 0}
        else:
            with pytest.raises(NotAllowed, match=f"is {state}"):
                owners.write(act_of(step, number))
    assert owners.row(number).state == state


def test_nobody_decides_about_their_own_device(owners: Owners) -> None:
    number = owners.ask()
    for actor in ("anna.obell", "ANNA.OBELL@northbridge.example", "Anna O'Bell"):
        with pytest.raises(NotAllowed, match="your own") as refused:
            owners.write(lambda session, who=actor: byod.approve(session, [number], actor=who, now=NOW))
        assert refused.value.code == "own-request"
    write(owners.database, Operator(name="aob", display_name="anna.obell@northbridge.example", role="technician"))
    with pytest.raises(NotAllowed, match="your own"):
        owners.write(lambda session: byod.refuse(session, [number], actor="aob", now=NOW, reason="x"))
    with pytest.raises(NotAllowed, match="their own: another manager"):
        owners.write(lambda session: byod.approve(session, [number], actor=OPERATOR, now=NOW, by=owners.anna))
    (taken,) = owners.write(lambda session: byod.approve(session, [number], actor=OPERATOR, now=NOW, by=owners.bryn))
    assert taken.warnings == ("Bryn Hale is not Anna O'Bell's manager by the register.",)
    assert owners.row(number).approved_by == "Bryn Hale"


def test_refusing_and_odd_endings_want_a_reason(owners: Owners) -> None:
    number = owners.ask()
    with pytest.raises(UsageProblem, match="why it is refused"):
        owners.write(lambda session: byod.refuse(session, [number], actor=OPERATOR, now=NOW, reason=" "))
    with pytest.raises(UsageProblem, match="why it ends"):
        owners.write(lambda session: byod.end(session, [number], because="other", now=NOW))
    with pytest.raises(UsageProblem, match=", ".join(ENDINGS)):
        owners.write(lambda session: byod.end(session, [number], because="bored", now=NOW))
    owners.write(lambda session: byod.refuse(session, [number], actor=OPERATOR, now=NOW, reason="an iPad is enough"))
    assert (owners.row(number).refused_by, owners.row(number).ended_on) == (OPERATOR, TODAY)


def test_days_that_can_not_be_are_refused(owners: Owners) -> None:
    number = owners.at("approved")
    for match, values in (
        ("in the future", {"on": TODAY + timedelta(days=1)}),
        ("is before that", {"on": TODAY - timedelta(days=1)}),
        ("can't end", {"until": TODAY - timedelta(days=1)}),
    ):
        with pytest.raises(UsageProblem, match=match):
            owners.write(lambda session, values=values: byod.consent(session, [number], terms="4", now=NOW, **values))
    with pytest.raises(UsageProblem, match="Say which version"):
        owners.write(lambda session: byod.consent(session, [number], terms=" ", now=NOW))


def test_a_consent_is_for_so_many_months_and_renewed_for_many_at_once(owners: Owners) -> None:
    numbers = [owners.at("approved"), owners.at("enrolled", owners.bryn)]
    done = owners.write(lambda session: byod.consent(session, numbers, terms="5", now=NOW, months=6))
    assert [one.id for one in done] == numbers
    assert "terms 5 accepted again, until 22 May 2027" in done[0].sentence
    waiting = owners.ask()
    with pytest.raises(FleetError, match="is requested"):
        owners.write(lambda session: byod.consent(session, [*numbers, waiting], terms="6", now=NOW))
    assert owners.row(numbers[0]).terms_version == "5", "all or none"


def test_without_a_consent_that_holds_nothing_is_linked(owners: Owners) -> None:
    owners.enrol_own(owners.anna, "own-1")
    number = owners.ask()
    owners.write(act_of("approve", number))
    with pytest.raises(NotAllowed, match="no consent yet"):
        owners.write(lambda session: byod.enrol(session, [number], now=NOW, only=True))
    change(owners.database, ByodRegistration, number, consent_on=TODAY, consent_until=TODAY - timedelta(days=1))
    with pytest.raises(NotAllowed, match="ended on 21 Nov 2026"):
        owners.write(lambda session: byod.enrol(session, [number], now=NOW, only=True))


def test_only_what_its_owner_enrolled_as_their_own_and_nobody_has_is_offered(owners: Owners) -> None:
    first, second = owners.at("approved"), owners.at("approved", owners.bryn)
    with pytest.raises(NotFound, match="no own device of theirs"):
        owners.write(lambda session: byod.enrol(session, [first], now=NOW, only=True))
    one = owners.enrol_own(owners.anna, "own-1")
    owners.enrol_own(owners.bryn, "bryns")
    owners.enrol_own(owners.anna, "councils", ownership="organisation")
    by_name = owners.enrol_own(owners.anna, "by-upn", user_id=None, upn="ANNA.OBELL@northbridge.example")
    with owners.database.read() as session:
        assert {each.intune_id for each in candidates(session, [owners.anna])[owners.anna]} == {"own-1", "by-upn"}
    with pytest.raises(Ambiguous, match=f"{one}") as refused:
        owners.write(lambda session: byod.enrol(session, [first], now=NOW, only=True))
    assert set(refused.value.facts["matches"]) == {str(one), str(by_name)}  # type: ignore[call-overload]
    for wrong in ("bryns", "councils", "no-such", "DMPX00000001"):
        with pytest.raises(NotFound, match="no own device of theirs"):
            owners.write(lambda session, to=wrong: byod.enrol(session, [first], now=NOW, to=to))
    with pytest.raises(UsageProblem, match="one registration at a time"):
        owners.write(lambda session: byod.enrol(session, [first, second], now=NOW, to="own-1"))
    owners.write(lambda session: byod.enrol(session, [first], now=NOW, to=str(one)))
    assert (owners.row(first).device_id, owners.row(first).enrolled) == (one, True)
    with owners.database.read() as session:
        assert [each.intune_id for each in candidates(session, [owners.anna])[owners.anna]] == ["by-upn"]
    with pytest.raises(Conflict, match="still in Intune"):
        owners.write(lambda session: byod.enrol(session, [first], now=NOW, only=True))


def test_several_take_each_their_only_one_and_two_of_one_owner_never_the_same(owners: Owners) -> None:
    numbers = [owners.at("approved"), owners.at("approved", owners.bryn)]
    owners.enrol_own(owners.anna, "annas")
    owners.enrol_own(owners.bryn, "bryns")
    owners.write(lambda session: byod.enrol(session, numbers, now=NOW, only=True))
    assert [owners.row(one).state for one in numbers] == ["enrolled", "enrolled"]
    more = [owners.at("approved"), owners.at("approved")]
    owners.enrol_own(owners.anna, "another")
    with pytest.raises(NotFound, match="no own device"):
        owners.write(lambda session: byod.enrol(session, more, now=NOW, only=True))


def test_after_a_new_enrolment_the_same_registration_is_linked_anew(owners: Owners) -> None:
    """Each enrolment has a new id, and no serial says that it is the same thing: its owner and a technician do."""
    number = owners.at("enrolled", enrolled="first")
    owners.gone("first")
    assert owners.row(number).enrolled is False
    again = owners.enrol_own(owners.anna, "second")
    owners.write(lambda session: byod.enrol(session, [number], now=NOW, only=True))
    assert (owners.row(number).device_id, owners.row(number).enrolled) == (again, True)


def test_one_enrolment_is_one_running_registration_whatever_the_program_thinks(owners: Owners) -> None:
    owners.at("enrolled", enrolled="mine")
    other = owners.at("approved", owners.bryn)
    with pytest.raises(FleetError):
        change(owners.database, ByodRegistration, other, intune_id="mine")


def test_undo_of_an_end_is_kept_when_the_device_was_registered_again_since(owners: Owners) -> None:
    number = owners.at("enrolled", enrolled="mine")
    owners.write(act_of("end", number))
    ended = owners.event
    again = owners.at("approved")
    owners.write(lambda session: byod.enrol(session, [again], now=NOW, only=True))
    kept = owners.undo(ended)
    assert {one.subject for one in kept} == {"byod_registration"}
    assert [owners.row(one).state for one in (number, again)] == ["ended", "enrolled"]
    assert owners.row(number).enrolled is False, "it is the other registration's now"


def test_the_end_tells_what_remains_and_that_it_is_only_retired(owners: Owners) -> None:
    number = owners.at("enrolled", enrolled="mine")
    (lost,) = owners.write(lambda session: byod.end(session, [number], because="lost", now=NOW))
    assert (lost.still, lost.to_do) == ("mine", ("It is still in Intune: retire it at once.", ONLY_RETIRE))
    waiting = owners.ask(owners.bryn)
    (withdrawn,) = owners.write(lambda session: byod.end(session, [waiting], because="withdrew", now=NOW))
    assert (withdrawn.still, withdrawn.to_do) == (None, ())
    assert "nothing is left to do there" in withdrawn.sentence


def test_a_leaver_asks_for_nothing_and_what_their_devices_need_is_listed(owners: Owners) -> None:
    number, waiting = owners.at("enrolled"), owners.ask(model="iPad")
    change(owners.database, Person, owners.anna, state="left", left_on=TODAY)
    for act in (
        lambda session: byod.request(session, owners.anna, Wish(), now=NOW),
        act_of("approve", waiting), act_of("consent", number),
    ):  # fmt: skip
        with pytest.raises(NotAllowed, match="left on 22 Nov 2026"):
            owners.write(act)
    with owners.database.read() as session:
        assert [row.id for row in leavers_own_devices(session, TODAY)] == [number, waiting]
    owners.write(lambda session: byod.end(session, [number, waiting], because="left", now=NOW))
    with owners.database.read() as session:
        assert [row.id for row in leavers_own_devices(session, TODAY)] == [number], "it is still in Intune"
    owners.gone(f"own-{number}")
    with owners.database.read() as session:
        assert leavers_own_devices(session, TODAY) == []


def test_the_same_request_is_not_made_twice_and_another_is_told(owners: Owners) -> None:
    owners.ask(kind="iphone", model="iPhone 14")
    with pytest.raises(Conflict, match="already, and nobody has decided"):
        owners.ask(kind="iphone", model="IPHONE 14")
    taken = owners.write(lambda session: byod.request(session, owners.anna, Wish("ipad", "iPad 6", "12.1"), now=NOW))
    assert any("another own device" in one for one in taken.warnings)
    with pytest.raises(UsageProblem, match="no kind toaster"):
        owners.ask(kind="toaster")


def test_what_moved_since_it_was_seen_is_refused(owners: Owners) -> None:
    number = owners.at("approved")
    seen = {number: owners.row(number).version}
    owners.write(act_of("consent", number))
    with pytest.raises(Conflict, match="changed by somebody else"):
        owners.write(lambda session: byod.consent(session, [number], terms="9", now=NOW, seen=seen))
    seen = {number: owners.row(number).version}
    owners.write(lambda session: byod.consent(session, [number], terms="9", now=NOW, seen=seen))


def test_behind_the_walls_there_is_neither_person_nor_registration_nor_enrolment(owners: Owners) -> None:
    number = owners.at("enrolled")
    other = an_organisation(owners.database, "southmoor")
    stranger = a_person(owners.database, other, "Sion Rees", upn="sion@southmoor.example")
    enrolled_elsewhere = {"user_id": None, "upn": "sion@southmoor.example"}
    walls = frozenset({other})
    with pytest.raises(NotFound):
        owners.write(lambda session: byod.request(session, owners.anna, Wish(), now=NOW), scope=walls)
    with pytest.raises(NotFound):
        owners.write(act_of("end", number), scope=walls)
    with owners.database.read(walls) as session:
        assert list(own_devices(session, TODAY, past=False)) == []
        assert candidates(session, [owners.anna]) == {}
        with pytest.raises(NotFound):
            registrations_by_keys(session, [str(number)])
        mine = owners.at("approved", stranger)
    owners.enrol_own(owners.anna, "in-northbridge", **enrolled_elsewhere)
    with pytest.raises(NotFound, match="no own device"):
        owners.write(lambda session: byod.enrol(session, [mine], now=NOW, only=True))


def test_findings_follow_each_step(owners: Owners) -> None:
    owners.database.before_sealing = lambda session: rejudge_touched(session, {}, None)
    device = owners.enrol_own(owners.anna, "own-1", upn="anna.obell@northbridge.example")
    change(owners.database, Device, device, status_since=TODAY)
    unapproved = {"Enrolled by anna.obell@northbridge.example, but nobody asked for approval."}
    assert owners.open_findings() == unapproved
    number = owners.at("approved")
    assert owners.open_findings() == unapproved
    owners.write(lambda session: byod.enrol(session, [number], now=NOW, only=True))
    assert owners.open_findings() == set()
    owners.write(act_of("end", number))
    (sentence,) = owners.open_findings()
    assert sentence.startswith("Still enrolled by anna.obell@northbridge.example, but its registration is ended")
    owners.undo(owners.event)
    assert owners.open_findings() == set()


def test_as_at_a_day_a_registration_is_what_it_was_then(owners: Owners) -> None:
    number = owners.at("approved")
    with owners.database.read() as session:
        assert list(own_devices(session, TODAY - timedelta(days=1), past=True)) == []
    later = NOW + timedelta(days=3)
    with owners.database.transaction(actor="t", action="byod.end", now=later) as session:
        byod.end(session, [number], because="replaced", now=later)
    with owners.database.read() as session:
        (then,) = own_devices(session, TODAY, past=True)
        assert (then.state, then.ended_because, owners.row(number).state) == ("approved", None, "ended")


def test_keys_are_numbers_or_owners_and_all_that_is_wrong_is_said_at_once(owners: Owners) -> None:
    number, waiting, other = owners.at("approved"), owners.ask(model="iPad"), owners.ask(owners.bryn)
    with owners.database.read() as session:
        assert registrations_by_keys(session, [str(number), f" {number} "]) == [number]
        assert registrations_by_keys(session, ["anna.obell@northbridge.example"], "approve") == [waiting]
        assert registrations_by_keys(session, ["O'Bell"], "consent") == [number]
        assert registrations_by_keys(session, ["BRYN.HALE@northbridge.example", str(number)]) == [other, number]
        with pytest.raises(Ambiguous, match=rf"{number} \(approved\), {waiting} \(requested\)"):
            registrations_by_keys(session, ["anna.obell@northbridge.example"])
        with pytest.raises(NotFound, match="Request one with"):
            registrations_by_keys(session, ["mair.pugh@northbridge.example"])
        with pytest.raises(UsageProblem) as refused:
            registrations_by_keys(session, ["999", str(number), "nobody@x", "anna.obell@northbridge.example"])
        assert len(refused.value.facts["lines"]) == 3  # type: ignore[arg-type]


def test_a_list_asks_as_often_for_many_as_for_one(owners: Owners, count_queries: CountQueries) -> None:
    numbers = [owners.at("approved", person) for person in (owners.anna, owners.bryn)]
    owners.enrol_own(owners.anna, "annas")
    owners.enrol_own(owners.bryn, "bryns")

    def asked(ids: list[int]) -> int:
        with owners.database.read() as session, count_queries(owners.database) as statements:
            candidates(session, [owners.anna, owners.bryn][: len(ids)])
            registrations_by_keys(session, [str(one) for one in ids])
            list(own_devices(session, TODAY, past=False, ids=ids))
        return len(statements)

    assert asked(numbers) == asked(numbers[:1])
