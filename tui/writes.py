"""The writes a screen may ask for: each is one event, or nothing happened. A dialog gives one back; the register does it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom devices may be issued to: a person, or a site or team that shares them."""

    id: int
    """Unlike any other recipient's."""
    kind: Literal["person", "site", "team"]
    target: int
    """Id of the person, site or team."""
    name: str
    place: str | None = None
    """Team of a person, organisation of a site or team."""
    state: str = ""
    held: int | None = None
    """How many devices they hold; None when that is not counted."""
    upn: str | None = None
    """Sign-in name of a person."""


@dataclass(frozen=True, slots=True)
class Write:
    """What all writes have."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue(Write):
    """Devices go to somebody; with a day it is a loan."""

    device_ids: tuple[int, ...]
    to: Recipient
    due_on: date | None = None
    day: date | None = None
    """When it went out, if not today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(Write):
    """Devices come back."""

    device_ids: tuple[int, ...]
    condition: str | None = None
    status: str = "in_stock"
    """Where they go."""
    day: date | None = None
    """When they came back, if not today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Write):
    """Devices get another status."""

    device_ids: tuple[int, ...]
    status: str
    day: date | None = None
    """When it happened, if not today."""
    batch: str | None = None
    certificate: str | None = None
    """Papers of a disposal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap(Write):
    """One device comes back and its holder gets another on the same terms."""

    old_id: int
    new_key: str
    """Tag, serial or IMEI of the other one, as typed or scanned."""
    condition: str | None = None
    status: str = "in_stock"
    carry_sim: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Write):
    """Devices pass to another person without coming back."""

    device_ids: tuple[int, ...]
    to: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(Write):
    """Loans run on until another day."""

    device_ids: tuple[int, ...]
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide(Write):
    """Findings are known and stay, or are put away until a day. The reason is the note."""

    finding_ids: tuple[int, ...]
    state: Literal["acknowledged", "snoozed"]
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Write):
    """A device is lost, stolen or damaged: its run sheet begins."""

    device_id: int
    kind: Literal["lost", "stolen", "damaged"]
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStep(Write):
    """A step of a run sheet was done; the reason is the note."""

    device_id: int
    step: str
    at: datetime | None = None
    """When, if not now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseIncident(Write):
    """The device was found, or is given up."""

    device_id: int
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeReceipt(Write):
    """One receipt for devices that were issued, or that came back, together."""

    device_ids: tuple[int, ...]
    kind: Literal["issue", "return"] = "issue"
    data_removed: bool | None = None
    """Of a return: whether personal data was removed; None where that is not known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptReceipt(Write):
    """A receipt is signed: by a typed name, or on paper."""

    receipt_id: int
    typed_name: str | None = None
    paper_file: str | None = None
    seen: str | None = None
    """Hash of the text that was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawReceipt(Write):
    """A draft is taken away."""

    receipt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve(Write):
    """Devices are kept for a person."""

    device_ids: tuple[int, ...]
    to: Recipient
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Write):
    """Devices are kept for that person no longer."""

    device_ids: tuple[int, ...]
    person_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle(Write):
    """Findings are settled in one of the ways of their rule; None is what each suggests."""

    finding_ids: tuple[int, ...]
    wanted: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Write):
    """Somebody sees to findings: an operator, `me` or `nobody`."""

    finding_ids: tuple[int, ...]
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOwn(Write):
    """Somebody asks for leave to use an own device for work."""

    to: Recipient
    kind: str | None = None
    model: str | None = None
    os_version: str | None = None
    purpose: str | None = None
    day: date | None = None
    """When they asked, if not today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStep(Write):
    """What all steps of registrations of own devices have."""

    seen: tuple[tuple[int, int], ...]
    """Number and version of each registration, as it was shown."""
    day: date | None = None
    """When it happened, if not today."""

    @property
    def ids(self) -> tuple[int, ...]:
        """The registrations."""
        return tuple(number for number, _ in self.seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOwn(OwnStep):
    """A manager agrees to own devices, or does not."""

    agreed: bool
    by: str | None = None
    """The manager by name or sign-in name; None is the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeOwn(OwnStep):
    """Owners accept the terms, for the first time or again."""

    terms: str | None = None
    """The version; None as the configuration says."""
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolOwn(OwnStep):
    """Registrations are linked to an enrolment: to the one named, or each to the only one there is."""

    to: str | None = None
    """Its Intune id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOwn(OwnStep):
    """The leave to use own devices is over."""

    because: str
