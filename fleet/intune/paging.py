"""Following a list to its end, one page ahead of whoever reads it, and never believing a broken one.

A list that was torn must not look like a shorter list: everything here that is not a clean end raises.
"""

from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fleet.errors import SourceUnavailable
from fleet.intune.client import GraphClient

EMPTY_PAGES = 10
"""So many pages in a row may be empty and still lead on; Entra's deltas do that."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    number: int
    """From 1."""
    rows: list[Any]
    count: int | None
    """`@odata.count`, where sent."""
    delta_link: str | None


def torn(client: GraphClient, what: str, reason: str, **facts: object) -> SourceUnavailable:
    """The error for a list that can't be complete."""
    return SourceUnavailable(
        f"Tenant {client.tenant.key}: the list of {what} is torn: {reason}. Nothing was changed; run the sync again.",
        code="torn",
        **facts,
    )


def pages(client: GraphClient, address: str, what: str, *, headers: Mapping[str, str] | None = None) -> Generator[Page]:
    """Every page of a list, the next one fetched and parsed while the current one is used.

    Raises `SourceUnavailable` with code `torn` for a nextLink seen before, too many pages, an endless run of empty
    pages, or an answer that is no page.
    """
    seen = {client.address(address)}
    empty = 0
    number = 1
    with ThreadPoolExecutor(1, thread_name_prefix=f"pages-{what}") as ahead:
        coming = ahead.submit(client.get, address, headers=headers)
        while True:
            page, link = _page(client, what, number, coming.result())
            empty = 0 if page.rows else empty + 1
            if link is not None:
                if link in seen and page.rows:  # An empty page may ask to come again; how often is bounded below.
                    raise torn(client, what, f"page {number} leads back to a page already read", page=number)
                if empty > EMPTY_PAGES:
                    raise torn(client, what, f"{empty} pages in a row are empty", page=number)
                if number >= client.tenant.max_pages:
                    raise torn(client, what, f"it has more than {number} pages (max_pages in config.toml)", page=number)
                seen.add(client.address(link))
                coming = ahead.submit(client.get, link, headers=headers)
            yield page
            if link is None:
                return
            number += 1


def _page(client: GraphClient, what: str, number: int, body: Any) -> tuple[Page, str | None]:
    rows = body.get("value") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise torn(client, what, f"page {number} holds no rows", page=number)
    link = body.get("@odata.nextLink")
    delta_link = body.get("@odata.deltaLink")
    count = body.get("@odata.count")
    if not isinstance(link, str | None) or not isinstance(delta_link, str | None):
        raise torn(client, what, f"page {number} has a link that is no text", page=number)
    return Page(number, rows, count if type(count) is int else None, delta_link), link or None
