"""Until when the credential of a tenant holds, noted by every sync for the rule that warns of its end."""

from datetime import date

from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.writing import update_silently
from fleet.config import TenantConfig
from fleet.database.models import Tenant
from fleet.errors import ConfigurationProblem
from fleet.intune.certificate import certificate_expiry


def note_credential(session: Session, tenant_id: int, tenant: TenantConfig) -> None:
    """Write down the last day of the tenant's credential; None where nobody said when its secret ends."""
    update_silently(session, Tenant, ("credential_until",), [(tenant_id, credential_until(tenant))])


def credential_until(tenant: TenantConfig) -> date | None:
    """The day that the configuration names, else that of the certificate."""
    if tenant.credential_until is not None or tenant.certificate is None:
        return tenant.credential_until
    try:
        return london_date(certificate_expiry(tenant.certificate))
    except ConfigurationProblem:
        return None
