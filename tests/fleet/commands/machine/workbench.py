"""What all rules have in common: the register, how one thing of many is picked, and what was done so far."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.rejudging import rejudge_touched
from fleet.database import Database
from fleet.database.models import Assignment, Device, Event, Person
from fleet.errors import FleetError
from tests.fleet.commands.estate import an_estate, rows_of

DEVICES = 5
picks = st.integers(0, 200)
"""Which of what there is: taken modulo its number."""
ages = st.sampled_from([0, 0, 0, 1, 3, 20])
"""Days between when it happened and when we were told."""
ACCESSORY_SETS = st.sampled_from([(), (), ("case",), ("case", "charger"), ("keyboard", "keyboard")])


class Workbench(RuleBasedStateMachine):
    """One council's register, worked on by somebody without mercy."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.estate = an_estate(self.database, DEVICES)
        self.database.before_sealing = lambda session: rejudge_touched(session, {}, None)
        self.floor: tuple[int, dict[str, Any]] = (1, rows_of(self.database))
        """The newest event that is never taken back, and the register right after it."""
        self.done: list[int] = []
        self.files = 0
        self.irreversible = False

    @initialize(irreversible=st.booleans())
    def choose(self, irreversible: bool) -> None:
        """Whether people sign and are erased: what was signed or erased stays, whatever is undone."""
        self.irreversible = irreversible

    @contextmanager
    def unless_refused(self) -> Iterator[None]:
        """A refusal is an answer; it must leave everything as it was, which the invariants see."""
        try:
            yield
        except FleetError as error:
            assert error.code not in ("internal", "error") and error.message, error

    def do(self, action: str, act: Callable[[Session], Any], on: date | None = None, **more: Any) -> None:
        with self.unless_refused():
            self.note(self.estate.deed(action, act, on=on, **more))

    def do_for_good(self, action: str, act: Callable[[Session], Any]) -> None:
        """What undo keeps: the register as it is then is what undoing all that follows leads back to."""
        with self.unless_refused():
            if (event := self.estate.deed(action, act)) is not None:
                self.floor = (event, rows_of(self.database))
                self.note(event)

    def note(self, event: int | None) -> None:
        if event is not None:
            self.done.append(event)

    def day(self, age: int) -> date:
        return london_date(self.estate.now) - timedelta(days=age)

    def ids(self, kind: Any, *where: Any) -> list[int]:
        with self.database.read() as session:
            return list(session.execute(select(kind.id).where(*where).order_by(kind.id)).scalars())

    def one(self, kind: Any, pick: int, *where: Any) -> int:
        """One of what there is; a number that nothing has where there is none: commands refuse it."""
        found = self.ids(kind, *where)
        return found[pick % len(found)] if found else 10**6

    def held(self, pick: int, *where: Any) -> int:
        """A device that somebody has."""
        return self.one(
            Device, pick, Device.id.in_(select(Assignment.device_id).where(Assignment.returned_on.is_(None), *where))
        )

    def person(self, pick: int) -> int:
        return self.one(Person, pick, Person.erased_at.is_(None))

    def set_by_hand(self, kind: Any, row_id: int, **values: Any) -> None:
        def act(session: Session) -> None:
            row = session.get(kind, row_id)
            for name, value in values.items() if row is not None else ():
                setattr(row, name, value)

        self.do("test.change", act)

    def newest_first(self, after: int) -> list[int]:
        with self.database.read() as session:
            return list(session.execute(select(Event.id).where(Event.id > after).order_by(Event.id.desc())).scalars())
