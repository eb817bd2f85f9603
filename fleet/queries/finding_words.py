"""What is typed into the search of the drift desk: words, and filters among them."""

import shlex
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from fleet.errors import NotFound
from fleet.queries.findings import ANY, NOBODY, Narrowing, teams_called

SEVERITIES = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class FindingSearch:
    """A typed search, taken apart."""

    text: str = ""
    organisation: str | None = None
    narrowing: Narrowing = ANY

    @property
    def limits(self) -> dict[str, Any]:
        """As `list_findings` and `count_findings` take them."""
        return {"text": self.text, "organisation": self.organisation, "narrowing": self.narrowing}


def read_search(session: Session, typed: str, now: datetime) -> FindingSearch:
    """Take filters out of a search; one that is not known, or is still being typed, stays a word like others."""
    lexer = shlex.shlex(typed, posix=True)
    lexer.quotes, lexer.escape, lexer.commenters, lexer.whitespace_split = '"', "", "", True
    try:
        words = list(lexer)
    except ValueError:  # A quote that is still open.
        words = typed.split()
    search, left = FindingSearch(), list[str]()
    for word in words:
        name, colon, value = word.partition(":")
        found = _filtered(session, search, name.casefold(), value, now) if colon and value else None
        search, left = (search, [*left, word]) if found is None else (found, left)
    return replace(search, text=typed) if search == FindingSearch() else replace(search, text=" ".join(left))


def _filtered(session: Session, search: FindingSearch, name: str, value: str, now: datetime) -> FindingSearch | None:
    narrowing = search.narrowing
    if name in ("organisation", "org"):
        return replace(search, organisation=value.casefold())
    if name == "severity" and value.casefold() in SEVERITIES:
        return replace(search, narrowing=replace(narrowing, severity=value.casefold()))
    if name == "older" and value.rstrip("d").isdecimal() and len(value) < 6:
        before = now - timedelta(days=int(value.rstrip("d")))
        return replace(search, narrowing=replace(narrowing, seen_before=before))
    if name == "assigned":
        return replace(search, narrowing=replace(narrowing, assigned_to=NOBODY if value == NOBODY else value))
    if name == "team":
        try:
            return replace(search, narrowing=replace(narrowing, team_ids=teams_called(session, value)))
        except NotFound:
            return None
    return None
