"""Invents councils, their tenants, buildings and teams."""

from random import Random

from fleet.demo.estate.identifiers import guid
from fleet.demo.estate.seeds import OrganisationSeed, SiteSeed, TeamSeed, TenantSeed

COUNCILS = (
    ("northbridge", "Northbridge Council", "NB"),
    ("eastmere", "Eastmere Borough Council", "EM"),
    ("ashmoor", "Vale of Ashmoor District Council", "VA"),
    ("sallow-fen", "Sallow Fen District Council", "SF"),
    ("kingshollow", "Kingshollow Metropolitan Borough Council", "KH"),
    ("glan-teifryn", "Cyngor Glan Teifryn", "GT"),
    ("upper-larkdale", "Upper Larkdale Council", "UL"),
    ("marlowe-cross", "Marlowe Cross Borough Council", "MC"),
)
SITES = (
    "Civic Centre",
    "Market Street Offices",
    "Riverside Family Hub",
    "Old Mill Resource Centre",
    "St Bride's House",
    "Quarry Lane Depot",
    "Larkfield Day Centre",
    "Central Library",
)
AREAS = (
    ("Adult Social Care", 41),
    ("Children's Services", 42),
    ("Housing and Communities", 43),
    ("Environment and Highways", 44),
    ("Corporate Services", 45),
)
TEAMS = {
    "Adult Social Care": (
        "Hospital Discharge",
        "Learning Disability",
        "Safeguarding Adults",
        "Reablement",
        "Sensory Support",
    ),
    "Children's Services": ("Assessment", "Children Looked After", "Fostering", "Early Help", "Leaving Care", "Court"),
    "Housing and Communities": ("Homelessness", "Tenancy Support", "Community Safety"),
    "Environment and Highways": ("Street Scene", "Highways Inspection", "Waste"),
    "Corporate Services": ("Democratic Services", "Finance", "Digital", "Customer Contact"),
}
SOCIAL_WORK = ("Adult Social Care", "Children's Services")


def make_organisations(count: int) -> list[OrganisationSeed]:
    """As many councils as asked for; past the list of names they are numbered."""
    made = []
    for index in range(count):
        key, name, prefix = COUNCILS[index % len(COUNCILS)]
        turn = index // len(COUNCILS)
        if turn:
            key, name, prefix = f"{key}-{turn + 1}", f"{name} {turn + 1}", f"{prefix}{turn + 1}"
        made.append(OrganisationSeed(key, name, prefix, f"{key}.gov.example"))
    return made


def make_tenants(organisations: list[OrganisationSeed], random: Random) -> list[TenantSeed]:
    """One tenant for each organisation, of the same key."""
    return [TenantSeed(one.key, one.key, guid(random), guid(random), one.name, one.domain) for one in organisations]


def make_sites(organisation: OrganisationSeed, random: Random) -> list[SiteSeed]:
    """Four to eight buildings; the first is the seat."""
    names = SITES[: random.randint(4, 8)]
    return [
        SiteSeed(f"{organisation.key}-site-{number}", organisation.key, name) for number, name in enumerate(names, 1)
    ]


def make_teams(organisation: OrganisationSeed, sites: list[SiteSeed], people: int, random: Random) -> list[TeamSeed]:
    """One team for 8 people, for 30 once every kind exists; the second of a kind and later ones carry a number."""
    wanted = [(area, number, name) for area, number in AREAS for name in TEAMS[area]]
    made = []
    for index in range(max(2, min(len(wanted), people // 8), people // 30)):
        area, number, name = wanted[index % len(wanted)]
        locality = index // len(wanted)
        made.append(
            TeamSeed(
                key=f"{organisation.key}-team-{index + 1}",
                organisation=organisation.key,
                name=f"{name} {locality + 1}" if locality else name,
                service_area=area,
                cost_code=f"{organisation.tag_prefix}{number}{index + 1:03d}",
                site=random.choice(sites).key,
            )
        )
    return made
