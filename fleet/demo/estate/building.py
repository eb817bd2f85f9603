"""Builds one organisation's hardware, piece by piece: bought, handed out, connected, enrolled."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from fleet.demo.estate.connectivity import Connectivity
from fleet.demo.estate.custody import Custody, Handing
from fleet.demo.estate.enrolments import Enrolling, Hardware
from fleet.demo.estate.fates import PLANTED, Fate
from fleet.demo.estate.hardware import APPLE, THIN_CLIENTS, Offer
from fleet.demo.estate.identifiers import Mint
from fleet.demo.estate.planting import Scene, spoil
from fleet.demo.estate.purchases import Consignment, Order, Procurement
from fleet.demo.estate.seeds import DeviceSeed, ModelSeed, OrganisationSeed, Planted, SimSeed, TeamSeed

PLANTED_KEYS = frozenset(fate.key for fate in PLANTED)
PHONE_SHARE = 0.45
WITH_SIM = frozenset({"issued", "in_repair", "lost", "stolen"})
NEWEST_YEARS = range(2023, 2027)
"""Releases that are still in the shops."""
OFFERS = {
    (kind, need): [
        offer
        for offer in APPLE
        if offer.model.kind == kind
        and offer.weight
        and (need != "cellular" or offer.model.imeis)
        and (need != "recent" or offer.model.released_on.year in NEWEST_YEARS)
    ]
    for kind in ("ipad", "iphone")
    for need in ("any", "cellular", "outdated", "recent")
}
OUTDATED = {
    kind: [offer for offer in APPLE if offer.model.kind == kind and not offer.weight] for kind in ("ipad", "iphone")
}
CUMULATED = {key: list(accumulate(offer.weight for offer in offers)) for key, offers in OFFERS.items()}
"""Weights added up, as `Random.choices` takes them fastest."""
THIN_SERIALS = {"IGEL": 18, "Dell": 7, "HP": 10}


@dataclass(slots=True)
class Building:
    """The workshop of one organisation."""

    organisation: OrganisationSeed
    today: date
    random: Random
    mint: Mint
    procurement: Procurement
    handing: Handing
    connectivity: Connectivity
    enrolling: Enrolling
    teams: dict[str, TeamSeed]
    elsewhere: Enrolling | None = None
    devices: list[DeviceSeed] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    _donated: list[tuple[SimSeed, str | None]] = field(default_factory=list)
    _boards: list[str] = field(default_factory=list)

    def live(self, fates: Sequence[Fate]) -> None:
        """Makes one iPad or iPhone for each fate."""
        for fate in fates:
            self._apple(fate)

    def thin_clients(self, count: int) -> None:
        """Desktop terminals: most on a team's desks, some in the store or gone."""
        for _ in range(count):
            self._thin_client()

    def idle_sims(self, count: int) -> None:
        """Active SIMs on active lines that the register has in no device."""
        for _ in range(count):
            sim = self.connectivity.connect(None, self.procurement.cost_code, phone=False, esim=False, idle=True)
            self.planted.append(Planted("sim-without-device", self.organisation.key, sim.iccid))

    def _apple(self, fate: Fate) -> None:
        random = self.random
        if fate.key == "lost-checking-in" and random.random() < 0.4:
            fate = replace(fate, status="stolen")
        kind = fate.kind or ("iphone" if random.random() < PHONE_SHARE else "ipad")
        offer = self._choose(kind, fate)
        model = offer.model
        serial = self.mint.serial(old=offer.old_serial)
        imeis = [self.mint.imei(random.choice(offer.tacs)) for _ in range(model.imeis)]
        order, consignment = self.procurement.buy(model, recent=fate.recent)
        custody = self.handing.give(serial, kind, fate, consignment.delivered_ago)
        device = self._record(
            (serial, kind, model),
            (order, consignment),
            fate.status,
            custody,
            imeis=imeis,
            eid=self.mint.eid() if model.has_eid else None,
            wifi_mac=self.mint.mac("a4"),
            warranty_left=random.randint(2, 28) if fate.key == "warranty-ending" else None,
        )
        sim = self._sim(fate, device, model)
        if fate.key == "board-donor" and device.imei:
            self._boards.append(device.imei)
        if fate.enrolled:
            self._enrol(fate, offer, device, custody, sim)
        elif fate.key in PLANTED_KEYS:
            self.planted.append(Planted(fate.key, self.organisation.key, serial))

    def _choose(self, kind: str, fate: Fate) -> Offer:
        if fate.hardware == "outdated" and self.random.random() < 0.5:
            return self.random.choice(OUTDATED[kind])
        key = kind, "recent" if fate.recent else fate.hardware
        return self.random.choices(OFFERS[key], cum_weights=CUMULATED[key])[0]

    def _sim(self, fate: Fate, device: DeviceSeed, model: ModelSeed) -> SimSeed | None:
        """A SIM where the hardware takes one and somebody uses it; always where the fate is about SIMs."""
        if not model.imeis or fate.status not in WITH_SIM:
            return None
        phone = model.kind == "iphone"
        certain = fate.key in {"sim-donor", "sim-moved"}
        if not certain and self.random.random() > (0.97 if phone else 0.85):
            return None
        return self.connectivity.connect(device.serial, device.cost_code, phone=phone, esim=model.has_eid)

    def _enrol(self, fate: Fate, offer: Offer, device: DeviceSeed, custody: Custody, sim: SimSeed | None) -> None:
        number = self.connectivity.numbers[sim.iccid] if sim else None
        hardware = Hardware(device.kind, offer, device.serial, device.imei, device.wifi_mac or "", len(self.devices))
        issued_ago = custody.issued_ago if custody.issued_ago is not None else custody.since_ago
        facts = self.enrolling.corporate(hardware, custody.last_holder, issued_ago, sim=sim, number=number)
        if fate.custody == "none":
            facts["category"] = None
        scene = Scene(
            self.enrolling, self.elsewhere, self.handing, hardware, custody, self._donated, self._boards, offer
        )
        spoil(fate.key, scene, facts)
        if fate.key == "sim-donor" and sim:
            self._donated.append((sim, number))
        enrolment = self.enrolling.add(facts)
        if fate.key in PLANTED_KEYS:
            self.planted.append(Planted(fate.key, self.organisation.key, device.serial, enrolment.intune_id))

    def _record(
        self,
        what: tuple[str, str, ModelSeed],
        bought: tuple[Order, Consignment],
        status: str,
        custody: Custody,
        *,
        imeis: Sequence[str] = (),
        eid: str | None = None,
        wifi_mac: str | None = None,
        ethernet_mac: str | None = None,
        warranty_left: int | None = None,
    ) -> DeviceSeed:
        serial, kind, model = what
        order, consignment = bought
        lasts = (
            365 * order.warranty_months // 12 - consignment.delivered_ago if warranty_left is None else warranty_left
        )
        device = DeviceSeed(
            serial=serial,
            kind=kind,
            model=model.key,
            organisation=self.organisation.key,
            asset_tag=f"{self.organisation.tag_prefix}{len(self.devices) + 1:06d}",
            imei=imeis[0] if imeis else None,
            imei2=imeis[1] if len(imeis) > 1 else None,
            eid=eid,
            wifi_mac=wifi_mac,
            ethernet_mac=ethernet_mac,
            status=status,
            status_since=self.today - timedelta(days=max(0, custody.since_ago)),
            purchase=order.number,
            delivery=consignment.number,
            purchased_on=self.today - timedelta(days=order.ordered_ago),
            price_pence=order.price_pence,
            warranty_until=self.today + timedelta(days=lasts),
            site=custody.site or self.handing.sites[0].key,
            cost_code=self._cost_code(custody) or order.cost_code,
        )
        self.devices.append(device)
        return device

    def _cost_code(self, custody: Custody) -> str | None:
        if custody.team:
            return custody.team.cost_code
        person = custody.last_holder
        return self.teams[person.team].cost_code if person and person.team else None

    def _thin_client(self) -> None:
        random = self.random
        model = random.choice(THIN_CLIENTS)
        order, consignment = self.procurement.buy(model, recent=False)
        serial = self.mint.service_tag(THIN_SERIALS[model.manufacturer])
        draw = random.random()
        if draw < 0.9:
            status, custody = "issued", self.handing.share(serial, consignment.delivered_ago)
        else:
            status = "in_stock" if draw < 0.95 else "disposed"
            ago = random.randint(3, consignment.delivered_ago - 3)
            custody = Custody(site=self.handing.sites[0].key, since_ago=ago)
        self._record(
            (serial, "thin_client", model), (order, consignment), status, custody, ethernet_mac=self.mint.mac("e0")
        )
