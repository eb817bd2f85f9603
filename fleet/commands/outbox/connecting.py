"""How a tenant is reached for remote actions: with the credential that is theirs alone."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from fleet.commands.outbox.sending import Sender
from fleet.config import Config, TenantConfig
from fleet.database import Database
from fleet.intune.actions import ActionClient
from fleet.intune.auth import token_source
from fleet.intune.sign_in import Technician, acting_tokens
from fleet.queries.operators import Access


def sender(database: Database, config: Config, access: Access, clock: Callable[[], datetime]) -> Sender:
    """A sender over the network; use it in a `with`."""

    def connect(tenant: TenantConfig) -> AbstractContextManager[ActionClient]:
        tokens, who = acting_tokens(tenant, config.home, access.name)
        return ActionClient(tenant, tokens, sent_as=who)

    return Sender(database, config, access, clock, connect)


def reader(database: Database, config: Config, access: Access, clock: Callable[[], datetime]) -> Sender:
    """One that looks with the credential of the sync, which may read and nothing else: nobody has to be signed in."""

    def connect(tenant: TenantConfig) -> AbstractContextManager[ActionClient]:
        return ActionClient(tenant, token_source(tenant), sent_as="nobody")

    return Sender(database, config, access, clock, connect)


def configured(config: Config) -> frozenset[str]:
    """The tenants whose remote actions are set up."""
    return frozenset(key for key, tenant in config.tenants.items() if tenant.actions is not None)


def technician(config: Config, tenant: str, operator: str) -> Technician:
    """Who signs in, or is signed in, for a tenant's remote actions. Raises `ConfigurationProblem` where nobody can."""
    return Technician(config.tenant(tenant), config.home, operator)
