"""Invents the people of a council: chief, heads of service, team managers, social workers, councillors, staff."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from fleet.demo.estate.councils import SOCIAL_WORK
from fleet.demo.estate.identifiers import guid
from fleet.demo.estate.names import GIVEN, PLAIN, SURNAMES
from fleet.demo.estate.seeds import OrganisationSeed, PersonChange, PersonSeed, SiteSeed, TeamSeed

SOCIAL_WORK_TITLES = ("Social Worker", "Senior Social Worker", "Advanced Practitioner", "Newly Qualified Social Worker")
STAFF_TITLES = {
    "Adult Social Care": ("Occupational Therapist", "Care Co-ordinator", "Brokerage Officer"),
    "Children's Services": ("Family Support Worker", "Personal Adviser", "Contact Supervisor"),
    "Housing and Communities": ("Housing Officer", "Tenancy Sustainment Officer", "ASB Case Officer"),
    "Environment and Highways": ("Highways Inspector", "Enforcement Officer", "Street Scene Operative"),
    "Corporate Services": (
        "Business Support Officer",
        "Service Desk Analyst",
        "Committee Officer",
        "Finance Assistant",
    ),
}
TOP_DEPARTMENTS = {"councillor": "Members", "manager": "Corporate Services"}
"""Of those who belong to no team."""
EMPLOYEE_TYPES = ("Permanent", "Permanent", "Permanent", "Permanent", "Fixed Term", "Agency", "Apprentice")


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many people of one organisation, managers and staff filling the total."""

    total: int
    social_workers: int
    councillors: int


@dataclass(slots=True)
class Staffing:
    """Makes the people of one organisation, those above before those below."""

    organisation: OrganisationSeed
    sites: Sequence[SiteSeed]
    teams: Sequence[TeamSeed]
    today: date
    random: Random
    made: list[PersonSeed] = field(default_factory=list)
    accounts: Counter[str] = field(default_factory=Counter)

    def fill(self, count: Headcount) -> list[PersonSeed]:
        """Everybody, in order of rank."""
        managers = self._managers(count.total - count.social_workers - count.councillors)
        for _ in range(count.councillors):
            self._add("councillor", "Councillor", None, None, state="active")
        social_teams = [team for team in self.teams if team.service_area in SOCIAL_WORK]
        rest = count.total - len(self.made)
        states = self._states(rest)
        for index in range(rest):
            social = index < count.social_workers
            team = self.random.choice(social_teams if social else self.teams)
            titles = SOCIAL_WORK_TITLES if social else STAFF_TITLES[team.service_area]
            role = "social_worker" if social else "staff"
            self._add(role, self.random.choice(titles), team, managers[team.key], state=next(states))
        return self.made

    def _managers(self, room: int) -> dict[str, str]:
        """Chief, heads of service and team managers; gives the Entra id of each team's manager."""
        chief = self._add("manager", "Chief Executive", None, None, state="active")
        heads: dict[str, str] = {}
        of_team: dict[str, str] = {}
        for team in self.teams:
            area = team.service_area
            if area not in heads:
                enough = len(self.made) < room
                heads[area] = (
                    self._add("manager", f"Head of {area}", None, chief, state="active", area=area) if enough else chief
                )
            if len(self.made) < room:
                of_team[team.key] = self._add("manager", f"{team.name} Manager", team, heads[area], state="active")
            else:
                of_team[team.key] = heads[area]
        return of_team

    def _states(self, count: int) -> Iterator[str]:
        left, away, starting = max(1, count * 7 // 100), max(1, count * 2 // 100), max(1, count * 3 // 200)
        states = ["left"] * left + ["long_leave"] * away + ["starter"] * starting
        states += ["active"] * max(0, count - len(states))
        self.random.shuffle(states)
        return iter(states)

    def _add(
        self, role: str, title: str, team: TeamSeed | None, manager: str | None, *, state: str, area: str | None = None
    ) -> str:
        random = self.random
        given, surname = random.choice(GIVEN), random.choice(SURNAMES)
        start_on, left_on = self._dates(state)
        upn = self._account(given, surname)
        gone = state == "left"
        entra_id = guid(random)
        self.made.append(
            PersonSeed(
                entra_id=entra_id,
                organisation=self.organisation.key,
                tenant=self.organisation.key,
                upn=upn,
                display_name=f"Cllr {given} {surname}" if role == "councillor" else f"{given} {surname}",
                given_name=given,
                surname=surname,
                email=upn,
                job_title=title,
                department=area or (team.service_area if team else TOP_DEPARTMENTS[role]),
                site=team.site if team else self.sites[0].key,
                employee_id=f"{self.organisation.tag_prefix}{100000 + len(self.made)}",
                employee_type="Councillor" if role == "councillor" else random.choice(EMPLOYEE_TYPES),
                role=role,
                team=team.key if team else None,
                manager=manager,
                state=state,
                start_on=start_on,
                left_on=left_on,
                account_enabled=not gone,
                in_directory=not gone or random.random() < 0.6,
            )
        )
        return entra_id

    def _dates(self, state: str) -> tuple[date, date | None]:
        """First and last day; half of the leavers went in the last two months."""
        random = self.random
        if state == "starter":
            return self.today + timedelta(days=random.randint(-5, 14)), None
        started = self.today - timedelta(days=random.randint(700, 6000))
        if state != "left":
            return started, None
        ago = random.randint(3, 60) if random.random() < 0.5 else random.randint(61, 400)
        return started, self.today - timedelta(days=ago)

    def _account(self, given: str, surname: str) -> str:
        local = f"{PLAIN[given]}.{PLAIN[surname]}"
        self.accounts[local] += 1
        turn = self.accounts[local]
        return f"{local}{turn if turn > 1 else ''}@{self.organisation.domain}"


def move_between_nights(people: list[PersonSeed]) -> None:
    """Two starters get their account after night 1, two leavers lose theirs."""
    starters = [index for index, one in enumerate(people) if one.state == "starter"]
    leavers = [index for index, one in enumerate(people) if one.state == "left" and one.in_directory]
    for index in starters[-2:]:
        people[index] = replace(people[index], first_night=2, in_directory=False)
    for index in leavers[-2:]:
        people[index] = replace(people[index], last_night=1)


def change_jobs(people: Sequence[PersonSeed], random: Random) -> list[PersonChange]:
    """A handful of people change job title, some also department, on night 2 or 3."""
    staff = [one for one in people if one.state == "active" and one.role == "staff"]
    chosen = random.sample(staff, min(len(staff), 6))
    return [
        PersonChange(
            entra_id=one.entra_id,
            night=2 + turn % 2,
            job_title=f"Senior {one.job_title}",
            department="Corporate Services" if turn % 3 == 0 else one.department,
        )
        for turn, one in enumerate(chosen)
    ]
