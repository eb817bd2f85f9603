"""`fleet serve`: the screen in a browser, on this machine only or behind a proxy that signs people in."""

import os
from pathlib import Path

import click

from fleet.cli.output import say
from fleet.cli.surroundings import Surroundings
from fleet.config.secrets import others_can_read
from fleet.errors import ConfigurationProblem, UsageProblem


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--sessions", default=10, show_default=True, type=click.IntRange(1, 200), help="Most sessions at a time.")
@click.option("--behind-proxy", is_flag=True, help="A reverse proxy signs people in and says who they are.")
@click.option("--public-url", help="With --behind-proxy: the address that people open.")
@click.option(
    "--proxy-secret-file",
    type=click.Path(path_type=Path),
    help="With --behind-proxy: the file with what the proxy sends in X-Fleet-Proxy (or FLEET_PROXY_SECRET).",
)
@click.pass_obj
def serve(
    surroundings: Surroundings,
    host: str,
    port: int,
    sessions: int,
    behind_proxy: bool,
    public_url: str | None,
    proxy_secret_file: Path | None,
) -> None:
    """Open the screen in a browser where there is no SSH.

    Listens on this machine only, and prints an address with a key: every session is the operator who called this.
    Another address needs --behind-proxy: there the proxy signs people in, and a session is whoever it names.
    """
    from tui.web.gate import is_loopback, origins_of

    if not behind_proxy and (public_url or proxy_secret_file):
        raise UsageProblem("--public-url and --proxy-secret-file go with --behind-proxy.")
    if not behind_proxy and not is_loopback(host):
        raise UsageProblem(
            f"{host} can be reached from other machines, and nobody would be asked who they are. Serve on 127.0.0.1,"
            " or put a proxy in front that signs people in, and say so with --behind-proxy (docs/OPERATIONS.md)."
        )
    secret = _secret(proxy_secret_file) if behind_proxy else None
    if behind_proxy and public_url is None:
        raise UsageProblem("--behind-proxy needs --public-url: the address that people open.")
    if public_url is not None:
        origins_of(host, port, public_url)
    config = surroundings.config
    _ = surroundings.database  # A register that can't be opened is said here, not to each browser.
    from tui.web.running import serve_forever

    serve_forever(
        config.home,
        host,
        port,
        sessions=sessions,
        public_url=public_url,
        secret=secret,
        operator=config.operator,
        say=say,
    )


def _secret(path: Path | None) -> str:
    """What the proxy sends with each request, so that nobody else on this machine can pretend to be it."""
    from tui.web.gate import LEAST_SECRET

    value = os.environ.get("FLEET_PROXY_SECRET", "").strip()
    if path is not None:
        try:
            value, is_open = path.read_text(encoding="utf-8").strip(), others_can_read(path)
        except OSError as error:
            raise ConfigurationProblem(f"{path} can't be read: {error.strerror}.") from error
        if is_open:
            raise ConfigurationProblem(f"{path} can be read by others. Run: chmod 600 {path}")
    if len(value) < LEAST_SECRET or not value.isprintable() or not value.isascii():
        raise UsageProblem(
            f"--behind-proxy needs a secret of {LEAST_SECRET} characters or more in --proxy-secret-file or FLEET_PROXY_SECRET."
            " Make one with: openssl rand -hex 24"
        )
    return value
