"""What a read of a directory means for the people we know."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.domain.plan import RecordedPerson, RecordedTenant, plan_people
from fleet.domain.plan.people import SYNCED, NewPerson, PeoplePlan
from fleet.domain.records import ObservedPerson
from tests.factory import NOW, TODAY, an_observed_person


def known(number: int = 1, *, id: int | None = None, **values: Any) -> RecordedPerson:
    """The person of `an_observed_person` as the register would hold them."""
    seen = an_observed_person(number)
    synced = {name: getattr(seen, name) for name in SYNCED}
    synced |= {name: values.pop(name) for name in list(values) if name in SYNCED}
    record: dict[str, Any] = {
        "id": number if id is None else id, "entra_id": seen.entra_id, "upn": synced["upn"],
        "employee_id": synced["employee_id"], "state": "active", "left_on": None, "manager_entra_id": None,
        "values": synced,
    }  # fmt: skip
    return RecordedPerson(**(record | values))


def plan(
    *observed: ObservedPerson, held: list[RecordedPerson] | None = None, complete: bool = True, today: date = TODAY
) -> PeoplePlan:
    held = held or []
    recorded = RecordedTenant(
        organisation_id=1, open_enrolments={}, fleet_size=0, organisation_size=0,
        people={one.entra_id: one for one in held if one.entra_id is not None},
        unlinked_people=[one for one in held if one.entra_id is None],
    )  # fmt: skip
    return plan_people(list(observed), recorded, complete=complete, today=today)


def stored(new: NewPerson) -> dict[str, Any]:
    """What would be stored of somebody new, by field."""
    return dict(zip(SYNCED, new.values(), strict=True))


def becomes(made: PeoplePlan, after: dict[str, Any], before: dict[str, Any] | None = None) -> None:
    """The plan changes one person, so."""
    assert [dict(one.after) for one in made.changed] == [after]
    if before is not None:
        assert dict(made.changed[0].before) == before
    assert not made.new


def no_change(made: PeoplePlan) -> None:
    """The plan leaves everybody as they are."""
    assert (made.new, made.changed, made.left) == ([], [], 0)


# --- arriving and staying ------------------------------------------------------------------------------------


def test_somebody_new_is_added_with_what_the_directory_says() -> None:
    """Phone numbers are not taken: the register's numbers are its own lines."""
    made = plan(an_observed_person(1, job_title="Social worker", manager_entra_id="user-0009"))
    (new,) = made.new
    assert (new.observed.entra_id, new.observed.manager_entra_id) == ("user-0001", "user-0009")
    assert stored(new)["job_title"] == "Social worker"
    assert (new.state, new.left_on) == ("active", None)


def test_somebody_without_any_name_is_still_somebody() -> None:
    """A name is required: the address stands in, and words where there is none."""
    made = plan(an_observed_person(1, display_name=None), an_observed_person(2, display_name=None, upn=None))
    assert [stored(one)["display_name"] for one in made.new] == ["person1@northbridge.example", "(no name)"]


def test_the_same_answer_again_plans_nothing() -> None:
    """The second run on unchanged data."""
    no_change(plan(an_observed_person(1), an_observed_person(2), held=[known(1), known(2)]))


def test_only_what_differs_is_planned() -> None:
    """With what was there before."""
    becomes(
        plan(an_observed_person(1, job_title="Team manager", department="Care"), held=[known(1, department="Care")]),
        after={"job_title": "Team manager"},
        before={"job_title": None},
    )


@pytest.mark.parametrize("name", [one for one in SYNCED])
def test_a_blank_never_overwrites(name: str) -> None:
    """A source that does not say is not a source that says no."""
    value = False if name == "account_enabled" else "as recorded"
    no_change(plan(an_observed_person(1, **{name: None}), held=[known(1, **{name: value})]))


def test_a_blank_is_filled() -> None:
    """The other way round."""
    becomes(plan(an_observed_person(1, office="Town Hall"), held=[known(1)]), after={"office": "Town Hall"})


def test_an_account_that_is_switched_off_has_not_left() -> None:
    """Long leave and a forgotten password look the same."""
    becomes(plan(an_observed_person(1, account_enabled=False), held=[known(1)]), after={"account_enabled": False})


