"""What a report says, read from the register: rows page by page, the age of the sources, the words of the filters."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Organisation, Tenant
from fleet.domain.fields import Field
from fleet.domain.os_support import SupportTable
from fleet.domain.search import Search
from fleet.errors import NotFound, UsageProblem
from fleet.exports.datasets import DATASETS
from fleet.exports.definition import Report, Sheet
from fleet.exports.masking import masked
from fleet.exports.material import Material, with_names
from fleet.exports.question import Question, describe
from fleet.exports.telling import teller
from fleet.queries.reports.running import complete_reads

__all__ = ["Answer", "Question", "SourceAge", "describe", "read"]

_DEVICES_AGAIN = frozenset({"devices", "scope", "findings", "key_numbers", "changes"})
"""Data sets that go over all devices."""


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
    material: Material
    left_out: tuple[str, ...] = ()
    """Names of sheets that can't be told for a day gone by."""

    def rows(self, sheet: Sheet) -> Iterable[Any]:
        """The rows of a sheet."""
        rows = DATASETS[sheet.dataset].read(self.material)
        if not sheet.where:
            return rows
        tests = [(self.text_of(sheet, key), frozenset(words)) for key, words in sheet.where]
        for text, words in tests:
            rows = _only(rows, text, words)
        return rows

    def text_of(self, sheet: Sheet, key: str) -> Callable[[Any], str]:
        """What tells a field of a sheet's rows in words."""
        return teller(self.catalogues[sheet.key][key])


def read(session: Session, report: Report, question: Question, left_out: tuple[str, ...] = ()) -> Answer:
    """Look up what a report needs besides its rows.

    Raises `NotFound` for an unknown organisation, `UsageProblem` for a search that can't narrow this report.
    """
    organisations = organisations_of(session, question.organisation)
    support = SupportTable.load()
    if question.filters != Search() and not any(DATASETS[sheet.dataset].of_devices for sheet in report.sheets):
        raise UsageProblem(f"{report.title} is not about devices: a search can't narrow it. Name an organisation.")
    material = Material(session, question, organisations, support)
    material.keep_devices = sum(sheet.dataset in _DEVICES_AGAIN for sheet in report.sheets) > 1 and not _streams(report)
    catalogues: dict[str, Mapping[str, Field]] = {}
    told: dict[str, Mapping[str, Field]] = {}
    for sheet in report.sheets:
        if sheet.dataset not in told:
            named = with_names(DATASETS[sheet.dataset].fields(material), organisations)
            told[sheet.dataset] = named if question.unmask else masked(named)
        catalogues[sheet.key] = told[sheet.dataset]
    sources = tuple(sources_of(session, organisations, question))
    return Answer(question, organisations, sources, support, catalogues, material, left_out)


def _only(rows: Iterable[Any], text: Callable[[Any], str], words: frozenset[str]) -> Iterator[Any]:
    return (row for row in rows if text(row) in words)


def _streams(report: Report) -> bool:
    """Whether each device is needed once, and its number after that."""
    return [sheet.dataset for sheet in report.sheets if sheet.dataset in _DEVICES_AGAIN] == ["devices", "findings"]


def organisations_of(session: Session, wanted: str | None) -> dict[str, str]:
    """Key -> name of the one that is wanted, or of all. Raises `NotFound`."""
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


def sources_of(session: Session, organisations: Mapping[str, str], question: Question) -> Iterator[SourceAge]:
    """How fresh the sources of some organisations were on the day of the question."""
    rows = session.execute(
        select(Tenant.key, Organisation.key, Tenant.last_complete_at, Tenant.last_device_count, Tenant.id)
        .join(Organisation, Organisation.id == Tenant.organisation_id)
        .order_by(Tenant.key)
    )
    then = complete_reads(session, question.moment) if question.past else {}
    for tenant, owner, read_at, listed, tenant_id in rows:
        if owner in organisations:
            at, count = then.get(tenant_id, (None, None)) if question.past else (read_at, listed)
            yield SourceAge(tenant, organisations[owner], at, None if question.hide_small else count)
