"""SIMs and lines: a number for phones while Ofcom's drama range lasts, data only for iPads and the rest."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from fleet.demo.estate.identifiers import Mint
from fleet.demo.estate.seeds import LineSeed, SimSeed

CARRIERS = (("Larkwave Mobile", "98", 19), ("Pennine Cellular", "97", 20), ("Orrin Telecom", "96", 19))
"""Invented carriers, their issuer digits after 8944 and the length of their ICCIDs."""


@dataclass(slots=True)
class Connectivity:
    """The SIMs and lines of one organisation."""

    organisation: str
    mint: Mint
    today: date
    random: Random
    sims: list[SimSeed] = field(default_factory=list)
    lines: list[LineSeed] = field(default_factory=list)
    numbers: dict[str, str | None] = field(default_factory=dict)
    """Number by ICCID."""

    def connect(self, serial: str | None, cost_code: str, *, phone: bool, esim: bool, idle: bool = False) -> SimSeed:
        """A new line and its SIM in a device, or in the drawer without one; an idle one is in none and active."""
        random = self.random
        carrier, issuer, length = CARRIERS[0] if random.random() < 0.6 else random.choice(CARRIERS)
        number = self.mint.drama_number() if phone else None
        key = f"{self.organisation}-line-{len(self.lines) + 1}"
        began = self.today - timedelta(days=random.randint(20, 700))
        tariff, pence = ("Voice 10 GB", 745) if number else random.choice((("Data 5 GB", 390), ("Data 20 GB", 620)))
        self.lines.append(
            LineSeed(
                key=key,
                organisation=self.organisation,
                number=number,
                carrier=carrier,
                tariff=tariff,
                monthly_pence=pence,
                contract_from=began,
                contract_until=began + timedelta(days=730),
                cost_code=cost_code,
                status="active" if serial or idle else "spare",
            )
        )
        sim = SimSeed(
            iccid=self.mint.iccid(issuer, length),
            organisation=self.organisation,
            form="esim" if esim and random.random() < 0.35 else "physical",
            carrier=carrier,
            line=key,
            device=serial,
            state="active" if serial or idle else "stock",
        )
        self.sims.append(sim)
        self.numbers[sim.iccid] = number
        return sim
