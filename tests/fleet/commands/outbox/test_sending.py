"""The outbox: written down before it is sent, sent once, followed to its end; on both databases."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from fleet.commands import outbox
from fleet.commands.assignments import return_devices
from fleet.commands.incidents import open_incident
from fleet.commands.outbox import sending
from fleet.commands.people import erase
from fleet.commands.undo import plan_undo
from fleet.database.history import open_event
from fleet.database.models import Device, Enrolment, Event, IncidentStep, Model, Person, RemoteOrder
from fleet.errors import Conflict, FleetError, NotAllowed, NotFound, UsageProblem
from fleet.queries.history import list_events
from fleet.queries.outbox import list_orders, waiting_for
from tests.fleet.commands.outbox.conftest import ASKER, KEY, SECOND, Post
from tests.fleet.demo.service.factory import SECRET as SYNC_SECRET
from tests.fleet.demo.service.factory import guid


def test_an_action_is_asked_for_sent_followed_and_done(post: Post) -> None:
    (asked,) = post.ask("restart", 1)
    assert (asked.state, post.sent()) == ("queued", [])
    (sent,) = post.send()
    assert (sent.state, post.sent()) == ("accepted", [(1, "rebootNow")])
    assert [one.state for one in post.follow()] == ["accepted"]
    post.check_in(1)
    (done,) = post.follow()
    assert (done.state, done.sentence) == ("done", "Restart: done.")
    row = post.order(asked.order_id)
    assert (row.state, row.asked_by, row.sent_as, row.is_open) == ("done", ASKER, "the application", False)
    assert post.follow() == [] and post.send() == []
    assert post.sent() == [(1, "rebootNow")]


def test_what_concerns_intunes_record_is_done_when_it_is_accepted(post: Post) -> None:
    post.ask("notes", 1, told={"notes": "in the drawer"})
    post.ask("category", 2, told={"category": "Social work"})
    assert [one.state for one in post.send()] == ["done", "done"]


def test_wipe_retire_and_delete_wait_for_another_operator(post: Post) -> None:
    (asked,) = post.ask("wipe", 1)
    assert asked.state == "asked"
    assert post.send() == [] and post.send(asked.order_id)[0].state == "asked"
    with pytest.raises(NotAllowed, match="asked for by you"):
        post.confirm(asked.order_id, by=ASKER.upper())
    with post.database.read() as session:
        assert (waiting_for(session, ASKER), waiting_for(session, SECOND)) == (0, 1)
    post.confirm(asked.order_id)
    with pytest.raises(NotAllowed, match="nothing to confirm"):
        post.confirm(asked.order_id)
    assert post.send()[0].state == "accepted"
    post.check_in(1)
    (done,) = post.follow()
    assert "does not know the device any more" in done.sentence
    with post.database.read() as session:
        enrolment = session.get_one(Enrolment, post.enrolments[1])
        assert enrolment.closed_because == "wiped from here"


@pytest.mark.parametrize("name", [ASKER.upper(), f" {ASKER} ", ASKER.replace("a", "\uff41")])
def test_ones_own_name_typed_otherwise_is_no_other_operator(post: Post, name: str) -> None:
    (asked,) = post.ask("wipe", 1)
    with pytest.raises(NotAllowed, match="another operator confirms"):
        post.confirm(asked.order_id, by=name)


def test_the_database_itself_refuses_a_wipe_of_an_own_device_and_one_who_confirms_themselves(post: Post) -> None:
    (asked,) = post.ask("retire", 4)
    for values in ({"action": "wipe"}, {"confirmed_by": ASKER}, {"state": "queued"}):
        with pytest.raises(IntegrityError), post.database.engine.begin() as connection:
            connection.execute(update(RemoteOrder).where(RemoteOrder.id == asked.order_id).values(**values))


def test_somebodys_own_device_can_only_be_retired(post: Post) -> None:
    for action, told in (("wipe", {}), ("delete", {}), ("lock", {}), ("sync", {}), ("notes", {"notes": "x"})):
        with pytest.raises(NotAllowed, match="somebody's own"):
            post.ask(action, 4, told=told)
    (asked,) = post.ask("retire", 4)
    post.confirm(asked.order_id)
    assert post.send()[0].state == "accepted"
    assert post.sent() == [(4, "retire")]


def test_a_device_that_became_somebodys_own_meanwhile_is_not_wiped(post: Post) -> None:
    (asked,) = post.ask("wipe", 1)
    post.confirm(asked.order_id)
    next(iter(post.service.states())).directory.devices[guid(KEY, "device", 1)]["managedDeviceOwnerType"] = "personal"
    (one,) = post.send()
    assert one.state == "failed" and "somebody's own" in one.sentence
    assert post.sent() == []


def test_another_device_under_the_same_id_is_left_alone(post: Post) -> None:
    (asked,) = post.ask("restart", 1)
    next(iter(post.service.states())).directory.devices[guid(KEY, "device", 1)]["serialNumber"] = "C39OTHER"
    (one,) = post.send(asked.order_id)
    assert one.state == "failed" and "not certain that this is the device" in one.sentence
    assert post.sent() == []


def test_the_same_is_not_asked_for_twice_while_it_is_under_way(post: Post) -> None:
    (asked,) = post.ask("lock", 1)
    with pytest.raises(Conflict, match="not sent twice"):
        post.ask("lock", 1, by=SECOND)
    post.send()
    with pytest.raises(Conflict):
        post.ask("lock", 1)
    post.check_in(1)
    post.follow()
    post.later(minutes=1)
    assert post.ask("lock", 1)[0].order_id != asked.order_id


def test_two_who_send_at_once_send_it_once(post: Post) -> None:
    orders = [one.order_id for one in post.ask("restart", 0, 1, 2, 3)]
    told: list[Any] = []

    def work() -> None:
        with post.sender() as sender:
            told.append(outbox.send(sender, orders))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(post.sent()) == [(number, "rebootNow") for number in range(4)]
    assert len(told) == 3
    assert {post.order(one).state for one in orders} == {"accepted"}


def test_no_more_leave_intune_in_an_hour_than_may(post: Post) -> None:
    with pytest.raises(NotAllowed, match="at most 3 may"):
        post.ask("retire", 0, 1, 2, 3)
    first = [one.order_id for one in post.ask("retire", 0, 1, 2)]
    with pytest.raises(NotAllowed, match="at most 3 may"):
        post.ask("wipe", 3)
    for one in first:
        post.confirm(one)
    post.send()
    with post.database.transaction(actor="test", action="test", now=post.moment) as session:  # As if asked for before.
        session.get_one(RemoteOrder, first[0]).reason = "x"
        session.add(
            RemoteOrder(
                organisation_id=session.get_one(Device, post.ids[3]).organisation_id,
                tenant_id=session.get_one(RemoteOrder, first[0]).tenant_id, device_id=post.ids[3],
                enrolment_id=post.enrolments[3], intune_id=guid(KEY, "device", 3), action="delete", told={},
                ownership="organisation", state="queued", needs_second=True, asked_by=ASKER, asked_at=post.moment,
                confirmed_by=SECOND, confirmed_at=post.moment, brought=False,
            )
        )  # fmt: skip
    (held,) = post.send()
    assert held.state == "queued" and "stays in the outbox" in held.sentence and "10:00" in held.sentence
    assert len(post.sent()) == 3
    post.later(hours=1, seconds=1)
    assert post.send()[0].state == "done"
    assert post.sent()[-1] == (3, "delete")


def test_a_clock_that_is_behind_does_not_count_the_hour(post: Post) -> None:
    orders = [one.order_id for one in post.ask("retire", 0, 1)]
    for one in orders:
        post.confirm(one)
    post.send(orders[0])
    post.later(hours=-2)
    (held,) = post.send(orders[1])
    assert held.state == "queued" and "Set this machine's clock" in held.sentence
    assert post.sent() == [(0, "retire")]


def test_a_machine_that_slept_between_claim_and_request_sends_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    (asked,) = post.ask("restart", 1)
    with monkeypatch.context() as slept:
        slept.setattr(sending, "LATE", 0.0)
        (held,) = post.send()
    assert held.state == "queued" and "slept" in held.sentence
    assert (post.sent(), post.row(asked.order_id).sending_since) == ([], None)
    assert [one.state for one in post.send()] == ["accepted"]
    assert post.sent() == [(1, "rebootNow")]


def test_the_night_follows_with_the_credential_of_the_sync_alone(post: Post) -> None:
    (asked,) = post.ask("restart", 1)
    post.send()
    post.check_in(1)
    tenant = replace(post.config.tenants[KEY], secret_env=None, secret_file=post.config.home / "sync", actions=None)
    (post.config.home / "sync").write_text(SYNC_SECRET)
    (post.config.home / "sync").chmod(0o600)
    config = replace(post.config, tenants={KEY: tenant})
    with outbox.reader(post.database, config, post.access("nightly"), post.clock) as reader:
        assert outbox.follow_tenants(reader, {"eastmere"}) == []
        assert [one.state for one in outbox.follow_tenants(reader, {KEY})] == ["done"]
    assert post.order(asked.order_id).state == "done"


def test_a_tenant_that_does_not_answer_is_asked_once_a_night(post: Post) -> None:
    post.ask("restart", 0, 1, 2)
    post.send()
    config = replace(post.config, tenants={KEY: replace(post.config.tenants[KEY], secret_env="NOWHERE")})
    with outbox.reader(post.database, config, post.access("nightly"), post.clock) as reader:
        (told,) = outbox.follow_tenants(reader, {KEY})
    assert told.trouble is not None and told.state == "accepted"


ON_ONE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
"""For what has nothing to do with the kind of database."""
UNKNOWN = ("action_accepted_504", "action_accepted_cut")


@pytest.mark.parametrize("switch", UNKNOWN)
def test_an_accepted_action_whose_answer_was_lost_is_found_and_not_sent_again(post: Post, switch: str) -> None:
    post.ask("restart", 1)
    post.service.faults.throw(switch)
    (unsure,) = post.send()
    assert unsure.state == "unsure"
    assert post.send() == []  # It is not in the queue any more.
    (found,) = post.follow()
    assert found.state == "accepted"
    post.check_in(1)
    assert post.follow()[0].state == "done"
    assert post.sent() == [(1, "rebootNow")]


@pytest.mark.parametrize("switch", ["action_cut", "action_hidden"])
def test_what_nobody_can_know_is_said_and_left_for_a_person(post: Post, switch: str) -> None:
    (asked,) = post.ask("restart", 1)
    post.service.faults.throw(switch)
    if switch == "action_hidden":
        post.service.faults.throw("action_accepted_504")
    post.send()
    for _ in range(2):
        post.later(hours=1)
        (still,) = post.follow()
        assert still.state == "unsure" and f"fleet action settle {asked.order_id}" in still.sentence
    assert post.send() == []
    with pytest.raises(Conflict, match="not sent twice"):
        post.ask("restart", 1)
    assert len(post.sent()) == (switch == "action_hidden")
    if switch == "action_hidden":  # A trace that comes late still tells.
        post.check_in(1)
        assert post.follow()[0].state == "done"
        return
    with post.database.transaction(actor=ASKER, action="remote.settle", now=post.moment) as session:
        with pytest.raises(UsageProblem, match="how you know"):
            outbox.settle(session, asked.order_id, happened=False, now=post.moment, actor=ASKER, note=" ")
        outbox.settle(session, asked.order_id, happened=False, now=post.moment, actor=ASKER, note="rang the holder")
    assert post.order(asked.order_id).state == "failed"
    post.ask("restart", 1)
    assert post.send()[0].state == "accepted"
    assert post.sent() == [(1, "rebootNow")]


@ON_ONE
@pytest.mark.parametrize("action", ["notes", "category", "rename", "delete", "retire", "wipe"])
def test_of_what_leaves_no_result_the_device_itself_tells(post: Post, action: str) -> None:
    told = {"notes": {"notes": "seen"}, "category": {"category": "Social work"}, "rename": {"name": "NB-1"}}.get(
        action, {}
    )
    (asked,) = post.ask(action, 1, told=told)
    if asked.state == "asked":
        post.confirm(asked.order_id)
    post.service.faults.throw("action_accepted_504", path=guid(KEY, "device", 1))
    assert post.send()[0].state == "unsure"
    after = post.follow()[0].state
    assert after == ("accepted" if action in ("rename", "retire", "wipe") else "done")
    if after == "accepted":
        post.check_in(1)
        assert post.follow()[0].state == "done"
    assert len(post.sent()) == 1


@ON_ONE
@pytest.mark.parametrize(
    ("switch", "options", "state", "code"),
    [
        ("too_many_requests", {"path": "rebootnow"}, "queued", "not-sent"),
        ("token_unavailable", {}, "queued", None),
        ("secret_expired", {}, "queued", "expired-secret"),
        ("unavailable", {}, "queued", None),
        ("missing_permission", {"path": "rebootnow"}, "failed", "missing-permission"),
        ("device_gone", {}, "failed", "gone-from-intune"),
        ("truncated_json", {}, "queued", None),
        ("html_page", {}, "queued", None),
        ("dropped", {}, "queued", None),
        ("claims_challenge", {"path": "rebootnow"}, "accepted", None),
        ("expired_token", {"path": "rebootnow"}, "accepted", None),
        ("gateway_timeout", {"path": "rebootnow", "page": 0}, "unsure", "unsure"),
    ],
)
def test_each_switch_of_the_service_ends_in_a_state_that_is_true(
    post: Post, switch: str, options: dict[str, Any], state: str, code: str | None
) -> None:
    (asked,) = post.ask("restart", 1)
    post.service.faults.throw(switch, **options)
    (one,) = post.send()
    assert one.state == post.order(asked.order_id).state == state, one.sentence
    if code is not None:
        assert one.trouble is not None and one.trouble.code == code
    assert len(post.sent()) == (state == "accepted")
    post.service.faults.clear()
    if state == "queued":  # Nothing had been sent: it may be.
        assert post.send()[0].state == "accepted"
        assert len(post.sent()) == 1


@ON_ONE
@pytest.mark.parametrize(
    ("switch", "said"), [("action_fails", "could not"), ("action_unsupported", "does not know how")]
)
def test_what_the_device_could_not_do_has_failed(post: Post, switch: str, said: str) -> None:
    for action in ("restart", "retire"):
        (asked,) = post.ask(action, 1)
        if asked.state == "asked":
            post.confirm(asked.order_id)
    post.send()
    post.service.faults.throw(switch)
    post.check_in(1)
    found = post.follow()
    assert [one.state for one in found] == ["failed", "failed"] and said in found[0].sentence
    with post.database.read() as session:
        assert session.get_one(Enrolment, post.enrolments[1]).closed_at is None


@ON_ONE
def test_what_the_device_leaves_pending_stays_sent_until_it_is_done(post: Post) -> None:
    post.ask("restart", 1)
    post.send()
    post.service.faults.throw("action_stays")
    post.check_in(1)
    assert [one.state for one in post.follow()] == ["accepted"]
    post.service.faults.clear()
    post.check_in(1)
    assert [one.state for one in post.follow()] == ["done"]


@ON_ONE
def test_a_result_of_an_earlier_action_of_the_same_name_is_not_taken_for_this_one(post: Post) -> None:
    device = next(iter(post.service.states())).directory.devices[guid(KEY, "device", 1)]
    device["deviceActionResults"] = [
        {
            "actionName": "rebootNow",
            "actionState": "done",
            "startDateTime": "2026-11-20T08:00:00Z",
            "lastUpdatedDateTime": None,
        }
    ]
    post.ask("restart", 1)
    post.service.faults.throw("action_cut")
    post.send()
    assert post.follow()[0].state == "unsure"


def test_a_secret_is_shown_once_and_is_nowhere_in_the_register(post: Post) -> None:
    (asked,) = post.ask("reset-passcode", 1)
    with post.sender() as sender, pytest.raises(NotAllowed, match="nothing that could be shown"):
        outbox.reveal(sender, asked.order_id)
    post.send()
    post.check_in(1)
    assert "fleet action reveal" in post.follow()[0].sentence
    with post.sender() as sender:
        shown = outbox.reveal(sender, asked.order_id).reveal()
        with pytest.raises(NotAllowed, match=f"shown to {ASKER} already"):
            outbox.reveal(sender, asked.order_id)
    assert shown.isdigit() and len(shown) == 6
    with post.database.engine.connect() as connection:
        for table in Model.metadata.sorted_tables:
            for row in connection.execute(select(table)).all():
                assert shown not in repr(tuple(row)), table.name


@ON_ONE
def test_what_a_secret_was_in_and_is_not_any_more_is_said(post: Post) -> None:
    (asked,) = post.ask("reset-passcode", 1)
    post.send()
    post.check_in(1)
    post.follow()
    next(iter(post.service.states())).directory.devices[guid(KEY, "device", 1)]["deviceActionResults"] = []
    with post.sender() as sender, pytest.raises(NotFound, match="any more"):
        outbox.reveal(sender, asked.order_id)
    assert post.row(asked.order_id).shown_at is None


def test_what_was_not_sent_is_taken_back_and_what_was_can_not_be(post: Post) -> None:
    first, second = post.ask("restart", 1, 2)
    with post.database.transaction(actor=ASKER, action="remote.cancel", now=post.moment) as session:
        outbox.cancel(session, first.order_id, now=post.moment, actor=ASKER)
    (sent,) = post.send()
    assert sent.order_id == second.order_id
    with (
        post.database.transaction(actor=ASKER, action="remote.cancel", now=post.moment) as session,
        pytest.raises(NotAllowed, match="can't be taken back"),
    ):
        outbox.cancel(session, second.order_id, now=post.moment, actor=ASKER)
    assert post.sent() == [(2, "rebootNow")]


def test_an_undo_says_plainly_that_what_was_sent_stays_sent(post: Post) -> None:
    (asked,) = post.ask("restart", 1)
    post.send()
    with post.database.read() as session:
        events = list(
            session.execute(select(Event.id).where(Event.action.like("remote.%")).order_by(Event.id)).scalars()
        )
        plan = plan_undo(session, events[:1])
        assert plan.reversed == [] and "can't be taken back" in plan.kept[0].because
        told = [one.sentence for one in list_events(session, device_id=post.ids[1], action="remote.send")]
    assert told == ["Sent to Intune: NB000001 Restart, sent as the application."]
    assert post.order(asked.order_id).state == "accepted"


def test_history_tells_who_asked_who_confirmed_and_what_came_of_it(post: Post) -> None:
    (asked,) = post.ask("retire", 1)
    post.confirm(asked.order_id)
    post.send()
    post.check_in(1)
    post.follow()
    with post.database.read() as session:
        told = [(one.actor, one.sentence) for one in list_events(session, device_id=post.ids[1])][:4][::-1]
    assert told[0] == (ASKER, "Asked Intune for: NB000001 Retire, to be confirmed by another operator.")
    assert told[1] == (SECOND, "Confirmed for Intune: NB000001 Retire.")
    assert told[2] == (ASKER, "Sent to Intune: NB000001 Retire, sent as the application.")
    assert told[3][1] == "Intune says: NB000001 Retire done; gone from Intune (retired from here)."


def test_the_list_has_what_waits_first_and_is_searched_by_words(post: Post) -> None:
    done = post.ask("notes", 1, told={"notes": "x"})[0].order_id
    post.send()
    waiting = post.ask("retire", 2)[0].order_id
    with post.database.read() as session:
        assert [row.id for row in list_orders(session)] == [waiting, done]
        assert [row.id for row in list_orders(session, open_only=True)] == [waiting]
        assert [row.id for row in list_orders(session, text="nb000001 notes")] == [done]
        assert list_orders(session, text="nothing like it") == []
        assert [row.id for row in list_orders(session, device_id=post.ids[1])] == [done]


def test_what_is_off_unknown_or_too_much_is_refused_with_a_reason(post: Post) -> None:
    with pytest.raises(UsageProblem, match="more than one call takes"), post.database.read() as session:
        outbox.ask(
            session, [outbox.Order(n) for n in range(1, 102)], _request("sync"), now=post.moment, actor=ASKER,
            rules=post.config.actions, configured={KEY: None},
        )  # fmt: skip
    with (
        pytest.raises(NotAllowed, match="remote actions are off"),
        post.database.transaction(actor=ASKER, action="x", now=post.moment) as session,
    ):
        outbox.ask(
            session, [outbox.Order(post.ids[1])], _request("sync"), now=post.moment, actor=ASKER, rules=post.config.actions,
            configured={},
        )  # fmt: skip
    with pytest.raises(UsageProblem, match="one device"):
        post.ask("rename", 1, 2, told={"name": "NB-1"})
    with post.database.transaction(actor="test", action="test", now=post.moment) as session:
        session.get_one(Enrolment, post.enrolments[2]).supervised = False
    with pytest.raises(NotAllowed, match="not supervised"):
        post.ask("restart", 2)
    with pytest.raises(FleetError):
        post.ask("sync", 0, 1, 4)  # One of them is somebody's own: nothing is asked for at all.
    with post.database.read() as session:
        assert list_orders(session) == []


def _request(key: str) -> Any:
    from fleet.domain.remote import ACTIONS

    return ACTIONS[key].told({})


def test_a_sender_that_was_killed_leaves_a_claim_which_is_looked_at_and_not_sent_again(post: Post) -> None:
    for taken in (True, False):
        number = 1 if taken else 2
        (asked,) = post.ask("restart", number)
        if taken:
            post.send()
        with post.database.transaction(actor="test", action="test", now=post.moment) as session:
            row = session.get_one(RemoteOrder, asked.order_id)  # As a process that died before it wrote the outcome.
            row.state, row.sending_since, row.sent_at, row.outcome = "queued", post.moment, post.moment, None
            row.host, row.process = "elsewhere", 1
            assert open_event(session) is not None
        assert post.send(asked.order_id)[0].state == "queued"
        assert post.follow(asked.order_id) == []  # Perhaps it is still at it.
        post.later(minutes=6)
        (found,) = post.follow(asked.order_id)
        assert found.state == ("accepted" if taken else "unsure")
    assert post.sent() == [(1, "rebootNow")]


def test_a_step_of_an_open_run_sheet_is_noted_when_intune_has_it_and_only_once(post: Post) -> None:
    with post.database.transaction(actor=ASKER, action="incident.open", now=post.moment) as session:
        open_incident(session, post.ids[1], "lost", now=post.moment)
    told = {"message": "Please ring us", "number": "01632 960 001"}
    first = post.ask("lost-mode-on", 1, told=told)[0].order_id
    post.ask("lock", 1)
    wipe = post.ask("wipe", 1)[0].order_id
    post.confirm(wipe)
    post.send()
    assert steps(post) == [("lost-mode", f"Lost mode on through Intune, number {first}")]
    post.check_in(1)
    post.follow()
    assert steps(post)[1:] == [("wiped", f"Wipe through Intune, number {wipe}")]


def steps(post: Post) -> list[tuple[str, str | None]]:
    with post.database.read() as session:
        rows = session.execute(select(IncidentStep.step, IncidentStep.note).order_by(IncidentStep.id))
        return [(row[0], row[1]) for row in rows]


@ON_ONE
def test_an_erased_person_is_in_no_order_any_more(post: Post) -> None:
    (asked,) = post.ask("notes", 2, told={"notes": f"ask person0001@{KEY}.example"})
    with post.database.transaction(actor=ASKER, action="device.return", now=post.moment) as session:
        return_devices(session, [post.ids[1]], now=post.moment)
    with post.database.transaction(actor=ASKER, action="person.erase", now=post.moment) as session:
        person = session.execute(select(Person)).scalar_one()
        erase(session, person.id, now=post.moment)
    assert post.order(asked.order_id).told == {"notes": "ask (erased)"}
    with post.database.engine.connect() as connection:
        told = [
            repr(tuple(row))
            for table in ("change", "remote_order")
            for row in connection.execute(select(Model.metadata.tables[table]))
        ]
    assert not any("person0001" in one for one in told if "enrolment" not in one)
