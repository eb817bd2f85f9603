"""The port behind remote actions: what may be asked of Intune, the device beside it, the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fleet.domain.remote import RemoteAction, SideBySide
from fleet.queries.outbox import OutboxRow


@dataclass(frozen=True, slots=True)
class Offer:
    """A remote action, and why it is not possible with what is chosen."""

    action: RemoteAction
    second: bool
    """Whether another operator confirms it."""
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks of Intune."""

    action: str
    device_ids: tuple[int, ...]
    told: Mapping[str, str]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A device as Intune has it now, beside the register, and what has to be typed to go on."""

    sides: SideBySide
    action: RemoteAction
    asked_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SentLine:
    """What became of one order."""

    order_id: int
    device: str
    state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of what was asked for, device by device."""

    lines: Sequence[SentLine]
    sign_in: str | None = None
    """The tenant for whose remote actions somebody has to sign in first; what was asked for waits in the outbox."""

    @property
    def troubled(self) -> bool:
        """Whether anything is not as it was meant."""
        return any(one.state in ("failed", "unsure", "queued") for one in self.lines)


class Outbox(Protocol):
    """Remote actions. What speaks with Intune takes seconds, and is called as a job that nobody waits for."""

    def rows(self, text: str, *, open_only: bool) -> Sequence[OutboxRow]:
        """The outbox, what waits first."""
        ...

    def offers(self, device_ids: Sequence[int]) -> Sequence[Offer]:
        """Every action with why it is not possible now; raises `NotAllowed` where none can be sent, saying whom to ask."""
        ...

    def look(self, wanted: Wanted) -> Look:
        """Read the one device that is wanted something of."""
        ...

    def ask(self, wanted: Wanted, typed: str | None) -> Sent:
        """Write it down and send what waits for nobody."""
        ...

    def look_at(self, order_id: int) -> Look:
        """Read the device of what another operator asked for."""
        ...

    def confirm(self, order_id: int, typed: str) -> Sent:
        """Agree to it, and send it."""
        ...

    def cancel(self, order_ids: Sequence[int]) -> str:
        """Take back what was not sent."""
        ...

    def settle(self, order_id: int, *, happened: bool, note: str) -> str:
        """Say what nobody else can know."""
        ...

    def send(self) -> Sent:
        """Ask Intune what became of what was sent, and send what waits."""
        ...

    def reveal(self, order_id: int) -> tuple[str, str]:
        """What it is, and the thing itself: once."""
        ...

    def begin_sign_in(self, tenant: str) -> str:
        """What to do to sign in, in Microsoft's words."""
        ...

    def finish_sign_in(self, tenant: str) -> str:
        """Wait until somebody did; the sign-in name, and how the sign-in is kept."""
        ...

    def give_up_sign_in(self, tenant: str) -> None:
        """Nobody will."""
        ...
