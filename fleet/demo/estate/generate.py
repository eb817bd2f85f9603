"""Generates a whole shared service from a seed: the same arguments always give the same estate."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from fleet.demo.estate.building import Building
from fleet.demo.estate.connectivity import Connectivity
from fleet.demo.estate.councils import make_organisations, make_sites, make_teams, make_tenants
from fleet.demo.estate.custody import Handing
from fleet.demo.estate.enrolments import Enrolling
from fleet.demo.estate.fates import SMALLEST_FULL, Fate, allocate, quota, split
from fleet.demo.estate.hardware import MODELS
from fleet.demo.estate.identifiers import Mint
from fleet.demo.estate.own_devices import (
    BYOD_UNAPPROVED,
    CONSENT_EXPIRED,
    NOT_RECORDED,
    PERSONAL_MARKED_CORPORATE,
    OwnDevices,
)
from fleet.demo.estate.people import Headcount, Staffing, change_jobs, move_between_nights
from fleet.demo.estate.purchases import Procurement
from fleet.demo.estate.seeds import Estate, OrganisationSeed, PersonSeed, Planted, SiteSeed, TeamSeed
from fleet.demo.estate.sources import make_sources

SPARE_SIM_SHARE = 0.02
IDLE_SIM_SHARE = 0.003
CREDENTIAL_DAYS = 18
"""Until the credential ends with which the last tenant is read."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything one organisation has."""

    headcount: Headcount
    fates: Sequence[Fate]
    thin_clients: int
    personal: int
    unapproved: int
    marked_corporate: int
    expired: int
    strays: int
    idle_sims: int


@dataclass(slots=True)
class Branch:
    """One organisation while it is made."""

    organisation: OrganisationSeed
    sites: list[SiteSeed]
    teams: list[TeamSeed]
    people: list[PersonSeed]
    building: Building
    own: OwnDevices
    sizes: Sizes


