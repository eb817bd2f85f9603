"""What scanned texts mean, many at a time."""

from fleet.database import Database
from fleet.queries.keys import exact_devices
from fleet.queries.scans import devices_by_scan
from tests.conftest import CountQueries
from tests.factory import a_device, a_line, a_sim, a_tenant, an_enrolment, an_organisation

INTUNE = "0f8fad5b-d9cb-469f-a165-70867728950e"
SCANS = [
    "DMPXABC123", "dmpxabc123", " DMPXABC123\r", "SDMPXABC123", "sdmpxabc123", "SDMPXABC999", "NB-IPAD-1", "nb-ipad-1",
    "352099001761481", "35 209900 176148 1", "35209900176148", "3520990017614805", "356938035643809", "07700900123",
    "+447700900123", "447700900123", "8944100000000000017", INTUNE, INTUNE.upper(), "nobody", "", "   ", "S", "1", "x" * 5000,
    "NB\x00IPAD", "\ud800", "' OR 1=1 --", "%", "_", "\u202eNB-IPAD-1", "\u0661\u0662\u0663", "TWICE",
    "00:e0:c5:54:0b:9a", "00-E0-C5-54-0B-9A", "00e0.c554.0b9a", "00E0C5540B9A",
]  # fmt: skip
UNASKABLE = {"NB\x00IPAD", "\ud800"}
"""No database can be asked for these."""


def a_small_fleet(database: Database) -> dict[str, int]:
    """Devices that are known by every kind of key."""
    owner, other = an_organisation(database), an_organisation(database, "southmoor")
    tenant = a_tenant(database, owner)
    full = a_device(
        database, owner, serial="DMPXABC123", asset_tag="nb-iPad-1", imei="352099001761481", imei2="356938035643809"
    )
    a_sim(database, owner, device_id=full, line_id=a_line(database, owner))
    an_enrolment(database, owner, tenant, full, intune_id=INTUNE)
    with_s = a_device(database, owner, serial="SDMPXABC999")
    a_device(database, owner, serial="DMPXABC999")
    twice = a_device(database, owner, asset_tag="TWICE")
    a_device(database, other, asset_tag="TWICE")
    a_device(database, owner, kind="thin_client", ethernet_mac="00E0C5540B9A")
    return {"full": full, "with_s": with_s, "twice": twice, "owner": owner}


def test_each_text_means_what_it_means_alone(database: Database) -> None:
    a_small_fleet(database)
    with database.read() as session:
        found = devices_by_scan(session, SCANS)
        alone = {one: tuple(exact_devices(session, one)) for one in SCANS if one not in UNASKABLE}
    assert found == {**dict.fromkeys(UNASKABLE, ()), **alone}
    assert sum(bool(ids) for ids in found.values()) > 19
    assert {found[one] for one in SCANS[-4:]} == {found["00E0C5540B9A"]}


def test_a_serial_that_begins_with_s_wins_over_a_scanners_s(database: Database) -> None:
    fleet = a_small_fleet(database)
    with database.read() as session:
        found = devices_by_scan(session, ["SDMPXABC999", "SDMPXABC123"])
    assert found == {"SDMPXABC999": (fleet["with_s"],), "SDMPXABC123": (fleet["full"],)}


def test_a_tag_of_two_organisations_is_ambiguous_only_for_who_sees_both(database: Database) -> None:
    fleet = a_small_fleet(database)
    with database.read() as session:
        assert len(devices_by_scan(session, ["TWICE"])["TWICE"]) == 2
    with database.read(frozenset({fleet["owner"]})) as session:
        assert devices_by_scan(session, ["TWICE"]) == {"TWICE": (fleet["twice"],)}


def test_a_thousand_texts_cost_as_many_queries_as_ten(database: Database, count_queries: CountQueries) -> None:
    a_small_fleet(database)

    def sent(number: int) -> int:
        texts = [
            form.format(one) for one in range(number) for form in ("07700900{:03d}", "SDMPX{:06d}", "352099{:08d}1")
        ]
        with count_queries(database) as statements, database.read() as session:
            devices_by_scan(session, texts)
        return len(statements)

    assert sent(10) == sent(1000) == 8  # serial, tag, two IMEIs, serial without S, enrolment, SIM, line
