"""The statuses of a device and the one table of allowed moves between them."""

from collections.abc import Mapping
from types import MappingProxyType

from fleet.errors import NotAllowed

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "unrecorded": "Unrecorded",
        "ordered": "Ordered",
        "delivered": "Delivered",
        "in_stock": "In stock",
        "prepared": "Prepared",
        "issued": "Issued",
        "in_repair": "In repair",
        "quarantined": "Quarantined",
        "lost": "Lost",
        "stolen": "Stolen",
        "found": "Found",
        "retired": "Retired",
        "disposed": "Disposed",
    }
)
"""Every status in the order of a device's life, with the words people read."""

STATUSES: tuple[str, ...] = tuple(LABELS)

MOVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "unrecorded": ("in_stock", "prepared", "issued", "retired", "quarantined"),
        "ordered": ("delivered", "in_stock", "retired"),
        "delivered": ("in_stock", "prepared", "quarantined", "lost", "stolen", "retired"),
        "in_stock": ("prepared", "issued", "in_repair", "quarantined", "lost", "stolen", "retired"),
        "prepared": ("in_stock", "issued", "in_repair", "quarantined", "lost", "stolen", "retired"),
        "issued": ("in_stock", "in_repair", "quarantined", "lost", "stolen"),
        "in_repair": ("in_stock", "prepared", "issued", "quarantined", "lost", "stolen", "retired"),
        "quarantined": ("in_stock", "issued", "in_repair", "lost", "stolen", "retired"),
        "lost": ("found", "stolen", "retired"),
        "stolen": ("found", "lost", "retired"),
        "found": ("in_stock", "issued", "in_repair", "quarantined", "retired"),
        "retired": ("in_stock", "disposed"),
        "disposed": (),
    }
)
"""Where a device may go from each status. An issued device is returned before it is retired."""

HOLDING: frozenset[str] = frozenset({"issued", "in_repair", "quarantined", "lost", "stolen", "found"})
"""Statuses in which an assignment may stay open: the holder answers for the device while it is away."""

_ONLY_BACK: frozenset[str] = frozenset({"quarantined"})
"""Statuses from which a device becomes issued again only for the holder it still has, never for somebody new."""

_GRAVE = frozenset({"quarantined", "lost", "stolen", "retired", "disposed"})
_REVERSALS = frozenset({("retired", "in_stock"), ("stolen", "lost")})


def label(status: str) -> str:
    """The words for a status; an unknown one is shown as it is."""
    return LABELS.get(status, status)


def allowed_moves(status: str) -> tuple[str, ...]:
    """The statuses a device may move to from this one; none from an unknown one."""
    return MOVES.get(status, ())


def may_hold(status: str) -> bool:
    """Say whether a device in this status may have an open assignment."""
    return status in HOLDING


def may_be_issued(status: str) -> bool:
    """Say whether a device that nobody has may be issued from this status."""
    return "issued" in allowed_moves(status) and status not in _ONLY_BACK


def check_issue(status: str) -> None:
    """Pass a status from which a device may be issued to somebody; raises `NotAllowed` as `check_move` does."""
    if status in _ONLY_BACK:
        allowed = tuple(to for to in MOVES[status] if to != "issued")
        raise NotAllowed(
            f"A device that is {LABELS[status].lower()} is issued to nobody new. {_ways_out(allowed)}",
            now_status=status, to="issued", allowed=allowed,
        )  # fmt: skip
    if status != "issued":
        check_move(status, "issued")


def needs_reason(now_status: str, to: str) -> bool:
    """Say whether a move must carry a reason: it takes a device out of use or takes such a step back."""
    return to in _GRAVE or (now_status, to) in _REVERSALS


def check_move(now_status: str, to: str) -> None:
    """Pass an allowed move; raises `NotAllowed` saying why not and what would be allowed."""
    allowed = MOVES.get(now_status)
    if allowed is not None and to in allowed:
        return
    if allowed is None or to not in LABELS:
        unknown = now_status if allowed is None else to
        raise NotAllowed(
            f"{unknown} is no status of a device. The statuses are: {', '.join(STATUSES)}.",
            now_status=now_status,
            to=to,
        )
    raise NotAllowed(f"{_refusal(now_status, to)} {_ways_out(allowed)}", now_status=now_status, to=to, allowed=allowed)


def _refusal(now_status: str, to: str) -> str:
    if now_status == to:
        return f"The device is already {LABELS[to].lower()}."
    if now_status == "disposed":
        return f"A disposed device is gone and can't become {LABELS[to].lower()}; undo the disposal if it was wrong."
    if now_status == "issued" and to in {"retired", "disposed"}:
        return f"An issued device can't become {LABELS[to].lower()}: record its return first."
    return f"A device that is {LABELS[now_status].lower()} can't become {LABELS[to].lower()}."


def _ways_out(allowed: tuple[str, ...]) -> str:
    if not allowed:
        return "No move is allowed from here."
    return "Allowed from here: " + ", ".join(LABELS[status].lower() for status in allowed) + "."
