"""`fleet tenant add`: config.toml gets a tenant and loses nothing, the key is for its owner only, mistakes write nothing."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fleet.config import load_config
from fleet.demo.service import Service
from fleet.intune.certificate import certificate_expiry, client_certificate, thumbprint
from tests.fleet.conftest import Outcome, Program
from tests.fleet.demo.service.factory import make_certificate, make_directory

GUID = "00000000-0000-4000-8000-00000000000"
NAMED = ("--name", "Northbridge Council")
IDS = ("--tenant-id", f"{GUID}1", "--client-id", f"{GUID}2")
Files = dict[str, bytes]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare_environment: None) -> Path:
    """Fleet's folder, not there yet."""
    monkeypatch.setenv("FLEET_NOW", datetime.now(UTC).isoformat())  # A certificate is judged by the real clock.
    monkeypatch.setenv("FLEET_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def files(folder: Path) -> Files:
    return {one.name: one.read_bytes() for one in folder.iterdir()} if folder.exists() else {}


def test_the_first_tenant_needs_no_file_and_no_folder(program: Program, folder: Path) -> None:
    told = program("tenant", "add", "northbridge", *NAMED, *IDS)
    assert (told.code, told.err) == (0, "")
    assert set(files(folder)) == {"config.toml", "northbridge.pem", "northbridge.crt"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "northbridge.pem").stat().st_mode) == 0o600
    config = load_config(folder, {})
    tenant = config.tenant("northbridge")
    assert config.organisations["northbridge"].name == "Northbridge Council"
    assert (tenant.organisation, tenant.tenant_id, tenant.client_id) == ("northbridge", f"{GUID}1", f"{GUID}2")
    public = (folder / "northbridge.crt").read_text()
    assert client_certificate(tenant, datetime.now(UTC))["public_certificate"] == public
    assert "PRIVATE" not in public
    for part in (str(folder / "northbridge.crt"), thumbprint(public), "User.Read.All", "fleet doctor"):
        assert part in told.out
    assert "PRIVATE" not in told.out


def test_what_was_in_the_file_stays_byte_for_byte(program: Program, folder: Path) -> None:
    folder.mkdir()
    before = (
        b'# ours \xe2\x80\x93 ours\r\n[organisation.eastmere]\r\nname = "Eastmere"\r\n'
        b"\r\n[rules.not-seen-30]\r\ndays = 45 # was 30"
    )
    (folder / "config.toml").write_bytes(before)
    (folder / "config.toml").chmod(0o640)
    assert program("tenant", "add", "eastmere", *IDS).code == 0
    assert program("tenant", "add", "northbridge", *NAMED, *IDS).code == 0
    after = (folder / "config.toml").read_bytes()
    assert after.startswith(before + b"\r\n")
    assert b"\n" not in after.replace(b"\r\n", b"")
    assert after.count(b"[organisation.eastmere]") == 1
    assert stat.S_IMODE((folder / "config.toml").stat().st_mode) == 0o640
    config = load_config(folder, {})
    assert set(config.tenants) == {"eastmere", "northbridge"}
    assert config.rules == {"not-seen-30": {"days": 45}}


def test_a_link_stays_a_link(program: Program, folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    real = tmp_path / "kept.toml"
    real.write_text("# elsewhere\n")
    (folder / "config.toml").symlink_to(real)
    assert program("tenant", "add", "northbridge", *NAMED, *IDS).code == 0
    assert (folder / "config.toml").is_symlink()
    assert "[tenant.northbridge]" in real.read_text()


def test_scripts_are_told_as_json(program: Program, folder: Path) -> None:
    told = program("tenant", "add", "northbridge", *NAMED, *IDS, "--days", "30", "--json").json
    assert set(told) == {"tenant", "config", "upload", "permissions"}
    assert told["upload"]["file"] == str(folder / "northbridge.crt")
    assert (certificate_expiry(folder / "northbridge.pem") - datetime.now(UTC)).days in (29, 30)
    assert "DeviceManagementManagedDevices.Read.All" in told["permissions"]


def test_two_tenants_may_belong_to_one_organisation(program: Program, folder: Path) -> None:
    assert program("tenant", "add", "northbridge", *NAMED, *IDS).code == 0
    assert program("tenant", "add", "schools", "--organisation", "northbridge", *IDS).code == 0
    config = load_config(folder, {})
    assert {one.organisation for one in config.tenants.values()} == {"northbridge"}


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (("--secret-env", "NB_SECRET"), ("secret_env", "NB_SECRET")),
        (("--secret-keyring", "fleet"), ("secret_keyring", "fleet")),
        (("--secret-file", "{home}/nb.secret"), ("secret_file", "{home}/nb.secret")),
        (("--certificate", "{home}/own.pem"), ("certificate", "{home}/own.pem")),
    ],
)
def test_another_credential_makes_no_key(
    program: Program, folder: Path, options: tuple[str, ...], kept: tuple[str, str]
) -> None:
    told = program(
        "tenant", "add", "northbridge", *NAMED, *IDS, *(one.replace("{home}", str(folder)) for one in options)
    )
    assert (told.code, set(files(folder))) == (0, {"config.toml"})
    name, value = kept
    assert str(getattr(load_config(folder, {}).tenant("northbridge"), name)) == value.replace("{home}", str(folder))
    assert str(folder) not in (folder / "config.toml").read_text(), "files of the folder are named by name"


