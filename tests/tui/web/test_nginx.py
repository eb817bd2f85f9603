"""The site of docs/OPERATIONS.md in a real nginx. Skipped where none is installed."""

import asyncio
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientSession, TCPConnector, WSServerHandshakeError, encode_basic_auth

from tests.tui.terminal import ROOT
from tests.tui.web.test_site import PATIENCE, PUBLIC, SECRET, home, painted, run, serving  # noqa: F401 - a fixture

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
HOST = PUBLIC.removeprefix("https://")
pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx is installed")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def nginx(folder: Path, fleet_port: int) -> Iterator[tuple[int, ssl.SSLContext]]:
    """nginx with the documented site before Fleet; its port and whom to trust."""
    site = re.search(r"```nginx\n(.*?)```", (ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8"), re.DOTALL)
    assert site is not None
    port, authority = free_port(), trustme.CA()
    issued, trusted = authority.issue_cert(HOST), ssl.create_default_context()
    authority.configure_trust(trusted)
    issued.cert_chain_pems[0].write_to_path(folder / "fleet.crt")
    issued.private_key_pem.write_to_path(folder / "fleet.key")
    (folder / "fleet.users").write_text("ben.hale:{PLAIN}of course\n")
    changed = {
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/nginx": str(folder),
        "127.0.0.1:8000": f"127.0.0.1:{fleet_port}",
        "the secret": SECRET,
    }
    text = site[1]
    for documented, here in changed.items():
        assert documented in text
        text = text.replace(documented, here)
    paths = "".join(
        f"{name}_temp_path {folder / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        ("user root;\n" if os.geteuid() == 0 else "")
        + f"daemon off; pid {folder / 'pid'}; error_log {folder / 'error.log'};\nevents {{}}\n"
        f"http {{ access_log off;\n{paths}{text}}}\n"
    )
    running = subprocess.Popen(
        [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    )
    try:
        yield port, trusted
    finally:
        running.terminate()
        running.wait(PATIENCE)


def test_people_come_through_the_documented_site_as_themselves(home: Path, tmp_path: Path) -> None:  # noqa: F811
    folder = tmp_path / "nginx"
    folder.mkdir(mode=0o755)

    async def scenario() -> None:
        async with serving(home, secret=SECRET) as server:
            with nginx(folder, int(server.base.rpartition(":")[2])) as (port, trusted):
                connector = TCPConnector(ssl=trusted)
                address, asked = f"https://127.0.0.1:{port}/", {"Host": HOST}
                signed_in = {**asked, "Authorization": encode_basic_auth("ben.hale", "of course")}
                async with ClientSession(connector=connector) as client:
                    for _ in range(200):
                        try:
                            async with client.get(address, headers=asked, server_hostname=HOST) as nobody:
                                assert nobody.status == 401
                                break
                        except OSError:
                            await asyncio.sleep(0.02)
                    forged = {**signed_in, "X-Fleet-Operator": "asha.penrose"}
                    async with client.get(address, headers=forged, server_hostname=HOST) as page:
                        assert page.status == 200
                        assert f"connect-src wss://{HOST};" in page.headers["Content-Security-Policy"]
                    with pytest.raises(WSServerHandshakeError) as refused:
                        await client.ws_connect(
                            f"{address}ws",
                            headers={**signed_in, "Origin": "https://evil.example"},
                            server_hostname=HOST,
                        )
                    assert refused.value.status == 403
                    socket = await client.ws_connect(
                        f"{address}ws?width=100&height=30", headers={**forged, "Origin": PUBLIC}, server_hostname=HOST
                    )
                    await painted(socket, "no tenant is synced")
                    assert [one.operator for one in server.site.sessions.values()] == ["ben.hale"]
                    await socket.close()

    run(scenario)
