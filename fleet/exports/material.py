"""What the sheets of one report are made of: read once, shared by all of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from sqlalchemy.orm import Session

from fleet.domain.fields import Field
from fleet.domain.os_support import SupportTable
from fleet.domain.records import DeviceRow
from fleet.domain.search import Search
from fleet.exports.question import Question
from fleet.queries.as_at import devices_as_at
from fleet.queries.devices import DeviceQuery, device_ids, list_devices
from fleet.queries.reports.holders import Holder, holders
from fleet.queries.reports.purchases import Order, makers, orders, prices

PAGE = 2_000
"""Rows fetched at a time: what is held in memory does not grow with the fleet."""


class Material:
    """The register's answers to one question. Devices are kept only where several sheets need them."""

    def __init__(
        self, session: Session, question: Question, organisations: Mapping[str, str], support: SupportTable
    ) -> None:
        self.session = session
        self.question = question
        self.organisations = organisations
        """Key -> name of those it covers."""
        self.support = support
        self.keep_devices = False
        self._devices: list[DeviceRow] | None = None
        self._ids: set[int] | None = None

    def devices(self) -> Iterable[DeviceRow]:
        """The devices of the question, by asset tag."""
        if self._devices is not None:
            return self._devices
        if self.keep_devices:
            self._devices = list(self._noting_ids())
            return self._devices
        return self._noting_ids()

    def ids(self) -> set[int]:
        """The numbers of those devices."""
        if self._ids is None:
            for _ in self.devices():
                pass
        assert self._ids is not None
        return self._ids

    def covers(self, organisation: str | None) -> bool:
        """Whether rows of an organisation belong to the answer."""
        return self.question.organisation in (None, organisation)

    def within(self, device_id: int | None) -> bool:
        """Whether a row about a device belongs to the answer, when devices are narrowed by a search."""
        return self.question.filters == Search() or device_id in self.ids()

    @cached_property
    def compared(self) -> list[DeviceRow]:
        """The devices as at the day before the period."""
        return devices_as_at(self.session, self.question.before, self.question.search)

    @cached_property
    def holders(self) -> Mapping[int, Holder]:
        """Person -> role, manager and state."""
        return holders(self.session, self.question.day if self.question.past else None)

    @cached_property
    def orders(self) -> Mapping[int, Order]:
        """Device -> the order it came with."""
        return orders(self.session)

    @cached_property
    def makers(self) -> Mapping[str, str]:
        """Model -> maker."""
        return makers(self.session)

    @cached_property
    def prices(self) -> Mapping[tuple[str, str], int]:
        """(organisation, kind) -> what a new one costs."""
        return prices(self.session, self.question.day)

    def _noting_ids(self) -> Iterator[DeviceRow]:
        ids: set[int] = set()
        for row in self._read():
            ids.add(row.id)
            yield row
        self._ids = ids

    def _read(self) -> Iterator[DeviceRow]:
        session, question = self.session, self.question
        if question.past:
            yield from devices_as_at(session, question.day, question.search)
            return
        ids = device_ids(session, DeviceQuery(question.search), now=question.now)
        for at in range(0, len(ids), PAGE):
            yield from list_devices(session, DeviceQuery(ids=ids[at : at + PAGE]), now=question.now)


def with_names(catalogue: Mapping[str, Field], organisations: Mapping[str, str]) -> dict[str, Field]:
    """The catalogue with organisations by name."""
    named = dict(catalogue)
    if "organisation" in named:
        named["organisation"] = replace(named["organisation"], words=_namer(organisations), width=26)
    return named


def _namer(names: Mapping[str, str]) -> Callable[[str], str]:
    return lambda key: names.get(key, key)
