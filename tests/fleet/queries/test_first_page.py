"""The first page by plain SQL is the one the real query gives, or nothing at all."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from fleet.database import Database
from fleet.database.models import ByodRegistration, Device, Finding, Operator
from fleet.database.register import REVISIONS
from fleet.queries.devices import DeviceQuery, count_devices, list_devices
from fleet.queries.first_page import MIGRATION, first_page
from tests.conftest import SqliteFiles
from tests.factory import (
    NOW,
    TODAY,
    a_device,
    a_model,
    a_person,
    a_sim,
    a_site,
    a_team,
    a_tenant,
    an_assignment,
    an_enrolment,
    an_organisation,
    write,
)


@pytest.fixture
def register(sqlite: SqliteFiles) -> Iterator[Database]:
    """A register with one of each kind of line."""
    with Database(sqlite.migrated()) as opened:
        yield opened


def fill(database: Database) -> None:
    """Issued, lent, shared by a site and by a team, personal, enrolled, left, without tag, and plenty of plain ones."""
    owner = an_organisation(database)
    tenant, team, site = a_tenant(database, owner), a_team(database, owner), a_site(database, owner)
    model = a_model(database)
    person = a_person(database, owner, "Siân Vaughan", upn="sian.vaughan@northbridge.example", team_id=team)
    issued = a_device(
        database, owner, status="issued", serial="DMPX1TESTF1", asset_tag="NB-3", imei="352099001761481", model_id=model,
        site_id=site, purchased_on=date(2024, 4, 1), price_pence=41_900, warranty_until=date(2027, 4, 1), cost_code="C1",
    )  # fmt: skip
    an_assignment(database, owner, issued, person_id=person, kind="loan", due_on=TODAY)
    an_enrolment(
        database, owner, tenant, issued, device_name="iPad [/x]", supervised=True, encrypted=False, os_version="26.1",
        compliance="compliant", last_seen=NOW - timedelta(seconds=5), enrolled_at=NOW, upn="a@northbridge.example",
    )  # fmt: skip
    gone = a_device(database, owner, asset_tag="NB-1", team_id=team)
    an_enrolment(database, owner, tenant, gone, closed_at=NOW, closed_because="missing", os_version="17.0")
    a_sim(database, owner, "8944100000000000017", device_id=gone)
    an_assignment(database, owner, gone, person_id=person, returned_on=TODAY)
    for tag, holder in (("NB-2", {"site_id": site}), (None, {"team_id": team})):
        shared = a_device(database, owner, asset_tag=tag, status="issued", kind="thin_client")
        an_assignment(database, owner, shared, **holder)
    own = a_device(database, owner, ownership="personal")
    write(
        database,
        ByodRegistration(
            organisation_id=owner, person_id=person, device_id=own, state="enrolled", requested_on=TODAY
        ),
        Finding(
            organisation_id=owner, rule="jailbroken", identity="1", severity="high", state="open", subject_type="device",
            subject_id=issued, subject="NB-3", sentence="It is.", evidence={}, first_seen=NOW, last_seen=NOW,
        ),
        *(Device(organisation_id=owner, kind="ipad", status="in_stock", asset_tag=f"ZZ-{n:03}") for n in range(130)),
    )  # fmt: skip


def test_it_is_what_the_real_query_gives(register: Database) -> None:
    fill(register)
    for limit in (2, 100, 1_000):
        page = first_page(register.url, limit)
        assert page is not None
        with register.read() as session:
            assert page.rows == list_devices(session, DeviceQuery(), now=NOW, limit=limit)
            assert page.total == count_devices(session, DeviceQuery(), now=NOW) == 135


def test_an_empty_register_has_an_empty_first_page(register: Database) -> None:
    page = first_page(register.url)
    assert page is not None
    assert (page.rows, page.total) == ([], 0)


def test_behind_walls_it_says_nothing(register: Database) -> None:
    fill(register)
    write(register, Operator(name="j.doe", role="technician", all_organisations=True, active=True))
    assert first_page(register.url) is None


def test_another_migration_or_another_database_is_left_to_the_real_query(register: Database, tmp_path: Path) -> None:
    assert REVISIONS[-1] == MIGRATION
    with sqlite3.connect(register.url.removeprefix("sqlite:///")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    other = tmp_path / "other.db"
    other.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    for url in (
        register.url,
        f"sqlite:///{other}",
        f"sqlite:///{tmp_path / 'none.db'}",
        "sqlite:///:memory:",
        "postgresql://fleet@localhost/fleet",
        "nonsense",
    ):
        assert first_page(url) is None
    assert not (tmp_path / "none.db").exists()


def test_a_busy_register_is_not_waited_for(register: Database) -> None:
    path = register.url.removeprefix("sqlite:///")
    register.close()
    holder = sqlite3.connect(path, isolation_level=None)
    try:
        holder.execute("PRAGMA journal_mode=DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        assert first_page(register.url) is None
    finally:
        holder.close()


def test_nothing_heavy_is_imported_for_it() -> None:
    code = (
        "import sys; before = set(sys.modules); import fleet.queries.first_page\n"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["fleet"]


def test_moments_are_aware(register: Database) -> None:
    fill(register)
    page = first_page(register.url)
    assert page is not None
    moments = [row.last_seen for row in page.rows if row.last_seen is not None]
    assert moments
    assert all(isinstance(one, datetime) and one.utcoffset() == timedelta(0) for one in moments)
