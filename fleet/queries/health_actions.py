"""What the doctor says of remote actions: off, or with which credential, and whether that has what it needs."""

from collections.abc import Iterator

from fleet.config import TenantConfig
from fleet.errors import FleetError
from fleet.intune.once import PERMISSIONS
from fleet.queries.checks import Check


def action_checks(tenant: TenantConfig, offline: bool) -> Iterator[Check]:
    """Nothing where they are off: that is no fault. Raises nothing; what is wrong is a check."""
    if tenant.actions is None:
        return
    what = f"remote actions of {tenant.key}"
    if tenant.actions.sign_in is not None:
        yield Check(what, "good", f"technicians sign in ({tenant.actions.sign_in}): fleet action sign-in {tenant.key}")
        return
    if offline:
        yield Check(what, "skipped", "their token is not asked for (--offline).")
        return
    yield _token(tenant, what)


def _token(tenant: TenantConfig, what: str) -> Check:
    from fleet.intune.auth import token_roles, token_source
    from fleet.intune.sign_in import acting_tenant

    try:
        roles = token_roles(token_source(acting_tenant(tenant)).token())
    except FleetError as error:
        return Check(what, "bad", error.message, error.exit_code)
    missing = [one for one in PERMISSIONS if one not in roles]
    if missing:
        return Check(what, "bad", f"their application lacks {' and '.join(missing)} (docs/OPERATIONS.md).", 5)
    return Check(what, "good", "an application sends them, and has the permissions.")
