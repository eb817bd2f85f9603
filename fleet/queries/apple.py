"""What Apple's lists, tokens and managed apps tell, for rules, cards and registers. Nothing is asked where no list is."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.database.lean import lean_columns
from fleet.database.models import (
    AppDevice,
    AppleListing,
    AppleSource,
    ByodRegistration,
    Device,
    Enrolment,
    Finding,
    Organisation,
    Person,
    Run,
    ServiceToken,
    Tenant,
)
from fleet.domain.facts import AppDeviceFact, AppleFact, DeviceFact, ListingFact, TokenFact
from fleet.domain.rules.declaration import APPLE
from fleet.domain.sources import TOKEN_NAMES
from fleet.queries.tenants import batches

_ON_ITS_WAY = ("unrecorded", "ordered", "delivered")
"""A device in one of these is not in anybody's hands yet, as far as the register knows."""
_FEW = 1_000


@dataclass(frozen=True, slots=True)
class _Lists:
    """The complete lists of one organisation."""

    has_business: bool
    right_servers: tuple[str, ...]


class AppleLists:
    """The lists that there are, and what they say of devices."""

    def __init__(
        self, session: Session, organisations: Mapping[str, _Lists], sources: Mapping[int, tuple[str, str]]
    ) -> None:
        self._session = session
        self._organisations = organisations
        self._sources = sources

    @classmethod
    def read(cls, session: Session) -> "AppleLists | None":
        """The complete lists of all organisations; None where there is none, which is one small question."""
        statement: Any = (
            select(AppleSource.id, AppleSource.kind, AppleSource.right_servers, Organisation.key)
            .join(Organisation, Organisation.id == AppleSource.organisation_id)
            .where(AppleSource.last_complete_at.is_not(None))
        )
        rows = session.connection().execute(statement).all()
        if not rows:
            return None
        found: dict[str, _Lists] = {}
        for _, kind, servers, owner in rows:
            before = found.get(owner, _Lists(False, ()))
            right = tuple(servers or ()) if kind == "business" else before.right_servers
            found[owner] = _Lists(before.has_business or kind == "business", right)
        return cls(session, found, {row[0]: (row[1], row[3]) for row in rows})

    def tell(self, facts: Iterable[DeviceFact], organisation_id: int | None) -> Iterator[DeviceFact]:
        """The same facts, each with what the lists of its organisation say of it.

        The lists of one organisation are read whole, or all of them; other organisations' few devices come last.
        """
        owner: str | None = None
        if organisation_id is not None:
            named = select(Organisation.key).where(Organisation.id == organisation_id)
            owner = self._session.connection().execute(named).scalar_one_or_none()
        said = self._said(None, owner)
        others: list[DeviceFact] = []
        for one in facts:
            if owner is None or one.organisation == owner:
                yield self._told(one, said)
            else:
                others.append(one)
        yield from self.tell_few(others)

    def tell_few(self, facts: Iterable[DeviceFact]) -> Iterator[DeviceFact]:
        """The same for a few devices, looked up by serial."""
        for batch in batches(facts, _FEW):
            said = self._said([one.serial for one in batch if one.serial])
            yield from (self._told(one, said) for one in batch)

    def _told(self, fact: DeviceFact, said: Mapping[tuple[str, str], Any]) -> DeviceFact:
        lists = self._organisations.get(fact.organisation)
        if lists is None or fact.kind not in APPLE or fact.ownership != "organisation":
            return fact
        row = said.get((fact.organisation, fact.serial or ""))
        values = (False,) if row is None else (True, row[2], row[3], lists.right_servers, row[8], *row[4:8])
        return DeviceFact._make((*fact[:-1], AppleFact(*values)))  # `apple` is the last of them.

    def _said(self, serials: Sequence[str] | None, owner: str | None = None) -> dict[tuple[str, str], Any]:
        """(organisation, serial) -> source, serial, status, server, order, added, coverage and whether Apple itself says so.

        Of a device on both lists Apple's own counts.
        """
        columns = (
            AppleListing.source_id, AppleListing.serial, AppleListing.status, AppleListing.server, AppleListing.order_number,
            AppleListing.added_on, AppleListing.coverage_until, AppleListing.coverage,
        )  # fmt: skip
        mine = [one for one, (_, whose) in self._sources.items() if owner in (None, whose)]
        statement: Any = select(*columns).where(AppleListing.gone_at.is_(None), AppleListing.source_id.in_(mine))
        statements = [statement]
        if serials is not None:
            statements = [statement.where(AppleListing.serial.in_(batch)) for batch in batches(serials, _FEW)]
        found: dict[tuple[str, str], Any] = {}
        for one in statements:
            for chunk in lean_columns(self._session.connection(), one):
                for row in zip(*chunk, strict=True):
                    kind, owner = self._sources[row[0]]
                    business = kind == "business"
                    if business or (owner, row[1]) not in found:
                        found[owner, row[1]] = (*row, business)
        return found


