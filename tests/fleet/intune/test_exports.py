"""The report of primary users: a ZIP from a stranger, read with care."""

import io
import zipfile

import pytest

from fleet.errors import SourceUnavailable
from fleet.intune import exports
from fleet.intune.exports import read_primary_users
from tests.fleet.intune.conftest import World

DEVICE = "3f0c7c1e-1111-4222-8333-000000000001"
USER = "3f0c7c1e-1111-4222-8333-00000000000a"


def zipped(text: str | bytes, name: str = "Devices.csv", copies: int = 1) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(copies):
            archive.writestr(f"{number}{name}", text)
    return packed.getvalue()


def rows_of(world: World, package: bytes) -> dict[str, str | None]:
    with world.client() as client:
        return dict(exports._rows(client, io.BytesIO(package)))


def test_columns_are_found_by_name(world: World) -> None:
    text = f"\ufeffPrimaryUser,DeviceName,DeviceId\r\n{USER},iPad,{DEVICE.upper()}\r\n"
    assert rows_of(world, zipped(text)) == {DEVICE: USER}


@pytest.mark.parametrize("user", ["", "00000000-0000-0000-0000-000000000000", " "])
def test_a_device_without_primary_user_has_none(world: World, user: str) -> None:
    assert rows_of(world, zipped(f"DeviceId,PrimaryUser\n{DEVICE},{user}\n")) == {DEVICE: None}


def test_short_and_empty_rows_are_passed_over(world: World) -> None:
    assert rows_of(world, zipped(f"DeviceId,PrimaryUser\n\nx\n,{USER}\n{DEVICE},{USER}\n")) == {DEVICE: USER}


@pytest.mark.parametrize(
    "package",
    [
        zipped("DeviceId,User\n"),
        zipped(""),
        zipped("DeviceId,PrimaryUser\n", name="x.txt"),
        zipped("DeviceId,PrimaryUser\n", copies=2),
    ],
)
def test_another_report_than_asked_for_is_refused(world: World, package: bytes) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        rows_of(world, package)
    assert caught.value.code == "report"


@pytest.mark.parametrize("package", [b"", b"PK\x03\x04rubbish", zipped("DeviceId,PrimaryUser\n" * 50)[:-30]])
def test_what_is_no_zip_is_told_in_one_line(world: World, package: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_download", lambda client, address, file: file.write(package))
    with world.client() as client, pytest.raises(SourceUnavailable, match="readable ZIP"):
        read_primary_users(client)


def test_a_csv_that_unpacks_too_large_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "CSV_LIMIT", 10)
    with world.client() as client, pytest.raises(SourceUnavailable, match="believable size"):
        read_primary_users(client)


def test_a_zip_that_is_too_large_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ZIP_LIMIT", 10)
    with world.client() as client, pytest.raises(SourceUnavailable, match="larger than"):
        read_primary_users(client)


@pytest.mark.parametrize("url", [None, "", 5, "http://storage.example/x.zip", "https:///x", "file:///etc/passwd"])
def test_an_address_that_is_not_https_is_refused(world: World, url: object) -> None:
    with world.client() as client, pytest.raises(SourceUnavailable):
        exports._address(client, url)
