"""The base of all tables: naming of constraints, the integer key, who owns a row, what makes no history."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, MetaData, event
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from fleet.database.types import Id, UTCDateTime


class Model(DeclarativeBase):
    """One table. Rows get an integer id that is never used twice, because history speaks of rows by it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UTCDateTime}

    history: ClassVar[bool] = True
    """Whether changes of this table are written to history."""
    volatile: ClassVar[frozenset[str]] = frozenset()
    """Columns that are stored but make no history: last check-in, free storage, search text."""

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)


@event.listens_for(Model, "attribute_instrument", propagate=True)
def _load_what_is_overwritten(_model: type[Model], _name: str, attribute: Any) -> None:
    """History needs the value before, also of a column that was not loaded or has expired."""
    event.listen(attribute, "set", _overwritten, active_history=True)


def _overwritten(*_: object) -> None:
    """Listening is what makes SQLAlchemy load the old value; there is nothing else to do."""


class OrganisationOwned:
    """A row that belongs to one organisation; sessions with a narrower scope neither see nor write it."""

    @declared_attr
    def organisation_id(cls) -> Mapped[int]:  # noqa: N805 - SQLAlchemy passes the class
        return mapped_column(Id, ForeignKey("organisation.id"), index=True)


def reference(target: str, *, index: bool = True) -> Any:
    """An optional foreign key column."""
    return mapped_column(Id, ForeignKey(target), index=index)


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """A check that a text column holds one of a fixed list of words.

    Spelt as alternatives: SQLite builds the list of an IN anew for each row, which is a fifth of the time of an insert.
    """
    return CheckConstraint(" OR ".join(f"{column} = '{word}'" for word in words), name=column)


AUTOINCREMENT = {"sqlite_autoincrement": True}
"""Table option: SQLite must not hand out the id of a deleted row again."""