def test_a_repeat_within_one_answer_counts_once_and_the_last_one_wins() -> None:
    """A delta repeats a person who changed while it was read."""
    made = plan(an_observed_person(1, office="Old Hall"), an_observed_person(1, office="Town Hall"), complete=False)
    assert [stored(one)["office"] for one in made.new] == ["Town Hall"]
    assert (made.read, made.skipped) == (1, 1)


# --- leaving and coming back ---------------------------------------------------------------------------------


def test_absence_from_a_complete_read_means_that_somebody_left() -> None:
    """Never deleted: they may hold a device."""
    made = plan(an_observed_person(1), held=[known(1), known(2)])
    becomes(
        made,
        after={"state": "left", "left_on": TODAY, "account_enabled": False},
        before={"state": "active", "left_on": None, "account_enabled": True},
    )
    assert (made.absent, made.left, made.removed) == (1, 0, 1)


def test_absence_from_a_delta_means_nothing() -> None:
    """It holds only those who changed."""
    no_change(plan(an_observed_person(1), held=[known(1), known(2)], complete=False))


@pytest.mark.parametrize("removed", ["changed", "deleted"])
@pytest.mark.parametrize("complete", [True, False])
def test_a_removed_account_means_that_somebody_left(removed: str, complete: bool) -> None:
    """Deleted lately or for good."""
    gone = ObservedPerson(entra_id="user-0001", removed=removed)
    made = plan(gone, held=[known(1)], complete=complete)
    becomes(made, after={"state": "left", "left_on": TODAY, "account_enabled": False})
    assert (made.left, made.removed) == (1, 1)


def test_the_day_somebody_left_is_kept_when_the_account_goes_later() -> None:
    """Staff knew first."""
    left = known(1, left_on=date(2026, 10, 31))
    becomes(plan(held=[left]), after={"state": "left", "left_on": date(2026, 10, 31), "account_enabled": False})


def test_who_has_left_already_leaves_once() -> None:
    """Absent for years."""
    no_change(plan(held=[known(1, state="left", left_on=date(2024, 1, 1), account_enabled=False)]))
    gone = ObservedPerson(entra_id="user-0001", removed="deleted")
    no_change(plan(gone, held=[known(1, state="left", left_on=date(2024, 1, 1))], complete=False))


def test_an_account_that_went_before_we_ever_saw_it_is_skipped() -> None:
    """A delta tells of removals that concern nobody here."""
    made = plan(ObservedPerson(entra_id="user-0099", removed="deleted"), held=[known(1)], complete=False)
    no_change(made)
    assert (made.read, made.skipped) == (0, 1)


def test_a_leaving_date_of_the_directory_counts_from_its_day() -> None:
    """In London: one second before midnight in summer is still the day before in UTC."""
    leaving = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    held = [known(1)]
    no_change(plan(an_observed_person(1, left_at=leaving), held=held, today=date(2026, 7, 1)))
    made = plan(an_observed_person(1, left_at=leaving), held=held, today=date(2026, 7, 2))
    becomes(made, after={"state": "left", "left_on": date(2026, 7, 2)})
    assert (made.left, made.removed) == (1, 0)


def test_a_leaver_who_is_new_to_us_is_added_as_one() -> None:
    """The first read of an old directory."""
    (new,) = plan(an_observed_person(1, left_at=NOW - timedelta(days=300))).new
    assert (new.state, new.left_on) == ("left", date(2026, 1, 26))


def test_who_comes_back_is_active_again() -> None:
    """The account is there and switched on, after it was switched off."""
    left = known(1, state="left", left_on=date(2026, 1, 1), account_enabled=False)
    becomes(
        plan(an_observed_person(1), held=[left]),
        after={"account_enabled": True, "state": "active", "left_on": None},
        before={"account_enabled": False, "state": "left", "left_on": date(2026, 1, 1)},
    )


def test_absent_for_a_night_and_back_the_next_is_as_before() -> None:
    """A torn read that passed the brake repairs itself."""
    (gone,) = plan(held=[known(1)]).changed
    values = {**known(1).values, "account_enabled": False}
    after = known(
        1, state=gone.after["state"], left_on=gone.after["left_on"], account_enabled=values["account_enabled"]
    )
    becomes(
        plan(an_observed_person(1), held=[after]), after={"account_enabled": True, "state": "active", "left_on": None}
    )


