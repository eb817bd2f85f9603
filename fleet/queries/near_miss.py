"""A search that found nothing, with the names in it as they were probably meant.

Asked only when nothing else matches. Its cost is bounded: one look at the search texts of people, of which at most
`MOST` are taken, and the names of places and models, which are few.
"""

from collections.abc import Iterator
from itertools import islice, product
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fleet.database.models import DeviceModel, Person, Site, Team
from fleet.domain.misspelling import may_be_misspelt, nearest_words
from fleet.domain.search import fold
from fleet.queries.device_search import contains

MOST = 2_000
"""Names that are compared with one typed word."""
TRIED = 4
"""Searches that are worth a try."""


def meant_by(session: Session, text: str) -> list[str]:
    """The same search with misspelt names mended, the likeliest first; none where nothing in it may be a slip.

    Filters stay as they are.
    """
    typed = text.split()
    mended = (" ".join(words) for words in product(*(_mended(session, token) for token in typed)))
    return [one for one in islice(mended, TRIED) if one != " ".join(typed)]


def _mended(session: Session, token: str) -> list[str]:
    word = fold(token)
    if ":" in token or '"' in token or not may_be_misspelt(word):
        return [token]
    return nearest_words(word, _words(session, word)) or [token]


def _words(session: Session, word: str) -> Iterator[str]:
    """Words of the names that may be one slip away: half of what was typed is right, or the two letters in its middle
    are swapped."""
    half = len(word) // 2
    swapped = word[: half - 1] + word[half] + word[half - 1] + word[half + 1 :]
    pieces = (word[:half], word[half:], swapped)
    people: Any = (
        select(Person.display_name)
        .where(Person.erased_at.is_(None), or_(*(contains(session, Person.hay, piece) for piece in pieces)))
        .limit(MOST)
    )
    statements: list[Any] = [
        people,
        *(select(column).limit(MOST) for column in (Site.name, Team.name, DeviceModel.name)),
    ]
    for statement in statements:
        for name in session.execute(statement).scalars():
            yield from (part.strip("()\"',.") for part in fold(name or "").split())
