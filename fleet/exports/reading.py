"""What a report says, read from the register: rows page by page, the age of the sources, the words of the filters."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day, london_date
from fleet.database.models import Organisation, Tenant
from fleet.domain.fields import DEVICE_FIELDS, FINDING_FIELDS, Field
from fleet.domain.fields.devices import KINDS
from fleet.domain.os_support import SupportTable, Verdict
from fleet.domain.records import DeviceRow, FindingRow
from fleet.domain.search import Filter, Search
from fleet.errors import NotFound
from fleet.exports.masking import masked
from fleet.queries.as_at import devices_as_at
from fleet.queries.devices import DeviceQuery, device_ids, list_devices
from fleet.queries.findings import list_findings

PAGE = 2_000
"""Rows fetched at a time: what is held in memory does not grow with the fleet."""

_UNFIXED = ("open", "acknowledged", "snoozed")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the register."""

    now: datetime
    actor: str
    organisation: str | None = None
    filters: Search = Search()  # noqa: RUF009 - frozen
    as_at: date | None = None
    unmask: bool = False

    @property
    def day(self) -> date:
        """The day that the report describes."""
        return self.as_at or london_date(self.now)

    @property
    def search(self) -> Search:
        """The filters, with the organisation among them."""
        if self.organisation is None:
            return self.filters
        return replace(self.filters, filters=(*self.filters.filters, Filter("org", "=", self.organisation)))


@dataclass(frozen=True, slots=True)
class SourceAge:
    """How fresh one source is."""

    tenant: str
    organisation: str
    """Name."""
    last_complete_at: datetime | None
    devices: int | None
    """How many it listed then."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A report's question with everything needed to write it; rows come when they are asked for."""

    question: Question
    organisations: Mapping[str, str]
    """Key -> name of those it covers."""
    sources: tuple[SourceAge, ...]
    support: SupportTable
    catalogues: Mapping[str, Mapping[str, Field]]
    """Sheet -> its fields, masked unless the question says otherwise."""
    session: Session

    def rows(self, sheet: str, devices: Collection[int] = ()) -> Iterable[Any]:
        """The rows of a sheet; findings are about the `devices` already read."""
        return _READERS[sheet](self.session, self.question, devices)


def read(session: Session, question: Question) -> Answer:
    """Look up what a report needs besides its rows; raises `NotFound` for an unknown organisation."""
    organisations = _organisations(session, question.organisation)
    support = SupportTable.load()
    catalogues: dict[str, dict[str, Field]] = {
        "devices": DEVICE_FIELDS | _derived(support, question.day),
        "findings": dict(FINDING_FIELDS),
    }
    for catalogue in catalogues.values():
        named = replace(catalogue["organisation"], words=_namer(organisations), width=26)
        catalogue["organisation"] = named
    team = catalogues["devices"]["team"]  # Not called Team: read back, it must not become the device's own team.
    catalogues["devices"]["team"] = replace(team, label="Holder's team")
    if not question.unmask:
        catalogues = {key: masked(catalogue) for key, catalogue in catalogues.items()}
    return Answer(question, organisations, tuple(_sources(session, organisations)), support, catalogues, session)


def devices(session: Session, question: Question, _devices: Collection[int] = ()) -> Iterator[DeviceRow]:
    """The devices of a question, by asset tag: today's page by page, or those of a day gone by."""
    if question.as_at is not None and question.as_at < london_date(question.now):
        yield from devices_as_at(session, question.as_at, question.search)
        return
    ids = device_ids(session, DeviceQuery(question.search), now=question.now)
    for at in range(0, len(ids), PAGE):
        yield from list_devices(session, DeviceQuery(ids=ids[at : at + PAGE]), now=question.now)


def findings(session: Session, question: Question, devices: Collection[int]) -> Iterator[FindingRow]:
    """What was not fixed on the day: about those devices; and about anything else when nothing is filtered out."""
    past = question.as_at is not None and question.as_at < london_date(question.now)
    states = (*_UNFIXED, "fixed") if past else _UNFIXED
    everything = question.filters == Search()
    for row in list_findings(session, states=states):
        about_device = row.subject_type == "device" and row.subject_id is not None
        if about_device and row.subject_id not in devices:
            continue
        if not about_device and not (everything and question.organisation in (None, row.organisation)):
            continue
        if not past:
            yield row
        elif row.first_seen <= end_of_day(question.day):
            if row.state != "fixed":
                yield row
            elif london_date(row.last_seen) >= question.day:
                yield replace(row, state="open")


