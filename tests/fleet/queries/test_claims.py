"""Under what names the register has identifiers that are claimed twice."""

from fleet.database import Database
from fleet.domain.facts import Clash
from fleet.queries.claims import UNTAGGED, recorded_under, with_names
from tests.factory import a_device, an_organisation

IMEI = "352099001761481"


def test_an_imei_is_found_by_its_first_14_digits_in_either_slot(database: Database) -> None:
    owner = an_organisation(database)
    a_device(database, owner, asset_tag="NB-1", imei="352099001761499", imei2=IMEI)
    a_device(database, owner, serial="DMPX2", imei=IMEI[:14] + "9")
    a_device(database, owner, asset_tag="NB-3", imei="990000862471854")
    with database.read() as session:
        assert recorded_under(session, [("imei", IMEI), ("imei", "111111111111111")]) == {
            ("imei", IMEI): ["NB-1", "DMPX2"]
        }


def test_a_serial_is_told_by_the_tag_and_never_by_itself(database: Database) -> None:
    owner = an_organisation(database)
    a_device(database, owner, asset_tag="NB-1", serial="DMPX1")
    a_device(database, owner, serial="DMPX2")
    with database.read() as session:
        found = recorded_under(session, [("serial", "DMPX1"), ("serial", "DMPX2"), ("serial", "DMPX3")])
    assert found == {("serial", "DMPX1"): ["NB-1"], ("serial", "DMPX2"): [UNTAGGED]}


def test_a_clash_gets_the_names_of_its_devices(database: Database) -> None:
    """A claimant that the register knows by its serial is called by its tag; one that it does not know stays as it is."""
    owner = an_organisation(database)
    a_device(database, owner, asset_tag="NB-1", imei=IMEI)
    second = a_device(database, owner, asset_tag="NB-2", serial="DMPX2")
    clash = Clash("imei", IMEI, ("a", "b"), ("northbridge",), "northbridge", second, ("DMPX2", "DMPX9"))
    with database.read() as session:
        (named,) = with_names(session, [clash])
        assert with_names(session, []) == []
    assert (named.recorded_for, named.claimants, named.device) == (("NB-1",), ("NB-2", "DMPX9"), "NB-2")
