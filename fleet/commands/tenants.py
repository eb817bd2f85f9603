"""A tenant is described: a key with its certificate made, and config.toml told. The register learns of it when it is opened."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from fleet.config import (
    CREDENTIALS,
    DEMO_MARKER,
    Config,
    TenantConfig,
    replace_config,
    toml_table,
    with_tables,
    write_private,
)
from fleet.errors import ConfigurationProblem, NotAllowed, UsageProblem
from fleet.intune.certificate import certificate_expiry, client_certificate, new_certificate, thumbprint

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\Z")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_DOMAIN = re.compile(r"[0-9a-z][0-9a-z-]*(\.[0-9a-z-]+)+\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What a person says of a tenant; `settings` are further lines of its table in config.toml."""

    key: str
    tenant_id: str
    client_id: str
    organisation: str
    organisation_name: str | None = None
    """Needed for an organisation that is not configured yet."""
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Uploadable:
    """A certificate that Entra still has to be given."""

    path: Path
    thumbprint: str
    expires: datetime


def add_tenant(config: Config, wanted: NewTenant, *, now: datetime, days: int = 365) -> Uploadable | None:
    """Add a tenant to config.toml, and its organisation when that is new; the rest of the file stays as it is.

    Without a credential among the settings a key with its certificate is made; what has to be uploaded is returned.
    Raises `UsageProblem`, `NotAllowed` or `ConfigurationProblem`, and has then written nothing.
    """
    _check(config, wanted)
    own = not any(wanted.settings.get(name) for name in CREDENTIALS)
    private = config.home / f"{wanted.key}.pem"
    public = config.home / f"{wanted.key}.crt"
    settings = {"certificate": private.name} if own else {}
    content = with_tables(config.home, _tables(config, wanted, {**settings, **wanted.settings}))
    if not own:
        _make_home(config.home)
        replace_config(config.home, content)
        return None
    _refuse_to_replace(private, public)
    key_pem, certificate_pem = new_certificate(f"fleet {wanted.key}", now, days=days)
    _make_home(config.home)
    try:
        write_private(private, key_pem + certificate_pem)
        public.write_text(certificate_pem, encoding="utf-8")
        replace_config(config.home, content)
    except (OSError, ConfigurationProblem) as error:
        for path in (private, public):
            with suppress(OSError):
                path.unlink()
        if isinstance(error, ConfigurationProblem):
            raise
        raise ConfigurationProblem(f"{config.home} can't be written: {error.strerror}. Nothing was changed.") from error
    return Uploadable(public, thumbprint(certificate_pem), certificate_expiry(private))


def next_certificate(tenant: TenantConfig, *, now: datetime, days: int = 365) -> tuple[Uploadable, bool]:
    """The certificate that is to follow the tenant's, and whether it was made now: it lies beside until it is put to use.

    Raises `UsageProblem` for a tenant without a certificate, `ConfigurationProblem` when it can't be written.
    """
    private, public = _next(tenant)
    made = not private.exists()
    if made:
        key_pem, certificate_pem = new_certificate(f"fleet {tenant.key}", now, days=days)
        try:
            public.write_text(certificate_pem, encoding="utf-8")
            write_private(private, key_pem + certificate_pem)
        except OSError as error:
            raise ConfigurationProblem(f"{private} can't be written: {error.strerror}. Nothing was changed.") from error
    credential = client_certificate(replace(tenant, certificate=private), now)
    return Uploadable(public, thumbprint(credential["public_certificate"]), certificate_expiry(private)), made


def use_next_certificate(tenant: TenantConfig, try_out: Callable[[TenantConfig], object]) -> None:
    """Put the next certificate in place of the present one, once Entra takes it; what `try_out` raises leaves all as it was."""
    private, public = _next(tenant)
    assert tenant.certificate is not None
    try_out(replace(tenant, certificate=private))
    try:
        private.replace(tenant.certificate)
        public.replace(tenant.certificate.with_suffix(".crt"))
    except OSError as error:
        raise ConfigurationProblem(f"{private} can't be put in place: {error.strerror}.") from error


def _next(tenant: TenantConfig) -> tuple[Path, Path]:
    present = tenant.certificate
    if present is None:
        raise UsageProblem(
            f"Tenant {tenant.key} signs in with a secret, which is renewed in Entra and where it is kept."
        )
    return present.with_name(f"{present.stem}.next.pem"), present.with_name(f"{present.stem}.next.crt")


def _check(config: Config, wanted: NewTenant) -> None:
    if not _KEY.match(wanted.key):
        raise UsageProblem(f"A tenant's key is lower-case letters, digits, - and _, not {wanted.key}.")
    if (config.home / DEMO_MARKER).exists():
        raise NotAllowed(
            f"{config.home} holds a demonstration, which the next one replaces. Name another folder with --home, "
            "or unset FLEET_HOME."
        )
    if wanted.key in config.tenants:
        raise NotAllowed(f"Tenant {wanted.key} is in config.toml already. Change it there, in {config.home}.")
    if not _GUID.match(wanted.tenant_id) and not _DOMAIN.match(wanted.tenant_id):
        raise UsageProblem(
            "--tenant-id is the directory (tenant) ID of the overview page: a GUID, or the tenant's domain."
        )
    if not _GUID.match(wanted.client_id):
        raise UsageProblem("--client-id is the application (client) ID of the overview page: a GUID.")
    known = config.organisations.get(wanted.organisation)
    if known is None and not wanted.organisation_name:
        raise UsageProblem(f'Organisation {wanted.organisation} is new. Say its name: --name "Northbridge Council"')
    if known is not None and wanted.organisation_name not in (None, known.name):
        raise UsageProblem(
            f"Organisation {known.key} is called {known.name} in config.toml. Leave --name out, or use another key."
        )


def _tables(config: Config, wanted: NewTenant, settings: Mapping[str, str]) -> list[str]:
    tables = []
    if wanted.organisation not in config.organisations:
        tables.append(toml_table(("organisation", wanted.organisation), {"name": wanted.organisation_name or ""}))
    ids = {"organisation": wanted.organisation, "tenant_id": wanted.tenant_id, "client_id": wanted.client_id}
    return [*tables, toml_table(("tenant", wanted.key), {**ids, **settings})]


def _make_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationProblem(
            f"{home} can't be made: {error.strerror}. Name another folder with --home."
        ) from error


def _refuse_to_replace(*paths: Path) -> None:
    for path in paths:
        if path.exists():
            raise NotAllowed(
                f"{path} exists already, and a key is never replaced. Use it with --certificate {path}, or move it away."
            )