def refused(program: Program, folder: Path, code: int, says: str, *arguments: str) -> Outcome:
    """The call is refused in one line, and nothing was written."""
    before = files(folder)
    told = program("tenant", "add", *arguments)
    assert (told.code, told.out) == (code, "")
    assert says in told.err
    assert len(told.err.splitlines()) == 1
    assert files(folder) == before
    return told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("North Bridge", *NAMED, *IDS), "key is lower-case letters"),
        (("../north", *NAMED, *IDS), "key is lower-case letters"),
        (("northbridge", *IDS), "Say its name"),
        (("northbridge", *NAMED, "--tenant-id", "mine", "--client-id", f"{GUID}2"), "--tenant-id is"),
        (("northbridge", *NAMED, "--tenant-id", f"{GUID}1", "--client-id", "the app"), "--client-id is"),
        (("northbridge", *NAMED, *IDS, "--graph", "http://graph.example"), "https"),
        (("northbridge", *NAMED, *IDS, "--secret-env", "A", "--secret-keyring", "b"), "exactly one of"),
    ],
)
def test_a_mistake_in_the_call_writes_nothing(
    program: Program, folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    refused(program, folder, 2, says, *arguments)


def test_a_tenant_that_is_there_is_not_touched(program: Program, folder: Path) -> None:
    assert program("tenant", "add", "northbridge", *NAMED, *IDS).code == 0
    refused(program, folder, 1, "is in config.toml already", "northbridge", *IDS)
    refused(
        program,
        folder,
        2,
        "is called Northbridge Council",
        "schools",
        "--organisation",
        "northbridge",
        "--name",
        "X",
        *IDS,
    )


def test_a_demonstration_takes_no_real_tenant(program: Program, folder: Path) -> None:
    folder.mkdir()
    (folder / "demo.json").write_text("{}")
    refused(program, folder, 1, "holds a demonstration", "northbridge", *NAMED, *IDS)


@pytest.mark.parametrize("name", ["northbridge.pem", "northbridge.crt"])
def test_a_key_that_is_there_is_never_replaced(program: Program, folder: Path, name: str) -> None:
    folder.mkdir()
    (folder / name).write_text("".join(make_certificate()))
    refused(program, folder, 1, "never replaced", "northbridge", *NAMED, *IDS)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[organisation.northbridge\n", "not valid TOML"),
        ('organisation = {eastmere = {name = "E"}}\n', "Add it by hand"),
        ('[tenant.eastmere]\norganisation = "east"\n', "tenant eastmere has no tenant_id"),
    ],
)
def test_a_file_that_can_not_take_it_stays_as_it_is(program: Program, folder: Path, content: str, says: str) -> None:
    folder.mkdir()
    (folder / "config.toml").write_text(content)
    refused(program, folder, 2, says, "northbridge", *NAMED, *IDS)


def test_a_file_that_can_not_be_written_leaves_no_key_behind(program: Program, folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    (folder / "config.toml").symlink_to(tmp_path / "gone" / "config.toml")
    told = program("tenant", "add", "northbridge", *NAMED, *IDS)
    assert (told.code, "can't be written" in told.err) == (2, True)
    assert [one.name for one in folder.iterdir()] == ["config.toml"]


def test_a_folder_that_can_not_be_made_is_one_line(program: Program, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "file").write_text("")
    told = program("--home", str(tmp_path / "file" / "home"), "tenant", "add", "northbridge", *NAMED, *IDS)
    assert (told.code, len(told.err.splitlines())) == (2, 1)


def test_who_has_no_tenant_is_told_of_it(program: Program, folder: Path) -> None:
    assert "fleet tenant add" in program("doctor", "--offline").out
    assert "fleet tenant add" in program("sync").err


# --- a new certificate ---------------------------------------------------------------------------------------


def test_a_certificate_is_renewed_without_a_night_lost(program: Program, folder: Path, tmp_path: Path) -> None:
    directory = make_directory(3, 2)
    directory.secret = None
    with Service([directory], folder=tmp_path) as service:
        ids = ("--tenant-id", directory.tenant_id, "--client-id", directory.client_id)
        places = ("--authority", service.authority, "--graph", service.graph, "--ca-bundle", str(service.ca_pem))
        assert program("tenant", "add", "northbridge", *NAMED, *ids, *places).code == 0
        directory.certificate_pem = (folder / "northbridge.crt").read_text()
        first = files(folder)
        made = program("tenant", "renew", "northbridge", "--days", "700")
        assert (made.code, str(folder / "northbridge.next.crt") in made.out) == (0, True)
        assert (folder / "northbridge.next.pem").stat().st_mode & 0o077 == 0
        early = program("tenant", "renew", "northbridge")
        assert (early.code, early.out) == (5, "")
        assert "Upload the certificate" in early.err
        assert {name: files(folder)[name] for name in first} == first, "the present one stays in use"
        directory.certificate_pem = (folder / "northbridge.next.crt").read_text()
        used = program("tenant", "renew", "northbridge")
        assert (used.code, "Remove the old one" in used.out) == (0, True)
        assert set(files(folder)) == set(first)
        assert (folder / "northbridge.crt").read_text() == directory.certificate_pem
        assert (certificate_expiry(folder / "northbridge.pem") - datetime.now(UTC)).days > 690
        assert program("sync").code in (0, 1)


def test_who_signs_in_with_a_secret_has_no_certificate_to_renew(program: Program, folder: Path) -> None:
    assert program("tenant", "add", "northbridge", *NAMED, *IDS, "--secret-env", "S").code == 0
    told = program("tenant", "renew", "northbridge")
    assert (told.code, "signs in with a secret" in told.err) == (2, True)
    assert program("tenant", "renew", "nobody").code == 2
