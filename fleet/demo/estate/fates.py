"""What becomes of each iPad and iPhone: an ordinary life, or one of the planted discrepancies, declared as data."""

from dataclasses import dataclass
from random import Random

SMALLEST_FULL = 100
"""From this many devices on every discrepancy is planted at least once."""


@dataclass(frozen=True, slots=True)
class Fate:
    """One kind of life. A planted fate's key is the rule that must find it."""

    key: str
    share: float
    """Of all iPads and iPhones; the ordinary ones fill what the planted leave."""
    status: str = "issued"
    custody: str = "person"
    """person, leaver, away (on long leave), again (who has one of the kind), shared, past (had a holder, has none now) or
    none."""
    hardware: str = "any"
    """any, cellular or outdated (cannot run, or does not run, a patched system)."""
    enrolled: bool = True
    recent: bool = False
    """Bought within the last months."""
    early: bool = False
    """Issued as soon as it was delivered, so that much can have happened since."""
    loan: bool = False
    kind: str | None = None
    """ipad or iphone; None is either."""


PLANTED = (
    Fate("sim-moved", 0.003, hardware="cellular"),
    Fate("leaver-holds", 0.012, custody="leaver"),
    Fate("holder-differs", 0.009),
    Fate("vanished", 0.004),
    Fate("duplicate-serial", 0.002, status="prepared", custody="none", hardware="cellular"),
    Fate("os-unsupported", 0.014, hardware="outdated"),
    Fate("not-seen-30", 0.014, early=True),
    Fate("not-seen-90", 0.008, early=True),
    Fate("lost-checking-in", 0.003, status="lost", custody="past"),
    Fate("returned-still-enrolled", 0.005, status="in_stock", custody="past"),
    Fate("retired-still-enrolled", 0.0035, status="retired", custody="past"),
    Fate("owned-marked-personal", 0.003),
    Fate("reenrolment-leftover", 0.0045, hardware="cellular", early=True),
    Fate("unknown-person", 0.004),
    Fate("noncompliant", 0.011),
    Fate("not-supervised", 0.0035),
    Fate("issued-not-enrolled", 0.007, enrolled=False),
    Fate("two-tenants", 0.002, hardware="cellular", early=True),
    Fate("wrong-tenant", 0.002),
    Fate("loan-overdue", 0.003, loan=True),
    Fate("jailbroken", 0.0015),
    Fate("not-encrypted", 0.0025),
    Fate("holder-on-long-leave", 0.004, custody="away"),
    Fate("duplicate-imei", 0.0015, status="prepared", custody="none", hardware="cellular"),
    Fate("several-of-a-kind", 0.003, custody="again", kind="ipad"),
    Fate("update-overdue", 0.008),
    Fate("primary-user-differs", 0.004),
    Fate("device-name", 0.004),
    Fate("category-wrong", 0.003),
    Fate("warranty-ending", 0.005),
)
NEEDS_TWO_TENANTS = frozenset({"two-tenants", "wrong-tenant"})
SIM_DONOR = Fate("sim-donor", 0.0, hardware="cellular")
"""The device from whose place in the register a `sim-moved` SIM was taken: one for each."""
BOARD_DONOR = Fate("board-donor", 0.0, status="disposed", custody="past", hardware="cellular", enrolled=False)
"""The device whose logic board, with its IMEI, was fitted into a `duplicate-imei` one: one for each, made before it."""
FIRST_OF_TWO = Fate("first-of-two", 0.0, kind="ipad", early=True)
"""The device whose holder is given another in `several-of-a-kind`: one for each, made before it."""
BETWEEN_NIGHTS = (Fate("just-issued", 0.003, recent=True), Fate("re-enrolled", 0.002, early=True))
"""In order, and counted like the planted: the first enrols after night 1, the second enrols anew."""
MADE_BEFORE = {"duplicate-imei": BOARD_DONOR, "several-of-a-kind": FIRST_OF_TWO}
ORDINARY = (
    Fate("issued", 0.755),
    Fate("shared", 0.06, custody="shared"),
    Fate("loan", 0.02, loan=True),
    Fate("new-stock", 0.03, status="in_stock", custody="none", enrolled=False, recent=True),
    Fate("returned", 0.04, status="in_stock", custody="past", enrolled=False),
    Fate("prepared", 0.03, status="prepared", custody="none", recent=True),
    Fate("in-repair", 0.015, status="in_repair", custody="past"),
    Fate("lost", 0.006, status="lost", custody="past"),
    Fate("stolen", 0.004, status="stolen", custody="past", enrolled=False),
    Fate("retired", 0.03, status="retired", custody="past", enrolled=False),
    Fate("disposed", 0.035, status="disposed", custody="past", enrolled=False),
)


def split(total: int, parts: int) -> list[int]:
    """Cuts a number into descending parts, as councils differ in size."""
    weights = [2 * parts - index for index in range(parts)]
    whole = sum(weights)
    cut = [total * weight // whole for weight in weights]
    for index in range(total - sum(cut)):
        cut[index % parts] += 1
    return cut


def quota(share: float, total: int) -> int:
    """How many of `total` a share means; at least one in an estate of useful size."""
    return max(1 if total >= SMALLEST_FULL else 0, round(share * total))


def allocate(devices: int, organisations: int, random: Random) -> list[list[Fate]]:
    """The fates of every organisation's devices, the planted ones spread evenly; donors come before who gets their part."""
    rooms = split(devices, organisations)
    planted: list[list[Fate]] = [[] for _ in range(organisations)]
    turn = 0
    for fate in PLANTED + BETWEEN_NIGHTS:
        if fate.key in NEEDS_TWO_TENANTS and organisations < 2:
            continue
        for _ in range(quota(fate.share, devices)):
            mine = planted[turn % organisations]
            if fate.key in MADE_BEFORE:
                mine.append(MADE_BEFORE[fate.key])
            mine.append(fate)
            if fate.key == "sim-moved":
                mine.insert(0, SIM_DONOR)
            turn += 1
    weights = [fate.share for fate in ORDINARY]
    for mine, room in zip(planted, rooms, strict=True):
        mine.extend(random.choices(ORDINARY, weights, k=max(0, room - len(mine))))
    return planted
