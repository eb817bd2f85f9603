"""Fills the sources beside the lists of people and devices, and plants what only they can tell.

Everything comes from streams of its own and leaves the rest of the estate as it is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from fleet.demo.estate.fates import SMALLEST_FULL, quota
from fleet.demo.estate.identifiers import Mint, guid
from fleet.demo.estate.seeds import DeviceSeed, Estate, Planted
from fleet.demo.estate.source_seeds import AppDeviceSeed, AppleSeed, AuditSeed, ListingSeed, Sources, TokenSeed
from fleet.domain.sources import TOKEN_NAMES

INTUNE, OLD = "Microsoft Intune", "Meadow MDM, until 2024"
NOT_LISTED, WRONG_SERVER, NEVER_ENROLLED, COVER_ENDING, UNAPPROVED = 0.003, 0.003, 0.004, 0.003, 0.008
COVERAGE_A_NIGHT = 8
"""Devices of each account whose AppleCare the demonstration asks for in a night."""
SEEN_COVER = 2 * COVERAGE_A_NIGHT
"""Of each account so many, by serial, have been asked for after three nights at least."""
ACTIONS = (
    "remoteLock ManagedDevice",
    "syncDevice ManagedDevice",
    "rebootNow ManagedDevice",
    "resetPasscode ManagedDevice",
)


@dataclass(slots=True)
class Filling:
    """One organisation's part while it is made."""

    estate: Estate
    organisation: str
    random: Random
    mint: Mint
    account: AppleSeed | None
    rule_devices: frozenset[str]
    """Devices with a planted discrepancy: they get no second one."""
    quotas: dict[str, int]
    planted: list[Planted] = field(default_factory=list)
    listings: list[ListingSeed] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day of the last night."""
        return self.estate.now.date()

    def list_devices(self) -> None:
        """Everything bought and not disposed of, apart from what is planted to be missing or assigned elsewhere."""
        mine = [
            one
            for one in self.estate.devices
            if one.organisation == self.organisation and one.kind in ("ipad", "iphone")
        ]
        ordinary = self._ordinary(mine)
        self.random.shuffle(ordinary)
        unlisted = set(self._take(ordinary, "not-on-apple-list"))
        astray = set(self._take(ordinary, "wrong-mdm-server")) if self.account else set()
        ending = self._ending(mine, ordinary) if self.account else set()
        types = {one.key: one for one in self.estate.models}
        for place, one in enumerate(mine):
            if one.status == "disposed" or one.serial in unlisted:
                continue
            model = types[one.model]
            self.listings.append(
                ListingSeed(
                    self.organisation, one.serial, one.kind, model.name, model.product_type, one.purchase,
                    one.purchased_on, one.purchased_on + timedelta(days=2),
                    self._server(astray=one.serial in astray, place=place), self._cover(one, one.serial in ending),
                    in_ade=one.serial not in astray,
                )
            )  # fmt: skip

    def list_unseen(self) -> None:
        """Bought and never seen again: some long ago, one a few days ago, which nobody needs to wonder about."""
        model = next(one for one in self.estate.models if one.kind == "ipad")
        server = self._server(astray=False, place=0)
        ages = [self.random.randint(60, 200) for _ in range(self.quotas["bought-never-enrolled"])]
        for age in [*ages, 4]:
            serial, bought = self.mint.serial(old=False), self.today - timedelta(days=age)
            self.listings.append(
                ListingSeed(
                    self.organisation, serial, "ipad", model.name, model.product_type, f"PO-UNSEEN-{age:03d}", bought, bought,
                    server, enrolled=False,
                )
            )  # fmt: skip
            if age > 30:
                self.planted.append(Planted("bought-never-enrolled", self.organisation, serial))

    def _ordinary(self, mine: Sequence[DeviceSeed]) -> list[str]:
        """Issued devices with one enrolment in their own tenant, of which nothing else is to be found."""
        enrolled = Counter(one.serial for one in self.estate.enrolments if one.serial)
        here = {
            one.device
            for one in self.estate.enrolments
            if one.tenant == self.organisation and (one.first_night, one.last_night) == (1, 3)
        }
        return [
            one.serial
            for one in mine
            if one.status == "issued"
            and one.serial in here
            and enrolled[one.serial] == 1
            and one.serial not in self.rule_devices
        ]

    def _take(self, ordinary: list[str], rule: str) -> Iterator[str]:
        for _ in range(min(self.quotas[rule], len(ordinary))):
            serial = ordinary.pop()
            self.planted.append(Planted(rule, self.organisation, serial))
            yield serial

    def _ending(self, mine: Sequence[DeviceSeed], ordinary: list[str]) -> set[str]:
        """Of the devices that are asked first, which the nights of a demonstration reach."""
        first = sorted(one.serial for one in mine if one.status != "disposed")[:SEEN_COVER]
        chosen = [one for one in first if one in ordinary][: self.quotas["applecare-ending"]]
        self.planted += [Planted("applecare-ending", self.organisation, one) for one in chosen]
        return set(chosen)

    def _server(self, *, astray: bool, place: int) -> str | None:
        if self.account is None:
            return None
        if not astray:
            return self.account.servers[0][0]
        return self.account.servers[1][0] if place % 2 else None

    def _cover(self, one: DeviceSeed, ending: bool) -> date | None:
        if ending:
            return self.today + timedelta(days=self.random.randint(3, 25))
        bought = one.purchased_on + timedelta(days=1095 if self.random.random() < 0.4 else 365)
        return bought + timedelta(days=120) if -5 <= (bought - self.today).days <= 60 else bought


def make_sources(estate: Estate, mint: Mint) -> tuple[Sources, list[Planted]]:
    """The sources of an estate, and what is planted in them; the last organisation has no account with Apple's API."""
    planted_devices = frozenset(one.device for one in estate.answer_key)
    count = sum(1 for one in estate.devices if one.kind in ("ipad", "iphone"))
    keys = [one.key for one in estate.organisations]
    shares = {
        "not-on-apple-list": NOT_LISTED, "wrong-mdm-server": WRONG_SERVER, "bought-never-enrolled": NEVER_ENROLLED,
        "applecare-ending": COVER_ENDING,
    }  # fmt: skip
    quotas = {rule: _spread(quota(share, count), len(keys)) for rule, share in shares.items()}
    accounts: list[AppleSeed] = []
    fillings: list[Filling] = []
    for place, key in enumerate(keys):
        random = Random(f"{estate.seed}/{key}/apple")
        account = _account(key, random) if place < max(len(keys) - 1, 1) else None
        accounts += [account] if account else []
        mine = {rule: numbers[place] for rule, numbers in quotas.items()}
        fillings.append(Filling(estate, key, random, mint, account, planted_devices, mine))
        fillings[-1].list_devices()
        fillings[-1].list_unseen()
    tokens, failing = _tokens(estate)
    apps, unapproved = _app_devices(estate, count)
    planted = [one for filling in fillings for one in filling.planted]
    sources = Sources(
        tuple(accounts), tuple(one for filling in fillings for one in filling.listings), tuple(tokens), tuple(apps),
        tuple(_audit(estate)),
    )  # fmt: skip
    return sources, [*planted, *failing, *unapproved]