def test_who_staff_say_has_left_stays_left_while_the_account_lives_on() -> None:
    """Accounts outlive people: that is a finding, not a correction."""
    left = known(1, state="left", left_on=date(2026, 11, 1))
    no_change(plan(an_observed_person(1), held=[left]))


# --- linking -------------------------------------------------------------------------------------------------


def test_somebody_typed_in_by_hand_is_linked_by_the_address_of_the_account() -> None:
    """One person, not two."""
    by_hand = known(1, id=70, entra_id=None, employee_id=None)
    made = plan(an_observed_person(1), held=[by_hand])
    becomes(
        made, after={"employee_id": "E00001", "entra_id": "user-0001"}, before={"employee_id": None, "entra_id": None}
    )
    assert made.changed[0].id == 70


def test_somebody_from_a_sheet_is_linked_by_the_employee_number() -> None:
    """Names and addresses change, the number does not."""
    by_sheet = known(1, id=70, entra_id=None, upn=None)
    becomes(
        plan(an_observed_person(1), held=[by_sheet]),
        after={"upn": "person1@northbridge.example", "entra_id": "user-0001"},
    )


@pytest.mark.parametrize("name", ["upn", "employee_id"])
def test_a_value_that_two_people_share_links_neither(name: str) -> None:
    """More than one match: touch nothing."""
    twins = [
        known(1, id=number, entra_id=None, **{"upn": None, "employee_id": None, name: "same"}) for number in (70, 71)
    ]
    made = plan(an_observed_person(1, **{"upn": None, "employee_id": None, name: "same"}), held=twins)
    assert (len(made.new), made.changed) == (1, [])


def test_blanks_link_nobody() -> None:
    """Nobody's address is everybody's."""
    by_hand = known(1, id=70, entra_id=None, upn=None, employee_id=None)
    made = plan(an_observed_person(2, upn=None, employee_id=None), held=[by_hand])
    assert (len(made.new), made.changed) == (1, [])


def test_a_person_is_linked_to_one_account_only() -> None:
    """An administrator's second account carries the same employee number: the address decides, in any order."""
    by_hand = known(1, id=70, entra_id=None)
    own, second = an_observed_person(1), an_observed_person(9, employee_id="E00001")
    for order in ((own, second), (second, own)):
        made = plan(*order, held=[by_hand])
        assert [(one.id, one.after["entra_id"]) for one in made.changed] == [(70, "user-0001")]
        assert [one.observed.entra_id for one in made.new] == ["user-0009"]


def test_two_accounts_of_one_employee_number_link_neither() -> None:
    """Nobody can tell which of them the sheet meant."""
    by_sheet = known(1, id=70, entra_id=None, upn=None)
    made = plan(an_observed_person(1), an_observed_person(9, employee_id="E00001"), held=[by_sheet])
    assert made.changed == []
    assert len(made.new) == 2


def test_a_removed_account_links_nobody() -> None:
    """It has neither address nor number, and nobody to be."""
    made = plan(ObservedPerson(entra_id="x", removed="deleted", upn="person1@northbridge.example"),
                held=[known(1, id=70, entra_id=None)])  # fmt: skip
    no_change(made)


def test_people_nobody_linked_are_not_missed() -> None:
    """Councillors without an account are absent from every read."""
    no_change(plan(held=[known(1, entra_id=None)]))


# --- managers ------------------------------------------------------------------------------------------------


def test_a_new_manager_is_planned() -> None:
    """With no other field changed."""
    made = plan(an_observed_person(1, manager_entra_id="user-0002"), an_observed_person(2), held=[known(1), known(2)])
    assert [(one.id, one.manager_entra_id, dict(one.after)) for one in made.changed] == [(1, "user-0002", {})]


def test_a_manager_who_arrives_in_the_same_read_is_planned() -> None:
    """Managers are linked once everybody exists."""
    made = plan(an_observed_person(1, manager_entra_id="user-0002"), an_observed_person(2), held=[known(1)])
    assert [one.manager_entra_id for one in made.changed] == ["user-0002"]


