"""`fleet serve`: what it refuses before anything is listened on, and that it starts and stops."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fleet.conftest import Program

PROXIED = ("serve", "--behind-proxy", "--public-url", "https://fleet.northbridge.gov.example")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "fleet.example"])
def test_another_address_is_refused_while_nobody_signs_people_in(program: Program, tmp_path: Path, host: str) -> None:
    done = program("--home", str(tmp_path), "serve", "--host", host)
    assert done.code == 2
    assert host in done.err
    assert "--behind-proxy" in done.err
    assert not (tmp_path / "fleet.db").exists(), "refused before anything is opened"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("serve", "--public-url", "https://fleet.example"), "go with --behind-proxy"),
        (("serve", "--behind-proxy"), "--behind-proxy needs a secret"),
        (PROXIED, "openssl rand"),
        (("serve", "--behind-proxy", "--public-url", "http://fleet.example"), "must begin with https"),
        (("serve", "--behind-proxy", "--host", "0.0.0.0"), "--public-url"),
        (("serve", "--port", "99999"), "--port"),
        (("serve", "--sessions", "0"), "--sessions"),
    ],
)
def test_what_would_be_open_to_anybody_is_refused(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    if "secret" not in told and "openssl" not in told:
        monkeypatch.setenv("FLEET_PROXY_SECRET", "s" * 24)
    done = program("--home", str(tmp_path), *arguments)
    assert done.code == 2
    assert told in done.err


@pytest.mark.skipif(os.name != "posix", reason="modes and signals as on POSIX")
def test_a_secret_that_others_can_read_is_refused(program: Program, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s" * 32)
    secret.chmod(0o644)
    done = program("--home", str(tmp_path), *PROXIED, "--proxy-secret-file", str(secret))
    assert done.code == 2
    assert f"chmod 600 {secret}" in done.err
    assert "sss" not in done.err


@pytest.mark.skipif(os.name != "posix", reason="modes and signals as on POSIX")
def test_it_prints_an_address_with_a_key_and_stops_at_a_signal(tmp_path: Path) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "fleet", "--home", str(tmp_path), "serve", "--port", "0"],
        env={**os.environ, "FLEET_OPERATOR": "asha.penrose"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert running.stderr is not None
        line = running.stderr.readline()
        assert re.search(r"http://127\.0\.0\.1:\d+/\?key=[\w-]{32} ", line), line
        assert "asha.penrose" in line
    finally:
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (0, "", "Stopped.\n")
