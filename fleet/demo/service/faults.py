"""Everything that can go wrong, each a switch that a test throws.

`CATALOGUE` names the switches; `Faults.throw` turns one on for a tenant or for all, always or for the next n
requests, on any page or on one. Where a switch takes effect is told by its `place`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Place = Literal[
    "token", "request", "bytes", "list", "delta", "batch", "device", "export", "blob", "action", "mail", "drive"
]


@dataclass(frozen=True, slots=True)
class Switch:
    """One thing that can go wrong, and where."""

    name: str
    place: Place
    doc: str
    value: Any = None
    """What `Thrown.value` is when the test gives none."""
    page: int | None = None
    """The page it happens on when the test names none; None is any."""
    times: int | None = None
    """How many requests it strikes when the test says nothing; None is all."""


_SWITCHES = (
    Switch("token_unavailable", "token", "the token endpoint answers 503"),
    Switch("secret_expired", "token", "401 AADSTS7000222: the client secret has expired"),
    Switch("too_many_requests", "request", "429 with Retry-After in whole seconds (value)", "1"),
    Switch("too_many_requests_fractional", "request", "429 with a fractional Retry-After (value)", "2.128"),
    Switch("too_many_requests_silent", "request", "429 without Retry-After"),
    Switch("unavailable", "request", "503 CancelledOnServiceTimeout"),
    Switch("gateway_timeout", "request", "504 with JSON nested twice in its message, on page 2 (page=0: any)", page=2),
    Switch("server_error", "request", "500 with nested JSON"),
    Switch("expired_token", "request", "401: every token issued so far is refused; new ones are accepted", times=1),
    Switch(
        "claims_challenge",
        "request",
        "401 insufficient_claims until a token was asked for with those claims",
        times=1,
    ),
    Switch("missing_permission", "request", "403 as Intune says it, naming the permission (value)"),
    Switch("no_intune_licence", "request", "400 Request not applicable to target tenant (device management only)"),
    Switch("slow", "request", "the answer takes value seconds longer", 0.5),
    Switch("dropped", "bytes", "the connection is dropped in the middle of the body"),
    Switch("truncated_json", "bytes", "the body ends half way, with a length that fits"),
    Switch("html_page", "bytes", "200 with a web page where JSON is due"),
    Switch("repeated_next_link", "list", "the nextLink of the page leads to the same page", page=1),
    Switch("foreign_next_link", "list", "the nextLink leads to another host (value)", "https://graph.example.net"),
    Switch("empty_page", "list", "a page without rows and with a nextLink comes before the real one", page=2),
    Switch("torn_list", "list", "the list ends in the middle of the page, silently, without nextLink", page=1),
    Switch("wrong_count", "list", "@odata.count is larger than the rows by value", 7),
    Switch("half_list", "list", "only half of the devices exist, and the counts agree"),
    Switch("empty_list", "list", "no device exists, and the counts agree"),
    Switch("duplicate_rows", "list", "the page begins with the last value rows of the page before", 3, page=2),
    Switch(
        "renamed_between_pages",
        "list",
        "after the page a device it held is renamed to come again, and one of the rest to be skipped",
        page=1,
        times=1,
    ),
    Switch("unknown_enums", "list", "enumerations carry values no schema knows"),
    Switch("masked_phones", "list", "every phone number is masked to its last four digits"),
    Switch("sentinel_dates", "list", "dates are the years 0001 and 9999"),
    Switch(
        "bad_device",
        "list",
        "the first row of the page is unusable: value is no_id, wrong_types, huge_string or not_an_object",
        "no_id",
        page=1,
    ),
    Switch("oversized_page", "list", "the page is larger than value bytes", 9 << 20, page=1),
    Switch("delta_expired", "delta", "410 with a Location to start over, for every $deltatoken"),
    Switch("delta_sync_state_not_found", "delta", "400 syncStateNotFound for every $deltatoken"),
    Switch("delta_replay", "delta", "the rows of the answer come twice, and unchanged users come again"),
    Switch("delta_empty_page", "delta", "a page without rows and with a nextLink comes before the real one"),
    Switch("batch_item_throttled", "batch", "the first value items of a batch are 429 with their own retry-after", 1),
    Switch("batch_item_missing", "batch", "the first value items of a batch are 404", 1),
    Switch("batch_item_error", "batch", "the first value items of a batch are 500", 1),
    Switch("device_gone", "device", "GET by id is 404 although the list has the device (value: its id, or any)"),
    Switch("export_fails", "export", "the export job ends as failed"),
    Switch("export_never_completes", "export", "the export job stays inProgress"),
    Switch("mail_refused", "mail", "403: the application may not send mail"),
    Switch("mail_cut", "mail", "the connection is cut before a mail is looked at", times=1),
    Switch("mail_accepted_cut", "mail", "a mail is taken, and the connection cut before the answer", times=1),
    Switch("mail_accepted_504", "mail", "a mail is taken, and the answer is 504", times=1),
    Switch("drive_full", "drive", "507 for an upload session"),
    Switch("upload_unavailable", "drive", "503 for a piece of an upload", times=1),
    Switch("upload_accepted_cut", "drive", "a piece of an upload is taken, and the connection cut", times=1),
    Switch("upload_gone", "drive", "an upload session is not known any more", times=1),
    Switch("export_url_expired", "blob", "the address of the ZIP is refused as expired"),
    Switch("action_accepted_504", "action", "a remote action is accepted, and the answer is 504", times=1),
    Switch(
        "action_accepted_cut",
        "action",
        "a remote action is accepted, and the connection cut before the answer",
        times=1,
    ),
    Switch("action_cut", "action", "the connection is cut before a remote action is looked at", times=1),
    Switch(
        "action_hidden", "action", "a remote action is accepted without a trace at the device, which does it", times=1
    ),
    Switch("action_fails", "action", "at its check-in the device fails to do it"),
    Switch("action_unsupported", "action", "at its check-in the device does not know how to do it"),
    Switch("action_stays", "action", "the device checks in and leaves the action pending"),
)
CATALOGUE: dict[str, Switch] = {switch.name: switch for switch in _SWITCHES}


@dataclass(slots=True)
class Thrown:
    """A switch that is on."""

    switch: Switch
    tenant: str | None
    times: int | None
    """How many requests it still strikes; None is all."""
    page: int | None
    path: str | None
    """Strikes only requests whose path contains this, in any case."""
    value: Any
    hits: int = 0
    """How often it has struck."""
    lifted: threading.Event = field(default_factory=threading.Event)
    """Set when it is turned off."""

    def fits(self, tenant: str | None, path: str, page: int | None) -> bool:
        """Whether it strikes a request of that tenant, path and page (None: a request without pages).

        A switch of the request without a page of its own strikes before pages are looked at.
        """
        if self.switch.place == "request" and page is not None and self.page is None:
            return False
        return (
            self.times != 0
            and self.tenant in (None, tenant)
            and (self.path is None or self.path in path.lower())
            and (self.page is None or self.page == page)
        )


class Faults:
    """The switches of one service. Any thread may throw and clear them at any time."""

    def __init__(self, on_clear: Callable[[], None] = lambda: None) -> None:
        self._lock = threading.RLock()
        self._on: list[Thrown] = []
        self._on_clear = on_clear

    def throw(
        self,
        name: str,
        *,
        tenant: str | None = None,
        times: int | None = None,
        page: int | None = None,
        path: str | None = None,
        value: Any = None,
    ) -> Thrown:
        """Turn a switch of the catalogue on: for one tenant key or all, for the next `times` requests or always.

        `page` counts from 1; 0 means any page where the switch has a page of its own. Raises `KeyError` for a name
        that is not in the catalogue.
        """
        switch = CATALOGUE[name]
        chosen = switch.page if page is None else page or None
        given = switch.value if value is None else value
        often = switch.times if times is None else times
        thrown = Thrown(switch, tenant, often, chosen, path.lower() if path else None, given)
        with self._lock:
            self._on.append(thrown)
        return thrown

    def on(self) -> list[Thrown]:
        """Those that are on."""
        with self._lock:
            return list(self._on)

    def clear(self, name: str | None = None) -> None:
        """Turn one switch off, or all."""
        with self._lock:
            for thrown in self._on:
                if name in (None, thrown.switch.name):
                    thrown.lifted.set()
            self._on = [thrown for thrown in self._on if not thrown.lifted.is_set()]
        self._on_clear()

    def strike(self, name: str, tenant: str | None, path: str = "", page: int | None = None) -> Thrown | None:
        """The thrown switch of that name if it hits this request, which uses one of its times up."""
        if not self._on:
            return None
        with self._lock:
            for thrown in self._on:
                if thrown.switch.name == name and thrown.fits(tenant, path, page):
                    thrown.hits += 1
                    if thrown.times is not None:
                        thrown.times -= 1
                    return thrown
        return None

    def any_at(self, place: Place, tenant: str | None) -> bool:
        """Whether any switch of that place is on for the tenant: answers may then not be kept."""
        return any(
            thrown.switch.place == place and thrown.times != 0 and thrown.tenant in (None, tenant)
            for thrown in self._on
        )
