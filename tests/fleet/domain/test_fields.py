"""The field catalogue against the shapes and tables it describes."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from fleet.database.models import Device, Enrolment
from fleet.domain.fields import (
    DEVICE_FIELDS,
    ENROLMENT_FIELDS,
    FINDING_FIELDS,
    PERSON_FIELDS,
    RECORDED_DEVICE_FIELDS,
    Field,
)
from fleet.domain.lifecycle import LABELS
from fleet.domain.plan.recorded import DETAIL, OBSERVED
from fleet.domain.records import DeviceRow, FindingRow, ObservedDevice, PersonRow
from importers.columns import plain
from importers.layouts.register import DEVICE_REGISTER

CATALOGUES = (DEVICE_FIELDS, RECORDED_DEVICE_FIELDS, ENROLMENT_FIELDS, PERSON_FIELDS, FINDING_FIELDS)
DECIDED_BY_STAFF = frozenset(
    {
        *("asset_tag", "status", "organisation", "holder", "holder_upn", "holder_id", "issued_on", "due_on"),
        *(
            "site",
            "team",
            "cost_code",
            "price_pence",
            "purchased_on",
            "warranty_until",
            "status_since",
            "site_id",
            "team_id",
        ),
        *("notes",),
        *("purchase_id", "delivery_id", "disposed_on", "disposal_reference"),
    }
)
ROW = DeviceRow(
    id=7, kind="thin_client", model="Optik T5", serial="SN1", imei="352099001761481", asset_tag="NB7",
    status="in_stock", organisation="northbridge", site=None, team=None, holder=None, holder_upn=None, holder_id=None,
    os_version="26.3.1 (a)", compliance="inGracePeriod", last_seen=datetime(2026, 7, 1, 12, 5, tzinfo=UTC),
    ownership="organisation", supervised=True, encrypted=False, purchased_on=date(2025, 3, 3), price_pence=123450,
    open_findings=1200, ethernet_mac="00E0C5400B9A",
)  # fmt: skip


def test_every_field_of_a_device_row_that_people_see_is_in_the_catalogue() -> None:
    """`version` guards against lost updates and `holder_id` joins rows: neither is for people."""
    assert {one.name for one in fields(DeviceRow)} - {"version", "holder_id"} == set(DEVICE_FIELDS)


@pytest.mark.parametrize(("row", "catalogue"), [(PersonRow, PERSON_FIELDS), (FindingRow, FINDING_FIELDS)])
def test_rows_of_people_and_findings_are_covered(row: type, catalogue: dict[str, Field]) -> None:
    assert {one.name for one in fields(row)} == set(catalogue)


def test_every_column_of_a_device_is_in_the_catalogue() -> None:
    plumbing = {"id", "organisation_id", "hay", "version"}
    assert {column.name for column in Device.__table__.c} - plumbing == set(RECORDED_DEVICE_FIELDS)


def test_every_observation_is_in_the_catalogue_and_nothing_else() -> None:
    plumbing = {
        *("id", "organisation_id", "tenant_id", "device_id", "opened_at", "closed_at", "closed_because"),
        *("missing_since", "missing_runs", "enriched_at", "fingerprint"),
    }
    assert {column.name for column in Enrolment.__table__.c} - plumbing == set(ENROLMENT_FIELDS)
    assert {one.name for one in fields(ObservedDevice)} <= set(ENROLMENT_FIELDS)


@pytest.mark.parametrize("key", [*OBSERVED, *DETAIL])
def test_intune_may_set_every_observation_that_makes_history(key: str) -> None:
    assert "intune" in ENROLMENT_FIELDS[key].sources


def test_no_catalogue_lets_intune_set_what_staff_decide() -> None:
    for catalogue in (DEVICE_FIELDS, RECORDED_DEVICE_FIELDS):
        for key in DECIDED_BY_STAFF & set(catalogue):
            assert "intune" not in catalogue[key].sources, key
            assert "staff" in catalogue[key].sources, key


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_labels_are_told_apart_whatever_the_case(catalogue: dict[str, Field]) -> None:
    labels = [field.label.casefold() for field in catalogue.values()]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_field_says_what_it_is(catalogue: dict[str, Field]) -> None:
    for key, field in catalogue.items():
        assert field.key == key
        assert field.help.endswith(".")
        assert field.width >= 8


@pytest.mark.parametrize(
    ("key", "imported_as"),
    [("holder", "holder_name"), *((key, key) for key in DEVICE_FIELDS if key in DEVICE_REGISTER.columns)],
)
def test_an_import_knows_a_label_by_the_same_key(key: str, imported_as: str) -> None:
    assert DEVICE_REGISTER.aliases[plain(DEVICE_FIELDS[key].label)] == imported_as


def test_a_label_never_means_another_field_to_an_import() -> None:
    for key, field in DEVICE_FIELDS.items():
        assert DEVICE_REGISTER.aliases.get(plain(field.label)) in {key, None, "holder_name" if key == "holder" else key}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("kind", "Thin client"),
        ("status", "In stock"),
        ("imei", "352099001761481"),
        ("ethernet_mac", "00:E0:C5:40:0B:9A"),
        ("os_version", "26.3.1 (a)"),
        ("compliance", "In grace period"),
        ("last_seen", "1 Jul 2026 13:05"),
        ("ownership", "Organisation"),
        ("supervised", "Yes"),
        ("encrypted", "No"),
        ("purchased_on", "3 Mar 2025"),
        ("price_pence", "£1,234.50"),
        ("open_findings", "1,200"),
        ("holder", ""),
    ],
)
def test_a_value_reads_as_people_in_london_write_it(key: str, text: str) -> None:
    assert DEVICE_FIELDS[key].text(ROW) == text


@pytest.mark.parametrize(
    ("key", "cell"),
    [
        ("imei", "352099001761481"),
        ("last_seen", datetime(2026, 7, 1, 13, 5)),
        ("purchased_on", date(2025, 3, 3)),
        ("price_pence", Decimal("1234.50")),
        ("open_findings", 1200),
        ("encrypted", "No"),
        ("status", "In stock"),
        ("id", "7"),
        ("holder", None),
    ],
)
def test_a_cell_holds_what_a_spreadsheet_computes_with(key: str, cell: object) -> None:
    found = DEVICE_FIELDS[key].cell(ROW)
    assert found == cell
    assert type(found) is type(cell)


@pytest.mark.parametrize("status", LABELS)
def test_a_status_is_shown_by_its_label(status: str) -> None:
    assert DEVICE_FIELDS["status"].text(replace(ROW, status=status)) == LABELS[status]


def test_a_word_of_tomorrow_is_spelt_out() -> None:
    row = replace(ROW, compliance="awaitingReview", status="on_the_moon")
    assert DEVICE_FIELDS["compliance"].text(row) == "Awaiting review"
    assert DEVICE_FIELDS["status"].text(row) == "On the moon"


def test_people_are_known_as_such() -> None:
    """A masked export decides by this mark alone."""
    marked = {key for key, field in DEVICE_FIELDS.items() if field.personal}
    assert marked == {"holder", "holder_upn", "phone_number", "device_name", "enrolled_upn"}