def test_the_same_manager_again_plans_nothing() -> None:
    """Nor does one who was not sent: a delta omits what did not change."""
    held = [known(1, manager_entra_id="user-0002"), known(2)]
    no_change(plan(an_observed_person(1, manager_entra_id="user-0002"), an_observed_person(2), held=held))
    no_change(plan(an_observed_person(1), an_observed_person(2), held=held))


@pytest.mark.parametrize("manager", ["user-0099", "user-0001"], ids=["unknown to us", "the person"])
def test_a_manager_who_cant_be_linked_is_not_planned_every_night(manager: str) -> None:
    """A guest, an account outside the sync, a mistake: nothing would be written, so nothing is announced."""
    no_change(plan(an_observed_person(1, manager_entra_id=manager), held=[known(1)]))


# --- counts --------------------------------------------------------------------------------------------------


_PEOPLE = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.sampled_from([None, None, None, "changed", "deleted"]),
        st.sampled_from([None, "Town Hall", "Old Hall"]),
        st.sampled_from([None, NOW - timedelta(days=3)]),
        st.sampled_from([None, "user-0001", "user-0005", "user-0099"]),
    ),
    max_size=15,
)


@given(rows=_PEOPLE, held=st.sets(st.integers(1, 12)), complete=st.booleans())
def test_the_counts_add_up_whatever_was_read(
    rows: list[tuple[int, str | None, str | None, datetime | None, str | None]], held: set[int], complete: bool
) -> None:
    """Everybody who was read is new, changed, unchanged or has left; who is absent is told besides."""
    observed = [
        an_observed_person(number, removed=removed, office=office, left_at=left, manager_entra_id=manager)
        for number, removed, office, left, manager in rows
    ]
    made = plan(*observed, held=[known(one) for one in held], complete=complete)
    ids = {one.entra_id for one in observed}
    absent = sum(1 for one in held if complete and f"user-{one:04d}" not in ids)
    counts = made.counts()
    assert counts["read"] == counts["new"] + counts["changed"] + counts["unchanged"] + counts["left"]
    assert counts["absent"] == absent
    assert counts["read"] + made.skipped == len(observed)
    assert len({one.id for one in made.changed}) == len(made.changed)


@given(rows=_PEOPLE, held=st.sets(st.integers(1, 12)))
def test_planning_twice_on_what_was_applied_plans_nothing(
    rows: list[tuple[int, str | None, str | None, datetime | None, str | None]], held: set[int]
) -> None:
    """Whatever a complete read said: once applied, the same read is quiet."""
    observed = [
        an_observed_person(number, removed=removed, office=office, left_at=left, manager_entra_id=manager)
        for number, removed, office, left, manager in rows
    ]
    before = {one: known(one) for one in held}
    no_change(plan(*observed, held=_applied(before, plan(*observed, held=list(before.values())))))


def _applied(held: dict[int, RecordedPerson], made: PeoplePlan) -> list[RecordedPerson]:
    people: dict[str, dict[str, Any]] = {}
    for person in held.values():
        assert person.entra_id is not None
        people[person.entra_id] = {
            "id": person.id, "state": person.state, "left_on": person.left_on, "manager": None, "values": dict(person.values),
        }  # fmt: skip
    by_id = {one["id"]: one for one in people.values()}
    for number, new in enumerate(made.new, start=100):
        people[new.observed.entra_id] = {
            "id": number, "state": new.state, "left_on": new.left_on,
            "manager": new.observed.manager_entra_id, "values": stored(new),
        }  # fmt: skip
    for change in made.changed:
        row = by_id[change.id]
        after = dict(change.after)
        row["state"], row["left_on"] = after.pop("state", row["state"]), after.pop("left_on", row["left_on"])
        row["manager"] = change.manager_entra_id or row["manager"]
        row["values"] |= after
    return [
        RecordedPerson(
            id=row["id"], entra_id=entra_id, upn=row["values"]["upn"], employee_id=row["values"]["employee_id"],
            state=row["state"], left_on=row["left_on"], values=row["values"],
            manager_entra_id=row["manager"] if row["manager"] in people and row["manager"] != entra_id else None,
        )
        for entra_id, row in people.items()
    ]  # fmt: skip
