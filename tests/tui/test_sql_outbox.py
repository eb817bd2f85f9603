"""The port of remote actions on the real register: what is offered, and that nothing gets past the look and the typed tag."""

from typing import Any

import pytest

from fleet.commands import outbox
from fleet.config import Config
from fleet.config.actions import ActionCredential
from fleet.database.models import Enrolment
from fleet.domain.remote import ACTIONS
from fleet.errors import NotAllowed, UsageProblem
from fleet.intune.sign_in import SignInNeeded
from fleet.queries.operators import Access
from tests.fleet.commands.outbox.conftest import ASKER, KEY, SECOND, Post, post, started_service  # noqa: F401 - fixtures
from tests.fleet.demo.service.factory import guid
from tui.outbox import Wanted
from tui.sql_register import SqlRegister

ON_ONE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def open_as(given: Post, name: str, *, may: str = "technician", config: Config | None = None) -> Any:
    register = SqlRegister(given.database, Access(name, may, None), config or given.config, given.clock)
    return register.outbox


@pytest.fixture
def mine(post: Post) -> Any:  # noqa: F811
    return open_as(post, ASKER)


def possible(mine: Any, *devices: int) -> set[str]:
    return {one.action.key for one in mine.offers(devices) if one.why_not is None}


@ON_ONE
def test_what_is_offered_depends_on_whose_and_how_many(mine: Any, post: Post) -> None:  # noqa: F811
    assert possible(mine, post.ids[1]) == set(ACTIONS)
    assert possible(mine, post.ids[4]) == {"retire"}
    assert possible(mine, post.ids[1], post.ids[2]) == {key for key, one in ACTIONS.items() if not one.typed} - {
        "rename"
    }
    assert possible(mine, post.ids[1], post.ids[4]) == set()
    with post.database.transaction(actor="test", action="test", now=post.moment) as session:
        session.get_one(Enrolment, post.enrolments[2]).supervised = False
    assert not possible(mine, post.ids[2]) & {one.key for one in ACTIONS.values() if one.supervised}
    assert {one.action.key for one in mine.offers([post.ids[1]]) if one.second} == {"retire", "wipe", "delete"}
    with pytest.raises(NotAllowed, match="ask whoever runs Intune"):
        open_as(post, ASKER, config=Config(post.config.home, post.database.url)).offers([post.ids[1]])


def test_a_wipe_takes_two_people_two_looks_and_two_tags(mine: Any, post: Post) -> None:  # noqa: F811
    wanted = Wanted("wipe", (post.ids[1],), {}, "to be sold")
    look = mine.look(wanted)
    assert (look.sides.recorded.typed, look.sides.differing) == ("NB000001", ())
    with pytest.raises(UsageProblem):
        mine.ask(wanted, "NB000002")
    with pytest.raises(UsageProblem):
        mine.ask(wanted, None)
    (line,) = mine.ask(wanted, "nb000001").lines
    assert (line.state, [row.id for row in mine.rows("wipe", open_only=True)]) == ("asked", [line.order_id])
    for own in (lambda: mine.look_at(line.order_id), lambda: mine.confirm(line.order_id, "NB000001")):
        with pytest.raises(NotAllowed):
            own()
    other = open_as(post, SECOND)
    assert other.look_at(line.order_id).asked_by == ASKER
    with pytest.raises(UsageProblem):
        other.confirm(line.order_id, "NB000002")
    assert post.sent() == []
    assert other.confirm(line.order_id, "NB000001").lines[0].state == "accepted"
    assert post.sent() == [(1, "wipe")]


@ON_ONE
def test_sent_followed_shown_settled_and_taken_back(mine: Any, post: Post) -> None:  # noqa: F811
    (line,) = mine.ask(Wanted("reset-passcode", (post.ids[1],), {}), "NB000001").lines
    post.check_in(1)
    assert [one.state for one in mine.send().lines] == ["done"]
    assert mine.reveal(line.order_id)[0] == "passcode"
    post.service.faults.throw("action_cut")
    (line,) = mine.ask(Wanted("restart", (post.ids[2],), {}), None).lines
    assert line.state == "unsure" and "failed" in mine.settle(line.order_id, happened=False, note="rang the holder")
    post.service.faults.throw("missing_permission")
    (line,) = open_as(post, ASKER).ask(Wanted("restart", (post.ids[3],), {}), None).lines
    post.service.faults.clear()
    assert line.state == "queued" and "number" in mine.cancel([line.order_id])
    assert mine.send().lines == []


@ON_ONE
def test_who_is_not_signed_in_is_told_for_which_tenant_and_signs_in(post: Post) -> None:  # noqa: F811
    from dataclasses import replace

    tenant = replace(post.config.tenants[KEY], actions=ActionCredential(guid(KEY, "actions"), "device-code"))
    mine = open_as(post, ASKER, config=replace(post.config, tenants={KEY: tenant}))
    with pytest.raises(SignInNeeded) as needed:
        mine.look(Wanted("wipe", (post.ids[1],), {}))
    assert needed.value.facts["tenant"] == KEY
    sent = mine.ask(Wanted("sync", (post.ids[1],), {}), None)
    assert (sent.sign_in, sent.lines[0].state) == (KEY, "queued")
    post.service.device_code_interval, post.service.approve_after_polls = 0, 1
    try:
        assert "devicelogin" in mine.begin_sign_in(KEY)
        assert "Signed in to northbridge as person0000" in mine.finish_sign_in(KEY)
    finally:
        post.service.device_code_interval = 5
    assert mine.send().lines[0].state == "accepted"
    assert post.service.accepted[-1].user == guid(KEY, "user", 0)
    mine.begin_sign_in(KEY)
    mine.give_up_sign_in(KEY)
    with pytest.raises(Exception, match="given up"):
        mine.finish_sign_in(KEY)


@ON_ONE
def test_an_auditor_reads_the_outbox_and_asks_for_nothing(post: Post) -> None:  # noqa: F811
    auditor = open_as(post, "carol", may="auditor")
    with pytest.raises(Exception, match="not change it"):
        auditor.ask(Wanted("sync", (post.ids[1],), {}), None)
    assert auditor.rows("", open_only=False) == [] and post.sent() == []
    assert outbox.MOST_AT_ONCE == 100
