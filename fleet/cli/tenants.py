"""`fleet tenant`: a Microsoft tenant is described without an editor and without openssl."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.output import inert, print_json
from fleet.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from fleet.commands.tenants import Uploadable


@click.group()
def tenant() -> None:
    """Describe the Microsoft tenants that Fleet syncs from. They are kept in config.toml."""


@tenant.command()
@click.argument("key")
@click.option("--name", help="Name of the organisation; needed when it is new.")
@click.option("--organisation", help="Key of the organisation it belongs to.  [default: KEY]")
@click.option("--tenant-id", required=True, help="Directory (tenant) ID: a GUID, or the tenant's domain.")
@click.option("--client-id", required=True, help="Application (client) ID.")
@click.option(
    "--days", default=365, show_default=True, type=click.IntRange(1, 1096), help="How long the certificate holds."
)
@click.option("--certificate", type=click.Path(path_type=Path), help="A PEM file you have: private key + certificate.")
@click.option("--secret-env", metavar="NAME", help="Environment variable that holds the client secret.")
@click.option("--secret-file", type=click.Path(path_type=Path), help="File (0600) that holds the client secret.")
@click.option(
    "--secret-keyring", metavar="SERVICE", help="Service in this system's keyring that holds the client secret."
)
@click.option("--authority", help="Another sign-in host: sovereign clouds, test services.")
@click.option("--graph", help="Another Graph host.")
@click.option("--ca-bundle", type=click.Path(path_type=Path), help="Certificates to trust instead of the usual ones.")
@click.option("--proxy", help="Address of the proxy.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def add(
    surroundings: Surroundings,
    /,
    key: str,
    name: str | None,
    organisation: str | None,
    tenant_id: str,
    client_id: str,
    days: int,
    as_json: bool,
    **settings: Path | str | None,
) -> None:
    """Add tenant KEY to config.toml, and make the key and certificate that its application signs in with.

    What is in the file stays as it is. Nobody is asked and nothing is sent: `fleet doctor` tells whether it works.
    """
    from fleet.commands.tenants import NewTenant, add_tenant

    config = surroundings.config
    given = {one: _as_kept(value, config.home) for one, value in settings.items() if value}
    wanted = NewTenant(key, tenant_id, client_id, organisation or key, name, given)
    made = add_tenant(config, wanted, now=surroundings.now, days=days)
    if as_json:
        upload = (
            None if made is None else {"file": str(made.path), "thumbprint": made.thumbprint, "expires": made.expires}
        )
        print_json(
            {"tenant": key, "config": str(config.home / "config.toml"), "upload": upload, "permissions": _permissions()}
        )
        return
    click.echo(f"Tenant {key} is in {config.home / 'config.toml'}.")
    if made is not None:
        _print_upload(made)
    click.echo("Grant it these application permissions of Microsoft Graph, with admin consent:")
    for permission, purpose in _permissions().items():
        click.echo(f"  {permission:<{max(map(len, _permissions()))}}  {purpose}")
    click.echo("Then: fleet doctor")


@tenant.command()
@click.argument("key")
@click.option(
    "--days", default=365, show_default=True, type=click.IntRange(1, 1096), help="How long the certificate holds."
)
@click.pass_obj
def renew(surroundings: Surroundings, /, key: str, days: int) -> None:
    """Give tenant KEY a new certificate before the old one ends, in two calls.

    The first makes it; upload it then, beside the old one. The second tries it out, and puts it to use if Entra takes it.
    """
    from fleet.commands.tenants import next_certificate, use_next_certificate
    from fleet.intune.auth import TokenSource

    wanted = surroundings.config.tenant(key)
    upload, made = next_certificate(wanted, now=surroundings.now, days=days)
    if made:
        _print_upload(upload)
        click.echo(f"The present one stays in use until you say again: fleet tenant renew {key}")
        return
    use_next_certificate(wanted, lambda one: TokenSource(one).token())
    click.echo(
        f"{inert(wanted.certificate)} is the new one, valid until {upload.expires:%d %b %Y}. Remove the old one in Entra."
    )


def _print_upload(made: "Uploadable") -> None:
    click.echo(f"Upload to the application in Entra, under Certificates & secrets: {inert(made.path)}")
    click.echo(f"  thumbprint {made.thumbprint}, valid until {made.expires:%d %b %Y}; the key beside it stays here")


def _as_kept(value: Path | str, home: Path) -> str:
    """A setting as config.toml has it: files of Fleet's folder by name, others by their whole path."""
    if isinstance(value, str):
        return value
    path = value.expanduser().absolute()
    return str(path.relative_to(home) if path.is_relative_to(home) else path)


def _permissions() -> dict[str, str]:
    """What a sync needs, by purpose; the docs say what works without."""
    from fleet.intune.permissions import LEAVE_DATE_PERMISSION, REQUIRED_PERMISSIONS
    from fleet.intune.sources import PURPOSES

    optional = {"primary users": "primary users (optional: a report is ordered with it)"}
    needed = {permission: optional.get(purpose, purpose) for purpose, permission in REQUIRED_PERMISSIONS.items()}
    beside = {least: f"{what} (optional)" for what, (least, _) in PURPOSES.items()}
    return {**needed, **beside, LEAVE_DATE_PERMISSION: "leaving dates of people (optional)"}
