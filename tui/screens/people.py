"""The people and what they hold."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import BindingType

from fleet.domain.records import PersonRow
from tui.actions import bindings_of
from tui.cards import lay_person
from tui.columns import PEOPLE, Column
from tui.register import PersonCard, Register
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.screens.resolving import exact_device, exact_person
from tui.widgets.line_view import Lay


class PeopleScreen(DeskScreen[PersonRow]):
    """All people the operator may see."""

    PLACE = "people"
    COLUMNS: ClassVar[Sequence[Column]] = PEOPLE
    PLACEHOLDER = "Type a name, sign-in name, team, job title"
    NOUN = ("person", "people")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("people")

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[PersonRow]:
        """People that match."""
        return register.people(ask.text, offset, limit)

    def ranks(self, ask: Ask) -> bool:
        """Whenever something is typed."""
        return bool(ask.text)

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return register.count_people(ask.text)

    def exact(self, register: Register, typed: str) -> tuple[str, Any] | None:
        """The person who is exactly that, else the device."""
        return exact_person(register, typed) or exact_device(register, typed)

    def read_card(self, register: Register, row: PersonRow) -> PersonCard:
        """Everything about a person."""
        return register.person_card(row.id)

    def lay_card(self, card: PersonCard) -> Lay:
        """Its lines."""
        return lay_person(card, self.fleet.glance)

    def name_of(self, row: PersonRow) -> str:
        """The name."""
        return row.name

    def whole(self) -> int | None:
        """All people."""
        return self.fleet.summary.people if self.fleet.summary else None