def listing_facts(
    session: Session, *, organisation_id: int | None = None, serials: Collection[str] | None = None
) -> Iterator[ListingFact]:
    """Listed devices that never enrolled and that nobody has, of organisations whose Intune was read; each serial once."""
    read = select(Tenant.organisation_id).where(Tenant.last_complete_at.is_not(None))
    enrolled = select(Enrolment.serial).where(Enrolment.serial.is_not(None))
    enrolled_as = (
        select(Device.serial).join(Enrolment, Enrolment.device_id == Device.id).where(Device.serial.is_not(None))
    )
    in_use = select(Device.serial).where(Device.serial.is_not(None), Device.status.not_in(_ON_ITS_WAY))
    statement: Any = (
        select(
            AppleListing.id, Organisation.key, AppleListing.serial, AppleSource.kind, AppleListing.model,
            AppleListing.order_number, AppleListing.ordered_on, AppleListing.added_on, AppleListing.status,
            AppleListing.server, Device.status,
        )
        .join(AppleSource, AppleSource.id == AppleListing.source_id)
        .join(Organisation, Organisation.id == AppleListing.organisation_id)
        .outerjoin(Device, Device.serial == AppleListing.serial)
        .where(
            AppleListing.gone_at.is_(None),
            AppleListing.organisation_id.in_(read),
            AppleListing.serial.not_in(enrolled),
            AppleListing.serial.not_in(enrolled_as),
            AppleListing.serial.not_in(in_use),
        )
        .order_by(AppleSource.kind.desc(), AppleListing.id)
    )  # fmt: skip
    if organisation_id is not None:
        statement = statement.where(AppleListing.organisation_id == organisation_id)
    if serials is not None:
        statement = statement.where(AppleListing.serial.in_(serials))
    seen: set[tuple[str, str]] = set()
    for row in session.connection().execute(statement):
        fact = ListingFact(*row)
        if (fact.organisation, fact.serial) not in seen:
            seen.add((fact.organisation, fact.serial))
            yield fact


def token_facts(session: Session, *, organisation_id: int | None = None) -> Iterator[TokenFact]:
    """Push certificates, ADE and VPP tokens, of all organisations or one."""
    statement: Any = (
        select(
            ServiceToken.id, Organisation.key, Tenant.key, ServiceToken.kind, ServiceToken.graph_id, ServiceToken.name,
            ServiceToken.expires_at, ServiceToken.state, ServiceToken.synced_at, ServiceToken.error,
        )
        .join(Tenant, Tenant.id == ServiceToken.tenant_id)
        .join(Organisation, Organisation.id == ServiceToken.organisation_id)
        .order_by(ServiceToken.id)
    )  # fmt: skip
    if organisation_id is not None:
        statement = statement.where(ServiceToken.organisation_id == organisation_id)
    for row in session.connection().execute(statement):
        ends = None if row[6] is None else london_date(row[6])
        known: tuple[Any, ...] = (*row[:6], ends, *row[7:])
        yield TokenFact(*known)


def app_device_facts(session: Session, *, organisation_id: int | None = None) -> Iterator[AppDeviceFact]:
    """Own devices that only have apps, those of one person and kind together."""
    statement: Any = (
        select(
            func.min(AppDevice.id), Organisation.key, Tenant.key, AppDevice.user_id, AppDevice.kind, Person.upn, Person.state,
            func.max(AppDevice.os_version), func.max(AppDevice.last_seen), func.count(), Person.id,
        )
        .join(Tenant, Tenant.id == AppDevice.tenant_id)
        .join(Organisation, Organisation.id == AppDevice.organisation_id)
        .outerjoin(Person, (Person.tenant_id == AppDevice.tenant_id) & (Person.entra_id == AppDevice.user_id))
        .group_by(Organisation.key, Tenant.key, AppDevice.user_id, AppDevice.kind, Person.upn, Person.state, Person.id)
        .order_by(func.min(AppDevice.id))
    )  # fmt: skip
    if organisation_id is not None:
        statement = statement.where(AppDevice.organisation_id == organisation_id)
    rows = session.connection().execute(statement).all()
    allowed = _allowed(session) if rows else set()
    for row in rows:
        known: tuple[Any, ...] = (*row[:10], row[10] in allowed)
        yield AppDeviceFact(*known)


