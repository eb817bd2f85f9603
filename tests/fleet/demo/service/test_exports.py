"""Export jobs: asked for, polled, fetched from the second host without the bearer token."""

import csv
import io
import zipfile

import pytest

from tests.fleet.demo.service.factory import guid

JOBS = "deviceManagement/reports/exportJobs"
ORDER = {"reportName": "Devices", "select": ["DeviceId", "PrimaryUser", "Ownership", "CreatedDate"]}


def finished(caller, **more):
    """A job that has been polled until it ended."""
    job = caller.call("POST", JOBS, json={**ORDER, **more}).json()
    for _ in range(10):
        job = caller.get(f"{JOBS}('{job['id']}')").json()
        if job["status"] in ("completed", "failed"):
            break
    return job


def rows_of(answer):
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        (name,) = archive.namelist()
        return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8"))))


def test_a_job_goes_from_not_started_over_in_progress_to_completed(caller):
    made = caller.call("POST", JOBS, json=ORDER)
    assert made.status_code == 201
    job = made.json()
    assert (job["status"], job["url"], job["expirationDateTime"]) == ("notStarted", None, "0001-01-01T00:00:00Z")
    assert job["id"].startswith("Devices_")
    states = [caller.get(f"{JOBS}('{job['id']}')").json()["status"] for _ in range(3)]
    assert states == ["inProgress", "inProgress", "completed"]


def test_the_zip_on_the_second_host_holds_one_csv_with_the_chosen_columns(caller, directory, service):
    job = finished(caller)
    assert job["url"].startswith(f"{service.blob}/")
    rows = rows_of(caller.session.get(job["url"], timeout=10))
    assert list(rows[0]) == ORDER["select"]
    assert {row["DeviceId"] for row in rows} == set(directory.devices)
    by_id = {row["DeviceId"]: row for row in rows}
    assert by_id[guid("northbridge", "device", 1)]["PrimaryUser"] == guid("northbridge", "user", 1)
    assert by_id[guid("northbridge", "device", 0)]["PrimaryUser"] == "00000000-0000-0000-0000-000000000000"
    assert by_id[guid("northbridge", "device", 1)]["CreatedDate"] == "2026-03-02 09:31:00.9638425"


def test_the_second_host_refuses_a_bearer_token(caller):
    answer = caller.get(finished(caller)["url"])
    assert answer.status_code == 400
    assert "InvalidAuthenticationInfo" in answer.text


def test_the_address_of_the_zip_expires_and_can_not_be_guessed(caller, clock):
    url = finished(caller)["url"]
    assert caller.session.get(url.replace("sig=", "sig=x"), timeout=10).status_code == 403
    clock.pass_by(hours=7)
    assert caller.session.get(url, timeout=10).status_code == 403
    assert caller.session.get(url.replace("Devices_", "Other_"), timeout=10).status_code == 404


def test_a_filter_narrows_the_report(caller):
    rows = rows_of(caller.session.get(finished(caller, filter="(OwnerType eq '2')")["url"], timeout=10))
    assert {row["Ownership"] for row in rows} == {"Personal"}
    assert len(rows) == 5


@pytest.mark.parametrize(
    "order",
    [
        {"reportName": "Nonsense"},
        {"reportName": "Devices", "select": ["Colour"]},
        {"reportName": "Devices", "format": "pdf"},
    ],
)
def test_reports_that_do_not_exist_are_refused(caller, order):
    assert caller.call("POST", JOBS, json=order).status_code == 400


def test_unknown_jobs_are_404_and_known_ones_are_listed(caller):
    assert caller.get(f"{JOBS}('Devices_x')").status_code == 404
    job = finished(caller)
    assert [row["id"] for row in caller.get(JOBS).json()["value"]] == [job["id"]]