_READERS: Mapping[str, Callable[[Session, Question, Collection[int]], Iterator[Any]]] = {
    "devices": devices,
    "findings": findings,
}


def _organisations(session: Session, wanted: str | None) -> dict[str, str]:
    rows = session.execute(select(Organisation.key, Organisation.name).order_by(Organisation.name))
    known: dict[str, str] = {row[0]: row[1] for row in rows}
    if wanted is None:
        return known
    if wanted not in known:
        close = get_close_matches(wanted, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise NotFound(
            f"There is no organisation called {wanted}.{hint} There are: {', '.join(known) or 'none'}.",
            nearest=tuple(close),
        )
    return {wanted: known[wanted]}


def _sources(session: Session, organisations: Mapping[str, str]) -> Iterator[SourceAge]:
    rows = session.execute(
        select(Tenant.key, Organisation.key, Tenant.last_complete_at, Tenant.last_device_count)
        .join(Organisation, Organisation.id == Tenant.organisation_id)
        .order_by(Tenant.key)
    )
    for tenant, owner, last_complete_at, count in rows:
        if owner in organisations:
            yield SourceAge(tenant, organisations[owner], last_complete_at, count)


def _namer(names: Mapping[str, str]) -> Callable[[str], str]:
    return lambda key: names.get(key, key)


# --- fields that only reports have ----------------------------------------------------------------------------

_VERDICTS: Mapping[Verdict, str] = {
    "supported": "Up to date",
    "update-due": "Update due",
    "unsupported": "Unsupported",
    "unknown": "Not known",
}
_USES = {
    **dict.fromkeys(("issued", "in_repair", "found"), "In use"),
    **dict.fromkeys(("ordered", "delivered", "in_stock", "prepared"), "In stock"),
    **dict.fromkeys(("lost", "stolen"), "Lost or stolen"),
    **dict.fromkeys(("retired", "disposed", "quarantined"), "Out of use"),
}


def _derived(support: SupportTable, day: date) -> dict[str, Field]:
    verdicts: dict[tuple[str | None, str], str] = {}

    def verdict(row: DeviceRow) -> str:
        if row.os_version is None:
            return "Not reported"
        pair = (row.model, row.os_version)
        found = verdicts.get(pair)
        if found is None:
            found = verdicts[pair] = _VERDICTS[support.verdict(*pair, day)]
        return found

    family = cache(support.family)
    nobody: frozenset[Any] = frozenset()
    helped = "Whether Apple still patches this OS version on this model."
    fields = (
        Field("os_support", "OS support", "text", 13, 11, nobody, helped, read=verdict),
        Field("os_release", "Operating system", "text", 20, 11, nobody, "System and major version.",
              read=lambda row: _release(family, row)),
        Field("kind_and_owner", "Kind", "text", 20, 9, nobody, "Kind; people's own devices apart.", read=_kind_and_owner),
        Field("use", "Use", "text", 14, 9, nobody, "Status in four words.", read=lambda row: _USES.get(row.status, "Other")),
    )  # fmt: skip
    return {field.key: field for field in fields}


def _release(family: Callable[[str | None], str | None], row: DeviceRow) -> str:
    if row.os_version is None:
        return "Not reported"
    system = family(row.model) or {"ipad": "iPadOS", "iphone": "iOS"}.get(row.kind, "Other")
    return f"{system} {row.os_version.partition('.')[0].strip()}"


def _kind_and_owner(row: DeviceRow) -> str:
    kind = KINDS.get(row.kind, row.kind)
    return f"{kind} (personal)" if row.ownership == "personal" else kind


def describe(search: Search) -> str:
    """A search as a person would type it; `none` when it filters nothing."""
    filters = (
        f"{'-' if one.negative else ''}{one.name}:{'' if one.operator == '=' else one.operator}{_quoted(one.value)}"
        for one in search.filters
    )
    return " ".join([*map(_quoted, search.words), *filters]) or "none"


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