def _spread(number: int, parts: int) -> list[int]:
    """So many for each, the first ones first."""
    return [number // parts + (place < number % parts) for place in range(parts)]


def _account(organisation: str, random: Random) -> AppleSeed:
    servers = tuple((guid(random).replace("-", "").upper(), name) for name in (INTUNE, OLD))
    return AppleSeed(organisation, f"BUSINESSAPI.{guid(random)}", guid(random), servers)


def _tokens(estate: Estate) -> tuple[list[TokenSeed], list[Planted]]:
    """Each tenant has a push certificate, an ADE token and a VPP token; in an estate of useful size some need care."""
    made: list[TokenSeed] = []
    planted: list[Planted] = []
    full = sum(1 for one in estate.devices if one.kind in ("ipad", "iphone")) >= SMALLEST_FULL
    for place, tenant in enumerate(estate.tenants):
        random = Random(f"{estate.seed}/{tenant.key}/tokens")
        first, last = full and place == 0, full and place == len(estate.tenants) - 1
        for kind, name in (("push", "push"), ("ade", "Automated enrolment"), ("vpp", "Apps and books")):
            days = 150 + random.randrange(150)
            if kind == "vpp" and first:
                days = 5
            if kind == "ade" and last:
                days = 21
            stale = kind == "ade" and first
            token = TokenSeed(
                tenant.key, kind, guid(random), name, estate.now + timedelta(days=days),
                synced_ago=9 if stale else 0, error_code=1703 if stale else 0,
            )  # fmt: skip
            made.append(token)
            rules = [*(["token-expiring"] if days <= 60 else []), *(["token-failing"] if stale else [])]
            planted += [
                Planted(rule, tenant.organisation, f"{tenant.key}: {TOKEN_NAMES[kind]} {name}") for rule in rules
            ]
    return made, planted


def _app_devices(estate: Estate, count: int) -> tuple[list[AppDeviceSeed], list[Planted]]:
    """Approved own devices that only have apps, some that nobody approved, and an enrolled one, which counts as that."""
    random = Random(f"{estate.seed}/apps")
    upns = {one.entra_id: (one.upn, one.organisation) for one in estate.people if one.state == "active"}
    registered = {one.person for one in estate.byod}
    approved = [one for one in estate.byod if one.state == "approved" and one.person in upns]
    made = [
        _app_device(estate, random, one.tenant, one.person, "iPhone" if one.kind == "iphone" else "iPad")
        for one in approved
    ]
    loose = [
        one for one in estate.people
        if one.entra_id in upns and one.entra_id not in registered and one.in_directory
        and (one.first_night, one.last_night) == (1, 3)
    ]  # fmt: skip
    chosen = random.sample(loose, min(len(loose), quota(UNAPPROVED, count)))
    made += [_app_device(estate, random, one.tenant, one.entra_id, random.choice(("iPhone", "iPad"))) for one in chosen]
    planted = [Planted("apps-unapproved", one.organisation, one.upn.lower()) for one in chosen]
    enrolled = next((one for one in estate.enrolments if one.ownership == "personal" and one.user_id in upns), None)
    if enrolled is not None and enrolled.user_id:
        made.append(
            _app_device(estate, random, enrolled.tenant, enrolled.user_id, "iPhone", intune_id=enrolled.intune_id)
        )
    return made, planted


def _app_device(
    estate: Estate, random: Random, tenant: str, user: str, device_type: str, *, intune_id: str | None = None
) -> AppDeviceSeed:
    last = estate.now - timedelta(days=random.uniform(0.1, 20))
    return AppDeviceSeed(
        tenant, user, guid(random), device_type, "iPhone15,4" if device_type == "iPhone" else "iPad14,1",
        random.choice(("26.5", "26.4.1")), last - timedelta(days=random.randint(20, 300)), last,
        apps=random.randint(1, 4), intune_id=intune_id,
    )  # fmt: skip


def _audit(estate: Estate) -> Iterator[AuditSeed]:
    """Locks, restarts and the like that the tenants' own people sent in the portal, some between the nights."""
    for tenant in estate.tenants:
        random = Random(f"{estate.seed}/{tenant.key}/audit")
        devices = [
            one for one in estate.enrolments if one.tenant == tenant.key and one.device and one.ownership == "company"
        ]
        for number in range(min(6, len(devices))):
            one, night = random.choice(devices), number % 3 + 1
            at: datetime = estate.now - timedelta(days=3 - night, hours=random.uniform(1, 20))
            by = f"servicedesk{number % 2 + 1}@{tenant.domain}"
            yield AuditSeed(tenant.key, guid(random), one.intune_id, random.choice(ACTIONS), at, by, night)