@dataclass(slots=True)
class Generation:
    """What is common to all organisations of one run."""

    seed: int
    now: datetime
    mint: Mint
    branches: list[Branch] = field(default_factory=list)

    def random(self, area: str) -> Random:
        """A stream of its own for each area, so that a change in one leaves the others as they were."""
        return Random(f"{self.seed}/{area}")

    def found(self, organisation: OrganisationSeed, sizes: Sizes) -> None:
        """Makes an organisation's places and people and readies its workshop."""
        key, today = organisation.key, self.now.date()
        places = self.random(f"{key}/places")
        sites = make_sites(organisation, places)
        teams = make_teams(organisation, sites, sizes.headcount.total, places)
        people = Staffing(organisation, sites, teams, today, self.random(f"{key}/people")).fill(sizes.headcount)
        things = self.random(f"{key}/things")
        enrolling = Enrolling(organisation, self.now, self.random(f"{key}/intune"), self.mint)
        building = Building(
            organisation=organisation,
            today=today,
            random=things,
            mint=self.mint,
            procurement=Procurement(organisation, teams[-1].cost_code, today, things),
            handing=Handing(key, sites, teams, people, today, things),
            connectivity=Connectivity(key, self.mint, today, things),
            enrolling=enrolling,
            teams={team.key: team for team in teams},
        )
        users = [one for one in people if one.state == "active"]
        own = OwnDevices(key, users, today, self.random(f"{key}/own"), self.mint, enrolling)
        self.branches.append(Branch(organisation, sites, teams, people, building, own, sizes))

    def equip(self) -> None:
        """Gives every organisation its devices; each knows the next one's tenant, for those enrolled astray."""
        for index, branch in enumerate(self.branches):
            sizes, building = branch.sizes, branch.building
            if len(self.branches) > 1:
                building.elsewhere = self.branches[(index + 1) % len(self.branches)].building.enrolling
            building.live(sizes.fates)
            building.thin_clients(sizes.thin_clients)
            building.idle_sims(sizes.idle_sims)
            for _ in range(round(len(sizes.fates) * SPARE_SIM_SHARE)):
                building.connectivity.connect(None, branch.teams[-1].cost_code, phone=False, esim=False)
            branch.own.bring(
                sizes.personal,
                unapproved=sizes.unapproved,
                marked_corporate=sizes.marked_corporate,
                expired=sizes.expired,
            )
            branch.own.ask(sizes.personal // 8)
            branch.own.stray(sizes.strays)


def generate(
    *,
    seed: int = 2026,
    devices: int = 2000,
    now: datetime,
    organisations: int = 3,
    people: int | None = None,
    thin_clients: int | None = None,
    personal: int | None = None,
) -> Estate:
    """An estate as at `now`, which is night 3; people and other hardware are in proportion unless given."""
    with _collector_paused():
        return _generate(seed, devices, now, organisations, people, thin_clients, personal)


def _generate(
    seed: int,
    devices: int,
    now: datetime,
    organisations: int,
    people: int | None,
    thin_clients: int | None,
    personal: int | None,
) -> Estate:
    councils = make_organisations(organisations)
    generation = Generation(seed, now, Mint(Random(f"{seed}/mint")))
    sizes = _sizes(
        devices,
        organisations,
        people=max(12 * organisations, devices * 13 // 10) if people is None else people,
        thin_clients=devices * 7 // 10 if thin_clients is None else thin_clients,
        personal=devices * 11 // 100 if personal is None else personal,
        random=generation.random("fates"),
    )
    for council, size in zip(councils, sizes, strict=True):
        generation.found(council, size)
    move_between_nights(generation.branches[0].people)
    generation.equip()
    return _assemble(generation, councils)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keeps the cycle collector from walking millions of plain facts, which form no cycles: a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _sizes(
    devices: int, organisations: int, *, people: int, thin_clients: int, personal: int, random: Random
) -> list[Sizes]:
    social = split(people * 900 // 2600, organisations)
    councillors = split(people * 60 // 2600, organisations)
    fates = allocate(devices, organisations, random)
    headcounts = split(people, organisations)
    terminals = split(thin_clients, organisations)
    own = split(personal, organisations)
    unapproved = split(quota(BYOD_UNAPPROVED, personal), organisations)
    corporate = split(quota(PERSONAL_MARKED_CORPORATE, personal), organisations)
    expired = split(quota(CONSENT_EXPIRED, personal), organisations)
    strays = split(quota(NOT_RECORDED, devices), organisations)
    idle = split(quota(IDLE_SIM_SHARE, devices), organisations)
    return [
        Sizes(
            headcount=Headcount(headcounts[index], social[index], councillors[index]),
            fates=fates[index],
            thin_clients=terminals[index],
            personal=own[index],
            unapproved=min(own[index], unapproved[index]),
            marked_corporate=corporate[index],
            expired=expired[index],
            strays=strays[index],
            idle_sims=idle[index],
        )
        for index in range(organisations)
    ]


def _assemble(generation: Generation, councils: list[OrganisationSeed]) -> Estate:
    branches = generation.branches
    buildings = [branch.building for branch in branches]
    people = tuple(person for branch in branches for person in branch.people)
    planted = [one for branch in branches for one in (*branch.building.planted, *branch.own.planted)]
    tenants = make_tenants(councils, generation.random("tenants"))
    if sum(len(branch.sizes.fates) for branch in branches) >= SMALLEST_FULL:
        tenants[-1] = replace(tenants[-1], credential_until=generation.now.date() + timedelta(days=CREDENTIAL_DAYS))
        planted.append(Planted("credential-expiring", tenants[-1].organisation, tenants[-1].key))
    estate = Estate(
        seed=generation.seed,
        now=generation.now,
        organisations=tuple(councils),
        tenants=tuple(tenants),
        sites=tuple(site for branch in branches for site in branch.sites),
        teams=tuple(team for branch in branches for team in branch.teams),
        people=people,
        models=MODELS,
        purchases=tuple(one for building in buildings for one in building.procurement.purchases()),
        deliveries=tuple(one for building in buildings for one in building.procurement.deliveries()),
        devices=tuple(one for building in buildings for one in building.devices),
        sims=tuple(one for building in buildings for one in building.connectivity.sims),
        lines=tuple(one for building in buildings for one in building.connectivity.lines),
        assignments=tuple(one for building in buildings for one in building.handing.assignments),
        byod=tuple(one for branch in branches for one in branch.own.byod),
        incidents=tuple(one for building in buildings for one in building.handing.incidents),
        enrolments=tuple(one for building in buildings for one in building.enrolling.made),
        person_changes=tuple(change_jobs(people, generation.random("jobs"))),
        answer_key=_sorted(planted),
    )
    sources, more = make_sources(estate, generation.mint)
    return replace(estate, sources=sources, answer_key=_sorted([*planted, *more]))


def _sorted(planted: list[Planted]) -> tuple[Planted, ...]:
    return tuple(sorted(planted, key=lambda one: (one.rule, one.organisation, one.device)))
