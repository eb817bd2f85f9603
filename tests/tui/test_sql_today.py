"""What the morning's page reads: tokens that end, and Apple accounts beside the tenants."""

from datetime import timedelta
from pathlib import Path

import pytest

from fleet.commands.findings import evaluate
from fleet.config import Config, OrganisationConfig
from fleet.database import Database
from fleet.database.models import Run, ServiceToken
from fleet.domain.rules import Context
from tests.factory import NOW, a_tenant, an_organisation, write
from tests.fleet.commands.outbox.conftest import Post, post, started_service  # noqa: F401 - fixtures
from tui.columns import Glance
from tui.screens.today_lines import lay_today
from tui.sql_today import read_today
from tui.text import plain
from tui.today import Target


def test_what_ends_and_how_old_apples_list_is_are_on_the_page(database: Database) -> None:
    owner = an_organisation(database)
    tenant = a_tenant(database, owner)
    known = {"organisation_id": owner, "tenant_id": tenant}
    write(
        database,
        ServiceToken(kind="vpp", graph_id="v", name="Books", expires_at=NOW + timedelta(days=5), **known),
        ServiceToken(kind="push", graph_id="p", expires_at=NOW - timedelta(days=2), **known),
        ServiceToken(kind="ade", graph_id="a", name="Enrolment", synced_at=NOW - timedelta(days=9), **known),
        Run(kind="sync", source="apple:northbridge", state="failed", actor="night", started_at=NOW, counts={}, problems=[],
            organisation_id=owner, error="Apple is unavailable"),
    )  # fmt: skip
    with database.transaction(actor="night", action="sync", now=NOW) as session:
        evaluate(session, Context.from_config({}, NOW))
    config = Config(Path(), "", {"northbridge": OrganisationConfig("northbridge", "Northbridge Council")})
    with database.read() as session:
        today = read_today(session, NOW, config)
    (pile,) = [one for one in today.piles if one.title == "Tokens and credentials that end"]
    assert [(one.name, one.about, one.note) for one in pile.items] == [
        ("northbridge", "Apple push certificate", "ended 20 Nov"), ("northbridge", "VPP token Books", "27 Nov · in 5 days"),
        ("northbridge", "ADE token Enrolment", "not working"),
    ]  # fmt: skip
    (account,) = [one for one in today.tenants if one.tenant == "apple:northbridge"]
    assert (account.name, account.failed, account.error) == ("Apple, Northbridge Council", True, "Apple is unavailable")
    glance = Glance(NOW)
    text = "\n".join(plain(entry.line) for column in lay_today(today, glance, 90, 1) for entry in column)
    assert "1 tenant, 1 Apple account" in text


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_remote_actions_that_wait_for_somebody_are_first_on_the_page(post: Post) -> None:  # noqa: F811
    post.ask("wipe", 1)
    post.later(hours=2)
    post.ask("retire", 2)
    post.ask("lock", 3)
    with post.database.read() as session:
        today = read_today(session, post.moment, post.config)
    first = today.piles[0]
    assert (first.title, first.count, first.target) == ("Remote actions to be confirmed", 2, Target("outbox"))
    assert [(one.name, one.about, one.note) for one in first.items] == [
        ("NB000001", "Wipe, asked by asha.penrose", "2 h ago"), ("NB000002", "Retire, asked by asha.penrose", "just now"),
    ]  # fmt: skip


def test_where_nothing_ends_there_is_no_such_line(database: Database) -> None:
    an_organisation(database)
    with database.read() as session:
        today = read_today(session, NOW, Config(Path(), ""))
    assert [one.title for one in today.piles] == [
        "Overdue loans", "Leavers who still hold something", "Starters without a working device",
    ]  # fmt: skip