def _allowed(session: Session) -> set[int]:
    """People with a registration that no enrolled device takes up."""
    open_ones = select(Enrolment.device_id).where(Enrolment.closed_at.is_(None))
    rows = session.connection().execute(
        select(ByodRegistration.person_id).where(
            ByodRegistration.state.in_(("approved", "enrolled")),
            ByodRegistration.device_id.is_(None) | ByodRegistration.device_id.not_in(open_ones),
        )
    )
    return {row[0] for row in rows}


# --- for cards and registers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListedAs:
    """What one list says of a device."""

    kind: str
    """business or ade."""
    read_at: datetime | None
    model: str | None
    order_number: str | None
    ordered_on: date | None
    added_on: date | None
    status: str | None
    server: str | None
    coverage: str | None
    coverage_until: date | None
    gone_at: datetime | None


def listed_as(session: Session, serial: str | None, organisation_id: int) -> list[ListedAs]:
    """What the lists of an organisation say of a serial, Apple's own first."""
    if serial is None:
        return []
    rows = session.execute(
        select(
            AppleSource.kind, AppleSource.last_complete_at, AppleListing.model, AppleListing.order_number,
            AppleListing.ordered_on, AppleListing.added_on, AppleListing.status, AppleListing.server, AppleListing.coverage,
            AppleListing.coverage_until, AppleListing.gone_at,
        )
        .join(AppleSource, AppleSource.id == AppleListing.source_id)
        .where(AppleListing.serial == serial, AppleListing.organisation_id == organisation_id)
        .order_by(AppleSource.kind.desc())
    )  # fmt: skip
    return [ListedAs(*row) for row in rows]


def has_list(session: Session, organisation_id: int) -> bool:
    """Whether an organisation has a complete list from Apple."""
    found = select(AppleSource.id).where(
        AppleSource.organisation_id == organisation_id, AppleSource.last_complete_at.is_not(None)
    )
    return session.execute(found.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class AccountState:
    """How fresh the list of an Apple account is."""

    account: str
    organisation: str
    last_complete_at: datetime | None
    last_state: str | None
    """State of its newest run."""
    last_error: str | None


def account_states(session: Session) -> list[AccountState]:
    """The accounts that were ever read, and how the last time went."""
    newest = (
        select(Run.source, func.max(Run.id).label("id")).where(Run.source.startswith("apple:")).group_by(Run.source)
    )
    runs = {
        row[0].partition(":")[2]: row[1:]
        for row in session.execute(
            select(Run.source, Run.state, Run.error, Organisation.key)
            .join(Organisation, Organisation.id == Run.organisation_id)
            .where(Run.id.in_(select(newest.subquery().c.id)))
        )
    }
    read = {
        row[0]: row[1]
        for row in session.execute(
            select(AppleSource.key, AppleSource.last_complete_at).where(AppleSource.kind == "business")
        )
    }
    return [
        AccountState(key, owner, read.get(key), state, error) for key, (state, error, owner) in sorted(runs.items())
    ]


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends soon or does not work, and that the nights or the devices' management rest on."""

    rule: str
    tenant: str
    what: str
    until: date | None
    """None for what does not work."""


_ENDING = ("token-expiring", "credential-expiring", "token-failing")


def endings(session: Session) -> list[Ending]:
    """Tokens, certificates and credentials of open findings, the first to end first, then what does not work."""
    rows = session.execute(
        select(Finding.rule, Finding.subject, Finding.evidence).where(
            Finding.rule.in_(_ENDING), Finding.state == "open"
        )
    )
    found = []
    for rule, subject, evidence in rows:
        said = {**(evidence or {}).get("recorded", {}), **(evidence or {}).get("observed", {})}
        ends = None if rule == "token-failing" else said.get("expires_on") or said.get("credential_until")
        kind = TOKEN_NAMES.get(str(said.get("kind")), "Fleet's credential")
        name = f" {said['name']}" if said.get("name") else ""
        tenant = str(said.get("tenant") or said.get("key") or subject)
        found.append(Ending(rule, tenant, f"{kind}{name}", date.fromisoformat(ends) if ends else None))
    return sorted(found, key=lambda one: (one.until is None, one.until or date.min, one.tenant))
