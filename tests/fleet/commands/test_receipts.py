"""Receipts: one for a bundle, a draft until it is accepted, and never changed from then on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import select

from fleet.commands.assignments import issue
from fleet.commands.handovers import extend
from fleet.commands.receipts import (
    Made,
    accept,
    erase_receipts,
    make_for_devices,
    make_for_event,
    make_receipt,
    present_body,
    set_text,
    withdraw,
)
from fleet.commands.undo import apply_undo, plan_undo
from fleet.database import Database
from fleet.database.models import Assignment, AssignmentItem, Change, Device, Person, Receipt
from fleet.database.verify import verify
from fleet.domain.receipts import body_hash
from fleet.errors import Conflict, NoAccess, NotAllowed, NotFound, UsageProblem
from fleet.queries.history import list_events
from fleet.queries.receipts import get_receipt, list_receipts, receipt_text, verify_receipts
from tests.conftest import CountQueries
from tests.factory import (
    ACTOR,
    NOW,
    TODAY,
    a_device,
    a_person,
    a_site,
    an_organisation,
    change,
    dump,
    remove,
    value,
    write,
)
from tests.fleet.commands.bundle import LATER, a_bundle, accepted, assignment_of, issued, made, returned

OWN_TEXT = "# Our own receipt\n\n{person} has:\n\n{items}\n\nSigned."


def body_of(database: Database, receipt_id: int) -> str:
    """What a receipt says now."""
    with database.read() as session:
        return present_body(session, receipt_id)


def undo(database: Database, event: int) -> list[str]:
    """Undo an event; returns why something was kept."""
    with database.transaction(actor=ACTOR, action="undo", now=NOW, undoes_id=event) as session:
        plan = plan_undo(session, [event])
        apply_undo(session, plan)
    return [one.because for one in plan.kept]


def newest_event(database: Database) -> int:
    """The event written last."""
    with database.read() as session:
        return list_events(session, limit=1)[0].id


# --- making ------------------------------------------------------------------------------------------------------


def test_one_receipt_states_the_whole_bundle(database: Database) -> None:
    bundle = a_bundle(database, due_on=LATER)
    receipt = made(database, bundle.devices)
    assert (receipt.items, receipt.holder) == (2, "Siân O'Brien")
    body = body_of(database, receipt.id)
    for part in (
        "Northbridge Council", "Siân O'Brien", "sian.obrien@northbridge.example", "22 Nov 2026", "NB-00001", "DMPX000002",
        "352099000000010", "+447700900123", "8944100000000000017", "case, charger", "due back 1 Mar 2027",
        f"Receipt         {receipt.id}",
    ):  # fmt: skip
        assert part in body, part
    for one in bundle.assignments:
        assert value(database, Assignment.receipt_id, one) == receipt.id


def test_the_receipt_of_an_event_is_the_one_of_its_devices(database: Database) -> None:
    bundle = a_bundle(database)
    with database.transaction(actor=ACTOR, action="receipt.make", now=NOW) as session:
        (receipt,) = make_for_event(session, bundle.event, now=NOW)
    assert receipt.items == 2
    again = made(database, bundle.devices)
    assert again.id == receipt.id
    assert "the draft there was already" in again.sentence


def test_making_it_again_without_a_change_leaves_no_event(database: Database) -> None:
    bundle = a_bundle(database)
    made(database, bundle.devices)
    before = dump(database)
    made(database, bundle.devices)
    assert dump(database) == before


def test_a_swap_gives_a_return_receipt_and_an_issue_receipt(database: Database) -> None:
    bundle = a_bundle(database, 1)
    new = a_device(database, bundle.organisation, asset_tag="NB-00009")
    from fleet.commands.handovers import swap

    with database.transaction(actor=ACTOR, action="device.swap", now=NOW) as session:
        swap(session, bundle.devices[0], new, now=NOW)
        event = session.info["event"].id
    with database.transaction(actor=ACTOR, action="receipt.make", now=NOW) as session:
        receipts = make_for_event(session, event, now=NOW, data_removed=True)
    assert [(one.kind, one.items) for one in receipts] == [("return", 1), ("issue", 1)]
    assert "NB-00001" in body_of(database, receipts[0].id)
    assert "NB-00009" in body_of(database, receipts[1].id)


def test_shared_equipment_gets_a_receipt_for_the_site(database: Database) -> None:
    organisation = an_organisation(database)
    site = a_site(database, organisation, "Ŷnys Hub")
    devices = tuple(a_device(database, organisation, asset_tag=f"NB-{n}") for n in range(3))
    issued(database, devices, site_id=site)
    receipt = made(database, devices)
    assert receipt.holder == "Ŷnys Hub"
    assert "Received for    Ŷnys Hub" in body_of(database, receipt.id)
    with database.read() as session:
        assert get_receipt(session, receipt.id).holder == "Ŷnys Hub"


def test_two_hundred_items_make_one_receipt_with_few_queries(database: Database, count_queries: CountQueries) -> None:
    organisation = an_organisation(database)
    site = a_site(database, organisation)
    rows = [
        Device(organisation_id=organisation, kind="ipad", status="in_stock", asset_tag=f"NB-{n:05}") for n in range(200)
    ]
    write(database, *rows)
    devices = tuple(row.id for row in rows)
    write(
        database,
        *(Assignment(organisation_id=organisation, device_id=n, site_id=site, issued_on=TODAY) for n in devices),
    )
    with count_queries(database) as statements:
        receipt = made(database, devices)
    assert receipt.items == 200
    reading = [one for one in statements if one.startswith("SELECT")]
    assert len(reading) < 25, reading
    body = body_of(database, receipt.id)
    assert "NB-00000" in body
    assert "NB-00199" in body


def test_items_of_two_people_are_no_bundle(database: Database) -> None:
    bundle = a_bundle(database, 1)
    other = a_person(database, bundle.organisation, "Bryn Hale")
    second = a_device(database, bundle.organisation, asset_tag="NB-00009")
    issued(database, (second,), person_id=other)
    with pytest.raises(UsageProblem, match="Bryn Hale, Siân O'Brien"):
        made(database, (*bundle.devices, second))


def test_items_of_two_organisations_are_no_bundle(database: Database) -> None:
    bundle = a_bundle(database, 1)
    other = an_organisation(database, "southmoor")
    second = a_device(database, other, asset_tag="SM-1")
    issued(database, (second,), person_id=bundle.person)
    with pytest.raises(UsageProblem, match="several organisations"):
        made(database, (*bundle.devices, second))


def test_what_nobody_holds_gets_no_receipt(database: Database) -> None:
    organisation = an_organisation(database)
    device = a_device(database, organisation, asset_tag="NB-1")
    with pytest.raises(NotAllowed, match="NB-1: not issued to anybody"):
        made(database, (device,))
    with pytest.raises(NotAllowed, match="NB-1: not returned by anybody"):
        made(database, (device,), kind="return")


def test_an_event_that_handed_nothing_over_gets_no_receipt(database: Database) -> None:
    an_organisation(database)
    with (
        pytest.raises(NotFound, match="issued nothing"),
        database.transaction(actor=ACTOR, action="receipt.make", now=NOW) as session,
    ):
        make_for_event(session, 1, now=NOW)


def test_part_of_a_bundle_that_has_a_draft_is_refused_until_it_is_withdrawn(database: Database) -> None:
    bundle = a_bundle(database)
    receipt = made(database, bundle.devices)
    with pytest.raises(Conflict, match=f"fleet receipt withdraw {receipt.id}"):
        made(database, bundle.devices[:1])
    with database.transaction(actor=ACTOR, action="receipt.withdraw", now=NOW) as session:
        withdraw(session, receipt.id)
    smaller = made(database, bundle.devices[:1])
    assert smaller.id != receipt.id
    assert smaller.items == 1


# --- drafts follow the register ----------------------------------------------------------------------------------


def test_a_draft_says_what_the_register_says_now(database: Database) -> None:
    bundle = a_bundle(database)
    receipt = made(database, bundle.devices)
    change(database, Person, bundle.person, display_name="Siân O'Brien-Hale")
    assert "Siân O'Brien-Hale" in body_of(database, receipt.id)


def test_a_text_that_changed_since_it_was_read_is_not_accepted_unseen(database: Database) -> None:
    bundle = a_bundle(database, due_on=LATER)
    receipt = made(database, bundle.devices)
    with database.transaction(actor=ACTOR, action="device.extend", now=NOW) as session:
        extend(session, [bundle.devices[0]], due_on=LATER + timedelta(days=30), now=NOW)
    before = dump(database)
    with pytest.raises(Conflict, match="says something else"):
        accepted(database, receipt.id)
    with pytest.raises(Conflict, match="Print it again"):
        accepted(database, receipt.id, seen=receipt.body_hash[:12])
    with pytest.raises(UsageProblem, match="at least 8"):
        accepted(database, receipt.id, seen="ab")
    assert dump(database) == before
    now_says = body_hash(body_of(database, receipt.id))
    assert accepted(database, receipt.id, seen=f" {now_says[:8].upper()} ").body_hash == now_says
    assert "31 Mar 2027" in body_of(database, receipt.id)


def test_a_draft_takes_the_newest_text_and_what_was_accepted_keeps_its_own(database: Database) -> None:
    bundle = a_bundle(database)
    first = made(database, bundle.devices[:1])
    second = made(database, bundle.devices[1:])
    accepted(database, first.id)
    with database.transaction(actor=ACTOR, action="receipt.text", now=NOW) as session:
        assert set_text(session, "issue", OWN_TEXT, now=NOW).version == "2"
    assert "Receipt for equipment issued" in body_of(database, first.id)
    assert "Our own receipt" in body_of(database, second.id)
    with database.read() as session:
        assert get_receipt(session, first.id).text_version == "1"
        assert receipt_text(session, "issue", "1").body != receipt_text(session, "issue").body
        assert receipt_text(session, "return").version == "1"
        with pytest.raises(NotFound, match="Known: 1, 2"):
            receipt_text(session, "issue", "3")


def test_the_same_text_twice_is_no_new_version(database: Database) -> None:
    for body, refused in ((OWN_TEXT, False), (f"\n{OWN_TEXT}\n\n".replace("\n", "\r\n"), True)):
        with database.transaction(actor=ACTOR, action="receipt.text", now=NOW) as session:
            if refused:
                with pytest.raises(UsageProblem, match="Version 2 says exactly this"):
                    set_text(session, "issue", body, now=NOW)
            else:
                set_text(session, "issue", body, now=NOW)


# --- accepting ---------------------------------------------------------------------------------------------------


def test_acceptance_freezes_text_and_hash(database: Database) -> None:
    bundle = a_bundle(database)
    receipt = made(database, bundle.devices)
    shown = body_of(database, receipt.id)
    accepted(database, receipt.id, typed_name="  Siân  O'Brien ")
    change(database, Person, bundle.person, display_name="Somebody Else")
    returned(database, bundle.devices)
    assert body_of(database, receipt.id) == shown
    with database.read() as session:
        row = get_receipt(session, receipt.id)
        assert (row.state, row.accepted_how, row.accepted_as, row.accepted_at) == (
            "accepted",
            "typed",
            "Siân O'Brien",
            NOW,
        )
        assert row.body_hash == body_hash(shown) == receipt.body_hash
        assert verify_receipts(session).mismatches == ()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("scan-0123.pdf", "scan-0123.pdf"),
        ("C:\\scans\\a b.pdf", "a b.pdf"),
        ("/tmp/x/\u202escan.pdf", "\ufffdscan.pdf"),
    ],
)
def test_a_scanned_copy_is_kept_by_its_file_name(database: Database, given: str, kept: str) -> None:
    receipt = made(database, a_bundle(database).devices)
    accepted(database, receipt.id, paper_file=given)
    assert value(database, Receipt.accepted_as, receipt.id) == kept
    assert value(database, Receipt.accepted_how, receipt.id) == "paper"


@pytest.mark.parametrize(
    "how",
    [
        {"typed_name": None},
        {"typed_name": "A", "paper_file": "b.pdf"},
        {"typed_name": " . "},
        {"typed_name": "A" * 201},
        {"paper_file": "folder/"},
        {"paper_file": ".."},
    ],
)
def test_an_acceptance_that_says_nothing_is_refused(database: Database, how: dict[str, str]) -> None:
    receipt = made(database, a_bundle(database).devices)
    with pytest.raises(UsageProblem):
        accepted(database, receipt.id, **how)
    assert value(database, Receipt.accepted_at, receipt.id) is None


def test_another_name_than_the_registers_is_accepted_with_a_warning(database: Database) -> None:
    receipt = made(database, a_bundle(database).devices)
    assert accepted(database, receipt.id, typed_name="sian obrien").warnings == ()
    other = a_person(database, database_organisation(database), "Bryn Hale")
    device = a_device(database, database_organisation(database), asset_tag="NB-9")
    issued(database, (device,), person_id=other)
    signed = accepted(database, made(database, (device,)).id, typed_name="Somebody Else")
    assert signed.warnings == ("The name typed is Somebody Else; the register says Bryn Hale.",)


def database_organisation(database: Database) -> int:
    """The one organisation there is."""
    with database.read() as session:
        return session.execute(select(Person.organisation_id).limit(1)).scalar_one()


def test_nothing_changes_an_accepted_receipt(database: Database) -> None:
    bundle = a_bundle(database)
    receipt = made(database, bundle.devices)
    accepted(database, receipt.id)
    before = dump(database)
    with pytest.raises(Conflict, match="accepted on 22 Nov 2026 02:00 by typing the name Siân O'Brien"):
        accepted(database, receipt.id, typed_name="Somebody Else")
    with pytest.raises(Conflict, match="never changed"):
        made(database, bundle.devices)
    with (
        pytest.raises(Conflict, match="never changed"),
        database.transaction(actor=ACTOR, action="receipt.withdraw", now=NOW) as session,
    ):
        withdraw(session, receipt.id)
    assert dump(database) == before


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do things in threads that start together; what each returned or raised."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_who_accept_at_once_one_wins_and_the_other_is_told(database: Database) -> None:
    receipt = made(database, a_bundle(database).devices)
    names = ("Siân O'Brien", "Somebody Else")
    done = at_once(*(partial(accepted, database, receipt.id, typed_name=name) for name in names))
    (told,) = [one for one in done if isinstance(one, Conflict)]
    (won,) = [name for name, one in zip(names, done, strict=True) if isinstance(one, Made)]
    assert value(database, Receipt.accepted_as, receipt.id) == won
    assert won in told.message


def test_of_two_who_make_it_at_once_the_second_gets_the_firsts(database: Database) -> None:
    bundle = a_bundle(database)
    done = at_once(*[partial(made, database, bundle.devices)] * 2)
    assert len({one.id for one in done if isinstance(one, Made)}) == 1
    with database.read() as session:
        assert len(list_receipts(session)) == 1


def test_a_draft_whose_items_were_taken_back_is_not_accepted(database: Database) -> None:
    organisation = an_organisation(database)
    person = a_person(database, organisation)
    device = a_device(database, organisation, asset_tag="NB-1")
    issued(database, (device,), person_id=person)
    receipt = made(database, (device,))
    remove(database, Assignment, assignment_of(database, device))
    with pytest.raises(NotAllowed, match="no items any more"):
        accepted(database, receipt.id)
    assert "NB-1" in body_of(database, receipt.id)


# --- returns -----------------------------------------------------------------------------------------------------


def test_a_return_states_condition_missing_items_and_personal_data(database: Database) -> None:
    bundle = a_bundle(database)
    returned(database, bundle.devices, "screen cracked")
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        item = session.execute(select(AssignmentItem).where(AssignmentItem.kind == "charger")).scalar_one()
        item.missing = True
    receipt = made(database, bundle.devices, kind="return", data_removed=True)
    body = body_of(database, receipt.id)
    for part in (
        "Condition: screen cracked",
        "Missing: charger",
        "NB-00001: charger",
        "Personal data  removed",
        "With it: case",
    ):
        assert part in body, part
    accepted(database, receipt.id)
    for one in bundle.assignments:
        assert value(database, Assignment.return_receipt_id, one) == receipt.id
        assert value(database, Assignment.receipt_id, one) is None


def test_a_return_is_not_accepted_before_it_says_whether_data_was_removed(database: Database) -> None:
    bundle = a_bundle(database)
    returned(database, bundle.devices)
    receipt = made(database, bundle.devices, kind="return")
    with pytest.raises(NotAllowed, match="--data-removed"):
        accepted(database, receipt.id)
    made(database, bundle.devices, kind="return", data_removed=False)
    again = made(database, bundle.devices, kind="return")
    assert again.id == receipt.id
    assert "not removed yet" in body_of(database, receipt.id), "what was said stays said"
    accepted(database, receipt.id)


def test_what_is_still_out_gets_no_return_receipt(database: Database) -> None:
    bundle = a_bundle(database)
    with (
        pytest.raises(NotAllowed, match="Record the return first"),
        database.transaction(actor=ACTOR, action="receipt.make", now=NOW) as session,
    ):
        make_receipt(session, "return", bundle.assignments, now=NOW)


def test_a_device_that_came_back_twice_gets_the_receipt_of_its_last_return(database: Database) -> None:
    bundle = a_bundle(database, 1)
    returned(database, bundle.devices)
    other = a_person(database, bundle.organisation, "Bryn Hale")
    issued(database, bundle.devices, person_id=other)
    returned(database, bundle.devices)
    assert made(database, bundle.devices, kind="return").holder == "Bryn Hale"


# --- walls -------------------------------------------------------------------------------------------------------


def test_another_organisations_items_and_receipts_are_out_of_reach(database: Database) -> None:
    bundle = a_bundle(database)
    receipt = made(database, bundle.devices)
    other = frozenset({an_organisation(database, "southmoor")})
    before = dump(database)
    with database.transaction(actor=ACTOR, action="receipt.make", now=NOW, scope=other) as session:
        assert list_receipts(session) == []
        assert verify_receipts(session).receipts == 0
        for act in (
            lambda: make_receipt(session, "issue", bundle.assignments, now=NOW),
            lambda: make_for_event(session, bundle.event, now=NOW),
            lambda: accept(session, receipt.id, now=NOW, typed_name="X"),
            lambda: withdraw(session, receipt.id),
            lambda: present_body(session, receipt.id),
        ):
            with pytest.raises((NotFound, NoAccess)):
                act()
        with pytest.raises(NotAllowed):
            make_for_devices(session, bundle.devices, now=NOW)
    assert dump(database) == before


# --- undo --------------------------------------------------------------------------------------------------------


def test_the_making_of_a_draft_can_be_undone(database: Database) -> None:
    bundle = a_bundle(database)
    receipt = made(database, bundle.devices)
    assert undo(database, newest_event(database)) == []
    with database.read() as session:
        assert list_receipts(session) == []
    assert value(database, Assignment.receipt_id, bundle.assignments[0]) is None
    assert made(database, bundle.devices).id != receipt.id


def test_what_was_signed_is_not_undone(database: Database) -> None:
    bundle = a_bundle(database)
    receipt = made(database, bundle.devices)
    making = newest_event(database)
    accepted(database, receipt.id)
    accepting = newest_event(database)
    frozen = body_of(database, receipt.id)
    for event in (accepting, making, bundle.event):
        assert any("accepted" in because or "changed since" in because for because in undo(database, event))
        with database.read() as session:
            row = get_receipt(session, receipt.id)
            assert (row.state, row.items) == ("accepted", 2)
            assert verify_receipts(session).mismatches == ()
        assert body_of(database, receipt.id) == frozen


def test_a_return_that_was_signed_for_stays_a_return(database: Database) -> None:
    bundle = a_bundle(database)
    event = returned(database, bundle.devices)
    receipt = made(database, bundle.devices, kind="return", data_removed=True)
    accepted(database, receipt.id)
    assert f"receipt {receipt.id} was accepted for its return" in undo(database, event)
    assert value(database, Assignment.returned_on, bundle.assignments[0]) is not None


def test_a_version_of_the_text_is_never_taken_back(database: Database) -> None:
    with database.transaction(actor=ACTOR, action="receipt.text", now=NOW) as session:
        set_text(session, "issue", OWN_TEXT, now=NOW)
    assert undo(database, newest_event(database)) == [
        "receipts may have been accepted with it; set another version instead"
    ]


# --- erasure and history -----------------------------------------------------------------------------------------


def test_erasing_takes_drafts_now_and_what_was_signed_after_its_time(database: Database) -> None:
    bundle = a_bundle(database)
    signed = made(database, bundle.devices[:1])
    accepted(database, signed.id)
    made(database, bundle.devices[1:])
    for keep_signed, number in ((False, 1), (True, 2)):
        with database.transaction(actor=ACTOR, action="person.erase", now=NOW) as session:
            assert erase_receipts(session, bundle.person, now=NOW, signed=keep_signed) == number
        with database.read() as session:
            told = str(session.execute(select(Receipt.body, Receipt.accepted_as)).all())
            told += str(session.execute(select(Change.before, Change.after).where(Change.subject == "receipt")).all())
            assert ("O'Brien" in told) is not keep_signed
            assert verify_receipts(session).mismatches == ()
            assert not verify(session).problems
    with database.read() as session:
        assert get_receipt(session, signed.id).body_hash == signed.body_hash
        assert verify_receipts(session).erased == 2


def test_history_tells_of_receipts_without_their_text(database: Database) -> None:
    bundle = a_bundle(database)
    receipt = made(database, bundle.devices)
    accepted(database, receipt.id)
    with database.read() as session:
        for events in (
            list_events(session, limit=2),
            list_events(session, person_id=bundle.person, limit=2),
            list_events(session, device_id=bundle.devices[0], limit=2),
        ):
            assert [one.sentence for one in events] == [
                f"Accepted a receipt: number {receipt.id}.",
                f"Made a receipt: number {receipt.id}.",
            ]


def test_an_issue_after_a_return_has_its_own_receipt(database: Database) -> None:
    bundle = a_bundle(database, 1)
    first = made(database, bundle.devices)
    accepted(database, first.id)
    returned(database, bundle.devices)
    with database.transaction(actor=ACTOR, action="device.issue", now=NOW) as session:
        issue(session, bundle.devices, now=NOW, person_id=bundle.person)
    assert made(database, bundle.devices).id != first.id
